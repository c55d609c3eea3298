//! Warnings about policies that can be read, but may not say what was meant.

use std::ops::Range;

use crate::amount;
use crate::period;
use crate::problem::{Fault, Report};
use crate::text::Cell;
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Clause, Evidence, Gives, Period, Rule, list, percent};
use quittance_core::reason::Reason;

/// A clause and where it stands.
pub(crate) struct Placed<'a> {
    pub(crate) clause: &'a Clause,
    /// The heading.
    pub(crate) span: &'a Range<usize>,
    /// The prose.
    pub(crate) prose: &'a [Range<usize>],
}

/// Warns about one clause.
pub(crate) fn clause(placed: &Placed<'_>, home: Currency, report: &mut Report<'_>) {
    let Some(rule) = placed.clause.rule.as_ref() else { return };
    record_shows_nothing(rule, placed.span, report);
    let source = report.source();
    for range in placed.prose {
        let text = source.get(range.clone()).unwrap_or_default();
        numbers(text, range.start, rule, home, report);
    }
}

/// Warns about a policy in which nothing can be decided.
pub(crate) fn rules(clauses: &[Clause], end: usize, report: &mut Report<'_>) {
    if clauses.iter().all(|clause| clause.rule.is_none()) {
        let message = "no clause has a table `Rule | Value`: every case goes to a person";
        report.warn(Fault::new(end..end, message));
    }
}

/// `Rests on Stripe's record` for something that Stripe cannot show.
fn record_shows_nothing(rule: &Rule, span: &Range<usize>, report: &mut Report<'_>) {
    if rule.terms().is_none_or(|terms| terms.rests_on != Evidence::Record) {
        return;
    }
    for reason in rule.reasons.iter().filter(|reason| needs_word(**reason, rule)) {
        let message = format!("Stripe's record does not show `{reason}`, so this rests on nothing");
        report.warn(Fault::new(span.clone(), message));
    }
}

/// Whether a reason states a fact that Stripe does not know.
fn needs_word(reason: Reason, rule: &Rule) -> bool {
    match reason {
        Reason::DuplicateCharge => !rule.shows_duplicate(),
        Reason::ChangedMind | Reason::ForgotToCancel | Reason::Goodwill | Reason::Other => false,
        Reason::Unused
        | Reason::Accidental
        | Reason::WrongAmount
        | Reason::NotReceived
        | Reason::Defective
        | Reason::NotAsDescribed
        | Reason::ServiceProblem
        | Reason::Unrecognized => true,
    }
}

/// Numbers in the prose that the table contradicts: a period, an amount or a percentage that is not
/// in the table, although the table has others of its kind.
fn numbers(text: &str, start: usize, rule: &Rule, home: Currency, report: &mut Report<'_>) {
    let periods = rule.periods();
    let amounts = rule.amounts();
    let words = words(text);
    for pair in words.windows(2) {
        let [(first, _), (second, length)] = pair else { continue };
        let end = second.saturating_add(*length);
        let phrase = text.get(*first..end).unwrap_or_default();
        let cell = Cell::verbatim(phrase, start.saturating_add(*first));
        // `A day` and `one day` are ways of speaking.
        if let Ok(found) = period::read(cell.piece())
            && !["a", "an", "one"].iter().any(|word| cell.piece().after_word(word).is_some())
            && contradicts_periods(found, &periods)
        {
            warn(&cell, &format!("{found} (the table says {})", shown(&periods)), report);
        } else if phrase.contains(|char: char| char.is_ascii_digit()) {
            money(&cell, &amounts, home, report);
            share(&cell, rule, report);
        }
    }
    for (first, length) in &words {
        let end = first.saturating_add(*length);
        let word = text.get(*first..end).unwrap_or_default();
        let cell = Cell::verbatim(word, start.saturating_add(*first));
        money(&cell, &amounts, home, report);
        share(&cell, rule, report);
    }
}

fn money(cell: &Cell, amounts: &[Money], home: Currency, report: &mut Report<'_>) {
    let Ok(found) = amount::read(cell.piece(), home) else { return };
    let known: Vec<Money> =
        amounts.iter().copied().filter(|known| known.currency() == found.currency()).collect();
    if !known.is_empty() && !known.contains(&found) {
        warn(cell, &format!("{found} (the table says {})", shown(&known)), report);
    }
}

fn share(cell: &Cell, rule: &Rule, report: &mut Report<'_>) {
    let Some(Ok(found)) = amount::read_share(cell.piece()) else { return };
    if let Some(Gives::Share(points)) = rule.terms().map(|terms| &terms.gives)
        && *points != found
    {
        warn(cell, &format!("{} (the table says {})", percent(found), percent(*points)), report);
    }
}

fn contradicts_periods(found: Period, periods: &[Period]) -> bool {
    let found = found.in_base_unit();
    let alike = periods.iter().map(|known| known.in_base_unit());
    let mut alike = alike.filter(|known| known.unit == found.unit).peekable();
    alike.peek().is_some() && alike.all(|known| known.count != found.count)
}

fn warn(cell: &Cell, what: &str, report: &mut Report<'_>) {
    report.warn(cell.piece().fault(format!("the prose says {what}")));
}

fn shown<T: std::fmt::Display>(things: &[T]) -> String {
    list(things)
}

/// The words of a text without the punctuation around them, by start and length.
fn words(text: &str) -> Vec<(usize, usize)> {
    let base = text.as_ptr().addr();
    text.split(char::is_whitespace)
        .map(|word| {
            let ahead = word.trim_start_matches(['(', '"', '*', '_', '\u{201c}']);
            ahead.trim_end_matches([')', '"', '*', '_', '\u{201d}', '.', ',', ';', ':', '!', '?'])
        })
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr().saturating_sub(base), word.len()))
        .collect()
}
