//! Reads the values of a rule table's rows, and makes a rule of them.

mod conditions;
mod rows;

use std::ops::Range;

use quittance_core::money::{Currency, Money};
use quittance_core::policy::{
    Allowance, Compare, Condition, Decision, Evidence, Gives, Rule, Terms, When, Window,
    in_currency,
};
use quittance_core::reason::Reason;

use crate::amount;
use crate::check::exclude;
use crate::document::{Table, TableRow};
use crate::problem::{Fault, Report, quote};
use crate::text::{Piece, fold};
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::{DecisionWord, Entry, ROWS, Row};

pub(crate) use conditions::{conditions, knows};
pub(crate) use rows::{at_most, covers, decision, gives, per_customer, reasons, rests_on, within};

/// How many things one cell may list.
const LONGEST_LIST: usize = 100;

/// What reading a value needs and finds.
#[derive(Debug)]
pub(crate) struct Reader {
    writing: Writing,
    faults: Vec<Fault>,
}

impl Reader {
    fn tongue(&self) -> Tongue {
        self.writing.tongue
    }

    fn home(&self) -> Currency {
        self.writing.home
    }

    fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn amounts(&mut self, piece: Piece<'_>) -> Vec<Money> {
        let amounts = amount::read_several(piece, self.writing, &mut self.faults);
        if !amounts.is_empty() && in_currency(&amounts, self.home()).is_none() {
            self.missing_home(piece);
        }
        amounts
    }

    fn missing_home(&mut self, piece: Piece<'_>) {
        let message = format!("there is no amount in {}, the policy's currency", self.home());
        self.fault(piece.fault(message));
    }

    fn list<'a>(&mut self, piece: Piece<'a>) -> Vec<Piece<'a>> {
        let parts = piece.split_list(self.tongue());
        self.bounded(piece, parts)
    }

    /// The parts of a cell, if they are not too many.
    fn bounded<'a>(&mut self, piece: Piece<'a>, mut parts: Vec<Piece<'a>>) -> Vec<Piece<'a>> {
        if parts.len() > LONGEST_LIST {
            self.fault(piece.fault(format!("a cell lists at most {LONGEST_LIST} things")));
            parts.truncate(LONGEST_LIST);
        }
        parts
    }
}

/// The values of a table so far.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    reasons: Vec<Reason>,
    decision: Option<DecisionWord>,
    conditions: Vec<Condition>,
    plans: Vec<String>,
    products: Vec<String>,
    within: Option<Window>,
    gives: Option<Gives>,
    at_most: Vec<Money>,
    per_customer: Vec<Allowance>,
    rests_on: Option<Evidence>,
}

/// Makes a rule of a table, or reports every reason why not.
pub(crate) fn rule(
    table: &Table,
    heading: &Range<usize>,
    writing: Writing,
    report: &mut Report<'_>,
) -> Option<Rule> {
    let mut reader = Reader { writing, faults: Vec::new() };
    let mut draft = Draft::default();
    let mut seen: Vec<(&Entry<Row>, Range<usize>)> = Vec::new();
    for row in &table.rows {
        let Some(entry) = row_entry(row, &seen, &mut reader, report) else { continue };
        seen.push((entry, row.name().span()));
        if let Some(fault) = row.misshapen() {
            reader.fault(fault);
        } else if row.value().is_empty() {
            let said = (entry.word(writing.tongue), entry.example(writing.tongue));
            let message = format!("`{}` has no value, such as `{}`", said.0, said.1);
            reader.fault(row.value().fault(message));
        } else {
            (entry.meaning.read)(&mut draft, row.value(), &mut reader);
        }
    }
    require(&seen, heading, &mut reader);
    contradictions(&draft, &seen, &mut reader);
    let is_sound = reader.faults.is_empty();
    for fault in reader.faults {
        report.error(fault);
    }
    if is_sound { finish(draft) } else { None }
}

/// The entry that a row's name means, if the row can be read at all.
fn row_entry(
    row: &TableRow,
    seen: &[(&'static Entry<Row>, Range<usize>)],
    reader: &mut Reader,
    report: &Report<'_>,
) -> Option<&'static Entry<Row>> {
    let name = row.name();
    let Some(entry) = ROWS.find(reader.tongue(), name.text()) else {
        if let Some(fault) = row.misshapen() {
            reader.fault(fault);
            return None;
        }
        let message = match name.text() {
            "" if seen.is_empty() => "a row needs a name in its first cell".to_owned(),
            "" => "this row has no name: rows are not merged, commas part the values of one"
                .to_owned(),
            text => format!("no row is called `{}`", quote(text)),
        };
        reader.fault(name.fault(message).perhaps(ROWS.suggest(reader.tongue(), name.text())));
        return None;
    };
    if let Some((_, span)) = seen.iter().find(|(known, _)| std::ptr::eq(*known, entry)) {
        let (line, _) = report.position(span.start);
        let before = report.source().get(span.clone()).unwrap_or_default();
        let message = if fold(before) == name.folded() {
            format!("`{}` stands in line {line} already", name.text())
        } else {
            format!("`{}` means the same as `{before}` in line {line}", name.text())
        };
        reader.fault(name.fault(message));
        return None;
    }
    Some(entry)
}

fn require(seen: &[(&Entry<Row>, Range<usize>)], heading: &Range<usize>, reader: &mut Reader) {
    for entry in ROWS.entries.iter().filter(|entry| entry.meaning.is_required) {
        if !seen.iter().any(|(known, _)| std::ptr::eq(*known, entry)) {
            let message = format!(
                "the table under this heading has no row `{}`, such as `{}`",
                entry.word(reader.tongue()),
                entry.example(reader.tongue())
            );
            reader.fault(Fault::new(heading.clone(), message));
        }
    }
}

/// Rows that cannot stand in one table.
fn contradictions(draft: &Draft, seen: &[(&Entry<Row>, Range<usize>)], reader: &mut Reader) {
    let tongue = reader.tongue();
    let span_of = |word: &str| {
        let row = ROWS.find(Tongue::English, word);
        let is_row = |entry: &&Entry<Row>| row.is_some_and(|row| std::ptr::eq(row, *entry));
        seen.iter().find(|(entry, _)| is_row(entry)).map(|(_, span)| span.clone())
    };
    let gives_money = draft.decision.is_none_or(|decision| decision == DecisionWord::Refund);
    for (entry, span) in
        seen.iter().filter(|(entry, _)| entry.meaning.is_for_refunds && !gives_money)
    {
        let message =
            format!("`{}` means nothing when the decision is not a refund", entry.word(tongue));
        reader.fault(Fault::new(span.clone(), message));
    }
    for (nth, one) in draft.conditions.iter().enumerate() {
        let mut others = draft.conditions.iter().take(nth);
        if let Some(other) = others.find(|other| exclude(one, other)) {
            let message = "these conditions exclude each other: no charge can meet both";
            let both = format!("`{other}` and `{one}`");
            let fault = |span| Fault::new(span, message).note(both);
            reader.faults.extend(span_of("Applies when").map(fault));
        }
    }
    if let Some(Window::Period(window)) = draft.within {
        let is_young = Condition::Charged(Compare::AtMost, When::Ago(window));
        if let Some(other) = draft.conditions.iter().find(|other| exclude(&is_young, other)) {
            let message = "this window is over before the conditions hold: no charge can meet both";
            let both = format!("`{other}` and within {window}");
            let fault = |span| Fault::new(span, message).note(both);
            reader.faults.extend(span_of("Within").map(fault));
        }
    }
    if draft.conditions.iter().any(is_impossible) {
        let message = "this never holds: there is no number of refunds below 0";
        reader.faults.extend(span_of("Applies when").map(|span| Fault::new(span, message)));
    }
    if draft.gives == Some(Gives::ListedLines)
        && draft.plans.is_empty()
        && draft.products.is_empty()
    {
        let message =
            "these are the lines of the plans or products of `Applies to`, which is missing";
        reader.faults.extend(span_of("Refund").map(|span| Fault::new(span, message)));
    }
    if draft.conditions.contains(&Condition::OneOff) && !draft.plans.is_empty() {
        let message = "a one-off purchase has no plan: no charge can meet both";
        reader.faults.extend(span_of("Applies to").map(|span| Fault::new(span, message)));
    }
    if let Some(Gives::Sums(sums)) = &draft.gives {
        for sum in sums {
            let most = in_currency(&draft.at_most, sum.currency());
            if let Some(most) = most.filter(|most| most.minor() < sum.minor()) {
                let message = format!("the refund of {sum} is above `At most` {most}");
                reader.faults.extend(span_of("Refund").map(|span| Fault::new(span, message)));
            }
        }
    }
}

fn is_impossible(condition: &Condition) -> bool {
    matches!(condition, Condition::EarlierRefunds(Compare::Below, 0, _))
}

fn finish(draft: Draft) -> Option<Rule> {
    let Draft { reasons, decision, conditions, plans, products, within, .. } = draft;
    let mut rule = Rule { reasons, conditions, plans, products, within, decision: Decision::Ask };
    rule.decision = match decision? {
        DecisionWord::Ask => Decision::Ask,
        DecisionWord::Refuse => Decision::Refuse,
        DecisionWord::Refund => {
            let is_shown = rule.reasons == [Reason::DuplicateCharge] && rule.shows_duplicate();
            let default =
                if is_shown { Evidence::Record } else { Evidence::Word { up_to: Vec::new() } };
            Decision::Refund(Terms {
                gives: draft.gives.unwrap_or(Gives::InFull),
                at_most: draft.at_most,
                per_customer: draft.per_customer,
                rests_on: draft.rests_on.unwrap_or(default),
            })
        }
    };
    Some(rule)
}
