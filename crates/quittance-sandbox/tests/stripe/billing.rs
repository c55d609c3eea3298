//! Subscriptions, invoices and what was seeded.

use jiff::Timestamp;
use quittance_core::money::{Currency, Money};
use quittance_sandbox::stripe::{Card, ChargeSeed, SubscriptionSeed};
use serde_json::json;

use crate::harness::Sandbox;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn seconds(text: &str) -> serde_json::Value {
    json!(at(text).as_second())
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD).unwrap()
}

/// Subscribed in September, renewed in October and November.
fn pro_monthly(customer: &str) -> SubscriptionSeed {
    SubscriptionSeed {
        customer: customer.to_owned(),
        plan: "pro-monthly".to_owned(),
        amount: usd(4900),
        interval: "month".to_owned(),
        paid: ["2026-09-30T10:00:00Z", "2026-10-30T10:00:00Z", "2026-11-30T10:00:00Z"]
            .map(at)
            .to_vec(),
        card: Card::default(),
    }
}

#[tokio::test]
async fn a_seeded_subscription_has_invoices_payments_and_charges() {
    let mut sandbox = Sandbox::start().await;
    let customer = sandbox.stripe.create_customer("ana@example.org", "Ana", &[("user", "7")]);
    let made = sandbox.stripe.subscribe(&pro_monthly(&customer));
    assert_eq!((made.invoices.len(), made.charges.len()), (3, 3));
    assert_eq!(sandbox.delivered(), Vec::<String>::new(), "the past makes no noise");

    let charges = sandbox.get("/v1/charges", &format!("customer={customer}")).await;
    let mut newest_first = made.charges.clone();
    newest_first.reverse();
    assert_eq!(charges.rows("id"), newest_first);
    let since = at("2026-10-01T00:00:00Z").as_second();
    let recent =
        sandbox.get("/v1/charges", &format!("customer={customer}&created[gte]={since}")).await;
    assert_eq!(recent.rows("id"), newest_first[..2]);

    let query = format!("customer={customer}&expand[]=data.payments");
    let invoices = sandbox.get("/v1/invoices", &query).await;
    assert_eq!(
        invoices.rows("billing_reason"),
        ["subscription_cycle", "subscription_cycle", "subscription_create"]
    );
    let newest = &invoices.body["data"][0];
    assert_eq!(newest["status"], "paid");
    assert_eq!(
        newest["parent"]["subscription_details"]["subscription"],
        made.subscription.as_str()
    );
    let line = &newest["lines"]["data"][0];
    let price = line["pricing"]["price_details"]["price"].as_str().unwrap();
    let price = sandbox.get(&format!("/v1/prices/{price}"), "expand[]=product").await;
    assert_eq!(
        (&price.body["lookup_key"], &price.body["product"]["name"]),
        (&json!("pro-monthly"), &json!("pro-monthly"))
    );
    let payment = &newest["payments"]["data"][0]["payment"];
    let intent = charges.body["data"][0]["payment_intent"].as_str().unwrap();
    assert_eq!(payment, &json!({"payment_intent": intent, "type": "payment_intent"}));
    let query = format!("payment[type]=payment_intent&payment[payment_intent]={intent}");
    let payments = sandbox.get("/v1/invoice_payments", &query).await;
    assert_eq!(payments.rows("invoice"), [newest["id"].as_str().unwrap()]);

    let subscription = sandbox.get(&format!("/v1/subscriptions/{}", made.subscription), "").await;
    let item = &subscription.body["items"]["data"][0];
    assert_eq!(item["current_period_start"], seconds("2026-11-30T10:00:00Z"));
    assert_eq!(item["current_period_end"], seconds("2026-12-30T10:00:00Z"));
    assert_eq!(item["price"]["lookup_key"], "pro-monthly");
    let query = format!("subscription={}&limit=1", made.subscription);
    let items = sandbox.get("/v1/subscription_items", &query).await;
    assert_eq!(items.body["data"], json!([item]));
    let alone = sandbox.get(&format!("/v1/subscription_items/{}", items.rows("id")[0]), "").await;
    assert_eq!(&alone.body, item);
    assert_eq!(sandbox.get("/v1/subscription_items/si_nope", "").await.status, 404);
}

#[tokio::test]
async fn a_subscription_ends_with_its_period_or_now() {
    let mut sandbox = Sandbox::start().await;
    let customer = sandbox.stripe.create_customer("ana@example.org", "Ana", &[]);
    let id = sandbox.stripe.subscribe(&pro_monthly(&customer)).subscription;
    let path = format!("/v1/subscriptions/{id}");
    let ending = sandbox.post(&path, "cancel_at_period_end=true&metadata[why]=asked").await;
    assert_eq!(ending.body["cancel_at"], seconds("2026-12-30T10:00:00Z"));
    assert_eq!(
        (&ending.body["status"], &ending.body["canceled_at"]),
        (&json!("active"), &seconds("2026-11-23T12:00:00Z"))
    );
    let kept = sandbox.post(&path, "cancel_at_period_end=false").await;
    assert_eq!((&kept.body["cancel_at"], &kept.body["canceled_at"]), (&json!(null), &json!(null)));

    let query = "prorate=false&invoice_now=false&cancellation_details[comment]=too%20dear";
    let ended = sandbox.delete(&path, query).await;
    assert_eq!(ended.body["status"], "canceled");
    assert_eq!(ended.body["cancellation_details"]["comment"], "too dear");
    assert_eq!(sandbox.delete(&path, "").await.error().2, Some("resource_missing"));
    let refused = sandbox.post(&path, "cancel_at_period_end=true").await;
    assert_eq!(refused.error().2, Some("invalid_canceled_subscription_fields"));
    assert_eq!(sandbox.stripe.refunds(), Vec::<serde_json::Value>::new(), "no money moves");

    let list = |status: &str| format!("customer={customer}{status}");
    assert_eq!(sandbox.get("/v1/subscriptions", &list("")).await.rows("id").len(), 0);
    assert_eq!(
        sandbox.get("/v1/subscriptions", &list("&status=all")).await.rows("id"),
        [id.as_str()]
    );
    assert_eq!(
        sandbox.get("/v1/subscriptions", &list("&status=canceled")).await.rows("id"),
        [id.as_str()]
    );
    assert_eq!(
        sandbox.delivered(),
        [
            "customer.subscription.updated",
            "customer.subscription.updated",
            "customer.subscription.deleted"
        ]
    );
}

#[tokio::test]
async fn a_subscription_made_through_the_api_bills_its_first_period() {
    let mut sandbox = Sandbox::start().await;
    let form = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let customer = sandbox.post("/v1/customers", form).await.id();
    let product = sandbox.post("/v1/products", "name=Pro").await.id();
    let form = format!("product={product}&unit_amount=1500&currency=usd&recurring[interval]=year");
    let price = sandbox.post("/v1/prices", &form).await.id();
    let form = format!("customer={customer}&items[0][price]={price}&items[0][quantity]=2");
    let made = sandbox
        .post("/v1/subscriptions", &format!("{form}&expand[]=latest_invoice.payments"))
        .await;
    assert_eq!(made.body["status"], "active");
    assert_eq!(made.body["latest_invoice"]["total"], 3000);
    assert_eq!(made.body["latest_invoice"]["payments"]["data"][0]["status"], "paid");
    assert_eq!(
        made.body["items"]["data"][0]["current_period_end"],
        seconds("2027-11-23T12:00:00Z")
    );
    let kinds = sandbox.delivered();
    for kind in
        ["invoice.created", "invoice.paid", "charge.succeeded", "customer.subscription.created"]
    {
        assert_eq!(kinds.iter().filter(|seen| *seen == kind).count(), 1, "{kind} in {kinds:?}");
    }
    let bare = sandbox.post("/v1/customers", "name=B").await.id();
    let refused = sandbox
        .post("/v1/subscriptions", &format!("customer={bare}&items[0][price]={price}"))
        .await;
    assert_eq!(refused.error().2, Some("resource_missing"));
    let unknown = format!("customer={customer}&items[0][price]=price_nope");
    let unknown = sandbox.post("/v1/subscriptions", &unknown).await;
    assert_eq!(
        unknown.error(),
        (400, "invalid_request_error", Some("resource_missing"), Some("items[0][price]"))
    );
}

#[tokio::test]
async fn an_invoice_goes_from_draft_to_paid_to_credited() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.post("/v1/customers", "email=a@b.org").await.id();
    let item = format!("customer={customer}&amount=2000&currency=usd&description=Work");
    sandbox.post("/v1/invoiceitems", &item).await.id();
    let form = format!("customer={customer}&pending_invoice_items_behavior=include");
    let draft = sandbox.post("/v1/invoices", &form).await;
    assert_eq!((&draft.body["status"], &draft.body["total"]), (&json!("draft"), &json!(2000)));
    let path = format!("/v1/invoices/{}", draft.id());
    let lines = sandbox.get(&format!("{path}/lines"), "").await;
    assert_eq!(lines.rows("description"), ["Work"]);
    let paid = sandbox.post(&format!("{path}/pay"), "payment_method=pm_card_visa").await;
    assert_eq!((&paid.body["status"], &paid.body["amount_paid"]), (&json!("paid"), &json!(2000)));
    assert_eq!(sandbox.post(&format!("{path}/void"), "").await.status, 400);
    assert_eq!(sandbox.delete(&path, "").await.status, 400);

    let charge =
        sandbox.get("/v1/charges", &format!("customer={customer}")).await.rows("id")[0].clone();
    let refund = sandbox.post("/v1/refunds", &format!("charge={charge}&amount=500")).await.id();
    let invoice = draft.id();
    let note = format!(
        "invoice={invoice}&amount=500&refunds[0][refund]={refund}&refunds[0][amount_refunded]=500&email_type=none"
    );
    let note = sandbox.post("/v1/credit_notes", &note).await;
    assert_eq!(
        (&note.body["type"], &note.body["post_payment_amount"]),
        (&json!("post_payment"), &json!(500))
    );
    let seen = sandbox.get(&path, "").await;
    assert_eq!(
        (&seen.body["status"], &seen.body["post_payment_credit_notes_amount"]),
        (&json!("paid"), &json!(500))
    );
    let unbalanced =
        sandbox.post("/v1/credit_notes", &format!("invoice={invoice}&amount=400")).await;
    assert_eq!(unbalanced.status, 400);
}

#[tokio::test]
async fn a_snapshot_shows_refunds_and_disputes_of_each_charge() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.stripe.create_customer("ana@example.org", "Ana", &[]);
    let seed = |created: &str| ChargeSeed {
        customer: Some(customer.clone()),
        amount: usd(4900),
        created: at(created),
        description: Some("Pro".to_owned()),
        card: Card::default(),
    };
    let old = sandbox.stripe.charge(&seed("2026-11-01T00:00:00Z"));
    let new = sandbox.stripe.charge(&seed("2026-11-02T00:00:00Z"));
    let changes = sandbox.stripe.subscribe_changes();
    let before = *changes.borrow();
    let refund = sandbox.stripe.refund(&old, 900).unwrap();
    let dispute = sandbox.stripe.dispute(&new, "needs_response");
    assert!(*changes.borrow() > before);
    assert_eq!(sandbox.stripe.refund(&old, 4001), None, "more than is left");
    let shown = sandbox.stripe.snapshot(&customer);
    assert_eq!(shown["customer"]["name"], "Ana");
    let charges = shown["charges"].as_array().unwrap();
    assert_eq!((&charges[0]["id"], &charges[1]["id"]), (&json!(new), &json!(old)));
    assert_eq!(charges[0]["disputes"][0]["id"], dispute.as_str());
    assert_eq!(charges[1]["refunds"][0]["id"], refund.as_str());
    assert_eq!(charges[1]["amount_refunded"], 900);
    let methods = sandbox.get("/v1/payment_methods", &format!("customer={customer}")).await;
    assert_eq!(methods.rows("id").len(), 1, "one card, however often it paid");
}

#[tokio::test]
async fn products_prices_and_coupons_are_kept() {
    let sandbox = Sandbox::start().await;
    let product = sandbox.post("/v1/products", "name=Pro&metadata[a]=1").await.id();
    let form = format!("product={product}&unit_amount=500&currency=jpy&lookup_key=yen");
    let price = sandbox.post("/v1/prices", &form).await;
    assert_eq!(
        (&price.body["type"], &price.body["unit_amount_decimal"]),
        (&json!("one_time"), &json!("500"))
    );
    assert_eq!(
        sandbox.get("/v1/prices", "lookup_keys[]=yen&active=true").await.rows("id"),
        [price.id()]
    );
    assert_eq!(sandbox.get("/v1/prices", "lookup_keys[]=other").await.rows("id").len(), 0);
    assert_eq!(sandbox.post("/v1/prices", &form).await.error().3, Some("lookup_key"));
    let coupon = sandbox.post("/v1/coupons", "percent_off=12.5&id=SAVE").await;
    assert_eq!(
        (&coupon.body["percent_off"], &coupon.body["duration"]),
        (&json!(12.5), &json!("once"))
    );
    assert_eq!(sandbox.get("/v1/coupons/SAVE", "").await.body, coupon.body);
    assert_eq!(
        sandbox.post("/v1/coupons", "percent_off=10&amount_off=5&currency=usd").await.status,
        400
    );
    assert_eq!(sandbox.delete("/v1/coupons/SAVE", "").await.body["deleted"], true);
    assert_eq!(sandbox.get("/v1/coupons/SAVE", "").await.status, 404);
}
