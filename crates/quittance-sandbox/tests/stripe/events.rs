//! Events and their webhooks.

use hmac::{Hmac, KeyInit, Mac};
use quittance_sandbox::delivery::Delivery;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::harness::Sandbox;

fn signature(delivery: &Delivery) -> &str {
    let header = delivery.headers.iter().find(|(name, _)| name == "Stripe-Signature");
    &header.unwrap().1
}

/// Written down once more from Stripe's description, not shared with the stand-in.
fn is_signed(delivery: &Delivery, secret: &str, at: i64) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.").as_bytes());
    mac.update(&delivery.body);
    let expected = format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()));
    signature(delivery) == expected
}

#[tokio::test]
async fn an_event_names_the_request_and_its_key() {
    let mut sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    let form = format!("charge={charge}&amount=100");
    let answer = sandbox.post_with("qtt-1", "/v1/refunds", &form).await;
    let delivery = sandbox.deliveries.try_recv().unwrap();
    assert_eq!(delivery.url, None);
    let event: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(event["type"], "refund.created");
    assert_eq!(event["api_version"], "2026-10-28.endive");
    assert_eq!(event["request"]["idempotency_key"], "qtt-1");
    assert_eq!(event["request"]["id"], answer.header("request-id").unwrap());
    assert_eq!(event["data"]["object"], answer.body);
    let now = event["created"].as_i64().unwrap();
    assert!(is_signed(&delivery, "whsec_sandbox_1234567890", now));
    assert!(!is_signed(&delivery, "sandbox_1234567890", now), "the prefix belongs to the key");

    // What nobody asked for names nobody.
    sandbox.stripe.refund_later_fails(answer.body["id"].as_str().unwrap());
    let newest = sandbox.stripe.events()[0].clone();
    assert_eq!(newest["type"], "refund.failed");
    assert_eq!(newest["request"], json!({"id": null, "idempotency_key": null}));
    assert_eq!(newest["data"]["previous_attributes"], json!({"status": "succeeded"}));

    // A replay does nothing, so it says nothing.
    sandbox.delivered();
    sandbox.post_with("qtt-1", "/v1/refunds", &form).await;
    assert_eq!(sandbox.delivered(), Vec::<String>::new());
}

#[tokio::test]
async fn endpoints_get_what_they_asked_for_under_their_own_secret() {
    let mut sandbox = Sandbox::start().await;
    let form = "url=http://127.0.0.1:9/hooks&enabled_events[]=refund.created&api_version=2026-10-28.endive";
    let endpoint = sandbox.post("/v1/webhook_endpoints", form).await;
    let secret = endpoint.body["secret"].as_str().unwrap().to_owned();
    let path = format!("/v1/webhook_endpoints/{}", endpoint.id());
    assert_eq!(sandbox.get(&path, "").await.body.get("secret"), None, "shown once");
    let charge = sandbox.charge(4900, "usd");
    sandbox.post("/v1/refunds", &format!("charge={charge}")).await.id();
    let mut sent = Vec::new();
    while let Ok(delivery) = sandbox.deliveries.try_recv() {
        let event: Value = serde_json::from_slice(&delivery.body).unwrap();
        if delivery.url.is_some() {
            assert_eq!(delivery.url.as_deref(), Some("http://127.0.0.1:9/hooks"));
            assert!(is_signed(&delivery, &secret, event["created"].as_i64().unwrap()));
        }
        sent.push((delivery.url.is_some(), event["type"].as_str().unwrap().to_owned()));
    }
    let expected =
        [(false, "refund.created"), (true, "refund.created"), (false, "charge.refunded")];
    assert_eq!(sent, expected.map(|(own, kind)| (own, kind.to_owned())));
    for form in [
        "url=nowhere&enabled_events[]=*",
        "url=http://a.b/c",
        "url=http://a.b/c&enabled_events[]=*&api_version=2024-06-20",
    ] {
        assert_eq!(sandbox.post("/v1/webhook_endpoints", form).await.status, 400, "{form}");
    }
    sandbox.post(&path, "disabled=true").await.id();
    sandbox.post("/v1/refunds", &format!("charge={}", sandbox.charge(100, "usd"))).await.id();
    assert!(sandbox.deliveries.try_recv().unwrap().url.is_none());
    assert!(sandbox.deliveries.try_recv().unwrap().url.is_none());
    assert!(sandbox.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn events_are_listed_for_thirty_days() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    sandbox.post("/v1/refunds", &format!("charge={charge}")).await.id();
    sandbox.post("/v1/customers", "name=A").await.id();
    let kinds = |query: &'static str| {
        let sandbox = &sandbox;
        async move { sandbox.get("/v1/events", query).await.rows("type") }
    };
    assert_eq!(kinds("").await, ["customer.created", "charge.refunded", "refund.created"]);
    assert_eq!(kinds("type=refund.created").await, ["refund.created"]);
    assert_eq!(
        kinds("types[]=refund.created&types[]=customer.created").await,
        ["customer.created", "refund.created"]
    );
    assert_eq!(kinds("type=charge.*").await, ["charge.refunded"]);
    let id = sandbox.get("/v1/events", "limit=1").await.rows("id")[0].clone();
    assert_eq!(sandbox.get(&format!("/v1/events/{id}"), "").await.body["type"], "customer.created");
    sandbox.clock.advance_ms(30 * 24 * 60 * 60 * 1000);
    assert_eq!(kinds("").await.len(), 3);
    sandbox.clock.advance_ms(1000);
    assert_eq!(kinds("").await, Vec::<String>::new());
}
