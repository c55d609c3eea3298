//! How fast requests may follow one another.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How much of its rate an idle client may use at once.
const BURST: Duration = Duration::from_secs(1);

/// Spreads requests over time: a second's worth may go at once, the rest wait their turn.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    /// When the next request would be due if all of them went at even steps.
    due: Mutex<Option<Instant>>,
}

impl Pace {
    /// So many requests in one second, at least one.
    pub(crate) fn new(per_second: u32) -> Self {
        let interval = Duration::from_secs(1).checked_div(per_second).unwrap_or(BURST);
        Self { interval, due: Mutex::new(None) }
    }

    /// Takes a place in the row and says how long to wait for it.
    pub(crate) fn take(&self) -> Duration {
        let now = Instant::now();
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let at = due.map_or(now, |due| due.max(now));
        *due = at.checked_add(self.interval);
        at.duration_since(now).saturating_sub(BURST.saturating_sub(self.interval))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_seconds_worth_goes_at_once_and_the_rest_waits() {
        let pace = Pace::new(4);
        let waits: Vec<u128> = (0..6).map(|_| pace.take().as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 250, 500]);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(pace.take(), Duration::ZERO);
    }
}
