//! A running stand-in and a client for it.

use std::sync::Arc;

use jiff::Timestamp;
use quittance_core::clock::ManualClock;
use quittance_core::money::{Currency, Money};
use quittance_sandbox::delivery::Deliveries;
use quittance_sandbox::stripe::{API_VERSION, Card, ChargeSeed, Options, Stripe};
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::stripe_schema::Schema;

pub(crate) const KEY: &str = "sk_test_sandbox_1234567890";

/// A running stand-in.
pub(crate) struct Sandbox {
    pub(crate) stripe: Stripe,
    pub(crate) deliveries: Deliveries,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: reqwest::Client,
    pub(crate) base: String,
    _server: JoinSet<()>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 200, "{:#}", self.body);
        self.body["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status, type, code and parameter of an error.
    pub(crate) fn error(&self) -> (u16, &str, Option<&str>, Option<&str>) {
        let error = &self.body["error"];
        let kind = error["type"].as_str().unwrap_or_else(|| panic!("no error: {:#}", self.body));
        (self.status, kind, error["code"].as_str(), error["param"].as_str())
    }

    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap()
    }

    /// A field of every row of a list.
    pub(crate) fn rows(&self, field: &str) -> Vec<String> {
        assert_eq!(self.status, 200, "{:#}", self.body);
        let rows = self.body["data"].as_array().unwrap();
        rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
    }
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::new("2026-11-23T12:00:00Z".parse().unwrap()));
        let (stripe, deliveries) = Stripe::new(clock.clone(), options);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        let router = stripe.router();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = reqwest::Client::builder().build().unwrap();
        Self { stripe, deliveries, clock, client, base, _server: server }
    }

    /// A request with the secret key, the pinned version and an encoded form or query.
    pub(crate) fn request(&self, method: &str, path: &str, form: &str) -> reqwest::RequestBuilder {
        let is_post = method == "POST";
        let query = if is_post || form.is_empty() { String::new() } else { format!("?{form}") };
        let url = format!("{}{path}{query}", self.base);
        let request = self
            .client
            .request(method.parse().unwrap(), url)
            .bearer_auth(KEY)
            .header("stripe-version", API_VERSION);
        if is_post {
            request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned())
        } else {
            request
        }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body: Value = response.json().await.unwrap();
        if let Some(schema) = Schema::load() {
            schema.check(&body);
        }
        Answer { status, headers, body }
    }

    pub(crate) async fn get(&self, path: &str, query: &str) -> Answer {
        self.send(self.request("GET", path, query)).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        self.send(self.request("POST", path, form)).await
    }

    pub(crate) async fn delete(&self, path: &str, query: &str) -> Answer {
        self.send(self.request("DELETE", path, query)).await
    }

    /// A POST with an idempotency key.
    pub(crate) async fn post_with(&self, key: &str, path: &str, form: &str) -> Answer {
        self.send(self.request("POST", path, form).header("idempotency-key", key)).await
    }

    /// A paid charge of the seed API.
    pub(crate) fn charge(&self, minor: i64, currency: &str) -> String {
        self.charge_on("4242", minor, currency)
    }

    /// A paid charge on the test card that ends in these digits.
    pub(crate) fn charge_on(&self, last4: &str, minor: i64, currency: &str) -> String {
        let currency: Currency = currency.parse().unwrap();
        self.stripe.charge(&ChargeSeed {
            customer: None,
            amount: Money::from_minor(minor, currency).unwrap(),
            created: "2026-11-20T09:00:00Z".parse::<Timestamp>().unwrap(),
            description: None,
            card: Card { last4: last4.to_owned(), ..Card::default() },
        })
    }

    /// The kinds of all webhooks handed out so far.
    pub(crate) fn delivered(&mut self) -> Vec<String> {
        let mut kinds = Vec::new();
        while let Ok(delivery) = self.deliveries.try_recv() {
            let event: Value = serde_json::from_slice(&delivery.body).unwrap();
            if let Some(schema) = Schema::load() {
                schema.check(&event);
            }
            kinds.push(event["type"].as_str().unwrap().to_owned());
        }
        kinds
    }
}
