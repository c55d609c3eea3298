//! `quittance serve`

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::Router;
use quittance_core::clock::Clock;
use quittance_core::policy::PolicyVersion;
use quittance_engine::worker::{self, WakeUp};
use quittance_engine::{poll, reconcile};
use quittance_store::{Engine as Kind, Store};
use quittance_web::admin::{self, Admin};
use quittance_web::{App, router};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{asked_to_stop, node};
use crate::clock::SystemClock;
use crate::config::{self, Config};
use crate::live_policy::{self, Follower};
use crate::start::{self, Started};

/// The database where the configuration names none.
pub(super) const DATABASE: &str = "quittance.db";

/// Serves webhooks and works on cases until the process is asked to stop.
pub(crate) async fn serve(path: &Path) -> anyhow::Result<()> {
    let config = config::read(path)?;
    let secrets = config::secrets(&config)?;
    let files = live_policy::files(&config.policy)?;
    let database = config.database.as_deref().unwrap_or(DATABASE);
    let (store, _lock) = open(database).await?;
    let policy = live_policy::begin(&store, files).await?;
    take_part(&store, &config, &policy.version).await?;
    let written = store.clone();
    let started = start::start(&config, &secrets, store, policy, Arc::new(SystemClock)).await?;
    let listener = TcpListener::bind(&config.server.listen).await.with_context(|| {
        format!("cannot listen on {}: check `server.listen`", config.server.listen)
    })?;
    tracing::info!(
        address = %listener.local_addr()?,
        mode = ?config.engine.mode,
        "ready: send Intercom's webhooks to /webhooks/intercom and Stripe's to /webhooks/stripe"
    );
    let stop = CancellationToken::new();
    let follower = Follower::new(&config.policy, &started);
    let running = run(started, listener, Some(follower), stop.clone());
    tokio::pin!(running);
    let ended = tokio::select! {
        ended = &mut running => ended,
        asked = asked_to_stop() => {
            asked?;
            tracing::info!("stopping: the steps in hand are finished first");
            stop.cancel();
            running.await
        }
    };
    node::stop_if_forgotten(&written, database, SystemClock.now()).await?;
    ended
}

/// Opens the database and checks its log. A file is for this process alone, and locked.
async fn open(database: &str) -> anyhow::Result<(Store, Option<File>)> {
    let shown = quittance_store::shown(database);
    let lock = match Kind::of(database) {
        Kind::Sqlite => Some(lock(database)?),
        Kind::Postgres => None,
    };
    let store = Store::open(database)
        .await
        .with_context(|| format!("cannot use the database {shown}: check `database`"))?;
    let entries = store.log_verify(|_, _| {}).await.context(
        "the action log does not verify, so no money moves; `quittance log verify` tells more. Restore the \
         database from a backup, or ask whoever changed it",
    )?;
    tracing::info!(entries, "the action log is whole");
    Ok((store, lock))
}

/// Locks a file against other processes, for as long as what is returned lives.
pub(super) fn lock(database: &str) -> anyhow::Result<File> {
    let mut path = quittance_store::file_of(database).context("check `database`")?.into_os_string();
    path.push(".lock");
    let lock = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("another process serves the database {database}"),
        Err(TryLockError::Error(error)) => Err(error).context("the database cannot be locked"),
    }
}

/// Ends the leases of a process that is gone: on SQLite all, on PostgreSQL those of this node's name, which
/// no other process may have.
async fn take_part(store: &Store, config: &Config, policy: &PolicyVersion) -> anyhow::Result<()> {
    let leases = match store.engine() {
        Kind::Sqlite => store.end_leases().await?,
        Kind::Postgres => {
            let node = node::of(config, policy.as_str())?;
            tracing::info!(
                node.id = node.id,
                node.build = node.build,
                "one of the nodes on this database"
            );
            let begun = store.node_begin(node, SystemClock.now()).await;
            begun.context("this node cannot begin: check `server.node`")?
        }
    };
    tracing::info!(leases, "the cases of an earlier process are taken up again");
    Ok(())
}

/// Runs the server and the worker until `stop` is cancelled. With a follower, the policy may change meanwhile.
pub(crate) async fn run(
    started: Started,
    listener: TcpListener,
    follower: Option<Follower>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let Started { engine, intake, admin_token, reconcile, poll, .. } = started;
    // The database may be an older copy, or a copy at work elsewhere: what Stripe holds shows that.
    engine.hold_refunds();
    let store = engine.store().clone();
    let wake_up = WakeUp::default();
    let app =
        App { intake, store: store.clone(), wake_up: wake_up.clone(), counts: Arc::default() };
    let mut addresses = router(app);
    if let Some(token) = admin_token {
        let (engine, wake_up) = (engine.clone(), wake_up.clone());
        addresses = addresses.merge(admin::router(Admin { engine, wake_up, token }));
    }
    let mut parts: JoinSet<anyhow::Result<()>> = JoinSet::new();
    parts.spawn(stop_part(engine.clone(), stop.clone()));
    parts.spawn(reconcile_part(engine.clone(), reconcile, stop.clone()));
    parts.spawn(poll_part(engine.clone(), wake_up.clone(), poll, stop.clone()));
    parts.spawn(worker_part(engine.clone(), wake_up, stop.clone()));
    parts.spawn(server_part(listener, addresses, stop.clone()));
    if let Some(follower) = follower {
        parts.spawn(policy_part(follower, stop.clone()));
    }
    let is_node = store.engine() == Kind::Postgres;
    if is_node {
        parts.spawn(node_part(engine.clone(), stop.clone()));
    }
    let mut ended = Ok(());
    while let Some(part) = parts.join_next().await {
        // When one part ends, whatever the reason, the other has nothing to do.
        stop.cancel();
        ended = ended.and(
            part.context("a part of the program ended unexpectedly").and_then(|result| result),
        );
    }
    if is_node && !store.is_closed() {
        node::end(&engine).await;
    }
    store.close().await;
    ended
}

async fn worker_part(
    engine: quittance_engine::Engine,
    wake_up: WakeUp,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    Ok(worker::run(engine, wake_up, stop).await?)
}

async fn server_part(
    listener: TcpListener,
    addresses: Router,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    quittance_web::serve(listener, addresses, stop).await;
    Ok(())
}

/// Holds the log against Stripe, at once and from time to time.
async fn reconcile_part(
    engine: quittance_engine::Engine,
    options: reconcile::Options,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    reconcile::run(engine, options, stop).await;
    Ok(())
}

/// Asks Intercom from time to time what has changed.
async fn poll_part(
    engine: quittance_engine::Engine,
    wake_up: WakeUp,
    options: poll::Options,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    poll::run(engine, wake_up, options, stop).await;
    Ok(())
}

/// Tells the other nodes that this one is alive.
async fn node_part(
    engine: quittance_engine::Engine,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    node::beat(engine, stop).await;
    Ok(())
}

/// Follows the policy that is live.
async fn policy_part(follower: Follower, stop: CancellationToken) -> anyhow::Result<()> {
    follower.run(stop).await;
    Ok(())
}

/// Watches the stop file.
async fn stop_part(
    engine: quittance_engine::Engine,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    engine.watch_stop(stop).await;
    Ok(())
}
