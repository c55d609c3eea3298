//! What can go wrong between us and Stripe.

use std::fmt;

use quittance_wire::Broken;

/// Why something could not be read from Stripe. A refund has [`crate::refunds::Answer`] instead,
/// because what is *not* known matters there.
///
/// No variant carries a body, an address or a key, so every message may be logged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client cannot be made with this setting; a person must change it.
    #[error("setting `{setting}`: {problem}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// What is wrong with it and what would be right.
        problem: String,
    },
    /// The connection cannot be set up, for want of TLS roots or the like.
    #[error("a connection to Stripe cannot be set up")]
    Connection {
        /// What is missing.
        #[source]
        source: reqwest::Error,
    },
    /// Stripe does not accept the key, or the key may not do this; a person must change it.
    #[error("Stripe does not let us {request}: {}", Advice { status: *status, permission: permission.as_deref() })]
    Denied {
        /// What was asked.
        request: &'static str,
        /// 401 for a key that is not accepted, 403 for one that may not do this.
        status: u16,
        /// The permission that is missing, such as `rak_charge_read`, where Stripe named it.
        permission: Option<String>,
    },
    /// Stripe has no such object (for this key and mode).
    #[error("Stripe has nothing to {request}")]
    Missing {
        /// What was asked.
        request: &'static str,
    },
    /// Stripe understood the request and will not do it; asking again is useless.
    #[error("Stripe refused to {request}: status {status}, {}", code.as_deref().unwrap_or("no code"))]
    Refused {
        /// What was asked.
        request: &'static str,
        /// The HTTP status.
        status: u16,
        /// Stripe's code, such as `parameter_unknown`.
        code: Option<String>,
        /// The parameter it is about.
        param: Option<String>,
    },
    /// Too many requests, ours or other programs' of the same account; ask again later.
    #[error("Stripe is limiting requests and did not {request}")]
    Throttled {
        /// What was asked.
        request: &'static str,
        /// How long Stripe asks to wait, where it says so.
        retry_after_ms: Option<u64>,
    },
    /// Stripe has trouble of its own, or something in between has; ask again later.
    #[error("Stripe could not {request}: status {status}")]
    Failing {
        /// What was asked.
        request: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// No answer, or not all of it; ask again later.
    #[error("no answer from Stripe to {request}")]
    Unanswered {
        /// What was asked.
        request: &'static str,
        /// What happened on the way.
        #[source]
        source: Broken,
    },
    /// The answer is not what the API describes; asking again is useless.
    #[error("Stripe's answer to {request} cannot be read: {problem}")]
    Unreadable {
        /// What was asked.
        request: &'static str,
        /// What is odd about it.
        problem: String,
    },
    /// There is more than a case should ever need; a person must look.
    #[error("Stripe has more than {bound} entries to {request}")]
    TooMuch {
        /// What was asked.
        request: &'static str,
        /// How many entries are read at most.
        bound: usize,
    },
}

impl Error {
    /// Whether the same question may be answered later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Failing { .. } | Self::Unanswered { .. } => true,
            Self::Setting { .. }
            | Self::Connection { .. }
            | Self::Denied { .. }
            | Self::Missing { .. }
            | Self::Refused { .. }
            | Self::Unreadable { .. }
            | Self::TooMuch { .. } => false,
        }
    }

    pub(crate) fn unreadable(request: &'static str, problem: impl Into<String>) -> Self {
        Self::Unreadable { request, problem: problem.into() }
    }
}

/// What to do about a key that was refused.
struct Advice<'a> {
    status: u16,
    permission: Option<&'a str>,
}

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WHERE: &str = "at https://dashboard.stripe.com/apikeys";
        match (self.status, self.permission) {
            (401, _) => write!(
                f,
                "the Stripe API key is not accepted; make a restricted key {WHERE} and set it anew"
            ),
            (_, Some(slug)) => {
                write!(f, "the Stripe API key lacks the permission `{slug}`")?;
                if let Some(row) = crate::check::row(slug) {
                    write!(f, " (row \"{row}\")")?;
                }
                write!(f, "; give it to the key {WHERE}")
            }
            (_, None) => write!(
                f,
                "the Stripe API key may not do that; look at the key's permissions {WHERE}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_key_says_what_to_do() {
        let denied = |status, permission: Option<&str>| {
            let permission = permission.map(str::to_owned);
            Error::Denied { request: "list charges", status, permission }.to_string()
        };
        assert_eq!(
            denied(403, Some("rak_charge_read")),
            "Stripe does not let us list charges: the Stripe API key lacks the permission \
             `rak_charge_read` (row \"Charges and Refunds\"); give it to the key at \
             https://dashboard.stripe.com/apikeys"
        );
        assert!(denied(401, None).contains("is not accepted"));
        assert!(denied(403, None).contains("look at the key's permissions"));
    }
}
