//! The way in for whoever watches over the money: how things stand, and the stop switch.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use quittance_engine::worker::WakeUp;
use quittance_engine::{Engine, Error};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use subtle::ConstantTimeEq;
use tower_http::timeout::TimeoutLayer;

use crate::router::TIMEOUT;

mod approvals;

/// The largest request that is read, in bytes.
const LARGEST_BODY: usize = 16 * 1024;

/// Who is named where the request names nobody.
const NOBODY: &str = "the admin API";

/// What the handlers need.
#[derive(Clone, Debug)]
pub struct Admin {
    /// The engine whose money it is.
    pub engine: Engine,
    /// Tells the worker that cases may go on.
    pub wake_up: WakeUp,
    /// What a request must bear.
    pub token: SecretString,
}

/// The addresses of the admin API. Without a token to hold requests against, they are not served at all.
pub fn router(admin: Admin) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/stop", post(stop))
        .route("/resume", post(resume))
        .route("/approvals", get(approvals::list))
        .route("/approvals/{id}/approve", post(approvals::approve))
        .route("/approvals/{id}/decline", post(approvals::decline))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .route_layer(from_fn_with_state(admin.clone(), bears_token))
        .with_state(admin)
}

/// Lets nobody through who does not bear the token. How much of it is right cannot be told from the time.
async fn bears_token(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().split_at_checked(SCHEME.len()))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
        .map(|(_, token)| token);
    let wanted = admin.token.expose_secret().as_bytes();
    if token.is_some_and(|token| token.ct_eq(wanted).into()) {
        return next.run(request).await;
    }
    let mut response =
        problem(StatusCode::UNAUTHORIZED, "give the token: `Authorization: Bearer …`");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

const SCHEME: &[u8] = b"Bearer ";

/// `GET /status`
async fn status(State(admin): State<Admin>) -> Response {
    match admin.engine.status().await {
        Ok(status) => Json(status).into_response(),
        Err(error) => failed(&error),
    }
}

/// What a request to move the switch says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    why: String,
    by: Option<String>,
}

/// `POST /stop`
async fn stop(State(admin): State<Admin>, headers: HeaderMap, body: Body) -> Response {
    let change = match read(&headers, body).await {
        Ok(change) => change,
        Err(refused) => return refused,
    };
    let by = change.by.as_deref().unwrap_or(NOBODY);
    match admin.engine.stop(&change.why, by).await {
        Ok(is_changed) => Json(json!({"stopped": true, "changed": is_changed})).into_response(),
        Err(error) => failed(&error),
    }
}

/// `POST /resume`
async fn resume(State(admin): State<Admin>, headers: HeaderMap, body: Body) -> Response {
    let change = match read(&headers, body).await {
        Ok(change) => change,
        Err(refused) => return refused,
    };
    let by = change.by.as_deref().unwrap_or(NOBODY);
    match admin.engine.resume(&change.why, by).await {
        Ok(is_changed) => {
            admin.wake_up.ring();
            Json(json!({"stopped": false, "changed": is_changed})).into_response()
        }
        Err(error @ Error::StopFile { .. }) => problem(StatusCode::CONFLICT, &error.to_string()),
        Err(error) => failed(&error),
    }
}

/// Reads a change, which must have a reason in it.
async fn read(headers: &HeaderMap, body: Body) -> Result<Change, Response> {
    let change: Change = json(headers, body, r#"{"why": "…", "by": "…"}"#).await?;
    if change.why.trim().is_empty() {
        return Err(problem(StatusCode::BAD_REQUEST, "say why"));
    }
    Ok(change)
}

/// Reads a body, which must be JSON of a bounded size that looks like `wanted`.
async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    wanted: &str,
) -> Result<T, Response> {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !is_json {
        return Err(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json"));
    }
    let Ok(raw) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Err(problem(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or was cut off"));
    };
    serde_json::from_slice(&raw)
        .map_err(|error| problem(StatusCode::BAD_REQUEST, &format!("send {wanted}: {error}")))
}

fn failed(error: &Error) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "the admin API could not do it");
    problem(StatusCode::SERVICE_UNAVAILABLE, "the database did not do it; the log tells more")
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": message}))).into_response()
}
