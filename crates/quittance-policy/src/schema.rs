//! The schema of the front matter, for editors.

use quittance_core::money::Currency;
use serde_json::{Map, Value, json};

use crate::front::KEYS;

/// A JSON Schema (draft 7) of the front matter, made from the table that reads it. Other keys are left to
/// other programs.
pub fn front_matter_schema() -> Value {
    let properties: Map<String, Value> = KEYS
        .iter()
        .map(|key| {
            let mut property = value_of(key.name);
            property.insert("description".to_owned(), json!(key.documentation));
            property.insert("examples".to_owned(), json!([key.example]));
            (key.name.to_owned(), Value::Object(property))
        })
        .collect();
    let required: Vec<&str> =
        KEYS.iter().filter(|key| key.is_required).map(|key| key.name).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Front matter of a refund policy",
        "type": "object",
        "required": required,
        "properties": properties,
    })
}

/// What a value looks like.
fn value_of(key: &str) -> Map<String, Value> {
    let value = match key {
        "title" => json!({"type": "string", "pattern": r"\S"}),
        "language" => {
            json!({"type": "string", "pattern": "^[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?$"})
        }
        "currency" => json!({"type": "string", "enum": currencies()}),
        // The days: `effective` and `until`.
        _ => json!({
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        }),
    };
    if let Value::Object(fields) = value { fields } else { Map::new() }
}

/// Every code of a currency, in small letters and in capitals.
fn currencies() -> Vec<String> {
    let letters = || 'a'..='z';
    let codes = letters().flat_map(|first| {
        letters().flat_map(move |second| {
            letters().map(move |third| String::from_iter([first, second, third]))
        })
    });
    let small: Vec<String> = codes.filter(|code| code.parse::<Currency>().is_ok()).collect();
    let capital: Vec<String> = small.iter().map(|code| code.to_uppercase()).collect();
    [small, capital].concat()
}
