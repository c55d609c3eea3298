//! Sends requests below `async-openai`, so that nothing of an answer is lost or logged there.
//!
//! This is the only layer that repeats a request.

use std::time::Duration;

use async_openai::middleware::HttpRequestFactory;
use backon::{BackoffBuilder, ExponentialBuilder};
use quittance_wire::{Broken, Wire};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::failure::{self, Meaning};
use crate::error::{Cause, Error, ServerError};
use crate::json::Careful;

/// The most bytes that an answer may have.
const MOST_BYTES: usize = 1024 * 1024;
/// The first wait between two attempts, before jitter.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait between two attempts, before jitter, unless the server asks for more.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// Sends a request until it is answered or there is no use in trying further.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) wire: Wire,
    pub(super) timeout: Duration,
    pub(super) retries: u32,
    pub(super) retry_after_cap: Duration,
    pub(super) key: Option<SecretString>,
}

/// How one attempt failed.
enum Trouble {
    /// Asking again may help.
    Passing { source: Cause, retry_after: Option<Duration> },
    /// It will not.
    Final(Error),
}

impl Transport {
    /// Sends the request, up to once plus the retries. The answer's body is an object with choices and
    /// without an error.
    pub(super) async fn send(&self, request: HttpRequestFactory) -> Result<Response, Error> {
        let times = usize::try_from(self.retries).unwrap_or(usize::MAX);
        let mut waits = ExponentialBuilder::default()
            .with_min_delay(FIRST_WAIT)
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(times)
            .with_jitter()
            .build();
        let mut attempts: u32 = 0;
        loop {
            attempts = attempts.saturating_add(1);
            let (source, retry_after) = match self.attempt(&request).await {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Passing { source, retry_after }) => (source, retry_after),
            };
            let is_too_long = retry_after.is_some_and(|asked| asked > self.retry_after_cap);
            let Some(wait) = waits.next().filter(|_| !is_too_long) else {
                let retry_after_ms =
                    retry_after.map(|asked| u64::try_from(asked.as_millis()).unwrap_or(u64::MAX));
                return Err(Error::Unavailable { attempts, retry_after_ms, source });
            };
            // The jittered wait comes on top, so that not everybody is back at the same instant.
            let wait = wait.saturating_add(retry_after.unwrap_or_default());
            tracing::warn!(
                model.attempt = attempts,
                model.wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                model.status = status(&source),
                "the model's server is not available; it will be asked again"
            );
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, request: &HttpRequestFactory) -> Result<Response, Trouble> {
        let exchange = self.exchange(request);
        tokio::time::timeout(self.timeout, exchange).await.unwrap_or_else(|_| {
            let timeout_ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
            Err(Trouble::Passing { source: Cause::Timeout { timeout_ms }, retry_after: None })
        })
    }

    async fn exchange(&self, request: &HttpRequestFactory) -> Result<Response, Trouble> {
        let request = request.build().await.map_err(|_| {
            let why = "no request can be made for it".to_owned();
            Trouble::Final(Error::Setting { setting: "base_url", why })
        })?;
        let answer = match self.wire.exchange(request, MOST_BYTES).await {
            Ok(answer) => answer,
            Err(Broken::TooLarge { status }) if status < 300 => {
                return Err(Trouble::Final(Error::Unintelligible { what: "more than a mebibyte" }));
            }
            Err(broken) => {
                return Err(Trouble::Passing {
                    source: Cause::Connection(broken),
                    retry_after: None,
                });
            }
        };
        let (status, body) = (answer.status, answer.body);
        let retry_after = failure::retry_after(&answer.headers);
        if !status.is_success() {
            return Err(self.trouble(failure::read(status.as_u16(), &body), retry_after));
        }
        self.inspect(&body, retry_after)?;
        let mut answer = http::Response::new(body);
        *answer.status_mut() = StatusCode::OK;
        Ok(Response::from(answer))
    }

    /// Refuses what is not an answer before `async-openai` sees it, which would log the whole of it.
    fn inspect(&self, body: &[u8], retry_after: Option<Duration>) -> Result<(), Trouble> {
        let unintelligible = |what| Err(Trouble::Final(Error::Unintelligible { what }));
        let Ok(body) = Careful::read(body) else {
            return unintelligible("something that is not JSON");
        };
        let body = body.value;
        let choices = body.get("choices").and_then(Value::as_array);
        let inside = choices.and_then(|choices| choices.first()).unwrap_or(&Value::Null);
        let error = |value: &Value| value.get("error").filter(|error| !error.is_null()).cloned();
        // OpenRouter and others report failures of the server behind them with status 200.
        let reported = match choices {
            Some(choices) if !choices.is_empty() => error(inside),
            Some(_) | None => error(&body),
        };
        if let Some(error) = reported {
            let status = failure::status_inside(&error);
            let error = failure::from_value(status, &serde_json::json!({ "error": error }));
            return Err(self.trouble(error, retry_after));
        }
        if choices.is_none() {
            unintelligible("something that is not a chat completion")
        } else {
            Ok(())
        }
    }

    fn trouble(&self, mut error: ServerError, retry_after: Option<Duration>) -> Trouble {
        // Some servers repeat the key they did not like.
        if let Some(key) =
            self.key.as_ref().map(ExposeSecret::expose_secret).filter(|key| !key.is_empty())
        {
            error.message = error.message.replace(key, "…");
        }
        match failure::judge(error) {
            Meaning::Passing(error) => {
                Trouble::Passing { source: Cause::Server(error), retry_after }
            }
            Meaning::Final(error) => Trouble::Final(error),
        }
    }
}

fn status(cause: &Cause) -> Option<u16> {
    match cause {
        Cause::Server(error) => Some(error.status),
        Cause::Timeout { .. } | Cause::Connection(_) => None,
    }
}
