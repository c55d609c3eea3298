//! All the runs of a proof, on every core, with what they found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::ProgressBar;

use super::dice::Dice;
use super::fault::{CREATE, Fault, Place};
use super::hub::Event;
use super::job::{Job, cell_jobs};
use super::matrix::cells;
use super::oracle::Violation;
use super::run::{Outcome, Setup, play};
use super::scenario::flows;
use super::steps::Held;
use super::world::Kit;

/// How many failed runs are kept; after that many nobody learns more.
const MOST_FAILURES: usize = 10;

/// How many places after the first crash the second may come.
const PAIR_GAPS: usize = 25;

/// One in so many random runs is played twice.
const TWICE_EVERY: u64 = 200;

/// How many random runs are drawn at a time.
const BATCH: u64 = 64;

/// After how many turns of its tasks a runtime asks the system for news.
const LOOKS_OUTSIDE_EVERY: u32 = 10_000;

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// How many random runs.
    pub(crate) random: u64,
    /// How long random runs go on instead.
    pub(crate) lasting: Option<Duration>,
    /// How many seeds each cell of the matrix gets.
    pub(crate) cell_seeds: u64,
    /// Whether flows are crashed at every place, and at pairs of places.
    pub(crate) has_crashes: bool,
    /// On how many threads.
    pub(crate) threads: usize,
}

/// A run in which something did not hold.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) job: Job,
    pub(crate) violations: Vec<Violation>,
}

/// What all runs together did and found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Runs of each kind.
    pub(crate) flows: u64,
    pub(crate) crashes: u64,
    pub(crate) pairs: u64,
    pub(crate) cells: u64,
    pub(crate) random: u64,
    /// Random runs with a refund.
    pub(crate) random_refunded: u64,
    /// Refunds in all runs.
    pub(crate) refunds: u64,
    /// Places that all runs came to.
    pub(crate) places: u64,
    /// Virtual time of all runs, in milliseconds.
    pub(crate) virtual_ms: i64,
    /// Faults that happened, by kind.
    pub(crate) fired: BTreeMap<Fault, u64>,
    /// Cells whose fault happened at least once.
    pub(crate) hit: BTreeSet<usize>,
    /// Runs whose one decision was held against the model, and those whose steps were too many.
    pub(crate) held: u64,
    pub(crate) too_long: u64,
    /// What was done to those decisions, in steps of the model.
    pub(crate) steps: u64,
    /// Runs that were played twice to see whether they are the same.
    pub(crate) twice: u64,
    pub(crate) failures: Vec<Failure>,
    /// How many runs failed, kept or not.
    pub(crate) failed: u64,
    pub(crate) took: Duration,
}

impl Tally {
    /// Runs of all kinds.
    pub(crate) fn runs(&self) -> u64 {
        [self.flows, self.crashes, self.pairs, self.cells, self.random]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    fn take(&mut self, job: Job, outcome: &Outcome) {
        let count = match job {
            Job::Flow(_) => &mut self.flows,
            Job::Crash(..) => &mut self.crashes,
            Job::Pair(..) => &mut self.pairs,
            Job::Cell { .. } => &mut self.cells,
            Job::Random(_) => &mut self.random,
        };
        *count = count.saturating_add(1);
        if matches!(job, Job::Random(_)) && outcome.refunds > 0 {
            self.random_refunded = self.random_refunded.saturating_add(1);
        }
        let add = |sum: &mut u64, count: usize| {
            *sum = sum.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        };
        add(&mut self.held, usize::from(outcome.held == Held::Yes));
        add(&mut self.too_long, usize::from(outcome.held == Held::TooLong));
        add(&mut self.steps, outcome.steps.len());
        add(&mut self.refunds, outcome.refunds);
        add(&mut self.places, outcome.places.len());
        self.virtual_ms = self.virtual_ms.saturating_add(outcome.took_ms);
        for ((place, fault), count) in &outcome.fired {
            let sum = self.fired.entry(*fault).or_default();
            *sum = sum.saturating_add(u64::from(*count));
            self.hit_by(job, *place, *fault);
        }
        if !outcome.violations.is_empty() {
            self.failed = self.failed.saturating_add(1);
            if self.failures.len() < MOST_FAILURES {
                self.failures.push(Failure { job, violations: outcome.violations.clone() });
            }
        }
    }

    /// Whether the fault of the cell that a run is about has happened at its place.
    fn hit_by(&mut self, job: Job, place: Place, fault: Fault) {
        if let Some(number) = job.cell()
            && cells()
                .get(number)
                .is_some_and(|(_, cell)| cell.place == place && cell.fault == fault)
        {
            self.hit.insert(number);
        }
    }

    fn merge(&mut self, other: Self) {
        for (sum, count) in [
            (&mut self.flows, other.flows),
            (&mut self.crashes, other.crashes),
            (&mut self.pairs, other.pairs),
            (&mut self.cells, other.cells),
            (&mut self.random, other.random),
            (&mut self.random_refunded, other.random_refunded),
            (&mut self.refunds, other.refunds),
            (&mut self.places, other.places),
            (&mut self.held, other.held),
            (&mut self.too_long, other.too_long),
            (&mut self.steps, other.steps),
            (&mut self.twice, other.twice),
            (&mut self.failed, other.failed),
        ] {
            *sum = sum.saturating_add(count);
        }
        self.virtual_ms = self.virtual_ms.saturating_add(other.virtual_ms);
        for (fault, count) in other.fired {
            let sum = self.fired.entry(fault).or_default();
            *sum = sum.saturating_add(count);
        }
        self.hit.extend(other.hit);
        self.failures.extend(other.failures);
        self.failures.truncate(MOST_FAILURES);
    }
}

/// Where the next job comes from. Threads share it.
struct Queue {
    fixed: Vec<Job>,
    next: AtomicUsize,
    random: AtomicU64,
    most_random: u64,
    until: Option<Instant>,
    is_over: AtomicBool,
}

impl Queue {
    /// The next jobs. None when there is nothing left to do.
    fn take(&self) -> Vec<Job> {
        if self.is_over.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(job) = self.fixed.get(at) {
            return vec![*job];
        }
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Vec::new();
        }
        let from = self.random.fetch_add(BATCH, Ordering::Relaxed);
        let to = from.saturating_add(BATCH).min(self.most_random);
        (from..to).map(Job::Random).collect()
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// Plays everything. `bar` counts the runs.
pub(crate) fn prove(size: Size, bar: &ProgressBar) -> anyhow::Result<Tally> {
    let begin = Instant::now();
    let mut fixed: Vec<Job> = (0..flows().len()).map(Job::Flow).collect();
    if size.has_crashes {
        fixed.extend(crashes()?);
    }
    fixed.extend(cell_jobs(size.cell_seeds));
    let known = u64::try_from(fixed.len()).unwrap_or(u64::MAX);
    bar.set_length(known.saturating_add(size.random));
    let queue = Queue {
        fixed,
        next: AtomicUsize::new(0),
        random: AtomicU64::new(0),
        most_random: if size.lasting.is_some() { u64::MAX } else { size.random },
        until: size.lasting.and_then(|lasting| begin.checked_add(lasting)),
        is_over: AtomicBool::new(false),
    };
    let mut tally = play_all(&queue, size.threads, bar, MOST_FAILURES)?;
    tally.took = begin.elapsed();
    Ok(tally)
}

/// Plays what is in the queue on so many threads, until so many runs have failed.
fn play_all(
    queue: &Queue,
    threads: usize,
    bar: &ProgressBar,
    most_failures: usize,
) -> anyhow::Result<Tally> {
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1))
            .map(|_| {
                let worker = Worker { queue, tally: &tally, bar, most_failures };
                scope.spawn(move || worker.work())
            })
            .collect();
        for worker in workers {
            let ended = worker.join();
            if !matches!(ended, Ok(Ok(()))) {
                queue.end();
            }
            ended.map_err(|_| anyhow::anyhow!("a thread of the simulation panicked"))??;
        }
        anyhow::Ok(())
    })?;
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    tally.failures.sort_by_key(|failure| failure.job);
    Ok(tally)
}

/// One thread.
struct Worker<'a> {
    queue: &'a Queue,
    tally: &'a Mutex<Tally>,
    bar: &'a ProgressBar,
    most_failures: usize,
}

impl Worker<'_> {
    /// Plays jobs until there are none.
    fn work(&self) -> anyhow::Result<()> {
        let mut own = Tally::default();
        let result = runtime()?.block_on(async {
            let kit = Kit::new().await?;
            loop {
                let jobs = self.queue.take();
                if jobs.is_empty() {
                    return anyhow::Ok(());
                }
                for job in jobs {
                    one(&kit, job, &mut own).await?;
                    self.bar.inc(1);
                    if own.failures.len() >= self.most_failures {
                        self.queue.end();
                        return Ok(());
                    }
                }
            }
        });
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).merge(own);
        result
    }
}

async fn one(kit: &Kit, job: Job, own: &mut Tally) -> anyhow::Result<()> {
    let Some((scenario, _, _)) = job.setup() else { return Ok(()) };
    let mut outcome = replay(kit, job, false).await?;
    if matches!(job, Job::Flow(_)) && outcome.refunds != scenario.refunds {
        let what = format!("{} refunds where {} belong", outcome.refunds, scenario.refunds);
        outcome.violations.push(Violation { invariant: "flow", what });
    }
    // Some are played twice: the same seed must take the same way.
    if let Job::Random(seed) = job
        && seed.checked_rem(TWICE_EVERY) == Some(0)
    {
        own.twice = own.twice.saturating_add(1);
        let again = replay(kit, job, false).await?;
        if again.places != outcome.places || again.took_ms != outcome.took_ms {
            let what = "the same seed took another way the second time".to_owned();
            outcome.violations.push(Violation { invariant: "I19", what });
        }
    }
    own.take(job, &outcome);
    Ok(())
}

/// Plays one job.
async fn replay(kit: &Kit, job: Job, is_traced: bool) -> anyhow::Result<Outcome> {
    let (scenario, plan, dice) = job.setup().context("there is no such run")?;
    let setup = Setup { kit, scenario: &scenario, plan, dice, is_traced };
    play(setup).await.with_context(|| format!("run {job}"))
}

/// A run that shows a planted mistake, if one was found.
pub(crate) struct Hunt {
    /// The run and what it shows.
    pub(crate) found: Option<Failure>,
    /// How many runs that took.
    pub(crate) runs: u64,
    pub(crate) took: Duration,
}

/// Looks for what is planted in this process, for at most `limit`: cells of the matrix and random runs in
/// turn, until something does not hold.
pub(crate) fn hunt(threads: usize, limit: Duration) -> anyhow::Result<Hunt> {
    let begin = Instant::now();
    let mut fixed: Vec<Job> = (0..flows().len()).map(Job::Flow).collect();
    fixed.extend(cell_jobs(2));
    let queue = Queue {
        fixed: shuffled(fixed),
        next: AtomicUsize::new(0),
        random: AtomicU64::new(0),
        most_random: u64::MAX,
        until: begin.checked_add(limit),
        is_over: AtomicBool::new(false),
    };
    let tally = play_all(&queue, threads, &ProgressBar::hidden(), 1)?;
    let found = tally.failures.first().cloned();
    Ok(Hunt { found, runs: tally.runs(), took: begin.elapsed() })
}

/// In another order, so that what is found late in the matrix is not always found late.
fn shuffled(mut jobs: Vec<Job>) -> Vec<Job> {
    let mut dice = Dice::new(1);
    for at in (1..jobs.len()).rev() {
        let other = dice.index(at.saturating_add(1));
        jobs.swap(at, other);
    }
    jobs
}

/// Plays one job again, with its trace.
pub(crate) fn again(job: Job) -> anyhow::Result<(Vec<Event>, Vec<Violation>)> {
    runtime()?.block_on(async {
        let kit = Kit::new().await?;
        let outcome = replay(&kit, job, true).await?;
        Ok((outcome.trace, outcome.violations))
    })
}

/// A crash at every place of every flow, and at pairs of places around the money.
fn crashes() -> anyhow::Result<Vec<Job>> {
    runtime()?.block_on(async {
        let kit = Kit::new().await?;
        let mut jobs = Vec::new();
        for at in 0..flows().len() {
            let places = replay(&kit, Job::Flow(at), false).await?.places;
            jobs.extend((1..=places.len()).map(|place| Job::Crash(at, place)));
            jobs.extend(pairs(at, &places));
        }
        Ok(jobs)
    })
}

/// Pairs of crashes whose first is between the intent and the confirmation.
fn pairs(flow: usize, places: &[Place]) -> Vec<Job> {
    let find = |wanted: &str| places.iter().position(|place| place.what == wanted);
    let Some((from, _)) = find("intent").zip(find(CREATE)) else { return Vec::new() };
    let to = places.iter().rposition(|place| place.what == "settle:confirmed").unwrap_or(from);
    // One flow of each kind is enough for the middle of the money step.
    if flow > 12 {
        return Vec::new();
    }
    (from..=to)
        .flat_map(|first| {
            (1..=PAIR_GAPS).map(move |gap| Job::Pair(flow, first.saturating_add(1), gap))
        })
        .collect()
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // Nothing ever comes from outside: there are no sockets to look at.
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_time().event_interval(LOOKS_OUTSIDE_EVERY).build()?)
}
