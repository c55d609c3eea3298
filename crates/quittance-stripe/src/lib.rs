//! Speaks Stripe: API and webhook signatures.
//!
//! A thin client over a [`reqwest::Client`] that it is given. Everything that leaves this crate is a
//! type of `quittance_core`; Stripe's JSON stays inside. Reads are repeated where that is safe. The
//! one call that moves money, [`refunds::create`], takes what the guard approved and the bytes that
//! were written down before, is sent exactly once per call, and answers with what is certain.

pub mod client;
pub mod error;
pub mod options;

pub mod charges;
pub mod customers;
pub mod disputes;
pub mod history;
pub mod refunds;
pub mod webhook;

mod check;
mod invoices;
mod pace;
mod prices;
#[cfg(test)]
mod stub;
mod subscriptions;
mod wire;

pub use check::{Checked, MissingPermission};
pub use client::Client;
pub use error::Error;
pub use options::Options;
