//! Opening and closing the database.

use std::sync::{Arc, Mutex};

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection as _, Executor, SqlSafeStr};

use crate::connection::Connection;
use crate::error::Error;
use crate::place::{Engine, shown};
use crate::probe::Probe;
use crate::readers::Readers;
use crate::writer::Writer;
use crate::{postgres, sqlite};

/// Every change of the tables, in order. A shipped one never changes.
pub(crate) const MIGRATIONS: [(i64, &str, &str); 10] = [
    (1, "ground", include_str!("../migrations/0001_ground.sql")),
    (2, "nodes", include_str!("../migrations/0002_nodes.sql")),
    (3, "stop", include_str!("../migrations/0003_stop.sql")),
    (4, "polling", include_str!("../migrations/0004_polling.sql")),
    (5, "effects", include_str!("../migrations/0005_effects.sql")),
    (6, "own words", include_str!("../migrations/0006_own_words.sql")),
    (7, "policies", include_str!("../migrations/0007_policies.sql")),
    (8, "follow ups", include_str!("../migrations/0008_follow_ups.sql")),
    (9, "approvals", include_str!("../migrations/0009_approvals.sql")),
    (10, "redact", include_str!("../migrations/0010_redact.sql")),
];

/// The database of one workspace. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) engine: Engine,
    pub(crate) reader: Readers,
    pub(crate) writer: Writer,
    /// The name of the node, once it began.
    pub(crate) node: Arc<Mutex<Option<String>>>,
}

impl Store {
    /// Opens the database at `url` (`postgres://…`, `sqlite:PATH` or a bare path) and brings its tables up
    /// to date. A file is made if it is not there.
    pub async fn open(url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        match Engine::of(url) {
            Engine::Sqlite => {
                let options = sqlite::options(url, "rwc")?;
                let mut connection = sqlite::connect(&options, sqlite::SERVE).await?;
                bring_up_to_date(&mut connection).await?;
                connection.execute(sqlx::raw_sql(sqlite::GUARDS)).await?;
                connection.close().await?;
                let (connection, reader) = sqlite::serve(url)?;
                Ok(Self::over(Engine::Sqlite, reader, Writer::to_file(connection)?))
            }
            Engine::Postgres => {
                let options = postgres::options(url)?;
                let mut connection = postgres::connect_writing(&options).await?;
                bring_up_to_date(&mut connection).await?;
                postgres::guard(&mut connection).await?;
                let reader = postgres::readers(options.clone());
                let writer = Writer::to_server(Connection::Sqlx(connection), options);
                Ok(Self::over(Engine::Postgres, reader, writer))
            }
        }
    }

    /// Opens a database that another process may be serving, to write to it as well: to stop money, for
    /// example. It is neither made nor brought up to date here.
    pub async fn join(url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        match Engine::of(url) {
            Engine::Sqlite => {
                let (mut connection, reader) = sqlite::serve(url)?;
                refuse_other_versions(url, &mut connection).await?;
                Ok(Self::over(Engine::Sqlite, reader, Writer::to_file(connection)?))
            }
            Engine::Postgres => {
                let options = postgres::options(url)?;
                let connection = postgres::connect_writing(&options).await?;
                let mut connection = Connection::Sqlx(connection);
                refuse_other_versions(url, &mut connection).await?;
                let reader = postgres::readers(options.clone());
                Ok(Self::over(Engine::Postgres, reader, Writer::to_server(connection, options)))
            }
        }
    }

    /// Opens a database only to look at it: nothing in it changes, not even when it is of an older
    /// version.
    pub async fn look(url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let (connection, reader) = match Engine::of(url) {
            Engine::Sqlite => sqlite::look(url)?,
            Engine::Postgres => {
                let options = postgres::options(url)?;
                let connection = Connection::Sqlx(postgres::connect_reading(&options).await?);
                (connection, postgres::readers(options))
            }
        };
        Ok(Self::over(Engine::of(url), reader, Writer::to_file(connection)?))
    }

    /// The same store, whose writes `probe` sees and may spoil.
    #[must_use]
    pub fn probed(mut self, probe: Arc<dyn Probe>) -> Self {
        self.writer.probe = Some(probe);
        self
    }

    pub(crate) fn over(engine: Engine, reader: Readers, writer: Writer) -> Self {
        Self { engine, reader, writer, node: Arc::default() }
    }

    /// Which database holds the data.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Waits for what was being written, and lets the database go.
    pub async fn close(&self) {
        self.writer.close().await;
        self.reader.close().await;
    }

    /// Whether nothing can be written any more: it was closed, or a commit failed.
    pub fn is_closed(&self) -> bool {
        self.writer.is_closed()
    }

    /// The number of a log entry that was committed and is gone: a server took over that lacks it. The
    /// store is closed then, and money must stop until people know what else is gone.
    pub fn forgotten(&self) -> Option<u64> {
        self.writer.lost()
    }

    /// Whether the database answers and can be written.
    pub async fn check(&self) -> Result<(), Error> {
        if self.is_closed() {
            return Err(Error::Closed);
        }
        if self.writer.is_away() {
            return Err(Error::Unavailable);
        }
        sqlx::query("select 1").execute(&self.reader).await?;
        Ok(())
    }
}

/// Whether the database is of this version: cheaply, by its newest migration.
pub(crate) async fn is_current(connection: &mut Connection) -> bool {
    let latest: Result<Option<i64>, _> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(connection).await;
    latest.ok().flatten() == MIGRATIONS.last().map(|(version, ..)| *version)
}

async fn bring_up_to_date(connection: &mut AnyConnection) -> Result<(), Error> {
    Ok(Migrator::with_migrations(migrations()).run(connection).await?)
}

/// Fails for a database whose tables are not those of this version.
async fn refuse_other_versions(url: &str, connection: &mut Connection) -> Result<(), Error> {
    if is_current(connection).await {
        return Ok(());
    }
    let why = "it was not made by this version of the program; use the one that serves it";
    Err(Error::Setting { url: shown(url), why })
}

fn migrations() -> Vec<Migration> {
    let simple = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    MIGRATIONS.map(simple).to_vec()
}
