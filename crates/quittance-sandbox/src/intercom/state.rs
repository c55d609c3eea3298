//! What the stand-in workspace holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::faults::Faults;
use super::options::Options;
use super::webhook::Outbox;

/// What a contact is to the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Somebody with an account.
    User,
    /// A visitor or prospect; nobody vouches for them.
    Lead,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Lead => "lead",
        }
    }
}

/// A person who writes.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) id: String,
    pub(super) role: Role,
    pub(super) external_id: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) name: Option<String>,
    pub(super) avatar: Option<String>,
    pub(super) owner_id: Option<String>,
    pub(super) language: Option<String>,
    pub(super) is_unsubscribed: bool,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) signed_up_at: Option<i64>,
    pub(super) last_seen_at: Option<i64>,
    pub(super) last_replied_at: Option<i64>,
    pub(super) last_contacted_at: Option<i64>,
    pub(super) custom_attributes: Map<String, Value>,
    pub(super) merged_into: Option<String>,
}

/// The state of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Closed,
    Snoozed { until: i64 },
}

impl Standing {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed { .. } => "snoozed",
        }
    }
}

/// How a conversation began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Messenger,
    Email,
}

/// The first message of a conversation.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) id: u64,
    pub(super) channel: Channel,
    pub(super) subject: String,
    pub(super) body: String,
}

/// The body of what was redacted. What people type is escaped and cannot be this.
pub(super) const DELETED: &str = "<p><i>This message was deleted</i></p>";

/// Who wrote a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Author {
    Contact(String),
    Teammate(u64),
    /// Intercom itself.
    Operator,
    /// Intercom's own AI agent.
    Fin,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartKind {
    Comment,
    Note,
    QuickReply,
    Open,
    Close,
    Snoozed,
    Unsnoozed,
    Assignment,
    AssignAndReopen,
    AttributeUpdated,
}

impl PartKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Note => "note",
            Self::QuickReply => "quick_reply",
            Self::Open => "open",
            Self::Close => "close",
            Self::Snoozed => "snoozed",
            Self::Unsnoozed => "unsnoozed",
            Self::Assignment => "assignment",
            Self::AssignAndReopen => "assign_and_reopen",
            Self::AttributeUpdated => "conversation_attribute_updated_by_admin",
        }
    }
}

/// Who a conversation can be given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assignee {
    Admin(u64),
    Team(u64),
}

/// One entry of a conversation.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) id: u64,
    pub(super) kind: PartKind,
    pub(super) body: Option<String>,
    pub(super) author: Author,
    pub(super) assigned_to: Option<Assignee>,
    pub(super) created_at: i64,
    /// The conversation's state right after this part.
    pub(super) standing: Standing,
    pub(super) is_by_app: bool,
    pub(super) reply_options: Vec<Value>,
    pub(super) event_details: Option<Value>,
}

/// A tag on a conversation.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) tag: u64,
    pub(super) at: i64,
    pub(super) by: u64,
}

/// A conversation.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) id: u64,
    pub(super) contact: String,
    pub(super) source: Source,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) waiting_since: Option<i64>,
    pub(super) standing: Standing,
    pub(super) is_read: bool,
    pub(super) title: Option<String>,
    pub(super) admin: Option<u64>,
    pub(super) team: Option<u64>,
    pub(super) tags: Vec<Applied>,
    pub(super) custom_attributes: Map<String, Value>,
    pub(super) fin: Option<Fin>,
    pub(super) parts: Vec<Part>,
}

/// How far Fin, Intercom's own AI agent, is with a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fin {
    /// It has answered.
    Answered,
    /// It has given the conversation to people.
    Escalated,
}

/// A tag of the workspace.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) id: u64,
    pub(super) name: String,
}

/// A definition of a contact's attribute.
#[derive(Clone, Debug)]
pub(super) struct DataAttribute {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) model: String,
    pub(super) data_type: String,
    pub(super) description: Option<String>,
    pub(super) options: Vec<String>,
    pub(super) is_messenger_writable: bool,
    pub(super) created_at: i64,
}

/// How much has happened, for measurements and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests over HTTP, refused ones included.
    pub requests: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Conversations that began.
    pub conversations: u64,
    /// Messages by contacts.
    pub contact_messages: u64,
    /// Replies to customers that came over HTTP.
    pub replies: u64,
    /// Notes that came over HTTP.
    pub notes: u64,
    /// Conversations closed over HTTP.
    pub closes: u64,
    /// Assignments that came over HTTP.
    pub assignments: u64,
    /// Messages redacted over HTTP.
    pub redactions: u64,
    /// Webhooks handed out, duplicates included.
    pub webhooks: u64,
    /// Webhooks lost on request.
    pub webhooks_dropped: u64,
}

/// Everything the workspace holds.
#[derive(Clone)]
pub(super) struct State {
    pub(super) options: Options,
    pub(super) contacts: BTreeMap<String, Contact>,
    pub(super) conversations: BTreeMap<u64, Conversation>,
    pub(super) by_contact: HashMap<String, Vec<u64>>,
    pub(super) snoozed: BTreeSet<(i64, u64)>,
    pub(super) tags: Vec<Tag>,
    pub(super) attributes: Vec<DataAttribute>,
    pub(super) outbox: Outbox,
    pub(super) faults: Faults,
    pub(super) counts: Counts,
    /// Counts changes that somebody could see.
    pub(super) revision: u64,
    pub(super) window: (i64, u64),
    salt: String,
    sequence: u64,
}

/// The first conversation's id: long enough to be nobody's row number.
const FIRST_ID: u64 = 215_470_000_000;

impl State {
    pub(super) fn new(options: Options, outbox: Outbox, salt: String) -> Self {
        Self {
            options,
            contacts: BTreeMap::new(),
            conversations: BTreeMap::new(),
            by_contact: HashMap::new(),
            snoozed: BTreeSet::new(),
            tags: Vec::new(),
            attributes: Vec::new(),
            outbox,
            faults: Faults::default(),
            counts: Counts::default(),
            revision: 0,
            window: (0, 0),
            salt,
            sequence: 0,
        }
    }

    /// A number that no other thing of the workspace has.
    pub(super) fn next_id(&mut self) -> u64 {
        self.sequence = self.sequence.saturating_add(1);
        FIRST_ID.saturating_add(self.sequence)
    }

    /// A new contact's id: 24 hexadecimal digits that begin with the second of creation.
    pub(super) fn next_contact_id(&mut self, now: i64) -> String {
        let number = self.next_id();
        let second = u32::try_from(now).unwrap_or(u32::MAX);
        format!("{second:08x}{:.16}", digest(&self.salt, number))
    }

    /// A new random-looking identifier in the form of a UUID of version 4.
    pub(super) fn next_uuid(&mut self) -> String {
        let number = self.next_id();
        uuid(&self.salt, number)
    }

    /// A contact that still exists under its own id.
    pub(super) fn living(&self, id: &str) -> Option<&Contact> {
        self.contacts.get(id).filter(|contact| contact.merged_into.is_none())
    }
}

/// A UUID made of `salt` and `number` only, so that a run can be repeated.
pub(super) fn uuid(salt: &str, number: u64) -> String {
    let hash = digest(salt, number);
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

fn digest(salt: &str, number: u64) -> String {
    hex::encode(Sha256::digest(format!("{salt}:{number}")))
}
