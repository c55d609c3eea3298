//! What Stripe tells after a refund was sent, in any order, once or twice or not at all.

use quittance_core::record::Kind;
use quittance_engine::intake::Taken;
use quittance_engine::reconcile;
use quittance_sandbox::stripe;
use serde_json::json;

use crate::house::{House, TWICE, poll_times};
use crate::wire::Trick;

/// Gives the intake a thin event, which names the object alone.
async fn thin(house: &House, id: &str, kind: &str, object: (&str, &str)) -> Taken {
    let (of, name) = object;
    let body = json!({
        "id": id, "object": "v2.core.event", "type": format!("v1.{kind}"), "livemode": false,
        "created": house.ago(0).to_string(), "context": null,
        "related_object": {"id": name, "type": of, "url": format!("/v1/{of}s/{name}")},
    })
    .to_string()
    .into_bytes();
    let secret = stripe::Options::default().webhook_secret.unwrap();
    let signature = stripe::sign(&secret, house.ago(0).as_second(), &body);
    house.intake.stripe(&body, Some(&signature)).await.unwrap()
}

fn refund(house: &House) -> Option<String> {
    Some(house.stripe.refunds().first()?["id"].as_str().unwrap().to_owned())
}

/// The bank sends a refund back while its answer is still on the way.
#[tokio::test]
async fn a_thin_event_that_comes_before_the_confirmation_is_not_lost() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    let lease = house.lease().await;
    let engine = house.engine.clone();
    let mut step = Box::pin(engine.step(&lease));
    let refund = loop {
        assert!(poll_times(step.as_mut(), 1).await.is_none(), "the step came to its end");
        // While nobody polls the step, what it has asked for is done and nothing else.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        if let Some(refund) = refund(&house) {
            break refund;
        }
    };
    assert_eq!(house.state(&conversation).await, "marked");
    house.stripe.refund_later_fails(&refund);
    // Of all that Stripe sends, this alone arrives.
    drop(house.waiting());
    let taken = thin(&house, "evt_thin", "refund.failed", ("refund", &refund)).await;
    assert_eq!(taken, Taken::Stored);
    step.as_mut().await.unwrap();
    drop(step);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "reversed");
    assert!(house.is_with_team(&conversation));
    house.close().await;
}

/// Stripe tells of each refund that it was made. Whoever made it knows.
#[tokio::test]
async fn what_stripe_tells_of_a_refund_that_was_made_wakes_nobody() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.once().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    let webhooks: Vec<_> =
        house.waiting().into_iter().filter(|(is_stripe, _)| *is_stripe).collect();
    assert_eq!(webhooks.len(), 2);
    for (is_stripe, webhook) in &webhooks {
        assert_eq!(house.take_in(*is_stripe, webhook).await, Taken::Stored);
    }
    assert_eq!(house.store().next_due().await.unwrap(), None);
    assert!(house.is_closed(&conversation));
    house.close().await;
}

/// A thin event about somebody else's refund wakes nobody who waits for nothing.
#[tokio::test]
async fn a_thin_event_about_another_refund_changes_nothing() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    let other = house.charged_twice("ben");
    let by_hand = house.stripe.refund(other.newest(), 100).unwrap();
    drop(house.waiting());
    thin(&house, "evt_1", "refund.created", ("refund", &by_hand)).await;
    assert_eq!(house.store().next_due().await.unwrap(), None);
    // Nor does it harm one that waits.
    let waits = house.charged_twice("zoe");
    let waiting = house.say(&waits, TWICE);
    house.stripe_wire.next("POST", "/v1/refunds", Trick::Instead(500, "{}".to_owned()));
    house.once().await;
    assert_eq!(house.state(&waiting).await, "unknown");
    thin(&house, "evt_2", "refund.updated", ("refund", &by_hand)).await;
    house.settle().await;
    assert_eq!(house.own_refunds(waits.newest()), 1);
    assert_eq!(house.replies(&conversation).len(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_dispute_after_a_refund_is_told_to_the_team_once() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    assert!(house.is_closed(&conversation) && !house.is_with_team(&conversation));
    let dispute = house.stripe.dispute(customer.newest(), "needs_response");
    let webhooks = house.waiting();
    for _ in 0..2 {
        for (is_stripe, webhook) in &webhooks {
            house.take_in(*is_stripe, webhook).await;
        }
        house.settle().await;
    }
    let notes = house.notes(&conversation);
    assert_eq!(notes.len(), 1, "{notes:?}");
    for word in [dispute.as_str(), customer.newest(), "49.00 USD", "the money may leave twice"] {
        assert!(notes[0].contains(word), "{word} is missing in {notes:?}");
    }
    assert!(house.is_with_team(&conversation));
    // The customer hears nothing of it.
    assert_eq!(house.replies(&conversation).len(), 1);
    let written = house.log(&conversation, Kind::Outcome).await;
    let disputed = written.iter().filter(|entry| entry.draft.body["outcome"] == "disputed");
    assert_eq!(disputed.count(), 1);
    house.close().await;
}

/// Webhooks of disputes are lost, or are thin and name no charge.
#[tokio::test]
async fn a_dispute_of_which_no_webhook_told_is_found_by_the_comparison() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    let dispute = house.stripe.dispute(customer.newest(), "needs_response");
    drop(house.waiting());
    thin(&house, "evt_1", "charge.dispute.created", ("dispute", &dispute)).await;
    house.settle().await;
    assert!(house.notes(&conversation).is_empty());
    for _ in 0..2 {
        house.clock.advance_ms(1_000);
        let report = house.engine.reconcile(&reconcile::Options::default()).await.unwrap();
        assert!(report.is_clean(), "{report:?}");
        house.settle().await;
        assert_eq!(house.notes(&conversation).len(), 1);
    }
    house.close().await;
}

/// An inquiry that Stripe closed, and a dispute that was won, take no money.
#[tokio::test]
async fn a_dispute_that_takes_no_money_disturbs_nobody() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    house.stripe.dispute(customer.newest(), "warning_closed");
    house.settle().await;
    assert!(house.notes(&conversation).is_empty());
    assert!(house.is_closed(&conversation));
    house.close().await;
}

/// The intake acknowledges only what is on disk.
#[tokio::test]
async fn a_webhook_that_cannot_be_stored_is_not_acknowledged() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    house.say(&customer, TWICE);
    let (_, webhook) = house.waiting().pop().unwrap();
    let signature = webhook.headers.iter().find(|(name, _)| name == "X-Hub-Signature").unwrap();
    house.store().close().await;
    let refused = house.intake.intercom(&webhook.body, Some(&signature.1)).await;
    assert!(matches!(refused, Err(quittance_engine::intake::Refused::NotStored(_))), "{refused:?}");
}
