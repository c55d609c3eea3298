//! Stands in for Intercom, Stripe and the model as real HTTP servers.
