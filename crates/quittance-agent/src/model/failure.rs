//! Errors as servers report them, and how long to wait after one.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use serde_json::Value;

use crate::error::{Error, ServerError};

/// The most characters of a server's message that are kept.
const LONGEST_MESSAGE: usize = 300;
/// The longest code that is kept, in characters.
const LONGEST_CODE: usize = 80;

/// Reads an error body of any known shape: OpenAI's object, with a code that is a string or a number;
/// the same without `error` around it (old vLLM); `detail` (`FastAPI`); a string (Ollama); a list (Gemini);
/// or no JSON at all, of which nothing is kept.
pub(super) fn read(status: u16, body: &[u8]) -> ServerError {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(errors)) => from_value(status, errors.first().unwrap_or(&Value::Null)),
        Ok(body) => from_value(status, &body),
        Err(_) => ServerError { status, code: None, message: String::new() },
    }
}

/// Reads an error that is already JSON.
pub(super) fn from_value(status: u16, body: &Value) -> ServerError {
    let error = match body.get("error") {
        Some(Value::Object(_)) => body.get("error").unwrap_or(body),
        Some(Value::String(message)) => {
            return ServerError {
                status,
                code: text(body, "code"),
                message: short(message, LONGEST_MESSAGE),
            };
        }
        _ => body,
    };
    let number = error.get("code").filter(|code| code.is_number()).map(ToString::to_string);
    let code = text(error, "code")
        .or_else(|| text(error, "type"))
        .or_else(|| text(error, "status"))
        .or(number);
    ServerError {
        status,
        code: code.map(|code| short(&code, LONGEST_CODE)),
        message: message(error),
    }
}

/// The status of an error that came inside a 200: the one it names, or 500.
pub(super) fn status_inside(error: &Value) -> u16 {
    let code = error.get("code").or_else(|| error.get("status")).and_then(Value::as_u64);
    code.and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code))
        .unwrap_or(500)
}

fn message(error: &Value) -> String {
    let plain = text(error, "message").or_else(|| text(error, "detail"));
    // FastAPI lists what is wrong with the request and repeats the request beside it; only the former
    // is taken.
    let listed = || {
        let details = error.get("detail")?.as_array()?;
        let words: Vec<String> = details.iter().filter_map(|detail| text(detail, "msg")).collect();
        Some(words.join("; "))
    };
    short(&plain.or_else(listed).unwrap_or_default(), LONGEST_MESSAGE)
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn short(text: &str, longest: usize) -> String {
    text.chars().take(longest).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What an error means for the request.
pub(super) enum Meaning {
    /// Asking again may help.
    Passing(ServerError),
    /// It will not.
    Final(Error),
}

/// Codes of a 429 that no wait will cure.
const NO_CREDIT: [&str; 4] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "credit_balance_too_low",
];

/// Decides what an error means.
pub(super) fn judge(error: ServerError) -> Meaning {
    let code = error.code.as_deref().unwrap_or_default();
    let is_garbled = error.message.contains("does not match the expected")
        || error.message.contains("Failed to parse tool call")
        || code == "tool_use_failed";
    match error.status {
        // llama.cpp (500) and Groq (400) fail like this when their model wrote a broken tool call.
        400 | 422 | 500 if is_garbled => Meaning::Final(Error::Garbled(error)),
        401 | 403 => Meaning::Final(Error::Key(error)),
        402 => Meaning::Final(Error::Quota(error)),
        429 if NO_CREDIT.contains(&code) => Meaning::Final(Error::Quota(error)),
        408 | 409 | 425 | 429 | 500 | 502..=504 | 506..=599 => Meaning::Passing(error),
        _ => Meaning::Final(Error::Refused(error)),
    }
}

/// How long the server asks to be left alone: `retry-after-ms`, or `Retry-After` in seconds, with a
/// fraction or not, or as a date, which is held against the answer's own `Date`.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let header = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(milliseconds) = header(HeaderName::from_static("retry-after-ms")) {
        let whole = milliseconds.split('.').next().unwrap_or_default();
        if let Ok(milliseconds) = whole.parse() {
            return Some(Duration::from_millis(milliseconds));
        }
    }
    let after = header(RETRY_AFTER)?;
    if let Ok(seconds) = after.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let parser = DateTimeParser::new();
    let then = parser.parse_timestamp(after).ok()?;
    let now = parser.parse_timestamp(header(DATE)?).ok()?;
    // A date that has passed means that there is nothing to wait for.
    Some(Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(body: &str) -> (Option<String>, String) {
        let error = read(400, body.as_bytes());
        assert_eq!(error.status, 400);
        (error.code, error.message)
    }

    fn some(code: &str, message: &str) -> (Option<String>, String) {
        (Some(code.to_owned()), message.to_owned())
    }

    #[test]
    fn every_known_shape_of_error_is_read() {
        let cases = [
            (r#"{"error":{"message":"m","type":"t","param":null,"code":"c"}}"#, some("c", "m")),
            (r#"{"error":{"message":"m","type":"t","code":400}}"#, some("t", "m")),
            (r#"{"error":{"message":"m","code":400}}"#, some("400", "m")),
            (r#"{"error":{"message":"m"}}"#, (None, "m".to_owned())),
            (r#"{"object":"error","message":"m","code":40001}"#, some("40001", "m")),
            (r#"{"detail":"Not Found"}"#, (None, "Not Found".to_owned())),
            (
                r#"{"detail":[{"loc":["body"],"msg":"field required","input":"Zoë"}]}"#,
                (None, "field required".to_owned()),
            ),
            (r#"{"error":"model not found"}"#, (None, "model not found".to_owned())),
            (
                r#"[{"error":{"code":429,"message":"q","status":"RESOURCE_EXHAUSTED"}}]"#,
                some("RESOURCE_EXHAUSTED", "q"),
            ),
            (
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                some("overloaded_error", "Overloaded"),
            ),
            (r#"{"error":{"message":"m","param":{"a":1},"code":"c"}}"#, some("c", "m")),
            ("<html>Bad Gateway</html>", (None, String::new())),
            ("", (None, String::new())),
            ("[]", (None, String::new())),
            ("null", (None, String::new())),
            ("7", (None, String::new())),
        ];
        for (body, expected) in cases {
            assert_eq!(read_text(body), expected, "{body}");
        }
    }

    #[test]
    fn a_message_is_kept_short_and_on_one_line() {
        let body = serde_json::json!({"error": {"message": format!("a\n{}", "é".repeat(500))}});
        let message = read(500, body.to_string().as_bytes()).message;
        assert_eq!(message.chars().count(), LONGEST_MESSAGE);
        assert!(message.starts_with("a é"));
    }

    #[test]
    fn an_error_inside_a_success_names_its_status_or_is_a_failure() {
        for (error, status) in [
            (r#"{"code":502}"#, 502),
            (r#"{"code":"x"}"#, 500),
            (r#"{"code":200}"#, 500),
            ("\"x\"", 500),
        ] {
            assert_eq!(status_inside(&serde_json::from_str(error).unwrap()), status, "{error}");
        }
    }

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<u128> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        retry_after(&headers).map(|wait| wait.as_millis())
    }

    #[test]
    fn every_form_of_retry_after_is_read() {
        let date = "Mon, 23 Nov 2026 12:00:00 GMT";
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("retry-after", "2")]), Some(2_000));
        assert_eq!(wait(&[("retry-after", "0.25")]), Some(250));
        assert_eq!(wait(&[("retry-after-ms", "40.7"), ("retry-after", "9")]), Some(40));
        assert_eq!(wait(&[("retry-after-ms", "soon"), ("retry-after", "9")]), Some(9_000));
        assert_eq!(
            wait(&[("retry-after", "Mon, 23 Nov 2026 12:00:07 GMT"), ("date", date)]),
            Some(7_000)
        );
        assert_eq!(
            wait(&[("retry-after", "Mon, 23 Nov 2026 11:00:00 GMT"), ("date", date)]),
            Some(0)
        );
        assert_eq!(wait(&[("retry-after", "Mon, 23 Nov 2026 12:00:07 GMT")]), None);
        for odd in ["-1", "NaN", "inf", "soon", ""] {
            assert_eq!(wait(&[("retry-after", odd)]), None, "{odd}");
        }
    }

    #[test]
    fn only_what_may_pass_is_asked_again() {
        let meaning = |status, code: Option<&str>, message: &str| {
            let error =
                ServerError { status, code: code.map(str::to_owned), message: message.to_owned() };
            match judge(error) {
                Meaning::Passing(_) => "passing",
                Meaning::Final(Error::Key(_)) => "key",
                Meaning::Final(Error::Quota(_)) => "quota",
                Meaning::Final(Error::Garbled(_)) => "garbled",
                Meaning::Final(Error::Refused(_)) => "refused",
                Meaning::Final(other) => panic!("{other}"),
            }
        };
        for status in [408, 409, 425, 429, 500, 502, 503, 504, 529] {
            assert_eq!(meaning(status, None, ""), "passing", "{status}");
        }
        for status in [302, 400, 404, 405, 413, 422, 501, 505] {
            assert_eq!(meaning(status, None, ""), "refused", "{status}");
        }
        assert_eq!(meaning(401, None, ""), "key");
        assert_eq!(meaning(402, None, ""), "quota");
        assert_eq!(meaning(429, Some("insufficient_quota"), ""), "quota");
        let peg = "The model produced output that does not match the expected peg-native format";
        assert_eq!(meaning(500, Some("500"), peg), "garbled");
        assert_eq!(meaning(400, Some("tool_use_failed"), ""), "garbled");
    }
}
