//! The endpoints under `/v1/invoices` and `/v1/invoice_payments`.

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::events::{emit, emit_change};
use super::super::failure::Failure;
use super::super::kind::Kind;
use super::super::list::{List, page};
use super::super::value::{deep_text, field, set, set_deep, text};
use super::super::{customers, payment_methods};
use super::{NewInvoice, items};

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "auto_advance",
        "collection_method",
        "currency",
        "customer",
        "days_until_due",
        "description",
        "metadata",
        "pending_invoice_items_behavior",
    ])?;
    let customer = params.required("customer")?.to_owned();
    customers::living(call.account, &customer, "customer")?;
    let behaviors = ["include", "exclude"];
    let includes = params.choice("pending_invoice_items_behavior", &behaviors)? == Some("include");
    let methods = ["charge_automatically", "send_invoice"];
    let is_sent = params.choice("collection_method", &methods)? == Some("send_invoice");
    let days_until_due = params.positive("days_until_due")?;
    if is_sent != days_until_due.is_some() {
        let message =
            "days_until_due goes with the collection method send_invoice, and only with it.";
        return Err(Failure::invalid_plain("days_until_due", message));
    }
    let auto_advance = params.boolean("auto_advance")?.unwrap_or(false);
    let pending: Vec<Value> = call
        .account
        .with(Kind::InvoiceItem, "customer", &customer)
        .into_iter()
        .filter(|item| includes && field(item, "invoice").is_null())
        .cloned()
        .collect();
    let currency = match params.text("currency")? {
        Some(currency) => currency.to_owned(),
        None => pending.first().map_or("usd", |item| text(item, "currency")).to_owned(),
    };
    let new = NewInvoice {
        customer: &customer,
        currency: &currency,
        created: call.account.now(),
        billing_reason: "manual",
        subscription: None,
        description: params.text("description")?,
        metadata: params.metadata(&Value::Null)?,
        days_until_due,
        lines: items::lines(&pending),
    };
    let invoice = super::make(call.account, &new);
    let id = text(&invoice, "id").to_owned();
    for item in &pending {
        call.account
            .update(Kind::InvoiceItem, text(item, "id"), |item| set(item, "invoice", id.as_str()));
    }
    let invoice = call
        .account
        .update(Kind::Invoice, &id, |invoice| set(invoice, "auto_advance", auto_advance));
    emit(call.account, "invoice.created", &invoice);
    Ok(invoice)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Invoice, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "customer",
        "subscription",
        "status",
        "collection_method",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let statuses = ["draft", "open", "paid", "uncollectible", "void"];
    let status = call.params.choice("status", &statuses)?;
    let subscription = call.params.text("subscription")?;
    if let Some(id) = subscription {
        call.account.find_in(Kind::Subscription, id, "subscription")?;
    }
    let filters = ["customer", "collection_method"];
    let list = List { kind: Kind::Invoice, url: "/v1/invoices", filters: &filters };
    page(call, &list, |invoice| {
        status.is_none_or(|wanted| text(invoice, "status") == wanted)
            && (subscription.is_none()
                || deep_text(invoice, "/parent/subscription_details/subscription") == subscription)
    })
}

pub(crate) fn lines(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["limit", "starting_after", "ending_before"])?;
    let invoice = call.account.find(Kind::Invoice, &call.id)?;
    let rows = invoice.pointer("/lines/data").and_then(Value::as_array);
    let rows: Vec<&Value> = rows.into_iter().flatten().collect();
    let url = format!("/v1/invoices/{}/lines", call.id);
    let list = List { kind: Kind::InvoiceLine, url: &url, filters: &[] };
    super::super::list::cut(call, &list, &rows)
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["description", "metadata", "auto_advance"])?;
    let current = call.account.find(Kind::Invoice, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let description = call.params.unsettable("description")?;
    let auto_advance = call.params.boolean("auto_advance")?;
    let updated = call.account.update(Kind::Invoice, &call.id, |invoice| {
        set(invoice, "metadata", metadata);
        if let Some(description) = description {
            set(invoice, "description", description);
        }
        if let Some(auto_advance) = auto_advance {
            set(invoice, "auto_advance", auto_advance);
        }
    });
    let previous = json!({"metadata": field(&current, "metadata")});
    emit_change(call.account, "invoice.updated", &updated, Some(previous));
    Ok(updated)
}

/// The invoice in the path, if its status is one of `wanted`.
fn in_status(call: &Call<'_>, wanted: &[&str], otherwise: &str) -> Result<Value, Failure> {
    let invoice = call.account.find(Kind::Invoice, &call.id)?;
    if wanted.contains(&text(invoice, "status")) {
        Ok(invoice.clone())
    } else {
        Err(Failure::refused("invoice_not_editable", otherwise))
    }
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let message =
        "You can only delete draft invoices. To delete non-draft invoices, void them instead.";
    let invoice = in_status(call, &["draft"], message)?;
    call.account.remove(Kind::Invoice, &call.id);
    emit(call.account, "invoice.deleted", &invoice);
    Ok(json!({"id": call.id, "object": "invoice", "deleted": true}))
}

/// Makes the draft in the path final, with events.
fn finalize_now(call: &mut Call<'_>) -> Value {
    let now = call.account.now();
    let finalized = super::finalize(call.account, &call.id, now);
    emit(call.account, "invoice.finalized", &finalized);
    if text(&finalized, "status") == "paid" {
        super::announce_payment(call.account, &finalized);
    }
    finalized
}

pub(crate) fn finalize(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["auto_advance"])?;
    in_status(
        call,
        &["draft"],
        "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
    )?;
    Ok(finalize_now(call))
}

pub(crate) fn pay(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["payment_method", "off_session", "paid_out_of_band"])?;
    if call.params.boolean("paid_out_of_band")? == Some(true) {
        let message = "The stand-in does not take payments out of band";
        return Err(Failure::invalid_plain("paid_out_of_band", message));
    }
    let invoice = in_status(call, &["draft", "open"], "Invoice is already paid")?;
    let method = match call.params.text("payment_method")?.map(str::to_owned) {
        Some(id) => {
            let method = payment_methods::resolve(call.account, &id, "payment_method")?;
            Some(text(&method, "id").to_owned())
        }
        None => None,
    };
    if text(&invoice, "status") == "draft" {
        let finalized = finalize_now(call);
        if text(&finalized, "status") == "paid" {
            return Ok(finalized);
        }
    }
    let id = call.id.clone();
    super::pay(call.account, &id, method)
}

pub(crate) fn void(call: &mut Call<'_>) -> Result<Value, Failure> {
    close(call, "void", "voided_at", "invoice.voided")
}

pub(crate) fn mark_uncollectible(call: &mut Call<'_>) -> Result<Value, Failure> {
    close(call, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")
}

fn close(call: &mut Call<'_>, status: &str, at: &str, event: &str) -> Result<Value, Failure> {
    call.params.only(&[])?;
    in_status(call, &["open", "uncollectible"], "You can only close open invoices")?;
    let now = call.account.now();
    let closed = call.account.update(Kind::Invoice, &call.id, |invoice| {
        set(invoice, "status", status);
        set_deep(invoice, "/status_transitions", at, now);
    });
    emit(call.account, event, &closed);
    Ok(closed)
}

pub(crate) fn send(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let invoice = in_status(call, &["draft", "open"], "You can only send open invoices")?;
    if text(&invoice, "collection_method") != "send_invoice" {
        let message =
            "You can only manually send an invoice if its collection method is send_invoice";
        return Err(Failure::refused_plain(message));
    }
    let sent = if text(&invoice, "status") == "draft" { finalize_now(call) } else { invoice };
    emit(call.account, "invoice.sent", &sent);
    Ok(sent)
}

pub(crate) fn list_payments(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "invoice",
        "payment",
        "status",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let status = call.params.choice("status", &["open", "paid", "canceled"])?;
    let known = ["type", "payment_intent", "payment_record"];
    let intent = match call.params.hash("payment", &known)? {
        None => None,
        Some(payment) => {
            payment.required("type")?;
            payment.choice("type", &["payment_intent", "payment_record"])?;
            Some(payment.required("payment_intent")?.to_owned())
        }
    };
    if let Some(id) = &intent {
        call.account.find_in(Kind::PaymentIntent, id, "payment[payment_intent]")?;
    }
    let list =
        List { kind: Kind::InvoicePayment, url: "/v1/invoice_payments", filters: &["invoice"] };
    page(call, &list, |payment| {
        status.is_none_or(|wanted| text(payment, "status") == wanted)
            && (intent.is_none()
                || deep_text(payment, "/payment/payment_intent") == intent.as_deref())
    })
}

pub(crate) fn get_payment(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::InvoicePayment, &call.id).cloned()
}
