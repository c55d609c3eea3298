//! A conversation as Intercom writes it. Nothing is written as often, so it goes straight into the body.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::html;
use super::super::options::Options;
use super::super::state::{
    Applied, Assignee, Author, Channel, Contact, Conversation, DELETED, Fin, Part, PartKind,
    Standing, State, Tag,
};

/// The most parts that one answer holds; older ones are left out.
const MOST_PARTS: usize = 500;

/// Which parts of a conversation are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Shown {
    /// None, and not even the list: lists and searches.
    Hidden,
    /// An empty list.
    Nothing,
    /// The one part with this id.
    Only(u64),
    /// The newest ones.
    Newest,
}

/// How bodies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Bodies {
    Html,
    Text,
}

impl Bodies {
    fn write(self, html: &str) -> Cow<'_, str> {
        match self {
            Self::Html => html.into(),
            Self::Text => html::to_text(html).into(),
        }
    }
}

/// What a conversation names without holding it.
#[derive(Clone, Copy)]
pub(in super::super) struct Around<'s> {
    pub(in super::super) options: &'s Options,
    pub(in super::super) contacts: &'s BTreeMap<String, Contact>,
    pub(in super::super) tags: &'s [Tag],
}

impl<'s> From<&'s State> for Around<'s> {
    fn from(state: &'s State) -> Self {
        Self { options: &state.options, contacts: &state.contacts, tags: &state.tags }
    }
}

/// A conversation.
#[derive(Serialize)]
pub(in super::super) struct WrittenConversation<'s> {
    r#type: &'static str,
    id: String,
    title: Option<&'s str>,
    created_at: i64,
    updated_at: i64,
    waiting_since: Option<i64>,
    snoozed_until: Option<i64>,
    source: WrittenSource<'s>,
    contacts: Contacts<'s>,
    first_contact_reply: FirstReply,
    /// The description says zero for nobody and forbids null.
    admin_assignee_id: u64,
    team_assignee_id: u64,
    open: bool,
    state: &'static str,
    read: bool,
    tags: Tags<'s>,
    priority: &'static str,
    sla_applied: (),
    statistics: Statistics,
    conversation_rating: (),
    teammates: Option<Teammates>,
    custom_attributes: &'s Map<String, Value>,
    company: (),
    linked_objects: List,
    ai_agent: Option<AiAgent>,
    ai_agent_participated: bool,
    channel: Channels,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_parts: Option<Parts<'s>>,
}

#[derive(Serialize)]
struct WrittenSource<'s> {
    r#type: &'static str,
    id: String,
    delivered_as: &'static str,
    subject: &'s str,
    body: Cow<'s, str>,
    author: WrittenAuthor<'s>,
    attachments: [(); 0],
    url: (),
    redacted: bool,
    /// Of email only, like the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<[Recipient; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<[ReplyTo<'s>; 1]>,
}

#[derive(Serialize)]
struct Recipient {
    r#type: &'static str,
    email: String,
    drop_reason: (),
}

#[derive(Serialize)]
struct ReplyTo<'s> {
    email: &'s str,
    name: Option<&'s str>,
}

#[derive(Serialize)]
struct Contacts<'s> {
    r#type: &'static str,
    contacts: [ContactName<'s>; 1],
}

#[derive(Serialize)]
struct ContactName<'s> {
    r#type: &'static str,
    id: &'s str,
    external_id: Option<&'s str>,
}

#[derive(Serialize)]
struct FirstReply {
    r#type: &'static str,
    created_at: i64,
    url: (),
}

#[derive(Serialize)]
struct Tags<'s> {
    r#type: &'static str,
    tags: Vec<WrittenTag<'s>>,
}

/// A tag as it stands on a conversation.
#[derive(Serialize)]
pub(in super::super) struct WrittenTag<'s> {
    r#type: &'static str,
    id: String,
    name: &'s str,
    applied_at: i64,
    applied_by: Name,
}

/// Somebody or something by its id; null for nobody.
#[derive(Serialize)]
struct Name {
    r#type: &'static str,
    id: Option<String>,
}

impl Name {
    fn admin(id: u64) -> Self {
        Self { r#type: "admin", id: Some(id.to_string()) }
    }
}

#[derive(Serialize)]
struct Statistics {
    r#type: &'static str,
    first_contact_reply_at: i64,
    last_contact_reply_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_admin_reply_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_close_at: Option<i64>,
    count_conversation_parts: usize,
}

#[derive(Serialize)]
struct Teammates {
    r#type: &'static str,
    teammates: Vec<Name>,
}

#[derive(Serialize)]
struct List {
    r#type: &'static str,
    data: [(); 0],
    total_count: u32,
    has_more: bool,
}

#[derive(Serialize)]
struct Channels {
    initial: &'static str,
    current: &'static str,
}

#[derive(Serialize)]
struct Parts<'s> {
    r#type: &'static str,
    #[serde(rename = "conversation_parts")]
    shown: Vec<WrittenPart<'s>>,
    total_count: usize,
}

#[derive(Serialize)]
struct WrittenPart<'s> {
    r#type: &'static str,
    id: String,
    part_type: &'static str,
    body: Option<Cow<'s, str>>,
    created_at: i64,
    updated_at: i64,
    notified_at: i64,
    assigned_to: Option<Name>,
    author: WrittenAuthor<'s>,
    attachments: [(); 0],
    external_id: (),
    redacted: bool,
    metadata: Metadata<'s>,
    email_message_metadata: (),
    state: &'static str,
    tags: [(); 0],
    event_details: Option<&'s Value>,
    app_package_code: Option<&'s str>,
}

#[derive(Serialize)]
struct Metadata<'s> {
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    quick_reply_options: &'s [Value],
}

#[derive(Serialize)]
struct WrittenAuthor<'s> {
    r#type: &'static str,
    id: Cow<'s, str>,
    name: Option<&'s str>,
    email: Cow<'s, str>,
    /// Of those who are no contacts, like the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_ai_agent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_ai_answer: Option<bool>,
}

/// What Fin did.
#[derive(Serialize)]
struct AiAgent {
    source_type: &'static str,
    source_title: (),
    last_answer_type: &'static str,
    resolution_state: Option<&'static str>,
    rating: (),
    rating_remark: (),
    content_sources: Value,
}

fn ai_agent(fin: Fin) -> AiAgent {
    AiAgent {
        source_type: "profile",
        source_title: (),
        last_answer_type: "ai_answer",
        resolution_state: match fin {
            Fin::Answered => None,
            Fin::Escalated => Some("escalated"),
        },
        rating: (),
        rating_remark: (),
        content_sources: json!({"type": "content_source.list", "total_count": 0, "content_sources": []}),
    }
}

/// A conversation.
pub(in super::super) fn conversation<'s>(
    around: impl Into<Around<'s>>,
    conversation: &'s Conversation,
    shown: Shown,
    bodies: Bodies,
) -> WrittenConversation<'s> {
    let around = around.into();
    let snoozed_until = match conversation.standing {
        Standing::Snoozed { until } => Some(until),
        Standing::Open | Standing::Closed => None,
    };
    let channel = match conversation.source.channel {
        Channel::Messenger => "messenger",
        Channel::Email => "email",
    };
    let tags = conversation.tags.iter().map(|tag| applied(around.tags, tag)).collect();
    WrittenConversation {
        r#type: "conversation",
        id: conversation.id.to_string(),
        title: conversation.title.as_deref(),
        created_at: conversation.created_at,
        updated_at: conversation.updated_at,
        waiting_since: conversation.waiting_since,
        snoozed_until,
        source: source(around, conversation, bodies),
        contacts: contacts(around, conversation),
        first_contact_reply: FirstReply {
            r#type: source_type(conversation.source.channel),
            created_at: conversation.created_at,
            url: (),
        },
        admin_assignee_id: conversation.admin.unwrap_or(0),
        team_assignee_id: conversation.team.unwrap_or(0),
        open: conversation.standing != Standing::Closed,
        state: conversation.standing.name(),
        read: conversation.is_read,
        tags: Tags { r#type: "tag.list", tags },
        priority: "none",
        sla_applied: (),
        statistics: statistics(conversation),
        conversation_rating: (),
        teammates: teammates(conversation),
        custom_attributes: &conversation.custom_attributes,
        company: (),
        linked_objects: List { r#type: "list", data: [], total_count: 0, has_more: false },
        ai_agent: conversation.fin.map(ai_agent),
        ai_agent_participated: conversation.fin.is_some(),
        channel: Channels { initial: channel, current: channel },
        conversation_parts: parts(around, conversation, shown, bodies),
    }
}

fn contacts<'s>(around: Around<'s>, conversation: &'s Conversation) -> Contacts<'s> {
    let contact = around.contacts.get(&conversation.contact);
    let name = ContactName {
        r#type: "contact",
        id: &conversation.contact,
        external_id: contact.and_then(|known| known.external_id.as_deref()),
    };
    Contacts { r#type: "contact.list", contacts: [name] }
}

fn parts<'s>(
    around: Around<'s>,
    conversation: &'s Conversation,
    shown: Shown,
    bodies: Bodies,
) -> Option<Parts<'s>> {
    let all = &conversation.parts;
    let (chosen, total_count): (Vec<&Part>, usize) = match shown {
        Shown::Hidden => return None,
        Shown::Nothing => (Vec::new(), 0),
        Shown::Only(id) => (all.iter().filter(|part| part.id == id).collect(), 1),
        Shown::Newest => {
            let older = all.len().saturating_sub(MOST_PARTS);
            (all.iter().skip(older).collect(), all.len())
        }
    };
    let shown = chosen.into_iter().map(|known| part(around, known, bodies)).collect();
    Some(Parts { r#type: "conversation_part.list", shown, total_count })
}

/// The `source.type` of a channel.
pub(in super::super) fn source_type(channel: Channel) -> &'static str {
    match channel {
        Channel::Messenger => "conversation",
        Channel::Email => "email",
    }
}

fn source<'s>(
    around: Around<'s>,
    conversation: &'s Conversation,
    bodies: Bodies,
) -> WrittenSource<'s> {
    let source = &conversation.source;
    let contact = around.contacts.get(&conversation.contact);
    let is_email = source.channel == Channel::Email;
    let recipients = is_email.then(|| {
        let email = format!("support@{}.example", around.options.workspace_id);
        [Recipient { r#type: "to", email, drop_reason: () }]
    });
    let reply_to = is_email.then(|| {
        let email = contact.and_then(|known| known.email.as_deref()).unwrap_or_default();
        [ReplyTo { email, name: contact.and_then(|known| known.name.as_deref()) }]
    });
    WrittenSource {
        r#type: source_type(source.channel),
        id: source.id.to_string(),
        delivered_as: "customer_initiated",
        subject: &source.subject,
        body: bodies.write(&source.body),
        author: contact_author(around, &conversation.contact),
        attachments: [],
        url: (),
        redacted: source.body == DELETED,
        recipients,
        reply_to,
    }
}

fn part<'s>(around: Around<'s>, part: &'s Part, bodies: Bodies) -> WrittenPart<'s> {
    let assigned_to = part.assigned_to.map(|to| match to {
        Assignee::Admin(0) | Assignee::Team(0) => Name { r#type: "nobody_admin", id: None },
        Assignee::Admin(id) => Name::admin(id),
        Assignee::Team(id) => Name { r#type: "team", id: Some(id.to_string()) },
    });
    WrittenPart {
        r#type: "conversation_part",
        id: part.id.to_string(),
        part_type: part.kind.name(),
        body: part.body.as_ref().map(|html| bodies.write(html)),
        created_at: part.created_at,
        updated_at: part.created_at,
        notified_at: part.created_at,
        assigned_to,
        author: author(around, &part.author),
        attachments: [],
        external_id: (),
        redacted: part.body.as_deref() == Some(DELETED),
        metadata: Metadata { quick_reply_options: &part.reply_options },
        email_message_metadata: (),
        state: part.standing.name(),
        tags: [],
        event_details: part.event_details.as_ref(),
        app_package_code: part.is_by_app.then_some(&around.options.app_package_code),
    }
}

fn contact_author<'s>(around: Around<'s>, id: &'s str) -> WrittenAuthor<'s> {
    let contact = around.contacts.get(id);
    WrittenAuthor {
        r#type: contact.map_or("user", |known| known.role.name()),
        id: id.into(),
        name: contact.and_then(|known| known.name.as_deref()),
        email: contact.and_then(|known| known.email.as_deref()).unwrap_or_default().into(),
        from_ai_agent: None,
        is_ai_answer: None,
    }
}

fn author<'s>(around: Around<'s>, author: &'s Author) -> WrittenAuthor<'s> {
    let (from_ai_agent, is_ai_answer) = (Some(false), Some(false));
    match author {
        Author::Contact(id) => contact_author(around, id),
        Author::Teammate(id) => {
            let teammate = around.options.teammate(*id);
            WrittenAuthor {
                r#type: "admin",
                id: id.to_string().into(),
                name: teammate.map(|known| known.name.as_str()),
                email: teammate.map(|known| known.email.as_str()).unwrap_or_default().into(),
                from_ai_agent,
                is_ai_answer,
            }
        }
        Author::Operator | Author::Fin => WrittenAuthor {
            r#type: "bot",
            id: "1".into(),
            name: Some("Fin"),
            email: format!("operator+{}@intercom.io", around.options.workspace_id).into(),
            from_ai_agent: Some(*author == Author::Fin),
            is_ai_answer: Some(*author == Author::Fin),
        },
    }
}

/// When a contact last wrote, and when a teammate last answered.
pub(in super::super) fn last_replies(conversation: &Conversation) -> (i64, Option<i64>) {
    let mut contact = conversation.created_at;
    let mut admin = None;
    for part in conversation.parts.iter().filter(|part| part.body.is_some()) {
        match part.author {
            Author::Contact(_) => contact = part.created_at,
            Author::Teammate(_) if part.kind != PartKind::Note => admin = Some(part.created_at),
            Author::Teammate(_) | Author::Operator | Author::Fin => {}
        }
    }
    (contact, admin)
}

fn statistics(conversation: &Conversation) -> Statistics {
    let (last_contact_reply_at, last_admin_reply_at) = last_replies(conversation);
    let last_close = conversation.parts.iter().rfind(|part| part.kind == PartKind::Close);
    Statistics {
        r#type: "conversation_statistics",
        first_contact_reply_at: conversation.created_at,
        last_contact_reply_at,
        last_admin_reply_at,
        last_close_at: last_close.map(|last| last.created_at),
        count_conversation_parts: conversation.parts.len(),
    }
}

fn teammates(conversation: &Conversation) -> Option<Teammates> {
    let mut ids: Vec<u64> = Vec::new();
    for part in &conversation.parts {
        if let Author::Teammate(id) = part.author
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    let teammates = ids.iter().copied().map(Name::admin).collect();
    (!ids.is_empty()).then_some(Teammates { r#type: "admin.list", teammates })
}

/// A tag as it stands on a conversation.
pub(in super::super) fn applied<'s>(tags: &'s [Tag], applied: &Applied) -> WrittenTag<'s> {
    let known = tags.iter().find(|tag| tag.id == applied.tag);
    WrittenTag {
        r#type: "tag",
        id: applied.tag.to_string(),
        name: known.map(|tag| tag.name.as_str()).unwrap_or_default(),
        applied_at: applied.at,
        applied_by: Name::admin(applied.by),
    }
}
