//! Connections to a SQLite file.

use std::str::FromStr;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Executor};

use crate::connection::Connection;
use crate::error::Error;
use crate::file::{Access, FileConnection};
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

/// For simulations, in memory.
const SIMULATE: &str =
    "pragma page_size = 1024; pragma foreign_keys = on; pragma recursive_triggers = on;";

/// How batches of writes begin and end. What is said every time is one statement, which is planned once.
pub(crate) struct Words {
    pub(crate) begin: &'static str,
    pub(crate) commit: &'static str,
    pub(crate) rollback: &'static str,
    /// Undoes everything, and begins again.
    pub(crate) again: &'static str,
}

/// Transactions of their own.
pub(crate) const TRANSACTIONS: Words = Words {
    begin: "begin immediate",
    commit: "commit",
    rollback: "rollback",
    again: "rollback; begin immediate",
};

/// Within a transaction that is never committed.
pub(crate) const SAVEPOINTS: Words = Words {
    begin: "savepoint batch",
    commit: "release batch",
    rollback: "rollback to batch; release batch",
    again: "rollback to batch",
};

/// How a file is opened by sqlx, for what is done at once: `rwc` makes it, `rw` writes it, `ro` reads it.
pub(crate) fn options(url: &str, mode: &str) -> Result<AnyConnectOptions, Error> {
    let path = file_of(url)?;
    Ok(AnyConnectOptions::from_str(&format!("sqlite://{}?mode={mode}", path.display()))?)
}

/// A connection of sqlx's with its pragmas set.
pub(crate) async fn connect(
    options: &AnyConnectOptions,
    pragmas: &'static str,
) -> Result<AnyConnection, Error> {
    let mut connection = options.connect().await?;
    connection.execute(sqlx::raw_sql(pragmas)).await?;
    Ok(connection)
}

/// A connection that writes, and those that read.
pub(crate) fn serve(url: &str) -> Result<(Connection, Readers), Error> {
    let path = file_of(url)?;
    let connection = FileConnection::open(&path, Access::Write, SERVE)?;
    Ok((Connection::File(connection), Readers::file(path, Access::Write, SERVE, READERS)))
}

/// Connections that only look.
pub(crate) fn look(url: &str) -> Result<(Connection, Readers), Error> {
    let path = file_of(url)?;
    let connection = FileConnection::open(&path, Access::Read, LOOK)?;
    Ok((Connection::File(connection), Readers::file(path, Access::Read, LOOK, READERS)))
}

/// A database in memory.
pub(crate) fn in_memory() -> Result<FileConnection, Error> {
    Ok(FileConnection::in_memory(SIMULATE)?)
}
