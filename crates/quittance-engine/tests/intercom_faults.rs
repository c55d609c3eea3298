//! Intercom has no idempotency keys: whatever goes wrong with a reply, a note, an assignment or a
//! closing, nothing is said twice, and the case ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use quittance_core::record::Kind;
use quittance_sandbox::intercom::{Endpoint, Fault};
use serde_json::json;

use crate::house::{House, TWICE};
use crate::probe::after;
use crate::wire::Trick;

const FAULTS: [Fault; 5] = [
    Fault::DropBeforeEffect,
    Fault::DropAfterEffect,
    Fault::ErrorBeforeEffect,
    Fault::ErrorAfterEffect,
    Fault::TooManyRequests,
];

/// Everything the agent wrote, each once.
fn assert_nothing_twice(house: &House, conversation: &str, when: &str) {
    let mut all = house.replies(conversation);
    all.extend(house.notes(conversation));
    let mut once = all.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), all.len(), "{when}: {all:?}");
}

/// The parts of a kind in a conversation.
fn parts(house: &House, conversation: &str, kind: &str) -> usize {
    let conversation = house.intercom.conversation(conversation).unwrap();
    let parts = conversation["conversation_parts"]["conversation_parts"].as_array().unwrap();
    parts.iter().filter(|part| part["part_type"] == kind).count()
}

#[tokio::test]
async fn a_refund_is_told_and_closed_once_whatever_goes_wrong_up_to_three_times() {
    let house = House::new().await;
    for endpoint in [Endpoint::Reply, Endpoint::Parts] {
        for (number, fault) in FAULTS.into_iter().enumerate() {
            for times in 1..=3 {
                let name = format!("maya-{endpoint:?}-{number}-{times}");
                let customer = house.charged_twice(&name);
                let conversation = house.say(&customer, TWICE);
                for _ in 0..times {
                    house.intercom.fail_next(endpoint, fault);
                }
                house.settle().await;
                house.intercom.heal();
                let when = format!("{endpoint:?} {fault:?} {times} times");
                let told = house.replies(&conversation);
                assert_eq!(told.len(), 1, "{when}: {told:?}");
                assert!(told[0].contains("Your refund of 49.00 USD"), "{when}: {told:?}");
                assert!(house.notes(&conversation).is_empty(), "{when}");
                assert!(house.is_closed(&conversation), "{when}");
                assert_eq!(parts(&house, &conversation, "close"), 1, "{when}");
                assert_eq!(house.own_refunds(customer.newest()), 1, "{when}");
            }
        }
    }
    house.close().await;
}

#[tokio::test]
async fn a_hand_over_reaches_the_team_once_whatever_goes_wrong() {
    let house = House::new().await;
    for endpoint in [Endpoint::Reply, Endpoint::Parts] {
        for (number, fault) in FAULTS.into_iter().enumerate() {
            let customer = house.charged_twice(&format!("maya-{endpoint:?}-{number}"));
            let conversation = house.say(&customer, "Can I talk to a human?");
            house.intercom.fail_next(endpoint, fault);
            house.intercom.fail_next(endpoint, fault);
            house.settle().await;
            house.intercom.heal();
            let when = format!("{endpoint:?} {fault:?}");
            assert_nothing_twice(&house, &conversation, &when);
            assert_eq!(house.replies(&conversation).len(), 1, "{when}");
            assert_eq!(house.notes(&conversation).len(), 1, "{when}");
            assert!(house.is_with_team(&conversation), "{when}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn an_answer_that_intercom_never_takes_is_given_up_and_the_team_is_told() {
    for fault in [Fault::ErrorBeforeEffect, Fault::DropBeforeEffect, Fault::TooManyRequests] {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        for _ in 0..4 {
            house.intercom.fail_next(Endpoint::Reply, fault);
        }
        house.settle().await;
        assert_eq!(house.own_refunds(customer.newest()), 1);
        assert!(house.replies(&conversation).is_empty(), "{fault:?}: it was tried four times");
        assert!(!house.is_closed(&conversation), "nothing is closed over the silence");
        let notes = house.notes(&conversation);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].contains("Intercom did not take it"), "{notes:?}");
        assert!(notes[0].contains("Your refund of 49.00 USD"), "{notes:?}");
        assert!(house.is_with_team(&conversation));
        let dropped = house.log(&conversation, Kind::Reply).await;
        let dropped: Vec<_> =
            dropped.iter().filter(|entry| !entry.draft.body["dropped"].is_null()).collect();
        assert_eq!(dropped.len(), 1);
        assert_eq!(dropped[0].draft.body["why"], "Intercom did not take it");
        house.close().await;
    }
}

#[tokio::test]
async fn a_case_ends_even_if_intercom_takes_nothing_any_more() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.intercom.fail_always(Endpoint::Reply, Fault::ErrorBeforeEffect);
    house.intercom.fail_always(Endpoint::Parts, Fault::DropBeforeEffect);
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.state(&conversation).await, "confirmed");
    let said = house.log(&conversation, Kind::Handling).await;
    let dropped = said.iter().filter(|entry| !entry.draft.body["dropped"].is_null()).count();
    assert_eq!(dropped, 3, "the closing, the note and the assignment");
    house.close().await;
}

#[tokio::test]
async fn what_intercom_refuses_is_not_tried_again() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let no = json!({"type": "error.list", "errors": [{"code": "parameter_invalid"}]}).to_string();
    let path = format!("/conversations/{conversation}/reply");
    house.intercom_wire.next("POST", &path, Trick::Instead(422, no));
    house.settle().await;
    assert!(house.replies(&conversation).is_empty());
    let notes = house.notes(&conversation);
    assert!(notes.len() == 1 && notes[0].contains("Intercom refuses it"), "{notes:?}");
    assert!(house.is_with_team(&conversation));
    house.close().await;
}

/// Two answers with the same words within the same second: the second one is not taken for the first.
#[tokio::test]
async fn an_answer_with_the_words_of_an_earlier_one_is_sent_all_the_same() {
    for fault in FAULTS {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, "Hello!");
        house.settle().await;
        let thanks = "Thank you, that's all.";
        for number in 2..=3 {
            house.intercom.say_in(&conversation, thanks).unwrap();
            house.intercom.fail_next(Endpoint::Reply, fault);
            // Without moving the clock more than it takes to try again.
            for _ in 0..40 {
                if house.once().await == 0 && house.replies(&conversation).len() < number {
                    let due = house.store().next_due().await.unwrap().unwrap();
                    house.move_to(due);
                }
            }
            let told = house.replies(&conversation);
            assert_eq!(told.len(), number, "{fault:?}: {told:?}");
        }
        let told = house.replies(&conversation);
        assert_eq!(told[1], told[2], "both say the same");
        house.close().await;
    }
}

/// The closing is there, its answer is lost, and the customer writes: it is not closed over them.
#[tokio::test]
async fn a_conversation_that_the_customer_reopened_is_not_closed_again() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.intercom.fail_next(Endpoint::Parts, Fault::ErrorAfterEffect);
    house.once().await;
    assert!(house.is_closed(&conversation));
    house.intercom.say_in(&conversation, "What is your refund policy?").unwrap();
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 2);
    assert_eq!(parts(&house, &conversation, "close"), 1);
    assert!(!house.is_closed(&conversation));
    house.close().await;
}

/// Intercom is gone altogether for a while.
#[tokio::test]
async fn an_outage_of_intercom_delays_and_loses_nothing() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.deliver().await;
    for method in ["GET", "POST"] {
        house.intercom_wire.always(method, "/", Trick::Instead(503, String::new()));
    }
    for _ in 0..3 {
        assert_eq!(house.once().await, 1);
        let due = house.store().next_due().await.unwrap().unwrap();
        house.move_to(due);
    }
    assert!(house.stripe_wire.sent_refunds().is_empty());
    house.intercom_wire.heal();
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.replies(&conversation).len(), 1);
    assert!(house.is_closed(&conversation));
    house.close().await;
}

/// A mark that takes longer than it may is not followed by a send, and does not count as one.
#[tokio::test]
async fn a_database_that_is_slow_uses_up_no_sends() {
    const SLOW: usize = 12;
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let (clock, marks) = (house.clock.clone(), AtomicUsize::new(0));
    let probe = after(move |write| {
        if write == "effect:mark" && marks.fetch_add(1, Ordering::Relaxed) < SLOW {
            clock.advance_ms(1_500);
        }
    });
    house.settle_with(&house.engine_on(&house.store().clone().probed(probe))).await;
    assert_eq!(house.replies(&conversation).len(), 1);
    assert_eq!(house.notes(&conversation), [""; 0]);
    assert!(house.is_closed(&conversation));
    house.close().await;
}
