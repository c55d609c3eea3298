//! One connection to one Stripe account: reading with repetition, paging and pace.

use std::fmt;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use quittance_wire::{Answer, Broken, LastDate, Method, Request, StatusCode, Url, Wire, base_url};
use reqwest::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::options::Options;
use crate::pace::Pace;
use crate::wire::{Entry, List, oddity};

/// The header that names the API version.
pub(crate) const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");
/// The header that carries the key under which a request is executed at most once.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says an answer was kept from an earlier request with the same key.
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The header by which Stripe overrides what a status says about repeating.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("stripe-should-retry");
/// The header that names a request in Stripe's own log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// The largest answer to a read, in bytes: a hundred invoices with their lines and payments are
/// about one megabyte.
pub(crate) const LARGEST_READ: usize = 8 * 1024 * 1024;
/// Entries on one page, the most Stripe gives.
const PAGE: &str = "100";
/// Pages of one list that are read at most.
const MOST_PAGES: usize = 20;
/// Entries of one list that are read at most.
const MOST_ENTRIES: usize = 2_000;
/// The first pause before a read is repeated.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// The longest pause before a read is repeated. Who is asked to wait longer gives up.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// A request that writes.
pub(crate) struct Posted<'a> {
    /// The path.
    pub(crate) path: &'a [&'a str],
    /// The key under which it is carried out at most once.
    pub(crate) key: HeaderValue,
    /// The form, as it is sent.
    pub(crate) body: &'a [u8],
    /// How long the exchange may take.
    pub(crate) deadline: Duration,
    /// The largest answer that is read, in bytes.
    pub(crate) largest: usize,
}

/// A client of one Stripe account.
pub struct Client {
    wire: Wire,
    base: Url,
    headers: HeaderMap,
    timeout: Duration,
    retries: usize,
    pace: Pace,
    date: LastDate,
    is_live: bool,
}

impl Client {
    /// A client on a connection of its own. The program gives `http` TLS roots and a proxy. Fails on a
    /// setting or key that cannot be right; nothing is sent.
    pub fn new(
        http: reqwest::ClientBuilder,
        options: &Options,
        key: &SecretString,
    ) -> Result<Self, Error> {
        let wire = Wire::dial(http).map_err(|source| Error::Connection { source })?;
        Self::over(wire, options, key)
    }

    /// A client on this wire.
    pub fn over(wire: Wire, options: &Options, key: &SecretString) -> Result<Self, Error> {
        let base = base_url(&options.base_url)
            .map_err(|problem| Error::Setting { setting: "stripe.base_url", problem })?;
        let headers = headers(&options.version, key)?;
        let wrong =
            |setting, problem: &str| Error::Setting { setting, problem: problem.to_owned() };
        if options.timeout_ms == 0 {
            return Err(wrong("stripe.timeout_ms", "must be at least 1 millisecond"));
        }
        if options.requests_per_second == 0 {
            return Err(wrong("stripe.requests_per_second", "must be at least 1"));
        }
        let key = key.expose_secret();
        Ok(Self {
            wire,
            base,
            headers,
            timeout: Duration::from_millis(options.timeout_ms),
            retries: options.read_retries,
            pace: Pace::new(options.requests_per_second),
            date: LastDate::default(),
            is_live: key.starts_with("sk_live_") || key.starts_with("rk_live_"),
        })
    }

    /// Whether the key moves real money. <https://docs.stripe.com/keys>
    pub fn is_live_key(&self) -> bool {
        self.is_live
    }

    /// The `Date` of Stripe's last answer, to the second: a second opinion on the time for the age
    /// of idempotency keys. Nothing before the first answer.
    pub fn last_date(&self) -> Option<Timestamp> {
        self.date.get()
    }

    /// The address of a path below the base.
    pub(crate) fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only addresses that cannot have a path refuse; `base_url` lets none of them through.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// A request with our headers.
    fn request(&self, method: Method, url: Url, timeout: Duration) -> Request {
        let mut request = Request::new(method, url);
        request.headers_mut().clone_from(&self.headers);
        *request.timeout_mut() = Some(timeout);
        request
    }

    /// Writes something: sent once, never made to wait for its turn.
    pub(crate) async fn post(&self, posted: Posted<'_>) -> Result<Answer, Broken> {
        self.pace.take();
        let mut request = self.request(Method::POST, self.url(posted.path), posted.deadline);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        request.headers_mut().insert(IDEMPOTENCY_KEY, posted.key);
        *request.body_mut() = Some(posted.body.to_vec().into());
        let answer = self.wire.exchange(request, posted.largest).await?;
        self.note(&answer);
        Ok(answer)
    }

    /// Reads one object.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        request: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let backoff = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(self.retries)
            .with_jitter();
        (|| self.get_once(request, url.clone()))
            .retry(backoff)
            .when(|failure: &Failure| failure.may_repeat)
            .adjust(|failure: &Failure, pause| longer_pause(pause, failure.asked_pause))
            .notify(|failure: &Failure, pause| {
                tracing::debug!(
                    request,
                    error = %failure.error,
                    pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                    "reading from Stripe again"
                );
            })
            .await
            .map_err(|failure| failure.error)
    }

    /// Reads every page of a list. Fails when it has more than 2 000 entries.
    pub(crate) async fn list<T: DeserializeOwned + Entry>(
        &self,
        request: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        let mut all: Vec<T> = Vec::new();
        for _ in 0..MOST_PAGES {
            let after = all.last().map(|last| last.id().to_owned());
            let mut query = query.to_vec();
            query.push(("limit", PAGE));
            if let Some(after) = &after {
                query.push(("starting_after", after));
            }
            let page: List<T> = self.get(request, path, &query).await?;
            let is_empty = page.data.is_empty();
            all.extend(page.data);
            if !page.has_more {
                return Ok(all);
            }
            if is_empty {
                return Err(Error::unreadable(request, "an empty page that says more follows"));
            }
        }
        Err(Error::TooMuch { request, bound: MOST_ENTRIES })
    }

    async fn get_once<T: DeserializeOwned>(
        &self,
        request: &'static str,
        url: Url,
    ) -> Result<T, Failure> {
        let pause = self.pace.take();
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let sent = self.wire.exchange(self.request(Method::GET, url, self.timeout), LARGEST_READ);
        let answer = match sent.await {
            Ok(answer) => answer,
            Err(Broken::TooLarge { .. }) => {
                return Err(Failure::last(Error::unreadable(request, "too large")));
            }
            Err(broken) => return Err(Failure::unanswered(request, broken)),
        };
        self.note(&answer);
        let Answer { status, headers, body } = answer;
        if status == StatusCode::OK {
            return serde_json::from_slice(&body)
                .map_err(|error| Failure::last(Error::unreadable(request, oddity(&error))));
        }
        Err(Failure::of(request, status, &headers, &body))
    }

    /// Remembers the time Stripe told and leaves a trace of the answer.
    fn note(&self, answer: &Answer) {
        let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
        self.date.note(answer);
        tracing::trace!(
            stripe.status = answer.status.as_u16(),
            stripe.request = header(REQUEST_ID),
            "Stripe answered"
        );
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

/// A read that failed, and whether it may be repeated.
struct Failure {
    error: Error,
    may_repeat: bool,
    asked_pause: Option<Duration>,
}

impl Failure {
    fn unanswered(request: &'static str, source: Broken) -> Self {
        Self { error: Error::Unanswered { request, source }, may_repeat: true, asked_pause: None }
    }

    fn last(error: Error) -> Self {
        Self { error, may_repeat: false, asked_pause: None }
    }

    fn of(request: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let told = told(body).unwrap_or_default();
        let asked_pause = retry_after(headers);
        let error = match status.as_u16() {
            status @ (401 | 403) => {
                Error::Denied { request, status, permission: told.permission() }
            }
            404 => Error::Missing { request },
            429 => Error::Throttled {
                request,
                retry_after_ms: asked_pause.and_then(|pause| pause.as_millis().try_into().ok()),
            },
            status @ (300..=399 | 409 | 424 | 500..) => Error::Failing { request, status },
            status => Error::Refused { request, status, code: told.code, param: told.param },
        };
        // What Stripe says about repeating goes before what its status says.
        let advice = headers.get(SHOULD_RETRY).and_then(|value| value.to_str().ok());
        let may_repeat = match advice {
            Some("true") => true,
            Some("false") => false,
            _ => matches!(status.as_u16(), 409 | 429 | 500..),
        };
        Self { error, may_repeat, asked_pause }
    }
}

/// The body of an answer that is an error. <https://docs.stripe.com/api/errors>
#[derive(Debug, Deserialize)]
struct Complaint {
    error: Told,
}

/// What Stripe says went wrong. Its message is for people, can hold anything, and is looked at only
/// for the name of a missing permission.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Told {
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
    message: Option<String>,
}

impl Told {
    /// The permission that a restricted key lacks, such as `rak_charge_read`.
    pub(crate) fn permission(&self) -> Option<String> {
        let message = self.message.as_deref()?;
        let start = message.find("rak_")?;
        let slug = message.get(start..)?;
        let end = slug.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        slug.get(..end.unwrap_or(slug.len())).map(str::to_owned)
    }
}

/// Reads an error's body. Nothing if it is not Stripe's.
pub(crate) fn told(body: &[u8]) -> Option<Told> {
    serde_json::from_slice::<Complaint>(body).ok().map(|complaint| complaint.error)
}

/// How long Stripe asks to wait.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn longer_pause(pause: Option<Duration>, asked: Option<Duration>) -> Option<Duration> {
    let (pause, asked) = (pause?, asked.unwrap_or_default());
    // Coming back earlier than asked makes it worse.
    if asked > LONGEST_PAUSE { None } else { Some(pause.max(asked)) }
}

fn headers(version: &str, key: &SecretString) -> Result<HeaderMap, Error> {
    let wrong = |problem: &str| Error::Setting {
        setting: "stripe key",
        problem: format!(
            "{problem}; make a restricted key at https://dashboard.stripe.com/apikeys"
        ),
    };
    let text = key.expose_secret();
    if text.trim().is_empty() {
        return Err(wrong("is empty"));
    }
    if text.starts_with("pk_") {
        return Err(wrong("is a publishable key, which can read nothing"));
    }
    if text.starts_with("whsec_") {
        return Err(wrong("is a webhook's signing secret, not an API key"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("holds a space or another character that no key has"));
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {text}"))
        .map_err(|_| wrong("holds a character that no key has"))?;
    bearer.set_sensitive(true);
    let version = HeaderValue::from_str(version).map_err(|_| Error::Setting {
        setting: "stripe.version",
        problem: format!("is not a version such as {}", crate::options::VERSION),
    })?;
    Ok(HeaderMap::from_iter([(AUTHORIZATION, bearer), (STRIPE_VERSION, version)]))
}

#[cfg(test)]
mod tests;
