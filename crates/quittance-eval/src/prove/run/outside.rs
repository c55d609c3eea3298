//! What customers, teammates, banks and whoever stops money do.

use quittance_core::clock::Clock;
use quittance_store::stop::StopChange;
use serde_json::Value;

use super::{Bar, Run};
use crate::prove::scenario::Happening;
use crate::prove::steps::What;

impl Run<'_> {
    pub(super) async fn happen(&mut self) -> anyhow::Result<()> {
        if self.resumes_ms.is_some_and(|at_ms| at_ms <= self.hub.now_ms()) {
            self.resumes_ms = None;
            self.resume().await?;
        }
        while let Some((at_ms, happening)) = self.scenario.happenings.get(self.happened) {
            if *at_ms > self.hub.now_ms() {
                return Ok(());
            }
            self.happened = self.happened.saturating_add(1);
            self.hub.tell(None, || format!("{happening:?}"));
            if *happening == Happening::Stop {
                self.stop().await?;
            } else if *happening == Happening::Resume {
                self.resume().await?;
            } else if *happening == Happening::Settle {
                self.meddle_at_desk().await?;
            } else {
                self.change(*happening);
            }
        }
        Ok(())
    }

    pub(super) fn change(&mut self, happening: Happening) {
        let now_ms = self.hub.now_ms();
        let world = &self.world;
        let charge = |person: usize, payment: usize| {
            world.people.get(person).and_then(|known| known.charges.get(payment))
        };
        match happening {
            Happening::Say { person, is_new } => {
                let Some(known) = world.people.get(person) else { return };
                let text = "I want my money back, please.";
                if is_new {
                    world.intercom.say_anew(&known.contact, text);
                } else {
                    world.intercom.say(&known.contact, text);
                }
            }
            Happening::TeammateReplies { person } => {
                if let Some(conversation) = self.newest(person) {
                    world.intercom.teammate_replies(&conversation, "I am on it.");
                }
            }
            Happening::TeammateTakes { person } => {
                if let Some(conversation) = self.newest(person) {
                    world.intercom.teammate_assigns_self(&conversation);
                    self.bars.push((now_ms, Bar::Person(conversation)));
                }
            }
            Happening::Dispute { person, payment } => {
                if let Some(charge) = charge(person, payment) {
                    world.stripe.dispute(charge, "needs_response");
                    self.bars.push((now_ms, Bar::Dispute(charge.clone())));
                }
            }
            Happening::RefundByHand { person, payment, minor } => {
                if let Some(charge) = charge(person, payment) {
                    // Stripe refuses what is too much, as it should.
                    let _ = world.stripe.refund(charge, minor);
                }
            }
            Happening::BankRefuses { person, payment } => {
                let refunds = world.stripe.refunds();
                let of = charge(person, payment);
                let found = refunds.iter().find(|refund| {
                    refund.get("charge").and_then(Value::as_str) == of.map(String::as_str)
                });
                let id = found.and_then(|refund| refund.get("id")).and_then(Value::as_str);
                if let Some(id) = id {
                    world.stripe.refund_later_fails(id);
                }
            }
            Happening::Stop | Happening::Resume | Happening::Settle => {}
        }
    }

    pub(super) fn newest(&self, person: usize) -> Option<String> {
        let known = self.world.people.get(person)?;
        self.world.intercom.conversations_of(&known.contact).pop()
    }

    /// Something changes that nobody here has a hand in.
    pub(super) fn meddle(&mut self) {
        let people = self.world.people.len();
        let happening = self.hub.throw(|dice| {
            let person = dice.index(people);
            match dice.below(5) {
                0 => Happening::Dispute { person, payment: 1 },
                1 => Happening::RefundByHand { person, payment: 1, minor: dice.between(1, 4_900) },
                2 => Happening::TeammateReplies { person },
                3 => Happening::TeammateTakes { person },
                _ => Happening::Say { person, is_new: dice.one_in(2) },
            }
        });
        self.hub.tell(None, || format!("meanwhile: {happening:?}"));
        self.change(happening);
    }

    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        self.seen = None;
        self.world.outside.stop(self.switch("somebody stops money")).await?;
        self.hub.note(What::Stop);
        if self.stopped_ms.is_none() {
            self.stopped_ms = Some(self.hub.now_ms());
        }
        Ok(())
    }

    pub(super) async fn resume(&mut self) -> anyhow::Result<()> {
        self.seen = None;
        if let Some(from) = self.stopped_ms.take() {
            self.stops.push((from, self.hub.now_ms()));
        }
        self.world.outside.resume(self.switch("somebody has looked")).await?;
        self.hub.note(What::Resume);
        Ok(())
    }

    pub(super) fn switch(&self, why: &str) -> StopChange {
        StopChange { why: why.to_owned(), by: "Ana".to_owned(), at: self.hub.truth.now() }
    }
}
