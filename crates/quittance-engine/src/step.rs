//! One step of a case: finish what was begun, then read, decide and answer.

use jiff::{SignedDuration, Timestamp};
use quittance_core::case::State;
use quittance_core::reply::Reply;
use quittance_core::wish::Wish;
use quittance_intercom::conversations::Conversation;
use quittance_store::intents::{Intent, IntentState};
use quittance_store::leases::{FollowUp, Lease};
use quittance_store::transition::{CaseChange, Release, Transition};

use crate::answer::{self, Held};
use crate::approvals;
use crate::carry_out::{self, Settling};
use crate::conversation::{self, Heard, Reading};
use crate::decide;
use crate::engine::Engine;
use crate::error::Error;
use crate::facts;
use crate::follow_up;
use crate::handle::{self, Handled};
use crate::recheck;
use crate::talk::{Begun, Talk};

/// How often one step may find something new to do.
const MOST_ROUNDS: u32 = 16;

/// After how many failures in a row a person gets the conversation.
const MOST_FAILURES: u32 = 5;

/// How long after a webhook the conversation may still lack what it told of.
const READ_LAG: SignedDuration = SignedDuration::from_secs(10);

/// The pause between two looks.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(2);

/// How often a turn with the model begins again because more was said meanwhile.
const MOST_OVERTAKEN: u32 = 2;

/// How many replies, notes and other parts of ours a conversation may have before it is left to a person.
const MOST_PARTS: usize = 60;

impl Engine {
    /// Works on a leased case until there is nothing left to do now, and gives the lease back.
    pub async fn step(&self, lease: &Lease) -> Result<(), Error> {
        let (mut has_looked, mut has_answered, mut is_stale) = (false, false, false);
        for _ in 0..MOST_ROUNDS {
            let intents = self.store().intents_of(&lease.case).await?;
            if let Some(open) = intents.iter().find(|intent| is_open(intent)) {
                match carry_out::carry_out(self, lease, open).await? {
                    Settling::Settled => {
                        is_stale = true;
                        continue;
                    }
                    Settling::Later(due) => return self.rest(lease, Some(due)).await,
                }
            }
            if lease.is_recheck && !has_looked {
                (has_looked, is_stale) = (true, true);
                recheck::recheck(self, lease, &intents).await?;
            }
            let effects = self.store().open_effects(&lease.case).await?;
            if !effects.is_empty() {
                match handle::handle(self, lease, &effects).await? {
                    Handled::All(last) if has_answered => {
                        let is_unheard = handle::has_closed_over(self, lease, &effects).await?;
                        let due = is_unheard.then(|| self.now());
                        return self.rest_after(lease, due, last).await;
                    }
                    Handled::All(last) => {
                        handle::write(self, lease, last.into_iter().collect()).await?;
                        continue;
                    }
                    Handled::Otherwise => continue,
                    Handled::Later(due) => return self.rest(lease, Some(due)).await,
                }
            }
            // What the lease knows is old once something was answered or settled: another lease looks at
            // the conversation, if there is anything new.
            if has_answered {
                return self.rest(lease, None).await;
            }
            if is_stale {
                return self.rest(lease, Some(self.now())).await;
            }
            if approvals::may_wait(lease)
                && let Some(waiting) = self.store().approval_of(&lease.case).await?
            {
                let expires_at = waiting.expires_at;
                if !approvals::settle(self, lease, waiting).await? {
                    return self.rest(lease, Some(expires_at)).await;
                }
            } else if !self.hear(lease).await? {
                return Ok(());
            }
            has_answered = true;
        }
        Err(Error::Endless)
    }

    /// Reads the conversation and answers it. Returns whether there is something to carry out now;
    /// if not, the lease is given back.
    async fn hear(&self, lease: &Lease) -> Result<bool, Error> {
        // Whoever goes on writing is answered in the end, and what they add after that is heard next.
        for overtaken in 0..=MOST_OVERTAKEN {
            let Some((conversation, heard)) = self.listen(lease).await? else { return Ok(false) };
            let may_be_overtaken = overtaken < MOST_OVERTAKEN;
            match self.reply(lease, &conversation, heard, may_be_overtaken).await? {
                Held::Answered => return Ok(true),
                Held::Overtaken => {
                    self.progress.tell(&lease.case, "heard", "more was said meanwhile");
                }
            }
        }
        Err(Error::Endless)
    }

    /// Reads the conversation. Gives what is to be answered; without that the lease is given back.
    async fn listen(&self, lease: &Lease) -> Result<Option<(Conversation, Heard)>, Error> {
        let Some(conversation) = handle::conversation(self, lease).await? else {
            self.leave_alone(lease).await?;
            return Ok(None);
        };
        let own = self.me().await?.admin;
        let handled = lease.handled_part.as_ref();
        match conversation::read(&conversation, handled, lease.state, &own) {
            Reading::Quiet if follow_up::is_due(self, lease) => {
                follow_up::follow_up(self, lease, &conversation).await?;
                let due = Some(self.now());
                self.rest(lease, due).await?;
                Ok(None)
            }
            Reading::Quiet => {
                let due = self.look_again(lease, conversation.updated_at);
                self.rest(lease, due).await?;
                Ok(None)
            }
            Reading::WithPerson => {
                self.leave_to_person(lease).await?;
                Ok(None)
            }
            // Whatever Fin does next wakes the case.
            Reading::WithFin => {
                let release = Some(Release { at: self.now(), due: None, failures: 0 });
                let follow_up = Some(FollowUp::default());
                let case = CaseChange { follow_up, release, ..CaseChange::default() };
                let transition = Transition { case, ..Transition::default() };
                self.store().commit(lease, transition).await?;
                Ok(None)
            }
            Reading::Heard(heard) => Ok(Some((conversation, heard))),
        }
    }

    /// Answers what was heard.
    async fn reply(
        &self,
        lease: &Lease,
        conversation: &Conversation,
        heard: Heard,
        may_be_overtaken: bool,
    ) -> Result<Held, Error> {
        let (log, _) = self.store().log_head().await?;
        let begun = Begun { at: self.now(), elapsed: self.parts.clock.elapsed(), log };
        let has_failed = lease.failures >= MOST_FAILURES;
        let wish = heard.wish();
        let known = match facts::read(self, conversation).await {
            // Whoever asks for a person does not wait for Stripe.
            Err(error) if has_failed || wish == Some(Wish::Person) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a person gets the conversation without facts"
                );
                facts::unread(self, conversation)
            }
            known => known?,
        };
        let said = self.store().own_parts(&lease.case).await?.len();
        let mut talk = Talk::begin(self, lease, heard, known, begun, said == 0);
        if wish == Some(Wish::Person) {
            decide::person_asked_for(&mut talk).await?;
            return Ok(Held::Answered);
        }
        let because = if has_failed {
            format!("{} attempts to work on it failed", lease.failures)
        } else if said >= MOST_PARTS {
            "the conversation goes round in circles".to_owned()
        } else if wish == Some(Wish::Disclosure { is_all: true }) {
            decide::tell(&mut talk, Reply::Introduction).await?;
            return Ok(Held::Answered);
        } else {
            return answer::answer(&mut talk, may_be_overtaken).await;
        };
        decide::hand_over(&mut talk, vec![because], None).await?;
        Ok(Held::Answered)
    }

    /// When to look at a quiet conversation again: what a webhook tells may be seen a little later where
    /// conversations are read.
    /// What changed later shows what it told.
    fn look_again(&self, lease: &Lease, changed: Timestamp) -> Option<Timestamp> {
        if lease.seen_change.is_some_and(|told| changed > told) {
            return None;
        }
        let now = self.now();
        // A webhook that is still to come was dated by a clock that was set back since.
        let is_fresh =
            (SignedDuration::ZERO..READ_LAG).contains(&now.duration_since(lease.woken_at));
        is_fresh.then(|| now.saturating_add(LOOK_AGAIN).unwrap_or(now))
    }

    /// Gives up a case whose conversation is gone: there is nobody to answer.
    async fn leave_alone(&self, lease: &Lease) -> Result<(), Error> {
        tracing::warn!("Intercom does not know the conversation; it is left alone");
        let release = Some(Release { at: self.now(), due: None, failures: 0 });
        let follow_up = Some(FollowUp::default());
        let state = Some(State::Closed);
        let case = CaseChange { state, follow_up, release, ..CaseChange::default() };
        Ok(self.store().commit(lease, Transition { case, ..Transition::default() }).await?)
    }

    /// Remembers that a person has the conversation, and rests.
    async fn leave_to_person(&self, lease: &Lease) -> Result<(), Error> {
        self.progress.tell(&lease.case, "person", "a person has this conversation");
        let release = Some(Release { at: self.now(), due: None, failures: 0 });
        let follow_up = Some(FollowUp::default());
        let state = Some(State::AwaitingPerson);
        let case = CaseChange { state, follow_up, release, ..CaseChange::default() };
        Ok(self.store().commit(lease, Transition { case, ..Transition::default() }).await?)
    }
}

/// Whether a refund is neither done nor with a person.
fn is_open(intent: &Intent) -> bool {
    match intent.state {
        IntentState::Intent | IntentState::Marked | IntentState::Unknown => true,
        IntentState::Parked
        | IntentState::Confirmed
        | IntentState::Void
        | IntentState::Failed
        | IntentState::Reversed => false,
    }
}
