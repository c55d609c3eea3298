//! What each command does.

mod approvals;
mod bench;
mod demo;
mod eval;
mod log;
mod node;
mod policy;
mod prove;
mod reconcile;
mod refund;
mod sandbox;
mod serve;
mod status;
mod stop;
mod store;

use std::io::Write;
use std::process::ExitCode;

use quittance_eval::{CrashOptions, IntakeOptions, PolicyOptions};

pub(crate) use reconcile::difference_kind;

use crate::cli::{Bench, Command, Eval, LogCommand, PolicyCommand, RefundCommand, StoreCommand};
use crate::config;

/// Runs a command.
pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(options) => Box::pin(demo::demo(options)).await.map(|()| ExitCode::SUCCESS),
        #[cfg(not(feature = "mutants"))]
        Command::Serve(options) => {
            Box::pin(serve::serve(&options.config)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Config => {
            print(config::DEFAULT.trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Policy(PolicyCommand::Check(options)) => policy::check(&options).await,
        Command::Policy(PolicyCommand::Format(options)) => policy::format(&options),
        Command::Policy(PolicyCommand::Schema) => policy::schema().map(|()| ExitCode::SUCCESS),
        Command::Policy(PolicyCommand::Activate(options)) => {
            policy::activate(&options).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Policy(PolicyCommand::List(options)) => {
            policy::list(&options).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Policy(PolicyCommand::Show(options)) => {
            policy::show(&options).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Policy(PolicyCommand::Gaps(options)) => {
            policy::gaps(&options).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Policy(PolicyCommand::Diff(options)) => policy::diff(&options).await,
        Command::Policy(PolicyCommand::Explain(options)) => {
            policy::explain(&options).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Log(LogCommand::Show { database, case, json }) => {
            log::show(&database, case.as_deref(), json).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Log(LogCommand::Verify { database, heads }) => log::verify(&database, heads).await,
        Command::Log(LogCommand::Reconcile(options)) => reconcile::reconcile(&options).await,
        Command::Log(LogCommand::Accept(options)) => {
            reconcile::accept(&options).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Refund(RefundCommand::List { database, states, json }) => {
            refund::list(&database, &states, json).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Refund(RefundCommand::Show { decision, database, json }) => {
            refund::show(&database, &decision, json).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Refund(RefundCommand::Settle { decision, by, config }) => {
            refund::settle(&config.config, &decision, &by).await
        }
        Command::Stop(options) => stop::stop(&options).await.map(|()| ExitCode::SUCCESS),
        Command::Resume(options) => stop::resume(&options).await.map(|()| ExitCode::SUCCESS),
        Command::Status(options) => status::status(&options).await,
        Command::Approvals(asked) => approvals::approvals(&asked).await.map(|()| ExitCode::SUCCESS),
        Command::Store(StoreCommand::Copy { from, to }) => {
            store::move_house(&from, &to).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Prove(options) => prove::prove(options).await,
        Command::Sandbox(options) => sandbox::sandbox(options).await.map(|()| ExitCode::SUCCESS),
        Command::Bench { bench: Bench::Path { conversations, at_once, nodes, database } } => {
            bench::path(conversations, at_once, &nodes, database).await
        }
        Command::Bench { bench: Bench::Crash { conversations, kills, times, database } } => {
            let options = CrashOptions { conversations, kills, server: database };
            bench::crash(&options, times).await
        }
        Command::Bench { bench: Bench::Intake { rate, seconds, burst, kills, database } } => {
            let (per_second, seconds) = burst.map_or((rate, seconds), |burst| (burst, 1));
            bench::intake(IntakeOptions { per_second, seconds, kills, server: database }).await
        }
        Command::Bench { bench: Bench::Stop { trials, seed } } => bench::stop(trials, seed).await,
        Command::Bench { bench: Bench::Log { entries } } => bench::log(entries).await,
        Command::Bench { bench: Bench::Policy { files, cases, seed } } => {
            bench::policy(PolicyOptions { files, cases, seed }).await
        }
        Command::Eval(Eval::Search(options)) => eval::search(&options).map(|()| ExitCode::SUCCESS),
        Command::Eval(Eval::Scenarios(options)) => eval::scenarios(&options).await,
        Command::Eval(Eval::Attacks(options)) => eval::attacks(options).await,
        Command::Eval(Eval::Cards(options)) => eval::cards(&options).await,
    }
}

/// Prints what a person or a program asked for. When whoever reads has seen enough and hung up, as `head`
/// does, the command ends.
pub(crate) fn print(text: &str) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Waits until the process is asked to stop.
pub(crate) async fn asked_to_stop() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        stopped = tokio::signal::ctrl_c() => Ok(stopped?),
        _ = terminate.recv() => Ok(()),
    }
}
