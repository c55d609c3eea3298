//! A request, checked strictly.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::NAME;
use super::check;
use super::response::Refusal;

/// Fields that OpenAI knows; anything else is refused, as there.
const KNOWN: [&str; 27] = [
    "frequency_penalty",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "n",
    "parallel_tool_calls",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
];
/// How many characters make one token, roughly.
const CHARACTERS_PER_TOKEN: usize = 4;
/// How many tokens make one block of the prompt cache.
pub(super) const BLOCK_TOKENS: usize = 128;

/// What the caller demands about tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Auto,
    Required,
    None,
    Named(String),
}

/// A checked request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) messages: Vec<Value>,
    /// The names of the tools on offer.
    pub(super) tools: Vec<String>,
    pub(super) choice: Choice,
    prompt: String,
}

impl Request {
    pub(super) fn read(body: &Value) -> Result<Self, Refusal> {
        let fields = body.as_object().ok_or_else(Refusal::not_json)?;
        if let Some(name) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Refusal::invalid(name, format!("unrecognized request argument: {name}")));
        }
        let field = |name: &str| fields.get(name).filter(|value| !value.is_null());
        let model = field("model").and_then(Value::as_str);
        match model {
            Some(NAME) => {}
            Some(other) => return Err(Refusal::unknown_model(other)),
            None => return Err(Refusal::invalid("model", "a model must be named")),
        }
        if field("stream").and_then(Value::as_bool) == Some(true) {
            return Err(Refusal::invalid("stream", "this stand-in does not stream"));
        }
        if field("n").is_some_and(|n| n.as_u64() != Some(1)) {
            return Err(Refusal::invalid("n", "this stand-in gives one answer"));
        }
        if field("max_tokens").is_some() && field("max_completion_tokens").is_some() {
            let message = "max_tokens and max_completion_tokens exclude each other";
            return Err(Refusal::invalid("max_tokens", message));
        }
        let messages = field("messages").and_then(Value::as_array).cloned();
        let messages =
            messages.ok_or_else(|| Refusal::invalid("messages", "messages are missing"))?;
        check::transcript(&messages)?;
        let tools = tools(field("tools"))?;
        let choice = choice(field("tool_choice"), &tools)?;
        if tools.is_empty() && field("parallel_tool_calls").is_some() {
            let message = "parallel_tool_calls is only allowed when tools are given";
            return Err(Refusal::invalid("parallel_tool_calls", message));
        }
        let mut prompt = field("tools").map(Value::to_string).unwrap_or_default();
        for message in &messages {
            prompt.push_str(&message.to_string());
        }
        Ok(Self { messages, tools, choice, prompt })
    }

    /// Whether the tool may be called.
    pub(super) fn offers(&self, name: &str) -> bool {
        self.choice != Choice::None && self.tools.iter().any(|known| known == name)
    }

    /// The text of a message's content.
    pub(super) fn content(message: &Value) -> String {
        let content = message.get("content").unwrap_or(&Value::Null);
        match content.as_array() {
            None => content.as_str().unwrap_or_default().to_owned(),
            Some(parts) => {
                parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
            }
        }
    }

    /// Twenty-two hexadecimal digits that depend on the prompt only.
    pub(super) fn fingerprint(&self) -> String {
        let hash = hex::encode(Sha256::digest(self.prompt.as_bytes()));
        hash.get(..22).unwrap_or(&hash).to_owned()
    }

    /// Roughly how many tokens a real model would count.
    pub(super) fn prompt_tokens(&self) -> usize {
        tokens(&self.prompt)
    }

    /// One hash for every full block of the prompt, each covering all before it.
    pub(super) fn prompt_blocks(&self) -> Vec<[u8; 32]> {
        let size = BLOCK_TOKENS.saturating_mul(CHARACTERS_PER_TOKEN);
        let mut hasher = Sha256::new();
        self.prompt
            .as_bytes()
            .chunks_exact(size)
            .map(|block| {
                hasher.update(block);
                hasher.clone().finalize().into()
            })
            .collect()
    }
}

/// Roughly how many tokens a text has.
pub(super) fn tokens(text: &str) -> usize {
    text.len().div_ceil(CHARACTERS_PER_TOKEN)
}

fn tools(tools: Option<&Value>) -> Result<Vec<String>, Refusal> {
    match tools {
        None => Ok(Vec::new()),
        Some(Value::Array(tools)) if !tools.is_empty() => check::tools(tools),
        Some(_) => Err(Refusal::invalid("tools", "tools must be a list that is not empty")),
    }
}

fn choice(choice: Option<&Value>, tools: &[String]) -> Result<Choice, Refusal> {
    let refuse = |message: &str| Err(Refusal::invalid("tool_choice", message));
    let Some(choice) = choice else { return Ok(Choice::Auto) };
    if tools.is_empty() {
        return refuse("tool_choice is only allowed when tools are given");
    }
    match choice.as_str() {
        Some("auto") => return Ok(Choice::Auto),
        Some("required") => return Ok(Choice::Required),
        Some("none") => return Ok(Choice::None),
        Some(_) => return refuse("tool_choice must be auto, required, none or a function"),
        None => {}
    }
    let name = choice.get("function").and_then(|function| function.get("name"));
    match (choice.get("type").and_then(Value::as_str), name.and_then(Value::as_str)) {
        (Some("function"), Some(name)) if tools.iter().any(|known| known == name) => {
            Ok(Choice::Named(name.to_owned()))
        }
        (Some("function"), Some(_)) => refuse("tool_choice names a tool that is not offered"),
        (_, _) => refuse("tool_choice must be auto, required, none or a function"),
    }
}
