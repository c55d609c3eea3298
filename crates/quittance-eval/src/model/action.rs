//! What can happen next.

use crate::model::rules::Protocol;
use crate::model::state::{Answer, CASES, FLIGHTS, Phase, Stand, State, Switch, Tick, WORKERS};

/// What becomes of an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// It arrives.
    Whole,
    /// It arrives as something else.
    Garbled(Answer),
    /// It does not arrive.
    Lost,
}

/// One thing that happens. Numbers name a worker, a case, or a request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Time passes.
    Tick(Tick),
    /// A worker takes the lease of a case and reads it.
    Lease(u8, u8),
    /// A worker reads the facts.
    ReadFacts(u8),
    /// A worker writes the decision down, or leaves it to a person.
    Decide(u8),
    /// A worker finds that a decision that was not sent holds no more.
    Withdraw(u8),
    /// A worker reads Stripe's list.
    Look(u8),
    /// A worker marks the decision.
    Mark(u8),
    /// A worker sends the request.
    Send(u8),
    /// A worker reads an answer.
    Receive(u8),
    /// A worker waits no longer.
    TimeOut(u8),
    /// A worker writes down what an answer, or the list, proves.
    Conclude(u8, Stand),
    /// A worker gives up looking, and calls a person.
    GiveUp(u8),
    /// A worker gives the lease back, or notices that it has none.
    Rest(u8),
    /// The customer is told of the refund.
    Reply(u8),
    /// A person reads Stripe's list.
    PersonLooks(u8),
    /// A person calls the refund failed.
    PersonFails(u8),
    /// The process of a worker dies.
    Crash(u8),
    /// A lease runs out while its worker goes on.
    LoseLease(u8),
    /// The stop switch changes.
    Flip(Switch),
    /// Our clock jumps, and is then so far ahead.
    Jump(i32),
    /// A request gets lost.
    Lose(u8),
    /// A request is turned away before anything looks at its key.
    TurnAway(u8, Answer),
    /// Stripe carries a request out, or fails: the answer that it keeps, whether there is a refund, and what
    /// becomes of the answer on its way.
    Execute(u8, Answer, bool, Delivery),
    /// Stripe repeats the answer that it keeps for the key.
    Replay(u8, Delivery),
}

impl Protocol {
    /// Everything that may happen in a state.
    pub fn actions(&self, state: &State, into: &mut Vec<Action>) {
        if state.now < self.until {
            into.push(Action::Tick(1));
        }
        for case in (0_u8..).take(CASES).take_while(|case| *case < self.cases) {
            self.case_actions(state, case, into);
        }
        for worker in (0_u8..).take(WORKERS).take_while(|worker| *worker < self.workers) {
            worker_actions(state, worker, into);
        }
        for flight in (0_u8..).take(FLIGHTS) {
            stripe_actions(state, flight, into);
        }
        self.world_actions(state, into);
    }

    fn case_actions(&self, state: &State, case: u8, into: &mut Vec<Action>) {
        let Some(row) = state.case(case) else { return };
        if row.holder.is_some() {
            if state.left.lost_leases > 0 {
                into.push(Action::LoseLease(case));
            }
        } else if let Some(worker) = self.idle(state) {
            into.push(Action::Lease(worker, case));
        }
        match row.stand {
            Stand::Parked => into.extend([Action::PersonLooks(case), Action::PersonFails(case)]),
            Stand::Confirmed | Stand::Marked | Stand::Unknown => into.push(Action::Reply(case)),
            Stand::New | Stand::Declined | Stand::Intent | Stand::Void | Stand::Failed => {}
        }
    }

    /// Workers are alike, so the first one that is free stands for all.
    fn idle(&self, state: &State) -> Option<u8> {
        (0..self.workers).find(|worker| state.worker(*worker).is_none())
    }

    fn world_actions(&self, state: &State, into: &mut Vec<Action>) {
        if state.left.flips > 0 {
            let others = [Switch::Running, Switch::Stopped, Switch::Unreadable];
            into.extend(others.into_iter().filter(|to| *to != state.switch).map(Action::Flip));
        }
        if state.left.jumps > 0 {
            let others = [self.jump.saturating_neg(), 0, self.jump];
            into.extend(others.into_iter().filter(|to| *to != state.skew).map(Action::Jump));
        }
    }
}

fn worker_actions(state: &State, worker: u8, into: &mut Vec<Action>) {
    let Some(at_work) = state.worker(worker) else { return };
    let rest = Action::Rest(worker);
    match at_work.phase {
        Phase::Leased => into.extend([Action::ReadFacts(worker), rest]),
        Phase::Read { .. } => into.extend([Action::Decide(worker), rest]),
        Phase::Loaded { is_sent: false, .. } => {
            into.extend([Action::Mark(worker), Action::Withdraw(worker), rest]);
        }
        Phase::Loaded { is_sent: true, .. } => {
            into.extend([Action::Look(worker), Action::GiveUp(worker), rest]);
        }
        Phase::Missed { .. } => {
            into.extend([Action::Mark(worker), Action::GiveUp(worker), rest]);
        }
        Phase::Marked { .. } => into.extend([Action::Send(worker), rest]),
        Phase::Waiting { .. } => into.extend([Action::Receive(worker), Action::TimeOut(worker)]),
        Phase::Found => into.extend([Action::Conclude(worker, Stand::Confirmed), rest]),
        Phase::Holding { .. } => into.extend([
            Action::Conclude(worker, Stand::Confirmed),
            Action::Conclude(worker, Stand::Void),
            Action::Conclude(worker, Stand::Unknown),
            rest,
        ]),
        Phase::GivingUp => into.extend([Action::GiveUp(worker), rest]),
    }
    if state.left.crashes > 0 {
        into.push(Action::Crash(worker));
    }
}

fn stripe_actions(state: &State, flight: u8, into: &mut Vec<Action>) {
    let Some(request) = state.flight(flight) else { return };
    if request.answer.is_some() {
        return;
    }
    let made = |delivery| Action::Execute(flight, Answer::Created, true, delivery);
    let repeated = |delivery| Action::Replay(flight, delivery);
    into.extend([made(Delivery::Whole), repeated(Delivery::Whole)]);
    if state.left.faults == 0 {
        return;
    }
    let garbled = [Answer::Broken, Answer::Foreign].map(Delivery::Garbled);
    let bad = [Delivery::Lost].into_iter().chain(garbled);
    into.extend(bad.flat_map(|delivery| [made(delivery), repeated(delivery)]));
    let turned_away = [Answer::Refused, Answer::Busy, Answer::Broken, Answer::Foreign];
    into.extend(turned_away.map(|answer| Action::TurnAway(flight, answer)));
    into.extend([
        Action::Execute(flight, Answer::Broken, true, Delivery::Whole),
        Action::Execute(flight, Answer::Broken, false, Delivery::Whole),
        Action::Lose(flight),
    ]);
}
