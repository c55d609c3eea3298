//! Idempotency keys and the faults that make them matter.

use std::sync::mpsc;
use std::time::Duration;

use quittance_sandbox::stripe::Fault;
use serde_json::Value;

use crate::harness::Sandbox;

const REFUNDS: &str = "/v1/refunds";
const ENDPOINT: &str = "POST /v1/refunds";

#[tokio::test]
async fn the_first_answer_is_replayed() {
    let sandbox = Sandbox::start().await;
    let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
    let first = sandbox.post_with("k1", REFUNDS, &form).await;
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(first.header("idempotency-key"), Some("k1"));
    let replay = sandbox.post_with("k1", REFUNDS, &form).await;
    assert_eq!(replay.body, first.body);
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
    assert_eq!(replay.header("original-request"), first.header("request-id"));
    assert_ne!(replay.header("request-id"), first.header("request-id"));
    assert_eq!((sandbox.stripe.refunds().len(), sandbox.stripe.replays()), (1, 1));
    assert_eq!(sandbox.stripe.requests(ENDPOINT), 2);

    sandbox.post_with("k2", REFUNDS, &form).await.id();
    assert_eq!(sandbox.stripe.refunds().len(), 2, "another key is another refund");
}

#[tokio::test]
async fn the_order_of_parameters_does_not_matter_but_their_values_do() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    sandbox
        .post_with("k", REFUNDS, &format!("charge={charge}&amount=100&metadata[a]=1"))
        .await
        .id();
    let turned =
        sandbox.post_with("k", REFUNDS, &format!("metadata[a]=1&amount=100&charge={charge}")).await;
    assert_eq!(turned.header("idempotent-replayed"), Some("true"));
    let other =
        sandbox.post_with("k", REFUNDS, &format!("charge={charge}&amount=200&metadata[a]=1")).await;
    assert_eq!(other.error(), (400, "idempotency_error", None, None));
    assert!(other.message().starts_with(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. \
         Try using a key other than 'k'"
    ));
    let elsewhere = sandbox.post_with("k", "/v1/customers", "name=A").await;
    assert_eq!(elsewhere.error().1, "idempotency_error");
}

#[tokio::test]
async fn refusals_are_kept_and_validation_failures_are_not() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    let invalid = sandbox.post_with("k", REFUNDS, &format!("charge={charge}&amount=x")).await;
    assert_eq!(invalid.status, 400);
    let fixed = format!("charge={charge}&amount=4900");
    assert_eq!(sandbox.post_with("k", REFUNDS, &fixed).await.status, 200);

    let refused = sandbox.post_with("k2", REFUNDS, &fixed).await;
    assert_eq!(refused.error().2, Some("charge_already_refunded"));
    // Even when the charge has become refundable again.
    let refund = sandbox.stripe.refunds()[0]["id"].as_str().unwrap().to_owned();
    sandbox.stripe.refund_later_fails(&refund);
    let replay = sandbox.post_with("k2", REFUNDS, &fixed).await;
    assert_eq!(replay.header("idempotent-replayed"), Some("true"));
    assert_eq!(replay.error().2, Some("charge_already_refunded"));
    assert_eq!(sandbox.post_with("k3", REFUNDS, &fixed).await.status, 200);
}

#[tokio::test]
async fn a_key_protects_for_a_day_and_no_longer() {
    let sandbox = Sandbox::start().await;
    let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
    sandbox.post_with("k", REFUNDS, &form).await.id();
    sandbox.clock.advance_ms(24 * 60 * 60 * 1000);
    sandbox.post_with("k", REFUNDS, &form).await.id();
    assert_eq!(sandbox.stripe.refunds().len(), 1);
    sandbox.clock.advance_ms(1000);
    sandbox.post_with("k", REFUNDS, &form).await.id();
    assert_eq!(sandbox.stripe.refunds().len(), 2);
}

#[tokio::test]
async fn keys_are_limited_and_count_on_post_only() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    let form = format!("charge={charge}");
    assert_eq!(sandbox.post_with(&"k".repeat(256), REFUNDS, &form).await.status, 400);
    assert_eq!(sandbox.post_with(&"k".repeat(255), REFUNDS, &form).await.status, 200);
    let path = format!("/v1/charges/{charge}");
    for _ in 0..2 {
        let read = sandbox.request("GET", &path, "").header("idempotency-key", "g");
        assert_eq!(sandbox.send(read).await.header("idempotent-replayed"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_in_use_while_its_first_request_runs() {
    let sandbox = Sandbox::start().await;
    let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
    let (entered, has_entered) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    sandbox.stripe.hook_before_refund(move |_| {
        entered.send(()).unwrap();
        may_go_on.recv().unwrap();
    });
    let second = async {
        has_entered.await.unwrap();
        let second = sandbox.post_with("k", REFUNDS, &form).await;
        go_on.send(()).unwrap();
        second
    };
    let (first, second) = tokio::join!(sandbox.post_with("k", REFUNDS, &form), second);
    assert_eq!(
        second.error(),
        (409, "invalid_request_error", Some("idempotency_key_in_use"), None)
    );
    assert_eq!(second.header("stripe-should-retry"), Some("true"));
    let third = sandbox.post_with("k", REFUNDS, &form).await;
    assert_eq!(third.body, first.body);
    assert_eq!(sandbox.stripe.refunds().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_carried_out_although_its_caller_has_gone() {
    let sandbox = Sandbox::start().await;
    let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
    let (entered, has_entered) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    sandbox.stripe.hook_before_refund(move |_| {
        entered.send(()).unwrap();
        may_go_on.recv().unwrap();
    });
    let mut changes = sandbox.stripe.subscribe_changes();
    changes.mark_unchanged();
    tokio::select! {
        _ = sandbox.post_with("k", REFUNDS, &form) => panic!("it cannot have been answered"),
        result = has_entered => result.unwrap(),
    }
    go_on.send(()).unwrap();
    changes.changed().await.unwrap();
    assert_eq!(sandbox.stripe.refunds().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_found_again_with_the_key() {
    let sandbox = Sandbox::start().await;
    let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
    sandbox.stripe.fail_next(ENDPOINT, 1, Fault::DropAfterEffect);
    let lost = sandbox.request("POST", REFUNDS, &form).header("idempotency-key", "k").send().await;
    assert!(lost.is_err(), "{lost:?}");
    assert_eq!(sandbox.stripe.refunds().len(), 1);
    let found = sandbox.post_with("k", REFUNDS, &form).await;
    assert_eq!(found.header("idempotent-replayed"), Some("true"));
    assert_eq!(sandbox.stripe.refunds().len(), 1);
}

#[tokio::test]
async fn a_request_can_be_lost_before_anything_happens() {
    let sandbox = Sandbox::start().await;
    let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
    sandbox.stripe.fail_next(ENDPOINT, 2, Fault::DropBeforeEffect);
    for _ in 0..2 {
        let lost =
            sandbox.request("POST", REFUNDS, &form).header("idempotency-key", "k").send().await;
        assert!(lost.is_err(), "{lost:?}");
    }
    assert_eq!(sandbox.stripe.refunds(), Vec::<Value>::new());
    let done = sandbox.post_with("k", REFUNDS, &form).await;
    assert_eq!((done.status, done.header("idempotent-replayed")), (200, None));
}

#[tokio::test]
async fn an_error_of_stripe_is_kept_whether_or_not_it_was_carried_out() {
    for (fault, refunds) in [(Fault::Error500AfterEffect, 1), (Fault::Error500, 0)] {
        let sandbox = Sandbox::start().await;
        let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
        sandbox.stripe.fail_next(ENDPOINT, 1, fault);
        for _ in 0..2 {
            let answer = sandbox.post_with("k", REFUNDS, &form).await;
            assert_eq!(answer.error(), (500, "api_error", None, None));
        }
        assert_eq!((sandbox.stripe.refunds().len(), sandbox.stripe.replays()), (refunds, 1));
    }
}

#[tokio::test]
async fn limits_are_not_kept_and_half_an_answer_is() {
    let sandbox = Sandbox::start().await;
    let form = format!("charge={}&amount=100", sandbox.charge(4900, "usd"));
    sandbox.stripe.fail_next(ENDPOINT, 1, Fault::RateLimit429);
    let limited = sandbox.post_with("k", REFUNDS, &form).await;
    assert_eq!(limited.error(), (429, "invalid_request_error", Some("rate_limit"), None));
    assert_eq!(limited.header("stripe-rate-limited-reason"), Some("global-rate"));
    sandbox.stripe.fail_next(ENDPOINT, 1, Fault::LockTimeout429);
    let locked = sandbox.post_with("k", REFUNDS, &form).await;
    assert_eq!(locked.error(), (429, "invalid_request_error", Some("lock_timeout"), None));
    assert_eq!(locked.header("stripe-should-retry"), Some("true"));
    assert_eq!(sandbox.stripe.refunds(), Vec::<Value>::new());
    sandbox.stripe.fail_next(ENDPOINT, 1, Fault::Malformed200);
    let half = sandbox.request("POST", REFUNDS, &form).header("idempotency-key", "k");
    let half = half.send().await.unwrap();
    assert_eq!(half.status(), 200);
    assert!(serde_json::from_str::<Value>(&half.text().await.unwrap()).is_err());
    let whole = sandbox.post_with("k", REFUNDS, &form).await;
    assert_eq!((whole.status, whole.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(sandbox.stripe.refunds().len(), 1);
}

#[tokio::test]
async fn other_endpoints_fail_on_request_too() {
    let sandbox = Sandbox::start().await;
    sandbox.stripe.fail_next("GET /v1/charges", 1, Fault::Error500);
    assert_eq!(sandbox.get("/v1/charges", "").await.status, 500);
    assert_eq!(sandbox.get("/v1/charges", "").await.status, 200);
    sandbox.stripe.fail_next("GET /v1/charges", 1, Fault::Delay(Duration::from_millis(1)));
    assert_eq!(sandbox.get("/v1/charges", "").await.status, 200);
}
