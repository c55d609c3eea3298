//! Connections to a SQLite file.

use std::str::FromStr;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Executor};

use crate::error::Error;
use crate::place::file_of;
use crate::readers::Readers;

/// Connections for reading. Reads do not wait for the writer.
const READERS: u32 = 4;

/// What the database itself refuses.
pub(crate) const GUARDS: &str = include_str!("../guards/sqlite.sql");

/// Every commit is on the disk before it returns; another process's lock is waited for up to ten seconds.
pub(crate) const SERVE: &str = "pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = full; \
                                pragma foreign_keys = on; pragma recursive_triggers = on; pragma temp_store = memory;";

/// Changes nothing, not even the journal's mode.
pub(crate) const LOOK: &str = "pragma busy_timeout = 10000;";

/// For simulations: a commit waits for nothing. The file keeps the journal it was made with.
pub(crate) const SIMULATE: &str =
    "pragma synchronous = off; pragma foreign_keys = on; pragma recursive_triggers = on;";

/// How a file is opened: `rwc` makes it, `rw` writes it, `ro` reads it.
pub(crate) fn options(url: &str, mode: &str) -> Result<AnyConnectOptions, Error> {
    let path = file_of(url)?;
    Ok(AnyConnectOptions::from_str(&format!("sqlite://{}?mode={mode}", path.display()))?)
}

/// A connection with its pragmas set.
pub(crate) async fn connect(
    options: &AnyConnectOptions,
    pragmas: &'static str,
) -> Result<AnyConnection, Error> {
    let mut connection = options.connect().await?;
    connection.execute(sqlx::raw_sql(pragmas)).await?;
    Ok(connection)
}

/// Connections for reading.
pub(crate) fn readers(options: AnyConnectOptions, pragmas: &'static str) -> Readers {
    Readers::file(options, pragmas, READERS)
}

/// One connection for reading, for simulations.
pub(crate) fn one_reader(options: AnyConnectOptions) -> Readers {
    Readers::file(options, SIMULATE, 1)
}
