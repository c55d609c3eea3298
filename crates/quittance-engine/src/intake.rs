//! The only way in: a signed webhook becomes a stored event, or nothing.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quittance_core::clock::Clock;
use quittance_core::event::Source;
use quittance_core::ids::{AdminId, WorkspaceId};
use quittance_intercom::webhook::{self as intercom, Notification, Topic};
use quittance_store::Store;
use quittance_store::inbox::{Arrival, News, Receipt, Wakes};
use quittance_stripe::webhook::{self as stripe, Event};
use secrecy::SecretString;

/// Takes webhooks in.
#[derive(Clone)]
pub struct Intake {
    /// Where events are kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The workspace whose webhooks are expected.
    pub workspace: WorkspaceId,
    /// The teammate in whose name the agent writes; its own doings wake nothing.
    pub own_admin: AdminId,
    /// The Intercom app's client secrets: the present one, and an old one while it is replaced.
    pub intercom_secrets: Arc<[SecretString]>,
    /// The Stripe endpoint's signing secrets.
    pub stripe_secrets: Arc<[SecretString]>,
    /// How long a conversation must be quiet before it is looked at.
    pub quiet: SignedDuration,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

/// What became of a webhook that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is on disk.
    Stored,
    /// It was on disk already.
    Seen,
    /// It is about nothing that concerns us.
    Ignored,
}

/// Why a webhook was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The signature is missing or does not fit.
    #[error("the webhook's signature does not fit")]
    Signature,
    /// The body is not what the sender's documentation says.
    #[error("the webhook cannot be read: {0}")]
    Unreadable(String),
    /// It could not be stored; the sender should try again.
    #[error("the webhook could not be stored")]
    NotStored(#[from] quittance_store::Error),
}

impl Intake {
    /// Takes a webhook of Intercom's in. Returns once it is on disk.
    pub async fn intercom(&self, raw: &[u8], signature: Option<&str>) -> Result<Taken, Refused> {
        let signature = signature.ok_or(Refused::Signature)?;
        intercom::verify(raw, signature, &self.intercom_secrets).map_err(|_| Refused::Signature)?;
        let notification =
            intercom::read(raw).map_err(|error| Refused::Unreadable(error.to_string()))?;
        if notification.workspace != self.workspace {
            return Err(Refused::Unreadable(format!(
                "it belongs to workspace {}, not {}",
                notification.workspace, self.workspace
            )));
        }
        let now = self.clock.now();
        let Some(wakes) = self.wakes(&notification, now) else { return Ok(Taken::Ignored) };
        let topic = topic(&notification.topic).to_owned();
        self.store_event(Arrival {
            source: Source::Intercom,
            id: notification.id,
            topic,
            at: now,
            wakes,
        })
        .await
    }

    /// Takes a webhook of Stripe's in. Returns once it is on disk.
    pub async fn stripe(&self, raw: &[u8], signature: Option<&str>) -> Result<Taken, Refused> {
        let signature = signature.ok_or(Refused::Signature)?;
        let now = self.clock.now();
        stripe::verify(raw, signature, &self.stripe_secrets, now)
            .map_err(|_| Refused::Signature)?;
        let event = stripe::read(raw).map_err(|error| Refused::Unreadable(error.to_string()))?;
        if !is_about_refunds(&event) {
            return Ok(Taken::Ignored);
        }
        let news = if is_about_making(&event) { News::Made } else { News::Changed };
        let wakes = Wakes::Refund { refund: event.refund, charge: event.charge, news };
        self.store_event(Arrival {
            source: Source::Stripe,
            id: event.id,
            topic: event.kind,
            at: now,
            wakes,
        })
        .await
    }

    async fn store_event(&self, arrival: Arrival) -> Result<Taken, Refused> {
        match self.store.take_in(arrival).await? {
            Receipt::New => Ok(Taken::Stored),
            Receipt::Seen => Ok(Taken::Seen),
        }
    }

    /// What a notification wakes. Our own doings, and topics that change nothing, wake nothing.
    fn wakes(&self, notification: &Notification, now: Timestamp) -> Option<Wakes> {
        let is_ours = notification.author_admin.as_ref() == Some(&self.own_admin);
        match notification.topic {
            // What Fin says may be that it gives up.
            Topic::UserCreated | Topic::UserReplied | Topic::OperatorReplied => {}
            Topic::AdminReplied
            | Topic::AdminAssigned
            | Topic::AdminClosed
            // A note may be what a person says about a request.
            | Topic::AdminNoted
                if !is_ours => {}
            Topic::AdminReplied
            | Topic::AdminAssigned
            | Topic::AdminClosed
            | Topic::AdminNoted
            | Topic::ContactMerged
            | Topic::Ping
            | Topic::Other(_) => return None,
        }
        let conversation = notification.conversation.clone()?;
        let due = now.saturating_add(self.quiet).unwrap_or(now);
        let changed = notification.changed_at;
        Some(Wakes::Conversation { workspace: self.workspace.clone(), conversation, due, changed })
    }
}

/// Intercom's name of a topic that wakes a case.
fn topic(topic: &Topic) -> &str {
    match topic {
        Topic::UserCreated => "conversation.user.created",
        Topic::UserReplied => "conversation.user.replied",
        Topic::AdminReplied => "conversation.admin.replied",
        Topic::AdminAssigned => "conversation.admin.assigned",
        Topic::AdminClosed => "conversation.admin.closed",
        Topic::AdminNoted => "conversation.admin.noted",
        Topic::OperatorReplied => "conversation.operator.replied",
        Topic::ContactMerged => "contact.merged",
        Topic::Ping => "ping",
        Topic::Other(name) => name,
    }
}

/// Whether it only tells that a refund was made, as it does for each of ours.
fn is_about_making(event: &Event) -> bool {
    matches!(event.kind.as_str(), "refund.created" | "charge.refunded")
}

fn is_about_refunds(event: &Event) -> bool {
    event.kind.starts_with("refund.") || event.kind.starts_with("charge.")
}
