//! Things that happen at once.

use std::sync::Arc;
use std::time::Duration;

use quittance_core::guard::Mode;
use quittance_core::record::Kind;
use quittance_engine::intake::Taken;
use quittance_sandbox::intercom::Writer;
use quittance_sandbox::stripe::Fault;
use tokio::task::JoinSet;

use crate::house::{Customer, House, LEASE, Plan, TWICE, limits, poll_times, usd};

/// The most polls after which something is made to happen.
const MOST_POLLS: usize = 40;

#[tokio::test]
async fn a_case_has_one_worker_at_a_time() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    house.say(&customer, TWICE);
    house.deliver().await;
    let (one, other) = tokio::join!(house.leases(), house.leases());
    assert_eq!(one.len() + other.len(), 1);
    house.restart().await;
    house.close().await;
}

/// The first worker is slow, its lease runs out, and a second one takes the case while the first goes
/// on.
#[tokio::test]
async fn two_workers_on_one_case_refund_and_answer_once() {
    let mut raced = 0;
    for polls in 1..MOST_POLLS {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        let first = house.lease().await;
        let engine = house.engine.clone();
        let mut slow = Box::pin(engine.step(&first));
        let is_done = poll_times(slow.as_mut(), polls).await.is_some();
        house.clock.advance_ms(i64::try_from(LEASE.as_millis()).unwrap() + 1);
        house.deliver().await;
        let leases = house.leases().await;
        if is_done {
            for lease in &leases {
                house.work(&house.engine, lease).await.unwrap();
            }
        } else if let Some(second) = leases.first() {
            raced += 1;
            assert!(second.fence > first.fence);
            // At most one of them can finish, but for a first one that had nothing left to write.
            let _ = tokio::join!(slow.as_mut(), house.work(&house.engine, second));
        } else {
            // All was written while nobody polled it.
            slow.as_mut().await.unwrap();
        }
        drop(slow);
        house.settle().await;
        assert_eq!(house.refunds(customer.newest()).len(), 1, "after {polls} polls");
        assert_eq!(house.replies(&conversation).len(), 1, "after {polls} polls");
        assert!(house.is_closed(&conversation), "after {polls} polls");
        house.close().await;
    }
    assert!(raced > 10, "{raced} races");
}

#[tokio::test]
async fn two_conversations_about_one_charge_refund_it_once() {
    let house = House::new().await;
    for polls in 1..MOST_POLLS {
        let customer = house.charged_twice(&format!("maya{polls}"));
        let one = house.say(&customer, TWICE);
        let other = house.intercom.say_anew(&customer.contact, TWICE).unwrap();
        house.deliver().await;
        let leases = house.leases().await;
        let [first, second] = leases.as_slice() else { panic!("two cases are due") };
        let engine = house.engine.clone();
        let mut ahead = Box::pin(engine.step(first));
        let is_done = poll_times(ahead.as_mut(), polls).await.is_some();
        if is_done {
            house.work(&house.engine, second).await.unwrap();
        } else {
            let (ahead, behind) = tokio::join!(ahead.as_mut(), house.work(&house.engine, second));
            ahead.unwrap();
            behind.unwrap();
        }
        drop(ahead);
        house.settle().await;
        assert_eq!(house.refunds(customer.newest()).len(), 1, "after {polls} polls");
        assert!(house.refunds(&customer.charges[0]).is_empty(), "after {polls} polls");
        for conversation in [&one, &other] {
            assert_eq!(house.replies(conversation).len(), 1, "after {polls} polls");
        }
        let told = [&one, &other].map(|conversation| house.replies(conversation).remove(0));
        let refunded = told.iter().filter(|text| text.contains("is on its way")).count();
        assert_eq!(refunded, 1, "after {polls} polls: {told:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_webhook_counts_once_however_often_and_in_which_order_it_comes() {
    let house = House::new().await;
    house.intercom.repeat_webhooks(3);
    house.intercom.disturb_webhooks(4);
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.intercom.release_webhooks();
    let mut taken = Vec::new();
    for (is_stripe, webhook) in house.waiting() {
        taken.push((webhook.clone(), house.take_in(is_stripe, &webhook).await));
        assert_ne!(house.take_in(is_stripe, &webhook).await, Taken::Stored);
    }
    assert_eq!(taken.iter().filter(|(_, taken)| *taken == Taken::Stored).count(), 1);
    for _ in 0..4 {
        house.settle().await;
        house.intercom.release_webhooks();
    }
    // And once more, long after.
    for (webhook, _) in &taken {
        assert_ne!(house.take_in(false, webhook).await, Taken::Stored);
    }
    house.settle().await;
    assert_eq!(house.refunds(customer.newest()).len(), 1);
    assert_eq!(house.replies(&conversation).len(), 1);
    assert_eq!(house.log(&conversation, Kind::Verdict).await.len(), 1);
    house.close().await;
}

/// What the customer writes while a step is under way is answered, once, and nothing is answered
/// twice.
#[tokio::test]
async fn a_message_during_a_step_is_answered_too() {
    let house = House::new().await;
    for polls in 1..MOST_POLLS {
        let customer = house.charged_twice(&format!("maya{polls}"));
        let conversation = house.say(&customer, TWICE);
        let lease = house.lease().await;
        let engine = house.engine.clone();
        let mut step = Box::pin(engine.step(&lease));
        let is_done = poll_times(step.as_mut(), polls).await.is_some();
        house.intercom.say_in(&conversation, "Thank you!").unwrap();
        house.deliver().await;
        if !is_done {
            step.as_mut().await.unwrap();
        }
        drop(step);
        house.settle().await;
        let when = format!("after {polls} polls");
        assert_eq!(house.refunds(customer.newest()).len(), 1, "{when}");
        let told = house.replies(&conversation);
        assert!(told.len() <= 2, "{when}: {told:?}");
        assert_eq!(told.iter().filter(|text| text.contains("is on its way")).count(), 1, "{when}");
        let said = house.intercom.messages(&conversation);
        assert_eq!(said.last().unwrap().author, Writer::Agent, "{when}: {said:?}");
        assert_eq!(house.state(&conversation).await, "confirmed", "{when}");
    }
    house.close().await;
}

/// Ten customers and a day's budget for three of them.
#[tokio::test]
async fn a_race_for_the_days_budget_spends_it_and_no_more() {
    let mut plan = Plan { limits: limits(), ..Plan::default() };
    plan.limits.currencies.values_mut().for_each(|caps| caps.per_day = usd(3 * 4_900 + 100));
    let house = House::build(plan).await;
    let customers: Vec<_> = (0..10).map(|n| house.charged_twice(&format!("c{n}"))).collect();
    let conversations: Vec<_> = customers.iter().map(|one| house.say(one, TWICE)).collect();
    // Some answers are lost, so that reservations stay for a while.
    house.stripe.fail_next("POST /v1/refunds", 2, Fault::DropAfterEffect);
    house.deliver().await;
    let mut steps = JoinSet::new();
    for lease in house.leases().await {
        let engine = house.engine.clone();
        steps.spawn(async move { engine.step(&lease).await });
    }
    while let Some(step) = steps.join_next().await {
        step.unwrap().unwrap();
    }
    let budget = house.budget("day").await;
    assert_eq!(budget.posted + budget.pending, 3 * 4_900);
    house.settle().await;
    let refunded: usize = customers.iter().map(|one| house.refunds(one.newest()).len()).sum();
    assert_eq!(refunded, 3);
    let notes: Vec<String> =
        conversations.iter().flat_map(|conversation| house.notes(conversation)).collect();
    assert_eq!(notes.len(), 7);
    assert!(notes.iter().all(|note| note.contains("above the limit set per day")), "{notes:?}");
    let budget = house.budget("day").await;
    assert_eq!((budget.posted, budget.pending), (3 * 4_900, 0));
    house.close().await;
}

/// A house that crashed between the decision and the send.
async fn decided_only() -> (House, Customer, String) {
    for _ in 0..10 {
        if let Some(decided) = crashed_when_decided().await {
            return decided;
        }
    }
    panic!("the mark always came too soon");
}

/// The same; none if the machine was so slow that the mark was written before anybody could look.
async fn crashed_when_decided() -> Option<(House, Customer, String)> {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let lease = house.lease().await;
    let engine = house.engine.clone();
    let mut step = Box::pin(engine.step(&lease));
    for _ in 0..10_000 {
        assert!(poll_times(step.as_mut(), 1).await.is_none(), "the step came to its end");
        // While nobody polls the step, what it has asked for is done and nothing else.
        tokio::time::sleep(Duration::from_millis(2)).await;
        if !house.intents(&conversation).await.is_empty() {
            drop(step);
            house.restart().await;
            let intents = house.intents(&conversation).await;
            if (intents[0].attempt, intents[0].state.name()) == (0, "intent") {
                return Some((house, customer, conversation));
            }
            house.close().await;
            return None;
        }
    }
    panic!("nothing was decided");
}

#[tokio::test]
async fn a_decision_that_was_not_sent_is_sent_once_after_a_restart() {
    let (house, customer, conversation) = decided_only().await;
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

/// A refund is allowed, and before it is carried out somebody disputes the charge or gives it back: the
/// decision is held against the charge as it is. However young it seems: the process that made it is gone, and
/// clocks may have been set.
#[tokio::test]
async fn a_decision_of_another_process_is_held_against_the_charge_again() {
    for (is_dispute, passed_ms) in [(true, 0), (false, 0), (true, 11_000), (false, 11_000)] {
        let (house, customer, conversation) = decided_only().await;
        if is_dispute {
            house.stripe.dispute(customer.newest(), "warning_needs_response");
        } else {
            house.stripe.refund(customer.newest(), 1).unwrap();
        }
        house.clock.advance_ms(passed_ms);
        house.settle().await;
        assert_eq!(house.state(&conversation).await, "void");
        assert!(house.stripe_wire.sent_refunds().is_empty());
        assert!(
            house.notes(&conversation)[0].contains("the charge has changed since the decision")
        );
        assert!(house.is_with_team(&conversation));
        assert_eq!(house.pending().await, 0);
        house.close().await;
    }
}

/// The agent is told to stop before a decision was sent: it is not sent.
#[tokio::test]
async fn a_decision_is_not_sent_once_the_agent_may_not_act() {
    for mode in [Mode::Watch, Mode::Propose] {
        let (house, _, conversation) = decided_only().await;
        let engine = house.engine_with(|plan| plan.options.mode = mode);
        house.settle_with(&engine).await;
        assert_eq!(house.state(&conversation).await, "void");
        assert!(house.stripe_wire.sent_refunds().is_empty());
        assert!(house.notes(&conversation)[0].contains("set not to act on its own"));
        assert_eq!(house.replies(&conversation).len(), usize::from(mode == Mode::Propose));
        house.close().await;
    }
}

/// An engine that was cloned is the same engine.
#[tokio::test]
async fn what_the_engine_does_can_be_watched() {
    let house = House::new().await;
    let mut watching = house.engine.watch();
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    let case = Arc::new(house.case(&conversation));
    let mut steps = Vec::new();
    while let Ok(progress) = watching.try_recv() {
        assert_eq!(progress.case, *case);
        assert!(!progress.text.contains("maya"), "{}", progress.text);
        steps.push(progress.step);
    }
    assert_eq!(steps.first(), Some(&"facts"));
    for wanted in ["model", "tool", "verdict", "refund", "reply", "close"] {
        assert!(steps.contains(&wanted), "{wanted} is missing in {steps:?}");
    }
    house.close().await;
}
