//! What a strict server refuses: malformed transcripts and schemas that are not strict.

use std::collections::HashSet;

use serde_json::Value;

use super::response::Refusal;

/// The longest name a tool may have.
const LONGEST_NAME: usize = 64;
/// Keywords that strict schemas may use.
const KEYWORDS: [&str; 19] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "properties",
    "type",
];

/// Refuses a transcript in which calls and results do not belong together.
pub(super) fn transcript(messages: &[Value]) -> Result<(), Refusal> {
    if messages.is_empty() {
        return Err(Refusal::invalid("messages", "messages must not be empty"));
    }
    let mut known = HashSet::new();
    let mut waiting: Vec<&str> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let param = format!("messages[{at}]");
        let refuse = |message: &str| Refusal::invalid(&param, message);
        let role = message.get("role").and_then(Value::as_str);
        let role = role.ok_or_else(|| refuse("a message needs a role"))?;
        if role == "tool" {
            let id = message.get("tool_call_id").and_then(Value::as_str);
            let id = id.ok_or_else(|| refuse("a tool message needs a tool_call_id"))?;
            let place = waiting.iter().position(|known| *known == id);
            let place = place.ok_or_else(|| {
                refuse(
                    "messages with role 'tool' must answer a preceding message with 'tool_calls'",
                )
            })?;
            waiting.remove(place);
            content(message, &param)?;
            continue;
        }
        if !waiting.is_empty() {
            return Err(refuse(
                "an assistant message with 'tool_calls' must be followed by tool messages for each call",
            ));
        }
        match role {
            "system" | "developer" | "user" => content(message, &param)?,
            "assistant" => {
                waiting = calls(message, &param)?;
                if waiting.iter().any(|id| !known.insert((*id).to_owned())) {
                    return Err(refuse("two tool calls have the same id"));
                }
            }
            _ => return Err(refuse("the role must be system, developer, user, assistant or tool")),
        }
    }
    if waiting.is_empty() {
        Ok(())
    } else {
        Err(Refusal::invalid("messages", "a tool call at the end has no result"))
    }
}

/// Content is text, or a list of text parts.
fn content(message: &Value, param: &str) -> Result<(), Refusal> {
    let is_part = |part: &Value| {
        part.get("type") == Some(&Value::from("text"))
            && part.get("text").is_some_and(Value::is_string)
    };
    let is_fine = match message.get("content") {
        Some(Value::String(_)) => true,
        Some(Value::Array(parts)) => !parts.is_empty() && parts.iter().all(is_part),
        Some(_) | None => false,
    };
    if is_fine {
        Ok(())
    } else {
        Err(Refusal::invalid(&format!("{param}.content"), "the content must be text"))
    }
}

/// The ids of an assistant's calls.
fn calls<'a>(message: &'a Value, param: &str) -> Result<Vec<&'a str>, Refusal> {
    let calls = match message.get("tool_calls") {
        None | Some(Value::Null) => return content(message, param).map(|()| Vec::new()),
        Some(Value::Array(calls)) if !calls.is_empty() => calls,
        Some(_) => {
            let param = format!("{param}.tool_calls");
            return Err(Refusal::invalid(&param, "tool_calls must be a list that is not empty"));
        }
    };
    if message.get("content").is_some_and(|content| !content.is_null()) {
        content(message, param)?;
    }
    let mut ids = Vec::with_capacity(calls.len());
    for (at, call) in calls.iter().enumerate() {
        let param = format!("{param}.tool_calls[{at}]");
        let text = |value: Option<&'a Value>| value.and_then(Value::as_str);
        let function = call.get("function");
        let id = text(call.get("id")).filter(|id| !id.is_empty());
        let name = text(function.and_then(|function| function.get("name")));
        let arguments = text(function.and_then(|function| function.get("arguments")));
        let is_function = text(call.get("type")) == Some("function");
        let is_whole = is_function && name.is_some() && arguments.is_some();
        let Some(id) = id.filter(|_| is_whole) else {
            let message = "a call needs an id, the type function, a name and arguments as text";
            return Err(Refusal::invalid(&param, message));
        };
        ids.push(id);
    }
    Ok(ids)
}

/// Refuses a list of tools that is not well-formed, and gives their names.
pub(super) fn tools(tools: &[Value]) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = Vec::with_capacity(tools.len());
    for (at, tool) in tools.iter().enumerate() {
        let param = format!("tools[{at}]");
        if tool.get("type").and_then(Value::as_str) != Some("function") {
            return Err(Refusal::invalid(
                &param,
                "this stand-in knows tools of type function only",
            ));
        }
        let function = tool.get("function").unwrap_or(&Value::Null);
        let name = function.get("name").and_then(Value::as_str).unwrap_or_default();
        let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_sign) {
            let message = "a name has 1 to 64 letters, digits, underscores and hyphens";
            return Err(Refusal::invalid(&format!("{param}.function.name"), message));
        }
        if names.iter().any(|known| known == name) {
            return Err(Refusal::invalid(&param, format!("two tools are called {name}")));
        }
        let param = format!("{param}.function.parameters");
        let Some(parameters) = function.get("parameters") else {
            return Err(Refusal::invalid(&param, "the parameters are missing"));
        };
        if parameters.get("type").and_then(Value::as_str) != Some("object") {
            return Err(Refusal::invalid(&param, "the schema's type must be object"));
        }
        schema(parameters, &param)?;
        names.push(name.to_owned());
    }
    Ok(names)
}

/// Refuses a schema that is not strict:
/// <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>.
fn schema(schema: &Value, param: &str) -> Result<(), Refusal> {
    let Some(keywords) = schema.as_object() else {
        return Err(Refusal::invalid(param, "a schema must be an object"));
    };
    for (name, value) in keywords {
        let known = KEYWORDS.contains(&name.as_str()) || name == "required";
        if !known {
            return Err(Refusal::invalid(param, format!("'{name}' is not permitted")));
        }
        match name.as_str() {
            "properties" | "$defs" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    self::schema(inner, &format!("{param}.{name}"))?;
                }
            }
            "items" => self::schema(value, &format!("{param}.items"))?,
            "anyOf" => {
                for inner in value.as_array().into_iter().flatten() {
                    self::schema(inner, &format!("{param}.anyOf"))?;
                }
            }
            _ => {}
        }
    }
    if keywords.get("type").and_then(Value::as_str) == Some("object") {
        object(schema, param)?;
    }
    Ok(())
}

fn object(schema: &Value, param: &str) -> Result<(), Refusal> {
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(Refusal::invalid(param, "'additionalProperties' must be false"));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let names: HashSet<&str> =
        properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let required = schema.get("required").and_then(Value::as_array);
    let required: HashSet<&str> =
        required.into_iter().flatten().filter_map(Value::as_str).collect();
    if names == required {
        Ok(())
    } else {
        Err(Refusal::invalid(param, "'required' must name every property and nothing else"))
    }
}
