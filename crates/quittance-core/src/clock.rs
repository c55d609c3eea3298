//! Where the time comes from.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Tells the time. Only the program owns a clock that reads the machine's.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// A clock that stands still until it is moved: for tests, replays and simulations.
#[derive(Debug)]
pub struct ManualClock {
    millisecond: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`, to the millisecond.
    pub fn new(start: Timestamp) -> Self {
        Self { millisecond: AtomicI64::new(start.as_millisecond()) }
    }

    /// Moves the clock by `milliseconds`, which may be negative.
    pub fn advance_ms(&self, milliseconds: i64) {
        self.millisecond.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let millisecond = self.millisecond.load(Ordering::SeqCst);
        Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)
    }
}
