//! JSON schemas in the strict form that models are held to.
//!
//! Strict mode guarantees that arguments match their schema, but takes a part of JSON Schema only:
//! <https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>.

pub(crate) mod arguments;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The keywords that strict mode takes.
const KEYWORDS: [&str; 20] = [
    "type",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "$ref",
    "$defs",
    "pattern",
    "format",
    "multipleOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
];

/// The keywords that strict mode refuses and that can be left out without changing what is meant.
/// Every other unknown keyword is kept, so that [`check`] refuses it.
const NOTES: [&str; 12] = [
    "$schema",
    "$id",
    "$comment",
    "title",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "minLength",
    "maxLength",
    "uniqueItems",
];

/// The formats of strings that strict mode takes.
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// The most properties a schema may have in all.
const MOST_PROPERTIES: usize = 5_000;
/// The deepest that objects and arrays may be nested.
const DEEPEST: usize = 10;
/// The most enumerated values a schema may have in all.
const MOST_VALUES: usize = 1_000;
/// The most characters that the names of properties, definitions and values may have in all.
const MOST_CHARACTERS: usize = 120_000;

/// A schema cannot be written in strict form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schema at {path} cannot be expressed: {why}")]
pub struct Inexpressible {
    /// Where, from the root `$`: `.field`, `[]` for items, `|0` for an alternative, `#Name` for a
    /// definition.
    pub path: String,
    /// What is there.
    pub why: String,
}

/// The strict schema of a type of arguments.
///
/// Fails for what strict mode cannot express: maps, untyped values, tuples, enumerations at the root.
pub fn of<A: JsonSchema>() -> Result<Value, Inexpressible> {
    let schema = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        })
        .with_transform(Strict)
        .into_generator()
        .into_root_schema_for::<A>()
        .to_value();
    check(&schema)?;
    Ok(schema)
}

/// The same, made once for each type: a tool is made anew for every turn.
pub(crate) fn once<A: JsonSchema + 'static>() -> Made {
    static KNOWN: LazyLock<Mutex<HashMap<TypeId, Made>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(TypeId::of::<A>()).or_insert_with(|| of::<A>().map(Arc::new)).clone()
}

/// A schema that several tools share, or why there is none.
type Made = Result<Arc<Value>, Inexpressible>;

/// Refuses whatever strict mode refuses, before a server does.
pub fn check(schema: &Value) -> Result<(), Inexpressible> {
    let mut checker = Checker { root: schema, properties: 0, values: 0, characters: 0 };
    let is_object = schema.get("type") == Some(&json!("object")) && schema.get("anyOf").is_none();
    if !is_object {
        return inexpressible("$", "the root must be an object; put the enumeration into a field");
    }
    checker.visit(schema, "$", 0)?;
    for (count, most, what) in [
        (checker.properties, MOST_PROPERTIES, "properties"),
        (checker.values, MOST_VALUES, "enumerated values"),
        (checker.characters, MOST_CHARACTERS, "characters of names and values"),
    ] {
        if count > most {
            return inexpressible("$", format!("{count} {what}, at most {most} are allowed"));
        }
    }
    Ok(())
}

fn inexpressible<T>(path: &str, why: impl Into<String>) -> Result<T, Inexpressible> {
    Err(Inexpressible { path: path.to_owned(), why: why.into() })
}

/// Rewrites what schemars writes into what strict mode takes.
#[derive(Clone, Debug)]
struct Strict;

impl Transform for Strict {
    fn transform(&mut self, schema: &mut Schema) {
        // Children first: an enumeration is recognized by its finished members.
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        object.retain(|keyword, _| !NOTES.contains(&keyword.as_str()));
        join_alternatives(object);
        unwrap_single_all_of(object);
        close_object(object);
        let is_odd_format = object
            .get("format")
            .and_then(Value::as_str)
            .is_some_and(|format| !FORMATS.contains(&format));
        if is_odd_format {
            object.remove("format");
        }
        if object.contains_key("$ref") {
            object.retain(|keyword, _| keyword == "$ref" || keyword == "$defs");
        }
    }
}

/// `oneOf` becomes an enumeration if its members are plain values, and `anyOf` otherwise.
fn join_alternatives(object: &mut Map<String, Value>) {
    let alternatives = match object.remove("oneOf") {
        Some(Value::Array(alternatives)) => alternatives,
        Some(other) => {
            object.insert("oneOf".to_owned(), other);
            return;
        }
        None => return,
    };
    let Some((values, notes)) = plain_values(&alternatives) else {
        object.insert("anyOf".to_owned(), Value::Array(alternatives));
        return;
    };
    object.insert("type".to_owned(), json!("string"));
    object.insert("enum".to_owned(), Value::Array(values));
    if notes.is_empty() {
        return;
    }
    let notes = notes.join("; ");
    let description = match object.get("description").and_then(Value::as_str) {
        Some(head) => format!("{head}\n{notes}"),
        None => notes,
    };
    object.insert("description".to_owned(), Value::String(description));
}

/// The strings that the alternatives stand for and what is said about each, if all are plain.
fn plain_values(alternatives: &[Value]) -> Option<(Vec<Value>, Vec<String>)> {
    let mut values = Vec::new();
    let mut notes = Vec::new();
    for alternative in alternatives {
        let members = match (alternative.get("const"), alternative.get("enum")) {
            (Some(value), _) => vec![value.clone()],
            (None, Some(Value::Array(members))) => members.clone(),
            (None, _) => return None,
        };
        for member in members {
            let text = member.as_str()?;
            if let Some(note) = alternative.get("description").and_then(Value::as_str) {
                notes.push(format!("{text}: {note}"));
            }
            values.push(member);
        }
    }
    (!values.is_empty()).then_some((values, notes))
}

/// `allOf` of one schema is that schema.
fn unwrap_single_all_of(object: &mut Map<String, Value>) {
    let single = match object.get("allOf") {
        Some(Value::Array(members)) => match members.as_slice() {
            [Value::Object(single)] => single.clone(),
            _ => return,
        },
        _ => return,
    };
    object.remove("allOf");
    for (keyword, value) in single {
        object.entry(keyword).or_insert(value);
    }
}

/// Every object names all its properties as required and has no others. What may be absent in Rust is
/// `null` for the model.
fn close_object(object: &mut Map<String, Value>) {
    let is_map = object.get("additionalProperties").is_some_and(|rest| rest != &json!(false));
    if is_map {
        return;
    }
    let is_object = object.get("type") == Some(&json!("object"));
    if !is_object && !object.contains_key("properties") {
        return;
    }
    let names: Vec<Value> = match object.get("properties") {
        Some(Value::Object(properties)) => properties.keys().map(|name| json!(name)).collect(),
        _ => Vec::new(),
    };
    object.entry("properties").or_insert_with(|| json!({}));
    object.insert("required".to_owned(), Value::Array(names));
    object.insert("additionalProperties".to_owned(), json!(false));
}

/// Walks through a schema and counts.
struct Checker<'s> {
    root: &'s Value,
    properties: usize,
    values: usize,
    characters: usize,
}

impl Checker<'_> {
    fn visit(&mut self, schema: &Value, path: &str, depth: usize) -> Result<(), Inexpressible> {
        let Value::Object(object) = schema else {
            return inexpressible(path, "a value of any kind");
        };
        if depth > DEEPEST {
            return inexpressible(path, format!("more than {DEEPEST} levels"));
        }
        if let Some(keyword) = object.keys().find(|keyword| !KEYWORDS.contains(&keyword.as_str())) {
            return inexpressible(path, format!("the keyword `{keyword}`"));
        }
        if !["type", "anyOf", "enum", "const", "$ref"]
            .iter()
            .any(|keyword| object.contains_key(*keyword))
        {
            return inexpressible(path, "a value of any kind");
        }
        self.reference(object, path)?;
        self.object(object, path, depth)?;
        self.array(object, path, depth)?;
        self.values(object);
        check_format(object, path)?;
        for (at, alternative) in list(object, "anyOf").iter().enumerate() {
            self.visit(alternative, &format!("{path}|{at}"), depth)?;
        }
        if let Some(Value::Object(definitions)) = object.get("$defs") {
            for (name, definition) in definitions {
                self.characters = self.characters.saturating_add(name.chars().count());
                self.visit(definition, &format!("{path}#{name}"), depth)?;
            }
        }
        Ok(())
    }

    fn reference(&self, object: &Map<String, Value>, path: &str) -> Result<(), Inexpressible> {
        let Some(reference) = object.get("$ref") else { return Ok(()) };
        if object.keys().any(|keyword| keyword != "$ref" && keyword != "$defs") {
            return inexpressible(path, "a reference with something beside it");
        }
        match resolve(self.root, reference) {
            Some(_) => Ok(()),
            None => inexpressible(path, format!("a reference to {reference}, which is not there")),
        }
    }

    fn object(
        &mut self,
        object: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Result<(), Inexpressible> {
        let empty = Map::new();
        let properties = match object.get("properties") {
            Some(Value::Object(properties)) => properties,
            Some(_) => return inexpressible(path, "properties that are not an object"),
            None if has_type(object, "object") => return inexpressible(path, "a map"),
            None => &empty,
        };
        match object.get("additionalProperties") {
            Some(Value::Bool(false)) => {}
            Some(_) => return inexpressible(path, "a map"),
            None if object.contains_key("properties") => {
                return inexpressible(path, "an object that is not closed");
            }
            None => {}
        }
        let required = list(object, "required");
        for (name, property) in properties {
            let path = format!("{path}.{name}");
            if !required.contains(&json!(name)) {
                return inexpressible(&path, "a property that is not required");
            }
            self.characters = self.characters.saturating_add(name.chars().count());
            self.visit(property, &path, depth.saturating_add(1))?;
        }
        self.properties = self.properties.saturating_add(properties.len());
        Ok(())
    }

    fn array(
        &mut self,
        object: &Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Result<(), Inexpressible> {
        match object.get("items") {
            Some(items) => self.visit(items, &format!("{path}[]"), depth.saturating_add(1)),
            None if has_type(object, "array") => inexpressible(path, "a list of anything"),
            None => Ok(()),
        }
    }

    fn values(&mut self, object: &Map<String, Value>) {
        let values = list(object, "enum");
        self.values = self.values.saturating_add(values.len());
        for value in values.iter().chain(object.get("const")) {
            let length = value.as_str().map_or(0, |text| text.chars().count());
            self.characters = self.characters.saturating_add(length);
        }
    }
}

fn check_format(object: &Map<String, Value>, path: &str) -> Result<(), Inexpressible> {
    match object.get("format").and_then(Value::as_str) {
        Some(format) if !FORMATS.contains(&format) => {
            inexpressible(path, format!("the format `{format}`"))
        }
        _ => Ok(()),
    }
}

/// What a reference within the schema names.
fn resolve<'s>(root: &'s Value, reference: &Value) -> Option<&'s Value> {
    let pointer = reference.as_str()?.strip_prefix('#')?;
    root.pointer(pointer)
}

/// Whether the schema's type is, or may be, the one named.
fn has_type(object: &Map<String, Value>, name: &str) -> bool {
    match object.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(several)) => several.contains(&json!(name)),
        _ => false,
    }
}

/// The members of a keyword that holds a list; none if it is absent.
fn list<'s>(object: &'s Map<String, Value>, keyword: &str) -> &'s [Value] {
    object.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
