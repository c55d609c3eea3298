//! The policy language, from the outside.

#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails a test as it should")]

#[cfg(test)]
#[path = "policy/conditions.rs"]
mod conditions;
#[cfg(test)]
#[path = "policy/explaining.rs"]
mod explaining;
#[cfg(test)]
#[path = "policy/files.rs"]
mod files;
#[cfg(test)]
#[path = "policy/lost.rs"]
mod lost;
#[cfg(test)]
#[path = "policy/numbers.rs"]
mod numbers;
#[cfg(test)]
#[path = "policy/problems.rs"]
mod problems;
#[cfg(test)]
#[path = "policy/properties.rs"]
mod properties;
#[cfg(test)]
#[path = "policy/replies.rs"]
mod replies;
#[cfg(test)]
#[path = "policy/rulings.rs"]
mod rulings;
#[cfg(test)]
#[path = "policy/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "policy/sets.rs"]
mod sets;
#[cfg(test)]
#[path = "policy/suggestions.rs"]
mod suggestions;
#[cfg(test)]
#[path = "policy/surroundings.rs"]
mod surroundings;
#[cfg(test)]
#[path = "policy/tongues.rs"]
mod tongues;
#[cfg(test)]
#[path = "policy/voice.rs"]
mod voice;
#[cfg(test)]
#[path = "policy/world.rs"]
mod world;
