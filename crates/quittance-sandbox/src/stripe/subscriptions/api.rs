//! The endpoints under `/v1/subscriptions`.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::events::{emit, emit_change};
use super::super::failure::Failure;
use super::super::kind::Kind;
use super::super::list::{List, cut, page};
use super::super::params::Params;
use super::super::value::{deep_text, field, int, maybe_text, set, text};
use super::super::{customers, invoices, products};
use super::{NewItem, NewSubscription};

/// One day, in seconds.
const DAY_S: i64 = 24 * 60 * 60;
/// A trial that ends within this many days is announced.
const ANNOUNCED_DAYS: i64 = 3;
const CANCELLATION: [&str; 2] = ["comment", "feedback"];
const FEEDBACK: [&str; 8] = [
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
];

fn read_items(call: &mut Call<'_>) -> Result<Vec<NewItem>, Failure> {
    let given = call.params.hashes("items", &["price", "price_data", "quantity", "metadata"])?;
    let mut items = Vec::new();
    for (index, item) in given.iter().enumerate() {
        let quantity = item.positive("quantity")?.unwrap_or(1);
        let known = ["currency", "product", "recurring", "unit_amount"];
        let price = if let Some(data) = item.hash("price_data", &known)? {
            price_from(call, &data)?
        } else {
            let param = format!("items[{index}][price]");
            call.account.find_in(Kind::Price, item.required("price")?, &param)?.clone()
        };
        if field(&price, "recurring").is_null() {
            let message = "The price specified is set to `type=one_time` but this field only accepts prices \
                           with `type=recurring`.";
            return Err(Failure::refused_plain(message).at(&format!("items[{index}][price]")));
        }
        items.push(NewItem { price, quantity });
    }
    if items.is_empty() { Err(Failure::lacking("items")) } else { Ok(items) }
}

fn price_from(call: &mut Call<'_>, data: &Params) -> Result<Value, Failure> {
    let product = data.required("product")?;
    call.account.find_in(Kind::Product, product, "items[0][price_data][product]")?;
    let currency = super::super::currency::read(data)?;
    let recurring = data.hash("recurring", &["interval", "interval_count"])?;
    let recurring = recurring.ok_or_else(|| Failure::lacking("items[0][price_data][recurring]"))?;
    let new = products::NewPrice {
        product,
        unit_amount: data.integer("unit_amount")?.unwrap_or_default(),
        currency: &currency,
        recurring: Some((
            recurring.required("interval")?,
            recurring.positive("interval_count")?.unwrap_or(1),
        )),
        lookup_key: None,
        nickname: None,
        metadata: json!({}),
    };
    Ok(products::make_price(call.account, &new))
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "cancel_at_period_end",
        "customer",
        "default_payment_method",
        "description",
        "items",
        "metadata",
        "off_session",
        "payment_behavior",
        "trial_period_days",
        "trial_settings",
    ])?;
    let customer = params.required("customer")?.to_owned();
    let found = customers::living(call.account, &customer, "customer")?;
    let ends_with_period = params.boolean("cancel_at_period_end")?.unwrap_or(false);
    let days = params.positive("trial_period_days")?;
    let behaviors =
        ["allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"];
    params.choice("payment_behavior", &behaviors)?;
    let metadata = params.metadata(&Value::Null)?;
    let after_trial = match params.hash("trial_settings", &["end_behavior"])? {
        None => "create_invoice".to_owned(),
        Some(settings) => {
            let end = settings.hash("end_behavior", &["missing_payment_method"])?;
            let end = end.ok_or_else(|| Failure::lacking("trial_settings[end_behavior]"))?;
            let words = ["cancel", "create_invoice", "pause"];
            end.choice("missing_payment_method", &words)?.unwrap_or("create_invoice").to_owned()
        }
    };
    let method = params.text("default_payment_method")?.map(str::to_owned);
    if let Some(method) = &method {
        call.account.find_in(Kind::PaymentMethod, method, "default_payment_method")?;
    }
    let description = params.text("description")?.map(str::to_owned);
    let items = read_items(call)?;
    let has_method =
        method.is_some() || deep_text(&found, "/invoice_settings/default_payment_method").is_some();
    if !has_method && days.is_none() {
        let message = "This customer has no attached payment source or default payment method. Please \
                       consider adding a default payment method.";
        return Err(Failure::refused("resource_missing", message));
    }
    let started = call.account.now();
    let new = NewSubscription {
        customer: &customer,
        items,
        payment_method: method.as_deref(),
        started,
        trial_end: days.map(|days| started.saturating_add(days.saturating_mul(DAY_S))),
        ends_with_period,
        description: description.as_deref(),
        metadata,
        after_trial: &after_trial,
    };
    let subscription = super::make(call.account, &new);
    Ok(first_invoice(call, &subscription, days))
}

/// Bills the first period. A declined card leaves the subscription incomplete.
fn first_invoice(call: &mut Call<'_>, subscription: &Value, trial_days: Option<i64>) -> Value {
    let account = &mut *call.account;
    let id = text(subscription, "id");
    let now = account.now();
    let invoice = super::bill(account, subscription, now, "subscription_create");
    let invoice_id = text(&invoice, "id").to_owned();
    emit(account, "invoice.created", &invoice);
    let finalized = invoices::finalize(account, &invoice_id, now);
    emit(account, "invoice.finalized", &finalized);
    let is_paid = if text(&finalized, "status") == "paid" {
        invoices::announce_payment(account, &finalized);
        true
    } else {
        invoices::pay(account, &invoice_id, None).is_ok()
    };
    let created = account.update(Kind::Subscription, id, |subscription| {
        if !is_paid {
            set(subscription, "status", "incomplete");
        }
    });
    emit(account, "customer.subscription.created", &created);
    if trial_days.is_some_and(|days| days <= ANNOUNCED_DAYS) {
        emit(account, "customer.subscription.trial_will_end", &created);
    }
    created
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Subscription, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "customer",
        "price",
        "status",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let statuses = [
        "active",
        "all",
        "canceled",
        "ended",
        "incomplete",
        "incomplete_expired",
        "past_due",
        "paused",
        "trialing",
        "unpaid",
    ];
    let status = call.params.choice("status", &statuses)?;
    let price = call.params.text("price")?;
    let list = List { kind: Kind::Subscription, url: "/v1/subscriptions", filters: &["customer"] };
    page(call, &list, |subscription| {
        let found = text(subscription, "status");
        let has_status = match status {
            None => found != "canceled",
            Some("all") => true,
            Some("ended") => matches!(found, "canceled" | "incomplete_expired"),
            Some(wanted) => found == wanted,
        };
        let has_price = price.is_none()
            || super::items(subscription).any(|item| deep_text(item, "/price/id") == price);
        has_status && has_price
    })
}

pub(crate) fn list_items(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["subscription", "limit", "starting_after", "ending_before"])?;
    let id = call.params.required("subscription")?;
    let subscription = call.account.find_in(Kind::Subscription, id, "subscription")?;
    let rows: Vec<&Value> = super::items(subscription).collect();
    let list = List { kind: Kind::SubscriptionItem, url: "/v1/subscription_items", filters: &[] };
    cut(call, &list, &rows)
}

pub(crate) fn get_item(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let found = call.account.all(Kind::Subscription).flat_map(super::items);
    let mut found = found.filter(|item| text(item, "id") == call.id);
    let item = found.next().cloned();
    item.ok_or_else(|| Failure::missing(Kind::SubscriptionItem, &call.id, "item"))
}

/// Comment and feedback on a cancellation.
fn cancellation(call: &Call<'_>) -> Result<Value, Failure> {
    let Some(details) = call.params.hash("cancellation_details", &CANCELLATION)? else {
        return Ok(Value::Null);
    };
    details.choice("feedback", &FEEDBACK)?;
    let mut given = json!({});
    for name in CANCELLATION {
        if let Some(text) = details.unsettable(name)? {
            set(&mut given, name, text);
        }
    }
    Ok(given)
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "cancel_at_period_end",
        "cancellation_details",
        "default_payment_method",
        "description",
        "metadata",
        "proration_behavior",
        "trial_end",
    ])?;
    let current = call.account.find(Kind::Subscription, &call.id)?.clone();
    let words = ["always_invoice", "create_prorations", "none"];
    call.params.choice("proration_behavior", &words)?;
    let details = cancellation(call)?;
    let ends = call.params.boolean("cancel_at_period_end")?;
    let is_canceled = text(&current, "status") == "canceled";
    if is_canceled && (ends.is_some() || call.params.has("default_payment_method")) {
        let message =
            "A canceled subscription can only update its cancellation_details and metadata.";
        return Err(Failure::refused("invalid_canceled_subscription_fields", message));
    }
    let mut changes = serde_json::Map::new();
    if call.params.has("metadata") {
        changes.insert("metadata".to_owned(), call.params.metadata(field(&current, "metadata"))?);
    }
    if let Some(description) = call.params.unsettable("description")? {
        changes.insert("description".to_owned(), description.into());
    }
    if let Some(method) = call.params.text("default_payment_method")? {
        call.account.find_in(Kind::PaymentMethod, method, "default_payment_method")?;
        changes.insert("default_payment_method".to_owned(), method.into());
    }
    if let Some(ends) = ends {
        let last = super::items(&current).map(|item| int(item, "current_period_end")).max();
        let now = call.account.now();
        changes.insert("cancel_at_period_end".to_owned(), ends.into());
        changes.insert("cancel_at".to_owned(), last.filter(|_| ends).into());
        changes.insert("canceled_at".to_owned(), ends.then_some(now).into());
    }
    if let (Value::Object(given), Some(stored)) =
        (&details, field(&current, "cancellation_details").as_object())
    {
        let mut merged = stored.clone();
        merged.extend(given.clone());
        changes.insert("cancellation_details".to_owned(), Value::Object(merged));
    }
    if let Some("now") = call.params.text("trial_end")?
        && text(&current, "status") == "trialing"
    {
        let id = call.id.clone();
        super::end_trial(call.account, &id);
    }
    if changes.is_empty() {
        return call.account.find(Kind::Subscription, &call.id).cloned();
    }
    let previous = customers::previous(&current, &changes);
    let updated = call.account.update(Kind::Subscription, &call.id, |subscription| {
        customers::merge(subscription, changes);
    });
    emit_change(call.account, "customer.subscription.updated", &updated, Some(previous));
    Ok(updated)
}

pub(crate) fn cancel(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["cancellation_details", "invoice_now", "prorate"])?;
    let details = cancellation(call)?;
    for name in ["invoice_now", "prorate"] {
        if call.params.boolean(name)? == Some(true) {
            let message = format!("The stand-in cancels with {name}=false only");
            return Err(Failure::invalid_plain(name, message));
        }
    }
    let current = call.account.find(Kind::Subscription, &call.id)?;
    if maybe_text(current, "status") == Some("canceled") {
        return Err(Failure::missing(Kind::Subscription, &call.id, "id"));
    }
    let id = call.id.clone();
    Ok(super::end(call.account, &id, &details))
}
