//! Looks at refunds again after Stripe said something about them.

use quittance_core::case::State;
use quittance_core::facts::Refund;
use quittance_core::record::{Draft, Kind};
use quittance_core::reply::Reply;
use quittance_store::effects::{EffectKind, NewEffect};
use quittance_store::intents::{Intent, IntentMove, IntentState, Settled};
use quittance_store::leases::Lease;
use quittance_store::transition::{CaseChange, Transition};
use serde_json::json;

use crate::carry_out::{bounced, is_same, status};
use crate::disputes;
use crate::engine::Engine;
use crate::error::Error;
use crate::people::call_person;
use crate::replies;

/// Looks at the case's refunds again. One that the bank sent back is a person's matter, and never sent
/// again; one that was given up and turns up after all is confirmed, and whoever has it is told.
pub(crate) async fn recheck(
    engine: &Engine,
    lease: &Lease,
    intents: &[Intent],
) -> Result<(), Error> {
    for intent in intents {
        match intent.state {
            IntentState::Confirmed => {
                reversed(engine, lease, intent).await?;
                disputes::tell(engine, lease, intent).await?;
            }
            IntentState::Parked => turned_up(engine, lease, intent).await?,
            IntentState::Intent
            | IntentState::Marked
            | IntentState::Unknown
            | IntentState::Void
            | IntentState::Failed
            | IntentState::Reversed => {}
        }
    }
    let case = CaseChange { is_rechecked: true, ..CaseChange::default() };
    Ok(engine.store().commit(lease, Transition { case, ..Transition::default() }).await?)
}

async fn reversed(engine: &Engine, lease: &Lease, intent: &Intent) -> Result<(), Error> {
    let listed = engine.parts.stripe.refunds_of(&intent.charge).await?;
    let found = listed.iter().find(|refund| Some(&refund.id) == intent.refund.as_ref());
    let Some(found) = found.filter(|refund| !refund.status.may_stand()) else { return Ok(()) };
    engine.progress.tell(&lease.case, "refund", bounced(found));
    let to = Settled::Reversed { status: status(&found.status).to_owned() };
    let said = Reply::RefundFailed(found.amount);
    let effects = call_person(engine, lease, &bounced(found), &said).await?;
    write(engine, lease, intent, Learned { outcome: "reversed", found, to, effects }).await
}

async fn turned_up(engine: &Engine, lease: &Lease, intent: &Intent) -> Result<(), Error> {
    let listed = engine.parts.stripe.refunds_of(&intent.charge).await?;
    let Some(found) = listed.iter().find(|refund| is_same(refund, intent)) else { return Ok(()) };
    let (amount, status) = (found.amount, status(&found.status).to_owned());
    let told = format!("the refund of {amount} was made after all: {} ({status})", found.id);
    engine.progress.tell(&lease.case, "refund", told.clone());
    let to = Settled::Confirmed { refund: found.id.clone(), status };
    let note = format!("About the refund that was not known to be made: {told}.");
    let effects = vec![replies::handling(EffectKind::Note, &lease.case, engine.now(), note)];
    write(engine, lease, intent, Learned { outcome: "confirmed", found, to, effects }).await
}

/// What was found out about a refund, and what follows.
struct Learned<'a> {
    outcome: &'static str,
    found: &'a Refund,
    to: Settled,
    effects: Vec<NewEffect>,
}

async fn write(
    engine: &Engine,
    lease: &Lease,
    intent: &Intent,
    learned: Learned<'_>,
) -> Result<(), Error> {
    let Learned { outcome, found, to, effects } = learned;
    let body = json!({"decision": intent.decision, "outcome": outcome, "refund": found});
    let case = Some(lease.case.clone());
    let entry = Draft { at: engine.now(), case, kind: Kind::Outcome, body };
    let settle = Some(IntentMove { decision: intent.decision.clone(), to, entry });
    let case = CaseChange { state: Some(State::AwaitingPerson), ..CaseChange::default() };
    let transition = Transition { settle, effects, case, ..Transition::default() };
    Ok(engine.store().commit(lease, transition).await?)
}
