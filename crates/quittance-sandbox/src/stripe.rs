//! A stand-in for Stripe: one account, kept in memory, behind the real API.
//!
//! It speaks version [`API_VERSION`] and is stricter than the real one: unknown parameters,
//! unknown ids in filters, other versions and bodies that are not forms are refused. Time is the
//! clock it was given. What the real one does and the stand-in does not: Connect, tax, discounts
//! on invoices, customer balances, proration, and rate limits of its own.

mod account;
mod call;
mod cards;
mod charges;
mod coupons;
mod credit_notes;
mod currency;
mod customers;
mod disputes;
mod events;
mod expand;
mod failure;
mod faults;
mod idempotency;
mod invoices;
mod kind;
mod list;
mod options;
mod params;
mod payment_intents;
mod payment_methods;
mod products;
mod refunds;
mod routes;
mod search;
mod seed;
mod server;
mod subscriptions;
mod table;
mod value;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::Response;
use quittance_core::clock::Clock;
use serde_json::{Map, Value};
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

use self::account::Account;
pub use self::events::sign;
use self::failure::Failure;
pub use self::faults::Fault;
use self::faults::Faults;
use self::idempotency::{Answer, Keys};
use self::kind::Kind;
pub use self::options::{Options, RestrictedKey};
pub use self::seed::{Card, ChargeSeed, Subscribed, SubscriptionSeed};
use crate::delivery::Deliveries;

/// The one API version that the stand-in speaks.
pub const API_VERSION: &str = "2026-10-28.endive";

/// A stand-in for Stripe. Clones are the same account.
#[derive(Clone)]
pub struct Stripe(Arc<Inner>);

struct Inner {
    account: Mutex<Account>,
    keys: Mutex<Keys>,
    faults: Mutex<Faults>,
    hook: Mutex<Option<Hook>>,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    replays: Mutex<u64>,
    exchanges: Mutex<Vec<Exchange>>,
    records_exchanges: bool,
    changes: watch::Sender<u64>,
    /// Requests run to their end even if the caller hangs up, as they do at Stripe.
    requests: TaskTracker,
}

/// Runs once, right before a refund is carried out.
type Hook = Box<dyn FnOnce(&Stripe) + Send>;

/// One request and its answer, as they went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The method, such as `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The request's body: a form.
    pub form: String,
    /// Status and body; `None` when the connection was closed instead.
    pub answer: Option<(u16, String)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stripe {
    /// An empty account, and the webhooks it will send. They are handed out signed; delivering
    /// them is the caller's business. They pile up until they are received; drop the receiver when
    /// nobody wants them.
    pub fn new(clock: Arc<dyn Clock>, options: Options) -> (Self, Deliveries) {
        let (sender, deliveries) = mpsc::unbounded_channel();
        (Self::over(Account::new(clock, options, sender)), deliveries)
    }

    /// Another account that holds what this one holds now, in the time of `clock`, and the webhooks it will
    /// send. Nothing that is asked of the one is seen in the other.
    pub fn twin(&self, clock: Arc<dyn Clock>) -> (Self, Deliveries) {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let account = lock(&self.0.account).twin(clock, sender);
        (Self::over(account), deliveries)
    }

    fn over(account: Account) -> Self {
        let records_exchanges = account.options.records_exchanges;
        let inner = Inner {
            account: Mutex::new(account),
            keys: Mutex::default(),
            faults: Mutex::default(),
            hook: Mutex::default(),
            counts: Mutex::default(),
            replays: Mutex::default(),
            exchanges: Mutex::default(),
            records_exchanges,
            changes: watch::Sender::new(0),
            requests: TaskTracker::new(),
        };
        Self(Arc::new(inner))
    }

    /// The API, for any server: `axum::serve(listener, stripe.router())`.
    pub fn router(&self) -> Router {
        let stripe = self.clone();
        Router::new().fallback(move |request: Request| {
            let stripe = stripe.clone();
            async move { stripe.serve(request).await }
        })
    }

    async fn serve(self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, server::MAX_BODY).await else {
            let mut refused = Response::default();
            *refused.status_mut() = axum::http::StatusCode::PAYLOAD_TOO_LARGE;
            return refused;
        };
        let requests = self.0.requests.clone();
        let answered = requests.spawn(server::respond(self, parts, body)).await;
        answered.unwrap_or_else(|_| {
            let mut failed = Response::default();
            *failed.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
            failed
        })
    }

    /// Works on the account, and tells the watchers if something was written.
    fn with<T>(&self, work: impl FnOnce(&mut Account) -> T) -> T {
        let mut account = lock(&self.0.account);
        let result = work(&mut account);
        let is_changed = std::mem::take(&mut account.is_changed);
        drop(account);
        if is_changed {
            self.0.changes.send_modify(|count| *count = count.wrapping_add(1));
        }
        result
    }

    /// Counts up whenever something in the account was written.
    pub fn subscribe_changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }
}

/// Seeding and looking.
impl Stripe {
    /// Makes a customer, created now, and gives its id. An empty email or name is none.
    pub fn create_customer(&self, email: &str, name: &str, metadata: &[(&str, &str)]) -> String {
        self.with(|account| seed::customer(account, email, name, metadata))
    }

    /// Makes a payment of the past and gives the id of its charge. No events.
    pub fn charge(&self, seed: &ChargeSeed) -> String {
        self.with(|account| seed::charge(account, seed))
    }

    /// Makes a subscription of the past with its invoices and payments. No events.
    pub fn subscribe(&self, seed: &SubscriptionSeed) -> Subscribed {
        self.with(|account| seed::subscribe(account, seed))
    }

    /// Refunds `amount_minor` of a charge as somebody at the dashboard would, with events, and
    /// gives the refund's id; `None` when Stripe would refuse.
    pub fn refund(&self, charge: &str, amount_minor: i64) -> Option<String> {
        self.refund_with(charge, amount_minor, &[])
    }

    /// Refunds as [`Stripe::refund`] does, with metadata.
    pub fn refund_with(
        &self,
        charge: &str,
        amount_minor: i64,
        metadata: &[(&str, &str)],
    ) -> Option<String> {
        let metadata = metadata.iter().copied().map(|(key, value)| (key.to_owned(), value.into()));
        let metadata = Value::Object(metadata.collect());
        self.with(|account| refunds::by_hand(account, charge, amount_minor, metadata)).ok()
    }

    /// Opens a dispute of the whole charge, now, with events, and gives its id. The status is
    /// `needs_response` for a chargeback or `warning_needs_response` for an inquiry.
    pub fn dispute(&self, charge: &str, status: &str) -> String {
        let dispute = self.with(|account| disputes::open(account, charge, status, "fraudulent"));
        value::text(&dispute, "id").to_owned()
    }

    /// Lets a refund fail after all, now, with events: its money comes back.
    pub fn refund_later_fails(&self, refund: &str) {
        self.with(|account| refunds::fail(account, refund, "expired_or_canceled_card"));
    }

    /// Lets everything happen that was due by the present time of the clock, such as refunds on
    /// the test cards that settle later. Every request does this too.
    pub fn catch_up(&self) {
        self.with(Account::catch_up);
    }

    /// All refunds, newest first.
    pub fn refunds(&self) -> Vec<Value> {
        self.with(|account| account.all(Kind::Refund).cloned().collect())
    }

    /// All charges, newest first.
    pub fn charges(&self) -> Vec<Value> {
        self.with(|account| account.all(Kind::Charge).cloned().collect())
    }

    /// All events, newest first.
    pub fn events(&self) -> Vec<Value> {
        self.with(|account| account.all(Kind::Event).cloned().collect())
    }

    /// One customer with `charges` (each with its `refunds` and `disputes`), `subscriptions` and
    /// `invoices`, newest first.
    pub fn snapshot(&self, customer: &str) -> Value {
        self.with(|account| seed::snapshot(account, customer))
    }

    /// How many requests an endpoint has had, by names such as `POST /v1/refunds` and
    /// `GET /v1/charges/{id}`. Requests with a wrong key do not count.
    pub fn requests(&self, endpoint: &str) -> u64 {
        lock(&self.0.counts).get(endpoint).copied().unwrap_or(0)
    }

    /// How many requests were answered from an idempotency key.
    pub fn replays(&self) -> u64 {
        *lock(&self.0.replays)
    }

    /// All requests and answers so far, if the options ask for keeping them.
    pub fn exchanges(&self) -> Vec<Exchange> {
        lock(&self.0.exchanges).clone()
    }
}

/// Making things go wrong.
impl Stripe {
    /// Lets the next `count` requests to `endpoint`, such as `POST /v1/refunds`, meet `fault`.
    pub fn fail_next(&self, endpoint: &str, count: usize, fault: Fault) {
        lock(&self.0.faults).plan(endpoint, count, fault);
    }

    /// Runs `hook` once, right before the next refund is carried out: the place for what happens
    /// between the caller's last look and its request.
    pub fn hook_before_refund(&self, hook: impl FnOnce(&Self) + Send + 'static) {
        *lock(&self.0.hook) = Some(Box::new(hook));
    }

    fn run_hook(&self) {
        let hook = lock(&self.0.hook).take();
        if let Some(hook) = hook {
            hook(self);
        }
    }

    fn next_fault(&self, endpoint: &str) -> Option<Fault> {
        lock(&self.0.faults).take(endpoint)
    }
}

/// Bookkeeping of requests.
impl Stripe {
    fn count(&self, endpoint: &'static str) {
        let mut counts = lock(&self.0.counts);
        let count = counts.entry(endpoint).or_default();
        *count = count.saturating_add(1);
    }

    fn count_replay(&self) {
        let mut replays = lock(&self.0.replays);
        *replays = replays.saturating_add(1);
    }

    fn begin(
        &self,
        key: &str,
        path: &str,
        params: &Map<String, Value>,
    ) -> Result<Option<Answer>, Failure> {
        let now = self.with(|account| account.now());
        lock(&self.0.keys).begin(key, path, params, now)
    }

    fn settle_key(&self, key: &str, answer: Option<Answer>) {
        let mut keys = lock(&self.0.keys);
        match answer {
            Some(answer) => keys.finish(key, answer),
            None => keys.forget(key),
        }
    }

    fn record(&self, parts: &Parts, form: &[u8], answer: Option<(u16, &[u8])>) {
        if !self.0.records_exchanges {
            return;
        }
        let exchange = Exchange {
            method: parts.method.to_string(),
            path: parts.uri.to_string(),
            form: String::from_utf8_lossy(form).into_owned(),
            answer: answer
                .map(|(status, body)| (status, String::from_utf8_lossy(body).into_owned())),
        };
        lock(&self.0.exchanges).push(exchange);
    }
}
