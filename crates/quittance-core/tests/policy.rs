//! The policy language, from the outside.

#[path = "policy/files.rs"]
mod files;
#[path = "policy/problems.rs"]
mod problems;
#[path = "policy/properties.rs"]
mod properties;
#[path = "policy/rulings.rs"]
mod rulings;
#[path = "policy/world.rs"]
mod world;
