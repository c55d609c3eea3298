//! Disputes of charges that were refunded here: the money may leave twice, and people must know.

use std::collections::BTreeSet;

use quittance_core::case::State;
use quittance_core::facts::Dispute;
use quittance_core::guard::Mode;
use quittance_core::record::{Draft, Entry, Kind};
use quittance_store::effects::{EffectKind, NewEffect};
use quittance_store::intents::Intent;
use quittance_store::leases::Lease;
use quittance_store::transition::{CaseChange, Transition};
use serde_json::json;

use crate::engine::Engine;
use crate::error::Error;
use crate::replies;
use crate::teams;

/// What the log calls a dispute of a refunded charge.
const DISPUTED: &str = "disputed";

/// Statuses of disputes that take no money: an inquiry that was closed, a dispute that was won or never came
/// to be. <https://docs.stripe.com/api/disputes/object#dispute_object-status>
const HARMLESS: [&str; 3] = ["warning_closed", "won", "prevented"];

/// Tells the team of every dispute of a refunded charge, once.
pub(crate) async fn tell(engine: &Engine, lease: &Lease, intent: &Intent) -> Result<(), Error> {
    let disputes = engine.parts.stripe.disputes_of(&intent.charge).await?;
    if disputes.is_empty() {
        return Ok(());
    }
    let log = engine.store().log_of(&lease.case).await?;
    let told: BTreeSet<&str> = log.iter().filter_map(dispute_in).collect();
    let is_new = |dispute: &&Dispute| {
        !told.contains(dispute.id.as_str()) && !HARMLESS.contains(&dispute.status.as_str())
    };
    for dispute in disputes.iter().filter(is_new) {
        let body = json!({"decision": intent.decision, "outcome": DISPUTED, "dispute": dispute});
        let case = Some(lease.case.clone());
        let entry = Draft { at: engine.now(), case, kind: Kind::Outcome, body };
        let case = CaseChange { state: Some(State::AwaitingPerson), ..CaseChange::default() };
        let effects = effects(engine, lease, intent, dispute).await?;
        let transition =
            Transition { entries: vec![entry], effects, case, ..Transition::default() };
        engine.store().commit(lease, transition).await?;
        let said = format!("{} of a refunded charge: {}", dispute.id, dispute.status);
        engine.progress.tell(&lease.case, "dispute", said);
    }
    Ok(())
}

/// The dispute that an entry is about.
fn dispute_in(entry: &Entry) -> Option<&str> {
    let body = &entry.draft.body;
    let outcome = body.get("outcome").filter(|_| entry.draft.kind == Kind::Outcome)?;
    let dispute = body.get("dispute").filter(|_| outcome == DISPUTED)?;
    dispute.get("id")?.as_str()
}

/// A note and the assignment. The customer is told nothing: the dispute is between banks.
async fn effects(
    engine: &Engine,
    lease: &Lease,
    intent: &Intent,
    dispute: &Dispute,
) -> Result<Vec<NewEffect>, Error> {
    let (case, at) = (&lease.case, engine.now());
    let refund = intent.refund.as_ref().map_or_else(String::new, |refund| format!(" ({refund})"));
    let note = format!(
        "The customer's bank disputes {} ({}, {}), of which {} were refunded here{refund}: the money may leave twice. \
         Answer the dispute at Stripe, with the refund as evidence.",
        intent.charge, dispute.id, dispute.status, intent.amount
    );
    let mut effects = vec![replies::handling(EffectKind::Note, case, at, note)];
    if engine.parts.options.mode != Mode::Watch {
        effects.push(teams::later(engine, lease).await?);
    }
    Ok(effects)
}
