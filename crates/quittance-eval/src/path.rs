//! How many conversations a second, and how fast a webhook is acknowledged.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use quittance_core::clock::Clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::program::{Program, free_port};
use crate::stand_ins::{Options, Ports, StandIns, deliver};
use crate::traffic::{self, DUPLICATES};

/// How long nothing may happen before the bench gives up.
const STUCK: Duration = Duration::from_secs(30);

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct PathOptions {
    /// How many conversations.
    pub conversations: usize,
    /// How many are under way at once.
    pub at_once: usize,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct PathReport {
    conversations: usize,
    took: Duration,
    acknowledged: Vec<Duration>,
    start_up: Duration,
    at_rest_kib: Option<u64>,
    afterwards_kib: Option<u64>,
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
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let folder = tempfile::tempdir()?;
    let mut stand_ins = stand_ins(&clock, &tasks, &stop).await?;
    let customers = traffic::customers(&stand_ins, options.conversations, clock.now())?;
    drain(&mut stand_ins);
    let mut program = Program::prepare(exe, folder.path(), &stand_ins, DUPLICATES, free_port()?)?;
    program.pin();
    let start_up = program.start(&http).await?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let at_rest_kib = program.resident_kib();
    let (told, mut acknowledged) = mpsc::unbounded_channel();
    connect(&mut stand_ins, &program, &http, Some(told), &tasks, &stop);

    let bar = bar(options.conversations, "conversations closed");
    let begin = tokio::time::Instant::now();
    let mut conversations = Vec::new();
    let mut rest = customers.iter();
    let is_done = traffic::wait(STUCK, || {
        let closed = traffic::ended(&stand_ins, &conversations);
        let under_way = conversations.len().saturating_sub(closed);
        for customer in rest.by_ref().take(options.at_once.saturating_sub(under_way)) {
            conversations.extend(traffic::speak(&stand_ins, customer));
        }
        bar.set_position(u64::try_from(closed).unwrap_or(u64::MAX));
        (closed, closed == options.conversations)
    })
    .await;
    let took = begin.elapsed();
    bar.finish_and_clear();
    let afterwards_kib = program.resident_kib();
    if !is_done {
        bail!("not every conversation was closed: {}", program.log());
    }
    program.kill().await?;
    program.verify().await?;
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
        afterwards_kib,
        is_pinned: program.is_pinned(),
    })
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

/// Delivers the stand-ins' webhooks to the program.
pub(crate) fn connect(
    stand_ins: &mut StandIns,
    program: &Program,
    http: &reqwest::Client,
    told: Option<mpsc::UnboundedSender<crate::stand_ins::Delivered>>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) {
    let mut take = |name: &str, told| {
        let (_, nothing) = mpsc::unbounded_channel();
        let slot = if name == "stripe" {
            &mut stand_ins.stripe_webhooks
        } else {
            &mut stand_ins.intercom_webhooks
        };
        let webhooks = std::mem::replace(slot, nothing);
        let url = format!("{}/webhooks/{name}", program.url);
        tasks.spawn(deliver(webhooks, url, http.clone(), told, stop.clone()));
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

impl fmt::Display for PathReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = u128::try_from(self.conversations)
            .unwrap_or(0)
            .saturating_mul(1_000_000)
            .checked_div(self.took.as_micros())
            .unwrap_or(0);
        let cores = if self.is_pinned {
            "on one core"
        } else {
            "not pinned to a core: `taskset` is missing"
        };
        writeln!(
            f,
            "conversations      {} in {:.1?}, {per_second} per second ({cores})",
            self.conversations, self.took
        )?;
        let at = |percent: usize| {
            let index =
                self.acknowledged.len().saturating_mul(percent).checked_div(100).unwrap_or(0);
            let last = self.acknowledged.len().saturating_sub(1);
            self.acknowledged.get(index.min(last)).copied().unwrap_or_default()
        };
        writeln!(
            f,
            "webhook to answer  p50 {:.1?}, p99 {:.1?}, most {:.1?} of {} webhooks, each on disk before the answer",
            at(50),
            at(99),
            at(100),
            self.acknowledged.len()
        )?;
        writeln!(f, "start-up           {:.0?} until ready", self.start_up)?;
        let mib = |kib: Option<u64>| {
            kib.map_or_else(
                || "unknown".to_owned(),
                |kib| format!("{} MiB", kib.checked_div(1024).unwrap_or(0)),
            )
        };
        write!(
            f,
            "memory             {} at rest, {} afterwards",
            mib(self.at_rest_kib),
            mib(self.afterwards_kib)
        )
    }
}
