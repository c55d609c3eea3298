//! Scenarios: conversations that support leads wrote down, with what must and must not come of them.

mod book;
mod check;
mod play;
mod report;
mod script;
mod stage;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use book::Book;
pub use play::Played;
pub use report::{ScenarioResult, ScenariosReport};
pub use script::{Scenario, Subject};
pub use stage::{Company, Mind, RealModel};

pub(crate) use play::play;
pub(crate) use script::{Act, Customer, Payment, Standing, Step, Then, Way, Workspace};

use quittance_store::Store;

use crate::path::bar;

/// Plays every scenario so many times.
pub async fn scenarios(
    company: &Company,
    book: Book,
    times: u32,
) -> anyhow::Result<ScenariosReport> {
    let Book { scenarios, complaints } = book;
    let total = scenarios.len().saturating_mul(usize::try_from(times)?);
    let bar = bar(total, "conversations");
    let (mut results, store) = (Vec::new(), Store::simulated().await?);
    for scenario in scenarios {
        let mut plays = Vec::new();
        for _ in 0..times {
            let played = Box::pin(play(company, &scenario, store.clone())).await;
            // What cannot be played is a failure of that scenario, and no end of the others.
            plays.push(played.unwrap_or_else(|error| Played {
                wrong: vec![format!("it cannot be played: {error:#}")],
                ..Played::default()
            }));
            bar.inc(1);
        }
        results.push(ScenarioResult { scenario, plays });
    }
    bar.finish_and_clear();
    Ok(ScenariosReport { results, complaints, times })
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
