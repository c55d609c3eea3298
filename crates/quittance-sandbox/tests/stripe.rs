//! The stand-in for Stripe over HTTP. Every body is checked against Stripe's schema when
//! `QUITTANCE_SPECS` says where that is.

#[cfg(test)]
#[path = "stripe/harness.rs"]
mod harness;

#[cfg(test)]
#[path = "support/stripe_schema.rs"]
mod stripe_schema;

#[cfg(test)]
#[path = "stripe/refunds.rs"]
mod refunds;

#[cfg(test)]
#[path = "stripe/idempotency.rs"]
mod idempotency;

#[cfg(test)]
#[path = "stripe/requests.rs"]
mod requests;

#[cfg(test)]
#[path = "stripe/billing.rs"]
mod billing;

#[cfg(test)]
#[path = "stripe/events.rs"]
mod events;
