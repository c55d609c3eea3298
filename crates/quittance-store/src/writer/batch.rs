//! Writes that share a commit.

use std::time::Duration;

use sqlx::{Executor, Row};

use super::queue::{Ending, Queue, Work};
use crate::connection::Connection;
use crate::sqlite::Words;

/// How many writes share one commit at most.
const BATCH: usize = 128;

/// How long the writes of one batch may take on a server, together.
const WRITING: Duration = Duration::from_secs(10);

/// How long a server may take to commit; it may wait for a standby.
const COMMITTING: Duration = Duration::from_secs(20);

/// Where the log ended when a batch was committed.
pub(super) type Head = (i64, String);

/// Runs the first write and all that wait behind it on SQLite, within a transaction that was begun, and
/// commits. Returns whether the database can go on.
pub(super) async fn on_file(
    connection: &mut Connection,
    words: &Words,
    first: Box<dyn Work>,
    queue: &mut Queue,
) -> bool {
    let mut held = vec![];
    let ending = match fill(connection, Undo::By(words.again), first, queue, &mut held).await {
        Ok(()) => match connection.execute(sqlx::query(words.commit)).await {
            Ok(_) => Ending::Committed,
            Err(error) => failed(&error, "the database did not commit", Ending::Unknown),
        },
        Err(error) => failed(&error, "the database broke a transaction off", Ending::NotWritten),
    };
    if ending != Ending::Committed {
        drop(connection.execute(words.rollback).await);
    }
    tell(held, ending);
    ending == Ending::Committed
}

/// The same on PostgreSQL. Returns where the log ends now, or nothing when the connection is to be given up.
pub(super) async fn on_server(
    connection: &mut Connection,
    first: Box<dyn Work>,
    queue: &mut Queue,
) -> Option<Head> {
    let mut held = vec![];
    let filling = async {
        fill(connection, Undo::BySavepoint, first, queue, &mut held).await?;
        // In a transaction that is broken this fails; a `commit` would undo it and say that all is well.
        head(connection).await
    };
    // Without a `commit` the server forgets everything, however the connection ends.
    let filled = tokio::time::timeout(WRITING, filling).await;
    let head = match filled.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Ok(head) => head,
        Err(error) => {
            tell(held, failed(&error, "the server broke a transaction off", Ending::NotWritten));
            return None;
        }
    };
    let committed = tokio::time::timeout(COMMITTING, connection.execute("commit")).await;
    match committed.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
        Ok(_) => {
            tell(held, Ending::Committed);
            Some(head)
        }
        // Whatever the server says: it may say so after it has written.
        Err(error) => {
            tell(held, failed(&error, "the server did not say that it committed", Ending::Unknown));
            None
        }
    }
}

/// How a write that failed is undone.
#[derive(Clone, Copy)]
enum Undo {
    /// It is the first one: with the whole transaction, which is begun again by these words. Most writes are
    /// alone, and a savepoint costs.
    By(&'static str),
    /// There is a savepoint before it.
    BySavepoint,
}

/// Runs writes so that each can be undone alone. Fails when the transaction cannot be committed any more:
/// every write that is held then is undone.
async fn fill(
    connection: &mut Connection,
    mut undo: Undo,
    first: Box<dyn Work>,
    queue: &mut Queue,
    held: &mut Vec<Box<dyn Work>>,
) -> Result<(), sqlx::Error> {
    let mut next = Some(first);
    let mut count = 0_usize;
    while let Some(work) = next {
        held.push(work);
        let Some(work) = held.last_mut() else { break };
        let is_fine = work.run(connection).await;
        count = count.saturating_add(1);
        let is_last = count >= BATCH || queue.is_empty();
        if !is_fine {
            // Afterwards everything is as before it, for the next one.
            match undo {
                Undo::By(words) => connection.execute(words).await?,
                Undo::BySavepoint => connection.execute("rollback to job").await?,
            };
            tell(held.pop(), Ending::NotWritten);
        } else if !is_last {
            let words = match undo {
                Undo::By(_) => "savepoint job",
                Undo::BySavepoint => "release job; savepoint job",
            };
            connection.execute(words).await?;
            undo = Undo::BySavepoint;
        }
        next = if is_last { None } else { queue.next_now() };
    }
    Ok(())
}

async fn head(connection: &mut Connection) -> Result<Head, sqlx::Error> {
    let row = sqlx::query("select seq, hash from log_head where id = 1")
        .fetch_one(&mut *connection)
        .await?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

fn tell(works: impl IntoIterator<Item = Box<dyn Work>>, ending: Ending) {
    for work in works {
        work.end(ending);
    }
}

fn failed(error: &sqlx::Error, what: &'static str, ending: Ending) -> Ending {
    tracing::error!(error = error as &dyn std::error::Error, "{what}");
    ending
}
