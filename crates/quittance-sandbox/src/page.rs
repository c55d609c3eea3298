//! The demo's page: a Messenger to type in, what Quittance does as it does it, and the Stripe
//! account, side by side.
//!
//! The page is three things: files that are part of the program, a few JSON answers about one
//! person, and one stream that says when to ask again. Nothing comes from another machine, and the
//! content security policy holds the browser to that.

mod assets;
mod chat;
mod events;
mod ledger;
mod problem;

use std::fmt;
use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::header;
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::intercom::Intercom;
use crate::stripe::Stripe;
use crate::world::{Expected, Persona};
use problem::Problem;

/// The largest request that is read, in bytes.
pub const LARGEST_BODY: usize = 64 * 1024;
/// The longest message that is taken, in characters.
pub const LONGEST_TEXT: usize = 4_000;
/// How many streams of events run at once.
pub const MOST_VIEWERS: usize = 64;

/// What the page shows.
#[derive(Clone)]
pub struct Page {
    /// The Stripe account.
    pub stripe: Stripe,
    /// The workspace with the conversations.
    pub intercom: Intercom,
    /// Who can be played, in the order of the list.
    pub people: Vec<Persona>,
    /// The model's name.
    pub model_name: String,
    /// Whether the model is the stand-in and not a language model.
    pub is_stand_in_model: bool,
    /// What Quittance does.
    pub feed: Feed,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people: Vec<&str> = self.people.iter().map(|person| person.key).collect();
        f.debug_struct("Page")
            .field("people", &people)
            .field("model_name", &self.model_name)
            .field("is_stand_in_model", &self.is_stand_in_model)
            .finish_non_exhaustive()
    }
}

/// Lines of what Quittance does. Every viewer gets a stream of their own, beginning with what
/// happened before; a viewer's events end when this stream ends.
pub type Feed = Arc<dyn Fn() -> BoxStream<'static, FeedLine> + Send + Sync>;

/// One thing that Quittance did or wrote down.
#[derive(Clone, Debug, Serialize)]
pub struct FeedLine {
    /// The conversation's id at Intercom; empty for what concerns the whole workspace.
    pub conversation: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What kind of step, such as `model`, or of log entry, such as `verdict`.
    pub step: String,
    /// What happened, in a few words.
    pub text: String,
    /// The number of the log entry; nothing for steps that are not in the log.
    pub seq: Option<u64>,
    /// The hash of the log entry, in hexadecimal.
    pub hash: Option<String>,
    /// What the log entry says.
    pub detail: Option<Value>,
}

/// What every handler shares.
#[derive(Clone)]
struct Shared {
    page: Arc<Page>,
    viewers: Arc<Semaphore>,
}

impl Shared {
    fn person(&self, key: &str) -> Result<&Persona, Problem> {
        let found = self.page.people.iter().find(|person| person.key == key);
        found.ok_or_else(|| Problem::unknown_person(key))
    }
}

/// The page and its API.
///
/// `GET /` and `GET /assets/…`; `GET /api/people`, `GET /api/chat?person=`,
/// `GET /api/stripe?person=`, `GET /api/events`; `POST /api/say` as a customer and
/// `POST /api/answer` as a teammate. Errors are `{"error":{"code","message"}}`.
pub fn router(page: Page) -> Router {
    let shared = Shared { page: Arc::new(page), viewers: Arc::new(Semaphore::new(MOST_VIEWERS)) };
    Router::new()
        .route("/", get(assets::index))
        .route("/assets/{name}", get(assets::asset))
        .route("/api/people", get(people))
        .route("/api/chat", get(chat_of))
        .route("/api/stripe", get(stripe_of))
        .route("/api/say", post(say))
        .route("/api/answer", post(answer))
        .route("/api/events", get(events::events))
        .fallback(nothing_here)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response(protect))
        .with_state(shared)
}

/// Adds what keeps the browser on this machine and text from becoming markup.
async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, assets::CONTENT_SECURITY_POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, assets::NO_SNIFFING);
    headers.insert(header::REFERRER_POLICY, assets::NO_REFERRER);
    headers.entry(header::CACHE_CONTROL).or_insert(assets::NOT_KEPT);
    response
}

async fn nothing_here() -> Problem {
    Problem::nothing_here()
}

/// Whose conversations or payments are wanted.
#[derive(Deserialize)]
struct Wanted {
    person: String,
}

/// A message to be written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    person: String,
    text: String,
    /// Where; without it in the open conversation, or in a new one.
    conversation: Option<String>,
    /// Whether a new conversation begins whatever else is open.
    #[serde(default)]
    is_new: bool,
}

/// What a teammate answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    person: String,
    text: String,
    conversation: String,
}

async fn people(State(shared): State<Shared>) -> Json<Value> {
    let page = &shared.page;
    let people: Vec<Value> = page
        .people
        .iter()
        .map(|person| {
            json!({
                "key": person.key,
                "name": person.name,
                "language": person.language,
                "story": person.story,
                "expected": expected(person.expected),
                "suggested_messages": person.suggested_messages,
                "has_stripe_customer": person.customer_id.is_some(),
                "conversations": chat::standings(&page.intercom, &person.contact_id),
            })
        })
        .collect();
    let model = json!({ "name": page.model_name, "is_stand_in": page.is_stand_in_model });
    Json(json!({ "model": model, "people": people }))
}

/// What should happen to a request, in words for the page.
fn expected(expected: Expected) -> String {
    match expected {
        Expected::Refund(amount) => format!("a refund of {amount}."),
        Expected::Refuse => "no refund, and the reply says why.".to_owned(),
        Expected::Person => "no money moves; a person of the team decides.".to_owned(),
    }
}

async fn chat_of(
    State(shared): State<Shared>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let person = shared.person(&wanted?.0.person)?;
    Ok(Json(chat::chat(&shared.page.intercom, person)))
}

async fn stripe_of(
    State(shared): State<Shared>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let person = shared.person(&wanted?.0.person)?;
    Ok(Json(ledger::account(&shared.page, person)))
}

async fn say(
    State(shared): State<Shared>,
    said: Result<Json<Say>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(said) = said?;
    let person = shared.person(&said.person)?;
    let text = checked(&said.text)?;
    let intercom = &shared.page.intercom;
    let conversation = match said.conversation {
        Some(id) => {
            let id = owned(intercom, person, id)?;
            intercom.say_in(&id, text).map(|_| id)
        }
        None if said.is_new => intercom.say_anew(&person.contact_id, text),
        None => intercom.say(&person.contact_id, text),
    };
    let conversation = conversation.ok_or_else(|| Problem::unknown_person(person.key))?;
    Ok(Json(json!({ "conversation": conversation })).into_response())
}

async fn answer(
    State(shared): State<Shared>,
    answer: Result<Json<Answer>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(answer) = answer?;
    let person = shared.person(&answer.person)?;
    let text = checked(&answer.text)?;
    let id = owned(&shared.page.intercom, person, answer.conversation)?;
    // What is typed is text; the inbox would take markup.
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let written = shared.page.intercom.teammate_replies(&id, &escaped);
    written.ok_or_else(|| Problem::unknown_conversation(&id))?;
    Ok(Json(json!({ "conversation": id })).into_response())
}

/// The conversation, if it is this person's.
fn owned(intercom: &Intercom, person: &Persona, id: String) -> Result<String, Problem> {
    if intercom.conversations_of(&person.contact_id).contains(&id) {
        Ok(id)
    } else {
        Err(Problem::unknown_conversation(&id))
    }
}

/// A text that says something and is not too long, without white space around it.
fn checked(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::bad_text("the message is empty"));
    }
    if text.chars().count() > LONGEST_TEXT {
        let message = format!("the message has more than {LONGEST_TEXT} characters");
        return Err(Problem::bad_text(message));
    }
    Ok(text)
}
