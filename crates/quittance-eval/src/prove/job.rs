//! The runs that make a proof, each by a name from which it can be played again.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use super::dice::Dice;
use super::fault::{CREATE, Fault, Place};
use super::matrix::{BOUNDARIES, cells};
use super::plan::{Cell, Plan};
use super::scenario::{Scenario, flows, random};

/// One run, by what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Job {
    /// A flow in which nothing goes wrong: `f7`.
    Flow(usize),
    /// A crash at one place of a flow: `c7.31`.
    Crash(usize, usize),
    /// Two crashes, the second so many places after the first: `d7.31.4`.
    Pair(usize, usize, usize),
    /// A cell of the matrix, with a seed; the second time on a refund that may have been sent: `m12.3`, `n12.3`.
    Cell {
        /// Its place in the list.
        cell: usize,
        /// The seed.
        seed: u64,
        /// Whether the refund may have been sent before.
        is_replay: bool,
    },
    /// Everything by chance: `r123`.
    Random(u64),
}

/// Among what a random run draws.
const RANDOM: [Fault; 38] = [
    Fault::Crash,
    Fault::Crash,
    Fault::Timeout,
    Fault::TimeoutAfter,
    Fault::TimeoutAfter,
    Fault::Late,
    Fault::Late,
    Fault::Limited,
    Fault::Locked,
    Fault::ErrorAfter,
    Fault::ErrorBefore,
    Fault::Conflict,
    Fault::Refused,
    Fault::Denied,
    Fault::Garbled,
    Fault::Torn,
    Fault::Wrong,
    Fault::Huge,
    Fault::Duplicate,
    Fault::Reordered,
    Fault::Forged,
    Fault::Lost,
    Fault::ClockSet,
    Fault::DiskFull,
    Fault::Busy,
    Fault::PowerCut,
    Fault::CommitLost,
    Fault::CommitUnknown,
    Fault::Pause,
    Fault::SecondWorker,
    Fault::ModelLoops,
    Fault::ModelGarbage,
    Fault::ModelDown,
    Fault::NewSettings,
    Fault::NewVersion,
    Fault::Stop,
    Fault::Outside,
    Fault::Panic,
];

/// Now and then it draws many among these: they leave it open whether a refund was made, until it is a
/// person's matter.
const STORM: [Fault; 8] = [
    Fault::Wrong,
    Fault::Garbled,
    Fault::TimeoutAfter,
    Fault::Timeout,
    Fault::Late,
    Fault::Conflict,
    Fault::Refused,
    Fault::ClockSet,
];

impl Job {
    /// What is played: a scenario, what goes wrong in it, and the dice. Nothing if there is no such run.
    pub(crate) fn setup(self) -> Option<(Scenario, Plan, Dice)> {
        let flow = |at: usize| flows().get(at).cloned();
        let played = match self {
            Self::Flow(at) => (flow(at)?, Plan::Calm, Dice::new(1)),
            Self::Crash(at, place) => {
                (flow(at)?, Plan::At(vec![(place, Fault::Crash)]), Dice::new(1))
            }
            Self::Pair(at, first, gap) => {
                let second = first.saturating_add(gap);
                let crashes = vec![(first, Fault::Crash), (second, Fault::Crash)];
                (flow(at)?, Plan::At(crashes), Dice::new(1))
            }
            Self::Cell { cell, seed, is_replay } => {
                let (boundary, mut cell) = *cells().get(cell)?;
                let scenario = flows().iter().find(|flow| flow.name == boundary.flow)?.clone();
                let mut plan = VecDeque::new();
                if is_replay || cell.place == Place::before("stripe list refunds") {
                    let lost = [Fault::Timeout, Fault::TimeoutAfter, Fault::Late];
                    let fault = Dice::new(seed).pick(&lost).unwrap_or(Fault::Timeout);
                    plan.push_back(Cell { place: Place::before(CREATE), fault, skip: 0 });
                    cell.skip = 0;
                }
                plan.push_back(cell);
                (scenario, Plan::InTurn(plan), Dice::new(seed))
            }
            Self::Random(seed) => {
                let mut dice = Dice::new(seed);
                let scenario = random(&mut dice);
                let plan = if dice.one_in(16) {
                    Plan::Random { every: 3, left: 16, among: STORM.to_vec() }
                } else {
                    let left = u32::try_from(dice.below(4)).unwrap_or(0);
                    let every = dice.pick(&[4, 8, 16, 32]).unwrap_or(16);
                    Plan::Random { every, left, among: RANDOM.to_vec() }
                };
                (scenario, plan, dice)
            }
        };
        Some(played)
    }

    /// The cell that this run is about.
    pub(crate) fn cell(self) -> Option<usize> {
        match self {
            Self::Cell { cell, .. } => Some(cell),
            Self::Flow(_) | Self::Crash(..) | Self::Pair(..) | Self::Random(_) => None,
        }
    }
}

/// Every cell with so many seeds, and those of a sent refund twice as often.
pub(crate) fn cell_jobs(seeds: u64) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (number, (boundary, _)) in cells().iter().enumerate() {
        for seed in 0..seeds {
            jobs.push(Job::Cell { cell: number, seed, is_replay: false });
            if BOUNDARIES.iter().any(|known| known.name == boundary.name && known.has_replay) {
                jobs.push(Job::Cell { cell: number, seed, is_replay: true });
            }
        }
    }
    jobs
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flow(at) => write!(f, "f{at}"),
            Self::Crash(at, place) => write!(f, "c{at}.{place}"),
            Self::Pair(at, first, gap) => write!(f, "d{at}.{first}.{gap}"),
            Self::Cell { cell, seed, is_replay: false } => write!(f, "m{cell}.{seed}"),
            Self::Cell { cell, seed, is_replay: true } => write!(f, "n{cell}.{seed}"),
            Self::Random(seed) => write!(f, "r{seed}"),
        }
    }
}

impl FromStr for Job {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} names no run: copy a seed from a report, such as r123, c7.31 or m12.3"
            )
        };
        let kind = text.chars().next().ok_or_else(wrong)?;
        let numbers: Result<Vec<u64>, _> =
            text.get(1..).unwrap_or_default().split('.').map(str::parse).collect();
        let numbers = numbers.map_err(|_| wrong())?;
        let size = |number: u64| usize::try_from(number).map_err(|_| wrong());
        match (kind, numbers.as_slice()) {
            ('f', [at]) => Ok(Self::Flow(size(*at)?)),
            ('c', [at, place]) => Ok(Self::Crash(size(*at)?, size(*place)?)),
            ('d', [at, first, gap]) => Ok(Self::Pair(size(*at)?, size(*first)?, size(*gap)?)),
            ('m' | 'n', [cell, seed]) => {
                Ok(Self::Cell { cell: size(*cell)?, seed: *seed, is_replay: kind == 'n' })
            }
            ('r', [seed]) => Ok(Self::Random(*seed)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_can_be_played_again_from_its_name() {
        let cell = |is_replay| Job::Cell { cell: 12, seed: 3, is_replay };
        for job in [
            Job::Flow(7),
            Job::Crash(7, 31),
            Job::Pair(7, 31, 4),
            cell(false),
            cell(true),
            Job::Random(123),
        ] {
            assert_eq!(job.to_string().parse(), Ok(job));
            assert!(job.setup().is_some(), "{job}");
        }
        for wrong in ["", "x1", "r", "c7", "r1.2", "m1", "réf"] {
            assert!(wrong.parse::<Job>().is_err(), "{wrong}");
        }
        assert!(Job::Flow(10_000).setup().is_none());
    }

    #[test]
    fn the_flows_and_cells_are_many() {
        assert!(flows().len() >= 40, "{} flows", flows().len());
        assert!(cells().len() >= 400, "{} cells", cells().len());
    }
}
