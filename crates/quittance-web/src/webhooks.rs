//! Webhooks: checked, stored, acknowledged, in this order.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use quittance_engine::intake::{Refused, Taken};
use serde_json::json;

use crate::counts::Fate;
use crate::router::{App, LARGEST_BODY};

/// `HEAD` and `GET`: somebody looks whether we are here.
pub(crate) async fn here() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// `POST /webhooks/intercom`
pub(crate) async fn intercom(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let Some(raw) = read(&app, body).await else { return too_large() };
    let signature = headers.get("x-hub-signature").and_then(|value| value.to_str().ok());
    let taken = app.intake.intercom(&raw, signature).await;
    answer(&app, taken)
}

/// `POST /webhooks/stripe`
pub(crate) async fn stripe(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    let Some(raw) = read(&app, body).await else { return too_large() };
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let taken = app.intake.stripe(&raw, signature).await;
    answer(&app, taken)
}

async fn read(app: &App, body: Body) -> Option<Bytes> {
    let read = axum::body::to_bytes(body, LARGEST_BODY).await.ok();
    if read.is_none() {
        app.counts.count(Fate::TooLarge);
    }
    read
}

fn too_large() -> Response {
    problem(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 1 MiB or was cut off")
}

/// The answer to a webhook. Never 410, which would end Intercom's subscription, and never 429, which
/// would slow all of them down.
fn answer(app: &App, taken: Result<Taken, Refused>) -> Response {
    let (fate, response) = match taken {
        Ok(Taken::Stored) => {
            app.wake_up.ring();
            (Fate::Stored, StatusCode::OK.into_response())
        }
        Ok(Taken::Seen) => (Fate::Seen, StatusCode::OK.into_response()),
        Ok(Taken::Ignored) => (Fate::Ignored, StatusCode::OK.into_response()),
        Err(error @ Refused::Signature) => {
            (Fate::Unsigned, problem(StatusCode::UNAUTHORIZED, &error.to_string()))
        }
        Err(error @ Refused::Unreadable(_)) => {
            tracing::warn!(%error, "a signed webhook cannot be read");
            (Fate::Unreadable, problem(StatusCode::BAD_REQUEST, &error.to_string()))
        }
        Err(error @ Refused::NotStored(_)) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a webhook was not acknowledged"
            );
            (Fate::NotStored, problem(StatusCode::SERVICE_UNAVAILABLE, "try again later"))
        }
    };
    app.counts.count(fate);
    response
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"error": message}))).into_response()
}
