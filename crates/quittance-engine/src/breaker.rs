//! What makes this engine stop money by itself.

use std::sync::{Mutex, PoisonError};

/// How many reasons are held at most; the first ones tell most.
const MOST_REASONS: usize = 8;

/// Stops that this engine knows of and the database perhaps not yet.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    held: Mutex<Vec<String>>,
}

impl Breaker {
    /// Sends nothing from now on.
    pub(crate) fn hold(&self, why: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() < MOST_REASONS && !held.iter().any(|known| known == why) {
            held.push(why.to_owned());
        }
    }

    /// The first reason why nothing is sent that the database may not know.
    pub(crate) fn held(&self) -> Option<String> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }

    /// The database knows this reason now.
    pub(crate) fn let_go(&self, why: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|known| known != why);
    }
}
