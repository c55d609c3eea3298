//! Credit notes, as far as Quittance and the CLI use them:
//! <https://docs.stripe.com/api/credit_notes>.

use serde_json::{Value, json};

use super::call::Call;
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{field, int, set, text};

const REASONS: [&str; 4] = ["duplicate", "fraudulent", "order_change", "product_unsatisfactory"];
const LINE: [&str; 5] = ["type", "unit_amount", "quantity", "description", "amount"];

/// What the request credits: `amount`, or the sum of its lines.
fn credited(call: &Call<'_>) -> Result<i64, Failure> {
    if let Some(amount) = call.params.positive("amount")? {
        return Ok(amount);
    }
    let mut sum = 0_i64;
    for line in call.params.hashes("lines", &LINE)? {
        line.choice("type", &["custom_line_item"])?;
        let unit = line.integer("unit_amount")?.unwrap_or_default();
        let quantity = line.positive("quantity")?.unwrap_or(1);
        sum = sum.saturating_add(unit.saturating_mul(quantity));
    }
    if sum < 1 { Err(Failure::lacking("amount")) } else { Ok(sum) }
}

/// The refunds that the note documents, and their sum.
fn linked(call: &Call<'_>) -> Result<(Vec<Value>, i64), Failure> {
    let mut rows = Vec::new();
    let mut sum = 0_i64;
    for linked in call.params.hashes("refunds", &["refund", "amount_refunded"])? {
        let refund =
            call.account.find_in(Kind::Refund, linked.required("refund")?, "refunds[0][refund]")?;
        let amount = linked.positive("amount_refunded")?.unwrap_or_else(|| int(refund, "amount"));
        sum = sum.saturating_add(amount);
        rows.push(json!({
            "amount_refunded": amount,
            "payment_record_refund": null,
            "refund": text(refund, "id"),
            "type": "refund",
        }));
    }
    Ok((rows, sum))
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "amount",
        "email_type",
        "invoice",
        "lines",
        "memo",
        "metadata",
        "out_of_band_amount",
        "reason",
        "refunds",
    ])?;
    params.choice("reason", &REASONS)?;
    params.choice("email_type", &["credit_note", "none"])?;
    let invoice =
        call.account.find_in(Kind::Invoice, params.required("invoice")?, "invoice")?.clone();
    let amount = credited(call)?;
    let (refunds, refunded) = linked(call)?;
    creditable(call, &invoice, amount, refunded)?;
    let note = note(call, &invoice, amount, &refunds)?;
    let note = call.account.insert(Kind::CreditNote, note);
    credit(call, &note, amount);
    emit(call.account, "credit_note.created", &note);
    Ok(note)
}

/// Fails when the invoice does not allow `amount` of credit with `refunded` already given back.
fn creditable(call: &Call<'_>, invoice: &Value, amount: i64, refunded: i64) -> Result<(), Failure> {
    let status = text(invoice, "status");
    if !matches!(status, "open" | "paid") {
        let message = "Credit notes can only be issued on open or paid invoices";
        return Err(Failure::refused_plain(message));
    }
    let outside = call.params.integer("out_of_band_amount")?.unwrap_or_default();
    if status == "paid" && refunded.saturating_add(outside) != amount {
        let message = "The sum of refunds, credit_amount and out_of_band_amount must equal the \
                       amount of the credit note that applies after payment.";
        return Err(Failure::refused_plain(message));
    }
    let already = int(invoice, "post_payment_credit_notes_amount")
        .saturating_add(int(invoice, "pre_payment_credit_notes_amount"));
    if amount > int(invoice, "total").saturating_sub(already) {
        let message = "The credit note is greater than what is left to credit on the invoice.";
        return Err(Failure::refused_plain(message).at("amount"));
    }
    Ok(())
}

fn note(
    call: &mut Call<'_>,
    invoice: &Value,
    amount: i64,
    refunds: &[Value],
) -> Result<Value, Failure> {
    let params = &call.params;
    let is_paid = text(invoice, "status") == "paid";
    let id = call.account.new_id(Kind::CreditNote);
    Ok(json!({
        "id": id,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": call.account.now(),
        "currency": text(invoice, "currency"),
        "customer": text(invoice, "customer"),
        "customer_account": null,
        "customer_balance_transaction": null,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": call.account.now(),
        "invoice": text(invoice, "id"),
        "lines": {
            "object": "list",
            "data": [],
            "has_more": false,
            "url": format!("/v1/credit_notes/{id}/lines"),
        },
        "livemode": call.account.options.livemode,
        "memo": params.text("memo")?,
        "metadata": params.metadata(&Value::Null)?,
        "number": format!("{}-CN-01", text(invoice, "number")),
        "out_of_band_amount": params.integer("out_of_band_amount")?,
        "pdf": format!("https://pay.stripe.com/credit_notes/{id}/pdf"),
        "post_payment_amount": if is_paid { amount } else { 0 },
        "pre_payment_amount": if is_paid { 0 } else { amount },
        "pretax_credit_amounts": [],
        "reason": params.text("reason")?,
        "refunds": refunds,
        "shipping_cost": null,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": if is_paid { "post_payment" } else { "pre_payment" },
        "voided_at": null,
    }))
}

/// Writes `amount` more of credit (less, when negative) on the note's invoice.
fn credit(call: &mut Call<'_>, note: &Value, amount: i64) {
    let is_paid = text(note, "type") == "post_payment";
    call.account.update(Kind::Invoice, text(note, "invoice"), |invoice| {
        let name = if is_paid {
            "post_payment_credit_notes_amount"
        } else {
            "pre_payment_credit_notes_amount"
        };
        set(invoice, name, int(invoice, name).saturating_add(amount));
        if !is_paid {
            set(
                invoice,
                "amount_remaining",
                int(invoice, "amount_remaining").saturating_sub(amount),
            );
            set(invoice, "amount_due", int(invoice, "amount_due").saturating_sub(amount));
        }
    });
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::CreditNote, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "customer",
        "invoice",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let list =
        List { kind: Kind::CreditNote, url: "/v1/credit_notes", filters: &["customer", "invoice"] };
    page(call, &list, |_| true)
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["memo", "metadata"])?;
    let current = call.account.find(Kind::CreditNote, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let memo = call.params.unsettable("memo")?;
    let updated = call.account.update(Kind::CreditNote, &call.id, |note| {
        set(note, "metadata", metadata);
        if let Some(memo) = memo {
            set(note, "memo", memo);
        }
    });
    let previous = json!({"metadata": field(&current, "metadata")});
    emit_change(call.account, "credit_note.updated", &updated, Some(previous));
    Ok(updated)
}

pub(crate) fn void(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let current = call.account.find(Kind::CreditNote, &call.id)?.clone();
    if text(&current, "status") == "void" {
        return Err(Failure::refused_plain("This credit note is already void"));
    }
    if text(&current, "type") == "post_payment" {
        return Err(Failure::refused_plain("Credit notes on paid invoices cannot be voided"));
    }
    let now = call.account.now();
    let voided = call.account.update(Kind::CreditNote, &call.id, |note| {
        set(note, "status", "void");
        set(note, "voided_at", now);
    });
    credit(call, &voided, int(&voided, "amount").saturating_neg());
    emit(call.account, "credit_note.voided", &voided);
    Ok(voided)
}
