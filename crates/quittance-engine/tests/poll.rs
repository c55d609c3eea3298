//! Conversations of which no webhook told.

use std::sync::Arc;

use jiff::SignedDuration;
use quittance_core::clock::{Clock, ManualClock};
use quittance_core::record::Kind;
use quittance_engine::poll::{Options, Polled};

use crate::house::{House, Plan, TWICE};
use crate::probe::after;
use crate::wire::Trick;

/// One minute after the last look, looks again. Tells how many cases were woken.
async fn poll(house: &House) -> u64 {
    polled(house).await.woken
}

async fn polled(house: &House) -> Polled {
    house.clock.advance_ms(60_000);
    house.engine.poll(&Options::default()).await.unwrap()
}

#[tokio::test]
async fn a_conversation_whose_webhook_was_lost_is_found_and_answered_once() {
    let house = House::new().await;
    assert_eq!(poll(&house).await, 0);
    let customer = house.charged_twice("maya");
    house.intercom.lose_webhooks(1);
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    assert!(house.replies(&conversation).is_empty());
    assert_eq!(poll(&house).await, 1);
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.replies(&conversation).len(), 1);
    for _ in 0..15 {
        assert_eq!(poll(&house).await, 0);
    }
    assert_eq!(house.log(&conversation, Kind::Verdict).await.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_later_message_whose_webhook_was_lost_is_found_too() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, "Hello, I have a question.");
    house.settle().await;
    let before = house.replies(&conversation).len();
    poll(&house).await;
    house.settle().await;
    house.intercom.lose_webhooks(1);
    house.intercom.say_in(&conversation, TWICE).unwrap();
    assert_eq!(poll(&house).await, 1);
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), before + 1);
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

/// Somebody sets a machine's clock two days ahead, and it looks. Nothing that happens by the right time is
/// passed over, by it or by others, and nobody's turn is taken for days.
#[tokio::test]
async fn a_look_by_a_clock_that_is_ahead_passes_nothing_over() {
    let house = House::new().await;
    let ahead = Arc::new(ManualClock::new(house.clock.now() + SignedDuration::from_hours(48)));
    let wrong = house.engine_by(&ahead);
    wrong.poll(&Options::default()).await.unwrap();
    for (name, engine) in [("maya", &house.engine), ("ben", &wrong)] {
        let customer = house.charged_twice(name);
        house.intercom.lose_webhooks(1);
        house.say(&customer, TWICE);
        for clock in [&house.clock, &ahead] {
            clock.advance_ms(60_000);
        }
        assert_eq!(engine.poll(&Options::default()).await.unwrap().woken, 1, "{name}");
    }
    house.settle().await;
    house.close().await;
}

/// What a webhook told of is not looked at again for it.
#[tokio::test]
async fn what_a_webhook_told_wakes_nobody_twice() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    house.say(&customer, TWICE);
    house.deliver().await;
    let polled = polled(&house).await;
    assert_eq!((polled.changed, polled.woken), (1, 0));
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn a_change_wakes_once_however_often_it_is_seen() {
    let house = House::new().await;
    let customer = house.stranger("maya");
    house.intercom.lose_webhooks(1);
    house.say(&customer, "Hello, I have a question.");
    assert_eq!(poll(&house).await, 1);
    // Nobody works on it yet, and it is still in the time that is looked at again.
    for _ in 0..3 {
        let polled = polled(&house).await;
        assert_eq!((polled.changed, polled.woken), (1, 0));
    }
    house.settle().await;
    house.close().await;
}

#[tokio::test]
async fn what_a_teammate_has_or_what_is_closed_wakes_nobody() {
    let house = House::new().await;
    house.intercom.lose_webhooks(u64::MAX);
    let [kept, closed] = ["ana", "ben"].map(|name| {
        let customer = house.charged_twice(name);
        house.say(&customer, TWICE)
    });
    house.intercom.teammate_assigns_self(&kept).unwrap();
    house.intercom.teammate_closes(&closed).unwrap();
    let polled = polled(&house).await;
    assert_eq!((polled.changed, polled.woken), (1, 0));
    // The customer comes back, which opens it again.
    house.intercom.say_in(&closed, "It is still there!").unwrap();
    assert_eq!(poll(&house).await, 1);
    house.settle().await;
    house.close().await;
}

/// Neither webhooks nor polls came through for half a day.
#[tokio::test]
async fn an_outage_of_hours_loses_nobody() {
    let house = House::new().await;
    poll(&house).await;
    house.intercom.lose_webhooks(u64::MAX);
    let mut conversations = Vec::new();
    for number in 0..12 {
        let customer = house.charged_twice(&format!("c{number}"));
        conversations.push(house.say(&customer, TWICE));
        house.intercom_wire.next(
            "POST",
            "/conversations/search",
            Trick::Instead(503, "{}".to_owned()),
        );
        house.clock.advance_ms(3_600_000);
        assert!(house.engine.poll(&Options::default()).await.is_err());
    }
    assert_eq!(poll(&house).await, 12);
    house.settle().await;
    for conversation in &conversations {
        assert_eq!(house.replies(conversation).len(), 1);
    }
    house.close().await;
}

/// The first look of all goes back an hour and not further.
#[tokio::test]
async fn the_first_look_takes_up_what_was_said_within_the_last_hour() {
    let house = House::new().await;
    house.intercom.lose_webhooks(u64::MAX);
    let old = house.charged_twice("ana");
    let before = house.say(&old, TWICE);
    house.clock.advance_ms(75 * 60_000);
    let new = house.charged_twice("ben");
    let after = house.say(&new, TWICE);
    assert_eq!(poll(&house).await, 1);
    house.settle().await;
    assert!(house.replies(&before).is_empty());
    assert_eq!(house.replies(&after).len(), 1);
    house.close().await;
}

/// A search shows what changed only minutes later, and Intercom's clock is not ours.
#[tokio::test]
async fn a_search_that_lags_loses_nobody() {
    let mut plan = Plan::default();
    plan.intercom.search_delay_s = 300;
    let house = House::build(plan).await;
    poll(&house).await;
    house.intercom.lose_webhooks(1);
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let mut woken = 0;
    for _ in 0..8 {
        woken += poll(&house).await;
    }
    assert_eq!(woken, 1);
    house.settle().await;
    assert_eq!(house.replies(&conversation).len(), 1);
    house.close().await;
}

#[tokio::test]
async fn one_node_at_a_time_asks() {
    let house = House::new().await;
    let other = house.engine_with(|_| {});
    house.intercom.lose_webhooks(1);
    let customer = house.charged_twice("maya");
    house.say(&customer, TWICE);
    let options = Options::default();
    let (one, two) = tokio::join!(house.engine.poll(&options), other.poll(&options));
    assert_eq!(one.unwrap().woken + two.unwrap().woken, 1);
    let nothing = other.poll(&options).await.unwrap();
    assert_eq!(nothing, Polled::default());
    house.settle().await;
    house.close().await;
}

/// Far more conversations than one look reads, as after a long outage.
#[tokio::test]
async fn many_conversations_are_read_in_pieces_and_none_is_left_out() {
    const MANY: u64 = 4_000;
    let house = House::new().await;
    poll(&house).await;
    house.intercom.lose_webhooks(u64::MAX);
    let contact = house.contact("maya");
    for _ in 0..MANY {
        house.intercom.say_anew(&contact, "Hello").unwrap();
        house.clock.advance_ms(1_000);
    }
    let (mut woken, mut looks) = (0, 0);
    loop {
        let polled = polled(&house).await;
        (woken, looks) = (woken + polled.woken, looks + 1);
        assert!(looks < 20, "it does not come to an end");
        if !polled.is_behind {
            break;
        }
    }
    assert_eq!(woken, MANY);
    let cases = house.store().totals().await.unwrap().cases;
    assert_eq!(cases.iter().map(|(_, count)| count).sum::<i64>(), i64::try_from(MANY).unwrap());
    assert_eq!(polled(&house).await.woken, 0);
}

/// A look that fails half-way is done again from where the last whole one ended.
#[tokio::test]
async fn a_look_that_breaks_off_forgets_nobody() {
    let house = House::new().await;
    poll(&house).await;
    house.intercom.lose_webhooks(u64::MAX);
    let contact = house.contact("maya");
    for _ in 0..200 {
        house.intercom.say_anew(&contact, "Hello").unwrap();
    }
    let page = Trick::edit(|_| {});
    house.intercom_wire.next("POST", "/conversations/search", page);
    house.intercom_wire.next("POST", "/conversations/search", Trick::Instead(500, "{}".to_owned()));
    house.clock.advance_ms(60_000);
    assert!(house.engine.poll(&Options::default()).await.is_err());
    house.clock.advance_ms(SignedDuration::from_hours(1).as_millis().try_into().unwrap());
    assert_eq!(poll(&house).await, 50);
}

/// Who writes while the conversation is being closed is in a closed conversation, where no look for open ones
/// finds them.
#[tokio::test]
async fn a_message_that_was_closed_over_is_answered_though_its_webhook_was_lost() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let lease = house.lease().await;
    let (intercom, there) = (house.intercom.clone(), conversation.clone());
    // The reply is written down together with the mark of the closing, and the closing is sent next.
    let probe = after(move |write| {
        if write == "effect:done" {
            intercom.lose_webhooks(1);
            intercom.say_in(&there, "And the shipping?").unwrap();
        }
    });
    house.engine_on(&house.store().clone().probed(probe)).step(&lease).await.unwrap();
    assert!(house.is_closed(&conversation));
    assert_eq!(house.replies(&conversation).len(), 1);
    house.settle().await;
    let is_met = house.replies(&conversation).len() == 2 || house.is_with_team(&conversation);
    assert!(is_met, "{:?}", house.intercom.messages(&conversation));
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}
