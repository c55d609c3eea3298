//! Worked examples: a case, and what the policy must say to it. They are run whenever a policy is
//! read, and one that fails is an error.

use crate::amount;
use crate::case::{Case, CaseReader, read_case};
use crate::document::TableRow;
use crate::problem::{Fault, Report};
use crate::text::Piece;
use crate::vocabulary::{EXPECTATIONS, ExpectForm, GIVES, GivesForm, find, suggest};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Answer, Policy, Question, Ruling, evaluate};

/// A worked example that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The case as it is written.
    pub case: String,
    /// The expected answer as it is written.
    pub expect: String,
    /// Where it stands, counted from 1.
    pub line: usize,
    /// What the policy says to it.
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
    let expected = read_expected(row.value(), reader.home);
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

fn read_expected(piece: Piece<'_>, home: Currency) -> Result<Expected, Fault> {
    if let Some(rest) = piece.after_word("refund").filter(|rest| !rest.is_empty()) {
        if let Some(share) = amount::read_share(rest) {
            return share.map(Expected::Share);
        }
        let gives = find(GIVES, rest.text()).map(|entry| &entry.meaning);
        if matches!(gives, Some(GivesForm::InFull)) {
            return Ok(Expected::Share(10_000));
        }
        return amount::read(rest, home).map(Expected::Sum);
    }
    match find(EXPECTATIONS, piece.text()).map(|entry| entry.meaning) {
        Some(ExpectForm::Refund) => Ok(Expected::Refund),
        Some(ExpectForm::Ask) => Ok(Expected::Ask),
        Some(ExpectForm::Refuse) => Ok(Expected::Refuse),
        Some(ExpectForm::Gap) => Ok(Expected::Gap),
        None => {
            let message = "an example expects `refund …`, `ask a person`, `refuse` or `gap`";
            Err(piece.fault(message).perhaps(suggest(EXPECTATIONS, piece.text())))
        }
    }
}

/// Runs an example, and reports it when the policy says something else.
pub(crate) fn run(policy: &Policy, example: &Read<'_>, report: &mut Report<'_>) -> Option<Example> {
    let Read { row, case, expected } = example;
    let question = Question {
        facts: &case.facts,
        charge: &case.charge,
        reason: case.reason,
        asked: case.asked,
        prior: &case.prior,
    };
    let ruling = evaluate(policy, &question);
    if holds(*expected, &ruling, case) {
        let (line, _) = report.position(row.span.start);
        let (case, expect) = (row.name().text().to_owned(), row.value().text().to_owned());
        return Some(Example { case, expect, line, ruling });
    }
    let actual = answer_words(&ruling);
    let message = format!(
        "this example fails: expected `{}`, but the policy says `{actual}` ({})",
        row.value().text(),
        grounds(&ruling)
    );
    report.error(row.value().fault(message).suggest(actual));
    None
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
fn answer_words(ruling: &Ruling) -> String {
    match ruling.answer {
        Answer::Refund { amount } => format!("refund {amount}"),
        Answer::Ask if ruling.is_gap => "gap".to_owned(),
        Answer::Ask => "ask a person".to_owned(),
        Answer::Refuse => "refuse".to_owned(),
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
