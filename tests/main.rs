//! Tests that drive the built program.
