//! What the stand-in Intercom answers when it refuses.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal: an HTTP status and one entry of an `error.list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    field: Option<String>,
    /// Where the contact is now, for `contact_merged`.
    pub(super) canonical: Option<String>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, canonical: None }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Access Token Invalid")
    }

    pub(super) fn unknown_version() -> Self {
        let message = "Requested resource is not available in current API version.";
        Self::new(StatusCode::BAD_REQUEST, "intercom_version_invalid", message)
    }

    pub(super) fn too_many() -> Self {
        let message = "Exceeded rate limit";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message)
    }

    pub(super) fn server() -> Self {
        let message = "An unknown error occurred";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", message)
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(super) fn not_found() -> Self {
        Self::missing("not_found", "Resource Not Found")
    }

    pub(super) fn missing(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(super) fn invalid(field: &str, message: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "parameter_invalid", message);
        Self { field: Some(field.to_owned()), ..problem }
    }

    pub(super) fn absent(field: &str) -> Self {
        let message = format!("{field} is required");
        let problem = Self::new(StatusCode::BAD_REQUEST, "parameter_not_found", message);
        Self { field: Some(field.to_owned()), ..problem }
    }

    /// The same refusal with status 422.
    pub(super) fn unprocessable(self) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, ..self }
    }

    /// A contact that was merged into another one:
    /// <https://developers.intercom.com/docs/references/2.16/rest-api/api.intercom.io/contacts/showcontact>.
    pub(super) fn merged(canonical: &str) -> Self {
        let message =
            "This contact has been merged. See the 'Link' header for the canonical contact.";
        let problem = Self::new(StatusCode::GONE, "contact_merged", message);
        Self { canonical: Some(canonical.to_owned()), ..problem }
    }

    /// The `error.list`.
    pub(super) fn body(&self, request: &str) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(field), Some(error)) = (&self.field, error.as_object_mut()) {
            error.insert("field".to_owned(), json!(field));
        }
        json!({ "type": "error.list", "request_id": request, "errors": [error] })
    }
}

impl IntoResponse for Problem {
    /// The status only: the gate writes the body, because it knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
