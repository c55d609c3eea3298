//! Connections to a PostgreSQL server, and what it must be like.
//!
//! The database has one writer at a time, whichever node it is: every transaction that writes begins with
//! one advisory lock. So two nodes never wait for each other in a circle, nothing they write interleaves,
//! and `read committed` is enough: what a transaction reads under the lock nobody changes before it ends.
//!
//! The lock belongs to the transaction, so a pooler between this program and the server must keep whole
//! sessions (nodes hold a lock of theirs for as long as they live).

use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, ConnectOptions, Executor, Row};

use crate::error::Error;
use crate::place::shown;
use crate::readers::Readers;

/// How the URL of a database begins.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Connections for reading.
const READERS: u32 = 8;

/// How long making a connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// The oldest server that is known to work.
const OLDEST: i64 = 130_000;

/// What the database itself refuses.
pub(crate) const GUARDS: &str = include_str!("../guards/postgres.sql");

/// Begins a transaction that writes, and the savepoint of its first write. The number is this program's own,
/// and one a database.
/// <https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS>
pub(crate) const BEGIN: &str = "begin; select pg_advisory_xact_lock(1366649204); savepoint job;";

/// The number of that lock, for a session that keeps every writer out.
pub(crate) const WRITERS: i64 = 1_366_649_204;

/// A writing connection. A node that stops in the middle of a transaction loses it after five seconds, so
/// that the others go on. There is no limit for a statement: one that ran out while the server waits for
/// its standby would be answered as committed.
/// <https://www.postgresql.org/docs/current/runtime-config-client.html>
const WRITE: &str = "set lock_timeout = '8s'; set statement_timeout = 0; set idle_in_transaction_session_timeout = '5s'; \
                     set default_transaction_isolation = 'read committed'; set default_transaction_read_only = off; \
                     set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3;";

/// A reading connection cannot write.
const READ: &str = "set lock_timeout = '8s'; set statement_timeout = '60s'; set idle_in_transaction_session_timeout = '60s'; \
                    set default_transaction_read_only = on;";

/// How the database at `url` is reached.
pub(crate) fn options(url: &str) -> Result<AnyConnectOptions, Error> {
    let why = "give postgres://USER:PASSWORD@HOST/DATABASE, with special characters of the password as %XX";
    let refuse = || Error::Setting { url: shown(url), why };
    if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
        return Err(refuse());
    }
    AnyConnectOptions::from_str(url).map_err(|_| refuse())
}

/// A connection that may write, to a server that keeps what it says it has written.
pub(crate) async fn connect_writing(options: &AnyConnectOptions) -> Result<AnyConnection, Error> {
    let mut connection = connect(options, WRITE).await?;
    check(&mut connection).await?;
    Ok(connection)
}

/// Sets up what the database itself refuses. Nodes that start together do it one after the other.
pub(crate) async fn guard(connection: &mut AnyConnection) -> Result<(), Error> {
    connection.execute(sqlx::raw_sql(BEGIN)).await?;
    connection.execute(sqlx::raw_sql(GUARDS)).await?;
    connection.execute("commit").await?;
    Ok(())
}

/// A connection that cannot write.
pub(crate) async fn connect_reading(options: &AnyConnectOptions) -> Result<AnyConnection, Error> {
    connect(options, READ).await
}

async fn connect(
    options: &AnyConnectOptions,
    settings: &'static str,
) -> Result<AnyConnection, Error> {
    let connecting = async {
        let mut connection = options.connect().await?;
        connection.execute(sqlx::raw_sql(settings)).await?;
        Ok(connection)
    };
    tokio::time::timeout(CONNECTING, connecting).await.unwrap_or(Err(Error::Unavailable))
}

/// A connection for one long transaction.
pub(crate) async fn connect_copying(options: &AnyConnectOptions) -> Result<AnyConnection, Error> {
    let mut connection = connect_writing(options).await?;
    connection.execute("set idle_in_transaction_session_timeout = 0").await?;
    Ok(connection)
}

/// Connections for reading.
pub(crate) fn readers(options: AnyConnectOptions) -> Readers {
    let pool = AnyPoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(CONNECTING)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(READ)).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options);
    Readers::Server(pool)
}

/// Refuses a server that may forget what it said it has written.
/// <https://www.postgresql.org/docs/current/runtime-config-wal.html>
async fn check(connection: &mut AnyConnection) -> Result<(), Error> {
    let row = sqlx::query(
        "select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding, \
         current_setting('fsync') as fsync, current_setting('full_page_writes') as pages, \
         current_setting('synchronous_commit') as synchronous, \
         current_setting('synchronous_standby_names') as standbys, \
         case when pg_is_in_recovery() then 'on' else 'off' end as recovery",
    )
    .fetch_one(&mut *connection)
    .await?;
    let said = |column: &str| row.try_get::<String, _>(column);
    let (synchronous, standbys) = (said("synchronous")?, said("standbys")?);
    let is_durable = match synchronous.as_str() {
        "on" | "remote_apply" => true,
        // On the disk of this server, but not on that of the standby which may follow it.
        "local" | "remote_write" => standbys.is_empty(),
        _ => false,
    };
    let version = said("version")?;
    let is_new_enough = version.parse().is_ok_and(|version: i64| version >= OLDEST);
    require("server_version_num", version, is_new_enough, "PostgreSQL 13 or newer is needed")?;
    let encoding = said("encoding")?;
    let is_utf8 = encoding == "UTF8";
    require("server_encoding", encoding, is_utf8, "make the database with encoding UTF8")?;
    let durable = "set it to `on`: without it a refund that was written down can be forgotten";
    let (fsync, pages) = (said("fsync")?, said("pages")?);
    let (is_synced, is_whole) = (fsync == "on", pages == "on");
    require("fsync", fsync, is_synced, durable)?;
    require("full_page_writes", pages, is_whole, durable)?;
    require("synchronous_commit", synchronous, is_durable, durable)?;
    let recovery = said("recovery")?;
    let is_primary = recovery == "off";
    require("pg_is_in_recovery", recovery, is_primary, "name the primary, this is a standby")
}

fn require(
    setting: &'static str,
    value: String,
    is_fine: bool,
    wanted: &'static str,
) -> Result<(), Error> {
    if is_fine { Ok(()) } else { Err(Error::Server { setting, value, wanted }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_no_server_is_refused_with_a_reason() {
        sqlx::any::install_default_drivers();
        for url in ["postgres:q", "postgres://u:p@h:port/q", "postgresql://u:p@[h/q", "q.db"] {
            assert!(matches!(options(url), Err(Error::Setting { .. })), "{url}");
        }
        assert!(options("postgres://u:p@h:5432/q?sslmode=verify-full").is_ok());
        assert!(options("postgresql://u@%2Frun%2Fpg/q").is_ok());
    }
}
