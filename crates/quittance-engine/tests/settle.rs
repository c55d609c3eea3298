//! A person settles a refund of which nobody could find out whether it was made: by what Stripe lists, and
//! never too early.

use jiff::{SignedDuration, Timestamp};
use quittance_core::clock::Clock as _;
use quittance_core::ids::DecisionId;
use quittance_core::record::{Draft, Kind};
use quittance_engine::settle::Settlement;
use quittance_sandbox::stripe::Fault;
use quittance_store::intents::{IntentMove, IntentState, Settled};
use quittance_store::stop::StopChange;
use quittance_store::transition::Transition;
use serde_json::json;

use crate::house::{Customer, House, LEASE, TWICE};
use crate::wire::Trick;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A house with a refund that Stripe answered for another request, and that is with a person at once.
async fn parked(is_made: bool) -> (House, Customer, String, DecisionId) {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let misused = json!({"error": {"type": "idempotency_error", "message": "No."}}).to_string();
    let trick = if is_made { Trick::Behind(400, misused) } else { Trick::Instead(400, misused) };
    house.stripe_wire.next("POST", "/v1/refunds", trick);
    house.once().await;
    assert_eq!(house.state(&conversation).await, "parked");
    let decision = house.intents(&conversation).await[0].decision.clone();
    (house, customer, conversation, decision)
}

async fn resume(house: &House) {
    let (why, by) = ("looked at".to_owned(), "Ana".to_owned());
    let change = StopChange { why, by, at: house.clock.now() };
    house.store().resume(change).await.unwrap();
}

async fn settle(house: &House, decision: &DecisionId) -> Settlement {
    house.desk().settle(decision, "Ana").await.unwrap()
}

#[tokio::test]
async fn what_stripe_does_not_list_failed_once_ten_minutes_have_passed() {
    let (house, customer, conversation, decision) = parked(false).await;
    let last = house.intents(&conversation).await[0].last_send.unwrap();
    let again = last + SignedDuration::from_mins(10);
    for minutes in [0, 5, 4] {
        house.clock.advance_ms(minutes * MINUTE_MS);
        assert_eq!(settle(&house, &decision).await, Settlement::TooEarly { again });
        assert_eq!(house.state(&conversation).await, "parked");
    }
    house.clock.advance_ms(MINUTE_MS - 1);
    // Stripe tells whole seconds, so a second more may be waited for.
    assert!(matches!(settle(&house, &decision).await, Settlement::TooEarly { .. }));
    assert_eq!(house.pending().await, 4_900);
    house.clock.advance_ms(1);
    assert_eq!(settle(&house, &decision).await, Settlement::Failed);
    assert_eq!(house.state(&conversation).await, "failed");
    assert_eq!(house.pending().await, 0, "what was reserved is given back");
    let outcomes = house.log(&conversation, Kind::Outcome).await;
    let last = &outcomes.last().unwrap().draft.body;
    assert_eq!((&last["outcome"], &last["by"]), (&json!("failed"), &json!("Ana")));
    house.settle().await;
    let notes = house.notes(&conversation);
    assert!(notes.last().unwrap().contains("was not made: Ana found"), "{notes:?}");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1, "nothing is sent again by itself");
    // Whoever asks again gets a new decision, with a key of its own.
    resume(&house).await;
    house.clock.advance_ms(1);
    let other = house.intercom.say_anew(&customer.contact, TWICE).unwrap();
    house.settle().await;
    assert_eq!(house.state(&other).await, "confirmed");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    let sent = house.stripe_wire.sent_refunds();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0].key, sent[1].key);
    house.close().await;
}

#[tokio::test]
async fn what_stripe_lists_is_confirmed_at_once() {
    let (house, customer, conversation, decision) = parked(true).await;
    let settled = settle(&house, &decision).await;
    let refund = house.intents(&conversation).await[0].refund.clone().unwrap();
    assert_eq!(settled, Settlement::Confirmed { refund, status: "succeeded".to_owned() });
    assert_eq!((house.pending().await, house.budget("day").await.posted), (0, 4_900));
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.replies(&conversation).len(), 1, "a person has the conversation");
    let notes = house.notes(&conversation);
    assert!(notes.last().unwrap().contains("Ana found that Stripe has it"), "{notes:?}");
    // Settling it again changes nothing.
    let state = IntentState::Confirmed;
    let again = Settlement::NotParked { state, deadline: None };
    assert_eq!(settle(&house, &decision).await, again);
    house.close().await;
}

#[tokio::test]
async fn another_refund_under_the_decision_settles_nothing() {
    let (house, _, conversation, decision) = parked(true).await;
    drop(house.waiting());
    let other = Trick::edit(|list| list["data"][0]["amount"] = json!(4_899));
    house.stripe_wire.always("GET", "/v1/refunds", other);
    house.clock.advance_ms(HOUR_MS);
    assert!(matches!(settle(&house, &decision).await, Settlement::Differs { .. }));
    assert_eq!(house.state(&conversation).await, "parked");
    house.stripe_wire.heal();
    house.close().await;
}

/// Our clock runs ahead of Stripe's: by Stripe's, the last send may still be carried out.
#[tokio::test]
async fn a_clock_that_was_set_ahead_calls_nothing_failed() {
    let (house, _, conversation, decision) = parked(false).await;
    house.clock.advance_ms(HOUR_MS);
    house.stripe_wire.ahead(-HOUR_MS);
    let Settlement::TooEarly { again } = settle(&house, &decision).await else { panic!() };
    let wait = again.duration_since(house.clock.now());
    assert!(wait > SignedDuration::from_mins(9), "{wait}");
    house.stripe_wire.ahead(0);
    assert_eq!(settle(&house, &decision).await, Settlement::Failed);
    assert_eq!(house.state(&conversation).await, "failed");
    house.close().await;
}

#[tokio::test]
async fn while_a_worker_has_the_case_nobody_else_settles_it() {
    let (house, customer, conversation, decision) = parked(false).await;
    house.clock.advance_ms(HOUR_MS);
    house.intercom.say_in(&conversation, "Hello?").unwrap();
    let lease = house.lease().await;
    assert_eq!(settle(&house, &decision).await, Settlement::Busy);
    house.work(&house.engine, &lease).await.unwrap();
    assert_eq!(settle(&house, &decision).await, Settlement::Failed);
    assert!(house.refunds(customer.newest()).is_empty());
    house.close().await;
}

/// A list that cannot be read settles nothing, and the case waits for what it waited for.
#[tokio::test]
async fn nothing_is_settled_while_the_list_cannot_be_read() {
    let (house, _, conversation, decision) = parked(false).await;
    house.clock.advance_ms(HOUR_MS);
    let due = house.store().next_due().await.unwrap();
    house.stripe_wire.always("GET", "/v1/refunds", Trick::Instead(503, String::new()));
    assert!(house.desk().settle(&decision, "Ana").await.is_err());
    assert_eq!(house.state(&conversation).await, "parked");
    assert_eq!(house.store().next_due().await.unwrap(), due);
    house.stripe_wire.heal();
    assert_eq!(settle(&house, &decision).await, Settlement::Failed);
    house.close().await;
}

#[tokio::test]
async fn what_the_program_still_looks_for_is_not_settled() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next("POST /v1/refunds", 1, Fault::DropBeforeEffect);
    house.once().await;
    let intent = house.intents(&conversation).await.remove(0);
    let settled = settle(&house, &intent.decision).await;
    let deadline = intent.deadline();
    assert_eq!(settled, Settlement::NotParked { state: IntentState::Unknown, deadline });
    assert_eq!(settle(&house, &"d1-0".parse().unwrap()).await, Settlement::Unknown);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    house.close().await;
}

/// Whatever a program says, the database calls nothing failed that may still be carried out.
#[tokio::test]
async fn the_database_calls_nothing_failed_too_early() {
    let (house, _, conversation, decision) = parked(false).await;
    let fail = |earliest: Timestamp, at: Timestamp| Transition {
        settle: Some(IntentMove {
            decision: decision.clone(),
            to: Settled::Failed { why: "it is not there".to_owned(), earliest },
            entry: Draft { at, case: None, kind: Kind::Outcome, body: json!({}) },
        }),
        ..Transition::default()
    };
    let now = house.clock.now();
    let case = house.case(&conversation);
    let leased = house.store().lease_case("Ana", &case, now, now + LEASE).await.unwrap();
    let (lease, _) = leased.unwrap();
    let last = house.intents(&conversation).await[0].last_send.unwrap();
    let almost = last + SignedDuration::from_millis(599_999);
    let refused = house.store().commit(&lease, fail(almost, now)).await;
    assert!(matches!(refused, Err(quittance_store::Error::TooEarly { .. })), "{refused:?}");
    assert_eq!(house.state(&conversation).await, "parked");
    let settled = last + SignedDuration::from_mins(10);
    house.store().commit(&lease, fail(settled, now)).await.unwrap();
    assert_eq!(house.state(&conversation).await, "failed");
    house.restart().await;
    house.close().await;
}
