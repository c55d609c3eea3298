//! Tests that drive the built program.
#![cfg(test)]

mod architecture;
mod support;

mod cli;
mod crash;
mod demo;
mod hostile_model;
mod peers;
mod real_model;
mod tickets;
mod webhooks;
