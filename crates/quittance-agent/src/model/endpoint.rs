//! Where requests go and what they carry.

use async_openai::config::Config;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;

/// Where requests go and what they carry. `async-openai`'s own configuration reads the environment,
/// which only the program may do.
#[derive(Clone)]
pub(super) struct Endpoint {
    base: String,
    headers: HeaderMap,
    key: SecretString,
}

impl Endpoint {
    pub(super) fn new(
        base_url: &str,
        key: Option<SecretString>,
        has_key_header: bool,
    ) -> Result<Self, Error> {
        let refuse = |setting, why: &str| Error::Setting { setting, why: why.to_owned() };
        let url = Url::parse(base_url).map_err(|error| refuse("base_url", &error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https")
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(refuse(
                "base_url",
                "it must be an http or https address without `?` and `#`",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("base_url", "it must not contain a password; set the key instead"));
        }
        let mut headers = HeaderMap::new();
        if let Some(key) = &key {
            let (name, value) = if has_key_header {
                (HeaderName::from_static("api-key"), key.expose_secret().to_owned())
            } else {
                (AUTHORIZATION, format!("Bearer {}", key.expose_secret()))
            };
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| refuse("key", "it contains characters that a header cannot carry"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let base = base_url.trim_end_matches('/').to_owned();
        Ok(Self { base, headers, key: key.unwrap_or_default() })
    }
}

impl Config for Endpoint {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}
