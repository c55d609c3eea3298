//! The three stand-ins as servers on this machine, and the delivery of their webhooks.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use quittance_core::clock::Clock;
use quittance_sandbox::delivery::{Deliveries, Delivery};
use quittance_sandbox::{intercom, model, stripe};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often a delivery is tried: long enough for a program that is being started again.
const TRIES: u32 = 80;

/// The pause before a delivery is tried again. The real ones wait a minute or more.
const PAUSE: Duration = Duration::from_millis(250);

/// How many deliveries are under way at once.
const AT_ONCE: usize = 64;

/// Which ports to listen on; 0 takes a free one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// Stripe's.
    pub stripe: u16,
    /// Intercom's.
    pub intercom: u16,
    /// The model's.
    pub model: u16,
}

/// How the stand-ins are set up.
#[derive(Clone, Default)]
pub struct Options {
    /// Stripe.
    pub stripe: stripe::Options,
    /// Intercom.
    pub intercom: intercom::Options,
    /// The model.
    pub model: model::Options,
    /// A model that answers in its place, such as one that follows a script or means harm.
    pub other_model: Option<model::Model>,
}

/// The stand-ins, listening.
pub struct StandIns {
    /// Stripe.
    pub stripe: stripe::Stripe,
    /// Intercom.
    pub intercom: intercom::Intercom,
    /// The model.
    pub model: model::Model,
    /// Where Stripe listens.
    pub stripe_url: String,
    /// Where Intercom listens.
    pub intercom_url: String,
    /// Where the model listens, up to and with `/v1`.
    pub model_url: String,
    /// Stripe's webhooks, to be delivered.
    pub stripe_webhooks: Deliveries,
    /// Intercom's webhooks, to be delivered.
    pub intercom_webhooks: Deliveries,
}

impl StandIns {
    /// Starts all three. They listen until `stop` is cancelled; their tasks are in `tasks`.
    pub async fn start(
        clock: Arc<dyn Clock>,
        options: Options,
        ports: Ports,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let (stripe, stripe_webhooks) = stripe::Stripe::new(Arc::clone(&clock), options.stripe);
        let (intercom, intercom_webhooks) = intercom::Intercom::new(clock, options.intercom);
        let model = options.other_model.unwrap_or_else(|| model::Model::new(options.model));
        let stripe_url = listen(ports.stripe, stripe.router(), tasks, stop).await?;
        let intercom_url = listen(ports.intercom, intercom.router(), tasks, stop).await?;
        let model_url = format!("{}/v1", listen(ports.model, model.router(), tasks, stop).await?);
        Ok(Self {
            stripe,
            intercom,
            model,
            stripe_url,
            intercom_url,
            model_url,
            stripe_webhooks,
            intercom_webhooks,
        })
    }
}

/// Serves a router on this machine and returns its address.
pub async fn listen(
    port: u16,
    router: Router,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<String> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is it in use? Choose another port")
    })?;
    let url = format!("http://{}", listener.local_addr()?);
    let stop = stop.clone();
    tasks.spawn(async move {
        // Open event streams must not keep a stopped server alive.
        stop.run_until_cancelled(async { axum::serve(listener, router).await }).await
    });
    Ok(url)
}

/// What a delivery took, as the sender saw it.
#[derive(Clone, Copy, Debug)]
pub struct Delivered {
    /// From the first byte to the answer, of the try that was accepted.
    pub took: Duration,
}

/// Posts webhooks to `url` until `stop` is cancelled, and tells `told` of every one that was accepted.
/// One that is not accepted is tried again a few times.
pub async fn deliver(
    mut webhooks: Deliveries,
    url: String,
    http: reqwest::Client,
    told: Option<mpsc::UnboundedSender<Delivered>>,
    stop: CancellationToken,
) {
    let mut under_way = tokio::task::JoinSet::new();
    loop {
        let webhook = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = under_way.join_next() => continue,
            webhook = webhooks.recv(), if under_way.len() < AT_ONCE => webhook,
        };
        let Some(webhook) = webhook else { break };
        let url = webhook.url.clone().unwrap_or_else(|| url.clone());
        under_way.spawn(one(webhook, url, http.clone(), told.clone()));
    }
}

async fn one(
    webhook: Delivery,
    url: String,
    http: reqwest::Client,
    told: Option<mpsc::UnboundedSender<Delivered>>,
) {
    for _ in 0..TRIES {
        let mut request = http.post(&url).body(webhook.body.clone());
        for (name, value) in &webhook.headers {
            request = request.header(name, value);
        }
        let start = tokio::time::Instant::now();
        match request.send().await {
            Ok(answer) if answer.status().is_success() => {
                if let Some(told) = &told {
                    // Whoever measured may have stopped.
                    let _ = told.send(Delivered { took: start.elapsed() });
                }
                return;
            }
            Ok(answer) if answer.status().is_client_error() => return,
            Ok(_) | Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
