//! What happens to requests and answers between the engine and a stand-in.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use jiff::SignedDuration;
use quittance_core::clock::{Clock, ManualClock};
use serde_json::Value;

/// The largest body that passes, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

type Change = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What is done with one request.
#[derive(Clone)]
pub(crate) enum Trick {
    /// The stand-in answers, and its JSON is changed on the way back.
    Edit(Change),
    /// The stand-in answers, and this header is added.
    Header(&'static str, &'static str),
    /// The stand-in carries it out, and something else is answered.
    Behind(u16, String),
    /// The stand-in never hears of it, and this is answered.
    Instead(u16, String),
}

impl Trick {
    pub(crate) fn edit(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(change))
    }
}

/// A request that tricks may wait for.
struct Waiting {
    method: &'static str,
    path: String,
    tricks: VecDeque<Trick>,
    always: Option<Trick>,
}

/// A refund as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SentRefund {
    pub(crate) key: String,
    pub(crate) body: String,
}

/// Stands between the engine and a stand-in. Its answers carry the time of the tests' clock.
#[derive(Clone)]
pub(crate) struct Wire {
    clock: Arc<ManualClock>,
    waiting: Arc<Mutex<Vec<Waiting>>>,
    refunds: Arc<Mutex<Vec<SentRefund>>>,
    ahead_ms: Arc<AtomicI64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wire {
    pub(crate) fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, waiting: Arc::default(), refunds: Arc::default(), ahead_ms: Arc::default() }
    }

    /// The stand-in's API with this in front.
    pub(crate) fn router(&self, behind: Router) -> Router {
        // A layer on the fallback alone would be enough; one around everything is simpler.
        behind.layer(from_fn_with_state(self.clone(), pass))
    }

    /// Plays a trick on the next request whose path begins like this; several add up in order.
    pub(crate) fn next(&self, method: &'static str, path: &str, trick: Trick) {
        self.at(method, path, |waiting| waiting.tricks.push_back(trick));
    }

    /// Plays a trick on every such request.
    pub(crate) fn always(&self, method: &'static str, path: &str, trick: Trick) {
        self.at(method, path, |waiting| waiting.always = Some(trick));
    }

    /// The other side's clock is so much ahead of ours.
    pub(crate) fn ahead(&self, milliseconds: i64) {
        self.ahead_ms.store(milliseconds, Ordering::SeqCst);
    }

    /// No more tricks.
    pub(crate) fn heal(&self) {
        lock(&self.waiting).clear();
    }

    /// Every request for a refund that left the engine and reached this wire.
    pub(crate) fn sent_refunds(&self) -> Vec<SentRefund> {
        lock(&self.refunds).clone()
    }

    fn at(&self, method: &'static str, path: &str, change: impl FnOnce(&mut Waiting)) {
        let mut all = lock(&self.waiting);
        let known = all.iter().position(|one| one.method == method && one.path == path);
        let index = known.unwrap_or_else(|| {
            let (tricks, always) = (VecDeque::new(), None);
            all.push(Waiting { method, path: path.to_owned(), tricks, always });
            all.len() - 1
        });
        change(&mut all[index]);
    }

    fn take(&self, method: &str, path: &str) -> Option<Trick> {
        let mut all = lock(&self.waiting);
        let fits = |one: &&mut Waiting| one.method == method && path.starts_with(&one.path);
        let one = all.iter_mut().find(fits)?;
        one.tricks.pop_front().or_else(|| one.always.clone())
    }
}

async fn pass(State(wire): State<Wire>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap();
    let path = parts.uri.path().to_owned();
    if parts.method == "POST" && path == "/v1/refunds" {
        let key = parts.headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
        let sent = SentRefund {
            key: key.unwrap_or_default(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        lock(&wire.refunds).push(sent);
    }
    let trick = wire.take(parts.method.as_str(), &path);
    let request = Request::from_parts(parts, Body::from(body));
    let mut response = match trick {
        None => next.run(request).await,
        Some(Trick::Header(name, value)) => {
            let mut response = next.run(request).await;
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            response
        }
        Some(Trick::Edit(change)) => edited(next.run(request).await, &change).await,
        Some(Trick::Behind(status, said)) => {
            drop(next.run(request).await);
            plain(status, said)
        }
        Some(Trick::Instead(status, said)) => plain(status, said),
    };
    let ahead = SignedDuration::from_millis(wire.ahead_ms.load(Ordering::SeqCst));
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&(wire.clock.now() + ahead))
        .unwrap();
    response.headers_mut().insert(header::DATE, HeaderValue::from_str(&date).unwrap());
    response
}

fn plain(status: u16, said: String) -> Response {
    let mut response = Response::new(Body::from(said));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    // A redirect that is followed would end at a refund that nobody approved.
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/v1/refunds"));
    response
}

async fn edited(response: Response, change: &Change) -> Response {
    let (mut parts, body) = response.into_parts();
    let body: Bytes = to_bytes(body, LARGEST).await.unwrap();
    let mut said: Value = serde_json::from_slice(&body).unwrap();
    change(&mut said);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(said.to_string()))
}
