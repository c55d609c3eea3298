//! How a model is reached and asked.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Error;
use crate::profile::Profile;

/// How a model is reached and asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The server's address up to and without `/chat/completions`. Default OpenAI's.
    #[serde(default = "default_base_url")]
    pub base_url: String,
    /// The model's name at the server. There is no default.
    pub model: String,
    /// How long one request may take, in milliseconds, until its whole answer is read. Default 60,000.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// How often a request is repeated after an overload, a server's failure, a timeout or a failed
    /// connection. Default 3.
    #[serde(default = "default_retries")]
    pub retries: u32,
    /// The longest wait a server may ask for with `Retry-After`, in milliseconds. If it asks for more,
    /// the request fails at once and says so. Default 20,000.
    #[serde(default = "default_retry_after_cap_ms")]
    pub retry_after_cap_ms: u64,
    /// The most tokens one answer may have, thinking included. Default 1,024; below 200 some servers
    /// cut tool calls in half and fail.
    #[serde(default = "default_max_completion_tokens")]
    pub max_completion_tokens: u32,
    /// A stable name for this program's prompts, which helps a server's prefix cache. Sent only where
    /// the profile says that the server takes it. Default none.
    #[serde(default)]
    pub prompt_cache_key: Option<String>,
    /// Other names under which the model may answer, besides its own, its dated versions, and these
    /// with a path in front. Default none.
    #[serde(default)]
    pub also_answers_as: Vec<String>,
    /// Fields that the server wants in every request and that this program does not know. Default none.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// What kind of server it is. Default `generic`.
    #[serde(default)]
    pub profile: Profile,
}

impl Options {
    /// The defaults for a model at an address.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            model: model.into(),
            timeout_ms: default_timeout_ms(),
            retries: default_retries(),
            retry_after_cap_ms: default_retry_after_cap_ms(),
            max_completion_tokens: default_max_completion_tokens(),
            prompt_cache_key: None,
            also_answers_as: Vec::new(),
            extra: Map::new(),
            profile: Profile::default(),
        }
    }
}

fn default_base_url() -> String {
    "https://api.openai.com/v1".to_owned()
}

fn default_timeout_ms() -> u64 {
    60_000
}

fn default_retries() -> u32 {
    3
}

fn default_retry_after_cap_ms() -> u64 {
    20_000
}

fn default_max_completion_tokens() -> u32 {
    1_024
}

/// The fields of a request that [`Options::extra`] may not set.
const OWN_FIELDS: [&str; 14] = [
    "model",
    "messages",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "temperature",
    "reasoning_effort",
    "prompt_cache_key",
    "max_tokens",
    "max_completion_tokens",
    "stream",
    "n",
    "functions",
    "function_call",
];

/// Refuses settings that cannot work.
pub(super) fn check(options: &Options) -> Result<(), Error> {
    let refuse = |setting, why: &str| Err(Error::Setting { setting, why: why.to_owned() });
    if options.model.trim().is_empty() {
        return refuse("model", "it is empty");
    }
    if options.timeout_ms == 0 {
        return refuse("timeout_ms", "it must be more than 0");
    }
    if options.max_completion_tokens == 0 {
        return refuse("max_completion_tokens", "it must be more than 0");
    }
    match options.extra.keys().find(|field| OWN_FIELDS.contains(&field.as_str())) {
        Some(field) => {
            refuse("extra", &format!("`{field}` has a setting of its own or is not used"))
        }
        None => Ok(()),
    }
}
