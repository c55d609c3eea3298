//! The verdict: whether a proposal is carried out.

mod judge;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::action::Refund;
use crate::ids::{DecisionId, IdempotencyKey};
use crate::record::{Broken, Kind, Verified};

pub use judge::{Cause, Matter, Mode, Verdict, judge};

/// Proof that the guard allowed `T`. Only this module can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// What was allowed.
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// What an intent's log entry says: all that is needed to carry it out again after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntentEntry {
    /// The decision the intent belongs to.
    pub decision: DecisionId,
    /// The key under which it is sent.
    pub idempotency_key: IdempotencyKey,
    /// What is sent.
    pub refund: Refund,
    /// How the customer paid, as the reply will say it: `Visa 4242`.
    pub paid_with: String,
}

impl IntentEntry {
    /// The body of the log entry.
    pub fn body(&self) -> Value {
        json!(self)
    }
}

/// Makes the approval again after a restart, from an intent's entry whose place in the chain has
/// been verified.
pub fn recall(entry: &Verified) -> Result<(IntentEntry, Approved<Refund>), Broken> {
    let draft = &entry.entry().draft;
    if draft.kind != Kind::Intent {
        return Err(Broken::Unreadable("kind"));
    }
    let intent: IntentEntry =
        serde_json::from_value(draft.body.clone()).map_err(|_| Broken::Unreadable("intent"))?;
    let approved = Approved(intent.refund.clone());
    Ok((intent, approved))
}
