//! Works on cases that are due, several at once, until it is told to stop.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use quittance_core::ids::CaseId;
use quittance_store::leases::Lease;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::engine::Engine;
use crate::error::Error;

/// How often an idle worker looks for due cases that nobody told it of.
const POLL: Duration = Duration::from_millis(250);

/// How much earlier than its lease a step is ended.
const MARGIN_MS: u64 = 5_000;

/// How long it is tried to give a lease back while the database is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tells a waiting worker that there may be work.
#[derive(Clone, Debug, Default)]
pub struct WakeUp(Arc<Notify>);

impl WakeUp {
    /// There may be work.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Works until `stop` is cancelled, and then finishes the steps in hand. Fails when the store can no
/// longer be written.
pub async fn run(engine: Engine, wake_up: WakeUp, stop: CancellationToken) -> Result<(), Error> {
    let mut cases = Cases::default();
    let most = usize::try_from(engine.options().cases_at_once).unwrap_or(1).max(1);
    while !stop.is_cancelled() {
        if engine.store().is_closed() {
            return Err(quittance_store::Error::Closed.into());
        }
        cases.settle(&engine).await;
        cases.take(&engine, most).await;
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(done) = cases.steps.join_next_with_id() => cases.done(done),
            () = wake_up.0.notified(), if cases.steps.len() < most => {}
            () = tokio::time::sleep(POLL) => {}
        }
        while let Some(done) = cases.steps.try_join_next_with_id() {
            cases.done(done);
        }
    }
    while let Some(done) = cases.steps.join_next_with_id().await {
        cases.done(done);
    }
    Ok(())
}

/// The cases in hand.
#[derive(Default)]
struct Cases {
    /// Each step tells whether its lease was given back, or is not ours any more.
    steps: JoinSet<bool>,
    leases: HashMap<Id, (CaseId, i64)>,
    /// Whether there may be leases of this node that nobody works on.
    is_unsure: bool,
}

impl Cases {
    /// Takes as many due cases as there is room for.
    async fn take(&mut self, engine: &Engine, most: usize) {
        let free = most.saturating_sub(self.steps.len());
        if free == 0 {
            return;
        }
        // A store that cannot be read is tried again at the next look.
        let leases = lease(engine, free).await.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "due cases cannot be read");
            // They may have been taken, and the answer lost.
            self.is_unsure = true;
            Vec::new()
        });
        for lease in leases {
            let span = tracing::info_span!("case", case.id = %lease.case);
            let taken = (lease.case.clone(), lease.fence);
            let step = self.steps.spawn(work(engine.clone(), lease).instrument(span));
            self.leases.insert(step.id(), taken);
        }
    }

    fn done(&mut self, done: Result<(Id, bool), JoinError>) {
        let (id, is_given_back) = done.unwrap_or_else(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a step ended unexpectedly; it will be done again"
            );
            // Its lease is kept until it runs out, so that a step which always ends like this does not do so all
            // the time.
            (error.id(), true)
        });
        self.leases.remove(&id);
        self.is_unsure |= !is_given_back;
    }

    /// Gives back what nobody works on, so that those customers need not wait until the leases run out.
    async fn settle(&mut self, engine: &Engine) {
        if !self.is_unsure {
            return;
        }
        let in_hand = self.leases.values().cloned().collect();
        match engine.store().end_leases_but(in_hand, engine.now()).await {
            Ok(leases) => {
                self.is_unsure = false;
                tracing::warn!(leases, "cases that nobody worked on are taken up again");
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "leases that nobody works on cannot be given back yet");
            }
        }
    }
}

async fn lease(engine: &Engine, free: usize) -> Result<Vec<Lease>, quittance_store::Error> {
    let now = engine.now();
    let lease =
        SignedDuration::from_millis(i64::try_from(engine.options().lease_ms).unwrap_or(i64::MAX));
    let until = now.saturating_add(lease).unwrap_or(now);
    let limit = u32::try_from(free).unwrap_or(u32::MAX);
    engine.store().lease_due(now, until, limit).await
}

/// Holds one step. Tells whether the lease was given back, or is not ours any more.
async fn work(engine: Engine, lease: Lease) -> bool {
    let limit = Duration::from_millis(engine.options().lease_ms.saturating_sub(MARGIN_MS));
    match tokio::time::timeout(limit, Box::pin(engine.step(&lease))).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the step failed and will be done again"
            );
            postpone(&engine, &lease, &error).await
        }
        Err(_) => {
            // What is left of the lease runs out in a moment.
            tracing::warn!("the step took too long and will be done again");
            true
        }
    }
}

/// Gives a failed step's lease back, also when the database is away for a while. Tells whether there was
/// an answer; a lease that cannot be given back for another reason runs out.
async fn postpone(engine: &Engine, lease: &Lease, failure: &Error) -> bool {
    let begin = tokio::time::Instant::now();
    while begin.elapsed() < PATIENCE {
        match engine.postpone(lease, failure).await {
            Ok(()) | Err(Error::Store(quittance_store::Error::Fenced { .. })) => return true,
            Err(Error::Store(error)) if error.is_outage() => tokio::time::sleep(POLL).await,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the lease could not be given back");
                return true;
            }
        }
    }
    false
}
