//! A refund about which nobody knows whether it was made: looked for, sent again under one key inside
//! the window, and in the end left to a person.

use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use quittance_core::clock::Clock as _;
use quittance_core::record::Kind;
use quittance_sandbox::stripe::Fault;
use quittance_store::intents::Mark;
use quittance_store::transition::Transition;
use serde_json::{Value, json};

use crate::house::{House, TWICE};
use crate::probe::after;
use crate::wire::Trick;

const POST: &str = "POST /v1/refunds";
const HOUR_MS: i64 = 3_600_000;

/// A house with a refund whose first send was cut off before it arrived.
async fn cut_off(times: usize) -> (House, crate::house::Customer, String) {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next(POST, times, Fault::DropBeforeEffect);
    house.once().await;
    assert_eq!(house.state(&conversation).await, "unknown");
    (house, customer, conversation)
}

async fn due(house: &House) -> jiff::Timestamp {
    house.store().next_due().await.unwrap().unwrap()
}

#[tokio::test]
async fn it_is_sent_four_times_with_growing_pauses_and_parked_ten_minutes_later() {
    let (house, customer, conversation) = cut_off(4).await;
    let mut pauses = Vec::new();
    for attempt in 2..=4 {
        let next = due(&house).await;
        pauses.push(next.duration_since(house.clock.now()));
        house.move_to(next);
        house.once().await;
        let intents = house.intents(&conversation).await;
        assert_eq!((intents[0].attempt, intents[0].state.name()), (attempt, "unknown"));
    }
    assert!(pauses.is_sorted() && pauses[0] >= SignedDuration::from_secs(1), "{pauses:?}");
    let last = house.intents(&conversation).await[0].last_send.unwrap();
    // Nobody gives up while the last send may still be carried out.
    while house.clock.now() < last + SignedDuration::from_secs(598) {
        assert_eq!(house.state(&conversation).await, "unknown");
        let next = due(&house).await.min(last + SignedDuration::from_secs(599));
        house.move_to(next);
        house.once().await;
    }
    assert_eq!(house.state(&conversation).await, "unknown");
    house.settle().await;
    assert!(house.clock.now() >= last + SignedDuration::from_mins(10));
    assert_eq!(house.state(&conversation).await, "parked");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 4);
    assert!(house.refunds(customer.newest()).is_empty());
    assert_eq!(house.pending().await, 4_900, "it stays reserved until a person knows");
    assert_eq!(house.replies(&conversation).len(), 1);
    assert!(house.is_with_team(&conversation));
    assert_eq!(house.log(&conversation, Kind::Mark).await.len(), 4);
    // Another conversation cannot refund it either.
    let other = house.intercom.say_anew(&customer.contact, TWICE).unwrap();
    house.settle().await;
    assert!(house.notes(&other)[0].contains("was decided before"), "{:?}", house.notes(&other));
    assert!(house.refunds(customer.newest()).is_empty());
    house.close().await;
}

#[tokio::test]
async fn inside_twenty_hours_it_is_sent_again() {
    let (house, customer, conversation) = cut_off(1).await;
    house.clock.advance_ms(20 * HOUR_MS - 1_000);
    house.once().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

#[tokio::test]
async fn after_twenty_hours_it_is_never_sent_again() {
    let (house, customer, conversation) = cut_off(1).await;
    house.clock.advance_ms(20 * HOUR_MS);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "parked");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    assert!(house.refunds(customer.newest()).is_empty());
    house.close().await;
}

/// Our clock stands still or was set back; Stripe's goes on, and Stripe forgets its keys by it.
#[tokio::test]
async fn the_older_clock_tells_the_age_of_a_key() {
    for set_back_ms in [0, HOUR_MS, 48 * HOUR_MS] {
        let (house, customer, conversation) = cut_off(1).await;
        let next = due(&house).await;
        house.move_to(next);
        house.clock.advance_ms(-set_back_ms);
        house.stripe_wire.ahead(set_back_ms + 20 * HOUR_MS);
        house.settle().await;
        assert_eq!(house.state(&conversation).await, "parked", "{set_back_ms}");
        assert_eq!(house.stripe_wire.sent_refunds().len(), 1, "{set_back_ms}");
        assert!(house.refunds(customer.newest()).is_empty());
        house.close().await;
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_sends_nothing() {
    let (house, _, conversation) = cut_off(1).await;
    let next = due(&house).await;
    house.move_to(next);
    let lease = house.leases().await.remove(0);
    house.clock.advance_ms(-48 * HOUR_MS);
    house.work(&house.engine, &lease).await.unwrap();
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    // Nobody knows how old the key is, so a person looks at once instead of two days later.
    assert_eq!(house.state(&conversation).await, "parked");
    house.close().await;
}

#[tokio::test]
async fn a_webhook_of_stripes_finds_it_at_once() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next(POST, 1, Fault::DropAfterEffect);
    house.once().await;
    assert_eq!(house.state(&conversation).await, "unknown");
    let before = house.clock.now();
    while house.once().await > 0 {}
    assert_eq!(house.clock.now(), before, "nobody had to wait");
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

/// While Stripe cannot be read, nothing is sent and nothing is concluded.
#[tokio::test]
async fn nothing_is_concluded_while_the_list_cannot_be_read() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next(POST, 1, Fault::DropAfterEffect);
    house.once().await;
    house.stripe_wire.always("GET", "/v1/refunds", Trick::Instead(503, String::new()));
    for _ in 0..8 {
        let next = due(&house).await;
        house.move_to(next);
        house.once().await;
        assert_eq!(house.state(&conversation).await, "unknown");
    }
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    house.stripe_wire.heal();
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.replies(&conversation).len(), 1);
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

/// The list is read to its end: ours can stand behind many of others.
#[tokio::test]
async fn it_is_found_behind_a_hundred_others() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next(POST, 1, Fault::DropAfterEffect);
    house.once().await;
    let two_pages = Trick::edit(|list| {
        let mut first = list["data"][0].clone();
        first["id"] = json!("re_other");
        first["metadata"] = json!({});
        list["data"] = json!([first]);
        list["has_more"] = json!(true);
    });
    let second = Trick::edit(|_: &mut Value| {});
    // The stand-in refuses to page behind a refund it does not know, so the second page is the list.
    house.stripe_wire.next("GET", "/v1/refunds", two_pages);
    house.stripe_wire.next("GET", "/v1/refunds", second);
    house.clock.advance_ms(60_000);
    house.once().await;
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    house.close().await;
}

/// It was carried out after everybody had given up: the webhook says so, and the team learns it.
#[tokio::test]
async fn a_parked_refund_that_turns_up_is_confirmed_to_the_team() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next(POST, 1, Fault::DropAfterEffect);
    house.once().await;
    let created = house.waiting();
    house.stripe_wire.always("GET", "/v1/refunds", Trick::edit(|list| list["data"] = json!([])));
    house.clock.advance_ms(21 * HOUR_MS);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "parked");
    house.stripe_wire.heal();
    house.clock.advance_ms(-21 * HOUR_MS);
    for (is_stripe, webhook) in created {
        house.take_in(is_stripe, &webhook).await;
    }
    house.clock.advance_ms(21 * HOUR_MS);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.pending().await, 0);
    assert_eq!(house.replies(&conversation).len(), 1, "a person has the conversation");
    let notes = house.notes(&conversation);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[1].contains("49.00 USD was made after all"), "{notes:?}");
    house.close().await;
}

#[tokio::test]
async fn a_refund_that_the_bank_sends_back_is_a_persons_matter() {
    let house = House::new().await;
    house.intercom.repeat_webhooks(2);
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    assert!(house.is_closed(&conversation));
    let refund = house.intents(&conversation).await[0].refund.clone().unwrap();
    house.clock.advance_ms(5 * 24 * HOUR_MS);
    house.stripe.refund_later_fails(refund.as_str());
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "reversed");
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("has sent the refund of 49.00 USD back to us"), "{told:?}");
    assert_eq!(house.notes(&conversation).len(), 1);
    assert!(house.is_with_team(&conversation));
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    // Asking again, here or elsewhere, does not send it again.
    house.intercom.say_in(&conversation, TWICE).unwrap();
    let other = house.intercom.say_anew(&customer.contact, TWICE).unwrap();
    house.settle().await;
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    assert!(house.is_with_team(&other));
    assert!(house.notes(&other)[0].contains("did not go through"), "{:?}", house.notes(&other));
    house.close().await;
}

/// The refund goes wrong while its reply is still being written.
#[tokio::test]
async fn a_crash_while_a_reversal_is_told_tells_it_once() {
    for polls in 1..30 {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        house.settle().await;
        let refund = house.intents(&conversation).await[0].refund.clone().unwrap();
        house.stripe.refund_later_fails(refund.as_str());
        let lease = house.lease().await;
        let _ = crate::house::poll_times(house.engine.step(&lease), polls).await;
        house.restart().await;
        house.settle().await;
        assert_eq!(house.state(&conversation).await, "reversed", "after {polls} polls");
        assert_eq!(house.replies(&conversation).len(), 2, "after {polls} polls");
        assert_eq!(house.notes(&conversation).len(), 1, "after {polls} polls");
        house.close().await;
    }
}

/// The deadline stands in the log, and whoever has the case must have it by then, even while Stripe cannot be
/// asked at all.
#[tokio::test]
async fn at_its_deadline_it_is_with_a_person_even_if_stripe_is_gone() {
    let (house, customer, conversation) = cut_off(1).await;
    let intent = house.intents(&conversation).await.remove(0);
    let deadline = intent.deadline().unwrap();
    let window = SignedDuration::from_hours(20) + SignedDuration::from_mins(10);
    assert_eq!(deadline, intent.first_send.unwrap() + window);
    let outcomes = house.log(&conversation, Kind::Outcome).await;
    assert_eq!(outcomes[0].draft.body["deadline"], json!(deadline.as_millisecond()));
    for method in ["GET", "POST"] {
        house.stripe_wire.always(method, "/", Trick::Instead(503, String::new()));
    }
    while house.clock.now() < deadline {
        assert_eq!(house.state(&conversation).await, "unknown", "{}", house.clock.now());
        let next = due(&house).await;
        house.move_to(next);
        house.once().await;
    }
    house.settle().await;
    let late = house.clock.now().duration_since(deadline);
    assert!(late < SignedDuration::from_hours(2), "{late} after the deadline");
    assert_eq!(house.state(&conversation).await, "parked");
    assert!(house.is_with_team(&conversation));
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    assert!(house.refunds(customer.newest()).is_empty());
    house.stripe_wire.heal();
    house.close().await;
}

/// With every send used up the deadline comes earlier.
#[tokio::test]
async fn the_last_send_brings_the_deadline_forward() {
    let (house, _, conversation) = cut_off(4).await;
    let mut deadlines = Vec::new();
    for _ in 0..4 {
        let intent = house.intents(&conversation).await.remove(0);
        deadlines.push(intent.deadline().unwrap());
        let next = due(&house).await;
        house.move_to(next);
        house.once().await;
    }
    let intent = house.intents(&conversation).await.remove(0);
    assert!(deadlines[0] == deadlines[1] && deadlines[1] == deadlines[2], "{deadlines:?}");
    let last = intent.last_send.unwrap() + SignedDuration::from_mins(10);
    assert_eq!(deadlines[3], last);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "parked");
    assert_eq!(house.intents(&conversation).await[0].deadline(), None);
    house.close().await;
}

/// Our clock was ahead when it was first sent and is right again: the window is counted by Stripe's, which
/// was right all the time.
#[tokio::test]
async fn a_first_send_by_a_clock_that_was_ahead_is_dated_by_stripes() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.deliver().await;
    house.clock.set_by_ms(10 * HOUR_MS);
    house.stripe_wire.ahead(-10 * HOUR_MS);
    house.stripe.fail_next(POST, 1, Fault::DropBeforeEffect);
    house.once().await;
    assert_eq!(house.state(&conversation).await, "unknown");
    house.clock.set_by_ms(-10 * HOUR_MS);
    house.stripe_wire.ahead(0);
    house.clock.advance_ms(20 * HOUR_MS + 1_000);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "parked");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    assert!(house.refunds(customer.newest()).is_empty());
    house.close().await;
}

/// Whatever a program says, the database marks nothing that seems to be sent before its first send, or too
/// long after it.
#[tokio::test]
async fn the_database_marks_nothing_outside_the_window() {
    let (house, _, conversation) = cut_off(1).await;
    let intent = house.intents(&conversation).await.remove(0);
    let first = intent.first_send.unwrap();
    let next = due(&house).await;
    house.move_to(next);
    let lease = house.leases().await.remove(0);
    let window = SignedDuration::from_hours(20);
    let instant = SignedDuration::from_millis(1);
    for (latest, is_marked) in
        [(first - instant, false), (first + window, false), (first + window - instant, true)]
    {
        let decision = intent.decision.clone();
        let mark = Mark { decision, at: house.clock.now(), earliest: first, latest };
        let transition = Transition { mark: Some(mark), ..Transition::default() };
        let marked = house.store().commit(&lease, transition).await;
        assert_eq!(marked.is_ok(), is_marked, "{latest}: {marked:?}");
    }
    house.restart().await;
    house.settle().await;
    assert_eq!(house.stripe_wire.sent_refunds().len(), 2);
    house.close().await;
}

/// A mark that takes longer than it may is not followed by a send. The pauses grow, so that minutes of a
/// slow database are outlived.
#[tokio::test]
async fn marks_that_come_too_late_are_spread_over_time() {
    const SLOW: usize = 3;
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let (clock, marks) = (house.clock.clone(), AtomicUsize::new(0));
    let probe = after(move |write| {
        if write == "mark" && marks.fetch_add(1, Ordering::Relaxed) < SLOW {
            clock.advance_ms(1_500);
        }
    });
    let begin = house.clock.now();
    house.settle_with(&house.engine_on(&house.store().clone().probed(probe))).await;
    assert!(house.clock.now().duration_since(begin) > SignedDuration::from_mins(3));
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert!(house.is_closed(&conversation));
    house.close().await;
}
