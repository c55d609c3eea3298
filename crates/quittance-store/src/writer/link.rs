//! The writing connection: made, lost and made again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::Executor;
use sqlx::any::AnyConnectOptions;

use super::Health;
use super::batch::{self, Head};
use super::queue::{Ending, Queue};
use crate::connection::Connection;
use crate::error::Error;
use crate::sqlite::Words;
use crate::{nodes, postgres};

/// The pause after the first connection that failed; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long beginning a transaction may take: it waits for another node's.
const BEGINNING: Duration = Duration::from_secs(10);

/// SQLite says that another process holds the lock. <https://www.sqlite.org/rescode.html#busy>
const BUSY: [&str; 3] = ["5", "261", "517"];

/// The writing connection and what its task needs to keep it.
pub(super) enum Link {
    /// To SQLite. Once it fails, it is over.
    File(Connection, Words),
    /// To PostgreSQL.
    Server(Box<Server>),
}

/// How a server is reached, and what it must still know.
pub(super) struct Server {
    connection: Option<Connection>,
    options: AnyConnectOptions,
    seen: Option<Head>,
    health: Arc<Health>,
}

impl Link {
    pub(super) fn file(connection: Connection, words: Words) -> Self {
        Self::File(connection, words)
    }

    pub(super) fn server(
        connection: Connection,
        options: AnyConnectOptions,
        health: Arc<Health>,
    ) -> Self {
        Self::Server(Box::new(Server { connection: Some(connection), options, seen: None, health }))
    }

    /// Writes what is handed in until the store is closed, or nothing can be written any more.
    pub(super) async fn run(self, mut queue: Queue) {
        let connection = match self {
            Self::File(mut connection, words) => {
                on_file(&mut connection, &words, &mut queue).await;
                Some(connection)
            }
            Self::Server(server) => server.run(&mut queue).await,
        };
        queue.refuse();
        let Some(connection) = connection else { return };
        if let Err(error) = connection.close().await {
            warn(&error, "the database connection did not close cleanly");
        }
    }
}

async fn on_file(connection: &mut Connection, words: &Words, queue: &mut Queue) {
    while let Some(first) = queue.next().await {
        match connection.execute(sqlx::query(words.begin)).await {
            Ok(_) => {
                if !batch::on_file(connection, words, first, queue).await {
                    return;
                }
            }
            Err(error) if is_busy(&error) => {
                warn(&error, "another process keeps the database locked");
                first.end(Ending::NotWritten);
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the database cannot begin a transaction"
                );
                first.end(Ending::NotWritten);
                return;
            }
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| BUSY.contains(&code.as_ref()))
}

impl Server {
    /// Writes until the store is closed, and then gives the connection back, if there is one.
    async fn run(mut self, queue: &mut Queue) -> Option<Connection> {
        loop {
            let mut connection = match self.connection.take() {
                Some(connection) => connection,
                None => self.connect_again(queue).await?,
            };
            if !queue.is_ready().await {
                return Some(connection);
            }
            match queue.wait_for(begin(&mut connection)).await? {
                Ok(()) => self.write(connection, queue).await,
                // Nothing was begun, so whatever waits may wait for the next connection.
                Err(error) => warn(&error, "the server cannot begin a transaction"),
            }
        }
    }

    /// Writes a batch in the transaction that was begun, and keeps the connection if it is sound.
    async fn write(&mut self, mut connection: Connection, queue: &mut Queue) {
        let Some(first) = queue.next_now() else {
            // It waited too long for the transaction to begin.
            let is_sound = connection.execute("rollback").await.is_ok();
            self.connection = is_sound.then_some(connection);
            return;
        };
        if let Some(head) = batch::on_server(&mut connection, first, queue).await {
            self.seen = Some(head);
            self.connection = Some(connection);
        }
    }

    /// Connects until it succeeds. None when the store was closed meanwhile, or what was committed is gone.
    async fn connect_again(&mut self, queue: &mut Queue) -> Option<Connection> {
        self.health.is_away.store(true, Ordering::Relaxed);
        let mut pause = FIRST_PAUSE;
        loop {
            let key = self.health.key.load(Ordering::Relaxed);
            match queue.wait_for(connect(&self.options, key, self.seen.as_ref())).await? {
                Ok(connection) => {
                    self.health.is_away.store(false, Ordering::Relaxed);
                    tracing::info!("connected to the database again");
                    return Some(connection);
                }
                Err(error @ Error::Forgotten { seq }) => {
                    self.health.lost.store(seq, Ordering::Relaxed);
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "nothing is written any more: find out which server took over, and what it lacks"
                    );
                    return None;
                }
                Err(error) => warn(&error, "the database cannot be reached; trying again"),
            }
            queue.wait_for(tokio::time::sleep(pause)).await?;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        }
    }
}

/// Connects, takes the node's lock again, and makes sure that the server still has the last entry which this
/// process saw committed: a standby that took over may lack it.
async fn connect(
    options: &AnyConnectOptions,
    key: i64,
    seen: Option<&Head>,
) -> Result<Connection, Error> {
    let mut connection = Connection::Sqlx(postgres::connect_writing(options).await?);
    if key != 0 && !nodes::take(&mut connection, key).await? {
        tracing::warn!("the lost session, or another process, still has this node's name");
        return Err(Error::Unavailable);
    }
    let Some((seq, hash)) = seen.filter(|(seq, _)| *seq > 0) else { return Ok(connection) };
    let found: Option<(String,)> = sqlx::query_as("select hash from log where seq = $1")
        .bind(seq)
        .fetch_optional(&mut connection)
        .await?;
    if found.is_some_and(|(found,)| found == *hash) {
        return Ok(connection);
    }
    Err(Error::Forgotten { seq: u64::try_from(*seq).unwrap_or(u64::MAX) })
}

async fn begin(connection: &mut Connection) -> Result<(), Error> {
    let beginning = connection.execute(sqlx::raw_sql(postgres::BEGIN));
    match tokio::time::timeout(BEGINNING, beginning).await {
        Ok(begun) => Ok(begun.map(drop)?),
        Err(_) => Err(Error::Unavailable),
    }
}

fn warn(error: &(dyn std::error::Error + 'static), what: &'static str) {
    tracing::warn!(error, "{what}");
}
