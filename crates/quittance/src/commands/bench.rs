//! `quittance bench`

use std::process::ExitCode;
use std::sync::Arc;

use quittance_core::clock::Clock;
use quittance_eval::{
    CrashOptions, CrashReport, IntakeOptions, LogOptions, PathOptions, PathReport, PolicyOptions,
    StopOptions,
};

use super::print;
use crate::clock::SystemClock;

/// `quittance bench path`: once for each number of nodes.
pub(crate) async fn path(
    conversations: usize,
    at_once: usize,
    nodes: &[usize],
    server: Option<String>,
) -> anyhow::Result<ExitCode> {
    let exe = std::env::current_exe()?;
    let mut rows = Vec::new();
    for &nodes in nodes {
        let options = PathOptions { conversations, at_once, nodes, server: server.clone() };
        let report =
            Box::pin(quittance_eval::path(&exe, options, Arc::new(SystemClock), http()?)).await?;
        print(&report.to_string());
        rows.push(report.row());
    }
    if rows.len() > 1 {
        print(&format!("\n{}\n{}", PathReport::HEADING, rows.join("\n")));
    }
    let size = std::fs::metadata(&exe)?.len().checked_div(1024 * 1024).unwrap_or(0);
    print(&format!("program            {size} MiB"));
    Ok(ExitCode::SUCCESS)
}

/// `quittance bench crash`: fails when anybody was refunded or answered twice, or not at all.
pub(crate) async fn crash(options: &CrashOptions, times: u32) -> anyhow::Result<ExitCode> {
    let exe = std::env::current_exe()?;
    let mut sum: Option<CrashReport> = None;
    for time in 1..=times {
        let (clock, options) = (Arc::new(SystemClock), options.clone());
        let report = Box::pin(quittance_eval::crash(&exe, options, clock, http()?)).await?;
        if times > 1 {
            let ended = if report.is_clean() { "clean" } else { "NOT CLEAN" };
            print(&format!("{time:>3} of {times}  {ended}"));
        }
        sum = Some(sum.map_or(report, |sum| sum.and(report)));
    }
    let Some(sum) = sum else { return Ok(ExitCode::SUCCESS) };
    print(&sum.to_string());
    Ok(if sum.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

/// `quittance bench policy`: fails when something takes longer than it may.
pub(crate) async fn policy(options: PolicyOptions) -> anyhow::Result<ExitCode> {
    let exe = std::env::current_exe()?;
    let report = quittance_eval::policy(&exe, options).await?;
    print(&report.to_string());
    Ok(if report.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
