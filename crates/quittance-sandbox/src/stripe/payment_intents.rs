//! Payment intents: <https://docs.stripe.com/api/payment_intents>.

use serde_json::{Value, json};

use super::account::Account;
use super::call::Call;
use super::cards::Behavior;
use super::charges::{self, NewCharge};
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{field, int, maybe_text, set, set_null, text};
use super::{currency, customers, payment_methods};

const CREATABLE: [&str; 19] = [
    "allowed_payment_method_types",
    "amount",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "currency",
    "customer",
    "description",
    "error_on_requires_action",
    "metadata",
    "off_session",
    "payment_method",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
];

/// Removed in 2026-09-30.endive; callers without a version header still have it.
const REMOVED: &str = "payment_method_types";

/// Fields that say nothing here but that every payment intent has.
const ALWAYS_NULL: [&str; 23] = [
    "allowed_payment_method_types",
    "application",
    "application_fee_amount",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer_account",
    "excluded_payment_method_types",
    "last_payment_error",
    "latest_charge",
    "managed_payments",
    "next_action",
    "on_behalf_of",
    "payment_method_configuration_details",
    "payment_record",
    "processing",
    "review",
    "setup_future_usage",
    "shipping",
    "source",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

/// A payment intent to be made.
pub(crate) struct NewIntent<'n> {
    pub(crate) amount: i64,
    pub(crate) currency: &'n str,
    pub(crate) customer: Option<&'n str>,
    pub(crate) payment_method: Option<&'n str>,
    pub(crate) description: Option<&'n str>,
    pub(crate) metadata: Value,
    pub(crate) receipt_email: Option<&'n str>,
    pub(crate) is_manual: bool,
    pub(crate) created: i64,
}

/// Makes a payment intent, without events.
pub(crate) fn make(account: &mut Account, new: &NewIntent<'_>) -> Value {
    let id = account.new_id(Kind::PaymentIntent);
    let secret = format!("{id}_secret_{}", account.new_token(24));
    let status = if new.payment_method.is_some() {
        "requires_confirmation"
    } else {
        "requires_payment_method"
    };
    let mut intent = json!({
        "id": id,
        "object": "payment_intent",
        "amount": new.amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": if new.is_manual { "manual" } else { "automatic_async" },
        "client_secret": secret,
        "confirmation_method": "automatic",
        "created": new.created,
        "currency": new.currency,
        "customer": new.customer,
        "description": new.description,
        "livemode": account.options.livemode,
        "metadata": new.metadata,
        "payment_method": new.payment_method,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "receipt_email": new.receipt_email,
        "status": status,
    });
    set_null(&mut intent, &ALWAYS_NULL);
    account.insert(Kind::PaymentIntent, intent)
}

/// Writes a successful charge on its intent.
pub(crate) fn settle(account: &mut Account, id: &str, charge: &Value) -> Value {
    let is_captured = super::value::flag(charge, "captured");
    account.update(Kind::PaymentIntent, id, |intent| {
        set(intent, "latest_charge", text(charge, "id"));
        set(intent, "last_payment_error", Value::Null);
        set(intent, "next_action", Value::Null);
        if is_captured {
            set(intent, "status", "succeeded");
            set(intent, "amount_received", int(charge, "amount_captured"));
            set(intent, "amount_capturable", 0);
        } else {
            set(intent, "status", "requires_capture");
            set(intent, "amount_capturable", int(charge, "amount"));
        }
    })
}

/// Charges the intent's payment method.
pub(crate) fn confirm_now(account: &mut Account, id: &str) -> Result<Value, Failure> {
    let intent = account.find(Kind::PaymentIntent, id)?.clone();
    let status = text(&intent, "status");
    if !matches!(status, "requires_confirmation" | "requires_payment_method") {
        return Err(unexpected(&intent, "confirm", "requires_confirmation"));
    }
    let Some(method) = maybe_text(&intent, "payment_method") else {
        let message =
            "You cannot confirm this PaymentIntent because it's missing a payment method.";
        let failure = Failure::refused("payment_intent_unexpected_state", message);
        return Err(failure.with("payment_intent", intent));
    };
    let method = account.find_in(Kind::PaymentMethod, method, "payment_method")?.clone();
    if payment_methods::behavior(account, text(&method, "id")) == Behavior::Authenticates {
        let waiting = account.update(Kind::PaymentIntent, id, |intent| {
            set(intent, "status", "requires_action");
            set(intent, "next_action", json!({"type": "use_stripe_sdk", "use_stripe_sdk": {}}));
        });
        emit(account, "payment_intent.requires_action", &waiting);
        return Ok(waiting);
    }
    let new = NewCharge {
        amount: int(&intent, "amount"),
        currency: text(&intent, "currency"),
        customer: maybe_text(&intent, "customer"),
        method: &method,
        payment_intent: Some(id),
        description: maybe_text(&intent, "description"),
        is_captured: text(&intent, "capture_method") != "manual",
        metadata: field(&intent, "metadata").clone(),
        receipt_email: maybe_text(&intent, "receipt_email"),
        created: account.now(),
    };
    match charges::pay(account, &new) {
        Ok(charge) => {
            let settled = settle(account, id, &charge);
            let kind = if text(&settled, "status") == "succeeded" {
                "payment_intent.succeeded"
            } else {
                "payment_intent.amount_capturable_updated"
            };
            emit(account, kind, &settled);
            Ok(settled)
        }
        Err(failure) => Err(declined(account, id, &method, failure)),
    }
}

fn declined(account: &mut Account, id: &str, method: &Value, failure: Failure) -> Failure {
    let error = json!({
        "charge": failure.more.get("charge"),
        "code": failure.code,
        "decline_code": failure.more.get("decline_code"),
        "message": failure.message,
        "payment_method": method,
        "type": failure.kind,
    });
    let intent = account.update(Kind::PaymentIntent, id, |intent| {
        set(intent, "status", "requires_payment_method");
        set(intent, "payment_method", Value::Null);
        set(intent, "latest_charge", failure.more.get("charge").cloned());
        set(intent, "last_payment_error", error);
    });
    emit(account, "payment_intent.payment_failed", &intent);
    failure.with("payment_intent", intent)
}

fn unexpected(intent: &Value, verb: &str, wanted: &str) -> Failure {
    let message = format!(
        "You cannot {verb} this PaymentIntent because it has a status of {}. Only a PaymentIntent with \
         one of the following statuses may be used: {wanted}.",
        text(intent, "status")
    );
    Failure::refused("payment_intent_unexpected_state", message)
        .with("payment_intent", intent.clone())
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    let mut known = CREATABLE.to_vec();
    if !call.is_pinned {
        known.push(REMOVED);
    }
    params.only(&known)?;
    params.required("amount")?;
    let currency = currency::read(params)?;
    let amount = currency::amount(params, &currency)?.unwrap_or_default();
    currency::chargeable(amount, &currency)?;
    let is_confirmed = params.boolean("confirm")?.unwrap_or(false);
    let captures = ["automatic", "automatic_async", "manual"];
    let is_manual = params.choice("capture_method", &captures)? == Some("manual");
    let metadata = params.metadata(&Value::Null)?;
    params.hash("automatic_payment_methods", &["enabled", "allow_redirects"])?;
    let customer = params.text("customer")?.map(str::to_owned);
    if let Some(customer) = &customer {
        customers::living(call.account, customer, "customer")?;
    }
    let method = match params.text("payment_method")?.map(str::to_owned) {
        Some(id) => Some(payment_methods::resolve(call.account, &id, "payment_method")?),
        None => None,
    };
    let new = NewIntent {
        amount,
        currency: &currency,
        customer: customer.as_deref(),
        payment_method: method.as_ref().map(|method| text(method, "id")),
        description: params.text("description")?,
        metadata,
        receipt_email: params.text("receipt_email")?,
        is_manual,
        created: call.account.now(),
    };
    let intent = make(call.account, &new);
    emit(call.account, "payment_intent.created", &intent);
    if is_confirmed { confirm_now(call.account, text(&intent, "id")) } else { Ok(intent) }
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["client_secret"])?;
    call.account.find(Kind::PaymentIntent, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["customer", "created", "limit", "starting_after", "ending_before"])?;
    let list =
        List { kind: Kind::PaymentIntent, url: "/v1/payment_intents", filters: &["customer"] };
    page(call, &list, |_| true)
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["description", "metadata", "receipt_email"])?;
    let current = call.account.find(Kind::PaymentIntent, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let description = call.params.unsettable("description")?;
    let receipt_email = call.params.unsettable("receipt_email")?;
    Ok(call.account.update(Kind::PaymentIntent, &call.id, |intent| {
        set(intent, "metadata", metadata);
        if let Some(description) = description {
            set(intent, "description", description);
        }
        if let Some(email) = receipt_email {
            set(intent, "receipt_email", email);
        }
    }))
}

pub(crate) fn confirm(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["payment_method", "return_url", "off_session", "receipt_email"])?;
    call.account.find(Kind::PaymentIntent, &call.id)?;
    let id = call.id.clone();
    if let Some(method) = call.params.text("payment_method")?.map(str::to_owned) {
        let method = payment_methods::resolve(call.account, &method, "payment_method")?;
        call.account.update(Kind::PaymentIntent, &id, |intent| {
            set(intent, "payment_method", text(&method, "id"));
        });
    }
    confirm_now(call.account, &id)
}

pub(crate) fn capture(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["amount_to_capture", "metadata"])?;
    let intent = call.account.find(Kind::PaymentIntent, &call.id)?.clone();
    let asked = call.params.positive("amount_to_capture")?;
    if text(&intent, "status") != "requires_capture" {
        return Err(unexpected(&intent, "capture", "requires_capture"));
    }
    let charge = charges::capture_now(call.account, text(&intent, "latest_charge"), asked)?;
    let id = call.id.clone();
    let settled = settle(call.account, &id, &charge);
    emit_change(call.account, "payment_intent.succeeded", &settled, None);
    Ok(settled)
}

pub(crate) fn cancel(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["cancellation_reason"])?;
    let intent = call.account.find(Kind::PaymentIntent, &call.id)?.clone();
    let reasons = ["abandoned", "duplicate", "fraudulent", "requested_by_customer"];
    let reason = call.params.choice("cancellation_reason", &reasons)?;
    if matches!(text(&intent, "status"), "succeeded" | "canceled") {
        let wanted = "requires_payment_method, requires_capture, requires_confirmation, requires_action, \
                      processing";
        return Err(unexpected(&intent, "cancel", wanted));
    }
    let now = call.account.now();
    let canceled = call.account.update(Kind::PaymentIntent, &call.id, |intent| {
        set(intent, "status", "canceled");
        set(intent, "canceled_at", now);
        set(intent, "cancellation_reason", reason);
        set(intent, "amount_capturable", 0);
    });
    emit(call.account, "payment_intent.canceled", &canceled);
    Ok(canceled)
}
