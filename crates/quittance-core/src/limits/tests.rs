//! What a refund reserves, what is refused, and how much can leave at the worst.

#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails a test as it should")]

mod book;

use super::*;
use crate::email::EmailKey;
use crate::facts::RefundStatus;
use crate::facts::tests::{self as seeds, charge};

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD).unwrap()
}

fn limits() -> Limits {
    let caps = Caps {
        per_refund: usd(10_000),
        per_charge: usd(12_000),
        per_customer_month: usd(20_000),
        per_day: usd(50_000),
        per_month: usd(100_000),
        per_reason_day: BTreeMap::new(),
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
    charge.email = EmailKey::of("ann@example.com");
    let mut limits = limits();
    let caps = limits.currencies.get_mut(&Currency::USD).unwrap();
    caps.per_reason_day.insert(Reason::Unused, usd(7));
    let now = "2026-02-03T04:05:06Z".parse().unwrap();
    let windows: Vec<(String, String, i64)> = reservations(&limits, &refund(5), &charge, now)
        .into_iter()
        .map(|taken| {
            let start = Timestamp::from_millisecond(taken.window_start).unwrap();
            (taken.scope, start.to_string(), taken.amount)
        })
        .collect();
    let expected = [
        ("day", "2026-02-03T00:00:00Z", 5),
        ("month", "2026-02-01T00:00:00Z", 5),
        ("charge:ch_1", "1970-01-01T00:00:00Z", 5),
        ("customer:cus_1", "2026-02-01T00:00:00Z", 5),
        ("card:fp", "2026-02-01T00:00:00Z", 5),
        ("email:707c1afd64eaad211ecde885b85b2f14", "2026-02-01T00:00:00Z", 5),
        ("reason:unused", "2026-02-03T00:00:00Z", 5),
        ("hour", "2026-02-03T04:00:00Z", 1),
    ];
    let expected: Vec<(String, String, i64)> = expected
        .into_iter()
        .map(|(scope, start, amount)| (scope.to_owned(), start.to_owned(), amount))
        .collect();
    assert_eq!(windows, expected);
}

#[test]
fn what_others_gave_back_of_a_charge_is_not_ours_to_give() {
    let caps = |charge: &Charge| {
        let taken =
            reservations(&limits(), &refund(1), charge, "2026-02-03T04:05:06Z".parse().unwrap());
        taken.iter().find(|taken| taken.limit == Limit::Charge).unwrap().cap
    };
    let mut charge = charge("ch_1", 9_000, Currency::USD, "2026-01-01T00:00:00Z");
    assert_eq!(caps(&charge), 9_000, "no more than was captured");
    charge.captured = usd(30_000);
    assert_eq!(caps(&charge), 12_000, "no more than the ceiling");
    charge.refunded = usd(5_000);
    assert_eq!(caps(&charge), 7_000, "less what others gave back");
    let mut ours = seeds::refund("re_1", 3_000, Currency::USD, RefundStatus::Succeeded);
    ours.decision = Some("d".to_owned());
    charge.refunds.push(ours);
    assert_eq!(caps(&charge), 10_000, "ours is in the budget already");
    charge.refunded = usd(30_000);
    assert_eq!(caps(&charge), 0);
}

#[test]
fn an_alarm_is_set_on_the_days_budget_alone() {
    let charge = charge("ch_1", 9_000, Currency::USD, "2026-01-01T00:00:00Z");
    let now = "2026-02-03T04:05:06Z".parse().unwrap();
    let alarms = |share| -> Vec<(Limit, i64)> {
        let reserved = with_alarm(reservations(&limits(), &refund(1), &charge, now), share);
        let set = reserved.into_iter().filter_map(|taken| Some((taken.limit, taken.alarm?.at)));
        set.collect()
    };
    assert_eq!(alarms(80), [(Limit::Day, 40_000)]);
    assert_eq!(alarms(100), [(Limit::Day, 50_000)]);
    assert_eq!(alarms(0), []);
}

#[test]
fn the_worst_loss_is_the_least_of_day_month_and_count_and_what_is_under_way() {
    let worst = |taken: Taken, at: &str| {
        worst_loss(&limits(), Currency::USD, &taken, at.parse().unwrap()).unwrap().minor()
    };
    let noon = "2026-02-03T12:30:00Z";
    let none = Taken::default();
    assert_eq!(worst(none, noon), 50_000, "the day");
    assert_eq!(worst(Taken { day: 20_000, ..none }, noon), 30_000);
    assert_eq!(worst(Taken { month: 99_999, ..none }, noon), 1, "the month");
    assert_eq!(worst(Taken { day: 70_000, ..none }, noon), 0, "a lowered ceiling");
    assert_eq!(worst(Taken { under_way: 123, day: 50_000, ..none }, noon), 123);
    // In the last hour of the day twenty refunds of at most 100 are left, then as many as the hour has.
    assert_eq!(worst(Taken { hour: 18, ..none }, "2026-02-03T23:59:00Z"), 20_000, "the hour");
    assert_eq!(worst(Taken { hour: 20, ..none }, "2026-02-03T23:59:00Z"), 0);
    assert_eq!(worst(Taken { hour: 20, ..none }, "2026-02-03T22:59:00Z"), 50_000);
    let elsewhere = worst_loss(&limits(), Currency::EUR, &none, noon.parse().unwrap());
    assert_eq!(elsewhere, Money::from_minor(0, Currency::EUR));
}
