//! Products, prices and the older plans: <https://docs.stripe.com/api/prices>.

use serde_json::{Value, json};

use super::account::Account;
use super::call::Call;
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::params::Params;
use super::value::{field, flag, int, set, text};
use super::{currency, customers};

const INTERVALS: [&str; 4] = ["day", "week", "month", "year"];

/// Makes a product, without an event.
pub(crate) fn make_product(account: &mut Account, name: &str) -> Value {
    let created = account.now();
    let product = json!({
        "id": account.new_id(Kind::Product),
        "object": "product",
        "active": true,
        "created": created,
        "default_price": null,
        "description": null,
        "images": [],
        "livemode": account.options.livemode,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "tax_details": null,
        "type": "service",
        "unit_label": null,
        "updated": created,
        "url": null,
    });
    account.insert(Kind::Product, product)
}

/// A price to be made.
pub(crate) struct NewPrice<'n> {
    pub(crate) product: &'n str,
    pub(crate) unit_amount: i64,
    pub(crate) currency: &'n str,
    /// Interval and how many of them; none for a single payment.
    pub(crate) recurring: Option<(&'n str, i64)>,
    pub(crate) lookup_key: Option<&'n str>,
    pub(crate) nickname: Option<&'n str>,
    pub(crate) metadata: Value,
}

/// Makes a price, without an event.
pub(crate) fn make_price(account: &mut Account, new: &NewPrice<'_>) -> Value {
    let recurring = new.recurring.map(|(interval, count)| {
        json!({
            "interval": interval,
            "interval_count": count,
            "meter": null,
            "trial_period_days": null,
            "usage_type": "licensed",
        })
    });
    let price = json!({
        "id": account.new_id(Kind::Price),
        "object": "price",
        "active": true,
        "billing_scheme": "per_unit",
        "created": account.now(),
        "currency": new.currency,
        "custom_unit_amount": null,
        "livemode": account.options.livemode,
        "lookup_key": new.lookup_key,
        "metadata": new.metadata,
        "nickname": new.nickname,
        "product": new.product,
        "recurring": recurring,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": if new.recurring.is_some() { "recurring" } else { "one_time" },
        "unit_amount": new.unit_amount,
        "unit_amount_decimal": new.unit_amount.to_string(),
    });
    account.insert(Kind::Price, price)
}

/// The older view of a recurring price.
pub(crate) fn plan_of(price: &Value) -> Value {
    let recurring = field(price, "recurring");
    json!({
        "id": text(price, "id"),
        "object": "plan",
        "active": flag(price, "active"),
        "amount": field(price, "unit_amount"),
        "amount_decimal": field(price, "unit_amount_decimal"),
        "billing_scheme": "per_unit",
        "created": field(price, "created"),
        "currency": field(price, "currency"),
        "interval": field(recurring, "interval"),
        "interval_count": field(recurring, "interval_count"),
        "livemode": field(price, "livemode"),
        "metadata": field(price, "metadata"),
        "meter": null,
        "nickname": field(price, "nickname"),
        "product": field(price, "product"),
        "tiers_mode": null,
        "transform_usage": null,
        "trial_period_days": null,
        "usage_type": "licensed",
    })
}

pub(crate) fn create_product(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["name", "description", "metadata", "active"])?;
    let name = call.params.required("name")?.to_owned();
    let metadata = call.params.metadata(&Value::Null)?;
    let description = call.params.text("description")?;
    let is_active = call.params.boolean("active")?.unwrap_or(true);
    let product = make_product(call.account, &name);
    let product = call.account.update(Kind::Product, text(&product, "id"), |product| {
        set(product, "description", description);
        set(product, "metadata", metadata);
        set(product, "active", is_active);
    });
    emit(call.account, "product.created", &product);
    Ok(product)
}

pub(crate) fn get_product(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Product, &call.id).cloned()
}

pub(crate) fn list_products(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["active", "created", "limit", "starting_after", "ending_before"])?;
    let is_active = call.params.boolean("active")?;
    let list = List { kind: Kind::Product, url: "/v1/products", filters: &[] };
    page(call, &list, |product| is_active.is_none_or(|wanted| flag(product, "active") == wanted))
}

pub(crate) fn update_product(call: &mut Call<'_>) -> Result<Value, Failure> {
    update(call, Kind::Product, &["name", "description", "metadata", "active"], "product.updated")
}

/// Changes texts, `active` and metadata of a product or price.
fn update(call: &mut Call<'_>, kind: Kind, known: &[&str], event: &str) -> Result<Value, Failure> {
    call.params.only(known)?;
    let current = call.account.find(kind, &call.id)?.clone();
    let mut changes = serde_json::Map::new();
    for name in ["name", "description", "nickname", "lookup_key"] {
        if let Some(text) = call.params.unsettable(name)? {
            changes.insert(name.to_owned(), Some(text).filter(|text| !text.is_empty()).into());
        }
    }
    if let Some(is_active) = call.params.boolean("active")? {
        changes.insert("active".to_owned(), is_active.into());
    }
    if call.params.has("metadata") {
        changes.insert("metadata".to_owned(), call.params.metadata(field(&current, "metadata"))?);
    }
    let previous = customers::previous(&current, &changes);
    let updated = call.account.update(kind, &call.id, |object| customers::merge(object, changes));
    let shown = if event.starts_with("plan.") { plan_of(&updated) } else { updated };
    emit_change(call.account, event, &shown, Some(previous));
    Ok(shown)
}

pub(crate) fn delete_product(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let product = call.account.find(Kind::Product, &call.id)?.clone();
    if !call.account.with(Kind::Price, "product", &call.id).is_empty() {
        let message =
            "This product cannot be deleted because it has one or more user-created prices.";
        return Err(Failure::refused_plain(message));
    }
    call.account.remove(Kind::Product, &call.id);
    emit(call.account, "product.deleted", &product);
    Ok(json!({"id": call.id, "object": "product", "deleted": true}))
}

/// `recurring[interval]` and `recurring[interval_count]`.
fn recurring(params: &Params) -> Result<Option<(String, i64)>, Failure> {
    let Some(recurring) =
        params.hash("recurring", &["interval", "interval_count", "usage_type"])?
    else {
        return Ok(None);
    };
    recurring.required("interval")?;
    let interval = recurring.choice("interval", &INTERVALS)?.unwrap_or("month").to_owned();
    recurring.choice("usage_type", &["licensed"])?;
    Ok(Some((interval, recurring.positive("interval_count")?.unwrap_or(1))))
}

/// What a price costs: zero and more.
fn unit_amount(params: &Params, name: &str) -> Result<i64, Failure> {
    params.required(name)?;
    let amount = params.integer(name)?.unwrap_or_default();
    if amount < 0 {
        let message = "This value must be greater than or equal to 0.";
        return Err(Failure::invalid("parameter_invalid_integer", name, message));
    }
    Ok(amount)
}

pub(crate) fn create_price(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "active",
        "currency",
        "lookup_key",
        "metadata",
        "nickname",
        "product",
        "product_data",
        "recurring",
        "unit_amount",
    ])?;
    let currency = currency::read(params)?;
    let unit_amount = unit_amount(params, "unit_amount")?;
    let recurring = recurring(params)?;
    let lookup_key = params.text("lookup_key")?;
    if let Some(key) = lookup_key
        && !call.account.with(Kind::Price, "lookup_key", key).is_empty()
    {
        let message = format!("A price already uses the lookup_key `{key}`.");
        return Err(Failure::refused("resource_already_exists", message).at("lookup_key"));
    }
    let metadata = params.metadata(&Value::Null)?;
    let product =
        match (params.text("product")?, params.hash("product_data", &["name", "metadata"])?) {
            (Some(id), None) => {
                text(call.account.find_in(Kind::Product, id, "product")?, "id").to_owned()
            }
            (None, Some(data)) => {
                let name = data.required("name")?.to_owned();
                let product = make_product(call.account, &name);
                emit(call.account, "product.created", &product);
                text(&product, "id").to_owned()
            }
            (_, _) => return Err(Failure::lacking("product")),
        };
    let new = NewPrice {
        product: &product,
        unit_amount,
        currency: &currency,
        recurring: recurring.as_ref().map(|(interval, count)| (interval.as_str(), *count)),
        lookup_key,
        nickname: params.text("nickname")?,
        metadata,
    };
    let price = make_price(call.account, &new);
    emit(call.account, "price.created", &price);
    Ok(price)
}

pub(crate) fn get_price(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Price, &call.id).cloned()
}

pub(crate) fn list_prices(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "active",
        "created",
        "currency",
        "ending_before",
        "limit",
        "lookup_keys",
        "product",
        "starting_after",
        "type",
    ])?;
    let is_active = call.params.boolean("active")?;
    let keys = call.params.texts("lookup_keys")?;
    let list =
        List { kind: Kind::Price, url: "/v1/prices", filters: &["product", "currency", "type"] };
    page(call, &list, |price| {
        is_active.is_none_or(|wanted| flag(price, "active") == wanted)
            && (keys.is_empty() || keys.iter().any(|key| text(price, "lookup_key") == key))
    })
}

pub(crate) fn update_price(call: &mut Call<'_>) -> Result<Value, Failure> {
    update(call, Kind::Price, &["active", "lookup_key", "metadata", "nickname"], "price.updated")
}

pub(crate) fn create_plan(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "amount",
        "currency",
        "interval",
        "interval_count",
        "metadata",
        "nickname",
        "product",
    ])?;
    let currency = currency::read(params)?;
    let amount = unit_amount(params, "amount")?;
    params.required("interval")?;
    let interval = params.choice("interval", &INTERVALS)?.unwrap_or("month");
    let count = params.positive("interval_count")?.unwrap_or(1);
    let metadata = params.metadata(&Value::Null)?;
    let product = if let Ok(Some(id)) = params.text("product") {
        text(call.account.find_in(Kind::Product, id, "product")?, "id").to_owned()
    } else {
        let data = params.hash("product", &["name", "metadata"])?;
        let data = data.ok_or_else(|| Failure::lacking("product"))?;
        let product = make_product(call.account, data.required("name")?);
        emit(call.account, "product.created", &product);
        text(&product, "id").to_owned()
    };
    let new = NewPrice {
        product: &product,
        unit_amount: amount,
        currency: &currency,
        recurring: Some((interval, count)),
        lookup_key: None,
        nickname: params.text("nickname")?,
        metadata,
    };
    let price = make_price(call.account, &new);
    let plan = plan_of(&price);
    emit(call.account, "plan.created", &plan);
    emit(call.account, "price.created", &price);
    Ok(plan)
}

pub(crate) fn update_plan(call: &mut Call<'_>) -> Result<Value, Failure> {
    update(call, Kind::Price, &["active", "metadata", "nickname"], "plan.updated")
}

pub(crate) fn delete_plan(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let price = call.account.find(Kind::Price, &call.id)?.clone();
    call.account.remove(Kind::Price, &call.id);
    emit(call.account, "plan.deleted", &plan_of(&price));
    emit(call.account, "price.deleted", &price);
    Ok(json!({"id": call.id, "object": "plan", "deleted": true}))
}

/// What `quantity` of a price cost.
pub(crate) fn total(price: &Value, quantity: i64) -> i64 {
    int(price, "unit_amount").saturating_mul(quantity)
}
