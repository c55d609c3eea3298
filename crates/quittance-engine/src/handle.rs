//! Carries out what is to be done in Intercom: replies, notes, assignments, closings.
//!
//! Intercom has no idempotency keys. So each is marked before it is sent, and what may have been sent
//! is looked for before it is sent again.

use jiff::{SignedDuration, Timestamp};
use quittance_core::case::State as CaseState;
use quittance_core::ids::{AdminId, PartId};
use quittance_core::record::{Draft, Kind};
use quittance_intercom::conversations::{self, Author, Conversation, State};
use quittance_store::effects::{Effect, EffectKind, EffectMove, EffectStep, NewEffect};
use quittance_store::leases::Lease;
use quittance_store::transition::Transition;
use serde_json::json;

use crate::conversation;
use crate::engine::Engine;
use crate::error::Error;
use crate::replies;

/// How often an effect is sent at most.
const MOST_SENDS: i64 = 4;

/// The pauses after the first, second and third send that failed: an outage may last.
const PAUSES: [SignedDuration; 3] =
    [SignedDuration::from_secs(2), SignedDuration::from_mins(1), SignedDuration::from_mins(15)];

/// How far Intercom's clock and ours may be apart.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(5);

/// Whether everything is done.
pub(crate) enum Handled {
    /// It is.
    All,
    /// Not yet; try again then.
    Later(Timestamp),
}

/// How one effect ended.
enum Sent {
    /// It is there.
    Done(Option<PartId>),
    /// It will not be done.
    Dropped(&'static str),
    /// Not now.
    Later,
}

/// Does what is open, in order. The conversation is read afresh first: nobody talks over a person.
pub(crate) async fn handle(
    engine: &Engine,
    lease: &Lease,
    effects: &[Effect],
) -> Result<Handled, Error> {
    let mut conversation = engine.parts.intercom.conversation(&lease.conversation).await?;
    let own = engine.workspace().await?.me.admin.clone();
    let is_with_person = conversation::is_with_person(&conversation, &own);
    // What is known to be an earlier effect's part is not this one's, even if both say the same.
    let known = engine.store().own_parts(&lease.case).await?;
    conversation.parts.retain(|part| !known.contains(&part.id));
    let hand = Hand { engine, own: &own, lease, conversation: &conversation, is_with_person };
    let mut finished: Option<EffectMove> = None;
    for effect in effects {
        match hand.one(effect, &mut finished).await? {
            Sent::Done(part) => {
                let body = json!({"done": effect.kind.name(), "effect": effect.id, "part": part});
                let entry = hand.entry(effect.kind, body);
                finished = Some(EffectMove {
                    id: effect.id.clone(),
                    to: EffectStep::Done { part, entry },
                });
            }
            Sent::Dropped(why) => {
                hand.write(finished.take().into_iter().collect()).await?;
                hand.drop(effect, why, effects).await?;
                // What follows an answer that was not given is another matter: look again.
                if effect.kind == EffectKind::Reply {
                    return Ok(Handled::All);
                }
            }
            Sent::Later => {
                hand.write(finished.take().into_iter().collect()).await?;
                let now = engine.now();
                let sends = usize::try_from(effect.attempt).unwrap_or(usize::MAX);
                let pause = PAUSES.get(sends).or(PAUSES.last()).copied().unwrap_or_default();
                return Ok(Handled::Later(now.saturating_add(pause).unwrap_or(now)));
            }
        }
    }
    hand.write(finished.take().into_iter().collect()).await?;
    Ok(Handled::All)
}

struct Hand<'a> {
    engine: &'a Engine,
    own: &'a AdminId,
    lease: &'a Lease,
    conversation: &'a Conversation,
    is_with_person: bool,
}

impl Hand<'_> {
    /// Marks and sends one effect. What was finished before is written with the mark.
    async fn one(&self, effect: &Effect, finished: &mut Option<EffectMove>) -> Result<Sent, Error> {
        if let Some(found) = self.find(effect) {
            return Ok(found);
        }
        if self.is_with_person && matches!(effect.kind, EffectKind::Reply | EffectKind::Close) {
            return Ok(Sent::Dropped("a person has the conversation"));
        }
        if effect.attempt >= MOST_SENDS {
            return Ok(Sent::Dropped("Intercom did not take it"));
        }
        let mark =
            EffectMove { id: effect.id.clone(), to: EffectStep::Marked { at: self.engine.now() } };
        self.write(finished.take().into_iter().chain([mark]).collect()).await?;
        match self.send(effect).await {
            Ok(part) => {
                self.engine.progress.tell(&self.lease.case, effect.kind.name(), "done in Intercom");
                Ok(Sent::Done(part))
            }
            Err(error) if error.is_passing() || error.may_have_happened() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Intercom did not take the {}",
                    effect.kind
                );
                Ok(Sent::Later)
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Intercom refuses the {}",
                    effect.kind
                );
                Ok(Sent::Dropped("Intercom refuses it"))
            }
        }
    }

    /// Whether an effect that was sent before is there.
    fn find(&self, effect: &Effect) -> Option<Sent> {
        let since = effect.first_send?;
        match effect.kind {
            EffectKind::Reply | EffectKind::Note => {
                let found =
                    conversations::find_own(self.conversation, self.own, &effect.body, since);
                found.map(|part| Sent::Done(Some(part.clone())))
            }
            EffectKind::Close => {
                // The customer may have written since, which opens it again.
                let since = since.saturating_sub(CLOCKS_APART).unwrap_or(since);
                let own = Author::Admin(self.own.clone());
                let has_closed = self.conversation.parts.iter().any(|part| {
                    part.kind == "close" && part.author == own && part.created_at >= since
                });
                (has_closed || self.conversation.state == State::Closed).then_some(Sent::Done(None))
            }
            EffectKind::Assign => {
                let assigned = self.conversation.team_assignee.as_ref();
                assigned
                    .is_some_and(|team| team.as_str() == effect.body)
                    .then_some(Sent::Done(None))
            }
        }
    }

    async fn send(&self, effect: &Effect) -> Result<Option<PartId>, quittance_intercom::Error> {
        let intercom = &self.engine.parts.intercom;
        let conversation = &self.lease.conversation;
        match &effect.kind {
            EffectKind::Reply => {
                intercom.reply(conversation, self.own, &effect.body).await.map(Some)
            }
            EffectKind::Note => intercom.note(conversation, self.own, &effect.body).await.map(Some),
            EffectKind::Close => intercom.close(conversation, self.own).await.map(|()| None),
            EffectKind::Assign => match &self.engine.parts.options.team {
                Some(team) => {
                    intercom.assign_team(conversation, self.own, team).await.map(|()| None)
                }
                None => Ok(None),
            },
        }
    }

    /// Gives an effect up. If it was an answer, the conversation is not closed over the silence, and the
    /// team is told what the customer was not.
    async fn drop(&self, effect: &Effect, why: &'static str, all: &[Effect]) -> Result<(), Error> {
        let dropped = |effect: &Effect, why: &str| {
            let body = json!({"dropped": effect.kind.name(), "effect": effect.id, "why": why});
            let entry = self.entry(effect.kind, body);
            EffectMove { id: effect.id.clone(), to: EffectStep::Dropped { entry } }
        };
        let mut transition =
            Transition { effect_moves: vec![dropped(effect, why)], ..Transition::default() };
        if effect.kind == EffectKind::Reply {
            let closing = all.iter().filter(|other| other.kind == EffectKind::Close);
            let untold = "the customer was not told";
            transition.effect_moves.extend(closing.map(|close| dropped(close, untold)));
            transition.effects = self.instead_of(effect, why, all);
            transition.case.state = Some(CaseState::AwaitingPerson);
        }
        Ok(self.engine.store().commit(self.lease, transition).await?)
    }

    /// What the team gets in place of an answer to the customer.
    fn instead_of(&self, reply: &Effect, why: &str, all: &[Effect]) -> Vec<NewEffect> {
        let (case, at) = (&self.lease.case, self.engine.now());
        let note = format!("This was not sent to the customer: {why}.\n\n{}", reply.body);
        let mut effects = vec![replies::handling(EffectKind::Note, case, at, note)];
        let is_assigned = all.iter().any(|other| other.kind == EffectKind::Assign);
        if let Some(team) = &self.engine.parts.options.team
            && !self.is_with_person
            && !is_assigned
        {
            effects.push(replies::handling(EffectKind::Assign, case, at, team.to_string()));
        }
        effects
    }

    fn entry(&self, kind: EffectKind, body: serde_json::Value) -> Draft {
        let kind = if kind == EffectKind::Reply { Kind::Reply } else { Kind::Handling };
        Draft { at: self.engine.now(), case: Some(self.lease.case.clone()), kind, body }
    }

    async fn write(&self, effect_moves: Vec<EffectMove>) -> Result<(), Error> {
        if effect_moves.is_empty() {
            return Ok(());
        }
        Ok(self
            .engine
            .store()
            .commit(self.lease, Transition { effect_moves, ..Transition::default() })
            .await?)
    }
}
