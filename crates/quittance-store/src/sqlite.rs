//! Connections to a SQLite file.

use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions, Executor};

use crate::error::Error;
use crate::place::file_of;

/// Connections for reading. Reads do not wait for the writer.
const READERS: u32 = 4;

/// What the database itself refuses.
pub(crate) const GUARDS: &str = include_str!("../guards/sqlite.sql");

/// Every commit is on the disk before it returns; another process's lock is waited for up to ten seconds.
pub(crate) const SERVE: &str = "pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = full; \
                                pragma foreign_keys = on; pragma recursive_triggers = on;";

/// Changes nothing, not even the journal's mode.
pub(crate) const LOOK: &str = "pragma busy_timeout = 10000;";

/// For simulations: a commit waits for nothing. The file keeps the journal it was made with.
pub(crate) const SIMULATE: &str =
    "pragma synchronous = off; pragma foreign_keys = on; pragma recursive_triggers = on;";

/// How long a simulation waits for a connection. Its time may be virtual and jump while SQLite works.
const SIMULATED_WAITING: Duration = Duration::from_hours(365 * 24);

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
pub(crate) fn readers(options: AnyConnectOptions, pragmas: &'static str) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(READERS)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(pragmas)).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

/// One connection for reading, for simulations.
pub(crate) fn one_reader(options: AnyConnectOptions) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(SIMULATED_WAITING)
        .connect_lazy_with(options)
}
