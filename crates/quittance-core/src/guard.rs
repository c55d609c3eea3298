//! The verdict: whether a proposal is carried out.

mod approval;
mod judge;
mod replay;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::action::Refund;
use crate::ids::{ApprovalId, ContactId, DecisionId, IdempotencyKey};
use crate::limits::Limits;
use crate::policy::PolicyVersion;
use crate::record::{Broken, Hash, Kind, Verified};

pub use approval::{Approval, to_approve};
pub use judge::{Cause, Matter, Mode, Verdict, judge};
pub use replay::{
    Asked, Replayed, Unlike, asked, database_verdict_entry, replay, rule, verdict_entry,
};

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
    /// The hash of the verdict that allowed it, which covers all that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Hash>,
    /// The policy and the limits it was allowed by, in one hash: see [`rules`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Hash>,
    /// When the conversation and the facts were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The one contact of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// What a person approved, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalId>,
}

impl IntentEntry {
    /// The body of the log entry.
    pub fn body(&self) -> Value {
        json!(self)
    }
}

/// The policy and the limits in one hash. A decision that was made by others does not stand.
pub fn rules(policy: &PolicyVersion, limits: &Limits) -> Hash {
    Hash::of(json!({"policy": policy, "limits": limits}).to_string().as_bytes())
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
