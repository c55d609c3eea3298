//! Finds text: the policy's sections in one search index.
//!
//! [`sections_of`] takes a markdown document apart, [`Index`] finds the sections that fit a question.
//! Whatever comes out is word for word what was put in. The crate decides nothing.

pub mod document;
pub mod error;
pub mod index;
mod language;
mod lexicon;
mod question;
mod score;
mod small_talk;
mod snapshot;
mod snippet;
mod synonyms;
mod words;

pub use document::{Section, sections_of, sections_of_policy};
pub use error::Error;
pub use index::{Filter, Hit, Index};
pub use score::Score;
