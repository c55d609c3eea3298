//! A stand-in for Intercom: one workspace, served over HTTP in API version 2.16.
//!
//! It follows the vendor's published description (<https://github.com/intercom/Intercom-OpenAPI>)
//! and is stricter than the real one: an unknown or missing field is an error. Like the real one
//! it knows no idempotency key: the same reply posted twice is two replies.
//!
//! What people do in the Messenger and in the inbox is done with the functions of [`Intercom`].

mod act;
mod faults;
mod fields;
mod html;
mod options;
mod page;
mod people;
mod problem;
mod render;
mod routes;
mod search;
mod state;
mod webhook;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use quittance_core::clock::Clock;
use tokio::sync::{mpsc, watch};

pub use faults::{Endpoint, Fault};
pub use options::{Options, TOPICS, Team, Teammate};
pub use people::{AttributeSeed, ContactSeed, Message, Writer};
pub use state::{Counts, Role};

use crate::delivery::Deliveries;
use state::State;
use webhook::Outbox;

/// The stand-in workspace. Clones are handles to the same one.
#[derive(Clone)]
pub struct Intercom {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    opened_at: i64,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl Intercom {
    /// A new workspace without contacts, and the channel on which it hands out its webhooks.
    pub fn new(clock: Arc<dyn Clock>, options: Options) -> (Self, Deliveries) {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let now = clock.now();
        // A run can be repeated, and two runs at different times share no identifiers.
        let salt = format!("{}:{}", options.workspace_id, now.as_millisecond());
        let outbox = Outbox::new(sender, &options, salt.clone());
        let state = State::new(options, outbox, salt);
        (Self::over(clock, now.as_second(), state), deliveries)
    }

    /// Another workspace that holds what this one holds now, in the time of `clock`, and the channel on which
    /// it hands out its webhooks. Nothing that happens in the one is seen in the other.
    pub fn twin(&self, clock: Arc<dyn Clock>) -> (Self, Deliveries) {
        let (sender, deliveries) = mpsc::unbounded_channel();
        let mut state = self.with(|state, _| state.clone());
        state.outbox.send_to(sender);
        (Self::over(clock, self.opened_at(), state), deliveries)
    }

    fn over(clock: Arc<dyn Clock>, opened_at: i64, state: State) -> Self {
        let (changes, _) = watch::channel(0);
        let shared = Shared { clock, opened_at, state: Mutex::new(state), changes };
        Self { shared: Arc::new(shared) }
    }

    /// The HTTP side.
    pub fn router(&self) -> Router {
        routes::router(self.clone())
    }

    /// Tells about every visible change; the number only grows.
    pub fn subscribe_changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// How much has happened.
    pub fn counts(&self) -> Counts {
        self.with(|state, _| Counts {
            webhooks: state.outbox.sent,
            webhooks_dropped: state.outbox.dropped,
            ..state.counts
        })
    }

    /// The next request to `endpoint` goes wrong; several mistakes happen one after the other.
    pub fn fail_next(&self, endpoint: Endpoint, fault: Fault) {
        self.with(|state, _| state.faults.add(endpoint, fault));
    }

    /// Every request to `endpoint` goes wrong.
    pub fn fail_always(&self, endpoint: Endpoint, fault: Fault) {
        self.with(|state, _| state.faults.keep(endpoint, fault));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.with(|state, _| state.faults.clear());
    }

    /// Hands out every webhook `times` times, with the same id.
    pub fn repeat_webhooks(&self, times: u32) {
        self.with(|state, _| state.outbox.copies = times);
    }

    /// Collects webhooks until there are `group`, then hands them out newest first. One means in
    /// order, at once.
    pub fn disturb_webhooks(&self, group: usize) {
        self.with(|state, _| {
            state.outbox.release();
            state.outbox.group = group;
        });
    }

    /// Hands out the webhooks that are being collected.
    pub fn release_webhooks(&self) {
        self.with(|state, _| state.outbox.release());
    }

    /// Loses the next `count` webhooks.
    pub fn lose_webhooks(&self, count: u64) {
        self.with(|state, _| state.outbox.losses = count);
    }

    /// When the workspace was made, in seconds since 1970.
    fn opened_at(&self) -> i64 {
        self.shared.opened_at
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        self.with(|state, _| change(&mut state.counts));
    }

    /// Does something to the workspace at one instant, in seconds since 1970.
    fn with<T>(&self, act: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = self.shared.clock.now().as_second();
        // A panic in a test must not hide behind a poisoned lock.
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.revision;
        state.tick(now);
        let result = act(&mut state, now);
        let after = state.revision;
        drop(state);
        if after != before {
            self.shared.changes.send_modify(|revision| *revision = after.max(*revision));
        }
        result
    }
}
