//! `show_policy`: the customer reads the clause that was found. Only for models that are led, which
//! cannot answer in words of their own.

use quittance_agent::{Answer, Tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub(crate) const NAME: &str = "show_policy";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {}

pub(super) fn tool() -> Tool {
    let description = "Answers a question about the policy with the clause that was found.";
    let run = |Arguments {}| async move { Ok(Answer::End(Value::Null)) };
    Tool::new(NAME, description, run).ending()
}
