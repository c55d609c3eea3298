//! How soon the stop holds: from the moment the switch is written to the last refund that is still sent.
//!
//! Two nodes on one database send refunds to the stand-in for Stripe on this machine while somebody else
//! throws the switch. A send counts from when Stripe hears of it, which is later than its first byte, so
//! what is measured is more than the truth.

mod house;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use quittance_core::clock::Clock;
use tokio::time::Instant;

use crate::path::bar;
use crate::prove::Dice;
use house::House;

/// How many refunds are on their way when the switch is thrown, on two nodes.
const AT_ONCE: u32 = 4;

/// The time from the beginning of the refunds to the switch is at most the time they take, shared by this:
/// the send is in the first third of it.
const SHARE: u32 = 3;

/// No send may start later than this after the switch was written.
const BOUND: Duration = Duration::from_secs(1);

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct StopOptions {
    /// How often the switch is thrown.
    pub trials: u32,
    /// What the chance begins with.
    pub seed: u64,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct StopReport {
    trials: u32,
    seed: u64,
    sent: u64,
    held_back: u64,
    late_trials: u64,
    latest: Vec<Duration>,
    took: Duration,
}

/// Throws the switch again and again while refunds are on their way, and lets them go afterwards. The
/// database is in `folder`.
pub async fn stop(
    options: StopOptions,
    clock: Arc<dyn Clock>,
    folder: &Path,
) -> anyhow::Result<StopReport> {
    let begin = Instant::now();
    let mut house = House::open(clock, folder).await?;
    house.rehearse().await?;
    let mut dice = Dice::new(options.seed);
    let mut report = StopReport {
        trials: options.trials,
        seed: options.seed,
        sent: 0,
        held_back: 0,
        late_trials: 0,
        latest: Vec::new(),
        took: Duration::ZERO,
    };
    let bar = bar(usize::try_from(options.trials)?, "stops");
    for trial in 0..options.trials {
        report.add(&trial_of(&mut house, &mut dice, trial).await?);
        bar.set_position(u64::from(trial));
    }
    bar.finish_and_clear();
    house.check().await.context("after all trials")?;
    house.close().await;
    report.latest.sort_unstable();
    report.took = begin.elapsed();
    Ok(report)
}

/// What became of one throw of the switch.
struct Trial {
    /// How long after the switch was written each of the sends after it was heard of.
    late: Vec<Duration>,
    sent: u64,
    held_back: u64,
}

async fn trial_of(house: &mut House, dice: &mut Dice, trial: u32) -> anyhow::Result<Trial> {
    house.allow(trial, AT_ONCE).await?;
    let longest = house.takes().checked_div(SHARE).unwrap_or_default();
    let wait = Duration::from_micros(dice.below(u64::try_from(longest.as_micros())?));
    let (worked, written) = tokio::join!(house.work(), house.throw(wait));
    worked?;
    let written = written?;
    let heard = house.heard();
    let late = heard.iter().filter_map(|at| at.checked_duration_since(written));
    let late: Vec<Duration> = late.filter(|late| !late.is_zero()).collect();
    house.resume().await?;
    // Whoever was held back goes now, so that the next trial begins with nothing under way.
    house.work_off().await?;
    let sent = u64::try_from(heard.len())?;
    let held_back = u64::try_from(house.heard().len())?;
    Ok(Trial { late, sent, held_back })
}

impl StopReport {
    fn add(&mut self, trial: &Trial) {
        self.sent = self.sent.saturating_add(trial.sent);
        self.held_back = self.held_back.saturating_add(trial.held_back);
        self.late_trials = self.late_trials.saturating_add(u64::from(!trial.late.is_empty()));
        self.latest.push(trial.late.iter().max().copied().unwrap_or_default());
    }

    /// Whether the stop held within a second, every time, and the trials met sends at all.
    pub fn is_clean(&self) -> bool {
        self.latest.iter().all(|latest| *latest < BOUND) && self.sent > 0 && self.held_back > 0
    }
}

impl fmt::Display for StopReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |share| {
            let micros = per_mille(&self.latest, share).as_micros();
            format!("{}.{:03} ms", micros / 1_000, micros % 1_000)
        };
        writeln!(
            f,
            "stops              {} in {} s, seed {}",
            self.trials,
            self.took.as_secs(),
            self.seed
        )?;
        writeln!(
            f,
            "refunds            {} sent before a stop held, {} held back and sent after it",
            self.sent, self.held_back
        )?;
        writeln!(f, "sends after a stop in {} of the stops", self.late_trials)?;
        writeln!(
            f,
            "from the stop to the last send   p50 {}, p99 {}, p99.9 {}, most {}",
            ms(500),
            ms(990),
            ms(999),
            ms(1_000)
        )?;
        let word = if self.is_clean() {
            "held within a second, every time"
        } else {
            "NOT held within a second"
        };
        write!(f, "verdict            {word}")
    }
}

/// The time that so many in a thousand do not pass; `sorted` is in order.
fn per_mille(sorted: &[Duration], share: usize) -> Duration {
    let index = sorted.len().saturating_mul(share).div_ceil(1_000).saturating_sub(1);
    sorted.get(index).copied().unwrap_or_default()
}
