//! One customer's matter, in one Intercom conversation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Something new was said or happened, and has not been answered.
    Open,
    /// The customer has the word.
    AwaitingCustomer,
    /// A person has the conversation.
    AwaitingPerson,
    /// A refund is allowed and under way.
    Settling,
    /// Answered and closed.
    Closed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::AwaitingCustomer, Self::AwaitingPerson, Self::Settling, Self::Closed];

    /// The name in the store and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::AwaitingCustomer => "awaiting_customer",
            Self::AwaitingPerson => "awaiting_person",
            Self::Settling => "settling",
            Self::Closed => "closed",
        }
    }

    /// Whether a case may go from this state to `next`.
    ///
    /// A settling case is left only when its refund is confirmed, refused or with a person; every
    /// other state may hear from the customer again.
    pub fn may_become(self, next: Self) -> bool {
        match next {
            Self::Open => self != Self::Settling,
            // A person may have approved it.
            Self::Settling => matches!(self, Self::Open | Self::AwaitingPerson | Self::Settling),
            Self::AwaitingCustomer | Self::AwaitingPerson | Self::Closed => true,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A state that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a state of a case")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| UnknownState(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_is_written() {
        for state in State::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
        assert!("Open".parse::<State>().is_err());
    }

    #[test]
    fn a_refund_under_way_is_not_forgotten_for_a_new_message() {
        assert!(!State::Settling.may_become(State::Open));
        assert!(State::Open.may_become(State::Settling));
        assert!(!State::Closed.may_become(State::Settling));
    }
}
