//! Coupons: <https://docs.stripe.com/api/coupons>.

use serde_json::{Value, json};

use super::call::Call;
use super::currency;
use super::events::{emit, emit_change};
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{field, set, text};

pub(crate) fn create(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&[
        "amount_off",
        "currency",
        "duration",
        "duration_in_months",
        "id",
        "max_redemptions",
        "metadata",
        "name",
        "percent_off",
        "redeem_by",
    ])?;
    let percent = percent_off(call)?;
    let amount = params.positive("amount_off")?;
    let currency = if amount.is_some() { Some(currency::read(params)?) } else { None };
    if percent.is_some() == amount.is_some() {
        let message = "You must pass either percent_off or amount_off, and not both.";
        return Err(Failure::invalid_plain("percent_off", message));
    }
    let duration = params.choice("duration", &["forever", "once", "repeating"])?.unwrap_or("once");
    let months = params.positive("duration_in_months")?;
    if (duration == "repeating") != months.is_some() {
        let message = "duration_in_months goes with the duration repeating, and only with it.";
        return Err(Failure::invalid_plain("duration_in_months", message));
    }
    let id = match params.text("id")? {
        Some(id) if call.account.get(Kind::Coupon, id).is_some() => {
            let message = format!("Coupon already exists: {id}");
            return Err(Failure::refused("resource_already_exists", message).at("id"));
        }
        Some(id) => id.to_owned(),
        None => call.account.new_token(8),
    };
    let coupon = json!({
        "id": id,
        "object": "coupon",
        "amount_off": amount,
        "created": call.account.now(),
        "currency": currency,
        "duration": duration,
        "duration_in_months": months,
        "livemode": call.account.options.livemode,
        "max_redemptions": params.positive("max_redemptions")?,
        "metadata": params.metadata(&Value::Null)?,
        "name": params.text("name")?,
        "percent_off": percent,
        "redeem_by": params.integer("redeem_by")?,
        "times_redeemed": 0,
        "valid": true,
    });
    let coupon = call.account.insert(Kind::Coupon, coupon);
    emit(call.account, "coupon.created", &coupon);
    Ok(coupon)
}

/// A percentage is a JSON number with decimals; it is kept as it was written.
fn percent_off(call: &Call<'_>) -> Result<Option<Value>, Failure> {
    let Some(written) = call.params.text("percent_off")? else { return Ok(None) };
    let refuse = || Failure::invalid_plain("percent_off", format!("Invalid decimal: {written}"));
    let whole = written.split('.').next().unwrap_or_default();
    let whole: u32 = whole.parse().map_err(|_| refuse())?;
    let number: Value = serde_json::from_str(written).map_err(|_| refuse())?;
    if whole > 100 || written == "0" { Err(refuse()) } else { Ok(Some(number)) }
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Coupon, &call.id).cloned()
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["created", "limit", "starting_after", "ending_before"])?;
    page(call, &List { kind: Kind::Coupon, url: "/v1/coupons", filters: &[] }, |_| true)
}

pub(crate) fn update(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["metadata", "name"])?;
    let current = call.account.find(Kind::Coupon, &call.id)?.clone();
    let metadata = call.params.metadata(field(&current, "metadata"))?;
    let name = call.params.unsettable("name")?;
    let updated = call.account.update(Kind::Coupon, &call.id, |coupon| {
        set(coupon, "metadata", metadata);
        if let Some(name) = name {
            set(coupon, "name", name);
        }
    });
    let previous = json!({"metadata": field(&current, "metadata")});
    emit_change(call.account, "coupon.updated", &updated, Some(previous));
    Ok(updated)
}

pub(crate) fn delete(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    let coupon = call.account.find(Kind::Coupon, &call.id)?.clone();
    call.account.remove(Kind::Coupon, &call.id);
    emit(call.account, "coupon.deleted", &coupon);
    Ok(json!({"id": text(&coupon, "id"), "object": "coupon", "deleted": true}))
}
