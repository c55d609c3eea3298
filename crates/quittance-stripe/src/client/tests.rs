//! Reading, against a server that says what no test account would.

use serde_json::Value;

use super::*;
use crate::stub::{KEY, answer_all, answer_with, client, http, listen};

fn made(options: &Options, key: &str) -> Result<Client, Error> {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(reqwest::Client::builder(), options, &SecretString::from(key))
}

/// Asks for one object while the server gives these answers, and tells the requests it got.
async fn ask(retries: usize, answers: &[Vec<u8>]) -> (Result<Value, Error>, Vec<String>) {
    let (listener, url) = listen().await;
    let client = client(url, retries);
    let get = client.get("read a thing", &["v1", "things", "t/../1"], &[("expand[]", "a b")]);
    tokio::join!(get, answer_all(&listener, answers))
}

const ERROR: &str = r#"{"error":{"type":"api_error","code":"odd","message":"for people"}}"#;

#[tokio::test]
async fn the_request_names_version_key_and_path() {
    let (answer, requests) = ask(0, &[http(200, "", "{}")]).await;
    assert_eq!(answer.unwrap(), serde_json::json!({}));
    let lines: Vec<&str> = requests[0].lines().collect();
    assert_eq!(lines[0], "GET /v1/things/t%2F..%2F1?expand%5B%5D=a+b HTTP/1.1");
    assert!(lines.contains(&"stripe-version: 2026-10-28.endive"), "{lines:?}");
    assert!(lines.contains(&"authorization: Bearer sk_test_made_up"), "{lines:?}");
}

#[tokio::test]
async fn statuses_are_told_apart() {
    let error =
        async |status, headers| ask(0, &[http(status, headers, ERROR)]).await.0.unwrap_err();
    assert!(matches!(error(401, "").await, Error::Denied { status: 401, .. }));
    assert!(matches!(error(403, "").await, Error::Denied { status: 403, .. }));
    assert!(matches!(error(404, "").await, Error::Missing { .. }));
    let refused = error(400, "").await;
    assert!(
        matches!(&refused, Error::Refused { status: 400, code: Some(code), .. } if code == "odd")
    );
    let throttled = error(429, "Retry-After: 2\r\n").await;
    assert!(matches!(throttled, Error::Throttled { retry_after_ms: Some(2_000), .. }));
    for status in [302, 409, 424, 500, 503] {
        assert!(matches!(error(status, "").await, Error::Failing { .. }), "{status}");
    }
}

#[tokio::test]
async fn stripe_decides_whether_to_ask_again() {
    let good = http(200, "", "{}");
    // Each list of answers is exactly what the server is asked for: one more would hang, one less
    // would be a missing request.
    let (answer, _) = ask(2, &[http(500, "Stripe-Should-Retry: false\r\n", ERROR)]).await;
    assert!(matches!(answer, Err(Error::Failing { status: 500, .. })));
    let (answer, _) =
        ask(2, &[http(400, "Stripe-Should-Retry: true\r\n", ERROR), good.clone()]).await;
    assert!(answer.is_ok());
    let (answer, _) = ask(2, &[http(302, "Location: /elsewhere\r\n", "")]).await;
    assert!(matches!(answer, Err(Error::Failing { status: 302, .. })));
    let (answer, _) = ask(2, &[http(409, "", ERROR), http(503, "", ""), good]).await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn who_is_asked_to_wait_long_gives_up_at_once() {
    let (answer, _) = ask(2, &[http(429, "Retry-After: 60\r\n", ERROR)]).await;
    let error = answer.unwrap_err();
    assert!(matches!(error, Error::Throttled { retry_after_ms: Some(60_000), .. }), "{error:?}");
}

#[tokio::test]
async fn stripes_time_is_remembered() {
    let (listener, url) = listen().await;
    let client = client(url, 0);
    assert_eq!(client.last_date(), None);
    let answer = http(404, "Date: Mon, 23 Nov 2026 09:46:40 GMT\r\n", ERROR);
    let (_, _) =
        tokio::join!(client.get::<Value>("x", &["x"], &[]), answer_with(&listener, &answer));
    assert_eq!(client.last_date().unwrap().to_string(), "2026-11-23T09:46:40Z");
    let answer = http(404, "Date: tomorrow\r\n", ERROR);
    let (_, _) =
        tokio::join!(client.get::<Value>("x", &["x"], &[]), answer_with(&listener, &answer));
    assert_eq!(client.last_date().unwrap().to_string(), "2026-11-23T09:46:40Z");
}

#[derive(Debug, Deserialize)]
struct Thing {
    id: String,
}

impl Entry for Thing {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Lists while the server gives the same answer again and again, and tells what was asked.
async fn list_of(answer: Vec<u8>) -> (Result<Vec<Thing>, Error>, Vec<String>) {
    let (listener, url) = listen().await;
    let client = client(url, 0);
    let mut requests = Vec::new();
    let serve = async {
        loop {
            requests.push(answer_with(&listener, &answer).await);
        }
    };
    let result = tokio::select! {
        result = client.list("list things", &["v1", "things"], &[("customer", "cus_1")]) => result,
        () = serve => unreachable!("it serves for ever"),
    };
    (result, requests)
}

#[tokio::test]
async fn a_list_has_a_bound() {
    let page = r#"{"object":"list","data":[{"id":"t_1"}],"has_more":true}"#;
    let (result, requests) = list_of(http(200, "", page)).await;
    assert!(matches!(result, Err(Error::TooMuch { bound: 2_000, .. })), "{result:?}");
    assert_eq!(requests.len(), MOST_PAGES);
    let last = requests.last().unwrap();
    assert!(last.contains("customer=cus_1&limit=100&starting_after=t_1 "), "{last}");
}

#[tokio::test]
async fn a_list_that_never_moves_is_unreadable() {
    let page = r#"{"object":"list","data":[],"has_more":true}"#;
    let (result, requests) = list_of(http(200, "", page)).await;
    assert!(matches!(result, Err(Error::Unreadable { .. })), "{result:?}");
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_setting_that_cannot_be_right_is_named() {
    let url = |base_url: &str| Options { base_url: base_url.to_owned(), ..Options::default() };
    for (options, key, setting) in [
        (url("stripe"), KEY, "stripe.base_url"),
        (url("http://api.stripe.com"), KEY, "stripe.base_url"),
        (url("ftp://api.stripe.com"), KEY, "stripe.base_url"),
        (url("https://me@api.stripe.com"), KEY, "stripe.base_url"),
        (url("https://api.stripe.com?x"), KEY, "stripe.base_url"),
        (Options { timeout_ms: 0, ..Options::default() }, KEY, "stripe.timeout_ms"),
        (
            Options { requests_per_second: 0, ..Options::default() },
            KEY,
            "stripe.requests_per_second",
        ),
        (Options { version: "a\nb".to_owned(), ..Options::default() }, KEY, "stripe.version"),
        (Options::default(), "", "stripe key"),
        (Options::default(), "  ", "stripe key"),
        (Options::default(), "sk_test_x\n", "stripe key"),
        (Options::default(), "pk_test_made_up", "stripe key"),
        (Options::default(), "whsec_made_up", "stripe key"),
    ] {
        let Err(Error::Setting { setting: named, problem }) = made(&options, key) else {
            panic!("{options:?} {key:?}")
        };
        assert_eq!(named, setting, "{options:?} {key:?}: {problem}");
        assert!(!problem.contains("made_up"), "{problem}");
    }
    for base_url in
        ["http://127.0.0.1:8420", "http://localhost:1/", "http://[::1]:1", "https://x/y"]
    {
        assert!(made(&url(base_url), KEY).is_ok(), "{base_url}");
    }
    assert!(!made(&Options::default(), KEY).unwrap().is_live_key());
    assert!(made(&Options::default(), "rk_live_made_up").unwrap().is_live_key());
}

#[test]
fn nothing_that_is_printed_shows_the_key() {
    let client = made(&Options::default(), KEY).unwrap();
    assert_eq!(format!("{client:?}"), "Client { base: \"https://api.stripe.com/\", .. }");
}
