//! A question that nobody answers: the customer is reminded once, and then the conversation is left or closed.

use quittance_core::case::State;
use quittance_core::record::{Draft, Kind};
use quittance_core::reply::Reply;
use quittance_intercom::conversations::{Conversation, State as Standing};
use quittance_store::effects::{EffectKind, NewEffect};
use quittance_store::leases::{FollowUp, Lease};
use quittance_store::transition::{CaseChange, Transition};
use serde_json::json;

use crate::engine::Engine;
use crate::error::Error;
use crate::replies;

/// Whether a question has waited long enough for an answer.
pub(crate) fn is_due(engine: &Engine, lease: &Lease) -> bool {
    lease.follow_up.at.is_some_and(|at| at <= engine.now())
}

/// Does what is due about a question that nobody has answered.
pub(crate) async fn follow_up(
    engine: &Engine,
    lease: &Lease,
    conversation: &Conversation,
) -> Result<(), Error> {
    let (now, options) = (engine.now(), engine.options().follow_up);
    let (effect, follow_up, state) = if conversation.state != Standing::Open {
        // Whoever closed it or put it off has dealt with it.
        (None, FollowUp::default(), lease.state)
    } else if options.reminds(lease.follow_up) {
        (reminder(engine, lease), options.of_reminder(now), lease.state)
    } else if options.close_after_hours > 0 {
        (Some(closing(engine, lease)), FollowUp::default(), State::Closed)
    } else {
        (None, FollowUp::default(), lease.state)
    };
    let what = effect.as_ref().map_or("left as it is", |effect| effect.kind.name());
    engine.progress.tell(&lease.case, "unanswered", what);
    let case =
        CaseChange { follow_up: Some(follow_up), state: Some(state), ..CaseChange::default() };
    let effects = effect.into_iter().collect();
    Ok(engine.store().commit(lease, Transition { case, effects, ..Transition::default() }).await?)
}

fn reminder(engine: &Engine, lease: &Lease) -> Option<NewEffect> {
    let library = engine.parts.library.now();
    let language = lease.language.as_deref().unwrap_or(&engine.options().default_language);
    let (templates, at) = (&library.said.templates, engine.now());
    replies::reply(templates, language, &lease.case, at, &Reply::Reminder, &[])
}

/// The closing of a conversation in which a question was not answered: that is no resolution.
fn closing(engine: &Engine, lease: &Lease) -> NewEffect {
    let body = json!({"planned": EffectKind::Close.name(), "why": "unanswered"});
    let (at, case) = (engine.now(), Some(lease.case.clone()));
    let entry = Draft { at, case, kind: Kind::Handling, body };
    NewEffect { kind: EffectKind::Close, body: String::new(), entry }
}
