//! What the stand-in answers when it does not do what was asked, in Stripe's words:
//! <https://docs.stripe.com/api/errors> and <https://docs.stripe.com/error-codes>.

use serde_json::{Map, Value, json};

use super::kind::Kind;

/// A request that was not carried out, and how to say so.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// Further members of the error: `decline_code`, `charge`, `payment_intent`.
    pub(crate) more: Box<Map<String, Value>>,
    /// Execution had begun, so an idempotency key keeps this answer. Validation failures, wrong
    /// keys, rate limits and conflicts are not kept.
    pub(crate) has_begun: bool,
}

impl Failure {
    fn new(status: u16, code: Option<&'static str>, message: String) -> Self {
        Self {
            status,
            kind: "invalid_request_error",
            code,
            message,
            param: None,
            more: Box::default(),
            has_begun: false,
        }
    }

    /// A parameter that fails validation; nothing was executed.
    pub(crate) fn invalid(code: &'static str, param: &str, message: impl Into<String>) -> Self {
        Self::new(400, Some(code), message.into()).at(param)
    }

    /// A parameter that fails validation, for which Stripe has no code.
    pub(crate) fn invalid_plain(param: &str, message: impl Into<String>) -> Self {
        Self::new(400, None, message.into()).at(param)
    }

    /// A well-formed request that the present state of the account forbids.
    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self { has_begun: true, ..Self::new(400, Some(code), message.into()) }
    }

    /// As [`Failure::refused`], where Stripe sends no code.
    pub(crate) fn refused_plain(message: impl Into<String>) -> Self {
        Self { has_begun: true, ..Self::new(400, None, message.into()) }
    }

    /// Names the parameter at fault.
    pub(crate) fn at(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    /// The object in the path does not exist.
    pub(crate) fn missing(kind: Kind, id: &str, param: &str) -> Self {
        Self {
            status: 404,
            ..Self::refused("resource_missing", format!("No such {}: '{id}'", kind.noun()))
        }
        .at(param)
    }

    /// The object that a parameter names does not exist.
    pub(crate) fn missing_in(kind: Kind, id: &str, param: &str) -> Self {
        Self { status: 400, ..Self::missing(kind, id, param) }
    }

    /// No such path.
    pub(crate) fn unrecognized(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we \
             can help at https://support.stripe.com/."
        );
        Self::new(404, None, message)
    }

    /// A required parameter was not sent.
    pub(crate) fn lacking(param: &str) -> Self {
        Self::invalid("parameter_missing", param, format!("Missing required param: {param}."))
    }

    /// No key, or not one of ours.
    pub(crate) fn unauthorized(message: String) -> Self {
        Self::new(401, None, message)
    }

    /// The restricted key lacks a permission.
    pub(crate) fn forbidden(message: String) -> Self {
        Self::new(403, None, message)
    }

    /// The same idempotency key is at work in another request.
    pub(crate) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key ({key}). \
             Please try again later."
        );
        Self::new(409, Some("idempotency_key_in_use"), message)
    }

    /// The idempotency key was used before with something else.
    pub(crate) fn key_reused(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than '{key}' if you meant to execute a \
             different request."
        );
        Self { kind: "idempotency_error", ..Self::new(400, None, message) }
    }

    /// Too many requests.
    pub(crate) fn rate_limited() -> Self {
        let message = "Request rate limit exceeded. Learn more about rate limits here \
                       https://stripe.com/docs/rate-limits."
            .to_owned();
        Self::new(429, Some("rate_limit"), message)
    }

    /// The object is busy elsewhere.
    pub(crate) fn locked() -> Self {
        let message = "This object cannot be accessed right now because another API request or \
                       Stripe process is currently accessing it."
            .to_owned();
        Self::new(429, Some("lock_timeout"), message)
    }

    /// Stripe's own failure.
    pub(crate) fn internal() -> Self {
        let message = "An unknown error occurred".to_owned();
        Self { kind: "api_error", has_begun: true, ..Self::new(500, None, message) }
    }

    /// The issuer declined the card.
    pub(crate) fn declined(code: &'static str, decline_code: &str, message: &str) -> Self {
        let mut failure = Self::new(402, Some(code), message.to_owned());
        failure.kind = "card_error";
        failure.has_begun = true;
        failure.more.insert("decline_code".to_owned(), decline_code.into());
        failure
    }

    /// Adds a member to the error object.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.more.insert(field.to_owned(), value);
        self
    }

    /// The answer's body.
    pub(crate) fn body(&self, request: &str) -> Value {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), code.into());
            let page = code.replace('_', "-");
            error.insert(
                "doc_url".to_owned(),
                format!("https://stripe.com/docs/error-codes/{page}").into(),
            );
        }
        error.insert("message".to_owned(), self.message.clone().into());
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), param.clone().into());
        }
        let log = format!(
            "https://dashboard.stripe.com/acct_sandbox/test/workbench/logs?object={request}"
        );
        error.insert("request_log_url".to_owned(), log.into());
        error.insert("type".to_owned(), self.kind.into());
        error.extend(self.more.iter().map(|(name, value)| (name.clone(), value.clone())));
        json!({ "error": error })
    }
}
