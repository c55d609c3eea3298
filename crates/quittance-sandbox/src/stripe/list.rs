//! Lists: newest first, in pages: <https://docs.stripe.com/api/pagination>.

use serde_json::{Value, json};

use super::call::Call;
use super::failure::Failure;
use super::kind::Kind;
use super::value::{int, maybe_text, set, text};

/// The largest page.
const MAX_LIMIT: i64 = 100;
/// The page without `limit`.
const DEFAULT_LIMIT: i64 = 10;

/// What a list endpoint lists.
pub(crate) struct List<'l> {
    pub(crate) kind: Kind,
    pub(crate) url: &'l str,
    /// Parameters that must equal the field of the same name.
    pub(crate) filters: &'l [&'static str],
}

/// One page of the objects that pass the filters and `keeps`.
pub(crate) fn page(
    call: &Call<'_>,
    list: &List<'_>,
    keeps: impl Fn(&Value) -> bool,
) -> Result<Value, Failure> {
    let mut wanted = Vec::new();
    for filter in list.filters {
        if let Some(value) = call.params.text(filter)? {
            known(call, filter, value)?;
            wanted.push((*filter, value));
        }
    }
    let created = call.params.range("created")?;
    let rows: Vec<&Value> = match wanted.first() {
        Some((field, value)) => call.account.with(list.kind, field, value),
        None => call.account.all(list.kind).collect(),
    };
    let rows = rows.into_iter().filter(|row| {
        created.holds(int(row, "created"))
            && wanted.iter().all(|(field, value)| maybe_text(row, field) == Some(value))
            && keeps(row)
    });
    cut(call, list, &rows.collect::<Vec<_>>())
}

/// A filter by an object that does not exist is a mistake, not an empty list.
fn known(call: &Call<'_>, filter: &str, id: &str) -> Result<(), Failure> {
    let kind = match filter {
        "customer" => Kind::Customer,
        "charge" => Kind::Charge,
        "payment_intent" => Kind::PaymentIntent,
        "invoice" => Kind::Invoice,
        "subscription" => Kind::Subscription,
        "product" => Kind::Product,
        _ => return Ok(()),
    };
    call.account.find_in(kind, id, filter).map(|_| ())
}

/// Cuts the page out of all `rows`, newest first.
pub(crate) fn cut(call: &Call<'_>, list: &List<'_>, rows: &[&Value]) -> Result<Value, Failure> {
    let limit = call.params.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let bound =
            if limit < 1 { "greater than or equal to 1" } else { "less than or equal to 100" };
        let message = format!("This value must be {bound}.");
        return Err(Failure::invalid("parameter_invalid_integer", "limit", message));
    }
    let limit = usize::try_from(limit).unwrap_or(1);
    let after = call.params.text("starting_after")?;
    let before = call.params.text("ending_before")?;
    let position = |id: &str, param: &str| {
        rows.iter()
            .position(|row| text(row, "id") == id)
            .ok_or_else(|| Failure::missing_in(list.kind, id, param))
    };
    let (data, has_more): (Vec<&Value>, bool) = match (after, before) {
        (Some(_), Some(_)) => {
            let message =
                "You can only specify one of these parameters: starting_after, ending_before.";
            return Err(Failure::invalid("parameters_exclusive", "starting_after", message));
        }
        (None, Some(id)) => {
            let end = position(id, "ending_before")?;
            let start = end.saturating_sub(limit);
            let data = rows.iter().take(end).skip(start).copied().collect();
            (data, start > 0)
        }
        (after, None) => {
            let start = match after {
                Some(id) => position(id, "starting_after")?.saturating_add(1),
                None => 0,
            };
            let data = rows.iter().skip(start).take(limit).copied().collect();
            (data, rows.len() > start.saturating_add(limit))
        }
    };
    let mut page = json!({"object": "list", "data": null, "has_more": has_more, "url": list.url});
    set(&mut page, "data", data.into_iter().cloned().collect::<Vec<Value>>());
    Ok(page)
}
