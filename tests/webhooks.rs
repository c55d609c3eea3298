//! Webhooks: what is let in, and what comes of it.

mod conversations;
mod door;
mod teammates;
mod trouble;
