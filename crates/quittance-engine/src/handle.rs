//! Carries out what is to be done in Intercom: replies, notes, assignments, closings, blankings.
//!
//! Intercom has no idempotency keys. So each is marked before it is sent, and what may have been sent
//! is looked for before it is sent again.

mod missing;
mod waits;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance_core::case::State as CaseState;
use quittance_core::ids::{AdminId, PartId};
use quittance_core::mutant::Mutant;
use quittance_core::record::{Draft, Kind};
use quittance_intercom::conversations::{self, Author, Conversation, Part, State};
use quittance_store::effects::{Effect, EffectKind, EffectMove, EffectStep, NewEffect, Way};
use quittance_store::leases::Lease;
use quittance_store::transition::Transition;
use serde_json::json;

use crate::conversation;
use crate::engine::Engine;
use crate::error::Error;
use crate::replies;
use crate::teams;

pub(crate) use missing::Missing;
pub(crate) use waits::Waits;

/// How often an effect is sent at most.
const MOST_SENDS: i64 = 4;

/// The pauses after the first, second and third send that failed: an outage may last.
const PAUSES: [SignedDuration; 3] =
    [SignedDuration::from_secs(2), SignedDuration::from_mins(1), SignedDuration::from_mins(15)];

/// How far Intercom's clock and ours may be apart.
const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(5);

/// How long what was said may still be missing where conversations are read. Before that nothing is said a
/// second time.
const READ_LAG: SignedDuration = SignedDuration::from_secs(10);

/// The pause between two looks for what nobody answered.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// After how many looks in a row that did not find it a conversation counts as gone.
const GONE_AFTER: u32 = 5;

/// How long after its mark was begun to be written an effect may be sent: whoever stood still longer may
/// have been taken for dead, and somebody else may have sent it.
const MARK_TO_SEND: Duration = Duration::from_secs(1);

/// The pause after a mark that took longer than that.
const WHILE_SLOW: SignedDuration = SignedDuration::from_secs(1);

/// Whether everything is done.
pub(crate) enum Handled {
    /// It is. What was done last is still to be written down.
    All(Option<EffectMove>),
    /// Something else is to be done instead: look again.
    Otherwise,
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
    Later(Timestamp),
}

/// Does what is open, in order. The conversation is read afresh first: nobody talks over a person.
pub(crate) async fn handle(
    engine: &Engine,
    lease: &Lease,
    effects: &[Effect],
) -> Result<Handled, Error> {
    let Some(mut hand) = Hand::new(engine, lease).await? else {
        leave(engine, lease, effects).await?;
        return Ok(Handled::Otherwise);
    };
    for effect in effects {
        match hand.one(effect).await? {
            Sent::Done(part) => {
                let body = json!({"done": effect.kind.name(), "effect": effect.id, "part": part});
                let to = EffectStep::Done { part, entry: entry(engine, lease, effect.kind, body) };
                hand.finished = Some(EffectMove { id: effect.id.clone(), to });
            }
            Sent::Dropped(why) => {
                hand.write_finished().await?;
                hand.drop(effect, why, effects).await?;
                // What follows an answer that was not given is another matter: look again.
                if effect.kind == EffectKind::Reply {
                    return Ok(Handled::Otherwise);
                }
            }
            Sent::Later(due) => {
                hand.write_finished().await?;
                return Ok(Handled::Later(due));
            }
        }
    }
    Ok(Handled::All(hand.finished))
}

/// Whether the customer wrote while the conversation was being closed. If the webhook of that is lost, nobody
/// else will ever look: the conversation is not among the open ones.
pub(crate) async fn has_closed_over(
    engine: &Engine,
    lease: &Lease,
    effects: &[Effect],
) -> Result<bool, Error> {
    if effects.last().is_none_or(|last| last.kind != EffectKind::Close) {
        return Ok(false);
    }
    let Some(conversation) = conversation(engine, lease).await? else { return Ok(false) };
    let handled = engine.store().handled_part_of(&lease.case).await?;
    Ok(conversation::has_new(&conversation, handled.as_ref()))
}

/// Gives up what is open in a conversation that is gone.
async fn leave(engine: &Engine, lease: &Lease, effects: &[Effect]) -> Result<(), Error> {
    tracing::warn!(
        "Intercom does not know the conversation; what was to be done there is given up"
    );
    let dropped = |effect| dropped(engine, lease, effect, "the conversation is gone");
    write(engine, lease, effects.iter().map(dropped).collect()).await
}

struct Hand<'a> {
    engine: &'a Engine,
    lease: &'a Lease,
    own: AdminId,
    /// The parts of earlier effects.
    known: Vec<PartId>,
    conversation: Conversation,
    /// Whether something was sent since the conversation was read.
    is_stale: bool,
    /// What is done and not written yet: it is written with the next mark.
    finished: Option<EffectMove>,
}

impl<'a> Hand<'a> {
    /// Reads the conversation, if it is still there.
    async fn new(engine: &'a Engine, lease: &'a Lease) -> Result<Option<Self>, Error> {
        let Some(conversation) = conversation(engine, lease).await? else { return Ok(None) };
        let own = engine.me().await?.admin;
        let known = engine.store().own_parts(&lease.case).await?;
        Ok(Some(Self { engine, lease, own, known, conversation, is_stale: false, finished: None }))
    }

    /// Marks and sends one effect. What was finished before is written with the mark.
    async fn one(&mut self, effect: &Effect) -> Result<Sent, Error> {
        // Nobody is talked over, and a conversation is closed only over what is in it now.
        if effect.kind != EffectKind::Note && self.is_stale {
            let Some(again) = conversation(self.engine, self.lease).await? else {
                return Ok(Sent::Dropped("the conversation is gone"));
            };
            (self.conversation, self.is_stale) = (again, false);
        }
        if let Some(found) = self.find(effect) {
            return Ok(found);
        }
        // Nobody is told that something was not said while it may still be.
        if let Some(due) = self.not_before(effect).await? {
            return Ok(Sent::Later(due));
        }
        if let Some(why) = self.forbids(effect).await? {
            return Ok(Sent::Dropped(why));
        }
        if effect.attempt >= MOST_SENDS {
            return Ok(Sent::Dropped("Intercom did not take it"));
        }
        let now = self.engine.now();
        let begun = self.engine.parts.clock.elapsed();
        let to = EffectStep::Marked { at: now, conversation_at: self.conversation.updated_at };
        let mark = EffectMove { id: effect.id.clone(), to };
        let moves = self.finished.take().into_iter().chain([mark]).collect();
        self.write(moves).await?;
        if self.engine.parts.clock.elapsed().saturating_sub(begun) > MARK_TO_SEND {
            // A slow database must not use up the sends.
            self.write(vec![EffectMove { id: effect.id.clone(), to: EffectStep::Unsent }]).await?;
            let now = self.engine.now();
            return Ok(Sent::Later(now.saturating_add(WHILE_SLOW).unwrap_or(now)));
        }
        self.is_stale = true;
        let sent = self.send(effect).await;
        if is_said(effect)
            && let Err(quittance_intercom::Error::Unanswered { .. }) = &sent
        {
            self.wait_for(effect).await?;
        }
        Ok(self.conclude(effect, sent))
    }

    /// What an answer of Intercom's says.
    fn conclude(
        &self,
        effect: &Effect,
        sent: Result<Option<PartId>, quittance_intercom::Error>,
    ) -> Sent {
        match sent {
            Ok(part) => {
                self.engine.progress.tell(&self.lease.case, effect.kind.name(), "done in Intercom");
                Sent::Done(part)
            }
            Err(error) if error.is_passing() || error.may_have_happened() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Intercom did not take the {}",
                    effect.kind
                );
                let now = self.engine.now();
                let sends = usize::try_from(effect.attempt).unwrap_or(usize::MAX);
                let pause = PAUSES.get(sends).or(PAUSES.last()).copied().unwrap_or_default();
                Sent::Later(now.saturating_add(pause).unwrap_or(now))
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Intercom refuses the {}",
                    effect.kind
                );
                Sent::Dropped("Intercom refuses it")
            }
        }
    }

    /// Whether an effect is there: by an earlier send, or of itself.
    fn find(&self, effect: &Effect) -> Option<Sent> {
        match effect.kind {
            EffectKind::Reply | EffectKind::Note => self.find_said(effect, sent_after(effect)?),
            EffectKind::Close => self.is_closed(effect).then_some(Sent::Done(None)),
            EffectKind::Redact => self.to_blank(effect).is_none().then_some(Sent::Done(None)),
            EffectKind::Assign => {
                let team = self.conversation.team_assignee.as_ref();
                let is_there = effect.body == replies::NOBODY
                    || team.is_some_and(|team| team.as_str() == effect.body);
                (is_there && !self.is_ours()).then_some(Sent::Done(None))
            }
        }
    }

    /// The part to blank, if it still says something. Once a part of a number is blank, nobody sees any more that
    /// the others belong to it.
    fn to_blank(&self, effect: &Effect) -> Option<&Part> {
        let mut parts = self.conversation.parts.iter();
        parts.find(|part| !part.text.is_blank() && part.id.as_str() == effect.body)
    }

    /// Looks for words of ours. What is known to be an earlier effect's part is not this one's, even if both
    /// say the same.
    fn find_said(&self, effect: &Effect, since: Timestamp) -> Option<Sent> {
        if Mutant::NotLookedFor.is_planted() {
            return None;
        }
        let is_note = effect.kind == EffectKind::Note;
        let mut unknown = self.conversation.clone();
        unknown.parts.retain(|part| part.is_note == is_note && !self.known.contains(&part.id));
        let found = conversations::find_own(&unknown, &self.own, &effect.body, since);
        found.map(|part| Sent::Done(Some(part.clone())))
    }

    /// Whether the conversation is closed, or was closed by us: the customer may have written since, which
    /// opens it again.
    fn is_closed(&self, effect: &Effect) -> bool {
        let own = Author::Admin(self.own.clone());
        let has_closed = |since| {
            let parts = &self.conversation.parts;
            parts
                .iter()
                .any(|part| part.kind == "close" && part.author == own && part.created_at >= since)
        };
        self.conversation.state == State::Closed || sent_after(effect).is_some_and(has_closed)
    }

    /// Whether the conversation is assigned to the teammate in whose name we speak, where nobody sees it.
    fn is_ours(&self) -> bool {
        self.conversation.admin_assignee.as_ref() == Some(&self.own)
    }

    fn is_with_person(&self) -> bool {
        conversation::is_with_person(&self.conversation, &self.own)
    }

    /// Why an effect must not be done any more. Whoever has taken over gets a note and nothing else,
    /// and card numbers are blanked all the same.
    async fn forbids(&self, effect: &Effect) -> Result<Option<&'static str>, Error> {
        let is_for_people = matches!(effect.kind, EffectKind::Note | EffectKind::Redact);
        if !is_for_people && self.is_with_person() {
            return Ok(Some("a person has the conversation"));
        }
        let is_unasked = effect.kind == EffectKind::Close || self.is_reminder(effect).await?;
        if is_unasked {
            let handled = self.engine.store().handled_part_of(&self.lease.case).await?;
            if conversation::has_new(&self.conversation, handled.as_ref()) {
                return Ok(Some("the customer has written again"));
            }
        }
        Ok(None)
    }

    /// Whether an effect reminds the customer of a question: whatever else is said is an answer, and begins anew.
    async fn is_reminder(&self, effect: &Effect) -> Result<bool, Error> {
        if effect.kind != EffectKind::Reply {
            return Ok(false);
        }
        Ok(self.engine.store().follow_up_of(&self.lease.case).await?.reminders > 0)
    }

    /// When to look again for words that may have been said already, if it is too early to say them again.
    async fn not_before(&self, effect: &Effect) -> Result<Option<Timestamp>, Error> {
        let Some(first_send) = effect.first_send.filter(|_| is_said(effect)) else {
            return Ok(None);
        };
        let until = match effect.way {
            Way::Overrun => Some(self.wait_for(effect).await?),
            Way::Until(until) => Some(until),
            Way::Clear => self.engine.waits.until(&effect.id),
        };
        let now = self.engine.now();
        let left = until.map(|until| until.duration_since(self.engine.intercoms_now()));
        // What is far off was dated by a clock that was wrong.
        let is_under_way =
            |left: &SignedDuration| left.is_positive() && *left <= self.still_under_way();
        if let Some(left) = left.filter(is_under_way) {
            return Ok(Some(now.saturating_add(left.min(LOOK_AGAIN)).unwrap_or(now)));
        }
        // It may be the last thing that a process said before it ended.
        let age = SignedDuration::try_from(self.engine.age()).unwrap_or(SignedDuration::MAX);
        let settled = (age < READ_LAG)
            .then(|| now.saturating_add(READ_LAG.saturating_sub(age)).unwrap_or(now));
        let due = first_send.saturating_add(READ_LAG).unwrap_or(first_send);
        // A first send that is still to come was dated by a clock that was set back since.
        let due = Some(due).filter(|due| now < *due && first_send <= now);
        Ok(due.max(settled))
    }

    /// Writes down that what was sent, or is about to be, may still arrive for a while, and until when.
    async fn wait_for(&self, effect: &Effect) -> Result<Timestamp, Error> {
        let now = self.engine.intercoms_now();
        let until = now.saturating_add(self.still_under_way()).unwrap_or(now);
        let to = EffectStep::Unanswered { until };
        let written = self.write(vec![EffectMove { id: effect.id.clone(), to }]).await;
        if written.is_err() {
            self.engine.waits.remember(effect.id.clone(), until, now);
        }
        written.map(|()| until)
    }

    /// How long what nobody answered may still be carried out.
    fn still_under_way(&self) -> SignedDuration {
        let milliseconds = self.engine.parts.options.unanswered_ms;
        SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX))
    }

    async fn send(&self, effect: &Effect) -> Result<Option<PartId>, quittance_intercom::Error> {
        let intercom = &self.engine.parts.intercom;
        let conversation = &self.lease.conversation;
        match &effect.kind {
            EffectKind::Reply => {
                intercom.reply(conversation, &self.own, &effect.body).await.map(Some)
            }
            EffectKind::Note => {
                intercom.note(conversation, &self.own, &effect.body).await.map(Some)
            }
            EffectKind::Close => intercom.close(conversation, &self.own).await.map(|()| None),
            EffectKind::Assign => self.assign(&effect.body).await.map(|()| None),
            EffectKind::Redact => {
                if let Some(part) = self.to_blank(effect) {
                    intercom.redact(conversation, part).await?;
                }
                Ok(None)
            }
        }
    }

    /// Takes the conversation from ourselves and gives it to the team.
    async fn assign(&self, team: &str) -> Result<(), quittance_intercom::Error> {
        let intercom = &self.engine.parts.intercom;
        let conversation = &self.lease.conversation;
        if self.is_ours() {
            intercom.unassign(conversation, &self.own).await?;
        }
        let Some(team) = team.parse().ok().filter(|_| team != replies::NOBODY) else {
            return Ok(());
        };
        intercom.assign_team(conversation, &self.own, &team).await
    }

    /// Gives an effect up. If it was an answer, the conversation is not closed over the silence, and the
    /// team is told what the customer was not.
    async fn drop(&self, effect: &Effect, why: &'static str, all: &[Effect]) -> Result<(), Error> {
        let dropped = |effect: &Effect, why: &str| dropped(self.engine, self.lease, effect, why);
        let mut transition =
            Transition { effect_moves: vec![dropped(effect, why)], ..Transition::default() };
        if effect.kind == EffectKind::Reply && !self.is_reminder(effect).await? {
            let closing = all.iter().filter(|other| other.kind == EffectKind::Close);
            let untold = "the customer was not told";
            transition.effect_moves.extend(closing.map(|close| dropped(close, untold)));
            transition.effects = self.instead_of(effect, why, all).await?;
            transition.case.state = Some(CaseState::AwaitingPerson);
        }
        Ok(self.engine.store().commit(self.lease, transition).await?)
    }

    /// What the team gets in place of an answer to the customer.
    async fn instead_of(
        &self,
        reply: &Effect,
        why: &str,
        all: &[Effect],
    ) -> Result<Vec<NewEffect>, Error> {
        let (case, at) = (&self.lease.case, self.engine.now());
        let note = format!("This was not sent to the customer: {why}.\n\n{}", reply.body);
        let mut effects = vec![replies::handling(EffectKind::Note, case, at, note)];
        let is_assigned = all.iter().any(|other| other.kind == EffectKind::Assign);
        if !self.is_with_person() && !is_assigned {
            effects.push(teams::later(self.engine, self.lease).await?);
        }
        Ok(effects)
    }

    async fn write_finished(&mut self) -> Result<(), Error> {
        let moves = self.finished.take().into_iter().collect();
        self.write(moves).await
    }

    async fn write(&self, effect_moves: Vec<EffectMove>) -> Result<(), Error> {
        write(self.engine, self.lease, effect_moves).await
    }
}

/// Writes down what became of effects.
pub(crate) async fn write(
    engine: &Engine,
    lease: &Lease,
    effect_moves: Vec<EffectMove>,
) -> Result<(), Error> {
    if effect_moves.is_empty() {
        return Ok(());
    }
    Ok(engine.store().commit(lease, Transition { effect_moves, ..Transition::default() }).await?)
}

/// Whether it says something: that can be said twice, and the rest cannot.
fn is_said(effect: &Effect) -> bool {
    matches!(effect.kind, EffectKind::Reply | EffectKind::Note)
}

/// After which instant of Intercom's clock what an effect sent must have arrived, if it was sent. Our own
/// clock, which may be wrong, counts only for what an older version sent.
fn sent_after(effect: &Effect) -> Option<Timestamp> {
    let first_send = effect.first_send?;
    let by_our_clock = first_send.saturating_sub(CLOCKS_APART).unwrap_or(first_send);
    Some(effect.conversation_at.unwrap_or(by_our_clock))
}

/// Reads the conversation of a case, if it is still there.
pub(crate) async fn conversation(
    engine: &Engine,
    lease: &Lease,
) -> Result<Option<Conversation>, Error> {
    let read = engine.parts.intercom.conversation(&lease.conversation).await;
    // What Intercom does not know just now may be there in a moment.
    if let Err(quittance_intercom::Error::Missing { .. }) = &read
        && engine.missing.again(&lease.case) < GONE_AFTER
    {
        return Ok(Some(read?));
    }
    engine.missing.forget(&lease.case);
    match read {
        Err(quittance_intercom::Error::Missing { .. }) => Ok(None),
        conversation => Ok(Some(conversation?)),
    }
}

fn dropped(engine: &Engine, lease: &Lease, effect: &Effect, why: &str) -> EffectMove {
    let body = json!({"dropped": effect.kind.name(), "effect": effect.id, "why": why});
    let entry = entry(engine, lease, effect.kind, body);
    EffectMove { id: effect.id.clone(), to: EffectStep::Dropped { entry } }
}

fn entry(engine: &Engine, lease: &Lease, kind: EffectKind, body: serde_json::Value) -> Draft {
    let kind = if kind == EffectKind::Reply { Kind::Reply } else { Kind::Handling };
    Draft { at: engine.now(), case: Some(lease.case.clone()), kind, body }
}
