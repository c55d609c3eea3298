//! Webhooks: is it Intercom, and what is it about.
//! <https://developers.intercom.com/docs/references/webhooks/webhook-models>
//!
//! A notification is a hint. Nothing is decided on its contents; what it names is read again.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use quittance_core::ids::{AdminId, ContactId, ConversationId, EventId, PartId, WorkspaceId};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};

use crate::conversations::{Author, WireAuthor, WireParts};
use crate::error::Error;
use crate::wire::{WireId, instant, oddity};

/// What reading a notification is called in an error.
const REQUEST: &str = "read a notification";

/// Why a webhook is not taken for Intercom's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No client secret is configured that could have signed it.
    #[error("no client secret is set")]
    NoSecret,
    /// The header is not of the form `sha1=` and forty hexadecimal digits.
    #[error("the X-Hub-Signature header cannot be read")]
    Malformed,
    /// The signature fits no secret.
    #[error("the signature does not fit")]
    Mismatch,
}

/// Checks the `X-Hub-Signature` header over the bytes as they came. Any secret may fit, so that one
/// can be replaced without a gap.
///
/// No time is signed: a notification can be sent again by whoever saw it, and counts once by its id.
pub fn verify(raw: &[u8], header: &str, secrets: &[SecretString]) -> Result<(), SignatureError> {
    let digits = header.trim().strip_prefix("sha1=").ok_or(SignatureError::Malformed)?;
    let mut signature = [0_u8; 20];
    hex::decode_to_slice(digits, &mut signature).map_err(|_| SignatureError::Malformed)?;
    let mut fits = Choice::from(0);
    let mut has_secret = false;
    for secret in secrets.iter().map(ExposeSecret::expose_secret) {
        if secret.trim().is_empty() {
            continue;
        }
        has_secret = true;
        // Any length is a key, so this cannot fail.
        let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes())
            .map_err(|_| SignatureError::NoSecret)?;
        mac.update(raw);
        fits |= mac.finalize().into_bytes().as_slice().ct_eq(&signature);
    }
    match (has_secret, bool::from(fits)) {
        (true, true) => Ok(()),
        (true, false) => Err(SignatureError::Mismatch),
        (false, _) => Err(SignatureError::NoSecret),
    }
}

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A customer began a conversation.
    UserCreated,
    /// A customer wrote.
    UserReplied,
    /// A teammate wrote, or we.
    AdminReplied,
    /// The conversation was assigned.
    AdminAssigned,
    /// A teammate closed it, or we.
    AdminClosed,
    /// A teammate left a note, or we.
    AdminNoted,
    /// Fin or another bot wrote.
    OperatorReplied,
    /// Two contacts became one.
    ContactMerged,
    /// Intercom tries whether we are there.
    Ping,
    /// Anything else, by its name.
    Other(String),
}

/// What a notification says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Intercom's id of the notification, the key under which it counts once. A ping may have none
    /// and is called `ping` then.
    pub id: EventId,
    /// What it is about.
    pub topic: Topic,
    /// The workspace (`app_id`).
    pub workspace: WorkspaceId,
    /// The conversation it is about.
    pub conversation: Option<ConversationId>,
    /// The contact it is about, or the first one in the conversation.
    pub contact: Option<ContactId>,
    /// The contact that is no more, if two became one.
    pub merged_from: Option<ContactId>,
    /// The part that caused it.
    pub part: Option<PartId>,
    /// The teammate who made that part, by whom we know our own.
    pub author_admin: Option<AdminId>,
    /// When it happened, to the second. Notifications come in any order.
    pub created_at: Timestamp,
    /// When the conversation last changed, if it is about one.
    pub changed_at: Option<Timestamp>,
}

/// Reads a notification.
pub fn read(raw: &[u8]) -> Result<Notification, Error> {
    let wire: WireNotification =
        serde_json::from_slice(raw).map_err(|error| Error::unreadable(REQUEST, oddity(&error)))?;
    wire.notification().map_err(|problem| Error::unreadable(REQUEST, problem))
}

#[derive(Deserialize)]
struct WireNotification {
    id: Option<WireId>,
    topic: String,
    app_id: WireId,
    created_at: i64,
    data: Option<WireData>,
}

#[derive(Deserialize)]
struct WireData {
    item: Option<WireItem>,
}

/// The object in a notification. Old versions of the API name the contact `user`.
#[derive(Deserialize)]
struct WireItem {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<WireId>,
    updated_at: Option<i64>,
    contacts: Option<crate::conversations::WireContacts>,
    user: Option<WireReference>,
    contact: Option<WireReference>,
    merged_from: Option<WireReference>,
    conversation_parts: Option<WireParts>,
}

#[derive(Deserialize)]
struct WireReference {
    id: Option<WireId>,
}

impl WireNotification {
    fn notification(self) -> Result<Notification, String> {
        let topic = topic(self.topic);
        let id = match self.id {
            Some(id) => id.read()?,
            None if topic == Topic::Ping => WireId::Text("ping".to_owned()).read()?,
            None => return Err("no id".to_owned()),
        };
        let item = self.data.and_then(|data| data.item);
        let item = item.as_ref();
        let last = item
            .and_then(|item| item.conversation_parts.as_ref())
            .and_then(|parts| parts.conversation_parts.last());
        let author = last.and_then(|part| part.author.as_ref()).map(WireAuthor::author);
        let author_admin = match author.transpose()? {
            Some(Author::Admin(admin)) => Some(admin),
            Some(Author::Contact(_) | Author::Bot | Author::Fin | Author::Other(_)) | None => None,
        };
        let merged_from = item.and_then(|item| item.merged_from.as_ref());
        let conversation = item.map_or(Ok(None), WireItem::conversation)?;
        let changed = item.and_then(|item| item.updated_at).filter(|_| conversation.is_some());
        Ok(Notification {
            id,
            topic,
            workspace: self.app_id.read()?,
            conversation,
            contact: item.map_or(Ok(None), WireItem::contact)?,
            merged_from: WireId::read_some(merged_from.and_then(|from| from.id.as_ref()))?,
            part: last.map(|part| part.id.read()).transpose()?,
            author_admin,
            created_at: instant(self.created_at)?,
            // Nothing is decided by it, so an odd one is left out.
            changed_at: changed.and_then(|seconds| instant(seconds).ok()),
        })
    }
}

impl WireItem {
    fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    fn conversation(&self) -> Result<Option<ConversationId>, String> {
        if self.is("conversation") { WireId::read_some(self.id.as_ref()) } else { Ok(None) }
    }

    fn contact(&self) -> Result<Option<ContactId>, String> {
        if self.is("contact") {
            return WireId::read_some(self.id.as_ref());
        }
        let first = self.contacts.as_ref().and_then(|contacts| contacts.contacts.first());
        let named = self.contact.as_ref().or(self.user.as_ref());
        let named = named.and_then(|named| named.id.as_ref());
        WireId::read_some(first.map(|first| &first.id).or(named))
    }
}

fn topic(name: String) -> Topic {
    match name.as_str() {
        "conversation.user.created" => Topic::UserCreated,
        "conversation.user.replied" => Topic::UserReplied,
        "conversation.admin.replied" => Topic::AdminReplied,
        "conversation.admin.assigned" => Topic::AdminAssigned,
        "conversation.admin.closed" => Topic::AdminClosed,
        "conversation.admin.noted" => Topic::AdminNoted,
        "conversation.operator.replied" => Topic::OperatorReplied,
        "contact.merged" => Topic::ContactMerged,
        "ping" => Topic::Ping,
        _ => Topic::Other(name),
    }
}

#[cfg(test)]
mod tests;
