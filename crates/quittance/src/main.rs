//! Quittance settles refund conversations: it sits behind Intercom, looks charges up in Stripe, reads
//! the refund policy, refunds within limits, answers the customer, and closes the conversation or
//! hands it to a person.

#![cfg_attr(
    feature = "mutants",
    expect(dead_code, reason = "a build in which mistakes can be planted serves nobody")
)]

mod cli;
mod clock;
mod commands;
mod config;
mod live_policy;
mod policy_files;
mod problems;
mod said_files;
mod settled;
mod start;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

/// Steps make and throw away many small pieces on several threads, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::from(2)
        }
    }
}

fn run(cli: cli::Cli) -> anyhow::Result<ExitCode> {
    telemetry::start(cli.log_filter(), cli.log_format)?;
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        anyhow::bail!("the encryption library is already set up");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(Box::pin(commands::run(cli.command)))
}

#[expect(clippy::print_stderr, reason = "this is what a person reads")]
fn report(error: &anyhow::Error) {
    eprintln!("quittance: {error}");
    let mut told = String::new();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some errors say what their source says.
        if !told.ends_with(&cause) {
            eprintln!("  because {cause}");
        }
        told = cause;
    }
}
