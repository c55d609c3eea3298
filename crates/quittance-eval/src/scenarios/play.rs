//! Plays a scenario, step by step, and says what was not as it must be.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use quittance_core::clock::Clock;
use quittance_sandbox::intercom::{Message, Writer};
use quittance_store::Store;
use serde_json::Value;

use super::check::{self, Seen};
use super::script::{Act, Bank, Deed, Scenario, Way};
use super::stage::{Company, Stage};

/// How far ahead something may be due to belong to a step.
const SOON: SignedDuration = SignedDuration::from_mins(2);

/// How long a worker may hold a case.
const LEASE: SignedDuration = SignedDuration::from_mins(4);

/// How much work a step may make before it counts as endless.
const MOST_ROUNDS: usize = 500;

/// How long a teammate puts a conversation off.
const SNOOZE: SignedDuration = SignedDuration::from_hours(24);

/// The pause between two messages that are sent one after the other.
const BREATH: SignedDuration = SignedDuration::from_secs(1);

/// How one play of a scenario went.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// What was not as it must be, in words.
    pub wrong: Vec<String>,
    /// The conversations as they were, a line for each message.
    pub transcript: Vec<String>,
    /// How often the model was asked.
    pub model_calls: u64,
}

/// Plays a scenario once, on a simulated database.
pub(crate) async fn play(
    company: &Company,
    scenario: &Scenario,
    store: Store,
) -> anyhow::Result<Played> {
    let stage = Stage::set(company, scenario, store).await?;
    let mut run = Run { stage: &stage, conversation: None, read: HashMap::new() };
    let mut wrong = Vec::new();
    for (step, number) in scenario.talk.iter().zip(1_usize..) {
        let calls = run.model_calls();
        run.act(scenario, &step.act).await?;
        run.come_to_rest(SOON).await?;
        let seen = run.seen(calls)?;
        let found = check::step(&step.then, &seen);
        wrong.extend(found.into_iter().map(|found| format!("step {number}: {found}")));
    }
    wrong.extend(check::end(scenario, &run.all()?));
    let transcript = run.transcript();
    Ok(Played { wrong, transcript, model_calls: run.model_calls() })
}

/// A play that is under way.
struct Run<'a> {
    stage: &'a Stage,
    /// The conversation that is held.
    conversation: Option<String>,
    /// How many messages of each conversation were read.
    read: HashMap<String, usize>,
}

impl Run<'_> {
    async fn act(&mut self, scenario: &Scenario, act: &Act) -> anyhow::Result<()> {
        match act {
            Act::Says(texts) => {
                for text in texts {
                    self.say(scenario, text);
                    self.stage.deliver().await?;
                    self.stage.pass(BREATH);
                }
            }
            Act::SaysWhileThinking { first, then } => {
                let (intercom, contact) = (self.stage.intercom.clone(), self.stage.contact.clone());
                let then = then.clone();
                let interruption = Box::new(move || {
                    intercom.say(&contact, &then);
                });
                super::locked(&self.stage.thinking.next).push_back(interruption);
                self.say(scenario, first);
            }
            Act::SaysElsewhere(text) => {
                self.conversation = self.stage.intercom.say_anew(&self.stage.contact, text);
            }
            Act::Wait(time) => self.wait(*time).await?,
            Act::Bank(bank) => self.bank(*bank),
            Act::Teammate(_)
            | Act::Note(_)
            | Act::Bot(_)
            | Act::Fin(_)
            | Act::FinGivesUp(_)
            | Act::Does(_) => self.in_inbox(act),
        }
        Ok(())
    }

    /// The customer writes: into the conversation that is held, which opens again if it is closed.
    fn say(&mut self, scenario: &Scenario, text: &str) {
        let intercom = &self.stage.intercom;
        match &self.conversation {
            Some(conversation) => {
                intercom.say_in(conversation, text);
            }
            None if scenario.customer.comes == Way::ByEmail => {
                self.conversation = intercom.email(&self.stage.contact, text);
            }
            None => self.conversation = intercom.say(&self.stage.contact, text),
        }
    }

    fn in_inbox(&self, act: &Act) {
        let Some(conversation) = &self.conversation else { return };
        let intercom = &self.stage.intercom;
        match act {
            Act::Teammate(text) => intercom.teammate_replies(conversation, text),
            Act::Note(text) => intercom.teammate_notes(conversation, text),
            Act::Bot(text) => intercom.bot_replies(conversation, text),
            Act::Fin(text) => intercom.fin_replies(conversation, text),
            Act::FinGivesUp(text) => intercom.fin_escalates(conversation, text),
            Act::Does(Deed::Takes) => intercom.teammate_assigns_self(conversation),
            Act::Does(Deed::Closes) => intercom.teammate_closes(conversation),
            Act::Does(Deed::Snoozes) => {
                let until = self.stage.clock.now().saturating_add(SNOOZE);
                let until = until.map_or(i64::MAX, Timestamp::as_second);
                intercom.teammate_snoozes(conversation, until)
            }
            Act::Says(_)
            | Act::SaysWhileThinking { .. }
            | Act::SaysElsewhere(_)
            | Act::Bank(_)
            | Act::Wait(_) => None,
        };
    }

    fn bank(&self, bank: Bank) {
        let stripe = &self.stage.stripe;
        match bank {
            Bank::SendsRefundBack => {
                if let Some(refund) = check::own_refunds(stripe).last()
                    && let Some(id) = refund.get("id").and_then(Value::as_str)
                {
                    stripe.refund_later_fails(id);
                }
            }
            Bank::DisputesPayment => {
                if let Some(charge) = self.stage.charges.last() {
                    stripe.dispute(charge, "needs_response");
                }
            }
        }
    }

    /// Lets time pass, and whatever is due in it happen.
    async fn wait(&self, time: SignedDuration) -> anyhow::Result<()> {
        let end = self.stage.clock.now().checked_add(time)?;
        self.come_to_rest(time).await?;
        self.stage.pass(end.duration_since(self.stage.clock.now()));
        Ok(())
    }

    /// Works until nothing is due before `ahead` is over.
    async fn come_to_rest(&self, ahead: SignedDuration) -> anyhow::Result<()> {
        let end = self.stage.clock.now().checked_add(ahead)?;
        for _ in 0..MOST_ROUNDS {
            if self.work().await? > 0 {
                continue;
            }
            let due = self.stage.engine.store().next_due().await?;
            let Some(due) = due.filter(|due| *due <= end) else { return Ok(()) };
            let left = due.duration_since(self.stage.clock.now());
            self.stage.pass(
                left.max(SignedDuration::ZERO).saturating_add(SignedDuration::from_millis(1)),
            );
        }
        anyhow::bail!("the agent does not come to rest")
    }

    /// Works once on everything that is due, and tells how much it was.
    async fn work(&self) -> anyhow::Result<usize> {
        self.stage.deliver().await?;
        let (engine, now) = (&self.stage.engine, self.stage.clock.now());
        let leases = engine.store().lease_due(now, now.checked_add(LEASE)?, 100).await?;
        for lease in &leases {
            if let Err(error) = Box::pin(engine.step(lease)).await {
                engine.postpone(lease, &error).await?;
            }
        }
        Ok(leases.len())
    }

    fn model_calls(&self) -> u64 {
        *super::locked(&self.stage.thinking.calls)
    }

    /// What has come since the last look, and how everything stands.
    fn seen(&mut self, calls_before: u64) -> anyhow::Result<Seen> {
        let mut new = Vec::new();
        for conversation in self.stage.intercom.conversations_of(&self.stage.contact) {
            let messages = self.stage.intercom.messages(&conversation);
            let count = messages.len();
            let read = self.read.insert(conversation, count).unwrap_or_default();
            new.extend(messages.into_iter().skip(read));
        }
        let mut seen = self.all()?;
        seen.model_calls = seen.model_calls.saturating_sub(calls_before);
        seen.set_messages(&new);
        Ok(seen)
    }

    /// Everything there is.
    fn all(&self) -> anyhow::Result<Seen> {
        let intercom = &self.stage.intercom;
        let conversations = intercom.conversations_of(&self.stage.contact);
        let messages: Vec<Message> =
            conversations.iter().flat_map(|id| intercom.messages(id)).collect();
        let raw = conversations.iter().filter_map(|id| intercom.conversation(id)).collect();
        let held = self.conversation.as_deref().and_then(|id| intercom.conversation(id));
        let mut seen = Seen {
            refunds: check::amounts(&check::own_refunds(&self.stage.stripe))?,
            stands: held.as_ref().map(check::standing),
            model_calls: self.model_calls(),
            conversations: raw,
            ..Seen::default()
        };
        seen.set_messages(&messages);
        Ok(seen)
    }

    fn transcript(&self) -> Vec<String> {
        let intercom = &self.stage.intercom;
        let conversations = intercom.conversations_of(&self.stage.contact);
        let messages = conversations.iter().flat_map(|id| intercom.messages(id));
        messages.map(|message| line(&message)).collect()
    }
}

/// A message as a line of a transcript.
fn line(message: &Message) -> String {
    let who = match &message.author {
        Writer::Contact => "customer",
        Writer::Agent if message.is_note => "note",
        Writer::Agent => "agent",
        Writer::Teammate { .. } if message.is_note => "teammate's note",
        Writer::Teammate { .. } => "teammate",
        Writer::Operator => "bot",
    };
    format!("{who}: {}", message.text.replace('\n', "\n    "))
}
