//! Contacts: create, read, change, find, merge.

use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::Intercom;
use super::super::act::NewContact;
use super::super::fields::{Fields, Parameters};
use super::super::page::Page;
use super::super::problem::Problem;
use super::super::render;
use super::super::search::{Filter, Kind};
use super::super::state::{Contact, Role, State};
use super::{Answer, Written, without_parameters};

/// How many contacts one page of a search holds unless asked otherwise.
const PER_PAGE: i64 = 50;
/// What a contact can be created or changed with.
const WRITABLE: [&str; 13] = [
    "role",
    "external_id",
    "email",
    "email_verified",
    "phone",
    "name",
    "avatar",
    "signed_up_at",
    "last_seen_at",
    "owner_id",
    "unsubscribed_from_emails",
    "language_override",
    "custom_attributes",
];

pub(super) async fn create(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&WRITABLE)?;
    let has = |name: &str| fields.get(name).is_some();
    if !has("email") && !has("external_id") && !has("role") {
        return Err(Problem::absent("email, external_id or role"));
    }
    intercom.with(|state, now| {
        let role = role(&fields)?.unwrap_or(Role::User);
        let change = Change::read(state, &fields, role)?;
        change.check_external_id(state, None)?;
        let (external_id, email, name) = (None, None, None);
        let new = NewContact { role, external_id, email, name };
        let id = state.add_contact(new, now);
        let written = change.apply(state, &id, now)?;
        state.announce_contact(&id, "created", now);
        Ok(written)
    })
}

pub(super) async fn update(
    Shared(intercom): Shared<Intercom>,
    Path(id): Path<String>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&WRITABLE)?;
    intercom.with(|state, now| {
        let known = find_living(state, &id)?;
        let role = role(&fields)?.unwrap_or(known.role);
        if known.role == Role::User && role == Role::Lead {
            return Err(Problem::invalid("role", "a user cannot become a lead"));
        }
        let change = Change::read(state, &fields, role)?;
        change.check_external_id(state, Some(&id))?;
        let written = change.apply(state, &id, now)?;
        state.announce_contact(&id, "updated", now);
        Ok(written)
    })
}

pub(super) async fn show(
    Shared(intercom): Shared<Intercom>,
    Path(id): Path<String>,
    parameters: Parameters,
) -> Answer {
    without_parameters(&parameters)?;
    intercom.with(|state, _| Ok(written(state, find_living(state, &id)?)))
}

pub(super) async fn find(
    Shared(intercom): Shared<Intercom>,
    Path(external_id): Path<String>,
    parameters: Parameters,
) -> Answer {
    without_parameters(&parameters)?;
    intercom.with(|state, _| {
        let known = state
            .contacts
            .values()
            .find(|known| known.external_id.as_deref() == Some(external_id.as_str()))
            .ok_or_else(|| Problem::missing("not_found", "User Not Found"))?;
        match (&known.merged_into, known.role) {
            (Some(_), _) => Err(Problem::merged(&canonical(state, &known.id))),
            (None, Role::User) => Ok(written(state, known)),
            (None, Role::Lead) => Err(Problem::missing("not_found", "User Not Found")),
        }
    })
}

pub(super) async fn merge(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&["from", "into", "skip_duplicate_validation"])?;
    let (from, into) = (fields.text("from")?.to_owned(), fields.text("into")?.to_owned());
    let is_unchecked = fields.flag("skip_duplicate_validation")?.unwrap_or(false);
    intercom.with(|state, now| {
        let (lead, user) = (find_living(state, &from)?, find_living(state, &into)?);
        if lead.role != Role::Lead {
            return Err(Problem::invalid("from", "the contact to merge from must be a lead"));
        }
        if user.role != Role::User {
            return Err(Problem::invalid("into", "the contact to merge into must be a user"));
        }
        let shares = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        let is_duplicate = shares(&lead.email, &user.email) || shares(&lead.phone, &user.phone);
        if !is_unchecked && !is_duplicate {
            let message = "Contacts can only be merged when they are duplicates (matching email or phone). Pass skip_duplicate_validation=true to override this check.";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_merge", message));
        }
        state.merge(&from, &into, now);
        Ok(written(state, find_living(state, &into)?))
    })
}

pub(super) async fn search(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&["query", "pagination", "sort"])?;
    let query = fields.get("query").ok_or_else(|| Problem::absent("query"))?;
    let filter = Filter::read(query, &kind)?;
    let page = page(&fields, PER_PAGE)?;
    let (key, is_ascending) = sort(&fields)?;
    Ok(Written::of(&intercom.with(|state, now| {
        let visible_until = now.saturating_sub(state.options.search_delay_s);
        let mut found: Vec<(i64, String, Value)> = state
            .contacts
            .values()
            .filter(|known| known.merged_into.is_none() && known.created_at <= visible_until)
            .filter(|known| filter.matches(&|field| values(known, field)))
            .map(|known| {
                let at = key(known);
                let order = if is_ascending { at.saturating_neg() } else { at };
                (order, known.id.clone(), render::contact(known, &state.options.workspace_id))
            })
            .collect();
        found.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)));
        let total = found.len();
        let (data, pages) = page.cut(found);
        json!({ "type": "list", "data": data, "total_count": total, "pages": pages })
    })))
}

/// The page that the body of a search asks for.
pub(super) fn page(fields: &Fields, default: i64) -> Result<Page, Problem> {
    let Some(pagination) = fields.get("pagination") else {
        return Page::read(None, None, default);
    };
    let pagination = Fields::of("pagination", pagination)?;
    pagination.only(&["per_page", "starting_after"])?;
    let cursor = pagination.optional_text("starting_after")?;
    Page::read(pagination.optional_integer("per_page")?, cursor, default)
}

/// What contacts are sorted by, and whether the smallest comes first.
type Sort = (fn(&Contact) -> i64, bool);

fn sort(fields: &Fields) -> Result<Sort, Problem> {
    let Some(sort) = fields.get("sort") else {
        return Ok((|known| known.created_at, false));
    };
    let sort = Fields::of("sort", sort)?;
    sort.only(&["field", "order"])?;
    let key: fn(&Contact) -> i64 = match sort.optional_text("field")? {
        None | Some("created_at") => |known| known.created_at,
        Some("updated_at") => |known| known.updated_at,
        Some(_) => {
            return Err(Problem::invalid("field", "contacts cannot be sorted by this field"));
        }
    };
    let is_ascending = match sort.optional_text("order")? {
        None | Some("descending") => false,
        Some("ascending") => true,
        Some(other) => {
            let message =
                format!("Invalid sort order '{other}'. Must be one of: ascending, descending");
            return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid_sort_order", message));
        }
    };
    Ok((key, is_ascending))
}

fn kind(field: &str) -> Option<Kind> {
    match field {
        "email" => Some(Kind::Email),
        "id" | "role" | "name" | "owner_id" | "email_domain" | "phone" | "external_id"
        | "language_override" => Some(Kind::Text),
        "created_at" | "updated_at" | "signed_up_at" | "last_seen_at" | "last_contacted_at"
        | "last_replied_at" => Some(Kind::Day),
        "unsubscribed_from_emails" | "marked_email_as_spam" | "has_hard_bounced" => {
            Some(Kind::Flag)
        }
        _ => None,
    }
}

fn values(known: &Contact, field: &str) -> Vec<String> {
    let text = |value: &Option<String>| value.iter().cloned().collect();
    let time = |value: Option<i64>| value.iter().map(i64::to_string).collect();
    match field {
        "id" => vec![known.id.clone()],
        "role" => vec![known.role.name().to_owned()],
        "name" => text(&known.name),
        "owner_id" => text(&known.owner_id),
        "email" => text(&known.email),
        "email_domain" => {
            let domain = known.email.as_ref().and_then(|email| email.split_once('@'));
            domain.map(|(_, domain)| domain.to_owned()).into_iter().collect()
        }
        "phone" => text(&known.phone),
        "external_id" => text(&known.external_id),
        "language_override" => text(&known.language),
        "created_at" => time(Some(known.created_at)),
        "updated_at" => time(Some(known.updated_at)),
        "signed_up_at" => time(known.signed_up_at),
        "last_seen_at" => time(known.last_seen_at),
        "last_contacted_at" => time(known.last_contacted_at),
        "last_replied_at" => time(known.last_replied_at),
        "unsubscribed_from_emails" => vec![known.is_unsubscribed.to_string()],
        _ => vec!["false".to_owned()],
    }
}

/// A contact, or the reason why there is none under this id.
pub(super) fn find_living<'a>(state: &'a State, id: &str) -> Result<&'a Contact, Problem> {
    let known =
        state.contacts.get(id).ok_or_else(|| Problem::missing("not_found", "User Not Found"))?;
    match known.merged_into {
        Some(_) => Err(Problem::merged(&canonical(state, id))),
        None => Ok(known),
    }
}

/// Where a chain of merges ends; only users are merged into, so the chain has no loop.
fn canonical(state: &State, id: &str) -> String {
    let mut id = id;
    while let Some(next) = state.contacts.get(id).and_then(|known| known.merged_into.as_deref()) {
        id = next;
    }
    id.to_owned()
}

fn written(state: &State, known: &Contact) -> Written {
    Written::of(&render::contact(known, &state.options.workspace_id))
}

fn role(fields: &Fields) -> Result<Option<Role>, Problem> {
    match fields.optional_text("role")? {
        None => Ok(None),
        Some("user") => Ok(Some(Role::User)),
        Some("lead") => Ok(Some(Role::Lead)),
        Some(_) => Err(Problem::invalid("role", "role must be one of: user, lead")),
    }
}

/// A checked change of a contact.
struct Change {
    role: Role,
    fields: Fields,
    external_id: Option<String>,
    attributes: Map<String, Value>,
}

impl Change {
    fn read(state: &State, fields: &Fields, role: Role) -> Result<Self, Problem> {
        let external_id = fields.optional_text("external_id")?.map(str::to_owned);
        if role == Role::Lead && external_id.is_some() {
            return Err(Problem::invalid("external_id", "a lead's external_id cannot be chosen"));
        }
        if fields.flag("email_verified")?.is_some() && fields.get("email").is_none() {
            return Err(Problem::invalid("email_verified", "email_verified needs an email"));
        }
        if fields.optional_text("email")?.is_some_and(|email| !email.contains('@')) {
            return Err(Problem::invalid("email", "email is invalid"));
        }
        for name in ["phone", "name", "avatar", "owner_id", "language_override"] {
            fields.optional_text(name)?;
        }
        for name in ["signed_up_at", "last_seen_at"] {
            fields.optional_integer(name)?;
        }
        fields.flag("unsubscribed_from_emails")?;
        let attributes = fields.optional_object("custom_attributes")?.cloned().unwrap_or_default();
        for (name, value) in &attributes {
            check_attribute(state, name, value)?;
        }
        Ok(Self { role, fields: fields.clone(), external_id, attributes })
    }

    /// Refuses an `external_id` that somebody else has.
    fn check_external_id(&self, state: &State, own: Option<&str>) -> Result<(), Problem> {
        let Some(wanted) = &self.external_id else { return Ok(()) };
        let other = state.contacts.values().find(|known| {
            known.external_id.as_ref() == Some(wanted) && Some(known.id.as_str()) != own
        });
        match other {
            Some(other) => {
                let message =
                    format!("A contact matching those details already exists with id={}", other.id);
                Err(Problem::new(StatusCode::CONFLICT, "conflict", message))
            }
            None => Ok(()),
        }
    }

    fn apply(self, state: &mut State, id: &str, now: i64) -> Answer {
        state.touch();
        let workspace = state.options.workspace_id.clone();
        let Some(known) = state.contacts.get_mut(id) else { return Err(Problem::not_found()) };
        let fields = &self.fields;
        let text = |name: &str, old: &Option<String>| match fields.0.get(name) {
            None => old.clone(),
            Some(value) => value.as_str().map(str::to_owned),
        };
        let time = |name: &str, old: Option<i64>| match fields.0.get(name) {
            None => old,
            Some(value) => value.as_i64(),
        };
        known.role = self.role;
        known.external_id = self.external_id.or(known.external_id.take());
        known.email = text("email", &known.email);
        known.phone = text("phone", &known.phone);
        known.name = text("name", &known.name);
        known.avatar = text("avatar", &known.avatar);
        known.owner_id = text("owner_id", &known.owner_id);
        known.language = text("language_override", &known.language);
        known.signed_up_at = time("signed_up_at", known.signed_up_at);
        known.last_seen_at = time("last_seen_at", known.last_seen_at);
        if let Some(flag) = fields.flag("unsubscribed_from_emails")? {
            known.is_unsubscribed = flag;
        }
        for (name, value) in self.attributes {
            if value.is_null() {
                known.custom_attributes.shift_remove(&name);
            } else {
                known.custom_attributes.insert(name, value);
            }
        }
        known.updated_at = now;
        Ok(Written::of(&render::contact(known, &workspace)))
    }
}

/// Refuses an attribute that is not defined, or a value of another type.
fn check_attribute(state: &State, name: &str, value: &Value) -> Result<(), Problem> {
    let field = format!("custom_attributes.{name}");
    let known = state.attributes.iter().find(|it| it.model == "contact" && it.name == name);
    let Some(known) = known else {
        return Err(Problem::invalid(&field, format!("Custom attribute '{name}' does not exist")));
    };
    let fits = match known.data_type.as_str() {
        "integer" | "date" => value.is_i64(),
        "float" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => value.as_str().is_some_and(|text| {
            known.options.is_empty() || known.options.iter().any(|option| option == text)
        }),
    };
    if value.is_null() || fits {
        Ok(())
    } else {
        let message = format!("Custom attribute '{name}' must be of type {}", known.data_type);
        Err(Problem::invalid(&field, message))
    }
}
