//! `quittance demo`: everything on this machine, with a page to try it.

mod feed;

use std::sync::Arc;

use quittance_agent::Options as ModelOptions;
use quittance_core::clock::Clock;
use quittance_core::money::Currency;
use quittance_engine::options::CapOptions;
use quittance_eval::stand_ins::{Options, Ports, StandIns, deliver, listen};
use quittance_sandbox::page::{self, Page};
use quittance_sandbox::world::World;
use quittance_store::Store;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{asked_to_stop, eval, print, serve};
use crate::cli::Demo;
use crate::clock::SystemClock;
use crate::config::{Config, Secrets};
use crate::policy_files::Files;
use crate::start::{self, Started};

/// How long a customer of the demo may go on typing, in milliseconds.
const QUIET_MS: u64 = 600;

/// Starts the stand-ins, the program and the page, and runs until the process is asked to stop.
pub(crate) async fn demo(options: Demo) -> anyhow::Result<()> {
    let files = match &options.policy {
        Some(path) => Files::read(path)?,
        None => Files::shipped(),
    };
    let policy = files.policy()?.policy;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let clock = Arc::new(SystemClock);
    let stand_ins =
        StandIns::start(clock.clone(), Options::default(), Ports::default(), &tasks, &stop).await?;
    let people = World::seed(&stand_ins.stripe, &stand_ins.intercom, clock.now());
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("demo.db").display().to_string()).await?;
    let (config, secrets) = (config(&options, &stand_ins)?, secrets());
    let started = start::start(&config, &secrets, store, policy, clock).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let page = Page {
        stripe: stand_ins.stripe.clone(),
        intercom: stand_ins.intercom.clone(),
        people,
        model_name: options
            .model
            .model
            .clone()
            .unwrap_or_else(|| "a stand-in that follows rules".to_owned()),
        is_stand_in_model: options.model.model.is_none(),
        feed: feed::feed(started.engine.clone()),
    };
    let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(10)).build()?;
    let (stripe, intercom) = (format!("{url}/webhooks/stripe"), format!("{url}/webhooks/intercom"));
    tasks.spawn(deliver(stand_ins.stripe_webhooks, stripe, http.clone(), None, stop.clone()));
    tasks.spawn(deliver(stand_ins.intercom_webhooks, intercom, http, None, stop.clone()));
    let page = listen(options.port, page::router(page), &tasks, &stop).await?;
    greet(&page, &options);
    run(started, listener, stop).await?;
    tasks.close();
    tasks.wait().await;
    Ok(())
}

async fn run(
    started: Started,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let running = serve::run(started, listener, None, stop.clone());
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => ended,
        asked = asked_to_stop() => {
            asked?;
            stop.cancel();
            running.await
        }
    }
}

fn greet(page: &str, options: &Demo) {
    let model = match (&options.model.model, &options.model.model_url) {
        (Some(model), Some(url)) => format!("{model} at {url}"),
        _ => "a stand-in that follows rules, not a language model".to_owned(),
    };
    print(&format!(
        "\n  Quittance is ready: open {page}\n\n  Intercom and Stripe are stand-ins on this machine; no money moves.\n  \
         The model is {model}.\n  Stop with Ctrl-C.\n"
    ));
}

fn config(options: &Demo, stand_ins: &StandIns) -> anyhow::Result<Config> {
    let mut config = Config::default();
    // The voice beside the policy that is shown, and none of the folder in which the demo happens to be started.
    config.policy.path = options.policy.clone().unwrap_or_default();
    config.intercom.api.base_url.clone_from(&stand_ins.intercom_url);
    config.stripe.api.base_url.clone_from(&stand_ins.stripe_url);
    config.stripe.api.requests_per_second = 1_000;
    config.engine.quiet_ms = QUIET_MS;
    config.engine.team = Some("7001".parse()?);
    config.limits.currencies = caps()?;
    let url = options.model.model_url.as_ref().unwrap_or(&stand_ins.model_url);
    let mut model =
        ModelOptions::new(url, options.model.model.as_deref().unwrap_or("quittance-stand-in"));
    if let Some(profile) = eval::profile(&options.model)? {
        model.profile = profile;
    }
    if options.model.model_url.is_some() {
        // A model on this machine may take its time.
        model.timeout_ms = 300_000;
        config.model.budget.wall_ms = 600_000;
        config.engine.lease_ms = 900_000;
    }
    config.model.api = Some(model);
    Ok(config)
}

/// The demo's ceilings: a refund of up to 300 of the larger units.
fn caps() -> anyhow::Result<std::collections::BTreeMap<Currency, CapOptions>> {
    let caps = |refund: &str, month: &str, day: &str| CapOptions {
        per_refund: refund.to_owned(),
        per_charge: refund.to_owned(),
        per_customer_month: month.to_owned(),
        per_day: day.to_owned(),
        per_month: day.to_owned(),
        per_reason_day: std::collections::BTreeMap::new(),
    };
    Ok([
        (Currency::USD, caps("300", "450", "2000")),
        (Currency::EUR, caps("300", "450", "2000")),
        ("GBP".parse()?, caps("300", "450", "2000")),
        (Currency::JPY, caps("30000", "45000", "300000")),
    ]
    .into())
}

/// The stand-ins' own keys: they open nothing else.
fn secrets() -> Secrets {
    let defaults = Options::default();
    Secrets {
        intercom_token: defaults.intercom.access_token.into(),
        intercom_client: vec![defaults.intercom.client_secret.into()],
        stripe_key: defaults.stripe.secret_keys.join("").into(),
        stripe_webhook: defaults
            .stripe
            .webhook_secret
            .into_iter()
            .map(SecretString::from)
            .collect(),
        model_key: eval::model_key(),
        admin_token: None,
    }
}
