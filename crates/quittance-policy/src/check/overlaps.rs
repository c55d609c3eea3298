//! Clauses that speak about the same cases.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use quittance_core::policy::{Clause, Condition, Decision, Document, Policy, Rule, Window, list};
use quittance_core::reason::Reason;

use super::relations::{exclude, implies};
use crate::file::File;
use crate::problem::{Fault, quote};

/// How many pairs of clauses are compared; beyond that a policy is too large to be overlooked anyway.
const MOST_PAIRS: usize = 200_000;

/// With how many clauses of the same reason one is compared, to find a stricter one.
const MOST_COMPARED: usize = 500;

/// A clause with a rule, and where it stands.
#[derive(Clone, Copy)]
struct Ruled<'a> {
    file: usize,
    span: &'a Range<usize>,
    document: &'a Document,
    clause: &'a Clause,
    rule: &'a Rule,
}

/// Warns of clauses that never have a say because a stricter one always speaks too, and notes clauses that
/// can both speak about a case and answer differently.
pub(super) fn check(policy: &Policy, files: &mut [File<'_>]) {
    let places: Vec<Vec<Range<usize>>> = files
        .iter()
        .map(|file| file.places.iter().map(|(span, _)| span.clone()).collect())
        .collect();
    let ruled: Vec<Ruled<'_>> = policy
        .documents
        .iter()
        .zip(&places)
        .enumerate()
        .flat_map(|(file, (document, spans))| {
            document.clauses.iter().zip(spans).filter_map(move |(clause, span)| {
                let rule = clause.rule.as_ref()?;
                Some(Ruled { file, span, document, clause, rule })
            })
        })
        .collect();
    let mut by_reason: BTreeMap<Reason, Vec<usize>> = BTreeMap::new();
    for (at, one) in ruled.iter().enumerate() {
        for reason in &one.rule.reasons {
            by_reason.entry(*reason).or_default().push(at);
        }
    }
    let mut told = BTreeSet::new();
    let shadowed: Vec<bool> =
        ruled.iter().map(|mild| is_shadowed(*mild, &ruled, &by_reason, files)).collect();
    let has_a_say = |at: &&usize| shadowed.get(**at) == Some(&false);
    for group in by_reason.values() {
        let group: Vec<&usize> = group.iter().filter(has_a_say).collect();
        for (nth, later) in group.iter().enumerate() {
            for earlier in group.iter().take(nth) {
                if told.len() >= MOST_PAIRS || !told.insert((**earlier, **later)) {
                    continue;
                }
                if let (Some(one), Some(other)) = (ruled.get(**earlier), ruled.get(**later)) {
                    compare(*one, *other, files);
                }
            }
        }
    }
}

fn compare(one: Ruled<'_>, other: Ruled<'_>, files: &mut [File<'_>]) {
    let is_same = one.rule.decision == other.rule.decision;
    if is_same || !overlap(one.rule, other.rule) || !hold_together(one.document, other.document) {
        return;
    }
    let reasons: Vec<Reason> = one
        .rule
        .reasons
        .iter()
        .copied()
        .filter(|reason| other.rule.reasons.contains(reason))
        .collect();
    let message = format!(
        "`{}` can be about the same case: then the stricter answer counts",
        quote(&one.clause.heading)
    );
    let note = format!(
        "for `{}`: `{}` here, `{}` there",
        list(&reasons),
        answer(other.rule),
        answer(one.rule)
    );
    let Some(file) = files.get_mut(other.file) else { return };
    file.report.note(Fault::new(other.span.clone(), message).note(note));
}

/// Warns of a clause that never has a say: for each of its reasons there is a stricter one that is about all
/// that it is about.
fn is_shadowed(
    mild: Ruled<'_>,
    ruled: &[Ruled<'_>],
    by_reason: &BTreeMap<Reason, Vec<usize>>,
    files: &mut [File<'_>],
) -> bool {
    let stricter = |reason: &Reason| {
        let group = by_reason.get(reason).into_iter().flatten().take(MOST_COMPARED);
        group.filter_map(|at| ruled.get(*at).copied()).find(|strict| {
            strictness(strict.rule) > strictness(mild.rule)
                && covers(strict.rule, mild.rule)
                && holds_throughout(strict.document, mild.document)
        })
    };
    let Some(found) = mild.rule.reasons.iter().map(stricter).collect::<Option<Vec<_>>>() else {
        return false;
    };
    let Some(first) = found.first() else { return false };
    let message =
        format!("this clause never decides: `{}` is stricter", quote(&first.clause.heading));
    let mut answers: Vec<String> = found
        .iter()
        .map(|strict| format!("`{}` answers `{}`", strict.clause.heading, answer(strict.rule)))
        .collect();
    answers.dedup();
    let note = format!("about all of its cases {}", answers.join(", "));
    warn(mild, Fault::new(mild.span.clone(), message).note(note), files);
    true
}

/// Whether there is a day on which both files hold.
fn hold_together(one: &Document, other: &Document) -> bool {
    let ends_before =
        |one: &Document, other: &Document| one.until.is_some_and(|until| until < other.effective);
    !ends_before(one, other) && !ends_before(other, one)
}

/// Whether `wide` holds on every day on which `narrow` does.
fn holds_throughout(wide: &Document, narrow: &Document) -> bool {
    let lasts = match (wide.until, narrow.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow <= wide,
    };
    wide.effective <= narrow.effective && lasts
}

fn warn(ruled: Ruled<'_>, fault: Fault, files: &mut [File<'_>]) {
    let Some(file) = files.get_mut(ruled.file) else { return };
    file.report.warn(fault);
}

fn strictness(rule: &Rule) -> u8 {
    match rule.decision {
        Decision::Refund(_) => 0,
        Decision::Ask => 1,
        Decision::Refuse => 2,
    }
}

fn answer(rule: &Rule) -> String {
    match &rule.decision {
        Decision::Refund(terms) => format!("refund {}", terms.gives),
        Decision::Ask => "ask a person".to_owned(),
        Decision::Refuse => "refuse".to_owned(),
    }
}

/// Whether a case can be one for both.
fn overlap(one: &Rule, other: &Rule) -> bool {
    let meet = |some: &[String], others: &[String]| {
        some.is_empty()
            || others.is_empty()
            || some.iter().any(|it| others.iter().any(|other| other.eq_ignore_ascii_case(it)))
    };
    let has_plan_and_none = |one: &Rule, other: &Rule| {
        one.conditions.contains(&Condition::OneOff) && !other.plans.is_empty()
    };
    meet(&one.plans, &other.plans)
        && meet(&one.products, &other.products)
        && !has_plan_and_none(one, other)
        && !has_plan_and_none(other, one)
        && !one.conditions.iter().any(|it| other.conditions.iter().any(|that| exclude(it, that)))
}

/// Whether every case for `narrow` with one of the reasons of both is one for `wide`.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    let within = |wide: &[String], narrow: &[String]| {
        wide.is_empty()
            || !narrow.is_empty()
                && narrow.iter().all(|it| wide.iter().any(|that| that.eq_ignore_ascii_case(it)))
    };
    let lasts = match (wide.within, narrow.within) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(Window::Period(wide)), Some(Window::Period(narrow))) => {
            let (wide, narrow) = (wide.in_base_unit(), narrow.in_base_unit());
            wide.unit == narrow.unit && wide.count >= narrow.count
        }
        (Some(wide), Some(narrow)) => wide == narrow,
    };
    within(&wide.plans, &narrow.plans)
        && within(&wide.products, &narrow.products)
        && wide.conditions.iter().all(|wide| narrow.conditions.iter().any(|one| implies(one, wide)))
        && lasts
}
