//! Holds the log against everything that Stripe holds, both ways: every refund of ours at Stripe has its
//! intent, and every confirmed intent its refund. A database that was restored from an older copy, a copy
//! of it that is at work, and a refund that somebody changed or lost all show here, and stop money.

mod charge;
mod compare;
mod gate;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance_core::ids::{CaseId, DecisionId, WorkspaceId};
use quittance_core::record::{Draft, Hash, Kind};
use quittance_store::Store;
use quittance_store::reconcile::{Accepted, Kept};
use quittance_store::watermark::Watermark;
use quittance_stripe::refunds::{Marked, Page};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub(crate) use compare::is_elsewhere;
pub use compare::{Difference, DifferenceKind};
pub(crate) use gate::Gate;

use crate::engine::Engine;
use crate::error::Error;
use compare::{Found, Place, doubled, listed, unlisted};

/// How far back the first comparison of a database looks: what an empty one has lost shows within this.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How much of what the last comparison saw is looked at again.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// After how many differences a comparison ends: more tell nothing new.
const MOST_DIFFERENCES: usize = 100;

/// How many cases one comparison wakes at most; the next one wakes the rest.
const MOST_WOKEN: usize = 1_000;

/// How many refunds of ours one comparison holds in memory, at some 40 bytes each.
const MOST_REFUNDS: usize = 1_000_000;

/// The first and the longest pause after a comparison that Stripe or the database did not let end.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(5));

/// How often somebody looks whether a person has accepted a difference meanwhile.
const LOOK: Duration = Duration::from_secs(5);

/// The pause between two comparisons while there is a difference.
const WHILE_DIFFERENT: Duration = Duration::from_mins(10);

/// The section `reconcile` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How often the log is held against Stripe, in minutes, at least 1. Default: 60.
    pub every_minutes: u32,
    /// How far back, in days. It looks further if the last comparison without a difference was longer ago.
    /// Default: 7.
    pub days: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { every_minutes: 60, days: 7 }
    }
}

/// The two sides of a comparison, and whose refunds they are about.
#[derive(Clone, Copy, Debug)]
pub struct Books<'a> {
    /// The database.
    pub store: &'a Store,
    /// Stripe.
    pub stripe: &'a quittance_stripe::Client,
    /// The workspace whose refunds are ours; another one may share the Stripe account.
    pub workspace: &'a WorkspaceId,
}

/// What a comparison saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// From when on refunds were compared.
    pub since: Timestamp,
    /// When the comparison began.
    pub began: Timestamp,
    /// How many refunds Stripe listed, by whomever they were made.
    pub listed: u64,
    /// How many of them are ours.
    pub ours: u64,
    /// How many were decided in another workspace.
    pub elsewhere: u64,
    /// How many confirmed refunds of the log were looked for at Stripe.
    pub confirmed: u64,
    /// How many cases have to look at their refunds again.
    pub woken: usize,
    /// How many differences stand because a person has accepted them.
    pub accepted: u64,
    /// The differences.
    pub differences: Vec<Difference>,
    /// Whether it ended early because there were so many.
    pub is_cut: bool,
}

impl Report {
    /// Whether both say the same.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    /// What is wrong, in one line.
    fn why(&self) -> Option<String> {
        let first = self.differences.first()?;
        let more = self.differences.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        Some(format!("the log and Stripe differ: {}{more}", first.says))
    }

    /// Its log entry; none when there was nothing of ours to compare.
    fn entry(&self) -> Option<Draft> {
        let is_empty = self.ours == 0 && self.confirmed == 0 && self.is_clean();
        let (at, kind) = (self.began, Kind::Reconcile);
        (!is_empty).then(|| Draft { at, case: None, kind, body: json!(self) })
    }
}

/// Holds all refunds since an instant against the log, and the log against them. Writes nothing. `progress`
/// hears after every page. The cases that should look at their refunds again come along.
pub async fn compare(
    books: Books<'_>,
    since: Timestamp,
    began: Timestamp,
    mut progress: impl FnMut(&Report),
) -> Result<(Report, Vec<CaseId>), Error> {
    let accepted = books.store.accepted().await?.into_iter().collect();
    let mut run = Run::new(books, accepted, since, began);
    let mut after = None;
    loop {
        let page = books.stripe.refunds_since(since, after.as_ref()).await?;
        run.held_at_stripe(&page).await?;
        progress(&run.report);
        after = page.next;
        if after.is_none() || run.report.is_cut {
            break;
        }
    }
    let mut behind = 0;
    while !run.report.is_cut {
        let page = books.store.kept_confirmed(behind, since, began).await?;
        let Some(last) = page.last() else { break };
        behind = last.log_seq;
        run.held_here(&page).await?;
        progress(&run.report);
    }
    run.disputed(since).await?;
    Ok((run.report, run.wake.into_iter().collect()))
}

/// A comparison under way.
struct Run<'a> {
    books: Books<'a>,
    accepted: BTreeSet<Accepted>,
    /// The decisions whose refunds Stripe has listed.
    seen: HashSet<Hash>,
    wake: BTreeSet<CaseId>,
    report: Report,
}

impl<'a> Run<'a> {
    fn new(
        books: Books<'a>,
        accepted: BTreeSet<Accepted>,
        since: Timestamp,
        began: Timestamp,
    ) -> Self {
        let report = Report {
            since,
            began,
            listed: 0,
            ours: 0,
            elsewhere: 0,
            confirmed: 0,
            woken: 0,
            accepted: 0,
            differences: Vec::new(),
            is_cut: false,
        };
        Self { books, accepted, seen: HashSet::new(), wake: BTreeSet::new(), report }
    }

    /// Looks a page of Stripe's up in the database. The database is read after Stripe, so whatever Stripe
    /// holds was written down here before.
    async fn held_at_stripe(&mut self, page: &Page) -> Result<(), Error> {
        self.report.listed = self.report.listed.saturating_add(count(page.count));
        let decisions: Vec<DecisionId> = page.marked.iter().filter_map(decision).collect();
        let kept = self.books.store.kept(&decisions).await?;
        let kept: HashMap<&str, &Kept> =
            kept.iter().map(|kept| (kept.decision.as_str(), kept)).collect();
        for marked in &page.marked {
            let name = marked.refund.decision.as_deref().unwrap_or_default();
            let kept = kept.get(name).copied();
            let place = self.place(marked, kept).await?;
            let mut found = listed(marked, kept, self.books.workspace, place);
            if found != Found::Elsewhere && !self.seen.insert(Hash::of(name.as_bytes())) {
                found = doubled(marked);
            }
            self.note(found);
        }
        if self.seen.len() > MOST_REFUNDS {
            return Err(Error::TooManyRefunds(MOST_REFUNDS));
        }
        Ok(())
    }

    /// What the log holds where a refund says that its entry is: asked only for what is not known.
    async fn place(&self, marked: &Marked, kept: Option<&Kept>) -> Result<Place, Error> {
        if kept.is_some() || is_elsewhere(marked, self.books.workspace) {
            return Ok(Place { head: 0, hash: None });
        }
        let seq = marked.log_seq.as_deref().and_then(|seq| seq.parse().ok());
        let hash = match seq {
            Some(seq) => self.books.store.log_hash_at(seq).await?,
            None => None,
        };
        Ok(Place { head: self.books.store.log_head().await?.0, hash })
    }

    /// Looks for the refunds of confirmed intents that Stripe has not listed.
    async fn held_here(&mut self, page: &[Kept]) -> Result<(), Error> {
        for kept in page {
            self.report.confirmed = self.report.confirmed.saturating_add(1);
            if self.seen.contains(&Hash::of(kept.decision.as_str().as_bytes())) {
                continue;
            }
            let asked = match &kept.refund {
                Some(refund) => self.books.stripe.refund(refund).await?,
                None => None,
            };
            self.note(unlisted(kept, asked.as_ref()));
            if self.report.is_cut {
                break;
            }
        }
        Ok(())
    }

    /// Wakes the cases of refunded charges that were disputed: the webhook may be lost, or name the dispute
    /// alone.
    async fn disputed(&mut self, since: Timestamp) -> Result<(), Error> {
        let mut after = None;
        while !self.report.is_cut {
            let page = self.books.stripe.disputed_since(since, after.as_ref()).await?;
            for charge in &page.charges {
                for case in self.books.store.refunded_in(charge).await? {
                    self.wake(case);
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn wake(&mut self, case: CaseId) {
        if self.wake.len() < MOST_WOKEN {
            self.wake.insert(case);
        }
        self.report.woken = self.wake.len();
    }

    fn note(&mut self, found: Found) {
        if found == Found::Elsewhere {
            self.report.elsewhere = self.report.elsewhere.saturating_add(1);
            return;
        }
        self.report.ours = self.report.ours.saturating_add(1);
        match found {
            Found::Same | Found::Elsewhere => {}
            Found::Wake(case) => self.wake(case),
            Found::Differs(difference) if self.accepted.contains(&difference.name()) => {
                self.report.accepted = self.report.accepted.saturating_add(1);
            }
            Found::Differs(difference) => {
                self.report.differences.push(difference);
                self.report.is_cut = self.report.differences.len() >= MOST_DIFFERENCES;
            }
        }
    }
}

fn decision(marked: &Marked) -> Option<DecisionId> {
    marked.refund.decision.as_deref()?.parse().ok()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Engine {
    /// Sends no refund until a comparison with Stripe has ended without a difference: for a process that
    /// starts, which cannot know whether its database is the newest one. Everything else works.
    pub fn hold_refunds(&self) {
        self.gate.hold();
    }

    /// When a refund that is held back may be tried again; nothing if none is held.
    pub(crate) fn gate_opens(&self) -> Option<Timestamp> {
        let now = self.now();
        self.gate.pause().map(|pause| now.saturating_add(pause).unwrap_or(now))
    }

    /// Holds the log against Stripe, writes down what was found, wakes the cases that should look again, and
    /// stops money if there is a difference.
    pub async fn reconcile(&self, options: &Options) -> Result<Report, Error> {
        let began = self.now();
        let since = self.compare_since(options, began).await?;
        let workspace = self.me().await?.workspace;
        let books =
            Books { store: self.store(), stripe: &self.parts.stripe, workspace: &workspace };
        let (report, wake) = compare(books, since, began, |_| {}).await?;
        if let Some(why) = report.why() {
            self.gate.differ();
            self.trip(&why).await;
        }
        let clean = report.is_clean().then_some(began);
        self.store().reconciled(report.entry(), clean).await?;
        self.store().wake_for_recheck(wake, began).await?;
        if report.is_clean() {
            self.gate.open();
        }
        tell(&report);
        Ok(report)
    }

    /// From when on to compare: what was made since the last comparison without a difference is always
    /// looked at, however long ago that was. In a restored database it is as old as the copy.
    async fn compare_since(&self, options: &Options, now: Timestamp) -> Result<Timestamp, Error> {
        let days = SignedDuration::from_hours(i64::from(options.days).saturating_mul(24));
        let usual = now.saturating_sub(days).unwrap_or(Timestamp::MIN);
        let last = self.store().watermark(Watermark::Stripe).await?;
        let back = last
            .map_or_else(|| now.saturating_sub(FIRST_LOOK), |last| last.saturating_sub(OVERLAP));
        Ok(back.unwrap_or(Timestamp::MIN).min(usual))
    }

    /// Has the next comparison, unless another node does.
    async fn reconcile_in_turn(&self, options: &Options) -> Result<(), Error> {
        let now = self.now();
        // A little less than the time between two, so that a late node does not lose its turn.
        let seconds = i64::from(options.every_minutes).saturating_mul(50);
        let until = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        let claimed =
            self.store().claim(Watermark::Stripe, Timestamp::UNIX_EPOCH, now, until).await?;
        if claimed.is_some() {
            self.reconcile(options).await?;
        }
        Ok(())
    }
}

fn tell(report: &Report) {
    for difference in &report.differences {
        tracing::error!(
            difference.object,
            difference.kind = %difference.kind,
            "{}",
            difference.says
        );
    }
    tracing::info!(
        reconcile.since = %report.since,
        reconcile.listed = report.listed,
        reconcile.ours = report.ours,
        reconcile.confirmed = report.confirmed,
        reconcile.differences = report.differences.len(),
        "the log was held against Stripe"
    );
}

/// Compares at once, and then from time to time, until `stop` is cancelled. Refunds are held until the first
/// comparison has ended without a difference.
pub async fn run(engine: Engine, options: Options, stop: CancellationToken) {
    let every = Duration::from_secs(u64::from(options.every_minutes.max(1)).saturating_mul(60));
    let (first, longest) = PAUSES;
    let mut retry = first;
    while !stop.is_cancelled() {
        // Each process compares by itself before it sends anything; afterwards one does it for all.
        let done = if engine.gate.is_open() {
            engine.reconcile_in_turn(&options).await
        } else {
            engine.reconcile(&options).await.map(|_| ())
        };
        let pause = match done {
            Ok(()) => {
                retry = first;
                if engine.gate.is_open() { every } else { WHILE_DIFFERENT }
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the log could not be held against Stripe; it will be tried again"
                );
                let pause = retry;
                retry = retry.saturating_mul(2).min(longest);
                pause
            }
        };
        wait(&engine, pause, &stop).await;
    }
}

/// Waits, or until a person accepts a difference that holds refunds back.
async fn wait(engine: &Engine, pause: Duration, stop: &CancellationToken) {
    let begun = tokio::time::Instant::now();
    let before = engine.store().accepted().await.map_or(0, |accepted| accepted.len());
    while begun.elapsed() < pause {
        let left = pause.saturating_sub(begun.elapsed());
        let nap = if engine.gate.is_different() { left.min(LOOK) } else { left };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(nap) => {}
        }
        if engine.gate.is_different()
            && engine.store().accepted().await.is_ok_and(|accepted| accepted.len() > before)
        {
            return;
        }
    }
}
