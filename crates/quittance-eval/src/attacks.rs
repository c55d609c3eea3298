//! Attacks: what hostile customers and a hostile model say and do, in every place where the agent reads something. No
//! money may move, nothing may be promised, and nothing may leak; and honest customers beside them are still served.

mod job;
mod report;
mod strings;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::Context;
use indicatif::ProgressBar;
use quittance_store::Store;

use crate::path::bar;
use crate::scenarios::Company;
use job::Job;

pub use report::AttacksReport;

/// How many failures are kept with their conversations.
const MOST_SHOWN: usize = 20;

/// How much is attacked, and with what.
#[derive(Clone, Debug)]
pub struct AttacksOptions {
    /// The folder `injections` of the sets from outside; the texts of our own alone without it.
    pub data: Option<PathBuf>,
    /// How many conversations attack.
    pub conversations: u64,
    /// What all chance comes from.
    pub seed: u64,
    /// Only this conversation, by its number.
    pub only: Option<u64>,
    /// How many threads play.
    pub threads: usize,
}

/// Plays every attack, and beside each of a customer's an honest one.
pub fn attacks(company: &Company, options: &AttacksOptions) -> anyhow::Result<AttacksReport> {
    let strings = strings::strings(options.data.as_deref())?;
    let numbers = match options.only {
        Some(number) => number..number.saturating_add(1),
        None => 0..options.conversations,
    };
    let begin = Instant::now();
    let count = usize::try_from(numbers.end.saturating_sub(numbers.start)).unwrap_or(usize::MAX);
    let bar = bar(count, "attacks");
    let mut empty = AttacksReport::new(options.seed, strings.len());
    empty.is_shown = options.only.is_some();
    let hall = Hall {
        company,
        strings: &strings,
        seed: options.seed,
        next: AtomicU64::new(numbers.start),
        end: numbers.end,
        report: Mutex::new(empty),
        bar: &bar,
    };
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..options.threads.max(1)).map(|_| scope.spawn(|| hall.work())).collect();
        for worker in workers {
            worker.join().map_err(|_| anyhow::anyhow!("a thread of the attacks panicked"))??;
        }
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    let mut report = hall.report.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    report.took = begin.elapsed();
    Ok(report)
}

/// What the threads share.
struct Hall<'a> {
    company: &'a Company,
    strings: &'a [String],
    seed: u64,
    next: AtomicU64,
    end: u64,
    report: Mutex<AttacksReport>,
    bar: &'a ProgressBar,
}

impl Hall<'_> {
    fn work(&self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime for the attacks")?;
        runtime.block_on(async {
            let store = Store::simulated().await?;
            loop {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                if number >= self.end {
                    return Ok(());
                }
                let job = Job::of(number, self.seed, self.strings);
                let attacked = Box::pin(job.attack(self.company, &store)).await?;
                let served = Box::pin(job.serve(self.company, &store)).await?;
                let mut report = crate::scenarios::locked(&self.report);
                report.count(&job, attacked, served);
                self.bar.inc(1);
            }
        })
    }
}

#[cfg(test)]
mod tests;
