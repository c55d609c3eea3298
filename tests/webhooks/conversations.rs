//! What comes of webhooks: one answer and one refund, whatever happens to the webhooks.

use quittance_eval::stand_ins::Options;
use quittance_sandbox::intercom::Writer;

use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice, refunds_of};

#[tokio::test]
async fn webhooks_that_come_three_times_and_in_the_wrong_order_give_one_answer_and_one_refund() {
    let house = House::open(DUPLICATES).await;
    let intercom = &house.stand_ins.intercom;
    intercom.repeat_webhooks(3);
    intercom.disturb_webhooks(24);
    let customers = ["ada", "ben", "cleo"].map(|name| charged_twice(&house.stand_ins, name));
    let conversations = customers.each_ref().map(|customer| {
        let conversation = intercom.say(&customer.contact, "Hello!").unwrap();
        intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
        conversation
    });
    intercom.release_webhooks();
    for conversation in &conversations {
        house.until("a closed conversation", |house| house.state(conversation) == "closed").await;
    }
    intercom.release_webhooks();
    intercom.disturb_webhooks(1);
    house.until_quiet().await;
    for (customer, conversation) in customers.iter().zip(&conversations) {
        assert_eq!(refunds_of(&house.stand_ins, customer).len(), 1);
        let answers = house.answers(conversation);
        assert_eq!(answers.len(), 1, "{answers:?}");
    }
    let counts = house.webhooks().await;
    assert!(counts["seen"].as_u64().unwrap() > 0, "{counts}");
    house.close().await;
}

#[tokio::test]
async fn the_webhooks_about_our_own_doings_cause_no_second_answer() {
    let house = House::open(DUPLICATES).await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    house.until_quiet().await;
    let counts = house.webhooks().await;
    // Our reply and our closing at least.
    assert!(counts["ignored"].as_u64().unwrap() >= 2, "{counts}");
    assert_eq!(house.answers(&conversation).len(), 1);
    assert_eq!(refunds_of(&house.stand_ins, &customer).len(), 1);
    house.close().await;
}

#[tokio::test]
async fn three_quick_messages_get_one_answer() {
    let quiet = |config: String| config.replace("quiet_ms = 0", "quiet_ms = 700");
    let mut house = House::prepare(DUPLICATES, Options::default(), quiet).await;
    house.start().await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let messages = ["Hello!", "I was charged twice for the same thing.", "Please refund it."];
    let mut conversation = String::new();
    for (number, message) in messages.iter().enumerate() {
        conversation = house.stand_ins.intercom.say(&customer.contact, message).unwrap();
        // The next one is written once this one has arrived.
        let arrived = u64::try_from(number).unwrap();
        while house.webhooks().await["stored"].as_u64().unwrap() <= arrived {
            tokio::task::yield_now().await;
        }
    }
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    house.until_quiet().await;
    let answers = house.answers(&conversation);
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(refunds_of(&house.stand_ins, &customer).len(), 1);
    let asked = house.stand_ins.model.requests().remove(0).to_string();
    assert!(messages.iter().all(|message| asked.contains(message)), "{asked}");
    house.close().await;
}

#[tokio::test]
async fn a_program_asked_to_stop_finishes_the_step_in_hand() {
    let mut options = Options::default();
    options.model.delay_ms = 500;
    let mut house = House::prepare(DUPLICATES, options, |config| config).await;
    house.start().await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let looks = house.stand_ins.stripe.requests("GET /v1/charges");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    // The model takes its time to answer, and is asked to as soon as the step has begun.
    house
        .until("a step that has begun", |house| {
            house.stand_ins.stripe.requests("GET /v1/charges") > looks
        })
        .await;
    let ended = house.program.stop().await.unwrap();
    assert_eq!(ended.code(), Some(0), "{}", house.program.log());
    assert_eq!(house.state(&conversation), "closed", "{}", house.program.log());
    assert_eq!(house.answers(&conversation).len(), 1);
    assert_eq!(refunds_of(&house.stand_ins, &customer).len(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_refund_that_the_bank_sends_back_reopens_the_conversation_for_a_person() {
    let house = House::open(DUPLICATES).await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    house.until_quiet().await;
    let refund = refunds_of(&house.stand_ins, &customer).remove(0);
    house.stand_ins.stripe.refund_later_fails(refund["id"].as_str().unwrap());
    house.until("a person", |house| house.is_with_team(&conversation)).await;
    house.until_quiet().await;
    let answers = house.answers(&conversation);
    assert_eq!(answers.len(), 2, "{answers:?}");
    let told = &answers[1];
    assert!(told.contains("sent the refund of") && told.contains("49.00"), "{told}");
    assert_eq!(house.state(&conversation), "open");
    let messages = house.stand_ins.intercom.messages(&conversation);
    let mut notes = messages.iter().filter(|it| it.is_note && it.author == Writer::Agent);
    assert!(notes.next().is_some_and(|note| note.text.contains("did not go through")));
    assert!(notes.next().is_none(), "one note is enough: {messages:?}");
    // What came back is not sent again, whoever asks.
    house.stand_ins.intercom.say_in(&conversation, "So please refund it again!").unwrap();
    house.until_quiet().await;
    assert_eq!(refunds_of(&house.stand_ins, &customer).len(), 1);
    assert_eq!(house.answers(&conversation).len(), 2);
    house.close().await;
}
