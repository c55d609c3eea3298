//! Tools: what a model may ask for.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::schema;
use crate::turn::TurnState;

/// The longest name a tool may have, in characters.
const LONGEST_NAME: usize = 64;

/// What a tool gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Goes back to the model, which goes on.
    Result(Value),
    /// Ends the turn and goes to the caller, who may give the call an outcome with
    /// [`Turn::resume`](crate::Turn::resume).
    End(Value),
}

/// Why a tool gave nothing.
#[derive(Debug)]
pub enum ToolError {
    /// The model asked for something that makes no sense, such as a handle that does not exist. It is
    /// told so, once.
    Misused {
        /// A word for the kind of misuse, such as `unknown_charge`.
        code: String,
        /// A sentence for the model that says what to do instead.
        message: String,
    },
    /// Something the tool needs is out of order. The turn ends.
    Outage(Box<dyn std::error::Error + Send + Sync>),
}

impl ToolError {
    /// A misuse with its code and a sentence for the model.
    pub fn misused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Misused { code: code.into(), message: message.into() }
    }

    /// An outage with what failed.
    pub fn outage(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Outage(source.into())
    }
}

type Run = dyn Fn(Value) -> BoxFuture<'static, Result<Answer, ToolError>> + Send + Sync;
type When = dyn Fn(&TurnState) -> bool + Send + Sync;

/// Something a model may ask for: a name, a description, a type of arguments and a closure.
///
/// The model's schema and the type the closure takes are one and the same, and arguments are held
/// against the schema before the closure sees them: unknown fields and values out of range are
/// refused whatever the type says to serde.
#[derive(Clone)]
pub struct Tool {
    name: String,
    description: String,
    parameters: Result<Arc<Value>, schema::Inexpressible>,
    is_ending: bool,
    when: Option<Arc<When>>,
    run: Arc<Run>,
}

impl Tool {
    /// A tool that looks something up. Whether it can be offered is checked when a turn is made, or
    /// with [`Tool::check`].
    pub fn new<A, F, R>(name: impl Into<String>, description: impl Into<String>, run: F) -> Self
    where
        A: DeserializeOwned + JsonSchema + 'static,
        F: Fn(A) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Answer, ToolError>> + Send + 'static,
    {
        let run = move |arguments: Value| match serde_json::from_value::<A>(arguments) {
            Ok(arguments) => run(arguments).boxed(),
            Err(error) => {
                let error =
                    ToolError::misused(BAD_ARGUMENTS, format!("the arguments do not fit: {error}"));
                std::future::ready(Err(error)).boxed()
            }
        };
        Self {
            name: name.into(),
            description: description.into(),
            parameters: schema::once::<A>(),
            is_ending: false,
            when: None,
            run: Arc::new(run),
        }
    }

    /// Declares that the tool may end the turn. Such a call must be the only one in its message.
    #[must_use]
    pub fn ending(mut self) -> Self {
        self.is_ending = true;
        self
    }

    /// Offers the tool only in those states of the turn; a call of a tool that is not on offer is a
    /// mistake of the model.
    #[must_use]
    pub fn when(mut self, when: impl Fn(&TurnState) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(when));
        self
    }

    /// The name the model calls it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the model is told about it.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The strict schema of its arguments; `null` if it has none, which [`Tool::check`] refuses.
    pub fn parameters(&self) -> &Value {
        self.parameters.as_deref().unwrap_or(&Value::Null)
    }

    /// Whether a model can be offered this tool: its name has 1 to 64 letters, digits, `_` and `-`, it
    /// has a description, and its arguments can be expressed in strict form.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::Tool { tool: self.name.clone(), why });
        if !is_name(&self.name) {
            return refuse(format!("a name has 1 to {LONGEST_NAME} letters, digits, `_` and `-`"));
        }
        if self.description.trim().is_empty() {
            return refuse("it has no description".to_owned());
        }
        match &self.parameters {
            Ok(_) => Ok(()),
            Err(problem) => refuse(problem.to_string()),
        }
    }

    /// Whether the tool may end the turn.
    pub(crate) fn is_ending(&self) -> bool {
        self.is_ending
    }

    /// Whether the tool is on offer in this state.
    pub(crate) fn is_offered(&self, state: &TurnState) -> bool {
        self.when.as_ref().is_none_or(|when| when(state))
    }

    /// Runs the tool on arguments that fit its schema.
    pub(crate) async fn call(&self, arguments: Value) -> Result<Answer, ToolError> {
        (self.run)(arguments).await
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool")
            .field("name", &self.name)
            .field("is_ending", &self.is_ending)
            .finish_non_exhaustive()
    }
}

/// The code for arguments that cannot be read or do not fit.
pub(crate) const BAD_ARGUMENTS: &str = "bad_arguments";

/// Whether every server accepts this as the name of a tool.
pub(crate) fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain)
}

/// A result in the form every result has: an object that begins with `"ok": true`.
pub(crate) fn success(value: Value) -> Value {
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return json!({"ok": true, "result": value});
        }
    };
    if fields.contains_key("ok") {
        return Value::Object(fields);
    }
    let mut result = Map::new();
    result.insert("ok".to_owned(), Value::Bool(true));
    result.extend(fields);
    Value::Object(result)
}

/// An error in the form every error has.
pub(crate) fn failure(code: &str, message: &str, is_retryable: bool) -> Value {
    json!({"ok": false, "error": {"code": code, "message": message, "retryable": is_retryable}})
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    struct Search {
        /// What to look for.
        query: String,
    }

    #[derive(Deserialize, JsonSchema)]
    struct Bag {
        fields: HashMap<String, String>,
    }

    fn search(name: &str, description: &str) -> Tool {
        Tool::new(name, description, |search: Search| async move {
            Ok(Answer::Result(json!({"found": search.query})))
        })
    }

    #[tokio::test]
    async fn a_tool_runs_on_its_typed_arguments() {
        let tool = search("search", "Searches.");
        tool.check().unwrap();
        let answer = tool.call(json!({"query": "late"})).await.unwrap();
        assert_eq!(answer, Answer::Result(json!({"found": "late"})));
        assert_eq!(tool.parameters()["properties"]["query"]["type"], "string");
    }

    #[tokio::test]
    async fn arguments_that_do_not_fit_the_type_are_a_misuse() {
        let error = search("search", "Searches.").call(json!({})).await.unwrap_err();
        assert!(
            matches!(error, ToolError::Misused { code, message } if code == BAD_ARGUMENTS && message.contains("query"))
        );
    }

    #[test]
    fn a_tool_that_no_server_would_take_is_refused() {
        let too_long = "a".repeat(65);
        for name in ["", "sea rch", "sеarch", "search.2", &too_long] {
            assert!(search(name, "Searches.").check().is_err(), "{name}");
        }
        assert!(search("search", " ").check().is_err());
        let tool = Tool::new("bag", "Takes anything.", |bag: Bag| async move {
            Ok(Answer::Result(json!(bag.fields.len())))
        });
        assert!(tool.check().unwrap_err().to_string().contains("$.fields"));
    }

    #[test]
    fn results_say_that_they_are_ok() {
        assert_eq!(success(json!({"a": 1})).to_string(), r#"{"ok":true,"a":1}"#);
        assert_eq!(success(json!({"ok": false, "a": 1})).to_string(), r#"{"ok":false,"a":1}"#);
        assert_eq!(success(json!([1])).to_string(), r#"{"ok":true,"result":[1]}"#);
    }
}
