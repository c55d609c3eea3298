//! Sees the true state of every side, and says what does not hold.

mod ends;
mod sends;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::PoisonError;

use quittance_core::guard::{self, IntentEntry};
use quittance_core::ids::{CaseId, WorkspaceId};
use quittance_core::record::{Entry, Kind};
use quittance_sandbox::intercom::{Message, Writer};
use quittance_store::intents::{Intent, IntentState};
use serde_json::Value;

use super::lines::Sent;
use super::run::{Bar, Notice};
use super::scenario::Scenario;
use super::steps::{Held, hold};
use super::world::{Known, World};
use crate::model::Step;

/// How often the model may be asked in a run.
const MOST_ASKED: u32 = 400;

/// What must hold of a database that was replaced by an older one.
const RESTORED: [&str; 7] = ["I1", "I2", "I5", "I7", "I9", "I15", "I16"];

/// Words that only the telling of a refund has.
pub(crate) const PROMISES: [&str; 2] = ["on its way to", "have submitted your refund"];

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Its number.
    pub(crate) invariant: &'static str,
    /// What was seen.
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// What a run was found to be.
pub(crate) struct Judgment {
    /// What does not hold.
    pub(crate) violations: Vec<Violation>,
    /// Whether it was held against the model.
    pub(crate) held: Held,
    /// What was done to its one decision.
    pub(crate) steps: Vec<Step>,
    /// Refunds of ours at Stripe, whatever became of them.
    pub(crate) refunds: usize,
}

/// What only the run knows.
pub(crate) struct Seen<'a> {
    /// Whether everything came to rest.
    pub(crate) is_at_rest: bool,
    /// How long that took after everything worked again, in milliseconds.
    pub(crate) healed_for_ms: i64,
    /// When money was stopped, from and to, in milliseconds of the run.
    pub(crate) stops: &'a [(i64, i64)],
    /// Whether the database was replaced by an older one.
    pub(crate) is_restored: bool,
    /// The webhooks that were acknowledged as stored.
    pub(crate) acknowledged: &'a [Notice],
    /// What a refund must not be sent after, and when it happened, in milliseconds of the run.
    pub(crate) bars: &'a [(i64, Bar)],
}

/// A refund of ours at Stripe.
#[derive(Clone, Debug)]
struct OwnRefund {
    id: String,
    decision: String,
    case: String,
    charge: String,
    amount: i64,
    status: String,
    /// Which entry of the log allowed it, and its hash.
    entry: (String, String),
}

/// A refund at Stripe, if it carries a decision of ours.
fn own_refund(refund: &Value) -> Option<OwnRefund> {
    let text = |path: &str| refund.pointer(path).and_then(Value::as_str).map(str::to_owned);
    Some(OwnRefund {
        id: text("/id")?,
        decision: text("/metadata/decision")?,
        case: text("/metadata/case").unwrap_or_default(),
        charge: text("/charge").unwrap_or_default(),
        amount: refund.get("amount").and_then(Value::as_i64).unwrap_or(0),
        status: text("/status").unwrap_or_default(),
        entry: (
            text("/metadata/log_seq").unwrap_or_default(),
            text("/metadata/log_hash").unwrap_or_default(),
        ),
    })
}

/// A conversation, from both sides.
struct Side {
    conversation: String,
    case: CaseId,
    messages: Vec<Message>,
    intents: Vec<Intent>,
    entries: Vec<Entry>,
    own_parts: usize,
}

struct Bench<'a> {
    world: &'a World,
    scenario: &'a Scenario,
    sides: Vec<Side>,
    /// All charges and refunds at Stripe, and those of the refunds that are ours.
    charges: Vec<Value>,
    all_refunds: Vec<Value>,
    refunds: Vec<OwnRefund>,
    sent: Vec<Sent>,
    found: Vec<Violation>,
}

/// Judges a run that has ended.
pub(crate) async fn judge(
    world: &World,
    scenario: &Scenario,
    seen: &Seen<'_>,
) -> anyhow::Result<Judgment> {
    let mut sides = Vec::new();
    for conversation in world.intercom.conversations() {
        sides.push(side(world, conversation).await?);
    }
    let sent = world.post.sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (charges, all_refunds) = (world.stripe.charges(), world.stripe.refunds());
    let refunds: Vec<OwnRefund> = all_refunds.iter().filter_map(own_refund).collect();
    let count = refunds.len();
    let found = Vec::new();
    let mut bench = Bench { world, scenario, sides, charges, all_refunds, refunds, sent, found };
    bench.refunds();
    bench.intents();
    bench.sends(seen.stops);
    bench.bars(seen.bars);
    bench.words();
    bench.budgets().await?;
    bench.log().await?;
    bench.intake(seen.acknowledged).await?;
    bench.replays();
    bench.rest(seen).await?;
    if seen.is_restored {
        // What the older database has forgotten cannot be in it: money must be off until a person has
        // looked, and no refund may have been made twice.
        let is_kept = |found: &Violation| RESTORED.contains(&found.invariant);
        bench.found.retain(is_kept);
        bench.stays_off().await?;
        let (held, steps) = (Held::NotOne, Vec::new());
        return Ok(Judgment { violations: bench.found, held, steps, refunds: count });
    }
    let (held, steps) = bench.model();
    Ok(Judgment { violations: bench.found, held, steps, refunds: count })
}

async fn side(world: &World, conversation: String) -> anyhow::Result<Side> {
    let workspace: WorkspaceId = "sandbox1".parse()?;
    let case = CaseId::of(&workspace, &conversation.parse()?)?;
    let store = &world.outside;
    Ok(Side {
        messages: world.intercom.messages(&conversation),
        intents: store.intents_of(&case).await?,
        entries: store.log_of(&case).await?,
        own_parts: store.own_parts(&case).await?.len(),
        conversation,
        case,
    })
}

impl Bench<'_> {
    fn find(&mut self, invariant: &'static str, what: String) {
        self.found.push(Violation { invariant, what });
    }

    /// What was done to the one decision of the run, against the model.
    fn model(&mut self) -> (Held, Vec<Step>) {
        let mut decided = self.sides.iter().flat_map(|side| side.intents.iter().map(move |_| side));
        let (Some(side), None) = (decided.next(), decided.next()) else {
            return (Held::NotOne, Vec::new());
        };
        let is_found = side.entries.iter().any(|entry| {
            let body = &entry.draft.body;
            entry.draft.kind == Kind::Outcome
                && text(body, "outcome") == "confirmed"
                && text(body, "how") == "found"
        });
        let steps = self.world.hub.notes.steps(&side.case, is_found);
        self.world.hub.tell(None, || format!("in the words of the model: {steps:?}"));
        let held = hold(&steps).unwrap_or_else(|forbidden| {
            self.find("model", forbidden);
            Held::Yes
        });
        (held, steps)
    }

    /// I1, I2, I4, I6, I15: what Stripe holds.
    fn refunds(&mut self) {
        let mut by_decision: BTreeMap<String, usize> = BTreeMap::new();
        for refund in self.refunds.clone() {
            let count = by_decision.entry(refund.decision.clone()).or_default();
            *count = count.saturating_add(1);
            self.authority(&refund);
        }
        for (decision, count) in by_decision {
            if count > 1 {
                self.find("I1", format!("{count} refunds of decision {decision}"));
            }
        }
        for known in self.world.people.clone() {
            for charge in &known.charges {
                self.charge(charge);
            }
        }
    }

    fn charge(&mut self, charge: &str) {
        let is_of = |value: &&Value| value.get("charge").and_then(Value::as_str) == Some(charge);
        let stands = |value: &&Value| {
            let status = value.get("status").and_then(Value::as_str);
            !matches!(status, Some("failed" | "canceled"))
        };
        let amount = |value: &Value| value.get("amount").and_then(Value::as_i64).unwrap_or(0);
        let given = self.all_refunds.iter().filter(is_of).filter(stands).map(amount);
        let given: i64 = given.fold(0, i64::saturating_add);
        let paid = self
            .charges
            .iter()
            .find(|value| value.get("id").and_then(Value::as_str) == Some(charge))
            .map_or(0, amount);
        if given > paid {
            self.find("I2", format!("{given} of {paid} cents were given back of {charge}"));
        }
        let ours = self.refunds.iter().filter(|refund| {
            refund.charge == charge && !matches!(refund.status.as_str(), "failed" | "canceled")
        });
        let ours = ours.count();
        if ours > 1 {
            self.find("I2", format!("{ours} refunds of ours stand on {charge}"));
        }
    }

    /// A refund rests on an intent, a mark and a verdict in the log, and its charge is the customer's.
    fn authority(&mut self, refund: &OwnRefund) {
        let Some(side) = self.sides.iter().find(|side| side.case.as_str() == refund.case) else {
            return self.find("I4", format!("refund {} belongs to no case", refund.id));
        };
        let of = |kind: Kind| side.entries.iter().filter(move |entry| entry.draft.kind == kind);
        let intent = of(Kind::Intent).find(|entry| {
            serde_json::from_value::<IntentEntry>(entry.draft.body.clone()).is_ok_and(|entry| {
                entry.decision.as_str() == refund.decision
                    && entry.refund.charge.as_str() == refund.charge
                    && entry.refund.amount.minor() == refund.amount
            })
        });
        let is_marked =
            of(Kind::Mark).any(|entry| text(&entry.draft.body, "decision") == refund.decision);
        let is_allowed = of(Kind::Verdict).any(|entry| {
            let body = &entry.draft.body;
            text(body, "verdict") == "allow"
                && body.pointer("/refund/charge").and_then(Value::as_str) == Some(&refund.charge)
                && intent.is_some_and(|intent| entry.seq < intent.seq)
        });
        let is_theirs = self.person_of(side).is_some_and(|(number, known)| {
            known.charges.contains(&refund.charge)
                && self.scenario.people.get(number).is_some_and(|person| person.is_verified)
        });
        let is_named = intent
            .is_none_or(|intent| refund.entry == (intent.seq.to_string(), intent.hash.to_string()));
        let (has_intent, case) = (intent.is_some(), refund.case.clone());
        if !is_named {
            self.find("I6", format!("refund {} does not name its entry of the log", refund.id));
        }
        if !has_intent || !is_marked {
            self.find("I6", format!("refund {} of {case} has no intent or mark", refund.id));
        }
        if !is_allowed {
            self.find("I4", format!("no verdict allows refund {} of {case}", refund.id));
        }
        if !is_theirs {
            self.find("I15", format!("refund {} of {case} is not the customer's", refund.id));
        }
    }

    /// Who opened a conversation, and their number.
    fn person_of(&self, side: &Side) -> Option<(usize, &Known)> {
        self.world.people.iter().enumerate().find(|(_, known)| {
            self.world.intercom.conversations_of(&known.contact).contains(&side.conversation)
        })
    }

    /// I6, I8: what the database says became of each decision, against what became of it.
    fn intents(&mut self) {
        let intents: Vec<Intent> =
            self.sides.iter().flat_map(|side| side.intents.iter().cloned()).collect();
        for intent in intents {
            let decision = intent.decision.as_str();
            let is_there = self.refunds.iter().any(|refund| refund.decision == decision);
            let what = format!("decision {decision} is {}", intent.state);
            match intent.state {
                IntentState::Void | IntentState::Failed if is_there => {
                    self.find("I8", format!("{what}, and Stripe has its refund"));
                }
                IntentState::Confirmed | IntentState::Reversed if !is_there => {
                    self.find("I6", format!("{what}, and Stripe has no refund of it"));
                }
                IntentState::Intent | IntentState::Marked | IntentState::Unknown => {
                    self.find("I13", format!("{what} at the end"));
                }
                IntentState::Void
                | IntentState::Failed
                | IntentState::Confirmed
                | IntentState::Reversed
                | IntentState::Parked => {}
            }
        }
    }

    /// I5, I6: what was said.
    fn words(&mut self) {
        let mut found = Vec::new();
        for side in &self.sides {
            let ours = side.messages.iter().filter(|message| message.author == Writer::Agent);
            if ours.clone().count() > side.own_parts {
                let (said, known) = (ours.clone().count(), side.own_parts);
                let what = format!("{} has {said} parts of ours, {known} in the log", side.case);
                found.push(("I6", what));
            }
            let told = ours.filter(|message| !message.is_note);
            let promises: Vec<String> =
                told.filter_map(|message| promised(&message.text)).collect();
            for amount in &promises {
                let of_case = |refund: &&OwnRefund| refund.case == side.case.as_str();
                let is_made = |refund: &OwnRefund| decimal(refund.amount) == *amount;
                if !self.refunds.iter().filter(of_case).any(is_made) {
                    found.push(("I5", format!("{}: {amount} promised and not given", side.case)));
                }
            }
            let given =
                self.refunds.iter().filter(|refund| refund.case == side.case.as_str()).count();
            if promises.len() > given {
                let count = promises.len();
                found.push(("I5", format!("{}: told of {count} refunds of {given}", side.case)));
            }
        }
        for (invariant, what) in found {
            self.find(invariant, what);
        }
        if self.world.brain.asked() > MOST_ASKED {
            self.find("I14", format!("the model was asked {} times", self.world.brain.asked()));
        }
    }

    /// I3: what is reserved and spent.
    async fn budgets(&mut self) -> anyhow::Result<()> {
        let live = |intent: &&Intent| {
            matches!(
                intent.state,
                IntentState::Intent
                    | IntentState::Marked
                    | IntentState::Unknown
                    | IntentState::Parked
            )
        };
        let intents = self.sides.iter().flat_map(|side| &side.intents);
        let held: i64 =
            intents.filter(live).map(|intent| intent.amount.minor()).fold(0, i64::saturating_add);
        let given = |intent: &&Intent| {
            matches!(intent.state, IntentState::Confirmed | IntentState::Reversed)
        };
        let intents = self.sides.iter().flat_map(|side| &side.intents);
        let spent: i64 =
            intents.filter(given).map(|intent| intent.amount.minor()).fold(0, i64::saturating_add);
        let (mut pending, mut posted) = (0_i64, 0_i64);
        for budget in self.world.outside.budgets().await? {
            if budget.posted.saturating_add(budget.pending) > budget.cap {
                self.find("I3", format!("{budget:?} is over its limit"));
            }
            if budget.scope == "day" {
                pending = pending.saturating_add(budget.pending);
                posted = posted.saturating_add(budget.posted);
            }
        }
        if posted != spent {
            self.find("I3", format!("{posted} cents are spent for {spent} cents given back"));
        }
        if pending != held {
            self.find("I3", format!("{pending} cents are reserved for {held} cents under way"));
        }
        Ok(())
    }

    /// I19: every verdict comes out of the log again, byte for byte.
    fn replays(&mut self) {
        let policy = &self.world.library.policy;
        let found: Vec<String> = self
            .sides
            .iter()
            .filter_map(|side| {
                let known = |version: &_| (*version == policy.version).then(|| policy.clone());
                guard::replay(&side.entries, known).err().map(|unlike| unlike.to_string())
            })
            .collect();
        for unlike in found {
            self.find("I19", unlike);
        }
    }

    /// Money is off while Stripe holds a refund of ours that the database does not know.
    async fn stays_off(&mut self) -> anyhow::Result<()> {
        let is_known = |refund: &OwnRefund| {
            let mut intents = self.sides.iter().flat_map(|side| &side.intents);
            intents.any(|intent| {
                intent.decision.as_str() == refund.decision
                    && intent.refund.as_ref().is_some_and(|id| id.as_str() == refund.id)
            })
        };
        let unknown: Vec<String> = self
            .refunds
            .iter()
            .filter(|refund| !is_known(refund))
            .map(|refund| refund.id.clone())
            .collect();
        if !unknown.is_empty() && !self.world.outside.is_stopped().await? {
            self.find(
                "I7",
                format!("money moves, and the log does not know {}", unknown.join(", ")),
            );
        }
        Ok(())
    }

    /// I7: the log is whole.
    async fn log(&mut self) -> anyhow::Result<()> {
        if let Err(error) = self.world.outside.log_verify(|_, _| {}).await {
            self.find("I7", format!("the log does not verify: {error}"));
        }
        Ok(())
    }
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The amount of which a message says that it was given back, as `49.00`.
fn promised(message: &str) -> Option<String> {
    let is_promise = PROMISES.iter().any(|words| message.contains(words));
    let after = message.split("refund of ").nth(1).filter(|_| is_promise)?;
    after.split(' ').next().map(str::to_owned)
}

/// Cents as a plain decimal.
fn decimal(minor: i64) -> String {
    let (whole, rest) = (minor.checked_div(100), minor.checked_rem(100));
    format!("{}.{:02}", whole.unwrap_or(0), rest.unwrap_or(0))
}
