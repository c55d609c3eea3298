//! Numbers in the prose that the table contradicts.

use quittance_core::money::Money;
use quittance_core::policy::{Gives, Period, Rule, list, percent};

use crate::problem::Report;
use crate::text::Cell;
use crate::tongue::Writing;
use crate::{amount, period};

/// Warns about a period, an amount or a percentage that is not in the table, although the table has others
/// of its kind.
pub(super) fn check(
    text: &str,
    start: usize,
    rule: &Rule,
    writing: Writing,
    report: &mut Report<'_>,
) {
    let periods = rule.periods();
    let amounts = rule.amounts();
    let words = words(text);
    let mut look = |from: usize, to: usize, is_pair: bool| {
        let phrase = text.get(from..to).unwrap_or_default();
        let cell = Cell::verbatim(phrase, start.saturating_add(from));
        if is_pair && contradicts_periods(&cell, &periods, writing, report) {
            return;
        }
        if phrase.contains(|char: char| char.is_ascii_digit()) {
            money(&cell, &amounts, writing, report);
            share(&cell, rule, writing, report);
        }
    };
    for pair in words.windows(2) {
        let [(first, _), (second, length)] = pair else { continue };
        look(*first, second.saturating_add(*length), true);
    }
    for (first, length) in &words {
        look(*first, first.saturating_add(*length), false);
    }
}

/// Whether two words are a period, and one that the table does not have.
fn contradicts_periods(
    cell: &Cell,
    periods: &[Period],
    writing: Writing,
    report: &mut Report<'_>,
) -> bool {
    let piece = cell.piece();
    // `A day` and `one day` are ways of speaking.
    let ones = || writing.phrases().flat_map(|phrases| phrases.one);
    let Ok(found) = period::read(piece, writing) else { return false };
    let is_said = found.count == 1 && piece.after_any(ones()).is_some();
    let base = found.in_base_unit();
    let alike = periods.iter().map(|known| known.in_base_unit());
    let mut alike = alike.filter(|known| known.unit == base.unit).peekable();
    let is_wrong = alike.peek().is_some() && alike.all(|known| known.count != base.count);
    if is_said || !is_wrong {
        return false;
    }
    warn(cell, &format!("{found} (the table says {})", list(periods)), report);
    true
}

fn money(cell: &Cell, amounts: &[Money], writing: Writing, report: &mut Report<'_>) {
    let Ok(found) = amount::read(cell.piece(), writing) else { return };
    let known: Vec<Money> =
        amounts.iter().copied().filter(|known| known.currency() == found.currency()).collect();
    if !known.is_empty() && !known.contains(&found) {
        warn(cell, &format!("{found} (the table says {})", list(&known)), report);
    }
}

fn share(cell: &Cell, rule: &Rule, writing: Writing, report: &mut Report<'_>) {
    let Some(Ok(found)) = amount::read_share(cell.piece(), writing) else { return };
    if let Some(Gives::Share(points)) = rule.terms().map(|terms| &terms.gives)
        && *points != found
    {
        warn(cell, &format!("{} (the table says {})", percent(found), percent(*points)), report);
    }
}

fn warn(cell: &Cell, what: &str, report: &mut Report<'_>) {
    report.warn(cell.piece().fault(format!("the prose says {what}")));
}

/// The words of a text without the punctuation around them, by start and length.
fn words(text: &str) -> Vec<(usize, usize)> {
    let base = text.as_ptr().addr();
    text.split(char::is_whitespace)
        .map(|word| {
            let ahead = word.trim_start_matches(['(', '"', '*', '_', '\u{201c}', '«', '„']);
            ahead.trim_end_matches([
                ')', '"', '*', '_', '\u{201d}', '.', ',', ';', ':', '!', '?', '»', '\u{201c}',
            ])
        })
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr().saturating_sub(base), word.len()))
        .collect()
}
