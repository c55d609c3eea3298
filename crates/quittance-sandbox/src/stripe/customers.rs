//! Customers: <https://docs.stripe.com/api/customers>.

use serde_json::{Map, Value, json};

use super::account::Account;
use super::call::Call;
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::params::Params;
use super::payment_methods;
use super::value::{field, flag, set, set_deep, text};

const WRITABLE: [&str; 14] = [
    "address",
    "balance",
    "description",
    "default_source",
    "email",
    "invoice_settings",
    "metadata",
    "name",
    "payment_method",
    "phone",
    "preferred_locales",
    "shipping",
    "source",
    "tax_exempt",
];

/// A customer that has not been deleted.
pub(crate) fn living(account: &Account, id: &str, param: &str) -> Result<Value, Failure> {
    let customer = account.find_in(Kind::Customer, id, param)?;
    if flag(customer, "deleted") {
        return Err(Failure::missing_in(Kind::Customer, id, param));
    }
    Ok(customer.clone())
}

/// Makes a customer, without an event.
pub(crate) fn make(account: &mut Account, created: i64) -> Value {
    let invoice_prefix = account.new_token(8).to_ascii_uppercase();
    let customer = json!({
        "id": account.new_id(Kind::Customer),
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": created,
        "currency": null,
        "customer_account": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "email": null,
        "invoice_prefix": invoice_prefix,
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": account.options.livemode,
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    });
    account.insert(Kind::Customer, customer)
}

/// The `address` member of `params`, if there is one.
pub(crate) fn address(params: &Params) -> Result<Value, Failure> {
    let known = ["city", "country", "line1", "line2", "postal_code", "state"];
    let Some(given) = params.hash("address", &known)? else { return Ok(Value::Null) };
    let mut address = payment_methods::empty_address();
    for name in known {
        set(&mut address, name, given.unsettable(name)?.filter(|text| !text.is_empty()));
    }
    Ok(address)
}

/// The members that the request sets, checked.
fn changes(call: &Call<'_>, current: &Value) -> Result<Map<String, Value>, Failure> {
    let params = &call.params;
    params.only(&WRITABLE)?;
    let mut changes = Map::new();
    for name in ["description", "email", "name", "phone"] {
        if let Some(text) = params.unsettable(name)? {
            if name == "email" && !text.is_empty() && !text.contains('@') {
                let message = format!("Invalid email address: {text}");
                return Err(Failure::invalid("email_invalid", "email", message));
            }
            let text = Some(text).filter(|text| !text.is_empty());
            changes.insert(name.to_owned(), text.into());
        }
    }
    if params.has("metadata") {
        changes.insert("metadata".to_owned(), params.metadata(field(current, "metadata"))?);
    }
    if params.has("address") {
        changes.insert("address".to_owned(), address(params)?);
    }
    if let Some(shipping) = params.hash("shipping", &["address", "name", "phone"])? {
        let made = json!({
            "address": address(&shipping)?,
            "name": shipping.required("name")?,
            "phone": shipping.text("phone")?,
        });
        changes.insert("shipping".to_owned(), made);
    }
    if let Some(balance) = params.integer("balance")? {
        changes.insert("balance".to_owned(), balance.into());
    }
    if let Some(exempt) = params.choice("tax_exempt", &["none", "exempt", "reverse"])? {
        changes.insert("tax_exempt".to_owned(), exempt.into());
    }
    if params.has("preferred_locales") {
        changes.insert("preferred_locales".to_owned(), params.texts("preferred_locales")?.into());
    }
    Ok(changes)
}

/// Cards and payment methods that come with the request.
fn attach(call: &mut Call<'_>, customer: &str) -> Result<(), Failure> {
    let given = call.params.text("payment_method")?.map(str::to_owned);
    let settings = call
        .params
        .hash("invoice_settings", &["custom_fields", "default_payment_method", "footer"])?;
    let mut preferred = match &settings {
        Some(settings) => settings.text("default_payment_method")?.map(str::to_owned),
        None => None,
    };
    if let Some(source) = call.params.text("source")?.map(str::to_owned) {
        let card = payment_methods::make_card(call.account, &source, Some(customer))?;
        call.account.update(Kind::Customer, customer, |customer| {
            set(customer, "default_source", text(&card, "id"));
        });
    }
    if let Some(given) = given {
        let method = payment_methods::resolve(call.account, &given, "payment_method")?;
        let id = text(&method, "id").to_owned();
        payment_methods::attach_to(call.account, &id, customer);
        // A test card named twice in one request is one card.
        if preferred.as_ref() == Some(&given) {
            preferred = Some(id);
        }
    }
    if let Some(preferred) = preferred {
        let param = "invoice_settings[default_payment_method]";
        let method = call.account.find_in(Kind::PaymentMethod, &preferred, param)?;
        if text(method, "customer") != customer {
            let message = "The customer does not have a payment method with the ID ".to_owned()
                + &preferred
                + ". The payment method must be attached to the customer.";
            return Err(Failure::refused("resource_missing", message).at(param));
        }
        call.account.update(Kind::Customer, customer, |customer| {
            set_deep(customer, "/invoice_settings", "default_payment_method", preferred);
        });
    }
    Ok(())
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let changes = changes(call, &Value::Null)?;
    let now = call.account.now();
    let id = text(&make(call.account, now), "id").to_owned();
    call.account.update(Kind::Customer, &id, |customer| merge(customer, changes));
    if let Err(failure) = attach(call, &id) {
        call.account.remove(Kind::Customer, &id);
        return Err(failure);
    }
    let created = call.account.find(Kind::Customer, &id)?.clone();
    emit(call.account, "customer.created", &created);
    Ok(created)
}

/// Puts all `changes` in place.
pub(crate) fn merge(value: &mut Value, changes: Map<String, Value>) {
    if let Some(map) = value.as_object_mut() {
        map.extend(changes);
    }
}

/// What the fields named in `changes` were before.
pub(crate) fn previous(current: &Value, changes: &Map<String, Value>) -> Value {
    let before = |name: &String| (name.clone(), field(current, name).clone());
    Value::Object(changes.keys().map(before).collect())
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let customer = call.account.find(Kind::Customer, &call.id)?;
    if flag(customer, "deleted") {
        return Ok(gone(&call.id));
    }
    Ok(customer.clone())
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["email", "created", "limit", "starting_after", "ending_before"])?;
    let list = List { kind: Kind::Customer, url: "/v1/customers", filters: &["email"] };
    page(call, &list, |customer| !flag(customer, "deleted"))
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    let current = call.account.find(Kind::Customer, &call.id)?.clone();
    if flag(&current, "deleted") {
        return Err(Failure::missing(Kind::Customer, &call.id, "id"));
    }
    let changes = changes(call, &current)?;
    let before = previous(&current, &changes);
    let id = call.id.clone();
    attach(call, &id)?;
    let updated = call.account.update(Kind::Customer, &id, |customer| merge(customer, changes));
    emit_change(call.account, "customer.updated", &updated, Some(before));
    Ok(updated)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let current = living(call.account, &call.id, "id")
        .map_err(|failure| Failure { status: 404, ..failure })?;
    let ids: Vec<String> = call
        .account
        .with(Kind::Subscription, "customer", &call.id)
        .iter()
        .filter(|subscription| text(subscription, "status") != "canceled")
        .map(|subscription| text(subscription, "id").to_owned())
        .collect();
    for subscription in ids {
        super::subscriptions::end(call.account, &subscription, &Value::Null);
    }
    call.account.update(Kind::Customer, &call.id, |customer| {
        let created = field(customer, "created").clone();
        *customer = gone(&call.id);
        // Kept for the order of lists; the answer does not show it.
        set(customer, "created", created);
    });
    emit(call.account, "customer.deleted", &current);
    Ok(gone(&call.id))
}

/// All that is left of a deleted customer.
fn gone(id: &str) -> Value {
    json!({"id": id, "object": "customer", "deleted": true})
}
