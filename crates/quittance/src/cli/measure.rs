//! `quittance bench` and `quittance eval`

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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
    /// Attack the agent with what hostile customers write and a hostile model does, in every place where it reads
    /// something. Exit status: 0 nothing came of it and honest customers were served, 1 else.
    Attacks(EvalAttacks),
    /// Write card numbers in every disguise, and count those that are not found and other numbers that are.
    Cards(EvalCards),
}

/// How much is attacked, and with what.
#[derive(Debug, Parser)]
pub(crate) struct EvalAttacks {
    /// A folder with `injections.dev.jsonl` (`{"text": …}`) and `templates.jsonl` (`{"template_text": "… {goal} …"}`), a
    /// text a line. The program's own texts alone without it.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// How many conversations attack.
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    pub(crate) conversations: u64,
    /// What all chance comes from.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub(crate) seed: u64,
    /// Only this conversation, with everything that was said.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) only: Option<u64>,
    /// Print it as JSON.
    #[arg(long)]
    pub(crate) json: bool,
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
