//! Redacting: what a message said is gone for good.

use axum::extract::State as Shared;
use axum::response::Response;

use super::super::Intercom;
use super::super::faults::Endpoint;
use super::super::fields::{Fields, Parameters};
use super::super::problem::Problem;
use super::super::render::{self, Bodies, Shown};
use super::super::state::{DELETED, State};
use super::conversations::find;
use super::{Answer, Written, with_faults, without_parameters};

/// Blanks a part, or the message that a conversation began with.
pub(super) async fn redact(
    Shared(intercom): Shared<Intercom>,
    parameters: Parameters,
    fields: Fields,
) -> Result<Response, Problem> {
    without_parameters(&parameters)?;
    let act = || intercom.with(|state, now| blank(state, &fields, now));
    Ok(with_faults(&intercom, Endpoint::Redact, act).await)
}

fn blank(state: &mut State, fields: &Fields, now: i64) -> Answer {
    let missing = || {
        Problem::missing(
            "conversation_part_or_message_not_found",
            "Conversation part or message not found",
        )
    };
    let is_source = fields.exactly("type", &["conversation_part", "source"])? == "source";
    let named = if is_source { "source_id" } else { "conversation_part_id" };
    fields.only(&["type", "conversation_id", named])?;
    let number = find(state, fields.text("conversation_id")?)?.id;
    let id: u64 = fields.text(named)?.parse().map_err(|_| missing())?;
    let conversation = state.conversations.get_mut(&number).ok_or_else(Problem::not_found)?;
    let body = if is_source {
        Some(&mut conversation.source.body).filter(|_| conversation.source.id == id)
    } else {
        let mut parts = conversation.parts.iter_mut();
        let part = parts.find(|part| part.id == id).ok_or_else(missing)?;
        // What says nothing cannot be redacted.
        let absent = || Problem::invalid(named, "conversation_part_not_redactable");
        Some(part.body.as_mut().ok_or_else(absent)?)
    };
    DELETED.clone_into(body.ok_or_else(missing)?);
    conversation.updated_at = now;
    state.counts.redactions = state.counts.redactions.saturating_add(1);
    state.touch();
    let known = find(state, &number.to_string())?;
    let shown = if is_source { Shown::Nothing } else { Shown::Only(id) };
    Ok(Written::of(&render::conversation(&*state, known, shown, Bodies::Html)))
}
