//! Whether what a model wrote instead of a call can be an answer at all.

use serde_json::Value;

use super::Mistake;
use crate::json::Careful;
use crate::tool::Tool;
use crate::transcript::has_role_mark;

/// Refuses what is no answer: nothing, half a sentence, a call written out as text, or the marks of a
/// chat template. What the words say is the caller's business.
pub(super) fn check(text: Option<String>, is_cut: bool, tools: &[Tool]) -> Result<String, Mistake> {
    let Some(text) = text else {
        return Err(Mistake::new(
            "empty_answer",
            "there was no answer and no call; do one of them",
        ));
    };
    if is_cut {
        return Err(Mistake::new(
            "answer_cut",
            "the answer was too long and was cut off; be brief",
        ));
    }
    if has_role_mark(&text) {
        return Err(Mistake::new(
            "odd_answer",
            "the answer contains control marks; answer in plain words",
        ));
    }
    if is_json(&text) || names_a_tool(&text, tools) {
        return Err(Mistake::new(
            "call_in_text",
            "nothing was called: call tools through the interface for it, and answer in plain words",
        ));
    }
    Ok(text)
}

/// Whether the text, without the fence that models like to put around it, is a JSON object or list.
fn is_json(text: &str) -> bool {
    let text = text.trim().trim_start_matches("```json").trim_matches('`').trim();
    Careful::read(text.as_bytes())
        .is_ok_and(|careful| matches!(careful.value, Value::Object(_) | Value::Array(_)))
}

/// Whether a tool is mentioned by a name that is not a word of any language. A customer should not
/// read that, and it is mostly a call that missed its form.
fn names_a_tool(text: &str, tools: &[Tool]) -> bool {
    tools.iter().map(Tool::name).any(|name| name.contains('_') && text.contains(name))
}
