//! The stand-in model over HTTP: the protocol, and whole turns in four languages.

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use quittance_sandbox::model::{FINGERPRINT, Model, NAME, Options};
    use serde_json::{Value, json};
    use tokio::task::JoinSet;

    struct Server {
        model: Model,
        base: String,
        client: reqwest::Client,
        _tasks: JoinSet<()>,
    }

    impl Server {
        async fn new(model: Model) -> Self {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}/v1", listener.local_addr().unwrap());
            let router = model.router();
            let mut tasks = JoinSet::new();
            tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
            let client = reqwest::Client::builder().build().unwrap();
            Self { model, base, client, _tasks: tasks }
        }

        async fn rules() -> Self {
            Self::new(Model::new(Options::default())).await
        }

        async fn send(&self, body: &Value) -> (u16, Value) {
            let url = format!("{}/chat/completions", self.base);
            let response = self.client.post(url).json(body).send().await.unwrap();
            assert_eq!(response.headers()["x-stand-in"], "true");
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
        }

        async fn message(&self, body: &Value) -> Value {
            let (status, answer) = self.send(body).await;
            assert_eq!(status, 200, "{answer:#}");
            answer["choices"][0]["message"].clone()
        }

        /// Plays a turn: `tool` answers each call, and the calls come back with the final text.
        async fn turn(
            &self,
            messages: &[Value],
            offered: &[&str],
            tool: impl Fn(&str, &Value) -> Value,
        ) -> (Vec<(String, Value)>, String) {
            let mut body = request(messages, offered);
            let mut calls = Vec::new();
            for _ in 0..10 {
                let message = self.message(&body).await;
                let Some(call) = message["tool_calls"].get(0) else {
                    return (calls, message["content"].as_str().unwrap().to_owned());
                };
                let name = call["function"]["name"].as_str().unwrap().to_owned();
                let arguments = call["function"]["arguments"].as_str().unwrap();
                let arguments: Value = serde_json::from_str(arguments).unwrap();
                let is_end = matches!(name.as_str(), "ask_customer" | "hand_off");
                let result = if is_end { json!({ "ok": true }) } else { tool(&name, &arguments) };
                let messages = body["messages"].as_array_mut().unwrap();
                messages.push(message.clone());
                messages.push(json!({
                    "role": "tool", "tool_call_id": call["id"], "content": result.to_string(),
                }));
                calls.push((name, arguments));
                if is_end {
                    return (calls, String::new());
                }
            }
            panic!("the turn has no end: {calls:?}");
        }
    }

    fn tool(name: &str) -> Value {
        let properties = match name {
            "search_policy" => json!({ "query": { "type": "string" } }),
            "ask_customer" => json!({ "question": { "type": "string" } }),
            "hand_off" => json!({ "why": { "type": "string" } }),
            "propose_refund" => json!({
                "charge": { "type": "string" },
                "reason": { "type": "string", "enum": ["duplicate_charge", "changed_mind", "other"] },
                "amount": { "type": ["string", "null"] },
            }),
            _ => json!({}),
        };
        let required: Vec<_> = properties.as_object().unwrap().keys().cloned().collect();
        json!({ "type": "function", "function": {
            "name": name, "description": name, "strict": true,
            "parameters": {
                "type": "object", "properties": properties, "required": required,
                "additionalProperties": false,
            },
        }})
    }

    const ALL: [&str; 6] = [
        "list_charges",
        "get_subscription",
        "search_policy",
        "ask_customer",
        "propose_refund",
        "hand_off",
    ];

    fn request(messages: &[Value], offered: &[&str]) -> Value {
        let mut body = json!({ "model": NAME, "messages": messages });
        if !offered.is_empty() {
            body["tools"] = offered.iter().map(|name| tool(name)).collect();
        }
        body
    }

    fn charge(number: usize, amount: &str, paid_on: &str, plan: &str) -> Value {
        json!({
            "handle": format!("charge {number}"), "amount": amount, "currency": "USD",
            "paid_on": paid_on, "status": "succeeded", "refunded": "0.00", "refundable": amount,
            "disputed": false, "method": "visa ending 4242", "plans": [plan], "billing": "renewal",
        })
    }

    fn twins() -> Value {
        json!([
            charge(1, "49.00", "2026-11-21", "pro-monthly"),
            charge(2, "49.00", "2026-11-20", "pro-monthly"),
            charge(3, "49.00", "2026-10-20", "pro-monthly"),
        ])
    }

    fn conversation(identity: &str, charges: &Value, lines: &[&str]) -> Vec<Value> {
        let facts = json!({
            "today": "2026-11-23", "identity": identity, "charges": charges, "subscriptions": [],
        });
        let system = format!("You help customers.\n\n## Facts\n```json\n{facts}\n```\nBe brief.");
        let mut messages = vec![json!({ "role": "system", "content": system })];
        for (at, line) in lines.iter().enumerate() {
            let role = if at % 2 == 0 { "user" } else { "assistant" };
            messages.push(json!({ "role": role, "content": line }));
        }
        messages
    }

    fn found(name: &str) -> Value {
        match name {
            "search_policy" => json!({ "ok": true, "sections": [
                { "clause": "Charged twice", "score": "7.31", "text": "We give it back within 120 days." },
            ]}),
            _ => json!({ "ok": true }),
        }
    }

    fn names(calls: &[(String, Value)]) -> Vec<&str> {
        calls.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn assert_no_figures(text: &str) {
        assert!(!text.is_empty() && !text.chars().any(char::is_numeric), "{text}");
    }

    #[tokio::test]
    async fn a_duplicate_is_proposed_in_four_languages_after_reading_the_policy() {
        let server = Server::rules().await;
        for (text, ending) in [
            ("Hi, I was charged twice this month. Please refund one.", "anything else"),
            ("Bonjour, j'ai été débité deux fois ce mois-ci.", "autre chose"),
            ("Hallo, mir wurde zweimal Geld abgebucht.", "sonst noch"),
            ("Hola, me han cobrado dos veces este mes.", "algo más"),
        ] {
            let messages = conversation("verified", &twins(), &[text]);
            let (calls, said) = server.turn(&messages, &ALL, |name, _| found(name)).await;
            assert_eq!(names(&calls), ["search_policy", "propose_refund"], "{text}");
            let expected =
                json!({ "charge": "charge 1", "reason": "duplicate_charge", "amount": null });
            assert_eq!(calls[1].1, expected);
            assert!(said.contains(ending), "{said}");
            assert_no_figures(&said);
        }
    }

    #[tokio::test]
    async fn a_bare_wish_is_asked_back_and_the_answer_is_understood() {
        let server = Server::rules().await;
        let one = json!([charge(1, "19.00", "2026-11-18", "starter-monthly")]);
        for (wish, question, answer) in [
            ("I want my money back", "why", "I changed my mind"),
            ("Je voudrais être remboursé", "pourquoi", "J'ai changé d'avis"),
            ("Ich möchte mein Geld zurück", "warum", "Ich habe es mir anders überlegt"),
            ("Quiero que me devuelvan el dinero", "por qué", "He cambiado de opinión"),
        ] {
            let messages = conversation("verified", &one, &[wish]);
            let (calls, _) = server.turn(&messages, &ALL, |name, _| found(name)).await;
            assert_eq!(names(&calls), ["ask_customer"], "{wish}");
            let asked = calls[0].1["question"].as_str().unwrap();
            assert!(asked.contains(question), "{asked}");
            assert_no_figures(asked);
            let messages = conversation("verified", &one, &[wish, asked, answer]);
            let (calls, _) = server.turn(&messages, &ALL, |name, _| found(name)).await;
            assert_eq!(names(&calls), ["search_policy", "propose_refund"], "{answer}");
            assert_eq!(calls[1].1["reason"], "changed_mind");
        }
    }

    #[tokio::test]
    async fn the_reason_is_asked_for_once_even_after_small_talk() {
        let server = Server::rules().await;
        let one = json!([charge(1, "19.00", "2026-11-18", "starter-monthly")]);
        let mut lines = vec!["Hi".to_owned()];
        for expected in ["ask_customer", "ask_customer", "search_policy"] {
            let said: Vec<_> = lines.iter().map(String::as_str).collect();
            let messages = conversation("verified", &one, &said);
            let (calls, _) = server.turn(&messages, &ALL, |name, _| found(name)).await;
            assert_eq!(calls[0].0, expected, "{lines:?}");
            lines.push(calls[0].1["question"].as_str().unwrap_or_default().to_owned());
            lines.push("I want a refund".to_owned());
        }
    }

    #[tokio::test]
    async fn nobody_unverified_gets_a_proposal() {
        let server = Server::rules().await;
        for text in ["I was charged twice", "On m'a débité deux fois", "Ich will mein Geld zurück"]
        {
            let messages = conversation("not verified", &json!([]), &[text]);
            let offered = ["search_policy", "ask_customer", "hand_off"];
            let (calls, _) = server.turn(&messages, &offered, |name, _| found(name)).await;
            assert_eq!(names(&calls), ["hand_off"], "{text}");
        }
    }

    #[tokio::test]
    async fn a_question_about_the_rules_is_answered_by_pointing_to_the_clause() {
        let server = Server::rules().await;
        for text in [
            "What is your refund policy?",
            "Quelle est votre politique de remboursement ?",
            "Welche Regeln gelten für Erstattungen?",
            "¿Cuál es su política de reembolsos?",
        ] {
            let messages = conversation("verified", &twins(), &[text]);
            let (calls, said) = server.turn(&messages, &ALL, |name, _| found(name)).await;
            assert_eq!(names(&calls), ["search_policy"]);
            assert!(said.contains("Charged twice"), "{said}");
            assert_no_figures(&said);
        }
        let messages = conversation("verified", &twins(), &["What is your refund policy?"]);
        let figures =
            |_: &str, _: &Value| json!({ "ok": true, "sections": [{ "clause": "14 days" }] });
        assert_no_figures(&server.turn(&messages, &ALL, figures).await.1);
    }

    #[tokio::test]
    async fn what_cannot_be_done_goes_to_a_person() {
        let server = Server::rules().await;
        for text in ["Let me talk to a human", "You idiot", "cancel my subscription please"] {
            let messages = conversation("verified", &twins(), &[text]);
            let (calls, _) = server.turn(&messages, &ALL, |name, _| found(name)).await;
            assert_eq!(names(&calls), ["hand_off"], "{text}");
        }
        let refuse = |name: &str, _: &Value| match name {
            "propose_refund" => json!({ "ok": false, "error": {
                "code": "refused_by_policy", "message": "outside the window", "retryable": false,
            }}),
            other => found(other),
        };
        let messages = conversation("verified", &twins(), &["I was charged twice"]);
        let (calls, _) = server.turn(&messages, &ALL, refuse).await;
        assert_eq!(names(&calls), ["search_policy", "propose_refund", "hand_off"]);
        let without = ["search_policy", "propose_refund"];
        let (_, said) = server.turn(&messages, &without, refuse).await;
        assert!(said.contains("colleagues"), "{said}");
        let none = conversation("verified", &json!([]), &["refund me, I changed my mind"]);
        let (calls, _) = server.turn(&none, &ALL, |name, _| found(name)).await;
        assert_eq!(names(&calls), ["hand_off"]);
    }

    #[tokio::test]
    async fn a_misunderstanding_is_corrected_once() {
        let server = Server::rules().await;
        let confuse = |name: &str, _: &Value| match name {
            "propose_refund" => json!({ "ok": false, "error": {
                "code": "unknown_charge", "message": "there is no such charge", "retryable": true,
            }}),
            other => found(other),
        };
        let messages = conversation("verified", &twins(), &["I was charged twice"]);
        let (calls, _) = server.turn(&messages, &ALL, confuse).await;
        assert_eq!(
            names(&calls),
            ["search_policy", "propose_refund", "propose_refund", "hand_off"]
        );
    }

    #[tokio::test]
    async fn unclear_payments_are_asked_about_without_figures() {
        let server = Server::rules().await;
        let two = json!([
            charge(1, "49.00", "2026-11-20", "pro-monthly"),
            charge(2, "19.00", "2026-11-19", "starter-monthly"),
        ]);
        let wish = "Refund please, I changed my mind";
        let (calls, _) = server
            .turn(&conversation("verified", &two, &[wish]), &ALL, |name, _| found(name))
            .await;
        assert_eq!(names(&calls), ["ask_customer"]);
        let asked = calls[0].1["question"].as_str().unwrap();
        assert_no_figures(asked);
        let lines = [wish, asked, "the 19 dollar one"];
        let (calls, _) =
            server.turn(&conversation("verified", &two, &lines), &ALL, |name, _| found(name)).await;
        assert_eq!(calls[1].1["charge"], "charge 2");
    }

    #[tokio::test]
    async fn facts_are_fetched_when_the_instructions_hold_none() {
        let server = Server::rules().await;
        let messages = vec![
            json!({ "role": "system", "content": "Help." }),
            json!({ "role": "user", "content": [{ "type": "text", "text": "I was charged twice" }] }),
        ];
        let tool = |name: &str, _: &Value| match name {
            "list_charges" => json!({ "ok": true, "charges": twins() }),
            other => found(other),
        };
        let (calls, _) = server.turn(&messages, &ALL, tool).await;
        assert_eq!(names(&calls), ["list_charges", "search_policy", "propose_refund"]);
    }

    #[tokio::test]
    async fn a_text_that_is_sent_back_is_replaced_by_a_harmless_one() {
        let server = Server::rules().await;
        let mut messages =
            conversation("verified", &twins(), &["What is your refund policy?", "In 14 days."]);
        let back = json!({ "ok": false, "error": { "code": "figures", "message": "no figures", "retryable": true } });
        messages.push(json!({ "role": "user", "content": back.to_string() }));
        let message = server.message(&request(&messages, &[])).await;
        assert_no_figures(message["content"].as_str().unwrap());
    }

    #[tokio::test]
    async fn thanks_and_greetings_are_answered_in_kind() {
        let server = Server::rules().await;
        let lines = ["I was charged twice", "It is submitted.", "Thank you so much!"];
        let messages = conversation("verified", &twins(), &lines);
        let (calls, said) = server.turn(&messages, &ALL, |name, _| found(name)).await;
        assert_eq!((names(&calls).len(), said.contains("welcome")), (0, true));
        for text in ["hello", "Bonjour", "Hallo", "Hola"] {
            let messages = conversation("verified", &twins(), &[text]);
            let (calls, _) = server.turn(&messages, &ALL, |name, _| found(name)).await;
            assert_eq!(names(&calls), ["ask_customer"]);
        }
    }

    #[tokio::test]
    async fn the_choice_of_tools_is_obeyed() {
        let server = Server::rules().await;
        let with = |choice: Value| {
            let mut body = request(&conversation("verified", &twins(), &["thanks!"]), &ALL);
            body["tool_choice"] = choice;
            body
        };
        let called = |message: Value| message["tool_calls"][0]["function"]["name"].clone();
        assert_eq!(called(server.message(&with(json!("auto"))).await), Value::Null);
        assert_eq!(called(server.message(&with(json!("none"))).await), Value::Null);
        assert_eq!(called(server.message(&with(json!("required"))).await), "ask_customer");
        let named = json!({ "type": "function", "function": { "name": "search_policy" } });
        assert_eq!(called(server.message(&with(named)).await), "search_policy");
        for wrong in [json!("any"), json!({ "type": "function", "function": { "name": "x" } })] {
            assert_eq!(server.send(&with(wrong)).await.0, 400);
        }
    }

    #[tokio::test]
    async fn it_says_that_it_is_a_stand_in_and_counts_tokens() {
        let server = Server::rules().await;
        let models: Value = server
            .client
            .get(format!("{}/models", server.base))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert!(
            models["data"][0]["description"].as_str().unwrap().contains("not a language model")
        );
        let mut messages = conversation("verified", &twins(), &["hello"]);
        let long = messages[0]["content"].as_str().unwrap().repeat(12);
        messages[0]["content"] = json!(long);
        let body = request(&messages, &ALL);
        let (_, first) = server.send(&body).await;
        let (_, second) = server.send(&body).await;
        assert_eq!(
            (&first["model"], &first["system_fingerprint"]),
            (&json!(NAME), &json!(FINGERPRINT))
        );
        assert_eq!(first["choices"], second["choices"]);
        let cached = |answer: &Value| {
            answer["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap()
        };
        assert_eq!(cached(&first), 0);
        assert!(cached(&second) >= 1_024 && cached(&second).is_multiple_of(128));
        assert!(second["usage"]["prompt_tokens"].as_u64().unwrap() >= cached(&second));
        assert_eq!(server.model.requests(), [body.clone(), body]);
    }

    fn assistant(calls: &[&str]) -> Value {
        let calls: Vec<_> = calls
            .iter()
            .map(|id| json!({ "id": id, "type": "function", "function": { "name": "list_charges", "arguments": "{}" } }))
            .collect();
        json!({ "role": "assistant", "content": null, "tool_calls": calls })
    }

    fn result(id: &str) -> Value {
        json!({ "role": "tool", "tool_call_id": id, "content": "{\"ok\":true}" })
    }

    #[tokio::test]
    async fn malformed_transcripts_are_refused() {
        let server = Server::rules().await;
        let user = || json!({ "role": "user", "content": "hello" });
        for (why, messages) in [
            ("empty", vec![]),
            ("unknown role", vec![json!({ "role": "bot", "content": "x" })]),
            ("no content", vec![json!({ "role": "user" })]),
            ("result without call", vec![user(), result("a")]),
            ("call without result", vec![user(), assistant(&["a"])]),
            ("call without result before text", vec![user(), assistant(&["a"]), user()]),
            ("one of two results", vec![user(), assistant(&["a", "b"]), result("a"), user()]),
            ("result twice", vec![user(), assistant(&["a"]), result("a"), result("a")]),
            ("result of another call", vec![user(), assistant(&["a"]), result("b")]),
            ("equal ids", vec![user(), assistant(&["a", "a"]), result("a"), result("a")]),
            (
                "id used again",
                vec![user(), assistant(&["a"]), result("a"), assistant(&["a"]), result("a")],
            ),
            (
                "no calls",
                vec![user(), json!({ "role": "assistant", "content": null, "tool_calls": [] })],
            ),
            ("empty assistant", vec![user(), json!({ "role": "assistant", "content": null })]),
        ] {
            let (status, body) = server.send(&request(&messages, &ALL)).await;
            assert_eq!(
                (status, &body["error"]["type"]),
                (400, &json!("invalid_request_error")),
                "{why}"
            );
        }
        let fine = vec![user(), assistant(&["a", "b"]), result("b"), result("a"), user()];
        assert_eq!(server.send(&request(&fine, &ALL)).await.0, 200);
    }

    #[tokio::test]
    async fn requests_that_are_not_quite_right_are_refused() {
        let server = Server::rules().await;
        let good = request(&conversation("verified", &twins(), &["hello"]), &ALL);
        assert_eq!(server.send(&good).await.0, 200);
        let with = |name: &str, value: Value| {
            let mut body = good.clone();
            body[name] = value;
            body
        };
        for (name, value) in [
            ("stream", json!(true)),
            ("n", json!(2)),
            ("best_of", json!(1)),
            ("messages", json!("hello")),
            ("tools", json!([])),
        ] {
            assert_eq!(server.send(&with(name, value)).await.0, 400, "{name}");
        }
        let (status, body) = server.send(&with("model", json!("gpt-5"))).await;
        assert_eq!((status, &body["error"]["code"]), (404, &json!("model_not_found")));
        let spoil = |change: &dyn Fn(&mut Value)| {
            let mut body = good.clone();
            change(&mut body["tools"][4]["function"]["parameters"]);
            body
        };
        for (why, body) in [
            ("open object", spoil(&|it| it["additionalProperties"] = json!(true))),
            ("optional field", spoil(&|it| it["required"] = json!(["charge"]))),
            ("oneOf", spoil(&|it| it["properties"]["amount"] = json!({ "oneOf": [] }))),
            ("default", spoil(&|it| it["properties"]["amount"]["default"] = json!("1"))),
            ("no object", spoil(&|it| it["type"] = json!("string"))),
        ] {
            assert_eq!(server.send(&body).await.0, 400, "{why}");
        }
        let twice = with("tools", json!([tool("hand_off"), tool("hand_off")]));
        assert_eq!(server.send(&twice).await.0, 400);
    }

    #[tokio::test]
    async fn a_key_is_demanded_when_one_is_set() {
        let options = Options { api_key: Some("k".to_owned()), ..Options::default() };
        let server = Server::new(Model::new(options)).await;
        let body = request(&conversation("verified", &twins(), &["hello"]), &ALL);
        assert_eq!(server.send(&body).await.0, 401);
        let url = format!("{}/chat/completions", server.base);
        let answer = server.client.post(url).bearer_auth("k").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    #[tokio::test]
    async fn a_script_is_followed_to_its_end() {
        let server = Server::new(Model::scripted(vec![
            json!({ "role": "assistant", "content": "one" }),
            json!({ "status": 429, "headers": { "retry-after": "1" }, "body": { "error": { "code": 7 } } }),
            json!({ "status": 200, "body": "not json" }),
        ]))
        .await;
        let body = request(&conversation("verified", &twins(), &["hello"]), &[]);
        assert_eq!(server.message(&body).await["content"], "one");
        assert_eq!(server.send(&body).await, (429, json!({ "error": { "code": 7 } })));
        assert_eq!(server.send(&body).await, (200, json!("not json")));
        assert_eq!(server.send(&body).await.0, 500);
        assert_eq!(server.model.requests().len(), 4);
    }

    #[tokio::test]
    async fn an_adversary_is_different_for_every_seed_and_the_same_for_one() {
        let body = request(&conversation("verified", &twins(), &["hello"]), &ALL);
        let mut seen = HashSet::new();
        for seed in 0..60 {
            let server = Server::new(Model::adversary(seed)).await;
            let (one, again) = (server.send(&body).await, server.send(&body).await);
            let choices = |answer: &(u16, Value)| answer.1.get("choices").cloned();
            assert_eq!(choices(&one), choices(&again));
            seen.insert(format!("{} {:?}", one.0, choices(&one)));
        }
        assert!(seen.len() > 40, "{}", seen.len());
        assert!(seen.iter().any(|it| it.contains("propose_refund")));
        assert!(seen.iter().any(|it| it.ends_with(" None")), "no answer is garbage");
    }
}
