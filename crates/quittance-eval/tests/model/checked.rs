//! The model as the checker wants it, and one line for what came of a walk.

use std::fmt;
use std::time::{Duration, Instant};

use quittance_eval::model::{Action, Promise, Protocol, Stand, State, Switch};
use stateright::{Checker, Model, Property};

/// How many threads walk through everything. Only one finds the nearest counterexample for certain.
const THREADS: usize = 2;

/// The model as the checker wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked {
    protocol: Protocol,
    /// The promise to look at; all of them and the sights if none is named. The checker ends a walk at the
    /// first broken promise, which is then the nearest, only if there is nothing else to look at.
    only: Option<Promise>,
}

impl Model for Checked {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(&self.protocol)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.protocol.actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.protocol.next(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties: Vec<_> = PROMISES
            .iter()
            .zip(Promise::ALL)
            .filter(|(_, promise)| self.only.is_none_or(|only| only == *promise))
            .map(|(holds, promise)| Property::always(promise.name(), *holds))
            .collect();
        if self.only.is_none() {
            properties.extend(SIGHTS.iter().map(|(name, is_so)| Property::sometimes(name, *is_so)));
        }
        properties
    }
}

pub(crate) type Condition = fn(&Checked, &State) -> bool;

/// The promises, in the order of `Promise::ALL`: the checker takes functions without a memory.
const PROMISES: [Condition; Promise::ALL.len()] = [
    |model, state| Promise::ALL[0].holds(&model.protocol, state),
    |model, state| Promise::ALL[1].holds(&model.protocol, state),
    |model, state| Promise::ALL[2].holds(&model.protocol, state),
    |model, state| Promise::ALL[3].holds(&model.protocol, state),
    |model, state| Promise::ALL[4].holds(&model.protocol, state),
    |model, state| Promise::ALL[5].holds(&model.protocol, state),
    |model, state| Promise::ALL[6].holds(&model.protocol, state),
    |model, state| Promise::ALL[7].holds(&model.protocol, state),
    |model, state| Promise::ALL[8].holds(&model.protocol, state),
];

/// What must be seen somewhere: a model in which nothing happens would keep every promise.
pub(crate) const SIGHTS: [(&str, Condition); 13] = [
    ("a customer is told after something went wrong", |model, state| {
        state.cases[0].is_told && state.left.faults < model.protocol.faults
    }),
    ("a refund is confirmed after a crash", |model, state| {
        state.cases[0].stand == Stand::Confirmed && state.left.crashes < model.protocol.crashes
    }),
    ("a refund is confirmed after a lease was lost", |model, state| {
        state.cases[0].stand == Stand::Confirmed
            && state.left.lost_leases < model.protocol.lost_leases
    }),
    ("a refund is sent twice and made once", |_, state| {
        state.cases[0].bytes == 2 && state.cases[0].is_told && state.refunds[0] == 1
    }),
    ("two requests of a decision are under way at once", |_, state| {
        state.flights.iter().flatten().filter(|flight| flight.case == 0).count() == 2
    }),
    ("a first send is refused and void", |_, state| {
        state.cases[0].stand == Stand::Void && state.cases[0].bytes == 1
    }),
    ("a refund is with a person although Stripe made it", |_, state| {
        state.cases[0].stand == Stand::Parked && state.refunds[0] == 1
    }),
    ("a person calls a refund failed", |_, state| state.cases[0].stand == Stand::Failed),
    ("a second decision has to step back", |_, state| {
        state.cases[1].stand == Stand::Declined && state.cases[0].stand.is_live()
    }),
    ("a second decision goes ahead after a first came to nothing", |_, state| {
        state.refunds[1] == 1 && matches!(state.cases[0].stand, Stand::Void | Stand::Failed)
    }),
    ("money is stopped between the mark and the byte", |_, state| {
        state.switch == Switch::Stopped && state.cases[0].stand == Stand::Marked
    }),
    ("a refund goes on after money was stopped and resumed", |model, state| {
        state.switch == Switch::Running
            && state.left.flips == 0
            && model.protocol.flips == 2
            && state.refunds[0] == 1
    }),
    ("a refund is confirmed under a clock that jumped", |_, state| {
        state.skew != 0 && state.cases[0].stand == Stand::Confirmed
    }),
];

/// What came of a walk.
pub(crate) struct Walk {
    name: &'static str,
    /// How many different states there were.
    pub(crate) unique: usize,
    states: usize,
    depth: usize,
    took: Duration,
    /// The promises that were broken, each with the length of its counterexample.
    pub(crate) broken: Vec<(&'static str, usize)>,
    /// What was seen.
    pub(crate) seen: Vec<&'static str>,
}

/// Walks through every state.
pub(crate) fn walk(name: &'static str, protocol: Protocol) -> Walk {
    let begun = Instant::now();
    let model = Checked { protocol, only: None };
    report(name, &model.checker().threads(THREADS).spawn_bfs().join(), begun)
}

/// Walks until a promise is broken, the nearest states first.
pub(crate) fn hunt(name: &'static str, protocol: Protocol, promise: Promise) -> Walk {
    let begun = Instant::now();
    let model = Checked { protocol, only: Some(promise) };
    report(name, &model.checker().threads(1).spawn_bfs().join(), begun)
}

fn report(name: &'static str, checker: &impl Checker<Checked>, begun: Instant) -> Walk {
    let (mut broken, mut seen) = (Vec::new(), Vec::new());
    for (property, path) in checker.discoveries() {
        if SIGHTS.iter().any(|(sight, _)| *sight == property) {
            seen.push(property);
        } else {
            broken.push((property, path.into_actions().len()));
        }
    }
    broken.sort_by_key(|(_, steps)| *steps);
    Walk {
        name,
        unique: checker.unique_state_count(),
        states: checker.state_count(),
        depth: checker.max_depth(),
        took: begun.elapsed(),
        broken,
        seen,
    }
}

impl fmt::Display for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unique, states, depth, took, .. } = self;
        let seconds = took.as_secs();
        let tenths = took.subsec_millis() / 100;
        write!(
            f,
            "{name:<58} {states:>9} states {unique:>8} unique depth {depth:>2} {seconds:>3}.{tenths} s  "
        )?;
        if self.broken.is_empty() {
            return f.write_str("every promise holds");
        }
        let broken: Vec<String> = self
            .broken
            .iter()
            .map(|(promise, steps)| format!("{promise}: broken in {steps} steps"))
            .collect();
        f.write_str(&broken.join("; "))
    }
}
