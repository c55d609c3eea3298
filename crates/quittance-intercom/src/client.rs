//! One connection to one Intercom workspace: reading with repetition, writing once.

use std::fmt;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use quittance_core::ids::ContactId;
use quittance_wire::{Answer, Broken, LastDate, Method, Request, StatusCode, Url, Wire, base_url};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LINK,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;
use crate::hold::{Hold, until_reset};
use crate::options::Options;
use crate::wire::oddity;

/// The header that names the API version.
const INTERCOM_VERSION: HeaderName = HeaderName::from_static("intercom-version");
/// The largest answer that is read, in bytes: a conversation has at most 500 parts.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
/// The first pause before a read is repeated.
const FIRST_PAUSE: Duration = Duration::from_millis(300);
/// The longest pause before a read is repeated; a window of limits lasts as long.
const LONGEST_PAUSE: Duration = crate::hold::WINDOW;

/// A client of one workspace.
pub struct Client {
    wire: Wire,
    base: Url,
    headers: HeaderMap,
    timeout: Duration,
    retries: usize,
    hold: Hold,
    date: LastDate,
}

impl Client {
    /// A client on a connection of its own. The program gives `http` TLS roots and a proxy. Fails on a
    /// setting or token that cannot be right; nothing is sent.
    pub fn new(
        http: reqwest::ClientBuilder,
        options: &Options,
        token: &SecretString,
    ) -> Result<Self, Error> {
        let wire = Wire::dial(http).map_err(|source| Error::Connection { source })?;
        Self::over(wire, options, token)
    }

    /// A client on this wire.
    pub fn over(wire: Wire, options: &Options, token: &SecretString) -> Result<Self, Error> {
        let base = base_url(&options.base_url)
            .map_err(|problem| Error::Setting { setting: "intercom.base_url", problem })?;
        let headers = headers(&options.version, token)?;
        if options.timeout_ms == 0 {
            return Err(Error::Setting {
                setting: "intercom.timeout_ms",
                problem: "must be at least 1 millisecond".to_owned(),
            });
        }
        Ok(Self {
            wire,
            base,
            headers,
            timeout: Duration::from_millis(options.timeout_ms),
            retries: options.read_retries,
            hold: Hold::default(),
            date: LastDate::default(),
        })
    }

    /// The `Date` of Intercom's last answer, to the second: a second opinion on the time. Nothing before the
    /// first answer.
    pub fn last_date(&self) -> Option<Timestamp> {
        self.date.get()
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
        (|| self.send(request, Request::new(Method::GET, url.clone())))
            .retry(backoff)
            .when(may_repeat)
            .adjust(|error, pause| {
                let Error::Throttled { retry_after_ms: Some(asked), .. } = error else {
                    return pause;
                };
                pause.map(|pause| pause.max(Duration::from_millis(*asked)))
            })
            .notify(|error, pause| {
                tracing::debug!(
                    request,
                    %error,
                    pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                    "reading from Intercom again"
                );
            })
            .await
    }

    /// Writes something, once.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        request: &'static str,
        path: &[&str],
        body: &Value,
    ) -> Result<T, Error> {
        let mut built = Request::new(Method::POST, self.url(path));
        built.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *built.body_mut() = Some(body.to_string().into());
        self.send(request, built).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        request: &'static str,
        mut built: Request,
    ) -> Result<T, Error> {
        self.hold.wait().await;
        built.headers_mut().extend(self.headers.clone());
        *built.timeout_mut() = Some(self.timeout);
        let answer = match self.wire.exchange(built, LARGEST_ANSWER).await {
            Ok(answer) => answer,
            Err(Broken::TooLarge { .. }) => return Err(Error::unreadable(request, "too large")),
            Err(source) if source.is_unsent() => return Err(Error::NotSent { request, source }),
            Err(source) => return Err(Error::Unanswered { request, source }),
        };
        self.hold.note(&answer.headers);
        self.date.note(&answer);
        let Answer { status, headers, body } = answer;
        tracing::trace!(intercom.status = status.as_u16(), request, "Intercom answered");
        if status == StatusCode::OK {
            return serde_json::from_slice(&body)
                .map_err(|error| Error::unreadable(request, oddity(&error)));
        }
        Err(complaint(request, status, &headers, &body))
    }

    /// The address of a path below the base.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only addresses that cannot have a path refuse; `base_url` lets none of them through.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

fn may_repeat(error: &Error) -> bool {
    // A redirect stays one however often it is asked for.
    let is_redirect = matches!(error, Error::Failing { status: ..=399, .. });
    error.is_passing() && !is_redirect
}

/// The body of an answer that is an error.
/// <https://developers.intercom.com/docs/references/rest-api/errors/error-objects>
#[derive(Default, Deserialize)]
struct WireErrors {
    #[serde(default)]
    errors: Vec<WireError>,
}

#[derive(Deserialize)]
struct WireError {
    code: Option<String>,
}

fn complaint(request: &'static str, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let told: WireErrors = serde_json::from_slice(body).unwrap_or_default();
    let code = told.errors.into_iter().find_map(|error| error.code);
    match status.as_u16() {
        status @ (401 | 403) => Error::Denied { request, status },
        404 | 410 => match canonical(headers) {
            // The reference says 410, the page about merging says 404.
            Some(into) if code.as_deref() == Some("contact_merged") => {
                Error::Merged { request, into }
            }
            _ => Error::Missing { request },
        },
        429 => Error::Throttled {
            request,
            retry_after_ms: until_reset(headers)
                .and_then(|pause| u64::try_from(pause.as_millis()).ok()),
        },
        status @ (100..=399 | 408 | 500..) => Error::Failing { request, status },
        status => Error::Refused { request, status, code },
    }
}

/// The contact in `Link: </contacts/6762…>; rel="canonical"`.
fn canonical(headers: &HeaderMap) -> Option<ContactId> {
    let link = headers.get(LINK)?.to_str().ok()?;
    let canonical = link.split(',').find(|part| part.contains("rel=\"canonical\""))?;
    let address = canonical.split_once('<')?.1.split_once('>')?.0;
    address.split_once("/contacts/")?.1.split(['/', '?']).next()?.parse().ok()
}

fn headers(version: &str, token: &SecretString) -> Result<HeaderMap, Error> {
    let wrong = |problem: &str| Error::Setting {
        setting: "intercom token",
        problem: format!(
            "{problem}; copy the access token from Developer Hub, your app, Configure, \
             Authentication"
        ),
    };
    let text = token.expose_secret();
    if text.trim().is_empty() {
        return Err(wrong("is empty"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("holds a space or another character that no token has"));
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {text}"))
        .map_err(|_| wrong("holds a character that no token has"))?;
    bearer.set_sensitive(true);
    let version = HeaderValue::from_str(version).map_err(|_| Error::Setting {
        setting: "intercom.version",
        problem: format!("is not a version such as {}", crate::options::VERSION),
    })?;
    Ok(HeaderMap::from_iter([
        (AUTHORIZATION, bearer),
        (ACCEPT, HeaderValue::from_static("application/json")),
        (INTERCOM_VERSION, version),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surviving_contact_is_in_the_link() {
        let of = |link: &'static str| {
            canonical(&HeaderMap::from_iter([(LINK, HeaderValue::from_static(link))]))
        };
        assert_eq!(of("</contacts/6762f0>; rel=\"canonical\"").unwrap().as_str(), "6762f0");
        let full = "<https://a/b>; rel=\"next\", <https://api.intercom.io/contacts/7?x>; rel=\"canonical\"";
        assert_eq!(of(full).unwrap().as_str(), "7");
        assert_eq!(of("</contacts/6762f0>; rel=\"next\""), None);
        assert_eq!(of("rel=\"canonical\""), None);
    }

    fn made(options: &Options, token: &str) -> Result<Client, Error> {
        // Another test may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::new(reqwest::Client::builder(), options, &SecretString::from(token))
    }

    #[test]
    fn a_setting_that_cannot_be_right_is_named() {
        let url = |base_url: &str| Options { base_url: base_url.to_owned(), ..Options::default() };
        for (options, token, setting) in [
            (url("intercom"), "token", "intercom.base_url"),
            (url("http://api.intercom.io"), "token", "intercom.base_url"),
            (url("https://me@api.intercom.io"), "token", "intercom.base_url"),
            (Options { timeout_ms: 0, ..Options::default() }, "token", "intercom.timeout_ms"),
            (
                Options { version: "a\nb".to_owned(), ..Options::default() },
                "token",
                "intercom.version",
            ),
            (Options::default(), " ", "intercom token"),
            (Options::default(), "two words", "intercom token"),
        ] {
            let Err(Error::Setting { setting: named, .. }) = made(&options, token) else {
                panic!("{options:?} {token:?}")
            };
            assert_eq!(named, setting, "{options:?} {token:?}");
        }
        let client = made(&Options::default(), "token-that-is-secret").unwrap();
        assert!(!format!("{client:?}").contains("secret"), "{client:?}");
    }

    #[test]
    fn a_status_says_what_happened() {
        let of = |status, code: &str| {
            let body = format!(r#"{{"type":"error.list","errors":[{{"code":"{code}"}}]}}"#);
            let status = StatusCode::from_u16(status).unwrap();
            complaint("reply", status, &HeaderMap::new(), body.as_bytes())
        };
        assert!(matches!(of(401, "unauthorized"), Error::Denied { status: 401, .. }));
        assert!(matches!(of(403, "forbidden"), Error::Denied { status: 403, .. }));
        assert!(matches!(of(404, "conversation_not_found"), Error::Missing { .. }));
        // Without the survivor's address a merged contact is gone.
        assert!(matches!(of(410, "contact_merged"), Error::Missing { .. }));
        assert!(matches!(of(429, "rate_limit_exceeded"), Error::Throttled { .. }));
        let refused = of(422, "parameter_invalid");
        assert!(
            matches!(&refused, Error::Refused { code: Some(code), .. } if code == "parameter_invalid")
        );
        assert!(!refused.may_have_happened() && !refused.is_passing());
        for status in [302, 408, 500, 503] {
            let failing = of(status, "");
            assert!(failing.may_have_happened() && failing.is_passing(), "{failing:?}");
            assert_eq!(may_repeat(&failing), status != 302, "{failing:?}");
        }
    }
}
