//! `quittance bench`

use std::process::ExitCode;
use std::sync::Arc;

use quittance_core::clock::Clock;
use quittance_eval::{CrashOptions, IntakeOptions, LogOptions, PathOptions, StopOptions};

use super::print;
use crate::clock::SystemClock;

/// `quittance bench path`
pub(crate) async fn path(conversations: usize, at_once: usize) -> anyhow::Result<ExitCode> {
    let options = PathOptions { conversations, at_once };
    let exe = std::env::current_exe()?;
    let report =
        Box::pin(quittance_eval::path(&exe, options, Arc::new(SystemClock), http()?)).await?;
    print(&report.to_string());
    let size = std::fs::metadata(&exe)?.len().checked_div(1024 * 1024).unwrap_or(0);
    print(&format!("program            {size} MiB"));
    Ok(ExitCode::SUCCESS)
}

/// `quittance bench crash`: fails when anybody was refunded or answered twice, or not at all.
pub(crate) async fn crash(conversations: usize, kills: u32) -> anyhow::Result<ExitCode> {
    let options = CrashOptions { conversations, kills };
    let exe = std::env::current_exe()?;
    let report =
        Box::pin(quittance_eval::crash(&exe, options, Arc::new(SystemClock), http()?)).await?;
    print(&report.to_string());
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `quittance bench intake`: fails when a webhook that was acknowledged is lost or stored twice.
pub(crate) async fn intake(options: IntakeOptions) -> anyhow::Result<ExitCode> {
    let exe = std::env::current_exe()?;
    let report =
        Box::pin(quittance_eval::intake(&exe, options, Arc::new(SystemClock), http()?)).await?;
    print(&report.to_string());
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `quittance bench log`
pub(crate) async fn log(entries: u64) -> anyhow::Result<ExitCode> {
    let exe = std::env::current_exe()?;
    let report = quittance_eval::log(&exe, LogOptions { entries }, SystemClock.now()).await?;
    print(&report.to_string());
    Ok(ExitCode::SUCCESS)
}

/// `quittance bench stop`: fails when a refund was started a second after the stop, or later.
pub(crate) async fn stop(trials: u32, seed: u64) -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir()?;
    let options = StopOptions { trials, seed };
    let report =
        Box::pin(quittance_eval::stop(options, Arc::new(SystemClock), folder.path())).await?;
    print(&report.to_string());
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The connection for webhooks to the program under test.
fn http() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(std::time::Duration::from_secs(10)).build()?)
}
