//! Something that happened to a case. An event is a hint: what it says is read again at the vendor
//! before anything is decided.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who told us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A webhook of Intercom.
    Intercom,
    /// A webhook of Stripe.
    Stripe,
}

impl Source {
    /// The name in the store and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intercom => "intercom",
            Self::Stripe => "stripe",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
