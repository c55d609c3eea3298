//! The agent is silent where a person speaks.

use quittance_eval::stand_ins::Options;

use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice, refunds_of};

#[tokio::test]
async fn a_teammates_reply_makes_the_agent_silent() {
    let house = House::open(DUPLICATES).await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let intercom = &house.stand_ins.intercom;
    // Both are there before the first webhook leaves.
    let conversation = intercom.say(&customer.contact, "Hello, anybody there?").unwrap();
    intercom.teammate_replies(&conversation, "Hi, I am Ana. How can I help?").unwrap();
    house.until_quiet().await;
    intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until_quiet().await;
    assert_eq!(house.answers(&conversation), Vec::<String>::new());
    assert!(refunds_of(&house.stand_ins, &customer).is_empty());
    assert!(house.stand_ins.model.requests().is_empty());
    // Once it is closed, the agent may answer again.
    intercom.teammate_closes(&conversation).unwrap();
    house.until_quiet().await;
    intercom.say_in(&conversation, CHARGED_TWICE).unwrap();
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    assert_eq!(house.answers(&conversation).len(), 1);
    assert_eq!(refunds_of(&house.stand_ins, &customer).len(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_conversation_that_a_teammate_took_is_left_to_them() {
    let house = House::open(DUPLICATES).await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.stand_ins.intercom.teammate_assigns_self(&conversation).unwrap();
    house.until_quiet().await;
    assert_eq!(house.answers(&conversation), Vec::<String>::new());
    assert!(refunds_of(&house.stand_ins, &customer).is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_teammate_who_answers_while_the_agent_thinks_is_not_talked_over_and_learns_what_was_done()
{
    let mut options = Options::default();
    options.model.delay_ms = 400;
    let mut house = House::prepare(DUPLICATES, options, |config| config).await;
    house.start().await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let looks = house.stand_ins.stripe.requests("GET /v1/charges");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house
        .until("a step that has begun", |house| {
            house.stand_ins.stripe.requests("GET /v1/charges") > looks
        })
        .await;
    house.stand_ins.intercom.teammate_replies(&conversation, "Hi, I am Ana.").unwrap();
    house.until_quiet().await;
    assert_eq!(house.answers(&conversation), Vec::<String>::new());
    assert_eq!(house.state(&conversation), "open", "it is Ana's now");
    // If money has moved meanwhile, Ana can read it.
    let messages = house.stand_ins.intercom.messages(&conversation);
    let notes: Vec<&str> =
        messages.iter().filter(|it| it.is_note).map(|it| it.text.as_str()).collect();
    let refunds = refunds_of(&house.stand_ins, &customer).len();
    assert_eq!(notes.len(), refunds, "{notes:?}");
    assert!(notes.iter().all(|note| note.contains("49.00")), "{notes:?}");
    house.close().await;
}
