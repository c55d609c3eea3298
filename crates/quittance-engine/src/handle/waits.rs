//! What may still be on its way and could not be written down, because the database did not take it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// Effects by their id, and until when each may still arrive, by Intercom's clock. The process remembers what
/// its database does not.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<BTreeMap<String, Timestamp>>);

impl Waits {
    /// Remembers an effect, and forgets those whose time has come.
    pub(crate) fn remember(&self, effect: String, until: Timestamp, now: Timestamp) {
        let mut all = self.all();
        all.retain(|_, until| now < *until);
        all.insert(effect, until);
    }

    /// Until when an effect may still arrive.
    pub(crate) fn until(&self, effect: &str) -> Option<Timestamp> {
        self.all().get(effect).copied()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
