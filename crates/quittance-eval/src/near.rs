//! A vendor's server in this process: it is asked without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use quittance_wire::{Answer, Broken};
use reqwest::header::{DATE, HeaderValue};
use tower::ServiceExt;

/// The largest answer of a stand-in.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;

/// Lets a server answer a request at an instant, which the answer is dated with.
pub(crate) async fn answer(
    router: Router,
    request: http::Request<Body>,
    now: Timestamp,
) -> Result<Answer, Broken> {
    let Ok(response) = router.oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST).await.map_err(|_| Broken::lost("hung up"))?.to_vec();
    let mut headers = parts.headers;
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
    if let Some(date) = date.ok().and_then(|date| HeaderValue::try_from(date).ok()) {
        headers.insert(DATE, date);
    }
    Ok(Answer { status: parts.status, headers, body })
}
