//! The stand-in Intercom over HTTP. Every body is checked against the vendor's description when
//! `QUITTANCE_SPECS` says where that is.

#[cfg(test)]
#[path = "support/intercom_spec.rs"]
mod intercom_spec;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use hmac::{Hmac, KeyInit, Mac};
    use quittance_core::clock::ManualClock;
    use quittance_sandbox::delivery::{Deliveries, Delivery};
    use quittance_sandbox::intercom::{
        AttributeSeed, ContactSeed, Endpoint, Fault, Intercom, Options, Role, Writer,
    };
    use reqwest::Method;
    use reqwest::header::HeaderMap;
    use serde_json::{Map, Value, json};
    use tokio::task::JoinSet;

    use crate::intercom_spec::Spec;

    const TOKEN: &str = "intercom-sandbox-token";
    const US: &str = "9001";

    struct Answer {
        status: u16,
        headers: HeaderMap,
        body: Value,
    }

    impl Answer {
        fn code(&self) -> (u16, &str) {
            assert_eq!(self.body["type"], "error.list", "{:#}", self.body);
            (self.status, self.body["errors"][0]["code"].as_str().unwrap())
        }
    }

    struct World {
        clock: Arc<ManualClock>,
        intercom: Intercom,
        deliveries: Deliveries,
        base: String,
        client: reqwest::Client,
        _server: JoinSet<()>,
    }

    impl World {
        async fn new() -> Self {
            Self::with(Options::default()).await
        }

        async fn with(options: Options) -> Self {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let clock = Arc::new(ManualClock::new("2026-11-23T10:00:00Z".parse().unwrap()));
            let (intercom, deliveries) = Intercom::new(clock.clone(), options);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let router = intercom.router();
            let mut server = JoinSet::new();
            server.spawn(async move { axum::serve(listener, router).await.unwrap() });
            let client = reqwest::Client::builder().build().unwrap();
            Self { clock, intercom, deliveries, base, client, _server: server }
        }

        fn contact(&self, role: Role, email: &str) -> String {
            let external_id = (role == Role::User).then(|| format!("user-{email}"));
            self.intercom.add_contact(ContactSeed {
                external_id,
                role,
                email: Some(email.to_owned()),
                name: Some("Maya".to_owned()),
                language: Some("en".to_owned()),
                attributes: Map::new(),
            })
        }

        /// Sends a request and checks the answer. `path` is the description's path and `ids` fill
        /// its braces.
        async fn call(&self, method: Method, path: &str, ids: &[&str], body: Value) -> Answer {
            let (template, query) = path.split_once('?').unwrap_or((path, ""));
            let mut ids = ids.iter();
            let filled: Vec<_> = template
                .split('/')
                .map(|step| if step.starts_with('{') { ids.next().unwrap() } else { step })
                .collect();
            let url = format!("{}{}?{query}", self.base, filled.join("/"));
            let mut request = self
                .client
                .request(method.clone(), url)
                .bearer_auth(TOKEN)
                .header("Intercom-Version", "2.16");
            if !body.is_null() {
                request = request.json(&body);
            }
            let answer = read(request.send().await.unwrap()).await;
            if let Some(spec) = Spec::load() {
                let method = method.as_str().to_lowercase();
                spec.check_answer(&method, template, answer.status, &answer.body);
            }
            answer
        }

        async fn get(&self, path: &str, ids: &[&str]) -> Answer {
            self.call(Method::GET, path, ids, Value::Null).await
        }

        async fn post(&self, path: &str, ids: &[&str], body: Value) -> Answer {
            self.call(Method::POST, path, ids, body).await
        }

        async fn put(&self, path: &str, ids: &[&str], body: Value) -> Answer {
            self.call(Method::PUT, path, ids, body).await
        }

        async fn comment(&self, conversation: &str, text: &str) -> Answer {
            let body =
                json!({ "message_type": "comment", "type": "admin", "admin_id": US, "body": text });
            self.post("/conversations/{conversation_id}/reply", &[conversation], body).await
        }

        async fn parts(&self, conversation: &str, body: Value) -> Answer {
            self.post("/conversations/{conversation_id}/parts", &[conversation], body).await
        }

        /// The webhooks so far, as topics and bodies.
        fn webhooks(&mut self) -> Vec<(String, Value)> {
            let mut all = Vec::new();
            while let Ok(delivery) = self.deliveries.try_recv() {
                assert_signed(&delivery);
                let body: Value = serde_json::from_slice(&delivery.body).unwrap();
                if let (Some(spec), Some(item)) = (Spec::load(), body["data"].get("item")) {
                    match item["type"].as_str().unwrap() {
                        "ping" => {}
                        kind => spec.check_schema(kind, item),
                    }
                }
                all.push((body["topic"].as_str().unwrap().to_owned(), body));
            }
            all
        }
    }

    async fn read(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap() }
    }

    fn assert_signed(delivery: &Delivery) {
        let header = delivery.headers.iter().find(|(name, _)| name == "X-Hub-Signature").unwrap();
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"intercom-sandbox-secret").unwrap();
        mac.update(&delivery.body);
        mac.verify_slice(&hex::decode(header.1.strip_prefix("sha1=").unwrap()).unwrap()).unwrap();
    }

    fn topics(webhooks: &[(String, Value)]) -> Vec<&str> {
        webhooks.iter().map(|(topic, _)| topic.as_str()).collect()
    }

    #[test]
    fn the_description_finds_mistakes() {
        let Some(spec) = Spec::load() else { return };
        assert_eq!(spec.problems("conversation", &json!({ "id": "1" })), Vec::<String>::new());
        for wrong in [
            json!({ "id": 1 }),
            json!({ "admin_assignee_id": null }),
            json!({ "state": "gone" }),
            json!({ "conversation_parts": { "conversation_parts": [{ "body": 5 }] } }),
        ] {
            assert_eq!(spec.problems("conversation", &wrong).len(), 1, "{wrong}");
        }
        assert_eq!(spec.problems("error", &json!({ "errors": [{}] })).len(), 2);
    }

    #[tokio::test]
    async fn the_workspace_introduces_itself() {
        let world = World::new().await;
        let me = world.get("/me", &[]).await.body;
        assert_eq!((&me["id"], &me["app"]["id_code"]), (&json!(US), &json!("sandbox1")));
        assert_eq!(me["app"]["identity_verification"], true);
        let admins = world.get("/admins", &[]).await.body;
        assert_eq!(admins["admins"].as_array().unwrap().len(), 4);
        let teams = world.get("/teams", &[]).await.body;
        assert_eq!(teams["teams"][0]["name"], "Billing");
    }

    #[tokio::test]
    async fn a_wrong_token_or_version_or_path_is_refused_with_an_error_list() {
        let world = World::new().await;
        let send = |token: &'static str, version: &'static str, path: &'static str| {
            let request = world.client.get(format!("{}{path}", world.base));
            let request = request.bearer_auth(token).header("Intercom-Version", version);
            async move { read(request.send().await.unwrap()).await }
        };
        assert_eq!(send("wrong", "2.16", "/me").await.code(), (401, "unauthorized"));
        assert_eq!(send(TOKEN, "9.9", "/me").await.code(), (400, "intercom_version_invalid"));
        assert_eq!(send(TOKEN, "2.16", "/nothing").await.code(), (404, "not_found"));
        assert_eq!(send(TOKEN, "2.16", "/me?x=1").await.code(), (400, "parameter_invalid"));
        let answer = send(TOKEN, "2.16", "/contacts").await;
        assert_eq!(answer.code(), (404, "not_found"));
        assert_eq!(answer.headers["x-request-id"], answer.body["request_id"].as_str().unwrap());
        assert_eq!(world.intercom.counts().refused, 5);
    }

    #[tokio::test]
    async fn too_many_requests_in_ten_seconds_are_refused_until_the_window_ends() {
        let world = World::with(Options { requests_per_window: 2, ..Options::default() }).await;
        let first = world.get("/me", &[]).await;
        assert_eq!(first.headers["x-ratelimit-remaining"], "1");
        assert_eq!(world.get("/me", &[]).await.headers["x-ratelimit-remaining"], "0");
        let refused = world.get("/teams", &[]).await;
        assert_eq!(refused.code(), (429, "rate_limit_exceeded"));
        let reset: i64 = refused.headers["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
        world.clock.advance_ms(10_000);
        assert_eq!(world.get("/me", &[]).await.status, 200);
        assert_eq!(reset, 1_795_428_010);
    }

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
        for body in [
            json!({}),
            json!({ "email": "x@y.example", "surname": "B" }),
            json!({ "role": "admin" }),
        ] {
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
        let note =
            json!({ "message_type": "note", "type": "admin", "admin_id": US, "body": "why" });
        world.post("/conversations/{conversation_id}/reply", &[&id], note).await;
        let close = json!({ "message_type": "close", "type": "admin", "admin_id": US });
        let closed = world.parts(&id, close).await;
        assert_eq!(
            (&closed.body["state"], &closed.body["open"]),
            (&json!("closed"), &json!(false))
        );
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
        let part = |answer: &Answer| {
            answer.body["conversation_parts"]["conversation_parts"][0]["id"].clone()
        };
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
        let good =
            json!({ "message_type": "comment", "type": "admin", "admin_id": US, "body": "hi" });
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
        assert_eq!(
            world.parts(&id, assign("admin", "1")).await.code(),
            (404, "assignee_not_found")
        );
        assert_eq!(
            world.parts(&id, assign("admin", "9004")).await.code(),
            (400, "parameter_invalid")
        );
        world.parts(&id, json!({ "message_type": "close", "type": "admin", "admin_id": US })).await;
        let back = world.parts(&id, assign("team", "7001")).await.body;
        let part = &back["conversation_parts"]["conversation_parts"][0];
        assert_eq!(
            (&back["state"], &part["part_type"]),
            (&json!("open"), &json!("assign_and_reopen"))
        );

        let snooze = |until: i64| json!({ "message_type": "snoozed", "admin_id": US, "snoozed_until": until });
        assert_eq!(world.parts(&id, snooze(5)).await.code(), (400, "parameter_invalid"));
        let until = 1_795_428_000 + 60;
        let snoozed = world.parts(&id, snooze(until)).await.body;
        assert_eq!(
            (&snoozed["state"], &snoozed["snoozed_until"]),
            (&json!("snoozed"), &json!(until))
        );
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
        assert_eq!(
            world.intercom.messages(&id)[1].author,
            Writer::Teammate { name: "Ana".to_owned() }
        );
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
}
