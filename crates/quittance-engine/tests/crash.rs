//! A crash between any two steps: the step is dropped after every number of polls, and whoever comes
//! back finishes it.

use std::future::Future as _;
use std::time::Duration;

use quittance_sandbox::stripe::Fault;

use crate::house::{Customer, House, TWICE, poll_times};

/// More polls than any flow needs; a flow that needs more is stuck.
const MOST_POLLS: usize = 2_000;

/// How a flow must end, whatever happened on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Refunded,
    Answered,
    WithPerson,
}

struct Flow {
    name: &'static str,
    says: &'static str,
    days_ago: Option<i64>,
    end: End,
    reply: &'static str,
}

const REFUND: Flow = Flow {
    name: "refund",
    says: TWICE,
    days_ago: None,
    end: End::Refunded,
    reply: "Your refund of 49.00 USD is on its way",
};
const REFUSAL: Flow = Flow {
    name: "refusal",
    says: "I changed my mind about the last payment, please refund it.",
    days_ago: Some(20),
    end: End::Answered,
    reply: "our policy does not allow this refund",
};
const QUESTION: Flow = Flow {
    name: "question",
    says: "What is your refund policy?",
    days_ago: Some(3),
    end: End::Answered,
    reply: "This is what our policy says under",
};
const HAND_OVER: Flow = Flow {
    name: "hand-over",
    says: "Can I talk to a human?",
    days_ago: Some(3),
    end: End::WithPerson,
    reply: "I have passed this conversation to a colleague",
};

impl Flow {
    fn customer(&self, house: &House, name: &str) -> Customer {
        match self.days_ago {
            None => house.charged_twice(name),
            Some(days) => house.renewed(name, days),
        }
    }

    async fn check(&self, house: &House, customer: &Customer, conversation: &str, when: &str) {
        let told = house.replies(conversation);
        assert_eq!(told.len(), 1, "{} {when}: {told:?}", self.name);
        assert!(told[0].contains(self.reply), "{} {when}: {told:?}", self.name);
        let is_refunded = self.end == End::Refunded;
        for charge in &customer.charges {
            let count = usize::from(is_refunded && charge == customer.newest());
            assert_eq!(house.refunds(charge).len(), count, "{} {when}: refunds", self.name);
        }
        assert_eq!(house.is_closed(conversation), is_refunded, "{} {when}: closed", self.name);
        let is_with_person = self.end == End::WithPerson;
        assert_eq!(house.is_with_team(conversation), is_with_person, "{} {when}", self.name);
        let notes = house.notes(conversation).len();
        assert_eq!(notes, usize::from(is_with_person), "{} {when}: notes", self.name);
        let state = if is_refunded { "confirmed" } else { "none" };
        assert_eq!(house.state(conversation).await, state, "{} {when}", self.name);
    }
}

/// Crashes after `first` polls, and the worker that comes back after `second`, if it does. Tells
/// whether the first one crashed at all.
async fn crash(house: &House, flow: &Flow, first: usize, second: Option<usize>) -> bool {
    let name = format!("{}-{first}-{}", flow.name, second.unwrap_or(0));
    let customer = flow.customer(house, &name);
    let conversation = house.say(&customer, flow.says);
    let lease = house.lease().await;
    let has_crashed = poll_times(house.engine.step(&lease), first).await.is_none();
    house.restart().await;
    if let Some(second) = second {
        house.deliver().await;
        for lease in house.leases().await {
            let _ = poll_times(house.engine.step(&lease), second).await;
        }
        house.restart().await;
    }
    house.settle().await;
    let when = format!("after {first} polls, and {second:?}");
    flow.check(house, &customer, &conversation, &when).await;
    has_crashed
}

async fn crash_everywhere(flow: &Flow) {
    let house = House::new().await;
    let mut polls = 1;
    while crash(&house, flow, polls, None).await {
        polls += 1;
        assert!(polls < MOST_POLLS, "{} never ends", flow.name);
    }
    assert!(polls > 12, "{}: only {polls} places to crash at", flow.name);
    house.close().await;
}

/// Pairs of crashes, the second at a place that wanders through the flow.
async fn crash_twice(flow: &Flow, stride: usize) {
    let house = House::new().await;
    let mut polls = 1;
    while crash(&house, flow, polls, Some(1 + polls * 7 % 61)).await {
        polls += stride;
        assert!(polls < MOST_POLLS, "{} never ends", flow.name);
    }
    house.close().await;
}

#[tokio::test]
async fn a_crash_anywhere_in_a_refund_refunds_and_answers_once() {
    crash_everywhere(&REFUND).await;
}

#[tokio::test]
async fn a_crash_anywhere_in_a_refusal_answers_once() {
    crash_everywhere(&REFUSAL).await;
}

#[tokio::test]
async fn a_crash_anywhere_in_an_answer_answers_once() {
    crash_everywhere(&QUESTION).await;
}

#[tokio::test]
async fn a_crash_anywhere_in_a_hand_over_calls_one_person_once() {
    crash_everywhere(&HAND_OVER).await;
}

#[tokio::test]
async fn two_crashes_in_a_refund_refund_and_answer_once() {
    crash_twice(&REFUND, 1).await;
}

#[tokio::test]
async fn two_crashes_in_a_hand_over_call_one_person_once() {
    crash_twice(&HAND_OVER, 2).await;
}

/// The same lease is worked on by somebody who slept through the crash of the world: nothing that it
/// still writes counts.
#[tokio::test]
async fn a_worker_that_wakes_up_late_writes_nothing() {
    for polls in (1..120).step_by(7) {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        let lease = house.lease().await;
        let engine = house.engine.clone();
        let mut asleep = Box::pin(engine.step(&lease));
        let mut left = polls;
        let early = std::future::poll_fn(|context| match asleep.as_mut().poll(context) {
            std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
            std::task::Poll::Pending if left <= 1 => std::task::Poll::Ready(None),
            std::task::Poll::Pending => {
                left -= 1;
                std::task::Poll::Pending
            }
        })
        .await;
        // Its last write may be on its way to the disk: then it has given the lease back itself.
        let is_over = house.store().end_leases().await.unwrap() == 0;
        house.settle().await;
        if early.is_none() {
            let late = asleep.as_mut().await;
            assert_eq!(late.is_ok(), is_over, "after {polls} polls: {late:?}");
        }
        drop(asleep);
        house.settle().await;
        REFUND.check(&house, &customer, &conversation, &format!("late, {polls} polls")).await;
        house.close().await;
    }
}

/// The worker dies while Stripe is still at work on its request, and the next one asks at once: the same
/// key is in use, and then it is found.
#[tokio::test]
async fn a_crash_while_stripe_is_at_work_refunds_once() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe.fail_next("POST /v1/refunds", 1, Fault::Delay(Duration::from_millis(400)));
    let lease = house.lease().await;
    let engine = house.engine.clone();
    let mut step = Box::pin(engine.step(&lease));
    while house.stripe.requests("POST /v1/refunds") == 0 {
        assert!(poll_times(step.as_mut(), 1).await.is_none(), "the step came to its end");
        tokio::task::yield_now().await;
    }
    drop(step);
    house.restart().await;
    house.once().await;
    assert_eq!(house.state(&conversation).await, "unknown", "the key is in use");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 2);
    // The request of the dead worker comes to its end on its own.
    let mut changes = house.stripe.subscribe_changes();
    while house.refunds(customer.newest()).is_empty() {
        tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.unwrap().unwrap();
    }
    house.settle().await;
    REFUND.check(&house, &customer, &conversation, "while Stripe was at work").await;
    assert_eq!(house.stripe_wire.sent_refunds().len(), 2, "it was found, not sent again");
    house.close().await;
}
