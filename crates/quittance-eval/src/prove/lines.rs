//! The lines between a simulated node and the vendors: the stand-ins answer in the same process, and
//! everything that a network and a server can do wrong is done here.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use futures_util::future::BoxFuture;
use quittance_core::clock::Clock;
use quittance_wire::{Answer, Broken, Method, Near, Request, StatusCode};
use reqwest::header::HeaderMap;

use super::brain::Brain;
use super::fault::{CREATE, Fault, MODEL, Place};
use super::hub::{Hub, NodeId};
use super::oracle::PROMISES;
use super::steps::{What, classify};
use crate::near;

/// How long a request that gets no answer is waited for, in milliseconds.
const DEADLINE_MS: i64 = 60_000;

/// How much later than its deadline a lost request may still arrive, in milliseconds.
const LATEST_MS: i64 = 8 * 60_000;

/// How long after the end of a process something of it may still arrive, in milliseconds.
const SOON_MS: i64 = 1_000;

/// A refund as it went over the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// When its sender had made its last check and began, in milliseconds of true time of the run.
    pub(crate) begun_ms: i64,
    /// When its first byte went out. Between the two a process may stand still.
    pub(crate) at_ms: i64,
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
}

/// A request on its way that arrives late.
pub(crate) struct Straggler {
    pub(crate) at_ms: i64,
    pub(crate) node: NodeId,
    pub(crate) line: Line,
    pub(crate) request: Parcel,
}

/// A request taken apart, so that it can be delivered when and as often as wanted.
#[derive(Clone)]
pub(crate) struct Parcel {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What all lines of a run keep.
#[derive(Default)]
pub(crate) struct Post {
    pub(crate) sent: Mutex<Vec<Sent>>,
    pub(crate) stragglers: Mutex<Vec<Straggler>>,
}

impl Post {
    /// A process is gone, and with it its connections: what it said to Intercom arrives soon or never. What
    /// it said to Stripe has a key, and may still come as late as it likes.
    pub(crate) fn hang_up(&self, node: NodeId, now_ms: i64) {
        let mut stragglers = self.stragglers.lock().unwrap_or_else(PoisonError::into_inner);
        for one in stragglers.iter_mut().filter(|one| one.node == node && !one.line.is_stripe) {
            one.at_ms = one.at_ms.min(now_ms.saturating_add(SOON_MS));
        }
    }
}

/// A vendor's server.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) router: Router,
    pub(crate) is_stripe: bool,
}

/// One node's line to a vendor.
pub(crate) struct NodeLine {
    pub(crate) hub: Arc<Hub>,
    pub(crate) post: Arc<Post>,
    pub(crate) node: NodeId,
    pub(crate) line: Line,
}

impl Parcel {
    fn of(request: &Request) -> Self {
        let url = request.url();
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Self {
            method: request.method().clone(),
            path,
            headers: request.headers().clone(),
            body: request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec(),
        }
    }

    /// What it asks for, in the words of reports.
    fn what(&self, is_stripe: bool) -> &'static str {
        let path = self.path.split('?').next().unwrap_or_default();
        let is_post = self.method == Method::POST;
        if is_stripe {
            return match path {
                "/v1/refunds" if is_post => CREATE,
                "/v1/refunds" => "stripe list refunds",
                _ if path.starts_with("/v1/charges/") => "stripe read charge",
                "/v1/customers/search" | "/v1/customers" => "stripe find customer",
                "/v1/charges" => "stripe list charges",
                _ => "stripe read",
            };
        }
        let says = |word: &str| self.contains(word);
        match path.rsplit('/').next().unwrap_or_default() {
            "reply" if says("\"note\"") => "intercom note",
            "reply" => "intercom reply",
            "parts" if says("\"close\"") => "intercom close",
            "parts" => "intercom assign",
            "search" => "intercom search",
            _ if path.starts_with("/conversations/") => "intercom read conversation",
            _ => "intercom read",
        }
    }

    /// Whether it tells a customer of a refund.
    fn is_promise(&self) -> bool {
        self.path.ends_with("/reply") && PROMISES.iter().any(|words| self.contains(words))
    }

    fn contains(&self, word: &str) -> bool {
        self.body.windows(word.len()).any(|window| window == word.as_bytes())
    }

    fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    }
}

impl Line {
    /// Lets the vendor carry a request out.
    pub(crate) async fn deliver(&self, hub: &Hub, parcel: &Parcel) -> Result<Answer, Broken> {
        let mut request = http::Request::builder().method(parcel.method.clone());
        request = request.uri(parcel.path.as_str());
        if let Some(headers) = request.headers_mut() {
            headers.clone_from(&parcel.headers);
        }
        let request = request
            .body(Body::from(parcel.body.clone()))
            .map_err(|error| Broken::not_sent(error.to_string()))?;
        let answer = near::answer(self.router.clone(), request, hub.truth.now()).await?;
        if !self.is_stripe && answer.status.is_success() && parcel.is_promise() {
            hub.note(What::Replied);
        }
        Ok(answer)
    }
}

impl NodeLine {
    async fn pass(&self, parcel: Parcel) -> Result<Answer, Broken> {
        let what = parcel.what(self.line.is_stripe);
        if what == CREATE {
            self.hub.note(What::Sent);
        }
        let begun_ms = self.hub.now_ms();
        let fault = self.hub.reach(self.node, Place::before(what)).await;
        if what == CREATE {
            let (key, body) = (parcel.header("idempotency-key"), parcel.body.clone());
            let sent = Sent { begun_ms, at_ms: self.hub.now_ms(), key, body };
            self.post.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent);
        }
        let form = (what == CREATE).then(|| parcel.body.clone());
        let answer = self.suffer(fault, parcel).await;
        self.hub.reach(self.node, Place::after(what)).await;
        if let Some(form) = form {
            self.hub.note(What::Answered(classify(&form, &answer)));
        }
        answer
    }

    /// What becomes of a request that meets `fault`.
    async fn suffer(&self, fault: Option<Fault>, parcel: Parcel) -> Result<Answer, Broken> {
        if let Some(answer) = fault.and_then(|fault| self.instead(fault)) {
            return answer;
        }
        if fault == Some(Fault::Late) {
            let later = self.hub.throw(|dice| dice.between(DEADLINE_MS, LATEST_MS));
            let at_ms = self.hub.now_ms().saturating_add(later);
            let (node, line) = (self.node, self.line.clone());
            let straggler = Straggler { at_ms, node, line, request: parcel };
            self.post.stragglers.lock().unwrap_or_else(PoisonError::into_inner).push(straggler);
            self.hub.pass(DEADLINE_MS);
            return Err(Broken::late("no answer in time"));
        }
        let answer = self.line.deliver(&self.hub, &parcel).await?;
        self.spoil(fault, answer)
    }

    /// What is answered, or not, without the vendor.
    fn instead(&self, fault: Fault) -> Option<Result<Answer, Broken>> {
        if fault == Fault::Timeout {
            self.hub.pass(DEADLINE_MS);
            return Some(Err(Broken::late("no answer in time")));
        }
        let answer = if fault == Fault::Limited {
            told(429, "rate_limit_error", "rate_limit")
        } else if fault == Fault::Locked {
            told(429, "invalid_request_error", "lock_timeout")
        } else if fault == Fault::Conflict {
            told(409, "idempotency_error", "idempotency_key_in_use")
        } else if fault == Fault::Denied {
            let status = if self.hub.throw(|dice| dice.one_in(2)) { 401 } else { 403 };
            told(status, "invalid_request_error", "unauthorized")
        } else if fault == Fault::Refused {
            self.refusal()
        } else if fault == Fault::ErrorBefore {
            told(500, "api_error", "internal")
        } else {
            return None;
        };
        Some(Ok(answer))
    }

    /// One of the refusals that leave nothing done.
    fn refusal(&self) -> Answer {
        let among = [
            (400, "charge_already_refunded"),
            (400, "charge_disputed"),
            (400, "parameter_invalid_integer"),
            (404, "resource_missing"),
        ];
        let (status, code) = self.hub.throw(|dice| dice.pick(&among)).unwrap_or((400, "odd"));
        told(status, "invalid_request_error", code)
    }

    /// What is done to an answer on its way back.
    fn spoil(&self, fault: Option<Fault>, mut answer: Answer) -> Result<Answer, Broken> {
        match fault {
            Some(Fault::TimeoutAfter) => {
                self.hub.pass(DEADLINE_MS);
                Err(Broken::late("no answer in time"))
            }
            Some(Fault::ErrorAfter) => Ok(told(500, "api_error", "internal")),
            Some(Fault::Torn) => Err(Broken::lost("the connection broke")),
            Some(Fault::Huge) => Err(Broken::TooLarge { status: answer.status.as_u16() }),
            Some(Fault::Garbled) => {
                let half = answer.body.len().checked_div(2).unwrap_or(0);
                answer.body.truncate(half);
                Ok(answer)
            }
            Some(Fault::Wrong) => {
                let text = String::from_utf8_lossy(&answer.body);
                let changes = [
                    ("\"amount\": ", "\"amount\": 1"),
                    ("\"ch_", "\"ch_other"),
                    ("\"d1-", "\"d1-0"),
                ];
                let (from, to) = self.hub.throw(|dice| dice.pick(&changes)).unwrap_or(("", ""));
                answer.body = text.replacen(from, to, 1).into_bytes();
                Ok(answer)
            }
            Some(_) | None => Ok(answer),
        }
    }
}

/// An error in Stripe's shape; Intercom's clients read the status only.
fn told(status: u16, kind: &str, code: &str) -> Answer {
    let body = format!(
        r#"{{"error":{{"type":"{kind}","code":"{code}","message":"simulated"}},"errors":[{{"code":"{code}"}}]}}"#
    );
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer { status, headers: HeaderMap::new(), body: body.into_bytes() }
}

impl Near for NodeLine {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Answer, Broken>> {
        Box::pin(self.pass(Parcel::of(&request)))
    }
}

/// One node's line to the model.
pub(crate) struct ModelLine {
    pub(crate) hub: Arc<Hub>,
    pub(crate) node: NodeId,
    pub(crate) brain: Arc<Brain>,
}

impl Near for ModelLine {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Answer, Broken>> {
        let asked = request.body().and_then(|body| body.as_bytes()).map_or(0, <[u8]>::len);
        Box::pin(async move {
            let fault = self.hub.reach(self.node, Place::before(MODEL)).await;
            let answer = match fault {
                Some(Fault::Timeout | Fault::TimeoutAfter) => {
                    self.hub.pass(DEADLINE_MS);
                    Err(Broken::late("no answer in time"))
                }
                Some(Fault::ModelDown | Fault::ErrorBefore | Fault::ErrorAfter) => {
                    Ok(told(503, "server_error", "overloaded"))
                }
                Some(Fault::Limited) => Ok(told(429, "requests", "rate_limit_exceeded")),
                Some(Fault::Refused | Fault::Denied) => Ok(told(401, "invalid", "invalid_api_key")),
                Some(Fault::Torn | Fault::Huge) => Err(Broken::lost("the connection broke")),
                _ => Ok(self.brain.think(&self.hub, fault, asked)),
            };
            self.hub.reach(self.node, Place::after(MODEL)).await;
            answer
        })
    }
}
