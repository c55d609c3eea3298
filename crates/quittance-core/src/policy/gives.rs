//! How much of a charge a clause gives back.

use std::fmt;

use jiff::Timestamp;

use super::rule::{Rule, in_currency, list, percent};
use crate::facts::{Charge, Line};
use crate::money::{Money, MoneyError};

/// How much of a charge a clause gives back, what was given before included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Everything that was captured.
    InFull,
    /// A share, in hundredths of a percent, rounded down to what Stripe can move.
    Share(u16),
    /// A fixed sum, one in each currency.
    Sums(Vec<Money>),
    /// What the customer paid for time that has not passed yet, by the second, rounded down.
    UnusedTime,
    /// The lines of the invoice that are for the clause's plans or products.
    ListedLines,
    /// Everything but the shipping.
    WithoutShipping,
}

/// What a clause gives of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// This much.
    Sum(Money),
    /// The clause has no sum in the charge's currency.
    NoSum,
    /// The charge's invoice does not say how the charge is made up.
    NoLines,
    /// Nobody knows how much the shipping was.
    NoShipping,
}

impl Gives {
    /// What a rule with these terms gives of the whole charge at this instant.
    pub(super) fn of(
        &self,
        rule: &Rule,
        charge: &Charge,
        now: Timestamp,
    ) -> Result<Given, MoneyError> {
        let whole = charge.captured;
        match self {
            Self::InFull => Ok(Given::Sum(whole)),
            Self::Share(points) => whole.fraction(u64::from(*points), 10_000).map(Given::Sum),
            Self::Sums(sums) => match in_currency(sums, whole.currency()) {
                Some(sum) => sum.least(whole).map(Given::Sum),
                None => Ok(Given::NoSum),
            },
            Self::UnusedTime => {
                let unused = charge.bill.lines.iter().map(|line| line.unused(now));
                sum(unused.collect::<Option<Vec<_>>>(), whole)
            }
            Self::ListedLines => {
                let lines = &charge.bill.lines;
                let listed = lines.iter().filter(|line| is_listed(rule, line));
                let amounts = listed.map(|line| Ok(line.amount)).collect();
                sum((!lines.is_empty()).then_some(amounts), whole)
            }
            Self::WithoutShipping => match charge.bill.shipping {
                Some(shipping) => whole.less(shipping).map(Given::Sum),
                None => Ok(Given::NoShipping),
            },
        }
    }
}

fn is_listed(rule: &Rule, line: &Line) -> bool {
    line.plan.as_ref().is_some_and(|plan| rule.lists_plan(plan))
        || line.product.as_ref().is_some_and(|product| rule.lists_product(product))
}

/// The sum of what is known of every line, never more than the whole.
fn sum(amounts: Option<Vec<Result<Money, MoneyError>>>, whole: Money) -> Result<Given, MoneyError> {
    let Some(amounts) = amounts.filter(|amounts| !amounts.is_empty()) else {
        return Ok(Given::NoLines);
    };
    let mut sum = Money::zero(whole.currency());
    for amount in amounts {
        sum = sum.checked_add(amount?)?;
    }
    sum.least(whole).map(Given::Sum)
}

impl fmt::Display for Gives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InFull => f.write_str("in full"),
            Self::Share(points) => f.write_str(&percent(*points)),
            Self::Sums(sums) => f.write_str(&list(sums)),
            Self::UnusedTime => f.write_str("the unused time"),
            Self::ListedLines => f.write_str("the lines of these plans"),
            Self::WithoutShipping => f.write_str("without shipping"),
        }
    }
}
