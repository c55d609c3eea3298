//! Serves: webhooks and health.
