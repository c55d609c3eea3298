//! Reading requests strictly: a field that is unknown, missing or of the wrong type is refused.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde_json::{Map, Value};

use super::problem::Problem;

/// The fields of a JSON object.
#[derive(Clone, Debug)]
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// The object `value`, which stands in `field`.
    pub(super) fn of(field: &str, value: &Value) -> Result<Self, Problem> {
        let object = value.as_object().cloned();
        object.map(Self).ok_or_else(|| Problem::invalid(field, format!("{field} is not an object")))
    }

    /// Refuses every field that is not in `known`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Problem::invalid(name, format!("{name} is not a known parameter"))),
            None => Ok(()),
        }
    }

    /// A field's value; `null` counts as not given.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn optional_text(&self, name: &str) -> Result<Option<&str>, Problem> {
        self.optional(name, "a string", Value::as_str)
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, Problem> {
        self.optional_text(name)?.ok_or_else(|| Problem::absent(name))
    }

    /// A text with at least one visible character.
    pub(super) fn words(&self, name: &str) -> Result<&str, Problem> {
        let text = self.text(name)?;
        if text.trim().is_empty() {
            return Err(Problem::invalid(name, format!("{name} can't be blank")));
        }
        Ok(text)
    }

    pub(super) fn optional_integer(&self, name: &str) -> Result<Option<i64>, Problem> {
        self.optional(name, "an integer", Value::as_i64)
    }

    pub(super) fn integer(&self, name: &str) -> Result<i64, Problem> {
        self.optional_integer(name)?.ok_or_else(|| Problem::absent(name))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.optional(name, "a boolean", Value::as_bool)
    }

    pub(super) fn optional_object(
        &self,
        name: &str,
    ) -> Result<Option<&Map<String, Value>>, Problem> {
        self.optional(name, "an object", Value::as_object)
    }

    pub(super) fn list(&self, name: &str) -> Result<&[Value], Problem> {
        Ok(self.optional(name, "an array", Value::as_array)?.map_or(&[], Vec::as_slice))
    }

    /// Refuses a field that is given with anything but `expected`.
    pub(super) fn exactly(&self, name: &str, expected: &[&str]) -> Result<&str, Problem> {
        let text = self.text(name)?;
        if expected.contains(&text) {
            return Ok(text);
        }
        let known = expected.join(", ");
        Err(Problem::invalid(name, format!("{name} must be one of: {known}")))
    }

    fn optional<'a, T>(
        &'a self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(value) => Ok(Some(value)),
                None => Err(Problem::invalid(name, format!("{name} must be {kind}"))),
            },
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(Problem::bad_request("Content-Type must be application/json"));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::bad_request("the body could not be read"))?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Problem::bad_request("the body is not a JSON object")),
            Err(_) => Err(Problem::bad_request("the body is not valid JSON")),
        }
    }
}

/// The parameters after the `?`.
#[derive(Clone, Debug)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Refuses every parameter that is not in `known`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => {
                Err(Problem::invalid(name, format!("{name} is not a known parameter")))
            }
            None => Ok(()),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Problem> {
        let read = |text: &str| {
            text.parse().map_err(|_| Problem::invalid(name, format!("{name} must be an integer")))
        };
        self.get(name).map(read).transpose()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}
