//! What answers go by: the policy that is live, its sections, and what is said. It is replaced while cases
//! are worked on.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use quittance_core::policy::Policy;
use quittance_core::reply::Templates;
use quittance_core::voice::Voice;
use quittance_knowledge::{Index, sections_of_policy};

/// What is said to customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The replies, by language.
    pub templates: BTreeMap<String, Templates>,
    /// How the company sounds.
    pub voice: Voice,
}

/// A policy, the index of its sections, and what is said.
#[derive(Clone, Debug)]
pub struct Library {
    /// What is enforced.
    pub policy: Policy,
    /// What the model and the customer may read of it.
    pub index: Index,
    /// What is said.
    pub said: Arc<Said>,
}

impl Library {
    /// A policy with its sections, and what is said.
    pub fn of(policy: Policy, said: Said) -> Result<Self, quittance_knowledge::Error> {
        let index = Index::in_memory(sections_of_policy(&policy))?;
        Ok(Self { index, policy, said: Arc::new(said) })
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

    /// Puts another policy in the place of the old one: for every decision from now on. What was decided by
    /// the old one and was not sent is decided again.
    pub(crate) fn go_by(&self, policy: Policy) -> Result<(), quittance_knowledge::Error> {
        let index = Index::in_memory(sections_of_policy(&policy))?;
        self.change(|old| Library { policy, index, said: Arc::clone(&old.said) });
        Ok(())
    }

    /// Says something else from now on. What is on its way is sent as it was written.
    pub(crate) fn say(&self, said: Said) {
        self.change(|old| Library { said: Arc::new(said), ..old.clone() });
    }

    fn change(&self, next: impl FnOnce(&Library) -> Library) {
        let mut library = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *library = Arc::new(next(&library));
    }
}
