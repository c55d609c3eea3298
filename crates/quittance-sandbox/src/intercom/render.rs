//! The workspace's objects as Intercom writes them in version 2.16.

use serde_json::{Map, Value, json};

use super::html;
use super::options::{Options, Team, Teammate};
use super::state::{
    Applied, Assignee, Author, Channel, Contact, Conversation, DataAttribute, Part, PartKind,
    Standing, State, Tag,
};

/// The most parts that one answer holds; older ones are left out.
const MOST_PARTS: usize = 500;

/// Which parts of a conversation are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
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
pub(super) enum Bodies {
    Html,
    Text,
}

impl Bodies {
    fn write(self, html: &str) -> String {
        match self {
            Self::Html => html.to_owned(),
            Self::Text => html::to_text(html),
        }
    }
}

/// A contact.
pub(super) fn contact(contact: &Contact, workspace: &str) -> Value {
    let list = |name: &str| {
        json!({
            "type": "list",
            "data": [],
            "url": format!("/contacts/{}/{name}", contact.id),
            "total_count": 0,
            "has_more": false,
        })
    };
    let email = contact.email.clone().unwrap_or_default();
    let domain = email.split_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
    json!({
        "type": "contact",
        "id": contact.id,
        "workspace_id": workspace,
        "external_id": contact.external_id,
        "role": contact.role.name(),
        "email": email,
        "email_domain": domain,
        "phone": contact.phone,
        "name": contact.name,
        "avatar": contact.avatar.as_ref().map(|url| json!({ "type": "avatar", "image_url": url })),
        "owner_id": contact.owner_id,
        "social_profiles": { "type": "list", "data": [] },
        "has_hard_bounced": false,
        "marked_email_as_spam": false,
        "unsubscribed_from_emails": contact.is_unsubscribed,
        "created_at": contact.created_at,
        "updated_at": contact.updated_at,
        "signed_up_at": contact.signed_up_at,
        "last_seen_at": contact.last_seen_at,
        "last_replied_at": contact.last_replied_at,
        "last_contacted_at": contact.last_contacted_at,
        "last_email_opened_at": null,
        "last_email_clicked_at": null,
        "language_override": contact.language,
        "browser": null,
        "browser_version": null,
        "browser_language": null,
        "os": null,
        "location": { "type": "location", "country": null, "region": null, "city": null },
        "android_app_name": null,
        "android_last_seen_at": null,
        "ios_app_name": null,
        "ios_last_seen_at": null,
        "custom_attributes": contact.custom_attributes,
        "tags": list("tags"),
        "notes": list("notes"),
        "companies": list("companies"),
    })
}

/// A conversation.
pub(super) fn conversation(
    state: &State,
    conversation: &Conversation,
    shown: Shown,
    bodies: Bodies,
) -> Value {
    let mut written = head(state, conversation, bodies);
    if let (Some(parts), Some(written)) =
        (parts(state, conversation, shown, bodies), written.as_object_mut())
    {
        written.insert("conversation_parts".to_owned(), parts);
    }
    written
}

/// A conversation without its parts.
fn head(state: &State, conversation: &Conversation, bodies: Bodies) -> Value {
    let snoozed_until = match conversation.standing {
        Standing::Snoozed { until } => Some(until),
        Standing::Open | Standing::Closed => None,
    };
    let tags: Vec<_> = conversation.tags.iter().map(|tag| applied(state, tag)).collect();
    let channel = match conversation.source.channel {
        Channel::Messenger => "messenger",
        Channel::Email => "email",
    };
    json!({
        "type": "conversation",
        "id": conversation.id.to_string(),
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "waiting_since": conversation.waiting_since,
        "snoozed_until": snoozed_until,
        "source": source(state, conversation, bodies),
        "contacts": contacts(state, conversation),
        "first_contact_reply": {
            "type": source_type(conversation.source.channel),
            "created_at": conversation.created_at,
            "url": null,
        },
        // The description says zero for nobody and forbids null.
        "admin_assignee_id": conversation.admin.unwrap_or(0),
        "team_assignee_id": conversation.team.unwrap_or(0),
        "open": conversation.standing != Standing::Closed,
        "state": conversation.standing.name(),
        "read": conversation.is_read,
        "tags": { "type": "tag.list", "tags": tags },
        "priority": "none",
        "sla_applied": null,
        "statistics": statistics(conversation),
        "conversation_rating": null,
        "teammates": teammates(conversation),
        "custom_attributes": conversation.custom_attributes,
        "company": null,
        "linked_objects": { "type": "list", "data": [], "total_count": 0, "has_more": false },
        "ai_agent": null,
        "ai_agent_participated": false,
        "channel": { "initial": channel, "current": channel },
    })
}

fn contacts(state: &State, conversation: &Conversation) -> Value {
    let contact = state.contacts.get(&conversation.contact);
    json!({
        "type": "contact.list",
        "contacts": [{
            "type": "contact",
            "id": conversation.contact,
            "external_id": contact.and_then(|known| known.external_id.clone()),
        }],
    })
}

fn parts(
    state: &State,
    conversation: &Conversation,
    shown: Shown,
    bodies: Bodies,
) -> Option<Value> {
    let all = &conversation.parts;
    let (chosen, total): (Vec<&Part>, usize) = match shown {
        Shown::Hidden => return None,
        Shown::Nothing => (Vec::new(), 0),
        Shown::Only(id) => (all.iter().filter(|part| part.id == id).collect(), 1),
        Shown::Newest => {
            let older = all.len().saturating_sub(MOST_PARTS);
            (all.iter().skip(older).collect(), all.len())
        }
    };
    let parts: Vec<_> = chosen.into_iter().map(|known| part(state, known, bodies)).collect();
    Some(json!({
        "type": "conversation_part.list",
        "conversation_parts": parts,
        "total_count": total,
    }))
}

/// The `source.type` of a channel.
pub(super) fn source_type(channel: Channel) -> &'static str {
    match channel {
        Channel::Messenger => "conversation",
        Channel::Email => "email",
    }
}

fn source(state: &State, conversation: &Conversation, bodies: Bodies) -> Value {
    let source = &conversation.source;
    let mut written = json!({
        "type": source_type(source.channel),
        "id": source.id.to_string(),
        "delivered_as": "customer_initiated",
        "subject": source.subject,
        "body": bodies.write(&source.body),
        "author": author(state, &Author::Contact(conversation.contact.clone())),
        "attachments": [],
        "url": null,
        "redacted": false,
    });
    if source.channel == Channel::Email
        && let Some(written) = written.as_object_mut()
    {
        let contact = state.contacts.get(&conversation.contact);
        let from = contact.and_then(|known| known.email.clone()).unwrap_or_default();
        let name = contact.and_then(|known| known.name.clone());
        let to = format!("support@{}.example", state.options.workspace_id);
        written.insert(
            "recipients".to_owned(),
            json!([{ "type": "to", "email": to, "drop_reason": null }]),
        );
        written.insert("reply_to".to_owned(), json!([{ "email": from, "name": name }]));
    }
    written
}

fn part(state: &State, part: &Part, bodies: Bodies) -> Value {
    let by_app = part.is_by_app.then(|| state.options.app_package_code.clone());
    let assigned_to = part.assigned_to.map(|to| match to {
        Assignee::Admin(0) | Assignee::Team(0) => json!({ "type": "nobody_admin", "id": null }),
        Assignee::Admin(id) => json!({ "type": "admin", "id": id.to_string() }),
        Assignee::Team(id) => json!({ "type": "team", "id": id.to_string() }),
    });
    let metadata = if part.reply_options.is_empty() {
        json!({})
    } else {
        json!({ "quick_reply_options": part.reply_options })
    };
    json!({
        "type": "conversation_part",
        "id": part.id.to_string(),
        "part_type": part.kind.name(),
        "body": part.body.as_ref().map(|html| bodies.write(html)),
        "created_at": part.created_at,
        "updated_at": part.created_at,
        "notified_at": part.created_at,
        "assigned_to": assigned_to,
        "author": author(state, &part.author),
        "attachments": [],
        "external_id": null,
        "redacted": false,
        "metadata": metadata,
        "email_message_metadata": null,
        "state": part.standing.name(),
        "tags": [],
        "event_details": part.event_details,
        "app_package_code": by_app,
    })
}

fn author(state: &State, author: &Author) -> Value {
    match author {
        Author::Contact(id) => {
            let contact = state.contacts.get(id);
            json!({
                "type": contact.map_or("user", |known| known.role.name()),
                "id": id,
                "name": contact.and_then(|known| known.name.clone()),
                "email": contact.and_then(|known| known.email.clone()).unwrap_or_default(),
            })
        }
        Author::Teammate(id) => {
            let teammate = state.options.teammate(*id);
            json!({
                "type": "admin",
                "id": id.to_string(),
                "name": teammate.map(|known| known.name.clone()),
                "email": teammate.map(|known| known.email.clone()).unwrap_or_default(),
                "from_ai_agent": false,
                "is_ai_answer": false,
            })
        }
        Author::Operator => json!({
            "type": "bot",
            "id": "1",
            "name": "Fin",
            "email": format!("operator+{}@intercom.io", state.options.workspace_id),
            "from_ai_agent": false,
            "is_ai_answer": false,
        }),
    }
}

/// When a contact last wrote, and when a teammate last answered.
pub(super) fn last_replies(conversation: &Conversation) -> (i64, Option<i64>) {
    let mut contact = conversation.created_at;
    let mut admin = None;
    for part in conversation.parts.iter().filter(|part| part.body.is_some()) {
        match part.author {
            Author::Contact(_) => contact = part.created_at,
            Author::Teammate(_) if part.kind != PartKind::Note => admin = Some(part.created_at),
            Author::Teammate(_) | Author::Operator => {}
        }
    }
    (contact, admin)
}

fn statistics(conversation: &Conversation) -> Value {
    let (contact, admin) = last_replies(conversation);
    let mut written = Map::new();
    written.insert("type".to_owned(), json!("conversation_statistics"));
    written.insert("first_contact_reply_at".to_owned(), json!(conversation.created_at));
    written.insert("last_contact_reply_at".to_owned(), json!(contact));
    if let Some(admin) = admin {
        written.insert("last_admin_reply_at".to_owned(), json!(admin));
    }
    let last_close = conversation.parts.iter().rfind(|part| part.kind == PartKind::Close);
    if let Some(last) = last_close {
        written.insert("last_close_at".to_owned(), json!(last.created_at));
    }
    written.insert("count_conversation_parts".to_owned(), json!(conversation.parts.len()));
    Value::Object(written)
}

fn teammates(conversation: &Conversation) -> Value {
    let mut ids: Vec<u64> = Vec::new();
    for part in &conversation.parts {
        if let Author::Teammate(id) = part.author
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Value::Null;
    }
    let teammates: Vec<_> =
        ids.iter().map(|id| json!({ "type": "admin", "id": id.to_string() })).collect();
    json!({ "type": "admin.list", "teammates": teammates })
}

/// A tag as it stands on a conversation.
pub(super) fn applied(state: &State, applied: &Applied) -> Value {
    let name = state.tags.iter().find(|tag| tag.id == applied.tag).map(|tag| tag.name.clone());
    json!({
        "type": "tag",
        "id": applied.tag.to_string(),
        "name": name.unwrap_or_default(),
        "applied_at": applied.at,
        "applied_by": { "type": "admin", "id": applied.by.to_string() },
    })
}

/// A tag of the workspace.
pub(super) fn tag(tag: &Tag) -> Value {
    json!({ "type": "tag", "id": tag.id.to_string(), "name": tag.name })
}

/// A teammate in a list.
pub(super) fn teammate(options: &Options, teammate: &Teammate) -> Value {
    let teams = options.teams.iter().filter(|team| team.members.contains(&teammate.id));
    json!({
        "type": "admin",
        "id": teammate.id.to_string(),
        "name": teammate.name,
        "email": teammate.email,
        "away_mode_enabled": false,
        "away_mode_reassign": false,
        "has_inbox_seat": teammate.has_inbox_seat,
        "team_ids": teams.map(|team| team.id).collect::<Vec<_>>(),
    })
}

/// A team.
pub(super) fn team(team: &Team) -> Value {
    json!({
        "type": "team",
        "id": team.id.to_string(),
        "name": team.name,
        "admin_ids": team.members,
        "distribution_method": "manual",
        "assignment_limit": null,
    })
}

/// The token's owner and the workspace.
pub(super) fn me(options: &Options, created_at: i64) -> Value {
    let mut written = teammate(options, &options.admin);
    if let Some(written) = written.as_object_mut() {
        written.insert("email_verified".to_owned(), json!(true));
        written.insert("avatar".to_owned(), json!({ "type": "avatar", "image_url": null }));
        let app = json!({
            "type": "app",
            "id_code": options.workspace_id,
            "name": options.workspace_name,
            "created_at": created_at,
            "secure": options.identity_verification,
            "identity_verification": options.identity_verification,
            "timezone": "UTC",
            "region": options.region,
        });
        written.insert("app".to_owned(), app);
    }
    written
}

/// The definition of a contact's attribute.
pub(super) fn data_attribute(attribute: &DataAttribute, admin: u64) -> Value {
    let mut written = json!({
        "type": "data_attribute",
        "id": attribute.id,
        "model": attribute.model,
        "name": attribute.name,
        "full_name": format!("custom_attributes.{}", attribute.name),
        "label": attribute.name,
        "data_type": attribute.data_type,
        "api_writable": true,
        "messenger_writable": attribute.is_messenger_writable,
        "ui_writable": true,
        "custom": true,
        "archived": false,
        "created_at": attribute.created_at,
        "updated_at": attribute.created_at,
        "admin_id": admin.to_string(),
    });
    if let Some(written) = written.as_object_mut() {
        if let Some(description) = &attribute.description {
            written.insert("description".to_owned(), json!(description));
        }
        if !attribute.options.is_empty() {
            written.insert("options".to_owned(), json!(attribute.options));
        }
    }
    written
}
