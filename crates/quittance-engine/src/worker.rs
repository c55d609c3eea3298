//! Works on cases that are due, several at once, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use quittance_store::leases::Lease;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::engine::Engine;
use crate::error::Error;

/// How often an idle worker looks for due cases that nobody told it of.
const POLL: Duration = Duration::from_millis(250);

/// How much earlier than its lease a step is ended.
const MARGIN_MS: u64 = 5_000;

/// The longest wait after a step that failed, in milliseconds.
const LONGEST_WAIT_MS: i64 = 3_600_000;

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
    let mut cases: JoinSet<()> = JoinSet::new();
    let most = usize::try_from(engine.options().cases_at_once).unwrap_or(1).max(1);
    while !stop.is_cancelled() {
        if engine.store().is_closed() {
            return Err(quittance_store::Error::Closed.into());
        }
        let free = most.saturating_sub(cases.len());
        let leases = lease(&engine, free).await;
        for lease in leases {
            let span = tracing::info_span!("case", case.id = %lease.case);
            cases.spawn(work(engine.clone(), lease).instrument(span));
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(done) = cases.join_next() => report(done),
            () = wake_up.0.notified(), if cases.len() < most => {}
            () = tokio::time::sleep(POLL) => {}
        }
        while let Some(done) = cases.try_join_next() {
            report(done);
        }
    }
    while let Some(done) = cases.join_next().await {
        report(done);
    }
    Ok(())
}

/// Takes due cases. A store that cannot be read is tried again at the next look.
async fn lease(engine: &Engine, free: usize) -> Vec<Lease> {
    if free == 0 {
        return Vec::new();
    }
    let now = engine.now();
    let lease =
        SignedDuration::from_millis(i64::try_from(engine.options().lease_ms).unwrap_or(i64::MAX));
    let until = now.saturating_add(lease).unwrap_or(now);
    let limit = u32::try_from(free).unwrap_or(u32::MAX);
    engine.store().lease_due(now, until, limit).await.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "due cases cannot be read");
        Vec::new()
    })
}

async fn work(engine: Engine, lease: Lease) {
    let limit = Duration::from_millis(engine.options().lease_ms.saturating_sub(MARGIN_MS));
    match tokio::time::timeout(limit, Box::pin(engine.step(&lease))).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the step failed and will be done again"
            );
            postpone(&engine, &lease).await;
        }
        Err(_) => tracing::warn!("the step took too long and will be done again"),
    }
}

/// Gives a failed step's lease back, with a pause that doubles with every failure.
async fn postpone(engine: &Engine, lease: &Lease) {
    let pause =
        1_000_i64.saturating_mul(2_i64.saturating_pow(lease.failures.min(30))).min(LONGEST_WAIT_MS);
    let now = engine.now();
    let due = now.saturating_add(SignedDuration::from_millis(pause)).unwrap_or(now);
    match engine.rest(lease, Some(due), false).await {
        Ok(()) | Err(Error::Store(quittance_store::Error::Fenced { .. })) => {}
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "the lease could not be given back"
        ),
    }
}

fn report(done: Result<(), tokio::task::JoinError>) {
    if let Err(error) = done {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a step ended unexpectedly; it will be done again"
        );
    }
}
