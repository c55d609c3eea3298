//! The command line.

mod approvals;
mod measure;
mod policy;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use quittance_core::record::Witness;
use quittance_engine::reconcile::DifferenceKind;
use quittance_store::intents::IntentState;

use crate::commands::difference_kind;
use crate::telemetry::LogFormat;

pub(crate) use approvals::ApprovalsCommand;
pub(crate) use measure::{
    Bench, Eval, EvalAttacks, EvalCards, EvalScenarios, EvalSearch, RealModel,
};
pub(crate) use policy::{
    Activate, DiffFormat, Explain, ListPolicies, PolicyCheck, PolicyCommand, PolicyDiff,
    PolicyFormat, PolicyGaps, ProblemFormat, ShowPolicy,
};

/// Settles refund conversations within limits that code enforces.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// What to log, as in `RUST_LOG`: `info`, `debug`, `quittance_engine=debug`. `warn` for the demo.
    #[arg(long, global = true, env = "QUITTANCE_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value = "text", value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The log filter: what was asked for, else what fits the command.
    pub(crate) fn log_filter(&self) -> &str {
        // What is logged in a simulation happens on purpose.
        let is_simulated = matches!(
            self.command,
            Command::Prove(_) | Command::Eval(Eval::Scenarios(_) | Eval::Attacks(_))
        );
        let is_tried =
            matches!(self.command, Command::Demo(_) | Command::Bench { .. } | Command::Sandbox(_));
        let fitting = if is_simulated {
            "off"
        } else if is_tried {
            "warn"
        } else {
            "info"
        };
        self.log.as_deref().unwrap_or(fitting)
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try everything on this machine: stand-ins for Intercom, Stripe and the model, and a page to chat.
    Demo(Demo),
    /// Serve webhooks and work on cases.
    #[cfg(not(feature = "mutants"))]
    Serve(WithConfig),
    /// Stop money: no refund starts from now on, on any node, until `resume`.
    Stop(Signed),
    /// Let money move again.
    Resume(Signed),
    /// Tell whether money may move, what can still leave today, and what waits. Exit status: 0 may move, 3
    /// stopped.
    Status(ShowStatus),
    /// Print a configuration to start from, with what every key means.
    Config,
    /// Check a policy, ask what it says, compare two, and say which is live.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Look at the action log.
    #[command(subcommand)]
    Log(LogCommand),
    /// Look at refunds, and settle those of which nobody knows whether they were made.
    #[command(subcommand)]
    Refund(RefundCommand),
    /// See what waits for a person's word, and give it.
    #[command(subcommand)]
    Approvals(ApprovalsCommand),
    /// Look after the database.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Play the program against everything that can go wrong, and count what does not hold.
    Prove(Prove),
    /// Run only the stand-ins for Intercom, Stripe and the model, as servers.
    Sandbox(Sandbox),
    /// Measure the whole path.
    Bench {
        #[command(subcommand)]
        bench: Bench,
    },
    /// Measure how good something is.
    #[command(subcommand)]
    Eval(Eval),
}

/// What to do with the database.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Copy everything to an empty database, from SQLite to PostgreSQL or between any two. All of it or
    /// nothing; the program must not be running.
    Copy {
        /// The database to copy: a file or a `postgres://` URL. Passwords are better left to `PGPASSWORD`.
        #[arg(long, value_name = "DATABASE")]
        from: String,
        /// The empty one: a file that is made, or a `postgres://` URL of a database that is there.
        #[arg(long, value_name = "DATABASE")]
        to: String,
    },
}

/// Where the configuration is.
#[derive(Debug, Parser)]
pub(crate) struct WithConfig {
    /// The configuration file.
    #[arg(long, env = "QUITTANCE_CONFIG", default_value = "quittance.toml", value_name = "FILE")]
    pub(crate) config: PathBuf,
}

/// Which database is meant.
#[derive(Debug, Parser)]
pub(crate) struct Place {
    /// The database: a file or a `postgres://` URL. The one in the configuration without it.
    #[arg(long, value_name = "DATABASE")]
    pub(crate) database: Option<String>,
    /// The configuration file; `quittance.toml`, if it is there and no database is named.
    #[arg(long, env = "QUITTANCE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// A change of what money may do, with a reason and a name under it.
#[derive(Debug, Parser)]
pub(crate) struct Signed {
    /// Why: it is kept in the log.
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) why: String,
    /// Who: it is kept in the log.
    #[arg(
        long,
        env = "USER",
        hide_env_values = true,
        default_value = "somebody",
        value_name = "NAME"
    )]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// How the status is shown.
#[derive(Debug, Parser)]
pub(crate) struct ShowStatus {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How the demo runs.
#[derive(Debug, Parser)]
pub(crate) struct Demo {
    /// The port of the page. 0 takes a free one.
    #[arg(long, default_value_t = 4242)]
    pub(crate) port: u16,
    /// Use this policy instead of the sample.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) model: RealModel,
}

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Print entries, oldest first.
    Show {
        /// The database.
        #[arg(long, default_value = "quittance.db", value_name = "FILE")]
        database: String,
        /// Only the entries of this case.
        #[arg(long, value_name = "CASE")]
        case: Option<String>,
        /// Print each entry as one line of JSON: exactly what its hash is taken over, and the hash.
        #[arg(long)]
        json: bool,
    },
    /// Recompute the whole chain. Exit status: 0 whole, 1 broken.
    Verify {
        /// The database.
        #[arg(long, default_value = "quittance.db", value_name = "FILE")]
        database: String,
        /// An entry that was seen outside, as its number and hash: from a refund's metadata at Stripe
        /// (`log_seq` and `log_hash`) or an auditor's note. May be given several times. A log
        /// that was cut or written anew as a whole is found by this only.
        #[arg(long = "head", value_name = "SEQ:HASH")]
        heads: Vec<Witness>,
    },
    /// Hold the log against everything that Stripe holds, both ways. Changes nothing; while it serves, the
    /// program does the same from time to time, and stops money when they differ. Exit status: 0 equal, 1
    /// different.
    Reconcile(Reconcile),
    /// Let a difference stand that `reconcile` found, such as a refund of a database that is lost.
    Accept(Accept),
}

/// What is compared.
#[derive(Debug, Parser)]
pub(crate) struct Reconcile {
    /// Refunds since then: so many days ago, such as `90d`, or a day, such as `2026-10-01`.
    #[arg(long, default_value = "90d", value_name = "SINCE")]
    pub(crate) since: String,
    /// Print it as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) config: WithConfig,
}

/// Which difference may stand.
#[derive(Debug, Parser)]
pub(crate) struct Accept {
    /// What differs, as `reconcile` names it, such as `re_3NqYb2`.
    #[arg(value_name = "OBJECT")]
    pub(crate) object: String,
    /// How it differs, as `reconcile` names it: `unknown`, `entry`, `other`, `unsent`, `double`, `gone` or
    /// `stands`.
    #[arg(value_name = "KIND", value_parser = difference_kind)]
    pub(crate) kind: DifferenceKind,
    #[command(flatten)]
    pub(crate) signed: Signed,
}

/// What is played.
#[derive(Debug, Parser)]
pub(crate) struct Prove {
    /// How many random runs, besides a crash at every place of every flow and every cell of the fault matrix.
    #[arg(long, default_value_t = 300_000)]
    pub(crate) runs: u64,
    /// Go on with random runs for so long instead, such as `10m` or `1h`.
    #[arg(long = "for", value_name = "TIME", conflicts_with = "runs")]
    pub(crate) lasting: Option<String>,
    /// Only the cells of the fault matrix.
    #[arg(long)]
    pub(crate) cells: bool,
    /// Plant mistakes, all or the one that is named, and look for each for up to a minute. Only in a build with
    /// the feature `mutants`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["runs", "lasting", "cells", "seed"])]
    pub(crate) mutants: Option<String>,
    /// Play one run again by its name, such as `r123` or `c7.31`, and tell everything that happens.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["runs", "lasting", "cells", "json"])]
    pub(crate) seed: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to do with refunds.
#[derive(Debug, Subcommand)]
pub(crate) enum RefundCommand {
    /// List refunds and how far each is: those that are not settled, or those in the given states.
    List {
        /// The database.
        #[arg(long, default_value = "quittance.db", value_name = "FILE")]
        database: String,
        /// Only refunds in this state: `intent`, `marked`, `unknown`, `parked`, `confirmed`, `void`, `failed`
        /// or `reversed`. May be given several times.
        #[arg(long = "state", value_name = "STATE", value_parser = intent_state)]
        states: Vec<IntentState>,
        /// Print each as one line of JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one refund: its sends, what Stripe answered, what was found out, and its deadline.
    Show {
        /// The decision, such as `d1-0a1b2c…`.
        #[arg(value_name = "DECISION")]
        decision: String,
        /// The database.
        #[arg(long, default_value = "quittance.db", value_name = "FILE")]
        database: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Settle a parked refund by what Stripe lists now: confirmed if it is there, failed if it is not and ten
    /// minutes have passed since its last send. The program may be serving meanwhile. Exit status: 0 settled,
    /// 1 not settled.
    Settle {
        /// The decision, such as `d1-0a1b2c…`.
        #[arg(value_name = "DECISION")]
        decision: String,
        /// Who settles it. The log keeps the name.
        #[arg(long, value_name = "NAME")]
        by: String,
        #[command(flatten)]
        config: WithConfig,
    },
}

fn intent_state(text: &str) -> Result<IntentState, String> {
    text.parse().map_err(|_| {
        let names: Vec<&str> = IntentState::ALL.into_iter().map(IntentState::name).collect();
        format!("is none of {}", names.join(", "))
    })
}

/// Where the stand-ins listen and whom they tell.
#[derive(Debug, Parser)]
pub(crate) struct Sandbox {
    /// Stripe's port. 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) stripe_port: u16,
    /// Intercom's port. 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) intercom_port: u16,
    /// The model's port. 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) model_port: u16,
    /// Where webhooks are sent, such as `http://127.0.0.1:8080`. Nowhere without it.
    #[arg(long, value_name = "URL")]
    pub(crate) deliver_to: Option<String>,
    /// Begin with the demo's customers.
    #[arg(long)]
    pub(crate) seed: bool,
}
