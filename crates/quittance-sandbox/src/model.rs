//! A stand-in for a language model: it speaks OpenAI's Chat Completions with tools, and it is **not** a
//! language model.
//!
//! It reads the messages, the facts and the results of tools, and answers by rules: the same
//! request always gets the same answer. So the whole path can be shown and tested without a key and
//! without a network. It says what it is in the model's name, in `system_fingerprint`, in
//! `/v1/models` and in the header `X-Stand-In`.
//!
//! Two other modes serve tests: [`Model::scripted`] answers in a given order, and
//! [`Model::adversary`] does what a confused or hijacked model would do.

mod adversary;
mod charges;
mod check;
mod hints;
mod intent;
mod language;
mod mind;
mod phrases;
mod reasons;
mod request;
mod response;
mod script;
mod text;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use request::Request;
use response::Refusal;

/// The only model there is.
pub const NAME: &str = "quittance-stand-in";
/// What `system_fingerprint` says.
pub const FINGERPRINT: &str = "stand-in-not-a-language-model";

/// How many prompt blocks are remembered for `cached_tokens` before they are forgotten.
const MOST_BLOCKS: usize = 100_000;

/// How the stand-in behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long each answer takes, in milliseconds. Default 0.
    pub delay_ms: u64,
    /// The key that requests must carry. Default none: any request is served.
    pub api_key: Option<String>,
    /// How many requests are kept for [`Model::requests`]; the oldest go first. Default 1,000.
    pub kept_requests: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { delay_ms: 0, api_key: None, kept_requests: 1_000 }
    }
}

/// The stand-in. Clones are handles to the same one.
#[derive(Clone)]
pub struct Model {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    mode: Mode,
    memory: Mutex<Memory>,
}

enum Mode {
    Rules,
    Script(Mutex<VecDeque<Value>>),
    Adversary(u64),
}

#[derive(Default)]
struct Memory {
    requests: VecDeque<Value>,
    blocks: HashSet<[u8; 32]>,
}

impl Model {
    /// A stand-in that answers by rules.
    pub fn new(options: Options) -> Self {
        Self::with(options, Mode::Rules)
    }

    /// A stand-in that gives these answers, one per request, and then status 500.
    ///
    /// An entry is either the assistant's message, or `{"status": …, "body": …}` for a raw answer;
    /// a `body` that is a string is sent as it is, and `headers` may be given as an object.
    pub fn scripted(answers: Vec<Value>) -> Self {
        Self::with(Options::default(), Mode::Script(Mutex::new(answers.into())))
    }

    /// A stand-in that misbehaves: unknown tools, broken arguments, impossible amounts, charges that
    /// are not the customer's, several calls at once, promises of money. What it does depends on
    /// `seed` and the request only.
    pub fn adversary(seed: u64) -> Self {
        Self::with(Options::default(), Mode::Adversary(seed))
    }

    fn with(options: Options, mode: Mode) -> Self {
        let memory = Mutex::new(Memory::default());
        Self { shared: Arc::new(Shared { options, mode, memory }) }
    }

    /// The HTTP side: `POST /v1/chat/completions` and `GET /v1/models`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/models", get(models))
            .fallback(nothing_here)
            .method_not_allowed_fallback(nothing_here)
            .layer(map_response(mark))
            .with_state(self.clone())
    }

    /// The bodies of the newest requests, the oldest first; refused ones included if they were JSON.
    pub fn requests(&self) -> Vec<Value> {
        self.memory().requests.iter().cloned().collect()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.shared.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, body: &Value) {
        let mut memory = self.memory();
        memory.requests.push_back(body.clone());
        while memory.requests.len() > self.shared.options.kept_requests {
            memory.requests.pop_front();
        }
    }

    /// How many of the prompt's blocks were seen at the start of an earlier prompt.
    fn seen_blocks(&self, blocks: &[[u8; 32]]) -> usize {
        let mut memory = self.memory();
        let seen = blocks.iter().take_while(|block| memory.blocks.contains(*block)).count();
        if memory.blocks.len() > MOST_BLOCKS {
            memory.blocks.clear();
        }
        memory.blocks.extend(blocks);
        seen
    }

    fn answer(&self, body: &Bytes, headers: &HeaderMap) -> Result<Response, Refusal> {
        if let Some(key) = &self.shared.options.api_key {
            let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            if given.and_then(|value| value.strip_prefix("Bearer ")) != Some(key) {
                return Err(Refusal::key());
            }
        }
        let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::not_json())?;
        self.remember(&body);
        let request = Request::read(&body)?;
        let message = match &self.shared.mode {
            Mode::Rules => mind::think(&request),
            Mode::Adversary(seed) => match adversary::act(*seed, &request) {
                adversary::Act::Message(message) => message,
                adversary::Act::Raw(status, body) => return Ok((status, body).into_response()),
            },
            Mode::Script(answers) => {
                let next = answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                match script::line(next)? {
                    script::Line::Message(message) => message,
                    script::Line::Raw(response) => return Ok(response),
                }
            }
        };
        let cached = self.seen_blocks(&request.prompt_blocks());
        Ok(Json(response::completion(&request, &message, cached)).into_response())
    }
}

async fn complete(State(model): State<Model>, headers: HeaderMap, body: Bytes) -> Response {
    let delay_ms = model.shared.options.delay_ms;
    if delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
    model.answer(&body, &headers).unwrap_or_else(IntoResponse::into_response)
}

async fn models() -> Json<Value> {
    Json(json!({
        "object": "list",
        "data": [{
            "id": NAME,
            "object": "model",
            "created": response::CREATED,
            "owned_by": "quittance",
            "description": "A stand-in that answers by rules. It is not a language model.",
        }],
    }))
}

async fn nothing_here() -> (StatusCode, Json<Value>) {
    let message = "this stand-in serves /v1/chat/completions and /v1/models only";
    (StatusCode::NOT_FOUND, Json(response::error(message, "invalid_request_error", None, None)))
}

async fn mark(mut response: Response) -> Response {
    response.headers_mut().insert("x-stand-in", HeaderValue::from_static("true"));
    response
}
