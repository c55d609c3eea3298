//! One run: the machines take turns, in the order that the dice say, until everything is at rest.

mod desk;
mod mail;
mod outside;
mod turns;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use quittance_core::clock::{Clock, ManualClock};
use quittance_core::event::Source;
use quittance_core::guard::Mode;
use quittance_core::ids::{CaseId, DecisionId};
use quittance_engine::poll::Options as PollOptions;
use quittance_engine::reconcile::Options as ReconcileOptions;
use quittance_sandbox::delivery::Delivery;
use quittance_store::leases::Lease;

use super::dice::Dice;
use super::fault::{Fault, Place};
use super::hub::{Hub, NodeId, Waiting};
use super::oracle::{self, Violation};
use super::plan::Plan;
use super::scenario::Scenario;
use super::steps::{Held, TaskId};
use super::world::{Kit, World, begin};
use crate::model::Step;

/// How often the run may look around before it counts as stuck.
const MOST_ROUNDS: u32 = 3_000;

/// How long after something was lost a machine asks Intercom what it missed, in milliseconds.
const POLL_MS: i64 = 60_000;

/// How often a machine tries to compare its log with Stripe, and after what pause, in milliseconds.
const COMPARISONS: u32 = 10;
const COMPARE_PAUSE_MS: i64 = 5_000;

/// How long a machine without power stays off, in milliseconds: less than Stripe keeps a key, or more.
const OFF_MS: [i64; 5] = [0, 1_200_000, 79_200_000, 84_600_000, 108_000_000];

/// What a task came to.
enum Done {
    /// Whether Intercom said what has changed. It was not asked if the turn was another node's.
    Polled(bool),
    Leased(Vec<Lease>),
    Worked,
    TakenIn {
        mail: Mail,
        is_taken: bool,
        is_kept: bool,
    },
}

/// What a task is for.
#[derive(Clone, Debug)]
enum Errand {
    /// It works on this case.
    Case(CaseId),
    /// It takes this webhook in: who sent it gets no answer if the task is lost.
    Webhook(Mail),
    /// It holds the log against Stripe. The program begins anew when that ends before its time.
    Comparison,
    /// It asks Intercom what no webhook told of. That is done again if the task is lost.
    Poll,
    /// Something else, which nobody misses.
    Other,
}

/// Something a machine is doing.
struct Task {
    id: TaskId,
    node: NodeId,
    errand: Errand,
    /// Whether somebody else has its case by now.
    is_overrun: bool,
    future: BoxFuture<'static, Done>,
    waiting: Waiting,
}

/// A webhook on its way.
#[derive(Clone, Debug)]
struct Mail {
    at_ms: i64,
    is_stripe: bool,
    tries: u32,
    delivery: Arc<Delivery>,
}

/// A webhook that was acknowledged: whose, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) source: Source,
    pub(crate) id: String,
}

/// Something at the vendors that a refund must not be sent after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    /// The charge is disputed.
    Dispute(String),
    /// A teammate has the conversation.
    Person(String),
}

impl Mail {
    fn notice(&self) -> Notice {
        let source = if self.is_stripe { Source::Stripe } else { Source::Intercom };
        Notice { source, id: self.delivery.id.clone() }
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// What does not hold.
    pub(crate) violations: Vec<Violation>,
    /// Whether it was held against the model.
    pub(crate) held: Held,
    /// What it did to its one decision, in the words of the model.
    pub(crate) steps: Vec<Step>,
    /// Refunds that stand at Stripe and are ours.
    pub(crate) refunds: usize,
    /// The places it came to, in order.
    pub(crate) places: Vec<Place>,
    /// What went wrong where, and how often.
    pub(crate) fired: std::collections::BTreeMap<(Place, Fault), u32>,
    /// What happened, if it was asked for.
    pub(crate) trace: Vec<super::hub::Event>,
    /// How much true time passed, in milliseconds.
    pub(crate) took_ms: i64,
}

/// What a run is made of.
pub(crate) struct Setup<'a> {
    pub(crate) kit: &'a Kit,
    pub(crate) scenario: &'a Scenario,
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) is_traced: bool,
}

/// What the database says about what is to be done next.
#[derive(Clone, Copy)]
struct Standing {
    due: Option<Timestamp>,
    is_stopped: bool,
}

struct Run<'a> {
    kit: &'a Kit,
    scenario: &'a Scenario,
    world: World,
    hub: Arc<Hub>,
    tasks: Vec<Task>,
    /// How many tasks there have been.
    started: TaskId,
    /// The place of the task that is in the middle of something, and the task that was polled last.
    current: Option<usize>,
    last: TaskId,
    mail: Vec<Mail>,
    happened: usize,
    /// When money was stopped, by true time of the run.
    stopped_ms: Option<i64>,
    stops: Vec<(i64, i64)>,
    /// When somebody lets money move again.
    resumes_ms: Option<i64>,
    /// The webhooks that were acknowledged as stored.
    acknowledged: Vec<Notice>,
    /// What happened at the vendors that a refund must not be sent after.
    bars: Vec<(i64, Bar)>,
    /// When a machine asks Intercom what it missed.
    polls_ms: Vec<i64>,
    /// What the database said last, and how many places had been reached then.
    seen: Option<(usize, Standing)>,
    /// Whether the database was replaced by an older one.
    is_restored: bool,
    /// Whether it may be.
    has_backups: bool,
    /// Whether the dice say what goes wrong.
    is_random: bool,
    /// What was left to people and a person was asked to take up.
    called: BTreeSet<DecisionId>,
}

/// Plays one run to its end and judges it.
pub(crate) async fn play(setup: Setup<'_>) -> anyhow::Result<Outcome> {
    let Setup { kit, scenario, plan, dice, is_traced } = setup;
    let has_backups = plan.names(Fault::Restored);
    let is_random = matches!(plan, Plan::Random { .. });
    let truth = Arc::new(ManualClock::new(begin()));
    let hub = Arc::new(Hub::new(truth, dice, plan, is_traced));
    let world = World::build(kit, scenario, Arc::clone(&hub)).await?;
    let mut run = Run {
        kit,
        scenario,
        world,
        hub,
        tasks: Vec::new(),
        started: 0,
        current: None,
        last: 0,
        mail: Vec::new(),
        happened: 0,
        stopped_ms: None,
        stops: Vec::new(),
        resumes_ms: None,
        acknowledged: Vec::new(),
        bars: Vec::new(),
        polls_ms: Vec::new(),
        seen: None,
        is_restored: false,
        has_backups,
        is_random,
        called: BTreeSet::new(),
    };
    let is_at_rest = run.until_rest().await?;
    let healed_ms = run.hub.now_ms();
    run.heal().await?;
    let is_at_rest = run.until_rest().await? && is_at_rest;
    let took_ms = run.hub.now_ms().saturating_sub(healed_ms);
    let seen = oracle::Seen {
        is_at_rest,
        healed_for_ms: took_ms,
        stops: &run.stops,
        is_restored: run.is_restored,
        acknowledged: &run.acknowledged,
        bars: &run.bars,
    };
    let judged = oracle::judge(&run.world, scenario, &seen).await?;
    let outcome = Outcome {
        violations: judged.violations,
        held: judged.held,
        steps: judged.steps,
        refunds: judged.refunds,
        places: run.hub.places(),
        fired: run.hub.fired(),
        trace: run.hub.trace(),
        took_ms: run.hub.now_ms(),
    };
    Ok(outcome)
}

impl Run<'_> {
    /// Goes on until nothing is left to do. Tells whether it came to that.
    async fn until_rest(&mut self) -> anyhow::Result<bool> {
        for _ in 0..MOST_ROUNDS {
            self.happen().await?;
            self.collect();
            self.deliver();
            self.poll();
            self.lease().await?;
            self.turns().await?;
            self.notice_stop().await?;
            if self.tasks.iter().any(|task| self.is_ready(task)) {
                continue;
            }
            let Some(next_ms) = self.next_ms().await? else {
                if self.call_person().await? {
                    continue;
                }
                return Ok(true);
            };
            let left = next_ms.saturating_sub(self.hub.now_ms());
            self.hub.pass(left);
            self.stragglers().await;
        }
        Ok(false)
    }

    /// Whoever hears that money is stopped looks into it within the hour, and lets it move again.
    async fn notice_stop(&mut self) -> anyhow::Result<()> {
        let is_expected = self.resumes_ms.is_some()
            || self.is_restored
            || self.scenario.happenings.len() > self.happened;
        if !is_expected && self.standing().await?.is_stopped {
            let later = self.hub.throw(|dice| dice.between(1_000, 3_600_000));
            self.resumes_ms = Some(self.hub.now_ms().saturating_add(later));
        }
        Ok(())
    }

    /// From now on nothing goes wrong: clocks are right, money may move, everybody works. Who has put an
    /// older database in place has money stopped, and looks first.
    async fn heal(&mut self) -> anyhow::Result<()> {
        self.hub.tell(None, || "nothing goes wrong from now on".to_owned());
        self.hub.heal();
        if !self.is_restored {
            self.resume().await?;
        }
        if self.is_random && !self.is_restored && !self.hub.throw(|dice| dice.one_in(8)) {
            // Whoever is at work needs no fresh start to come to an end.
            return Ok(());
        }
        for node in 0..self.world.nodes.len() {
            self.restart(node, None).await?;
        }
        self.poll_later();
        Ok(())
    }

    /// Starts a node anew, perhaps in another mode.
    async fn restart(&mut self, node: NodeId, mode: Option<Mode>) -> anyhow::Result<()> {
        let old = self.world.nodes.get(node).map_or(Mode::Act, |node| node.mode);
        self.seen = None;
        self.world.restart(self.kit, node, mode.unwrap_or(old)).await?;
        self.compare(node);
        Ok(())
    }

    /// Lets a node compare its log with Stripe, again and again until it has done so.
    fn compare(&mut self, node: NodeId) {
        let Some(machine) = self.world.nodes.get(node) else { return };
        let (engine, hub) = (machine.engine.clone(), Arc::clone(&self.hub));
        let future = Box::pin(async move {
            for _ in 0..COMPARISONS {
                match Box::pin(engine.reconcile(&ReconcileOptions::default())).await {
                    Ok(report) => {
                        let count = report.differences.len();
                        hub.tell(Some(node), || {
                            format!("compared with Stripe: {count} differences")
                        });
                        break;
                    }
                    Err(error) => {
                        hub.tell(Some(node), || format!("could not compare with Stripe: {error}"));
                        hub.sleep(COMPARE_PAUSE_MS).await;
                    }
                }
            }
            Done::Worked
        });
        self.start(node, Errand::Comparison, future);
    }

    /// Lets a node ask Intercom in a while what no webhook told of.
    fn poll_later(&mut self) {
        self.polls_ms.push(self.hub.now_ms().saturating_add(POLL_MS));
    }

    /// Lets a node ask Intercom what no webhook told of, if it is time.
    fn poll(&mut self) {
        let now_ms = self.hub.now_ms();
        let count = self.polls_ms.len();
        self.polls_ms.retain(|at_ms| *at_ms > now_ms);
        if self.polls_ms.len() == count {
            return;
        }
        let nodes = self.world.nodes.len();
        let node = self.hub.throw(|dice| dice.index(nodes));
        let Some(machine) = self.world.nodes.get(node) else { return };
        let (engine, hub) = (machine.engine.clone(), Arc::clone(&self.hub));
        let future = Box::pin(async move {
            let polled = Box::pin(engine.poll(&PollOptions::default())).await;
            hub.tell(Some(node), || format!("asked Intercom: {polled:?}"));
            Done::Polled(polled.is_ok_and(|polled| polled.has_looked))
        });
        self.start(node, Errand::Poll, future);
    }

    /// What the database says now. Nobody writes to it without reaching a place.
    async fn standing(&mut self) -> anyhow::Result<Standing> {
        let reached = self.hub.reached();
        if let Some((_, standing)) = self.seen.filter(|(at, _)| *at == reached) {
            return Ok(standing);
        }
        let (due, is_stopped) = self.world.outside.standing().await?;
        let standing = Standing { due, is_stopped };
        self.seen = Some((reached, standing));
        Ok(standing)
    }

    /// The next instant at which there is something to do, by true time of the run.
    async fn next_ms(&mut self) -> anyhow::Result<Option<i64>> {
        let due = self.standing().await?.due.map(|due| self.to_run_ms(due));
        let asleep = self.tasks.iter().filter_map(|task| match task.waiting {
            Waiting::Until(until) => Some(until),
            Waiting::Turn => None,
        });
        let mail = self.mail.iter().map(|mail| mail.at_ms);
        let happening = self.scenario.happenings.get(self.happened).map(|(at_ms, _)| *at_ms);
        let stragglers: Vec<i64> = {
            let stragglers = self.world.post.stragglers.lock();
            stragglers.unwrap_or_else(PoisonError::into_inner).iter().map(|one| one.at_ms).collect()
        };
        let all = asleep.chain(mail).chain(happening).chain(stragglers).chain(due);
        let all = all.chain(self.resumes_ms).chain(self.polls_ms.iter().copied());
        Ok(all.min().map(|next| next.max(self.hub.now_ms().saturating_add(1))))
    }

    /// When an instant of the machines' clocks comes, at the latest on the slowest of them.
    fn to_run_ms(&self, instant: Timestamp) -> i64 {
        let slowest = self.world.nodes.iter().map(|node| {
            let now = node.clock.now();
            instant.duration_since(now).as_millis()
        });
        let left = slowest.max().unwrap_or(0);
        self.hub.now_ms().saturating_add(i64::try_from(left).unwrap_or(i64::MAX)).saturating_add(1)
    }

    fn is_ready(&self, task: &Task) -> bool {
        match task.waiting {
            Waiting::Turn => true,
            Waiting::Until(until) => until <= self.hub.now_ms(),
        }
    }
}
