//! `quittance sandbox`: only the stand-ins.

use std::sync::Arc;

use quittance_eval::stand_ins::{Options, Ports, StandIns, deliver};
use quittance_sandbox::world::World;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{asked_to_stop, print};
use crate::cli::Sandbox;
use crate::clock::SystemClock;

/// Runs the stand-ins until the process is asked to stop.
pub(crate) async fn sandbox(options: Sandbox) -> anyhow::Result<()> {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let ports = Ports {
        stripe: options.stripe_port,
        intercom: options.intercom_port,
        model: options.model_port,
    };
    let clock = Arc::new(SystemClock);
    let stand_ins =
        StandIns::start(clock.clone(), Options::default(), ports, &tasks, &stop).await?;
    if options.seed {
        World::seed(
            &stand_ins.stripe,
            &stand_ins.intercom,
            quittance_core::clock::Clock::now(&*clock),
        );
    }
    let defaults = Options::default();
    print(&format!(
        "stripe    {}  key {}",
        stand_ins.stripe_url,
        defaults.stripe.secret_keys.join(", ")
    ));
    print(&format!(
        "intercom  {}  token {}",
        stand_ins.intercom_url, defaults.intercom.access_token
    ));
    print(&format!(
        "model     {}  quittance-stand-in: rules, not a language model",
        stand_ins.model_url
    ));
    let http = reqwest::Client::builder().timeout(std::time::Duration::from_secs(10)).build()?;
    let to = options.deliver_to.unwrap_or_default();
    let stripe = deliver(
        stand_ins.stripe_webhooks,
        format!("{to}/webhooks/stripe"),
        http.clone(),
        None,
        stop.clone(),
    );
    let intercom = deliver(
        stand_ins.intercom_webhooks,
        format!("{to}/webhooks/intercom"),
        http,
        None,
        stop.clone(),
    );
    tasks.spawn(stripe);
    tasks.spawn(intercom);
    asked_to_stop().await?;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(())
}
