//! Disputes and inquiries: <https://docs.stripe.com/api/disputes>.

use serde_json::{Value, json};

use super::account::Account;
use super::call::Call;
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{field, flag, int, set, text};

/// How long the merchant has to answer, in seconds: nine days.
const ANSWER_WITHIN_S: i64 = 9 * 24 * 60 * 60;

const EVIDENCE: [&str; 26] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
];

/// Whether a dispute with this status is a mere inquiry.
fn is_inquiry(status: &str) -> bool {
    status.starts_with("warning_")
}

/// Opens a dispute of the whole charge.
pub(crate) fn open(account: &mut Account, charge: &str, status: &str, reason: &str) -> Value {
    let disputed = account.get(Kind::Charge, charge).cloned().unwrap_or_default();
    let mut evidence: serde_json::Map<String, Value> =
        EVIDENCE.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    evidence.insert("uncategorized_text".to_owned(), Value::Null);
    evidence.insert("enhanced_evidence".to_owned(), json!({}));
    let (brand, _, _) = face(&disputed);
    let dispute = json!({
        "id": account.new_id(Kind::Dispute),
        "object": "dispute",
        "amount": int(&disputed, "amount"),
        "balance_transactions": [],
        "charge": charge,
        "created": account.now(),
        "currency": text(&disputed, "currency"),
        "enhanced_eligibility_types": [],
        "evidence": evidence,
        "evidence_details": {
            "due_by": account.now().saturating_add(ANSWER_WITHIN_S),
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
            "submission_method": "manual",
        },
        "intended_submission_method": null,
        "is_charge_refundable": is_inquiry(status),
        "livemode": account.options.livemode,
        "metadata": {},
        "payment_intent": field(&disputed, "payment_intent"),
        "payment_method_details": {
            "card": {
                "brand": brand,
                "case_type": if is_inquiry(status) { "inquiry" } else { "chargeback" },
                "network": brand,
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": status,
    });
    let dispute = account.insert(Kind::Dispute, dispute);
    account.update(Kind::Charge, charge, |charge| set(charge, "disputed", true));
    emit(account, "charge.dispute.created", &dispute);
    if !is_inquiry(status) {
        emit(account, "charge.dispute.funds_withdrawn", &dispute);
    }
    dispute
}

fn face(charge: &Value) -> (String, String, String) {
    super::payment_methods::face(field(charge, "payment_method_details"))
}

/// The dispute that stands in the way of refunding a charge.
pub(crate) fn forbidding<'a>(account: &'a Account, charge: &str) -> Option<&'a Value> {
    account
        .with(Kind::Dispute, "charge", charge)
        .into_iter()
        .find(|dispute| !flag(dispute, "is_charge_refundable") && text(dispute, "status") != "won")
}

/// A full refund ends the inquiries about a charge.
pub(crate) fn close_inquiries(account: &mut Account, charge: &str) {
    let open: Vec<String> = account
        .with(Kind::Dispute, "charge", charge)
        .iter()
        .filter(|dispute| {
            matches!(text(dispute, "status"), "warning_needs_response" | "warning_under_review")
        })
        .map(|dispute| text(dispute, "id").to_owned())
        .collect();
    for id in open {
        close_with(account, &id, "warning_closed");
    }
}

fn close_with(account: &mut Account, id: &str, status: &str) -> Value {
    let before = account.get(Kind::Dispute, id).map(|dispute| field(dispute, "status").clone());
    let closed = account.update(Kind::Dispute, id, |dispute| {
        set(dispute, "status", status);
        set(dispute, "is_charge_refundable", false);
    });
    emit_change(account, "charge.dispute.closed", &closed, Some(json!({"status": before})));
    closed
}

/// The network warns that a payment looks fraudulent.
pub(crate) fn warn(account: &mut Account, charge: &str) -> Value {
    let intent =
        account.get(Kind::Charge, charge).map(|charge| field(charge, "payment_intent").clone());
    let mut warning = json!({
        "id": account.new_id(Kind::EarlyFraudWarning),
        "object": "radar.early_fraud_warning",
        "actionable": true,
        "charge": charge,
        "created": account.now(),
        "fraud_type": "misc",
        "livemode": account.options.livemode,
    });
    if let Some(intent) = intent.filter(Value::is_string) {
        set(&mut warning, "payment_intent", intent);
    }
    let warning = account.insert(Kind::EarlyFraudWarning, warning);
    emit(account, "radar.early_fraud_warning.created", &warning);
    warning
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
        List { kind: Kind::Dispute, url: "/v1/disputes", filters: &["charge", "payment_intent"] };
    page(call, &list, |_| true)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Dispute, &call.id).cloned()
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["metadata"])?;
    let current = call.account.find(Kind::Dispute, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let updated =
        call.account.update(Kind::Dispute, &call.id, |dispute| set(dispute, "metadata", metadata));
    let previous = json!({"metadata": field(&current, "metadata")});
    emit_change(call.account, "charge.dispute.updated", &updated, Some(previous));
    Ok(updated)
}

pub(crate) fn close(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let current = call.account.find(Kind::Dispute, &call.id)?;
    let status = match text(current, "status") {
        "needs_response" | "under_review" => "lost",
        "warning_needs_response" | "warning_under_review" => "warning_closed",
        _ => return Err(Failure::refused_plain("This dispute is already closed")),
    };
    let id = call.id.clone();
    Ok(close_with(call.account, &id, status))
}

pub(crate) fn list_warnings(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "charge",
        "payment_intent",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let list = List {
        kind: Kind::EarlyFraudWarning,
        url: "/v1/radar/early_fraud_warnings",
        filters: &["charge", "payment_intent"],
    };
    page(call, &list, |_| true)
}
