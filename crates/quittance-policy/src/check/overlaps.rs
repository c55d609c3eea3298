//! Clauses that speak about the same cases.

use std::collections::BTreeMap;
use std::ops::Range;

use quittance_core::policy::{
    Clause, Compare, Condition, Decision, Document, Policy, Rule, When, Window, list,
};
use quittance_core::reason::Reason;

use super::relations::{exclude, implies};
use crate::file::File;
use crate::problem::{Fault, quote};

/// How many pairs of clauses are compared; beyond that a policy is too large to be overlooked anyway.
const MOST_PAIRS: usize = 200_000;

/// With how many clauses of the same reason one is compared, to find a stricter one.
const MOST_COMPARED: usize = 500;

/// How many other clauses a note names.
const MOST_NAMED: usize = 4;

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
    let shadowed: Vec<bool> =
        ruled.iter().map(|mild| is_shadowed(*mild, &ruled, &by_reason, files)).collect();
    for group in by_reason.values_mut() {
        group.retain(|at| shadowed.get(*at) == Some(&false));
    }
    let pairs = pairs(&ruled, &by_reason);
    for (at, others) in grouped(&pairs) {
        let others: Vec<Ruled<'_>> =
            others.into_iter().filter_map(|other| ruled.get(other).copied()).collect();
        if let Some(one) = ruled.get(at) {
            tell(*one, &others, files);
        }
    }
}

/// The pairs of clauses that can be about the same case and answer differently.
fn pairs(ruled: &[Ruled<'_>], by_reason: &BTreeMap<Reason, Vec<usize>>) -> Vec<[usize; 2]> {
    let pairs = by_reason.iter().flat_map(|(reason, group)| {
        let later = group.iter().enumerate();
        later.flat_map(move |(nth, later)| {
            group.iter().take(nth).map(move |earlier| (reason, [*earlier, *later]))
        })
    });
    let differ = |(reason, pair): (&Reason, [usize; 2])| {
        let [Some(one), Some(other)] = pair.map(|at| ruled.get(at)) else { return None };
        let differ = one.rule.decision != other.rule.decision
            // What they share several reasons for is one pair.
            && shared(one.rule, other.rule).next() == Some(*reason)
            && overlap(one.rule, other.rule)
            && hold_together(one.document, other.document);
        differ.then_some(pair)
    };
    pairs.take(MOST_PAIRS).filter_map(differ).collect()
}

/// Every pair by the one of the two that is in more pairs, or else by the later one: a clause about all
/// reasons is told once, and not at every other clause.
fn grouped(pairs: &[[usize; 2]]) -> BTreeMap<usize, Vec<usize>> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for at in pairs.as_flattened() {
        let count = counts.entry(*at).or_default();
        *count = count.saturating_add(1);
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for [earlier, later] in pairs {
        let is_earlier = counts.get(earlier) > counts.get(later);
        let (at, other) = if is_earlier { (earlier, later) } else { (later, earlier) };
        groups.entry(*at).or_default().push(*other);
    }
    groups
}

/// The reasons that two rules have in common, in the order of the first.
fn shared(one: &Rule, other: &Rule) -> impl Iterator<Item = Reason> {
    one.reasons.iter().copied().filter(|reason| other.reasons.contains(reason))
}

/// Notes at a clause which others can be about its cases too.
fn tell(one: Ruled<'_>, others: &[Ruled<'_>], files: &mut [File<'_>]) {
    let Some(file) = files.get_mut(one.file) else { return };
    let here = answer(one.rule);
    let fault = if let [other] = others {
        let heading = quote(&other.clause.heading);
        let reasons: Vec<Reason> = shared(other.rule, one.rule).collect();
        let (reasons, there) = (list(&reasons), answer(other.rule));
        Fault::new(
            one.span.clone(),
            format!("`{heading}` can be about the same case: then the stricter answer counts"),
        )
        .note(format!("for `{reasons}`: `{here}` here, `{there}` there"))
    } else {
        let mut named: Vec<String> =
            others.iter().take(MOST_NAMED).map(|other| names_answer(*other)).collect();
        let more = others.len().saturating_sub(named.len());
        if more > 0 {
            named.push(format!("and {more} more"));
        }
        let message = format!(
            "{} other clauses can be about the same cases: then the stricter answer counts",
            others.len()
        );
        let named = named.join(", ");
        Fault::new(one.span.clone(), message).note(format!("here `{here}`; {named}"))
    };
    file.report.note(fault);
}

fn names_answer(ruled: Ruled<'_>) -> String {
    format!("`{}` answers `{}`", ruled.clause.heading, answer(ruled.rule))
}

/// Warns of a clause that never has a say, or never gives money back: for each of its reasons there is a
/// stricter one that is about all that it is about.
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
    // What a refund clause does not give it refuses, if no other clause speaks about the case.
    let still_refuses =
        mild.rule.terms().is_some() && !found.iter().all(|strict| always_speaks(strict.rule));
    let never = if still_refuses { "gives money back" } else { "decides" };
    let heading = quote(&first.clause.heading);
    let message = format!("this clause never {never}: `{heading}` is stricter");
    let mut answers: Vec<String> = found.iter().map(|strict| names_answer(*strict)).collect();
    answers.dedup();
    let note = format!("about all of its cases {}", answers.join(", "));
    warn(mild, Fault::new(mild.span.clone(), message).note(note), files);
    true
}

/// Whether a rule is about every case with one of its reasons.
fn always_speaks(rule: &Rule) -> bool {
    rule.within.is_none()
        && rule.conditions.is_empty()
        && rule.plans.is_empty()
        && rule.products.is_empty()
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
    let excluded = |it: &Condition, others: &[Condition], window: Option<&Condition>| {
        others.iter().chain(window).any(|other| exclude(it, other))
    };
    let (window, that_window) = (window(one), window(other));
    let mut conditions = one.conditions.iter().chain(&window);
    meet(&one.plans, &other.plans)
        && meet(&one.products, &other.products)
        && !has_plan_and_none(one, other)
        && !has_plan_and_none(other, one)
        && !conditions.any(|it| excluded(it, &other.conditions, that_window.as_ref()))
}

/// The window of a rule as the condition that says the same.
fn window(rule: &Rule) -> Option<Condition> {
    match rule.within? {
        Window::Period(period) => Some(Condition::Charged(Compare::AtMost, When::Ago(period))),
        Window::BillingPeriod => None,
    }
}

/// Whether every case for `narrow` with one of the reasons of both is one for `wide`.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    let within = |wide: &[String], narrow: &[String]| {
        wide.is_empty()
            || !narrow.is_empty()
                && narrow.iter().all(|it| wide.iter().any(|that| that.eq_ignore_ascii_case(it)))
    };
    let narrow_window = window(narrow);
    let implied = |wide: &Condition| {
        narrow.conditions.iter().chain(&narrow_window).any(|it| implies(it, wide))
    };
    let lasts = match wide.within {
        Some(Window::BillingPeriod) => narrow.within == wide.within,
        Some(Window::Period(_)) | None => true,
    };
    within(&wide.plans, &narrow.plans)
        && within(&wide.products, &narrow.products)
        && wide.conditions.iter().chain(&window(wide)).all(implied)
        && lasts
}
