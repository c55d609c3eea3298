//! What can go wrong between us and Intercom.

use quittance_core::ids::ContactId;
use quittance_wire::Broken;

/// Where the token comes from.
const TOKEN_PLACE: &str = "Developer Hub, your app, Configure, Authentication \
                           (https://app.intercom.com/a/apps/_/developer-hub)";

/// Why something could not be read from Intercom, or was not or perhaps not written there.
///
/// No variant carries a body, an address or a token, so every message may be logged.
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
    #[error("a connection to Intercom cannot be set up")]
    Connection {
        /// What is missing.
        #[source]
        source: reqwest::Error,
    },
    /// Intercom does not accept the token, or the token may not do this; a person must change it.
    #[error("Intercom does not let us {request}: {}", advice(*status))]
    Denied {
        /// What was asked.
        request: &'static str,
        /// 401 for a token that is not accepted, 403 for one that may not do this.
        status: u16,
    },
    /// Intercom has no such object, or not any more.
    #[error("Intercom has nothing to {request}")]
    Missing {
        /// What was asked.
        request: &'static str,
    },
    /// The contact was merged into another one, and that one into another again.
    #[error("Intercom answered to {request} that the contact is now another one")]
    Merged {
        /// What was asked.
        request: &'static str,
        /// The contact that survived.
        into: ContactId,
    },
    /// Intercom understood the request and will not do it; asking again is useless.
    #[error("Intercom refused to {request}: status {status}, {}", code.as_deref().unwrap_or("no code"))]
    Refused {
        /// What was asked.
        request: &'static str,
        /// The HTTP status.
        status: u16,
        /// Intercom's code, such as `parameter_invalid`.
        code: Option<String>,
    },
    /// Too many requests; Intercom did not look at this one. Ask again later.
    #[error("Intercom is limiting requests and did not {request}")]
    Throttled {
        /// What was asked.
        request: &'static str,
        /// How long to wait, where Intercom says so.
        retry_after_ms: Option<u64>,
    },
    /// Intercom has trouble of its own, or something in between has. A write may have happened.
    #[error("Intercom could not {request}: status {status}")]
    Failing {
        /// What was asked.
        request: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// No connection, so nothing was asked and a write has not happened.
    #[error("no connection to Intercom to {request}")]
    NotSent {
        /// What was asked.
        request: &'static str,
        /// What happened on the way.
        #[source]
        source: Broken,
    },
    /// No answer, or not all of it. A write may have happened.
    #[error("no answer from Intercom to {request}")]
    Unanswered {
        /// What was asked.
        request: &'static str,
        /// What happened on the way.
        #[source]
        source: Broken,
    },
    /// The answer is not what the API describes. A write has probably happened.
    #[error("Intercom's answer to {request} cannot be read: {problem}")]
    Unreadable {
        /// What was asked.
        request: &'static str,
        /// What is odd about it.
        problem: String,
    },
}

impl Error {
    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Throttled { .. }
            | Self::Failing { .. }
            | Self::NotSent { .. }
            | Self::Unanswered { .. } => true,
            Self::Setting { .. }
            | Self::Connection { .. }
            | Self::Denied { .. }
            | Self::Missing { .. }
            | Self::Merged { .. }
            | Self::Refused { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// Whether a write may have happened although it failed: look before sending it again.
    pub fn may_have_happened(&self) -> bool {
        match self {
            Self::Failing { .. } | Self::Unanswered { .. } | Self::Unreadable { .. } => true,
            Self::Setting { .. }
            | Self::Connection { .. }
            | Self::Denied { .. }
            | Self::Missing { .. }
            | Self::Merged { .. }
            | Self::Refused { .. }
            | Self::Throttled { .. }
            | Self::NotSent { .. } => false,
        }
    }

    pub(crate) fn unreadable(request: &'static str, problem: impl Into<String>) -> Self {
        Self::Unreadable { request, problem: problem.into() }
    }
}

/// What to do about a token that was refused.
fn advice(status: u16) -> String {
    if status == 401 {
        format!(
            "the Intercom access token is not accepted; copy it from {TOKEN_PLACE} and check that \
             `intercom.base_url` is that of the workspace's region"
        )
    } else {
        format!(
            "the Intercom access token may not do that; tick the permission under {TOKEN_PLACE}"
        )
    }
}
