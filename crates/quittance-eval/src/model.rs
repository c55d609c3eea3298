//! The money step as a model: every order in which workers, Stripe, a person and the stop switch can act
//! on one or two refunds, with crashes, lost leases, lost answers and wrong clocks.
//!
//! The model is a function from a state and an action to the next state (`next.rs`). Two readers use
//! it: `tests/model.rs` walks through every reachable state with a model checker and holds each against
//! the promises of `promise.rs`, and [`conforms`] holds what a real run did against it.
//!
//! Every rule that keeps money safe is a [`Rule`] that can be left out. The checker must then find a
//! broken promise; otherwise either the rule or the model would be worth nothing.

mod action;
mod next;
mod people;
mod promise;
mod rules;
mod state;
mod stripe;
mod trace;
mod worker;

pub use action::{Action, Delivery};
pub use promise::Promise;
pub use rules::{Protocol, Rule};
pub use state::{
    Answer, Breaches, CASES, Case, FLIGHTS, Flight, KEYS, Key, Left, Phase, Stand, State, Switch,
    Tick, WORKERS, Worker,
};
pub use trace::{Step, conforms};
