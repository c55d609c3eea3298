//! Answers given in advance.

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::response::Refusal;

/// What an entry of a script asks for.
pub(super) enum Line {
    Message(Value),
    Raw(Response),
}

/// Reads the next entry.
pub(super) fn line(entry: Option<Value>) -> Result<Line, Refusal> {
    let entry = entry.ok_or_else(Refusal::script_over)?;
    let Some(status) = entry.get("status").and_then(Value::as_u64) else {
        return Ok(Line::Message(entry));
    };
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = match entry.get("body") {
        Some(Value::String(raw)) => raw.clone(),
        Some(body) => body.to_string(),
        None => String::new(),
    };
    let mut response = (status, body).into_response();
    let headers = entry.get("headers").and_then(Value::as_object);
    for (name, value) in headers.into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = value.as_str().map(HeaderValue::from_str);
        if let (Ok(name), Some(Ok(value))) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(Line::Raw(response))
}
