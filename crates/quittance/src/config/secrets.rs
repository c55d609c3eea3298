//! The secrets, and what to do when one is missing.

use std::path::Path;

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};

use super::Config;

/// Everything that must not be seen.
pub(crate) struct Secrets {
    pub(crate) intercom_token: SecretString,
    pub(crate) intercom_client: Vec<SecretString>,
    pub(crate) stripe_key: SecretString,
    pub(crate) stripe_webhook: Vec<SecretString>,
    pub(crate) model_key: Option<SecretString>,
    pub(crate) admin_token: Option<SecretString>,
}

/// Collects the secrets, or says of every missing one where it is set and how to get it.
pub(crate) fn secrets(config: &Config) -> anyhow::Result<Secrets> {
    let token = one(config.intercom.token.as_ref(), config.intercom.token_file.as_deref())?;
    let client = several(
        config.intercom.client_secrets.as_ref(),
        config.intercom.client_secrets_file.as_deref(),
    )?;
    let key = one(config.stripe.key.as_ref(), config.stripe.key_file.as_deref())?;
    let webhook = several(
        config.stripe.webhook_secrets.as_ref(),
        config.stripe.webhook_secrets_file.as_deref(),
    )?;
    let checks = [
        (token.is_some(), INTERCOM_TOKEN),
        (!client.is_empty(), INTERCOM_SECRET),
        (key.is_some(), STRIPE_KEY),
        (!webhook.is_empty(), STRIPE_SECRET),
    ];
    let missing: Vec<&str> =
        checks.into_iter().filter_map(|(is_there, advice)| (!is_there).then_some(advice)).collect();
    let (Some(intercom_token), Some(stripe_key), true) = (token, key, missing.is_empty()) else {
        bail!("these are missing:\n  - {}", missing.join("\n  - "));
    };
    Ok(Secrets {
        intercom_token,
        intercom_client: client,
        stripe_key,
        stripe_webhook: webhook,
        model_key: one(config.model.key.as_ref(), config.model.key_file.as_deref())?,
        admin_token: admin_token(config)?,
    })
}

/// Only the key of Stripe, for commands that need nothing else.
pub(crate) fn stripe_key(config: &Config) -> anyhow::Result<SecretString> {
    let key = one(config.stripe.key.as_ref(), config.stripe.key_file.as_deref())?;
    key.with_context(|| format!("this is missing:\n  - {STRIPE_KEY}"))
}

/// Only the access token of Intercom, for commands that read there if they may.
pub(crate) fn intercom_token(config: &Config) -> anyhow::Result<Option<SecretString>> {
    one(config.intercom.token.as_ref(), config.intercom.token_file.as_deref())
}

/// The token that stops money, if there is one. A short one can be guessed.
fn admin_token(config: &Config) -> anyhow::Result<Option<SecretString>> {
    let server = &config.server;
    let token = one(server.admin_token.as_ref(), server.admin_token_file.as_deref())?;
    if token.as_ref().is_some_and(|token| token.expose_secret().len() < SHORTEST_TOKEN) {
        bail!(
            "the token of the admin API (QUITTANCE_SERVER__ADMIN_TOKEN or `server.admin_token_file`) is too short: \
             give at least {SHORTEST_TOKEN} random characters, as from `openssl rand -hex 32`"
        );
    }
    Ok(token)
}

/// How many characters a token must have.
const SHORTEST_TOKEN: usize = 24;

const INTERCOM_TOKEN: &str = "the Intercom access token: set QUITTANCE_INTERCOM__TOKEN or `intercom.token_file`. You \
                              find it in Intercom's Developer Hub, your app, Configure, Authentication.";
const INTERCOM_SECRET: &str = "the Intercom client secret, which signs webhooks: set \
                               QUITTANCE_INTERCOM__CLIENT_SECRETS or `intercom.client_secrets_file`. You find it in \
                               the Developer Hub, your app, Basic information.";
const STRIPE_KEY: &str = "the Stripe key: set QUITTANCE_STRIPE__KEY or `stripe.key_file`. Create a restricted key in \
                          Stripe's dashboard, Developers, API keys, with write on Charges and Refunds and read on \
                          Customers, Disputes, Invoices, Prices and Subscriptions.";
const STRIPE_SECRET: &str = "the signing secret of Stripe's webhook endpoint: set QUITTANCE_STRIPE__WEBHOOK_SECRETS or \
                             `stripe.webhook_secrets_file`. You find it in Stripe's dashboard, Developers, Webhooks, \
                             your endpoint.";

fn one(value: Option<&SecretString>, file: Option<&Path>) -> anyhow::Result<Option<SecretString>> {
    Ok(several(value, file)?.into_iter().next())
}

fn several(value: Option<&SecretString>, file: Option<&Path>) -> anyhow::Result<Vec<SecretString>> {
    let text = match (value, file) {
        (Some(value), _) => value.expose_secret().to_owned(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the secret in {}", file.display()))?,
        (None, None) => String::new(),
    };
    let secrets = text.split([',', '\n']).map(str::trim).filter(|secret| !secret.is_empty());
    Ok(secrets.map(SecretString::from).collect())
}
