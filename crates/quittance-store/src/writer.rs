//! One writer for all: concurrent writes share a commit.
//!
//! A database waits for the disk at every commit. So a single task owns the writing connection, takes the
//! writes that wait, runs each within a savepoint, and commits them together. A write that fails is rolled
//! back alone. Nobody is answered before the commit.
//!
//! When a commit fails, nobody knows whether it was written, and its callers hear just that. SQLite is not
//! written any more then: what is on the disk is known only after a restart. PostgreSQL is connected to
//! again, for as long as it takes; writes wait for that a while and then fail without having been written.

mod batch;
mod link;
mod queue;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::any::AnyConnectOptions;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::connection::Connection;
use crate::error::Error;
use crate::probe::Probe;
use crate::sqlite::{SAVEPOINTS, TRANSACTIONS};
use link::Link;
use queue::{Ending, Queue, Work};

/// How many writes may wait before callers wait to hand theirs in.
const QUEUE: usize = 1024;

/// How long a write waits for a server that is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Hands writes to the task that owns the writing connection.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Box<dyn Work>>,
    tasks: TaskTracker,
    closing: Arc<Notify>,
    health: Arc<Health>,
    patience: Option<Duration>,
    pub(crate) probe: Option<Arc<dyn Probe>>,
}

/// What the writing task says about itself.
#[derive(Debug, Default)]
struct Health {
    /// The server is away.
    is_away: AtomicBool,
    /// The log entry that was committed and is gone; 0 without one.
    lost: AtomicU64,
    /// The number of the node's lock, which the session that writes must hold; 0 without one.
    key: AtomicI64,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("waiting", &QUEUE.saturating_sub(self.jobs.capacity()))
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the thread that writes to SQLite through `connection`. It waits for the disk, so it is no
    /// task: nothing else could go on meanwhile.
    pub(crate) fn to_file(connection: Connection) -> Result<Self, Error> {
        let (writer, queue) = Self::new(None);
        let (token, runtime) = (writer.tasks.token(), Handle::current());
        let write = move || {
            runtime.block_on(Link::file(connection, TRANSACTIONS).run(queue));
            drop(token);
        };
        let thread = thread::Builder::new().name("sqlite".to_owned());
        thread.spawn(write).map_err(sqlx::Error::Io)?;
        Ok(writer)
    }

    /// Starts a task that writes to a simulated database through `connection`.
    pub(crate) fn beside(connection: Connection) -> Self {
        let (writer, queue) = Self::new(None);
        writer.tasks.spawn(Link::file(connection, SAVEPOINTS).run(queue));
        writer
    }

    /// Starts the task that writes to PostgreSQL through `connection`, and through a new one when that is
    /// lost.
    pub(crate) fn to_server(connection: Connection, options: AnyConnectOptions) -> Self {
        let (writer, queue) = Self::new(Some(PATIENCE));
        let link = Link::server(connection, options, Arc::clone(&writer.health));
        writer.tasks.spawn(link.run(queue));
        writer
    }

    fn new(patience: Option<Duration>) -> (Self, Queue) {
        let (jobs, handed_in) = mpsc::channel(QUEUE);
        let tasks = TaskTracker::new();
        let closing = Arc::new(Notify::new());
        let queue = Queue::new(handed_in, Arc::clone(&closing), patience);
        tasks.close();
        (Self { jobs, tasks, closing, health: Arc::default(), patience, probe: None }, queue)
    }

    /// Runs `write`, which is called `name`, in a transaction and returns once it is committed.
    pub(crate) async fn write<T, F>(&self, name: &'static str, write: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
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
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let since = Instant::now();
        let work = Box::new(Write { run: Some(write), written: None, answer, since });
        let handed_in = match self.patience {
            None => self.jobs.send(work).await.map_err(|_| Error::Closed),
            // A write that is dropped while it waits for room was not handed in.
            Some(patience) => match tokio::time::timeout(patience, self.jobs.send(work)).await {
                Ok(sent) => sent.map_err(|_| Error::Closed),
                Err(_) => Err(Error::Unavailable),
            },
        };
        handed_in?;
        answered.await.map_err(|_| Error::CommitUnknown)?
    }

    /// Whether nothing can be written any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Whether nothing can be written now.
    pub(crate) fn is_away(&self) -> bool {
        self.health.is_away.load(Ordering::Relaxed)
    }

    /// The number of a log entry that was committed and is gone from the server.
    pub(crate) fn lost(&self) -> Option<u64> {
        Some(self.health.lost.load(Ordering::Relaxed)).filter(|seq| *seq != 0)
    }

    /// From now on only a session that has this lock writes.
    pub(crate) fn hold(&self, key: i64) {
        self.health.key.store(key, Ordering::Relaxed);
    }

    /// The lock is not needed any more.
    pub(crate) fn let_go(&self, key: i64) {
        // Another one stays.
        if self.health.key.load(Ordering::Relaxed) == key {
            self.health.key.store(0, Ordering::Relaxed);
        }
    }

    /// Finishes what waits and stops.
    pub(crate) async fn close(&self) {
        self.closing.notify_one();
        self.tasks.wait().await;
    }
}

/// One write and whom to tell.
struct Write<T, F> {
    run: Option<F>,
    written: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
    since: Instant,
}

impl<T, F> Work for Write<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, Error>> + Send + 'static,
{
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let Some(write) = self.run.take() else { return false };
            self.written.insert(write(connection).await).is_ok()
        })
    }

    fn end(self: Box<Self>, ending: Ending) {
        let answer = match (self.written, ending) {
            // It failed by itself, and what it did was undone whatever became of the others.
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ending::Committed) => Ok(value),
            (_, Ending::Committed | Ending::Unknown) => Err(Error::CommitUnknown),
            (_, Ending::NotWritten) => Err(Error::Unavailable),
            (_, Ending::Closed) => Err(Error::Closed),
        };
        // A caller who went away no longer wants the answer.
        drop(self.answer.send(answer));
    }

    fn since(&self) -> Instant {
        self.since
    }
}
