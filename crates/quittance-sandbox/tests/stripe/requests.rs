//! Keys, versions, forms, lists, expanding and search.

use quittance_sandbox::stripe::{Options, RestrictedKey};
use serde_json::json;

use crate::harness::{KEY, Sandbox};

const INVALID: &str = "invalid_request_error";

#[tokio::test]
async fn keys_are_asked_for() {
    let sandbox = Sandbox::start().await;
    let url = format!("{}/v1/charges", sandbox.base);
    let none = sandbox.send(sandbox.client.get(&url)).await;
    assert_eq!(none.error(), (401, INVALID, None, None));
    assert!(none.message().starts_with("You did not provide an API key."));
    let wrong = sandbox.send(sandbox.client.get(&url).bearer_auth("sk_test_made_up_abcd")).await;
    assert_eq!(wrong.error(), (401, INVALID, None, None));
    assert_eq!(wrong.message(), "Invalid API Key provided: sk_test_****abcd");
    assert!(wrong.header("request-id").unwrap().starts_with("req_"));
}

#[tokio::test]
async fn a_restricted_key_is_told_what_it_lacks() {
    let restricted = RestrictedKey {
        key: "rk_test_1234567890abcd".to_owned(),
        permissions: vec!["rak_charge_read".to_owned(), "rak_customer_write".to_owned()],
    };
    let sandbox =
        Sandbox::start_with(Options { restricted_keys: vec![restricted], ..Options::default() })
            .await;
    let ask = |method: &str, path: &str, form: &str| {
        let request = sandbox.request(method, path, form).build().unwrap();
        let (client, mut request) = (sandbox.client.clone(), request);
        let key = "Bearer rk_test_1234567890abcd".parse().unwrap();
        request.headers_mut().insert("authorization", key);
        reqwest::RequestBuilder::from_parts(client, request)
    };
    assert_eq!(sandbox.send(ask("GET", "/v1/charges", "")).await.status, 200);
    assert_eq!(
        sandbox.send(ask("GET", "/v1/customers", "")).await.status,
        200,
        "write implies read"
    );
    assert_eq!(sandbox.send(ask("POST", "/v1/customers", "name=A")).await.status, 200);
    let refused = sandbox.send(ask("POST", "/v1/refunds", "charge=ch_nope")).await;
    assert_eq!(refused.error(), (403, INVALID, None, None));
    assert_eq!(
        refused.message(),
        "The provided key 'rk_test_****abcd' does not have the required permissions for this endpoint on \
         account 'acct_sandbox'. Having the 'rak_charge_write' permission would allow this request to continue."
    );
}

#[tokio::test]
async fn one_version_is_spoken() {
    let sandbox = Sandbox::start().await;
    let url = format!("{}/v1/payment_intents", sandbox.base);
    let old = sandbox.client.get(&url).bearer_auth(KEY).header("stripe-version", "2024-06-20");
    assert_eq!(sandbox.send(old).await.status, 400);

    let form = "amount=100&currency=usd&payment_method_types[]=card";
    let removed = sandbox.post("/v1/payment_intents", form).await;
    assert_eq!(
        removed.error(),
        (400, INVALID, Some("parameter_unknown"), Some("payment_method_types"))
    );
    // Without the header an older default applies, as for the command line tool.
    let unpinned = sandbox
        .client
        .post(&url)
        .bearer_auth(KEY)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    assert_eq!(sandbox.send(unpinned).await.body["status"], "requires_payment_method");
}

#[tokio::test]
async fn what_is_not_an_endpoint_or_a_form_is_refused() {
    let sandbox = Sandbox::start().await;
    let unknown = sandbox.get("/v1/chargesx", "").await;
    assert_eq!(unknown.error(), (404, INVALID, None, None));
    assert!(unknown.message().starts_with("Unrecognized request URL (GET: /v1/chargesx)."));
    let url = format!("{}/v1/customers", sandbox.base);
    let request = sandbox.client.post(url).bearer_auth(KEY).json(&json!({"name": "A"}));
    assert_eq!(sandbox.send(request).await.error(), (400, INVALID, None, Some("body")));
}

#[tokio::test]
async fn customers_are_found_by_the_exact_email() {
    let sandbox = Sandbox::start().await;
    let ana =
        sandbox.post("/v1/customers", "email=Ana@example.org&name=Ana&metadata[user]=7").await.id();
    let other = sandbox.post("/v1/customers", "email=ben@example.org").await.id();
    let found = sandbox.get("/v1/customers", "email=Ana@example.org").await;
    assert_eq!(found.rows("id"), [ana.as_str()]);
    let lower = sandbox.get("/v1/customers", "email=ana@example.org").await;
    assert_eq!(lower.rows("id"), Vec::<String>::new(), "the filter is case-sensitive");
    let search = sandbox
        .get("/v1/customers/search", "query=email:\"ana@EXAMPLE.org\" AND metadata[\"user\"]:\"7\"")
        .await;
    assert_eq!(search.rows("id"), [ana.as_str()]);
    assert_eq!(
        sandbox.get("/v1/customers/search", "query=nonsense").await.error().3,
        Some("query")
    );

    let path = format!("/v1/customers/{ana}");
    let moved = sandbox.post(&path, "email=ana@example.org&metadata[user]=").await;
    assert_eq!(moved.body["metadata"], json!({}));
    assert_eq!(sandbox.get("/v1/customers", "email=Ana@example.org").await.rows("id").len(), 0);
    assert_eq!(
        sandbox.get("/v1/customers", "email=ana@example.org").await.rows("id"),
        [ana.as_str()]
    );

    assert_eq!(sandbox.delete(&path, "").await.body["deleted"], true);
    assert_eq!(
        sandbox.get(&path, "").await.body,
        json!({"id": ana, "object": "customer", "deleted": true})
    );
    assert_eq!(sandbox.get("/v1/customers", "").await.rows("id"), [other.as_str()]);
    assert_eq!(sandbox.post(&path, "name=B").await.status, 404);
}

#[tokio::test]
async fn lists_are_cut_into_pages_newest_first() {
    let sandbox = Sandbox::start().await;
    let mut ids: Vec<String> = (0..25).map(|_| sandbox.charge(100, "usd")).collect();
    ids.reverse();
    let first = sandbox.get("/v1/charges", "").await;
    assert_eq!((first.rows("id"), &first.body["has_more"]), (ids[..10].to_vec(), &json!(true)));
    assert_eq!(first.body["url"], "/v1/charges");
    let second = sandbox.get("/v1/charges", &format!("limit=14&starting_after={}", ids[9])).await;
    assert_eq!((second.rows("id"), &second.body["has_more"]), (ids[10..24].to_vec(), &json!(true)));
    let third = sandbox.get("/v1/charges", &format!("limit=14&starting_after={}", ids[23])).await;
    assert_eq!((third.rows("id"), &third.body["has_more"]), (ids[24..].to_vec(), &json!(false)));
    let back = sandbox.get("/v1/charges", &format!("limit=5&ending_before={}", ids[10])).await;
    assert_eq!((back.rows("id"), &back.body["has_more"]), (ids[5..10].to_vec(), &json!(true)));
    let start = sandbox.get("/v1/charges", &format!("limit=5&ending_before={}", ids[3])).await;
    assert_eq!((start.rows("id"), &start.body["has_more"]), (ids[..3].to_vec(), &json!(false)));
    for (query, param) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("starting_after=ch_nope", "starting_after"),
        ("status=paid", "status"),
        ("customer=cus_nope", "customer"),
    ] {
        let refused = sandbox.get("/v1/charges", query).await;
        assert_eq!((refused.status, refused.error().3), (400, Some(param)), "{query}");
    }
}

#[tokio::test]
async fn answers_are_expanded() {
    let sandbox = Sandbox::start().await;
    let customer =
        sandbox.post("/v1/customers", "email=a@b.org&payment_method=pm_card_visa").await.id();
    let method =
        sandbox.get("/v1/payment_methods", &format!("customer={customer}")).await.rows("id")[0]
            .clone();
    let form =
        format!("amount=900&currency=eur&confirm=true&customer={customer}&payment_method={method}");
    let intent = sandbox
        .post("/v1/payment_intents", &format!("{form}&expand[]=latest_charge.balance_transaction"))
        .await;
    assert_eq!(intent.body["latest_charge"]["balance_transaction"]["amount"], 900);
    assert_eq!(intent.body["latest_charge"]["customer"], customer.as_str());
    let query = format!("customer={customer}&expand[]=data.refunds&expand[]=data.customer");
    let charges = sandbox.get("/v1/charges", &query).await;
    assert_eq!(charges.body["data"][0]["customer"]["email"], "a@b.org");
    assert_eq!(charges.body["data"][0]["refunds"]["data"], json!([]));
    let plain = sandbox.get("/v1/charges", &format!("customer={customer}")).await;
    assert_eq!(plain.body["data"][0].get("refunds"), None);
    for path in [
        "refunds",
        "data.amount",
        "data.nothing",
        "data.customer.subscriptions.data.latest_invoice.payments.data.invoice",
    ] {
        let refused = sandbox.get("/v1/charges", &format!("expand[]={path}")).await;
        assert_eq!(refused.error(), (400, INVALID, None, Some("expand")), "{path}");
    }
}

#[tokio::test]
async fn cards_decline_and_amounts_have_a_minimum() {
    let sandbox = Sandbox::start().await;
    let declined = sandbox
        .post("/v1/payment_intents", "amount=900&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedInsufficientFunds")
        .await;
    assert_eq!(declined.error(), (402, "card_error", Some("card_declined"), None));
    assert_eq!(declined.body["error"]["decline_code"], "insufficient_funds");
    assert_eq!(declined.body["error"]["payment_intent"]["status"], "requires_payment_method");
    for (form, code) in [
        ("amount=49&currency=usd&source=tok_visa", "amount_too_small"),
        ("amount=0&currency=usd&source=tok_visa", "parameter_invalid_integer"),
        ("amount=100000000&currency=usd&source=tok_visa", "amount_too_large"),
        ("currency=usd&source=tok_visa", "parameter_missing"),
        ("amount=100&currency=usd", "parameter_missing"),
        ("amount=100&currency=usd&source=tok_nope", "resource_missing"),
        ("amount=100&currency=usd&customer=cus_nope", "resource_missing"),
    ] {
        let refused = sandbox.post("/v1/charges", form).await;
        assert_eq!((refused.status, refused.error().2), (400, Some(code)), "{form}");
    }
    let paid = sandbox.post("/v1/charges", "amount=100&currency=usd&source=tok_visa").await;
    assert_eq!((&paid.body["paid"], &paid.body["source"]["last4"]), (&json!(true), &json!("4242")));
    let strange = sandbox.post("/v1/charges", "amount=100&currency=xxx&source=tok_visa").await;
    assert_eq!(strange.error().3, Some("currency"));
}

#[tokio::test]
async fn exchanges_are_kept_on_request() {
    let sandbox =
        Sandbox::start_with(Options { records_exchanges: true, ..Options::default() }).await;
    let answer = sandbox.post("/v1/customers", "name=A").await;
    let kept = sandbox.stripe.exchanges();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].method.as_str(), kept[0].path.as_str(), kept[0].form.as_str()),
        ("POST", "/v1/customers", "name=A")
    );
    let (status, body) = kept[0].answer.clone().unwrap();
    assert_eq!(
        (status, serde_json::from_str::<serde_json::Value>(&body).unwrap()),
        (200, answer.body)
    );
}
