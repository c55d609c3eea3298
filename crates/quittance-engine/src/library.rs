//! The policy that is live, and its sections. It is replaced while cases are worked on.

use std::sync::{Arc, PoisonError, RwLock};

use quittance_core::policy::Policy;
use quittance_knowledge::{Index, sections_of_policy};

/// A policy and the index of its sections.
#[derive(Clone, Debug)]
pub struct Library {
    /// What is enforced.
    pub policy: Policy,
    /// What the model and the customer may read of it.
    pub index: Index,
}

impl Library {
    /// A policy with its sections.
    pub fn of(policy: Policy) -> Result<Self, quittance_knowledge::Error> {
        Ok(Self { index: Index::in_memory(sections_of_policy(&policy))?, policy })
    }
}

/// The library that is live. Clones share it.
#[derive(Clone, Debug)]
pub struct Live(Arc<RwLock<Arc<Library>>>);

impl Live {
    /// Begins with this library.
    pub fn new(library: Arc<Library>) -> Self {
        Self(Arc::new(RwLock::new(library)))
    }

    /// The library as it is now. Whoever decides something takes it once and keeps it until that is
    /// written down.
    pub fn now(&self) -> Arc<Library> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another library in its place: for every decision from now on. What was decided by the old
    /// one and was not sent is decided again.
    pub fn replace(&self, library: Library) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(library);
    }
}
