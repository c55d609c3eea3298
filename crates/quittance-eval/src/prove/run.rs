//! One run: the machines take turns, in the order that the dice say, until everything is at rest.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use quittance_core::clock::{Clock, ManualClock};
use quittance_core::event::Source;
use quittance_core::guard::Mode;
use quittance_core::ids::CaseId;
use quittance_engine::intake::Taken;
use quittance_engine::poll::Options as PollOptions;
use quittance_engine::reconcile::Options as ReconcileOptions;
use quittance_sandbox::delivery::Delivery;
use quittance_store::leases::Lease;
use quittance_store::stop::StopChange;
use serde_json::Value;

use super::dice::Dice;
use super::fault::{Fault, Place, WEBHOOK};
use super::hub::{Hub, NodeId, Order, Waiting};
use super::lines::Straggler;
use super::oracle::{self, Violation};
use super::plan::Plan;
use super::scenario::{Happening, Scenario};
use super::steps::{Held, TaskId, What};
use super::world::{Kit, LEASE_MS, World, begin};
use crate::model::Step;

/// How often the run may look around before it counts as stuck.
const MOST_ROUNDS: u32 = 3_000;

/// How often a webhook is sent again, and after what pause, in milliseconds.
const WEBHOOK_TRIES: u32 = 6;
const WEBHOOK_PAUSE_MS: i64 = 60_000;

/// How long after something was lost a machine asks Intercom what it missed, in milliseconds.
const POLL_MS: i64 = 60_000;

/// How often a machine tries to compare its log with Stripe, and after what pause, in milliseconds.
const COMPARISONS: u32 = 10;
const COMPARE_PAUSE_MS: i64 = 5_000;

/// What a task came to.
enum Done {
    Leased(Vec<Lease>),
    Worked,
    TakenIn { mail: Mail, is_taken: bool, is_kept: bool },
}

/// Something a machine is doing.
struct Task {
    id: TaskId,
    node: NodeId,
    /// The case it works on.
    case: Option<CaseId>,
    /// Whether somebody else has the case by now.
    is_overrun: bool,
    future: BoxFuture<'static, Done>,
    waiting: Waiting,
    /// The webhook it takes in: who sent it gets no answer if the task is lost.
    mail: Option<Mail>,
    /// Whether it holds the log against Stripe. The program begins anew when that task ends before its time.
    is_comparison: bool,
}

/// A webhook on its way.
#[derive(Clone)]
struct Mail {
    at_ms: i64,
    is_stripe: bool,
    tries: u32,
    delivery: Delivery,
}

/// A webhook that was acknowledged: whose, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) source: Source,
    pub(crate) id: String,
}

impl Mail {
    fn notice(&self) -> Notice {
        let body: Value = serde_json::from_slice(&self.delivery.body).unwrap_or_default();
        let id = body.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        Notice { source: if self.is_stripe { Source::Stripe } else { Source::Intercom }, id }
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
        polls_ms: Vec::new(),
        seen: None,
        is_restored: false,
        has_backups,
        is_random,
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
    };
    let judged = oracle::judge(&run.world, scenario, &seen).await?;
    let outcome = Outcome {
        violations: judged.violations,
        held: judged.held,
        steps: judged.steps,
        refunds: oracle::own_refunds(&run.world).len(),
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
            let Some(next_ms) = self.next_ms().await? else { return Ok(true) };
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
        if !self.has_disturbed_processes()
            && self.is_random
            && !self.hub.throw(|dice| dice.one_in(4))
        {
            // Nothing is left that a fresh start would mend.
            return Ok(());
        }
        for node in 0..self.world.nodes.len() {
            self.restart(node, None).await?;
        }
        self.polls_ms.push(self.hub.now_ms().saturating_add(POLL_MS));
        Ok(())
    }

    /// Whether a process has ended or got other settings in this run.
    fn has_disturbed_processes(&self) -> bool {
        self.is_restored || self.hub.fired().keys().any(|(_, fault)| fault.ends_process())
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
        self.start(node, future);
        if let Some(task) = self.tasks.last_mut() {
            task.is_comparison = true;
        }
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
            match Box::pin(engine.poll(&PollOptions::default())).await {
                Ok(polled) => hub.tell(Some(node), || format!("asked Intercom: {polled:?}")),
                Err(error) => hub.tell(Some(node), || format!("could not ask Intercom: {error}")),
            }
            Done::Worked
        });
        self.start(node, future);
    }

    /// What the database says now. Nobody writes to it without reaching a place.
    async fn standing(&mut self) -> anyhow::Result<Standing> {
        let reached = self.hub.reached();
        if let Some((_, standing)) = self.seen.filter(|(at, _)| *at == reached) {
            return Ok(standing);
        }
        let outside = &self.world.outside;
        let (due, is_stopped) = (outside.next_due().await?, outside.is_stopped().await?);
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

/// Turns.
impl Run<'_> {
    /// Lets the tasks take turns until each has ended or sleeps.
    async fn turns(&mut self) -> anyhow::Result<()> {
        loop {
            let done = poll_fn(|context| self.poll_turn(context)).await;
            if let Some((node, done)) = done {
                self.finish(node, done).await?;
            }
            let orders = self.hub.orders();
            for order in orders {
                self.obey(order).await?;
            }
            if !self.tasks.iter().any(|task| self.is_ready(task)) {
                return Ok(());
            }
        }
    }

    /// Polls until a task ends, an order is given, or nobody can go on.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Option<(NodeId, Done)>> {
        loop {
            let Some(at) = self.current.or_else(|| self.choose()) else {
                return Poll::Ready(None);
            };
            self.current = Some(at);
            let Some(task) = self.tasks.get_mut(at) else { return Poll::Ready(None) };
            self.last = task.id;
            self.hub.notes.go_on(task.id);
            self.hub.shield(task.is_comparison);
            match Pin::as_mut(&mut task.future).poll(context) {
                Poll::Ready(done) => {
                    self.current = None;
                    let task = self.tasks.swap_remove(at);
                    return Poll::Ready(Some((task.node, done)));
                }
                Poll::Pending => match self.hub.arrived() {
                    Some(waiting) => {
                        task.waiting = waiting;
                        self.current = None;
                        if self.hub.has_orders() {
                            return Poll::Ready(None);
                        }
                    }
                    // It waits for the database, and so does everybody.
                    None => return Poll::Pending,
                },
            }
        }
    }

    /// Who goes on: the same one more often than not.
    fn choose(&self) -> Option<usize> {
        let ready: Vec<usize> = self
            .tasks
            .iter()
            .enumerate()
            .filter(|(_, task)| self.is_ready(task))
            .map(|(at, _)| at)
            .collect();
        if ready.len() > 1 {
            return self.hub.throw(|dice| dice.pick(&ready));
        }
        ready.first().copied()
    }

    async fn finish(&mut self, node: NodeId, done: Done) -> anyhow::Result<()> {
        match done {
            Done::Leased(leases) => {
                if !self.is_restored && self.has_backups {
                    self.world.back_up().await?;
                }
                for lease in leases {
                    self.overrun(&lease.case);
                    self.work(node, lease);
                }
            }
            Done::TakenIn { mail, is_taken: false, .. } => self.send_again(mail),
            Done::TakenIn { mail, is_kept: true, .. } => self.acknowledged.push(mail.notice()),
            Done::TakenIn { .. } | Done::Worked => {}
        }
        Ok(())
    }

    /// Whoever works on the case does so in vain from now on.
    fn overrun(&mut self, case: &CaseId) {
        let losers = self.tasks.iter_mut().filter(|task| task.case.as_ref() == Some(case));
        for loser in losers.filter(|task| !task.is_overrun) {
            loser.is_overrun = true;
            self.hub.note(What::LeaseLost(case.clone()));
        }
    }

    /// A webhook that got no good answer comes again, a few times.
    fn send_again(&mut self, mut mail: Mail) {
        if mail.tries >= WEBHOOK_TRIES {
            self.polls_ms.push(self.hub.now_ms().saturating_add(POLL_MS));
        } else {
            mail.tries = mail.tries.saturating_add(1);
            mail.at_ms = self.hub.now_ms().saturating_add(WEBHOOK_PAUSE_MS);
            self.mail.push(mail);
        }
    }

    /// Tasks that are lost, with what they had in hand.
    fn lose(&mut self, is_lost: impl Fn(&Task) -> bool) {
        let mut rest = Vec::new();
        for task in std::mem::take(&mut self.tasks) {
            if is_lost(&task) {
                if let Some(case) = task.case {
                    self.hub.note(What::Gone(case));
                }
                if let Some(mail) = task.mail {
                    self.send_again(mail);
                }
            } else {
                rest.push(task);
            }
        }
        self.tasks = rest;
    }

    async fn obey(&mut self, order: Order) -> anyhow::Result<()> {
        self.seen = None;
        match order {
            Order::Crash(_, Fault::Restored) => {
                self.lose(|_| true);
                self.hub.tell(None, || "the database is replaced by a backup".to_owned());
                self.world.restore(self.kit).await?;
                self.is_restored = true;
                for node in 0..self.world.nodes.len() {
                    self.compare(node);
                }
                self.polls_ms.push(self.hub.now_ms().saturating_add(POLL_MS));
            }
            Order::Crash(node, fault) => {
                self.lose(|task| task.node == node);
                self.world.post.hang_up(node, self.hub.now_ms());
                if self.world.nodes.len() == 1 {
                    self.hub.note(What::AllGone);
                }
                let mode = (fault == Fault::NewSettings).then_some(Mode::Propose);
                self.restart(node, mode).await?;
            }
            Order::Panic => {
                let last = self.last;
                self.lose(|task| task.id == last);
            }
            Order::Stop => {
                self.stop().await?;
                let later = self.hub.throw(|dice| dice.between(1_000, 3_600_000));
                self.resumes_ms = Some(self.hub.now_ms().saturating_add(later));
            }
            Order::Outside => self.meddle(),
            Order::SecondWorker => self.world.outside.expire_leases().await?,
        }
        Ok(())
    }

    fn start(&mut self, node: NodeId, future: BoxFuture<'static, Done>) {
        self.push(node, future, None, None);
    }

    fn push(
        &mut self,
        node: NodeId,
        future: BoxFuture<'static, Done>,
        case: Option<CaseId>,
        mail: Option<Mail>,
    ) {
        self.started = self.started.saturating_add(1);
        let (id, waiting) = (self.started, Waiting::Turn);
        let (is_overrun, is_comparison) = (false, false);
        self.tasks.push(Task { id, node, case, is_overrun, future, waiting, mail, is_comparison });
    }

    /// Lets a node work on a case, as a worker does.
    fn work(&mut self, node: NodeId, lease: Lease) {
        let Some(machine) = self.world.nodes.get(node) else { return };
        let (engine, hub) = (machine.engine.clone(), Arc::clone(&self.hub));
        let case = Some(lease.case.clone());
        let future = Box::pin(async move {
            hub.tell(Some(node), || format!("works on {}, lease {}", lease.case, lease.fence));
            if let Err(error) = Box::pin(engine.step(&lease)).await {
                hub.tell(Some(node), || format!("the step failed: {error}"));
                let pause = 1_000_i64.saturating_mul(1_i64 << lease.failures.min(12));
                let due = engine.now().saturating_add(SignedDuration::from_millis(pause)).ok();
                if let Err(error) = engine.rest(&lease, due, false).await {
                    hub.tell(Some(node), || format!("the lease was not given back: {error}"));
                }
            }
            Done::Worked
        });
        self.push(node, future, case, None);
    }

    /// Lets the machines take what is due.
    async fn lease(&mut self) -> anyhow::Result<()> {
        let Some(due) = self.standing().await?.due else { return Ok(()) };
        let ready: Vec<NodeId> = (0..self.world.nodes.len())
            .filter(|node| self.world.nodes.get(*node).is_some_and(|node| node.clock.now() >= due))
            .collect();
        let Some(node) = self.hub.throw(|dice| dice.pick(&ready)) else { return Ok(()) };
        let Some(machine) = self.world.nodes.get(node) else { return Ok(()) };
        let (store, now) = (machine.store.clone(), machine.clock.now());
        let until = now.saturating_add(SignedDuration::from_millis(LEASE_MS)).unwrap_or(now);
        let limit = if self.world.nodes.len() > 1 { 1 } else { 16 };
        let future = Box::pin(async move {
            Done::Leased(store.lease_due(now, until, limit).await.unwrap_or_default())
        });
        self.start(node, future);
        Ok(())
    }
}

/// The mail.
impl Run<'_> {
    /// Takes what the vendors have sent, and decides what becomes of it on the way.
    fn collect(&mut self) {
        for (is_stripe, delivery) in self.world.webhooks() {
            let fault = self.hub.meet(Place::before(WEBHOOK));
            let at_ms = self.hub.now_ms();
            let mail = Mail { at_ms, is_stripe, tries: 0, delivery };
            match fault {
                Some(Fault::Lost) => {
                    self.polls_ms.push(at_ms.saturating_add(POLL_MS));
                    continue;
                }
                Some(Fault::Duplicate) => {
                    let later = self.hub.throw(|dice| dice.between(0, 7_200_000));
                    self.mail.push(Mail { at_ms: at_ms.saturating_add(later), ..mail.clone() });
                }
                Some(Fault::Reordered) => {
                    let later = self.hub.throw(|dice| dice.between(1_000, 600_000));
                    self.mail.push(Mail { at_ms: at_ms.saturating_add(later), ..mail });
                    continue;
                }
                Some(Fault::Forged) => self.mail.push(forged(&mail)),
                Some(_) | None => {}
            }
            self.mail.push(mail);
        }
    }

    /// Hands over what has arrived.
    fn deliver(&mut self) {
        let now_ms = self.hub.now_ms();
        let (arrived, rest) =
            std::mem::take(&mut self.mail).into_iter().partition(|mail| mail.at_ms <= now_ms);
        self.mail = rest;
        let arrived: Vec<Mail> = arrived;
        for mail in arrived {
            let count = self.world.nodes.len();
            let node = self.hub.throw(|dice| dice.index(count));
            let Some(machine) = self.world.nodes.get(node) else { continue };
            let intake = machine.intake.clone();
            let held = Some(mail.clone());
            let future = Box::pin(async move {
                let name = if mail.is_stripe { "stripe-signature" } else { "x-hub-signature" };
                let headers = &mail.delivery.headers;
                let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                let signature = found.map(|(_, value)| value.as_str());
                let body = &mail.delivery.body;
                let taken = if mail.is_stripe {
                    intake.stripe(body, signature).await
                } else {
                    intake.intercom(body, signature).await
                };
                let is_taken = taken.is_ok();
                let is_kept = matches!(taken, Ok(Taken::Stored | Taken::Seen));
                Done::TakenIn { mail, is_taken, is_kept }
            });
            self.push(node, future, None, held);
        }
    }

    /// Lets requests arrive whose senders have long given up.
    async fn stragglers(&mut self) {
        let now_ms = self.hub.now_ms();
        let arrived: Vec<Straggler> = {
            let mut all = self.world.post.stragglers.lock().unwrap_or_else(PoisonError::into_inner);
            let (arrived, rest) =
                std::mem::take(&mut *all).into_iter().partition(|one| one.at_ms <= now_ms);
            *all = rest;
            arrived
        };
        for straggler in arrived {
            self.hub.tell(None, || "a request arrives late".to_owned());
            // Nobody waits for the answer.
            let _ = straggler.line.deliver(&self.hub, &straggler.request).await;
        }
    }
}

/// A webhook that says the same and that nobody signed.
fn forged(mail: &Mail) -> Mail {
    let mut forged = mail.clone();
    for (_, value) in &mut forged.delivery.headers {
        let last = value.pop();
        value.push(if last == Some('0') { '1' } else { '0' });
    }
    forged.tries = WEBHOOK_TRIES;
    forged
}

/// What happens outside.
impl Run<'_> {
    async fn happen(&mut self) -> anyhow::Result<()> {
        if self.resumes_ms.is_some_and(|at_ms| at_ms <= self.hub.now_ms()) {
            self.resumes_ms = None;
            self.resume().await?;
        }
        while let Some((at_ms, happening)) = self.scenario.happenings.get(self.happened) {
            if *at_ms > self.hub.now_ms() {
                return Ok(());
            }
            self.happened = self.happened.saturating_add(1);
            self.hub.tell(None, || format!("{happening:?}"));
            if *happening == Happening::Stop {
                self.stop().await?;
            } else if *happening == Happening::Resume {
                self.resume().await?;
            } else {
                self.change(*happening);
            }
        }
        Ok(())
    }

    fn change(&self, happening: Happening) {
        let world = &self.world;
        let charge = |person: usize, payment: usize| {
            world.people.get(person).and_then(|known| known.charges.get(payment))
        };
        match happening {
            Happening::Say { person, is_new } => {
                let Some(known) = world.people.get(person) else { return };
                let text = "I want my money back, please.";
                if is_new {
                    world.intercom.say_anew(&known.contact, text);
                } else {
                    world.intercom.say(&known.contact, text);
                }
            }
            Happening::TeammateReplies { person } => {
                if let Some(conversation) = self.newest(person) {
                    world.intercom.teammate_replies(&conversation, "I am on it.");
                }
            }
            Happening::TeammateTakes { person } => {
                if let Some(conversation) = self.newest(person) {
                    world.intercom.teammate_assigns_self(&conversation);
                }
            }
            Happening::Dispute { person, payment } => {
                if let Some(charge) = charge(person, payment) {
                    world.stripe.dispute(charge, "needs_response");
                }
            }
            Happening::RefundByHand { person, payment, minor } => {
                if let Some(charge) = charge(person, payment) {
                    // Stripe refuses what is too much, as it should.
                    let _ = world.stripe.refund(charge, minor);
                }
            }
            Happening::BankRefuses { person, payment } => {
                let refunds = world.stripe.refunds();
                let of = charge(person, payment);
                let found = refunds.iter().find(|refund| {
                    refund.get("charge").and_then(Value::as_str) == of.map(String::as_str)
                });
                let id = found.and_then(|refund| refund.get("id")).and_then(Value::as_str);
                if let Some(id) = id {
                    world.stripe.refund_later_fails(id);
                }
            }
            Happening::Stop | Happening::Resume => {}
        }
    }

    fn newest(&self, person: usize) -> Option<String> {
        let known = self.world.people.get(person)?;
        self.world.intercom.conversations_of(&known.contact).pop()
    }

    /// Something changes that nobody here has a hand in.
    fn meddle(&self) {
        let people = self.world.people.len();
        let happening = self.hub.throw(|dice| {
            let person = dice.index(people);
            match dice.below(5) {
                0 => Happening::Dispute { person, payment: 1 },
                1 => Happening::RefundByHand { person, payment: 1, minor: dice.between(1, 4_900) },
                2 => Happening::TeammateReplies { person },
                3 => Happening::TeammateTakes { person },
                _ => Happening::Say { person, is_new: dice.one_in(2) },
            }
        });
        self.hub.tell(None, || format!("meanwhile: {happening:?}"));
        self.change(happening);
    }

    async fn stop(&mut self) -> anyhow::Result<()> {
        self.seen = None;
        self.world.outside.stop(self.switch("somebody stops money")).await?;
        self.hub.note(What::Stop);
        if self.stopped_ms.is_none() {
            self.stopped_ms = Some(self.hub.now_ms());
        }
        Ok(())
    }

    async fn resume(&mut self) -> anyhow::Result<()> {
        self.seen = None;
        if let Some(from) = self.stopped_ms.take() {
            self.stops.push((from, self.hub.now_ms()));
        }
        self.world.outside.resume(self.switch("somebody has looked")).await?;
        self.hub.note(What::Resume);
        Ok(())
    }

    fn switch(&self, why: &str) -> StopChange {
        StopChange { why: why.to_owned(), by: "Ana".to_owned(), at: self.hub.truth.now() }
    }
}
