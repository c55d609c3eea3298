//! Checks bodies against the description of its API that Intercom publishes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// The description's file name in the folder that `QUITTANCE_SPECS` names.
const FILE: &str = "intercom-2.16.yaml";

/// Intercom's description of version 2.16.
pub(crate) struct Spec {
    description: Value,
    schemas: Value,
    validators: Mutex<HashMap<String, Validator>>,
}

impl Spec {
    /// The description, read once; nothing when `QUITTANCE_SPECS` is not set, which is said.
    pub(crate) fn load() -> Option<&'static Self> {
        static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
        SPEC.get_or_init(Self::read).as_ref()
    }

    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment where it is")]
    fn read() -> Option<Self> {
        let Ok(folder) = std::env::var("QUITTANCE_SPECS") else {
            println!("SKIPPED: QUITTANCE_SPECS is not set, bodies were not checked against {FILE}");
            return None;
        };
        let path = PathBuf::from(folder).join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        let description: Value = serde_saphyr::from_str(&text).unwrap();
        let schemas = adapt(&description["components"]["schemas"]);
        Some(Self { description, schemas, validators: Mutex::new(HashMap::new()) })
    }

    /// Checks the body of an answer. `path` is the description's, such as
    /// `/conversations/{conversation_id}`.
    ///
    /// A status that the description does not name is checked as an error.
    pub(crate) fn check_answer(&self, method: &str, path: &str, status: u16, body: &Value) {
        let operation = &self.description["paths"][path][method];
        assert!(operation.is_object(), "{method} {path} is not in the description");
        let response = &operation["responses"][status.to_string().as_str()];
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_object() {
            self.check(&format!("{method} {path} {status}"), schema, body);
        } else {
            assert!(status >= 400, "{method} {path} is described without status {status}");
            self.check("error", &json!({ "$ref": "#/components/schemas/error" }), body);
        }
    }

    /// Checks a value against a named schema.
    pub(crate) fn check_schema(&self, name: &str, value: &Value) {
        self.check(name, &json!({ "$ref": format!("#/components/schemas/{name}") }), value);
    }

    /// What is wrong with a value that claims to be of a named schema.
    pub(crate) fn problems(&self, name: &str, value: &Value) -> Vec<String> {
        let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
        self.find_problems(name, &schema, value)
    }

    fn check(&self, name: &str, schema: &Value, value: &Value) {
        let problems = self.find_problems(name, schema, value);
        assert!(problems.is_empty(), "{name}\n{}\n{value:#}", problems.join("\n"));
    }

    fn find_problems(&self, name: &str, schema: &Value, value: &Value) -> Vec<String> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(name.to_owned()).or_insert_with(|| {
            let mut root = adapt(schema);
            if let Some(target) = root.get("$ref").cloned() {
                root = json!({ "allOf": [{ "$ref": target }] });
            }
            root["$schema"] = json!("http://json-schema.org/draft-07/schema#");
            root["components"] = json!({ "schemas": self.schemas });
            jsonschema::draft7::options().should_validate_formats(false).build(&root).unwrap()
        });
        validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }
}

/// Turns a schema of such a description into one of JSON Schema draft 7: `nullable` becomes a type, also
/// beside `$ref`, where draft 7 would not read it.
fn adapt(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => Value::Array(items.iter().map(adapt).collect()),
        Value::Object(fields) => adapt_object(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

fn adapt_object(fields: &Map<String, Value>) -> Value {
    let mut adapted: Map<String, Value> = fields
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "example" | "examples"))
        .map(|(name, value)| (name.clone(), adapt(value)))
        .collect();
    // A property may itself be called `nullable`; only the keyword is a boolean.
    if adapted.get("nullable") != Some(&Value::Bool(true)) {
        return Value::Object(adapted);
    }
    adapted.remove("nullable");
    json!({ "anyOf": [{ "type": "null" }, Value::Object(adapted)] })
}
