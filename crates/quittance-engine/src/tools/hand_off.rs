//! `hand_off`: a person takes over.

use quittance_agent::{Answer, Tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

pub(crate) const NAME: &str = "hand_off";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// One sentence for the colleague: what the customer wants and why you hand off.
    why: String,
}

pub(super) fn tool() -> Tool {
    let description = "Gives the conversation to a person.";
    let run = |arguments: Arguments| async move { Ok(Answer::End(json!(arguments.why))) };
    Tool::new(NAME, description, run).ending()
}
