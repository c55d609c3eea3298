//! Refunds: amounts, refusals, disputes, and what comes later.

use proptest::prelude::*;
use serde_json::json;

use crate::harness::Sandbox;

#[tokio::test]
async fn partial_refunds_add_up_to_the_whole() {
    let mut sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    let form = format!("charge={charge}&amount=1400&reason=duplicate&metadata[case]=c1");
    let first = sandbox.post("/v1/refunds", &form).await;
    assert_eq!(first.body["status"], "succeeded");
    assert_eq!(first.body["amount"], 1400);
    assert_eq!(first.body["reason"], "duplicate");
    assert_eq!(first.body["metadata"], json!({"case": "c1"}));
    let seen = sandbox.get(&format!("/v1/charges/{charge}"), "").await;
    assert_eq!(
        (&seen.body["amount_refunded"], &seen.body["refunded"]),
        (&json!(1400), &json!(false))
    );

    // Without an amount: everything that is left.
    let second = sandbox.post("/v1/refunds", &format!("charge={charge}")).await;
    assert_eq!(second.body["amount"], 3500);
    let seen = sandbox.get(&format!("/v1/charges/{charge}"), "expand[]=refunds").await;
    assert_eq!(
        (&seen.body["amount_refunded"], &seen.body["refunded"]),
        (&json!(4900), &json!(true))
    );
    let rows: Vec<_> =
        seen.body["refunds"]["data"].as_array().unwrap().iter().map(|row| &row["amount"]).collect();
    assert_eq!(rows, [&json!(3500), &json!(1400)], "newest first");

    let third = sandbox.post("/v1/refunds", &format!("charge={charge}")).await;
    assert_eq!(
        third.error(),
        (400, "invalid_request_error", Some("charge_already_refunded"), None)
    );
    assert_eq!(third.message(), format!("Charge {charge} has already been refunded."));
    assert_eq!(
        sandbox.delivered(),
        ["refund.created", "charge.refunded", "refund.created", "charge.refunded"]
    );
}

#[tokio::test]
async fn more_than_is_left_is_refused_without_a_code() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "eur");
    sandbox.post("/v1/refunds", &format!("charge={charge}&amount=1400")).await.id();
    let refused = sandbox.post("/v1/refunds", &format!("charge={charge}&amount=4900")).await;
    assert_eq!(refused.error(), (400, "invalid_request_error", None, Some("amount")));
    let expected = "Refund amount (€49.00) is greater than unrefunded amount on charge (€35.00)";
    assert_eq!(refused.message(), expected);
    assert_eq!(sandbox.stripe.refunds().len(), 1);
}

#[tokio::test]
async fn parameters_are_checked_before_anything_moves() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    let invalid = "invalid_request_error";
    for (form, code, param) in [
        ("bogus=1", Some("parameter_unknown"), Some("bogus")),
        ("description=x", Some("parameter_unknown"), Some("description")),
        ("amount=0", Some("parameter_invalid_integer"), Some("amount")),
        ("amount=-5", Some("parameter_invalid_integer"), Some("amount")),
        ("amount=12.5", Some("parameter_invalid_integer"), Some("amount")),
        ("amount=", Some("parameter_invalid_empty"), Some("amount")),
        ("amount=100000000", Some("amount_too_large"), Some("amount")),
        ("reason=because", None, Some("reason")),
        ("payment_intent=pi_1", Some("parameters_exclusive"), Some("charge")),
        ("expand[]=amount", None, Some("expand")),
        ("metadata=x", None, Some("metadata")),
    ] {
        let answer = sandbox.post("/v1/refunds", &format!("charge={charge}&{form}")).await;
        assert_eq!(answer.error(), (400, invalid, code, param), "{form}");
    }
    let none = sandbox.post("/v1/refunds", "amount=100").await;
    assert_eq!(none.error(), (400, invalid, Some("parameter_missing"), None));
    let unknown = sandbox.post("/v1/refunds", "charge=ch_nope").await;
    assert_eq!(unknown.error(), (404, invalid, Some("resource_missing"), Some("id")));
    assert_eq!(unknown.message(), "No such charge: 'ch_nope'");
    assert_eq!(sandbox.stripe.refunds(), Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn currencies_have_their_own_steps() {
    let sandbox = Sandbox::start().await;
    let yen = sandbox.charge(980, "jpy");
    let refused = sandbox.post("/v1/refunds", &format!("charge={yen}&amount=981")).await;
    assert_eq!(
        refused.message(),
        "Refund amount (¥981) is greater than unrefunded amount on charge (¥980)"
    );
    assert_eq!(sandbox.post("/v1/refunds", &format!("charge={yen}&amount=1")).await.status, 200);
    for (currency, odd, even) in [("isk", 150, 200), ("ugx", 1, 100), ("kwd", 1005, 1010)] {
        let charge = sandbox.charge(50_000, currency);
        let refused = sandbox.post("/v1/refunds", &format!("charge={charge}&amount={odd}")).await;
        assert_eq!(refused.error().3, Some("amount"), "{currency}");
        let done = sandbox.post("/v1/refunds", &format!("charge={charge}&amount={even}")).await;
        assert_eq!(done.body["amount"], even, "{currency}");
    }
}

#[tokio::test]
async fn a_chargeback_forbids_refunds_and_an_inquiry_does_not() {
    let mut sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    sandbox.stripe.dispute(&charge, "needs_response");
    let refused = sandbox.post("/v1/refunds", &format!("charge={charge}")).await;
    assert_eq!(refused.error(), (400, "invalid_request_error", Some("charge_disputed"), None));
    assert_eq!(
        refused.message(),
        format!("Charge {charge} has been charged back; cannot issue a refund.")
    );

    let asked = sandbox.charge(4900, "usd");
    let inquiry = sandbox.stripe.dispute(&asked, "warning_needs_response");
    let listed = sandbox.get("/v1/disputes", &format!("charge={asked}")).await;
    assert_eq!(listed.rows("id"), [inquiry.as_str()]);
    assert_eq!(listed.body["data"][0]["is_charge_refundable"], true);
    sandbox.post("/v1/refunds", &format!("charge={asked}")).await.id();
    let closed = sandbox.get(&format!("/v1/disputes/{inquiry}"), "").await;
    assert_eq!(closed.body["status"], "warning_closed", "a full refund ends the inquiry");
    assert_eq!(
        sandbox.delivered(),
        [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.created",
            "refund.created",
            "charge.refunded",
            "charge.dispute.closed",
        ]
    );
}

#[tokio::test]
async fn a_dispute_can_open_between_the_look_and_the_refund() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    let disputed = charge.clone();
    sandbox.stripe.hook_before_refund(move |stripe| {
        stripe.dispute(&disputed, "needs_response");
    });
    let refused = sandbox.post("/v1/refunds", &format!("charge={charge}")).await;
    assert_eq!(refused.error().2, Some("charge_disputed"));
}

#[tokio::test]
async fn refunds_settle_later_on_the_test_cards() {
    let mut sandbox = Sandbox::start().await;
    let pending = sandbox.charge_on("7726", 4900, "usd");
    let failing = sandbox.charge_on("5126", 4900, "usd");
    let first = sandbox.post("/v1/refunds", &format!("charge={pending}")).await;
    assert_eq!(
        (&first.body["status"], &first.body["pending_reason"]),
        (&json!("pending"), &json!("processing"))
    );
    let second = sandbox.post("/v1/refunds", &format!("charge={failing}")).await;
    assert_eq!(second.body["status"], "succeeded");
    sandbox.delivered();

    sandbox.clock.advance_ms(61_000);
    let settled = sandbox.get(&format!("/v1/refunds/{}", first.id()), "").await;
    assert_eq!(
        (&settled.body["status"], settled.body.get("pending_reason")),
        (&json!("succeeded"), None)
    );
    let failed = sandbox.get(&format!("/v1/refunds/{}", second.id()), "").await;
    assert_eq!(failed.body["status"], "failed");
    assert_eq!(failed.body["failure_reason"], "expired_or_canceled_card");
    assert_eq!(sandbox.delivered(), ["refund.updated", "refund.updated", "refund.failed"]);

    let charge = sandbox.get(&format!("/v1/charges/{failing}"), "").await;
    assert_eq!(
        (&charge.body["amount_refunded"], &charge.body["refunded"]),
        (&json!(0), &json!(false))
    );
    let again = sandbox.post("/v1/refunds", &format!("charge={failing}&amount=4900")).await;
    assert_eq!(again.status, 200, "the money came back, so it can be refunded again");
}

#[tokio::test]
async fn a_refund_by_payment_intent_finds_its_charge() {
    let sandbox = Sandbox::start().await;
    let form = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true";
    let intent = sandbox.post("/v1/payment_intents", form).await;
    let refund = sandbox.post("/v1/refunds", &format!("payment_intent={}", intent.id())).await;
    assert_eq!(refund.body["charge"], intent.body["latest_charge"]);

    let manual =
        sandbox.post("/v1/payment_intents", &format!("{form}&capture_method=manual")).await;
    assert_eq!(manual.body["status"], "requires_capture");
    let refused = sandbox.post("/v1/refunds", &format!("payment_intent={}", manual.id())).await;
    assert_eq!(refused.error().2, Some("charge_not_refundable"));

    let unpaid = sandbox.post("/v1/payment_intents", "amount=2000&currency=usd").await;
    let refused = sandbox.post("/v1/refunds", &format!("payment_intent={}", unpaid.id())).await;
    assert_eq!(refused.error().2, Some("payment_intent_unexpected_state"));
}

#[tokio::test]
async fn only_metadata_of_a_refund_changes_and_card_refunds_cannot_be_canceled() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge(4900, "usd");
    let refund = sandbox.post("/v1/refunds", &format!("charge={charge}&metadata[a]=1")).await.id();
    let path = format!("/v1/refunds/{refund}");
    let changed = sandbox.post(&path, "metadata[a]=&metadata[b]=2").await;
    assert_eq!(changed.body["metadata"], json!({"b": "2"}));
    assert_eq!(sandbox.post(&path, "amount=1").await.error().2, Some("parameter_unknown"));
    assert_eq!(sandbox.post(&format!("{path}/cancel"), "").await.status, 400);
    let missing = sandbox.get("/v1/refunds/re_nope", "").await;
    assert_eq!(
        missing.error(),
        (404, "invalid_request_error", Some("resource_missing"), Some("id"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn refunds_never_exceed_the_charge(amounts in proptest::collection::vec(1_i64..4000, 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sandbox = Sandbox::start().await;
            let charge = sandbox.charge(4900, "usd");
            let mut left = 4900_i64;
            for amount in amounts {
                let form = format!("charge={charge}&amount={amount}");
                let answer = sandbox.post("/v1/refunds", &form).await;
                assert_eq!(answer.status == 200, amount <= left, "{amount} of {left}");
                if answer.status == 200 {
                    left = left.saturating_sub(amount);
                }
            }
            let sum: i64 =
                sandbox.stripe.refunds().iter().map(|refund| refund["amount"].as_i64().unwrap()).sum();
            assert_eq!(sum.saturating_add(left), 4900);
        });
    }
}
