//! What can go wrong in a turn that is not the model's doing.

use quittance_wire::Broken;

/// A failure of the surroundings. What the model does wrong is not here: it ends a turn as
/// [`End::Misbehaved`](crate::End::Misbehaved).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting cannot be used; nothing was sent.
    #[error("the model setting `{setting}` is wrong: {why}")]
    Setting {
        /// The field of [`Options`](crate::Options), as it is written in the configuration.
        setting: &'static str,
        /// What is wrong with its value.
        why: String,
    },
    /// A tool cannot be offered to a model; nothing was sent.
    #[error("tool `{tool}` cannot be offered: {why}")]
    Tool {
        /// The tool's name.
        tool: String,
        /// What is wrong with it.
        why: String,
    },
    /// A tool that was not declared with [`Tool::ending`](crate::Tool::ending) ended the turn.
    #[error("tool `{tool}` ended the turn without being declared to")]
    Undeclared {
        /// The tool's name.
        tool: String,
    },
    /// The server does not accept the key (401 or 403).
    #[error("the model's server does not accept the key")]
    Key(#[source] ServerError),
    /// The account has no credit or quota left; waiting a little does not help.
    #[error("the account at the model's server has no quota left")]
    Quota(#[source] ServerError),
    /// The server understood the request and will not serve it; asking again is useless.
    #[error("the model's server refused the request")]
    Refused(#[source] ServerError),
    /// The model wrote something that its own server could not read, such as a broken tool call. A
    /// turn counts it as the model's mistake.
    #[error("the model's server could not read what its model wrote")]
    Garbled(#[source] ServerError),
    /// The server could not be reached, was overloaded, failed, or was too slow, in every attempt.
    #[error("the model's server was not available in {attempts} attempts")]
    Unavailable {
        /// How often it was asked.
        attempts: u32,
        /// How long the server asked to be left alone, in milliseconds, when it said so.
        retry_after_ms: Option<u64>,
        /// What happened in the last attempt.
        #[source]
        source: Cause,
    },
    /// The server answered with success and a body that is not a chat completion.
    #[error("the model's server answered with {what}")]
    Unintelligible {
        /// What the body was instead.
        what: &'static str,
    },
    /// A tool could not do its work because something it needs is out of order.
    #[error("tool `{tool}` is out of order")]
    Outage {
        /// The tool's name.
        tool: String,
        /// What failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The turn was told to stop.
    #[error("the turn was stopped")]
    Stopped,
    /// A turn that has ended for good was asked to run on.
    #[error("the turn has ended")]
    Over,
    /// The turn cannot run on before this call has been given its outcome.
    #[error("the call `{call_id}` has no outcome yet")]
    Pending {
        /// The call that ended the last run.
        call_id: String,
    },
    /// An outcome was given for a call that is not waiting for one.
    #[error("no call `{call_id}` waits for an outcome")]
    UnknownCall {
        /// The call as the caller named it.
        call_id: String,
    },
}

/// What happened to a request that got no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// No complete answer within the time limit of one request.
    #[error("no answer within {timeout_ms} ms")]
    Timeout {
        /// The limit, in milliseconds.
        timeout_ms: u64,
    },
    /// The connection failed.
    #[error("the connection failed")]
    Connection(#[source] Broken),
    /// The server answered with an error.
    #[error("the server answered with an error")]
    Server(#[source] ServerError),
}

/// An error as a server reported it, in whatever shape, brought into one form.
///
/// Only the server's own short message is kept, never a body: some servers repeat the request in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    /// The HTTP status; for an error inside a 200, the status the error names, or 500.
    pub status: u16,
    /// The vendor's code or type of error, such as `rate_limit_exceeded`.
    pub code: Option<String>,
    /// The vendor's message, at most 300 characters; empty when the body was not JSON.
    pub message: String,
}

impl std::error::Error for ServerError {}

impl std::fmt::Display for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}
