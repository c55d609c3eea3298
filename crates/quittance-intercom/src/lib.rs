//! Speaks Intercom: API and webhook signatures.
//!
//! A thin client over a [`reqwest::Client`] that it is given. Reads are repeated where that is safe.
//! Intercom has no idempotency keys, so a write is sent once; an [`Error`] says whether it may have
//! happened all the same, and [`conversations::find_own`] looks before anything is sent again.

pub mod client;
pub mod error;
pub mod options;

pub mod admins;
pub mod attributes;
pub mod contacts;
pub mod conversations;
pub mod search;
pub mod text;
pub mod webhook;
pub mod writes;

mod hold;
mod wire;

pub use client::Client;
pub use error::Error;
pub use options::Options;
