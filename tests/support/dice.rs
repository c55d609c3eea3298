//! Chance that can be repeated.

use std::time::Duration;

use quittance_core::clock::Clock;

use crate::support::{SystemClock, variable};

/// Numbers that depend on a seed only.
pub(crate) struct Dice(u64);

impl Dice {
    /// A new seed, or that of `QUITTANCE_SEED`, which repeats a run. It is printed.
    pub(crate) fn from_environment() -> Self {
        let given = variable("QUITTANCE_SEED").map(|seed| seed.parse().unwrap());
        let now = SystemClock.now().as_nanosecond();
        let seed = given.unwrap_or_else(|| u64::try_from(now & 0xffff_ffff).unwrap());
        println!("QUITTANCE_SEED={seed} repeats this run");
        Self(seed)
    }

    /// A moment within `duration`: each of `many` has a part of it of its own, so that all of it is covered.
    pub(crate) fn moment(&mut self, duration: Duration, number: u32, many: u32) -> Duration {
        let part = duration / many;
        part * number + self.below(part)
    }

    /// A moment within `duration`.
    pub(crate) fn below(&mut self, duration: Duration) -> Duration {
        let millionths = u32::try_from(self.roll() % 1_000_000).unwrap();
        duration * millionths / 1_000_000
    }

    /// The next number (`SplitMix64` by Steele, Lea and Flood).
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
