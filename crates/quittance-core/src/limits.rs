//! Spending limits above every policy, and what a refund reserves of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::action::Refund;
use crate::facts::Charge;
use crate::money::{Currency, Money, MoneyError};
use crate::reason::Reason;

/// The currency code under which refunds are counted instead of summed: ISO's "no currency".
pub const COUNT: &str = "XXX";

/// The budget of one day.
pub const DAY: &str = "day";

/// The budget of one month.
pub const MONTH: &str = "month";

/// The count of one hour.
pub const HOUR: &str = "hour";

/// What the name of a reason's budget of one day begins with.
pub const REASON: &str = "reason:";

/// The last hour of a day.
const LAST_HOUR: i64 = 23;

/// The ceilings of one workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// How many refunds may be reserved in one hour, in all currencies together.
    pub refunds_per_hour: u32,
    /// The ceilings per currency. A currency without an entry is left to people.
    pub currencies: BTreeMap<Currency, Caps>,
}

/// The ceilings in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// For one refund.
    pub per_refund: Money,
    /// For all refunds of one charge, ours and others'.
    pub per_charge: Money,
    /// For all our refunds to one customer, to one card and to one e-mail address, in a calendar month
    /// (UTC).
    pub per_customer_month: Money,
    /// For all our refunds of one day (UTC).
    pub per_day: Money,
    /// For all our refunds of one calendar month (UTC).
    pub per_month: Money,
    /// For all our refunds of one day (UTC) with the same reason; a reason without an entry has no
    /// ceiling of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub per_reason_day: BTreeMap<Reason, Money>,
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
    /// The ceiling of one customer, card or e-mail address in a month.
    Customer,
    /// The ceiling of one reason in a day.
    Reason,
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
    /// Where money stops, if it does before the budget is used up: set by [`with_alarm`].
    pub alarm: Option<Alarm>,
}

/// A mark within a budget. The refund that reaches it stops money, and waits for a person like all
/// others; so does the next one that reaches it after part of it was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// As much of the budget as this, in minor units.
    pub at: i64,
    /// What is said about it.
    pub why: String,
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
    let sum = |limit, scope: String, window_start, cap: i64| Reservation {
        limit,
        scope,
        window_start,
        currency: refund.amount.currency().code().to_owned(),
        amount: refund.amount.minor(),
        cap,
        alarm: None,
    };
    let Windows { hour, day, month } = Windows::of(now);
    let mut reserved = vec![
        sum(Limit::Day, DAY.to_owned(), day, caps.per_day.minor()),
        sum(Limit::Month, MONTH.to_owned(), month, caps.per_month.minor()),
        sum(Limit::Charge, format!("charge:{}", charge.id), 0, charge_cap(caps, charge)),
    ];
    for key in customer_keys(charge) {
        reserved.push(sum(Limit::Customer, key, month, caps.per_customer_month.minor()));
    }
    if let Some(cap) = caps.per_reason_day.get(&refund.reason) {
        let scope = format!("{REASON}{}", refund.reason.name());
        reserved.push(sum(Limit::Reason, scope, day, cap.minor()));
    }
    reserved.push(Reservation {
        limit: Limit::Hour,
        scope: HOUR.to_owned(),
        window_start: hour,
        currency: COUNT.to_owned(),
        amount: 1,
        cap: i64::from(limits.refunds_per_hour),
        alarm: None,
    });
    reserved
}

/// Has money stopped when a day's budget is used to this share, in percent. 0 never does.
pub fn with_alarm(mut reservations: Vec<Reservation>, share_of_day: u8) -> Vec<Reservation> {
    for taken in reservations.iter_mut().filter(|taken| taken.limit == Limit::Day) {
        let parts = taken.cap.saturating_mul(i64::from(share_of_day));
        // Rounded up: a share of nothing would be reached by nothing.
        let at = parts.saturating_add(99).checked_div(100).unwrap_or(i64::MAX).max(1);
        let why = format!("{share_of_day} % of the day's budget in {} are used", taken.currency);
        taken.alarm = (share_of_day > 0).then_some(Alarm { at, why });
    }
    reservations
}

/// The most that this program may give back of one charge: the ceiling, or what was captured if that is
/// less, without what others gave back.
fn charge_cap(caps: &Caps, charge: &Charge) -> i64 {
    let ours = charge.refunds.iter().filter(|refund| refund.decision.is_some());
    let ours = ours.filter(|refund| refund.status.may_stand());
    let ours = ours.fold(0_i64, |sum, refund| sum.saturating_add(refund.amount.minor()));
    let left = charge.refundable().map_or(0, Money::minor);
    let given = charge.captured.minor().saturating_sub(left);
    let by_others = given.saturating_sub(ours).max(0);
    caps.per_charge.minor().min(charge.captured.minor()).saturating_sub(by_others).max(0)
}

/// Everything that shows that two charges were paid by one person.
fn customer_keys(charge: &Charge) -> Vec<String> {
    let customer = charge.customer.iter().map(|customer| format!("customer:{customer}"));
    let card = charge.method.card.iter().filter_map(|card| card.fingerprint.as_ref());
    let email = charge.email.iter().map(|key| format!("email:{key}"));
    customer.chain(card.map(|fingerprint| format!("card:{fingerprint}"))).chain(email).collect()
}

/// The windows that an instant falls in: when each began, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The hour (UTC).
    pub hour: i64,
    /// The day (UTC).
    pub day: i64,
    /// The calendar month (UTC).
    pub month: i64,
}

impl Windows {
    /// The windows of `now`.
    pub fn of(now: Timestamp) -> Self {
        Self { hour: start_of_hour(now), day: start_of_day(now), month: start_of_month(now) }
    }
}

/// What of the budgets of the present windows is taken: posted and pending together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Of the day's budget, in minor units of one currency.
    pub day: i64,
    /// Of the month's.
    pub month: i64,
    /// How many refunds of this hour's count, in all currencies.
    pub hour: i64,
    /// What refunds hold that are allowed and neither made nor given up, in minor units of the same
    /// currency, whenever they were allowed.
    pub under_way: i64,
}

/// The most that can still leave today (UTC), whatever anybody says, in one currency; nothing in a
/// currency without ceilings.
///
/// It is what is under way, and the least of: what is left of the day's budget, what is left of the
/// month's, and the largest refund as often as refunds are left in this hour and the hours left today.
/// Everything that leaves is reserved from all three first, and the database refuses what does not fit.
pub fn worst_loss(
    limits: &Limits,
    currency: Currency,
    taken: &Taken,
    now: Timestamp,
) -> Result<Money, MoneyError> {
    let Some(caps) = limits.currencies.get(&currency) else {
        return Money::from_minor(taken.under_way.max(0), currency);
    };
    let left = |cap: i64, taken: i64| cap.saturating_sub(taken).max(0);
    let per_hour = i64::from(limits.refunds_per_hour);
    let hours = LAST_HOUR.saturating_sub(i64::from(civil(now).hour()));
    let count = left(per_hour, taken.hour).saturating_add(per_hour.saturating_mul(hours));
    let new = left(caps.per_day.minor(), taken.day)
        .min(left(caps.per_month.minor(), taken.month))
        .min(count.saturating_mul(caps.per_refund.minor()));
    Money::from_minor(new.saturating_add(taken.under_way.max(0)), currency)
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
mod tests;
