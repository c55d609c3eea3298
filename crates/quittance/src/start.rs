//! Puts an engine together from the configuration.

use std::sync::Arc;

use anyhow::{Context, bail};
use jiff::SignedDuration;
use quittance_agent::Model;
use quittance_core::clock::Clock;
use quittance_core::policy::Policy;
use quittance_engine::intake::Intake;
use quittance_engine::{Engine, Library, Live, Options, Parts, poll, reconcile};
use quittance_store::Store;
use secrecy::SecretString;

use crate::config::{Config, Secrets};
use crate::live_policy;
use crate::said_files::SaidFiles;

/// An engine and the way in, ready to run.
pub(crate) struct Started {
    pub(crate) engine: Engine,
    pub(crate) intake: Intake,
    /// What opens the admin API.
    pub(crate) admin_token: Option<SecretString>,
    /// How the log is held against Stripe.
    pub(crate) reconcile: reconcile::Options,
    /// How Intercom is asked what has changed.
    pub(crate) poll: poll::Options,
    /// The number of the last change of the live policy.
    pub(crate) policy_act: u64,
    /// The files of what is said.
    pub(crate) said: SaidFiles,
}

/// Puts everything together and asks Intercom who we are.
pub(crate) async fn start(
    config: &Config,
    secrets: &Secrets,
    store: Store,
    policy: Policy,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Started> {
    let said_files = SaidFiles::configured(&config.policy)?;
    let said = said_files.said()?;
    let intercom = quittance_intercom::Client::new(
        reqwest::Client::builder(),
        &config.intercom.api,
        &secrets.intercom_token,
    )
    .context(
        "Intercom cannot be set up: check QUITTANCE_INTERCOM__TOKEN (or `intercom.token_file`) and `intercom.api`",
    )?;
    let stripe = quittance_stripe::Client::new(
        reqwest::Client::builder(),
        &config.stripe.api,
        &secrets.stripe_key,
    )
    .context(
        "Stripe cannot be set up: check QUITTANCE_STRIPE__KEY (or `stripe.key_file`) and `stripe.api`",
    )?;
    let Some(model) = &config.model.api else {
        bail!("no model is set: give `model.api.base_url` and `model.api.model`");
    };
    let model = Model::new(http()?, model, secrets.model_key.clone()).context(
        "the model cannot be set up: check `model.api` and QUITTANCE_MODEL__KEY (or `model.key_file`)",
    )?;
    let activation = config.policy.activation;
    let policy_act = live_policy::began(&store, activation, &policy, clock.now()).await?;
    check_stripe(&stripe).await?;
    let me = intercom.me().await.context(
        "Intercom does not tell who owns the access token: check QUITTANCE_INTERCOM__TOKEN (or \
         `intercom.token_file`) and `intercom.api.base_url`",
    )?;
    if !me.has_identity_verification {
        tracing::warn!(
            "identity verification is off in this Intercom workspace: no customer can be told apart from another, \
             so every refund goes to a person. Switch it on in Intercom, Settings, Messenger, Security"
        );
    }
    let intake = Intake {
        store: store.clone(),
        clock: Arc::clone(&clock),
        workspace: me.workspace,
        own_admin: me.admin,
        intercom_secrets: secrets.intercom_client.clone().into(),
        stripe_secrets: secrets.stripe_webhook.clone().into(),
        quiet: SignedDuration::from_millis(
            i64::try_from(config.engine.quiet_ms).unwrap_or(i64::MAX),
        ),
    };
    let engine = Engine::new(Parts {
        store,
        stripe,
        intercom,
        model,
        budget: config.model.budget,
        library: Live::new(Arc::new(Library::of(policy, said)?)),
        limits: config.limits.limits()?,
        options: Options { stop: config.stop.clone(), ..config.engine.clone() },
        clock,
    })?;
    Ok(Started {
        engine,
        intake,
        admin_token: secrets.admin_token.clone(),
        reconcile: config.reconcile.clone(),
        poll: config.poll.clone(),
        policy_act,
        said: said_files,
    })
}

/// Makes sure that the Stripe key is accepted and may read what is needed. A Stripe that does not answer
/// now may answer later.
async fn check_stripe(stripe: &quittance_stripe::Client) -> anyhow::Result<()> {
    match stripe.check().await {
        Ok(checked) if checked.missing.is_empty() => Ok(()),
        Ok(checked) => {
            let missing: Vec<String> = checked.missing.iter().map(ToString::to_string).collect();
            bail!(
                "the Stripe key (QUITTANCE_STRIPE__KEY or `stripe.key_file`) may not do enough:\n  - {}",
                missing.join("\n  - ")
            )
        }
        Err(error @ quittance_stripe::Error::Denied { .. }) => Err(error).context(
            "the Stripe key is not accepted: check QUITTANCE_STRIPE__KEY (or `stripe.key_file`)",
        ),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the Stripe key could not be checked now"
            );
            Ok(())
        }
    }
}

/// The connection to the model.
fn http() -> anyhow::Result<reqwest::Client> {
    let limit = std::time::Duration::from_secs(10);
    Ok(reqwest::Client::builder()
        .connect_timeout(limit)
        .redirect(reqwest::redirect::Policy::none())
        .build()?)
}
