//! Clauses that speak about the same cases.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use quittance_core::policy::{
    Choice, Clause, Compare, Condition, Decision, Policy, Rule, Test, Window, list,
};
use quittance_core::reason::Reason;

use crate::file::File;
use crate::problem::Fault;

/// How many pairs of clauses are compared; beyond that a policy is too large to be overlooked anyway.
const MOST_PAIRS: usize = 200_000;

/// A clause with a rule, and where it stands.
#[derive(Clone, Copy)]
struct Ruled<'a> {
    file: usize,
    span: &'a Range<usize>,
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
                Some(Ruled { file, span, clause, rule })
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
    for group in by_reason.values() {
        for (nth, later) in group.iter().enumerate() {
            for earlier in group.iter().take(nth) {
                if told.len() >= MOST_PAIRS || !told.insert((*earlier, *later)) {
                    continue;
                }
                if let (Some(one), Some(other)) = (ruled.get(*earlier), ruled.get(*later)) {
                    compare(*one, *other, files);
                }
            }
        }
    }
}

fn compare(one: Ruled<'_>, other: Ruled<'_>, files: &mut [File<'_>]) {
    if !overlap(one.rule, other.rule) || one.rule.decision == other.rule.decision {
        return;
    }
    for (strict, mild) in [(one, other), (other, one)] {
        if strictness(strict.rule) > strictness(mild.rule) && covers(strict.rule, mild.rule) {
            let message = format!(
                "this clause never decides: `{}` is about all that it is about, and answers `{}`",
                strict.clause.heading,
                answer(strict.rule)
            );
            warn(mild, message, files);
            return;
        }
    }
    let reasons: Vec<Reason> = one
        .rule
        .reasons
        .iter()
        .copied()
        .filter(|reason| other.rule.reasons.contains(reason))
        .collect();
    let message = format!(
        "a case of `{}` can be one for `{}` too; then the stricter answer counts (`{}` here, `{}` there)",
        list(&reasons),
        one.clause.heading,
        answer(other.rule),
        answer(one.rule)
    );
    let Some(file) = files.get_mut(other.file) else { return };
    file.report.note(Fault::new(other.span.clone(), message));
}

fn warn(ruled: Ruled<'_>, message: String, files: &mut [File<'_>]) {
    let Some(file) = files.get_mut(ruled.file) else { return };
    file.report.warn(Fault::new(ruled.span.clone(), message));
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

/// Whether every case for `narrow` is one for `wide`.
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
    narrow.reasons.iter().all(|reason| wide.reasons.contains(reason))
        && within(&wide.plans, &narrow.plans)
        && within(&wide.products, &narrow.products)
        && wide.conditions.iter().all(|condition| narrow.conditions.contains(condition))
        && lasts
}

/// Whether no charge can meet both conditions.
pub(crate) fn exclude(one: &Condition, other: &Condition) -> bool {
    use Condition as C;
    match (one, other) {
        (C::FirstCharge | C::Renewal | C::OneOff, C::FirstCharge | C::Renewal | C::OneOff) => {
            one != other
        }
        (C::OneOff, C::Subscription(_) | C::Subscribed(..) | C::TrialEnded(..))
        | (C::Subscription(_) | C::Subscribed(..) | C::TrialEnded(..), C::OneOff) => true,
        (C::Disputed(one), C::Disputed(other)) => one != other,
        (C::Currency(one), C::Currency(other)) => choices(one, other, |a, b| a == b),
        (C::Method(one), C::Method(other))
        | (C::Country(one), C::Country(other))
        | (C::Subscription(one), C::Subscription(other)) => {
            choices(one, other, |a, b| a.eq_ignore_ascii_case(b))
        }
        (C::Amount(how, some), C::Amount(that, others)) => {
            let mut pairs = some.iter().filter_map(|amount| {
                let other = others.iter().find(|other| other.currency() == amount.currency())?;
                Some((amount.minor(), other.minor()))
            });
            // Apart in one currency is apart only if every currency is in both.
            some.len() == others.len() && pairs.by_ref().all(|(a, b)| apart(*how, a, *that, b))
        }
        (C::EarlierRefunds(how, a, None), C::EarlierRefunds(that, b, None)) => {
            apart(*how, i64::from(*a), *that, i64::from(*b))
        }
        (C::Attribute(name, one), C::Attribute(same, other)) => name == same && tests(one, other),
        _ => false,
    }
}

fn tests(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (Test::Number(how, a), Test::Number(that, b)) => apart(*how, *a, *that, *b),
        (Test::Flag(one), Test::Flag(other)) => one != other,
        (Test::Text(one), Test::Text(other)) => {
            choices(one, other, |a, b| a.to_lowercase() == b.to_lowercase())
        }
        (Test::Number(..) | Test::Flag(_) | Test::Date(..) | Test::Text(_), _) => false,
    }
}

/// Whether no value can be chosen by both.
fn choices<T>(one: &Choice<T>, other: &Choice<T>, is: impl Fn(&T, &T) -> bool) -> bool {
    let among = |value: &T, listed: &[T]| listed.iter().any(|it| is(it, value));
    match (one.is, other.is) {
        (true, true) => !one.listed.iter().any(|value| among(value, &other.listed)),
        (true, false) => one.listed.iter().all(|value| among(value, &other.listed)),
        (false, true) => other.listed.iter().all(|value| among(value, &one.listed)),
        (false, false) => false,
    }
}

/// Whether no value is on this side of `a` and on that side of `b`.
fn apart<T: Ord + Copy>(how: Compare, a: T, that: Compare, b: T) -> bool {
    use Compare::{Above, AtLeast, AtMost, Below, Is, IsNot};
    match (how, that) {
        (Below, AtLeast | Above | Is) | (AtMost | Is, Above) => a <= b,
        (AtMost, AtLeast | Is) | (Is, AtLeast) => a < b,
        (AtLeast | Above | Is, Below) | (Above, AtMost | Is) => b <= a,
        (AtLeast, AtMost | Is) | (Is, AtMost) => b < a,
        (Is, Is) => a != b,
        (Is, IsNot) | (IsNot, Is) => a == b,
        (Below | AtMost | IsNot, Below | AtMost | IsNot)
        | (AtLeast | Above | IsNot, AtLeast | Above | IsNot) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_numbers_are_apart_when_no_number_is_on_both() {
        use Compare::{Above, AtLeast, AtMost, Below, Is, IsNot};
        let all = [Below, AtMost, Is, IsNot, AtLeast, Above];
        for how in all {
            for that in all {
                for (a, b) in [(3, 3), (3, 5), (5, 3)] {
                    // Halves, so that something lies between neighbors.
                    let mut values = (-20..40).filter(|value| {
                        how.holds((*value).cmp(&(a * 4))) && that.holds((*value).cmp(&(b * 4)))
                    });
                    let is_apart = values.next().is_none();
                    assert_eq!(apart(how, a, that, b), is_apart, "{how} {a}, {that} {b}");
                }
            }
        }
    }
}
