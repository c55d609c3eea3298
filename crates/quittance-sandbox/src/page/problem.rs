//! What the page's API answers when it cannot do what was asked.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The longest piece of a request that is said back, in characters.
const LONGEST_ECHO: usize = 60;

/// A refusal: a status, a code for programs and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn unknown_person(key: &str) -> Self {
        let message = format!("there is no person called `{}`", short(key));
        Self::new(StatusCode::NOT_FOUND, "unknown_person", message)
    }

    pub(super) fn unknown_conversation(id: &str) -> Self {
        let message = format!("this person has no conversation `{}`", short(id));
        Self::new(StatusCode::NOT_FOUND, "unknown_conversation", message)
    }

    pub(super) fn nothing_here() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this address")
    }

    pub(super) fn bad_text(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_text", message)
    }

    pub(super) fn too_many_viewers() -> Self {
        let message = "too many pages are open";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_viewers", message)
    }
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST_ECHO).collect()
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        // A wrong field is the caller's mistake like any other: 400, not 422.
        let status = match rejection.status() {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            other => other,
        };
        Self::new(status, "bad_request", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        (self.status, Json(body)).into_response()
    }
}
