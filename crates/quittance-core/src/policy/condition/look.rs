//! Whether a condition holds.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::super::because::Because;
use super::super::evaluate::Question;
use super::super::period::{Period, date};
use super::super::rule::in_currency;
use super::{Choice, Compare, Condition, Test, When};
use crate::facts::{AttributeValue, Billing, Charge, ChargeStatus, Subscription};

/// What is found where a condition looks.
enum Found {
    /// It holds.
    Holds,
    /// It does not, and this is so instead.
    Instead(String),
    /// Nobody can say, for this reason.
    Unknown(&'static str),
}

impl Found {
    fn of(holds: bool, instead: impl FnOnce() -> String) -> Self {
        if holds { Self::Holds } else { Self::Instead(instead()) }
    }
}

/// Why a condition does not hold, or why nobody knows; none if it holds.
pub(in crate::policy) fn look(condition: &Condition, question: &Question<'_>) -> Option<Because> {
    let charge = question.charge;
    let found = match condition {
        Condition::FirstCharge => {
            return (charge.billing != Billing::First).then_some(Because::NotFirstCharge);
        }
        Condition::Renewal => {
            return (charge.billing != Billing::Renewal).then_some(Because::NotRenewal);
        }
        Condition::OneOff => {
            return (charge.billing != Billing::OneOff).then_some(Because::NotOneOff);
        }
        Condition::ChargedAgain(within) => {
            let charges = &question.facts.charges;
            let is_again = charges.iter().any(|earlier| is_charged_again(earlier, charge, *within));
            return (!is_again).then_some(Because::NotChargedAgain { within: *within });
        }
        Condition::Amount(compare, amounts) => {
            match in_currency(amounts, charge.captured.currency()) {
                None => Found::Unknown("the clause has no amount in the charge's currency"),
                Some(limit) => {
                    let holds = compare.holds(charge.captured.minor().cmp(&limit.minor()));
                    Found::of(holds, || charge.captured.to_string())
                }
            }
        }
        Condition::Charged(compare, when) => {
            at(*compare, *when, charge.created, question.facts.as_of)
        }
        Condition::Currency(choice) => {
            let currency = charge.captured.currency();
            let is = choice.listed.contains(&currency);
            Found::of(is == choice.is, || currency.to_string())
        }
        Condition::Method(choice) => one_of(choice, &charge.method.kind),
        Condition::Country(choice) => {
            match charge.method.card.as_ref().and_then(|card| card.country.as_ref()) {
                Some(country) => one_of(choice, country),
                None => Found::Unknown("Stripe does not say where the card comes from"),
            }
        }
        Condition::Subscription(_) | Condition::Subscribed(..) | Condition::TrialEnded(..) => {
            of_subscription(condition, question)
        }
        Condition::EarlierRefunds(compare, count, period) => {
            let now = question.facts.as_of;
            let is_recent = |at: Timestamp| period.is_none_or(|period| period.covers(at, now));
            let earlier = question.prior.iter().filter(|prior| is_recent(prior.at)).count();
            let order = u32::try_from(earlier).unwrap_or(u32::MAX).cmp(count);
            Found::of(compare.holds(order), || earlier.to_string())
        }
        Condition::Disputed(wanted) => {
            let mut charges = question.facts.charges.iter();
            let is = charges.any(|charge| charge.is_disputed || !charge.disputes.is_empty());
            let instead = if is { "a charge was disputed" } else { "no charge was disputed" };
            Found::of(is == *wanted, || instead.to_owned())
        }
        Condition::Attribute(name, test) => {
            let value = question.facts.contact.attributes.get(name);
            value.map_or(Found::Unknown("Intercom does not say"), |value| {
                attribute(test, value, question.facts.as_of)
            })
        }
    };
    match found {
        Found::Holds => None,
        Found::Instead(is) if condition.is_about_charges() => {
            Some(Because::AnotherCharge { wanted: condition.to_string(), is })
        }
        Found::Instead(is) => Some(Because::Unmet { wanted: condition.to_string(), is }),
        Found::Unknown(why) => {
            Some(Because::Unknown { wanted: condition.to_string(), why: why.to_owned() })
        }
    }
}

/// Whether `charge` repeats `earlier`. Only the later of the two is a repetition, so that one of them
/// stays paid however often and from wherever it is asked.
fn is_charged_again(earlier: &Charge, charge: &Charge, within: Period) -> bool {
    let plans = |charge: &Charge| {
        let mut plans = charge.plans.clone();
        plans.sort_unstable();
        plans
    };
    let is_before = (earlier.created, &earlier.id) < (charge.created, &charge.id);
    let stands = earlier.status == ChargeStatus::Succeeded
        && !earlier.is_disputed
        && earlier.disputes.is_empty()
        && earlier.refundable() == Ok(earlier.amount);
    is_before
        && stands
        && earlier.customer == charge.customer
        && earlier.amount == charge.amount
        && (earlier.plans.is_empty() || charge.plans.is_empty() || plans(earlier) == plans(charge))
        && within.covers(earlier.created, charge.created)
}

/// Compares an instant with a day, or its age with a period.
fn at(compare: Compare, when: When, instant: Timestamp, now: Timestamp) -> Found {
    let order = match when {
        When::On(day) => date(instant).cmp(&day),
        When::Ago(_) if instant > now => return Found::Instead(format!("on {}", date(instant))),
        When::Ago(period) => match (period.is_over(instant, now), period.covers(instant, now)) {
            (true, true) => Ordering::Equal,
            (false, _) => Ordering::Less,
            (true, false) => Ordering::Greater,
        },
    };
    Found::of(compare.holds(order), || format!("on {}", date(instant)))
}

fn one_of(choice: &Choice<String>, value: &str) -> Found {
    let is = choice.listed.iter().any(|listed| listed.eq_ignore_ascii_case(value));
    Found::of(is == choice.is, || value.to_owned())
}

/// The subscription that the charge paid for, if it can be told.
fn of_subscription(condition: &Condition, question: &Question<'_>) -> Found {
    let charge = question.charge;
    let Some(id) = &charge.bill.subscription else {
        return match charge.billing {
            Billing::OneOff => Found::Instead("the charge belongs to no subscription".to_owned()),
            Billing::First | Billing::Renewal | Billing::Change => {
                Found::Unknown("Stripe does not say which subscription it was for")
            }
        };
    };
    let mut known = question.facts.subscriptions.iter();
    let Some(subscription) = known.find(|subscription| subscription.id == *id) else {
        return Found::Unknown("Stripe does not list the subscription any more");
    };
    state(condition, subscription, question.facts.as_of)
}

fn state(condition: &Condition, subscription: &Subscription, now: Timestamp) -> Found {
    match condition {
        Condition::Subscription(choice) => one_of(choice, &subscription.status),
        Condition::Subscribed(compare, when) => at(*compare, *when, subscription.created, now),
        Condition::TrialEnded(compare, when) => match subscription.trial_end {
            Some(end) => at(*compare, *when, end, now),
            None => Found::Instead("there was no trial".to_owned()),
        },
        Condition::FirstCharge
        | Condition::Renewal
        | Condition::OneOff
        | Condition::ChargedAgain(_)
        | Condition::Amount(..)
        | Condition::Charged(..)
        | Condition::Currency(_)
        | Condition::Method(_)
        | Condition::Country(_)
        | Condition::EarlierRefunds(..)
        | Condition::Disputed(_)
        | Condition::Attribute(..) => Found::Unknown("it is not about a subscription"),
    }
}

fn attribute(test: &Test, value: &AttributeValue, now: Timestamp) -> Found {
    match (test, value) {
        (Test::Number(compare, limit), AttributeValue::Number(number)) => {
            Found::of(compare.holds(number.cmp(limit)), || number.to_string())
        }
        (Test::Flag(wanted), AttributeValue::Flag(is)) => {
            Found::of(is == wanted, || if *is { "yes".to_owned() } else { "no".to_owned() })
        }
        (Test::Date(compare, when), AttributeValue::Date(instant)) => {
            at(*compare, *when, *instant, now)
        }
        // What the text is may be personal, and is not repeated.
        (Test::Text(choice), AttributeValue::Text(text)) => {
            let is =
                choice.listed.iter().any(|listed| listed.to_lowercase() == text.to_lowercase());
            Found::of(is == choice.is, || "another value".to_owned())
        }
        (Test::Number(..) | Test::Flag(_) | Test::Date(..) | Test::Text(_), _) => {
            Found::Unknown("in Intercom it is of another type")
        }
    }
}
