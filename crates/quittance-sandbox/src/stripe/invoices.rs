//! Invoices, their lines and their payments: <https://docs.stripe.com/api/invoices>.

pub(crate) mod api;
pub(crate) mod items;

use serde_json::{Value, json};

use super::account::Account;
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::payment_intents::{self, NewIntent};
use super::value::{deep_text, field, int, maybe_text, set, set_deep, set_null, text};

/// Fields that say nothing on a draft.
const ALWAYS_NULL: [&str; 19] = [
    "customer_account",
    "default_payment_method",
    "default_source",
    "footer",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "number",
    "on_behalf_of",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "test_clock",
    "webhooks_delivered_at",
];

/// One line of an invoice to be made.
pub(crate) struct NewLine {
    pub(crate) amount: i64,
    pub(crate) description: String,
    pub(crate) quantity: i64,
    /// Seconds, from and to.
    pub(crate) period: (i64, i64),
    /// The price, for lines that come from one.
    pub(crate) price: Value,
    /// The invoice item, or the subscription's item.
    pub(crate) source: String,
    pub(crate) subscription: Option<String>,
}

/// An invoice to be made.
pub(crate) struct NewInvoice<'n> {
    pub(crate) customer: &'n str,
    pub(crate) currency: &'n str,
    pub(crate) created: i64,
    pub(crate) billing_reason: &'n str,
    pub(crate) subscription: Option<&'n str>,
    pub(crate) description: Option<&'n str>,
    pub(crate) metadata: Value,
    pub(crate) days_until_due: Option<i64>,
    pub(crate) lines: Vec<NewLine>,
}

/// How long after its making a draft becomes final by itself, in seconds.
const FINALIZES_AFTER_S: i64 = 60 * 60;
/// One day, in seconds.
const DAY_S: i64 = 24 * 60 * 60;

/// Makes a draft, without events.
pub(crate) fn make(account: &mut Account, new: &NewInvoice<'_>) -> Value {
    let id = account.new_id(Kind::Invoice);
    let total = new.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.amount));
    let period = new.lines.first().map_or((new.created, new.created), |line| line.period);
    let lines: Vec<Value> =
        new.lines.iter().map(|line| make_line(account, &id, new.currency, line)).collect();
    let customer = account.get(Kind::Customer, new.customer).cloned().unwrap_or_default();
    let parent = new.subscription.map(|subscription| {
        json!({
            "quote_details": null,
            "subscription_details": {"metadata": {}, "subscription": subscription},
            "type": "subscription_details",
        })
    });
    let mut invoice = json!({
        "id": id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Sandbox",
        "account_tax_ids": null,
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "application": null,
        "attempt_count": 0,
        "attempted": false,
        "auto_advance": new.subscription.is_some(),
        "automatic_tax": {
            "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null,
        },
        "automatically_finalizes_at":
            new.subscription.map(|_| new.created.saturating_add(FINALIZES_AFTER_S)),
        "billing_reason": new.billing_reason,
        "collection_method":
            if new.days_until_due.is_some() { "send_invoice" } else { "charge_automatically" },
        "created": new.created,
        "currency": new.currency,
        "custom_fields": null,
        "customer": new.customer,
        "description": new.description,
        "discounts": [],
        "due_date": new.days_until_due.map(|days| new.created.saturating_add(days.saturating_mul(DAY_S))),
        "effective_at": null,
        "ending_balance": null,
        "lines": {
            "object": "list", "data": lines, "has_more": false, "url": format!("/v1/invoices/{id}/lines"),
        },
        "livemode": account.options.livemode,
        "metadata": new.metadata,
        "parent": parent,
        "period_end": period.1,
        "period_start": period.0,
        "status": "draft",
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_excluding_tax": total,
    });
    address_to(&mut invoice, &customer);
    complete(&mut invoice);
    account.insert(Kind::Invoice, invoice)
}

/// What the invoice copies from its customer.
fn address_to(invoice: &mut Value, customer: &Value) {
    for (name, source) in [
        ("customer_address", "address"),
        ("customer_email", "email"),
        ("customer_name", "name"),
        ("customer_phone", "phone"),
        ("customer_shipping", "shipping"),
        ("customer_tax_exempt", "tax_exempt"),
    ] {
        set(invoice, name, field(customer, source).clone());
    }
}

/// Fields that say nothing here but that every invoice has.
fn complete(invoice: &mut Value) {
    set_null(invoice, &ALWAYS_NULL);
    for name in [
        "default_tax_rates",
        "total_discount_amounts",
        "total_pretax_credit_amounts",
        "total_taxes",
    ] {
        set(invoice, name, json!([]));
    }
    for name in
        ["post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance"]
    {
        set(invoice, name, 0);
    }
    set(invoice, "customer_tax_ids", json!([]));
    set(invoice, "issuer", json!({"type": "self"}));
    let settings = json!({
        "default_mandate": null, "payment_method_options": null, "payment_method_types": null,
    });
    set(invoice, "payment_settings", settings);
    let transitions = json!({
        "finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null,
    });
    set(invoice, "status_transitions", transitions);
}

fn make_line(account: &mut Account, invoice: &str, currency: &str, line: &NewLine) -> Value {
    let subscription = line.subscription.as_deref();
    let details = if subscription.is_some() {
        json!({
            "invoice_item_details": null,
            "subscription_item_details": {
                "invoice_item": null,
                "proration": false,
                "proration_details": null,
                "subscription": subscription,
                "subscription_item": line.source,
            },
            "type": "subscription_item_details",
        })
    } else {
        json!({
            "invoice_item_details": {
                "invoice_item": line.source,
                "proration": false,
                "proration_details": null,
                "subscription": null,
            },
            "subscription_item_details": null,
            "type": "invoice_item_details",
        })
    };
    let pricing = maybe_text(&line.price, "id").map(|price| {
        json!({
            "price_details": {"price": price, "product": text(&line.price, "product")},
            "type": "price_details",
            "unit_amount_decimal": text(&line.price, "unit_amount_decimal"),
        })
    });
    json!({
        "id": account.new_id(Kind::InvoiceLine),
        "object": "line_item",
        "amount": line.amount,
        "currency": currency,
        "description": line.description,
        "discount_amounts": [],
        "discountable": true,
        "discounts": [],
        "invoice": invoice,
        "livemode": account.options.livemode,
        "metadata": {},
        "parent": details,
        "period": {"end": line.period.1, "start": line.period.0},
        "pretax_credit_amounts": [],
        "pricing": pricing,
        "quantity": line.quantity,
        "quantity_decimal": line.quantity.to_string(),
        "subscription": subscription,
        "subtotal": line.amount,
        "taxes": [],
    })
}

/// Makes a draft final, without events.
pub(crate) fn finalize(account: &mut Account, id: &str, at: i64) -> Value {
    let invoice = account.get(Kind::Invoice, id).cloned().unwrap_or_default();
    let customer = text(&invoice, "customer").to_owned();
    let mut number = String::new();
    account.update(Kind::Customer, &customer, |customer| {
        let next = int(customer, "next_invoice_sequence");
        number = format!("{}-{next:04}", text(customer, "invoice_prefix"));
        set(customer, "next_invoice_sequence", next.saturating_add(1));
    });
    let is_free = int(&invoice, "total") == 0;
    account.update(Kind::Invoice, id, |invoice| {
        set(invoice, "status", if is_free { "paid" } else { "open" });
        set(invoice, "number", number);
        set(invoice, "effective_at", at);
        set(invoice, "ending_balance", 0);
        set(invoice, "automatically_finalizes_at", Value::Null);
        set(invoice, "hosted_invoice_url", format!("https://invoice.stripe.com/i/{id}"));
        set(invoice, "invoice_pdf", format!("https://pay.stripe.com/invoice/{id}/pdf"));
        set_deep(invoice, "/status_transitions", "finalized_at", at);
        if is_free {
            set_deep(invoice, "/status_transitions", "paid_at", at);
        }
    })
}

/// Writes a successful charge on an open invoice, without events.
pub(crate) fn record_payment(account: &mut Account, id: &str, charge: &Value) -> Value {
    let (amount, at) = (int(charge, "amount"), int(charge, "created"));
    let payment = json!({
        "id": account.new_id(Kind::InvoicePayment),
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": at,
        "currency": text(charge, "currency"),
        "invoice": id,
        "is_default": true,
        "livemode": account.options.livemode,
        "payment": {"payment_intent": text(charge, "payment_intent"), "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": null, "paid_at": at},
    });
    account.insert(Kind::InvoicePayment, payment);
    account.update(Kind::Invoice, id, |invoice| {
        set(invoice, "status", "paid");
        set(invoice, "attempted", true);
        set(invoice, "attempt_count", int(invoice, "attempt_count").saturating_add(1));
        set(invoice, "amount_paid", amount);
        set(invoice, "amount_remaining", 0);
        set_deep(invoice, "/status_transitions", "paid_at", at);
    })
}

/// The payment method that an invoice is charged to when none is named.
fn default_method(account: &Account, invoice: &Value) -> Option<String> {
    let of_subscription = deep_text(invoice, "/parent/subscription_details/subscription")
        .and_then(|id| account.get(Kind::Subscription, id))
        .and_then(|subscription| maybe_text(subscription, "default_payment_method"));
    let of_customer = account
        .get(Kind::Customer, text(invoice, "customer"))
        .and_then(|customer| deep_text(customer, "/invoice_settings/default_payment_method"));
    of_subscription.or(of_customer).map(str::to_owned)
}

/// Charges an open invoice, with all events.
pub(crate) fn pay(
    account: &mut Account,
    id: &str,
    method: Option<String>,
) -> Result<Value, Failure> {
    let invoice = account.find(Kind::Invoice, id)?.clone();
    let Some(method) = method.or_else(|| default_method(account, &invoice)) else {
        let message = "There is no default_payment_method set on this Customer or Invoice. Please provide a \
                       payment_method.";
        return Err(Failure::refused("invoice_payment_intent_requires_action", message));
    };
    let new = NewIntent {
        amount: int(&invoice, "amount_remaining"),
        currency: text(&invoice, "currency"),
        customer: maybe_text(&invoice, "customer"),
        payment_method: Some(&method),
        description: maybe_text(&invoice, "description"),
        metadata: json!({}),
        receipt_email: None,
        is_manual: false,
        created: account.now(),
    };
    let intent = payment_intents::make(account, &new);
    emit(account, "payment_intent.created", &intent);
    let failure = match payment_intents::confirm_now(account, text(&intent, "id")) {
        Ok(intent) if text(&intent, "status") == "succeeded" => {
            let charge = account.find(Kind::Charge, text(&intent, "latest_charge"))?.clone();
            let paid = record_payment(account, id, &charge);
            announce_payment(account, &paid);
            return Ok(paid);
        }
        Ok(intent) => {
            let code = "invoice_payment_intent_requires_action";
            let message = "Your card was declined. This transaction requires authentication.";
            let failure = Failure::declined(code, "authentication_required", message);
            failure.with("payment_intent", intent)
        }
        Err(failure) => failure,
    };
    let failed = account.update(Kind::Invoice, id, |invoice| {
        set(invoice, "attempted", true);
        set(invoice, "attempt_count", int(invoice, "attempt_count").saturating_add(1));
    });
    emit(account, "invoice.payment_failed", &failed);
    if failure.code == Some("invoice_payment_intent_requires_action") {
        emit(account, "invoice.payment_action_required", &failed);
    }
    Err(failure)
}

/// The events of an invoice that has just been paid.
pub(crate) fn announce_payment(account: &mut Account, invoice: &Value) {
    let payment = account
        .with(Kind::InvoicePayment, "invoice", text(invoice, "id"))
        .first()
        .map(|payment| (*payment).clone());
    if let Some(payment) = payment {
        emit(account, "invoice_payment.paid", &payment);
    }
    emit_change(account, "invoice.updated", invoice, Some(json!({"status": "open"})));
    emit(account, "invoice.paid", invoice);
    emit(account, "invoice.payment_succeeded", invoice);
}
