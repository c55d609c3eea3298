//! A stand-in behind a port, and a client that checks every answer.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use quittance_core::clock::ManualClock;
use quittance_sandbox::delivery::{Deliveries, Delivery};
use quittance_sandbox::intercom::{ContactSeed, Intercom, Options, Role};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::intercom_spec::Spec;

pub(crate) const TOKEN: &str = "intercom-sandbox-token";
pub(crate) const US: &str = "9001";

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn code(&self) -> (u16, &str) {
        assert_eq!(self.body["type"], "error.list", "{:#}", self.body);
        (self.status, self.body["errors"][0]["code"].as_str().unwrap())
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) intercom: Intercom,
    pub(crate) deliveries: Deliveries,
    pub(crate) base: String,
    pub(crate) client: reqwest::Client,
    _server: JoinSet<()>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
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

    pub(crate) fn contact(&self, role: Role, email: &str) -> String {
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
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        ids: &[&str],
        body: Value,
    ) -> Answer {
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

    pub(crate) async fn get(&self, path: &str, ids: &[&str]) -> Answer {
        self.call(Method::GET, path, ids, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, ids: &[&str], body: Value) -> Answer {
        self.call(Method::POST, path, ids, body).await
    }

    pub(crate) async fn put(&self, path: &str, ids: &[&str], body: Value) -> Answer {
        self.call(Method::PUT, path, ids, body).await
    }

    pub(crate) async fn comment(&self, conversation: &str, text: &str) -> Answer {
        let body =
            json!({ "message_type": "comment", "type": "admin", "admin_id": US, "body": text });
        self.post("/conversations/{conversation_id}/reply", &[conversation], body).await
    }

    pub(crate) async fn parts(&self, conversation: &str, body: Value) -> Answer {
        self.post("/conversations/{conversation_id}/parts", &[conversation], body).await
    }

    /// The webhooks so far, as topics and bodies.
    pub(crate) fn webhooks(&mut self) -> Vec<(String, Value)> {
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

pub(crate) async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap() }
}

pub(crate) fn assert_signed(delivery: &Delivery) {
    let header = delivery.headers.iter().find(|(name, _)| name == "X-Hub-Signature").unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"intercom-sandbox-secret").unwrap();
    mac.update(&delivery.body);
    mac.verify_slice(&hex::decode(header.1.strip_prefix("sha1=").unwrap()).unwrap()).unwrap();
}

pub(crate) fn topics(webhooks: &[(String, Value)]) -> Vec<&str> {
    webhooks.iter().map(|(topic, _)| topic.as_str()).collect()
}
