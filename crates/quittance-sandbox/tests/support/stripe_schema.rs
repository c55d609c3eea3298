//! Checks objects against the schema of Stripe's newest version.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The schema's file name in the folder that `QUITTANCE_SPECS` names.
const FILE: &str = "stripe-2026-10-28.endive.schema.json";

/// What the schema calls the objects that the stand-in serves.
const DEFINITIONS: [(&str, &str); 17] = [
    ("balance_transaction", "BalanceTransaction"),
    ("charge", "Charge"),
    ("coupon", "Coupon"),
    ("credit_note", "CreditNote"),
    ("customer", "Customer"),
    ("dispute", "Dispute"),
    ("invoice", "Invoice"),
    ("invoice_payment", "InvoicePayment"),
    ("line_item", "InvoiceLineItem"),
    ("payment_intent", "PaymentIntent"),
    ("payment_method", "PaymentMethod"),
    ("price", "Price"),
    ("product", "Product"),
    ("radar.early_fraud_warning", "EarlyFraudWarning"),
    ("refund", "Refund"),
    ("subscription", "Subscription"),
    ("subscription_item", "SubscriptionItem"),
];

/// Stripe's schema.
pub(crate) struct Schema {
    definitions: Value,
    validators: Mutex<HashMap<String, Validator>>,
}

impl Schema {
    /// The schema, read once; nothing when `QUITTANCE_SPECS` is not set, which is said.
    pub(crate) fn load() -> Option<&'static Self> {
        static SCHEMA: OnceLock<Option<Schema>> = OnceLock::new();
        SCHEMA.get_or_init(Self::read).as_ref()
    }

    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment where it is")]
    fn read() -> Option<Self> {
        let Ok(folder) = std::env::var("QUITTANCE_SPECS") else {
            println!("SKIPPED: QUITTANCE_SPECS is not set, bodies were not checked against {FILE}");
            return None;
        };
        let text = std::fs::read_to_string(PathBuf::from(folder).join(FILE)).unwrap();
        let root: Value = serde_json::from_str(&text).unwrap();
        Some(Self { definitions: root["$defs"].clone(), validators: Mutex::default() })
    }

    /// Checks an answer: an object, or every object of a list.
    pub(crate) fn check(&self, body: &Value) {
        match body["object"].as_str() {
            Some("list" | "search_result") => {
                body["data"].as_array().unwrap().iter().for_each(|row| self.check(row));
            }
            Some("event") => self.check(&body["data"]["object"]),
            Some("customer") if body["deleted"] == true => self.check_as("DeletedCustomer", body),
            Some(_) if body["deleted"] == true => {}
            Some(object) => {
                let known = DEFINITIONS.iter().find(|(name, _)| *name == object);
                if let Some((_, definition)) = known {
                    self.check_as(definition, body);
                }
            }
            None => assert!(body["error"].is_object(), "neither object nor error: {body:#}"),
        }
    }

    fn check_as(&self, definition: &str, body: &Value) {
        // The schema allows further members, the stand-in must not invent any.
        let known = self.definitions[definition]["properties"].as_object().unwrap();
        let invented: Vec<_> =
            body.as_object().unwrap().keys().filter(|name| !known.contains_key(*name)).collect();
        assert_eq!(invented, Vec::<&String>::new(), "members that {definition} does not have");
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(definition.to_owned()).or_insert_with(|| {
            let root = json!({
                "$ref": format!("#/$defs/{definition}"),
                "$defs": self.definitions,
            });
            jsonschema::draft202012::new(&root).unwrap()
        });
        let problems: Vec<String> = validator
            .iter_errors(body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{definition}: {problems:#?}\n{body:#}");
    }
}
