//! `quittance stop` and `quittance resume`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::Timestamp;
use quittance_core::clock::Clock;
use quittance_engine::options::StopOptions;
use quittance_engine::stop::file_is_gone;
use quittance_store::stop::StopChange;
use quittance_store::{Engine, Store};

use super::print;
use super::serve::DATABASE;
use crate::cli::{Place, Signed};
use crate::clock::SystemClock;
use crate::config::{self, Config};

/// The configuration that is read when none is named and it is there.
pub(super) const CONFIG: &str = "quittance.toml";

/// Stops money on every node.
pub(crate) async fn stop(options: &Signed) -> anyhow::Result<()> {
    let place = place(&options.place)?;
    let store = join(&place.database).await?;
    let is_changed = store.stop(change(options)).await.context(
        "the switch could not be thrown: money may still move. Stop the program (`serve`) on every node",
    )?;
    print(if is_changed {
        "money is stopped: no refund starts from now on; `quittance resume` lets it move again"
    } else {
        "money was stopped already, for this reason too"
    });
    store.close().await;
    Ok(())
}

/// Lets money move again.
pub(crate) async fn resume(options: &Signed) -> anyhow::Result<()> {
    let place = place(&options.place)?;
    file_is_gone(&place.stop).await?;
    let store = join(&place.database).await?;
    let is_changed = store.resume(change(options)).await?;
    print(if is_changed {
        "money may move again: refunds that waited go their way now"
    } else {
        "money was not stopped"
    });
    store.close().await;
    Ok(())
}

fn change(options: &Signed) -> StopChange {
    let at: Timestamp = SystemClock.now();
    StopChange { why: options.why.clone(), by: options.by.clone(), at }
}

/// Which database is meant, and what else is known of it.
pub(super) struct Meant {
    pub(super) database: String,
    pub(super) stop: StopOptions,
    pub(super) config: Option<Config>,
}

/// Finds the database: the one that is named, else the configuration's. A database that is named needs no
/// configuration, so that a mistake in it does not keep money from being stopped.
pub(super) fn place(place: &Place) -> anyhow::Result<Meant> {
    let found = Some(PathBuf::from(CONFIG)).filter(|path| path.is_file());
    let config = match (&place.config, &place.database) {
        (Some(path), _) => Some(config::read(path)?),
        (None, Some(_)) => None,
        (None, None) => found.as_deref().map(config::read).transpose()?,
    };
    let named = place.database.clone();
    let database = named.or_else(|| config.as_ref().and_then(|config| config.database.clone()));
    Ok(Meant {
        database: database.unwrap_or_else(|| DATABASE.to_owned()),
        stop: config.as_ref().map(|config| config.stop.clone()).unwrap_or_default(),
        config,
    })
}

/// Fails for a file that is not there, with what to do.
pub(super) fn must_be_there(database: &str) -> anyhow::Result<()> {
    let is_there = match Engine::of(database) {
        Engine::Postgres => true,
        Engine::Sqlite => quittance_store::file_of(database).is_ok_and(|file| Path::is_file(&file)),
    };
    if !is_there {
        bail!(
            "there is no database {database}: name it with --database, or the configuration with --config"
        );
    }
    Ok(())
}

pub(super) async fn join(database: &str) -> anyhow::Result<Store> {
    must_be_there(database)?;
    let shown = quittance_store::shown(database);
    Store::join(database).await.with_context(|| format!("cannot write to the database {shown}"))
}
