//! Reads the file and the environment.

use std::path::Path;

use anyhow::{Context, bail};
use toml::Table;

use super::{Config, environment};

/// Keys whose values must not stand in the file, with what to use instead.
const SECRETS: [(&str, &str); 6] = [
    ("server.admin_token", "QUITTANCE_SERVER__ADMIN_TOKEN or server.admin_token_file"),
    ("intercom.token", "QUITTANCE_INTERCOM__TOKEN or intercom.token_file"),
    (
        "intercom.client_secrets",
        "QUITTANCE_INTERCOM__CLIENT_SECRETS or intercom.client_secrets_file",
    ),
    ("stripe.key", "QUITTANCE_STRIPE__KEY or stripe.key_file"),
    ("stripe.webhook_secrets", "QUITTANCE_STRIPE__WEBHOOK_SECRETS or stripe.webhook_secrets_file"),
    ("model.key", "QUITTANCE_MODEL__KEY or model.key_file"),
];

/// Reads the configuration at `path`, overridden by the environment.
pub(crate) fn read(path: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!(
            "cannot read the configuration {}; `quittance config` prints one to start from",
            path.display()
        )
    })?;
    // The file alone first: its errors have lines.
    from_text(&text)
        .with_context(|| format!("the configuration {} has a mistake", path.display()))?;
    let mut table: Table = text.parse()?;
    // Whatever is no text sets nothing here, and other programs may have such variables.
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let fits = |table: Table| table.try_into::<Config>().is_ok();
    let applied = environment::apply(&mut table, variables, fits);
    let config = table.try_into::<Config>();
    config.map_err(|error| advise("", &error)).with_context(|| {
        format!(
            "a variable of the environment does not fit the configuration; they were: {}",
            applied.join(", ")
        )
    })
}

/// Reads a file's text. Secrets are refused.
pub(super) fn from_text(text: &str) -> anyhow::Result<Config> {
    let table: Table = text.parse().map_err(|error| advise(text, &error))?;
    for (key, instead) in SECRETS {
        if lookup(&table, key).is_some() {
            bail!("`{key}` is a secret and does not belong in this file; use {instead}");
        }
    }
    toml::from_str(text).map_err(|error| advise(text, &error))
}

fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a toml::Value> {
    let (first, rest) = key.split_once('.')?;
    table.get(first)?.get(rest)
}

/// An error with its line and a suggestion, but without the line's text, which may hold a secret under a
/// misspelled key.
fn advise(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map(|before| before.matches('\n').count().saturating_add(1));
    let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let message = error.message();
    let told = message.split_once("unknown field").map(|(_, told)| told);
    let mut names = told.unwrap_or_default().split('`').skip(1).step_by(2);
    let Some(wrong) = names.next() else { return anyhow::anyhow!("{place}{message}") };
    let close = names.map(|known| (strsim::osa_distance(wrong, known), known));
    let best = close.min().filter(|(distance, _)| *distance <= 3);
    let hint = best.map(|(_, known)| format!("; did you mean `{known}`?")).unwrap_or_default();
    anyhow::anyhow!("{place}{message}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_read_and_says_the_defaults() {
        let shipped = from_text(super::super::DEFAULT).unwrap();
        // The limits and the model are shown with examples, since they have no defaults.
        let mut defaults = Config {
            database: shipped.database.clone(),
            limits: shipped.limits.clone(),
            ..Config::default()
        };
        defaults.model.api.clone_from(&shipped.model.api);
        assert_eq!(format!("{shipped:?}"), format!("{defaults:?}"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_a_suggestion() {
        let error = from_text("[engine]\nquiet_msx = 5\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("did you mean `quiet_ms`?"), "{error}");
    }

    #[test]
    fn a_secret_under_a_wrong_key_is_not_repeated() {
        let error = from_text("[stripe]\nkee = 'rk_test_1'\n").unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("rk_test_1"), "{error}");
    }

    #[test]
    fn a_secret_in_the_file_is_refused() {
        let error = from_text("[stripe]\nkey = 'rk_test_1'\n").unwrap_err().to_string();
        assert!(error.contains("QUITTANCE_STRIPE__KEY"), "{error}");
    }
}
