//! Carries out a refund that was allowed: marked before it is sent, sent at most four times under one
//! key, and closed only by evidence.

mod fresh;
mod look;
mod outcome;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance_core::action::Refund as Allowed;
use quittance_core::guard::{self, Approved, IntentEntry, Mode};
use quittance_core::ids::IdempotencyKey;
use quittance_core::mutant::Mutant;
use quittance_store::Error as StoreError;
use quittance_store::intents::{Intent, IntentState};
use quittance_store::leases::Lease;
use quittance_store::transition::Transition;
use quittance_stripe::refunds::{self, Answer, Frozen};

use crate::answer_table::{self, Attempt, Meaning};
use crate::clocks::Clocks;
use crate::engine::Engine;
use crate::error::Error;

pub(crate) use fresh::Fresh;
pub(crate) use look::{is_of, is_same};
pub(crate) use outcome::{bounced, status};

/// How long after its mark was begun to be written a refund may be sent.
const MARK_TO_SEND: Duration = Duration::from_secs(1);

/// The pauses after the first, second and third mark that took longer than that.
const WHILE_SLOW: [SignedDuration; 3] =
    [SignedDuration::from_secs(1), SignedDuration::from_mins(1), SignedDuration::from_mins(2)];

/// How long after it was begun to be looked at a refund may be marked. Three reads of slow vendors fit.
const LOOK_TO_MARK: Duration = Duration::from_mins(2);

/// How long a refund waits before it is looked at again while money is stopped.
const WHILE_STOPPED: SignedDuration = SignedDuration::from_secs(30);

/// Whether the refund is settled.
pub(crate) enum Settling {
    /// It is: confirmed, void or with a person.
    Settled,
    /// Not yet; look again then.
    Later(Timestamp),
}

/// One refund on its way.
struct Sending<'a> {
    /// What the clock that nobody sets showed when this was begun: everything is read after it.
    begun: Duration,
    engine: &'a Engine,
    lease: &'a Lease,
    intent: Intent,
    entry: IntentEntry,
    approved: Approved<Allowed>,
}

/// Takes a refund one step further.
pub(crate) async fn carry_out(
    engine: &Engine,
    lease: &Lease,
    intent: &Intent,
) -> Result<Settling, Error> {
    let (entry, approved) = match recall(engine, intent).await {
        Ok(recalled) => recalled,
        Err(error) => {
            if is_broken(&error) {
                engine.trip(&format!("refund {}: {error}", intent.decision)).await;
            }
            return Err(error);
        }
    };
    let begun = engine.parts.clock.elapsed();
    let sending = Sending { begun, engine, lease, intent: intent.clone(), entry, approved };
    if intent.state == IntentState::Intent { sending.begin().await } else { sending.look().await }
}

/// Makes the approval again from the intent's log entry, and holds the intent against it.
async fn recall(
    engine: &Engine,
    intent: &Intent,
) -> Result<(IntentEntry, Approved<Allowed>), Error> {
    let verified = engine.store().log_verified(intent.log_seq).await?;
    let (entry, approved) = guard::recall(&verified)?;
    let is_same = entry.decision == intent.decision
        && entry.idempotency_key == intent.key
        && entry.refund.charge == intent.charge
        && entry.refund.amount == intent.amount
        && refunds::names_entry(&intent.body, verified.entry().seq, verified.entry().hash);
    if is_same {
        Ok((entry, approved))
    } else {
        Err(Error::IntentDiffers(intent.decision.to_string()))
    }
}

/// Whether what is stored contradicts itself, which nothing but a person can put right.
fn is_broken(error: &Error) -> bool {
    matches!(error, Error::IntentDiffers(_) | Error::Log(_) | Error::Store(StoreError::Log(_)))
}

impl Sending<'_> {
    /// The first send. A decision that waited is held against the world as it is now.
    async fn begin(self) -> Result<Settling, Error> {
        if let Some(due) = self.engine.gate_opens() {
            return Ok(Settling::Later(due));
        }
        let why = match self.outdated() {
            Some(why) => Some(why),
            None if self.is_fresh() => None,
            None => self.changed().await?,
        };
        match why {
            Some(why) => self.void(why).await,
            None => self.send().await,
        }
    }

    /// Whether the program was set otherwise since the decision.
    fn outdated(&self) -> Option<&'static str> {
        let parts = &self.engine.parts;
        let may_act = match parts.options.mode {
            Mode::Act => true,
            Mode::Propose => self.entry.approval.is_some(),
            Mode::Watch => false,
        };
        if !may_act {
            return Some("the agent was set not to act on its own before it was sent");
        }
        let rules = guard::rules(&parts.library.now().policy.version, &parts.limits);
        let is_other = self.entry.rules.is_some_and(|decided_by| decided_by != rules);
        is_other.then_some("the policy or the limits were changed before it was sent")
    }

    /// Whether what the decision rests on was read here a moment ago. A clock that somebody may set does not
    /// tell that.
    fn is_fresh(&self) -> bool {
        let is_fresh = self.engine.fresh.take(&self.intent.decision, self.begun);
        is_fresh || Mutant::NotLookedAgain.is_planted()
    }

    async fn send(self) -> Result<Settling, Error> {
        if let Some(due) = self.engine.gate_opens() {
            return Ok(Settling::Later(due));
        }
        if let Some(why) = self.engine.is_stopped_here().await
            && !Mutant::StopNotRead.is_planted()
        {
            return Ok(self.held_back(&why));
        }
        let looked = self.engine.parts.clock.elapsed().saturating_sub(self.begun);
        if looked > LOOK_TO_MARK && !Mutant::NotLookedAgain.is_planted() {
            // What this process read before it stood still may not be so any more: look again.
            return Ok(Settling::Later(self.engine.now()));
        }
        let send = if self.intent.attempt == 0 { Attempt::First } else { Attempt::Repeat };
        let mark = self.clocks().mark(self.intent.decision.clone());
        let marked = mark.on(&self.intent);
        let begun = self.engine.parts.clock.elapsed();
        let transition = Transition { mark: Some(mark), ..Transition::default() };
        let written =
            if Mutant::NotMarked.is_planted() { Ok(()) } else { self.commit(transition).await };
        match written {
            Err(Error::Store(StoreError::Stopped { why })) => return Ok(self.held_back(&why)),
            Err(Error::Store(differ @ StoreError::MixedNodes { .. })) => {
                return Ok(self.held_back(&differ.to_string()));
            }
            marked => marked?,
        }
        if let Some(why) = self.engine.is_stopped().await
            && !Mutant::StopNotRead.is_planted()
        {
            // It is marked, so it is looked for before it is sent, as if it had been sent.
            return Ok(self.held_back(&why));
        }
        if self.engine.parts.clock.elapsed().saturating_sub(begun) > MARK_TO_SEND
            && !Mutant::PauseBeforeSend.is_planted()
        {
            // The marks of a process that stood still count for nothing: mark again.
            return Ok(Settling::Later(self.after_late(marked.attempt)));
        }
        self.tell(format!("{} sent to Stripe", self.intent.amount));
        let key = self.key()?;
        let frozen = Frozen { body: &self.intent.body, key: &key };
        let answer = refunds::create(&self.engine.parts.stripe, &self.approved, &frozen).await;
        Self { intent: marked, ..self }.conclude(answer, send).await
    }

    /// When to mark again after mark number `attempt`, after which it was too late to send. While the database is
    /// slow the marks must not be used up.
    fn after_late(&self, attempt: i64) -> Timestamp {
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let pause = WHILE_SLOW.get(index).or(WHILE_SLOW.last()).copied().unwrap_or_default();
        let now = self.engine.now();
        now.saturating_add(pause).unwrap_or(now)
    }

    /// The one key of the refund, unless a mistake is planted.
    fn key(&self) -> Result<IdempotencyKey, Error> {
        if Mutant::NewKeyPerAttempt.is_planted() {
            let key = format!("{}{}", self.intent.key, self.intent.attempt);
            return Ok(key.parse()?);
        }
        Ok(self.intent.key.clone())
    }

    /// Money is stopped: nothing was sent, and it is tried again later, or at once after a resume.
    fn held_back(&self, why: &str) -> Settling {
        self.tell(format!("not sent: money is stopped: {why}"));
        let now = self.engine.now();
        Settling::Later(now.saturating_add(WHILE_STOPPED).unwrap_or(now))
    }

    /// Does what the table says about an answer.
    async fn conclude(&self, answer: Answer, send: Attempt) -> Result<Settling, Error> {
        self.engine.count_send(&answer).await;
        let reading = answer_table::read(answer, send);
        if let Some(alarm) = &reading.alarm {
            self.engine.trip(&format!("refund {}: {alarm}", self.intent.decision)).await;
        }
        match reading.meaning {
            Meaning::Made(refund) => self.confirm(&refund, "answered").await,
            Meaning::NotMade(why) => self.void(&why).await,
            Meaning::Unknown { why, wait_ms } => {
                self.unknown(&why).await?;
                Ok(Settling::Later(self.pause(wait_ms)))
            }
            Meaning::Person(why) => {
                self.unknown(&why).await?;
                self.park(&why).await
            }
        }
    }

    fn clocks(&self) -> Clocks {
        let parts = &self.engine.parts;
        let stripes = parts.stripe.last_date().filter(|_| !Mutant::OneClock.is_planted());
        Clocks { ours: self.engine.now(), stripes }
    }

    async fn commit(&self, transition: Transition) -> Result<(), Error> {
        Ok(self.engine.store().commit(self.lease, transition).await?)
    }

    fn tell(&self, text: String) {
        self.engine.progress.tell(&self.lease.case, "refund", text);
    }
}
