//! Tests that drive the built program.
#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, and that is right"
)]

mod architecture;
mod support;

mod cli;
mod crash;
mod demo;
mod hostile_model;
mod nodes;
mod peers;
mod real_model;
mod tickets;
mod webhooks;
