//! What people do outside the API: contacts in the Messenger, teammates in the inbox.

use serde_json::{Map, Value, json};

use super::Intercom;
use super::act::{Draft, NewContact, NewSource, Via};
use super::html;
use super::render::{self, Bodies, Shown};
use super::state::{
    Assignee, Author, Channel, DataAttribute, Fin, PartKind, Role, Standing, State,
};

/// A contact to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSeed {
    /// The merchant's own id; leads get one from Intercom whatever stands here.
    pub external_id: Option<String>,
    /// User or lead.
    pub role: Role,
    /// The address.
    pub email: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The language, such as `fr`.
    pub language: Option<String>,
    /// Custom attributes. One that is not defined yet is defined as browser-writable text.
    pub attributes: Map<String, Value>,
}

/// A definition of a contact's attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeSeed {
    /// The name.
    pub name: String,
    /// `string`, `integer`, `float`, `boolean` or `date`.
    pub data_type: String,
    /// Whether the customer's own browser can write it.
    pub is_messenger_writable: bool,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// The customer.
    Contact,
    /// The owner of the API token: Quittance.
    Agent,
    /// Another teammate.
    Teammate {
        /// The teammate's name.
        name: String,
    },
    /// Intercom itself.
    Operator,
}

/// A message of a conversation, as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub author: Writer,
    /// What it says.
    pub text: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Whether only teammates see it.
    pub is_note: bool,
}

impl Intercom {
    /// Defines an attribute of contacts, unless it exists.
    pub fn define_attribute(&self, seed: &AttributeSeed) {
        self.with(|state, now| define(state, seed, now));
    }

    /// Adds a contact and gives its id.
    pub fn add_contact(&self, seed: ContactSeed) -> String {
        self.with(|state, now| {
            for name in seed.attributes.keys() {
                let seed = AttributeSeed {
                    name: name.clone(),
                    data_type: "string".to_owned(),
                    is_messenger_writable: true,
                };
                define(state, &seed, now);
            }
            let new = NewContact {
                role: seed.role,
                external_id: seed.external_id,
                email: seed.email,
                name: seed.name,
            };
            let id = state.add_contact(new, now);
            if let Some(contact) = state.contacts.get_mut(&id) {
                contact.language = seed.language;
                contact.custom_attributes = seed.attributes;
                contact.signed_up_at = Some(now).filter(|_| seed.role == Role::User);
            }
            state.announce_contact(&id, "created", now);
            id
        })
    }

    /// What a script in the customer's browser does when it writes an attribute: it works only
    /// where the definition allows it. Tells whether it was written.
    pub fn write_from_browser(&self, contact: &str, name: &str, value: Value) -> bool {
        self.with(|state, now| {
            let is_writable = state
                .attributes
                .iter()
                .any(|known| known.name == name && known.is_messenger_writable);
            let Some(contact) = state.contacts.get_mut(contact).filter(|_| is_writable) else {
                return false;
            };
            contact.custom_attributes.insert(name.to_owned(), value);
            contact.updated_at = now;
            let id = contact.id.clone();
            state.touch();
            state.announce_contact(&id, "updated", now);
            true
        })
    }

    /// The contact writes in the Messenger: into the last conversation there, if it is not closed,
    /// or into a new one. Gives the conversation's id; nothing when there is no such contact.
    pub fn say(&self, contact: &str, text: &str) -> Option<String> {
        self.with(|state, now| {
            state.living(contact)?;
            let ids = state.by_contact.get(contact).into_iter().flatten().rev();
            let open = ids.copied().find(|id| {
                state.conversations.get(id).is_some_and(|known| {
                    known.source.channel == Channel::Messenger && known.standing != Standing::Closed
                })
            });
            let id = match open {
                Some(id) => {
                    state.contact_says(id, contact, text, now)?;
                    id
                }
                None => begin(state, contact, Channel::Messenger, text, now),
            };
            Some(id.to_string())
        })
    }

    /// The contact opens a new conversation in the Messenger, whatever others there are.
    pub fn say_anew(&self, contact: &str, text: &str) -> Option<String> {
        self.with(|state, now| {
            state.living(contact)?;
            Some(begin(state, contact, Channel::Messenger, text, now).to_string())
        })
    }

    /// The contact writes into this conversation, which opens again if it is closed. Gives the
    /// part's id.
    pub fn say_in(&self, conversation: &str, text: &str) -> Option<String> {
        self.with(|state, now| {
            let id = conversation.parse().ok()?;
            let contact = state.conversations.get(&id)?.contact.clone();
            state.contact_says(id, &contact, text, now).map(|part| part.to_string())
        })
    }

    /// The contact sends an e-mail, which begins a conversation. Gives its id.
    pub fn email(&self, contact: &str, text: &str) -> Option<String> {
        self.with(|state, now| {
            state.living(contact)?;
            Some(begin(state, contact, Channel::Email, text, now).to_string())
        })
    }

    /// A teammate other than the app answers in the inbox. Gives the part's id.
    pub fn teammate_replies(&self, conversation: &str, text: &str) -> Option<String> {
        self.teammate_writes(conversation, PartKind::Comment, text)
    }

    /// A teammate other than the app writes a note. Gives the part's id.
    pub fn teammate_notes(&self, conversation: &str, text: &str) -> Option<String> {
        self.teammate_writes(conversation, PartKind::Note, text)
    }

    /// A teammate other than the app takes the conversation. Gives the part's id.
    pub fn teammate_assigns_self(&self, conversation: &str) -> Option<String> {
        self.with(|state, now| {
            let (id, admin) = (conversation.parse().ok()?, colleague(state)?);
            let to = Assignee::Admin(admin);
            state.assign(id, Via::Intercom, admin, to, None, now).map(|part| part.to_string())
        })
    }

    /// A teammate other than the app closes the conversation. Gives the part's id.
    pub fn teammate_closes(&self, conversation: &str) -> Option<String> {
        self.with(|state, now| {
            let (id, admin) = (conversation.parse().ok()?, colleague(state)?);
            let draft = Draft::new(PartKind::Close, Author::Teammate(admin), None);
            let part = state.move_to(id, Via::Intercom, Standing::Closed, draft, now);
            part.map(|part| part.to_string())
        })
    }

    /// A teammate other than the app puts the conversation off until `until`, in seconds since 1970. Gives the
    /// part's id.
    pub fn teammate_snoozes(&self, conversation: &str, until: i64) -> Option<String> {
        self.with(|state, now| {
            let (id, admin) = (conversation.parse().ok()?, colleague(state)?);
            let draft = Draft::new(PartKind::Snoozed, Author::Teammate(admin), None);
            let part = state.move_to(id, Via::Intercom, Standing::Snoozed { until }, draft, now);
            part.map(|part| part.to_string())
        })
    }

    /// Intercom's operator says something by itself, such as when somebody will answer. Gives the part's id.
    pub fn bot_replies(&self, conversation: &str, text: &str) -> Option<String> {
        self.bot_writes(conversation, None, text)
    }

    /// Fin answers. Gives the part's id.
    pub fn fin_replies(&self, conversation: &str, text: &str) -> Option<String> {
        self.bot_writes(conversation, Some(Fin::Answered), text)
    }

    /// Fin gives the conversation to people, with a message. Gives the part's id.
    pub fn fin_escalates(&self, conversation: &str, text: &str) -> Option<String> {
        self.bot_writes(conversation, Some(Fin::Escalated), text)
    }

    /// Merges a lead into a user, as the Messenger does when somebody signs in.
    pub fn merge_contacts(&self, lead: &str, user: &str) {
        self.with(|state, now| {
            let (from, into) = (state.living(lead), state.living(user));
            let fits = from.is_some_and(|known| known.role == Role::Lead)
                && into.is_some_and(|known| known.role == Role::User);
            if fits {
                state.merge(lead, user, now);
            }
        });
    }

    /// Sends the test webhook of the developer hub.
    pub fn ping(&self) {
        self.with(|state, now| {
            let item =
                json!({ "type": "ping", "message": "This is a ping notification test message." });
            state.outbox.notify("ping", &item, now);
        });
    }

    /// The conversation as the API shows it, with plain text.
    pub fn conversation(&self, id: &str) -> Option<Value> {
        self.with(|state, _| {
            let known = state.conversations.get(&id.parse().ok()?)?;
            let written = render::conversation(&*state, known, Shown::Newest, Bodies::Text);
            serde_json::to_value(written).ok()
        })
    }

    /// The contact as the API shows it.
    pub fn contact(&self, id: &str) -> Option<Value> {
        self.with(|state, _| {
            let known = state.living(id)?;
            Some(render::contact(known, &state.options.workspace_id))
        })
    }

    /// The ids of all conversations, the oldest first.
    pub fn conversations(&self) -> Vec<String> {
        self.with(|state, _| state.conversations.keys().map(u64::to_string).collect())
    }

    /// The ids of a contact's conversations, the oldest first.
    pub fn conversations_of(&self, contact: &str) -> Vec<String> {
        self.with(|state, _| {
            let ids = state.by_contact.get(contact);
            ids.into_iter().flatten().map(u64::to_string).collect()
        })
    }

    /// What was written in a conversation, notes included; nothing for an unknown conversation.
    pub fn messages(&self, conversation: &str) -> Vec<Message> {
        self.with(|state, _| {
            let id = conversation.parse().ok();
            let Some(known) = id.and_then(|id: u64| state.conversations.get(&id)) else {
                return Vec::new();
            };
            let first = Message {
                author: Writer::Contact,
                text: html::to_text(&known.source.body),
                at: known.created_at,
                is_note: false,
            };
            let rest = known.parts.iter().filter_map(|part| {
                Some(Message {
                    author: writer(state, &part.author),
                    text: html::to_text(part.body.as_deref()?),
                    at: part.created_at,
                    is_note: part.kind == PartKind::Note,
                })
            });
            std::iter::once(first).chain(rest).collect()
        })
    }

    fn bot_writes(&self, conversation: &str, fin: Option<Fin>, text: &str) -> Option<String> {
        self.with(|state, now| {
            let id = conversation.parse().ok()?;
            let author = if fin.is_some() { Author::Fin } else { Author::Operator };
            let draft = Draft::new(PartKind::Comment, author, Some(html::sanitize(text)));
            state.bot_says(id, fin, draft, now).map(|part| part.to_string())
        })
    }

    fn teammate_writes(&self, conversation: &str, kind: PartKind, text: &str) -> Option<String> {
        self.with(|state, now| {
            let (id, admin) = (conversation.parse().ok()?, colleague(state)?);
            let draft = Draft::new(kind, Author::Teammate(admin), Some(html::sanitize(text)));
            let part = state.teammate_says(id, Via::Intercom, draft, now);
            part.map(|part| part.to_string())
        })
    }
}

fn begin(state: &mut State, contact: &str, channel: Channel, text: &str, now: i64) -> u64 {
    let subject = match channel {
        Channel::Messenger => String::new(),
        Channel::Email => text.lines().next().unwrap_or_default().chars().take(60).collect(),
    };
    state.begin(contact, NewSource { channel, subject, body: html::from_text(text) }, now)
}

/// The first teammate who is not the app.
fn colleague(state: &State) -> Option<u64> {
    state.options.teammates.first().map(|teammate| teammate.id)
}

fn writer(state: &State, author: &Author) -> Writer {
    match author {
        Author::Contact(_) => Writer::Contact,
        Author::Operator | Author::Fin => Writer::Operator,
        Author::Teammate(id) if *id == state.options.admin.id => Writer::Agent,
        Author::Teammate(id) => {
            let name = state.options.teammate(*id).map(|known| known.name.clone());
            Writer::Teammate { name: name.unwrap_or_default() }
        }
    }
}

fn define(state: &mut State, seed: &AttributeSeed, now: i64) {
    let is_known =
        state.attributes.iter().any(|known| known.model == "contact" && known.name == seed.name);
    if is_known {
        return;
    }
    let id = state.next_id();
    state.attributes.push(DataAttribute {
        id,
        name: seed.name.clone(),
        model: "contact".to_owned(),
        data_type: seed.data_type.clone(),
        description: None,
        options: Vec::new(),
        is_messenger_writable: seed.is_messenger_writable,
        created_at: now,
    });
    state.touch();
}
