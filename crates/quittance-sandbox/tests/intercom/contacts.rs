//! Contacts and their attributes.

use quittance_sandbox::intercom::Role;
use serde_json::{Value, json};

use crate::harness::{World, topics};

#[tokio::test]
async fn contacts_are_made_read_changed_and_found() {
    let mut world = World::new().await;
    let made = world
        .post(
            "/contacts",
            &[],
            json!({ "external_id": "70", "email": "joe@bloggs.com", "name": "Joe" }),
        )
        .await;
    let id = made.body["id"].as_str().unwrap();
    assert_eq!((id.len(), &made.body["role"]), (24, &json!("user")));
    let again = world.post("/contacts", &[], json!({ "external_id": "70" })).await;
    assert_eq!(again.code(), (409, "conflict"));
    let read = world.get("/contacts/{contact_id}", &[id]).await;
    assert_eq!(read.body, made.body);
    let found = world.get("/contacts/find_by_external_id/{external_id}", &["70"]).await;
    assert_eq!(found.body["id"], id);
    let changed = world.put("/contacts/{contact_id}", &[id], json!({ "name": "Joseph" })).await;
    assert_eq!(
        (&changed.body["name"], &changed.body["email"]),
        (&json!("Joseph"), &json!("joe@bloggs.com"))
    );
    for body in
        [json!({}), json!({ "email": "x@y.example", "surname": "B" }), json!({ "role": "admin" })]
    {
        assert_eq!(world.post("/contacts", &[], body).await.status, 400);
    }
    let unknown = world.get("/contacts/{contact_id}", &["nobody"]).await;
    assert_eq!(unknown.code(), (404, "not_found"));
    assert_eq!(topics(&world.webhooks()), ["contact.user.created", "contact.user.updated"]);
}

#[tokio::test]
async fn an_address_can_belong_to_several_contacts() {
    let world = World::new().await;
    world.contact(Role::User, "shared@acme.example");
    world.contact(Role::Lead, "shared@acme.example");
    world.contact(Role::User, "other@acme.example");
    let search = |query: Value| world.post("/contacts/search", &[], json!({ "query": query }));
    let by_email = json!({ "field": "email", "operator": "=", "value": "Shared@acme.example" });
    assert_eq!(search(by_email.clone()).await.body["total_count"], 2);
    let users = json!({ "field": "role", "operator": "=", "value": "user" });
    let both = json!({ "operator": "AND", "value": [by_email, users] });
    assert_eq!(search(both).await.body["total_count"], 1);
    let by_external =
        json!({ "field": "external_id", "operator": "=", "value": "user-other@acme.example" });
    assert_eq!(search(by_external).await.body["data"][0]["email"], "other@acme.example");
    let sorted = json!({
        "query": { "field": "role", "operator": "=", "value": "user" },
        "sort": { "field": "created_at", "order": "desc" },
    });
    let refused = world.post("/contacts/search", &[], sorted).await;
    assert_eq!(refused.code(), (400, "invalid_sort_order"));
}

#[tokio::test]
async fn a_merged_contact_is_gone_and_says_where_it_went() {
    let mut world = World::new().await;
    let lead = world.contact(Role::Lead, "maya@acme.example");
    let user = world.contact(Role::User, "maya@acme.example");
    let stranger = world.contact(Role::User, "stranger@acme.example");
    let conversation = world.intercom.say(&lead, "hello").unwrap();
    let merge = |from: &str, into: &str| {
        world.post("/contacts/merge", &[], json!({ "from": from, "into": into }))
    };
    assert_eq!(merge(&lead, &stranger).await.code(), (400, "invalid_merge"));
    assert_eq!(merge(&user, &lead).await.code(), (400, "parameter_invalid"));
    assert_eq!(merge(&lead, &user).await.body["id"], user);
    let gone = world.get("/contacts/{contact_id}", &[&lead]).await;
    assert_eq!(gone.code(), (410, "contact_merged"));
    assert_eq!(gone.headers["link"], format!("</contacts/{user}>; rel=\"canonical\""));
    let read = world.get("/conversations/{conversation_id}", &[&conversation]).await;
    assert_eq!(read.body["contacts"]["contacts"][0]["id"], user);
    let last = world.webhooks().pop().unwrap();
    assert_eq!(
        (last.0.as_str(), &last.1["data"]["item"]["merged_from"]["id"]),
        ("contact.merged", &json!(lead))
    );
}

#[tokio::test]
async fn an_attribute_has_a_type_and_the_browser_writes_it_only_if_allowed() {
    let world = World::new().await;
    let define = |name: &str, kind: &str, is_writable: bool| {
        let body = json!({ "name": name, "model": "contact", "data_type": kind, "messenger_writable": is_writable });
        world.post("/data_attributes", &[], body)
    };
    assert_eq!(define("stripe_customer_id", "string", false).await.status, 200);
    assert_eq!(define("seats", "integer", true).await.status, 200);
    assert_eq!(define("Seats", "integer", true).await.code(), (400, "parameter_invalid"));
    assert_eq!(define("a/b", "string", true).await.code(), (400, "parameter_invalid"));
    let listed = world.get("/data_attributes?model=contact", &[]).await.body;
    let known = listed["data"].as_array().unwrap();
    let stripe = known.iter().find(|it| it["name"] == "stripe_customer_id").unwrap();
    assert_eq!(stripe["messenger_writable"], false);
    let refused = world.get("/data_attributes?model=conversation", &[]).await;
    assert_eq!(refused.code(), (422, "parameter_invalid"));

    let contact = world.contact(Role::User, "maya@acme.example");
    let ids = [contact.as_str()];
    let set = |attributes: Value| {
        let body = json!({ "custom_attributes": attributes });
        world.put("/contacts/{contact_id}", &ids, body)
    };
    assert_eq!(set(json!({ "stripe_customer_id": "cus_1", "seats": 4 })).await.status, 200);
    assert_eq!(set(json!({ "seats": "four" })).await.code(), (400, "parameter_invalid"));
    assert_eq!(set(json!({ "unknown": 1 })).await.code(), (400, "parameter_invalid"));
    assert!(!world.intercom.write_from_browser(&contact, "stripe_customer_id", json!("cus_2")));
    assert!(world.intercom.write_from_browser(&contact, "seats", json!(5)));
    let now = world.get("/contacts/{contact_id}", &[&contact]).await.body;
    assert_eq!(now["custom_attributes"], json!({ "stripe_customer_id": "cus_1", "seats": 5 }));
}
