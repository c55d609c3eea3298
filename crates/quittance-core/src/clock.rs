//! Where the time comes from.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// Tells the time. Only the program owns a clock that reads the machine's.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The present instant. Whoever sets the machine's clock moves it, back too.
    fn now(&self) -> Timestamp;

    /// How long the clock has run, by a count that nobody sets: for what must not take too long.
    fn elapsed(&self) -> Duration;
}

/// A clock that stands still until it is moved: for tests, replays and simulations.
#[derive(Debug)]
pub struct ManualClock {
    millisecond: AtomicI64,
    elapsed_ms: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `start`, to the millisecond.
    pub fn new(start: Timestamp) -> Self {
        let millisecond = AtomicI64::new(start.as_millisecond());
        Self { millisecond, elapsed_ms: AtomicU64::new(0) }
    }

    /// Moves the clock by `milliseconds`. Negative ones set it back, as somebody who sets a clock does.
    pub fn advance_ms(&self, milliseconds: i64) {
        self.set_by_ms(milliseconds);
        self.elapsed_ms.fetch_add(u64::try_from(milliseconds).unwrap_or(0), Ordering::SeqCst);
    }

    /// Sets the clock by `milliseconds`, while no time passes.
    pub fn set_by_ms(&self, milliseconds: i64) {
        self.millisecond.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let millisecond = self.millisecond.load(Ordering::SeqCst);
        Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst))
    }
}
