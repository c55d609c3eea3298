//! How fast webhooks are taken in, and that none is lost when the program is killed.
//!
//! Webhooks come when they come: each has its instant, and its time to the acknowledgement counts from
//! there, however late it could be sent. They are about conversations that a teammate has, so that their
//! cases want no more than a look.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use quittance_core::clock::Clock;
use quittance_core::event::Source;
use quittance_sandbox::delivery::Delivery;
use quittance_sandbox::intercom::{ContactSeed, Role};
use quittance_store::Store;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::path::{bar, drain, stand_ins};
use crate::place::Place;
use crate::program::{Program, Setup, free_port};
use crate::stand_ins::StandIns;
use crate::traffic::DUPLICATES;

mod floor;
mod report;

pub use report::IntakeReport;
use report::Times;

/// How many conversations the webhooks are about.
const CONVERSATIONS: usize = 1_000;

/// How many requests are under way at once at most. Who waits for a connection is late, and that counts.
const CONNECTIONS: usize = 512;

/// The pause before a webhook that was not acknowledged is sent again. The real senders wait longer.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a webhook is tried.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is measured.
#[derive(Clone, Debug)]
pub struct IntakeOptions {
    /// How many webhooks come each second.
    pub per_second: u32,
    /// For how many seconds.
    pub seconds: u32,
    /// How often the program is killed meanwhile.
    pub kills: u32,
    /// A PostgreSQL server on which a database may be made; a file without one.
    pub server: Option<String>,
}

/// A webhook with its id.
#[derive(Clone)]
struct Webhook {
    id: String,
    delivery: Arc<Delivery>,
}

/// A webhook that was acknowledged.
struct Acknowledged {
    id: String,
    took: Duration,
    is_first_try: bool,
}

/// Sends webhooks to the program at `exe`, and holds what it acknowledged against what it stored.
pub async fn intake(
    exe: &Path,
    options: IntakeOptions,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
) -> anyhow::Result<IntakeReport> {
    let place = Place::new(options.server.as_deref()).await?;
    let report = Box::pin(run(exe, &options, place.database(), clock, http)).await;
    place.discard().await?;
    report
}

async fn run(
    exe: &Path,
    options: &IntakeOptions,
    database: Option<String>,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
) -> anyhow::Result<IntakeReport> {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let folder = tempfile::tempdir()?;
    let count = usize::try_from(options.per_second.saturating_mul(options.seconds))?;
    let mut stand_ins = stand_ins(&clock, &tasks, &stop).await?;
    let webhooks = webhooks(&mut stand_ins, count)?;
    let setup = Setup { database, quiet_ms: QUIET_MS, ..Setup::default() };
    let mut program =
        Program::set_up(exe, folder.path(), &stand_ins, DUPLICATES, free_port()?, &setup)?;
    let floor = floor::measure(folder.path()).await?;
    program.start(&http).await?;
    let looks = stand_ins.intercom.counts().requests;

    let begin = Instant::now();
    let sending = tasks.spawn(send_all(
        webhooks,
        format!("{}/webhooks/intercom", program.url),
        http.clone(),
        options.per_second,
        begin,
    ));
    let kills = kill(&mut program, options, begin, &http).await?;
    let acknowledged = sending.await??;
    let took = begin.elapsed();
    let (cpu, memory_kib) = (program.cpu(), program.most_resident_kib());
    program.kill().await?;
    stop.cancel();
    program.verify().await?;
    let looks = stand_ins.intercom.counts().requests.saturating_sub(looks);
    let stored = stored(program.database_url()).await?;
    Ok(IntakeReport {
        sent: count,
        lost: acknowledged.iter().filter(|one| !stored.ids.contains(&one.id)).count(),
        doubled: stored.doubled,
        sent_again: acknowledged.iter().filter(|one| !one.is_first_try).count(),
        acknowledged: acknowledged.len(),
        times: Times::of(acknowledged.iter().map(|one| one.took).collect()),
        floor,
        took,
        kills,
        looks,
        cpu: cpu.filter(|_| kills == 0),
        memory_kib,
    })
}

/// How long a conversation must be quiet before it is looked at: as configured by default.
const QUIET_MS: u64 = 3_000;

/// Signed webhooks about messages in conversations that a teammate has.
fn webhooks(stand_ins: &mut StandIns, count: usize) -> anyhow::Result<Vec<Webhook>> {
    let contacts = (0..CONVERSATIONS.min(count)).map(|number| {
        let contact = stand_ins.intercom.add_contact(ContactSeed {
            external_id: Some(format!("user-{number}")),
            email: Some(format!("customer{number}@example.com")),
            name: Some(format!("Customer {number}")),
            role: Role::User,
            language: None,
            attributes: serde_json::Map::new(),
        });
        let conversation = stand_ins.intercom.say(&contact, "Hello, may I speak to a person?");
        conversation.and_then(|id| stand_ins.intercom.teammate_assigns_self(&id));
        contact
    });
    let contacts: Vec<String> = contacts.collect();
    drain(stand_ins);
    for contact in contacts.iter().cycle().take(count) {
        stand_ins.intercom.say(contact, "Are you still there?").context("nobody can write")?;
    }
    let mut webhooks = Vec::with_capacity(count);
    while let Ok(delivery) = stand_ins.intercom_webhooks.try_recv() {
        let body: serde_json::Value = serde_json::from_slice(&delivery.body)?;
        let id = body.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        webhooks.push(Webhook { id, delivery: Arc::new(delivery) });
    }
    if webhooks.len() != count {
        bail!("{} webhooks were to be made and there are {}", count, webhooks.len());
    }
    Ok(webhooks)
}

/// Sends every webhook at its instant, whatever became of those before it.
async fn send_all(
    webhooks: Vec<Webhook>,
    url: String,
    http: reqwest::Client,
    per_second: u32,
    begin: Instant,
) -> anyhow::Result<Vec<Acknowledged>> {
    let bar = bar(webhooks.len(), "webhooks acknowledged");
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let mut under_way = JoinSet::new();
    let mut acknowledged = Vec::with_capacity(webhooks.len());
    for (webhook, number) in webhooks.into_iter().zip(0_u64..) {
        let offset = number.saturating_mul(1_000_000).checked_div(u64::from(per_second));
        let due = begin.checked_add(Duration::from_micros(offset.unwrap_or(0))).unwrap_or(begin);
        if due > Instant::now() {
            tokio::time::sleep_until(due).await;
        }
        let (url, http, connections) = (url.clone(), http.clone(), Arc::clone(&connections));
        under_way.spawn(send(webhook, due, url, http, connections));
        while let Some(done) = under_way.try_join_next() {
            acknowledged.extend(done?);
        }
        bar.set_position(u64::try_from(acknowledged.len()).unwrap_or(0));
    }
    while let Some(done) = under_way.join_next().await {
        acknowledged.extend(done?);
    }
    bar.finish_and_clear();
    Ok(acknowledged)
}

/// Sends a webhook until it is acknowledged. None, if it never is.
async fn send(
    webhook: Webhook,
    due: Instant,
    url: String,
    http: reqwest::Client,
    connections: Arc<Semaphore>,
) -> Option<Acknowledged> {
    let mut is_first_try = true;
    while due.elapsed() < PATIENCE {
        let permit = connections.acquire().await.ok()?;
        let mut request = http.post(&url).body(webhook.delivery.body.clone());
        for (name, value) in &webhook.delivery.headers {
            request = request.header(name, value);
        }
        if request.send().await.is_ok_and(|answer| answer.status().is_success()) {
            return Some(Acknowledged { id: webhook.id, took: due.elapsed(), is_first_try });
        }
        drop(permit);
        is_first_try = false;
        tokio::time::sleep(PAUSE).await;
    }
    None
}

/// Kills the program and starts it again, evenly over the time in which webhooks come.
async fn kill(
    program: &mut Program,
    options: &IntakeOptions,
    begin: Instant,
    http: &reqwest::Client,
) -> anyhow::Result<u32> {
    let whole = Duration::from_secs(u64::from(options.seconds));
    for kill in 1..=options.kills {
        let share = whole.saturating_mul(kill).checked_div(options.kills.saturating_add(1));
        let at = begin.checked_add(share.unwrap_or_default()).unwrap_or(begin);
        tokio::time::sleep_until(at).await;
        program.kill().await?;
        program.start(http).await?;
    }
    Ok(options.kills)
}

/// What the program stored.
struct Stored {
    ids: BTreeSet<String>,
    doubled: usize,
}

async fn stored(database: &str) -> anyhow::Result<Stored> {
    let store = Store::look(database).await?;
    let ids = store.arrivals(Source::Intercom).await?;
    let rows = ids.len();
    store.close().await;
    let ids: BTreeSet<String> = ids.into_iter().collect();
    Ok(Stored { doubled: rows.saturating_sub(ids.len()), ids })
}
