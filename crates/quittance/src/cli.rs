//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use quittance_core::record::Witness;
use quittance_engine::reconcile::DifferenceKind;
use quittance_store::intents::IntentState;

use crate::commands::difference_kind;
use crate::telemetry::LogFormat;

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
        let is_simulated =
            matches!(self.command, Command::Prove(_) | Command::Eval(Eval::Scenarios(_)));
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

/// What to do with what waits for a person's word.
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalsCommand {
    /// List what waits, the oldest first.
    List {
        #[command(flatten)]
        place: Place,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Approve a refund: the program judges it again and carries it out, if nothing stands in the way.
    Approve {
        /// The request, as `list` names it.
        #[arg(value_name = "REQUEST")]
        id: String,
        /// Give back less: a decimal in the payment's currency, such as 20.00.
        #[arg(long, value_name = "AMOUNT")]
        amount: Option<String>,
        /// Who: it is kept in the log.
        #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        by: String,
        #[command(flatten)]
        place: Place,
    },
    /// Decline a refund: the customer is told that a person decided against it.
    Decline {
        /// The request, as `list` names it.
        #[arg(value_name = "REQUEST")]
        id: String,
        /// Why: it is kept in the log, and the customer does not read it.
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        /// Who: it is kept in the log.
        #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
        by: String,
        #[command(flatten)]
        place: Place,
    },
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

/// What to do with a policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Tell everything that is wrong with a policy. Exit status: 0 fine, 1 warnings, 2 errors.
    Check(PolicyCheck),
    /// Align the tables of a policy's files, and change nothing else. Exit status with --check: 0 nothing to
    /// do, 1 tables to align.
    #[command(name = "fmt")]
    Format(PolicyFormat),
    /// Print the JSON Schema of the front matter, for editors.
    Schema,
    /// Tell what a policy says to a case: which clauses speak about it, which do not, and why.
    Explain(Explain),
    /// Ask two policies about the same cases, and tell what comes out otherwise, in money too. Exit status: 0
    /// nothing, 1 something, 2 a policy has errors.
    Diff(PolicyDiff),
    /// Tell what customers asked that no clause answers: in groups, with the money involved and what they wrote.
    Gaps(PolicyGaps),
    /// Make a policy live on every node, where people decide that (`policy.activation`).
    Activate(Activate),
    /// List every policy that was live or waits for a second person, newest first.
    List(ListPolicies),
    /// Print a policy of the database: the live one, or another version.
    Show(ShowPolicy),
}

/// Where gaps are looked for.
#[derive(Debug, Args)]
pub(crate) struct PolicyGaps {
    /// A file with one case a line, as for `diff`; `said` in JSON is what the customer wrote. Without it, every
    /// question in the log of the database; what customers wrote is then read in Intercom, if the configuration has
    /// its access token.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["database", "config"])]
    pub(crate) cases: Option<PathBuf>,
    /// Ask this policy, a file or a folder. Without it, `policies` for a file of cases, and for a database what the
    /// policy of each day said.
    #[arg(long, value_name = "PATH")]
    pub(crate) policy: Option<PathBuf>,
    /// Print them as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Which policy becomes live, and who says so.
#[derive(Debug, Args)]
pub(crate) struct Activate {
    /// A file, a folder, or the beginning of a version as `list` shows it. The configuration's files without it.
    #[arg(value_name = "PATH|VERSION")]
    pub(crate) what: Option<String>,
    /// Who: it is kept in the log.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Where the policies are.
#[derive(Debug, Args)]
pub(crate) struct ListPolicies {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Print them as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which policy is printed.
#[derive(Debug, Args)]
pub(crate) struct ShowPolicy {
    /// The beginning of its version, as `list` shows it. The live one without it.
    #[arg(value_name = "VERSION")]
    pub(crate) digits: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Which policies are checked, and how.
#[derive(Debug, Args)]
pub(crate) struct PolicyCheck {
    /// The policies: each a file, or a folder whose files are one policy together.
    #[arg(default_value = "policies", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// How to tell it.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: ProblemFormat,
    /// The configuration whose ceilings the policies are held against; `quittance.toml`, if it is there.
    #[arg(long, env = "QUITTANCE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Check again whenever a file changes, until Ctrl-C.
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Which files are aligned.
#[derive(Debug, Args)]
pub(crate) struct PolicyFormat {
    /// The policies: each a file, or a folder. `-` aligns what comes in and prints it.
    #[arg(default_value = "policies", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Only tell which tables are to be aligned.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Which policies are asked about what.
#[derive(Debug, Args)]
pub(crate) struct PolicyDiff {
    /// The policy as it is: a file or a folder.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The policy as it shall be.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// A file with one case a line: JSON as for `explain --file`, or the words of worked examples, perhaps with a name
    /// and a bar before them (`ticket 7 | pro-monthly, 49 USD, unused`). Without it and --database, the examples of
    /// both policies are asked.
    #[arg(long, value_name = "FILE", conflicts_with = "database")]
    pub(crate) cases: Option<PathBuf>,
    /// Every question in the log of this database.
    #[arg(long, visible_alias = "store", value_name = "URL")]
    pub(crate) database: Option<String>,
    /// How to tell it.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: DiffFormat,
}

/// How the difference of two policies is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    /// Tables for a terminal.
    Human,
    /// Tables for a comment on a pull request.
    Markdown,
    /// Everything, as one JSON object.
    Json,
}

/// Which case is explained.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The policy: a file or a folder. For a case of the store the policy of that day, else `policies`.
    #[arg(value_name = "PATH")]
    pub(crate) policy: Option<PathBuf>,
    /// The case in the words of worked examples: `pro-monthly, 49 USD, 3 days ago, changed mind`.
    #[arg(long, value_name = "WORDS", group = "which", required = true)]
    pub(crate) case: Option<String>,
    /// A JSON file with `facts` (as in the log), `charge`, `reason`, and perhaps `asked` and `prior`.
    #[arg(long, value_name = "FILE", group = "which")]
    pub(crate) file: Option<PathBuf>,
    /// The last question of a case in the store, named as in the log: WORKSPACE:CONVERSATION.
    #[arg(long, value_name = "CASE", group = "which")]
    pub(crate) of: Option<String>,
    /// The database, with --of.
    #[arg(long, default_value = "quittance.db", value_name = "FILE")]
    pub(crate) database: String,
    /// The day on which it is asked, with --case: today without it.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<jiff::civil::Date>,
    /// The ruling as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How problems are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProblemFormat {
    /// For people, with the line and the place.
    #[value(alias = "text")]
    Human,
    /// One JSON object a line.
    Json,
    /// A SARIF log, which code scanners read.
    Sarif,
    /// Annotations of a pull request on GitHub.
    Github,
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

/// What to measure.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Conversations per second and the time from webhook to acknowledgement, with a model that takes
    /// no time.
    Path {
        /// How many conversations.
        #[arg(long, default_value_t = 500)]
        conversations: usize,
        /// How many are under way at once.
        #[arg(long, default_value_t = 64)]
        at_once: usize,
        /// How many programs serve one database; several numbers make a table. More than one needs
        /// `--database`.
        #[arg(long, value_delimiter = ',', default_value = "1", value_name = "NODES")]
        nodes: Vec<usize>,
        /// A PostgreSQL server, by the URL of any database there: one is made on it and dropped afterwards.
        /// A file without it.
        #[arg(long, value_name = "URL")]
        database: Option<String>,
    },
    /// Kill the program among conversations in flight, start it again, and count who was refunded or
    /// answered twice.
    Crash {
        /// How many conversations.
        #[arg(long, default_value_t = 300)]
        conversations: usize,
        /// How many times the program is killed.
        #[arg(long, default_value_t = 1)]
        kills: u32,
        /// How often all of it is done, each time from nothing.
        #[arg(long, default_value_t = 1)]
        times: u32,
        /// A PostgreSQL server, by the URL of any database there: one is made on it and dropped afterwards.
        /// A file without it.
        #[arg(long, value_name = "URL")]
        database: Option<String>,
    },
    /// The time from webhook to acknowledgement, each on disk before its answer, and whether any is lost
    /// when the program is killed. Exit status: 0 none lost and none stored twice, 1 otherwise.
    Intake {
        /// How many webhooks come each second.
        #[arg(long, default_value_t = 1_000)]
        rate: u32,
        /// For how many seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Send so many within one second instead.
        #[arg(long, value_name = "WEBHOOKS", conflicts_with_all = ["rate", "seconds"])]
        burst: Option<u32>,
        /// How many times the program is killed (`kill -9`) and started again meanwhile.
        #[arg(long, default_value_t = 0)]
        kills: u32,
        /// A PostgreSQL server, by the URL of any database there: one is made on it and dropped afterwards.
        /// A file without it.
        #[arg(long, value_name = "URL")]
        database: Option<String>,
    },
    /// Throw the stop switch while refunds are on their way on two nodes, and measure how long after it the
    /// last one still starts.
    Stop {
        /// How often.
        #[arg(long, default_value_t = 10_000)]
        trials: u32,
        /// What the chance begins with.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Check a policy of many files, ask it, and compare it with another about many cases. Exit status: 0 every
    /// target is met, 1 otherwise.
    Policy {
        /// How many files.
        #[arg(long, default_value_t = 200)]
        files: usize,
        /// About how many cases the two are compared.
        #[arg(long, default_value_t = 100_000)]
        cases: usize,
        /// What the chance begins with.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Make a long action log and verify it.
    Log {
        /// How many entries.
        #[arg(long, default_value_t = 1_000_000)]
        entries: u64,
    },
}

/// What to measure the quality of.
#[derive(Debug, Subcommand)]
pub(crate) enum Eval {
    /// Search with questions whose answers are known, and count how often they are found.
    Search(EvalSearch),
    /// Play the conversations that support leads wrote down, and tell what did not come out as it must. Exit
    /// status: 0 all is right, 1 something is not.
    Scenarios(EvalScenarios),
    /// Write card numbers in every disguise, and count those that are not found and other numbers that are.
    Cards(EvalCards),
}

/// Which scenarios are played, and with what.
#[derive(Debug, Parser)]
pub(crate) struct EvalScenarios {
    /// A folder of scenarios, or one of its files.
    #[arg(default_value = "eval/scenarios", value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Only those whose name holds this.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Option<String>,
    /// The policy of scenarios that have none of their own: a file or a folder. The sample without it.
    #[arg(long, value_name = "PATH")]
    pub(crate) policy: Option<PathBuf>,
    /// How often each is played: a model does not always do the same.
    #[arg(long, default_value_t = 1, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) times: u32,
    /// Print it as JSON, with every conversation.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) model: RealModel,
}

/// A model to use in the stand-in's place.
#[derive(Debug, Args)]
pub(crate) struct RealModel {
    /// Use a real model at a server that speaks OpenAI's Chat Completions, such as
    /// `http://127.0.0.1:8090/v1`. Its key comes from `QUITTANCE_MODEL__KEY`.
    #[arg(long, value_name = "URL", requires = "model")]
    pub(crate) model_url: Option<String>,
    /// The real model's name.
    #[arg(long, value_name = "NAME", requires = "model_url")]
    pub(crate) model: Option<String>,
    /// What kind of server the real model is at: `openai`, `anthropic`, `gemini`, `llama_cpp`, `vllm` or
    /// `generic`.
    #[arg(long, value_name = "PRESET", requires = "model_url")]
    pub(crate) model_preset: Option<String>,
}

/// How many messages with card numbers are written.
#[derive(Debug, Parser)]
pub(crate) struct EvalCards {
    /// How many messages with a card's number there are, over all disguises.
    #[arg(long, default_value_t = 100_000, value_name = "COUNT")]
    pub(crate) messages: u64,
    /// How many messages with other numbers: orders, parcels, telephones, accounts, amounts.
    #[arg(long, default_value_t = 100_000, value_name = "COUNT")]
    pub(crate) others: u64,
    /// How many messages of each disguise go through the whole engine.
    #[arg(long, default_value_t = 2, value_name = "COUNT")]
    pub(crate) through: u32,
    /// What all chance comes from.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is searched, and with what.
#[derive(Debug, Parser)]
pub(crate) struct EvalSearch {
    /// A folder of markdown files, one markdown file, or a file with a document a line, as JSON:
    /// `{"doc_id": …, "title": …, "text": …}`.
    #[arg(long, value_name = "PATH")]
    pub(crate) docs: PathBuf,
    /// A file with a question a line, as JSON: `{"kind": …, "query": …, "gold": ["doc_id", …]}`.
    #[arg(long, value_name = "FILE")]
    pub(crate) queries: PathBuf,
    /// The language of documents that do not say theirs.
    #[arg(long, default_value = "en", value_name = "LANGUAGE")]
    pub(crate) language: String,
    /// Search the texts alone: for questions that were made from the titles.
    #[arg(long)]
    pub(crate) without_titles: bool,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
