//! The protocol with one rule left out: a promise must break, or the rule would not be needed.

use quittance_eval::model::{Promise, Protocol, Rule};

use crate::checked::hunt;
use crate::worlds::{one_budget, one_charge, one_customer};

/// What is left out, the world in which it shows, and the promise that breaks.
fn variants() -> Vec<(&'static str, Rule, Protocol, Promise)> {
    let calm = Protocol::small();
    let faulty = Protocol { faults: 1, ..calm };
    let crashing = Protocol { crashes: 1, ..calm };
    let slow = Protocol { lost_leases: 1, ..calm };
    let switched = Protocol { flips: 1, ..calm };
    let jumping = Protocol { jumps: 2, ..faulty };
    vec![
        ("a new key for every attempt", Rule::OneKey, faulty, Promise::AtMostOnce),
        (
            "a key in memory only",
            Rule::IntentFirst,
            Protocol { crashes: 1, ..faulty },
            Promise::AtMostOnce,
        ),
        ("nothing durable before the send", Rule::IntentFirst, crashing, Promise::LogFirst),
        ("the mark after the byte", Rule::MarkFirst, crashing, Promise::LogFirst),
        ("the mark after the byte, the harm of it", Rule::MarkFirst, crashing, Promise::Evidence),
        ("a window without an end", Rule::Window, faulty, Promise::AtMostOnce),
        ("a window without an end, the rule itself", Rule::Window, faulty, Promise::Window),
        ("a window of 24 hours", Rule::Margin, faulty, Promise::AtMostOnce),
        (
            "a refusal of a repeat is taken for an answer",
            Rule::RepeatProvesNothing,
            Protocol { faults: 2, ..calm },
            Promise::Evidence,
        ),
        (
            "a refusal of a repeat, and a second decision",
            Rule::RepeatProvesNothing,
            Protocol { faults: 1, ..one_charge() },
            Promise::OnePerCharge,
        ),
        (
            "an error 500 is taken for an answer",
            Rule::ServerErrorProvesNothing,
            faulty,
            Promise::Evidence,
        ),
        ("silence is taken for an answer", Rule::SilenceProvesNothing, calm, Promise::Evidence),
        ("a budget that is only looked at", Rule::Reservation, one_budget(), Promise::Budget),
        (
            "a budget that is given back while nobody knows",
            Rule::UnknownKeepsReservation,
            one_budget(),
            Promise::Budget,
        ),
        ("a reply before the confirmation", Rule::ReplyLast, calm, Promise::HonestReply),
        (
            "a person who sends the same decision again",
            Rule::PersonNeverSends,
            faulty,
            Promise::AtMostOnce,
        ),
        ("a person who does not wait", Rule::PersonWaits, faulty, Promise::Evidence),
        (
            "a person who lists first and waits then",
            Rule::PersonListsLast,
            faulty,
            Promise::Evidence,
        ),
        ("any pause between the mark and the byte", Rule::ShortPause, faulty, Promise::Evidence),
        ("no fence", Rule::Fence, slow, Promise::SingleWriter),
        ("no fence, the harm of it", Rule::Fence, slow, Promise::Evidence),
        ("the switch is not read at the mark", Rule::StopAtMark, switched, Promise::Stop),
        ("the switch is not read before the byte", Rule::StopAtByte, switched, Promise::Stop),
        ("an unreadable switch means go", Rule::UnreadableIsStopped, switched, Promise::Stop),
        (
            "a charge with a refund under way is free",
            Rule::LiveHoldsCharge,
            one_charge(),
            Promise::OnePerCharge,
        ),
        (
            "a charge with a refund behind it is free",
            Rule::ConfirmedHoldsCharge,
            one_charge(),
            Promise::OnePerCharge,
        ),
        (
            "a customer with a refund under way is free",
            Rule::LiveHoldsCustomer,
            one_customer(),
            Promise::Budget,
        ),
        ("old facts are good enough", Rule::FactsAreFresh, one_customer(), Promise::Budget),
        ("ages by our own clock alone", Rule::OlderClock, jumping, Promise::AtMostOnce),
        (
            "the first send dated by our own clock alone",
            Rule::EarlierFirstSend,
            jumping,
            Promise::AtMostOnce,
        ),
        ("“long ago” by our own clock alone", Rule::YoungerClock, jumping, Promise::Evidence),
    ]
}

#[test]
fn a_promise_breaks_without_any_of_the_rules() {
    for (name, rule, protocol, promise) in variants() {
        let walk = hunt(name, protocol.without(rule), promise);
        println!("{walk}");
        let is_refuted = walk.broken.iter().any(|(broken, _)| *broken == promise.name());
        assert!(is_refuted, "{name}: {} holds without {rule:?}", promise.name());
    }
}

#[test]
fn every_rule_is_left_out_once() {
    let left_out: Vec<Rule> = variants().into_iter().map(|(_, rule, _, _)| rule).collect();
    let kept: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| !left_out.contains(rule)).collect();
    assert_eq!(kept, []);
}
