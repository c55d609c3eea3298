//! All sections at one moment, and the ranking of them.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings as _, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, Searcher, SegmentReader, TERMINATED, TantivyError, Term};

use crate::document::Section;
use crate::lexicon::Lexicon;
use crate::question::Wish;
use crate::score::{Lengths, Rarity, Score, Weight};

/// How much a word in the heading counts, besides the same word in the text.
const HEADING: Weight = Weight::thousandths(1_500);
/// How much a word in the text counts.
const TEXT: Weight = Weight::ONE;
/// How much two words next to each other count, besides the words themselves.
const PAIR: Weight = Weight::thousandths(200);
/// How many other words may stand between two words that are next to each other.
const BETWEEN: u32 = 2;

/// Among how many of the best sections by words alone it is looked for words next to each other.
const PAIRED: usize = 100;

/// Where things are in the index below.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    /// The number of a section's document.
    pub(crate) document: Field,
    /// Which of the document's sections it is.
    pub(crate) section: Field,
    pub(crate) heading: Field,
    pub(crate) text: Field,
}

/// What `document` and `section` are called in the index below.
pub(crate) const PLACE: [&str; 2] = ["document", "section"];

/// A document in the index. A changed one is another one, with a new number.
pub(crate) struct Document {
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) sections: Vec<Section>,
}

/// All sections at one moment.
pub(crate) struct Snapshot {
    pub(crate) documents: Vec<Arc<Document>>,
    pub(crate) lexicons: BTreeMap<String, Arc<Lexicon>>,
    lengths: HashMap<String, [Lengths; 2]>,
    segments: Vec<Segment>,
    sections: usize,
}

/// One piece of the index below.
struct Segment {
    heading: Part,
    text: Part,
    places: Vec<Option<Place>>,
}

/// One field of it.
struct Part {
    field: Field,
    words: Arc<InvertedIndexReader>,
    lengths: FieldNormReader,
}

/// Which section it is: the order is that in which the sections were given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    document: u32,
    section: u32,
}

/// A section that may be among the best. The smaller, the better.
#[derive(Clone, Copy)]
struct Candidate<'s> {
    score: Reverse<u64>,
    place: Place,
    /// Which one of its segment it is.
    at: u32,
    segment: &'s Segment,
}

impl Candidate<'_> {
    fn rank(&self) -> (Reverse<u64>, Place) {
        (self.score, self.place)
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Candidate<'_> {}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// A word as the index below has it: with the language, since the same letters may be two words.
pub(crate) fn term(language: &str, stem: &str) -> String {
    format!("{language} {stem}")
}

impl Snapshot {
    /// Looks at what the index below has now.
    pub(crate) fn new(
        documents: Vec<Arc<Document>>,
        lexicons: BTreeMap<String, Arc<Lexicon>>,
        searcher: &Searcher,
        fields: Fields,
    ) -> Result<Self, TantivyError> {
        let ranks: HashMap<u64, u32> =
            documents.iter().map(|document| document.number).zip(0..).collect();
        let readers = searcher.segment_readers().iter();
        let segments =
            readers.map(|reader| Segment::new(reader, fields, &ranks)).collect::<Result<_, _>>()?;
        let lengths = lexicons
            .iter()
            .map(|(name, lexicon)| {
                let lengths = [lexicon.heading_words, lexicon.text_words]
                    .map(|words| Lengths::new(lexicon.sections, words));
                (name.clone(), lengths)
            })
            .collect();
        let sections =
            documents.iter().fold(0, |sum: usize, it| sum.saturating_add(it.sections.len()));
        Ok(Self { documents, lexicons, lengths, segments, sections })
    }

    pub(crate) fn len(&self) -> usize {
        self.sections
    }

    /// How rare a stem is in headings and in texts, in all languages together. A name that stands all
    /// over the English sections is not rare because it stands in one German section.
    pub(crate) fn rarity(&self, stem: &str) -> [Rarity; 2] {
        let (mut in_headings, mut in_texts) = (0_u64, 0_u64);
        for lexicon in self.lexicons.values() {
            let uses = lexicon.uses(stem);
            in_headings = in_headings.saturating_add(uses.in_headings);
            in_texts = in_texts.saturating_add(uses.in_texts);
        }
        [in_headings, in_texts].map(|having| Rarity::new(self.sections as u64, having))
    }

    /// The sections that fit best, best first; equal ones in the order in which they were given.
    pub(crate) fn best(
        &self,
        wishes: &[Wish<'_>],
        limit: usize,
        is_wanted: impl Fn(&Section) -> bool,
    ) -> Result<Vec<(Score, &Section)>, TantivyError> {
        let most = limit.max(PAIRED);
        let mut best: BinaryHeap<Candidate<'_>> = BinaryHeap::new();
        for segment in &self.segments {
            let scores = self.scores(segment, wishes)?;
            for ((score, place), at) in scores.into_iter().zip(&segment.places).zip(0..) {
                let Some(place) = place.filter(|_| score > 0) else { continue };
                let candidate = Candidate { score: Reverse(score), place, at, segment };
                let is_full = best.len() >= most;
                if (is_full && best.peek().is_some_and(|worst| *worst < candidate))
                    || !self.section(place).is_some_and(&is_wanted)
                {
                    continue;
                }
                best.push(candidate);
                if is_full {
                    best.pop();
                }
            }
        }
        let mut best = best.into_vec();
        self.add_pairs(wishes, &mut best)?;
        best.sort_unstable();
        let ranked = best.into_iter().take(limit);
        Ok(ranked
            .filter_map(|it| Some((Score::new(it.score.0), self.section(it.place)?)))
            .collect())
    }

    /// Adds what two words count where they stand next to each other.
    fn add_pairs(
        &self,
        wishes: &[Wish<'_>],
        candidates: &mut [Candidate<'_>],
    ) -> Result<(), TantivyError> {
        // The words below are read forwards only.
        candidates.sort_unstable_by_key(|it| it.at);
        for segment in &self.segments {
            let mut inside: Vec<&mut Candidate<'_>> =
                candidates.iter_mut().filter(|it| std::ptr::eq(it.segment, segment)).collect();
            for wish in wishes {
                let language = wish.lexicon.language();
                let Some([_, in_texts]) = self.lengths.get(language) else { continue };
                for (one, other) in &wish.pairs {
                    let [[_, rarity], [_, more]] = [one, other].map(|stem| self.rarity(stem));
                    let terms = [one, other].map(|stem| term(language, stem));
                    let weighed = rarity.and(more).weighed(PAIR);
                    segment.text.pair(&terms, weighed, in_texts, &mut inside)?;
                }
            }
        }
        Ok(())
    }

    fn section(&self, place: Place) -> Option<&Section> {
        let document = self.documents.get(usize::try_from(place.document).ok()?)?;
        document.sections.get(usize::try_from(place.section).ok()?)
    }

    /// The scores of all sections of a segment.
    fn scores(&self, segment: &Segment, wishes: &[Wish<'_>]) -> Result<Vec<u64>, TantivyError> {
        let mut scores = vec![0; segment.places.len()];
        for wish in wishes {
            let language = wish.lexicon.language();
            let Some([in_headings, in_texts]) = self.lengths.get(language) else { continue };
            for (stem, weight) in &wish.stems {
                let [heading, text] = self.rarity(stem);
                let term = term(language, stem);
                let uses = wish.lexicon.uses(stem);
                if uses.in_headings > 0 {
                    let heading = heading.weighed(weight.of(HEADING));
                    segment.heading.word(&term, heading, in_headings, &mut scores)?;
                }
                if uses.in_texts > 0 {
                    let text = text.weighed(weight.of(TEXT));
                    segment.text.word(&term, text, in_texts, &mut scores)?;
                }
            }
        }
        Ok(scores)
    }
}

impl Segment {
    fn new(
        reader: &SegmentReader,
        fields: Fields,
        ranks: &HashMap<u64, u32>,
    ) -> Result<Self, TantivyError> {
        let [document, section] = PLACE.map(|name| reader.fast_fields().u64(name));
        let (document, section) = (document?, section?);
        let place = |id| {
            Some(Place {
                document: *ranks.get(&document.first(id)?)?,
                section: u32::try_from(section.first(id)?).ok()?,
            })
        };
        Ok(Self {
            heading: Part::new(reader, fields.heading)?,
            text: Part::new(reader, fields.text)?,
            places: (0..reader.max_doc()).map(place).collect(),
        })
    }
}

impl Part {
    fn new(reader: &SegmentReader, field: Field) -> Result<Self, TantivyError> {
        let words = reader.inverted_index(field)?;
        Ok(Self { field, words, lengths: reader.get_fieldnorms_reader(field)? })
    }

    /// Adds what a word counts wherever it stands.
    fn word(
        &self,
        term: &str,
        weighed: u64,
        lengths: &Lengths,
        scores: &mut [u64],
    ) -> Result<(), TantivyError> {
        let term = Term::from_field_text(self.field, term);
        let found = self.words.read_postings(&term, IndexRecordOption::WithFreqs)?;
        let Some(mut found) = found else { return Ok(()) };
        let mut at = found.doc();
        while at != TERMINATED {
            let times = u64::from(found.term_freq());
            add(scores, at, lengths.score(weighed, times, self.lengths.fieldnorm_id(at)));
            at = found.advance();
        }
        Ok(())
    }

    /// Adds what two words count where they stand next to each other, to sections in their order.
    fn pair(
        &self,
        terms: &[String; 2],
        weighed: u64,
        lengths: &Lengths,
        sections: &mut [&mut Candidate<'_>],
    ) -> Result<(), TantivyError> {
        let [one, other] = terms.each_ref().map(|term| {
            let term = Term::from_field_text(self.field, term);
            self.words.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)
        });
        let (Some(mut one), Some(mut other)) = (one?, other?) else { return Ok(()) };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for section in sections {
            let at = section.at;
            if !is_at(&mut one, at) || !is_at(&mut other, at) {
                continue;
            }
            one.positions(&mut before);
            other.positions(&mut after);
            let times = close(&before, &after);
            if times > 0 {
                let more = lengths.score(weighed, times, self.lengths.fieldnorm_id(at));
                section.score.0 = section.score.0.saturating_add(more);
            }
        }
        Ok(())
    }
}

/// Goes on to a section, and tells whether the word stands in it.
fn is_at(found: &mut SegmentPostings, at: u32) -> bool {
    if found.doc() < at {
        found.seek(at);
    }
    found.doc() == at
}

/// How many of the first places are shortly followed by one of the others.
fn close(before: &[u32], after: &[u32]) -> u64 {
    let is_close = |place: &&u32| {
        let next = after.partition_point(|other| other <= *place);
        let farthest = place.saturating_add(BETWEEN).saturating_add(1);
        after.get(next).is_some_and(|other| *other <= farthest)
    };
    before.iter().filter(is_close).count() as u64
}

fn add(scores: &mut [u64], at: u32, score: u64) {
    if let Some(sum) = usize::try_from(at).ok().and_then(|at| scores.get_mut(at)) {
        *sum = sum.saturating_add(score);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_close_if_at_most_two_stand_between_them() {
        assert_eq!(close(&[1, 10, 20], &[4, 15, 19]), 1);
        assert_eq!(close(&[5], &[1, 4]), 0);
        assert_eq!(close(&[5, 6], &[7]), 2);
        assert_eq!(close(&[], &[7]), 0);
        assert_eq!(close(&[u32::MAX], &[0, u32::MAX]), 0);
    }
}
