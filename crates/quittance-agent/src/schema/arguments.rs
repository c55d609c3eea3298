//! Reading the arguments of a call.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::{list, resolve};
use crate::json::Careful;
use crate::model::Arguments;

/// The most bytes that the arguments of one call may have.
pub(crate) const MOST_BYTES: usize = 16 * 1024;
/// The deepest that objects and arrays in arguments may be nested.
const DEEPEST: usize = 16;

/// Why arguments were not accepted, in words for the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unacceptable(pub(crate) String);

impl From<&str> for Unacceptable {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// Reads arguments and holds them against the tool's schema. Nothing is corrected or guessed, except
/// that no text at all means an object without fields.
pub(crate) fn read(arguments: &Arguments, schema: &Value) -> Result<Value, Unacceptable> {
    let value = match arguments {
        Arguments::Text(text) => read_text(text)?,
        Arguments::Object { value, has_doubled_keys: false } => within_depth(value.clone())?,
        Arguments::Object { has_doubled_keys: true, .. } => {
            return Err("a key is there twice".into());
        }
        Arguments::Absent => Value::Object(Map::new()),
        Arguments::Unusable => return Err("the arguments are not a JSON object".into()),
    };
    if !value.is_object() {
        return Err("the arguments are not a JSON object".into());
    }
    no_control_characters(&value)?;
    matches(&value, schema, schema, "arguments").map_err(Unacceptable)?;
    Ok(value)
}

fn read_text(text: &str) -> Result<Value, Unacceptable> {
    if text.len() > MOST_BYTES {
        return Err(Unacceptable(format!("the arguments have more than {MOST_BYTES} bytes")));
    }
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let careful = Careful::read(text.as_bytes())
        .map_err(|error| Unacceptable(format!("the arguments are not one JSON object: {error}")))?;
    if careful.has_doubled_keys {
        return Err("a key is there twice".into());
    }
    if careful.depth > DEEPEST {
        return Err(too_deep());
    }
    Ok(careful.value)
}

/// The limits on arguments that a server has already taken apart.
fn within_depth(value: Value) -> Result<Value, Unacceptable> {
    let text = value.to_string();
    if text.len() > MOST_BYTES {
        return Err(Unacceptable(format!("the arguments have more than {MOST_BYTES} bytes")));
    }
    match Careful::read(text.as_bytes()) {
        Ok(careful) if careful.depth <= DEEPEST => Ok(value),
        _ => Err(too_deep()),
    }
}

fn too_deep() -> Unacceptable {
    Unacceptable(format!("the arguments are nested deeper than {DEEPEST} levels"))
}

/// Control characters, apart from tabs and line ends, have no place in anything a tool takes.
fn no_control_characters(value: &Value) -> Result<(), Unacceptable> {
    let is_clean =
        |text: &str| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    let clean = match value {
        Value::String(text) => is_clean(text),
        Value::Array(items) => return items.iter().try_for_each(no_control_characters),
        Value::Object(entries) => {
            entries.values().try_for_each(no_control_characters)?;
            entries.keys().all(|key| is_clean(key))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    };
    if clean { Ok(()) } else { Err("the arguments contain control characters".into()) }
}

/// Holds a value against a strict schema. Absent properties are left to the type that reads the
/// arguments: models without strict mode leave out what may be `null`. Patterns and formats are
/// guidance for the model and are checked by whoever uses the value.
fn matches(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    let Value::Object(object) = schema else { return Ok(()) };
    if let Some(reference) = object.get("$ref") {
        let Some(named) = resolve(root, reference) else { return Err(format!("{at}: no schema")) };
        return matches(value, named, root, at);
    }
    let alternatives = list(object, "anyOf");
    if !alternatives.is_empty()
        && !alternatives.iter().any(|schema| matches(value, schema, root, at).is_ok())
    {
        return Err(format!("{at}: fits none of the alternatives"));
    }
    has_right_type(value, object, at)?;
    let values = list(object, "enum");
    if !values.is_empty() && !values.contains(value) {
        return Err(format!("{at}: must be one of {}", Value::from(values)));
    }
    if object.get("const").is_some_and(|only| only != value) {
        return Err(format!("{at}: has the wrong value"));
    }
    within_range(value, object, at)?;
    match value {
        Value::Object(entries) => entries.iter().try_for_each(|(name, entry)| {
            match object.get("properties").and_then(|properties| properties.get(name)) {
                Some(schema) => matches(entry, schema, root, &format!("{at}.{name}")),
                None if object.contains_key("properties") => {
                    Err(format!("{at}: has an unknown field"))
                }
                None => Ok(()),
            }
        }),
        Value::Array(items) => match object.get("items") {
            Some(schema) => {
                items.iter().try_for_each(|item| matches(item, schema, root, &format!("{at}[]")))
            }
            None => Ok(()),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn has_right_type(value: &Value, object: &Map<String, Value>, at: &str) -> Result<(), String> {
    let is_one = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    let fits = match object.get("type") {
        Some(Value::String(name)) => is_one(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is_one),
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("{at}: must be {}", object.get("type").unwrap_or(&Value::Null)))
    }
}

fn within_range(value: &Value, object: &Map<String, Value>, at: &str) -> Result<(), String> {
    let bound = |keyword: &str| object.get(keyword).and_then(Value::as_number);
    if let Value::Number(number) = value {
        let order = |keyword: &str| bound(keyword).and_then(|bound| compare(number, bound));
        let fits = order("minimum") != Some(Ordering::Less)
            && order("maximum") != Some(Ordering::Greater)
            && !matches!(order("exclusiveMinimum"), Some(Ordering::Less | Ordering::Equal))
            && !matches!(order("exclusiveMaximum"), Some(Ordering::Greater | Ordering::Equal));
        return if fits { Ok(()) } else { Err(format!("{at}: is out of range")) };
    }
    if let Value::Array(items) = value {
        let count = Number::from(items.len());
        let order = |keyword: &str| bound(keyword).and_then(|bound| compare(&count, bound));
        let fits = order("minItems") != Some(Ordering::Less)
            && order("maxItems") != Some(Ordering::Greater);
        return if fits { Ok(()) } else { Err(format!("{at}: has too few or too many items")) };
    }
    Ok(())
}

fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

#[cfg(test)]
mod tests;
