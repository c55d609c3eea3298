//! Charges: <https://docs.stripe.com/api/charges>.

use serde_json::{Value, json};

use super::account::Account;
use super::call::Call;
use super::cards::{self, Behavior};
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{field, flag, int, set, set_null, text};
use super::{currency, customers, disputes, payment_methods};

/// Fields that say nothing here but that every charge has.
const ALWAYS_NULL: [&str; 13] = [
    "application",
    "application_fee",
    "application_fee_amount",
    "failure_balance_transaction",
    "on_behalf_of",
    "receipt_number",
    "review",
    "shipping",
    "source_transfer",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
];

/// A charge to be made on a card or payment method that exists.
pub(crate) struct NewCharge<'n> {
    pub(crate) amount: i64,
    pub(crate) currency: &'n str,
    pub(crate) customer: Option<&'n str>,
    /// The payment method, or an old-style card.
    pub(crate) method: &'n Value,
    pub(crate) payment_intent: Option<&'n str>,
    pub(crate) description: Option<&'n str>,
    pub(crate) is_captured: bool,
    pub(crate) metadata: Value,
    pub(crate) receipt_email: Option<&'n str>,
    pub(crate) created: i64,
}

/// Makes a charge, failed or not, without events.
pub(crate) fn make(account: &mut Account, new: &NewCharge<'_>) -> Value {
    let method = text(new.method, "id");
    let failure = match payment_methods::behavior(account, method) {
        Behavior::Declined(code, decline) => Some((code, decline)),
        Behavior::Plain
        | Behavior::Authenticates
        | Behavior::Disputed(_)
        | Behavior::Inquired
        | Behavior::Warned
        | Behavior::RefundPending
        | Behavior::RefundFails => None,
    };
    let is_paid = failure.is_none();
    let id = account.new_id(Kind::Charge);
    let transaction = (is_paid && new.is_captured).then(|| {
        let fee = new
            .amount
            .saturating_mul(29)
            .saturating_add(500)
            .saturating_div(1000)
            .saturating_add(30);
        record_transaction(account, &id, "charge", new.amount, fee, new.currency, new.created)
    });
    let (brand, last4, fingerprint) = payment_methods::face(new.method);
    let source = if method.starts_with("card_") { new.method.clone() } else { Value::Null };
    let email = new.customer.and_then(|customer| account.get(Kind::Customer, customer));
    let (email, name) = email.map_or((Value::Null, Value::Null), |customer| {
        (field(customer, "email").clone(), field(customer, "name").clone())
    });
    let mut charge = json!({
        "id": id,
        "object": "charge",
        "amount": new.amount,
        "amount_captured": if is_paid && new.is_captured { new.amount } else { 0 },
        "amount_refunded": 0,
        "balance_transaction": transaction,
        "billing_details": {
            "address": payment_methods::empty_address(),
            "email": email,
            "name": name,
            "phone": null,
            "tax_id": null,
        },
        "calculated_statement_descriptor": "SANDBOX",
        "captured": is_paid && new.is_captured,
        "created": new.created,
        "currency": new.currency,
        "customer": new.customer,
        "description": new.description,
        "disputed": false,
        "failure_code": failure.map(|(code, _)| code),
        "failure_message": failure.map(|_| "Your card was declined."),
        "fraud_details": {},
        "livemode": account.options.livemode,
        "metadata": new.metadata,
        "outcome": outcome(failure.map(|(_, decline)| decline)),
        "paid": is_paid,
        "payment_intent": new.payment_intent,
        "payment_method": method,
        "payment_method_details": cards::of_charge(&brand, &last4, &fingerprint, new.amount),
        "receipt_email": new.receipt_email,
        "receipt_url": is_paid.then(|| format!("https://pay.stripe.com/receipts/payment/{method}")),
        "refunded": false,
        "source": source,
        "status": if is_paid { "succeeded" } else { "failed" },
    });
    set_null(&mut charge, &ALWAYS_NULL);
    account.insert(Kind::Charge, charge)
}

fn outcome(decline: Option<&str>) -> Value {
    json!({
        "advice_code": decline.map(|_| "try_again_later"),
        "network_advice_code": null,
        "network_decline_code": decline.map(|_| "05"),
        "network_status": if decline.is_some() { "declined_by_network" } else { "approved_by_network" },
        "reason": decline,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": if decline.is_some() { "The bank did not return any further details." } else { "Payment complete." },
        "type": if decline.is_some() { "issuer_declined" } else { "authorized" },
    })
}

/// Records a movement of the account's balance and gives its id.
pub(crate) fn record_transaction(
    account: &mut Account,
    source: &str,
    kind: &str,
    amount: i64,
    fee: i64,
    currency: &str,
    created: i64,
) -> String {
    let id = account.new_id(Kind::BalanceTransaction);
    let fees = json!([{
        "amount": fee,
        "application": null,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }]);
    let transaction = json!({
        "id": id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created,
        "balance_type": "payments",
        "created": created,
        "currency": currency,
        "description": null,
        "exchange_rate": null,
        "fee": fee,
        "fee_details": if fee == 0 { json!([]) } else { fees },
        "net": amount.saturating_sub(fee),
        "reporting_category": kind,
        "source": source,
        "status": "available",
        "type": kind,
    });
    account.insert(Kind::BalanceTransaction, transaction);
    id
}

/// Makes a charge with all that follows: events, and what the test card brings about. A declined
/// charge exists too; the failure names it.
pub(crate) fn pay(account: &mut Account, new: &NewCharge<'_>) -> Result<Value, Failure> {
    let behavior = payment_methods::behavior(account, text(new.method, "id"));
    let charge = make(account, new);
    let id = text(&charge, "id").to_owned();
    match behavior {
        Behavior::Declined(code, decline) => {
            emit(account, "charge.failed", &charge);
            let message = match decline {
                "insufficient_funds" => "Your card has insufficient funds.",
                "expired_card" => "Your card has expired.",
                "processing_error" => {
                    "An error occurred while processing your card. Try again in a little bit."
                }
                _ => "Your card was declined.",
            };
            let failure = Failure::declined(code, decline, message).with("charge", id.into());
            return Err(if code == "expired_card" { failure.at("exp_month") } else { failure });
        }
        Behavior::Disputed(reason) => {
            emit(account, "charge.succeeded", &charge);
            disputes::open(account, &id, "needs_response", reason);
        }
        Behavior::Inquired => {
            emit(account, "charge.succeeded", &charge);
            disputes::open(account, &id, "warning_needs_response", "fraudulent");
        }
        Behavior::Warned => {
            emit(account, "charge.succeeded", &charge);
            disputes::warn(account, &id);
        }
        Behavior::Plain
        | Behavior::Authenticates
        | Behavior::RefundPending
        | Behavior::RefundFails => emit(account, "charge.succeeded", &charge),
    }
    // The answer is from before the dispute: at Stripe it comes a moment later.
    Ok(charge)
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "amount",
        "capture",
        "currency",
        "customer",
        "description",
        "metadata",
        "receipt_email",
        "source",
    ])?;
    params.required("amount")?;
    let currency = currency::read(params)?;
    let amount = currency::amount(params, &currency)?.unwrap_or_default();
    currency::chargeable(amount, &currency)?;
    let is_captured = params.boolean("capture")?.unwrap_or(true);
    let metadata = params.metadata(&Value::Null)?;
    let customer = params.text("customer")?;
    let source = params.text("source")?;
    let description = params.text("description")?;
    let receipt_email = params.text("receipt_email")?;
    let method = match (customer, source) {
        (Some(customer), source) => {
            let found = customers::living(call.account, customer, "customer")?;
            let source = source.or(field(&found, "default_source").as_str());
            let Some(source) = source else {
                let message = "Cannot charge a customer that has no active card";
                let failure = Failure::declined("missing", "missing", message);
                return Err(Failure { status: 404, ..failure.at("card") });
            };
            let card = call.account.find_in(Kind::Card, source, "source")?;
            if text(card, "customer") != customer {
                let message =
                    format!("Customer {customer} does not have a linked source with ID {source}.");
                return Err(Failure::refused("missing", message).at("source"));
            }
            card.clone()
        }
        (None, Some(token)) => payment_methods::make_card(call.account, token, None)?,
        (None, None) => {
            let message = "Must provide source or customer.";
            return Err(Failure {
                param: None,
                ..Failure::invalid("parameter_missing", "source", message)
            });
        }
    };
    let new = NewCharge {
        amount,
        currency: &currency,
        customer,
        method: &method,
        payment_intent: None,
        description,
        is_captured,
        metadata,
        receipt_email,
        created: call.account.now(),
    };
    pay(call.account, &new)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Charge, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "customer",
        "payment_intent",
        "transfer_group",
        "created",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    let group = call.params.text("transfer_group")?;
    let list =
        List { kind: Kind::Charge, url: "/v1/charges", filters: &["customer", "payment_intent"] };
    page(call, &list, |charge| group.is_none_or(|group| text(charge, "transfer_group") == group))
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["description", "metadata", "receipt_email"])?;
    let current = call.account.find(Kind::Charge, &call.id)?.clone();
    let mut changes = serde_json::Map::new();
    for name in ["description", "receipt_email"] {
        if let Some(text) = call.params.unsettable(name)? {
            changes.insert(name.to_owned(), Some(text).filter(|text| !text.is_empty()).into());
        }
    }
    if call.params.has("metadata") {
        changes.insert("metadata".to_owned(), call.params.metadata(field(&current, "metadata"))?);
    }
    let previous = customers::previous(&current, &changes);
    let updated =
        call.account.update(Kind::Charge, &call.id, |charge| customers::merge(charge, changes));
    emit_change(call.account, "charge.updated", &updated, Some(previous));
    Ok(updated)
}

pub(crate) fn capture(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["amount"])?;
    let current = call.account.find(Kind::Charge, &call.id)?.clone();
    let asked = currency::amount(&call.params, text(&current, "currency"))?;
    let id = call.id.clone();
    capture_now(call.account, &id, asked)
}

/// Captures a charge that was only authorized.
pub(crate) fn capture_now(
    account: &mut Account,
    id: &str,
    asked: Option<i64>,
) -> Result<Value, Failure> {
    let charge = account.find(Kind::Charge, id)?.clone();
    if flag(&charge, "captured") {
        let message = format!("Charge {id} has already been captured.");
        return Err(Failure::refused("charge_already_captured", message));
    }
    if flag(&charge, "refunded") {
        let message = format!("Charge {id} has already been refunded.");
        return Err(Failure::refused("charge_already_refunded", message));
    }
    let authorized = int(&charge, "amount");
    let amount = asked.unwrap_or(authorized);
    if amount > authorized {
        let message = "You cannot capture a charge for an amount greater than it already has.";
        return Err(Failure::refused_plain(message).at("amount"));
    }
    let created = account.now();
    let transaction =
        record_transaction(account, id, "charge", amount, 0, text(&charge, "currency"), created);
    let captured = account.update(Kind::Charge, id, |charge| {
        set(charge, "captured", true);
        set(charge, "amount_captured", amount);
        set(charge, "balance_transaction", transaction);
    });
    emit_change(account, "charge.captured", &captured, Some(json!({"captured": false})));
    Ok(captured)
}
