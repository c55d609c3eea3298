//! Payment methods, and the older cards (`sources`) of customers.

use serde_json::{Value, json};

use super::account::Account;
use super::call::Call;
use super::cards::{self, Behavior};
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{deep_text, field, set, text};

/// Makes a payment method out of a card. No event: Stripe sends one only when it is attached.
pub(crate) fn make(
    account: &mut Account,
    brand: &str,
    last4: &str,
    fingerprint: Option<&str>,
    behavior: Behavior,
) -> Value {
    let id = account.new_id(Kind::PaymentMethod);
    let made = fingerprint.map_or_else(|| print_of(brand, last4), str::to_owned);
    account.behaviors.insert(id.clone(), behavior);
    let method = json!({
        "id": id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": empty_address(),
            "email": null,
            "name": null,
            "phone": null,
            "tax_id": null,
        },
        "card": cards::of_payment_method(brand, last4, &made),
        "created": account.now(),
        "customer": null,
        "customer_account": null,
        "livemode": account.options.livemode,
        "metadata": {},
        "type": "card",
    });
    account.insert(Kind::PaymentMethod, method)
}

/// The same card has the same fingerprint wherever it is used.
fn print_of(brand: &str, last4: &str) -> String {
    format!("fp{brand}{last4}{last4}")
}

/// An address of which nothing is known.
pub(crate) fn empty_address() -> Value {
    json!({
        "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null,
    })
}

/// The payment method that a parameter names: an existing one, or a test card.
pub(crate) fn resolve(account: &mut Account, id: &str, param: &str) -> Result<Value, Failure> {
    if let Some(method) = account.get(Kind::PaymentMethod, id) {
        return Ok(method.clone());
    }
    match cards::by_token(id) {
        Some(card) if id.starts_with("pm_card_") => {
            Ok(make(account, card.brand, card.last4, None, card.behavior))
        }
        _ => Err(Failure::missing_in(Kind::PaymentMethod, id, param)),
    }
}

/// What charging or refunding this payment method or card will do.
pub(crate) fn behavior(account: &Account, id: &str) -> Behavior {
    account.behaviors.get(id).copied().unwrap_or(Behavior::Plain)
}

/// Attaches a payment method to a customer.
pub(crate) fn attach_to(account: &mut Account, method: &str, customer: &str) -> Value {
    let attached =
        account.update(Kind::PaymentMethod, method, |method| set(method, "customer", customer));
    emit(account, "payment_method.attached", &attached);
    attached
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&["type", "card", "billing_details", "metadata", "allow_redisplay"])?;
    if params.required("type")? != "card" {
        return Err(Failure::invalid_plain("type", "The stand-in takes cards only"));
    }
    let known = ["token", "number", "exp_month", "exp_year", "cvc"];
    let card = params.hash("card", &known)?.ok_or_else(|| Failure::lacking("card"))?;
    if card.has("number") {
        let message = "Sending credit card numbers directly to the Stripe API is generally unsafe. Use \
                       test tokens instead.";
        return Err(Failure::invalid_plain("card[number]", message));
    }
    let token = card.required("token")?;
    let test = cards::by_token(token).filter(|_| token.starts_with("tok_"));
    let test = test.ok_or_else(|| {
        let message = format!("No such token: '{token}'");
        Failure::refused("resource_missing", message).at("card[token]")
    })?;
    let details = billing_details(call)?;
    let metadata = call.params.metadata(&Value::Null)?;
    let method = make(call.account, test.brand, test.last4, None, test.behavior);
    Ok(call.account.update(Kind::PaymentMethod, text(&method, "id"), |method| {
        set(method, "metadata", metadata);
        set(method, "billing_details", details);
    }))
}

fn billing_details(call: &Call<'_>) -> Result<Value, Failure> {
    let mut details = json!({
        "address": empty_address(), "email": null, "name": null, "phone": null, "tax_id": null,
    });
    if let Some(given) =
        call.params.hash("billing_details", &["email", "name", "phone", "address"])?
    {
        for name in ["email", "name", "phone"] {
            set(&mut details, name, given.unsettable(name)?.filter(|text| !text.is_empty()));
        }
        set(&mut details, "address", super::customers::address(&given)?);
    }
    Ok(details)
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::PaymentMethod, &call.id).cloned()
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["metadata"])?;
    let current = call.account.find(Kind::PaymentMethod, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let updated = call
        .account
        .update(Kind::PaymentMethod, &call.id, |method| set(method, "metadata", metadata));
    let previous = json!({"metadata": field(&current, "metadata")});
    emit_change(call.account, "payment_method.updated", &updated, Some(previous));
    Ok(updated)
}

pub(crate) fn attach(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["customer"])?;
    let customer = call.params.required("customer")?.to_owned();
    super::customers::living(call.account, &customer, "customer")?;
    let method = resolve(call.account, &call.id, "payment_method")
        .map_err(|failure| Failure { status: 404, ..failure })?;
    if !field(&method, "customer").is_null() {
        let message = "The payment method you provided has already been attached to a customer.";
        return Err(Failure::refused_plain(message));
    }
    Ok(attach_to(call.account, text(&method, "id"), &customer))
}

pub(crate) fn detach(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let method = call.account.find(Kind::PaymentMethod, &call.id)?;
    let previous = json!({"customer": field(method, "customer")});
    if field(method, "customer").is_null() {
        let message = "The payment method you provided is not attached to a customer so detachment is \
                       impossible.";
        return Err(Failure::refused_plain(message));
    }
    let detached = call
        .account
        .update(Kind::PaymentMethod, &call.id, |method| set(method, "customer", Value::Null));
    emit_change(call.account, "payment_method.detached", &detached, Some(previous));
    Ok(detached)
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["customer", "type", "limit", "starting_after", "ending_before"])?;
    let wanted = call.params.text("type")?.unwrap_or("card");
    let list =
        List { kind: Kind::PaymentMethod, url: "/v1/payment_methods", filters: &["customer"] };
    if !call.params.has("customer") {
        return Err(Failure::lacking("customer"));
    }
    page(call, &list, |method| text(method, "type") == wanted)
}

pub(crate) fn of_customer(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["type", "limit", "starting_after", "ending_before"])?;
    call.account.find(Kind::Customer, &call.id)?;
    let wanted = call.params.text("type")?;
    let url = format!("/v1/customers/{}/payment_methods", call.id);
    let list = List { kind: Kind::PaymentMethod, url: &url, filters: &[] };
    page(call, &list, |method| {
        text(method, "customer") == call.id
            && wanted.is_none_or(|kind| text(method, "type") == kind)
    })
}

/// Makes an old-style card out of a token.
pub(crate) fn make_card(
    account: &mut Account,
    token: &str,
    customer: Option<&str>,
) -> Result<Value, Failure> {
    let test = cards::by_token(token).filter(|_| token.starts_with("tok_"));
    let test = test.ok_or_else(|| {
        Failure::refused("resource_missing", format!("No such token: '{token}'")).at("source")
    })?;
    let id = account.new_id(Kind::Card);
    account.behaviors.insert(id.clone(), test.behavior);
    let card = json!({
        "id": id,
        "object": "card",
        "address_city": null,
        "address_country": null,
        "address_line1": null,
        "address_line1_check": null,
        "address_line2": null,
        "address_state": null,
        "address_zip": null,
        "address_zip_check": null,
        "allow_redisplay": "unspecified",
        "brand": display_brand(test.brand),
        "country": "US",
        "customer": customer,
        "cvc_check": "pass",
        "dynamic_last4": null,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": print_of(test.brand, test.last4),
        "funding": "credit",
        "last4": test.last4,
        "metadata": {},
        "name": null,
        "regulated_status": "unregulated",
        "tokenization_method": null,
        "wallet": null,
    });
    Ok(account.insert(Kind::Card, card))
}

fn display_brand(brand: &str) -> &'static str {
    match brand {
        "mastercard" => "MasterCard",
        "amex" => "American Express",
        "discover" => "Discover",
        _ => "Visa",
    }
}

/// Brand in small letters, last four digits and fingerprint of a payment method or card.
pub(crate) fn face(method: &Value) -> (String, String, String) {
    let at = |pointer: &str, plain: &str| {
        deep_text(method, pointer).unwrap_or_else(|| text(method, plain)).to_owned()
    };
    let brand = match at("/card/brand", "brand").as_str() {
        "American Express" => "amex".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    (brand, at("/card/last4", "last4"), at("/card/fingerprint", "fingerprint"))
}

pub(crate) fn create_source(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["source", "metadata"])?;
    let customer = super::customers::living(call.account, &call.id, "customer")?;
    let metadata = call.params.metadata(&Value::Null)?;
    let source = call.params.required("source")?.to_owned();
    let card = make_card(call.account, &source, Some(&call.id))?;
    let id = text(&card, "id").to_owned();
    let card = call.account.update(Kind::Card, &id, |card| set(card, "metadata", metadata));
    if field(&customer, "default_source").is_null() {
        call.account.update(Kind::Customer, &call.id, |customer| {
            set(customer, "default_source", id.as_str());
        });
    }
    emit(call.account, "customer.source.created", &card);
    Ok(card)
}

pub(crate) fn update_source(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["metadata", "name", "exp_month", "exp_year"])?;
    let current = call.account.find(Kind::Card, &call.inner_id)?.clone();
    if text(&current, "customer") != call.id {
        return Err(Failure::missing(Kind::Card, &call.inner_id, "id"));
    }
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let month = call.params.integer("exp_month")?;
    let year = call.params.integer("exp_year")?;
    let name = call.params.text("name")?;
    let updated = call.account.update(Kind::Card, &call.inner_id, |card| {
        set(card, "metadata", metadata);
        if let Some(month) = month {
            set(card, "exp_month", month);
        }
        if let Some(year) = year {
            set(card, "exp_year", year);
        }
        if let Some(name) = name {
            set(card, "name", name);
        }
    });
    let previous = json!({"metadata": field(&current, "metadata")});
    emit_change(call.account, "customer.source.updated", &updated, Some(previous));
    Ok(updated)
}
