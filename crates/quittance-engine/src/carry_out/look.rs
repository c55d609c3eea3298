//! Looking again: at the world before a decision that waited is sent, and for a refund that may have been
//! made.

use jiff::{SignedDuration, Timestamp};
use quittance_core::facts::Refund;
use quittance_core::mutant::Mutant;
use quittance_store::intents::{Intent, IntentState, MOST_SENDS, STILL_UNDER_WAY};

use super::{Sending, Settling};
use crate::conversation;
use crate::error::Error;
use crate::handle;

/// The pauses after the first, second and third send that left the refund unknown: an outage may last.
const PAUSES: [SignedDuration; 3] =
    [SignedDuration::from_secs(1), SignedDuration::from_mins(1), SignedDuration::from_mins(10)];

/// The longest pause between two looks at an unknown refund.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

impl Sending<'_> {
    /// What has changed since the decision so that it does not stand any more.
    pub(super) async fn changed(&self) -> Result<Option<&'static str>, Error> {
        let parts = &self.engine.parts;
        let charge = parts.stripe.charge(&self.intent.charge).await?;
        let has_room = !self.intent.amount.exceeds(charge.refundable()?)?;
        if !charge.disputes.is_empty() || charge.is_disputed || !has_room {
            return Ok(Some("the charge has changed since the decision"));
        }
        let Some(conversation) = handle::conversation(self.engine, self.lease).await? else {
            return Ok(Some("the conversation is gone"));
        };
        // A person who has approved it may well have the conversation.
        let is_unapproved = self.entry.approval.is_none();
        if is_unapproved
            && conversation::is_with_person(&conversation, &self.engine.me().await?.admin)
        {
            return Ok(Some("a person has taken the conversation"));
        }
        let is_alone = self.entry.contact.as_ref().is_none_or(|contact| {
            let [only] = conversation.contacts.as_slice() else { return false };
            only.id == *contact
        });
        Ok((!is_alone).then_some("the contact in the conversation is not the one who asked"))
    }

    /// It may have been sent before: look for it, and send it again only under the same key.
    pub(super) async fn look(self) -> Result<Settling, Error> {
        let listed = match self.engine.parts.stripe.refunds_of(&self.intent.charge).await {
            Err(error) if self.is_overdue() => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an unknown refund is left to a person: Stripe's list cannot be read"
                );
                return self.give_up("Stripe's list of refunds could not be read in time").await;
            }
            listed => listed?,
        };
        if let Some(found) = listed.into_iter().find(|refund| is_of(refund, &self.intent)) {
            return self.found(&found).await;
        }
        if Mutant::FailedAtOnce.is_planted() {
            return self.fail_at_once().await;
        }
        if Mutant::DecidedAnewAtOnce.is_planted() {
            return self.decide_anew().await;
        }
        let clocks = self.clocks();
        if clocks.is_set_back(&self.intent) {
            let why = "the clock was set back, so nobody knows how old its key is; Stripe does not list it";
            return self.give_up(why).await;
        }
        if let Some(again) = self.again_at().filter(|&again| !clocks.is_past(again)) {
            return Ok(Settling::Later(clocks.due(again)));
        }
        if self.intent.attempt < MOST_SENDS && clocks.is_in_window(&self.intent) {
            return self.send().await;
        }
        if let Some(closes) = self.closes_at().filter(|&closes| !clocks.is_past(closes)) {
            return Ok(Settling::Later(clocks.due(closes)));
        }
        self.give_up("Stripe did not say whether it made the refund, and does not list it").await
    }

    /// Whether it should have been with a person by now.
    fn is_overdue(&self) -> bool {
        let clocks = self.clocks();
        let is_late = self.intent.deadline().is_some_and(|deadline| clocks.is_past(deadline));
        is_late || clocks.is_set_back(&self.intent)
    }

    /// When an unknown refund may be sent again, whatever wakes the case before. A mark without an answer is
    /// what a crash left, and need not wait.
    fn again_at(&self) -> Option<Timestamp> {
        let is_answered = self.intent.state == IntentState::Unknown;
        let last_send = self.intent.last_send.filter(|_| is_answered)?;
        last_send.checked_add(pause_after(self.intent.attempt)).ok()
    }

    /// When nothing that was sent can still be carried out.
    fn closes_at(&self) -> Option<Timestamp> {
        let last = self.intent.last_send.and_then(|last| last.checked_add(STILL_UNDER_WAY).ok());
        // A last send that a wrong clock dated far ahead does not put the deadline off.
        last.into_iter().chain(self.intent.deadline()).min()
    }

    /// A listed refund with our decision in it is ours only if it is the one that was written down.
    async fn found(&self, found: &Refund) -> Result<Settling, Error> {
        if is_same(found, &self.intent) {
            return self.confirm(found, "found").await;
        }
        let why = "Stripe lists a refund with this decision that is not the one that was decided";
        let (decision, id) = (&self.intent.decision, &found.id);
        self.engine.trip(&format!("refund {decision}: {why}: {id}")).await;
        self.give_up(why).await
    }

    /// When to look again after the send that was just made, or later if Stripe wants so.
    pub(super) fn pause(&self, wanted_ms: Option<u64>) -> Timestamp {
        let wanted = wanted_ms.and_then(|wanted| i64::try_from(wanted).ok()).unwrap_or(0);
        let pause = pause_after(self.intent.attempt).max(SignedDuration::from_millis(wanted));
        let now = self.engine.now();
        now.saturating_add(pause.min(LONGEST_PAUSE)).unwrap_or(now)
    }
}

/// Whether a listed refund names the decision of this intent.
pub(crate) fn is_of(refund: &Refund, intent: &Intent) -> bool {
    if Mutant::AnyRefundIsOurs.is_planted() {
        return refund.charge.as_ref() == Some(&intent.charge);
    }
    refund.decision.as_deref() == Some(intent.decision.as_str())
}

/// Whether a listed refund is the one that was written down.
pub(crate) fn is_same(refund: &Refund, intent: &Intent) -> bool {
    if Mutant::AnyRefundIsOurs.is_planted() {
        return is_of(refund, intent);
    }
    is_of(refund, intent)
        && refund.amount == intent.amount
        && refund.charge.as_ref() == Some(&intent.charge)
}

/// The pause after the send with this number.
fn pause_after(attempt: i64) -> SignedDuration {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    PAUSES.get(index).or(PAUSES.last()).copied().unwrap_or(LONGEST_PAUSE)
}
