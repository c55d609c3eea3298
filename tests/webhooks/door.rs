//! Who gets in: signatures, sizes, shapes, duplicates.

use hmac::{Hmac, KeyInit, Mac};
use quittance_core::clock::Clock;
use quittance_eval::stand_ins::Options;
use quittance_sandbox::stripe;
use quittance_store::Store;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::support::customers::DUPLICATES;
use crate::support::{House, SystemClock};

pub(super) const INTERCOM_SECRET: &str = "intercom-sandbox-secret";
const STRIPE_SECRET: &str = "whsec_sandbox_1234567890";

/// The largest body that is read.
const MIB: usize = 1024 * 1024;

/// How far Stripe's signature may be from now, in seconds.
const TOLERANCE_S: i64 = 300;

/// A notification as Intercom writes it.
pub(super) fn notification(id: &str, topic: &str, workspace: &str) -> Vec<u8> {
    json!({
        "type": "notification_event", "app_id": workspace, "id": id, "topic": topic,
        "data": {"type": "notification_event_data", "item": {"type": "conversation", "id": "1295"}},
        "delivery_attempts": 1, "first_sent_at": 1_767_229_301, "created_at": 1_767_229_300,
    })
    .to_string()
    .into_bytes()
}

/// An event as Stripe writes it.
fn event(id: &str, kind: &str) -> Vec<u8> {
    json!({
        "id": id, "object": "event", "type": kind, "api_version": stripe::API_VERSION,
        "created": 1_767_229_300, "livemode": false, "pending_webhooks": 1, "request": null,
        "data": {"object": {"id": "ch_1", "object": "charge"}},
    })
    .to_string()
    .into_bytes()
}

pub(super) fn signed_by_intercom(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha1={}", hex::encode(mac.finalize().into_bytes()))
}

fn signed_by_stripe(secret: &str, body: &[u8], seconds_from_now: i64) -> String {
    stripe::sign(secret, SystemClock.now().as_second() + seconds_from_now, body)
}

/// Sends a body to Intercom's endpoint.
async fn intercom(house: &House, body: Vec<u8>, signature: Option<&str>) -> StatusCode {
    post(house, "intercom", "X-Hub-Signature", body, signature).await
}

/// Sends a body to Stripe's endpoint.
async fn stripe(house: &House, body: Vec<u8>, signature: Option<&str>) -> StatusCode {
    post(house, "stripe", "Stripe-Signature", body, signature).await
}

async fn post(
    house: &House,
    vendor: &str,
    header: &str,
    body: Vec<u8>,
    signature: Option<&str>,
) -> StatusCode {
    let mut request = house.http.post(format!("{}/webhooks/{vendor}", house.program.url));
    if let Some(signature) = signature {
        request = request.header(header, signature);
    }
    request.body(body).send().await.unwrap().status()
}

/// The counters that are not zero.
async fn counted(house: &House) -> Value {
    let mut counts = house.webhooks().await;
    counts.as_object_mut().unwrap().retain(|_, count| *count != 0);
    counts
}

/// How many cases and log entries there are.
async fn remembered(house: &House) -> (i64, u64) {
    let store = Store::look(&house.program.database().display().to_string()).await.unwrap();
    let cases = store.totals().await.unwrap().cases.iter().map(|(_, count)| count).sum();
    let (entries, _) = store.log_head().await.unwrap();
    store.close().await;
    (cases, entries)
}

#[tokio::test]
async fn a_webhook_without_a_fitting_signature_is_refused_and_leaves_nothing_behind() {
    let house = House::open(DUPLICATES).await;
    let before = remembered(&house).await;
    let body = notification("notif_1", "conversation.user.created", "sandbox1");
    let other = notification("notif_2", "conversation.user.created", "sandbox1");
    let fits = signed_by_intercom(INTERCOM_SECRET, &body);
    let digits = fits.trim_start_matches("sha1=");
    let wrong = [
        None,
        Some(String::new()),
        Some("sha1=".to_owned()),
        Some(digits.to_owned()),
        Some(format!("sha256={digits}")),
        Some(format!("sha1={}", "0".repeat(40))),
        Some(format!("{fits}00")),
        Some(signed_by_intercom("another-secret", &body)),
        Some(signed_by_intercom("", &body)),
        Some(signed_by_intercom(INTERCOM_SECRET, &other)),
    ];
    for signature in &wrong {
        let status = intercom(&house, body.clone(), signature.as_deref()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{signature:?}");
    }
    let body = event("evt_1", "refund.failed");
    let old = TOLERANCE_S + 60;
    let wrong_too = [
        None,
        Some(String::new()),
        Some(fits),
        Some(signed_by_stripe("whsec_other", &body, 0)),
        Some(signed_by_stripe(STRIPE_SECRET, &event("evt_2", "refund.failed"), 0)),
        Some(signed_by_stripe(STRIPE_SECRET, &body, -old)),
        Some(signed_by_stripe(STRIPE_SECRET, &body, old)),
        Some(signed_by_stripe(STRIPE_SECRET, &body, 0).replace("v1=", "v0=")),
    ];
    for signature in &wrong_too {
        let status = stripe(&house, body.clone(), signature.as_deref()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{signature:?}");
    }
    assert_eq!(counted(&house).await, json!({"unsigned": wrong.len() + wrong_too.len()}));
    assert_eq!(remembered(&house).await, before);
    assert_eq!(before.0, 0);
    house.close().await;
}

#[tokio::test]
async fn a_signed_body_that_is_not_what_is_documented_is_refused_and_counted() {
    let house = House::open(DUPLICATES).await;
    let no_id =
        json!({"app_id": "sandbox1", "topic": "conversation.user.replied", "created_at": 1});
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bad: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"not json".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        no_id.to_string().into_bytes(),
        deep.into_bytes(),
    ];
    for body in &bad {
        let signature = signed_by_intercom(INTERCOM_SECRET, body);
        let status = intercom(&house, body.clone(), Some(&signature)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{:.80}", String::from_utf8_lossy(body));
        let signature = signed_by_stripe(STRIPE_SECRET, body, 0);
        let status = stripe(&house, body.clone(), Some(&signature)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{:.80}", String::from_utf8_lossy(body));
    }
    let foreign = notification("notif_1", "conversation.user.created", "another-workspace");
    let signature = signed_by_intercom(INTERCOM_SECRET, &foreign);
    let status = intercom(&house, foreign, Some(&signature)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "of another workspace");
    assert_eq!(counted(&house).await, json!({"unreadable": 2 * bad.len() + 1}));
    assert_eq!(remembered(&house).await.0, 0);
    house.close().await;
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_too_large() {
    let house = House::open(DUPLICATES).await;
    let body = vec![b' '; MIB + 1];
    let signature = signed_by_intercom(INTERCOM_SECRET, &body);
    let status = intercom(&house, body.clone(), Some(&signature)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let signature = signed_by_stripe(STRIPE_SECRET, &body, 0);
    assert_eq!(stripe(&house, body, Some(&signature)).await, StatusCode::PAYLOAD_TOO_LARGE);
    // One byte less is read, and a notification may be surrounded by blanks.
    let mut body = notification("notif_1", "ping", "sandbox1");
    body.resize(MIB, b' ');
    let signature = signed_by_intercom(INTERCOM_SECRET, &body);
    assert_eq!(intercom(&house, body, Some(&signature)).await, StatusCode::OK);
    assert_eq!(counted(&house).await, json!({"too_large": 2, "ignored": 1}));
    house.close().await;
}

#[tokio::test]
async fn what_concerns_nobody_is_acknowledged_and_ignored() {
    let house = House::open(DUPLICATES).await;
    let topics = ["ping", "brand.new", "company.created", "conversation.read", "contact.merged"];
    for (number, topic) in topics.iter().enumerate() {
        let body = notification(&format!("notif_{number}"), topic, "sandbox1");
        let signature = signed_by_intercom(INTERCOM_SECRET, &body);
        assert_eq!(intercom(&house, body, Some(&signature)).await, StatusCode::OK, "{topic}");
    }
    let kinds = ["customer.created", "invoice.paid", "brand.new"];
    for (number, kind) in kinds.iter().enumerate() {
        let body = event(&format!("evt_{number}"), kind);
        let signature = signed_by_stripe(STRIPE_SECRET, &body, 0);
        assert_eq!(stripe(&house, body, Some(&signature)).await, StatusCode::OK, "{kind}");
    }
    assert_eq!(counted(&house).await, json!({"ignored": topics.len() + kinds.len()}));
    assert_eq!(remembered(&house).await.0, 0);
    house.close().await;
}

#[tokio::test]
async fn an_event_counts_once_however_often_it_comes() {
    let house = House::open(DUPLICATES).await;
    let body = event("evt_1", "refund.updated");
    for _ in 0..3 {
        // Stripe signs each try anew.
        let signature = signed_by_stripe(STRIPE_SECRET, &body, 0);
        assert_eq!(stripe(&house, body.clone(), Some(&signature)).await, StatusCode::OK);
    }
    assert_eq!(counted(&house).await, json!({"stored": 1, "seen": 2}));
    // A charge that nobody here refunded wakes no case.
    assert_eq!(remembered(&house).await.0, 0);
    house.close().await;
}

#[tokio::test]
async fn both_secrets_are_accepted_while_one_replaces_the_other() {
    let mut house = House::prepare(DUPLICATES, Options::default(), |config| config).await;
    let write = |name: &str, secrets: &[&str]| {
        std::fs::write(house.folder().join(name), secrets.join("\n")).unwrap();
    };
    write("intercom-secret", &["the-new-secret", INTERCOM_SECRET, ""]);
    write("stripe-secret", &[STRIPE_SECRET, "whsec_new"]);
    house.start().await;
    for (number, secret) in ["the-new-secret", INTERCOM_SECRET].into_iter().enumerate() {
        let body = notification(&format!("notif_{number}"), "ping", "sandbox1");
        let signature = signed_by_intercom(secret, &body);
        assert_eq!(intercom(&house, body, Some(&signature)).await, StatusCode::OK, "{number}");
    }
    for (number, secret) in [STRIPE_SECRET, "whsec_new"].into_iter().enumerate() {
        let body = event(&format!("evt_{number}"), "refund.updated");
        let signature = signed_by_stripe(secret, &body, 0);
        assert_eq!(stripe(&house, body, Some(&signature)).await, StatusCode::OK, "{number}");
    }
    let body = notification("notif_9", "ping", "sandbox1");
    let retired = signed_by_intercom("a-retired-secret", &body);
    assert_eq!(intercom(&house, body, Some(&retired)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(counted(&house).await, json!({"ignored": 2, "stored": 2, "unsigned": 1}));
    house.close().await;
}

#[tokio::test]
async fn whoever_looks_finds_the_program_there() {
    let house = House::open(DUPLICATES).await;
    let ask = async |method: Method, path: &str| {
        let url = format!("{}{path}", house.program.url);
        house.http.request(method, url).send().await.unwrap()
    };
    for path in ["/webhooks/intercom", "/webhooks/stripe"] {
        // Intercom saves an address only after a HEAD that succeeds.
        assert!(ask(Method::HEAD, path).await.status().is_success(), "{path}");
        assert_eq!(ask(Method::PUT, path).await.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert_eq!(ask(Method::GET, "/").await.status(), StatusCode::NOT_FOUND);
    let alive = ask(Method::GET, "/healthz").await;
    assert_eq!(alive.status(), StatusCode::OK);
    let alive: Value = serde_json::from_slice(&alive.bytes().await.unwrap()).unwrap();
    assert_eq!(alive, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
    let ready = ask(Method::GET, "/readyz").await;
    assert_eq!(ready.status(), StatusCode::OK);
    let ready: Value = serde_json::from_slice(&ready.bytes().await.unwrap()).unwrap();
    assert_eq!(ready["status"], "ready");
    house.close().await;
}
