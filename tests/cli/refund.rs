//! `quittance refund`: how far each refund is, and a person's way out of one that nobody knows about.

use quittance_core::ids::DecisionKey;
use quittance_eval::stand_ins::Options;
use serde_json::Value;

use super::{Ran, run};
use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, Customer, DUPLICATES, charged_twice};

const KEY: &str = "sk_test_sandbox_1234567890";

/// Makes a refund at Stripe behind the program's back.
async fn refund_elsewhere(house: &House, key: &str, charge: &str, fields: &[(&str, &str)]) {
    let url = format!("{}/v1/refunds", house.stand_ins.stripe_url);
    let mut form = vec![("charge", charge)];
    form.extend_from_slice(fields);
    let request = house.http.post(url).bearer_auth(KEY).header("Idempotency-Key", key);
    let answer = request.form(&form).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// A running program with a refund that is with a person: somebody has used its key for something else.
async fn parked() -> (House, Customer, String) {
    let mut house = House::prepare(DUPLICATES, Options::default(), |config| config).await;
    let [customer, other] = ["ada", "ben"].map(|name| charged_twice(&house.stand_ins, name));
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    let key = DecisionKey {
        workspace: &"sandbox1".parse().unwrap(),
        charge: &customer.charges[1].parse().unwrap(),
        conversation: &conversation.parse().unwrap(),
        ordinal: 0,
    };
    let (decision, key) = (key.decision().unwrap(), key.idempotency().unwrap());
    refund_elsewhere(&house, key.as_str(), &other.charges[0], &[]).await;
    // Stripe's webhooks would settle by themselves what a person is to settle here.
    let (_, nothing) = tokio::sync::mpsc::unbounded_channel();
    house.stand_ins.stripe_webhooks = nothing;
    house.start().await;
    house.until("a conversation with the team", |house| house.is_with_team(&conversation)).await;
    (house, customer, decision.to_string())
}

async fn refund(house: &House, arguments: &[&str]) -> Ran {
    let all = [&["refund"], arguments].concat();
    run(house.folder(), &all, &[("QUITTANCE_STRIPE__KEY", KEY)]).await
}

#[tokio::test]
async fn a_parked_refund_is_listed_shown_and_settled_while_the_program_runs() {
    let (house, customer, decision) = parked().await;
    let listed = refund(&house, &["list", "--state", "parked"]).await;
    assert!(listed.out.contains(&decision) && listed.out.contains("49.00 USD"), "{listed:#?}");
    let json = refund(&house, &["list", "--json"]).await;
    let listed: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(listed["decision"], decision.as_str());
    assert_eq!((&listed["state"], &listed["sends"]), (&"parked".into(), &1.into()));
    let shown = refund(&house, &["show", &decision]).await;
    for words in ["about to be sent, number 1", "unknown, ", "parked, ", "refund settle"] {
        assert!(shown.out.contains(words), "{words:?} is missing in:\n{}", shown.out);
    }
    // Stripe does not list it, but it was sent a moment ago.
    let settle = ["settle", &decision, "--by", "Ana", "--config", "quittance.toml"];
    let early = refund(&house, &settle).await;
    assert_eq!(early.code, Some(1), "{early:#?}");
    assert!(early.out.contains("try again after 20"), "{early:#?}");
    // Now it does.
    let fields = [("amount", "4900"), ("metadata[decision]", decision.as_str())];
    refund_elsewhere(&house, "late", &customer.charges[1], &fields).await;
    let settled = refund(&house, &settle).await;
    assert_eq!(settled.code, Some(0), "{settled:#?}");
    assert!(settled.out.contains("is confirmed: Stripe has re_"), "{settled:#?}");
    let again = refund(&house, &settle).await;
    assert_eq!(again.code, Some(1), "{again:#?}");
    assert!(again.out.contains("is confirmed, so there is nothing to settle"), "{again:#?}");
    let none = refund(&house, &["list"]).await;
    assert!(none.out.contains("no refund is intent, marked, unknown, parked"), "{none:#?}");
    house.close().await;
}

#[tokio::test]
async fn a_decision_that_is_none_is_told_apart_from_one_that_is_unknown() {
    let (house, _, _) = parked().await;
    let missing = refund(&house, &["show", "d1-0"]).await;
    missing.fails_with(2, &["there is no refund d1-0", "quittance refund list"]);
    let state = refund(&house, &["list", "--state", "lost"]).await;
    state.fails_with(2, &["is none of intent, marked, unknown, parked, confirmed"]);
    let nobody = refund(&house, &["settle", "d1-0", "--by", " "]).await;
    nobody.fails_with(2, &["say who settles it"]);
    house.close().await;
}
