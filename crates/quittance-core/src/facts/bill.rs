//! How a charge is made up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::SubscriptionId;
use crate::money::{Money, MoneyError};

/// What the invoice of a charge says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bill {
    /// The subscription that was paid for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
    /// What was paid for. Empty where that is not known for certain: without an invoice, and where the
    /// lines and the shipping are not together what was charged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// How much of it was for shipping. None where nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Money>,
}

impl Bill {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was paid for it, with taxes and after discounts.
    pub amount: Money,
    /// The plan, named as in [`super::Charge::plans`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Stripe's id of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The time it was paid for: from and to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<(Timestamp, Timestamp)>,
}

impl Line {
    /// What was paid for the time after `now`, by the second and rounded down. None where the line is
    /// not for a time.
    pub fn unused(&self, now: Timestamp) -> Option<Result<Money, MoneyError>> {
        let (from, to) = self.period?;
        let whole = u64::try_from(to.as_second().checked_sub(from.as_second())?).ok()?;
        if whole == 0 {
            return None;
        }
        let left = to.as_second().saturating_sub(now.as_second().max(from.as_second()));
        Some(self.amount.fraction(u64::try_from(left).unwrap_or(0), whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: &str, to: &str) -> Line {
        let amount = Money::from_decimal("30.00", crate::money::Currency::USD).unwrap();
        let period = Some((from.parse().unwrap(), to.parse().unwrap()));
        Line { amount, plan: None, product: None, period }
    }

    #[test]
    fn unused_time_is_counted_by_the_second_and_rounded_down() {
        let line = line("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z");
        for (now, left) in [
            ("2026-03-30T00:00:00Z", 3_000),
            ("2026-04-01T00:00:00Z", 3_000),
            ("2026-04-01T00:00:01Z", 2_999),
            ("2026-04-11T00:00:00Z", 2_000),
            ("2026-04-30T23:59:59Z", 0),
            ("2026-06-01T00:00:00Z", 0),
        ] {
            let unused = line.unused(now.parse().unwrap()).unwrap().unwrap();
            assert_eq!(unused.minor(), left, "{now}");
        }
    }

    #[test]
    fn a_line_without_a_time_has_none_left() {
        let now = "2026-04-01T00:00:00Z".parse().unwrap();
        assert!(line("2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z").unused(now).is_none());
        assert!(line("2026-04-02T00:00:00Z", "2026-04-01T00:00:00Z").unused(now).is_none());
    }

    #[test]
    fn a_bill_that_says_nothing_leaves_no_trace() {
        assert_eq!(serde_json::to_string(&Bill::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<Bill>("{}").unwrap().is_empty());
    }
}
