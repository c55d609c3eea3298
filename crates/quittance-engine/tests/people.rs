//! People in the conversation: nobody talks over them, and nothing is kept from them.

use quittance_core::event::Source;
use quittance_sandbox::intercom::Writer;
use quittance_store::inbox::{Arrival, Wakes};

use crate::house::{House, TWICE};

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
