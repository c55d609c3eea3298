//! Conversations: create, read, search, reply, close, assign, tag.

use axum::extract::{Path, State as Shared};
use axum::response::Response;
use serde_json::{Value, json};

use super::super::Intercom;
use super::super::act::{Draft, NewSource, Via};
use super::super::faults::Endpoint;
use super::super::fields::{Fields, Parameters};
use super::super::html;
use super::super::page::Page;
use super::super::problem::Problem;
use super::super::render::{self, Bodies, Shown};
use super::super::search::{Filter, Kind};
use super::super::state::{
    Applied, Assignee, Author, Channel, Conversation, PartKind, Standing, State,
};
use super::contacts::{find_living, page};
use super::{Answer, Written, with_faults, without_parameters};

/// How many conversations one page holds unless asked otherwise.
const PER_PAGE: i64 = 20;
/// How many attachments a reply may have.
const MOST_ATTACHMENTS: usize = 10;

/// Begins a conversation as a contact.
pub(super) async fn create(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&["from", "body", "created_at"])?;
    let from = fields.get("from").ok_or_else(|| Problem::absent("from"))?;
    let from = Fields::of("from", from)?;
    from.only(&["type", "id"])?;
    let kind = from.exactly("type", &["user", "lead", "contact"])?;
    let id = from.text("id")?;
    let body = fields.words("body")?;
    let created_at = fields.optional_integer("created_at")?;
    intercom.with(|state, now| {
        let contact = find_living(state, id)?;
        if kind != "contact" && kind != contact.role.name() {
            return Err(Problem::missing("not_found", "User Not Found"));
        }
        let at = created_at.unwrap_or(now).min(now);
        let source = NewSource {
            channel: Channel::Messenger,
            subject: String::new(),
            body: html::from_text(body),
        };
        let id = state.begin(id, source, at);
        let conversation = find(state, &id.to_string())?;
        Ok(Written::of(&json!({
            "type": "user_message",
            "id": conversation.source.id.to_string(),
            "created_at": at,
            "body": body,
            "message_type": "inapp",
            "conversation_id": id.to_string(),
        })))
    })
}

pub(super) async fn show(
    Shared(intercom): Shared<Intercom>,
    Path(id): Path<String>,
    parameters: Parameters,
) -> Answer {
    parameters.only(&["display_as", "include_translations"])?;
    let bodies = bodies(&parameters)?;
    intercom.with(|state, _| {
        let known = find(state, &id)?;
        Ok(Written::of(&render::conversation(&*state, known, Shown::Newest, bodies)))
    })
}

pub(super) async fn update(
    Shared(intercom): Shared<Intercom>,
    Path(id): Path<String>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    parameters.only(&["display_as"])?;
    let bodies = bodies(&parameters)?;
    fields.only(&["read", "title", "custom_attributes"])?;
    let is_read = fields.flag("read")?;
    let title = fields.optional_text("title")?;
    let attributes = fields.optional_object("custom_attributes")?.cloned().unwrap_or_default();
    for (name, value) in &attributes {
        if !(value.is_string() || value.is_i64() || value.is_null()) {
            let field = format!("custom_attributes.{name}");
            return Err(Problem::invalid(&field, "the value must be a string or an integer"));
        }
    }
    intercom.with(|state, now| {
        let number = find(state, &id)?.id;
        if let Some(known) = state.conversations.get_mut(&number) {
            known.is_read = is_read.unwrap_or(known.is_read);
            if let Some(title) = title {
                known.title = Some(title.to_owned());
            }
            known.updated_at = now;
        }
        for (name, value) in &attributes {
            state.set_attribute(number, name, value, now);
        }
        state.touch();
        if is_read == Some(true) {
            state.tell(number, "conversation.read", None, now);
        }
        let known = find(state, &id)?;
        Ok(Written::of(&render::conversation(&*state, known, Shown::Newest, bodies)))
    })
}

pub(super) async fn list(Shared(intercom): Shared<Intercom>, parameters: Parameters) -> Answer {
    parameters.only(&["per_page", "starting_after"])?;
    let cursor = parameters.get("starting_after");
    let page = Page::read(parameters.integer("per_page")?, cursor, PER_PAGE)?;
    Ok(Written::of(&intercom.with(|state, _| listed(state, &page, |_| true))))
}

pub(super) async fn search(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    // A `sort` is documented for contacts only.
    fields.only(&["query", "pagination"])?;
    let query = fields.get("query").ok_or_else(|| Problem::absent("query"))?;
    let filter = Filter::read(query, &kind)?;
    let page = page(&fields, PER_PAGE)?;
    Ok(Written::of(&intercom.with(|state, now| {
        let visible_until = now.saturating_sub(state.options.search_delay_s);
        listed(state, &page, |known| {
            known.updated_at <= visible_until
                && filter.matches(&|field| values(state, known, field))
        })
    })))
}

/// One page of the conversations that are `wanted`, the last changed first.
fn listed(state: &State, page: &Page, wanted: impl Fn(&Conversation) -> bool) -> Value {
    let mut found: Vec<_> = state
        .conversations
        .values()
        .filter(|known| wanted(known))
        .map(|known| (known.updated_at, known.id.to_string(), known))
        .collect();
    found.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)));
    let total = found.len();
    let (conversations, pages) = page.cut(found);
    let conversations: Vec<_> = conversations
        .into_iter()
        .map(|known| render::conversation(state, known, Shown::Hidden, Bodies::Html))
        .collect();
    json!({
        "type": "conversation.list",
        "conversations": conversations,
        "total_count": total,
        "pages": pages,
    })
}

/// Adds a message: a teammate's reply or note, or one in a contact's name.
pub(super) async fn reply(
    Shared(intercom): Shared<Intercom>,
    Path(id): Path<String>,
    parameters: Parameters,
    fields: Fields,
) -> Result<Response, Problem> {
    without_parameters(&parameters)?;
    let act = || {
        intercom.with(|state, now| match fields.exactly("type", &["admin", "user"])? {
            "admin" => admin_reply(state, &id, &fields, now),
            _ => contact_reply(state, &id, &fields, now),
        })
    };
    Ok(with_faults(&intercom, Endpoint::Reply, act).await)
}

fn admin_reply(state: &mut State, id: &str, fields: &Fields, now: i64) -> Answer {
    fields.only(&[
        "message_type",
        "type",
        "admin_id",
        "body",
        "created_at",
        "reply_options",
        "attachment_urls",
        "attachment_files",
        "skip_notifications",
    ])?;
    let number = find(state, id)?.id;
    let admin = admin(state, fields)?;
    fields.flag("skip_notifications")?;
    for name in ["attachment_urls", "attachment_files"] {
        if fields.list(name)?.len() > MOST_ATTACHMENTS {
            return Err(Problem::invalid(name, format!("at most {MOST_ATTACHMENTS} attachments")));
        }
    }
    let at = fields.optional_integer("created_at")?.unwrap_or(now).min(now);
    let author = Author::Teammate(admin);
    let draft = match fields.exactly("message_type", &["comment", "note", "quick_reply"])? {
        "quick_reply" => {
            let body = fields.optional_text("body")?.map(html::sanitize);
            let options = reply_options(fields)?;
            Draft::new(PartKind::QuickReply, author, body).with_options(options)
        }
        kind => {
            let kind = if kind == "note" { PartKind::Note } else { PartKind::Comment };
            Draft::new(kind, author, Some(html::sanitize(fields.words("body")?)))
        }
    };
    let is_note = fields.text("message_type")? == "note";
    let counts = &mut state.counts;
    let counter = if is_note { &mut counts.notes } else { &mut counts.replies };
    *counter = counter.saturating_add(1);
    let part = state.teammate_says(number, Via::Api, draft, at);
    with_part(state, number, part)
}

fn reply_options(fields: &Fields) -> Result<Vec<Value>, Problem> {
    let options = fields.list("reply_options")?;
    if options.is_empty() {
        return Err(Problem::absent("reply_options"));
    }
    for option in options {
        let option = Fields::of("reply_options", option)?;
        option.only(&["text", "uuid"])?;
        option.words("text")?;
        option.words("uuid")?;
    }
    Ok(options.to_vec())
}

fn contact_reply(state: &mut State, id: &str, fields: &Fields, now: i64) -> Answer {
    fields.only(&["message_type", "type", "body", "intercom_user_id", "user_id", "email"])?;
    fields.exactly("message_type", &["comment"])?;
    let body = fields.words("body")?;
    let (by_id, by_external_id, by_email) = (
        fields.optional_text("intercom_user_id")?,
        fields.optional_text("user_id")?,
        fields.optional_text("email")?,
    );
    let contact = state.contacts.values().find(|known| {
        let is = |wanted: Option<&str>, held: Option<&str>| wanted.is_some() && wanted == held;
        known.merged_into.is_none()
            && (is(by_id, Some(&known.id))
                || is(by_external_id, known.external_id.as_deref())
                || is(by_email, known.email.as_deref()))
    });
    let Some(contact) = contact.map(|known| known.id.clone()) else {
        return Err(Problem::missing("not_found", "User Not Found"));
    };
    let number = if id == "last" {
        let last = state.by_contact.get(&contact).and_then(|ids| ids.last());
        last.copied().ok_or_else(Problem::not_found)?
    } else {
        find(state, id)?.id
    };
    let part = state.contact_says(number, &contact, body, now);
    with_part(state, number, part)
}

/// Closes, snoozes, opens or assigns.
pub(super) async fn parts(
    Shared(intercom): Shared<Intercom>,
    Path(id): Path<String>,
    parameters: Parameters,
    fields: Fields,
) -> Result<Response, Problem> {
    without_parameters(&parameters)?;
    let act = || intercom.with(|state, now| manage(state, &id, &fields, now));
    Ok(with_faults(&intercom, Endpoint::Parts, act).await)
}

fn manage(state: &mut State, id: &str, fields: &Fields, now: i64) -> Answer {
    let what = fields.exactly("message_type", &["close", "snoozed", "open", "assignment"])?;
    let number = find(state, id)?.id;
    let admin = admin(state, fields)?;
    let author = Author::Teammate(admin);
    let part = match what {
        "close" => {
            fields.only(&["message_type", "type", "admin_id", "body"])?;
            fields.exactly("type", &["admin"])?;
            let body = fields.optional_text("body")?.map(html::sanitize);
            state.counts.closes = state.counts.closes.saturating_add(1);
            let draft = Draft::new(PartKind::Close, author, body);
            state.move_to(number, Via::Api, Standing::Closed, draft, now)
        }
        "snoozed" => {
            fields.only(&["message_type", "admin_id", "snoozed_until"])?;
            let until = fields.integer("snoozed_until")?;
            if until <= now {
                let message = "snoozed_until must be in the future";
                return Err(Problem::invalid("snoozed_until", message));
            }
            let draft = Draft::new(PartKind::Snoozed, author, None);
            state.move_to(number, Via::Api, Standing::Snoozed { until }, draft, now)
        }
        "open" => {
            fields.only(&["message_type", "admin_id"])?;
            let draft = Draft::new(PartKind::Open, author, None);
            state.move_to(number, Via::Api, Standing::Open, draft, now)
        }
        _ => {
            let to = assignee(state, fields)?;
            let body = fields.optional_text("body")?.map(html::sanitize);
            state.counts.assignments = state.counts.assignments.saturating_add(1);
            state.assign(number, Via::Api, admin, to, body, now)
        }
    };
    with_part(state, number, part)
}

fn assignee(state: &State, fields: &Fields) -> Result<Assignee, Problem> {
    fields.only(&["message_type", "type", "admin_id", "assignee_id", "body"])?;
    let kind = fields.exactly("type", &["admin", "team"])?;
    let missing = || Problem::missing("assignee_not_found", "Assignee not found");
    let id: u64 = fields.text("assignee_id")?.parse().map_err(|_| missing())?;
    match (kind, id) {
        ("admin", 0) => Ok(Assignee::Admin(0)),
        ("admin", id) => match state.options.teammate(id) {
            Some(known) if known.has_inbox_seat => Ok(Assignee::Admin(id)),
            Some(_) => Err(Problem::invalid("assignee_id", "the assignee has no inbox seat")),
            None => Err(missing()),
        },
        (_, 0) => Ok(Assignee::Team(0)),
        (_, id) if state.options.teams.iter().any(|team| team.id == id) => Ok(Assignee::Team(id)),
        (_, _) => Err(missing()),
    }
}

pub(super) async fn attach_tag(
    Shared(intercom): Shared<Intercom>,
    Path(id): Path<String>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&["id", "admin_id"])?;
    let tag = fields.text("id")?;
    intercom.with(|state, now| {
        let number = conversation_to_tag(state, &id)?;
        let by = admin(state, &fields)?;
        let tag = tag_id(state, tag)?;
        let Some(known) = state.conversations.get_mut(&number) else {
            return Err(Problem::not_found());
        };
        let present = known.tags.iter().find(|it| it.tag == tag).cloned();
        let applied = present.unwrap_or_else(|| {
            let applied = Applied { tag, at: now, by };
            known.tags.push(applied.clone());
            known.updated_at = now;
            applied
        });
        state.touch();
        Ok(Written::of(&render::applied(&state.tags, &applied)))
    })
}

pub(super) async fn detach_tag(
    Shared(intercom): Shared<Intercom>,
    Path((id, tag)): Path<(String, String)>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&["admin_id"])?;
    intercom.with(|state, now| {
        let number = conversation_to_tag(state, &id)?;
        admin(state, &fields)?;
        let tag = tag_id(state, &tag)?;
        let Some(known) = state.conversations.get_mut(&number) else {
            return Err(Problem::not_found());
        };
        let Some(at) = known.tags.iter().position(|it| it.tag == tag) else {
            return Err(Problem::missing("tag_not_found", "Tag not found"));
        };
        let applied = known.tags.remove(at);
        known.updated_at = now;
        state.touch();
        Ok(Written::of(&render::applied(&state.tags, &applied)))
    })
}

fn conversation_to_tag(state: &State, id: &str) -> Result<u64, Problem> {
    let missing = |_| Problem::missing("not_found", "Conversation not found");
    find(state, id).map(|known| known.id).map_err(missing)
}

fn tag_id(state: &State, id: &str) -> Result<u64, Problem> {
    let known = state.tags.iter().find(|tag| tag.id.to_string() == id);
    known.map(|tag| tag.id).ok_or_else(|| Problem::missing("tag_not_found", "Tag not found"))
}

pub(super) fn find<'a>(state: &'a State, id: &str) -> Result<&'a Conversation, Problem> {
    let number: u64 = id.parse().map_err(|_| Problem::not_found())?;
    state.conversations.get(&number).ok_or_else(Problem::not_found)
}

/// The teammate who acts.
fn admin(state: &State, fields: &Fields) -> Result<u64, Problem> {
    let known = fields.text("admin_id")?.parse().ok().and_then(|id| state.options.teammate(id));
    let missing = || Problem::missing("admin_not_found", "Admin for admin_id not found");
    known.map(|teammate| teammate.id).ok_or_else(missing)
}

fn bodies(parameters: &Parameters) -> Result<Bodies, Problem> {
    match parameters.get("display_as") {
        None | Some("html") => Ok(Bodies::Html),
        Some("plaintext") => Ok(Bodies::Text),
        Some(_) => Err(Problem::invalid("display_as", "display_as must be html or plaintext")),
    }
}

fn with_part(state: &State, number: u64, part: Option<u64>) -> Answer {
    let shown = part.map_or(Shown::Nothing, Shown::Only);
    let known = state.conversations.get(&number).ok_or_else(Problem::not_found)?;
    Ok(Written::of(&render::conversation(state, known, shown, Bodies::Html)))
}

fn kind(field: &str) -> Option<Kind> {
    match field {
        "id" | "source.type" | "source.id" | "source.subject" | "contact_ids" | "state"
        | "tag_ids" | "priority" | "channel_initiated" | "source.author.id"
        | "source.author.type" | "source.author.name" => Some(Kind::Text),
        "source.author.email" => Some(Kind::Email),
        "source.body" => Some(Kind::Words),
        "admin_assignee_id" | "team_assignee_id" => Some(Kind::Integer),
        "created_at"
        | "updated_at"
        | "waiting_since"
        | "snoozed_until"
        | "statistics.last_contact_reply_at"
        | "statistics.last_admin_reply_at" => Some(Kind::Instant),
        "open" | "read" | "ai_agent_participated" => Some(Kind::Flag),
        _ => None,
    }
}

fn values(state: &State, known: &Conversation, field: &str) -> Vec<String> {
    let time = |value: Option<i64>| value.iter().map(i64::to_string).collect();
    let contact = state.contacts.get(&known.contact);
    let (contact_at, admin_at) = render::last_replies(known);
    match field {
        "id" => vec![known.id.to_string()],
        "source.type" => vec![render::source_type(known.source.channel).to_owned()],
        "source.id" => vec![known.source.id.to_string()],
        "source.subject" => vec![known.source.subject.clone()],
        "source.body" => vec![html::to_text(&known.source.body)],
        "source.author.id" | "contact_ids" => vec![known.contact.clone()],
        "source.author.type" => contact.map(|it| it.role.name().to_owned()).into_iter().collect(),
        "source.author.name" => contact.and_then(|it| it.name.clone()).into_iter().collect(),
        "source.author.email" => contact.and_then(|it| it.email.clone()).into_iter().collect(),
        "state" => vec![known.standing.name().to_owned()],
        "tag_ids" => known.tags.iter().map(|tag| tag.tag.to_string()).collect(),
        "priority" => vec!["none".to_owned()],
        "channel_initiated" => match known.source.channel {
            Channel::Messenger => vec!["messenger".to_owned()],
            Channel::Email => vec!["email".to_owned()],
        },
        "admin_assignee_id" => vec![known.admin.unwrap_or(0).to_string()],
        "team_assignee_id" => vec![known.team.unwrap_or(0).to_string()],
        "created_at" => time(Some(known.created_at)),
        "updated_at" => time(Some(known.updated_at)),
        "waiting_since" => time(known.waiting_since),
        "snoozed_until" => match known.standing {
            Standing::Snoozed { until } => time(Some(until)),
            Standing::Open | Standing::Closed => Vec::new(),
        },
        "statistics.last_contact_reply_at" => time(Some(contact_at)),
        "statistics.last_admin_reply_at" => time(admin_at),
        "open" => vec![(known.standing != Standing::Closed).to_string()],
        "read" => vec![known.is_read.to_string()],
        _ => vec!["false".to_owned()],
    }
}
