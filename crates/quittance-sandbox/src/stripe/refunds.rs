//! Refunds: <https://docs.stripe.com/api/refunds>. The only place where money leaves.

use serde_json::{Value, json};

use super::account::Account;
use super::call::Call;
use super::cards::Behavior;
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{field, flag, int, maybe_text, set, text};
use super::{charges, currency, disputes, payment_methods};

/// What a caller may give as the reason.
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

/// A refund, checked as far as its parameters go.
struct NewRefund {
    charge: Value,
    amount: Option<i64>,
    reason: Option<String>,
    metadata: Value,
    instructions_email: Option<String>,
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let new = read(call)?;
    let amount = allowed(call.account, &new)?;
    Ok(carry_out(call.account, &new, amount))
}

/// A refund made at the dashboard, or by somebody else's program.
pub(crate) fn by_hand(
    account: &mut Account,
    charge: &str,
    amount: i64,
    metadata: Value,
) -> Result<String, Failure> {
    let charge = account.find(Kind::Charge, charge)?.clone();
    let new = NewRefund {
        charge,
        amount: Some(amount),
        reason: None,
        metadata,
        instructions_email: None,
    };
    let amount = allowed(account, &new)?;
    Ok(text(&carry_out(account, &new, amount), "id").to_owned())
}

fn read(call: &Call<'_>) -> Result<NewRefund, Failure> {
    let params = &call.params;
    params.only(&[
        "amount",
        "charge",
        "instructions_email",
        "metadata",
        "payment_intent",
        "reason",
    ])?;
    // The amount is looked at before the charge is: its currency is not known yet.
    params.positive("amount")?;
    let reason = params.choice("reason", &REASONS)?.map(str::to_owned);
    let metadata = params.metadata(&Value::Null)?;
    let instructions_email = params.text("instructions_email")?.map(str::to_owned);
    let charge = match (params.text("charge")?, params.text("payment_intent")?) {
        (Some(charge), None) => {
            let found = call.account.get(Kind::Charge, charge);
            found.ok_or_else(|| Failure::missing(Kind::Charge, charge, "id"))?.clone()
        }
        (None, Some(intent)) => of_intent(call.account, intent)?,
        (Some(_), Some(_)) => {
            let message = "You may only specify one of these parameters: charge, payment_intent.";
            return Err(Failure::invalid("parameters_exclusive", "charge", message));
        }
        (None, None) => {
            let message = "One of the following params should be provided for this request: payment_intent or charge.";
            return Err(Failure {
                param: None,
                ..Failure::invalid("parameter_missing", "charge", message)
            });
        }
    };
    let amount = currency::amount(params, text(&charge, "currency"))?;
    Ok(NewRefund { charge, amount, reason, metadata, instructions_email })
}

fn of_intent(account: &Account, id: &str) -> Result<Value, Failure> {
    let intent = account.get(Kind::PaymentIntent, id);
    let intent =
        intent.ok_or_else(|| Failure::missing(Kind::PaymentIntent, id, "payment_intent"))?;
    let charge = maybe_text(intent, "latest_charge").and_then(|id| account.get(Kind::Charge, id));
    match charge {
        Some(charge) if flag(charge, "paid") => Ok(charge.clone()),
        Some(_) | None => {
            let message =
                format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
            Err(Failure::refused("payment_intent_unexpected_state", message))
        }
    }
}

/// What of a charge has been given back or is on its way.
pub(crate) fn given_back(account: &Account, charge: &str) -> i64 {
    account
        .with(Kind::Refund, "charge", charge)
        .iter()
        .filter(|refund| !matches!(text(refund, "status"), "failed" | "canceled"))
        .fold(0, |sum, refund| sum.saturating_add(int(refund, "amount")))
}

/// The amount of the refund, if the state of the charge allows it.
fn allowed(account: &Account, new: &NewRefund) -> Result<i64, Failure> {
    let charge = &new.charge;
    let id = text(charge, "id");
    if !flag(charge, "paid") {
        let message = format!("Charge {id} has not been paid and cannot be refunded.");
        return Err(Failure::refused("charge_not_refundable", message));
    }
    let is_captured = flag(charge, "captured");
    let total = int(charge, if is_captured { "amount_captured" } else { "amount" });
    let left = total.saturating_sub(given_back(account, id));
    if left <= 0 {
        let message = format!("Charge {id} has already been refunded.");
        return Err(Failure::refused("charge_already_refunded", message));
    }
    if disputes::forbidding(account, id).is_some() {
        let message = format!("Charge {id} has been charged back; cannot issue a refund.");
        return Err(Failure::refused("charge_disputed", message));
    }
    let amount = new.amount.unwrap_or(left);
    if amount > left {
        let code = text(charge, "currency");
        let message = format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            currency::display(amount, code),
            currency::display(left, code),
        );
        return Err(Failure::refused_plain(message).at("amount"));
    }
    if !is_captured && maybe_text(charge, "payment_intent").is_some() {
        let message =
            format!("Charge {id} has not been captured; cancel its PaymentIntent instead.");
        return Err(Failure::refused("charge_not_refundable", message));
    }
    if !is_captured && amount != total {
        let message = "You cannot partially refund an uncaptured charge. Instead, capture the charge for \
                       an amount less than the original amount";
        return Err(Failure::refused_plain(message).at("amount"));
    }
    Ok(amount)
}

fn carry_out(account: &mut Account, new: &NewRefund, amount: i64) -> Value {
    let charge = text(&new.charge, "id");
    let behavior = payment_methods::behavior(account, text(&new.charge, "payment_method"));
    let is_pending = behavior == Behavior::RefundPending;
    let id = account.new_id(Kind::Refund);
    let created = account.now();
    let code = text(&new.charge, "currency");
    let transaction = charges::record_transaction(
        account,
        &id,
        "refund",
        amount.saturating_neg(),
        0,
        code,
        created,
    );
    let mut refund = json!({
        "id": id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": transaction,
        "charge": charge,
        "created": created,
        "currency": code,
        "customer": field(&new.charge, "customer"),
        "customer_account": null,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": if is_pending { "pending" } else { "refund" },
            },
            "type": "card",
        },
        "metadata": new.metadata,
        "payment_intent": field(&new.charge, "payment_intent"),
        "payment_method": field(&new.charge, "payment_method"),
        "reason": new.reason,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": if is_pending { "pending" } else { "succeeded" },
        "transfer_reversal": null,
    });
    if let Some(email) = &new.instructions_email {
        set(&mut refund, "instructions_email", email.as_str());
    }
    if is_pending {
        set(&mut refund, "pending_reason", "processing");
    }
    let refund = account.insert(Kind::Refund, refund);
    let refunded = recount(account, charge);
    emit(account, "refund.created", &refund);
    let previous = json!({"amount_refunded": field(&new.charge, "amount_refunded")});
    emit_change(account, "charge.refunded", &refunded, Some(previous));
    if flag(&refunded, "refunded") {
        disputes::close_inquiries(account, charge);
    }
    match behavior {
        Behavior::RefundPending => account.settle_later(&id, true),
        Behavior::RefundFails => account.settle_later(&id, false),
        Behavior::Plain
        | Behavior::Declined(_, _)
        | Behavior::Authenticates
        | Behavior::Disputed(_)
        | Behavior::Inquired
        | Behavior::Warned => {}
    }
    refund
}

/// Writes the sum of its refunds on the charge.
fn recount(account: &mut Account, charge: &str) -> Value {
    let sum = given_back(account, charge);
    account.update(Kind::Charge, charge, |charge| {
        let is_captured = flag(charge, "captured");
        let total = int(charge, if is_captured { "amount_captured" } else { "amount" });
        set(charge, "amount_refunded", sum);
        set(charge, "refunded", sum >= total);
    })
}

/// A pending refund arrives.
pub(crate) fn succeed(account: &mut Account, id: &str) {
    let is_pending =
        account.get(Kind::Refund, id).is_some_and(|refund| text(refund, "status") == "pending");
    if !is_pending {
        return;
    }
    let refund = account.update(Kind::Refund, id, |refund| {
        set(refund, "status", "succeeded");
        if let Some(map) = refund.as_object_mut() {
            map.shift_remove("pending_reason");
        }
    });
    let previous = json!({"status": "pending", "pending_reason": "processing"});
    emit_change(account, "refund.updated", &refund, Some(previous));
}

/// A refund that seemed to have succeeded does not arrive: the money comes back and the charge
/// can be refunded again.
pub(crate) fn fail(account: &mut Account, id: &str, reason: &str) {
    let Some(current) = account.get(Kind::Refund, id).cloned() else { return };
    if !matches!(text(&current, "status"), "pending" | "succeeded") {
        return;
    }
    let (amount, code, now) = (int(&current, "amount"), text(&current, "currency"), account.now());
    let transaction =
        charges::record_transaction(account, id, "refund_failure", amount, 0, code, now);
    let refund = account.update(Kind::Refund, id, |refund| {
        set(refund, "status", "failed");
        set(refund, "failure_reason", reason);
        set(refund, "failure_balance_transaction", transaction);
        if let Some(map) = refund.as_object_mut() {
            map.shift_remove("pending_reason");
        }
    });
    recount(account, text(&current, "charge"));
    let previous = json!({"status": field(&current, "status")});
    emit_change(account, "refund.updated", &refund, Some(previous.clone()));
    emit_change(account, "refund.failed", &refund, Some(previous));
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Refund, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "charge",
        "payment_intent",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let list =
        List { kind: Kind::Refund, url: "/v1/refunds", filters: &["charge", "payment_intent"] };
    page(call, &list, |_| true)
}

pub(crate) fn of_charge(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["limit", "starting_after", "ending_before"])?;
    call.account.find(Kind::Charge, &call.id)?;
    let url = format!("/v1/charges/{}/refunds", call.id);
    let list = List { kind: Kind::Refund, url: &url, filters: &[] };
    let rows = call.account.with(Kind::Refund, "charge", &call.id);
    super::list::cut(call, &list, &rows)
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["metadata"])?;
    let current = call.account.find(Kind::Refund, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let updated =
        call.account.update(Kind::Refund, &call.id, |refund| set(refund, "metadata", metadata));
    let previous = json!({"metadata": field(&current, "metadata")});
    emit_change(call.account, "refund.updated", &updated, Some(previous.clone()));
    // The CLI still asks for the older name.
    emit_change(call.account, "charge.refund.updated", &updated, Some(previous));
    Ok(updated)
}

pub(crate) fn cancel(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let current = call.account.find(Kind::Refund, &call.id)?.clone();
    if text(&current, "status") != "requires_action" {
        let message =
            "Only refunds that are in status requires_action can be canceled through the API.";
        return Err(Failure::refused("refund_not_cancelable", message));
    }
    let canceled =
        call.account.update(Kind::Refund, &call.id, |refund| set(refund, "status", "canceled"));
    recount(call.account, text(&current, "charge"));
    emit_change(
        call.account,
        "refund.updated",
        &canceled,
        Some(json!({"status": "requires_action"})),
    );
    Ok(canceled)
}
