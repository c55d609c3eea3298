//! Exchanges that did not end with an answer.

use std::error::Error as StdError;
use std::fmt;

/// Why there is no answer, and whether the request can have arrived.
///
/// No variant carries an address, a body or a header, so every message may be logged.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// No connection came about: the request has certainly not arrived.
    #[error("no connection")]
    NotSent(#[source] Reason),
    /// The time was up before the answer was complete.
    #[error("no answer in time")]
    Late(#[source] Reason),
    /// The connection broke before the answer was complete.
    #[error("no complete answer")]
    Lost(#[source] Reason),
    /// The answer is larger than the caller takes.
    #[error("status {status} with too large a body")]
    TooLarge {
        /// Its HTTP status.
        status: u16,
    },
}

/// What happened on the way.
#[derive(Debug)]
pub struct Reason(Box<dyn StdError + Send + Sync>);

impl Reason {
    /// A reason in words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into().into())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Reason {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl Broken {
    /// A connection that broke, in words.
    pub fn lost(words: impl Into<String>) -> Self {
        Self::Lost(Reason::new(words))
    }

    /// Time that was up, in words.
    pub fn late(words: impl Into<String>) -> Self {
        Self::Late(Reason::new(words))
    }

    /// A connection that did not come about, in words.
    pub fn not_sent(words: impl Into<String>) -> Self {
        Self::NotSent(Reason::new(words))
    }

    /// Whether the request has certainly not arrived.
    pub fn is_unsent(&self) -> bool {
        matches!(self, Self::NotSent(_))
    }

    /// What went wrong, with the causes behind it.
    pub fn chain(&self) -> String {
        let mut words = vec![self.to_string()];
        // The outer errors of the client repeat the address; it was taken out, and little is left.
        let mut cause = self.source().and_then(StdError::source);
        while let Some(error) = cause {
            words.push(error.to_string());
            cause = error.source();
        }
        words.join(": ")
    }
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        // The address can hold what was searched for, such as a customer's e-mail.
        let error = error.without_url();
        let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
        let reason = Reason(Box::new(error));
        if is_connect {
            Self::NotSent(reason)
        } else if is_timeout {
            Self::Late(reason)
        } else {
            Self::Lost(reason)
        }
    }
}
