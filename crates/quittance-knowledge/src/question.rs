//! What a question looks for: its words, and what they may stand for, each with a weight.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::lexicon::{Lexicon, Reader, Spot};
use crate::score::Weight;

/// The most characters of a question that are looked at.
pub(crate) const LONGEST_QUESTION: usize = 1_000;
/// The most different words of a question that are looked for, and the most that are added to them.
const MOST_WORDS: usize = 64;
/// From how many letters on a word may be misspelt.
const SHORTEST_MISSPELT: usize = 5;

/// How much a word counts that is said so many times: `9n / (n + 8)`, as in Okapi, where `k3` is 8.
const SAID: [Weight; 8] = [
    Weight::thousandths(1_000),
    Weight::thousandths(1_800),
    Weight::thousandths(2_455),
    Weight::thousandths(3_000),
    Weight::thousandths(3_462),
    Weight::thousandths(3_857),
    Weight::thousandths(4_200),
    Weight::thousandths(4_500),
];
/// How much a word counts that had to be guessed from a misspelt one.
const GUESSED: Weight = Weight::thousandths(500);
/// How much a part of a compound counts, or a compound of which only a part was said.
const RELATED: Weight = Weight::thousandths(400);
/// How much a word counts that means the same as one that was said.
const SYNONYM: Weight = Weight::thousandths(300);

/// What to look for in the sections of one language.
pub(crate) struct Wish<'l> {
    pub(crate) lexicon: &'l Lexicon,
    /// The stems with their weights.
    pub(crate) stems: BTreeMap<Arc<str>, Weight>,
    /// Stems that were said one after the other.
    pub(crate) pairs: BTreeSet<(Arc<str>, Arc<str>)>,
}

/// A question as one language reads it.
struct Heard<'l> {
    lexicon: &'l Lexicon,
    reader: Reader,
    spots: Vec<Spot>,
    small_talk: Vec<bool>,
}

/// Takes a question for its words in every language at once. Small talk is looked for only if there is
/// nothing else.
pub(crate) fn wishes<'l>(
    lexicons: impl Iterator<Item = &'l Lexicon>,
    question: &str,
) -> Vec<Wish<'l>> {
    let question: String = question.chars().take(LONGEST_QUESTION).collect();
    let mut heard: Vec<Heard<'_>> =
        lexicons.map(|lexicon| Heard::new(lexicon, &question)).collect();
    let mut wishes: Vec<Wish<'_>> = heard.iter_mut().map(|heard| heard.wish(false)).collect();
    guess(&heard, &mut wishes);
    if wishes.iter().all(|wish| wish.stems.is_empty()) {
        wishes = heard.iter_mut().map(|heard| heard.wish(true)).collect();
    }
    wishes.retain(|wish| !wish.stems.is_empty());
    wishes
}

impl<'l> Heard<'l> {
    fn new(lexicon: &'l Lexicon, question: &str) -> Self {
        let mut reader = lexicon.reader();
        let spots = reader.text(question);
        let small_talk = spots.iter().map(|spot| lexicon.is_small_talk(spot)).collect();
        Self { lexicon, reader, spots, small_talk }
    }

    /// The words that the index knows, and their relatives.
    fn wish(&mut self, with_small_talk: bool) -> Wish<'l> {
        let Self { lexicon, reader, spots, small_talk } = self;
        let mut wish = Wish { lexicon, stems: BTreeMap::new(), pairs: BTreeSet::new() };
        let content: Vec<&Spot> = spots
            .iter()
            .zip(small_talk.iter())
            .filter(|(_, is_talk)| with_small_talk || !**is_talk)
            .map(|(spot, _)| spot)
            .collect();
        let mut said: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut before: Option<Arc<str>> = None;
        for form in content.iter().filter_map(|spot| spot.form.as_ref()) {
            for stem in lexicon.look_up(form) {
                if said.len() >= MOST_WORDS && !said.contains_key(&stem) {
                    continue;
                }
                if let Some(before) = before.replace(Arc::clone(&stem)).filter(|it| *it != stem) {
                    wish.pairs.insert((before, Arc::clone(&stem)));
                }
                let times = said.entry(stem).or_default();
                *times = times.saturating_add(1);
            }
        }
        let times = said.into_iter().map(|(stem, times)| (stem, weight_of(times)));
        wish.stems = times.collect();
        for spot in content {
            let Some(form) = &spot.form else { continue };
            wish.add(lexicon.relatives(reader, form, &spot.written), RELATED);
            wish.add(lexicon.synonyms(&[&form.stem]), SYNONYM);
        }
        // What is said in two words may have small talk for one of them.
        let all: Vec<&str> =
            spots.iter().filter_map(|spot| spot.form.as_ref()).map(|form| &*form.stem).collect();
        for two in all.windows(2) {
            wish.add(lexicon.synonyms(two), SYNONYM);
        }
        wish
    }
}

impl Wish<'_> {
    /// Looks for more words, unless they count more already.
    fn add(&mut self, stems: impl IntoIterator<Item = Arc<str>>, weight: Weight) {
        for stem in stems {
            if self.stems.len() >= MOST_WORDS.saturating_mul(2) {
                return;
            }
            let known = self.stems.entry(stem).or_insert(weight);
            *known = weight.max(*known);
        }
    }
}

fn weight_of(times: usize) -> Weight {
    let most = SAID.len();
    SAID.get(times.min(most).saturating_sub(1)).copied().unwrap_or(Weight::ONE)
}

/// Adds what the words may mean that no language knows.
fn guess(heard: &[Heard<'_>], wishes: &mut [Wish<'_>]) {
    let Some(first) = heard.first() else { return };
    let mut tried = BTreeSet::new();
    for (at, spot) in first.spots.iter().enumerate() {
        let is_long = spot.written.chars().count() >= SHORTEST_MISSPELT;
        if !is_long || tried.len() >= MOST_WORDS || tried.contains(&spot.written) {
            continue;
        }
        // Every language splits the question at the same places.
        let is_clear = heard.iter().any(|heard| {
            let form = heard.spots.get(at).map(|spot| spot.form.as_ref());
            let is_known = match form {
                Some(Some(form)) => !heard.lexicon.look_up(form).is_empty(),
                // Another language may need this word, but none has it misspelt.
                Some(None) | None => true,
            };
            is_known || heard.small_talk.get(at).is_some_and(|is_talk| *is_talk)
        });
        tried.insert(&spot.written);
        if is_clear {
            continue;
        }
        for (heard, wish) in heard.iter().zip(wishes.iter_mut()) {
            let form = heard.spots.get(at).and_then(|spot| spot.form.as_ref());
            let guesses = form.map(|form| heard.lexicon.guesses(form)).unwrap_or_default();
            wish.add(guesses, GUESSED);
        }
    }
}

#[cfg(test)]
mod tests;
