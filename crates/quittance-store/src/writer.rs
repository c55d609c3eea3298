//! One writer for all: concurrent writes share a commit.
//!
//! SQLite has one writer at a time and waits for the disk at every commit. So a single task owns the
//! writing connection, takes the writes that wait, runs each within a savepoint, and commits them
//! together. A write that fails is rolled back alone. Nobody is answered before the commit.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::{AnyConnection, Executor};
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

use crate::error::Error;
use crate::probe::Probe;

/// How many writes share one commit at most.
const BATCH: usize = 128;

/// How many writes may wait before callers wait to hand theirs in.
const QUEUE: usize = 1024;

/// Tells the caller of a write how it ended, once the commit is decided.
type Deliver = Box<dyn FnOnce(bool) + Send>;

/// One write: `Some` when it is to be committed, `None` when it failed and has told its caller.
type Job = Box<dyn for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Option<Deliver>> + Send>;

/// Hands writes to the task that owns the writing connection.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
    tasks: TaskTracker,
    closing: Arc<tokio::sync::Notify>,
    pub(crate) probe: Option<Arc<dyn Probe>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("waiting", &QUEUE.saturating_sub(self.jobs.capacity()))
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the task that writes through `connection`.
    pub(crate) fn start(connection: AnyConnection) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let tasks = TaskTracker::new();
        let closing = Arc::new(tokio::sync::Notify::new());
        tasks.spawn(run(connection, queue, Arc::clone(&closing)));
        tasks.close();
        Self { jobs, tasks, closing, probe: None }
    }

    /// Runs `write`, which is called `name`, in a transaction and returns once it is committed.
    pub(crate) async fn write<T, F>(&self, name: &'static str, write: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>>
            + Send
            + 'static,
    {
        let Some(probe) = &self.probe else { return self.hand_in(write).await };
        probe.before(name).await.before()?;
        let written = self.hand_in(write).await?;
        probe.after(name).await.after()?;
        Ok(written)
    }

    async fn hand_in<T, F>(&self, write: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>>
            + Send
            + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| Box::pin(attempt(connection, write, answer)));
        self.jobs.send(job).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::CommitUnknown)?
    }

    /// Whether nothing can be written any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Finishes what waits and stops.
    pub(crate) async fn close(&self) {
        self.closing.notify_one();
        self.tasks.wait().await;
    }
}

/// Runs one write within a savepoint.
async fn attempt<T, F>(
    connection: &mut AnyConnection,
    write: F,
    answer: oneshot::Sender<Result<T, Error>>,
) -> Option<Deliver>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
{
    let result = match connection.execute("savepoint job").await {
        Ok(_) => write(connection).await,
        Err(error) => Err(error.into()),
    };
    let undo = if result.is_ok() { "release job" } else { "rollback to job" };
    let ended = connection.execute(undo).await;
    match (result, ended) {
        (Ok(value), Ok(_)) => Some(Box::new(move |is_committed| {
            // A caller who went away no longer wants the answer.
            drop(answer.send(if is_committed { Ok(value) } else { Err(Error::CommitUnknown) }));
        })),
        (Err(error), _) => {
            drop(answer.send(Err(error)));
            None
        }
        (Ok(_), Err(error)) => {
            drop(answer.send(Err(error.into())));
            None
        }
    }
}

async fn run(
    mut connection: AnyConnection,
    mut queue: mpsc::Receiver<Job>,
    closing: Arc<tokio::sync::Notify>,
) {
    loop {
        let first = tokio::select! {
            job = queue.recv() => job,
            () = closing.notified() => {
                queue.close();
                continue;
            }
        };
        let Some(first) = first else { break };
        if !batch(&mut connection, first, &mut queue).await {
            // After a commit that failed nobody knows what is on the disk. Only a restart reads it anew.
            break;
        }
    }
    if let Err(error) = sqlx::Connection::close(connection).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the database connection did not close cleanly"
        );
    }
}

/// Runs the first write and all that wait behind it, then commits. Returns whether the database can go
/// on.
async fn batch(
    connection: &mut AnyConnection,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
) -> bool {
    if let Err(error) = connection.execute("begin").await {
        let error = &error as &dyn std::error::Error;
        tracing::error!(error, "the database cannot begin a transaction");
        return false; // The dropped job answers its caller.
    }
    let mut deliveries = Vec::new();
    let mut next = Some(first);
    let mut count = 0_usize;
    while let Some(job) = next {
        deliveries.extend(job(connection).await);
        count = count.saturating_add(1);
        next = if count < BATCH { queue.try_recv().ok() } else { None };
    }
    let is_committed = match connection.execute("commit").await {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the database did not commit"
            );
            drop(connection.execute("rollback").await);
            false
        }
    };
    for deliver in deliveries {
        deliver(is_committed);
    }
    is_committed
}
