//! The workspace itself: teammates, teams, tags, attribute definitions.

use std::sync::LazyLock;

use axum::extract::State as Shared;
use serde_json::{Value, json};

use super::super::Intercom;
use super::super::fields::{Fields, Parameters};
use super::super::problem::Problem;
use super::super::render;
use super::super::state::{DataAttribute, State, Tag};
use super::{Answer, Written, without_parameters};

pub(super) async fn me(Shared(intercom): Shared<Intercom>, parameters: Parameters) -> Answer {
    without_parameters(&parameters)?;
    let created_at = intercom.opened_at();
    Ok(Written::of(&intercom.with(|state, _| render::me(&state.options, created_at))))
}

pub(super) async fn admins(Shared(intercom): Shared<Intercom>, parameters: Parameters) -> Answer {
    without_parameters(&parameters)?;
    Ok(Written::of(&intercom.with(|state, _| {
        let options = &state.options;
        let admins: Vec<_> =
            options.admins().map(|known| render::teammate(options, known)).collect();
        json!({ "type": "admin.list", "admins": admins })
    })))
}

pub(super) async fn teams(Shared(intercom): Shared<Intercom>, parameters: Parameters) -> Answer {
    without_parameters(&parameters)?;
    Ok(Written::of(&intercom.with(|state, _| {
        let teams: Vec<_> = state.options.teams.iter().map(render::team).collect();
        json!({ "type": "team.list", "teams": teams })
    })))
}

pub(super) async fn tags(Shared(intercom): Shared<Intercom>, parameters: Parameters) -> Answer {
    without_parameters(&parameters)?;
    Ok(Written::of(&intercom.with(|state, _| {
        let tags: Vec<_> = state.tags.iter().map(render::tag).collect();
        json!({ "type": "list", "data": tags })
    })))
}

/// Creates a tag, finds it by its name, or renames it.
pub(super) async fn make_tag(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    fields.only(&["name", "id"])?;
    let name = fields.words("name")?.trim().to_owned();
    let id = fields.optional_text("id")?.map(str::to_owned);
    intercom.with(|state, _| {
        let folded = name.to_lowercase();
        let known = match &id {
            Some(id) => state.tags.iter().position(|tag| tag.id.to_string() == *id),
            None => state.tags.iter().position(|tag| tag.name.to_lowercase() == folded),
        };
        let tag = match (known.and_then(|at| state.tags.get_mut(at)), id) {
            (Some(tag), Some(_)) => {
                tag.name = name;
                tag.clone()
            }
            (Some(tag), None) => tag.clone(),
            (None, Some(_)) => return Err(Problem::missing("tag_not_found", "Tag not found")),
            (None, None) => {
                let tag = Tag { id: state.next_id(), name };
                state.tags.push(tag.clone());
                tag
            }
        };
        state.touch();
        Ok(Written::of(&render::tag(&tag)))
    })
}

pub(super) async fn attributes(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
) -> Answer {
    parameters.only(&["model", "include_archived"])?;
    let model = parameters.get("model");
    match model {
        None | Some("contact" | "company") => {}
        Some("conversation") => {
            let message = "model=conversation is no longer supported. Use GET /conversations/attributes instead";
            return Err(Problem::invalid("model", message).unprocessable());
        }
        Some(_) => return Err(Problem::invalid("model", "model must be contact or company")),
    }
    Ok(Written::of(&intercom.with(|state, _| {
        let admin = state.options.admin.id;
        let standard = STANDARD_WRITTEN.iter().cloned();
        let custom = state.attributes.iter().map(|known| render::data_attribute(known, admin));
        let data: Vec<_> = standard
            .chain(custom)
            .filter(|known| model.is_none_or(|model| known.get("model") == Some(&json!(model))))
            .collect();
        json!({ "type": "list", "data": data })
    })))
}

pub(super) async fn make_attribute(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Answer {
    without_parameters(&parameters)?;
    let attribute = read_attribute(&fields)?;
    intercom.with(|state, now| define(state, DataAttribute { created_at: now, ..attribute }))
}

/// Defines an attribute, unless one of that name exists.
pub(in super::super) fn define(state: &mut State, attribute: DataAttribute) -> Answer {
    let is_taken = state.attributes.iter().any(|known| {
        known.model == attribute.model && known.name.to_lowercase() == attribute.name.to_lowercase()
    });
    if is_taken {
        let message = format!(
            "You already have '{}' in your {} data. To save this as new {} data, use a different name.",
            attribute.name, attribute.model, attribute.model
        );
        return Err(Problem::invalid("name", message));
    }
    let attribute = DataAttribute { id: state.next_id(), ..attribute };
    let written = render::data_attribute(&attribute, state.options.admin.id);
    state.attributes.push(attribute);
    state.touch();
    Ok(Written::of(&written))
}

fn read_attribute(fields: &Fields) -> Result<DataAttribute, Problem> {
    fields.only(&["name", "model", "data_type", "description", "options", "messenger_writable"])?;
    let name = fields.words("name")?;
    let is_plain = |sign: char| sign.is_alphanumeric() || " _-$€£¥".contains(sign);
    if !name.chars().all(is_plain) {
        let message = "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens";
        return Err(Problem::invalid("name", message));
    }
    let model = fields.exactly("model", &["contact", "company"])?;
    let kinds = ["string", "integer", "float", "boolean", "datetime", "date", "options"];
    let data_type = match fields.text("data_type")? {
        known if kinds.contains(&known) => known,
        _ => return Err(Problem::invalid("data_type", "Data Type isn't an option")),
    };
    let options = fields.list("options")?;
    let options: Option<Vec<String>> = options
        .iter()
        .map(|option| option.get("value").and_then(Value::as_str).map(str::to_owned))
        .collect();
    let options = options.ok_or_else(|| Problem::invalid("options", "options need a value"))?;
    if (data_type == "options") != (options.len() >= 2) {
        let message =
            "The Data Attribute options need at least two values, and only a list has them";
        return Err(Problem::invalid("options", message));
    }
    // What a list holds is text, and a time is a date: those are the types that are reported.
    let data_type = match data_type {
        "options" => "string",
        "datetime" => "date",
        other => other,
    };
    Ok(DataAttribute {
        id: 0,
        name: name.to_owned(),
        model: model.to_owned(),
        data_type: data_type.to_owned(),
        description: fields.optional_text("description")?.map(str::to_owned),
        options,
        is_messenger_writable: fields.flag("messenger_writable")?.unwrap_or(false),
        created_at: 0,
    })
}

/// An attribute that every workspace has.
struct Standard {
    name: &'static str,
    label: &'static str,
    is_messenger_writable: bool,
}

/// The standard attributes of contacts that matter to an app like ours.
const STANDARD: [Standard; 3] = [
    Standard { name: "external_id", label: "User ID", is_messenger_writable: false },
    Standard { name: "email", label: "Email", is_messenger_writable: true },
    Standard { name: "name", label: "Name", is_messenger_writable: true },
];

/// The same as they are written.
static STANDARD_WRITTEN: LazyLock<Vec<Value>> =
    LazyLock::new(|| STANDARD.iter().map(Standard::written).collect());

impl Standard {
    fn written(&self) -> Value {
        json!({
            "type": "data_attribute",
            "model": "contact",
            "name": self.name,
            "full_name": self.name,
            "label": self.label,
            "data_type": "string",
            "api_writable": true,
            "messenger_writable": self.is_messenger_writable,
            "ui_writable": false,
            "custom": false,
            "archived": false,
        })
    }
}
