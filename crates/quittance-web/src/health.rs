//! Whether the process lives, and whether it can work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::router::App;

/// `GET /healthz`: the process answers.
pub(crate) async fn live() -> Json<serde_json::Value> {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

/// `GET /readyz`: the database answers, so webhooks can be taken in.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    match app.store.check().await {
        Ok(()) => {
            Json(json!({"status": "ready", "webhooks": app.counts.snapshot()})).into_response()
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "not ready");
            let body = Json(json!({"status": "not ready", "why": "the database does not answer"}));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
