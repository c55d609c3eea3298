//! Whoever asks for a person gets one, and whoever asks whether a machine answers is told so.

use quittance_core::guard::Mode;
use quittance_core::limits::Limits;
use quittance_core::record::Kind;
use quittance_engine::Options;
use quittance_engine::options::TeamRule;
use quittance_sandbox::intercom::Role;
use quittance_sandbox::model::{self, Model};
use quittance_sandbox::stripe::Fault;

use crate::house::{House, Plan, TEAM, TWICE, seed};

const INTRODUCTION: &str = "I am the automatic assistant";
const GLADLY: &str = "Of course. I have passed this conversation to a colleague.";

/// A house, and the model whose requests can be counted.
async fn house_in(mode: Mode) -> (House, Model) {
    let model = Model::new(model::Options::default());
    let plan = Plan { model: model.clone(), ..Plan::default() };
    let options = Options { mode, ..plan.options.clone() };
    (House::build(Plan { options, ..plan }).await, model)
}

#[tokio::test]
async fn whoever_asks_for_a_person_gets_one_without_a_model() {
    for mode in [Mode::Act, Mode::Propose] {
        let (house, model) = house_in(mode).await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, "I was charged twice. I want to talk to a human!");
        house.settle().await;
        let told = house.replies(&conversation);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains(INTRODUCTION) && told[0].contains(GLADLY), "{told:?}");
        let notes = house.notes(&conversation);
        assert!(notes[0].contains("Why: the customer asks for a person"), "{notes:?}");
        assert!(house.is_with_team(&conversation) && !house.is_closed(&conversation));
        assert_eq!(model.requests().len(), 0);
        assert!(house.refunds(customer.newest()).is_empty());
        house.close().await;
    }
}

#[tokio::test]
async fn whoever_only_watches_leaves_a_note() {
    let (house, model) = house_in(Mode::Watch).await;
    let conversation = house.say(&house.charged_twice("maya"), "human please");
    house.settle().await;
    assert_eq!(house.notes(&conversation).len(), 1);
    assert!(house.replies(&conversation).is_empty() && !house.is_with_team(&conversation));
    assert_eq!(model.requests().len(), 0);
    house.close().await;
}

#[tokio::test]
async fn somebody_unknown_gets_a_person_too() {
    let (house, model) = house_in(Mode::Act).await;
    let mut customer = house.stranger("eve");
    customer.contact = house.intercom.add_contact(quittance_sandbox::intercom::ContactSeed {
        role: Role::Lead,
        ..seed("eve-the-lead")
    });
    let conversation = house.say(&customer, "agent please");
    house.settle().await;
    let told = house.replies(&conversation);
    assert!(told.len() == 1 && told[0].contains(GLADLY), "{told:?}");
    assert!(house.is_with_team(&conversation));
    assert_eq!(model.requests().len(), 0);
    house.close().await;
}

#[tokio::test]
async fn a_person_is_there_at_any_time() {
    let (house, model) = house_in(Mode::Act).await;
    let conversation = house.say(&house.charged_twice("maya"), "Hello!");
    house.settle().await;
    let asked = model.requests().len();
    house.intercom.say_in(&conversation, "ok. can i speak with a real person").unwrap();
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].starts_with(GLADLY), "{told:?}");
    assert!(house.is_with_team(&conversation));
    assert_eq!(model.requests().len(), asked);
    house.close().await;
}

/// A person does not need what Stripe knows.
#[tokio::test]
async fn an_outage_of_stripe_keeps_nobody_from_a_person() {
    let house = House::new().await;
    let conversation = house.say(&house.charged_twice("maya"), "I need a human");
    house.stripe.fail_next("GET /v1/charges", 100, Fault::DropBeforeEffect);
    house.once().await;
    assert_eq!(house.replies(&conversation).len(), 1);
    assert!(house.is_with_team(&conversation));
    house.close().await;
}

#[tokio::test]
async fn whoever_asks_whether_it_is_a_machine_is_told_so() {
    let (house, model) = house_in(Mode::Act).await;
    let conversation = house.say(&house.charged_twice("maya"), "Are you a human?");
    house.settle().await;
    house.intercom.say_in(&conversation, "really? is this a bot?").unwrap();
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 2, "{told:?}");
    for text in &told {
        assert_eq!(text.matches(INTRODUCTION).count(), 1, "{told:?}");
        assert!(text.contains("You can ask for a person at any time"), "{told:?}");
    }
    assert!(!house.is_with_team(&conversation));
    assert_eq!(model.requests().len(), 0);
    house.close().await;
}

#[tokio::test]
async fn what_was_asked_besides_is_answered_as_well() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, "Hello!");
    house.settle().await;
    house.intercom.say_in(&conversation, &format!("Are you a human? {TWICE}")).unwrap();
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[1].contains(INTRODUCTION), "{told:?}");
    assert!(told[2].contains("Your refund of 49.00 USD"), "{told:?}");
    assert!(!told[2].contains(INTRODUCTION), "{told:?}");
    assert_eq!(house.own_refunds(customer.newest()), 1);
    house.close().await;
}

#[tokio::test]
async fn the_first_answer_tells_once_who_is_speaking() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, &format!("Are you a bot? {TWICE}"));
    house.settle().await;
    let told = house.replies(&conversation);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].matches(INTRODUCTION).count(), 1, "{told:?}");
    house.close().await;
}

#[tokio::test]
async fn a_person_is_got_in_scripts_that_no_model_may_write() {
    for (text, said) in [
        ("担当者と話したいです", "担当者に引き継ぎました"),
        ("أريد التحدث إلى موظف", "حوّلت هذه المحادثة إلى شخص"),
        ("Je veux parler à un humain", "J’ai transmis cette conversation"),
    ] {
        let (house, model) = house_in(Mode::Act).await;
        let conversation = house.say(&house.charged_twice("maya"), text);
        house.settle().await;
        let told = house.replies(&conversation);
        assert!(told.len() == 1 && told[0].contains(said), "{told:?}");
        assert!(house.is_with_team(&conversation));
        assert_eq!(model.requests().len(), 0);
        house.close().await;
    }
}

/// What the model writes in Japanese or Arabic is not sent: a person answers, in the customer's language.
#[tokio::test]
async fn what_may_not_be_sent_in_a_script_becomes_a_person() {
    for (text, answer, said) in [
        ("同じ料金が二回請求されています", "どのお支払いでしょうか？", "担当者に引き継ぎました"),
        ("تم خصم المبلغ مرتين من بطاقتي", "أي دفعة تقصد؟", "لقد حوّلت طلبك إلى شخص"),
    ] {
        let message = serde_json::json!({"role": "assistant", "content": answer});
        let model = Model::scripted(vec![message; 4]);
        let house = House::build(Plan { model, ..Plan::default() }).await;
        let conversation = house.say(&house.charged_twice("maya"), text);
        house.settle().await;
        let told = house.replies(&conversation);
        assert!(told.len() == 1 && told[0].contains(said), "{told:?}");
        assert!(house.is_with_team(&conversation));
        house.close().await;
    }
}

fn rule(team: &str, reasons: &[&str], languages: &[&str]) -> TeamRule {
    let written = serde_json::json!({"team": team, "reasons": reasons, "languages": languages});
    serde_json::from_value(written).unwrap()
}

/// The teams that conversations were planned to go to.
async fn teams(house: &House, conversation: &str) -> Vec<String> {
    let log = house.log(conversation, Kind::Handling).await;
    let planned = log.iter().filter(|entry| entry.draft.body["planned"] == "assign");
    planned.filter_map(|entry| entry.draft.body["to"].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_team_is_chosen_by_reason_and_language() {
    let plan = Plan::default();
    let teams_of = vec![
        rule("9001", &["duplicate_charge"], &["fr"]),
        rule("9002", &["duplicate_charge"], &[]),
        rule("9003", &[], &["fr", "ar"]),
    ];
    // Without a ceiling nothing is allowed, so that every refund goes to a person.
    let limits = Limits { refunds_per_hour: 0, ..plan.limits.clone() };
    let options = Options { teams: teams_of, ..plan.options.clone() };
    let house = House::build(Plan { limits, options, ..plan }).await;
    for (name, text, team) in [
        ("maya", TWICE, "9002"),
        ("lena", "J'ai été débité deux fois pour la même chose. Remboursez-moi.", "9001"),
        ("omar", "أريد التحدث إلى موظف", "9003"),
        ("fay", "Je veux parler à un conseiller", "9003"),
        ("ned", "I want a human", TEAM),
    ] {
        let conversation = house.say(&house.charged_twice(name), text);
        house.settle().await;
        assert_eq!(teams(&house, &conversation).await, [team], "{text}");
    }
    house.close().await;
}

#[test]
fn a_rule_for_a_team_says_what_is_wrong_with_it() {
    for (written, problem) in [
        (
            r#"{"team": 1, "reasons": ["fraud"]}"#,
            "unknown variant `fraud`, expected one of `duplicate_charge`",
        ),
        (
            r#"{"team": 1, "languages": ["klingon"]}"#,
            "invalid value: string \"klingon\", expected the code of a language",
        ),
        (r#"{"team": 1, "languages": ["pt-BR"]}"#, "without its region"),
        (r#"{"team": 1}"#, "team 1 has neither `reasons` nor `languages`"),
        (r#"{"languages": ["fr"]}"#, "missing field `team`"),
        (r#"{"team": 1, "language": ["fr"]}"#, "unknown field `language`"),
    ] {
        let error = serde_json::from_str::<TeamRule>(written).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}
