//! The middle of a simulated run: every operation with the outside passes here, and here it is decided
//! what goes wrong and who goes on.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use jiff::Timestamp;
use quittance_core::clock::{Clock, ManualClock};

use super::dice::Dice;
use super::fault::{Fault, Place, Side};
use super::plan::Plan;
use super::steps::Notes;

/// How long the true time moves on at each operation, in milliseconds.
const LATENCY_MS: (i64, i64) = (1, 40);

/// A node's number.
pub(crate) type NodeId = usize;

/// The clock of one machine: the true time, and what somebody has set it wrong by.
#[derive(Debug)]
pub(crate) struct NodeClock {
    truth: Arc<ManualClock>,
    offset_ms: AtomicI64,
}

impl NodeClock {
    pub(crate) fn new(truth: Arc<ManualClock>) -> Self {
        Self { truth, offset_ms: AtomicI64::new(0) }
    }

    fn set_by_ms(&self, milliseconds: i64) {
        self.offset_ms.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        let offset = self.offset_ms.load(Ordering::Relaxed);
        let now = self.truth.now().as_millisecond().saturating_add(offset);
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.truth.elapsed()
    }
}

/// Something that happened, for the trace of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Event {
    /// True time since the beginning of the run, in milliseconds.
    pub(crate) at_ms: i64,
    /// Where: a node, or nothing for the world.
    pub(crate) node: Option<NodeId>,
    /// What, in words.
    pub(crate) what: String,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Its turn.
    Turn,
    /// The end of a pause, at this true instant in milliseconds of the run.
    Until(i64),
}

/// What the run does with a node or from outside before anybody goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The node's process is gone.
    Crash(NodeId, Fault),
    /// The task that was at work panicked.
    Panic,
    /// Somebody stops money.
    Stop,
    /// Something changes at a vendor.
    Outside,
    /// Another worker takes the case although it is leased.
    SecondWorker,
}

#[derive(Debug)]
struct Inner {
    dice: Dice,
    plan: Plan,
    trace: Vec<Event>,
    places: Vec<Place>,
    fired: BTreeMap<(Place, Fault), u32>,
    orders: Vec<Order>,
    waiting: Option<Waiting>,
    is_healed: bool,
    is_shielded: bool,
}

/// How long a process stands still. Between the last check and the first byte of a refund or an answer it may
/// do so for minutes only: that is what the protocol assumes (As1), and no program can check it.
fn pause_ms(dice: &mut Dice, place: Place) -> i64 {
    let is_unsent = place.is_sending() && place.side == Side::Before;
    let longest = if is_unsent { 480_000 } else { 108_000_000 };
    dice.pick(&[30_000, 600_000, 79_200_000, 108_000_000]).unwrap_or(30_000).min(longest)
}

/// The middle of a run. Everybody in the run shares it.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) truth: Arc<ManualClock>,
    begin_ms: i64,
    is_traced: bool,
    clocks: Mutex<Vec<Arc<NodeClock>>>,
    inner: Mutex<Inner>,
    pub(crate) notes: Notes,
}

impl Hub {
    pub(crate) fn new(truth: Arc<ManualClock>, dice: Dice, plan: Plan, is_traced: bool) -> Self {
        let inner = Inner {
            dice,
            plan,
            trace: Vec::new(),
            places: Vec::new(),
            fired: BTreeMap::new(),
            orders: Vec::new(),
            waiting: None,
            is_healed: false,
            is_shielded: false,
        };
        let begin_ms = truth.now().as_millisecond();
        Self {
            truth,
            begin_ms,
            is_traced,
            clocks: Mutex::default(),
            inner: Mutex::new(inner),
            notes: Notes::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clock for a new machine, whose number is its place in the row.
    pub(crate) fn clock(&self) -> Arc<NodeClock> {
        let clock = Arc::new(NodeClock::new(Arc::clone(&self.truth)));
        self.clocks.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&clock));
        clock
    }

    /// True time since the beginning, in milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.truth.now().as_millisecond().saturating_sub(self.begin_ms)
    }

    /// How far the clock of a node is ahead, in milliseconds.
    pub(crate) fn ahead_ms(&self, node: NodeId) -> i64 {
        let clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        clocks.get(node).map_or(0, |clock| clock.offset_ms.load(Ordering::Relaxed))
    }

    /// Lets true time pass.
    pub(crate) fn pass(&self, milliseconds: i64) {
        self.truth.advance_ms(milliseconds.max(0));
    }

    /// Throws the run's dice.
    pub(crate) fn throw<T>(&self, throw: impl FnOnce(&mut Dice) -> T) -> T {
        throw(&mut self.inner().dice)
    }

    /// Writes a line of the trace.
    pub(crate) fn tell(&self, node: Option<NodeId>, what: impl FnOnce() -> String) {
        if self.is_traced {
            let event = Event { at_ms: self.now_ms(), node, what: what() };
            self.inner().trace.push(event);
        }
    }

    /// Whether the task that goes on neither panics nor stands still: that would be a crash of its process.
    pub(crate) fn shield(&self, is_shielded: bool) {
        self.inner().is_shielded = is_shielded;
    }

    /// From now on nothing goes wrong, and all clocks are right.
    pub(crate) fn heal(&self) {
        self.inner().is_healed = true;
        for clock in self.clocks.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            clock.offset_ms.store(0, Ordering::Relaxed);
        }
    }

    /// The places that were reached, in order.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.inner().places.clone()
    }

    /// How many places were reached.
    pub(crate) fn reached(&self) -> usize {
        self.inner().places.len()
    }

    /// What went wrong where, and how often.
    pub(crate) fn fired(&self) -> BTreeMap<(Place, Fault), u32> {
        self.inner().fired.clone()
    }

    /// The trace so far.
    pub(crate) fn trace(&self) -> Vec<Event> {
        self.inner().trace.clone()
    }

    /// What is to be done before anybody goes on.
    pub(crate) fn orders(&self) -> Vec<Order> {
        std::mem::take(&mut self.inner().orders)
    }

    /// Whether the task that was just polled has come to a gate, and what it waits for there.
    pub(crate) fn arrived(&self) -> Option<Waiting> {
        self.inner().waiting.take()
    }

    /// A node comes to a place. Gives what the operation there must suffer, once it is the node's turn.
    pub(crate) async fn reach(&self, node: NodeId, place: Place) -> Option<Fault> {
        let fault = self.decide(node, place);
        match fault {
            Some(fault) if fault.ends_process() => {
                return self.gone(Order::Crash(node, fault)).await;
            }
            Some(Fault::Panic) => return self.gone(Order::Panic).await,
            Some(Fault::Pause) => {
                let pause = self.throw(|dice| pause_ms(dice, place));
                let until = self.now_ms().saturating_add(pause);
                self.tell(Some(node), || format!("stands still for {} s", pause / 1_000));
                self.gate(Waiting::Until(until)).await;
                return None;
            }
            Some(Fault::ClockSet) => self.set_clock(node),
            Some(Fault::Stop) => self.inner().orders.push(Order::Stop),
            Some(Fault::Outside) => self.inner().orders.push(Order::Outside),
            Some(Fault::SecondWorker) => self.inner().orders.push(Order::SecondWorker),
            Some(_) | None => {}
        }
        self.gate(Waiting::Turn).await;
        fault
    }

    /// What becomes of something that is on its way, and belongs to no task.
    pub(crate) fn meet(&self, place: Place) -> Option<Fault> {
        self.decide(0, place)
    }

    /// Whether something is to be done before anybody goes on.
    pub(crate) fn has_orders(&self) -> bool {
        !self.inner().orders.is_empty()
    }

    fn decide(&self, node: NodeId, place: Place) -> Option<Fault> {
        let mut inner = self.inner();
        let latency = inner.dice.between(LATENCY_MS.0, LATENCY_MS.1);
        self.truth.advance_ms(latency);
        inner.places.push(place);
        let number = inner.places.len();
        let fault = if inner.is_healed {
            None
        } else {
            let Inner { plan, dice, .. } = &mut *inner;
            plan.decide(number, place, dice)
        };
        let is_spared = |fault: &Fault| matches!(fault, Fault::Panic | Fault::Pause);
        let fault = fault.filter(|fault| !(inner.is_shielded && is_spared(fault)));
        if let Some(fault) = fault {
            let count = inner.fired.entry((place, fault)).or_default();
            *count = count.saturating_add(1);
        }
        drop(inner);
        self.tell(Some(node), || match fault {
            Some(fault) => format!("{place}: {fault}"),
            None => place.to_string(),
        });
        fault
    }

    fn set_clock(&self, node: NodeId) {
        const STEPS_MS: [i64; 6] =
            [-1_000, 1_000, -3_600_000, 3_600_000, -172_800_000, 172_800_000];
        let by = self.throw(|dice| dice.pick(&STEPS_MS)).unwrap_or(1_000);
        if let Some(clock) = self.clocks.lock().unwrap_or_else(PoisonError::into_inner).get(node) {
            clock.set_by_ms(by);
        }
        self.tell(Some(node), || format!("its clock is set by {} s", by / 1_000));
    }

    /// Lets a task sleep.
    pub(crate) async fn sleep(&self, milliseconds: i64) {
        self.gate(Waiting::Until(self.now_ms().saturating_add(milliseconds))).await;
    }

    /// The end of a task: it never comes back from here.
    async fn gone(&self, order: Order) -> Option<Fault> {
        self.inner().orders.push(order);
        self.inner().waiting = Some(Waiting::Turn);
        std::future::pending().await
    }

    /// Lets somebody else go on first, if the run wants that.
    async fn gate(&self, waiting: Waiting) {
        let mut has_waited = false;
        poll_fn(|_| {
            if has_waited {
                return Poll::Ready(());
            }
            has_waited = true;
            self.inner().waiting = Some(waiting);
            Poll::Pending
        })
        .await;
    }
}
