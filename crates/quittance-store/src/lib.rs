//! Remembers: cases, events, intents, the action log and spending.
//!
//! One database per workspace. Everything a step of a case decides is written by one
//! [`Transition`](transition::Transition): log entries, a refund's reservation and intent, what is to
//! be said in Intercom, and the case's new state stand or fall together. Concurrent writes share a
//! commit, so that many cases wait for the disk together and not one after the other.
//!
//! No rule lives here, and no SQL leaves. The text of the SQL is one for SQLite and PostgreSQL; what each
//! refuses by itself is written twice, in `guards`.

mod connection;
pub mod error;
mod file;
mod open;
mod place;
mod postgres;
pub mod probe;
mod readers;
mod sqlite;
mod writer;

pub mod inbox;
pub mod leases;
pub mod nodes;
pub mod watermark;

mod spend;
pub mod stop;
pub mod transition;

pub mod approvals;
pub mod effects;
pub mod intents;

pub mod log;
pub mod policies;
pub mod reconcile;

pub mod arrivals;
pub mod copy;
mod simulated;
pub mod spare;
pub mod totals;

pub use error::Error;
pub use open::Store;
pub use place::{Engine, file_of, shown};
