//! Answers in OpenAI's shape.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::request::{BLOCK_TOKENS, Request, tokens};
use super::{FINGERPRINT, NAME};

/// What every answer says about its time: the stand-in has no clock.
pub(super) const CREATED: i64 = 1_767_225_600;
/// The smallest prefix that is reported as cached, in tokens.
const SMALLEST_CACHED: usize = 1_024;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    kind: &'static str,
    param: Option<String>,
    code: Option<&'static str>,
}

impl Refusal {
    /// Status 400 for the parameter `param`.
    pub(super) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
            kind: "invalid_request_error",
            param: Some(param.to_owned()),
            code: None,
        }
    }

    pub(super) fn not_json() -> Self {
        let refusal = Self::invalid("", "the body is not valid JSON");
        Self { param: None, ..refusal }
    }

    pub(super) fn key() -> Self {
        let refusal = Self::invalid("", "the key in the Authorization header is not right");
        let (status, code) = (StatusCode::UNAUTHORIZED, Some("invalid_api_key"));
        Self { status, code, param: None, ..refusal }
    }

    pub(super) fn unknown_model(name: &str) -> Self {
        let message = format!("the model `{name}` does not exist; this stand-in has only `{NAME}`");
        let refusal = Self::invalid("model", message);
        Self { status: StatusCode::NOT_FOUND, code: Some("model_not_found"), ..refusal }
    }

    pub(super) fn script_over() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: "the script has no more answers".to_owned(),
            kind: "server_error",
            param: None,
            code: None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = error(&self.message, self.kind, self.param.as_deref(), self.code);
        (self.status, Json(body)).into_response()
    }
}

/// An error body.
pub(super) fn error(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": param, "code": code } })
}

/// A completion with this message.
pub(super) fn completion(request: &Request, message: &Value, cached_blocks: usize) -> Value {
    let calls = message.get("tool_calls").and_then(Value::as_array);
    let finish = if calls.is_some_and(|calls| !calls.is_empty()) { "tool_calls" } else { "stop" };
    let prompt_tokens = request.prompt_tokens();
    let cached = cached_blocks.saturating_mul(BLOCK_TOKENS).min(prompt_tokens);
    let cached = if cached >= SMALLEST_CACHED { cached } else { 0 };
    let completion_tokens = tokens(&message.to_string());
    json!({
        "id": format!("chatcmpl-{}", request.fingerprint()),
        "object": "chat.completion",
        "created": CREATED,
        "model": NAME,
        "choices": [{
            "index": 0,
            "message": message,
            "logprobs": null,
            "finish_reason": finish,
        }],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens.saturating_add(completion_tokens),
            "prompt_tokens_details": { "cached_tokens": cached, "audio_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0, "audio_tokens": 0 },
        },
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    })
}

/// An assistant's message in words.
pub(super) fn text(content: &str) -> Value {
    json!({ "role": "assistant", "content": content, "refusal": null, "annotations": [] })
}

/// An assistant's message with calls: pairs of a tool's name and its arguments as they are sent.
pub(super) fn calls(request: &Request, calls: &[(&str, String)]) -> Value {
    let fingerprint = request.fingerprint();
    let calls: Vec<_> = calls
        .iter()
        .enumerate()
        .map(|(index, (name, arguments))| {
            json!({
                "id": format!("call_{fingerprint}{index}"),
                "type": "function",
                "function": { "name": name, "arguments": arguments },
            })
        })
        .collect();
    json!({
        "role": "assistant",
        "content": null,
        "refusal": null,
        "annotations": [],
        "tool_calls": calls,
    })
}
