//! Serves: webhooks, health and the stop switch.
//!
//! A request handler takes an event in or reads; it never acts on a case. Nothing is decided while
//! somebody waits for an answer.

pub mod admin;
pub mod counts;
mod health;
pub mod router;
pub mod server;
mod webhooks;

pub use router::{App, router};
pub use server::serve;
