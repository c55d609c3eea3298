//! A model's answer, read so that no server's habits break it.
//!
//! `async-openai`'s own types refuse the answers of most servers: missing or numeric ids, unknown
//! reasons to finish, arguments that are objects, content in parts. Nothing here depends on a field
//! that some server leaves out, and whether the model calls tools is read from the calls alone.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::budget::Usage;
use crate::error::Error;
use crate::json::Careful;
use crate::schema::arguments::MOST_BYTES;
use crate::tool::is_name;

/// What a model answered.
#[derive(Clone, PartialEq)]
pub struct Reply {
    /// The text, without surrounding white space; `None` if there is nothing but white space.
    pub text: Option<String>,
    /// The calls, in the model's order.
    pub calls: Vec<Call>,
    /// Whether the model declined to answer.
    pub is_refusal: bool,
    /// Whether the text was cut off at the length limit.
    pub is_cut: bool,
    /// The message as it came, to be sent back. Only what would make the next request invalid has been
    /// put right: absent ids, and arguments that are not the text of a JSON object.
    pub message: Value,
    /// The model that says it answered.
    pub model: Option<String>,
    /// The same, if it is not the model that was asked for.
    pub foreign_model: Option<String>,
    /// What the request used.
    pub usage: Usage,
    pub(super) reported: Reported,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Reply({} characters, {} calls)",
            self.text.as_deref().unwrap_or("").chars().count(),
            self.calls.len()
        )
    }
}

/// One call of a tool, as the model wrote it: nothing about it has been checked.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// Its name in the transcript.
    pub id: String,
    /// The tool's name; empty if there is none.
    pub name: String,
    /// The arguments.
    pub arguments: Arguments,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The arguments of a call, in the form the server gave them.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// Text that should be a JSON object, as it should be.
    Text(String),
    /// An object, already taken apart by the server.
    Object {
        /// The object.
        value: Value,
        /// Whether a key is there twice somewhere in the answer, so that the object cannot be trusted.
        has_doubled_keys: bool,
    },
    /// None, or `null`.
    Absent,
    /// Something that cannot be arguments.
    Unusable,
}

/// What a server says that a request used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reported {
    pub(super) prompt: Option<u64>,
    pub(super) cached: Option<u64>,
    pub(super) completion: Option<u64>,
}

/// Reads an answer. `position` is the number of messages before it, from which absent ids are made.
pub(super) fn read(body: Careful, position: usize) -> Result<Reply, Error> {
    let Careful { mut value, has_doubled_keys, .. } = body;
    let reported = usage(value.get("usage").unwrap_or(&Value::Null));
    let model = value.get("model").and_then(Value::as_str).map(str::to_owned);
    let mut choice = match value.get_mut("choices") {
        Some(Value::Array(choices)) if choices.is_empty() => Value::Null,
        Some(Value::Array(choices)) => choices.swap_remove(0),
        _ => return Err(Error::Unintelligible { what: "something that is not a chat completion" }),
    };
    let finish = choice.get("finish_reason").and_then(Value::as_str).map(str::to_owned);
    let mut message = match choice.get_mut("message").map(Value::take) {
        Some(Value::Object(message)) => message,
        Some(Value::Null) | None => Map::new(),
        Some(_) => return Err(Error::Unintelligible { what: "a message that is not an object" }),
    };
    let text = text(message.get("content").unwrap_or(&Value::Null));
    let refusal =
        message.get("refusal").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    message.insert("role".to_owned(), Value::String("assistant".to_owned()));
    let calls = calls(&mut message, position, has_doubled_keys);
    Ok(Reply {
        is_refusal: calls.is_empty() && (refusal || finish.as_deref() == Some("content_filter")),
        is_cut: calls.is_empty() && finish.as_deref() == Some("length"),
        text,
        calls,
        message: Value::Object(message),
        model,
        foreign_model: None,
        usage: Usage::default(),
        reported,
    })
}

/// The text of a message's content: a string, or a list of parts of which those of thinking are left
/// out.
fn text(content: &Value) -> Option<String> {
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(part).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            part(content).unwrap_or_default().to_owned()
        }
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn part(part: &Value) -> Option<&str> {
    if let Value::String(text) = part {
        return Some(text);
    }
    let is_text =
        matches!(part.get("type").and_then(Value::as_str), None | Some("text" | "output_text"));
    part.get("text").and_then(Value::as_str).filter(|_| is_text)
}

/// Reads the calls and puts right what would make the message invalid when it is sent back.
fn calls(message: &mut Map<String, Value>, position: usize, has_doubled_keys: bool) -> Vec<Call> {
    let raw = match message.get_mut("tool_calls") {
        Some(Value::Array(raw)) => raw,
        // Some servers refuse the field when it is null.
        Some(_) => {
            message.remove("tool_calls");
            return Vec::new();
        }
        None => return Vec::new(),
    };
    let mut taken = HashSet::new();
    let mut calls = Vec::new();
    for (at, raw) in raw.iter_mut().enumerate() {
        if !raw.is_object() {
            *raw = Value::Object(Map::new());
        }
        let Value::Object(object) = raw else { continue };
        let mut call = one_call(object, has_doubled_keys);
        let mut number = position.saturating_mul(MOST_IN_MESSAGE).saturating_add(at);
        while call.id.is_empty() || !taken.insert(call.id.clone()) {
            // Nine letters and digits, the only form that Mistral's servers take.
            call.id = format!("call{:05}", number.checked_rem(100_000).unwrap_or_default());
            number = number.saturating_add(1);
        }
        repair(object, &call);
        calls.push(call);
    }
    if calls.is_empty() {
        message.remove("tool_calls");
    }
    calls
}

/// How far apart the made-up ids of two messages are.
const MOST_IN_MESSAGE: usize = 32;

fn one_call(object: &Map<String, Value>, has_doubled_keys: bool) -> Call {
    let id = match object.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
    let is_function =
        matches!(object.get("type").and_then(Value::as_str), None | Some("function" | ""));
    let function = object.get("function").filter(|_| is_function).unwrap_or(&Value::Null);
    let name = function.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let arguments = match function.get("arguments") {
        Some(Value::String(text)) => Arguments::Text(text.clone()),
        Some(value @ Value::Object(_)) => {
            Arguments::Object { value: value.clone(), has_doubled_keys }
        }
        Some(Value::Null) | None => Arguments::Absent,
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) => Arguments::Unusable,
    };
    Call { id, name, arguments }
}

/// Leaves a well-formed call untouched. Text that is not a JSON object goes back as `{}`: servers that
/// take their history apart fail on it for good, and the error beside it says what was wrong.
fn repair(object: &mut Map<String, Value>, call: &Call) {
    object.insert("id".to_owned(), Value::String(call.id.clone()));
    if object.get("type").and_then(Value::as_str) != Some("function") {
        object.remove("custom");
        object.insert("type".to_owned(), Value::String("function".to_owned()));
    }
    if !object.get("function").is_some_and(Value::is_object) {
        object.insert("function".to_owned(), Value::Object(Map::new()));
    }
    let Some(Value::Object(function)) = object.get_mut("function") else { return };
    if !function.get("name").and_then(Value::as_str).is_some_and(is_name) {
        function.insert("name".to_owned(), Value::String("unknown".to_owned()));
    }
    let text = match &call.arguments {
        Arguments::Text(text) if is_object(text) => return,
        Arguments::Object { value, .. } => value.to_string(),
        Arguments::Text(_) | Arguments::Absent | Arguments::Unusable => "{}".to_owned(),
    };
    let text = if text.len() > MOST_BYTES { "{}".to_owned() } else { text };
    function.insert("arguments".to_owned(), Value::String(text));
}

fn is_object(text: &str) -> bool {
    text.len() <= MOST_BYTES
        && Careful::read(text.as_bytes()).is_ok_and(|careful| careful.value.is_object())
}

/// What the server reports, as far as it makes sense.
fn usage(usage: &Value) -> Reported {
    let count = |key: &str| usage.get(key).and_then(Value::as_u64);
    let total = count("total_tokens");
    let rest = |part: Option<u64>| total.and_then(|total| total.checked_sub(part?));
    let prompt = count("prompt_tokens").or_else(|| rest(count("completion_tokens")));
    let completion = count("completion_tokens").or_else(|| rest(count("prompt_tokens")));
    let details = usage.get("prompt_tokens_details");
    let cached = details.and_then(|details| details.get("cached_tokens")).and_then(Value::as_u64);
    Reported {
        prompt,
        cached: cached.map(|cached| cached.min(prompt.unwrap_or(cached))),
        completion,
    }
}

#[cfg(test)]
mod tests;
