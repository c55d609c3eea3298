//! What makes this process one of several that serve a PostgreSQL database.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use quittance_core::record::Hash;
use quittance_engine::Engine;
use quittance_store::nodes::Node;
use quittance_store::stop::StopChange;
use quittance_store::{Error, Store};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// How often a node says that it is alive. The others give it up after thirty seconds.
const BEAT: Duration = Duration::from_secs(5);

/// Where Linux tells the machine's name.
const MACHINE: &str = "/proc/sys/kernel/hostname";

/// The node of this process: its name, its program and its policy.
pub(super) fn of(config: &Config, policy: &str) -> anyhow::Result<Node> {
    let program = std::env::current_exe().context("the program cannot be found")?;
    let bytes = std::fs::read(&program).context("the program cannot be read")?;
    let hash = Hash::of(&bytes).to_string();
    let short = hash.get(..12).unwrap_or(&hash);
    Ok(Node {
        id: name(config, Path::new(MACHINE)),
        build: format!("{} {short}", env!("CARGO_PKG_VERSION")),
        policy: policy.to_owned(),
    })
}

/// The name from the configuration, else the machine's with the port: it stays the same at every start.
fn name(config: &Config, machine: &Path) -> String {
    config.server.node.clone().unwrap_or_else(|| {
        let machine = std::fs::read_to_string(machine).unwrap_or_default();
        let port = config.server.listen.rsplit(':').next().unwrap_or_default();
        format!("{}:{port}", machine.trim())
    })
}

/// Says that this node is alive, until `stop` is cancelled.
pub(super) async fn beat(engine: Engine, stop: CancellationToken) {
    let store = engine.store();
    let id = store.node_id();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(BEAT) => {}
        }
        if let Err(error) = store.node_beat(&id, engine.now()).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "the other nodes do not hear of this one");
        }
    }
}

/// Gives the cases in hand to the other nodes.
pub(super) async fn end(engine: &Engine) {
    let store = engine.store();
    if let Err(error) = store.node_end(&store.node_id(), engine.now()).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the other nodes wait for this one's cases until they find it gone");
    }
}

/// When the server forgot what was committed, stops money for all nodes: what else is gone, people must say.
pub(super) async fn stop_if_forgotten(
    store: &Store,
    database: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    let Some(seq) = store.forgotten() else { return Ok(()) };
    let why = format!(
        "the database lost log entry {seq}, which was committed: a server took over that lacks it"
    );
    let anew = Store::open(database).await?;
    anew.stop(StopChange { why, by: store.node_id(), at: now }).await?;
    anew.close().await;
    Err(Error::Forgotten { seq }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_the_name_it_is_given_or_that_of_its_machine_and_port() {
        let mut config = Config::default();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "host\n").unwrap();
        assert_eq!(name(&config, file.path()), "host:8080");
        config.server.node = Some("blue".to_owned());
        assert_eq!(name(&config, file.path()), "blue");
    }
}
