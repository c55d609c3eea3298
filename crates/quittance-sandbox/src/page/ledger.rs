//! A person's payments and the whole account's sums, as the Stripe pane shows them.

use std::collections::BTreeMap;

use quittance_core::money::Money;
use serde_json::{Value, json};

use super::Page;
use crate::world::Persona;

/// The person's payments and subscriptions, newest first, and the sums over everybody.
pub(super) fn account(page: &Page, person: &Persona) -> Value {
    let own = person.customer_id.as_deref().map(|id| page.stripe.snapshot(id));
    let rows = |field: &str, shown: fn(&Value) -> Value| -> Vec<Value> {
        let rows = own.as_ref().map_or(&[][..], |own| list(own, field));
        rows.iter().map(shown).collect()
    };
    json!({
        "person": person.key,
        "customer": own.as_ref().and_then(|own| own.get("customer")).map(|customer| json!({
            "id": customer.get("id"),
            "name": customer.get("name"),
            "email": customer.get("email"),
        })),
        "charges": rows("charges", charge),
        "subscriptions": rows("subscriptions", subscription),
        "totals": totals(page),
    })
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// An amount of a Stripe object; nothing when it is not one.
fn money(value: &Value, field: &str) -> Option<Money> {
    let minor = value.get(field).and_then(Value::as_i64)?;
    Money::from_minor(minor, text(value, "/currency")?.parse().ok()?).ok()
}

/// An amount as a decimal with the currency's digits, and the currency.
fn shown(money: Option<Money>) -> Value {
    money.map_or(
        Value::Null,
        |money| json!({ "amount": money.decimal(), "currency": money.currency().code() }),
    )
}

fn charge(charge: &Value) -> Value {
    let card = charge.pointer("/payment_method_details/card");
    json!({
        "id": charge.get("id"),
        "amount": shown(money(charge, "amount")),
        "refunded": shown(money(charge, "amount_refunded").filter(|money| !money.is_zero())),
        "is_refunded": charge.get("refunded"),
        "status": charge.get("status"),
        "created": charge.get("created"),
        "description": charge.get("description"),
        "brand": card.and_then(|card| card.get("brand")),
        "last4": card.and_then(|card| card.get("last4")),
        "refunds": list(charge, "refunds").iter().map(refund).collect::<Vec<_>>(),
        "disputes": list(charge, "disputes").iter().map(dispute).collect::<Vec<_>>(),
    })
}

fn refund(refund: &Value) -> Value {
    json!({
        "id": refund.get("id"),
        "amount": shown(money(refund, "amount")),
        "status": refund.get("status"),
        "created": refund.get("created"),
        "failure_reason": refund.get("failure_reason"),
        // Quittance writes the number of the log entry that allowed it on every refund.
        "log_seq": text(refund, "/metadata/log_seq"),
    })
}

fn dispute(dispute: &Value) -> Value {
    json!({
        "id": dispute.get("id"),
        "amount": shown(money(dispute, "amount")),
        "status": dispute.get("status"),
        "created": dispute.get("created"),
    })
}

fn subscription(subscription: &Value) -> Value {
    let item = subscription.pointer("/items/data/0");
    let price = item.and_then(|item| item.get("price"));
    json!({
        "id": subscription.get("id"),
        "status": subscription.get("status"),
        "plan": price.and_then(|price| text(price, "/lookup_key")),
        "price": shown(price.and_then(|price| money(price, "unit_amount"))),
        "interval": price.and_then(|price| text(price, "/recurring/interval")),
        "period_end": item.and_then(|item| item.get("current_period_end")),
        "ends_with_period": subscription.get("cancel_at_period_end"),
    })
}

/// What one currency adds up to.
#[derive(Default)]
struct Sum {
    paid: i64,
    given_back: i64,
    payments: u32,
    refunds: u32,
    disputed: u32,
}

impl Sum {
    fn add_charge(&mut self, charge: &Value) {
        if text(charge, "/status") == Some("succeeded") {
            let amount = charge.get("amount").and_then(Value::as_i64).unwrap_or(0);
            self.paid = self.paid.saturating_add(amount);
            self.payments = self.payments.saturating_add(1);
        }
        if charge.get("disputed").and_then(Value::as_bool) == Some(true) {
            self.disputed = self.disputed.saturating_add(1);
        }
    }

    fn add_refund(&mut self, refund: &Value) {
        if !matches!(text(refund, "/status"), Some("failed" | "canceled")) {
            let amount = refund.get("amount").and_then(Value::as_i64).unwrap_or(0);
            self.given_back = self.given_back.saturating_add(amount);
            self.refunds = self.refunds.saturating_add(1);
        }
    }

    fn shown(&self, currency: &str) -> Value {
        let money = |minor| {
            shown(currency.parse().ok().and_then(|known| Money::from_minor(minor, known).ok()))
        };
        json!({
            "currency": currency.to_ascii_uppercase(),
            "paid": money(self.paid),
            "given_back": money(self.given_back),
            "payments": self.payments,
            "refunds": self.refunds,
            "disputed": self.disputed,
        })
    }
}

/// The sums over the whole account, one for each currency, the busiest first.
fn totals(page: &Page) -> Vec<Value> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let currency = |value: &Value| text(value, "/currency").unwrap_or_default().to_owned();
    for charge in page.stripe.charges() {
        sums.entry(currency(&charge)).or_default().add_charge(&charge);
    }
    for refund in page.stripe.refunds() {
        sums.entry(currency(&refund)).or_default().add_refund(&refund);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.payments));
    sums.iter().map(|(currency, sum)| sum.shown(currency)).collect()
}
