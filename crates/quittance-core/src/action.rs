//! What may be proposed, and what is carried out when it is allowed.

use serde::{Deserialize, Serialize};

use crate::ids::ChargeId;
use crate::money::Money;
use crate::reason::Reason;

/// What the model would like to do. Nothing in it is authority: the guard looks up the charge, the
/// policy sets the amount, and the reason only selects clauses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Which charge.
    pub charge: ChargeId,
    /// What the customer says is the matter.
    pub reason: Reason,
    /// How much the customer asks for; all that the policy gives where there is no amount.
    pub asked: Option<Money>,
}

/// A refund that may be sent: exactly what Stripe is told, and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Which charge.
    pub charge: ChargeId,
    /// How much, in the charge's currency; never nothing.
    pub amount: Money,
    /// Why.
    pub reason: Reason,
}
