//! Whether what came of a step is what must come of it.

use anyhow::Context;
use quittance_core::money::Money;
use quittance_sandbox::intercom::{Message, Writer};
use quittance_sandbox::stripe::Stripe;
use serde_json::Value;

use super::script::{Scenario, Standing, Then};

/// What there is to see.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// What the agent told the customer.
    pub(super) replies: Vec<String>,
    /// What it told the team.
    pub(super) notes: Vec<String>,
    /// What it gave back.
    pub(super) refunds: Vec<Money>,
    /// How the conversation stands.
    pub(super) stands: Option<Standing>,
    /// How often the model was asked.
    pub(super) model_calls: u64,
    /// The conversations as the API shows them.
    pub(super) conversations: Vec<Value>,
}

impl Seen {
    /// Sorts what the agent wrote.
    pub(super) fn set_messages(&mut self, messages: &[Message]) {
        let of = |is_note: bool| {
            let own = messages
                .iter()
                .filter(move |it| it.author == Writer::Agent && it.is_note == is_note);
            own.map(|it| it.text.clone()).collect()
        };
        (self.replies, self.notes) = (of(false), of(true));
    }
}

/// What is not as a step wants it.
pub(super) fn step(then: &Then, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(counts("replies", then.replies, seen.replies.len()));
    wrong.extend(counts("notes", then.notes, seen.notes.len()));
    wrong.extend(then.refunds.as_ref().and_then(|wanted| refunds(wanted, &seen.refunds)));
    if let Some(stands) = then.stands
        && seen.stands != Some(stands)
    {
        wrong.push(format!("the conversation is {}, not {stands}", standing_name(seen.stands)));
    }
    if let Some(most) = then.model_calls
        && seen.model_calls > most
    {
        wrong.push(format!(
            "the model was asked {} times; at most {most} is right",
            seen.model_calls
        ));
    }
    wrong.extend(lacks("reply", &then.says, &seen.replies));
    wrong.extend(holds("reply", &then.says_not, &seen.replies));
    wrong.extend(lacks("note", &then.note_says, &seen.notes));
    wrong.extend(holds("note", &then.note_says_not, &seen.notes));
    wrong
}

/// What is not as the scenario wants it when all is over, and what must never be in any scenario.
pub(super) fn end(scenario: &Scenario, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(refunds(&scenario.refunds, &seen.refunds));
    if seen.stands != Some(scenario.ends) {
        let stands = standing_name(seen.stands);
        wrong.push(format!("at the end the conversation is {stands}, not {}", scenario.ends));
    }
    wrong.extend(holds("reply", &scenario.never_said, &seen.replies));
    for conversation in &seen.conversations {
        wrong.extend(talked_over(conversation));
        wrong.extend(repeated(conversation));
    }
    wrong
}

fn standing_name(stands: Option<Standing>) -> String {
    stands.map_or_else(|| "not there".to_owned(), |stands| stands.to_string())
}

fn counts(what: &str, wanted: Option<usize>, is: usize) -> Option<String> {
    let wanted = wanted.filter(|wanted| *wanted != is)?;
    Some(format!("{what}: {is}, not {wanted}"))
}

fn refunds(wanted: &[Money], is: &[Money]) -> Option<String> {
    let list = |amounts: &[Money]| match amounts {
        [] => "nothing".to_owned(),
        amounts => amounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    (wanted != is).then(|| format!("given back: {}, not {}", list(is), list(wanted)))
}

/// Which phrases stand in none of the texts.
fn lacks(what: &str, phrases: &[String], texts: &[String]) -> Vec<String> {
    let is_there = |phrase: &str| texts.iter().any(|text| contains(text, phrase));
    let missing = phrases.iter().filter(|phrase| !is_there(phrase));
    missing.map(|phrase| format!("no {what} says {phrase:?}")).collect()
}

/// Which phrases stand in some text although they must not.
fn holds(what: &str, phrases: &[String], texts: &[String]) -> Vec<String> {
    let is_there = |phrase: &str| texts.iter().any(|text| contains(text, phrase));
    let found = phrases.iter().filter(|phrase| is_there(phrase));
    found.map(|phrase| format!("a {what} says {phrase:?}")).collect()
}

/// Whether a phrase stands in a text: the case of letters and the kind of spaces do not count.
fn contains(text: &str, phrase: &str) -> bool {
    let plain = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    plain(text).contains(&plain(phrase))
}

/// The refunds that the agent made, the oldest first.
pub(super) fn own_refunds(stripe: &Stripe) -> Vec<Value> {
    let is_own = |refund: &Value| refund.pointer("/metadata/decision").is_some();
    let mut refunds: Vec<Value> = stripe.refunds().into_iter().filter(is_own).collect();
    refunds.sort_by_key(|refund| refund.get("created").and_then(Value::as_i64));
    refunds
}

/// How much each refund gave back.
pub(super) fn amounts(refunds: &[Value]) -> anyhow::Result<Vec<Money>> {
    let amount = |refund: &Value| {
        let minor = refund.get("amount").and_then(Value::as_i64).context("no amount")?;
        let currency = refund.get("currency").and_then(Value::as_str).context("no currency")?;
        Ok(Money::from_minor(minor, currency.parse()?)?)
    };
    refunds.iter().map(amount).collect()
}

/// How a conversation stands.
pub(super) fn standing(conversation: &Value) -> Standing {
    let is_set = |name: &str| {
        conversation.get(name).is_some_and(|id| !id.is_null() && id.as_i64() != Some(0))
    };
    match conversation.get("state").and_then(Value::as_str) {
        Some("closed") => Standing::Closed,
        Some("snoozed") => Standing::Snoozed,
        _ if is_set("admin_assignee_id") => Standing::WithTeammate,
        _ if is_set("team_assignee_id") => Standing::WithTeam,
        _ => Standing::Open,
    }
}

/// The parts of a conversation, the oldest first.
fn parts(conversation: &Value) -> impl Iterator<Item = &Value> {
    let parts = conversation.pointer("/conversation_parts/conversation_parts");
    parts.and_then(Value::as_array).into_iter().flatten()
}

/// The agent's teammate.
const AGENT: &str = "9001";

fn author(part: &Value) -> (&str, &str) {
    let text = |at| part.pointer(at).and_then(Value::as_str).unwrap_or_default();
    (text("/author/type"), text("/author/id"))
}

fn kind(part: &Value) -> &str {
    part.get("part_type").and_then(Value::as_str).unwrap_or_default()
}

fn text(part: &Value) -> &str {
    part.get("body").and_then(Value::as_str).unwrap_or_default()
}

/// What the agent told the customer while a teammate had the conversation.
fn talked_over(conversation: &Value) -> Vec<String> {
    let (mut is_taken, mut wrong) = (false, Vec::new());
    for part in parts(conversation) {
        let (role, id) = author(part);
        let is_agent = role == "admin" && id == AGENT;
        let is_speech = kind(part) != "note" && !text(part).is_empty();
        if kind(part) == "close" {
            is_taken = false;
        } else if role == "admin" && !is_agent && kind(part) != "note" {
            is_taken = true;
        } else if is_agent && is_speech && is_taken {
            wrong.push(format!("the agent talks over a teammate: {:?}", text(part)));
        }
    }
    wrong
}

/// What the agent told the customer twice, without a word of the customer's between.
fn repeated(conversation: &Value) -> Vec<String> {
    let (mut said, mut wrong): (Vec<&str>, _) = (Vec::new(), Vec::new());
    for part in parts(conversation) {
        let (role, id) = author(part);
        if matches!(role, "user" | "lead" | "contact") {
            said.clear();
        } else if role == "admin" && id == AGENT && kind(part) != "note" && !text(part).is_empty() {
            if said.contains(&text(part)) {
                wrong.push(format!("the agent says the same twice: {:?}", text(part)));
            }
            said.push(text(part));
        }
    }
    wrong
}
