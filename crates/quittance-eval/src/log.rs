//! How fast the action log is verified.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use jiff::Timestamp;
use quittance_core::record::{Draft, Kind};
use quittance_store::Store;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::path::bar;

/// How many entries are written with one commit.
const BATCH: u64 = 400;

/// How many entries one conversation makes, about as many as a refund does.
const PER_CASE: u64 = 11;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// How long the log is.
    pub entries: u64,
}

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct LogReport {
    entries: u64,
    file_bytes: u64,
    made: Duration,
    took: Duration,
}

/// Makes a log like that of so many refunds, in a database of its own, and has the program at `exe` verify
/// it.
pub async fn log(exe: &Path, options: LogOptions, now: Timestamp) -> anyhow::Result<LogReport> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("quittance.db");
    let begin = tokio::time::Instant::now();
    fill(&database, options.entries, now).await?;
    let made = begin.elapsed();
    let begin = tokio::time::Instant::now();
    let output =
        Command::new(exe).args(["log", "verify", "--database"]).arg(&database).output().await?;
    let took = begin.elapsed();
    if !output.status.success() {
        bail!("the log does not verify: {}", String::from_utf8_lossy(&output.stdout));
    }
    let file_bytes = std::fs::metadata(&database)?.len();
    Ok(LogReport { entries: options.entries, file_bytes, made, took })
}

async fn fill(database: &Path, entries: u64, now: Timestamp) -> anyhow::Result<()> {
    let store = Store::open(&database.display().to_string()).await?;
    let bar = bar(usize::try_from(entries)?, "entries written");
    let mut written = 0_u64;
    while written < entries {
        let end = written.saturating_add(BATCH).min(entries);
        store.log_append((written..end).map(|number| draft(number, now)).collect()).await?;
        written = end;
        bar.set_position(written);
    }
    bar.finish_and_clear();
    store.close().await;
    Ok(())
}

/// An entry of the size and make of a real one.
fn draft(number: u64, now: Timestamp) -> Draft {
    let case = number.checked_div(PER_CASE).unwrap_or(0);
    let (kind, body) = match number.checked_rem(PER_CASE).unwrap_or(0) {
        0 => (Kind::Facts, facts(case)),
        1 => (
            Kind::Proposal,
            json!({"model": "stand-in", "refund": refund(case), "usage": {
            "cached_tokens": 2944, "calls": 2, "completion_tokens": 125, "prompt_tokens": 3022, "tool_calls": 2}}),
        ),
        2 => (
            Kind::Ruling,
            json!({"answer": {"amount": money(), "kind": "refund"}, "claims": [], "clauses": [
            {"because": [{"kind": "in_full"}], "clause": "charged-twice", "heading": "Charged twice"}],
            "is_gap": false, "policy": hex(case)}),
        ),
        3 => (
            Kind::Verdict,
            json!({"build": "0.1.0", "charge": charge(case, 2), "policy": hex(case),
            "refund": refund(case), "verdict": "allow"}),
        ),
        4 => (
            Kind::Intent,
            json!({"decision": hex(case), "idempotency_key": hex(case), "paid_with": "Visa 4242",
            "refund": refund(case)}),
        ),
        5 => (Kind::Mark, json!({"attempt": 1, "decision": hex(case)})),
        6 => (
            Kind::Outcome,
            json!({"decision": hex(case), "how": "answered", "outcome": "confirmed",
            "refund": {"amount": money(), "charge": id("ch", case), "id": id("re", case), "status": "succeeded"}}),
        ),
        7 => (
            Kind::Reply,
            json!({"amount": money(), "language": "en", "reply": "refund", "text_sha256": hex(case)}),
        ),
        8 => (Kind::Handling, json!({"planned": "close"})),
        9 => (
            Kind::Reply,
            json!({"done": "reply", "effect": id("effect", case), "part": case.to_string()}),
        ),
        _ => (Kind::Handling, json!({"done": "close", "effect": id("effect", case), "part": null})),
    };
    Draft { at: now, case: format!("bench:{case}").parse().ok(), kind, body }
}

fn facts(case: u64) -> Value {
    json!({
        "as_of": "2026-01-01T00:00:00Z",
        "binding": {"customer": id("cus", case), "kind": "bound", "source": "stripe_metadata"},
        "charges": [charge(case, 1), charge(case, 2)],
        "contact": {"has_external_id": true, "id": hex(case), "is_user": true},
        "subscriptions": [],
    })
}

fn charge(case: u64, number: u64) -> Value {
    json!({
        "amount": money(), "billing": "one_off", "captured": money(), "created": "2026-01-01T00:00:00Z",
        "customer": id("cus", case), "disputes": [], "id": format!("{}{number}", id("ch", case)),
        "is_connect": false, "is_disputed": false, "is_live": false, "payment_intent": id("pi", case),
        "method": {"card": {"brand": "visa", "country": "US", "fingerprint": hex(case), "last4": "4242"},
            "kind": "card"},
        "plans": [], "refunded": {"currency": "USD", "minor": 0}, "refunds": [], "status": "succeeded",
    })
}

fn refund(case: u64) -> Value {
    json!({"amount": money(), "charge": id("ch", case), "reason": "duplicate_charge"})
}

fn money() -> Value {
    json!({"currency": "USD", "minor": 4_900})
}

fn id(kind: &str, case: u64) -> String {
    format!("{kind}_{case:024}")
}

fn hex(case: u64) -> String {
    format!("{case:064x}")
}

impl fmt::Display for LogReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = u128::from(self.entries)
            .saturating_mul(1_000_000)
            .checked_div(self.took.as_micros())
            .unwrap_or(0);
        let mib = self.file_bytes.checked_div(1024 * 1024).unwrap_or(0);
        writeln!(
            f,
            "entries            {} in a database of {mib} MiB, written in {:.1?}",
            self.entries, self.made
        )?;
        write!(
            f,
            "verified           in {:.2?}, {per_second} entries per second, start of the program included",
            self.took
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_log_that_is_verified_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("q.db");
        fill(&database, 100, Timestamp::UNIX_EPOCH).await.unwrap();
        let store = Store::look(&database.display().to_string()).await.unwrap();
        assert_eq!(store.log_verify(|_, _| {}).await.unwrap(), 100);
    }
}
