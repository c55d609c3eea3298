//! What can happen next.

use crate::model::rules::Protocol;
use crate::model::state::{Answer, CASES, FLIGHTS, Phase, Stand, State, Switch, Tick, WORKERS};

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
    /// Stripe carries a request out, or fails: the answer, whether there is a refund, whether the answer gets lost.
    Execute(u8, Answer, bool, bool),
    /// Stripe repeats the answer that it keeps for the key, which may get lost.
    Replay(u8, bool),
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
        Phase::Loaded { is_sent: true, .. } => into.extend([Action::Look(worker), rest]),
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
    into.push(Action::Replay(flight, false));
    into.push(Action::Execute(flight, Answer::Created, true, false));
    if state.left.faults > 0 {
        into.extend([
            Action::Replay(flight, true),
            Action::Execute(flight, Answer::Created, true, true),
            Action::Execute(flight, Answer::Broken, true, false),
            Action::Execute(flight, Answer::Broken, false, false),
            Action::TurnAway(flight, Answer::Refused),
            Action::TurnAway(flight, Answer::Busy),
            Action::TurnAway(flight, Answer::Broken),
            Action::TurnAway(flight, Answer::Foreign),
            Action::Lose(flight),
        ]);
    }
}
