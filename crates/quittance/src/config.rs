//! The configuration: one TOML file, overridden by the environment. Secrets come from the
//! environment or from files of their own, never from the TOML file.

mod environment;
mod read;
mod secrets;

use std::path::PathBuf;

use quittance_agent::Budget;
use quittance_engine::options::{LimitOptions, Options as EngineOptions, StopOptions};
use quittance_engine::{poll, reconcile};
use secrecy::SecretString;
use serde::Deserialize;

pub(crate) use read::read;
pub(crate) use secrets::{Secrets, intercom_token, secrets, stripe_key};

/// What a new user starts from. A test reads it and holds the defaults it names against the real ones.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The database: a file, or the URL of one on a PostgreSQL server.
    pub(crate) database: Option<String>,
    pub(crate) server: Server,
    pub(crate) policy: PolicyFiles,
    pub(crate) intercom: Intercom,
    pub(crate) stripe: Stripe,
    pub(crate) model: Model,
    pub(crate) engine: EngineOptions,
    pub(crate) limits: LimitOptions,
    pub(crate) stop: StopOptions,
    pub(crate) reconcile: reconcile::Options,
    pub(crate) poll: poll::Options,
}

/// Where the program listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// An address and a port.
    pub(crate) listen: String,
    /// What opens `/status`, `/stop` and `/resume`, which are not there without it. By environment only.
    pub(crate) admin_token: Option<SecretString>,
    /// A file that holds it.
    pub(crate) admin_token_file: Option<PathBuf>,
    /// The name of this process among those that serve one PostgreSQL database.
    pub(crate) node: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            admin_token: None,
            admin_token_file: None,
            node: None,
        }
    }
}

/// Where the policy and the replies are.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PolicyFiles {
    /// The refund policy: a file, or a folder.
    pub(crate) path: PathBuf,
    /// A folder with one file of replies per language; without it the folder `replies` in that of the policy, if
    /// there is one, else the built-in ones.
    pub(crate) replies: Option<PathBuf>,
    /// How the company sounds; `voice.md` in the folder of the policy without it, if there is one.
    pub(crate) voice: Option<PathBuf>,
    /// What makes a policy live.
    pub(crate) activation: Activation,
}

/// What makes a policy live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Activation {
    /// Saving the files, if nothing in them is an error.
    #[default]
    Files,
    /// A person says so.
    OnePerson,
    /// Two people say so.
    TwoPeople,
}

impl Default for PolicyFiles {
    fn default() -> Self {
        Self {
            path: PathBuf::from("policies"),
            replies: None,
            voice: None,
            activation: Activation::Files,
        }
    }
}

/// How Intercom is reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Intercom {
    /// The access token. By environment only.
    pub(crate) token: Option<SecretString>,
    /// A file that holds the access token.
    pub(crate) token_file: Option<PathBuf>,
    /// The app's client secrets, separated by commas. By environment only.
    pub(crate) client_secrets: Option<SecretString>,
    /// A file that holds the client secrets, one a line.
    pub(crate) client_secrets_file: Option<PathBuf>,
    /// The API.
    pub(crate) api: quittance_intercom::Options,
}

/// How Stripe is reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Stripe {
    /// The restricted API key. By environment only.
    pub(crate) key: Option<SecretString>,
    /// A file that holds the key.
    pub(crate) key_file: Option<PathBuf>,
    /// The webhook endpoint's signing secrets, separated by commas. By environment only.
    pub(crate) webhook_secrets: Option<SecretString>,
    /// A file that holds the signing secrets, one a line.
    pub(crate) webhook_secrets_file: Option<PathBuf>,
    /// The API.
    pub(crate) api: quittance_stripe::Options,
}

/// How the model is reached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Model {
    /// The API key, where the server wants one. By environment only.
    pub(crate) key: Option<SecretString>,
    /// A file that holds the key.
    pub(crate) key_file: Option<PathBuf>,
    /// The server and the model.
    pub(crate) api: Option<quittance_agent::Options>,
    /// What one turn may use.
    pub(crate) budget: Budget,
}
