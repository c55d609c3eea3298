//! What must hold in every state.

use crate::model::rules::Protocol;
use crate::model::state::{Case, Stand, State};

/// A promise about money, by its number in the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// A decision is carried out at most once.
    AtMostOnce,
    /// A charge is given back once.
    OnePerCharge,
    /// No more is given back than the budget and the policy allow.
    Budget,
    /// A customer is told of a refund only when Stripe has it.
    HonestReply,
    /// What reaches Stripe was written down before.
    LogFirst,
    /// What is called not made was not made.
    Evidence,
    /// Nothing is sent after the window.
    Window,
    /// Only the worker with the lease writes.
    SingleWriter,
    /// Nothing is marked or sent while money is stopped.
    Stop,
}

impl Promise {
    /// Every promise.
    pub const ALL: [Self; 9] = [
        Self::AtMostOnce,
        Self::OnePerCharge,
        Self::Budget,
        Self::HonestReply,
        Self::LogFirst,
        Self::Evidence,
        Self::Window,
        Self::SingleWriter,
        Self::Stop,
    ];

    /// The promise in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::AtMostOnce => "I1 at most once",
            Self::OnePerCharge => "I2 one refund of a charge",
            Self::Budget => "I3 within the budget",
            Self::HonestReply => "I5 honest reply",
            Self::LogFirst => "I6 written down before",
            Self::Evidence => "I8 closed by evidence only",
            Self::Window => "I10 nothing after the window",
            Self::SingleWriter => "I11 one writer",
            Self::Stop => "I16 nothing while stopped",
        }
    }

    /// Whether it holds in a state.
    pub fn holds(self, protocol: &Protocol, state: &State) -> bool {
        match self {
            Self::AtMostOnce => state.refunds.iter().all(|refunds| *refunds <= 1),
            Self::OnePerCharge => {
                most(protocol, state, |case, other| protocol.charge(case) == protocol.charge(other))
                    <= 1
            }
            Self::Budget => is_within_budget(protocol, state),
            Self::HonestReply => rows(state).all(|(row, refunds)| {
                !row.is_told || (refunds > 0 && row.stand == Stand::Confirmed)
            }),
            Self::LogFirst => rows(state).all(|(row, refunds)| {
                row.bytes <= row.attempt && (refunds == 0 || row.stand != Stand::New)
            }),
            Self::Evidence => rows(state).all(|(row, refunds)| {
                refunds == 0 || !matches!(row.stand, Stand::Void | Stand::Failed | Stand::Declined)
            }),
            Self::Window => !state.breaches.late_byte,
            Self::SingleWriter => !state.breaches.stale_write,
            Self::Stop => !state.breaches.moved_while_stopped,
        }
    }
}

fn rows(state: &State) -> impl Iterator<Item = (&Case, u8)> {
    state.cases.iter().zip(state.refunds)
}

/// The largest sum of refunds over cases that belong together.
fn most(protocol: &Protocol, state: &State, are_together: impl Fn(u8, u8) -> bool) -> u8 {
    (0..protocol.cases)
        .map(|case| {
            (0..protocol.cases)
                .filter(|other| are_together(case, *other))
                .fold(0_u8, |sum, other| sum.saturating_add(state.refunds_of(other)))
        })
        .max()
        .unwrap_or(0)
}

fn is_within_budget(protocol: &Protocol, state: &State) -> bool {
    let of_one =
        most(protocol, state, |case, other| protocol.customer(case) == protocol.customer(other));
    most(protocol, state, |_, _| true) <= protocol.budget
        && (!protocol.is_once_per_customer || of_one <= 1)
}
