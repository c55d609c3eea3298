//! Carries a case from event to reply.
//!
//! In the order in which a refund passes through: [`intake`] checks and stores a webhook; the
//! [`worker`] leases the case that it made due; a step reads the conversation and the facts, holds a
//! turn with the model, asks the policy and the guard, and writes the decision down; the refund is
//! carried out and the reply is sent, each written down before it leaves. Everything a step decides
//! is one transaction of the store, so a crash leaves either nothing or something that is carried
//! out again.

pub mod error;
pub mod options;
pub mod progress;
pub mod status;
pub mod stop;

pub mod intake;
pub mod worker;

pub mod poll;
pub mod reconcile;

pub mod settle;

mod step;

mod answer;
mod approvals;
mod attributes;
mod conversation;
mod decide;
mod disputes;
mod facts;
mod follow_up;
mod language;
mod prompt;
mod talk;
mod tools;

mod answer_table;
mod breaker;
mod carry_out;
mod clocks;
mod handle;
mod note;
mod people;
mod recheck;
mod replies;
mod teams;

mod engine;
mod library;
mod workspace;

pub use engine::{Engine, Parts};
pub use error::Error;
pub use library::{Library, Live, Said};
pub use options::Options;

#[cfg(test)]
mod samples;
