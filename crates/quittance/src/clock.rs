//! The machine's clock: the only one in the program.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use quittance_core::clock::Clock;

/// When the program first asked for the time.
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Shows what the machine's clock shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes in")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        BEGIN.elapsed()
    }
}
