//! People in the conversation: nobody talks over them, and nothing is kept from them.

use quittance_core::event::Source;
use quittance_core::record::Kind;
use quittance_engine::Options;
use quittance_sandbox::intercom::{Endpoint, Fault as IntercomFault, Writer};
use quittance_sandbox::stripe::Fault;
use quittance_store::inbox::{Arrival, Wakes};
use serde_json::json;

use crate::house::{Customer, House, POLICY, Plan, TEAM, TWICE, poll_times};
use crate::wire::Trick;

/// The agent's replies behind the first thing that a teammate wrote.
fn replies_over(house: &House, conversation: &str) -> usize {
    let said = house.intercom.messages(conversation);
    let first = said.iter().position(|one| matches!(one.author, Writer::Teammate { .. })).unwrap();
    said[first..].iter().filter(|one| one.author == Writer::Agent && !one.is_note).count()
}

#[tokio::test]
async fn a_person_who_takes_over_before_the_reply_gets_a_note_instead() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let (intercom, id) = (house.intercom.clone(), conversation.clone());
    house.stripe.hook_before_refund(move |_| {
        intercom.teammate_replies(&id, "Hello, this is Ana. I am looking into it.").unwrap();
    });
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert!(house.replies(&conversation).is_empty());
    assert!(!house.is_closed(&conversation));
    // Ana must know that the money has left.
    let notes = house.notes(&conversation);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("Your refund of 49.00 USD is on its way"), "{notes:?}");
    house.close().await;
}

#[tokio::test]
async fn a_conversation_that_is_assigned_to_somebody_is_theirs() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.intercom.teammate_assigns_self(&conversation).unwrap();
    house.settle().await;
    house.intercom.say_in(&conversation, "Hello? Is anybody there?").unwrap();
    house.settle().await;
    assert!(house.refunds(customer.newest()).is_empty());
    assert!(house.replies(&conversation).is_empty());
    house.close().await;
}

/// What a person answered and closed is dealt with, although the agent never said a word.
#[tokio::test]
async fn what_a_person_answered_and_closed_is_not_answered_again() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.intercom.teammate_replies(&conversation, "I have sorted it out for you.").unwrap();
    house.settle().await;
    house.intercom.teammate_closes(&conversation).unwrap();
    house.settle().await;
    assert_eq!(replies_over(&house, &conversation), 0);
    assert!(house.refunds(customer.newest()).is_empty());
    // The next matter is the agent's again.
    house.intercom.say_in(&conversation, "What is your refund policy?").unwrap();
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 1);
    assert!(house.refunds(customer.newest()).is_empty());
    house.close().await;
}

#[tokio::test]
async fn what_was_handed_over_stays_with_people_until_they_close_it() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, "Can I talk to a human?");
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 1);
    house.intercom.say_in(&conversation, TWICE).unwrap();
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 1, "the agent keeps out of it");
    assert!(house.refunds(customer.newest()).is_empty());
    house.intercom.teammate_replies(&conversation, "I have looked at it.").unwrap();
    house.intercom.teammate_closes(&conversation).unwrap();
    house.settle().await;
    assert_eq!(replies_over(&house, &conversation), 0, "it was dealt with");
    assert!(house.refunds(customer.newest()).is_empty());
    house.close().await;
}

/// A close of our own does not swallow what the customer wrote before it.
#[tokio::test]
async fn a_message_between_decision_and_close_is_answered() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let (intercom, id) = (house.intercom.clone(), conversation.clone());
    house.stripe.hook_before_refund(move |_| {
        intercom.say_in(&id, "And what is your refund policy?").unwrap();
    });
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("Your refund of 49.00 USD"), "{told:?}");
    assert!(told[1].contains("This is what our policy says under"), "{told:?}");
    house.close().await;
}

/// A question, an answer, a refund: one conversation, and the second time nobody introduces itself.
#[tokio::test]
async fn a_conversation_goes_on_where_it_was() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, "Hello!");
    house.settle().await;
    assert!(!house.is_closed(&conversation));
    house.intercom.say_in(&conversation, TWICE).unwrap();
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("I am the automatic assistant"), "{told:?}");
    assert!(!told[1].contains("I am the automatic assistant"), "{told:?}");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert!(house.is_closed(&conversation));
    // What is refunded stays refunded, whatever is asked for.
    house.intercom.say_in(&conversation, TWICE).unwrap();
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.replies(&conversation).len(), 3);
    house.close().await;
}

#[tokio::test]
async fn whoever_writes_french_is_answered_in_french() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let text =
        "Bonjour, j'ai été débité deux fois pour la même chose. Remboursez-moi s'il vous plaît.";
    let conversation = house.say(&customer, text);
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    let told = house.replies(&conversation);
    assert!(told[0].contains("remboursement de"), "{told:?}");
    house.close().await;
}

#[tokio::test]
async fn a_conversation_that_is_gone_is_left_alone() {
    let house = House::new().await;
    let now = house.ago(0);
    let wakes = Wakes::Conversation {
        workspace: "sandbox1".parse().unwrap(),
        conversation: "999999999".parse().unwrap(),
        due: now,
        changed: None,
    };
    let topic = "conversation.user.created".to_owned();
    let id = "notif_gone".parse().unwrap();
    let arrival = Arrival { source: Source::Intercom, id, topic, at: now, wakes };
    house.store().take_in(arrival).await.unwrap();
    // Without an end the house would not come to rest.
    house.settle().await;
    assert_eq!(house.store().next_due().await.unwrap(), None);
    house.close().await;
}

/// Other things have failed before; that Intercom does not find the conversation once means nothing.
#[tokio::test]
async fn a_conversation_that_is_not_found_once_is_not_given_up() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next("GET /v1/charges", 4, Fault::DropBeforeEffect);
    for _ in 0..4 {
        assert_eq!(house.once().await, 1);
        house.move_to(house.store().next_due().await.unwrap().unwrap());
    }
    let gone = json!({"type": "error.list", "errors": [{"code": "not_found"}]}).to_string();
    let path = format!("/conversations/{conversation}");
    house.intercom_wire.next("GET", &path, Trick::Instead(404, gone));
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 1);
    house.close().await;
}

/// A house with a refund that is written down and not sent, whose worker is gone.
async fn written_down() -> (House, Customer, String) {
    loop {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        let lease = house.lease().await;
        let mut step = Box::pin(house.engine.step(&lease));
        while house.state(&conversation).await != "intent" {
            let ended = poll_times(step.as_mut(), 1).await;
            assert!(ended.is_none(), "the refund was never seen unsent");
        }
        drop(step);
        house.restart().await;
        // The mark may have been on its way to the database when the worker went.
        if house.state(&conversation).await == "intent" {
            return (house, customer, conversation);
        }
    }
}

/// A decision that waited is held against the conversation as it is now, and not only against the charge.
#[tokio::test]
async fn a_person_who_takes_over_before_the_send_keeps_the_money_where_it_is() {
    let (house, _, conversation) = written_down().await;
    house.intercom.teammate_replies(&conversation, "Hello, this is Ana. Let me look.").unwrap();
    house.clock.advance_ms(60_000);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "void");
    assert!(house.stripe_wire.sent_refunds().is_empty());
    assert_eq!(house.pending().await, 0);
    assert_eq!(replies_over(&house, &conversation), 0);
    let notes = house.notes(&conversation);
    assert!(notes[0].contains("a person has taken the conversation"), "{notes:?}");
    assert!(!house.is_with_team(&conversation), "it is Ana's");
    house.close().await;
}

#[tokio::test]
async fn a_decision_that_waited_is_sent_if_nothing_has_changed() {
    let (house, customer, conversation) = written_down().await;
    house.clock.advance_ms(60_000);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

/// Another contact in the conversation is not the one who asked.
#[tokio::test]
async fn another_contact_before_the_send_keeps_the_money_where_it_is() {
    let (house, _, conversation) = written_down().await;
    house.clock.advance_ms(60_000);
    let path = format!("/conversations/{conversation}");
    let other = Trick::edit(|said| said["contacts"]["contacts"][0]["id"] = json!("c-other"));
    house.intercom_wire.next("GET", &path, other);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "void");
    assert!(house.stripe_wire.sent_refunds().is_empty());
    assert!(house.is_with_team(&conversation));
    house.close().await;
}

/// What was allowed by another policy or other limits does not stand.
#[tokio::test]
async fn limits_that_were_changed_before_the_send_keep_the_money_where_it_is() {
    let (house, _, conversation) = written_down().await;
    let stricter = house.engine_with(|plan| plan.limits.refunds_per_hour = 1);
    house.settle_with(&stricter).await;
    assert_eq!(house.state(&conversation).await, "void");
    assert!(house.stripe_wire.sent_refunds().is_empty());
    let notes = house.notes(&conversation);
    assert!(notes[0].contains("the policy or the limits were changed"), "{notes:?}");
    house.close().await;
}

#[tokio::test]
async fn a_policy_that_is_replaced_before_the_send_keeps_the_money_where_it_is() {
    let (house, _, conversation) = written_down().await;
    let stricter = POLICY.replace("120 days", "90 days");
    let policy = quittance_policy::read("refunds.md", &stricter).unwrap().policy;
    house.engine.go_by(policy).await.unwrap();
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "void");
    assert!(house.stripe_wire.sent_refunds().is_empty());
    house.close().await;
}

/// Once something was sent, it is finished by the rules it was decided by.
#[tokio::test]
async fn limits_that_were_changed_after_the_send_change_nothing() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next("POST /v1/refunds", 1, Fault::DropBeforeEffect);
    house.once().await;
    assert_eq!(house.state(&conversation).await, "unknown");
    let stricter = house.engine_with(|plan| plan.limits.refunds_per_hour = 1);
    house.settle_with(&stricter).await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

/// Does something right after the agent's reply has reached the conversation.
fn after_the_reply(house: &House, conversation: &str, what: impl Fn() + Send + Sync + 'static) {
    let path = format!("/conversations/{conversation}/reply");
    house.intercom_wire.next("POST", &path, Trick::edit(move |_| what()));
}

#[tokio::test]
async fn a_conversation_in_which_a_person_wrote_after_the_reply_is_not_closed() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let (intercom, id) = (house.intercom.clone(), conversation.clone());
    after_the_reply(&house, &conversation, move || {
        intercom.teammate_replies(&id, "And I have added a month for free.").unwrap();
    });
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 1);
    assert!(!house.is_closed(&conversation));
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

/// The customer's words after the reply are answered, and nothing is closed over them.
#[tokio::test]
async fn a_conversation_in_which_the_customer_wrote_after_the_reply_is_not_closed_over_them() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let (intercom, id) = (house.intercom.clone(), conversation.clone());
    after_the_reply(&house, &conversation, move || {
        intercom.say_in(&id, "And what is your refund policy?").unwrap();
    });
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("This is what our policy says under"), "{told:?}");
    let closed = house.log(&conversation, Kind::Handling).await;
    let dropped = closed.iter().find(|entry| entry.draft.body["dropped"] == "close").unwrap();
    assert_eq!(dropped.draft.body["why"], "the customer has written again");
    assert!(!house.is_closed(&conversation));
    house.close().await;
}

/// What is assigned to the teammate in whose name the agent speaks is seen by nobody.
#[tokio::test]
async fn what_is_handed_over_is_taken_from_ourselves() {
    for team in [Some(TEAM), None] {
        let house = House::build(Plan {
            options: Options { team: team.map(|team| team.parse().unwrap()), ..Options::default() },
            ..Plan::default()
        })
        .await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, "Can I talk to a human?");
        let id = conversation.parse().unwrap();
        let (agent, own) = (house.intercom_client(), house.own_admin());
        agent.assign_admin(&id, &own, &own).await.unwrap();
        house.settle().await;
        let now = agent.conversation(&id).await.unwrap();
        assert_eq!(now.admin_assignee, None, "{team:?}");
        assert_eq!(house.is_with_team(&conversation), team.is_some());
        house.close().await;
    }
}

/// The conversation is deleted while the agent is at work on it: nothing is left open, and the money that
/// left is accounted for.
#[tokio::test]
async fn a_conversation_that_goes_while_its_refund_is_told_ends_the_case() {
    for fault in [IntercomFault::DropBeforeEffect, IntercomFault::ErrorAfterEffect] {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        house.intercom.fail_next(Endpoint::Reply, fault);
        house.once().await;
        assert_eq!(house.state(&conversation).await, "confirmed");
        let gone = json!({"type": "error.list", "errors": [{"code": "not_found"}]}).to_string();
        let path = format!("/conversations/{conversation}");
        house.intercom_wire.always("GET", &path, Trick::Instead(404, gone.clone()));
        house.intercom_wire.always("POST", &path, Trick::Instead(404, gone));
        house.settle().await;
        assert_eq!(house.own_refunds(customer.newest()), 1);
        let dropped = house.log(&conversation, Kind::Reply).await;
        let dropped = dropped.iter().find(|entry| !entry.draft.body["dropped"].is_null()).unwrap();
        assert_eq!(dropped.draft.body["why"], "the conversation is gone");
        house.close().await;
    }
}

/// What was said may be missing where conversations are read, for a few seconds.
#[tokio::test]
async fn what_was_said_and_is_not_seen_yet_is_not_said_twice() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.intercom.fail_next(Endpoint::Reply, IntercomFault::ErrorAfterEffect);
    house.once().await;
    assert_eq!(house.replies(&conversation).len(), 1);
    let path = format!("/conversations/{conversation}");
    let unseen = Trick::edit(|said| {
        said["conversation_parts"]["conversation_parts"] = json!([]);
    });
    house.intercom_wire.next("GET", &path, unseen);
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 1, "{:?}", house.replies(&conversation));
    assert!(house.is_closed(&conversation));
    house.close().await;
}
