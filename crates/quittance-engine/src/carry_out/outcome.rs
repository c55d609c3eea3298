//! What becomes of a refund, each written with its log entry and with what follows.

use jiff::Timestamp;
use quittance_core::case::State;
use quittance_core::facts::{Refund, RefundStatus};
use quittance_core::mutant::Mutant;
use quittance_core::record::{Draft, Kind};
use quittance_core::reply::{Confirmed, Reply};
use quittance_store::effects::{EffectKind, NewEffect};
use quittance_store::intents::{IntentMove, IntentState, Settled};
use quittance_store::transition::{CaseChange, Transition};
use quittance_stripe::refunds::{self, Answer, Frozen};
use serde_json::{Value, json};

use super::{Sending, Settling};
use crate::error::Error;
use crate::people::{call_person, reply};
use crate::replies;

impl Sending<'_> {
    /// Stripe has the refund: post what was reserved and tell the customer.
    pub(super) async fn confirm(&self, refund: &Refund, how: &str) -> Result<Settling, Error> {
        let status = status(&refund.status);
        self.tell(format!("Stripe has the refund of {}: {status}", refund.amount));
        let body = json!({"decision": self.intent.decision, "outcome": "confirmed", "how": how, "refund": refund});
        let to = Settled::Confirmed { refund: refund.id.clone(), status: status.to_owned() };
        let (state, effects) = match Confirmed::new(refund, &self.entry.paid_with) {
            Some(confirmed) => (State::Closed, self.thank(&confirmed).await?),
            None => (State::AwaitingPerson, self.call_person(&bounced(refund)).await?),
        };
        self.settle(to, body, Some(state), effects).await?;
        Ok(Settling::Settled)
    }

    /// The refund was certainly not made: give back what was reserved; a person takes over.
    pub(super) async fn void(&self, why: &str) -> Result<Settling, Error> {
        self.tell(format!("no refund was made: {why}"));
        let body = json!({"decision": self.intent.decision, "outcome": "void", "why": why});
        let effects = self.call_person(&format!("the refund was not made: {why}")).await?;
        let to = Settled::Void { why: why.to_owned() };
        self.settle(to, body, Some(State::AwaitingPerson), effects).await?;
        Ok(Settling::Settled)
    }

    /// Nobody knows. It stays reserved, and is looked for again until its deadline.
    pub(super) async fn unknown(&self, why: &str) -> Result<(), Error> {
        self.tell(format!("it is not known whether the refund was made: {why}"));
        let body = json!({
            "decision": self.intent.decision,
            "outcome": "unknown",
            "why": why,
            "attempt": self.intent.attempt,
            "deadline": self.intent.deadline().map(Timestamp::as_millisecond),
        });
        let told = if Mutant::ToldBeforeConfirmed.is_planted() {
            self.promise().await?
        } else {
            Vec::new()
        };
        self.settle(Settled::Unknown, body, None, told).await
    }

    /// Nothing more can be tried. Only what is unknown is parked; a mark without an answer is unknown.
    pub(super) async fn give_up(&self, why: &str) -> Result<Settling, Error> {
        if Mutant::UnknownForgotten.is_planted() {
            return Ok(Settling::Settled);
        }
        if self.intent.state == IntentState::Marked {
            self.unknown(why).await?;
        }
        self.park(why).await
    }

    /// A person must find out. What was reserved stays reserved.
    pub(super) async fn park(&self, why: &str) -> Result<Settling, Error> {
        self.tell(format!("a person must find out whether the refund was made: {why}"));
        let body = json!({"decision": self.intent.decision, "outcome": "parked", "why": why});
        let why = why.to_owned();
        let because = format!("whether the refund was made is not known: {why}");
        let effects = self.call_person(&because).await?;
        self.settle(Settled::Parked { why }, body, Some(State::AwaitingPerson), effects).await?;
        Ok(Settling::Settled)
    }

    /// Writes an outcome: the move, its entry, the case's state and what is to be done in Intercom.
    async fn settle(
        &self,
        to: Settled,
        body: Value,
        state: Option<State>,
        effects: Vec<NewEffect>,
    ) -> Result<(), Error> {
        let (at, case) = (self.engine.now(), Some(self.lease.case.clone()));
        let entry = Draft { at, case, kind: Kind::Outcome, body };
        let settle = Some(IntentMove { decision: self.intent.decision.clone(), to, entry });
        let case = CaseChange { state, ..CaseChange::default() };
        self.commit(Transition { settle, effects, case, ..Transition::default() }).await
    }

    /// A planted mistake: the customer is told of a refund that nobody has seen.
    async fn promise(&self) -> Result<Vec<NewEffect>, Error> {
        let refund = Refund {
            id: "re_promised".parse()?,
            charge: Some(self.intent.charge.clone()),
            amount: self.intent.amount,
            status: RefundStatus::Succeeded,
            created: self.engine.now(),
            decision: None,
        };
        match Confirmed::new(&refund, &self.entry.paid_with) {
            Some(confirmed) => self.thank(&confirmed).await,
            None => Ok(Vec::new()),
        }
    }

    /// A planted mistake: what is not listed is called failed at once.
    pub(super) async fn fail_at_once(&self) -> Result<Settling, Error> {
        self.give_up("not listed").await?;
        let body =
            json!({"decision": self.intent.decision, "outcome": "failed", "why": "not listed"});
        let to = Settled::Failed { why: "not listed".to_owned(), earliest: Timestamp::MAX };
        self.settle(to, body, None, Vec::new()).await?;
        Ok(Settling::Settled)
    }

    /// A planted mistake: what is not listed is sent under another key at once.
    pub(super) async fn decide_anew(&self) -> Result<Settling, Error> {
        let key = format!("{}0", self.intent.key).parse()?;
        let frozen = Frozen { body: &self.intent.body, key: &key };
        let answer = refunds::create(&self.engine.parts.stripe, &self.approved, &frozen).await;
        if let Answer::Created { refund, .. } = answer {
            return self.confirm(&refund, "answered").await;
        }
        Ok(Settling::Later(self.pause(None)))
    }

    /// The reply and the closing.
    async fn thank(&self, confirmed: &Confirmed) -> Result<Vec<NewEffect>, Error> {
        let mut effects = reply(self.engine, self.lease, &Reply::Refund(confirmed.clone())).await?;
        let (case, at) = (&self.lease.case, self.engine.now());
        effects.push(replies::handling(EffectKind::Close, case, at, String::new()));
        Ok(effects)
    }

    /// A note, the reply that a person takes over, and the assignment.
    async fn call_person(&self, why: &str) -> Result<Vec<NewEffect>, Error> {
        call_person(self.engine, self.lease, why, &Reply::HandedOver).await
    }
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
