//! How many conversations a second, and how fast a webhook is acknowledged.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use quittance_core::clock::Clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::place::Place;
use crate::program::{Program, Setup, free_port};
use crate::stand_ins::{Delivered, Options, Ports, StandIns, deliver};
use crate::traffic::{self, Customer, DUPLICATES};

/// How long nothing may happen before the bench gives up.
const STUCK: Duration = Duration::from_secs(30);

/// What is measured.
#[derive(Clone, Debug)]
pub struct PathOptions {
    /// How many conversations.
    pub conversations: usize,
    /// How many are under way at once.
    pub at_once: usize,
    /// How many programs serve one database; more than one only on a server.
    pub nodes: usize,
    /// A PostgreSQL server on which a database may be made; a file without one.
    pub server: Option<String>,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct PathReport {
    conversations: usize,
    took: Duration,
    acknowledged: Vec<Duration>,
    start_up: Duration,
    at_rest_kib: Option<u64>,
    most_kib: Option<u64>,
    cpu: Option<Duration>,
    nodes: usize,
    is_pinned: bool,
}

/// Runs conversations from webhook to closing against the program at `exe`, with a model that takes no
/// time.
pub async fn path(
    exe: &Path,
    options: PathOptions,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
) -> anyhow::Result<PathReport> {
    let place = Place::new(options.server.as_deref()).await?;
    let report = Box::pin(run(exe, &options, place.database(), clock, http)).await;
    place.discard().await?;
    report
}

async fn run(
    exe: &Path,
    options: &PathOptions,
    database: Option<String>,
    clock: Arc<dyn Clock>,
    http: reqwest::Client,
) -> anyhow::Result<PathReport> {
    if options.nodes != 1 && database.is_none() {
        bail!("several nodes need a server: give it with --database");
    }
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let folder = tempfile::tempdir()?;
    let mut stand_ins = stand_ins(&clock, &tasks, &stop).await?;
    let customers = traffic::customers(&stand_ins, options.conversations, clock.now())?;
    drain(&mut stand_ins);
    let setup = Setup { database, cases_at_once: options.at_once, ..Setup::default() };
    let mut programs = prepare(exe, folder.path(), &stand_ins, options.nodes, &setup)?;
    let mut start_up = Duration::ZERO;
    for program in &mut programs {
        start_up = program.start(&http).await?;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let at_rest_kib = programs.iter().filter_map(Program::resident_kib).max();
    let cpu_before = cpu(&programs);
    let (told, mut acknowledged) = mpsc::unbounded_channel();
    let urls: Vec<String> = programs.iter().map(|program| program.url.clone()).collect();
    connect(&mut stand_ins, &urls, &http, Some(told), &tasks, &stop);

    let begin = tokio::time::Instant::now();
    let is_done = talk(&stand_ins, &customers, options.at_once).await;
    let took = begin.elapsed();
    let cpu = cpu(&programs).zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
    let most_kib = programs.iter().filter_map(Program::most_resident_kib).max();
    if !is_done {
        let log: String = programs.iter().map(Program::log).collect();
        bail!("not every conversation was closed: {log}");
    }
    for program in &mut programs {
        program.kill().await?;
    }
    let first = programs.first().context("there is no program")?;
    first.verify().await?;
    stop.cancel();
    let mut times = Vec::new();
    while let Ok(delivered) = acknowledged.try_recv() {
        times.push(delivered.took);
    }
    times.sort_unstable();
    Ok(PathReport {
        conversations: options.conversations,
        took,
        acknowledged: times,
        start_up,
        at_rest_kib,
        most_kib,
        cpu,
        nodes: options.nodes,
        is_pinned: first.is_pinned(),
    })
}

/// The programs, each in a folder of its own. One alone is kept on one core.
fn prepare(
    exe: &Path,
    folder: &Path,
    stand_ins: &StandIns,
    nodes: usize,
    setup: &Setup,
) -> anyhow::Result<Vec<Program>> {
    let one = |number: usize| {
        let folder = folder.join(format!("node-{number}"));
        std::fs::create_dir(&folder)?;
        let port = free_port()?;
        let mut program = Program::set_up(exe, &folder, stand_ins, DUPLICATES, port, setup)?;
        if nodes == 1 {
            program.pin();
        }
        Ok(program)
    };
    (0..nodes).map(one).collect()
}

fn cpu(programs: &[Program]) -> Option<Duration> {
    programs.iter().map(Program::cpu).sum()
}

/// Has every customer speak, so many at once, and waits until every conversation is closed. Returns whether
/// that happened.
async fn talk(stand_ins: &StandIns, customers: &[Customer], at_once: usize) -> bool {
    let bar = bar(customers.len(), "conversations closed");
    let mut conversations = Vec::new();
    let mut rest = customers.iter();
    let is_done = traffic::wait(STUCK, || {
        let closed = traffic::ended(stand_ins, &conversations);
        let under_way = conversations.len().saturating_sub(closed);
        for customer in rest.by_ref().take(at_once.saturating_sub(under_way)) {
            conversations.extend(traffic::speak(stand_ins, customer));
        }
        bar.set_position(u64::try_from(closed).unwrap_or(u64::MAX));
        (closed, closed == customers.len())
    })
    .await;
    bar.finish_and_clear();
    is_done
}

/// Stand-ins without the real ones' rate limits.
pub(crate) async fn stand_ins(
    clock: &Arc<dyn Clock>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<StandIns> {
    let mut options = Options::default();
    options.intercom.requests_per_window = u64::MAX;
    options.model.kept_requests = 1;
    StandIns::start(Arc::clone(clock), options, Ports::default(), tasks, stop).await
}

/// Forgets the webhooks about the customers that were made.
pub(crate) fn drain(stand_ins: &mut StandIns) {
    while stand_ins.stripe_webhooks.try_recv().is_ok() {}
    while stand_ins.intercom_webhooks.try_recv().is_ok() {}
}

/// Delivers the stand-ins' webhooks to the programs at these addresses, in turn.
pub(crate) fn connect(
    stand_ins: &mut StandIns,
    urls: &[String],
    http: &reqwest::Client,
    told: Option<mpsc::UnboundedSender<Delivered>>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    let mut take = |name: &str, told: Option<mpsc::UnboundedSender<Delivered>>| {
        let (_, nothing) = mpsc::unbounded_channel();
        let slot = if name == "stripe" {
            &mut stand_ins.stripe_webhooks
        } else {
            &mut stand_ins.intercom_webhooks
        };
        let mut webhooks = std::mem::replace(slot, nothing);
        let mut senders = Vec::new();
        for url in urls {
            let (sender, share) = mpsc::unbounded_channel();
            let url = format!("{url}/webhooks/{name}");
            let told = told.clone();
            tasks.spawn(deliver(share, url, http.clone(), told, stop.clone()));
            senders.push(sender);
        }
        let forward = async move {
            for sender in (0..senders.len()).cycle().filter_map(|turn| senders.get(turn)) {
                let Some(webhook) = webhooks.recv().await else { break };
                // Nobody delivers any more once the bench is over.
                let _ = sender.send(webhook);
            }
        };
        let stop = stop.clone();
        tasks.spawn(async move { stop.run_until_cancelled(forward).await });
    };
    take("intercom", told);
    take("stripe", None);
}

/// A progress bar that counts to `count`.
pub(crate) fn bar(count: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} ({per_sec})") {
        bar.set_style(style);
    }
    bar.with_message(what)
}

impl PathReport {
    /// What stands over the rows of a table.
    pub const HEADING: &str = "nodes  conversations/s  webhook p50  webhook p99  cpu each  memory";

    /// One line of a table.
    pub fn row(&self) -> String {
        let [half, most] = [50, 99].map(|percent| format!("{:.1?}", self.within(percent)));
        let cpu = self.cpu_each().map_or_else(|| "-".to_owned(), |each| format!("{each:.2?}"));
        let (nodes, per_second) = (self.nodes, self.per_second());
        let memory = mib(self.most_kib);
        format!("{nodes:>5}  {per_second:>15}  {half:>11}  {most:>11}  {cpu:>8}  {memory}")
    }

    fn per_second(&self) -> u128 {
        u128::try_from(self.conversations)
            .unwrap_or(0)
            .saturating_mul(1_000_000)
            .checked_div(self.took.as_micros())
            .unwrap_or(0)
    }

    /// The time that so many of a hundred webhooks were answered within.
    fn within(&self, percent: usize) -> Duration {
        let index = self.acknowledged.len().saturating_mul(percent).checked_div(100).unwrap_or(0);
        let last = self.acknowledged.len().saturating_sub(1);
        self.acknowledged.get(index.min(last)).copied().unwrap_or_default()
    }

    fn cpu_each(&self) -> Option<Duration> {
        self.cpu?.checked_div(u32::try_from(self.conversations).ok()?)
    }
}

fn mib(kib: Option<u64>) -> String {
    let mib = kib.and_then(|kib| kib.checked_div(1024));
    mib.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib} MiB"))
}

impl fmt::Display for PathReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.per_second();
        let cores = match (self.is_pinned, self.nodes) {
            (true, _) => "on one core".to_owned(),
            (false, 1) => "not pinned to a core: `taskset` is missing".to_owned(),
            (false, nodes) => format!("{nodes} nodes, sharing the machine with all they speak to"),
        };
        writeln!(
            f,
            "conversations      {} in {:.1?}, {per_second} per second ({cores})",
            self.conversations, self.took
        )?;
        writeln!(
            f,
            "webhook to answer  p50 {:.1?}, p99 {:.1?}, most {:.1?} of {} webhooks, each on disk before the answer",
            self.within(50),
            self.within(99),
            self.within(100),
            self.acknowledged.len()
        )?;
        writeln!(f, "start-up           {:.0?} until ready", self.start_up)?;
        if let Some(each) = self.cpu_each() {
            writeln!(f, "processor          {each:.2?} for each conversation")?;
        }
        write!(
            f,
            "memory             {} at rest, {} at most",
            mib(self.at_rest_kib),
            mib(self.most_kib)
        )
    }
}
