//! Plays the program against everything that can go wrong, and judges it by what really happened.
//!
//! A run is one small world: a database, the stand-ins for Stripe and Intercom, a model that does what
//! the run wants, and one or two machines with the real engine on them. Time is virtual, and who goes on
//! next is thrown with dice, so a run depends on its seed only. Every operation with the outside is a
//! place where something can go wrong. At the end everything works again, the run comes to rest, and an
//! oracle that sees the true state of every side says what does not hold.

mod brain;
mod campaign;
pub(crate) mod dice;
mod fault;
mod hub;
mod job;
mod lines;
mod matrix;
mod oracle;
mod plan;
mod probe;
mod report;
mod run;
mod scenario;
mod steps;
mod world;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use quittance_core::mutant::{self, Mutant};

pub(crate) use self::dice::Dice;
pub use self::report::{Mutants, Replay, Report};

/// How long a planted mistake is looked for.
const HUNT: Duration = Duration::from_mins(1);

/// How much is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many random runs.
    pub random: u64,
    /// How long random runs go on, instead of a number of them.
    pub lasting: Option<Duration>,
    /// Only the cells of the fault matrix.
    pub is_cells_only: bool,
    /// How many seeds each cell gets.
    pub cell_seeds: u64,
    /// On how many threads.
    pub threads: usize,
}

/// Plays everything, with a progress bar.
pub fn prove(options: Options) -> anyhow::Result<Report> {
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {pos}/{len} runs ({per_sec}, {elapsed})")
    {
        bar.set_style(style);
    }
    let size = campaign::Size {
        random: if options.is_cells_only { 0 } else { options.random },
        lasting: options.lasting.filter(|_| !options.is_cells_only),
        cell_seeds: options.cell_seeds,
        has_crashes: !options.is_cells_only,
        threads: options.threads,
    };
    let tally = campaign::prove(size, &bar);
    bar.finish_and_clear();
    Ok(Report::new(tally?))
}

/// Plants each mistake, or one, and looks for it. Fails in a build in which none can be planted.
pub fn mutants(only: Option<Mutant>, threads: usize) -> anyhow::Result<Mutants> {
    if !mutant::CAN_BE_PLANTED {
        anyhow::bail!(
            "no mistake can be planted in this build: run `cargo run --release --features mutants -- prove --mutants`"
        );
    }
    let all: Vec<Mutant> =
        Mutant::ALL.into_iter().filter(|mutant| only.is_none_or(|only| only == *mutant)).collect();
    let bar = ProgressBar::new(u64::try_from(all.len()).unwrap_or(0));
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {pos}/{len} mistakes, {msg} ({elapsed})")
    {
        bar.set_style(style);
    }
    let mut hunts = Vec::new();
    for planted in all {
        bar.set_message(planted.name());
        mutant::plant(Some(planted));
        let hunt = campaign::hunt(threads, HUNT);
        mutant::plant(None);
        hunts.push((planted, hunt?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Mutants::new(hunts))
}

/// Plays one run again, by the name that a report gave it, with everything that happens in it.
pub fn replay(name: &str) -> anyhow::Result<Replay> {
    let job: job::Job = name.parse().map_err(|error: String| anyhow::anyhow!(error))?;
    let Some((scenario, plan, _)) = job.setup() else {
        anyhow::bail!("there is no run {name}");
    };
    let (trace, violations) = campaign::again(job)?;
    let name = format!("run {job}: {}, {} node(s); {plan:?}", scenario.name, scenario.nodes);
    Ok(Replay { name, trace, violations })
}

#[cfg(test)]
mod tests;
