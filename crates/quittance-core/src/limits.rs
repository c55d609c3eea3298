//! Spending limits above every policy, and what a refund reserves of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::action::Refund;
use crate::facts::Charge;
use crate::money::{Currency, Money, MoneyError};

/// The currency code under which refunds are counted instead of summed: ISO's "no currency".
pub const COUNT: &str = "XXX";

/// The ceilings of one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many refunds may be reserved in one hour, in all currencies together.
    pub refunds_per_hour: u32,
    /// The ceilings per currency. A currency without an entry is left to people.
    pub currencies: BTreeMap<Currency, Caps>,
}

/// The ceilings in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// For one refund.
    pub per_refund: Money,
    /// For all refunds of one charge, ours and others'.
    pub per_charge: Money,
    /// For all our refunds to one customer, and to one card, in a calendar month (UTC).
    pub per_customer_month: Money,
    /// For all our refunds of one day (UTC).
    pub per_day: Money,
    /// For all our refunds of one calendar month (UTC).
    pub per_month: Money,
}

/// Which ceiling a refund would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// No ceilings are set for the currency.
    Currency,
    /// The ceiling of one refund.
    Refund,
    /// The ceiling of one charge.
    Charge,
    /// The ceiling of one customer or card in a month.
    Customer,
    /// The ceiling of a day.
    Day,
    /// The ceiling of a month.
    Month,
    /// The count of an hour.
    Hour,
}

/// A share of one budget that a refund takes before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Which ceiling it belongs to.
    pub limit: Limit,
    /// The budget's name, such as `day` or `customer:cus_1`.
    pub scope: String,
    /// When the budget's window began, in milliseconds since 1970.
    pub window_start: i64,
    /// The currency's code, or [`COUNT`].
    pub currency: String,
    /// How much of it is taken, in minor units (or refunds).
    pub amount: i64,
    /// The most that may be taken in the window.
    pub cap: i64,
}

/// The ceilings that need no memory: what one refund alone, on this charge, would break.
pub fn broken_alone(
    limits: &Limits,
    refund: &Refund,
    charge: &Charge,
) -> Result<Vec<Limit>, MoneyError> {
    let Some(caps) = limits.currencies.get(&refund.amount.currency()) else {
        return Ok(vec![Limit::Currency]);
    };
    let mut broken = Vec::new();
    if refund.amount.exceeds(caps.per_refund)? {
        broken.push(Limit::Refund);
    }
    let given = charge.captured.less(charge.refundable()?)?;
    if given.checked_add(refund.amount)?.exceeds(caps.per_charge)? {
        broken.push(Limit::Charge);
    }
    Ok(broken)
}

/// What a refund reserves at `now`. Empty when the currency has no ceilings, which
/// [`broken_alone`] has already refused.
pub fn reservations(
    limits: &Limits,
    refund: &Refund,
    charge: &Charge,
    now: Timestamp,
) -> Vec<Reservation> {
    let Some(caps) = limits.currencies.get(&refund.amount.currency()) else {
        return Vec::new();
    };
    let sum = |limit, scope: String, window_start, cap: Money| Reservation {
        limit,
        scope,
        window_start,
        currency: refund.amount.currency().code().to_owned(),
        amount: refund.amount.minor(),
        cap: cap.minor(),
    };
    let month = start_of_month(now);
    let mut reserved = vec![
        sum(Limit::Day, "day".to_owned(), start_of_day(now), caps.per_day),
        sum(Limit::Month, "month".to_owned(), month, caps.per_month),
    ];
    for key in customer_keys(charge) {
        reserved.push(sum(Limit::Customer, key, month, caps.per_customer_month));
    }
    reserved.push(Reservation {
        limit: Limit::Hour,
        scope: "hour".to_owned(),
        window_start: start_of_hour(now),
        currency: COUNT.to_owned(),
        amount: 1,
        cap: i64::from(limits.refunds_per_hour),
    });
    reserved
}

/// Everything that shows that two charges were paid by one person.
fn customer_keys(charge: &Charge) -> Vec<String> {
    let customer = charge.customer.iter().map(|customer| format!("customer:{customer}"));
    let card = charge.method.card.iter().filter_map(|card| card.fingerprint.as_ref());
    customer.chain(card.map(|fingerprint| format!("card:{fingerprint}"))).collect()
}

fn start_of_hour(now: Timestamp) -> i64 {
    let civil = civil(now);
    start(civil.date().at(civil.hour(), 0, 0, 0))
}

fn start_of_day(now: Timestamp) -> i64 {
    start(civil(now).date().at(0, 0, 0, 0))
}

fn start_of_month(now: Timestamp) -> i64 {
    let date: Date = civil(now).date();
    start(date.first_of_month().at(0, 0, 0, 0))
}

fn civil(now: Timestamp) -> DateTime {
    now.to_zoned(TimeZone::UTC).datetime()
}

fn start(civil: DateTime) -> i64 {
    // UTC has an instant for every civil time, so this fails only at the edges of the calendar.
    civil.to_zoned(TimeZone::UTC).map_or(i64::MIN, |zoned| zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tests::charge;
    use crate::reason::Reason;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD).unwrap()
    }

    pub(crate) fn limits() -> Limits {
        let caps = Caps {
            per_refund: usd(10_000),
            per_charge: usd(12_000),
            per_customer_month: usd(20_000),
            per_day: usd(50_000),
            per_month: usd(100_000),
        };
        Limits { refunds_per_hour: 20, currencies: BTreeMap::from([(Currency::USD, caps)]) }
    }

    fn refund(minor: i64) -> Refund {
        Refund { charge: "ch_1".parse().unwrap(), amount: usd(minor), reason: Reason::Unused }
    }

    #[test]
    fn a_split_refund_counts_against_the_charge_as_a_whole() {
        let mut charge = charge("ch_1", 30_000, Currency::USD, "2026-01-01T00:00:00Z");
        assert_eq!(broken_alone(&limits(), &refund(10_000), &charge), Ok(vec![]));
        charge.refunded = usd(2_001);
        assert_eq!(broken_alone(&limits(), &refund(10_000), &charge), Ok(vec![Limit::Charge]));
        assert_eq!(
            broken_alone(&limits(), &refund(10_001), &charge),
            Ok(vec![Limit::Refund, Limit::Charge])
        );
    }

    #[test]
    fn a_currency_without_ceilings_is_left_to_people() {
        let charge = charge("ch_1", 30_000, Currency::EUR, "2026-01-01T00:00:00Z");
        let amount = Money::from_minor(1, Currency::EUR).unwrap();
        let refund = Refund { amount, ..refund(1) };
        assert_eq!(broken_alone(&limits(), &refund, &charge), Ok(vec![Limit::Currency]));
    }

    #[test]
    fn a_refund_reserves_from_every_window_it_falls_in() {
        let mut charge = charge("ch_1", 30_000, Currency::USD, "2026-01-01T00:00:00Z");
        charge.method.card.as_mut().unwrap().fingerprint = Some("fp".to_owned());
        let now = "2026-02-03T04:05:06Z".parse().unwrap();
        let windows: Vec<(String, String, i64)> = reservations(&limits(), &refund(5), &charge, now)
            .into_iter()
            .map(|taken| {
                let start = Timestamp::from_millisecond(taken.window_start).unwrap();
                (taken.scope, start.to_string(), taken.amount)
            })
            .collect();
        let expected = [
            ("day", "2026-02-03T00:00:00Z", 5),
            ("month", "2026-02-01T00:00:00Z", 5),
            ("customer:cus_1", "2026-02-01T00:00:00Z", 5),
            ("card:fp", "2026-02-01T00:00:00Z", 5),
            ("hour", "2026-02-03T04:00:00Z", 1),
        ];
        let expected: Vec<(String, String, i64)> = expected
            .into_iter()
            .map(|(scope, start, amount)| (scope.to_owned(), start.to_owned(), amount))
            .collect();
        assert_eq!(windows, expected);
    }
}
