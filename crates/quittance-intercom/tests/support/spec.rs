//! Holds what passed against the description of its API that Intercom publishes.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::recorder::Exchange;

/// The description's file name in the folder that `QUITTANCE_SPECS` names.
const FILE: &str = "intercom-2.16.yaml";

/// Intercom's description of version 2.16.
pub(crate) struct Spec {
    description: Value,
    requests: Value,
    answers: Value,
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
            println!("SKIPPED: QUITTANCE_SPECS is not set, nothing was checked against {FILE}");
            return None;
        };
        let text = std::fs::read_to_string(PathBuf::from(folder).join(FILE)).unwrap();
        let description: Value = serde_saphyr::from_str(&text).unwrap();
        let answers = adapt(&description["components"]["schemas"], Unknown::Allowed);
        let requests = adapt(&description["components"]["schemas"], Unknown::Refused);
        Some(Self { description, requests, answers, validators: Mutex::default() })
    }

    /// Everything that is wrong with a request and its answer.
    pub(crate) fn problems(&self, exchange: &Exchange) -> Vec<String> {
        let Exchange { method, path, .. } = exchange;
        let Some(template) = self.template(path) else {
            return vec![format!("{path} is not described")];
        };
        let operation = &self.description["paths"][&template][method];
        if !operation.is_object() {
            return vec![format!("{method} {template} is not described")];
        }
        let name = format!("{method} {template}");
        let mut problems = self.query_problems(operation, exchange);
        problems.extend(self.request_problems(&name, operation, exchange));
        problems.extend(self.answer_problems(&name, operation, exchange));
        problems.into_iter().map(|problem| format!("{name}: {problem}")).collect()
    }

    /// The described path that a path fills.
    fn template(&self, path: &str) -> Option<String> {
        let paths = self.description["paths"].as_object().unwrap();
        let fits = |template: &str| {
            let mut steps = path.split('/');
            let fits = template.split('/').all(|wanted| {
                steps.next().is_some_and(|step| wanted.starts_with('{') || wanted == step)
            });
            fits && steps.next().is_none()
        };
        // A path that is written out goes before one with a blank in it.
        let exact = paths.keys().find(|template| *template == path);
        exact.or_else(|| paths.keys().find(|template| fits(template))).cloned()
    }

    fn query_problems(&self, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let mut described = BTreeSet::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" {
                described.insert(parameter["name"].as_str().unwrap());
            }
        }
        let sent = exchange.query.split('&').filter(|pair| !pair.is_empty());
        let names = sent.map(|pair| pair.split('=').next().unwrap());
        let mut problems: Vec<String> = names
            .filter(|name| !described.contains(name))
            .map(|name| format!("the parameter {name} is not described"))
            .collect();
        let versions = &self.description["components"]["schemas"]["intercom_version"]["enum"];
        if !versions.as_array().unwrap().contains(&json!(exchange.version)) {
            problems.push(format!("the version {:?} is not described", exchange.version));
        }
        problems
    }

    fn request_problems(&self, name: &str, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        match (schema.is_object(), exchange.request.is_empty()) {
            (false, true) => Vec::new(),
            (false, false) => vec!["a body is not described".to_owned()],
            (true, true) => vec!["a body is missing".to_owned()],
            (true, false) => {
                let body = serde_json::from_slice(&exchange.request).unwrap();
                let schema = adapt(schema, Unknown::Refused);
                self.find(&format!("{name} request"), &schema, &self.requests, &body)
            }
        }
    }

    fn answer_problems(&self, name: &str, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let status = exchange.status.to_string();
        let response = &operation["responses"][&status];
        let described = &response["content"]["application/json"]["schema"];
        let is_described = described.is_object();
        if !is_described && exchange.status < 400 {
            return vec![format!("the status {status} is not described")];
        }
        let error = json!({ "$ref": "#/components/schemas/error" });
        let schema = adapt(if is_described { described } else { &error }, Unknown::Allowed);
        match serde_json::from_slice(&exchange.answer) {
            Ok(body) => self.find(&format!("{name} {status}"), &schema, &self.answers, &body),
            Err(error) => vec![format!("the answer is not JSON: {error}")],
        }
    }

    fn find(&self, name: &str, schema: &Value, schemas: &Value, value: &Value) -> Vec<String> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(name.to_owned()).or_insert_with(|| {
            // Beside `$ref` draft 7 reads nothing, so it is put one level down.
            let root = json!({
                "$schema": "http://json-schema.org/draft-07/schema#",
                "allOf": [schema],
                "components": { "schemas": schemas },
            });
            jsonschema::draft7::options().should_validate_formats(false).build(&root).unwrap()
        });
        let errors = validator.iter_errors(value);
        errors.map(|error| format!("{name}{}: {error}", error.instance_path())).collect()
    }
}

/// What becomes of fields that are not described.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// An answer may hold more than it must.
    Allowed,
    /// A request may not: Intercom would overlook what we misspell.
    Refused,
}

/// Turns a schema of the description into one of JSON Schema draft 7.
fn adapt(schema: &Value, unknown: Unknown) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(|item| adapt(item, unknown)).collect(),
        Value::Object(fields) => adapt_object(fields, unknown),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

fn adapt_object(fields: &Map<String, Value>, unknown: Unknown) -> Value {
    let mut adapted = Map::new();
    for (name, value) in fields {
        // The parts of an `allOf` describe one object together, so none of them is closed.
        let unknown = if name == "allOf" { Unknown::Allowed } else { unknown };
        if !matches!(name.as_str(), "example" | "examples") {
            adapted.insert(name.clone(), adapt(value, unknown));
        }
    }
    let is_closable = adapted.get("type") == Some(&json!("object"))
        && adapted.get("properties").is_some_and(Value::is_object)
        && !adapted.contains_key("additionalProperties");
    if unknown == Unknown::Refused && is_closable {
        adapted.insert("additionalProperties".to_owned(), json!(false));
    }
    // A property may itself be called `nullable`; only the keyword is a boolean.
    if adapted.remove("nullable") == Some(json!(true)) {
        return json!({ "anyOf": [{ "type": "null" }, adapted] });
    }
    Value::Object(adapted)
}
