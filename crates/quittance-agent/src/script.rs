//! A model for tests: a real HTTP server that answers from a script and refuses requests that a strict
//! server would refuse.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::model::{Model, Options};
use crate::{profile::Profile, schema, tool};

/// One scripted answer.
#[derive(Clone)]
pub(crate) enum Line {
    /// An answer with this status, these headers and this body.
    Say(u16, Vec<(&'static str, String)>, String),
    /// No answer, ever.
    Hang,
}

impl Line {
    /// A chat completion with this message.
    pub(crate) fn message(message: &Value) -> Self {
        Self::body(&completion(message))
    }

    /// A success with this body.
    pub(crate) fn body(body: &Value) -> Self {
        Self::Say(200, Vec::new(), body.to_string())
    }

    /// A plain answer in words.
    pub(crate) fn text(text: &str) -> Self {
        Self::message(&json!({"role": "assistant", "content": text}))
    }

    /// One call.
    pub(crate) fn call(id: &str, name: &str, arguments: &Value) -> Self {
        Self::calls(&[call(id, name, &arguments.to_string())])
    }

    /// Several calls in one message.
    pub(crate) fn calls(calls: &[Value]) -> Self {
        Self::message(&json!({"role": "assistant", "content": null, "tool_calls": calls}))
    }

    /// An error.
    pub(crate) fn error(status: u16, body: &str) -> Self {
        Self::Say(status, Vec::new(), body.to_owned())
    }
}

/// A call as OpenAI writes it.
pub(crate) fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

/// A chat completion as OpenAI writes it.
pub(crate) fn completion(message: &Value) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_761_988_004, "model": "small",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": null}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110,
            "prompt_tokens_details": {"cached_tokens": 64}},
    })
}

/// The server. It stops when it is dropped.
pub(crate) struct Script {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    lines: VecDeque<Line>,
    requests: Vec<(Value, HeaderMap, Instant)>,
    problems: Vec<String>,
}

impl Script {
    pub(crate) async fn new(lines: impl IntoIterator<Item = Line>) -> Self {
        let shared = Shared {
            lines: lines.into_iter().collect(),
            requests: Vec::new(),
            problems: Vec::new(),
        };
        let shared = Arc::new(Mutex::new(shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, shared, _tasks: tasks }
    }

    /// Options that lead here, with the profile given.
    pub(crate) fn options(&self, profile: Profile) -> Options {
        let mut options = Options::new(format!("http://{}/v1", self.address), "small");
        options.profile = profile;
        options
    }

    /// A model that leads here.
    pub(crate) fn model(&self) -> Model {
        Self::model_with(&self.options(Profile::default()))
    }

    pub(crate) fn model_with(options: &Options) -> Model {
        Model::new(client(), options, None).unwrap()
    }

    /// The bodies of the requests so far.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.shared().requests.iter().map(|(body, ..)| body.clone()).collect()
    }

    pub(crate) fn headers(&self, at: usize) -> HeaderMap {
        self.shared().requests[at].1.clone()
    }

    /// When the requests came, in milliseconds after the first.
    pub(crate) fn arrivals_ms(&self) -> Vec<u128> {
        let shared = self.shared();
        let first = shared.requests[0].2;
        shared.requests.iter().map(|(.., at)| at.duration_since(first).as_millis()).collect()
    }

    /// Fails unless every line was used and every request was well formed.
    pub(crate) fn finish(&self) {
        let shared = self.shared();
        assert_eq!(shared.problems, Vec::<String>::new());
        assert_eq!(shared.lines.len(), 0, "lines were left over");
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

/// A client as the program makes it.
pub(crate) fn client() -> reqwest::Client {
    // The provider may have been installed by another test.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn answer(
    State(shared): State<Arc<Mutex<Shared>>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let line = {
        let mut shared = shared.lock().unwrap();
        let request: Value = serde_json::from_slice(&body).unwrap_or_default();
        let checked = if uri.path() == "/v1/chat/completions" {
            check(&request)
        } else {
            Err(uri.to_string())
        };
        shared.requests.push((request, headers, Instant::now()));
        match (checked, shared.lines.pop_front()) {
            (Ok(()), Some(line)) => line,
            (Ok(()), None) => {
                shared.problems.push("there was no line left".to_owned());
                Line::error(404, "{}")
            }
            (Err(problem), _) => {
                let body = json!({"error": {"message": problem}}).to_string();
                shared.problems.push(problem);
                Line::error(400, &body)
            }
        }
    };
    match line {
        Line::Hang => std::future::pending().await,
        Line::Say(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body)).unwrap()
        }
    }
}

type Checked = Result<(), String>;

fn ensure(is_so: bool, problem: impl FnOnce() -> String) -> Checked {
    if is_so { Ok(()) } else { Err(problem()) }
}

/// What the strictest of servers demand of a request.
fn check(request: &Value) -> Checked {
    const KNOWN: [&str; 12] = [
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
        "seed",
        "cache_prompt",
    ];
    let fields = request.as_object().ok_or("the request is not an object")?;
    for (field, value) in fields {
        ensure(KNOWN.contains(&field.as_str()) && !value.is_null(), || {
            format!("the field {field}")
        })?;
    }
    let limits = ["max_tokens", "max_completion_tokens"]
        .iter()
        .filter(|name| request[**name].is_u64())
        .count();
    ensure(limits == 1, || "not one length limit".to_owned())?;
    let tools = request["tools"].as_array();
    ensure(tools.is_none_or(|tools| !tools.is_empty()), || "an empty list of tools".to_owned())?;
    let needs_tools =
        fields.contains_key("tool_choice") || fields.contains_key("parallel_tool_calls");
    ensure(tools.is_some() || !needs_tools, || "a choice without tools".to_owned())?;
    let mut names = HashSet::new();
    for tool in tools.into_iter().flatten() {
        let name = tool["function"]["name"].as_str().unwrap_or_default();
        ensure(tool["type"] == "function" && tool::is_name(name), || format!("the tool {tool}"))?;
        ensure(names.insert(name), || format!("two tools {name}"))?;
        schema::check(&tool["function"]["parameters"]).map_err(|error| error.to_string())?;
    }
    check_messages(request["messages"].as_array().map_or(&[], Vec::as_slice))
}

fn check_messages(messages: &[Value]) -> Checked {
    ensure(messages.first().is_some_and(|first| first["role"] == "system"), || {
        "no system message".to_owned()
    })?;
    // The calls of the last assistant message that have no result yet.
    let mut open: Vec<String> = Vec::new();
    for message in messages {
        let role = message["role"].as_str().unwrap_or_default();
        let text = message["content"].as_str();
        ensure(role == "tool" || open.is_empty(), || format!("no results for {open:?}"))?;
        match role {
            "system" | "user" => ensure(text.is_some_and(|text| !text.is_empty()), || {
                format!("an empty {role} message")
            })?,
            "assistant" => open = check_assistant(message)?,
            "tool" => {
                let id = message["tool_call_id"].as_str().unwrap_or_default();
                let at = open
                    .iter()
                    .position(|open| open == id)
                    .ok_or(format!("a result for {id:?}"))?;
                open.remove(at);
                let content: Value =
                    serde_json::from_str(text.unwrap_or_default()).unwrap_or_default();
                ensure(content["ok"].is_boolean(), || {
                    "a result that does not say whether it is ok".to_owned()
                })?;
            }
            _ => return Err(format!("the role {role:?}")),
        }
    }
    ensure(open.is_empty(), || format!("no results for {open:?} at the end"))
}

/// The calls of an assistant message, if it is one that a server would take back.
pub(crate) fn check_assistant(message: &Value) -> Result<Vec<String>, String> {
    let has_text = message["content"].as_str().is_some_and(|text| !text.trim().is_empty())
        || message["content"].as_array().is_some_and(|parts| !parts.is_empty());
    let Some(calls) = message.get("tool_calls") else {
        ensure(has_text, || "an empty assistant message".to_owned())?;
        return Ok(Vec::new());
    };
    let calls =
        calls.as_array().filter(|calls| !calls.is_empty()).ok_or("tool_calls that are no list")?;
    let mut ids = Vec::new();
    for call in calls {
        let id = call["id"].as_str().filter(|id| !id.is_empty()).ok_or("a call without id")?;
        ensure(!ids.iter().any(|other| other == id), || format!("two calls {id}"))?;
        ids.push(id.to_owned());
        ensure(call["type"] == "function", || "a call of no type".to_owned())?;
        let name = call["function"]["name"].as_str().unwrap_or_default();
        ensure(tool::is_name(name), || format!("a call of {name:?}"))?;
        let arguments =
            call["function"]["arguments"].as_str().ok_or("arguments that are not text")?;
        let arguments: Value =
            serde_json::from_str(arguments).map_err(|error| error.to_string())?;
        ensure(arguments.is_object(), || "arguments that are not an object".to_owned())?;
    }
    Ok(ids)
}
