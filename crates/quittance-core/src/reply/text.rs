//! A text with places that are filled in.

use super::Placeholder;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words, as they are sent.
    Words(String),
    /// What is filled in.
    Value(Placeholder),
}

/// A text of the company's, read once and filled in for every reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Part>);

impl Text {
    /// A text of these pieces.
    pub fn new(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// Whether something is filled in here.
    pub fn says(&self, placeholder: Placeholder) -> bool {
        self.0.contains(&Part::Value(placeholder))
    }

    /// Whether nothing would be sent.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|part| match part {
            Part::Words(words) => words.trim().is_empty(),
            Part::Value(_) => false,
        })
    }

    /// Fills everything in at once, so that a filled-in text is never read as a placeholder.
    pub(super) fn fill(&self, value: impl Fn(Placeholder) -> String) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Words(words) => words.clone(),
            Part::Value(placeholder) => value(*placeholder),
        });
        parts.collect()
    }
}
