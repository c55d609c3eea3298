//! `quittance refund`

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use quittance_core::ids::DecisionId;
use quittance_core::record::{Entry, Kind};
use quittance_engine::settle::{Desk, Settlement};
use quittance_store::Store;
use quittance_store::intents::{Intent, IntentState};
use serde_json::{Value, json};

use super::print;
use crate::clock::SystemClock;
use crate::config;

/// How many refunds are read at a time.
const PAGE: u32 = 500;

/// Lists refunds and how far each is. Without states those that are not settled.
pub(crate) async fn list(
    database: &str,
    states: &[IntentState],
    is_json: bool,
) -> anyhow::Result<()> {
    let store = super::log::open(database).await?;
    let open =
        [IntentState::Intent, IntentState::Marked, IntentState::Unknown, IntentState::Parked];
    let states = if states.is_empty() { &open[..] } else { states };
    let mut count = 0_usize;
    for state in states {
        let mut after = 0;
        loop {
            let page = store.intents_in(*state, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.log_seq;
            count = count.saturating_add(page.len());
            for intent in &page {
                print(&if is_json { json(intent).to_string() } else { line(intent) });
            }
        }
    }
    if count == 0 && !is_json {
        let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
        print(&format!("no refund is {}", names.join(", ")));
    }
    Ok(())
}

/// Prints one refund with its sends, what Stripe answered, and what was found out.
pub(crate) async fn show(database: &str, decision: &str, is_json: bool) -> anyhow::Result<()> {
    let store = super::log::open(database).await?;
    let intent = known(&store, decision).await?;
    let log = store.log_of(&intent.case).await?;
    let own = log.iter().filter(|entry| is_about(entry, &intent));
    if is_json {
        let entries: Vec<Value> = own.map(entry_json).collect();
        let mut shown = json(&intent);
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("log".to_owned(), json!(entries));
        }
        print(&shown.to_string());
        return Ok(());
    }
    print(&format!("refund {}", intent.decision));
    let facts = [
        ("state", intent.state.to_string()),
        ("amount", intent.amount.to_string()),
        ("charge", intent.charge.to_string()),
        ("case", intent.case.to_string()),
        ("Stripe's refund", or_none(intent.refund.as_ref())),
        ("sends", intent.attempt.to_string()),
        ("first send", or_none(intent.first_send)),
        ("last send", or_none(intent.last_send)),
        ("with a person by", or_none(intent.deadline())),
    ];
    for (name, value) in facts {
        print(&format!("  {name:<17} {value}"));
    }
    for entry in own {
        print(&format!("  {}  {:>6}  {}", entry.draft.at, entry.seq, told(entry)));
    }
    if intent.state == IntentState::Parked {
        let decision = &intent.decision;
        print(&format!("settle it with: quittance refund settle {decision} --by YOUR-NAME"));
    }
    Ok(())
}

/// Settles a parked refund by what Stripe lists now. Exit status: 0 settled, 1 not settled.
pub(crate) async fn settle(path: &Path, decision: &str, by: &str) -> anyhow::Result<ExitCode> {
    if by.trim().is_empty() {
        bail!("say who settles it with --by NAME: the log keeps it");
    }
    let decision: DecisionId = read(decision)?;
    let config = config::read(path)?;
    let stripe = quittance_stripe::Client::new(
        reqwest::Client::builder(),
        &config.stripe.api,
        &config::stripe_key(&config)?,
    )
    .context(
        "Stripe cannot be set up: check QUITTANCE_STRIPE__KEY (or `stripe.key_file`) and `stripe.api`",
    )?;
    let database = config.database.as_deref().unwrap_or(super::serve::DATABASE);
    let store = Store::open(database)
        .await
        .with_context(|| format!("cannot use the database {database}: check `database`"))?;
    let clock = Arc::new(SystemClock);
    let desk = Desk { store: store.clone(), stripe: Arc::new(stripe), clock };
    let settled = desk.settle(&decision, by.trim()).await;
    store.close().await;
    let settled = settled?;
    print(&outcome(&decision, &settled));
    let is_settled = matches!(settled, Settlement::Confirmed { .. } | Settlement::Failed);
    Ok(if is_settled { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What became of it, and what to do next.
fn outcome(decision: &DecisionId, settled: &Settlement) -> String {
    match settled {
        Settlement::Confirmed { refund, status } => {
            format!("{decision} is confirmed: Stripe has {refund} ({status})")
        }
        Settlement::Failed => format!(
            "{decision} was not made, and what it reserved is given back; nothing is sent again by itself: whoever \
             asks for it now gets a new decision"
        ),
        Settlement::TooEarly { again } => format!(
            "not settled: Stripe does not list {decision}, but its last send may still be carried out; try again \
             after {again}"
        ),
        Settlement::Differs { refund } => format!(
            "not settled: Stripe lists {refund} under {decision}, and it is not the refund that was decided; look at \
             it in Stripe's dashboard, and at who else uses this database or key"
        ),
        Settlement::NotParked { state, deadline: Some(deadline) } => format!(
            "not settled: {decision} is {state}; the program is still finding out, until {deadline} at the latest"
        ),
        Settlement::NotParked { state, deadline: None } => {
            format!("not settled: {decision} is {state}, so there is nothing to settle")
        }
        Settlement::Busy => format!(
            "not settled: somebody is at work on the case of {decision}; try again in a few minutes"
        ),
        Settlement::Unknown => {
            format!(
                "not settled: there is no refund {decision}; `quittance refund list` names them"
            )
        }
    }
}

async fn known(store: &Store, decision: &str) -> anyhow::Result<Intent> {
    let decision: DecisionId = read(decision)?;
    match store.intent_of(&decision).await? {
        Some(intent) => Ok(intent),
        None => bail!("there is no refund {decision}; `quittance refund list` names them"),
    }
}

fn read(decision: &str) -> anyhow::Result<DecisionId> {
    decision.parse().context("a decision is named like d1-0a1b2c…, as `quittance refund list` does")
}

fn line(intent: &Intent) -> String {
    let deadline =
        intent.deadline().map_or_else(String::new, |deadline| format!("  until {deadline}"));
    format!(
        "{}  {:<9}  {:>16}  {}  {}  {} sends{deadline}",
        intent.decision,
        intent.state.name(),
        intent.amount.to_string(),
        intent.charge,
        intent.case,
        intent.attempt
    )
}

fn json(intent: &Intent) -> Value {
    json!({
        "decision": intent.decision,
        "state": intent.state.name(),
        "amount": intent.amount,
        "charge": intent.charge,
        "case": intent.case,
        "refund": intent.refund,
        "sends": intent.attempt,
        "first_send": intent.first_send,
        "last_send": intent.last_send,
        "deadline": intent.deadline(),
        "log_seq": intent.log_seq,
    })
}

fn entry_json(entry: &Entry) -> Value {
    let draft = &entry.draft;
    json!({"seq": entry.seq, "at": draft.at, "kind": draft.kind.name(), "body": draft.body})
}

/// Whether an entry is about this refund: its own, its sends and its outcomes.
fn is_about(entry: &Entry, intent: &Intent) -> bool {
    let named = entry.draft.body.get("decision").and_then(Value::as_str);
    named == Some(intent.decision.as_str())
}

/// An entry in words.
fn told(entry: &Entry) -> String {
    let body = &entry.draft.body;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    match entry.draft.kind {
        Kind::Intent => "allowed and written down".to_owned(),
        Kind::Mark => format!("about to be sent, number {}", body["attempt"]),
        Kind::Outcome => {
            let refund = body.pointer("/refund/id").and_then(Value::as_str).unwrap_or_default();
            let said = [text("outcome"), text("how"), refund, text("why"), text("by")];
            let said: Vec<&str> = said.into_iter().filter(|word| !word.is_empty()).collect();
            said.join(", ")
        }
        Kind::Policy
        | Kind::Facts
        | Kind::Proposal
        | Kind::Ruling
        | Kind::Verdict
        | Kind::Reply
        | Kind::Handling
        | Kind::Stop
        | Kind::Reconcile
        | Kind::Approval => entry.draft.kind.to_string(),
    }
}

fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_settled_says_what_to_do() {
        let decision = "d1-1".parse().unwrap();
        let again: jiff::Timestamp = "2026-11-23T12:10:00Z".parse().unwrap();
        let told = outcome(&decision, &Settlement::TooEarly { again });
        assert!(told.ends_with("try again after 2026-11-23T12:10:00Z"), "{told}");
        let waiting = Settlement::NotParked { state: IntentState::Unknown, deadline: Some(again) };
        assert!(outcome(&decision, &waiting).contains("until 2026-11-23T12:10:00Z at the latest"));
        let done = Settlement::NotParked { state: IntentState::Confirmed, deadline: None };
        assert!(outcome(&decision, &done).ends_with("there is nothing to settle"));
    }
}
