use super::*;

const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"refund.failed"}"#;
const TIME: i64 = 1_795_420_000;
/// HMAC-SHA256 of `1795420000.` and the body, made with Python's `hmac`.
const WITH_NEW: &str = "f472d598d11cf3658022c2f3b0487e3c50c5e9d01b8831373302f8095bcd1284";
const WITH_OLD: &str = "203b9f3a3dfa445c80c99dcc5bdf0c3a9e65df909bc6096b35a9bad47dacba78";

fn secrets(texts: &[&str]) -> Vec<SecretString> {
    texts.iter().map(|&text| SecretString::from(text)).collect()
}

fn verify_at(second: i64, header: &str, texts: &[&str]) -> Result<(), SignatureError> {
    verify(BODY, header, &secrets(texts), Timestamp::from_second(second).unwrap())
}

const NEW: &[&str] = &["whsec_test_secret"];
const BOTH: &[&str] = &["whsec_test_secret", "whsec_old"];

#[test]
fn any_signature_may_fit_any_secret() {
    let one = format!("t={TIME},v1={WITH_NEW}");
    let old = format!("t={TIME},v1={WITH_OLD}");
    let two = format!("t={TIME},v1={WITH_OLD},v1={WITH_NEW},v0=00");
    assert_eq!(verify_at(TIME, &one, NEW), Ok(()));
    assert_eq!(verify_at(TIME, &old, BOTH), Ok(()));
    assert_eq!(verify_at(TIME, &two, NEW), Ok(()));
    assert_eq!(verify_at(TIME, &old, NEW), Err(SignatureError::Mismatch));
}

#[test]
fn other_schemes_count_for_nothing() {
    let header = format!("t={TIME},v0={WITH_NEW}");
    assert_eq!(verify_at(TIME, &header, NEW), Err(SignatureError::Malformed));
}

#[test]
fn one_changed_byte_does_not_fit() {
    let header = format!("t={TIME},v1={WITH_NEW}");
    let now = Timestamp::from_second(TIME).unwrap();
    for index in 0..BODY.len() {
        let mut changed = BODY.to_vec();
        changed[index] ^= 1;
        assert_eq!(
            verify(&changed, &header, &secrets(NEW), now),
            Err(SignatureError::Mismatch),
            "byte {index}"
        );
    }
    let other_time = format!("t={},v1={WITH_NEW}", TIME + 1);
    assert_eq!(verify_at(TIME, &other_time, NEW), Err(SignatureError::Mismatch));
}

#[test]
fn a_signature_is_good_for_five_minutes_both_ways() {
    let header = format!("t={TIME},v1={WITH_NEW}");
    for (apart, expected) in [
        (300, Ok(())),
        (-300, Ok(())),
        (301, Err(SignatureError::NotNow)),
        (-301, Err(SignatureError::NotNow)),
    ] {
        assert_eq!(verify_at(TIME + apart, &header, NEW), expected, "{apart} s");
    }
}

#[test]
fn odd_headers_are_malformed() {
    let many = format!("t={TIME}{}", format!(",v1={WITH_OLD}").repeat(MOST_SIGNATURES + 1));
    let long = format!("t={TIME},v1={WITH_NEW},x={}", "y".repeat(LONGEST_HEADER));
    let twice = format!("t={TIME},t={TIME},v1={WITH_NEW}");
    let no_time = format!("v1={WITH_NEW}");
    let not_hex = format!("t={TIME},v1=zz");
    for header in ["", "t", "=", ",,,", &many, &long, &twice, &no_time, &not_hex] {
        assert_eq!(verify_at(TIME, header, NEW), Err(SignatureError::Malformed), "{header:.60}");
    }
}

#[test]
fn an_empty_secret_signs_nothing() {
    let header = format!("t={TIME},v1={WITH_NEW}");
    assert_eq!(verify_at(TIME, &header, &[]), Err(SignatureError::NoSecret));
    assert_eq!(verify_at(TIME, &header, &["", "  "]), Err(SignatureError::NoSecret));
}

#[test]
fn a_snapshot_says_what_it_is_about() {
    let event = read(
        br#"{"id":"evt_1","object":"event","api_version":"2026-10-28.endive","created":1795420000,
            "livemode":false,"pending_webhooks":1,"type":"refund.failed",
            "request":{"id":"req_1","idempotency_key":"q1-0a"},
            "data":{"object":{"object":"refund","id":"re_1","status":"failed","charge":"ch_1",
                "payment_intent":{"id":"pi_1","object":"payment_intent"}},
                "previous_attributes":{"status":"succeeded"}}}"#,
    )
    .unwrap();
    assert_eq!(
        event,
        Event {
            id: "evt_1".parse().unwrap(),
            kind: "refund.failed".to_owned(),
            api_version: Some("2026-10-28.endive".to_owned()),
            is_live: false,
            created: Timestamp::from_second(TIME).unwrap(),
            object: Some(("refund".to_owned(), "re_1".to_owned())),
            charge: Some("ch_1".parse().unwrap()),
            payment_intent: Some("pi_1".parse().unwrap()),
            customer: None,
            refund: Some("re_1".parse().unwrap()),
            idempotency_key: Some("q1-0a".parse().unwrap()),
        }
    );
}

#[test]
fn a_thin_event_is_named_like_its_snapshot() {
    let event = read(
        br#"{"id":"evt_2","object":"v2.core.event","type":"v1.charge.dispute.created",
            "created":"2026-11-23T09:46:40.000Z","livemode":true,
            "reason":{"type":"request","request":{"id":"req_1","idempotency_key":"not one of ours"}},
            "related_object":{"id":"ch_1","type":"charge","url":"/v1/charges/ch_1"}}"#,
    )
    .unwrap();
    assert_eq!((event.kind.as_str(), event.is_live), ("charge.dispute.created", true));
    assert_eq!(event.charge.unwrap().as_str(), "ch_1");
    assert_eq!((event.refund, event.idempotency_key), (None, None));
}

#[test]
fn an_event_of_an_old_version_is_understood() {
    let event = read(
        br#"{"id":"evt_3","object":"event","created":1,"type":"customer.updated","request":"req_1",
            "data":{"object":{"object":"customer","id":"cus_1","charge":null}}}"#,
    )
    .unwrap();
    assert_eq!(event.customer.unwrap().as_str(), "cus_1");
}

#[test]
fn what_is_no_event_is_unreadable_without_being_quoted() {
    for body in [
        &b"joe@example.com"[..],
        b"{}",
        br#"{"object":"list","data":[]}"#,
        br#"{"id":"","object":"event","created":1,"type":"x","data":{"object":{}}}"#,
        br#"{"id":"evt_1","object":"event","created":"joe@example.com","type":"x","data":{"object":{}}}"#,
    ] {
        let error = read(body).unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }));
        assert!(!error.to_string().contains("joe"), "{error}");
    }
}
