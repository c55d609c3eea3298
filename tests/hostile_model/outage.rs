//! A model that does not answer, or not as a model does.

use futures_util::future::join_all;
use quittance_sandbox::model::{self, Model};
use serde_json::{Value, json};

use super::{assert_calm, house_with, propose};
use crate::support::customers::{CHARGED_TWICE, charged_twice, refunds_of};

/// More answers than are ever asked for.
const MANY: usize = 60;

#[tokio::test]
async fn a_model_that_stays_away_leaves_the_customer_to_a_person() {
    let raw = |status: u16, body: &str| json!({"status": status, "body": body});
    let error = r#"{"error":{"code":500,"message":"oops"}}"#;
    let slow = model::Options { delay_ms: 4_000, ..model::Options::default() };
    let models = [
        ("overloaded", Model::scripted(vec![raw(500, error); MANY])),
        ("too busy", Model::scripted(vec![busy("1"); MANY])),
        ("busy for an hour", Model::scripted(vec![busy("3600"); MANY])),
        ("a wrong key", Model::scripted(vec![raw(401, error); MANY])),
        ("no completion", Model::scripted(vec![raw(200, r#"{"choices":[]}"#); MANY])),
        ("a page", Model::scripted(vec![raw(200, "<html>Bad gateway</html>"); MANY])),
        ("an error inside a success", Model::scripted(vec![raw(200, error); MANY])),
        ("too slow", Model::new(slow)),
    ];
    let plays = models.map(|(name, model)| async move {
        let house = house_with(model).await;
        let customer = charged_twice(&house.stand_ins, "ada");
        let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
        house.until_answered(&conversation, 1).await;
        house.until_quiet().await;
        assert_calm(&house);
        let answers = house.answers(&conversation);
        assert_eq!(answers.len(), 1, "{name}: {answers:?}");
        assert!(answers[0].contains("passed your request to a colleague"), "{name}: {answers:?}");
        assert!(house.is_with_team(&conversation), "{name}");
        assert!(refunds_of(&house.stand_ins, &customer).is_empty(), "{name}");
        house.close().await;
    });
    join_all(plays).await;
}

#[tokio::test]
async fn a_model_that_comes_back_is_asked_again() {
    let good = propose("charge 1", "duplicate_charge", "null");
    let error = json!({"status": 503, "body": "{}"});
    let script: Vec<Value> = vec![error.clone(), busy("0"), good];
    let house = house_with(Model::scripted(script)).await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    house.until_quiet().await;
    assert_eq!(house.answers(&conversation).len(), 1);
    assert_eq!(refunds_of(&house.stand_ins, &customer).len(), 1);
    house.close().await;
}

/// Status 429, with the seconds to wait.
fn busy(seconds: &str) -> Value {
    json!({
        "status": 429,
        "headers": {"retry-after": seconds},
        "body": {"error": {"message": "rate limit", "type": "requests", "code": "rate_limit_exceeded"}},
    })
}
