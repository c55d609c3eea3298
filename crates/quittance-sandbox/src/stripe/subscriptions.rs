//! Subscriptions: <https://docs.stripe.com/api/subscriptions>.

pub(crate) mod api;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use super::account::Account;
use super::events::{emit, emit_change};
use super::invoices::{NewInvoice, NewLine};
use super::kind::Kind;
use super::products;
use super::value::{field, int, maybe_text, set, set_null, text};

/// Fields that say nothing here but that every subscription has.
const ALWAYS_NULL: [&str; 17] = [
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "customer_account",
    "days_until_due",
    "default_source",
    "managed_payments",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
];

/// One item of a subscription to be made.
pub(crate) struct NewItem {
    pub(crate) price: Value,
    pub(crate) quantity: i64,
}

/// A subscription to be made.
pub(crate) struct NewSubscription<'n> {
    pub(crate) customer: &'n str,
    pub(crate) items: Vec<NewItem>,
    pub(crate) payment_method: Option<&'n str>,
    /// Seconds.
    pub(crate) started: i64,
    /// Seconds; no trial without it.
    pub(crate) trial_end: Option<i64>,
    pub(crate) ends_with_period: bool,
    pub(crate) description: Option<&'n str>,
    pub(crate) metadata: Value,
    /// What happens when a trial ends without a payment method.
    pub(crate) after_trial: &'n str,
}

/// The instant one interval of `price` after `start`, in seconds.
pub(crate) fn period_end(price: &Value, start: i64) -> i64 {
    let recurring = field(price, "recurring");
    let count = int(recurring, "interval_count").max(1);
    let span = match text(recurring, "interval") {
        "day" => Span::new().try_days(count),
        "week" => Span::new().try_weeks(count),
        "year" => Span::new().try_years(count),
        _ => Span::new().try_months(count),
    };
    let start_at = Timestamp::from_second(start).unwrap_or(Timestamp::MIN).to_zoned(TimeZone::UTC);
    let end = span.and_then(|span| start_at.checked_add(span));
    end.map_or(start, |end| end.timestamp().as_second())
}

/// Makes a subscription, without invoices and events.
pub(crate) fn make(account: &mut Account, new: &NewSubscription<'_>) -> Value {
    let id = account.new_id(Kind::Subscription);
    let currency = new.items.first().map_or("usd", |item| text(&item.price, "currency")).to_owned();
    let items: Vec<Value> = new
        .items
        .iter()
        .map(|item| make_item(account, &id, item, new.started, new.trial_end))
        .collect();
    let ends =
        new.ends_with_period.then(|| items.first().map(|item| int(item, "current_period_end")));
    let mut subscription = json!({
        "id": id,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
        "billing_cycle_anchor": new.trial_end.unwrap_or(new.started),
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "cancel_at": ends.flatten(),
        "cancel_at_period_end": new.ends_with_period,
        "canceled_at": null,
        "cancellation_details": {
            "comment": null, "feedback": null, "feedback_option": null, "reason": null,
        },
        "collection_method": "charge_automatically",
        "created": new.started,
        "currency": currency,
        "customer": new.customer,
        "default_payment_method": new.payment_method,
        "default_tax_rates": [],
        "description": new.description,
        "discounts": [],
        "ended_at": null,
        "invoice_settings": {
            "account_tax_ids": null,
            "custom_fields": null,
            "description": null,
            "footer": null,
            "issuer": {"type": "self"},
        },
        "items": {
            "object": "list",
            "data": items,
            "has_more": false,
            "url": format!("/v1/subscription_items?subscription={id}"),
        },
        "latest_invoice": null,
        "livemode": account.options.livemode,
        "metadata": new.metadata,
        "payment_settings": {
            "payment_method_options": null,
            "payment_method_types": null,
            "save_default_payment_method": "off",
        },
        "start_date": new.started,
        "status": if new.trial_end.is_some() { "trialing" } else { "active" },
        "trial_end": new.trial_end,
        "trial_settings": {"end_behavior": {
            "billing_cycle_anchor": null, "missing_payment_method": new.after_trial,
        }},
        "trial_start": new.trial_end.map(|_| new.started),
    });
    set_null(&mut subscription, &ALWAYS_NULL);
    account.insert(Kind::Subscription, subscription)
}

fn make_item(
    account: &mut Account,
    subscription: &str,
    item: &NewItem,
    started: i64,
    trial_end: Option<i64>,
) -> Value {
    let end = trial_end.unwrap_or_else(|| period_end(&item.price, started));
    json!({
        "id": account.new_id(Kind::SubscriptionItem),
        "object": "subscription_item",
        "billing_thresholds": null,
        "created": started,
        "current_period_end": end,
        "current_period_start": started,
        "current_trial": null,
        "discounts": [],
        "metadata": {},
        "plan": products::plan_of(&item.price),
        "price": item.price,
        "quantity": item.quantity,
        "subscription": subscription,
        "tax_rates": [],
    })
}

/// The draft for the period that begins at `start`, without events.
pub(crate) fn bill(account: &mut Account, subscription: &Value, start: i64, reason: &str) -> Value {
    let is_trial = text(subscription, "status") == "trialing";
    let lines = items(subscription)
        .map(|item| {
            let (price, quantity) = (field(item, "price"), int(item, "quantity"));
            let name = account
                .get(Kind::Product, text(price, "product"))
                .map_or(String::new(), |product| text(product, "name").to_owned());
            NewLine {
                amount: if is_trial { 0 } else { products::total(price, quantity) },
                description: format!("{quantity} × {name}"),
                quantity,
                period: (
                    start,
                    if is_trial {
                        int(item, "current_period_end")
                    } else {
                        period_end(price, start)
                    },
                ),
                price: price.clone(),
                source: text(item, "id").to_owned(),
                subscription: Some(text(subscription, "id").to_owned()),
            }
        })
        .collect();
    let new = NewInvoice {
        customer: text(subscription, "customer"),
        currency: text(subscription, "currency"),
        created: start,
        billing_reason: reason,
        subscription: Some(text(subscription, "id")),
        description: None,
        metadata: json!({}),
        days_until_due: None,
        lines,
    };
    let invoice = super::invoices::make(account, &new);
    account.update(Kind::Subscription, text(subscription, "id"), |subscription| {
        set(subscription, "latest_invoice", text(&invoice, "id"));
    });
    invoice
}

/// The items of a subscription.
pub(crate) fn items(subscription: &Value) -> impl Iterator<Item = &Value> {
    subscription.pointer("/items/data").and_then(Value::as_array).into_iter().flatten()
}

/// Moves every item to the period that begins at `start`.
pub(crate) fn renew(account: &mut Account, id: &str, start: i64) -> Value {
    account.update(Kind::Subscription, id, |subscription| {
        let rows = subscription.pointer_mut("/items/data").and_then(Value::as_array_mut);
        for item in rows.into_iter().flatten() {
            let end = period_end(field(item, "price"), start);
            set(item, "current_period_start", start);
            set(item, "current_period_end", end);
        }
    })
}

/// Ends a subscription now. No money moves.
pub(crate) fn end(account: &mut Account, id: &str, comment: &Value) -> Value {
    let now = account.now();
    let ended = account.update(Kind::Subscription, id, |subscription| {
        set(subscription, "status", "canceled");
        if field(subscription, "canceled_at").is_null() {
            set(subscription, "canceled_at", now);
        }
        set(subscription, "ended_at", now);
        super::value::set_deep(
            subscription,
            "/cancellation_details",
            "reason",
            "cancellation_requested",
        );
        if let Some(details) = comment.as_object() {
            for (name, value) in details {
                super::value::set_deep(subscription, "/cancellation_details", name, value.clone());
            }
        }
    });
    emit(account, "customer.subscription.deleted", &ended);
    ended
}

/// A trial is over: bill it, or pause it when there is nothing to charge.
pub(crate) fn end_trial(account: &mut Account, id: &str) -> Value {
    let now = account.now();
    let current = account.get(Kind::Subscription, id).cloned().unwrap_or_default();
    let has_method = maybe_text(&current, "default_payment_method").is_some()
        || account
            .get(Kind::Customer, text(&current, "customer"))
            .and_then(|customer| {
                super::value::deep_text(customer, "/invoice_settings/default_payment_method")
            })
            .is_some();
    let after =
        super::value::deep_text(&current, "/trial_settings/end_behavior/missing_payment_method");
    let is_paused = !has_method && after == Some("pause");
    let ended = account.update(Kind::Subscription, id, |subscription| {
        set(subscription, "trial_end", now);
        set(subscription, "status", if is_paused { "paused" } else { "active" });
    });
    if is_paused {
        emit(account, "customer.subscription.paused", &ended);
    }
    emit_change(
        account,
        "customer.subscription.updated",
        &ended,
        Some(json!({"status": "trialing", "trial_end": field(&current, "trial_end")})),
    );
    ended
}
