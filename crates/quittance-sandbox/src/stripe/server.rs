//! From an HTTP request to an answer: keys, versions, limits, idempotency, and then the endpoint.

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::account::{Account, Origin};
use super::call::Call;
use super::expand;
use super::failure::Failure;
use super::faults::Fault;
use super::idempotency::Answer;
use super::params::Params;
use super::routes::{self, Found};
use super::{API_VERSION, Stripe};

/// The largest request body, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// What the caller gets.
enum Reply {
    /// An answer.
    Answer(Answer, Extra),
    /// Nothing: the connection closes.
    Nothing,
}

/// What the answer's headers say beside the answer.
#[derive(Clone, Debug, Default)]
struct Extra {
    key: Option<String>,
    is_replayed: bool,
    retry: Option<bool>,
    limited: bool,
}

/// Answers one request.
pub(crate) async fn respond(stripe: Stripe, parts: Parts, body: Bytes) -> Response {
    let request = stripe.with(|account| format!("req_{}", account.new_token(14)));
    let reply = match answer(&stripe, &parts, &body, &request).await {
        Ok(reply) => reply,
        Err(failure) => Reply::Answer(refusal(&failure, &request), extra_of(&failure)),
    };
    stripe.record(
        &parts,
        &body,
        match &reply {
            Reply::Answer(answer, _) => Some((answer.status, answer.body.as_slice())),
            Reply::Nothing => None,
        },
    );
    match reply {
        Reply::Answer(answer, extra) => http(&request, &parts.headers, answer, &extra),
        Reply::Nothing => hang_up(),
    }
}

fn refusal(failure: &Failure, request: &str) -> Answer {
    let body = serde_json::to_vec_pretty(&failure.body(request)).unwrap_or_default();
    Answer { status: failure.status, body, request: request.to_owned() }
}

fn extra_of(failure: &Failure) -> Extra {
    let retry =
        matches!(failure.code, Some("idempotency_key_in_use" | "lock_timeout")).then_some(true);
    Extra { retry, limited: failure.code == Some("rate_limit"), ..Extra::default() }
}

/// A response whose body breaks before its first byte: the server closes the connection with
/// nothing sent.
fn hang_up() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Response::new(Body::from_stream(broken))
}

fn http(request: &str, asked: &HeaderMap, answer: Answer, extra: &Extra) -> Response {
    let version = asked.get("stripe-version").and_then(|version| version.to_str().ok());
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header("request-id", request)
        .header("stripe-version", version.unwrap_or(API_VERSION));
    if let Some(key) = &extra.key {
        response =
            response.header("idempotency-key", key).header("original-request", &answer.request);
    }
    if extra.is_replayed {
        response = response.header("idempotent-replayed", "true");
    }
    if let Some(retry) = extra.retry {
        response = response.header("stripe-should-retry", retry.to_string());
    }
    if extra.limited {
        response = response.header("stripe-rate-limited-reason", "global-rate");
    }
    response.body(Body::from(answer.body)).unwrap_or_else(|_| {
        let mut failed = Response::new(Body::empty());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

async fn answer(
    stripe: &Stripe,
    parts: &Parts,
    body: &Bytes,
    request: &str,
) -> Result<Reply, Failure> {
    let method = parts.method.as_str();
    let path = parts.uri.path();
    let permissions = stripe.with(|account| authorize(account, &parts.headers))?;
    let is_pinned = check_version(&parts.headers)?;
    let found = routes::find(method, path).ok_or_else(|| Failure::unrecognized(method, path))?;
    stripe.count(found.route.endpoint);
    permit(permissions.as_deref(), &found, method, &parts.headers)?;
    let fault = stripe.next_fault(found.route.endpoint);
    match fault {
        Some(Fault::RateLimit429) => return Err(Failure::rate_limited()),
        Some(Fault::LockTimeout429) => return Err(Failure::locked()),
        Some(Fault::DropBeforeEffect) => return Ok(Reply::Nothing),
        _ => {}
    }
    let params = read_params(parts, body)?;
    let key = idempotency_key(method, &parts.headers);
    if let Some(key) = &key
        && let Some(stored) = stripe.begin(key, path, params.fields())?
    {
        stripe.count_replay();
        let extra = Extra { key: Some(key.clone()), is_replayed: true, ..Extra::default() };
        return Ok(shape(fault, stored, extra));
    }
    if let Some(Fault::Delay(time)) = fault {
        tokio::time::sleep(time).await;
    }
    if found.route.endpoint == "POST /v1/refunds" {
        stripe.run_hook();
    }
    let origin = Origin { request: request.to_owned(), idempotency_key: key.clone() };
    let result = if fault == Some(Fault::Error500) {
        Err(Failure::internal())
    } else {
        stripe.with(|account| execute(account, found, params, is_pinned, origin))
    };
    let result = if fault == Some(Fault::Error500AfterEffect) && result.is_ok() {
        Err(Failure::internal())
    } else {
        result
    };
    Ok(conclude(stripe, fault, &result, key, request))
}

/// Turns the outcome into a reply and settles the idempotency key.
fn conclude(
    stripe: &Stripe,
    fault: Option<Fault>,
    result: &Result<Value, Failure>,
    key: Option<String>,
    request: &str,
) -> Reply {
    let (answer, is_kept) = match result {
        Ok(value) => {
            let body = serde_json::to_vec_pretty(value).unwrap_or_default();
            (Answer { status: 200, body, request: request.to_owned() }, true)
        }
        Err(failure) => (refusal(failure, request), failure.has_begun),
    };
    if let Some(key) = &key {
        stripe.settle_key(key, is_kept.then(|| answer.clone()));
    }
    shape(fault, answer, Extra { key, ..Extra::default() })
}

/// What becomes of an answer on its way back.
fn shape(fault: Option<Fault>, mut answer: Answer, extra: Extra) -> Reply {
    match fault {
        Some(Fault::DropAfterEffect) => Reply::Nothing,
        Some(Fault::Malformed200) => {
            answer.status = 200;
            answer.body.truncate(answer.body.len().saturating_div(2));
            Reply::Answer(answer, extra)
        }
        _ => Reply::Answer(answer, extra),
    }
}

fn execute(
    account: &mut Account,
    found: Found,
    mut params: Params,
    is_pinned: bool,
    origin: Origin,
) -> Result<Value, Failure> {
    account.catch_up();
    let paths = params.take_expand()?;
    expand::check(found.route.answer, &paths)?;
    account.origin = Some(origin);
    let (id, inner_id) = (found.id, found.inner_id);
    let mut call = Call { account: &mut *account, params, id, inner_id, is_pinned };
    let result = (found.route.handler)(&mut call);
    account.origin = None;
    let mut value = result?;
    expand::apply(account, &mut value, &paths);
    Ok(value)
}

/// The bearer key, and the permissions of a restricted one.
fn authorize(account: &Account, headers: &HeaderMap) -> Result<Option<Vec<String>>, Failure> {
    let key = bearer(headers).ok_or_else(|| {
        let message = "You did not provide an API key. You need to provide your API key in the Authorization \
                       header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
                       https://stripe.com/docs/api#authentication for details, or we can help at \
                       https://support.stripe.com/.";
        Failure::unauthorized(message.to_owned())
    })?;
    if account.options.secret_keys.iter().any(|known| known == key) {
        return Ok(None);
    }
    let restricted = account.options.restricted_keys.iter().find(|known| known.key == key);
    restricted
        .map(|known| Some(known.permissions.clone()))
        .ok_or_else(|| Failure::unauthorized(format!("Invalid API Key provided: {}", masked(key))))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").filter(|key| !key.is_empty())
}

/// `sk_test_****1234`.
fn masked(key: &str) -> String {
    let start: String = key.chars().take(8).collect();
    let end: Vec<char> = key.chars().rev().take(4).collect();
    let end: String = end.into_iter().rev().collect();
    if key.chars().count() > 12 { format!("{start}****{end}") } else { "****".to_owned() }
}

/// Whether the caller asked for the version that the stand-in speaks. Any other is refused.
fn check_version(headers: &HeaderMap) -> Result<bool, Failure> {
    match headers.get("stripe-version").map(|version| version.to_str().unwrap_or_default()) {
        None => Ok(false),
        Some(API_VERSION) => Ok(true),
        Some(other) => {
            let message = format!(
                "Invalid Stripe API version: {other}. The stand-in speaks {API_VERSION} only."
            );
            Err(Failure::invalid_plain("Stripe-Version", message))
        }
    }
}

fn permit(
    permissions: Option<&[String]>,
    found: &Found,
    method: &str,
    headers: &HeaderMap,
) -> Result<(), Failure> {
    let Some(permissions) = permissions else { return Ok(()) };
    let level = if method == "GET" { "read" } else { "write" };
    let needed = format!("rak_{}_{level}", found.route.permission);
    let stronger = format!("rak_{}_write", found.route.permission);
    if permissions.iter().any(|held| *held == needed || *held == stronger) {
        return Ok(());
    }
    let key = masked(bearer(headers).unwrap_or_default());
    let message = format!(
        "The provided key '{key}' does not have the required permissions for this endpoint on account \
         'acct_sandbox'. Having the '{needed}' permission would allow this request to continue."
    );
    Err(Failure::forbidden(message))
}

/// Parameters come in the query or in the form; a JSON body is a mistake.
fn read_params(parts: &Parts, body: &Bytes) -> Result<Params, Failure> {
    let mut params = Params::default();
    params.read(parts.uri.query().unwrap_or_default().as_bytes())?;
    if !body.is_empty() {
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            let message = "Invalid request: the body must be application/x-www-form-urlencoded";
            return Err(Failure::invalid_plain("body", message));
        }
        params.read(body)?;
    }
    Ok(params)
}

/// Keys count on POST only.
fn idempotency_key(method: &str, headers: &HeaderMap) -> Option<String> {
    let key = headers.get("idempotency-key").filter(|_| method == "POST")?;
    let key = String::from_utf8_lossy(key.as_bytes()).into_owned();
    Some(key).filter(|key| !key.is_empty())
}
