//! One question to a model; the only user of `async-openai`.

mod endpoint;
mod failure;
mod options;
mod reply;
mod transport;

use std::time::Duration;

use async_openai::Client;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionNamedToolChoice, ChatCompletionToolChoiceOption, FunctionName, ReasoningEffort,
    ToolChoiceOptions,
};
use quittance_wire::Wire;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};

use self::endpoint::Endpoint;
pub use self::options::Options;
pub use self::reply::{Arguments, Call, Reply};
use self::transport::Transport;
use crate::budget::Usage;
use crate::error::Error;
use crate::json::Careful;
use crate::profile::{Effort, Habits, TokenLimitField};
use crate::tool::Tool;
use crate::transcript::Transcript;

/// Whether the model must call a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// It calls a tool or answers, as it likes.
    #[default]
    Free,
    /// It must call some tool, where the server can demand that.
    Required,
    /// It must call this tool, where the server can demand that.
    Named(String),
}

/// A model at a server. Clones share their connections.
#[derive(Clone)]
pub struct Model {
    client: Client<Endpoint>,
    options: Options,
    habits: Habits,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("model", &self.options.model).finish_non_exhaustive()
    }
}

/// A request as it is sent: typed, except for the messages, since what the model wrote goes back as it
/// came.
#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [Value],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Described<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<ChatCompletionToolChoiceOption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<ReasoningEffort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

/// A tool as a request names it: [`ChatCompletionTools`](async_openai::types::chat::ChatCompletionTools),
/// without a copy of its schema.
#[derive(Serialize)]
#[serde(tag = "type", rename = "function")]
struct Described<'a> {
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

impl Model {
    /// Prepares to ask; nothing is sent. `http` should have a connect timeout; `key` is absent for
    /// servers that need none.
    pub fn new(
        http: reqwest::Client,
        options: &Options,
        key: Option<SecretString>,
    ) -> Result<Self, Error> {
        Self::over(Wire::from(http.clone()), http, options, key)
    }

    /// Prepares to ask on this wire. `http` only makes requests, and sends none.
    pub fn over(
        wire: Wire,
        http: reqwest::Client,
        options: &Options,
        key: Option<SecretString>,
    ) -> Result<Self, Error> {
        options::check(options)?;
        let habits = options.profile.habits()?;
        let endpoint = Endpoint::new(&options.base_url, key.clone(), habits.has_key_header)?;
        let transport = Transport {
            wire,
            timeout: Duration::from_millis(options.timeout_ms),
            retries: options.retries,
            retry_after_cap: Duration::from_millis(options.retry_after_cap_ms),
            key,
        };
        let service = tower::service_fn(move |request| {
            let transport = transport.clone();
            async move {
                transport.send(request).await.map_err(|error| OpenAIError::Boxed(Box::new(error)))
            }
        });
        let client = Client::build(http, endpoint).with_http_service(service);
        Ok(Self { client, options: options.clone(), habits })
    }

    /// The name that is asked for.
    pub fn name(&self) -> &str {
        &self.options.model
    }

    /// Whether the model should be led, by its profile: see [`Turn::led`](crate::Turn::led).
    pub fn is_led(&self) -> bool {
        self.habits.is_led
    }

    /// Asks once, with the repetitions that [`Options::retries`] allows. Dropping the future gives the
    /// request up.
    pub async fn ask(
        &self,
        transcript: &Transcript,
        tools: &[&Tool],
        choice: &Choice,
    ) -> Result<Reply, Error> {
        let request = self.request(transcript.messages(), tools, choice);
        let chat = self.client.chat();
        let body = chat.create_byot::<_, Careful>(&request).await.map_err(unbox)?;
        let mut reply = reply::read(body, transcript.messages().len())?;
        if !self.is_expected(reply.model.as_deref()) {
            reply.foreign_model.clone_from(&reply.model);
        }
        reply.usage = self.usage(&reply, &request);
        tracing::debug!(
            model.prompt_tokens = reply.usage.prompt_tokens,
            model.cached_tokens = reply.usage.cached_tokens,
            model.completion_tokens = reply.usage.completion_tokens,
            model.calls = reply.calls.len(),
            "the model answered"
        );
        Ok(reply)
    }

    fn request<'a>(
        &'a self,
        messages: &'a [Value],
        tools: &[&'a Tool],
        choice: &Choice,
    ) -> Request<'a> {
        let (tools, tool_choice) = self.demand(tools, choice);
        let limit = Some(self.options.max_completion_tokens);
        let (max_tokens, max_completion_tokens) = match self.habits.token_limit_field {
            TokenLimitField::MaxTokens => (limit, None),
            TokenLimitField::MaxCompletionTokens => (None, limit),
        };
        let takes_one_call = self.habits.parallel_tool_calls && !tools.is_empty();
        Request {
            model: &self.options.model,
            messages,
            tool_choice,
            parallel_tool_calls: takes_one_call.then_some(false),
            tools: tools.into_iter().map(|tool| self.describe(tool)).collect(),
            temperature: self.habits.temperature,
            reasoning_effort: effort(self.habits.reasoning_effort),
            prompt_cache_key: self
                .options
                .prompt_cache_key
                .as_deref()
                .filter(|_| self.habits.prompt_cache_key),
            max_tokens,
            max_completion_tokens,
            extra: &self.options.extra,
        }
    }

    /// The tools to offer and the choice to demand, as far as the server can be asked for it.
    fn demand<'t>(
        &self,
        tools: &[&'t Tool],
        choice: &Choice,
    ) -> (Vec<&'t Tool>, Option<ChatCompletionToolChoiceOption>) {
        let required = || {
            let mode = ChatCompletionToolChoiceOption::Mode(ToolChoiceOptions::Required);
            self.habits.required_tool_choice.then_some(mode)
        };
        let named = |name: &str| tools.iter().copied().find(|tool| tool.name() == name);
        match choice {
            // A text turn leaves the tools out altogether: some servers show them to the model even
            // when it may not call any.
            _ if tools.is_empty() => (Vec::new(), None),
            Choice::Free => (tools.to_vec(), None),
            Choice::Required => (tools.to_vec(), required()),
            Choice::Named(name) => match named(name) {
                None => (tools.to_vec(), required()),
                Some(_) if self.habits.named_tool_choice => {
                    let function = FunctionName { name: name.clone() };
                    let choice = ChatCompletionNamedToolChoice { function };
                    (tools.to_vec(), Some(ChatCompletionToolChoiceOption::Function(choice)))
                }
                Some(tool) => (vec![tool], required()),
            },
        }
    }

    fn describe<'t>(&self, tool: &'t Tool) -> Described<'t> {
        let function = Function {
            name: tool.name(),
            description: tool.description(),
            parameters: tool.parameters(),
            strict: self.habits.strict.then_some(true),
        };
        Described { function }
    }

    /// The most that a request can have used.
    pub(crate) fn bound(&self, transcript: &Transcript, tools: &[&Tool], choice: &Choice) -> Usage {
        self.most(&self.request(transcript.messages(), tools, choice))
    }

    fn most(&self, request: &Request<'_>) -> Usage {
        Usage {
            calls: 1,
            // No tokenizer makes more tokens than bytes.
            prompt_tokens: serde_json::to_vec(request).map_or(u64::MAX, |bytes| bytes.len() as u64),
            completion_tokens: u64::from(self.options.max_completion_tokens),
            is_bound: true,
            ..Usage::default()
        }
    }

    /// What the request used; where the server does not say, the most it can have used.
    fn usage(&self, reply: &Reply, request: &Request<'_>) -> Usage {
        let reported = reply.reported;
        let (prompt_tokens, completion_tokens, is_bound) =
            match (reported.prompt, reported.completion) {
                (Some(prompt), Some(completion)) => (prompt, completion, false),
                (prompt, completion) => {
                    let most = self.most(request);
                    (
                        prompt.unwrap_or(most.prompt_tokens),
                        completion.unwrap_or(most.completion_tokens),
                        true,
                    )
                }
            };
        let cached_tokens = reported.cached.unwrap_or(0);
        Usage { calls: 1, tool_calls: 0, prompt_tokens, cached_tokens, completion_tokens, is_bound }
    }

    /// Whether an answer under this name comes from the model that was asked.
    fn is_expected(&self, answered: Option<&str>) -> bool {
        let Some(answered) = answered.filter(|name| !name.is_empty() && self.habits.checks_model)
        else {
            return true;
        };
        let also = self.options.also_answers_as.iter().map(String::as_str);
        also.chain([self.options.model.as_str()]).any(|name| is_same_model(name, answered))
    }
}

/// Whether `answered` is `asked`, or a dated version of it, or either with a path in front.
fn is_same_model(asked: &str, answered: &str) -> bool {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let (asked, answered) = (last(asked), last(answered));
    let stem = asked.strip_suffix("-latest").unwrap_or(&asked);
    answered.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || is_date(rest))
}

/// Whether this is what vendors put behind a model's name for one of its versions: `-2026-10-01`,
/// `-20261001`, `@20261001` or `-2411`.
fn is_date(rest: &str) -> bool {
    let Some(date) = rest.strip_prefix(['-', '@']) else { return false };
    let is_number = |group: &str| !group.is_empty() && group.chars().all(|c| c.is_ascii_digit());
    let year = date.split('-').next().unwrap_or_default();
    year.len() >= "2411".len() && date.split('-').all(is_number)
}

fn effort(effort: Effort) -> Option<ReasoningEffort> {
    match effort {
        Effort::Omit => None,
        Effort::None => Some(ReasoningEffort::None),
        Effort::Minimal => Some(ReasoningEffort::Minimal),
        Effort::Low => Some(ReasoningEffort::Low),
        Effort::Medium => Some(ReasoningEffort::Medium),
        Effort::High => Some(ReasoningEffort::High),
        Effort::Xhigh => Some(ReasoningEffort::Xhigh),
    }
}

/// Takes our own error out of the box in which it went through `async-openai`.
fn unbox(error: OpenAIError) -> Error {
    let what = match error {
        OpenAIError::Boxed(error) => match error.downcast::<Error>() {
            Ok(error) => return *error,
            Err(_) => "an error of an unknown kind",
        },
        OpenAIError::InvalidArgument(_) | OpenAIError::Reqwest(_) => {
            return Error::Setting {
                setting: "base_url",
                why: "no request can be made for it".to_owned(),
            };
        }
        OpenAIError::ApiError(_)
        | OpenAIError::JSONDeserialize(..)
        | OpenAIError::FileSaveError(_)
        | OpenAIError::FileReadError(_)
        | OpenAIError::StreamError(_) => "something that is not a chat completion",
    };
    Error::Unintelligible { what }
}

#[cfg(test)]
mod tests;
