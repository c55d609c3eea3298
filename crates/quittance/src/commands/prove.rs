//! `quittance prove`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use jiff::SignedDuration;
use quittance_eval::prove::{self, Options};

use super::print;
use crate::cli::Prove;

/// How many seeds each cell of the fault matrix gets.
const CELL_SEEDS: u64 = 4;

/// Plays the simulation, or one run of it again. Fails when something did not hold.
pub(crate) async fn prove(asked: Prove) -> anyhow::Result<ExitCode> {
    // Every thread of the simulation has a runtime of its own.
    tokio::task::spawn_blocking(move || run(&asked)).await?
}

fn run(asked: &Prove) -> anyhow::Result<ExitCode> {
    if let Some(seed) = &asked.seed {
        let replay = prove::replay(seed)?;
        print(&replay.to_string());
        return Ok(status(replay.is_clean()));
    }
    let threads = std::thread::available_parallelism()?.get();
    if let Some(named) = &asked.mutants {
        let only = Some(named.as_str()).filter(|name| !name.is_empty()).map(str::parse);
        let mutants = prove::mutants(only.transpose().map_err(anyhow::Error::msg)?, threads)?;
        print(&if asked.json { mutants.json().to_string() } else { mutants.to_string() });
        return Ok(status(mutants.are_found()));
    }
    let report = prove::prove(Options {
        random: asked.runs,
        lasting: asked.lasting.as_deref().map(lasting).transpose()?,
        is_cells_only: asked.cells,
        cell_seeds: CELL_SEEDS,
        threads,
    })?;
    print(&if asked.json { report.json().to_string() } else { report.to_string() });
    Ok(status(report.is_proved()))
}

fn lasting(text: &str) -> anyhow::Result<Duration> {
    let duration: SignedDuration =
        text.parse().with_context(|| format!("--for {text} is no time: write 10m, 1h or 90s"))?;
    duration.try_into().context("--for must not be negative")
}

fn status(is_good: bool) -> ExitCode {
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
