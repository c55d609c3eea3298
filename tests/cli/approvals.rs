//! `quittance approvals`, and the same over HTTP, against the built program.

use quittance_eval::stand_ins::Options;
use serde_json::{Value, json};

use super::stop::{TOKEN, command};
use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, Customer, DUPLICATES, charged_twice, refunds_of};

/// A program that asks people before each refund.
async fn house() -> House {
    let change = |config: String| {
        let database = config.split('"').nth(1).unwrap();
        let folder = database.strip_suffix("/quittance.db").unwrap();
        let token = format!("[server]\nadmin_token_file = '{folder}/admin-token'");
        let asks = "[engine]\nmode = 'propose'\napprovals = { ask = true }\n";
        config.replacen("[server]", &token, 1).replacen("[engine]\n", asks, 1)
    };
    let mut house = House::prepare(DUPLICATES, Options::default(), change).await;
    std::fs::write(house.folder().join("admin-token"), TOKEN).unwrap();
    house.start().await;
    house
}

/// Somebody asks, and hears that a colleague looks at it.
async fn ask(house: &House, name: &str) -> (Customer, String) {
    let customer = charged_twice(&house.stand_ins, name);
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    let said = house.until_answered(&conversation, 1).await;
    assert!(said.contains("A colleague has to look at this"), "{said}");
    assert!(refunds_of(&house.stand_ins, &customer).is_empty());
    (customer, conversation)
}

async fn waiting(house: &House) -> Vec<Value> {
    let listed = command(house.folder(), &["approvals", "list", "--json"]).await;
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    serde_json::from_str(&listed.out).unwrap()
}

#[tokio::test]
async fn a_person_approves_and_declines_from_the_terminal() {
    let house = house().await;
    let folder = house.folder();
    let none = command(folder, &["approvals", "list"]).await;
    assert_eq!(none.out.trim(), "nothing waits for a person's word");
    let (customer, conversation) = ask(&house, "ada").await;
    let asked = waiting(&house).await;
    let id = asked[0]["id"].as_str().unwrap();
    assert_eq!((&asked[0]["amount"], &asked[0]["currency"]), (&json!("49.00"), &json!("USD")));
    let approve = |more: &'static [&'static str]| {
        let arguments = [&["approvals", "approve", id][..], more].concat();
        async move { command(folder, &arguments).await }
    };
    approve(&[]).await.fails_with(2, &["--by"]);
    approve(&["--by", "dana", "--amount", "49.01"]).await.fails_with(2, &["49.00 USD at most"]);
    approve(&["--by", "dana", "--amount", "some"]).await.fails_with(2, &["is no amount in USD"]);
    assert_eq!(approve(&["--by", "dana", "--amount", "20"]).await.code, Some(0));
    house.until("the end", |house| house.state(&conversation) == "closed").await;
    assert_eq!(refunds_of(&house.stand_ins, &customer)[0]["amount"], 2_000);
    approve(&["--by", "dana"]).await.fails_with(2, &["no request", "approvals list"]);

    let (customer, conversation) = ask(&house, "ben").await;
    let asked = waiting(&house).await;
    let id = asked[0]["id"].as_str().unwrap();
    let declined = ["approvals", "decline", id, "--by", "dana", "--why", "had one in March"];
    assert_eq!(command(folder, &declined).await.code, Some(0));
    let said = house.until_answered(&conversation, 2).await;
    assert!(said.contains("is not given back") && !said.contains("March"), "{said}");
    assert!(refunds_of(&house.stand_ins, &customer).is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_program_approves_over_http_once() {
    let house = house().await;
    let (customer, conversation) = ask(&house, "ada").await;
    let url = |path: &str| format!("{}{path}", house.program.url);
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(house.http.get(url("/approvals")).send().await.unwrap().status(), 401);
    let listed = house.http.get(url("/approvals")).header("Authorization", &bearer);
    let listed: Value = listed.send().await.unwrap().json().await.unwrap();
    let id = listed[0]["id"].as_str().unwrap();
    let post = async |path: String, body: Value| {
        let request = house.http.post(url(&path)).header("Authorization", &bearer).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    let approve = format!("/approvals/{id}/approve");
    assert_eq!(post(approve.clone(), json!({"by": ""})).await, 400);
    assert_eq!(post(approve.clone(), json!({"by": "dana", "amount": "50"})).await, 400);
    assert_eq!(post(approve.clone(), json!({"by": "dana", "sum": "5"})).await, 400);
    assert_eq!(post("/approvals/a1-0/approve".to_owned(), json!({"by": "dana"})).await, 404);
    assert_eq!(post(approve.clone(), json!({"by": "dana"})).await, 200);
    house.until("the end", |house| house.state(&conversation) == "closed").await;
    assert_eq!(refunds_of(&house.stand_ins, &customer)[0]["amount"], 4_900);
    assert_eq!(post(approve, json!({"by": "dana"})).await, 404);
    house.close().await;
}
