//! What people do outside the API, webhooks, and faults.

use quittance_sandbox::intercom::{AttributeSeed, Endpoint, Fault, Role, Writer};
use serde_json::{Value, json};

use crate::harness::{TOKEN, US, World, topics};

#[tokio::test]
async fn faults_happen_before_or_after_the_effect_as_asked() {
    let world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    let id = world.intercom.say(&contact, "hello").unwrap();
    let send = || {
        let url = format!("{}/conversations/{id}/reply", world.base);
        let body =
            json!({ "message_type": "comment", "type": "admin", "admin_id": US, "body": "hi" });
        let request = world.client.post(url).bearer_auth(TOKEN).json(&body);
        async move {
            let response = request.send().await?;
            let status = response.status().as_u16();
            response.text().await.map(|_| status)
        }
    };
    for (fault, answer, messages) in [
        (Fault::DropBeforeEffect, None, 1),
        (Fault::DropAfterEffect, None, 2),
        (Fault::ErrorBeforeEffect, Some(500), 2),
        (Fault::ErrorAfterEffect, Some(500), 3),
        (Fault::TooManyRequests, Some(429), 3),
        (Fault::SlowAnswer { delay_ms: 1 }, Some(200), 4),
    ] {
        world.intercom.fail_next(Endpoint::Reply, fault);
        assert_eq!(send().await.ok(), answer, "{fault:?}");
        assert_eq!(world.intercom.messages(&id).len(), messages, "{fault:?}");
    }
    assert_eq!(send().await.unwrap(), 200);
    world.intercom.fail_always(Endpoint::Reply, Fault::ErrorBeforeEffect);
    assert_eq!((send().await.unwrap(), send().await.unwrap()), (500, 500));
    world.intercom.heal();
    assert_eq!(send().await.unwrap(), 200);
}

#[tokio::test]
async fn webhooks_can_be_repeated_disturbed_and_lost() {
    let mut world = World::new().await;
    let contact = world.contact(Role::User, "maya@acme.example");
    world.webhooks();
    world.intercom.repeat_webhooks(3);
    let id = world.intercom.say(&contact, "one").unwrap();
    let thrice = world.webhooks();
    assert_eq!(thrice.len(), 3);
    assert!(thrice.iter().all(|(_, body)| body["id"] == thrice[0].1["id"]));
    let attempts: Vec<_> =
        thrice.iter().map(|(_, it)| it["delivery_attempts"].as_i64().unwrap()).collect();
    assert_eq!(attempts, [1, 2, 3]);

    world.intercom.repeat_webhooks(1);
    world.intercom.disturb_webhooks(3);
    for text in ["two", "three", "four", "five"] {
        world.intercom.say_in(&id, text);
    }
    let said = |webhooks: Vec<(String, Value)>| -> Vec<String> {
        let part = |it: &Value| {
            it["data"]["item"]["conversation_parts"]["conversation_parts"][0]["body"].clone()
        };
        webhooks.iter().map(|(_, it)| part(it).as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(said(world.webhooks()), ["four", "three", "two"]);
    world.intercom.release_webhooks();
    assert_eq!(said(world.webhooks()), ["five"]);

    world.intercom.disturb_webhooks(1);
    world.intercom.lose_webhooks(1);
    world.intercom.say_in(&id, "six");
    world.intercom.say_in(&id, "seven");
    assert_eq!(said(world.webhooks()), ["seven"]);
    assert_eq!(world.intercom.counts().webhooks_dropped, 1);
    world.intercom.ping();
    assert_eq!(topics(&world.webhooks()), ["ping"]);
}

#[tokio::test]
async fn people_act_in_the_inbox_and_by_mail() {
    let mut world = World::new().await;
    let lead = world.contact(Role::Lead, "visitor@acme.example");
    let id = world.intercom.email(&lead, "Refund please\nI paid twice").unwrap();
    let read = world.get("/conversations/{conversation_id}", &[&id]).await.body;
    assert_eq!(
        (&read["source"]["type"], &read["source"]["author"]["type"]),
        (&json!("email"), &json!("lead"))
    );
    world.intercom.teammate_assigns_self(&id).unwrap();
    world.intercom.teammate_replies(&id, "I will look").unwrap();
    world.intercom.teammate_notes(&id, "odd one").unwrap();
    world.intercom.teammate_closes(&id).unwrap();
    let read = world.get("/conversations/{conversation_id}", &[&id]).await.body;
    assert_eq!((&read["admin_assignee_id"], &read["state"]), (&json!(9002), &json!("closed")));
    let parts = read["conversation_parts"]["conversation_parts"].as_array().unwrap();
    assert!(parts.iter().all(|part| part["app_package_code"].is_null()));
    assert_eq!(world.intercom.messages(&id)[1].author, Writer::Teammate { name: "Ana".to_owned() });
    assert_ne!(world.intercom.say(&lead, "and here?"), Some(id));
    assert_eq!(world.intercom.say("nobody", "hello"), None);
    assert_eq!(world.webhooks().len(), 7);
}

#[tokio::test]
async fn whoever_watches_sees_every_change() {
    let world = World::new().await;
    let mut changes = world.intercom.subscribe_changes();
    let contact = world.contact(Role::User, "maya@acme.example");
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    world.get("/me", &[]).await;
    world.get("/contacts/{contact_id}", &[&contact]).await;
    assert!(!changes.has_changed().unwrap());
    world.intercom.say(&contact, "hello");
    assert!(changes.has_changed().unwrap());
    let seed = AttributeSeed {
        name: "a".into(),
        data_type: "string".into(),
        is_messenger_writable: false,
    };
    world.intercom.define_attribute(&seed);
    assert!(!world.intercom.write_from_browser(&contact, "a", json!("x")));
}
