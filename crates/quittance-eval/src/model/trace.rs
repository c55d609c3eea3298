//! Holds what a real run did to one decision against the model.
//!
//! A trace tells only what can be seen: marks, sends, answers, outcomes. Leases, looks at a list that
//! does not have the refund, and what Stripe does out of sight are found by the model: it keeps every
//! state in which the world may be, and a trace is refused at the first step that none of them allows.

use crate::model::action::{Action, Delivery};
use crate::model::rules::Protocol;
use crate::model::state::{Answer, Phase, Stand, State, Switch, Tick, WORKERS};

/// Something that was seen of one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The decision was written down.
    Intent,
    /// It was marked; a mark counts when it is committed, whatever its writer was told.
    Mark {
        /// Counted from 1.
        attempt: u8,
        /// How long before the commit its writer had read the clocks.
        late_ms: Tick,
    },
    /// The request left.
    Sent,
    /// An answer was read, or waited for in vain.
    Answered(Answer),
    /// Stripe's list had the refund.
    Found,
    /// It was written that nobody knows.
    Unknown,
    /// It was written that Stripe has it, whoever found that out.
    Confirmed,
    /// It was written that it was not carried out.
    Void,
    /// It was left to a person.
    Parked,
    /// A person called it failed.
    Failed,
    /// The customer was told of the refund.
    Replied,
    /// The program died, with all its workers.
    Crash,
    /// One of several nodes died; nobody says which.
    NodeCrash,
    /// The lease ran out, or was taken over, while its worker went on.
    LeaseLost,
    /// Money was stopped.
    Stop,
    /// Money may move again.
    Resume,
    /// Our clock jumped.
    Jump {
        /// How far it is ahead of Stripe's now.
        ahead_ms: i32,
    },
    /// Time passed.
    Tick {
        /// How much.
        ms: Tick,
    },
}

/// Whether the model allows a trace of one decision, from its intent on. If not, says which step it
/// forbids, and what it would have allowed there.
///
/// A trace tells writes when they are committed, answers when they are read, and the time in between by
/// Stripe's clock. What the bank sends back later, and what a restored backup forgot, is left out of it.
pub fn conforms(trace: &[Step]) -> Result<(), String> {
    follow(&Protocol::of_the_program(), trace)
}

fn follow(protocol: &Protocol, trace: &[Step]) -> Result<(), String> {
    let mut reached = vec![State::first(protocol)];
    for (number, step) in (1_usize..).zip(trace) {
        reached = advance(protocol, reached, *step);
        if reached.is_empty() {
            let before = trace.get(..number.saturating_sub(1)).unwrap_or_default();
            let allowed = allowed_after(protocol, before);
            return Err(format!(
                "the model forbids step {number} of {}, {step:?}; there it allows {allowed:?}, the clock and crashes",
                trace.len()
            ));
        }
    }
    Ok(())
}

/// The states after a step, from those before it.
fn advance(protocol: &Protocol, reached: Vec<State>, step: Step) -> Vec<State> {
    match step {
        Step::Tick { ms } => tick(protocol, reached, ms),
        Step::Crash => each(reached, |state| vec![all_die(protocol, state)]),
        Step::NodeCrash => each(reached, |state| one_dies(protocol, state)),
        Step::Stop => each(reached, |state| vec![State { switch: Switch::Stopped, ..state }]),
        Step::Resume => each(reached, |state| vec![State { switch: Switch::Running, ..state }]),
        Step::Jump { ahead_ms } => each(reached, |state| vec![State { skew: ahead_ms, ..state }]),
        Step::Intent
        | Step::Mark { .. }
        | Step::Sent
        | Step::Answered(_)
        | Step::Found
        | Step::Unknown
        | Step::Confirmed
        | Step::Void
        | Step::Parked
        | Step::Failed
        | Step::Replied
        | Step::LeaseLost => seen(protocol, reached, step),
    }
}

/// The states after an action that shows as this step, with whatever cannot be seen before it.
fn seen(protocol: &Protocol, mut reached: Vec<State>, step: Step) -> Vec<State> {
    close(protocol, &mut reached, |action| may_precede(action, step));
    let (step, late_ms) = dated(step);
    let (mut after, mut actions) = (Vec::new(), Vec::new());
    for state in &reached {
        actions.clear();
        protocol.actions(state, &mut actions);
        let then = State { now: state.now.saturating_sub(late_ms), ..*state };
        for action in actions.iter().copied().filter(|action| may_show_as(*action, step)) {
            let Some(next) = protocol.next(&then, action) else { continue };
            if shown(action, &then, &next) == Some(step) {
                add(&mut after, State { now: state.now, ..next });
            }
        }
    }
    after
}

/// A step as the model shows it, and how long before it the clocks were read that date it. Leases and the
/// stop switch count as they are at the commit, time as it was when it was read.
fn dated(step: Step) -> (Step, Tick) {
    let Step::Mark { attempt, late_ms } = step else { return (step, 0) };
    (Step::Mark { attempt, late_ms: 0 }, late_ms)
}

/// Adds every state that can be reached unseen, by actions that matter.
fn close(protocol: &Protocol, reached: &mut Vec<State>, matters: impl Fn(Action) -> bool) {
    let (mut done, mut actions) = (0_usize, Vec::new());
    while let Some(state) = reached.get(done).copied() {
        actions.clear();
        protocol.actions(&state, &mut actions);
        for action in actions.iter().copied().filter(|action| matters(*action)) {
            let Some(next) = protocol.next(&state, action) else { continue };
            if shown(action, &state, &next).is_none() {
                add(reached, next);
            }
        }
        done = done.saturating_add(1);
    }
}

fn add(states: &mut Vec<State>, state: State) {
    if !states.contains(&state) {
        states.push(state);
    }
}

fn each(reached: Vec<State>, after: impl Fn(State) -> Vec<State>) -> Vec<State> {
    let mut states = Vec::with_capacity(reached.len());
    for next in reached.into_iter().flat_map(after) {
        add(&mut states, next);
    }
    states
}

/// What can be seen of an action. A write that the database refused cannot.
fn shown(action: Action, before: &State, after: &State) -> Option<Step> {
    let stand = |state: &State| state.case(0).map(|case| case.stand);
    match action {
        Action::Decide(_) => (stand(after) == Some(Stand::Intent)).then_some(Step::Intent),
        Action::Mark(_) => {
            let attempt = after.case(0)?.attempt;
            (attempt != before.case(0)?.attempt).then_some(Step::Mark { attempt, late_ms: 0 })
        }
        Action::Send(_) => Some(Step::Sent),
        Action::Receive(worker) | Action::TimeOut(worker) => match after.worker(worker)?.phase {
            Phase::Holding { answer, .. } => Some(Step::Answered(answer)),
            Phase::Leased
            | Phase::Read { .. }
            | Phase::Loaded { .. }
            | Phase::Missed { .. }
            | Phase::Found
            | Phase::Marked { .. }
            | Phase::Waiting { .. }
            | Phase::GivingUp => None,
        },
        Action::Look(worker) => {
            (after.worker(worker)?.phase == Phase::Found).then_some(Step::Found)
        }
        Action::Withdraw(_)
        | Action::Conclude(..)
        | Action::GiveUp(_)
        | Action::PersonLooks(_)
        | Action::PersonFails(_) => {
            (stand(before) != stand(after)).then(|| written(stand(after)?)).flatten()
        }
        Action::Reply(_) => Some(Step::Replied),
        Action::LoseLease(_) => Some(Step::LeaseLost),
        Action::Crash(_) => Some(Step::NodeCrash),
        Action::Flip(Switch::Running) => Some(Step::Resume),
        Action::Flip(Switch::Stopped | Switch::Unreadable) => Some(Step::Stop),
        Action::Jump(ahead_ms) => Some(Step::Jump { ahead_ms }),
        Action::Tick(ms) => Some(Step::Tick { ms }),
        Action::Lease(..)
        | Action::ReadFacts(_)
        | Action::Rest(_)
        | Action::Lose(_)
        | Action::TurnAway(..)
        | Action::Execute(..)
        | Action::Replay(..) => None,
    }
}

/// Whether it is worth trying an action for a step.
fn may_show_as(action: Action, step: Step) -> bool {
    match step {
        Step::Intent => matches!(action, Action::Decide(_)),
        Step::Mark { .. } => matches!(action, Action::Mark(_)),
        Step::Sent => matches!(action, Action::Send(_)),
        Step::Answered(Answer::Silence) => matches!(action, Action::TimeOut(_)),
        Step::Answered(_) => matches!(action, Action::Receive(_)),
        Step::Found => matches!(action, Action::Look(_)),
        Step::Unknown => {
            matches!(action, Action::Conclude(_, Stand::Unknown) | Action::GiveUp(_))
        }
        Step::Confirmed => {
            matches!(action, Action::Conclude(_, Stand::Confirmed) | Action::PersonLooks(_))
        }
        Step::Void => {
            matches!(action, Action::Conclude(_, Stand::Void) | Action::Withdraw(_))
        }
        Step::Parked => matches!(action, Action::GiveUp(_)),
        Step::Failed => matches!(action, Action::PersonFails(_)),
        Step::Replied => matches!(action, Action::Reply(_)),
        Step::LeaseLost => matches!(action, Action::LoseLease(_)),
        Step::Crash
        | Step::NodeCrash
        | Step::Stop
        | Step::Resume
        | Step::Jump { .. }
        | Step::Tick { .. } => false,
    }
}

fn written(stand: Stand) -> Option<Step> {
    match stand {
        Stand::Unknown => Some(Step::Unknown),
        Stand::Confirmed => Some(Step::Confirmed),
        Stand::Void => Some(Step::Void),
        Stand::Parked => Some(Step::Parked),
        Stand::Failed => Some(Step::Failed),
        Stand::New | Stand::Declined | Stand::Intent | Stand::Marked => None,
    }
}

/// Whether an action that cannot be seen can make a difference to this step. The less is tried the
/// faster it goes: what Stripe did out of sight is decided when something shows it, not before.
fn may_precede(action: Action, step: Step) -> bool {
    match step {
        Step::Intent | Step::Mark { .. } | Step::Void | Step::Unknown | Step::Parked => {
            is_of_a_worker(action)
        }
        Step::LeaseLost => matches!(action, Action::Lease(..)),
        Step::Found => is_of_a_worker(action) || is_success(action),
        Step::Confirmed => is_success(action),
        // Another worker may have looked before the request that now shows was carried out.
        Step::Answered(answer) => {
            may_lead_to(action, answer) || matches!(action, Action::Lease(..) | Action::Look(_))
        }
        Step::Failed => matches!(action, Action::PersonLooks(_)),
        Step::Sent
        | Step::Replied
        | Step::Crash
        | Step::NodeCrash
        | Step::Stop
        | Step::Resume
        | Step::Jump { .. }
        | Step::Tick { .. } => false,
    }
}

/// Whether it makes Stripe give this answer.
fn may_lead_to(action: Action, answer: Answer) -> bool {
    let is_this = matches!(
        action,
        Action::TurnAway(_, other)
            | Action::Execute(_, other, _, Delivery::Whole)
            | Action::Execute(_, _, _, Delivery::Garbled(other))
            | Action::Replay(_, Delivery::Garbled(other))
            if other == answer
    );
    // A repeat needs an earlier request that was carried out.
    let is_earlier = answer == Answer::Replayed && is_success(action);
    is_this || is_earlier || matches!(action, Action::Replay(_, Delivery::Whole))
}

fn is_of_a_worker(action: Action) -> bool {
    matches!(action, Action::Lease(..) | Action::ReadFacts(_) | Action::Look(_) | Action::Rest(_))
}

/// Stripe made the refund, whatever became of the answer.
fn is_success(action: Action) -> bool {
    matches!(action, Action::Execute(_, Answer::Created, true, _))
}

/// Time passes. A request that dies of age by then was carried out before, or never will be.
fn tick(protocol: &Protocol, mut reached: Vec<State>, ms: Tick) -> Vec<State> {
    let dies = |state: &State| {
        let later = state.now.saturating_add(ms);
        state.flights.iter().flatten().any(|flight| {
            flight.answer.is_none() && later.saturating_sub(flight.at) > protocol.delta
        })
    };
    if reached.iter().any(dies) {
        close(protocol, &mut reached, |action| {
            let may_happen_in_time = matches!(
                action,
                Action::Execute(_, _, true, _) | Action::Replay(..) | Action::TurnAway(..)
            );
            may_happen_in_time || matches!(action, Action::Lease(..) | Action::Look(_))
        });
    }
    each(reached, |state| protocol.next(&state, Action::Tick(ms)).into_iter().collect())
}

fn all_die(protocol: &Protocol, state: State) -> State {
    (0_u8..)
        .take(WORKERS)
        .fold(state, |state, worker| protocol.next(&state, Action::Crash(worker)).unwrap_or(state))
}

/// The worker that died may also have been none of ours.
fn one_dies(protocol: &Protocol, state: State) -> Vec<State> {
    let dead =
        (0_u8..).take(WORKERS).filter_map(|worker| protocol.next(&state, Action::Crash(worker)));
    std::iter::once(state).chain(dead).collect()
}

/// The steps that are possible after a trace, other than those from outside.
fn allowed_after(protocol: &Protocol, trace: &[Step]) -> Vec<Step> {
    let first = vec![State::first(protocol)];
    let mut reached = trace.iter().fold(first, |reached, step| advance(protocol, reached, *step));
    close(protocol, &mut reached, |action| !matches!(action, Action::Lose(_)));
    let (mut steps, mut actions) = (Vec::new(), Vec::new());
    for state in &reached {
        actions.clear();
        protocol.actions(state, &mut actions);
        for action in actions.drain(..) {
            let Some(next) = protocol.next(state, action) else { continue };
            let is_news = |step: &Step| {
                !steps.contains(step)
                    && !matches!(
                        step,
                        Step::Tick { .. }
                            | Step::Jump { .. }
                            | Step::Stop
                            | Step::Resume
                            | Step::NodeCrash
                            | Step::LeaseLost
                    )
            };
            steps.extend(shown(action, state, &next).filter(is_news));
        }
    }
    steps
}

#[cfg(test)]
mod tests;
