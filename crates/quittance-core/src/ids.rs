//! Identifiers. Each kind has its own type and is made only by parsing.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest identifier that is accepted, in bytes: Stripe's stated limit for ids and keys.
pub const LONGEST_ID: usize = 255;

/// A text that cannot be an identifier of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}: it must be 1 to {LONGEST_ID} visible ASCII characters")]
pub struct InvalidId {
    /// What it should have been, such as `charge id`.
    pub kind: &'static str,
    /// What it was, cut to forty characters.
    pub text: String,
}

// Thirteen types alike in all but name and meaning: the one place where a macro reads better.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The identifier as the vendor writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                check(text, $kind).map(|()| Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// An Intercom workspace, such as `ecahpwf5` (`app.id_code` of `GET /me`).
    WorkspaceId = "workspace id";
    /// An Intercom conversation; unique only within its workspace.
    ConversationId = "conversation id";
    /// One part of an Intercom conversation: a message, a note, an assignment.
    PartId = "conversation part id";
    /// An Intercom contact: a user or a lead.
    ContactId = "contact id";
    /// An Intercom teammate.
    AdminId = "admin id";
    /// An Intercom team.
    TeamId = "team id";
    /// A case: one conversation of one workspace.
    CaseId = "case id";
    /// A vendor's own id of a webhook, the key under which it counts once.
    EventId = "event id";
    /// A customer at Stripe, such as `cus_9s6XKzkNRiz8i3`.
    CustomerId = "Stripe customer id";
    /// A charge at Stripe: `ch_…` for cards, `py_…` for other ways to pay.
    ChargeId = "charge id";
    /// A payment intent at Stripe, such as `pi_3MtwBwLkdIwHu7ix`.
    PaymentIntentId = "payment intent id";
    /// A refund at Stripe: `re_…`, or `pyr_…` for ways to pay other than cards.
    RefundId = "refund id";
    /// A dispute at Stripe: `du_…` or `dp_…`.
    DisputeId = "dispute id";
    /// A subscription at Stripe, such as `sub_1MowQVLkdIwHu7ix`.
    SubscriptionId = "subscription id";
    /// A person was asked to approve something.
    ApprovalId = "approval id";
    /// A decision: one proposal judged by the guard. An allowed one has exactly one intent.
    DecisionId = "decision id";
    /// The key under which Stripe executes a request at most once.
    IdempotencyKey = "idempotency key";
}

fn check(text: &str, kind: &'static str) -> Result<(), InvalidId> {
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if !text.is_empty() && text.len() <= LONGEST_ID && is_visible {
        Ok(())
    } else {
        Err(InvalidId { kind, text: text.chars().take(40).collect() })
    }
}

impl CaseId {
    /// The case of a conversation. A conversation has one case for as long as it lives.
    pub fn of(workspace: &WorkspaceId, conversation: &ConversationId) -> Result<Self, InvalidId> {
        format!("{workspace}:{conversation}").parse()
    }
}

/// What makes two refund decisions the same decision: the facts of the business, not a random
/// number. A cloned machine, a restored backup or a replayed webhook arrives at the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionKey<'a> {
    /// The workspace the conversation belongs to.
    pub workspace: &'a WorkspaceId,
    /// The charge that would be refunded.
    pub charge: &'a ChargeId,
    /// The conversation in which the refund was asked for.
    pub conversation: &'a ConversationId,
    /// How many decisions on this charge in this conversation came before.
    pub ordinal: u32,
}

impl DecisionKey<'_> {
    /// The decision's own id, `d1-` and 32 hexadecimal digits.
    pub fn decision(&self) -> Result<DecisionId, InvalidId> {
        let hash = self.hash("decision");
        format!("d1-{}", hash.get(..32).unwrap_or(&hash)).parse()
    }

    /// The idempotency key of the decision's refund, `q1-` and 64 hexadecimal digits. It holds no
    /// personal data: <https://docs.stripe.com/api/idempotent_requests> asks for that.
    pub fn idempotency(&self) -> Result<IdempotencyKey, InvalidId> {
        format!("q1-{}", self.hash("refund")).parse()
    }

    fn hash(&self, purpose: &str) -> String {
        let mut hasher = Sha256::new();
        let ordinal = self.ordinal.to_string();
        let parts = [
            purpose,
            self.workspace.as_str(),
            self.charge.as_str(),
            self.conversation.as_str(),
            &ordinal,
        ];
        for part in parts {
            // No id holds a line feed, so no two lists of parts run together.
            hasher.update(part.as_bytes());
            hasher.update(b"\n");
        }
        hex::encode(hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_visible_ascii_of_bounded_length() {
        assert!("ch_1".parse::<ChargeId>().is_ok());
        for text in ["", "ch 1", "ch\n1", "ché", &"x".repeat(256)] {
            assert!(text.parse::<ChargeId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_decision_key_depends_on_every_part() {
        let key = |workspace: &str, charge: &str, conversation: &str, ordinal| {
            DecisionKey {
                workspace: &workspace.parse().unwrap(),
                charge: &charge.parse().unwrap(),
                conversation: &conversation.parse().unwrap(),
                ordinal,
            }
            .idempotency()
            .unwrap()
        };
        let base = key("w", "ch_1", "7", 0);
        assert_eq!(base, key("w", "ch_1", "7", 0));
        for other in [
            key("v", "ch_1", "7", 0),
            key("w", "ch_2", "7", 0),
            key("w", "ch_1", "8", 0),
            key("w", "ch_1", "7", 1),
        ] {
            assert_ne!(base, other);
        }
    }
}
