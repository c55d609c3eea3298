//! The index of all sections.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tantivy::schema::{FAST, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{ReloadPolicy, TantivyDocument, TantivyError, Term};

use crate::document::Section;
use crate::error::Error;
use crate::language;
use crate::lexicon::{Lexicon, Reader, Spot};
use crate::question;
use crate::score::Score;
use crate::snapshot::{Document, Fields, PLACE, Snapshot, term};
use crate::snippet;

/// The most hits that one search gives.
const MOST_HITS: usize = 50;
/// The memory for reading few sections, in bytes; the least that tantivy takes.
const MEMORY: usize = 15_000_000;
/// The memory for reading many sections at once, so that they lie in one piece.
const MUCH_MEMORY: usize = 150_000_000;
/// How many sections are many.
const MANY: usize = 1_000;

/// A section that fits a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The document's name.
    pub document: String,
    /// What the document is called; empty if nothing says so.
    pub title: String,
    /// The heading with those it belongs to.
    pub clause: String,
    /// What a link to the heading ends with.
    pub anchor: String,
    /// The language, such as `en` or `pt-BR`.
    pub language: String,
    /// How well it fits.
    pub score: Score,
    /// The text, word for word.
    pub text: String,
}

/// Which sections may be found. Without any name, all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only sections in one of these languages; `pt` takes `pt-BR` with it.
    pub languages: Vec<String>,
    /// Only sections of one of these documents.
    pub documents: Vec<String>,
}

impl Filter {
    fn takes(&self, section: &Section) -> bool {
        let is_language = |wanted: &String| {
            let is_same = wanted.eq_ignore_ascii_case(&section.language);
            is_same || wanted.eq_ignore_ascii_case(&language::primary(&section.language))
        };
        (self.languages.is_empty() || self.languages.iter().any(is_language))
            && (self.documents.is_empty() || self.documents.contains(&section.document))
    }

    /// Whether a section in this language may be wanted.
    fn may_take(&self, primary: &str) -> bool {
        let languages = &self.languages;
        languages.is_empty() || languages.iter().any(|wanted| language::primary(wanted) == primary)
    }
}

/// All sections, in memory. Clones share them.
///
/// The sections are the truth and the index follows from them: it can be thrown away at any time, and one
/// that is built anew from [`Index::sections`] finds the same.
#[derive(Clone)]
pub struct Index {
    shared: Arc<Shared>,
}

struct Shared {
    /// What is searched. A change puts another in its place when it is complete.
    live: RwLock<Arc<Snapshot>>,
    below: tantivy::Index,
    fields: Fields,
    /// The number of the next document. Whoever changes the index holds it.
    next: Mutex<u64>,
}

impl Index {
    /// Builds an index. Sections with the same words rank in the order given, document by document.
    pub fn in_memory(sections: impl IntoIterator<Item = Section>) -> Result<Self, Error> {
        let index = Self::empty().map_err(Error::Build)?;
        index.update(sections)?;
        Ok(index)
    }

    fn empty() -> Result<Self, TantivyError> {
        let mut schema = Schema::builder();
        let indexing =
            TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let words = TextOptions::default().set_indexing_options(indexing);
        let [document, section] = PLACE;
        let fields = Fields {
            document: schema.add_u64_field(document, INDEXED | FAST),
            section: schema.add_u64_field(section, FAST),
            heading: schema.add_text_field("heading", words.clone()),
            text: schema.add_text_field("text", words),
        };
        let below = tantivy::Index::create_in_ram(schema.build());
        let reader = below.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let nothing = Snapshot::new(Vec::new(), BTreeMap::new(), &reader.searcher(), fields)?;
        let live = RwLock::new(Arc::new(nothing));
        Ok(Self { shared: Arc::new(Shared { live, below, fields, next: Mutex::new(0) }) })
    }

    /// How many sections there are.
    pub fn len(&self) -> usize {
        self.shared.live().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All sections, in their order.
    pub fn sections(&self) -> Vec<Section> {
        let live = self.shared.live();
        live.documents.iter().flat_map(|document| document.sections.iter().cloned()).collect()
    }

    /// Makes it an index of these sections. Only documents that differ are read again, and whoever searches
    /// meanwhile finds what was there before.
    pub fn update(&self, sections: impl IntoIterator<Item = Section>) -> Result<(), Error> {
        let wanted = by_document(sections);
        self.shared.change(|_| wanted).map_err(Error::Build)
    }

    /// Puts a document in the place of the one of its name, or behind the others; without sections, takes
    /// it out. Whoever searches meanwhile finds what was there before.
    pub fn put(&self, document: &str, mut sections: Vec<Section>) -> Result<(), Error> {
        for section in &mut sections {
            document.clone_into(&mut section.document);
        }
        let change = |old: &[Arc<Document>]| {
            let names = old.iter().map(|old| old.name.clone());
            let mut wanted: Vec<Wanted> = names.map(Wanted::AsItIs).collect();
            let new = Wanted::Anew(document.to_owned(), sections);
            match wanted.iter_mut().find(|wanted| wanted.name() == document) {
                Some(place) => *place = new,
                None => wanted.push(new),
            }
            wanted
        };
        self.shared.change(change).map_err(Error::Build)
    }

    /// The sections that fit the question best, best first; none if no word of it occurs.
    ///
    /// The question is taken for words and nothing else, in every language of the index at once: no
    /// character in it has a meaning. Words of five letters and more may have one letter wrong, accents may
    /// be missing, and compounds are found by their parts. Greetings and the like count only if nothing else
    /// is said. At most 1,000 characters are looked at, and at most 50 hits are given.
    pub fn search(&self, question: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        self.search_within(&Filter::default(), question, limit)
    }

    /// As [`Index::search`], among some of the sections.
    pub fn search_within(
        &self,
        filter: &Filter,
        question: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, Error> {
        let live = self.shared.live();
        if limit == 0 || live.len() == 0 {
            return Ok(Vec::new());
        }
        let languages = live.lexicons.iter().filter(|(name, _)| filter.may_take(name));
        let wishes = question::wishes(languages.map(|(_, lexicon)| &**lexicon), question);
        let best = live
            .best(&wishes, limit.min(MOST_HITS), |section| filter.takes(section))
            .map_err(Error::Search)?;
        Ok(best.into_iter().map(|(score, section)| Hit::new(score, section)).collect())
    }

    /// The sentences of a hit that fit the question best: one unbroken piece of its text, word for word, of
    /// at most so many bytes.
    pub fn snippet<'h>(&self, question: &str, hit: &'h Hit, most_bytes: usize) -> &'h str {
        let live = self.shared.live();
        let Some(lexicon) = live.lexicons.get(&language::primary(&hit.language)) else {
            return snippet::best(&hit.text, &[], most_bytes);
        };
        let wishes = question::wishes(std::iter::once(&**lexicon), question);
        let mut worth = HashMap::new();
        for (stem, weight) in wishes.iter().flat_map(|wish| &wish.stems) {
            let [_, rarity] = live.rarity(stem);
            worth.insert(Arc::clone(stem), rarity.weighed(*weight));
        }
        let spots = lexicon.reader().text(&hit.text);
        let found: Vec<snippet::Found> = spots
            .iter()
            .filter_map(|spot| {
                let (stem, worth) = worth.get_key_value(&spot.form.as_ref()?.stem)?;
                Some(snippet::Found {
                    at: spot.from..spot.to,
                    stem: Arc::clone(stem),
                    worth: *worth,
                })
            })
            .collect();
        snippet::best(&hit.text, &found, most_bytes)
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({} sections)", self.len())
    }
}

impl Hit {
    fn new(score: Score, section: &Section) -> Self {
        Self {
            document: section.document.clone(),
            title: section.title.clone(),
            clause: section.clause.clone(),
            anchor: section.anchor.clone(),
            language: section.language.clone(),
            score,
            text: section.text.clone(),
        }
    }
}

/// What a document should be.
enum Wanted {
    /// What it is already.
    AsItIs(String),
    /// These sections.
    Anew(String, Vec<Section>),
}

impl Wanted {
    fn name(&self) -> &str {
        match self {
            Self::AsItIs(name) | Self::Anew(name, _) => name,
        }
    }
}

/// The sections by their documents, in the order in which each document comes first.
fn by_document(sections: impl IntoIterator<Item = Section>) -> Vec<Wanted> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut documents: Vec<(String, Vec<Section>)> = Vec::new();
    for section in sections {
        let last = documents.len();
        let place = *places.entry(section.document.clone()).or_insert(last);
        if place == last {
            documents.push((section.document.clone(), Vec::new()));
        }
        if let Some((_, sections)) = documents.get_mut(place) {
            sections.push(section);
        }
    }
    documents.into_iter().map(|(name, sections)| Wanted::Anew(name, sections)).collect()
}

impl Shared {
    fn live(&self) -> Arc<Snapshot> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes the documents what they should be, and then lets them be searched.
    fn change(
        &self,
        wanted: impl FnOnce(&[Arc<Document>]) -> Vec<Wanted>,
    ) -> Result<(), TantivyError> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.live();
        let documents = documents(&old.documents, wanted(&old.documents), &mut next);
        let kept: HashSet<u64> = documents.iter().map(|document| document.number).collect();
        let known: HashSet<u64> = old.documents.iter().map(|document| document.number).collect();
        let gone: Vec<_> = old.documents.iter().filter(|it| !kept.contains(&it.number)).collect();
        let new: Vec<_> = documents.iter().filter(|it| !known.contains(&it.number)).collect();
        let mut lexicons = old.lexicons.clone();
        if !(gone.is_empty() && new.is_empty()) {
            let sections =
                new.iter().fold(0_usize, |sum, it| sum.saturating_add(it.sections.len()));
            let memory = if sections < MANY { MEMORY } else { MUCH_MEMORY };
            let mut writer = self.below.writer_with_num_threads::<TantivyDocument>(1, memory)?;
            let mut words = Words { lexicons: &mut lexicons, readers: HashMap::new() };
            for document in gone {
                writer.delete_term(Term::from_field_u64(self.fields.document, document.number));
                words.forget(document);
            }
            for document in new {
                for written in words.learn(document, self.fields) {
                    writer.add_document(written)?;
                }
            }
            lexicons.retain(|_, lexicon| lexicon.sections > 0);
            writer.commit()?;
            writer.wait_merging_threads()?;
        }
        let reader = self.below.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let snapshot = Snapshot::new(documents, lexicons, &reader.searcher(), self.fields)?;
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }
}

/// The documents as they should be; those that do not differ are the same ones.
fn documents(old: &[Arc<Document>], wanted: Vec<Wanted>, next: &mut u64) -> Vec<Arc<Document>> {
    let old: HashMap<&str, &Arc<Document>> =
        old.iter().map(|document| (document.name.as_str(), document)).collect();
    let mut documents = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let same = old.get(wanted.name()).copied().cloned();
        match (wanted, same) {
            (Wanted::AsItIs(_), same) => documents.extend(same),
            (Wanted::Anew(_, sections), _) if sections.is_empty() => {}
            (Wanted::Anew(_, sections), Some(same)) if sections == same.sections => {
                documents.push(same);
            }
            (Wanted::Anew(name, sections), _) => {
                documents.push(Arc::new(Document { number: *next, name, sections }));
                *next = next.saturating_add(1);
            }
        }
    }
    documents
}

/// Reads documents for the index.
struct Words<'l> {
    lexicons: &'l mut BTreeMap<String, Arc<Lexicon>>,
    readers: HashMap<String, Reader>,
}

impl Words<'_> {
    /// The lexicon of a section's language and what reads it.
    fn of(&mut self, section: &Section) -> (&mut Lexicon, &mut Reader) {
        let name = language::primary(&section.language);
        let lexicon =
            self.lexicons.entry(name).or_insert_with_key(|name| Arc::new(Lexicon::new(name)));
        let lexicon = Arc::make_mut(lexicon);
        let reader = self.readers.entry(lexicon.language().to_owned());
        let reader = reader.or_insert_with(|| lexicon.reader());
        (lexicon, reader)
    }

    fn forget(&mut self, document: &Document) {
        for section in &document.sections {
            let (lexicon, reader) = self.of(section);
            lexicon.forget(&reader.section(section));
        }
    }

    /// Takes up a document's words, and gives its sections as the index below takes them.
    fn learn(&mut self, document: &Document, fields: Fields) -> Vec<TantivyDocument> {
        let mut all = Vec::with_capacity(document.sections.len());
        for (number, section) in (0_u64..).zip(&document.sections) {
            let (lexicon, reader) = self.of(section);
            let reading = reader.section(section);
            lexicon.learn(&reading);
            let mut written = TantivyDocument::default();
            written.add_u64(fields.document, document.number);
            written.add_u64(fields.section, number);
            for (field, spots) in [(fields.heading, reading.heading), (fields.text, reading.text)] {
                written.add_pre_tokenized_text(field, tokens(lexicon.language(), &spots));
            }
            all.push(written);
        }
        all
    }
}

fn tokens(language: &str, spots: &[Spot]) -> PreTokenizedString {
    let tokens = spots.iter().filter_map(|spot| {
        let text = term(language, &spot.form.as_ref()?.stem);
        Some(Token { text, position: spot.position, ..Token::default() })
    });
    PreTokenizedString { text: String::new(), tokens: tokens.collect() }
}

#[cfg(test)]
mod tests;
