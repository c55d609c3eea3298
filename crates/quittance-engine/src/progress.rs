//! What the engine is doing right now, for those who watch.

use quittance_core::ids::CaseId;
use serde::Serialize;
use tokio::sync::broadcast;

/// How many messages a slow watcher may fall behind before it misses some.
const BACKLOG: usize = 256;

/// Something the engine did or found. Holds no text of the customer's.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// The case.
    pub case: CaseId,
    /// What kind of step, such as `facts`, `model`, `verdict`.
    pub step: &'static str,
    /// What happened, in a few words.
    pub text: String,
}

/// Hands messages to whoever listens.
#[derive(Clone, Debug)]
pub(crate) struct Broadcast(broadcast::Sender<Progress>);

impl Broadcast {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Progress> {
        self.0.subscribe()
    }

    pub(crate) fn tell(&self, case: &CaseId, step: &'static str, text: impl Into<String>) {
        let progress = Progress { case: case.clone(), step, text: text.into() };
        tracing::debug!(case.id = %progress.case, progress.step = step, "{}", progress.text);
        // Nobody listening is fine.
        drop(self.0.send(progress));
    }
}
