//! Which charge a customer means.

use serde_json::Value;

use super::hints::Hints;

/// How far apart two equal payments may be to count as one taken twice, in days.
const DUPLICATE_DAYS: i64 = 7;
/// How far apart two different payments must be for the newer one to be the obvious one, in days.
const OBVIOUS_DAYS: i64 = 3;

/// A charge as the model is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) handle: String,
    pub(super) amount: String,
    pub(super) currency: String,
    /// Days since 1970.
    pub(super) day: i64,
    pub(super) month: i8,
    pub(super) day_of_month: i8,
    pub(super) is_refundable: bool,
    /// Whether nothing is left to give back, since all was given back.
    pub(super) is_refunded: bool,
    pub(super) plans: Vec<String>,
}

/// What the search for a charge gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// This one.
    One(Charge),
    /// It could be several; the customer must say.
    Unclear,
    /// There is none.
    Nothing,
}

/// Reads the list in the facts or in the answer of `list_charges`, the newest first.
pub(super) fn read(list: &Value) -> Vec<Charge> {
    list.as_array().into_iter().flatten().filter_map(charge).collect()
}

fn charge(value: &Value) -> Option<Charge> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let paid_on: jiff::civil::Date = text("paid_on")?.parse().ok()?;
    let first = jiff::civil::Date::constant(1970, 1, 1);
    let is_some = |amount: &str| amount.bytes().any(|sign| (b'1'..=b'9').contains(&sign));
    let is_disputed = value.get("disputed").and_then(Value::as_bool).unwrap_or(false);
    let plans = value.get("plans").and_then(Value::as_array);
    Some(Charge {
        handle: text("handle")?.to_owned(),
        amount: text("amount")?.to_owned(),
        currency: text("currency")?.to_owned(),
        day: i64::from(first.until(paid_on).ok()?.get_days()),
        month: paid_on.month(),
        day_of_month: paid_on.day(),
        is_refundable: !is_disputed
            && text("status") == Some("succeeded")
            && text("refundable").is_some_and(is_some),
        is_refunded: text("refunded").is_some_and(is_some)
            && !text("refundable").is_some_and(is_some),
        plans: plans.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    })
}

/// The charge that was taken twice, if there is one: the newer of two equal ones, so that one of
/// them stays paid.
pub(super) fn duplicate(charges: &[Charge], hints: &Hints) -> Option<Charge> {
    let repeats = |one: &Charge, other: &Charge| {
        one.amount == other.amount
            && one.currency == other.currency
            && one.day.abs_diff(other.day) <= DUPLICATE_DAYS.unsigned_abs()
    };
    // The list begins with the newest, so what stands behind a charge is older.
    let older = |at: usize| charges.iter().skip(at.saturating_add(1));
    let again: Vec<&Charge> = charges
        .iter()
        .enumerate()
        .filter(|(at, one)| older(*at).any(|other| repeats(one, other)))
        .map(|(_, one)| one)
        .collect();
    let is_wanted = |one: &&&Charge| one.is_refundable && hints.fit_amount(one);
    let found = again.iter().find(is_wanted);
    let found = found.or_else(|| again.iter().find(|one| one.is_refundable));
    found.or(again.first()).map(|one| (*one).clone())
}

/// The charge that the hints point to; without hints, the newest one that can be refunded.
pub(super) fn pick(charges: &[Charge], hints: &Hints) -> Pick {
    let Some(newest) = charges.first() else { return Pick::Nothing };
    let by_amount = charges.iter().filter(|one| hints.fit_amount(one)).collect::<Vec<_>>();
    let by_plan = charges.iter().filter(|one| hints.fit_plan(one)).collect::<Vec<_>>();
    let by_date = charges.iter().filter(|one| hints.fit_date(one)).collect::<Vec<_>>();
    // What fits most of what was said; then what fits the surest hint.
    let all: Vec<_> =
        [&by_amount, &by_plan, &by_date].into_iter().filter(|it| !it.is_empty()).collect();
    let in_all = charges.iter().filter(|one| all.iter().all(|list| list.contains(one)));
    if let Some(first) = all.first() {
        let both: Vec<_> = in_all.collect();
        let fitting = if both.is_empty() { (*first).clone() } else { both };
        // Who says "the last one" means it, even if nothing is left to give back.
        let refundable = fitting.iter().find(|one| one.is_refundable || hints.is_newest);
        let refundable = refundable.or(fitting.first());
        return refundable.map_or(Pick::Nothing, |one| Pick::One((*one).clone()));
    }
    if hints.is_newest {
        return Pick::One(newest.clone());
    }
    let mut refundable = charges.iter().filter(|one| one.is_refundable);
    match (refundable.next(), refundable.next()) {
        (Some(one), Some(other)) if is_unclear(one, other) => Pick::Unclear,
        (Some(one), _) => Pick::One(one.clone()),
        (None, _) => Pick::One(newest.clone()),
    }
}

fn is_unclear(one: &Charge, other: &Charge) -> bool {
    let is_near = one.day.abs_diff(other.day) <= OBVIOUS_DAYS.unsigned_abs();
    is_near && (one.amount != other.amount || one.currency != other.currency)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn charges(list: &[(&str, &str, &str, &str)]) -> Vec<Charge> {
        let list: Vec<_> = list
            .iter()
            .map(|(handle, amount, paid_on, plan)| {
                json!({
                    "handle": handle, "amount": amount, "currency": "USD", "paid_on": paid_on,
                    "status": "succeeded", "refunded": "0.00", "refundable": amount,
                    "disputed": false, "method": "visa ending 4242", "plans": [plan],
                    "billing": "renewal",
                })
            })
            .collect();
        read(&json!(list))
    }

    fn handle(pick: Pick) -> String {
        match pick {
            Pick::One(charge) => charge.handle,
            Pick::Unclear => "unclear".to_owned(),
            Pick::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_twin_is_an_equal_payment_within_days() {
        let known = charges(&[
            ("charge 1", "49.00", "2026-11-22", "pro-monthly"),
            ("charge 2", "49.00", "2026-11-21", "pro-monthly"),
            ("charge 3", "49.00", "2026-10-21", "pro-monthly"),
        ]);
        let none = Hints::read("charged twice");
        assert_eq!(duplicate(&known, &none).map(|it| it.handle), Some("charge 1".to_owned()));
        assert_eq!(duplicate(&known[1..], &none), None);
    }

    #[test]
    fn a_repetition_that_was_given_back_is_still_the_one_that_is_meant() {
        let mut known = charges(&[
            ("charge 1", "49.00", "2026-11-22", "pro-monthly"),
            ("charge 2", "49.00", "2026-11-21", "pro-monthly"),
        ]);
        known[0].is_refundable = false;
        let found = duplicate(&known, &Hints::read("charged twice"));
        assert_eq!(found.map(|it| it.handle), Some("charge 1".to_owned()));
    }

    #[test]
    fn amount_plan_and_date_point_to_a_charge() {
        let known = charges(&[
            ("charge 1", "49.00", "2026-11-20", "pro-monthly"),
            ("charge 2", "19.00", "2026-11-02", "starter-monthly"),
            ("charge 3", "1234.50", "2026-09-14", "team-yearly"),
        ]);
        let picked = |text: &str| handle(pick(&known, &Hints::read(text)));
        assert_eq!(picked("refund please"), "charge 1");
        assert_eq!(picked("the $19 one"), "charge 2");
        assert_eq!(picked("die 1.234,50 bitte"), "charge 3");
        assert_eq!(picked("my starter plan"), "charge 2");
        assert_eq!(picked("le forfait starter"), "charge 2");
        assert_eq!(picked("the payment of 14 September"), "charge 3");
        assert_eq!(picked("den vom 2. November"), "charge 2");
        assert_eq!(picked("paid on 2026-09-14"), "charge 3");
        assert_eq!(picked("the 77.00 one"), "charge 1");
    }

    #[test]
    fn the_last_payment_is_the_last_even_if_it_was_given_back() {
        let mut known = charges(&[
            ("charge 1", "49.00", "2026-11-20", "pro-monthly"),
            ("charge 2", "49.00", "2026-10-20", "pro-monthly"),
        ]);
        known[0].is_refundable = false;
        let picked = |text: &str| handle(pick(&known, &Hints::read(text)));
        assert_eq!(picked("refund my last payment of $49"), "charge 1");
        assert_eq!(picked("meine letzte Zahlung"), "charge 1");
        assert_eq!(picked("refund the $49"), "charge 2");
    }

    #[test]
    fn two_different_payments_close_together_are_unclear() {
        let known = charges(&[
            ("charge 1", "49.00", "2026-11-20", "pro-monthly"),
            ("charge 2", "19.00", "2026-11-19", "starter-monthly"),
        ]);
        assert_eq!(pick(&known, &Hints::read("refund please")), Pick::Unclear);
        assert_eq!(pick(&[], &Hints::read("refund please")), Pick::Nothing);
    }
}
