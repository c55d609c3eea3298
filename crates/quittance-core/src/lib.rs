//! Decides: money, policy, limits, guard and log format, with no input or output.
//!
//! Everything here is a plain function of its arguments: no clock, no randomness, no network, no
//! disk, no logging and no floating point. A refund passes through the modules in this order: the
//! [`event`] that wakes a [`case`], the [`facts`] about the customer, the [`policy`]'s ruling on
//! them, the [`action`] a model proposes, the [`limits`] it must keep, the [`guard`]'s verdict, and
//! the [`record`] of each step in the action log.

pub mod cards;
pub mod clock;
pub mod decimal;
pub mod ids;
pub mod letters;
pub mod money;
pub mod personal;
pub mod redact;

pub mod case;
pub mod email;
pub mod event;

pub mod facts;
pub mod reason;

pub mod policy;

pub mod action;
pub mod limits;

pub mod guard;

pub mod filter;
pub mod locale;
pub mod reply;
pub mod voice;
pub mod wish;

pub mod record;

pub mod mutant;
