//! Events and their signed webhooks: <https://docs.stripe.com/webhooks>.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::API_VERSION;
use super::account::Account;
use super::call::Call;
use super::failure::Failure;
use super::kind::Kind;
use super::list::{List, page};
use super::value::{field, int, list, set, set_deep, text};
use crate::delivery::Delivery;

/// Events are listed for this long, in seconds: 30 days.
const LISTED_S: i64 = 30 * 24 * 60 * 60;

/// So many events are kept at most.
const MAX_EVENTS: usize = 20_000;

/// Records an event about `object` and sends it to every endpoint that wants it.
pub(crate) fn emit(account: &mut Account, kind: &str, object: &Value) {
    emit_change(account, kind, object, None);
}

/// As [`emit`], for a change: `previous` holds the former values of the changed fields.
pub(crate) fn emit_change(
    account: &mut Account,
    kind: &str,
    object: &Value,
    previous: Option<Value>,
) {
    let id = account.new_id(Kind::Event);
    let request = account.origin.as_ref().map_or_else(
        || json!({"id": null, "idempotency_key": null}),
        |origin| json!({"id": origin.request, "idempotency_key": origin.idempotency_key}),
    );
    let wanted: Vec<(Option<String>, String)> = endpoints(account, kind);
    let mut event = json!({
        "id": id,
        "object": "event",
        "api_version": API_VERSION,
        "created": account.now(),
        "data": {},
        "livemode": account.options.livemode,
        "pending_webhooks": wanted.len(),
        "request": request,
        "type": kind,
    });
    set_deep(&mut event, "/data", "object", object.clone());
    if let Some(previous) = previous {
        set_deep(&mut event, "/data", "previous_attributes", previous);
    }
    let event = account.insert(Kind::Event, event);
    account.table(Kind::Event).keep_newest(MAX_EVENTS);
    let Ok(body) = serde_json::to_vec_pretty(&event) else { return };
    for (url, secret) in wanted {
        let signature = sign(&secret, account.now(), &body);
        let headers = vec![
            ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()),
            ("User-Agent".to_owned(), "Stripe/1.0 (+https://stripe.com/docs/webhooks)".to_owned()),
            ("Stripe-Signature".to_owned(), signature),
        ];
        // Nobody listens any more when the receiver is gone; the event itself is recorded.
        let delivery = Delivery { id: id.clone(), url, headers, body: body.clone() };
        let _ = account.deliveries.send(delivery);
    }
}

fn endpoints(account: &Account, kind: &str) -> Vec<(Option<String>, String)> {
    let default = account.options.webhook_secret.clone().map(|secret| (None, secret));
    let registered = account.all(Kind::WebhookEndpoint).filter(|endpoint| {
        let wants = |wanted: &Value| wanted == "*" || wanted == kind;
        text(endpoint, "status") == "enabled" && list(endpoint, "enabled_events").iter().any(wants)
    });
    let registered = registered.map(|endpoint| {
        (Some(text(endpoint, "url").to_owned()), text(endpoint, "secret").to_owned())
    });
    default.into_iter().chain(registered).collect()
}

/// The value of `Stripe-Signature` for `body` at `now`, in seconds. The key is the whole secret,
/// prefix included.
pub fn sign(secret: &str, now: i64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(now.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={now},v1={}", hex::encode(mac.finalize().into_bytes()))
}

pub(crate) fn index(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[
        "type",
        "types",
        "created",
        "delivery_success",
        "limit",
        "starting_after",
        "ending_before",
    ])?;
    call.params.boolean("delivery_success")?;
    let one = call.params.text("type")?.map(str::to_owned);
    let many = call.params.texts("types")?;
    let oldest = call.account.now().saturating_sub(LISTED_S);
    let keeps = |event: &Value| {
        let kind = text(event, "type");
        int(event, "created") >= oldest
            && one.as_deref().is_none_or(|wanted| matches(wanted, kind))
            && (many.is_empty() || many.iter().any(|wanted| matches(wanted, kind)))
    };
    page(call, &List { kind: Kind::Event, url: "/v1/events", filters: &[] }, keeps)
}

/// `charge.*` matches every event about charges.
fn matches(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => wanted == kind,
    }
}

pub(crate) fn get(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::Event, &call.id).cloned()
}

pub(crate) fn create_endpoint(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&["url", "enabled_events", "api_version", "description", "metadata"])?;
    let url = params.required("url")?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Failure::invalid("url_invalid", "url", "Not a valid URL"));
    }
    let wanted = params.texts("enabled_events")?;
    if wanted.is_empty() {
        return Err(Failure::lacking("enabled_events"));
    }
    if let Some(version) = params.text("api_version")?
        && version != API_VERSION
    {
        let message = format!("Invalid API version: the stand-in speaks {API_VERSION} only");
        return Err(Failure::invalid_plain("api_version", message));
    }
    let endpoint = json!({
        "id": call.account.new_id(Kind::WebhookEndpoint),
        "object": "webhook_endpoint",
        "api_version": params.text("api_version")?,
        "application": null,
        "created": call.account.now(),
        "description": params.text("description")?,
        "enabled_events": wanted,
        "livemode": call.account.options.livemode,
        "metadata": params.metadata(&Value::Null)?,
        "secret": format!("whsec_{}", call.account.new_token(32)),
        "status": "enabled",
        "url": url,
    });
    Ok(call.account.insert(Kind::WebhookEndpoint, endpoint))
}

/// The secret is shown only in the reply that creates the endpoint.
fn without_secret(mut endpoint: Value) -> Value {
    if let Some(map) = endpoint.as_object_mut() {
        map.shift_remove("secret");
    }
    endpoint
}

pub(crate) fn get_endpoint(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::WebhookEndpoint, &call.id).cloned().map(without_secret)
}

pub(crate) fn list_endpoints(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&["limit", "starting_after", "ending_before"])?;
    let list = List { kind: Kind::WebhookEndpoint, url: "/v1/webhook_endpoints", filters: &[] };
    let mut found = page(call, &list, |_| true)?;
    if let Some(rows) = found.get_mut("data").and_then(Value::as_array_mut) {
        for row in rows {
            *row = without_secret(row.take());
        }
    }
    Ok(found)
}

pub(crate) fn update_endpoint(call: &mut Call<'_>) -> Result<Value, Failure> {
    let params = &call.params;
    params.only(&["url", "enabled_events", "description", "disabled", "metadata"])?;
    let current = call.account.find(Kind::WebhookEndpoint, &call.id)?.clone();
    let metadata = params.metadata(field(&current, "metadata"))?;
    let url = params.text("url")?;
    let wanted = params.texts("enabled_events")?;
    let is_disabled = params.boolean("disabled")?;
    let description = params.unsettable("description")?;
    let changed = call.account.update(Kind::WebhookEndpoint, &call.id, |endpoint| {
        set(endpoint, "metadata", metadata);
        if let Some(url) = url {
            set(endpoint, "url", url);
        }
        if let Some(description) = description {
            set(endpoint, "description", description);
        }
        if !wanted.is_empty() {
            set(endpoint, "enabled_events", wanted);
        }
        if let Some(is_disabled) = is_disabled {
            set(endpoint, "status", if is_disabled { "disabled" } else { "enabled" });
        }
    });
    Ok(without_secret(changed))
}

pub(crate) fn delete_endpoint(call: &mut Call<'_>) -> Result<Value, Failure> {
    call.params.only(&[])?;
    call.account.find(Kind::WebhookEndpoint, &call.id)?;
    call.account.remove(Kind::WebhookEndpoint, &call.id);
    Ok(json!({"id": call.id, "object": "webhook_endpoint", "deleted": true}))
}
