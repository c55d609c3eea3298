//! Mistakes the stand-in makes on request.

use std::collections::VecDeque;

/// The requests that can be made to fail: the ones that act and have no idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /conversations/{id}/reply`: replies and notes.
    Reply,
    /// `POST /conversations/{id}/parts`: closing, snoozing, opening, assigning.
    Parts,
    /// `POST /conversations/redact`.
    Redact,
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends without an answer, and nothing was done.
    DropBeforeEffect,
    /// It was done, and the connection ends without an answer.
    DropAfterEffect,
    /// Status 500, and nothing was done.
    ErrorBeforeEffect,
    /// It was done, and the answer is status 500.
    ErrorAfterEffect,
    /// Status 429, and nothing was done.
    TooManyRequests,
    /// It is done at once, and the answer comes `delay_ms` later.
    SlowAnswer {
        /// How long the answer takes, in milliseconds.
        delay_ms: u64,
    },
}

/// The mistakes that are still to be made.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    once: VecDeque<(Endpoint, Fault)>,
    always: Vec<(Endpoint, Fault)>,
}

impl Faults {
    /// The next request to `endpoint` fails in this way; several add up in order.
    pub(super) fn add(&mut self, endpoint: Endpoint, fault: Fault) {
        self.once.push_back((endpoint, fault));
    }

    /// Every request to `endpoint` fails in this way.
    pub(super) fn keep(&mut self, endpoint: Endpoint, fault: Fault) {
        self.always.retain(|(known, _)| *known != endpoint);
        self.always.push((endpoint, fault));
    }

    /// From now on nothing fails.
    pub(super) fn clear(&mut self) {
        self.once.clear();
        self.always.clear();
    }

    /// What goes wrong with the request that is being answered.
    pub(super) fn take(&mut self, endpoint: Endpoint) -> Option<Fault> {
        if let Some(at) = self.once.iter().position(|(known, _)| *known == endpoint) {
            return self.once.remove(at).map(|(_, fault)| fault);
        }
        self.always.iter().find(|(known, _)| *known == endpoint).map(|(_, fault)| *fault)
    }
}
