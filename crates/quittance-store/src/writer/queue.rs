//! The writes that wait.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use crate::connection::Connection;

/// How often writes that waited too long are looked for while the server is away.
const LOOK: Duration = Duration::from_millis(100);

/// How a write ended that did not fail by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is on the disk.
    Committed,
    /// Nobody knows whether it is.
    Unknown,
    /// It is not.
    NotWritten,
    /// It is not, and nothing will be any more.
    Closed,
}

/// One write, whatever it returns.
pub(super) trait Work: Send {
    /// Does it, and tells whether it may be committed.
    fn run<'c>(&'c mut self, connection: &'c mut Connection) -> BoxFuture<'c, bool>;

    /// Tells its caller how it ended.
    fn end(self: Box<Self>, ending: Ending);

    /// When it was handed in.
    fn since(&self) -> Instant;
}

/// Writes in the order in which they were handed in.
pub(super) struct Queue {
    handed_in: mpsc::Receiver<Box<dyn Work>>,
    waiting: VecDeque<Box<dyn Work>>,
    closing: Arc<Notify>,
    patience: Option<Duration>,
}

impl Queue {
    pub(super) fn new(
        handed_in: mpsc::Receiver<Box<dyn Work>>,
        closing: Arc<Notify>,
        patience: Option<Duration>,
    ) -> Self {
        Self { handed_in, waiting: VecDeque::new(), closing, patience }
    }

    /// Waits for a write. False once the store was closed and nothing waits.
    pub(super) async fn is_ready(&mut self) -> bool {
        self.expire();
        while self.waiting.is_empty() {
            tokio::select! {
                work = self.handed_in.recv() => match work {
                    Some(work) => self.waiting.push_back(work),
                    None => return false,
                },
                () = self.closing.notified() => self.handed_in.close(),
            }
        }
        true
    }

    /// The next write, when there is one. None once the store was closed and nothing waits.
    pub(super) async fn next(&mut self) -> Option<Box<dyn Work>> {
        if self.is_ready().await { self.next_now() } else { None }
    }

    /// Whether no write waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.handed_in.is_empty()
    }

    /// The next write, if one waits.
    pub(super) fn next_now(&mut self) -> Option<Box<dyn Work>> {
        self.waiting.pop_front().or_else(|| self.handed_in.try_recv().ok())
    }

    /// Waits for `future` and tells those meanwhile who waited too long. None once the store was closed and
    /// nothing waits.
    pub(super) async fn wait_for<F: Future>(&mut self, future: F) -> Option<F::Output> {
        tokio::pin!(future);
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                output = &mut future => return Some(output),
                () = self.closing.notified() => self.handed_in.close(),
                _ = look.tick() => self.expire(),
            }
            if self.handed_in.is_closed() && self.handed_in.is_empty() && self.waiting.is_empty() {
                return None;
            }
        }
    }

    /// Ends the writes that waited too long: nothing of them was written.
    fn expire(&mut self) {
        let Some(patience) = self.patience else { return };
        let room = super::QUEUE.saturating_sub(self.waiting.len());
        for _ in 0..room {
            let Ok(work) = self.handed_in.try_recv() else { break };
            self.waiting.push_back(work);
        }
        while self.waiting.front().is_some_and(|work| work.since().elapsed() >= patience) {
            if let Some(work) = self.waiting.pop_front() {
                work.end(Ending::NotWritten);
            }
        }
    }

    /// Ends whatever waits, for good.
    pub(super) fn refuse(mut self) {
        self.handed_in.close();
        while let Some(work) = self.next_now() {
            work.end(Ending::Closed);
        }
    }
}
