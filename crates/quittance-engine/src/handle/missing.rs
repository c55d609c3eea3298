//! Conversations that Intercom does not know just now.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quittance_core::ids::CaseId;

/// How many cases are remembered. Beyond that all count anew, which only takes longer.
const MOST: usize = 10_000;

/// Cases by how often in a row their conversation was not there. A process that is started anew counts anew.
#[derive(Debug, Default)]
pub(crate) struct Missing(Mutex<BTreeMap<CaseId, u32>>);

impl Missing {
    /// It was not there again. Returns how often in a row.
    pub(crate) fn again(&self, case: &CaseId) -> u32 {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        let times = all.entry(case.clone()).or_default();
        *times = times.saturating_add(1);
        *times
    }

    /// It is there, or was given up.
    pub(crate) fn forget(&self, case: &CaseId) {
        self.all().remove(case);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<CaseId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
