//! Who goes on next, and what becomes of those who cannot.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use quittance_core::clock::Clock;
use quittance_core::guard::Mode;
use quittance_core::ids::CaseId;
use quittance_store::leases::Lease;

use super::{Done, Errand, OFF_MS, Run, Task};
use crate::prove::fault::Fault;
use crate::prove::hub::{NodeId, Order, Waiting};
use crate::prove::steps::What;
use crate::prove::world::LEASE_MS;

impl Run<'_> {
    /// Lets the tasks take turns until each has ended or sleeps.
    pub(super) async fn turns(&mut self) -> anyhow::Result<()> {
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
    pub(super) fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<Option<(NodeId, Done)>> {
        loop {
            let Some(at) = self.current.or_else(|| self.choose()) else {
                return Poll::Ready(None);
            };
            self.current = Some(at);
            let Some(task) = self.tasks.get_mut(at) else { return Poll::Ready(None) };
            self.last = task.id;
            self.hub.notes.go_on(task.id);
            self.hub.shield(matches!(task.errand, Errand::Comparison));
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
    pub(super) fn choose(&self) -> Option<usize> {
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

    pub(super) async fn finish(&mut self, node: NodeId, done: Done) -> anyhow::Result<()> {
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
            Done::Polled(false) => self.poll_later(),
            Done::TakenIn { .. } | Done::Polled(true) | Done::Worked => {}
        }
        Ok(())
    }

    /// Whoever works on the case does so in vain from now on.
    pub(super) fn overrun(&mut self, case: &CaseId) {
        let is_on_it = |task: &&mut Task| matches!(&task.errand, Errand::Case(of) if of == case);
        for loser in self.tasks.iter_mut().filter(is_on_it).filter(|task| !task.is_overrun) {
            loser.is_overrun = true;
            self.hub.note(What::LeaseLost(case.clone()));
        }
    }

    /// Tasks that are lost, with what they had in hand.
    pub(super) fn lose(&mut self, is_lost: impl Fn(&Task) -> bool) {
        let mut rest = Vec::new();
        for task in std::mem::take(&mut self.tasks) {
            if !is_lost(&task) {
                rest.push(task);
                continue;
            }
            match task.errand {
                Errand::Case(case) => self.hub.note(What::Gone(case)),
                Errand::Webhook(mail) => self.send_again(mail),
                Errand::Poll => self.poll_later(),
                Errand::Comparison | Errand::Other => {}
            }
        }
        self.tasks = rest;
    }

    pub(super) async fn obey(&mut self, order: Order) -> anyhow::Result<()> {
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
                self.poll_later();
            }
            Order::Crash(node, fault) => {
                if fault == Fault::PowerCut {
                    self.go_dark();
                }
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

    /// A machine without power stays off for a while. What others do meanwhile is done when it is back.
    pub(super) fn go_dark(&self) {
        if self.world.nodes.len() == 1 {
            let off = self.hub.throw(|dice| dice.pick(&OFF_MS)).unwrap_or(0);
            self.hub.tell(None, || format!("the machine is off for {} s", off / 1_000));
            self.hub.pass(off);
        }
    }

    pub(super) fn start(&mut self, node: NodeId, errand: Errand, future: BoxFuture<'static, Done>) {
        self.started = self.started.saturating_add(1);
        let (id, waiting) = (self.started, Waiting::Turn);
        self.tasks.push(Task { id, node, errand, is_overrun: false, future, waiting });
    }

    /// Lets a node work on a case, as a worker does.
    pub(super) fn work(&mut self, node: NodeId, lease: Lease) {
        let Some(machine) = self.world.nodes.get(node) else { return };
        let (engine, hub) = (machine.engine.clone(), Arc::clone(&self.hub));
        let case = lease.case.clone();
        let future = Box::pin(async move {
            hub.tell(Some(node), || format!("works on {}, lease {}", lease.case, lease.fence));
            if let Err(error) = Box::pin(engine.step(&lease)).await {
                hub.tell(Some(node), || format!("the step failed: {error}"));
                if let Err(error) = engine.postpone(&lease, &error).await {
                    hub.tell(Some(node), || format!("the lease was not given back: {error}"));
                }
            }
            Done::Worked
        });
        self.start(node, Errand::Case(case), future);
    }

    /// Lets the machines take what is due.
    pub(super) async fn lease(&mut self) -> anyhow::Result<()> {
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
        self.start(node, Errand::Other, future);
        Ok(())
    }
}
