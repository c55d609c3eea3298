//! Worked examples: a case, and what the policy must say to it. They are run whenever a policy is
//! read, and one that fails is an error.

use std::collections::BTreeMap;

use quittance_core::money::Money;
use quittance_core::policy::{Answer, Index, Policy, Ruling};

use crate::amount;
use crate::case::{Case, CaseReader, read_case};
use crate::document::TableRow;
use crate::problem::{Fault, Report, quote};
use crate::surroundings::Examples;
use crate::text::Piece;
use crate::tongue::Writing;
use crate::vocabulary::{EXPECTATIONS, ExpectForm, GIVES, GivesForm};

/// The plans that clauses list, by their names in small letters.
#[derive(Debug, Default)]
pub(crate) struct Plans(BTreeMap<String, String>);

impl Plans {
    /// The plans of every clause of a policy.
    pub(crate) fn of(policy: &Policy) -> Self {
        let rules = policy.clauses().filter_map(|clause| clause.rule.as_ref());
        let plans = rules.flat_map(|rule| &rule.plans);
        Self(plans.map(|plan| (plan.to_lowercase(), plan.clone())).collect())
    }

    /// The plan of this name, as it is listed.
    pub(crate) fn get(&self, name: &str) -> Option<&String> {
        self.0.get(&name.to_lowercase())
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }
}

/// A worked example that holds, or may fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The file it stands in.
    pub file: String,
    /// The case as it is written.
    pub case: String,
    /// The expected answer as it is written.
    pub expect: String,
    /// Where it stands, counted from 1.
    pub line: usize,
    /// The case, as it is asked.
    pub asked: Case,
    /// What the policy says to it, without the clauses that do not answer.
    pub ruling: Ruling,
}

/// What an example wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// A refund of whatever amount.
    Refund,
    /// A refund of this amount.
    Sum(Money),
    /// A refund of this share of the charge, in hundredths of a percent.
    Share(u16),
    /// A person, whether a clause says so or none speaks.
    Ask,
    /// No refund.
    Refuse,
    /// No clause.
    Gap,
}

/// An example whose words are understood.
pub(crate) struct Read<'a> {
    row: &'a TableRow,
    case: Case,
    expected: Expected,
}

/// Reads an example, or reports what cannot be understood of it.
pub(crate) fn read<'a>(
    row: &'a TableRow,
    reader: &CaseReader<'_>,
    report: &mut Report<'_>,
) -> Option<Read<'a>> {
    if let Some(fault) = row.misshapen() {
        report.error(fault);
        return None;
    }
    let case = read_case(row.name(), reader);
    let expected = read_expected(row.value(), reader.writing);
    match (case, expected) {
        (Ok(case), Ok(expected)) => Some(Read { row, case, expected }),
        (case, expected) => {
            for fault in case.err().into_iter().flatten().chain(expected.err()) {
                report.error(fault);
            }
            None
        }
    }
}

fn read_expected(piece: Piece<'_>, writing: Writing) -> Result<Expected, Fault> {
    let tongue = writing.tongue;
    if let Some(entry) = EXPECTATIONS.find(tongue, piece.text()) {
        return Ok(match entry.meaning {
            ExpectForm::Refund => Expected::Refund,
            ExpectForm::Ask => Expected::Ask,
            ExpectForm::Refuse => Expected::Refuse,
            ExpectForm::Gap => Expected::Gap,
        });
    }
    let start = EXPECTATIONS.find_start(tongue, &piece.folded());
    let Some((_, words)) = start.filter(|(entry, _)| entry.meaning == ExpectForm::Refund) else {
        let words: Vec<String> = EXPECTATIONS
            .entries
            .iter()
            .map(|entry| format!("`{}`", entry.example(tongue)))
            .collect();
        let message = format!("an example expects one of {}", words.join(", "));
        return Err(piece.fault(message).perhaps(EXPECTATIONS.suggest(tongue, piece.text())));
    };
    let rest = piece.after_words(words);
    if let Some(share) = amount::read_share(rest, writing) {
        return share.map(Expected::Share);
    }
    if GIVES.find(tongue, rest.text()).is_some_and(|entry| entry.meaning == GivesForm::InFull) {
        return Ok(Expected::Share(10_000));
    }
    amount::read(rest, writing).map(Expected::Sum)
}

/// Runs an example, and reports it when the policy says something else.
pub(crate) fn run(
    policy: &Index<'_>,
    example: &Read<'_>,
    writing: Writing,
    examples: Examples,
    report: &mut Report<'_>,
) -> Option<Example> {
    let Read { row, case, expected } = example;
    let ruling = policy.answer(&case.question());
    if !holds(*expected, &ruling, case) {
        let actual = answer_words(&ruling, writing);
        let expected = quote(row.value().text());
        let message =
            format!("this example fails: expected `{expected}`, but the policy says `{actual}`");
        let fault = row.value().fault(message).note(grounds(&ruling));
        match examples {
            Examples::MustHold => {
                report.error(fault);
                return None;
            }
            Examples::MayFail => report.warn(fault),
        }
    }
    let (line, _) = report.position(row.span.start);
    let (case, expect) = (row.name().text().to_owned(), row.value().text().to_owned());
    let (file, asked) = (report.file().to_owned(), example.case.clone());
    Some(Example { file, case, expect, line, asked, ruling })
}

fn holds(expected: Expected, ruling: &Ruling, case: &Case) -> bool {
    let whole = case.charge.captured;
    match (expected, ruling.answer) {
        (Expected::Refund, Answer::Refund { .. })
        | (Expected::Ask, Answer::Ask)
        | (Expected::Refuse, Answer::Refuse) => true,
        (Expected::Sum(sum), Answer::Refund { amount }) => sum == amount,
        (Expected::Share(points), Answer::Refund { amount }) => {
            whole.fraction(u64::from(points), 10_000) == Ok(amount)
        }
        (Expected::Gap, Answer::Ask) => ruling.is_gap,
        (
            Expected::Refund | Expected::Sum(_) | Expected::Share(_),
            Answer::Ask | Answer::Refuse,
        )
        | (Expected::Ask | Expected::Gap, Answer::Refund { .. } | Answer::Refuse)
        | (Expected::Refuse, Answer::Refund { .. } | Answer::Ask) => false,
    }
}

/// The answer in the words of an `Expect` cell.
fn answer_words(ruling: &Ruling, writing: Writing) -> String {
    let form = match ruling.answer {
        Answer::Refund { .. } => ExpectForm::Refund,
        Answer::Ask if ruling.is_gap => ExpectForm::Gap,
        Answer::Ask => ExpectForm::Ask,
        Answer::Refuse => ExpectForm::Refuse,
    };
    let entry = EXPECTATIONS.entries.iter().find(|entry| entry.meaning == form);
    let word = entry.map_or("", |entry| entry.word(writing.tongue));
    match ruling.answer {
        Answer::Refund { amount } => {
            let digits = writing.digits.as_written(&amount.decimal());
            format!("{word} {digits} {}", amount.currency())
        }
        Answer::Ask | Answer::Refuse => word.to_owned(),
    }
}

/// The clauses that decided, and why.
fn grounds(ruling: &Ruling) -> String {
    let deciding = ruling.clauses.iter().filter(|applied| applied.answer == ruling.answer);
    let said: Vec<String> = deciding
        .map(|applied| {
            let because: Vec<String> = applied.because.iter().map(ToString::to_string).collect();
            format!("{}: {}", applied.heading, because.join("; "))
        })
        .collect();
    if said.is_empty() { "no clause applies".to_owned() } else { said.join(" · ") }
}
