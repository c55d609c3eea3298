//! Which address does what.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use quittance_engine::intake::Intake;
use quittance_engine::worker::WakeUp;
use quittance_store::Store;
use tower_http::timeout::TimeoutLayer;

use crate::counts::Counts;
use crate::{health, webhooks};

/// The largest webhook that is read, in bytes: Stripe's and Intercom's are far smaller.
pub const LARGEST_BODY: usize = 1024 * 1024;

/// How long a request may take. Intercom gives up after five seconds.
/// <https://developers.intercom.com/docs/references/webhooks/webhook-models>
pub(crate) const TIMEOUT: Duration = Duration::from_millis(4_500);

/// What the handlers need.
#[derive(Clone, Debug)]
pub struct App {
    /// The way in for events.
    pub intake: Intake,
    /// The database, for reading.
    pub store: Store,
    /// Tells the worker that something came.
    pub wake_up: WakeUp,
    /// What came so far.
    pub counts: Arc<Counts>,
}

/// All addresses.
pub fn router(app: App) -> Router {
    Router::new()
        // `HEAD` is answered too: Intercom tries the address with it before it saves it.
        .route("/webhooks/intercom", post(webhooks::intercom).get(webhooks::here))
        .route("/webhooks/stripe", post(webhooks::stripe).get(webhooks::here))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .with_state(app)
}
