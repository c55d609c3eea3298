//! What was measured at the door.

use std::fmt;
use std::time::Duration;

/// Some times, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that so many of a thousand stay within.
    fn within(&self, per_mille: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let index = self.0.len().saturating_mul(per_mille).checked_div(1_000).unwrap_or(0);
        self.0.get(index.min(last)).copied().unwrap_or_default()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, nearly_all, all] = [500, 990, 999, 1_000].map(|share| self.within(share));
        write!(f, "p50 {half:.1?}, p99 {most:.1?}, p99.9 {nearly_all:.1?}, most {all:.1?}")
    }
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct IntakeReport {
    pub(super) sent: usize,
    pub(super) acknowledged: usize,
    pub(super) lost: usize,
    pub(super) doubled: usize,
    pub(super) sent_again: usize,
    pub(super) times: Times,
    pub(super) floor: Times,
    pub(super) took: Duration,
    pub(super) kills: u32,
    pub(super) looks: u64,
    pub(super) cpu: Option<Duration>,
    pub(super) memory_kib: Option<u64>,
}

impl IntakeReport {
    /// Whether every webhook was acknowledged, and everything acknowledged is stored once.
    pub fn is_clean(&self) -> bool {
        self.acknowledged == self.sent && self.lost == 0 && self.doubled == 0
    }
}

impl fmt::Display for IntakeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, acknowledged, lost, doubled, sent_again, took, kills, looks, .. } = self;
        writeln!(
            f,
            "webhooks           {sent} in {took:.1?}, {acknowledged} acknowledged, {sent_again} of them after being \
             sent again; the program was killed {kills} times"
        )?;
        writeln!(f, "stored             {lost} of the acknowledged lost, {doubled} stored twice")?;
        writeln!(f, "due to answer      {}", self.times)?;
        writeln!(
            f,
            "disk alone         {} for {} appends of 4 KiB",
            self.floor,
            self.floor.count()
        )?;
        write!(f, "the worker         made {looks} requests to Intercom meanwhile")?;
        if let Some(cpu) = self.cpu {
            write!(f, "\nprocessor          {cpu:.1?} of the program, its worker included")?;
        }
        if let Some(kib) = self.memory_kib {
            write!(f, "\nmemory             {} MiB at most", kib.checked_div(1024).unwrap_or(0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_read_off_in_order() {
        let times = Times::of((1..=1_000).rev().map(Duration::from_millis).collect());
        assert_eq!(
            [500, 990, 999, 1_000].map(|share| times.within(share).as_millis()),
            [501, 991, 1_000, 1_000]
        );
        assert_eq!(Times::default().within(990), Duration::ZERO);
    }
}
