//! How Stripe is reached.

use serde::Deserialize;

/// The API version every request is sent with, and the only place it is named. Enumerations may
/// grow within a version; fields move only between major ones.
/// <https://docs.stripe.com/sdks/versioning>
pub const VERSION: &str = "2026-10-28.endive";

/// The section `stripe` of the configuration. Every setting has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Where the API is. Plain `http` is accepted only for this machine. Default:
    /// `https://api.stripe.com`.
    pub base_url: String,
    /// The API version to ask for. Default: [`VERSION`], the one this program was tested with.
    pub version: String,
    /// How long one attempt to read may take, in milliseconds. Default: 20 000. A refund has a
    /// deadline of its own, [`crate::refunds::DEADLINE`].
    pub timeout_ms: u64,
    /// How many times a failed read is repeated. Default: 3. A refund is never repeated here.
    pub read_retries: usize,
    /// How many requests are sent in one second at most; reads beyond that wait. The account's own
    /// programs share Stripe's limits (100 in live mode, 25 in test mode and per endpoint,
    /// <https://docs.stripe.com/rate-limits>), so this stays well below. Default: 10.
    pub requests_per_second: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base_url: "https://api.stripe.com".to_owned(),
            version: VERSION.to_owned(),
            timeout_ms: 20_000,
            read_retries: 3,
            requests_per_second: 10,
        }
    }
}
