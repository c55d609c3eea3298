//! The words of one language: their forms, how many sections have them, and what a word may stand for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tantivy::tokenizer::{TextAnalyzer, TokenStream as _};

use crate::document::Section;
use crate::language;
use crate::small_talk;
use crate::synonyms::Synonyms;

mod compounds;

/// The most words that a misspelt word may stand for.
const MOST_SPELLINGS: usize = 8;

/// A word that an index can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// As it was written, in lower case and without accents.
    folded: Arc<str>,
    /// What all forms of the word have in common.
    pub(crate) stem: Arc<str>,
}

/// A word at its place in a text.
pub(crate) struct Spot {
    /// Where it starts, in bytes.
    pub(crate) from: usize,
    /// Where it ends, in bytes.
    pub(crate) to: usize,
    /// How many words stand before it.
    pub(crate) position: usize,
    /// As it was written, in lower case.
    pub(crate) written: String,
    /// None, if it says nothing.
    pub(crate) form: Option<Form>,
}

/// The words of a section.
pub(crate) struct Reading {
    pub(crate) heading: Vec<Spot>,
    pub(crate) text: Vec<Spot>,
}

/// How many sections have a stem.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Uses {
    pub(crate) in_headings: u64,
    pub(crate) in_texts: u64,
}

/// What does not depend on what is in the index.
struct Grammar {
    language: String,
    stems: TextAnalyzer,
    plain: TextAnalyzer,
    folded: TextAnalyzer,
    small_talk: HashSet<String>,
    synonyms: Synonyms,
}

/// All words of the sections in one language.
#[derive(Clone)]
pub(crate) struct Lexicon {
    grammar: Arc<Grammar>,
    /// Every word as it is written, without accents, with its stems and how often each occurs.
    words: BTreeMap<Arc<str>, BTreeMap<Arc<str>, u64>>,
    stems: HashMap<Arc<str>, Uses>,
    /// The stems from their last letter to their first, if the language joins words.
    backwards: BTreeSet<String>,
    pub(crate) sections: u64,
    pub(crate) heading_words: u64,
    pub(crate) text_words: u64,
}

impl Lexicon {
    /// A lexicon without words.
    pub(crate) fn new(language: &str) -> Self {
        let (mut stems, mut folded) = (language::analyzer(language), language::without_accents());
        let fold = |word: &str| language::terms(&mut folded, word);
        let small_talk = small_talk::words(language).flat_map(fold).collect();
        let synonyms = Synonyms::new(language, |word| language::terms(&mut stems, word));
        let (plain, language) = (language::plain(), language.to_owned());
        let grammar = Grammar { language, stems, plain, folded, small_talk, synonyms };
        Self {
            grammar: Arc::new(grammar),
            words: BTreeMap::new(),
            stems: HashMap::new(),
            backwards: BTreeSet::new(),
            sections: 0,
            heading_words: 0,
            text_words: 0,
        }
    }

    /// The language, such as `pt`.
    pub(crate) fn language(&self) -> &str {
        &self.grammar.language
    }

    /// What reads texts in this language.
    pub(crate) fn reader(&self) -> Reader {
        Reader {
            stems: self.grammar.stems.clone(),
            plain: self.grammar.plain.clone(),
            folded: self.grammar.folded.clone(),
            known: HashMap::new(),
        }
    }

    /// Takes up the words of a section.
    pub(crate) fn learn(&mut self, reading: &Reading) {
        self.sections = self.sections.saturating_add(1);
        self.heading_words = self.heading_words.saturating_add(count(&reading.heading));
        self.text_words = self.text_words.saturating_add(count(&reading.text));
        for form in reading.forms() {
            let stems = self.words.entry(Arc::clone(&form.folded)).or_default();
            let uses = stems.entry(Arc::clone(&form.stem)).or_default();
            *uses = uses.saturating_add(1);
        }
        for stem in distinct(&reading.heading) {
            let uses = self.uses_mut(stem);
            uses.in_headings = uses.in_headings.saturating_add(1);
        }
        for stem in distinct(&reading.text) {
            let uses = self.uses_mut(stem);
            uses.in_texts = uses.in_texts.saturating_add(1);
        }
    }

    /// Gives up the words of a section that was learned.
    pub(crate) fn forget(&mut self, reading: &Reading) {
        self.sections = self.sections.saturating_sub(1);
        self.heading_words = self.heading_words.saturating_sub(count(&reading.heading));
        self.text_words = self.text_words.saturating_sub(count(&reading.text));
        for form in reading.forms() {
            let Some(stems) = self.words.get_mut(&form.folded) else { continue };
            if let Some(uses) = stems.get_mut(&form.stem) {
                *uses = uses.saturating_sub(1);
            }
            stems.retain(|_, uses| *uses > 0);
            if stems.is_empty() {
                self.words.remove(&form.folded);
            }
        }
        for stem in distinct(&reading.heading) {
            let uses = self.uses_mut(stem);
            uses.in_headings = uses.in_headings.saturating_sub(1);
        }
        for stem in distinct(&reading.text) {
            let uses = self.uses_mut(stem);
            uses.in_texts = uses.in_texts.saturating_sub(1);
        }
        for form in reading.forms() {
            if self.stems.get(&form.stem).is_some_and(|uses| *uses == Uses::default()) {
                self.stems.remove(&form.stem);
                self.backwards.remove(&backwards(&form.stem));
            }
        }
    }

    fn uses_mut(&mut self, stem: &Arc<str>) -> &mut Uses {
        let joins_words = !language::links(&self.grammar.language).is_empty();
        if joins_words && !self.stems.contains_key(stem) {
            self.backwards.insert(backwards(stem));
        }
        self.stems.entry(Arc::clone(stem)).or_default()
    }

    /// How many sections have the stem.
    pub(crate) fn uses(&self, stem: &str) -> Uses {
        self.stems.get(stem).copied().unwrap_or_default()
    }

    /// The stem as the index has it, if it does.
    pub(crate) fn known(&self, stem: &str) -> Option<Arc<str>> {
        self.stems.get_key_value(stem).map(|(stem, _)| Arc::clone(stem))
    }

    /// Whether the word belongs to talking and not to what is talked about.
    pub(crate) fn is_small_talk(&self, word: &Spot) -> bool {
        let talk = &self.grammar.small_talk;
        talk.contains(&word.written)
            || word.form.as_ref().is_some_and(|form| talk.contains(&*form.folded))
    }

    /// The stems under which a word that somebody wrote is in the index: also when the accents are
    /// missing.
    pub(crate) fn look_up(&self, form: &Form) -> Vec<Arc<str>> {
        if let Some(stem) = self.known(&form.stem) {
            return vec![stem];
        }
        let mut folded = form.folded.to_string();
        for (spelled, letter) in
            std::iter::once(&("", "")).chain(language::spelled_out(self.language()))
        {
            if !spelled.is_empty() {
                folded = folded.replace(spelled, letter);
            }
            if let Some(stems) = self.words.get(folded.as_str()) {
                return stems.keys().cloned().collect();
            }
        }
        Vec::new()
    }

    /// What words of the same meaning the index has for a stem, or for two that follow each other.
    pub(crate) fn synonyms(&self, stems: &[&str]) -> Vec<Arc<str>> {
        let synonyms = self.grammar.synonyms.of(stems);
        synonyms.filter_map(|stem| self.known(stem)).collect()
    }

    /// The stems of the words that are one mistake away from this one.
    pub(crate) fn guesses(&self, form: &Form) -> BTreeSet<Arc<str>> {
        let word = &*form.folded;
        // The first letter is rarely the wrong one.
        let Some(first) = word.chars().next() else { return BTreeSet::new() };
        let range = self.words.range(Arc::from(first.to_string())..);
        let same_first = range.take_while(|(other, _)| other.starts_with(first));
        let near = same_first.filter(|(other, _)| is_one_mistake(other, word));
        let stems: BTreeSet<Arc<str>> = near.flat_map(|(_, stems)| stems.keys().cloned()).collect();
        stems.into_iter().take(MOST_SPELLINGS).collect()
    }
}

/// Whether one letter is wrong, missing or too many, or two have changed places.
fn is_one_mistake(one: &str, other: &str) -> bool {
    if one.len().abs_diff(other.len()) > 4 {
        return false;
    }
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    let same = same.fold(0_usize, |length, (c, _)| length.saturating_add(c.len_utf8()));
    let [one, other] = [one, other].map(|word| word.get(same..).unwrap_or_default());
    let [(a, one_less), (b, other_less)] = [one, other].map(|rest| {
        let mut letters = rest.chars();
        (letters.next(), letters.as_str())
    });
    let is_swapped = || {
        let [mut one, mut other] = [one_less.chars(), other_less.chars()];
        a == other.next() && b == one.next() && one.as_str() == other.as_str()
    };
    match (a, b) {
        (None, None) => false,
        (Some(_), None) => one_less.is_empty(),
        (None, Some(_)) => other_less.is_empty(),
        (Some(_), Some(_)) => {
            one_less == other_less || one_less == other || one == other_less || is_swapped()
        }
    }
}

fn backwards(stem: &str) -> String {
    stem.chars().rev().collect()
}

fn count(spots: &[Spot]) -> u64 {
    spots.iter().filter(|spot| spot.form.is_some()).count() as u64
}

fn distinct(spots: &[Spot]) -> BTreeSet<&Arc<str>> {
    spots.iter().filter_map(|spot| spot.form.as_ref()).map(|form| &form.stem).collect()
}

impl Reading {
    fn forms(&self) -> impl Iterator<Item = &Form> {
        self.heading.iter().chain(&self.text).filter_map(|spot| spot.form.as_ref())
    }
}

/// Reads texts, and remembers the forms of the words that it has met.
pub(crate) struct Reader {
    stems: TextAnalyzer,
    plain: TextAnalyzer,
    folded: TextAnalyzer,
    known: HashMap<String, Option<Form>>,
}

impl Reader {
    /// The words of a section. The document's title counts with the heading.
    pub(crate) fn section(&mut self, section: &Section) -> Reading {
        let heading = if section.title == section.clause {
            self.text(&section.clause)
        } else {
            self.text(&format!("{}\n{}", section.title, section.clause))
        };
        Reading { heading, text: self.text(&section.text) }
    }

    /// A word without its accents.
    fn folded(&mut self, word: &str) -> String {
        language::terms(&mut self.folded, word).concat()
    }

    /// The words of a text, in their order.
    pub(crate) fn text(&mut self, text: &str) -> Vec<Spot> {
        let Self { stems, plain, folded, known } = self;
        let mut spots = Vec::new();
        let mut stream = plain.token_stream(text);
        stream.process(&mut |token| {
            let form = if let Some(form) = known.get(&token.text) {
                form.clone()
            } else {
                let form = form(stems, folded, &token.text);
                known.insert(token.text.clone(), form.clone());
                form
            };
            spots.push(Spot {
                from: token.offset_from,
                to: token.offset_to,
                position: token.position,
                written: token.text.clone(),
                form,
            });
        });
        spots
    }
}

fn form(stems: &mut TextAnalyzer, folded: &mut TextAnalyzer, word: &str) -> Option<Form> {
    let stem = language::terms(stems, word).into_iter().next()?;
    let folded = language::terms(folded, word).into_iter().next();
    let folded = folded.unwrap_or_else(|| word.to_owned());
    Some(Form { folded: folded.into(), stem: stem.into() })
}

#[cfg(test)]
mod tests;
