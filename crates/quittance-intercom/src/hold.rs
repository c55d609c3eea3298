//! When the next request may go, by what Intercom says about its limits.
//! <https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting>

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap};
use tokio::time::Instant;

/// Limits are counted in windows of ten seconds, so there is never more to wait.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);

/// Keeps requests back when a window is used up.
#[derive(Debug, Default)]
pub(crate) struct Hold(Mutex<Option<Instant>>);

impl Hold {
    /// Waits until a request may go.
    pub(crate) async fn wait(&self) {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Reads the limits in an answer.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        let is_used_up = number(headers, "x-ratelimit-remaining") == Some(0);
        if let Some(pause) = until_reset(headers).filter(|_| is_used_up) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) =
                Instant::now().checked_add(pause);
        }
    }
}

/// How long until the window is over, by Intercom's own clock: its `Date` is in the same answer.
pub(crate) fn until_reset(headers: &HeaderMap) -> Option<Duration> {
    let reset = number(headers, "x-ratelimit-reset")?;
    let date = headers
        .get(DATE)
        .and_then(|date| date.to_str().ok())
        .and_then(|date| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    let seconds = date
        .map(Timestamp::as_second)
        .map_or(WINDOW.as_secs(), |now| u64::try_from(reset.saturating_sub(now)).unwrap_or(0));
    Some(Duration::from_secs(seconds).min(WINDOW))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    const DATE_1: (&str, &str) = ("date", "Mon, 23 Nov 2026 09:46:40 GMT");

    #[test]
    fn a_window_ends_by_intercoms_clock_and_within_ten_seconds() {
        let until = |reset| until_reset(&headers(&[DATE_1, ("x-ratelimit-reset", reset)]));
        assert_eq!(until("1795427207"), Some(Duration::from_secs(7)));
        assert_eq!(until("1795427100"), Some(Duration::ZERO));
        assert_eq!(until("1795499999"), Some(WINDOW));
        assert_eq!(until("soon"), None);
        assert_eq!(until_reset(&headers(&[("x-ratelimit-reset", "1")])), Some(WINDOW));
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_up_window_keeps_requests_back() {
        let hold = Hold::default();
        let reset = ("x-ratelimit-reset", "1795427207");
        let start = Instant::now();
        hold.note(&headers(&[DATE_1, reset, ("x-ratelimit-remaining", "5")]));
        hold.wait().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        hold.note(&headers(&[DATE_1, reset, ("x-ratelimit-remaining", "0")]));
        hold.wait().await;
        assert!(start.elapsed() >= Duration::from_secs(7));
    }
}
