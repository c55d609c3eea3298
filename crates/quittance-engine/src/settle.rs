//! A person settles a refund of which nobody could find out whether it was made.
//!
//! The evidence is Stripe's list of the charge's refunds, read now. What is on it was made; what is not on it
//! was not made once ten minutes have passed since the last send. Nothing is ever sent again: whoever asks
//! again makes a new decision.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quittance_core::case::State;
use quittance_core::clock::Clock;
use quittance_core::facts::Refund;
use quittance_core::ids::{DecisionId, RefundId};
use quittance_core::record::{Draft, Kind};
use quittance_store::Store;
use quittance_store::effects::EffectKind;
use quittance_store::intents::{Intent, IntentMove, IntentState, Settled};
use quittance_store::leases::Lease;
use quittance_store::transition::{CaseChange, Release, Transition};
use serde_json::{Value, json};

use crate::carry_out::{is_of, is_same, status};
use crate::clocks::Clocks;
use crate::error::Error;
use crate::replies;

/// How long the case is held while a person settles its refund.
const HOLD: SignedDuration = SignedDuration::from_mins(2);

/// The longest name of a person that is kept, in characters.
const LONGEST_NAME: usize = 80;

/// What is needed to settle a refund. The program may be serving the same database meanwhile.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The database.
    pub store: Store,
    /// Stripe.
    pub stripe: Arc<quittance_stripe::Client>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Stripe lists it: it was made, and is confirmed now.
    Confirmed {
        /// Stripe's refund.
        refund: RefundId,
        /// Stripe's status of it.
        status: String,
    },
    /// It was not made. What it had reserved is given back; asking again makes a new decision.
    Failed,
    /// Stripe does not list it, but its last send may still be carried out.
    TooEarly {
        /// When to try again.
        again: Timestamp,
    },
    /// Stripe lists a refund with this decision that is not the one that was decided.
    Differs {
        /// Stripe's refund.
        refund: RefundId,
    },
    /// It is not with a person, so there is nothing to settle.
    NotParked {
        /// How far it is.
        state: IntentState,
        /// When it will be with a person at the latest, if it may come to that.
        deadline: Option<Timestamp>,
    },
    /// Somebody is at work on its case.
    Busy,
    /// There is no such decision, or it allowed no refund.
    Unknown,
}

impl Desk {
    /// Settles a parked refund in the name of `by`.
    pub async fn settle(&self, decision: &DecisionId, by: &str) -> Result<Settlement, Error> {
        let Some(intent) = self.store.intent_of(decision).await? else {
            return Ok(Settlement::Unknown);
        };
        if let Some(other) = not_parked(&intent) {
            return Ok(other);
        }
        let now = self.clock.now();
        let until = now.saturating_add(HOLD).unwrap_or(now);
        let holder = format!("person {decision}");
        let Some((lease, due)) = self.store.lease_case(&holder, &intent.case, now, until).await?
        else {
            return Ok(Settlement::Busy);
        };
        let settled = self.settle_held(&lease, decision, by).await;
        // What was settled gave the case back. Otherwise it waits for what it waited for.
        if !matches!(settled, Ok(Settlement::Confirmed { .. } | Settlement::Failed)) {
            let release = Some(Release { at: self.clock.now(), due, failures: 0 });
            let case = CaseChange { release, ..CaseChange::default() };
            self.store.commit(&lease, Transition { case, ..Transition::default() }).await?;
        }
        settled
    }

    /// The same, while nobody else can work on the case.
    async fn settle_held(
        &self,
        lease: &Lease,
        decision: &DecisionId,
        by: &str,
    ) -> Result<Settlement, Error> {
        let Some(intent) = self.store.intent_of(decision).await? else {
            return Ok(Settlement::Unknown);
        };
        if let Some(other) = not_parked(&intent) {
            return Ok(other);
        }
        let listed = self.stripe.refunds_of(&intent.charge).await?;
        let parked = Parked { desk: self, lease, intent: &intent, by: &name(by) };
        match listed.iter().find(|refund| is_of(refund, &intent)) {
            Some(found) if is_same(found, &intent) => parked.confirm(found).await,
            Some(other) => Ok(Settlement::Differs { refund: other.id.clone() }),
            None => parked.fail(listed.len()).await,
        }
    }
}

fn not_parked(intent: &Intent) -> Option<Settlement> {
    let (state, deadline) = (intent.state, intent.deadline());
    (state != IntentState::Parked).then_some(Settlement::NotParked { state, deadline })
}

/// One refund in a person's hands.
struct Parked<'a> {
    desk: &'a Desk,
    lease: &'a Lease,
    intent: &'a Intent,
    by: &'a str,
}

impl Parked<'_> {
    async fn confirm(&self, found: &Refund) -> Result<Settlement, Error> {
        let (refund, status) = (found.id.clone(), status(&found.status).to_owned());
        let note = format!(
            "About the refund of {} that was not known to be made: {} found that Stripe has it: {refund} ({status}).",
            self.intent.amount, self.by
        );
        let body = json!({
            "decision": self.intent.decision, "outcome": "confirmed", "how": "person", "by": self.by, "refund": found,
        });
        let to = Settled::Confirmed { refund: refund.clone(), status: status.clone() };
        self.write(to, body, note).await?;
        Ok(Settlement::Confirmed { refund, status })
    }

    async fn fail(&self, listed: usize) -> Result<Settlement, Error> {
        let stripe = &self.desk.stripe;
        let clocks = Clocks { ours: self.desk.clock.now(), stripes: stripe.last_date() };
        if !clocks.is_settled(self.intent) {
            return Ok(Settlement::TooEarly { again: clocks.settles_at(self.intent) });
        }
        let why = format!("{} found that Stripe does not list it", self.by);
        let note = format!(
            "The refund of {} that was not known to be made was not made: {why}. Nothing was sent again; whoever \
             wants it now decides anew.",
            self.intent.amount
        );
        let body = json!({
            "decision": self.intent.decision, "outcome": "failed", "by": self.by, "listed": listed,
            "last_send": self.intent.last_send.map(Timestamp::as_millisecond),
        });
        self.write(Settled::Failed { why, earliest: clocks.youngest() }, body, note).await?;
        Ok(Settlement::Failed)
    }

    /// Writes the outcome and the team's note, and gives the case back: the note is sent by whoever serves.
    async fn write(&self, to: Settled, body: Value, note: String) -> Result<(), Error> {
        let (at, case) = (self.desk.clock.now(), &self.lease.case);
        let entry = Draft { at, case: Some(case.clone()), kind: Kind::Outcome, body };
        let transition = Transition {
            settle: Some(IntentMove { decision: self.intent.decision.clone(), to, entry }),
            effects: vec![replies::handling(EffectKind::Note, case, at, note)],
            case: CaseChange {
                state: Some(State::AwaitingPerson),
                release: Some(Release { at, due: Some(at), failures: 0 }),
                ..CaseChange::default()
            },
            ..Transition::default()
        };
        Ok(self.desk.store.commit(self.lease, transition).await?)
    }
}

/// A name as the log keeps it: one short line.
fn name(by: &str) -> String {
    by.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect()
}
