//! What conditions say about each other.

use quittance_core::policy::{Choice, Compare, Condition, Period, Test, Unit, When};

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
        (C::EarlierRefunds(how, a, one), C::EarlierRefunds(that, b, other)) => {
            alike(*one, *other) && apart(*how, *a, *that, *b)
        }
        (C::Charged(how, one), C::Charged(that, other))
        | (C::Subscribed(how, one), C::Subscribed(that, other))
        | (C::TrialEnded(how, one), C::TrialEnded(that, other)) => {
            times_apart(*how, *one, *that, *other)
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
        (Test::Date(how, one), Test::Date(that, other)) => times_apart(*how, *one, *that, *other),
        (Test::Number(..) | Test::Flag(_) | Test::Date(..) | Test::Text(_), _) => false,
    }
}

/// Whether no instant is on this side of one day, or of one age, and on that side of another.
fn times_apart(how: Compare, one: When, that: Compare, other: When) -> bool {
    match (one, other) {
        (When::On(one), When::On(other)) => apart(how, one, that, other),
        (When::Ago(one), When::Ago(other)) => {
            let (one, other) = (one.in_base_unit(), other.in_base_unit());
            if one.unit == other.unit {
                return apart(how, one.count, that, other.count);
            }
            let pairs = hours(one).map(|one| hours(other).map(|other| (one, other)));
            pairs.as_flattened().iter().all(|(one, other)| apart(how, *one, that, *other))
        }
        (When::On(_) | When::Ago(_), _) => false,
    }
}

/// Whether two periods, or none, are as long as each other.
fn alike(one: Option<Period>, other: Option<Period>) -> bool {
    one.map(Period::in_base_unit) == other.map(Period::in_base_unit)
}

/// How many hours a period has at least and at most.
pub(super) fn hours(period: Period) -> [i64; 2] {
    let period = period.in_base_unit();
    let count = i64::from(period.count);
    // A day counts from its first hour to its last.
    let of_days = |fewest: i64, most: i64| {
        let least = count.saturating_mul(fewest).saturating_sub(1).saturating_mul(24);
        [least, count.saturating_mul(most).saturating_add(1).saturating_mul(24)]
    };
    match period.unit {
        Unit::Hours => [count, count],
        Unit::Days | Unit::Weeks => of_days(1, 1),
        Unit::Months | Unit::Years => of_days(28, 31),
    }
}

/// Whether every charge that meets `one` meets `other`.
pub(super) fn implies(one: &Condition, other: &Condition) -> bool {
    use Condition as C;
    match (one, other) {
        (C::Amount(how, some), C::Amount(that, others)) => some.iter().all(|amount| {
            let other = others.iter().find(|other| other.currency() == amount.currency());
            other.is_some_and(|other| stronger(*how, amount.minor(), *that, other.minor()))
        }),
        (C::ChargedAgain(one), C::ChargedAgain(other)) => {
            let (one, other) = (one.in_base_unit(), other.in_base_unit());
            one.unit == other.unit && one.count <= other.count
        }
        (C::Currency(one), C::Currency(other)) => chooses_less(one, other, |a, b| a == b),
        (C::Method(one), C::Method(other))
        | (C::Country(one), C::Country(other))
        | (C::Subscription(one), C::Subscription(other)) => {
            chooses_less(one, other, |a, b| a.eq_ignore_ascii_case(b))
        }
        (C::Charged(how, one), C::Charged(that, other))
        | (C::Subscribed(how, one), C::Subscribed(that, other))
        | (C::TrialEnded(how, one), C::TrialEnded(that, other)) => {
            time_is_stronger(*how, *one, *that, *other)
        }
        (C::EarlierRefunds(how, a, one), C::EarlierRefunds(that, b, other)) => {
            alike(*one, *other) && stronger(*how, *a, *that, *b)
        }
        (C::Attribute(name, one), C::Attribute(same, other)) => {
            name == same && test_is_stronger(one, other)
        }
        _ => one == other,
    }
}

fn test_is_stronger(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (Test::Number(how, a), Test::Number(that, b)) => stronger(*how, *a, *that, *b),
        (Test::Text(one), Test::Text(other)) => {
            chooses_less(one, other, |a, b| a.to_lowercase() == b.to_lowercase())
        }
        (Test::Date(how, one), Test::Date(that, other)) => {
            time_is_stronger(*how, *one, *that, *other)
        }
        (Test::Number(..) | Test::Flag(_) | Test::Date(..) | Test::Text(_), _) => one == other,
    }
}

fn time_is_stronger(how: Compare, one: When, that: Compare, other: When) -> bool {
    match (one, other) {
        (When::On(one), When::On(other)) => stronger(how, one, that, other),
        (When::Ago(one), When::Ago(other)) => {
            let (one, other) = (one.in_base_unit(), other.in_base_unit());
            one.unit == other.unit && stronger(how, one.count, that, other.count)
        }
        (When::On(_) | When::Ago(_), _) => false,
    }
}

/// Whether whatever is chosen by one is chosen by the other.
fn chooses_less<T>(one: &Choice<T>, other: &Choice<T>, is: impl Fn(&T, &T) -> bool) -> bool {
    let among = |value: &T, listed: &[T]| listed.iter().any(|it| is(it, value));
    match (one.is, other.is) {
        (true, true) => one.listed.iter().all(|value| among(value, &other.listed)),
        (true, false) => !one.listed.iter().any(|value| among(value, &other.listed)),
        (false, false) => other.listed.iter().all(|value| among(value, &one.listed)),
        (false, true) => false,
    }
}

/// Whether every value on this side of `a` is on that side of `b`.
fn stronger<T: Ord + Copy>(how: Compare, a: T, that: Compare, b: T) -> bool {
    use Compare::{Above, AtLeast, AtMost, Below, Is, IsNot};
    match (how, that) {
        (Is, _) => that.holds(a.cmp(&b)),
        (Below, Below | AtMost | IsNot) | (AtMost, AtMost) => a <= b,
        (AtMost, Below | IsNot) => a < b,
        (Above, Above | AtLeast | IsNot) | (AtLeast, AtLeast) => a >= b,
        (AtLeast, Above | IsNot) => a > b,
        (IsNot, IsNot) => a == b,
        (Below | AtMost, Above | AtLeast | Is)
        | (Above | AtLeast, Below | AtMost | Is)
        | (IsNot, Below | AtMost | Above | AtLeast | Is) => false,
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
                    let mut all = (-20..40).filter(|value| how.holds((*value).cmp(&(a * 4))));
                    let is_stronger = all.all(|value| that.holds(value.cmp(&(b * 4))));
                    assert_eq!(stronger(how, a, that, b), is_stronger, "{how} {a}, {that} {b}");
                }
            }
        }
    }
}
