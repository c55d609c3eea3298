//! The demo's page over HTTP.

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::StreamExt;
    use futures_util::stream;
    use quittance_core::clock::{Clock, ManualClock};
    use quittance_sandbox::intercom::{self, Intercom, Writer};
    use quittance_sandbox::page::{self, FeedLine, LONGEST_TEXT, Page};
    use quittance_sandbox::stripe::{self, Stripe};
    use quittance_sandbox::world::{Persona, World};
    use reqwest::header::HeaderMap;
    use serde_json::{Value, json};
    use tokio::task::JoinSet;

    struct Site {
        stripe: Stripe,
        intercom: Intercom,
        people: Vec<Persona>,
        base: String,
        client: reqwest::Client,
        _server: JoinSet<()>,
    }

    struct Answer {
        status: u16,
        headers: HeaderMap,
        text: String,
    }

    impl Answer {
        fn json(&self) -> Value {
            serde_json::from_str(&self.text).unwrap()
        }

        /// Status, code and message of a refusal.
        fn refusal(&self) -> (u16, String, String) {
            let error = &self.json()["error"];
            let field = |name: &str| error[name].as_str().unwrap().to_owned();
            (self.status, field("code"), field("message"))
        }
    }

    fn line(text: &str) -> FeedLine {
        FeedLine {
            conversation: "1".to_owned(),
            at_ms: 5,
            step: "verdict".to_owned(),
            text: text.to_owned(),
            seq: Some(7),
            hash: Some("ab".repeat(32)),
            detail: Some(json!({ "verdict": "allow" })),
        }
    }

    impl Site {
        /// A page whose feed says two things and then waits for ever.
        async fn new() -> Self {
            let feed = || stream::iter([line("one"), line("two")]).chain(stream::pending()).boxed();
            Self::with(Arc::new(feed)).await
        }

        async fn with(feed: page::Feed) -> Self {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let clock = Arc::new(ManualClock::new("2026-11-23T10:00:00Z".parse().unwrap()));
            let (stripe, _) = Stripe::new(clock.clone(), stripe::Options::default());
            let (intercom, _) = Intercom::new(clock.clone(), intercom::Options::default());
            let people = World::seed(&stripe, &intercom, clock.now());
            let router = page::router(Page {
                stripe: stripe.clone(),
                intercom: intercom.clone(),
                people: people.clone(),
                model_name: "stand-in".to_owned(),
                is_stand_in_model: true,
                feed,
            });
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let mut server = JoinSet::new();
            server.spawn(async move { axum::serve(listener, router).await.unwrap() });
            let client = reqwest::Client::builder().build().unwrap();
            Self { stripe, intercom, people, base, client, _server: server }
        }

        fn person(&self, key: &str) -> &Persona {
            self.people.iter().find(|person| person.key == key).unwrap()
        }

        async fn get(&self, path: &str) -> Answer {
            read(self.client.get(format!("{}{path}", self.base)).send().await.unwrap()).await
        }

        async fn post(&self, path: &str, body: &Value) -> Answer {
            let request = self.client.post(format!("{}{path}", self.base)).json(body);
            read(request.send().await.unwrap()).await
        }

        async fn say(&self, person: &str, text: &str) -> String {
            let answer = self.post("/api/say", &json!({ "person": person, "text": text })).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.json()["conversation"].as_str().unwrap().to_owned()
        }

        async fn events(&self) -> Events {
            let response =
                self.client.get(format!("{}/api/events", self.base)).send().await.unwrap();
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            Events { response, text: String::new() }
        }
    }

    async fn read(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    struct Events {
        response: reqwest::Response,
        text: String,
    }

    impl Events {
        /// Name and data of the next event; nothing when the stream has ended.
        async fn next(&mut self) -> Option<(String, Value)> {
            loop {
                if let Some((block, rest)) = self.text.split_once("\n\n") {
                    let field = |name: &str| {
                        let mut lines = block.lines();
                        let value = lines.find_map(|line| line.strip_prefix(name));
                        value.unwrap_or_default().trim().to_owned()
                    };
                    let event = (field("event:"), serde_json::from_str(&field("data:")).unwrap());
                    self.text = rest.to_owned();
                    return Some(event);
                }
                let chunk = self.response.chunk().await.unwrap()?;
                self.text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
        }

        async fn next_called(&mut self, name: &str) -> Value {
            loop {
                let (found, data) = self.next().await.unwrap();
                if found == name {
                    return data;
                }
            }
        }
    }

    #[tokio::test]
    async fn the_page_and_every_answer_forbid_anything_from_elsewhere() {
        let site = Site::new().await;
        for (path, status) in
            [("/", 200), ("/assets/app.js", 200), ("/api/people", 200), ("/nothing", 404)]
        {
            let answer = site.get(path).await;
            assert_eq!(answer.status, status, "{path}");
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
            assert!(policy.contains("script-src 'self'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        }
        let index = site.get("/").await;
        assert_eq!(index.headers["content-type"], "text/html; charset=utf-8");
        assert!(index.text.contains("Everything here runs on this machine."));
        assert_eq!(site.get("/assets/../page.rs").await.status, 404);
        assert_eq!(site.get("/assets/none.js").await.refusal().1, "not_found");
    }

    #[tokio::test]
    async fn people_come_with_their_stories_and_the_models_name() {
        let site = Site::new().await;
        let answer = site.get("/api/people").await.json();
        assert_eq!(answer["model"], json!({ "name": "stand-in", "is_stand_in": true }));
        let people = answer["people"].as_array().unwrap();
        assert_eq!(people.len(), site.people.len());
        for (shown, person) in people.iter().zip(&site.people) {
            assert_eq!(shown["key"], person.key);
            assert_eq!(shown["story"], person.story);
            assert_eq!(shown["suggested_messages"], json!(person.suggested_messages));
            assert_eq!(shown["has_stripe_customer"], person.customer_id.is_some());
            assert_eq!(shown["conversations"], json!([]));
        }
    }

    #[tokio::test]
    async fn what_is_said_is_heard_and_shown_word_for_word() {
        let site = Site::new().await;
        let text = "<b>Refund</b> & \"please\"\nnow";
        let id = site.say("maya", text).await;
        let heard = site.intercom.messages(&id);
        assert_eq!((heard[0].author.clone(), heard[0].text.as_str()), (Writer::Contact, text));
        site.intercom.teammate_notes(&id, "Look at this.");
        let answer = json!({ "person": "maya", "conversation": id, "text": "Hi <i>Maya</i>" });
        assert_eq!(site.post("/api/answer", &answer).await.status, 200);
        site.intercom.teammate_assigns_self(&id);
        site.intercom.teammate_closes(&id);
        let chat = site.get("/api/chat?person=maya").await.json();
        let conversation = &chat["conversations"][0];
        assert_eq!(conversation["state"], "closed");
        assert_eq!(conversation["is_with_person"], true);
        let entries = conversation["entries"].as_array().unwrap();
        let shown: Vec<_> = entries
            .iter()
            .map(|entry| {
                let field = |name: &str| entry[name].as_str().unwrap_or_default();
                (field("kind"), field("by"), field("text"))
            })
            .collect();
        let expected = [
            ("message", "customer", text),
            ("note", "teammate", "Look at this."),
            ("message", "teammate", "Hi <i>Maya</i>"),
            ("taken", "teammate", ""),
            ("closed", "teammate", ""),
        ];
        assert_eq!(shown, expected);
    }

    #[tokio::test]
    async fn a_message_goes_where_it_was_meant_to_go() {
        let site = Site::new().await;
        let first = site.say("maya", "one").await;
        assert_eq!(site.say("maya", "two").await, first);
        let anew = json!({ "person": "maya", "text": "three", "is_new": true });
        let second = site.post("/api/say", &anew).await.json()["conversation"].clone();
        assert_ne!(second, first);
        site.intercom.teammate_closes(&first);
        let again = json!({ "person": "maya", "text": "four", "conversation": first });
        assert_eq!(site.post("/api/say", &again).await.json()["conversation"], first);
        let chat = site.get("/api/chat?person=maya").await.json();
        let states: Vec<_> =
            chat["conversations"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
        assert_eq!(states, ["open", "open"]);
        assert_eq!(site.intercom.messages(&first).last().unwrap().text, "four");
    }

    #[tokio::test]
    async fn nobody_writes_into_somebody_elses_conversation() {
        let site = Site::new().await;
        let id = site.say("maya", "mine").await;
        for path in ["/api/say", "/api/answer"] {
            let body = json!({ "person": "liam", "text": "hello", "conversation": id });
            let (status, code, _) = site.post(path, &body).await.refusal();
            assert_eq!((status, code.as_str()), (404, "unknown_conversation"));
        }
        assert_eq!(site.intercom.messages(&id).len(), 1);
    }

    #[tokio::test]
    async fn unknown_people_are_not_found() {
        let site = Site::new().await;
        let said = json!({ "person": "nobody", "text": "hello" });
        for answer in [
            site.get("/api/chat?person=nobody").await,
            site.get("/api/stripe?person=nobody").await,
            site.post("/api/say", &said).await,
        ] {
            let message = "there is no person called `nobody`".to_owned();
            assert_eq!(answer.refusal(), (404, "unknown_person".to_owned(), message));
        }
        assert_eq!(site.get("/api/chat").await.refusal().0, 400);
    }

    #[tokio::test]
    async fn unfit_messages_are_refused_and_nothing_is_said() {
        let site = Site::new().await;
        let long = "é".repeat(LONGEST_TEXT + 1);
        for text in [long.as_str(), "", " \n "] {
            let answer = site.post("/api/say", &json!({ "person": "maya", "text": text })).await;
            let (status, code, _) = answer.refusal();
            assert_eq!((status, code.as_str()), (400, "bad_text"));
        }
        let typo = json!({ "person": "maya", "text": "hello", "to": "liam" });
        assert_eq!(site.post("/api/say", &typo).await.refusal().0, 400);
        let huge = json!({ "person": "maya", "text": "x".repeat(page::LARGEST_BODY) });
        assert_eq!(site.post("/api/say", &huge).await.refusal().0, 413);
        // A form of another site cannot speak for anybody: it cannot send this type.
        let form = site.client.post(format!("{}/api/say", site.base));
        let form = form.header("content-type", "text/plain");
        let form = form.body(r#"{"person":"maya","text":"hello"}"#).send().await.unwrap();
        assert_eq!(read(form).await.refusal().0, 415);
        assert_eq!(site.intercom.conversations(), Vec::<String>::new());
        let longest = "é".repeat(LONGEST_TEXT);
        site.say("maya", &longest).await;
    }

    #[tokio::test]
    async fn the_account_shows_what_stripe_has() {
        let site = Site::new().await;
        let maya = site.person("maya");
        let charge = maya.charge_id.clone().unwrap();
        let before = site.get("/api/stripe?person=maya").await.json();
        assert_eq!(before["customer"]["id"], json!(maya.customer_id));
        assert_eq!(before["charges"][0]["id"], json!(charge));
        assert_eq!(before["charges"][0]["amount"], json!({ "amount": "49.00", "currency": "USD" }));
        assert_eq!(before["charges"][0]["refunded"], Value::Null);
        assert_eq!(before["subscriptions"][0]["plan"], "pro-monthly");
        let refund = site.stripe.refund(&charge, 1_250).unwrap();
        let after = site.get("/api/stripe?person=maya").await.json();
        let shown = &after["charges"][0];
        let given = json!({ "amount": "12.50", "currency": "USD" });
        assert_eq!(shown["refunded"], given);
        assert_eq!(shown["is_refunded"], false);
        assert_eq!(shown["refunds"][0]["id"], json!(refund));
        assert_eq!(shown["refunds"][0]["amount"], given);
        assert_eq!(shown["refunds"][0]["status"], "succeeded");
        let given_back = |account: &Value| -> (i64, u64) {
            let sums = account["totals"].as_array().unwrap();
            let dollars = sums.iter().find(|sum| sum["currency"] == "USD").unwrap();
            let cents = dollars["given_back"]["amount"].as_str().unwrap().replace('.', "");
            (cents.parse().unwrap(), dollars["refunds"].as_u64().unwrap())
        };
        let (cents, count) = given_back(&before);
        assert_eq!(given_back(&after), (cents + 1_250, count + 1));
    }

    #[tokio::test]
    async fn amounts_keep_their_currencys_digits_and_strangers_have_none() {
        let site = Site::new().await;
        let yen = site.get("/api/stripe?person=yuki").await.json();
        assert_eq!(yen["charges"][0]["amount"], json!({ "amount": "2900", "currency": "JPY" }));
        let disputed = site.get("/api/stripe?person=james").await.json();
        assert_eq!(disputed["charges"][0]["disputes"][0]["status"], "needs_response");
        let stranger = site.get("/api/stripe?person=visitor").await.json();
        assert_eq!((&stranger["customer"], &stranger["charges"]), (&Value::Null, &json!([])));
    }

    #[tokio::test]
    async fn events_begin_with_hello_and_tell_what_changed() {
        let site = Site::new().await;
        let mut events = site.events().await;
        assert_eq!(events.next().await.unwrap(), ("hello".to_owned(), json!({ "revision": 0 })));
        let shown = events.next_called("line").await;
        assert_eq!(shown, json!(line("one")));
        assert_eq!(events.next_called("line").await["text"], "two");
        site.say("maya", "hello").await;
        assert!(events.next_called("chat").await["revision"].as_u64().unwrap() > 0);
        site.stripe.refund(site.person("maya").charge_id.as_deref().unwrap(), 100).unwrap();
        assert!(events.next_called("stripe").await["revision"].as_u64().unwrap() > 0);
        // Whoever comes later is told from the beginning.
        assert_eq!(site.events().await.next_called("line").await["text"], "one");
    }

    #[tokio::test]
    async fn events_end_with_the_feed() {
        let site = Site::with(Arc::new(|| stream::iter([line("last")]).boxed())).await;
        let mut events = site.events().await;
        assert_eq!(events.next_called("line").await["text"], "last");
        assert_eq!(events.next().await, None);
    }

    #[tokio::test]
    async fn streams_are_limited_and_places_are_given_back() {
        let site = Site::new().await;
        let mut open = Vec::new();
        for _ in 0..page::MOST_VIEWERS {
            open.push(site.events().await);
        }
        let (status, code, _) = site.get("/api/events").await.refusal();
        assert_eq!((status, code.as_str()), (503, "too_many_viewers"));
        drop(open);
        // The server notices a closed connection when it next has something to say.
        loop {
            site.say("maya", "is there a place again?").await;
            let response =
                site.client.get(format!("{}/api/events", site.base)).send().await.unwrap();
            if response.status().is_success() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}
