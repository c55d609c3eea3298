//! `ask_customer`: one question, and then it is the customer's turn.

use quittance_agent::{Answer, Tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

pub(crate) const NAME: &str = "ask_customer";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// One short question in the customer's language, without figures, dates or promises.
    question: String,
}

pub(super) fn tool() -> Tool {
    let description = "Asks the customer one question when something needed is not known.";
    let run = |arguments: Arguments| async move { Ok(Answer::End(json!(arguments.question))) };
    Tool::new(NAME, description, run).ending()
}
