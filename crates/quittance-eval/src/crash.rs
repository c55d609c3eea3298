//! Kills the program among conversations in flight, and counts who was refunded or answered twice.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quittance_core::clock::Clock;
use quittance_sandbox::intercom::Writer;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::path::{bar, connect, drain, stand_ins};
use crate::place::Place;
use crate::program::{Program, Setup, free_port};
use crate::stand_ins::StandIns;
use crate::traffic::{self, Customer, DUPLICATES};

/// How long nothing may happen before the bench gives up.
const STUCK: Duration = Duration::from_mins(1);

/// What is tried.
#[derive(Clone, Debug)]
pub struct CrashOptions {
    /// How many conversations.
    pub conversations: usize,
    /// How many times the program is killed while they are in flight.
    pub kills: u32,
    /// A PostgreSQL server on which a database may be made; a file without one.
    pub server: Option<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrashReport {
    /// How many conversations there were.
    pub conversations: usize,
    /// How often the program was killed.
    pub kills: u32,
    /// How many conversations were closed at the kills, all together.
    pub closed_at_kills: usize,
    /// Customers who got their money back once.
    pub refunded_once: usize,
    /// Customers who got more than one refund.
    pub refunded_twice: usize,
    /// Customers who got no refund.
    pub not_refunded: usize,
    /// Customers who were answered more than once.
    pub answered_twice: usize,
    /// Customers who were not answered.
    pub not_answered: usize,
    /// Whether the action log verifies.
    pub is_log_whole: bool,
}

impl CrashReport {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let sum = usize::saturating_add;
        Self {
            conversations: sum(self.conversations, other.conversations),
            kills: self.kills.saturating_add(other.kills),
            closed_at_kills: sum(self.closed_at_kills, other.closed_at_kills),
            refunded_once: sum(self.refunded_once, other.refunded_once),
            refunded_twice: sum(self.refunded_twice, other.refunded_twice),
            not_refunded: sum(self.not_refunded, other.not_refunded),
            answered_twice: sum(self.answered_twice, other.answered_twice),
            not_answered: sum(self.not_answered, other.not_answered),
            is_log_whole: self.is_log_whole && other.is_log_whole,
        }
    }

    /// Whether everybody was refunded and answered exactly once.
    pub fn is_clean(&self) -> bool {
        self.refunded_once == self.conversations
            && self.refunded_twice == 0
            && self.answered_twice == 0
            && self.not_answered == 0
            && self.is_log_whole
    }
}

/// Begins conversations with the program at `exe`, kills it among them, starts it again, and counts.
pub async fn crash(
    exe: &Path,
    options: CrashOptions,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
) -> anyhow::Result<CrashReport> {
    let place = Place::new(options.server.as_deref()).await?;
    let report = Box::pin(run(exe, &options, place.database(), clock, http)).await;
    place.discard().await?;
    report
}

async fn run(
    exe: &Path,
    options: &CrashOptions,
    database: Option<String>,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
) -> anyhow::Result<CrashReport> {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let folder = tempfile::tempdir()?;
    let mut stand_ins = stand_ins(&clock, &tasks, &stop).await?;
    let customers = traffic::customers(&stand_ins, options.conversations, clock.now())?;
    drain(&mut stand_ins);
    let setup = Setup { database, ..Setup::default() };
    let mut program =
        Program::set_up(exe, folder.path(), &stand_ins, DUPLICATES, free_port()?, &setup)?;
    program.start(&http).await?;
    connect(&mut stand_ins, std::slice::from_ref(&program.url), &http, None, &tasks, &stop);
    let conversations: Vec<String> =
        customers.iter().filter_map(|customer| traffic::speak(&stand_ins, customer)).collect();

    let bar = bar(options.conversations, "conversations closed");
    let mut closed_at_kills = 0_usize;
    for kill in 1..=options.kills {
        let share = options.conversations.saturating_mul(usize::try_from(kill)?);
        let until =
            share.checked_div(usize::try_from(options.kills.saturating_add(1))?).unwrap_or(0);
        traffic::wait(STUCK, || {
            let closed = traffic::ended(&stand_ins, &conversations);
            bar.set_position(u64::try_from(closed).unwrap_or(0));
            (closed, closed >= until)
        })
        .await;
        program.kill().await?;
        closed_at_kills =
            closed_at_kills.saturating_add(traffic::ended(&stand_ins, &conversations));
        program.start(&http).await?;
    }
    traffic::wait(STUCK, || {
        let closed = traffic::ended(&stand_ins, &conversations);
        bar.set_position(u64::try_from(closed).unwrap_or(0));
        (closed, closed == options.conversations)
    })
    .await;
    bar.finish_and_clear();
    program.kill().await?;
    let is_log_whole = program.verify().await.is_ok();
    stop.cancel();
    let report = count(&stand_ins, &customers, &conversations);
    Ok(CrashReport { kills: options.kills, closed_at_kills, is_log_whole, ..report })
}

fn count(stand_ins: &StandIns, customers: &[Customer], conversations: &[String]) -> CrashReport {
    let mut refunds: BTreeMap<String, usize> = BTreeMap::new();
    for refund in stand_ins.stripe.refunds() {
        let charge = refund.get("charge").and_then(Value::as_str).unwrap_or_default().to_owned();
        let count = refunds.entry(charge).or_default();
        *count = count.saturating_add(1);
    }
    let refunded = customers.iter().map(|customer| {
        customer
            .charges
            .iter()
            .filter_map(|charge| refunds.get(charge))
            .fold(0_usize, |sum, count| sum.saturating_add(*count))
    });
    let refunded: Vec<usize> = refunded.collect();
    let answered: Vec<usize> =
        conversations.iter().map(|conversation| answers(stand_ins, conversation)).collect();
    let tally = |counts: &[usize], is_so: fn(usize) -> bool| {
        counts.iter().filter(|count| is_so(**count)).count()
    };
    CrashReport {
        conversations: customers.len(),
        kills: 0,
        closed_at_kills: 0,
        refunded_once: tally(&refunded, |count| count == 1),
        refunded_twice: tally(&refunded, |count| count > 1),
        not_refunded: tally(&refunded, |count| count == 0),
        answered_twice: tally(&answered, |count| count > 1),
        not_answered: tally(&answered, |count| count == 0),
        is_log_whole: false,
    }
}

/// How many times the customer of a conversation was told something.
fn answers(stand_ins: &StandIns, conversation: &str) -> usize {
    let messages = stand_ins.intercom.messages(conversation);
    messages
        .iter()
        .filter(|message| matches!(message.author, Writer::Agent) && !message.is_note)
        .count()
}

impl fmt::Display for CrashReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "conversations   {}, killed {} time(s); {} closed at the kills",
            self.conversations, self.kills, self.closed_at_kills
        )?;
        writeln!(
            f,
            "refunded        {} once, {} twice or more, {} not",
            self.refunded_once, self.refunded_twice, self.not_refunded
        )?;
        writeln!(
            f,
            "answered        {} twice or more, {} not",
            self.answered_twice, self.not_answered
        )?;
        write!(
            f,
            "action log      {}",
            if self.is_log_whole { "verifies" } else { "DOES NOT VERIFY" }
        )
    }
}
