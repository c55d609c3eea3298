//! `quittance policy`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Place;

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
