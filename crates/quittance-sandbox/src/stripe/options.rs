//! How a stand-in is set up.

use serde::Deserialize;

/// A key that may do less: <https://docs.stripe.com/keys/restricted-api-keys>.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestrictedKey {
    /// The key, such as `rk_test_…`.
    pub key: String,
    /// What it may do, such as `rak_charge_read`; writing implies reading.
    pub permissions: Vec<String>,
}

/// How a stand-in is set up. The defaults suit tests: one made-up key, one webhook secret.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Keys that may do everything. Default: `sk_test_sandbox_1234567890`.
    pub secret_keys: Vec<String>,
    /// Keys that may do less. Default: none.
    pub restricted_keys: Vec<RestrictedKey>,
    /// Signs the webhooks of the default endpoint; without it there is no default endpoint.
    /// Default: `whsec_sandbox_1234567890`.
    pub webhook_secret: Option<String>,
    /// What `livemode` says in every object. Default: false.
    pub livemode: bool,
    /// Ids are derived from this and a counter, so two runs with one seed give the same ids.
    /// Default: `sandbox`.
    pub seed: String,
    /// Keep every request and answer for `Stripe::exchanges`. Default: false.
    pub records_exchanges: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            secret_keys: vec!["sk_test_sandbox_1234567890".to_owned()],
            restricted_keys: Vec::new(),
            webhook_secret: Some("whsec_sandbox_1234567890".to_owned()),
            livemode: false,
            seed: "sandbox".to_owned(),
            records_exchanges: false,
        }
    }
}
