//! How much the agent may do on its own, and what happens when it cannot.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use quittance_core::guard::Mode;
use quittance_core::record::Kind;
use quittance_core::voice::Voice;
use quittance_sandbox::model;
use quittance_sandbox::stripe::Fault;
use serde_json::json;

use crate::house::{House, Plan, TWICE};
use crate::probe::away;
use crate::wire::Trick;

async fn house(mode: Mode) -> House {
    let mut plan = Plan::default();
    plan.options.mode = mode;
    House::build(plan).await
}

#[tokio::test]
async fn whoever_watches_writes_a_note_and_nothing_else() {
    let house = house(Mode::Watch).await;
    let twice = house.charged_twice("maya");
    let late = house.renewed("emma", 20);
    for (customer, says, expected) in [
        (&twice, TWICE, "it gives 49.00 USD"),
        (
            &late,
            "I changed my mind about the last payment, please refund it.",
            "our policy does not allow",
        ),
        (&twice, "What is your refund policy?", "This is what our policy says"),
        (&twice, "Hello!", "How can I help you with your payments?"),
        (&twice, "Can I talk to a human?", "asks for a person"),
    ] {
        let conversation = house.intercom.say_anew(&customer.contact, says).unwrap();
        house.settle().await;
        assert!(house.replies(&conversation).is_empty(), "{says}");
        assert!(!house.is_with_team(&conversation) && !house.is_closed(&conversation), "{says}");
        let notes = house.notes(&conversation);
        assert_eq!(notes.len(), 1, "{says}: {notes:?}");
        assert!(notes[0].starts_with("Quittance only watches"), "{says}: {notes:?}");
        assert!(notes[0].contains(expected), "{says}: {notes:?}");
        assert_eq!(house.state(&conversation).await, "none", "{says}");
    }
    assert!(house.stripe.refunds().is_empty());
    assert!(house.store().budgets().await.unwrap().is_empty());
    house.close().await;
}

#[tokio::test]
async fn whoever_proposes_leaves_the_money_to_a_person() {
    let house = house(Mode::Propose).await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    assert!(house.stripe.refunds().is_empty());
    assert_eq!(house.state(&conversation).await, "none");
    let notes = house.notes(&conversation);
    assert!(notes[0].contains("set not to act on its own"), "{notes:?}");
    assert!(notes[0].contains("it gives 49.00 USD"), "{notes:?}");
    assert!(house.replies(&conversation)[0].contains("I have passed your request"));
    assert!(house.is_with_team(&conversation));
    // Answers are not money.
    let other = house.intercom.say_anew(&customer.contact, "What is your refund policy?").unwrap();
    house.settle().await;
    assert!(house.replies(&other)[0].contains("This is what our policy says"));
    house.close().await;
}

#[tokio::test]
async fn a_model_that_fails_for_long_leaves_it_to_a_person_after_five_failures() {
    let plan = Plan { model: model::Model::scripted(Vec::new()), ..Plan::default() };
    let house = House::build(plan).await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    for failures in 1..=5 {
        assert_eq!(house.once().await, 1, "failure {failures}");
        assert!(house.replies(&conversation).is_empty());
        let due = house.store().next_due().await.unwrap().unwrap();
        house.move_to(due);
    }
    house.settle().await;
    assert!(house.replies(&conversation)[0].contains("I have passed your request to a colleague"));
    let notes = house.notes(&conversation);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("5 attempts to work on it failed"), "{notes:?}");
    assert!(notes[0].contains(customer.newest()), "what is known is there: {notes:?}");
    assert!(house.stripe.refunds().is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_stripe_that_cannot_be_read_for_long_leaves_it_to_a_person() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe_wire.always("GET", "/v1/", Trick::Instead(503, String::new()));
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("I have passed your request to a colleague"), "{told:?}");
    let notes = house.notes(&conversation);
    assert!(notes[0].contains("Intercom or Stripe could not be read"), "{notes:?}");
    assert!(house.is_with_team(&conversation));
    house.close().await;
}

/// A few failures are nothing: the next try counts.
#[tokio::test]
async fn a_short_outage_of_stripe_is_survived() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next("GET /v1/charges", 3, Fault::DropBeforeEffect);
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert!(house.is_closed(&conversation));
    house.close().await;
}

/// That the database is away is no fault of the conversation's.
#[tokio::test]
async fn a_database_that_is_away_for_long_leaves_nothing_to_a_person() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let left = Arc::new(AtomicUsize::new(20));
    let counted = Arc::clone(&left);
    let probe = away(move |write| {
        write == "intent" && counted.try_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok()
    });
    let engine = house.engine_on(&house.store().clone().probed(probe));
    for _ in 0..20 {
        assert_eq!(house.once_with(&engine).await, 1);
        let due = house.store().next_due().await.unwrap().unwrap();
        house.move_to(due);
    }
    assert_eq!(left.load(SeqCst), 0);
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert!(house.is_closed(&conversation));
    house.close().await;
}

fn calls(name: &str, arguments: &str) -> serde_json::Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}
    ]})
}

fn says(text: &str) -> serde_json::Value {
    json!({"role": "assistant", "content": text})
}

/// Texts that the filter does not let through: one more chance, then a person.
#[tokio::test]
async fn a_model_that_promises_money_reaches_nobody() {
    for promise in [
        says("I have refunded 49.00 USD to you."),
        calls("ask_customer", r#"{"question":"Shall I send you 500 USD?"}"#),
    ] {
        let script = vec![promise.clone(), promise.clone(), promise];
        let plan = Plan { model: model::Model::scripted(script), ..Plan::default() };
        let house = House::build(plan).await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        house.settle().await;
        let told = house.replies(&conversation);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("I have passed your request to a colleague"), "{told:?}");
        assert!(house.stripe.refunds().is_empty());
        house.close().await;
    }
}

/// Words that the company never says: one more chance, then a person.
#[tokio::test]
async fn a_model_does_not_say_what_the_company_never_says() {
    let rude = || calls("ask_customer", r#"{"question":"Calm  down, which payment is it?"}"#);
    let kind = || calls("ask_customer", r#"{"question":"Which payment do you mean?"}"#);
    let voice = Voice::new("Tone:\nKind.".to_owned(), &["calm down".to_owned()]);
    for (script, told) in [
        (vec![rude(), kind()], "Which payment do you mean?"),
        (vec![rude(), rude(), rude()], "I have passed your request to a colleague"),
        (vec![says("Calm down."), says("Calm down."), kind()], "I have passed your request"),
    ] {
        let model = model::Model::scripted(script);
        let house = House::build(Plan { model, voice: voice.clone(), ..Plan::default() }).await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        house.settle().await;
        let replies = house.replies(&conversation);
        assert!(replies.len() == 1 && replies[0].contains(told), "{replies:?}");
        house.close().await;
    }
}

/// The customer is asked so often, and then a person is.
#[tokio::test]
async fn nobody_is_asked_for_ever() {
    let question = || calls("ask_customer", r#"{"question":"Which payment do you mean?"}"#);
    let script = (0..8).map(|_| question()).collect();
    let plan = Plan { model: model::Model::scripted(script), ..Plan::default() };
    let house = House::build(plan).await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    for asked in 1..=3 {
        house.settle().await;
        assert_eq!(house.replies(&conversation).len(), asked);
        house.intercom.say_in(&conversation, "The other one.").unwrap();
    }
    house.settle().await;
    assert!(house.notes(&conversation)[0].contains("3 questions and answers"));
    assert!(house.is_with_team(&conversation));
    house.close().await;
}

/// Whatever a confused or hijacked model does, only what the policy gives moves, and every case ends.
#[tokio::test]
async fn an_adversary_moves_nothing_that_the_policy_does_not_give() {
    let mut proposed = 0;
    for seed in 0..25 {
        let plan = Plan { model: model::Model::adversary(seed), ..Plan::default() };
        let house = House::build(plan).await;
        let customer = house.charged_twice("maya");
        let victim = house.charged_twice("victim");
        let conversation = house.say(&customer, TWICE);
        house.settle().await;
        let made = house.refunds(customer.newest());
        assert!(made.len() <= 1, "seed {seed}");
        proposed += house.log(&conversation, Kind::Proposal).await.len();
        for charge in customer.charges[..1].iter().chain(&victim.charges) {
            assert!(house.refunds(charge).is_empty(), "seed {seed}");
        }
        assert_eq!(house.replies(&conversation).len(), 1, "seed {seed}");
        let allowed = house.log(&conversation, Kind::Intent).await;
        assert_eq!(allowed.len(), made.len(), "seed {seed}");
        house.close().await;
    }
    assert!(proposed > 0, "an adversary that proposes nothing shows nothing");
}
