//! `get_subscription`: the customer's subscriptions.

use std::sync::Arc;

use quittance_agent::{Answer, Tool};
use quittance_core::facts::Facts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::verified;
use crate::prompt;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {}

pub(super) fn tool(facts: Arc<Facts>) -> Tool {
    Tool::new(
        "get_subscription",
        "Tells which subscriptions the customer has.",
        move |Arguments {}| {
            let facts = Arc::clone(&facts);
            async move {
                verified(&facts)?;
                Ok(Answer::Result(
                    json!({"ok": true, "subscriptions": prompt::subscriptions(&facts)}),
                ))
            }
        },
    )
}
