//! What a policy promises and the configured ceilings forbid.

use std::collections::BTreeSet;

use quittance_core::limits::{Caps, Limits};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Period, Policy, Rule, Unit};

use crate::document::TableRow;
use crate::file::File;
use crate::problem::Fault;
use crate::text::Piece;
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::ROWS;
use crate::{amount, period};

/// The days of the shortest month.
const SHORTEST_MONTH: u32 = 28;

/// A ceiling: what it is for, its key in the configuration, and the most that it allows.
struct Ceiling {
    of: &'static str,
    key: String,
    most: Money,
}

/// Warns of amounts above what may leave at once, and of currencies that nothing may leave in.
pub(crate) fn check(policy: &Policy, files: &mut [File<'_>], limits: Option<&Limits>) {
    let Some(limits) = limits else { return };
    for (document, file) in policy.documents.iter().zip(files) {
        let mut closed = BTreeSet::new();
        let mut faults = Vec::new();
        if !limits.currencies.contains_key(&document.currency) {
            faults.push(no_ceilings(document.currency, file.currency_span()));
            closed.insert(document.currency);
        }
        let writing = file.writing();
        for (at, clause) in document.clauses.iter().enumerate() {
            let Some(rule) = &clause.rule else { continue };
            for (row, piece, amount, length) in
                file.rule_rows(at).iter().flat_map(|row| amounts(row, writing))
            {
                let Some(caps) = limits.currencies.get(&amount.currency()) else {
                    if closed.insert(amount.currency()) {
                        faults.push(no_ceilings(amount.currency(), piece.span()));
                    }
                    continue;
                };
                let fault = match (row, length) {
                    ("Per customer", Some(length)) => over_time(piece, amount, length, caps),
                    ("Refund" | "At most" | "Rests on", _) => {
                        above(piece, amount, &least(caps, rule), writing)
                    }
                    _ => None,
                };
                faults.extend(fault);
            }
        }
        for fault in faults {
            file.report.warn(fault);
        }
    }
}

/// An amount in a row: the row's English name, where it stands, and the period behind it.
type Placed<'a> = (&'static str, Piece<'a>, Money, Option<Period>);

/// The amounts in a row. Those that are listed before a period share it.
fn amounts(row: &TableRow, writing: Writing) -> Vec<Placed<'_>> {
    let Some(entry) = ROWS.find(writing.tongue, row.name().text()) else { return Vec::new() };
    let name = entry.word(Tongue::English);
    let mut last = None;
    let parts = row.value().split_amounts(writing.tongue).into_iter().rev();
    let amounts = parts.filter_map(|part| {
        let (piece, amount, length) = amount_in(part, writing)?;
        last = length.or(last);
        Some((name, piece, amount, last))
    });
    let mut amounts: Vec<Placed<'_>> = amounts.collect();
    amounts.reverse();
    amounts
}

/// The amount in a value, without the words around it, and the period behind it.
fn amount_in(part: Piece<'_>, writing: Writing) -> Option<(Piece<'_>, Money, Option<Period>)> {
    let phrases = || writing.phrases();
    let up_to = part.split_at_any(phrases().flat_map(|phrases| phrases.up_to));
    let bare = up_to.map_or(part, |(_, amount)| amount);
    let otherwise = bare.split_at_any(phrases().flat_map(|phrases| phrases.otherwise));
    let bare = otherwise.map_or(bare, |(amount, _)| amount);
    let per = bare.split_at_any(phrases().flat_map(|phrases| phrases.per));
    let (bare, length) = match per {
        Some((amount, length)) => (amount, period::read(length, writing).ok()),
        None => (bare, None),
    };
    let amount = amount::read(bare, writing).ok()?;
    Some((bare, amount, length))
}

fn no_ceilings(currency: Currency, span: std::ops::Range<usize>) -> Fault {
    let message = format!("there are no ceilings for {currency}: its refunds go to a person");
    Fault::new(span, message).note(format!("`limits.currencies.{currency}` is not configured"))
}

/// The lowest ceiling of one refund under a rule.
fn least(caps: &Caps, rule: &Rule) -> Ceiling {
    let code = caps.per_refund.currency();
    let of =
        |of, key: &str, most| Ceiling { of, key: format!("limits.currencies.{code}.{key}"), most };
    let mut all = vec![
        of("one refund", "per_refund", caps.per_refund),
        of("one charge", "per_charge", caps.per_charge),
        of("one customer and month", "per_customer_month", caps.per_customer_month),
        of("one day", "per_day", caps.per_day),
        of("one month", "per_month", caps.per_month),
    ];
    // A reason without a ceiling of its own lets more through.
    let by_reason: Option<Vec<(&str, Money)>> = rule
        .reasons
        .iter()
        .map(|reason| Some((reason.name(), *caps.per_reason_day.get(reason)?)))
        .collect();
    let highest = by_reason.into_iter().flatten().max_by_key(|(_, most)| most.minor());
    if let Some((reason, most)) = highest {
        all.push(of("one day and this reason", &format!("per_reason_day.{reason}"), most));
    }
    let first = of("one refund", "per_refund", caps.per_refund);
    all.into_iter().min_by_key(|ceiling| ceiling.most.minor()).unwrap_or(first)
}

fn above(piece: Piece<'_>, amount: Money, ceiling: &Ceiling, writing: Writing) -> Option<Fault> {
    let Ceiling { of, key, most } = ceiling;
    if amount.minor() <= most.minor() {
        return None;
    }
    let digits = writing.digits.as_written(&most.decimal());
    let message = format!("{amount} is above the ceiling of {most} for {of}: a person decides");
    let fault = piece.fault(message).note(format!("`{key}` in the configuration"));
    Some(fault.suggest(format!("{digits} {}", most.currency())))
}

/// A sum for one customer that the ceiling of each month never lets through.
fn over_time(piece: Piece<'_>, amount: Money, length: Period, caps: &Caps) -> Option<Fault> {
    let most = caps.per_customer_month;
    let reached = i64::from(months(length)).saturating_mul(most.minor());
    (amount.minor() > reached).then(|| {
        let message = format!("one customer never gets {amount} in {length}: the ceiling is lower");
        let code = most.currency();
        let key = format!("limits.currencies.{code}.per_customer_month");
        piece.fault(message).note(format!("`{key}` is {most}"))
    })
}

/// How many months of the calendar a period touches at most.
fn months(length: Period) -> u32 {
    let of_days = |days: u32| days.div_ceil(SHORTEST_MONTH);
    let whole = match length.unit {
        Unit::Hours => of_days(length.count.div_ceil(24)),
        Unit::Days => of_days(length.count),
        Unit::Weeks => of_days(length.count.saturating_mul(7)),
        Unit::Months => length.count,
        Unit::Years => length.count.saturating_mul(12),
    };
    whole.saturating_add(1)
}
