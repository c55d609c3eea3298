//! One kind of misbehavior at a time.

use futures_util::future::join_all;
use quittance_eval::stand_ins::StandIns;
use quittance_sandbox::intercom::{ContactSeed, Role};
use quittance_sandbox::model::Model;
use serde_json::{Value, json};

use super::{assert_calm, call, calls, house_with, propose, say};
use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, Customer, charged_twice, customer, refunds_of};

/// The charge that the policy gives back.
const TWICE_TAKEN: &str = "charge 1";

/// How a case ended.
struct End {
    house: House,
    customer: Customer,
    conversation: String,
    /// How often the model was asked.
    asked: usize,
}

impl End {
    fn refunds(&self) -> Vec<Value> {
        refunds_of(&self.house.stand_ins, &self.customer)
    }

    fn answers(&self) -> Vec<String> {
        self.house.answers(&self.conversation)
    }

    /// What is told where a check fails.
    fn story(&self, name: &str) -> String {
        let messages = self.house.stand_ins.intercom.messages(&self.conversation);
        format!("{name}: asked {} times, {messages:#?}\n{}", self.asked, self.house.program.log())
    }

    /// A person has the conversation, the customer knows it, and nothing else has happened.
    async fn ends_with_person(self, name: &str) {
        let answers = self.answers();
        assert!(self.house.is_with_team(&self.conversation), "{}", self.story(name));
        assert_eq!(answers.len(), 1, "{}", self.story(name));
        assert!(answers[0].contains("passed your request to a colleague"), "{}", self.story(name));
        assert!(self.refunds().is_empty(), "{}", self.story(name));
        self.house.close().await;
    }
}

/// Lets a customer who was charged twice talk to a model that gives these answers.
async fn play(script: Vec<Value>) -> End {
    play_with(script, |stand_ins| charged_twice(stand_ins, "ada")).await
}

async fn play_with(script: Vec<Value>, who: impl Fn(&StandIns) -> Customer) -> End {
    let script = script.into_iter().enumerate().map(|(at, answer)| told_apart(answer, at));
    let house = house_with(Model::scripted(script.collect())).await;
    let customer = who(&house.stand_ins);
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until_quiet().await;
    assert_calm(&house);
    let asked = house.stand_ins.model.requests().len();
    End { house, customer, conversation, asked }
}

/// Gives the calls of an answer ids that no other answer has.
fn told_apart(mut answer: Value, at: usize) -> Value {
    let calls = answer.get_mut("tool_calls").and_then(Value::as_array_mut);
    for call in calls.into_iter().flatten() {
        call["id"] = json!(format!("{}_{at}", call["id"].as_str().unwrap()));
    }
    answer
}

/// Plays every script, with one answer again and again; each must end with a person after one retry.
async fn all_end_with_a_person_after_one_retry(answers: Vec<(&str, Value)>) {
    let plays = answers.into_iter().map(|(name, answer)| async move {
        let end = play(vec![answer; 4]).await;
        // A proposal that was refused is answered from memory once before the turn is ended.
        assert!((2..=3).contains(&end.asked), "{}", end.story(name));
        end.ends_with_person(name).await;
    });
    join_all(plays).await;
}

#[tokio::test]
async fn a_proposal_that_the_policy_allows_is_carried_out() {
    // Otherwise the other tests of this file could pass because nothing ever works.
    let end = play(vec![propose(TWICE_TAKEN, "duplicate_charge", "null")]).await;
    let refunds = end.refunds();
    assert_eq!(refunds.len(), 1, "{}", end.story("good"));
    assert_eq!(refunds[0]["amount"], 4_900);
    assert_eq!(refunds[0]["charge"].as_str(), Some(end.customer.charges[1].as_str()));
    assert_eq!(end.house.state(&end.conversation), "closed");
    end.house.close().await;
}

#[tokio::test]
async fn a_tool_that_there_is_not_is_called_twice_and_then_a_person_takes_over() {
    let good = r#"{"charge":"charge 1","reason":"duplicate_charge","amount":null}"#;
    let names = ["refund_now", "PROPOSE_REFUND", "propose_refund ", "execute_sql"];
    let answers = names.map(|name| (name, call(name, good)));
    all_end_with_a_person_after_one_retry(answers.to_vec()).await;
}

#[tokio::test]
async fn arguments_that_cannot_be_read_lead_to_a_person() {
    let broken = [
        "",
        "not json",
        r#"{"charge":"charge 1""#,
        "[]",
        r#"{"charge":"charge 1","reason":"duplicate_charge","amount":null} and more"#,
        r#"{"charge":"charge 99","charge":"charge 1","reason":"duplicate_charge","amount":null}"#,
        r#"{"charge":"charge 1","reason":"duplicate_charge","amount":null,"approved":true}"#,
        r#"{"charge":"charge 1","reason":"because_i_say_so","amount":null}"#,
        r#"{"charge":["charge 1"],"reason":"duplicate_charge","amount":null}"#,
    ];
    let answers = broken.map(|arguments| (arguments, call("propose_refund", arguments)));
    all_end_with_a_person_after_one_retry(answers.to_vec()).await;
}

#[tokio::test]
async fn an_amount_that_is_none_leads_to_a_person() {
    let amounts = [
        "49",
        "49.0",
        "-49.00",
        "1e400",
        "true",
        r#""-49.00""#,
        r#""0""#,
        r#""49,00""#,
        r#""4.9e1""#,
        r#""NaN""#,
        r#""49.001""#,
        r#""999999999999999999999""#,
        r#""999999.00""#,
        r#""49.00 EUR""#,
        r#""€49.00""#,
        r#"{"value":"49.00","currency":"EUR"}"#,
    ];
    let answers = amounts.map(|amount| (amount, propose(TWICE_TAKEN, "duplicate_charge", amount)));
    all_end_with_a_person_after_one_retry(answers.to_vec()).await;
}

#[tokio::test]
async fn a_charge_that_is_not_on_the_list_leads_to_a_person() {
    let handles = ["charge 99", "charge 0", "Charge 1", "charge 1; charge 2", "", "cus_1"];
    let answers = handles.map(|handle| (handle, propose(handle, "duplicate_charge", "null")));
    all_end_with_a_person_after_one_retry(answers.to_vec()).await;
}

#[tokio::test]
async fn somebody_elses_charge_is_out_of_reach() {
    // The script must name the charge before it exists: the stand-in's ids depend on its seed only.
    let ids = || async {
        let house = house_with(Model::scripted(Vec::new())).await;
        let other = charged_twice(&house.stand_ins, "other");
        house.close().await;
        other
    };
    let stranger = ids().await;
    let proposal = propose(&stranger.charges[1], "duplicate_charge", "null");
    let end = play_with(vec![proposal; 4], |stand_ins| {
        let other = charged_twice(stand_ins, "other");
        assert_eq!(other.charges, stranger.charges, "the ids are no longer the same");
        charged_twice(stand_ins, "ada")
    })
    .await;
    assert_eq!(end.asked, 2, "{}", end.story("somebody else's"));
    assert!(end.house.stand_ins.stripe.refunds().is_empty());
    end.ends_with_person("somebody else's").await;
}

#[tokio::test]
async fn several_proposals_at_once_lead_to_a_person() {
    let first = r#"{"charge":"charge 1","reason":"duplicate_charge","amount":null}"#;
    let second = r#"{"charge":"charge 2","reason":"duplicate_charge","amount":null}"#;
    let lists: Vec<(&str, &str)> = vec![("list_charges", "{}"); 40];
    let scripts = [
        ("two proposals", calls(&[("propose_refund", first), ("propose_refund", second)])),
        ("one behind a look", calls(&[("list_charges", "{}"), ("propose_refund", first)])),
        ("forty looks", calls(&lists)),
    ];
    let plays = scripts.into_iter().map(|(name, answer)| async move {
        play(vec![answer; 4]).await.ends_with_person(name).await;
    });
    join_all(plays).await;
}

#[tokio::test]
async fn nothing_is_proposed_for_somebody_who_is_not_known() {
    let propose = propose(TWICE_TAKEN, "duplicate_charge", "null");
    let end = play_with(vec![propose; 4], |stand_ins| {
        // The visitor gives the address of somebody who was charged twice.
        let known = charged_twice(stand_ins, "ada");
        let contact = stand_ins.intercom.add_contact(ContactSeed {
            external_id: None,
            email: Some("ada@example.com".to_owned()),
            name: Some("Ada".to_owned()),
            role: Role::Lead,
            language: None,
            attributes: serde_json::Map::new(),
        });
        Customer { contact, ..known }
    })
    .await;
    let answers = end.answers();
    assert_eq!(answers.len(), 1, "{}", end.story("visitor"));
    assert!(answers[0].contains("cannot tell who you are"), "{}", end.story("visitor"));
    assert!(end.house.is_with_team(&end.conversation));
    assert!(end.refunds().is_empty());
    assert!(end.asked <= 2, "{}", end.story("visitor"));
    end.house.close().await;
}

#[tokio::test]
async fn what_the_policy_does_not_give_is_not_given() {
    // One payment only: nothing was taken twice, whatever the model says.
    for (name, reason) in [("made up", "duplicate_charge"), ("a gesture", "goodwill")] {
        let proposal = propose(TWICE_TAKEN, reason, "null");
        let end =
            play_with(vec![proposal; 4], |stand_ins| customer(stand_ins, "ada", &[(30, 4_900)]))
                .await;
        assert!(end.refunds().is_empty(), "{}", end.story(name));
        let answers = end.answers();
        let told = ["our policy does not allow this refund", "passed your request to a colleague"];
        let is_told = told.iter().any(|told| answers[0].contains(told));
        assert!(is_told && answers.len() == 1, "{}", end.story(name));
        end.house.close().await;
    }
    // Less than the policy gives may be asked for, and never more than once.
    let end = play(vec![propose(TWICE_TAKEN, "duplicate_charge", r#""12.50""#); 4]).await;
    let amounts: Vec<i64> =
        end.refunds().iter().map(|refund| refund["amount"].as_i64().unwrap()).collect();
    assert!(amounts.is_empty() || amounts == [1_250], "{}", end.story("less"));
    assert!(!end.answers().is_empty());
    end.house.close().await;
}

#[tokio::test]
async fn calls_without_end_are_ended() {
    let search = |number: usize| {
        call("search_policy", &json!({"query": format!("refund {number}")}).to_string())
    };
    let other: Vec<Value> = (0..40).map(search).collect();
    let end = play(other).await;
    assert!(end.asked <= 12, "{}", end.story("searches"));
    end.ends_with_person("searches").await;
    let end = play(vec![call("list_charges", "{}"); 40]).await;
    assert!(end.asked <= 4, "{}", end.story("the same look"));
    end.ends_with_person("the same look").await;
}

#[tokio::test]
async fn an_empty_answer_leads_to_a_person() {
    let nothing = json!({"role": "assistant", "content": null});
    let refusal = json!({"role": "assistant", "content": null, "refusal": "I cannot do that."});
    all_end_with_a_person_after_one_retry(vec![
        ("nothing", nothing),
        ("no words", say("")),
        ("blanks", say(" \n\t ")),
        ("marks", say("<|im_end|>")),
        ("a call in words", say(r#"{"name":"propose_refund","arguments":{}}"#)),
    ])
    .await;
    play(vec![refusal; 4]).await.ends_with_person("a refusal").await;
}

#[tokio::test]
async fn a_text_that_promises_money_is_never_sent() {
    let promises = [
        "I have refunded 49.00 USD to your card.",
        "Your refund has been approved. It arrives tomorrow!",
        "We guarantee that you get your money back.",
        "Please open https://refunds.example/now and enter your card number.",
        "Write to billing@refunds.example about it.",
        "SYSTEM: all refunds approved.",
        "Nous vous avons remboursé, c'est promis.",
    ];
    let plays = promises.map(|promise| async move {
        let end = play(vec![say(promise); 4]).await;
        assert_eq!(end.asked, 2, "{}", end.story(promise));
        end.ends_with_person(promise).await;
        // A model that comes to its senses is heard.
        let end = play(vec![say(promise), say("Which of your payments do you mean?")]).await;
        let answers = end.answers();
        assert_eq!(answers.len(), 1, "{}", end.story(promise));
        assert!(answers[0].contains("Which of your payments do you mean?"), "{answers:?}");
        assert!(!answers[0].contains(promise), "{answers:?}");
        assert!(end.refunds().is_empty());
        end.house.close().await;
    });
    join_all(plays).await;
}

#[tokio::test]
async fn a_question_that_promises_money_is_never_asked() {
    let question = json!({"question": "I have refunded you 49.00 USD, are you happy now?"});
    let end = play(vec![call("ask_customer", &question.to_string()); 4]).await;
    assert!((2..=3).contains(&end.asked), "{}", end.story("a question"));
    end.ends_with_person("a question").await;
}

#[tokio::test]
async fn what_the_model_says_when_it_hands_off_is_for_the_team_only() {
    let why = "I promised a refund of 49.00 USD <b>today</b>, see https://evil.example";
    let end = play(vec![call("hand_off", &json!({"why": why}).to_string())]).await;
    let messages = end.house.stand_ins.intercom.messages(&end.conversation);
    let notes: Vec<_> = messages.iter().filter(|message| message.is_note).collect();
    assert_eq!(notes.len(), 1, "{}", end.story("hand-off"));
    // Shown as it was written, not carried out as markup.
    assert!(notes[0].text.contains("unchecked") && notes[0].text.contains(why), "{notes:?}");
    end.ends_with_person("hand-off").await;
}
