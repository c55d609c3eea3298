//! Warnings about policies that can be read, but may not say what was meant.

mod numbers;
mod overlaps;

use std::ops::Range;

use quittance_core::money::{Currency, Money};
use quittance_core::policy::{
    Allowance, Clause, Condition, Evidence, Gives, Policy, Rule, Terms, list,
};
use quittance_core::reason::Reason;

use crate::file::File;
use crate::problem::{Fault, Report};
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::ROWS;

pub(crate) use overlaps::exclude;

/// A clause and where it stands.
pub(crate) struct Placed<'a> {
    pub(crate) clause: &'a Clause,
    /// The heading.
    pub(crate) span: &'a Range<usize>,
    /// The prose.
    pub(crate) prose: &'a [Range<usize>],
}

/// Warns about one clause.
pub(crate) fn clause(placed: &Placed<'_>, writing: Writing, report: &mut Report<'_>) {
    let Some(rule) = placed.clause.rule.as_ref() else { return };
    if placed.clause.prose.is_empty() {
        let message = "this clause has no prose, which is what customers are told";
        report.warn(Fault::new(placed.span.clone(), message));
    }
    record_shows_nothing(rule, placed.span, report);
    missing_currencies(rule, placed.span, writing, report);
    let source = report.source();
    for range in placed.prose {
        let text = source.get(range.clone()).unwrap_or_default();
        numbers::check(text, range.start, rule, writing, report);
    }
}

/// Warns about what the clauses say together.
pub(crate) fn rules(policy: &Policy, files: &mut [File<'_>]) {
    if policy.clauses().all(|clause| clause.rule.is_none()) {
        let Some(last) = files.last_mut() else { return };
        let end = last.report.source().len();
        let message = "no clause has a table `Rule | Value`: every case goes to a person";
        last.report.warn(Fault::new(end..end, message));
    }
    overlaps::check(policy, files);
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
