//! What must hold for a clause to apply.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil::Date;

use super::period::Period;
use super::rule::list;
use crate::decimal::Decimal;
use crate::money::{Currency, Money};

mod look;

pub(super) use look::look;

/// Something about the charge, the customer's history or the contact that somebody other than the
/// customer can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It paid for the first period of a subscription.
    FirstCharge,
    /// It paid for a later period of a subscription.
    Renewal,
    /// It belongs to no subscription.
    OneOff,
    /// It is the later of two charges of the same amount, this close to each other.
    ChargedAgain(Period),
    /// How large it is: one amount for each currency.
    Amount(Compare, Vec<Money>),
    /// How old it is, or when it was made.
    Charged(Compare, When),
    /// What it was paid in.
    Currency(Choice<Currency>),
    /// How it was paid: Stripe's `payment_method_details.type`.
    Method(Choice<String>),
    /// Where the card comes from: two capital letters.
    Country(Choice<String>),
    /// Stripe's status of the subscription it belongs to.
    Subscription(Choice<String>),
    /// How long ago that subscription began.
    Subscribed(Compare, When),
    /// How long ago that subscription's trial ended.
    TrialEnded(Compare, When),
    /// How many refunds the customer had before, in all or in a running period.
    EarlierRefunds(Compare, u32, Option<Period>),
    /// Whether the customer ever disputed a charge.
    Disputed(bool),
    /// What Intercom says about the contact.
    Attribute(String, Test),
}

/// How two things are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// Less.
    Below,
    /// Less, or the same.
    AtMost,
    /// The same.
    Is,
    /// Not the same.
    IsNot,
    /// More, or the same.
    AtLeast,
    /// More.
    Above,
}

impl Compare {
    /// Whether it holds for two things of this order.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Below => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Is => order.is_eq(),
            Self::IsNot => order.is_ne(),
            Self::AtLeast => order.is_ge(),
            Self::Above => order.is_gt(),
        }
    }
}

impl fmt::Display for Compare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "below",
            Self::AtMost => "at most",
            Self::Is => "is",
            Self::IsNot => "is not",
            Self::AtLeast => "at least",
            Self::Above => "above",
        })
    }
}

/// One of several things, or none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<T> {
    /// Whether it must be one of them, or must not.
    pub is: bool,
    /// The things; at least one.
    pub listed: Vec<T>,
}

impl<T: fmt::Display> fmt::Display for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", if self.is { "is" } else { "is not" }, list(&self.listed))
    }
}

/// A day that something is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// This long ago.
    Ago(Period),
    /// This day, in UTC.
    On(Date),
}

/// What the value of an attribute is compared with; what is of another type is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// A number.
    Number(Compare, Decimal),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Date(Compare, When),
    /// One of several texts, in any case.
    Text(Choice<String>),
}

impl Condition {
    /// The period in it.
    pub fn period(&self) -> Option<Period> {
        match self {
            Self::ChargedAgain(period)
            | Self::Charged(_, When::Ago(period))
            | Self::Subscribed(_, When::Ago(period))
            | Self::TrialEnded(_, When::Ago(period))
            | Self::EarlierRefunds(_, _, Some(period))
            | Self::Attribute(_, Test::Date(_, When::Ago(period))) => Some(*period),
            Self::FirstCharge
            | Self::Renewal
            | Self::OneOff
            | Self::Amount(..)
            | Self::Charged(_, When::On(_))
            | Self::Currency(_)
            | Self::Method(_)
            | Self::Country(_)
            | Self::Subscription(_)
            | Self::Subscribed(_, When::On(_))
            | Self::TrialEnded(_, When::On(_))
            | Self::EarlierRefunds(_, _, None)
            | Self::Disputed(_)
            | Self::Attribute(_, _) => None,
        }
    }

    /// The amounts in it.
    pub fn amounts(&self) -> &[Money] {
        if let Self::Amount(_, amounts) = self { amounts } else { &[] }
    }

    /// The Intercom attribute that it asks for.
    pub fn attribute(&self) -> Option<&str> {
        if let Self::Attribute(name, _) = self { Some(name) } else { None }
    }

    /// Whether it says which charges a clause is about, and not what must be true of them.
    pub(super) fn is_about_charges(&self) -> bool {
        matches!(
            self,
            Self::FirstCharge
                | Self::Renewal
                | Self::OneOff
                | Self::Currency(_)
                | Self::Method(_)
                | Self::Country(_)
                | Self::Charged(_, When::On(_))
        )
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FirstCharge => f.write_str("first charge"),
            Self::Renewal => f.write_str("renewal"),
            Self::OneOff => f.write_str("one-off purchase"),
            Self::ChargedAgain(period) => write!(f, "same amount charged again within {period}"),
            Self::Amount(compare, amounts) => write!(f, "amount {compare} {}", list(amounts)),
            Self::Charged(compare, when) => time(f, "charge", *compare, *when),
            Self::Currency(choice) => write!(f, "currency {choice}"),
            Self::Method(choice) => write!(f, "payment method {choice}"),
            Self::Country(choice) => write!(f, "country {choice}"),
            Self::Subscription(choice) => write!(f, "subscription {choice}"),
            Self::Subscribed(compare, when) => time(f, "subscription", *compare, *when),
            Self::TrialEnded(compare, when) => time(f, "end of the trial", *compare, *when),
            Self::EarlierRefunds(compare, count, None) => {
                write!(f, "earlier refunds {compare} {count}")
            }
            Self::EarlierRefunds(compare, count, Some(period)) => {
                write!(f, "earlier refunds {compare} {count} in {period}")
            }
            Self::Disputed(true) => f.write_str("disputed before"),
            Self::Disputed(false) => f.write_str("never disputed"),
            Self::Attribute(name, Test::Number(compare, number)) => {
                write!(f, "{name} {compare} {number}")
            }
            Self::Attribute(name, Test::Flag(is)) => {
                write!(f, "{name} is {}", if *is { "yes" } else { "no" })
            }
            Self::Attribute(name, Test::Date(compare, when)) => time(f, name, *compare, *when),
            Self::Attribute(name, Test::Text(choice)) => write!(f, "{name} {choice}"),
        }
    }
}

/// How old something is, or on which side of a day it lies.
fn time(f: &mut fmt::Formatter<'_>, what: &str, compare: Compare, when: When) -> fmt::Result {
    match when {
        When::On(day) => match compare {
            Compare::Below => write!(f, "{what} before {day}"),
            Compare::AtMost => write!(f, "{what} until {day}"),
            Compare::Is => write!(f, "{what} on {day}"),
            Compare::IsNot => write!(f, "{what} not on {day}"),
            Compare::AtLeast => write!(f, "{what} since {day}"),
            Compare::Above => write!(f, "{what} after {day}"),
        },
        When::Ago(period) => match compare {
            Compare::Below => write!(f, "{what} less than {period} ago"),
            Compare::AtMost => write!(f, "{what} at most {period} ago"),
            Compare::Is => write!(f, "{what} {period} ago"),
            Compare::IsNot => write!(f, "{what} not {period} ago"),
            Compare::AtLeast => write!(f, "{what} at least {period} ago"),
            Compare::Above => write!(f, "{what} more than {period} ago"),
        },
    }
}
