//! Speaks Stripe: API and webhook signatures.
