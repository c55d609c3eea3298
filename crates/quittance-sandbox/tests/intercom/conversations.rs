//! Conversations: reading, answering, closing, assigning, searching.

use std::collections::HashSet;

use quittance_sandbox::intercom::{Role, Writer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TOKEN, US, World, read, topics};

#[tokio::test]
async fn a_conversation_goes_from_question_to_answer_to_closed_and_back() {
    let mut world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let id = world.intercom.say(&contact, "Charged <twice> & angry").unwrap();
    assert_eq!(world.intercom.say(&contact, "please help"), Some(id.clone()));
    world.clock.advance_ms(5_000);
    let answer = world.comment(&id, "<p>On its way, <b>Maya</b><script>x</script></p>").await;
    let parts = answer.body["conversation_parts"]["conversation_parts"].as_array().unwrap();
    assert_eq!((parts.len(), &parts[0]["body"]), (1, &json!("<p>On its way, <b>Maya</b></p>")));
    assert_eq!(parts[0]["app_package_code"], "quittance-sandbox");
    assert_eq!(answer.body["waiting_since"], Value::Null);
    let note = json!({ "message_type": "note", "type": "admin", "admin_id": US, "body": "why" });
    world.post("/conversations/{conversation_id}/reply", &[&id], note).await;
    let close = json!({ "message_type": "close", "type": "admin", "admin_id": US });
    let closed = world.parts(&id, close).await;
    assert_eq!((&closed.body["state"], &closed.body["open"]), (&json!("closed"), &json!(false)));
    world.intercom.say_in(&id, "thanks!").unwrap();

    let html = world.get("/conversations/{conversation_id}", &[&id]).await.body;
    assert_eq!(html["source"]["body"], "<p>Charged &lt;twice&gt; &amp; angry</p>");
    let text =
        world.get("/conversations/{conversation_id}?display_as=plaintext", &[&id]).await.body;
    assert_eq!(text["source"]["body"], "Charged <twice> & angry");
    let parts = text["conversation_parts"]["conversation_parts"].as_array().unwrap();
    let kinds: Vec<_> = parts.iter().map(|part| part["part_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["comment", "comment", "note", "close", "open"]);
    assert_eq!((&text["state"], &parts[4]["body"]), (&json!("open"), &json!("thanks!")));
    assert_eq!(text["admin_assignee_id"], 0);

    let webhooks = world.webhooks();
    assert_eq!(
        topics(&webhooks),
        [
            "contact.user.created",
            "conversation.user.created",
            "conversation.user.replied",
            "conversation.admin.replied",
            "conversation.admin.noted",
            "conversation.admin.closed",
            "conversation.user.replied",
        ]
    );
    let item = |at: usize| &webhooks[at].1["data"]["item"];
    assert_eq!(item(1)["conversation_parts"]["total_count"], 0);
    assert_eq!(item(1)["source"]["body"], "Charged <twice> & angry");
    assert_eq!(item(2)["conversation_parts"]["conversation_parts"][0]["body"], "please help");
    assert_eq!(item(6)["conversation_parts"]["total_count"], 1);
    let ids: HashSet<_> = webhooks.iter().map(|(_, it)| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), webhooks.len());

    let messages = world.intercom.messages(&id);
    let written: Vec<_> =
        messages.iter().map(|it| (&it.author, it.text.as_str(), it.is_note)).collect();
    assert_eq!(
        written,
        [
            (&Writer::Contact, "Charged <twice> & angry", false),
            (&Writer::Contact, "please help", false),
            (&Writer::Agent, "On its way, Maya", false),
            (&Writer::Agent, "why", true),
            (&Writer::Contact, "thanks!", false),
        ]
    );
}

#[tokio::test]
async fn the_same_reply_posted_twice_is_two_replies() {
    let world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let id = world.intercom.say(&contact, "hello").unwrap();
    let (one, two) = (world.comment(&id, "hi").await, world.comment(&id, "hi").await);
    let part =
        |answer: &Answer| answer.body["conversation_parts"]["conversation_parts"][0]["id"].clone();
    assert_ne!(part(&one), part(&two));
    assert_eq!(world.intercom.messages(&id).len(), 3);
    assert_eq!(world.intercom.counts().replies, 2);
}

#[tokio::test]
async fn requests_that_are_not_quite_right_are_refused() {
    let world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let id = world.intercom.say(&contact, "hello").unwrap();
    let path = "/conversations/{conversation_id}/reply";
    let good = json!({ "message_type": "comment", "type": "admin", "admin_id": US, "body": "hi" });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(name);
        body
    };
    for (body, expected) in [
        (without("body"), (400, "parameter_not_found")),
        (without("admin_id"), (400, "parameter_not_found")),
        (with("body", json!("  ")), (400, "parameter_invalid")),
        (with("text", json!("hi")), (400, "parameter_invalid")),
        (with("admin_id", json!(9001)), (400, "parameter_invalid")),
        (with("admin_id", json!("1")), (404, "admin_not_found")),
        (with("message_type", json!("close")), (400, "parameter_invalid")),
        (with("message_type", json!("quick_reply")), (400, "parameter_not_found")),
    ] {
        assert_eq!(world.post(path, &[&id], body.clone()).await.code(), expected, "{body}");
    }
    assert_eq!(world.post(path, &["77"], good.clone()).await.code(), (404, "not_found"));
    assert_eq!(world.post(path, &["x"], good).await.code(), (404, "not_found"));
    let url = format!("{}/conversations/{id}/reply", world.base);
    let broken =
        world.client.post(url).bearer_auth(TOKEN).header("content-type", "application/json");
    assert_eq!(read(broken.body("{").send().await.unwrap()).await.code(), (400, "bad_request"));
    assert_eq!(world.intercom.messages(&id).len(), 1);
}

#[tokio::test]
async fn conversations_are_assigned_and_reopened_and_snoozed() {
    let mut world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let id = world.intercom.say(&contact, "hello").unwrap();
    let assign = |kind: &str, to: &str| json!({ "message_type": "assignment", "type": kind, "admin_id": US, "assignee_id": to });
    let given = world.parts(&id, assign("team", "7001")).await.body;
    assert_eq!(given["team_assignee_id"], 7001);
    let given = world.parts(&id, assign("admin", "9002")).await.body;
    assert_eq!(
        (&given["admin_assignee_id"], &given["team_assignee_id"]),
        (&json!(9002), &json!(7001))
    );
    let taken = world.parts(&id, assign("admin", "0")).await.body;
    assert_eq!(
        (&taken["admin_assignee_id"], &taken["team_assignee_id"]),
        (&json!(0), &json!(7001))
    );
    assert_eq!(world.parts(&id, assign("admin", "1")).await.code(), (404, "assignee_not_found"));
    assert_eq!(world.parts(&id, assign("admin", "9004")).await.code(), (400, "parameter_invalid"));
    world.parts(&id, json!({ "message_type": "close", "type": "admin", "admin_id": US })).await;
    let back = world.parts(&id, assign("team", "7001")).await.body;
    let part = &back["conversation_parts"]["conversation_parts"][0];
    assert_eq!((&back["state"], &part["part_type"]), (&json!("open"), &json!("assign_and_reopen")));

    let snooze =
        |until: i64| json!({ "message_type": "snoozed", "admin_id": US, "snoozed_until": until });
    assert_eq!(world.parts(&id, snooze(5)).await.code(), (400, "parameter_invalid"));
    let until = 1_795_428_000 + 60;
    let snoozed = world.parts(&id, snooze(until)).await.body;
    assert_eq!((&snoozed["state"], &snoozed["snoozed_until"]), (&json!("snoozed"), &json!(until)));
    world.clock.advance_ms(60_000);
    assert_eq!(world.intercom.conversation(&id).unwrap()["state"], "open");
    world.parts(&id, json!({ "message_type": "open", "admin_id": US })).await;
    let webhooks = world.webhooks();
    let tail: Vec<_> = topics(&webhooks).into_iter().rev().take(4).collect();
    assert_eq!(
        tail,
        [
            "conversation.admin.opened",
            "conversation.admin.unsnoozed",
            "conversation.admin.snoozed",
            "conversation.admin.open.assigned",
        ]
    );
}

#[tokio::test]
async fn conversations_are_listed_and_searched_page_by_page() {
    let world = World::new().await;
    let mut all = HashSet::new();
    for at in 0..7 {
        let contact = world.contact(Role::User, &format!("c{at}@acme.example"));
        all.insert(world.intercom.say(&contact, "hello").unwrap());
        world.clock.advance_ms(1_000);
    }
    let (mut seen, mut cursor) = (HashSet::new(), Value::Null);
    loop {
        let body = json!({
            "query": { "field": "updated_at", "operator": ">", "value": "1795428002" },
            "pagination": { "per_page": 2, "starting_after": cursor },
        });
        let page = world.post("/conversations/search", &[], body).await.body;
        assert_eq!(page["total_count"], 5);
        for found in page["conversations"].as_array().unwrap() {
            assert!(found.get("conversation_parts").is_none());
            assert!(seen.insert(found["id"].as_str().unwrap().to_owned()));
        }
        cursor = page["pages"]["next"]["starting_after"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    let list = world.get("/conversations?per_page=3", &[]).await.body;
    assert_eq!((&list["total_count"], &list["pages"]["total_pages"]), (&json!(7), &json!(3)));
    let bad = json!({ "query": { "field": "updated_at", "operator": "~", "value": "x" } });
    assert_eq!(world.post("/conversations/search", &[], bad).await.status, 400);
    assert_eq!(world.get("/conversations?per_page=151", &[]).await.status, 400);
}

#[tokio::test]
async fn conversations_carry_tags_attributes_and_a_read_mark() {
    let mut world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let id = world.intercom.say(&contact, "hello").unwrap();
    let tag = world.post("/tags", &[], json!({ "name": "Refund-Auto" })).await.body;
    let again = world.post("/tags", &[], json!({ "name": "refund-auto" })).await.body;
    assert_eq!(tag["id"], again["id"]);
    assert_eq!(world.get("/tags", &[]).await.body["data"].as_array().unwrap().len(), 1);
    let body = json!({ "id": tag["id"], "admin_id": US });
    let path = "/conversations/{conversation_id}/tags";
    let applied = world.post(path, &[&id], body.clone()).await.body;
    assert_eq!(applied["applied_by"]["id"], US);
    assert_eq!(world.post(path, &["1"], body).await.code(), (404, "not_found"));
    let ids = [id.as_str()];
    let put = |body: Value| world.put("/conversations/{conversation_id}", &ids, body);
    let changed =
        put(json!({ "read": true, "custom_attributes": { "Outcome": "refunded" } })).await.body;
    assert_eq!(
        (&changed["read"], &changed["custom_attributes"]["Outcome"]),
        (&json!(true), &json!("refunded"))
    );
    assert_eq!(changed["tags"]["tags"][0]["name"], "Refund-Auto");
    assert_eq!(put(json!({ "priority": "high" })).await.code(), (400, "parameter_invalid"));
    let ids = [id.as_str(), tag["id"].as_str().unwrap()];
    let path = "/conversations/{conversation_id}/tags/{tag_id}";
    let detach = || world.call(Method::DELETE, path, &ids, json!({ "admin_id": US }));
    assert_eq!(detach().await.status, 200);
    assert_eq!(detach().await.code(), (404, "tag_not_found"));
    assert_eq!(world.webhooks().pop().unwrap().0, "conversation.read");
}

#[tokio::test]
async fn a_contact_can_be_spoken_for_over_the_api() {
    let world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let from = json!({ "type": "user", "id": contact });
    let made =
        world.post("/conversations", &[], json!({ "from": from, "body": "hello" })).await.body;
    let id = made["conversation_id"].as_str().unwrap();
    let reply = json!({ "message_type": "comment", "type": "user", "intercom_user_id": contact, "body": "more" });
    let path = "/conversations/{conversation_id}/reply";
    assert_eq!(world.post(path, &["last"], reply).await.body["id"], id);
    let wrong = json!({ "from": { "type": "lead", "id": contact }, "body": "hello" });
    assert_eq!(world.post("/conversations", &[], wrong).await.code(), (404, "not_found"));
    assert_eq!(world.intercom.messages(id).len(), 2);
}

#[tokio::test]
async fn only_the_newest_500_parts_are_shown() {
    let world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let id = world.intercom.say(&contact, "0").unwrap();
    for at in 1..=510 {
        world.intercom.say_in(&id, &at.to_string()).unwrap();
    }
    let read =
        world.get("/conversations/{conversation_id}?display_as=plaintext", &[&id]).await.body;
    let parts = read["conversation_parts"]["conversation_parts"].as_array().unwrap();
    assert_eq!(
        (parts.len(), &parts[0]["body"], &parts[499]["body"]),
        (500, &json!("11"), &json!("510"))
    );
    assert_eq!(read["conversation_parts"]["total_count"], 510);
}
