//! Which team gets a conversation that is handed over: by the reason and the language of the case.

use quittance_core::ids::TeamId;
use quittance_core::reason::Reason;
use quittance_core::record::{Draft, Kind};
use quittance_store::effects::NewEffect;
use quittance_store::leases::Lease;

use crate::engine::Engine;
use crate::error::Error;
use crate::options::Options;
use crate::replies;
use crate::talk::Talk;

/// The assignment of a conversation that is handed over by what was said just now.
pub(crate) async fn assignment(talk: &Talk<'_>) -> Result<NewEffect, Error> {
    let reason = reason(&talk.entries);
    assign(talk.engine, talk.lease, reason, Some(&talk.language)).await
}

/// The assignment of a conversation that is handed over later, by what the case is known for.
pub(crate) async fn later(engine: &Engine, lease: &Lease) -> Result<NewEffect, Error> {
    let language = engine.store().language_of(&lease.case).await?;
    assign(engine, lease, None, language.as_deref()).await
}

async fn assign(
    engine: &Engine,
    lease: &Lease,
    mut reason: Option<Reason>,
    language: Option<&str>,
) -> Result<NewEffect, Error> {
    let options = &engine.parts.options;
    if reason.is_none() && options.teams.iter().any(|rule| !rule.reasons.is_empty()) {
        let log = engine.store().log_of(&lease.case).await?;
        reason = self::reason(log.iter().map(|entry| &entry.draft));
    }
    let team = options.team_for(reason, language);
    Ok(replies::assignment(team, &lease.case, engine.now()))
}

/// The reason of the newest refund that a model proposed.
fn reason<'a>(
    entries: impl IntoIterator<Item = &'a Draft, IntoIter: DoubleEndedIterator>,
) -> Option<Reason> {
    let proposals = entries.into_iter().rev().filter(|entry| entry.kind == Kind::Proposal);
    let mut reasons = proposals.filter_map(|entry| entry.body.get("refund")?.get("reason"));
    reasons.find_map(|reason| serde_json::from_value(reason.clone()).ok())
}

impl Options {
    /// The team of the first rule that fits, or the one for everything else.
    fn team_for(&self, reason: Option<Reason>, language: Option<&str>) -> Option<&TeamId> {
        let rule = self.teams.iter().find(|rule| rule.fits(reason, language));
        rule.map(|rule| &rule.team).or(self.team.as_ref())
    }
}
