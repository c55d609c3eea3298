//! What can happen in the workspace, whoever does it: over HTTP, in the Messenger, in the inbox.

use serde_json::{Map, Value, json};

use super::html;
use super::render::{self, Around, Bodies, Shown};
use super::state::{
    Assignee, Author, Channel, Contact, Conversation, Fin, Part, PartKind, Role, Source, Standing,
    State,
};

/// What a new contact begins with.
#[derive(Clone, Debug)]
pub(super) struct NewContact {
    pub(super) role: Role,
    pub(super) external_id: Option<String>,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

/// A part before it is written into a conversation.
pub(super) struct Draft {
    kind: PartKind,
    body: Option<String>,
    author: Author,
    assigned_to: Option<Assignee>,
    reply_options: Vec<Value>,
    event_details: Option<Value>,
}

impl Draft {
    pub(super) fn new(kind: PartKind, author: Author, body: Option<String>) -> Self {
        let (assigned_to, event_details) = (None, None);
        Self { kind, body, author, assigned_to, reply_options: Vec::new(), event_details }
    }

    pub(super) fn with_options(self, reply_options: Vec<Value>) -> Self {
        Self { reply_options, ..self }
    }
}

/// Where something happened: over the API, whose parts carry the app's mark, or in Intercom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Api,
    Intercom,
}

impl State {
    /// Writes down that something visible changed.
    pub(super) fn touch(&mut self) {
        self.revision = self.revision.saturating_add(1);
    }

    /// Adds a contact and announces it.
    pub(super) fn add_contact(&mut self, new: NewContact, now: i64) -> String {
        let id = self.next_contact_id(now);
        // Intercom gives leads an identifier of its own.
        let external_id = match new.role {
            Role::User => new.external_id,
            Role::Lead => Some(self.next_uuid()),
        };
        let contact = Contact {
            id: id.clone(),
            role: new.role,
            external_id,
            email: new.email,
            phone: None,
            name: new.name,
            avatar: None,
            owner_id: None,
            language: None,
            is_unsubscribed: false,
            created_at: now,
            updated_at: now,
            signed_up_at: None,
            last_seen_at: None,
            last_replied_at: None,
            last_contacted_at: None,
            custom_attributes: Map::new(),
            merged_into: None,
        };
        self.contacts.insert(id.clone(), contact);
        self.touch();
        id
    }

    /// Announces that a contact was made or changed.
    pub(super) fn announce_contact(&mut self, id: &str, event: &str, now: i64) {
        let Some(contact) = self.contacts.get(id) else { return };
        let topic = format!("contact.{}.{event}", contact.role.name());
        let item = render::contact(contact, &self.options.workspace_id);
        self.outbox.notify(&topic, &item, now);
    }

    /// Begins a conversation with a contact's message. `body` is HTML.
    pub(super) fn begin(&mut self, contact: &str, source: NewSource, now: i64) -> u64 {
        let id = self.next_id();
        let source_id = self.next_id();
        let conversation = Conversation {
            id,
            contact: contact.to_owned(),
            source: Source {
                id: source_id,
                channel: source.channel,
                subject: source.subject,
                body: source.body,
            },
            created_at: now,
            updated_at: now,
            waiting_since: Some(now),
            standing: Standing::Open,
            is_read: false,
            title: None,
            admin: None,
            team: None,
            tags: Vec::new(),
            custom_attributes: Map::new(),
            fin: None,
            parts: Vec::new(),
        };
        self.conversations.insert(id, conversation);
        self.by_contact.entry(contact.to_owned()).or_default().push(id);
        self.counts.conversations = self.counts.conversations.saturating_add(1);
        self.counts.contact_messages = self.counts.contact_messages.saturating_add(1);
        self.saw_contact(contact, now);
        self.touch();
        self.tell(id, "conversation.user.created", None, now);
        id
    }

    /// Adds a contact's message; a closed or snoozed conversation opens again.
    pub(super) fn contact_says(
        &mut self,
        id: u64,
        contact: &str,
        text: &str,
        now: i64,
    ) -> Option<u64> {
        let author = Author::Contact(contact.to_owned());
        let part =
            self.record(id, Via::Intercom, "conversation.user.replied", now, |conversation| {
                let kind = match conversation.standing {
                    Standing::Open => PartKind::Comment,
                    // The vendor's own example: the message that reopens has the type `open`.
                    Standing::Closed | Standing::Snoozed { .. } => PartKind::Open,
                };
                conversation.standing = Standing::Open;
                conversation.waiting_since.get_or_insert(now);
                conversation.is_read = false;
                Draft::new(kind, author, Some(html::from_text(text)))
            })?;
        self.counts.contact_messages = self.counts.contact_messages.saturating_add(1);
        self.saw_contact(contact, now);
        Some(part)
    }

    /// Adds a teammate's reply or note.
    pub(super) fn teammate_says(
        &mut self,
        id: u64,
        via: Via,
        draft: Draft,
        now: i64,
    ) -> Option<u64> {
        let is_note = draft.kind == PartKind::Note;
        let topic = if is_note { "conversation.admin.noted" } else { "conversation.admin.replied" };
        let part = self.record(id, via, topic, now, |conversation| {
            if !is_note {
                conversation.waiting_since = None;
            }
            draft
        })?;
        if !is_note {
            self.contacted(id, now);
        }
        Some(part)
    }

    /// Adds a reply of Intercom's own bot, or of Fin.
    pub(super) fn bot_says(
        &mut self,
        id: u64,
        fin: Option<Fin>,
        draft: Draft,
        now: i64,
    ) -> Option<u64> {
        self.record(id, Via::Intercom, "conversation.operator.replied", now, |conversation| {
            conversation.waiting_since = None;
            conversation.fin = fin.or(conversation.fin);
            draft
        })
    }

    /// Closes, opens or snoozes a conversation.
    pub(super) fn move_to(
        &mut self,
        id: u64,
        via: Via,
        standing: Standing,
        draft: Draft,
        now: i64,
    ) -> Option<u64> {
        let topic = match (standing, draft.kind) {
            (Standing::Closed, _) => "conversation.admin.closed",
            (Standing::Snoozed { .. }, _) => "conversation.admin.snoozed",
            (Standing::Open, PartKind::Unsnoozed) => "conversation.admin.unsnoozed",
            (Standing::Open, _) => "conversation.admin.opened",
        };
        let has_body = draft.body.is_some();
        let part = self.record(id, via, topic, now, |conversation| {
            conversation.standing = standing;
            if has_body {
                conversation.waiting_since = None;
            }
            draft
        })?;
        if let Standing::Snoozed { until } = standing {
            self.snoozed.insert((until, id));
        }
        Some(part)
    }

    /// Gives a conversation to somebody; `None` takes it from the kind of assignee named by `to`.
    pub(super) fn assign(
        &mut self,
        id: u64,
        via: Via,
        by: u64,
        to: Assignee,
        body: Option<String>,
        now: i64,
    ) -> Option<u64> {
        let is_closed = self.conversations.get(&id)?.standing == Standing::Closed;
        let (kind, topic) = if is_closed {
            (PartKind::AssignAndReopen, "conversation.admin.open.assigned")
        } else {
            (PartKind::Assignment, "conversation.admin.assigned")
        };
        self.record(id, via, topic, now, |conversation| {
            match to {
                Assignee::Admin(admin) => conversation.admin = Some(admin).filter(|id| *id != 0),
                Assignee::Team(team) => conversation.team = Some(team).filter(|id| *id != 0),
            }
            if is_closed {
                conversation.standing = Standing::Open;
            }
            let draft = Draft::new(kind, Author::Teammate(by), body);
            Draft { assigned_to: Some(to), ..draft }
        })
    }

    /// Sets one of the conversation's own attributes.
    pub(super) fn set_attribute(&mut self, id: u64, name: &str, value: &Value, now: i64) {
        let written = |value: &Value| match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        };
        let _ = self.record(id, Via::Api, "", now, |conversation| {
            let previous = if value.is_null() {
                conversation.custom_attributes.shift_remove(name)
            } else {
                conversation.custom_attributes.insert(name.to_owned(), value.clone())
            };
            let details = json!({
                "attribute": { "name": name },
                "value": { "name": written(value), "previous": previous.as_ref().map(written) },
            });
            let draft = Draft::new(PartKind::AttributeUpdated, Author::Operator, None);
            Draft { event_details: Some(details), ..draft }
        });
    }

    /// Merges a lead into a user.
    pub(super) fn merge(&mut self, from: &str, into: &str, now: i64) {
        let Some(gone) = self.contacts.get_mut(from) else { return };
        gone.merged_into = Some(into.to_owned());
        gone.updated_at = now;
        let gone = gone.clone();
        let moved = self.by_contact.remove(from).unwrap_or_default();
        for id in &moved {
            if let Some(conversation) = self.conversations.get_mut(id) {
                into.clone_into(&mut conversation.contact);
                conversation.updated_at = now;
                for part in &mut conversation.parts {
                    if part.author == Author::Contact(from.to_owned()) {
                        part.author = Author::Contact(into.to_owned());
                    }
                }
            }
        }
        self.by_contact.entry(into.to_owned()).or_default().extend(moved);
        let Some(contact) = self.contacts.get_mut(into) else { return };
        contact.updated_at = now;
        contact.email = contact.email.take().or(gone.email);
        contact.phone = contact.phone.take().or(gone.phone);
        contact.name = contact.name.take().or(gone.name);
        for (name, value) in gone.custom_attributes {
            contact.custom_attributes.entry(name).or_insert(value);
        }
        let mut item = render::contact(contact, &self.options.workspace_id);
        if let Some(item) = item.as_object_mut() {
            item.insert("merged_from".to_owned(), json!({ "type": "contact", "id": from }));
        }
        self.touch();
        self.outbox.notify("contact.merged", &item, now);
    }

    /// Opens the conversations whose snooze is over.
    pub(super) fn tick(&mut self, now: i64) {
        while let Some((until, id)) = self.snoozed.first().copied().filter(|(at, _)| *at <= now) {
            self.snoozed.pop_first();
            let is_due = self
                .conversations
                .get(&id)
                .is_some_and(|known| known.standing == Standing::Snoozed { until });
            if is_due {
                let draft = Draft::new(PartKind::Unsnoozed, Author::Operator, None);
                let _ = self.move_to(id, Via::Intercom, Standing::Open, draft, now);
            }
        }
    }

    /// Announces a conversation with the part that changed it.
    pub(super) fn tell(&mut self, id: u64, topic: &str, part: Option<u64>, now: i64) {
        if !self.outbox.wants(topic) {
            return;
        }
        let Some(conversation) = self.conversations.get(&id) else { return };
        let shown = match part {
            Some(part) => Shown::Only(part),
            None => Shown::Nothing,
        };
        // From version 2.15 on webhooks carry plain text.
        let around = Around { options: &self.options, contacts: &self.contacts, tags: &self.tags };
        let item = render::conversation(around, conversation, shown, Bodies::Text);
        self.outbox.notify(topic, &item, now);
    }

    fn record(
        &mut self,
        id: u64,
        via: Via,
        topic: &str,
        now: i64,
        change: impl FnOnce(&mut Conversation) -> Draft,
    ) -> Option<u64> {
        let part_id = self.next_id();
        let conversation = self.conversations.get_mut(&id)?;
        let draft = change(conversation);
        conversation.updated_at = now;
        conversation.parts.push(Part {
            id: part_id,
            kind: draft.kind,
            body: draft.body,
            author: draft.author,
            assigned_to: draft.assigned_to,
            created_at: now,
            standing: conversation.standing,
            is_by_app: via == Via::Api,
            reply_options: draft.reply_options,
            event_details: draft.event_details,
        });
        self.touch();
        self.tell(id, topic, Some(part_id), now);
        Some(part_id)
    }

    fn saw_contact(&mut self, contact: &str, now: i64) {
        if let Some(contact) = self.contacts.get_mut(contact) {
            contact.last_replied_at = Some(now);
            contact.last_seen_at = Some(now);
            contact.updated_at = now;
        }
    }

    fn contacted(&mut self, conversation: u64, now: i64) {
        let contact = self.conversations.get(&conversation).map(|known| known.contact.clone());
        if let Some(contact) = contact.and_then(|id| self.contacts.get_mut(&id)) {
            contact.last_contacted_at = Some(now);
        }
    }
}

/// The first message of a new conversation.
pub(super) struct NewSource {
    pub(super) channel: Channel,
    pub(super) subject: String,
    /// HTML.
    pub(super) body: String,
}
