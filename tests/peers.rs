//! Programs of others as neighbors: Stripe's own clients against the stand-in for Stripe, and other
//! people's stand-ins against the program. `tests/peers/install` gets them.

mod localstripe;
mod process;

use std::path::PathBuf;
use std::sync::Arc;

use quittance_eval::stand_ins::listen;
use quittance_sandbox::delivery::Deliveries;
use quittance_sandbox::stripe::{Options, RestrictedKey, Stripe};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::process::{Running, free_port, said};
use crate::support::customers::DUPLICATES;
use crate::support::{House, SystemClock, http, variable};

/// The secret with which the house's webhooks are signed.
const SECRET: &str = "whsec_sandbox_1234567890";

/// The folder with the programs of others; a test without it says so.
fn peers() -> Option<PathBuf> {
    let folder = variable("QUITTANCE_PEERS");
    if folder.is_none() {
        println!("skipped: Stripe's own clients and other stand-ins (QUITTANCE_PEERS is not set)");
    }
    folder.map(PathBuf::from)
}

/// A script of `tests/peers`.
fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers").join(name)
}

fn python(folder: &std::path::Path, name: &str) -> Command {
    let mut command = Command::new(folder.join("venv/bin/python"));
    command.arg(script(name));
    command
}

fn node(folder: &std::path::Path, name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script(name)).env("NODE_MODULES", folder.join("node/node_modules"));
    command
}

/// The stand-in for Stripe alone, with the webhooks that clients ask it for.
struct Alone {
    url: String,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Alone {
    async fn start() -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let options = Options {
            restricted_keys: vec![RestrictedKey {
                key: "rk_test_sandbox_readonly_1".to_owned(),
                permissions: ["rak_charge_read", "rak_customer_read"].map(str::to_owned).to_vec(),
            }],
            webhook_secret: None,
            ..Options::default()
        };
        let (stripe, webhooks) = Stripe::new(Arc::new(SystemClock), options);
        let url = listen(0, stripe.router(), &tasks, &stop).await.unwrap();
        let stopped = stop.clone();
        tasks.spawn(async move { stopped.run_until_cancelled(deliver_in_order(webhooks)).await });
        Self { url, tasks, stop }
    }

    async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Runs a client's script, which must find everything as it expects.
    async fn meets(self, mut client: Command) {
        let said = said(client.env("STRIPE_BASE", &self.url), "").await;
        println!("{}", said.lines().last().unwrap_or_default());
        self.end().await;
    }
}

/// Posts every webhook to the endpoint it names, one after the other: the clients' scripts tell
/// what happened first.
async fn deliver_in_order(mut webhooks: Deliveries) {
    let http = http();
    while let Some(webhook) = webhooks.recv().await {
        let Some(url) = webhook.url else { continue };
        let mut request = http.post(url).body(webhook.body);
        for (name, value) in webhook.headers {
            request = request.header(name, value);
        }
        // A client that has seen enough does not listen any more.
        let _ = request.send().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stripes_python_sdk_is_at_home_in_the_stand_in() {
    let Some(folder) = peers() else { return };
    Alone::start().await.meets(python(&folder, "stripe_python.py")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stripes_node_sdk_is_at_home_in_the_stand_in() {
    let Some(folder) = peers() else { return };
    Alone::start().await.meets(node(&folder, "stripe_node.mjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stripes_command_line_tool_is_at_home_in_the_stand_in() {
    let Some(folder) = peers() else { return };
    let mut client = Command::new("bash");
    client.arg(script("stripe_cli.sh")).env("NODE_MODULES", folder.join("node/node_modules"));
    Alone::start().await.meets(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_stand_in_answers_the_same_refunds_in_the_same_way() {
    let Some(folder) = peers() else { return };
    let port = free_port();
    let other = format!("http://127.0.0.1:{port}");
    let mut command = Command::new("node");
    command.arg(folder.join("node/node_modules/stripe-stateful-mock/dist/cli.js"));
    command.env("PORT", port.to_string()).env("LOG_LEVEL", "error");
    let running = Running::start(command, &other).await;
    let mut client = python(&folder, "differential.py");
    client.env("OTHER_BASE", &other);
    Alone::start().await.meets(client).await;
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_signed_by_stripes_own_sdks_are_accepted() {
    let Some(folder) = peers() else { return };
    let house = House::open(DUPLICATES).await;
    let url = format!("{}/webhooks/stripe", house.program.url);
    let event = r#"{"id":"evt_1","object":"event","type":"customer.created","created":1795000000,
        "data":{"object":{"id":"cus_1","object":"customer"}}}"#;
    for mut sdk in [python(&folder, "stripe_python.py"), node(&folder, "stripe_node.mjs")] {
        let signature = said(sdk.args(["sign_webhook", SECRET]), event).await;
        let post = |body: &str| {
            let request = house.http.post(&url).header("Stripe-Signature", signature.trim());
            request.body(body.to_owned()).send()
        };
        assert_eq!(post(event).await.unwrap().status(), 200);
        let changed = event.replace("cus_1", "cus_2");
        assert_eq!(post(&changed).await.unwrap().status(), 401);
    }
    house.close().await;
}
