//! What can be made to go wrong, for tests.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// One thing that goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is carried out; then the connection closes without an answer.
    DropAfterEffect,
    /// The connection closes without an answer and nothing is carried out.
    DropBeforeEffect,
    /// The request is carried out; the answer, kept under the idempotency key, is a 500.
    Error500AfterEffect,
    /// Nothing is carried out; the answer, kept under the idempotency key, is a 500.
    Error500,
    /// 429, before anything is looked at. Not kept.
    RateLimit429,
    /// 429 `lock_timeout`: the object is busy elsewhere. Nothing is carried out, and the answer says
    /// that the same key may be tried again. Not kept.
    LockTimeout429,
    /// The request waits this long before it is carried out. Its idempotency key is in use
    /// meanwhile, and it is carried out even if the caller has gone.
    Delay(Duration),
    /// The request is carried out; the answer is a 200 with half a JSON document.
    Malformed200,
}

/// Faults that wait for their request, by endpoint.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: HashMap<String, VecDeque<Fault>>,
}

impl Faults {
    /// Lets the next `count` requests to `endpoint` meet `fault`.
    pub(crate) fn plan(&mut self, endpoint: &str, count: usize, fault: Fault) {
        let queue = self.waiting.entry(endpoint.to_owned()).or_default();
        queue.extend(std::iter::repeat_n(fault, count));
    }

    /// The fault for the request that has just come in.
    pub(crate) fn take(&mut self, endpoint: &str) -> Option<Fault> {
        self.waiting.get_mut(endpoint)?.pop_front()
    }
}
