//! Opening and closing the database.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::AnyPool;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, ConnectOptions, Executor, SqlSafeStr};

use crate::error::Error;
use crate::probe::Probe;
use crate::writer::Writer;

/// Connections for reading. SQLite reads do not wait for the writer.
const READERS: u32 = 4;

/// SQLite waits up to ten seconds for another process's lock.
const WAITING: &str = "pragma busy_timeout = 10000;";

/// Besides: every commit is on the disk before it returns.
const PRAGMAS: &str = "pragma busy_timeout = 10000; pragma journal_mode = wal; pragma synchronous = full; \
                       pragma foreign_keys = on; pragma recursive_triggers = on;";

/// For simulations: a commit waits for nothing. The file is made by [`Store::open`] and keeps its journal.
const SIMULATED: &str =
    "pragma synchronous = off; pragma foreign_keys = on; pragma recursive_triggers = on;";

/// How long a simulation waits for a connection. Its time may be virtual and jump while SQLite works.
const SIMULATED_WAITING: Duration = Duration::from_hours(365 * 24);

/// Every change of the tables, in order. A shipped one never changes.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (1, "ground", include_str!("../migrations/0001_ground.sql")),
    (3, "stop", include_str!("../migrations/0003_stop.sql")),
];

const GUARDS: &str = include_str!("../guards/sqlite.sql");

/// The database of one workspace. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) reader: AnyPool,
    pub(crate) writer: Writer,
}

impl Store {
    /// Opens the database at `url` (`sqlite:PATH` or a bare path), makes it if it is not there, and
    /// brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let options = connect_options(url, "rwc")?;
        let mut connection = options.connect().await?;
        connection.execute(sqlx::raw_sql(PRAGMAS)).await?;
        Migrator::with_migrations(migrations()).run(&mut connection).await?;
        connection.execute(sqlx::raw_sql(GUARDS)).await?;
        Ok(Self::over(connection, options, PRAGMAS))
    }

    /// Opens a database only to look at it: nothing in it changes, not even when it is of an older
    /// version.
    pub async fn look(url: &str) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let options = connect_options(url, "ro")?;
        let connection = options.connect().await?;
        Ok(Self::over(connection, options, WAITING))
    }

    /// Opens the SQLite file at `path` for a simulation, as cheaply as possible: what is written does not
    /// survive a power cut, and the file is brought up to date only if it is older.
    pub async fn simulated(path: &Path) -> Result<Self, Error> {
        sqlx::any::install_default_drivers();
        let options = connect_options(&path.display().to_string(), "rwc")?;
        let mut connection = options.connect().await?;
        let latest: Result<Option<i64>, _> =
            sqlx::query_scalar("select max(version) from _sqlx_migrations")
                .fetch_one(&mut connection)
                .await;
        if latest.ok().flatten() != MIGRATIONS.last().map(|(version, ..)| *version) {
            Self::open(&path.display().to_string()).await?.close().await;
        }
        connection.execute(sqlx::raw_sql(SIMULATED)).await?;
        let reader = AnyPoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(SIMULATED_WAITING)
            .connect_lazy_with(options);
        Ok(Self { reader, writer: Writer::start(connection) })
    }

    /// The same store, whose writes `probe` sees and may spoil.
    #[must_use]
    pub fn probed(mut self, probe: Arc<dyn Probe>) -> Self {
        self.writer.probe = Some(probe);
        self
    }

    fn over(connection: AnyConnection, options: AnyConnectOptions, pragmas: &'static str) -> Self {
        let reader = AnyPoolOptions::new()
            .max_connections(READERS)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(sqlx::raw_sql(pragmas)).await?;
                    Ok(())
                })
            })
            .connect_lazy_with(options);
        Self { reader, writer: Writer::start(connection) }
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

    /// Whether the database answers and can be written.
    pub async fn check(&self) -> Result<(), Error> {
        if self.is_closed() {
            return Err(Error::Closed);
        }
        sqlx::query("select 1").execute(&self.reader).await?;
        Ok(())
    }
}

fn migrations() -> Vec<Migration> {
    let simple = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    MIGRATIONS.map(simple).to_vec()
}

/// The file of a database: its folder must be there, the file need not.
pub fn file_of(url: &str) -> Result<PathBuf, Error> {
    let refuse = |why| Error::Setting { url: url.to_owned(), why };
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        return Err(refuse(
            "this version keeps its data in SQLite; give a file, such as \"quittance.db\"",
        ));
    }
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.contains(['?', '#', '%']) || path == ":memory:" {
        return Err(refuse("give the path of a file without `?`, `#` and `%`"));
    }
    let path = Path::new(path);
    let name = path.file_name().ok_or_else(|| refuse("give the path of a file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // One file has one name, however it is written.
    let folder =
        folder.canonicalize().map_err(|_| refuse("its folder does not exist; make it first"))?;
    Ok(folder.join(name))
}

fn connect_options(url: &str, mode: &str) -> Result<AnyConnectOptions, Error> {
    let path = file_of(url)?;
    Ok(AnyConnectOptions::from_str(&format!("sqlite://{}?mode={mode}", path.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_no_file_is_refused_with_a_reason() {
        for url in [
            "",
            "sqlite:",
            ":memory:",
            "postgres://localhost/q",
            "/no/such/folder/q.db",
            "q.db?mode=ro",
        ] {
            assert!(matches!(connect_options(url, "rwc"), Err(Error::Setting { .. })), "{url}");
        }
        assert!(connect_options("q.db", "rwc").is_ok());
    }
}
