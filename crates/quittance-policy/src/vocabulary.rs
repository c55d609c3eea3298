//! The closed vocabulary of the tables: every word in one place, in every language, with what it means
//! and how it is explained. The parser, the suggestions and the reference page all read it.

mod answers;
mod conditions;
mod examples;
mod phrases;
mod prose;
mod reasons;
mod rows;
mod values;

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use crate::text::{fold, nearest};
use crate::tongue::Tongue;

pub(crate) use answers::{DECISIONS, DecisionWord, EVIDENCE, EvidenceForm, GIVES, GivesForm};
pub(crate) use conditions::{COMPARES, CONDITIONS, ConditionForm, SUBJECTS, Subject};
pub(crate) use examples::{CASES, EXPECTATIONS, ExpectForm};
pub(crate) use phrases::{Ago, Phrases};
pub(crate) use prose::Prose;
pub(crate) use reasons::REASONS;
pub(crate) use rows::{ROWS, Row};
pub(crate) use values::{METHODS, STATUSES};

/// A word of the vocabulary.
pub(crate) struct Entry<T> {
    /// What it is to the program.
    pub(crate) meaning: T,
    /// What it is to a reader.
    pub(crate) documentation: &'static str,
    /// How it is said in English.
    pub(crate) en: Said,
    /// How it is said in French.
    pub(crate) fr: Said,
    /// How it is said in German.
    pub(crate) de: Said,
    /// How it is said in Spanish.
    pub(crate) es: Said,
}

/// How something is said in a language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    /// How it is written, and then how else people write it.
    pub(crate) words: &'static [&'static str],
    /// How it is used: the value's cell for a row, the phrase elsewhere.
    pub(crate) example: &'static str,
}

/// Words, and how they are used.
const fn said(words: &'static [&'static str], example: &'static str) -> Said {
    Said { words, example }
}

impl<T> Entry<T> {
    /// How it is said in a language.
    pub(crate) fn said(&self, tongue: Tongue) -> &Said {
        match tongue {
            Tongue::English => &self.en,
            Tongue::French => &self.fr,
            Tongue::German => &self.de,
            Tongue::Spanish => &self.es,
        }
    }

    /// How it is written in a language.
    pub(crate) fn word(&self, tongue: Tongue) -> &'static str {
        self.said(tongue).words.first().copied().unwrap_or_default()
    }

    /// How it is used in a language.
    pub(crate) fn example(&self, tongue: Tongue) -> &'static str {
        self.said(tongue).example
    }
}

/// Words of one kind.
pub(crate) struct Table<T: 'static> {
    pub(crate) entries: &'static [Entry<T>],
    /// For every language, which entry a folded spelling means.
    index: OnceLock<[HashMap<String, usize>; Tongue::ALL.len()]>,
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({} entries)", self.entries.len())
    }
}

impl<T> Table<T> {
    const fn new(entries: &'static [Entry<T>]) -> Self {
        Self { entries, index: OnceLock::new() }
    }

    fn index(&self) -> &[HashMap<String, usize>; Tongue::ALL.len()] {
        self.index.get_or_init(|| {
            Tongue::ALL.map(|tongue| {
                let mut spellings = HashMap::new();
                for (at, entry) in self.entries.iter().enumerate() {
                    for word in entry.said(tongue).words {
                        spellings.entry(fold(word)).or_insert(at);
                    }
                }
                spellings
            })
        })
    }

    /// The entry that `text` names in a file of this language, in any case.
    pub(crate) fn find(&self, tongue: Tongue, text: &str) -> Option<&'static Entry<T>> {
        self.find_folded(tongue, &fold(text))
    }

    fn find_folded(&self, tongue: Tongue, text: &str) -> Option<&'static Entry<T>> {
        let index = self.index();
        let at = tongue.understood().find_map(|known| index.get(known as usize)?.get(text))?;
        self.entries.get(*at)
    }

    /// What the longest run of words at the beginning of a folded `text` names, and how many words of it
    /// that are.
    pub(crate) fn find_start(
        &self,
        tongue: Tongue,
        text: &str,
    ) -> Option<(&'static Entry<T>, usize)> {
        let ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]);
        let runs: Vec<(usize, usize)> = (1..=LONGEST_PHRASE).zip(ends).collect();
        runs.into_iter()
            .rev()
            .find_map(|(count, end)| Some((self.find_folded(tongue, text.get(..end)?)?, count)))
    }

    /// The word of the entry that `text` is probably a misspelling of.
    pub(crate) fn suggest(&self, tongue: Tongue, text: &str) -> Option<&'static str> {
        let spelling = tongue.understood().find_map(|known| {
            nearest(text, self.entries.iter().flat_map(|entry| entry.said(known).words).copied())
        })?;
        self.find(tongue, spelling).map(|entry| entry.word(tongue))
    }
}

/// The most words that one phrase has.
const LONGEST_PHRASE: usize = 8;

#[cfg(test)]
mod tests;
