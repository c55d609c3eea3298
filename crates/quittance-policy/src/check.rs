//! Warnings about policies that can be read, but may not say what was meant.

mod ceilings;
mod gaps;
mod links;
mod names;
mod numbers;
mod overlaps;
mod relations;

use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{
    Allowance, Clause, Compare, Condition, Document, Evidence, Gives, Policy, Rule, Terms, When,
    Window, list,
};
use quittance_core::reason::Reason;

use crate::file::File;
use crate::problem::{Fault, Report};
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::ROWS;

pub(crate) use ceilings::check as ceilings;
pub(crate) use gaps::check as gaps;
pub(crate) use links::check as links;
pub(crate) use relations::exclude;

/// A clause and where it stands.
pub(crate) struct Placed<'a> {
    pub(crate) clause: &'a Clause,
    /// The heading.
    pub(crate) span: &'a Range<usize>,
    /// The prose.
    pub(crate) prose: &'a [Range<usize>],
    /// Whether neither a table of ours nor a smaller heading stands under it.
    pub(crate) is_bare: bool,
}

/// Warns about one clause.
pub(crate) fn clause(
    placed: &Placed<'_>,
    document: &Document,
    writing: Writing,
    report: &mut Report<'_>,
) {
    let Some(rule) = placed.clause.rule.as_ref() else {
        if placed.clause.prose.is_empty() && placed.is_bare {
            let message = "nothing stands under this heading";
            report.warn(Fault::new(placed.span.clone(), message));
        }
        return;
    };
    never(rule, document, placed.span, report);
    if placed.clause.prose.is_empty() {
        let message = "this clause has no prose, which is what customers are told";
        report.warn(Fault::new(placed.span.clone(), message));
    }
    record_shows_nothing(rule, placed.span, report);
    missing_currencies(rule, placed.span, writing, report);
    numbers::check(placed.prose, rule, writing, report);
}

/// Warns about what the clauses say together.
pub(crate) fn rules(policy: &Policy, files: &mut [File<'_>]) {
    if policy.clauses().all(|clause| clause.rule.is_none()) {
        let Some(last) = files.last_mut() else { return };
        let end = last.report.source().len();
        let message = "no clause has a table `Rule | Value`: every case goes to a person";
        last.report.warn(Fault::new(end..end, message));
    }
    names::check(policy, files);
    overlaps::check(policy, files);
}

/// Warns of files that do not hold any more, and notes those that do not hold yet.
pub(crate) fn days(policy: &Policy, files: &mut [File<'_>], today: Option<Date>) {
    let Some(today) = today else { return };
    for (file, document) in files.iter_mut().zip(&policy.documents) {
        let place = |key: &str| {
            let source = file.report.source();
            source.find(key).map_or(0..0, |start| start..start.saturating_add(key.len()))
        };
        if let Some(until) = document.until.filter(|until| *until < today) {
            let message = format!("this file holds no longer: its last day was {until}");
            file.report.warn(Fault::new(place("until"), message));
        } else if document.effective > today {
            let message = format!("this file does not hold yet, but from {}", document.effective);
            file.report.note(Fault::new(place("effective"), message));
        }
    }
}

/// Conditions on the day of the charge that no charge meets while the file holds.
fn never(rule: &Rule, document: &Document, span: &Range<usize>, report: &mut Report<'_>) {
    for condition in &rule.conditions {
        let Condition::Charged(compare, When::On(day)) = condition else { continue };
        let is_early = matches!(compare, Compare::Below | Compare::AtMost | Compare::Is);
        let is_late = matches!(compare, Compare::Above | Compare::AtLeast | Compare::Is);
        let last = match rule.within {
            Some(Window::Period(period)) => day
                .to_zoned(TimeZone::UTC)
                .ok()
                .and_then(|start| period.last_day(start.timestamp())),
            Some(Window::BillingPeriod) | None => None,
        };
        let is_too_old = is_early && last.is_some_and(|last| last < document.effective);
        let is_too_late = is_late && document.until.is_some_and(|until| until < *day);
        if is_too_old || is_too_late {
            let message =
                "this clause never applies: no charge fits its dates while the file holds";
            let until = document.until.map(|until| format!(" until {until}")).unwrap_or_default();
            let from = document.effective;
            let note = format!("it asks for `{condition}`, and the file holds from {from}{until}");
            report.warn(Fault::new(span.clone(), message).note(note));
        }
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

/// Whether a reason states a fact that nobody but the customer knows.
fn needs_word(reason: Reason, rule: &Rule) -> bool {
    let has_attribute = rule.conditions.iter().any(|condition| condition.attribute().is_some());
    match reason {
        Reason::DuplicateCharge => !rule.shows_duplicate(),
        Reason::ChangedMind | Reason::ForgotToCancel | Reason::Goodwill | Reason::Other => false,
        // How much was used is what an attribute of the contact can show.
        Reason::Unused => !has_attribute,
        Reason::Accidental
        | Reason::WrongAmount
        | Reason::NotReceived
        | Reason::Damaged
        | Reason::Defective
        | Reason::NotAsDescribed
        | Reason::ServiceProblem
        | Reason::Unrecognized => true,
    }
}

/// Rows with amounts in fewer currencies than another row of the clause.
fn missing_currencies(rule: &Rule, span: &Range<usize>, writing: Writing, report: &mut Report<'_>) {
    let Some(terms) = rule.terms() else { return };
    let rows = amounts_by_row(rule, terms);
    let mut all: Vec<Currency> = Vec::new();
    for currency in rows.iter().flat_map(|(_, amounts)| amounts).map(|amount| amount.currency()) {
        if !all.contains(&currency) {
            all.push(currency);
        }
    }
    for (row, amounts) in rows.iter().filter(|(_, amounts)| !amounts.is_empty()) {
        let has = |currency: &Currency| amounts.iter().any(|it| it.currency() == *currency);
        let missing: Vec<Currency> = all.iter().copied().filter(|it| !has(it)).collect();
        if !missing.is_empty() {
            let word = ROWS.find(Tongue::English, row).map_or(*row, |it| it.word(writing.tongue));
            let message = format!(
                "`{word}` has no amount in {}, so refunds in that currency go to a person",
                list(&missing)
            );
            report.warn(Fault::new(span.clone(), message));
        }
    }
}

fn amounts_by_row(rule: &Rule, terms: &Terms) -> Vec<(&'static str, Vec<Money>)> {
    let conditions = rule.conditions.iter().flat_map(Condition::amounts);
    let sums = terms.per_customer.iter().filter_map(|allowance| match allowance {
        Allowance::Sum { sum, .. } => Some(*sum),
        Allowance::Count { .. } => None,
    });
    let gives = if let Gives::Sums(sums) = &terms.gives { sums.clone() } else { Vec::new() };
    let word =
        if let Evidence::Word { up_to } = &terms.rests_on { up_to.clone() } else { Vec::new() };
    vec![
        ("Applies when", conditions.copied().collect()),
        ("Refund", gives),
        ("At most", terms.at_most.clone()),
        ("Per customer", sums.collect()),
        ("Rests on", word),
    ]
}
