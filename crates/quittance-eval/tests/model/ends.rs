//! Whether every state can still come to an end.
//!
//! The checker's `eventually` does not look at paths that run in circles, and a worker that takes a
//! lease and gives it back is such a circle. So the graph is walked here: forward for all states, then
//! backward from the ends. A state from which no end can be reached any more is a trap.

use std::collections::{HashMap, VecDeque};

use quittance_eval::model::{Action, Case, Protocol, Stand, State, Tick};

/// Whether a case needs nobody any more.
fn is_over(case: &Case) -> bool {
    match case.stand {
        Stand::Declined | Stand::Void | Stand::Failed => true,
        Stand::Confirmed => case.is_told,
        Stand::New | Stand::Intent | Stand::Marked | Stand::Unknown | Stand::Parked => false,
    }
}

/// All states, and for each the numbers of those before it.
fn graph(protocol: &Protocol) -> (Vec<State>, Vec<Vec<usize>>) {
    let first = State::first(protocol);
    let (mut states, mut before) = (vec![first], vec![Vec::new()]);
    let mut numbers = HashMap::from([(first, 0_usize)]);
    let (mut done, mut actions) = (0, Vec::new());
    while done < states.len() {
        let state = states[done];
        actions.clear();
        protocol.actions(&state, &mut actions);
        for next in actions.iter().filter_map(|action: &Action| protocol.next(&state, *action)) {
            let number = *numbers.entry(next).or_insert_with(|| {
                states.push(next);
                before.push(Vec::new());
                states.len() - 1
            });
            before[number].push(done);
        }
        done += 1;
    }
    (states, before)
}

/// The states from which no end can be reached, leaving out the last ticks of the model's time.
fn traps(protocol: &Protocol, last: Tick) -> (usize, Vec<State>) {
    let (states, before) = graph(protocol);
    let is_end = |state: &State| state.cases.iter().take(protocol.cases.into()).all(is_over);
    let mut can_end: Vec<bool> = states.iter().map(is_end).collect();
    let mut queue: VecDeque<usize> = (0..states.len()).filter(|number| can_end[*number]).collect();
    while let Some(number) = queue.pop_front() {
        for earlier in &before[number] {
            if !can_end[*earlier] {
                can_end[*earlier] = true;
                queue.push_back(*earlier);
            }
        }
    }
    let has_time = |state: &State| state.now + last <= protocol.until;
    let trapped = states.iter().zip(can_end).filter(|(state, can_end)| !can_end && has_time(state));
    (states.len(), trapped.map(|(state, _)| *state).collect())
}

#[test]
fn every_case_can_always_come_to_an_end() {
    // The window, the longest life of a request, and as far as the clock jumps.
    let (needed, jump) = (4, 3);
    let long = Protocol { until: 6, ..Protocol::small() };
    let worlds = [
        (needed, Protocol { faults: 1, crashes: 1, ..long }),
        (needed, Protocol { lost_leases: 1, ..long }),
        (needed, Protocol { flips: 1, ..long }),
        (needed + jump, Protocol { jumps: 1, jump: 3, until: 9, ..long }),
    ];
    for (last, protocol) in worlds {
        let (states, traps) = traps(&protocol, last);
        println!("{states} states, {} traps", traps.len());
        assert!(traps.is_empty(), "{:?}", traps[0]);
    }
}

#[test]
fn a_refund_that_is_for_ever_under_way_is_a_trap() {
    let (_, traps) = traps(&Protocol { delta: Tick::MAX, ..Protocol::small() }, 4);
    assert!(traps.iter().all(|state| state.cases[0].bytes > 0 || state.cases[0].attempt > 0));
    assert!(!traps.is_empty());
}
