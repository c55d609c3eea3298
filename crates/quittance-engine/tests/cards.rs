//! Card numbers that customers write: nobody reads them, nothing keeps them, and the customer is told.

use quittance_core::record::Kind;
use quittance_sandbox::intercom::{Endpoint, Fault};

use crate::house::{House, Plan, TWICE};

/// What a card's sentence says.
const WARNING: &str = "please never send a card number here";
const INTRODUCTION: &str = "Hello, I am the automatic assistant";

fn redacting() -> Plan {
    let mut plan = Plan::default();
    plan.options.redact_cards_in_intercom = true;
    plan
}

/// How often the texts of a conversation say something.
fn times(texts: &[String], words: &str) -> usize {
    texts.iter().map(|text| text.matches(words).count()).sum()
}

/// Every byte of the database.
async fn database(house: &House) -> Vec<u8> {
    house.store().close().await;
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(house.folder()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    bytes
}

fn holds(bytes: &[u8], digits: &str) -> bool {
    bytes.windows(digits.len()).any(|window| window == digits.as_bytes())
}

#[tokio::test]
async fn a_refund_is_told_and_so_is_the_card_number_each_once() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let said = format!("{TWICE} My card is 4012 8888 8888 1881, 11/29, cvv 737");
    let conversation = house.say(&customer, &said);
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(times(&told, WARNING), 1, "{told:?}");
    assert_eq!(times(&told, INTRODUCTION), 1, "{told:?}");
    assert_eq!(times(&told, "Your refund of 49.00 USD"), 1, "{told:?}");
    assert!(told[0].starts_with(INTRODUCTION) && told[0].contains(WARNING), "{told:?}");
    assert!(house.is_closed(&conversation));
    let logged = house.log(&conversation, Kind::Reply).await;
    assert!(logged.iter().any(|entry| entry.draft.body["reply"] == "card_removed"));
    let bytes = database(&house).await;
    // Shorter ones stand in times and hashes too.
    for digits in ["4012 8888", "8888 8888", "8888 1881", "40128888", "88881881", "cvv 737"] {
        assert!(!holds(&bytes, digits), "{digits}");
    }
}

#[tokio::test]
async fn an_answer_begins_with_what_became_of_the_card_number() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation =
        house.say(&customer, "Can I talk to a human? 5555 5555 5555 4444 is my card");
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 1, "{told:?}");
    let [introduction, warning, ..] = told[0].split('\n').collect::<Vec<_>>()[..] else {
        panic!("{told:?}")
    };
    assert!(introduction.starts_with(INTRODUCTION) && warning.contains(WARNING), "{told:?}");
    let logged = house.log(&conversation, Kind::Reply).await;
    assert!(logged.iter().any(|entry| entry.draft.body["card_removed"] == true), "{logged:?}");
    let notes = house.notes(&conversation);
    assert!(notes.iter().all(|note| !note.contains("5555")), "{notes:?}");
    // Nothing in Intercom changes unless it is asked for.
    assert_eq!(house.intercom.counts().redactions, 0);
    assert!(house.said(&conversation)[0].contains("5555 5555 5555 4444"));
    house.close().await;
}

#[tokio::test]
async fn messages_with_card_numbers_are_blanked_where_that_is_asked_for() {
    for fault in [
        None,
        Some(Fault::DropBeforeEffect),
        Some(Fault::DropAfterEffect),
        Some(Fault::ErrorAfterEffect),
    ] {
        let house = House::build(redacting()).await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, "Hi, my card is 4242 4242");
        house.say(&customer, "4242 4242");
        house.say(&customer, TWICE);
        if let Some(fault) = fault {
            house.intercom.fail_next(Endpoint::Redact, fault);
        }
        house.settle().await;
        let said = house.said(&conversation);
        assert_eq!(said[0], "This message was deleted", "{fault:?}: {said:?}");
        assert_eq!(said[1], "This message was deleted", "{fault:?}: {said:?}");
        assert!(said.iter().any(|text| text == TWICE), "{said:?}");
        let told = house.replies(&conversation);
        assert_eq!(times(&told, WARNING), 1, "{fault:?}: {told:?}");
        assert_eq!(times(&told, "Your refund of 49.00 USD"), 1, "{fault:?}: {told:?}");
        assert!(house.is_closed(&conversation), "{fault:?}");
        let done = house.log(&conversation, Kind::Handling).await;
        let done = done.iter().filter(|entry| entry.draft.body["done"] == "redact").count();
        assert_eq!(done, 2, "{fault:?}");
        house.close().await;
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_blanked_stands_in_nobodys_way() {
    let house = House::build(redacting()).await;
    house.intercom.fail_always(Endpoint::Redact, Fault::ErrorBeforeEffect);
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, &format!("{TWICE} 4242424242424242"));
    house.settle().await;
    assert_eq!(times(&house.replies(&conversation), "Your refund of 49.00 USD"), 1);
    assert!(house.is_closed(&conversation));
    house.close().await;
}
