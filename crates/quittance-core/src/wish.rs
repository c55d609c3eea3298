//! What a message wants to hear about people and machines: whoever asks for a person gets one, and whoever asks
//! whether a machine answers is told so.
//!
//! No model decides it. Verbs and nouns of each language stand in tables (`wish/words`), and a wish is a verb with a
//! noun behind it and nothing that takes it back. In doubt nothing was wished: the model reads the message too,
//! and can still hand over.

mod text;
mod tongue;
mod words;

use words::TONGUES;

pub use text::fold;

/// The most that is read of what was said, in characters.
const MOST: usize = 4_000;

/// What somebody wants to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// From a person.
    Person,
    /// Whether a machine answers.
    Disclosure {
        /// Whether nothing else was said, but for a greeting.
        is_all: bool,
    },
}

/// What messages wish for, read together. Lines that quote an earlier message are not read, nor are addresses.
pub fn of<'a>(messages: impl IntoIterator<Item = &'a str>) -> Option<Wish> {
    let lines = messages.into_iter().flat_map(str::lines);
    let lines = lines.filter(|line| !line.trim_start().starts_with('>'));
    let words = lines.flat_map(|line| line.split(' ').chain(["\n"]));
    let words = words.filter(|word| !is_address(word)).flat_map(|word| [word, " "]);
    let said: String = words.flat_map(str::chars).take(MOST).collect();
    let sentences = text::sentences(&said);
    let wishes = TONGUES.iter().filter_map(|tongue| tongue.wish(&sentences));
    wishes.min_by_key(|wish| match wish {
        Wish::Person => 0,
        Wish::Disclosure { is_all: true } => 1,
        Wish::Disclosure { is_all: false } => 2,
    })
}

/// Whether a word is an address, which may name people: `someone@example.com`.
fn is_address(word: &str) -> bool {
    word.is_ascii() && ["@", "://", "www."].iter().any(|mark| word.contains(mark))
}

#[cfg(test)]
mod tests;
