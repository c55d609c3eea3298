//! Holds requests and answers against the description that Stripe's own client was made from.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use quittance_sandbox::stripe::Exchange;
use serde_json::{Map, Value, json};

/// The description's file name in the folder that `QUITTANCE_SPECS` names.
const FILE: &str = "stripe-2026-10-28.endive.schema.json";

/// Endpoints: method and path, what is sent, and what is answered.
const ENDPOINTS: [(&str, &str, &str, &str); 12] = [
    ("GET", "/v1/charges", "ChargeListParams", "list Charge"),
    ("GET", "/v1/charges/{id}", "", "Charge"),
    ("GET", "/v1/customers", "CustomerListParams", "list Customer"),
    ("GET", "/v1/customers/{id}", "", "Customer"),
    ("GET", "/v1/disputes", "DisputeListParams", "list Dispute"),
    ("GET", "/v1/invoice_payments", "InvoicePaymentListParams", "list InvoicePayment"),
    ("GET", "/v1/invoices", "InvoiceListParams", "list Invoice"),
    ("GET", "/v1/prices/{id}", "", "Price"),
    ("GET", "/v1/refunds", "RefundListParams", "list Refund"),
    ("GET", "/v1/refunds/{id}", "", "Refund"),
    ("GET", "/v1/subscriptions", "SubscriptionListParams", "list Subscription"),
    ("POST", "/v1/refunds", "RefundCreateParams", "Refund"),
];

/// The description of version 2026-10-28.endive.
pub(crate) struct Spec {
    definitions: Value,
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
        let description: Value = serde_json::from_str(&text).unwrap();
        let definitions = description["$defs"].clone();
        assert!(definitions.is_object());
        Some(Self { definitions, validators: Mutex::default() })
    }

    /// Everything that is wrong with a request and its answer.
    pub(crate) fn problems(&self, exchange: &Exchange) -> Vec<String> {
        let (path, query) = exchange.path.split_once('?').unwrap_or((&exchange.path, ""));
        let name = format!("{} {path}", exchange.method);
        let endpoint = ENDPOINTS.iter().find(|(method, template, _, _)| {
            *method == exchange.method && is_filled_by(template, path)
        });
        let Some((_, _, params, answer)) = endpoint else {
            return vec![format!("{name} is not described")];
        };
        let sent = if exchange.method == "GET" { query } else { &exchange.form };
        let mut problems = self.request_problems(params, sent);
        if let Some((status, body)) = &exchange.answer {
            match serde_json::from_str(body) {
                Ok(body) => problems.extend(self.answer_problems(answer, *status, &body)),
                Err(error) => problems.push(format!("the answer is not JSON: {error}")),
            }
        }
        problems.into_iter().map(|problem| format!("{name}: {problem}")).collect()
    }

    fn request_problems(&self, params: &str, sent: &str) -> Vec<String> {
        // Reading one object takes nothing but `expand`.
        let only_expand = json!({ "properties": { "expand": { "type": "array" } } });
        let described = if params.is_empty() { &only_expand } else { &self.definitions[params] };
        // Stripe refuses what it does not know.
        let mut schema = described.clone();
        schema["additionalProperties"] = json!(false);
        let form = form(sent, &schema["properties"]);
        self.find(&format!("request {params}"), &schema, &form)
    }

    fn answer_problems(&self, answer: &str, status: u16, body: &Value) -> Vec<String> {
        let reference = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
        if status != 200 {
            return self.find("error", &error_schema(), body);
        }
        let schema = match answer.strip_prefix("list ") {
            None if answer == "Customer" => {
                json!({ "anyOf": [reference("Customer"), reference("DeletedCustomer")] })
            }
            None => reference(answer),
            Some(entry) => json!({
                "type": "object",
                "required": ["object", "data", "has_more", "url"],
                "properties": {
                    "object": { "const": "list" },
                    "has_more": { "type": "boolean" },
                    "data": { "type": "array", "items": reference(entry) },
                },
            }),
        };
        self.find(answer, &schema, body)
    }

    fn find(&self, name: &str, schema: &Value, value: &Value) -> Vec<String> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(name.to_owned()).or_insert_with(|| {
            let root = json!({ "allOf": [schema], "$defs": self.definitions });
            jsonschema::draft202012::options().build(&root).unwrap()
        });
        let errors = validator.iter_errors(value);
        errors.map(|error| format!("{name}{}: {error}", error.instance_path())).collect()
    }
}

/// Errors are not in the description; this is what <https://docs.stripe.com/api/errors> says.
fn error_schema() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["error"],
        "additionalProperties": false,
        "properties": { "error": {
            "type": "object",
            "required": ["type", "message"],
            "additionalProperties": false,
            "properties": {
                "type": { "enum": ["api_error", "card_error", "idempotency_error", "invalid_request_error"] },
                "message": text, "code": text, "param": text, "doc_url": text, "decline_code": text,
                "charge": text, "payment_intent": {}, "request_log_url": text,
            },
        } },
    })
}

fn is_filled_by(template: &str, path: &str) -> bool {
    let mut steps = path.split('/');
    let fits = template
        .split('/')
        .all(|wanted| steps.next().is_some_and(|step| wanted.starts_with('{') || wanted == step));
    fits && steps.next().is_none()
}

/// A form as the object it stands for: `expand[]` is a list and `metadata[case]` a member. Digits
/// are a number where one is described; the bounds of an instant are numbers too.
fn form(sent: &str, described: &Value) -> Value {
    let mut object = Map::new();
    for (name, value) in form_urlencoded::parse(sent.as_bytes()) {
        let (outer, inner) = name.split_once('[').unwrap_or((&name, ""));
        let is_number = described[outer]["type"] == "number" || outer == "created";
        let number = value.parse::<i64>().ok().filter(|_| is_number);
        let value = number.map_or_else(|| json!(value), |number| json!(number));
        match inner.strip_suffix(']') {
            None => object.insert(outer.to_owned(), value),
            Some("") => {
                let list = object.entry(outer.to_owned()).or_insert(json!([]));
                list.as_array_mut().unwrap().push(value);
                None
            }
            Some(member) => {
                let members = object.entry(outer.to_owned()).or_insert(json!({}));
                members.as_object_mut().unwrap().insert(member.to_owned(), value)
            }
        };
    }
    Value::Object(object)
}
