//! The HTTP side: which path does what, and what every request has to pass.

mod contacts;
mod conversations;
mod redact;
mod workspace;

use std::sync::LazyLock;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde::Serialize;

use super::Intercom;
use super::faults::{Endpoint, Fault};
use super::fields::Parameters;
use super::problem::Problem;

/// How long a window of the rate limit is, in seconds:
/// <https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting>.
const WINDOW_S: i64 = 10;
/// The values of `Intercom-Version` that exist. The stand-in answers all of them as 2.16.
const VERSIONS: [&str; 23] = [
    "1.0", "1.1", "1.2", "1.3", "1.4", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7",
    "2.8", "2.9", "2.10", "2.11", "2.12", "2.13", "2.14", "2.15", "2.16", "Preview",
];

/// What a handler gives back.
type Answer = Result<Written, Problem>;

/// An answer's body, written while nothing in the workspace could change.
struct Written(Vec<u8>);

impl Written {
    fn of(body: &impl Serialize) -> Self {
        // Every key is text, and a vector takes everything: this cannot fail.
        Self(serde_json::to_vec(body).unwrap_or_default())
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// Every path of the stand-in, behind the gate, for one workspace.
pub(super) fn router(intercom: Intercom) -> Router {
    static PATHS: LazyLock<Router<Intercom>> = LazyLock::new(paths);
    PATHS.clone().layer(from_fn_with_state(intercom.clone(), gate)).with_state(intercom)
}

fn paths() -> Router<Intercom> {
    Router::new()
        .route("/me", get(workspace::me))
        .route("/admins", get(workspace::admins))
        .route("/teams", get(workspace::teams))
        .route("/tags", get(workspace::tags).post(workspace::make_tag))
        .route("/data_attributes", get(workspace::attributes).post(workspace::make_attribute))
        .route("/contacts", post(contacts::create))
        .route("/contacts/search", post(contacts::search))
        .route("/contacts/merge", post(contacts::merge))
        .route("/contacts/find_by_external_id/{external_id}", get(contacts::find))
        .route("/contacts/{id}", get(contacts::show).put(contacts::update))
        .route("/conversations", get(conversations::list).post(conversations::create))
        .route("/conversations/search", post(conversations::search))
        .route("/conversations/redact", post(redact::redact))
        .route("/conversations/{id}", get(conversations::show).put(conversations::update))
        .route("/conversations/{id}/reply", post(conversations::reply))
        .route("/conversations/{id}/parts", post(conversations::parts))
        .route("/conversations/{id}/tags", post(conversations::attach_tag))
        .route("/conversations/{id}/tags/{tag}", delete(conversations::detach_tag))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
}

async fn nothing_here() -> Problem {
    Problem::not_found()
}

/// Checks token, version and rate limit, writes the bodies of refusals, and adds the headers that
/// every answer has.
async fn gate(Shared(intercom): Shared<Intercom>, request: Request, next: Next) -> Response {
    let admission = admit(&intercom, request.headers());
    let request_id = admission.request_id.clone();
    let mut response = match admission.refusal {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        intercom.count(|counts| counts.refused = counts.refused.saturating_add(1));
        let mut refused = (response.status(), Json(problem.body(&request_id))).into_response();
        if let Some(canonical) = &problem.canonical {
            let link = format!("</contacts/{canonical}>; rel=\"canonical\"");
            set(refused.headers_mut(), "link", &link);
        }
        response = refused;
    }
    let headers = response.headers_mut();
    set(headers, "x-request-id", &request_id);
    set(headers, "x-ratelimit-limit", &admission.limit.to_string());
    set(headers, "x-ratelimit-remaining", &admission.remaining.to_string());
    set(headers, "x-ratelimit-reset", &admission.reset_at.to_string());
    response
}

struct Admission {
    request_id: String,
    limit: u64,
    remaining: u64,
    reset_at: i64,
    refusal: Option<Problem>,
}

fn admit(intercom: &Intercom, headers: &HeaderMap) -> Admission {
    intercom.with(|state, now| {
        let window = now.div_euclid(WINDOW_S);
        let (known, used) = state.window;
        let used = if known == window { used } else { 0 };
        state.window = (window, used.saturating_add(1));
        state.counts.requests = state.counts.requests.saturating_add(1);
        let limit = state.options.requests_per_window;
        let refusal = if used >= limit {
            Some(Problem::too_many())
        } else {
            trouble(headers, &state.options.access_token)
        };
        Admission {
            request_id: state.next_uuid(),
            limit,
            remaining: limit.saturating_sub(used.saturating_add(1)),
            reset_at: window.saturating_add(1).saturating_mul(WINDOW_S),
            refusal,
        }
    })
}

fn trouble(headers: &HeaderMap, token: &str) -> Option<Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = text(header::AUTHORIZATION.as_str()).and_then(|it| it.strip_prefix("Bearer "));
    if given != Some(token) {
        return Some(Problem::unauthorized());
    }
    match text("intercom-version") {
        Some(version) if !VERSIONS.contains(&version) => Some(Problem::unknown_version()),
        Some(_) | None => None,
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Answers with what `act` gives, or with the mistake that was asked for.
async fn with_faults(
    intercom: &Intercom,
    endpoint: Endpoint,
    act: impl FnOnce() -> Answer + Send,
) -> Response {
    let fault = intercom.with(|state, _| state.faults.take(endpoint));
    match fault {
        None => act().into_response(),
        Some(Fault::DropBeforeEffect) => cut_off(),
        Some(Fault::DropAfterEffect) => {
            let _ = act();
            cut_off()
        }
        Some(Fault::ErrorBeforeEffect) => Problem::server().into_response(),
        Some(Fault::ErrorAfterEffect) => {
            let _ = act();
            Problem::server().into_response()
        }
        Some(Fault::TooManyRequests) => Problem::too_many().into_response(),
        Some(Fault::SlowAnswer { delay_ms }) => {
            let answer = act().into_response();
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            answer
        }
    }
}

/// An answer whose body breaks at once, which makes the server close the connection.
fn cut_off() -> Response {
    let broken = stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(broken).into_response()
}

/// Refuses every parameter.
fn without_parameters(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(&[])
}
