//! Carries out a refund that was allowed: marked before it is sent, sent at most four times under one
//! key, and closed only by evidence.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance_core::action::Refund as Allowed;
use quittance_core::case::State;
use quittance_core::facts::{Refund, RefundStatus};
use quittance_core::guard::{self, Approved, IntentEntry, Mode};
use quittance_core::record::{Draft, Kind};
use quittance_core::reply::{Confirmed, Reply};
use quittance_store::Error as StoreError;
use quittance_store::effects::{EffectKind, NewEffect};
use quittance_store::intents::{
    Intent, IntentMove, IntentState, MOST_SENDS, RESEND_WINDOW_MS, Settled,
};
use quittance_store::leases::Lease;
use quittance_store::transition::{CaseChange, Transition};
use quittance_stripe::refunds::{self, Answer, Frozen, RefusedKind};
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::error::Error;
use crate::note::Note;
use crate::replies;

/// How long a sent request may still be carried out: our own deadline and a margin. Only after this is
/// "not there" an answer.
const STILL_UNDER_WAY: SignedDuration = SignedDuration::from_mins(10);

/// How old a decision may be before the charge is looked at again before it is sent.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// The pauses after the first, second and third send that left the refund unknown: an outage may last.
const PAUSES: [SignedDuration; 3] =
    [SignedDuration::from_secs(1), SignedDuration::from_mins(1), SignedDuration::from_mins(10)];

/// How long after its mark was begun to be written a refund may be sent.
const MARK_TO_SEND: Duration = Duration::from_secs(1);

/// How long a refund waits before it is looked at again while money is stopped.
const WHILE_STOPPED: SignedDuration = SignedDuration::from_secs(30);

/// The longest pause between two looks at an unknown refund.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

/// Whether the refund is settled.
pub(crate) enum Settling {
    /// It is: confirmed, void or with a person.
    Settled,
    /// Not yet; look again then.
    Later(Timestamp),
}

/// One refund on its way.
struct Sending<'a> {
    engine: &'a Engine,
    lease: &'a Lease,
    intent: &'a Intent,
    entry: IntentEntry,
    approved: Approved<Allowed>,
}

/// Takes a refund one step further.
pub(crate) async fn carry_out(
    engine: &Engine,
    lease: &Lease,
    intent: &Intent,
) -> Result<Settling, Error> {
    let verified = engine.store().log_verified(intent.log_seq).await?;
    let (entry, approved) = guard::recall(&verified)?;
    let is_same = entry.decision == intent.decision
        && entry.idempotency_key == intent.key
        && entry.refund.charge == intent.charge
        && entry.refund.amount == intent.amount;
    if !is_same {
        return Err(Error::IntentDiffers(intent.decision.to_string()));
    }
    let decided_at = verified.entry().draft.at;
    let sending = Sending { engine, lease, intent, entry, approved };
    if intent.state == IntentState::Intent {
        sending.begin(decided_at).await
    } else {
        sending.look().await
    }
}

impl Sending<'_> {
    /// The first send. A decision that waited is held against the charge as it is now.
    async fn begin(&self, decided_at: Timestamp) -> Result<Settling, Error> {
        if self.engine.parts.options.mode != Mode::Act {
            return self.void("the agent was set not to act on its own before it was sent").await;
        }
        if self.engine.now().duration_since(decided_at) > FRESH {
            let charge = self.engine.parts.stripe.charge(&self.intent.charge).await?;
            let has_room = !self.intent.amount.exceeds(charge.refundable()?)?;
            if !charge.disputes.is_empty() || charge.is_disputed || !has_room {
                return self.void("the charge has changed since the decision").await;
            }
        }
        self.send().await
    }

    /// It may have been sent before: look for it, and send it again only under the same key.
    async fn look(&self) -> Result<Settling, Error> {
        let now = self.engine.now();
        let listed = self.engine.parts.stripe.refunds_of(&self.intent.charge).await?;
        let decision = self.intent.decision.as_str();
        if let Some(found) =
            listed.into_iter().find(|refund| refund.decision.as_deref() == Some(decision))
        {
            return self.found(&found).await;
        }
        let again = self.again_at();
        if again.is_some_and(|again| now < again) {
            return Ok(Settling::Later(again.unwrap_or(now)));
        }
        if self.intent.attempt < MOST_SENDS && (0..RESEND_WINDOW_MS).contains(&self.age_ms(now)) {
            return self.send().await;
        }
        let closes = self.intent.last_send.and_then(|last| last.checked_add(STILL_UNDER_WAY).ok());
        match closes {
            Some(closes) if now < closes => Ok(Settling::Later(closes)),
            _ => {
                self.give_up("Stripe did not say whether it made the refund, and does not list it")
                    .await
            }
        }
    }

    /// When an unknown refund may be sent again, whatever wakes the case before. A mark without an answer is
    /// what a crash left, and need not wait.
    fn again_at(&self) -> Option<Timestamp> {
        let is_answered = self.intent.state == IntentState::Unknown;
        let last_send = self.intent.last_send.filter(|_| is_answered)?;
        last_send.checked_add(pause_after(self.intent.attempt.saturating_sub(1))).ok()
    }

    /// A listed refund with our decision in it is ours only if it is the one that was written down.
    async fn found(&self, found: &Refund) -> Result<Settling, Error> {
        let is_same = found.amount == self.intent.amount
            && found.charge.as_ref() == Some(&self.intent.charge);
        if is_same {
            return self.confirm(found, "found").await;
        }
        tracing::error!("Stripe lists another refund under this refund's decision");
        self.give_up(
            "Stripe lists a refund with this decision that is not the one that was decided",
        )
        .await
    }

    /// How long ago it was first sent, by the older of the two clocks: Stripe's counts for its keys.
    fn age_ms(&self, now: Timestamp) -> i64 {
        let now = self.engine.parts.stripe.last_date().map_or(now, |date| date.max(now));
        self.intent.first_send.map_or(i64::MAX, |first| {
            now.duration_since(first).as_millis().try_into().unwrap_or(i64::MAX)
        })
    }

    async fn send(&self) -> Result<Settling, Error> {
        if let Some(why) = self.engine.is_stopped_here().await {
            return Ok(self.held_back(&why));
        }
        let mark = Transition {
            mark: Some((self.intent.decision.clone(), self.engine.now())),
            ..Transition::default()
        };
        let begun = self.engine.parts.clock.elapsed();
        match self.engine.store().commit(self.lease, mark).await {
            Err(StoreError::Stopped { why }) => return Ok(self.held_back(&why)),
            marked => marked?,
        }
        if let Some(why) = self.engine.is_stopped().await {
            // It is marked, so it is looked for before it is sent, as if it had been sent.
            return Ok(self.held_back(&why));
        }
        if self.engine.parts.clock.elapsed().saturating_sub(begun) > MARK_TO_SEND {
            // The marks of a process that stood still count for nothing: mark again.
            return Ok(Settling::Later(self.engine.now()));
        }
        self.tell(format!("{} sent to Stripe", self.intent.amount));
        let frozen = Frozen { body: &self.intent.body, key: &self.intent.key };
        let answer = refunds::create(&self.engine.parts.stripe, &self.approved, &frozen).await;
        self.conclude(answer).await
    }

    /// Money is stopped: nothing was sent, and it is tried again later, or at once after a resume.
    fn held_back(&self, why: &str) -> Settling {
        self.tell(format!("not sent: money is stopped: {why}"));
        let now = self.engine.now();
        Settling::Later(now.saturating_add(WHILE_STOPPED).unwrap_or(now))
    }

    /// What an answer proves. An answer that was made without looking at an earlier request cannot
    /// close that one.
    async fn conclude(&self, answer: Answer) -> Result<Settling, Error> {
        self.engine.count_send(&answer).await;
        let is_first = self.intent.attempt == 0;
        match answer {
            Answer::Created { is_replayed: true, .. } if is_first => {
                tracing::error!("somebody else has used this refund's idempotency key");
                self.unknown("the key was used by somebody else").await
            }
            Answer::Created { refund, .. } => self.confirm(&refund, "answered").await,
            Answer::Mismatch { .. } | Answer::KeyMisused => {
                tracing::error!("Stripe answered for another request under this refund's key");
                self.unknown("the answer is for another request").await?;
                self.park("Stripe answered for another request under the same key").await
            }
            Answer::Refused { kind, code, .. } if is_first => {
                self.void(&refused(kind, code.as_deref())).await
            }
            Answer::Unauthorized { status, .. } if is_first => {
                tracing::error!(
                    status,
                    "the Stripe key is not accepted or may not refund: check `stripe.key`"
                );
                self.void("the Stripe key may not refund").await
            }
            Answer::NotApproved { what } if is_first => {
                self.void(&format!("the request does not fit: {what}")).await
            }
            Answer::Throttled { retry_after_ms } => {
                self.unknown("Stripe was busy").await?;
                Ok(Settling::Later(self.pause(retry_after_ms)))
            }
            Answer::KeyInUse => self.unknown("the key is in use").await,
            Answer::Refused { .. } => self.unknown("refused on a repeat").await,
            Answer::Unauthorized { .. } => self.unknown("the key is not accepted").await,
            Answer::NotApproved { what } => self.unknown(what).await,
            Answer::Unknown { why } | Answer::NotSent { why } => self.unknown(&why).await,
        }
    }

    /// Stripe has the refund: post what was reserved and tell the customer.
    async fn confirm(&self, refund: &Refund, how: &str) -> Result<Settling, Error> {
        self.tell(format!(
            "Stripe has the refund of {}: {}",
            refund.amount,
            status(&refund.status)
        ));
        let at = self.engine.now();
        let body = json!({"decision": self.intent.decision, "outcome": "confirmed", "how": how, "refund": refund});
        let settled = Settled::Confirmed {
            refund: refund.id.clone(),
            status: status(&refund.status).to_owned(),
        };
        let (state, effects) = match Confirmed::new(refund, &self.entry.paid_with) {
            Some(confirmed) => (State::Closed, self.thank(&confirmed).await?),
            None => (State::AwaitingPerson, self.call_person(&bounced(refund)).await?),
        };
        let case = CaseChange { state: Some(state), ..CaseChange::default() };
        let settle = Some(self.step(settled, body, at));
        self.commit(Transition { settle, effects, case, ..Transition::default() }).await?;
        Ok(Settling::Settled)
    }

    /// The refund was certainly not made: give back what was reserved; a person takes over.
    async fn void(&self, why: &str) -> Result<Settling, Error> {
        self.tell(format!("no refund was made: {why}"));
        let at = self.engine.now();
        let body = json!({"decision": self.intent.decision, "outcome": "void", "why": why});
        let effects = self.call_person(&format!("the refund was not made: {why}")).await?;
        let case = CaseChange { state: Some(State::AwaitingPerson), ..CaseChange::default() };
        let settle = Some(self.step(Settled::Void { why: why.to_owned() }, body, at));
        self.commit(Transition { settle, effects, case, ..Transition::default() }).await?;
        Ok(Settling::Settled)
    }

    /// Nobody knows. It stays reserved, and is looked for again.
    async fn unknown(&self, why: &str) -> Result<Settling, Error> {
        self.tell(format!("it is not known whether the refund was made: {why}"));
        let at = self.engine.now();
        let body = json!({"decision": self.intent.decision, "outcome": "unknown", "why": why});
        let settle = Some(self.step(Settled::Unknown, body, at));
        self.commit(Transition { settle, ..Transition::default() }).await?;
        Ok(Settling::Later(self.pause(None)))
    }

    /// Nothing more can be tried. Only what is unknown is parked; a mark without an answer is unknown.
    async fn give_up(&self, why: &str) -> Result<Settling, Error> {
        if self.intent.state == IntentState::Marked {
            self.unknown(why).await?;
        }
        self.park(why).await
    }

    /// A person must find out. What was reserved stays reserved.
    async fn park(&self, why: &str) -> Result<Settling, Error> {
        self.tell(format!("a person must find out whether the refund was made: {why}"));
        let at = self.engine.now();
        let body = json!({"decision": self.intent.decision, "outcome": "parked", "why": why});
        let effects =
            self.call_person(&format!("whether the refund was made is not known: {why}")).await?;
        let case = CaseChange { state: Some(State::AwaitingPerson), ..CaseChange::default() };
        let settle = Some(self.step(Settled::Parked { why: why.to_owned() }, body, at));
        self.commit(Transition { settle, effects, case, ..Transition::default() }).await?;
        Ok(Settling::Settled)
    }

    fn step(&self, to: Settled, body: Value, at: Timestamp) -> IntentMove {
        let entry = Draft { at, case: Some(self.lease.case.clone()), kind: Kind::Outcome, body };
        IntentMove { decision: self.intent.decision.clone(), to, entry }
    }

    async fn commit(&self, transition: Transition) -> Result<(), Error> {
        Ok(self.engine.store().commit(self.lease, transition).await?)
    }

    fn tell(&self, text: String) {
        self.engine.progress.tell(&self.lease.case, "refund", text);
    }

    /// When to look again after the send that was just made, or later if Stripe wants so.
    fn pause(&self, wanted_ms: Option<u64>) -> Timestamp {
        let wanted = wanted_ms.and_then(|wanted| i64::try_from(wanted).ok()).unwrap_or(0);
        let pause = pause_after(self.intent.attempt).max(SignedDuration::from_millis(wanted));
        let now = self.engine.now();
        now.saturating_add(pause.min(LONGEST_PAUSE)).unwrap_or(now)
    }

    /// The reply and the closing.
    async fn thank(&self, confirmed: &Confirmed) -> Result<Vec<NewEffect>, Error> {
        let mut effects = self.reply(&Reply::Refund(confirmed.clone())).await?;
        effects.push(replies::handling(
            EffectKind::Close,
            &self.lease.case,
            self.engine.now(),
            String::new(),
        ));
        Ok(effects)
    }

    /// A note, the reply that a person takes over, and the assignment.
    async fn call_person(&self, why: &str) -> Result<Vec<NewEffect>, Error> {
        call_person(self.engine, self.lease, why, &Reply::HandedOver).await
    }

    async fn reply(&self, said: &Reply) -> Result<Vec<NewEffect>, Error> {
        reply(self.engine, self.lease, said).await
    }
}

/// A note, an answer to the customer, and the assignment.
pub(crate) async fn call_person(
    engine: &Engine,
    lease: &Lease,
    why: &str,
    said: &Reply,
) -> Result<Vec<NewEffect>, Error> {
    let (case, at) = (&lease.case, engine.now());
    let note = Note { because: vec![why.to_owned()], done: why, ..Note::default() }.write();
    let mut effects = vec![replies::handling(EffectKind::Note, case, at, note)];
    // Who watches leaves a note and moves nothing else.
    if engine.parts.options.mode == Mode::Watch {
        return Ok(effects);
    }
    effects.extend(reply(engine, lease, said).await?);
    if let Some(team) = &engine.parts.options.team {
        effects.push(replies::handling(EffectKind::Assign, case, at, team.to_string()));
    }
    Ok(effects)
}

async fn reply(engine: &Engine, lease: &Lease, said: &Reply) -> Result<Vec<NewEffect>, Error> {
    let is_first = engine.store().own_parts(&lease.case).await?.is_empty();
    let language = engine.store().language_of(&lease.case).await?;
    let language = language.as_deref().unwrap_or(&engine.parts.options.default_language);
    let templates = &engine.parts.templates;
    let effect = replies::reply(templates, language, &lease.case, engine.now(), said, is_first);
    Ok(effect.into_iter().collect())
}

fn refused(kind: RefusedKind, code: Option<&str>) -> String {
    let words = match kind {
        RefusedKind::AlreadyRefunded => "Stripe says that nothing is left to refund",
        RefusedKind::TooMuch => "Stripe says that less is left than was to be refunded",
        RefusedKind::Disputed => "Stripe says that the payment is disputed",
        RefusedKind::NotRefundable => "Stripe says that this payment cannot be refunded",
        RefusedKind::Missing => "Stripe does not know the payment",
        RefusedKind::Other => "Stripe refused the request",
    };
    code.map_or_else(|| words.to_owned(), |code| format!("{words} ({code})"))
}

pub(crate) fn bounced(refund: &Refund) -> String {
    format!("the refund of {} did not go through: {}", refund.amount, status(&refund.status))
}

pub(crate) fn status(status: &RefundStatus) -> &str {
    match status {
        RefundStatus::Pending => "pending",
        RefundStatus::RequiresAction => "requires_action",
        RefundStatus::Succeeded => "succeeded",
        RefundStatus::Failed => "failed",
        RefundStatus::Canceled => "canceled",
        RefundStatus::Other(other) => other,
    }
}

/// The pause after a send, where `before` counts the sends before it.
fn pause_after(before: i64) -> SignedDuration {
    let index = usize::try_from(before).unwrap_or(usize::MAX);
    PAUSES.get(index).or(PAUSES.last()).copied().unwrap_or(LONGEST_PAUSE)
}
