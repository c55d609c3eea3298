//! Decisions that this process has just made.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quittance_core::ids::DecisionId;

/// How old what a decision rests on may be before it is looked at again before the refund is sent.
const FRESH: Duration = Duration::from_secs(10);

/// How many decisions are remembered. What is forgotten is only looked at once more.
const MOST: usize = 10_000;

/// Decisions by when what they rest on was begun to be read, by the clock that nobody sets. What another
/// process decided is not among them: nobody here knows how long ago that was.
#[derive(Debug, Default)]
pub(crate) struct Fresh(Mutex<BTreeMap<DecisionId, Duration>>);

impl Fresh {
    /// It was decided here, on what was begun to be read then.
    pub(crate) fn remember(&self, decision: DecisionId, read: Duration) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(decision, read);
    }

    /// Whether what it rests on was read a moment ago. Forgets it: a second time it was not.
    pub(crate) fn take(&self, decision: &DecisionId, now: Duration) -> bool {
        let read = self.all().remove(decision);
        read.is_some_and(|read| now.saturating_sub(read) <= FRESH)
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<DecisionId, Duration>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_fresh_once_and_for_a_moment() {
        let decision: DecisionId = "d1-0123456789abcdef0123456789abcdef".parse().unwrap();
        let fresh = Fresh::default();
        let second = Duration::from_secs(1);
        assert!(!fresh.take(&decision, second));
        fresh.remember(decision.clone(), second);
        assert!(fresh.take(&decision, second * 11));
        assert!(!fresh.take(&decision, second * 11));
        fresh.remember(decision.clone(), second);
        assert!(!fresh.take(&decision, second * 12));
    }
}
