//! Walks through every reachable state of the money step's model.
//!
//! Three questions: does the protocol keep every promise, is each of its rules needed, and can every
//! state still come to an end. What was walked through is printed (`cargo test -- --nocapture`).

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "an overflow or a missing place fails a test as it should"
)]

mod checked;
mod ends;
mod variants;
mod worlds;
