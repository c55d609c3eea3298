//! Every row of the table of what an answer means, over real connections.

use quittance_core::facts::RefundStatus;
use quittance_core::ids::IdempotencyKey;
use quittance_core::money::{Currency, Money};
use quittance_core::reason::Reason;

use super::super::answer::RefusedKind;
use super::super::request_body;
use super::*;
use crate::stub::{answer_with, client, http, listen};

const SOON: Duration = Duration::from_secs(20);
const KEY: &str = "q1-0a";

fn refund() -> action::Refund {
    action::Refund {
        charge: "ch_1".parse().unwrap(),
        amount: Money::from_minor(4_900, Currency::USD).unwrap(),
        reason: Reason::DuplicateCharge,
    }
}

fn frozen_body() -> Vec<u8> {
    request_body(&refund(), &[(DECISION, "d1-0a"), ("case", "w:7")])
}

async fn ask(client: &Client, deadline: Duration, largest: usize) -> Answer {
    let key: IdempotencyKey = KEY.parse().unwrap();
    let body = frozen_body();
    send(client, &refund(), &Frozen { body: &body, key: &key }, deadline, largest).await
}

async fn answer_to(answer: &[u8]) -> Answer {
    let (listener, url) = listen().await;
    let client = client(url, 0);
    let (answer, _) =
        tokio::join!(ask(&client, SOON, LARGEST_ANSWER), answer_with(&listener, answer));
    answer
}

fn made(change: &str, to: &str) -> String {
    let body = r#"{"id":"re_1","object":"refund","amount":4900,"currency":"usd","charge":"ch_1","status":"succeeded","created":1795420000,"metadata":{"decision":"d1-0a"},"new":{}}"#;
    assert!(body.contains(change));
    body.replacen(change, to, 1)
}

fn error(json: &str) -> String {
    format!(r#"{{"error":{{{json},"message":"for people"}}}}"#)
}

#[tokio::test]
async fn the_request_is_exactly_what_was_frozen() {
    let (listener, url) = listen().await;
    let client = client(url, 0);
    let answer = http(200, "", &made("", ""));
    let (_, request) =
        tokio::join!(ask(&client, SOON, LARGEST_ANSWER), answer_with(&listener, &answer));
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.as_bytes(), frozen_body());
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines[0], "POST /v1/refunds HTTP/1.1");
    for header in [
        "idempotency-key: q1-0a",
        "stripe-version: 2026-10-28.endive",
        "authorization: Bearer sk_test_made_up",
        "content-type: application/x-www-form-urlencoded",
    ] {
        assert_eq!(lines.iter().filter(|line| **line == header).count(), 1, "{header}: {head}");
    }
}

#[tokio::test]
async fn a_refund_as_asked_for_is_created_whatever_its_status() {
    for (status, expected) in [
        ("succeeded", RefundStatus::Succeeded),
        ("pending", RefundStatus::Pending),
        ("requires_action", RefundStatus::RequiresAction),
        ("failed", RefundStatus::Failed),
        ("canceled", RefundStatus::Canceled),
        ("unheard_of", RefundStatus::Other("unheard_of".to_owned())),
    ] {
        for (header, expected_replay) in [("", false), ("Idempotent-Replayed: true\r\n", true)] {
            let answer = answer_to(&http(200, header, &made("succeeded", status))).await;
            let Answer::Created { refund, is_replayed } = answer else { panic!("{answer:?}") };
            assert_eq!((refund.status, is_replayed), (expected.clone(), expected_replay));
            assert_eq!(refund.decision.as_deref(), Some("d1-0a"));
            assert_eq!(refund.amount.to_string(), "49.00 USD");
        }
    }
}

#[tokio::test]
async fn another_refund_than_asked_for_is_a_mismatch() {
    for (change, to, expected) in [
        ("\"ch_1\"", "\"ch_2\"", "charge"),
        ("\"ch_1\"", "null", "charge"),
        ("4900", "4901", "amount"),
        ("4900", "-4900", "amount"),
        ("\"usd\"", "\"eur\"", "currency"),
        ("\"usd\"", "\"zzz\"", "currency"),
        ("d1-0a", "d1-0b", "decision"),
        ("{\"decision\":\"d1-0a\"}", "null", "decision"),
    ] {
        let answer = answer_to(&http(200, "", &made(change, to))).await;
        let Answer::Mismatch { refund, differs, is_replayed: false } = answer else {
            panic!("{change} {to}: {answer:?}")
        };
        assert_eq!((refund.unwrap().as_str(), differs), ("re_1", vec![expected]), "{to}");
    }
}

#[tokio::test]
async fn a_200_that_cannot_be_read_leaves_it_unknown() {
    let whole = made("", "");
    for body in ["", "{}", "null", "[]", "<html>ok</html>", &whole[..whole.len() - 1]] {
        let answer = answer_to(&http(200, "", body)).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{body}: {answer:?}");
    }
    for (change, to) in [
        ("\"refund\"", "\"charge\""),
        ("4900", "49.5"),
        ("4900", "\"4900\""),
        ("\"re_1\"", "\"\""),
        ("1795420000", "99999999999999999"),
    ] {
        let answer = answer_to(&http(200, "", &made(change, to))).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{change} {to}: {answer:?}");
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let refused = |kind, code: Option<&str>, param: Option<&str>| Answer::Refused {
        kind,
        code: code.map(str::to_owned),
        param: param.map(str::to_owned),
        is_replayed: false,
    };
    let code = |code: &str| error(&format!(r#""type":"invalid_request_error","code":"{code}""#));
    for (status, body, expected) in [
        (
            400,
            code("charge_already_refunded"),
            refused(RefusedKind::AlreadyRefunded, Some("charge_already_refunded"), None),
        ),
        (
            400,
            error(r#""type":"invalid_request_error","param":"amount""#),
            refused(RefusedKind::TooMuch, None, Some("amount")),
        ),
        (
            400,
            code("amount_too_large"),
            refused(RefusedKind::TooMuch, Some("amount_too_large"), None),
        ),
        (
            400,
            code("charge_disputed"),
            refused(RefusedKind::Disputed, Some("charge_disputed"), None),
        ),
        (
            400,
            code("refund_disputed_payment"),
            refused(RefusedKind::Disputed, Some("refund_disputed_payment"), None),
        ),
        (
            400,
            code("charge_not_refundable"),
            refused(RefusedKind::NotRefundable, Some("charge_not_refundable"), None),
        ),
        (
            400,
            error(r#""type":"invalid_request_error","code":"resource_missing","param":"charge""#),
            refused(RefusedKind::Missing, Some("resource_missing"), Some("charge")),
        ),
        (
            404,
            error(r#""type":"invalid_request_error","param":"id""#),
            refused(RefusedKind::Missing, None, Some("id")),
        ),
        (
            400,
            error(r#""type":"invalid_request_error","code":"parameter_unknown","param":"x""#),
            refused(RefusedKind::Other, Some("parameter_unknown"), Some("x")),
        ),
        (
            400,
            error(r#""code":"parameter_invalid_integer","param":"amount""#),
            refused(RefusedKind::Other, Some("parameter_invalid_integer"), Some("amount")),
        ),
        (402, code("balance_insufficient"), {
            refused(RefusedKind::Other, Some("balance_insufficient"), None)
        }),
        (400, error(r#""type":"idempotency_error""#), Answer::KeyMisused),
        (409, code("idempotency_key_in_use"), Answer::KeyInUse),
    ] {
        assert_eq!(answer_to(&http(status, "", &body)).await, expected, "{status} {body}");
    }
    let replayed = "Idempotent-Replayed: true\r\n";
    let answer = answer_to(&http(400, replayed, &code("charge_disputed"))).await;
    assert!(matches!(answer, Answer::Refused { is_replayed: true, .. }), "{answer:?}");
}

#[tokio::test]
async fn what_stripe_did_not_look_at_is_told_apart() {
    let body = error(r#""type":"invalid_request_error","code":"lock_timeout""#);
    for (headers, retry_after_ms) in [("Retry-After: 3\r\n", Some(3_000)), ("", None)] {
        let answer = answer_to(&http(429, headers, &body)).await;
        assert_eq!(answer, Answer::Throttled { retry_after_ms });
    }
    let lacking = r#"{"error":{"type":"invalid_request_error","message":"The provided key 'rk_test_*' does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_charge_write' permission would allow this request to continue."}}"#;
    assert_eq!(
        answer_to(&http(403, "", lacking)).await,
        Answer::Unauthorized { status: 403, permission: Some("rak_charge_write".to_owned()) }
    );
    assert_eq!(
        answer_to(&http(401, "", &error(r#""type":"invalid_request_error""#))).await,
        Answer::Unauthorized { status: 401, permission: None }
    );
}

#[tokio::test]
async fn every_other_answer_leaves_it_unknown() {
    let body = error(r#""type":"api_error""#);
    for status in [201, 204, 300, 304, 405, 408, 421, 424, 425, 500, 501, 502, 503, 504, 529] {
        let body = if matches!(status, 204 | 304) { "" } else { &body };
        let answer = answer_to(&http(status, "Stripe-Should-Retry: true\r\n", body)).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{status}: {answer:?}");
    }
    // What stands between may answer in Stripe's place, and its word closes nothing.
    for status in [400, 401, 402, 403, 404, 409, 429] {
        for body in ["<h1>Blocked</h1>", "", "{}", "{\"error\":\"busy\"}"] {
            let answer = answer_to(&http(status, "", body)).await;
            assert!(matches!(answer, Answer::Unknown { .. }), "{status} {body}: {answer:?}");
        }
    }
    let conflict = error(r#""type":"invalid_request_error","code":"something_else""#);
    let answer = answer_to(&http(409, "", &conflict)).await;
    assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_leaves_it_unknown() {
    let whole = http(200, "", &made("", ""));
    for length in [0, 10, whole.len() / 2, whole.len() - 1] {
        let answer = answer_to(&whole[..length]).await;
        assert!(matches!(answer, Answer::Unknown { .. }), "{length} bytes: {answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_it_unknown() {
    let (listener, url) = listen().await;
    let client = client(url, 0);
    let silent = async {
        let connection = listener.accept().await.unwrap();
        std::future::pending::<()>().await;
        drop(connection);
    };
    tokio::select! {
        () = silent => unreachable!("it never ends"),
        answer = ask(&client, Duration::from_millis(100), LARGEST_ANSWER) => {
            let Answer::Unknown { why } = answer else { panic!("{answer:?}") };
            assert!(why.starts_with("no answer in time"), "{why}");
        }
    }
}

#[tokio::test]
async fn too_large_an_answer_leaves_it_unknown() {
    let (listener, url) = listen().await;
    let client = client(url, 0);
    let answer = http(200, "", &made("", ""));
    let (answer, _) = tokio::join!(ask(&client, SOON, 100), answer_with(&listener, &answer));
    assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
}

#[tokio::test]
async fn a_redirect_is_never_followed() {
    let (listener, url) = listen().await;
    let (elsewhere, other_url) = listen().await;
    for status in [301, 302, 303, 307, 308] {
        let client = client(url.clone(), 0);
        let answer = http(status, &format!("Location: {other_url}/v1/refunds\r\n"), "");
        let both = async {
            tokio::join!(ask(&client, SOON, LARGEST_ANSWER), answer_with(&listener, &answer)).0
        };
        tokio::select! {
            biased;
            _ = elsewhere.accept() => panic!("{status} was followed"),
            answer = both => assert!(matches!(answer, Answer::Unknown { .. }), "{status}"),
        }
    }
}

#[tokio::test]
async fn a_redirect_to_nowhere_does_not_count_as_not_sent() {
    let (listener, url) = listen().await;
    let (elsewhere, other_url) = listen().await;
    drop(elsewhere);
    let client = client(url, 0);
    let answer = http(307, &format!("Location: {other_url}/v1/refunds\r\n"), "");
    let (answer, _) =
        tokio::join!(ask(&client, SOON, LARGEST_ANSWER), answer_with(&listener, &answer));
    assert!(matches!(answer, Answer::Unknown { .. }), "{answer:?}");
}

#[tokio::test]
async fn no_connection_is_not_sent() {
    let (listener, url) = listen().await;
    drop(listener);
    let answer = ask(&client(url.clone(), 0), SOON, LARGEST_ANSWER).await;
    let Answer::NotSent { why } = answer else { panic!("{answer:?}") };
    assert!(why.contains("refused"), "{why}");
}

#[tokio::test]
async fn only_the_approved_refund_is_sent() {
    let (listener, url) = listen().await;
    let client = client(url, 0);
    let key: IdempotencyKey = KEY.parse().unwrap();
    let body = String::from_utf8(frozen_body()).unwrap();
    for (change, to, expected) in [
        ("charge=ch_1", "charge=ch_2", "the charge"),
        ("charge=ch_1&", "", "the charge"),
        ("amount=4900", "amount=4901", "the amount"),
        ("amount=4900", "amount=04900", "the amount"),
        ("amount=4900&", "", "the amount"),
        ("reason=duplicate", "reason=fraudulent", "the reason"),
        ("reason=duplicate&", "", "the reason"),
        ("metadata%5Bdecision%5D=d1-0a&", "", "the decision"),
        ("=d1-0a", "=", "the decision"),
        ("charge=ch_1", "charge=ch_1&charge=ch_1", "a parameter given twice"),
        ("amount=4900", "amount=4900&amount=1", "a parameter given twice"),
        ("charge=ch_1", "charge=ch_1&reverse_transfer=true", "a parameter that no refund has"),
        ("charge=ch_1", "charge=ch_1&payment_intent=pi_1", "a parameter that no refund has"),
        ("charge=ch_1", "charge=ch_1&metadata=", "a parameter that no refund has"),
    ] {
        let changed = body.replacen(change, to, 1);
        assert_ne!(changed, body, "{change}");
        let frozen = Frozen { body: changed.as_bytes(), key: &key };
        let approved = refund();
        tokio::select! {
            biased;
            answer = send(&client, &approved, &frozen, SOON, LARGEST_ANSWER) => {
                assert_eq!(answer, Answer::NotApproved { what: expected }, "{changed}");
            }
            _ = listener.accept() => panic!("sent {changed}"),
        }
    }
}
