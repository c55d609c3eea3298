//! The protocol as it is, in worlds that go wrong in different ways.

use std::collections::BTreeSet;

use quittance_eval::model::Protocol;

use crate::checked::{SIGHTS, walk};

/// How many different states the worlds must have in all: with fewer, something was not tried.
const ENOUGH: usize = 1_000_000;

/// Two cases of strangers with one charge. What is not needed to disturb them is left out, since two
/// cases square the number of states.
pub(crate) fn one_charge() -> Protocol {
    Protocol { cases: 2, charges: [0, 0], customers: [0, 1], until: 3, ..Protocol::small() }
}

/// Two cases of one customer, whom the policy gives one refund only.
pub(crate) fn one_customer() -> Protocol {
    let cases = Protocol { charges: [0, 1], customers: [0, 0], ..one_charge() };
    Protocol { is_once_per_customer: true, ..cases }
}

/// Two cases with nothing in common but a budget for one refund.
pub(crate) fn one_budget() -> Protocol {
    Protocol { charges: [0, 1], customers: [0, 1], budget: 1, ..one_charge() }
}

fn worlds() -> Vec<(&'static str, Protocol)> {
    let small = Protocol::small();
    vec![
        ("one case, nothing goes wrong", small),
        ("one case, 2 faults, 1 crash", Protocol { faults: 2, crashes: 1, ..small }),
        ("one case, 3 sends, 3 faults", Protocol { sends: 3, faults: 3, ..small }),
        (
            "one case, 1 fault, 1 crash, 1 lost lease",
            Protocol { faults: 1, crashes: 1, lost_leases: 1, until: 3, ..small },
        ),
        ("one case, 1 fault, 2 changes of the switch", Protocol { faults: 1, flips: 2, ..small }),
        ("one case, 1 fault, 2 jumps of the clock", Protocol { faults: 1, jumps: 2, ..small }),
        ("two cases, one charge, 1 fault", Protocol { faults: 1, ..one_charge() }),
        ("two cases, one customer", one_customer()),
        ("two cases, one budget", one_budget()),
        (
            "two cases, one budget, one send, 1 fault",
            Protocol { faults: 1, sends: 1, ..one_budget() },
        ),
    ]
}

#[test]
fn the_protocol_keeps_every_promise() {
    let (mut unique, mut seen) = (0, BTreeSet::new());
    for (name, protocol) in worlds() {
        let walk = walk(name, protocol);
        println!("{walk}");
        assert!(walk.broken.is_empty(), "{walk}");
        unique += walk.unique;
        seen.extend(walk.seen);
    }
    println!("{unique} different states in all");
    let missed = SIGHTS.iter().map(|(sight, _)| *sight).filter(|sight| !seen.contains(sight));
    assert_eq!(missed.collect::<Vec<_>>(), Vec::<&str>::new(), "never seen");
    assert!(unique >= ENOUGH, "{unique} states");
}

#[test]
#[ignore = "ten million states: minutes with `--release`"]
fn the_protocol_keeps_every_promise_in_a_larger_world() {
    let larger = [
        (
            "two cases, one charge, 1 fault, 1 crash",
            Protocol { faults: 1, crashes: 1, ..one_charge() },
        ),
        ("two cases, one charge, 1 lost lease", Protocol { lost_leases: 1, ..one_charge() }),
        (
            "two cases, one charge, 1 crash, 1 lost lease",
            Protocol { crashes: 1, lost_leases: 1, ..one_charge() },
        ),
        ("two cases, one customer, 2 faults", Protocol { faults: 2, ..one_customer() }),
        ("two cases, one budget, 1 fault", Protocol { faults: 1, ..one_budget() }),
        (
            "one case, 3 sends, 2 faults, 1 crash, 1 lost lease",
            Protocol { sends: 3, faults: 2, crashes: 1, lost_leases: 1, ..Protocol::small() },
        ),
        (
            "one case, 2 faults, 1 crash, 2 changes, 1 jump",
            Protocol { faults: 2, crashes: 1, flips: 2, jumps: 1, ..Protocol::small() },
        ),
    ];
    for (name, protocol) in larger {
        let walk = walk(name, protocol);
        println!("{walk}");
        assert!(walk.broken.is_empty(), "{walk}");
    }
}
