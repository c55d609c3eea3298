//! Holds one turn between a model and its tools.
//!
//! A [`Turn`] asks a [`Model`] what to do, runs the [`Tool`]s it calls, one at a time, and ends in an
//! answer, in a tool that ends the turn, or in the sober statement that the model used up its
//! [`Budget`] or does not behave. Everything a model says is untrusted: it is decoded strictly,
//! repeated mistakes end the turn, and nothing here can act on the world except through the closures
//! the tools were given.
//!
//! The crate knows nothing of payments, support desks or storage.
//!
//! No request, answer or message text is logged here at any level. `async-openai` logs whole bodies
//! to the target `async_openai::error` when it cannot read them; this crate reads every body before
//! `async-openai` sees it, so that does not happen, and the program filters the target out all the
//! same.

pub mod budget;
pub mod error;
mod json;
pub mod model;
pub mod profile;
pub mod schema;
#[cfg(test)]
mod script;
pub mod tool;
pub mod transcript;
pub mod turn;

pub use budget::{Budget, Limit, Usage};
pub use error::{Cause, Error, ServerError};
pub use model::{Choice, Model, Options};
pub use profile::{Preset, Profile};
pub use tool::{Answer, Tool, ToolError};
pub use transcript::Transcript;
pub use turn::{End, Step, Turn, TurnState};
