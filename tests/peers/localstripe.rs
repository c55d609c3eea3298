//! localstripe, which knows payments, subscriptions and signed webhooks, in the place of Stripe. It is
//! GPL-3, so it is only ever run as a program of its own. It knows no disputes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use quittance_eval::stand_ins::{Options, listen};
use quittance_sandbox::intercom::{ContactSeed, Role};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::process::{Running, free_port};
use super::{SECRET, peers};
use crate::support::customers::{CHARGED_TWICE, DUPLICATES};
use crate::support::{House, http};

const KEY: &str = "sk_test_sandbox_1234567890";

/// Hands every webhook on to the program and remembers what the program answered.
#[derive(Clone)]
struct Relay {
    to: String,
    http: reqwest::Client,
    seen: Arc<Mutex<Vec<(String, u16)>>>,
}

impl Relay {
    async fn start(to: String, tasks: &TaskTracker, stop: &CancellationToken) -> (Self, String) {
        let relay = Self { to, http: http(), seen: Arc::default() };
        let router = Router::new().route("/", post(hand_on)).with_state(relay.clone());
        let url = listen(0, router, tasks, stop).await.unwrap();
        (relay, url)
    }

    fn seen(&self) -> Vec<(String, u16)> {
        self.seen.lock().unwrap().clone()
    }
}

async fn hand_on(State(relay): State<Relay>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event: Value = serde_json::from_slice(&body).unwrap();
    let signature = headers["stripe-signature"].clone();
    let request = relay.http.post(&relay.to).header("Stripe-Signature", signature).body(body);
    let status = request.send().await.unwrap().status();
    relay.seen.lock().unwrap().push((event["type"].as_str().unwrap().to_owned(), status.as_u16()));
    status
}

/// localstripe's API.
struct Api {
    url: String,
    http: reqwest::Client,
}

impl Api {
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request =
            self.http.post(format!("{}{path}", self.url)).basic_auth(KEY, Some("")).form(form);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// Makes a thing and gives its id.
    async fn make(&self, path: &str, form: &[(&str, &str)]) -> String {
        self.post(path, form).await["id"].as_str().unwrap().to_owned()
    }

    async fn send_webhooks_to(&self, url: &str) {
        let body = json!({"url": url, "secret": SECRET});
        let request =
            self.http.post(format!("{}/_config/webhooks/quittance", self.url)).json(&body);
        assert!(request.send().await.unwrap().status().is_success());
    }

    /// A customer with a card who paid twice and subscribes to a plan.
    async fn customer(&self, email: &str, external: &str) -> String {
        let about = [("email", email), ("metadata[intercom_external_id]", external)];
        let customer = self.make("/v1/customers", &about).await;
        let card = [
            ("type", "card"),
            ("card[number]", "4242424242424242"),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2040"),
            ("card[cvc]", "123"),
        ];
        let card = self.make("/v1/payment_methods", &card).await;
        self.post(&format!("/v1/payment_methods/{card}/attach"), &[("customer", &customer)]).await;
        let default = [("invoice_settings[default_payment_method]", card.as_str())];
        self.post(&format!("/v1/customers/{customer}"), &default).await;
        let payment = [
            ("customer", customer.as_str()),
            ("payment_method", card.as_str()),
            ("amount", "4900"),
            ("currency", "usd"),
            ("confirm", "true"),
        ];
        for _ in 0..2 {
            self.post("/v1/payment_intents", &payment).await;
        }
        let plan = [
            ("id", "pro-monthly"),
            ("nickname", "pro-monthly"),
            ("amount", "2900"),
            ("currency", "usd"),
            ("interval", "month"),
            ("product[name]", "Pro"),
        ];
        let plan = self.make("/v1/plans", &plan).await;
        let subscription = [("customer", customer.as_str()), ("items[0][plan]", plan.as_str())];
        self.make("/v1/subscriptions", &subscription).await;
        customer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_localstripe_is_read_and_its_webhooks_are_accepted() {
    let Some(folder) = peers() else { return };
    let home = tempfile::tempdir().unwrap();
    let port = free_port();
    let api = Api { url: format!("http://127.0.0.1:{port}"), http: http() };
    let mut command = Command::new(folder.join("venv/bin/localstripe"));
    command.args(["--from-scratch", "--port", &port.to_string()]).env("HOME", home.path());
    let running = Running::start(command, &api.url).await;

    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let mut house =
        House::prepare(DUPLICATES, Options::default(), |config| with_stripe_at(&config, &api.url))
            .await;
    house.start().await;
    let to = format!("{}/webhooks/stripe", house.program.url);
    let (relay, url) = Relay::start(to, &tasks, &stop).await;
    api.send_webhooks_to(&url).await;

    let customer = api.customer("ana@example.com", "user-1").await;
    let contact = house.stand_ins.intercom.add_contact(ContactSeed {
        external_id: Some("user-1".to_owned()),
        email: Some("ana@example.com".to_owned()),
        name: Some("Ana".to_owned()),
        role: Role::User,
        language: None,
        attributes: serde_json::Map::new(),
    });
    let conversation = house.stand_ins.intercom.say(&contact, CHARGED_TWICE).unwrap();
    house.until("a person to have it", |house| house.is_with_team(&conversation)).await;
    let expected =
        ["customer.created", "payment_intent.succeeded", "customer.subscription.created"];
    let has = |kind: &str| relay.seen().iter().any(|(seen, _)| seen == kind);
    house.until("localstripe's webhooks", |_| expected.into_iter().all(has)).await;
    assert!(relay.seen().iter().all(|(_, status)| *status == 200), "{:?}", relay.seen());

    check_facts(&house.log().await, &customer);
    let refunds =
        house.http.get(format!("{}/v1/refunds", api.url)).basic_auth(KEY, Some("")).send();
    let refunds: Value = refunds.await.unwrap().json().await.unwrap();
    assert_eq!(refunds["data"], json!([]), "disputes cannot be ruled out, so nothing is refunded");
    house.close().await;
    running.end().await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// The facts of the log hold what localstripe has.
fn check_facts(log: &[Value], customer: &str) {
    let facts = log.iter().find(|line| line["entry"]["kind"] == "facts").unwrap();
    let facts = &facts["entry"]["body"];
    assert_eq!(facts["binding"]["customer"], customer, "{facts}");
    let charges = facts["charges"].as_array().unwrap();
    let mut amounts: Vec<i64> =
        charges.iter().map(|charge| charge["captured"]["minor"].as_i64().unwrap()).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [2_900, 4_900, 4_900], "{facts}");
    let subscription = &facts["subscriptions"][0];
    assert_eq!(subscription["status"], "active", "{facts}");
    assert_eq!(subscription["plans"], json!(["pro-monthly"]), "{facts}");
}

/// The configuration with another address for Stripe.
fn with_stripe_at(config: &str, url: &str) -> String {
    let (before, after) = config.split_once("[stripe.api]\nbase_url = '").unwrap();
    let (_, rest) = after.split_once('\'').unwrap();
    format!("{before}[stripe.api]\nbase_url = '{url}'{rest}")
}
