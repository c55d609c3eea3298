//! What a clause's table says, once it is read.

use std::fmt;

use super::condition::Condition;
use super::gives::Gives;
use super::period::Period;
use crate::money::{Currency, Money};
use crate::reason::Reason;

/// The rule of a clause: for whom and what it holds, and what it decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The reasons it is about; at least one.
    pub reasons: Vec<Reason>,
    /// Conditions that must all hold. None means always.
    pub conditions: Vec<Condition>,
    /// The plans it is about. None means all of them, and payments without one.
    pub plans: Vec<String>,
    /// The products it is about. None means all of them.
    pub products: Vec<String>,
    /// How old the charge may be.
    pub within: Option<Window>,
    /// What it decides.
    pub decision: Decision,
}

/// How old a charge may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// This old.
    Period(Period),
    /// As old as the time is long that was paid for.
    BillingPeriod,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period(period) => write!(f, "{period} of the charge"),
            Self::BillingPeriod => f.write_str("the end of the billing period"),
        }
    }
}

/// What a clause decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Give money back on these terms.
    Refund(Terms),
    /// A person decides.
    Ask,
    /// No refund.
    Refuse,
}

/// The terms on which a clause gives money back. What is beyond them goes to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How much of the charge.
    pub gives: Gives,
    /// The largest refund, one amount in each currency. None means no limit of its own.
    pub at_most: Vec<Money>,
    /// What one customer may get under the clause; all must hold.
    pub per_customer: Vec<Allowance>,
    /// Whose word is taken.
    pub rests_on: Evidence,
}

/// A share as people write it, such as `50 %` or `12.5 %`.
pub fn percent(points: u16) -> String {
    let text = format!("{}.{:02}", points.div_euclid(100), points.rem_euclid(100));
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

impl Terms {
    /// Every amount in them.
    pub fn amounts(&self) -> Vec<Money> {
        let mut amounts = self.at_most.clone();
        if let Gives::Sums(sums) = &self.gives {
            amounts.extend(sums);
        }
        if let Evidence::Word { up_to } = &self.rests_on {
            amounts.extend(up_to);
        }
        amounts.extend(self.per_customer.iter().filter_map(|allowance| match allowance {
            Allowance::Sum { sum, .. } => Some(*sum),
            Allowance::Count { .. } => None,
        }));
        amounts
    }
}

/// How much one customer may get in a running period. A refund for a reason that is known and is not
/// one of the clause's does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// This many refunds, the one in question included.
    Count {
        /// How many.
        count: u32,
        /// In how long.
        period: Period,
    },
    /// This much in its currency, the refund in question included.
    Sum {
        /// How much.
        sum: Money,
        /// In how long.
        period: Period,
    },
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { count, period } => write!(f, "{count} in {period}"),
            Self::Sum { sum, period } => write!(f, "{sum} in {period}"),
        }
    }
}

/// Whose word a refund rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// What Stripe's record shows is enough.
    Record,
    /// The customer's word is taken.
    Word {
        /// Up to these amounts, one in each currency, and above them a person decides. None means
        /// for any amount.
        up_to: Vec<Money>,
    },
    /// A person looks first.
    Person,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record => f.write_str("Stripe's record"),
            Self::Word { up_to } if up_to.is_empty() => f.write_str("the customer's word"),
            Self::Word { up_to } => {
                write!(f, "the customer's word up to {}, else a person", list(up_to))
            }
            Self::Person => f.write_str("a person"),
        }
    }
}

impl Rule {
    /// Whether one of the conditions makes Stripe show that a charge was made twice.
    pub fn shows_duplicate(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Condition::ChargedAgain(_)))
    }

    /// Every period in the table.
    pub fn periods(&self) -> Vec<Period> {
        let conditions = self.conditions.iter().filter_map(Condition::period);
        let allowances = self.terms().into_iter().flat_map(|terms| {
            terms.per_customer.iter().map(|allowance| match allowance {
                Allowance::Count { period, .. } | Allowance::Sum { period, .. } => *period,
            })
        });
        let window = self.within.and_then(|window| match window {
            Window::Period(period) => Some(period),
            Window::BillingPeriod => None,
        });
        window.into_iter().chain(conditions).chain(allowances).collect()
    }

    /// Every amount in the table.
    pub fn amounts(&self) -> Vec<Money> {
        let conditions = self.conditions.iter().flat_map(Condition::amounts).copied();
        let terms = self.terms().into_iter().flat_map(Terms::amounts);
        conditions.chain(terms).collect()
    }

    /// Whether it is about a plan.
    pub fn lists_plan(&self, plan: &str) -> bool {
        self.plans.iter().any(|listed| listed.eq_ignore_ascii_case(plan.trim()))
    }

    /// Whether it is about a product.
    pub fn lists_product(&self, product: &str) -> bool {
        self.products.iter().any(|listed| listed.eq_ignore_ascii_case(product.trim()))
    }

    /// The terms, if the decision is a refund.
    pub fn terms(&self) -> Option<&Terms> {
        match &self.decision {
            Decision::Refund(terms) => Some(terms),
            Decision::Ask | Decision::Refuse => None,
        }
    }
}

/// The amount in a currency among amounts of several.
pub fn in_currency(amounts: &[Money], currency: Currency) -> Option<Money> {
    amounts.iter().copied().find(|amount| amount.currency() == currency)
}

/// Things parted by commas.
pub fn list<T: fmt::Display>(things: &[T]) -> String {
    things.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
