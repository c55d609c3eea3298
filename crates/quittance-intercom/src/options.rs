//! How Intercom is reached.

use serde::Deserialize;

/// The API version every request is sent with, and the only place it is named.
/// <https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/api-versioning>
pub const VERSION: &str = "2.16";

/// The section `intercom` of the configuration. Every setting has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Where the API of the workspace's region is: `https://api.intercom.io` (United States),
    /// `https://api.eu.intercom.io` or `https://api.au.intercom.io`. Plain `http` is accepted only
    /// for this machine. Default: the first.
    pub base_url: String,
    /// The API version to ask for. Default: [`VERSION`], the one this program was tested with.
    pub version: String,
    /// How long one attempt may take, in milliseconds. Default: 15 000.
    pub timeout_ms: u64,
    /// How many times a failed read is repeated. Default: 3. A write is never repeated here.
    pub read_retries: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base_url: "https://api.intercom.io".to_owned(),
            version: VERSION.to_owned(),
            timeout_ms: 15_000,
            read_retries: 3,
        }
    }
}
