//! Why a customer asks for money back: the closed list that policies, proposals and limits share.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A reason for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The same payment was taken more than once.
    DuplicateCharge,
    /// The customer no longer wants what they bought.
    ChangedMind,
    /// The customer paid for something and did not use it.
    Unused,
    /// The customer meant to cancel before the payment.
    ForgotToCancel,
    /// The customer bought by mistake.
    Accidental,
    /// The amount was not what was agreed.
    WrongAmount,
    /// What was bought never arrived.
    NotReceived,
    /// What was bought has been damaged since, or was opened, changed or used up.
    Damaged,
    /// What was bought arrived broken or does not work.
    Defective,
    /// What was bought is not what was described.
    NotAsDescribed,
    /// The service was down or did not do what it should.
    ServiceProblem,
    /// The customer says that somebody else made the payment.
    Unrecognized,
    /// The customer asks for a gesture.
    Goodwill,
    /// Anything else.
    Other,
}

impl Reason {
    /// Every reason, in the order in which the vocabulary lists them.
    pub const ALL: [Self; 14] = [
        Self::DuplicateCharge,
        Self::ChangedMind,
        Self::Unused,
        Self::ForgotToCancel,
        Self::Accidental,
        Self::WrongAmount,
        Self::NotReceived,
        Self::Damaged,
        Self::Defective,
        Self::NotAsDescribed,
        Self::ServiceProblem,
        Self::Unrecognized,
        Self::Goodwill,
        Self::Other,
    ];

    /// The words of the policy tables, such as `duplicate charge`.
    pub fn words(self) -> &'static str {
        match self {
            Self::DuplicateCharge => "duplicate charge",
            Self::ChangedMind => "changed mind",
            Self::Unused => "unused",
            Self::ForgotToCancel => "forgot to cancel",
            Self::Accidental => "bought by mistake",
            Self::WrongAmount => "wrong amount",
            Self::NotReceived => "not received",
            Self::Damaged => "damaged",
            Self::Defective => "defective",
            Self::NotAsDescribed => "not as described",
            Self::ServiceProblem => "service problem",
            Self::Unrecognized => "not recognized",
            Self::Goodwill => "goodwill",
            Self::Other => "other",
        }
    }

    /// The name in the log and in the model's tools, such as `duplicate_charge`.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuplicateCharge => "duplicate_charge",
            Self::ChangedMind => "changed_mind",
            Self::Unused => "unused",
            Self::ForgotToCancel => "forgot_to_cancel",
            Self::Accidental => "accidental",
            Self::WrongAmount => "wrong_amount",
            Self::NotReceived => "not_received",
            Self::Damaged => "damaged",
            Self::Defective => "defective",
            Self::NotAsDescribed => "not_as_described",
            Self::ServiceProblem => "service_problem",
            Self::Unrecognized => "unrecognized",
            Self::Goodwill => "goodwill",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_and_the_tools_use_the_same_name() {
        for reason in Reason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
    }
}
