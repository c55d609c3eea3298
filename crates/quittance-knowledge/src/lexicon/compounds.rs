//! Words that are joined to one, as German and Dutch do.
//!
//! Nothing knows the language's words but the index itself: a part of a compound is what stands in some
//! section as a word of its own.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::{Form, Lexicon, Reader, backwards};
use crate::language;

/// How many letters a compound has at least.
const SHORTEST_COMPOUND: usize = 8;
/// How many letters a part has at least.
const SHORTEST_PART: usize = 3;
/// How many letters a word has at least, to be looked for at the beginning of others.
const SHORTEST_BEGINNING: usize = 4;
/// How many letters a word's stem has at least, to be looked for at the end of others.
const SHORTEST_ENDING: usize = 5;
/// The most compounds that a word is looked for in, at their beginnings and at their ends each.
const MOST_COMPOUNDS: usize = 8;
/// How often a part is taken apart again.
const DEEPEST: u32 = 2;

impl Lexicon {
    /// The stems of the parts that a compound has, and of the compounds that have this word as a part.
    /// None, if the language writes its compounds apart.
    pub(crate) fn relatives(
        &self,
        reader: &mut Reader,
        form: &Form,
        written: &str,
    ) -> BTreeSet<Arc<str>> {
        let links = language::links(self.language());
        let mut relatives = BTreeSet::new();
        if links.is_empty() {
            return relatives;
        }
        relatives.extend(self.parts(reader, links, written, DEEPEST));
        relatives.extend(self.begun_with(reader, links, &form.folded));
        relatives.extend(self.ended_with(&form.stem));
        relatives.remove(&form.stem);
        relatives
    }

    /// The parts of a word; none if it is no compound of words that are known.
    fn parts(&self, reader: &mut Reader, links: &[&str], word: &str, depth: u32) -> Vec<Arc<str>> {
        if depth == 0 || word.chars().count() < SHORTEST_COMPOUND {
            return Vec::new();
        }
        for (at, _) in word.char_indices().skip(SHORTEST_PART) {
            let Some((left, right)) = word.split_at_checked(at) else { continue };
            if right.chars().count() < SHORTEST_PART {
                break;
            }
            let Some(first) = self.first_part(reader, links, left) else { continue };
            let rest = match self.word(reader, right) {
                Some(last) => vec![last],
                None => self.parts(reader, links, right, depth.saturating_sub(1)),
            };
            if !rest.is_empty() {
                return std::iter::once(first).chain(rest).collect();
            }
        }
        Vec::new()
    }

    /// The word that is left when the link to the next is taken away.
    fn first_part(&self, reader: &mut Reader, links: &[&str], left: &str) -> Option<Arc<str>> {
        let without = links.iter().filter_map(|link| left.strip_suffix(link));
        let long = without.filter(|word| word.chars().count() >= SHORTEST_PART);
        long.into_iter().find_map(|word| self.word(reader, word))
    }

    /// The stem of a word of the index.
    fn word(&self, reader: &mut Reader, word: &str) -> Option<Arc<str>> {
        // Most pieces are the beginning of no word, and need not be reduced to a stem.
        let beginning = word.char_indices().nth(SHORTEST_PART).map_or(word.len(), |(at, _)| at);
        let beginning = reader.folded(word.get(..beginning)?);
        let from: (Bound<&str>, Bound<&str>) = (Bound::Included(&beginning), Bound::Unbounded);
        let next = self.words.range::<str, _>(from).next();
        next.filter(|(next, _)| next.starts_with(&beginning))?;
        let spot = reader.text(word).into_iter().next()?;
        self.known(&spot.form?.stem)
    }

    /// The compounds that begin with the word and go on with another of the index.
    fn begun_with(&self, reader: &mut Reader, links: &[&str], word: &str) -> BTreeSet<Arc<str>> {
        if word.chars().count() < SHORTEST_BEGINNING {
            return BTreeSet::new();
        }
        let after: (Bound<&str>, Bound<&str>) = (Bound::Excluded(word), Bound::Unbounded);
        let longer =
            self.words.range::<str, _>(after).take_while(|(other, _)| other.starts_with(word));
        let mut found = BTreeSet::new();
        for (other, stems) in longer {
            let rest = other.strip_prefix(word).unwrap_or_default();
            let is_compound = links.iter().filter_map(|link| rest.strip_prefix(link)).any(|part| {
                part.chars().count() >= SHORTEST_PART && self.word(reader, part).is_some()
            });
            if is_compound {
                found.extend(stems.keys().cloned());
            }
            if found.len() >= MOST_COMPOUNDS {
                break;
            }
        }
        found
    }

    /// The stems that end with this one. The end of a compound says what it is: whatever stands before a
    /// payment, it is a payment.
    fn ended_with(&self, stem: &str) -> BTreeSet<Arc<str>> {
        if stem.chars().count() < SHORTEST_ENDING {
            return BTreeSet::new();
        }
        let ending = backwards(stem);
        let after: (Bound<&str>, Bound<&str>) = (Bound::Excluded(&ending), Bound::Unbounded);
        let longer = self.backwards.range::<str, _>(after);
        let compounds = longer.take_while(|other| other.starts_with(&ending));
        compounds.take(MOST_COMPOUNDS).filter_map(|other| self.known(&backwards(other))).collect()
    }
}
