//! The index of all sections.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use tantivy::collector::TopDocs;
use tantivy::query::{
    Bm25StatisticsProvider, BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, TermQuery,
};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{IndexReader, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term};

use crate::document::Section;
use crate::error::Error;
use crate::language;

/// The most characters of a question that are looked at.
const LONGEST_QUESTION: usize = 1_000;
/// The most different words of a question that are looked for.
const MOST_WORDS: usize = 64;
/// The most hits that one search gives.
const MOST_HITS: usize = 50;
/// The most words that a misspelt word may stand for.
const MOST_SPELLINGS: usize = 8;
/// From how many letters on a word may be misspelt.
const SHORTEST_MISSPELT: usize = 5;
/// The memory for building, in bytes; the least that tantivy takes.
const MEMORY: usize = 15_000_000;

/// How much a word in the heading counts, against one in the text.
const HEADING: f32 = 2.0;
/// How much two words next to each other count, beyond the words themselves.
const PAIR: f32 = 0.4;
/// How many other words may stand between two words that are next to each other.
const BETWEEN: u32 = 2;
/// How much a word counts that had to be guessed from a misspelt one.
const GUESSED: f32 = 0.5;

/// How well a section fits a question: higher is better, and comparable within one search only.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Score(f32);

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A section that fits a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The document's name.
    pub document: String,
    /// The heading with those it belongs to.
    pub clause: String,
    /// What a link to the heading ends with.
    pub anchor: String,
    /// How well it fits.
    pub score: Score,
    /// The text, word for word.
    pub text: String,
}

/// All sections, in memory. Clones share them. An index never changes: new documents make a new one,
/// which the caller puts in the place of the old.
#[derive(Clone)]
pub struct Index {
    shared: Arc<Shared>,
}

struct Shared {
    sections: Vec<Section>,
    languages: Vec<Language>,
    at: Field,
    reader: IndexReader,
}

/// What belongs to the sections of one language.
struct Language {
    clause: Field,
    text: Field,
    analyzer: TextAnalyzer,
    /// Every word as it is written, with its stem.
    vocabulary: HashMap<String, String>,
    stems: BTreeSet<String>,
    /// How many sections are in it.
    sections: u64,
}

impl Index {
    /// Builds an index. Sections with the same words rank in the order given.
    pub fn in_memory(sections: impl IntoIterator<Item = Section>) -> Result<Self, Error> {
        build(sections.into_iter().collect()).map_err(Error::Build)
    }

    /// How many sections there are.
    pub fn len(&self) -> usize {
        self.shared.sections.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shared.sections.is_empty()
    }

    /// The sections that fit the question best, best first; none if no word of it occurs.
    ///
    /// The question is taken for words and nothing else, in every language of the index at once: no
    /// character in it has a meaning. Words of five letters and more may have one letter wrong. At most
    /// 1,000 characters are looked at, and at most 50 hits are given.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        if limit == 0 || self.is_empty() {
            return Ok(Vec::new());
        }
        let question: String = query.chars().take(LONGEST_QUESTION).collect();
        let clauses = self.shared.clauses(&question);
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        self.shared
            .collect(&BooleanQuery::new(clauses), limit.min(MOST_HITS))
            .map_err(Error::Search)
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({} sections)", self.len())
    }
}

fn build(sections: Vec<Section>) -> Result<Index, TantivyError> {
    let mut schema = Schema::builder();
    let at = schema.add_u64_field("at", STORED);
    let mut languages: BTreeMap<String, Language> = BTreeMap::new();
    for section in &sections {
        let name = language::primary(&section.language);
        let language = languages.entry(name).or_insert_with_key(|name| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(name)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions);
            let options = TextOptions::default().set_indexing_options(indexing);
            Language {
                clause: schema.add_text_field(&format!("clause {name}"), options.clone()),
                text: schema.add_text_field(&format!("text {name}"), options),
                analyzer: language::analyzer(name),
                vocabulary: HashMap::new(),
                stems: BTreeSet::new(),
                sections: 0,
            }
        });
        language.sections = language.sections.saturating_add(1);
        language.learn(&section.clause);
        language.learn(&section.text);
    }
    let index = tantivy::Index::create_in_ram(schema.build());
    for (name, language) in &languages {
        index.tokenizers().register(name, language.analyzer.clone());
    }
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, MEMORY)?;
    for (position, section) in sections.iter().enumerate() {
        let Some(language) = languages.get(&language::primary(&section.language)) else { continue };
        let mut document = TantivyDocument::default();
        document.add_u64(at, position as u64);
        document.add_text(language.clause, &section.clause);
        document.add_text(language.text, &section.text);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let languages = languages.into_values().collect();
    Ok(Index { shared: Arc::new(Shared { sections, languages, at, reader }) })
}

impl Language {
    /// Takes up the words of a text.
    fn learn(&mut self, text: &str) {
        for word in language::terms(&mut language::plain(), text) {
            if self.vocabulary.contains_key(&word) {
                continue;
            }
            let stem = language::terms(&mut self.analyzer, &word).into_iter().next();
            if let Some(stem) = stem {
                self.stems.insert(stem.clone());
                self.vocabulary.insert(word, stem);
            }
        }
    }

    /// The stems of the words that are one mistake away from this one.
    fn guesses(&self, word: &str) -> BTreeSet<&str> {
        let length = word.chars().count();
        let is_near = |other: &str| {
            // The first letter is rarely the wrong one.
            other.chars().count().abs_diff(length) <= 1
                && other.chars().next() == word.chars().next()
                && strsim::osa_distance(other, word) == 1
        };
        let near = self.vocabulary.iter().filter(|(other, _)| is_near(other));
        let stems: BTreeSet<&str> = near.map(|(_, stem)| stem.as_str()).collect();
        stems.into_iter().take(MOST_SPELLINGS).collect()
    }
}

type Clause = (Occur, Box<dyn Query>);

impl Shared {
    /// What to look for: every word, in every language.
    fn clauses(&self, question: &str) -> Vec<Clause> {
        let mut clauses = Vec::new();
        for language in &self.languages {
            let stems = language::terms(&mut language.analyzer.clone(), question);
            let mut seen = BTreeSet::new();
            for stem in stems.iter().filter(|stem| language.stems.contains(*stem)) {
                if seen.len() < MOST_WORDS && seen.insert(stem.as_str()) {
                    clauses.extend(language.word(stem, 1.0));
                }
            }
            let pairs = stems.windows(2).take(MOST_WORDS);
            clauses.extend(pairs.filter_map(|pair| language.pair(pair)));
        }
        self.guess(question, &mut clauses);
        clauses
    }

    /// Adds what the words may mean that no language knows.
    fn guess(&self, question: &str, clauses: &mut Vec<Clause>) {
        let mut words = language::terms(&mut language::plain(), question);
        words.sort_unstable();
        words.dedup();
        words.retain(|word| word.chars().count() >= SHORTEST_MISSPELT && !self.knows(word));
        for word in words.iter().take(MOST_WORDS) {
            for language in &self.languages {
                let guesses = language.guesses(word);
                clauses.extend(guesses.into_iter().flat_map(|stem| language.word(stem, GUESSED)));
            }
        }
    }

    /// Whether the word, or another form of it, occurs in some language.
    fn knows(&self, word: &str) -> bool {
        self.languages.iter().any(|language| {
            let mut stems = language::terms(&mut language.analyzer.clone(), word).into_iter();
            stems.next().is_some_and(|stem| language.stems.contains(&stem))
        })
    }

    fn collect(&self, query: &BooleanQuery, limit: usize) -> Result<Vec<Hit>, TantivyError> {
        let searcher = self.reader.searcher();
        let statistics = Statistics { searcher: &searcher, languages: &self.languages };
        let collector = TopDocs::with_limit(limit).order_by_score();
        let best = searcher.search_with_statistics_provider(query, &collector, &statistics)?;
        let mut hits = Vec::with_capacity(best.len());
        for (score, address) in best {
            let document: TantivyDocument = searcher.doc(address)?;
            let position = document.get_first(self.at).and_then(|value| value.as_u64());
            let section = position.and_then(|at| self.sections.get(usize::try_from(at).ok()?));
            hits.extend(section.map(|section| Hit {
                document: section.document.clone(),
                clause: section.clause.clone(),
                anchor: section.anchor.clone(),
                score: Score(score),
                text: section.text.clone(),
            }));
        }
        Ok(hits)
    }
}

impl Language {
    /// Looks for a stem in headings and texts.
    fn word(&self, stem: &str, weight: f32) -> Vec<Clause> {
        let term = |field| {
            Box::new(TermQuery::new(
                Term::from_field_text(field, stem),
                IndexRecordOption::WithFreqs,
            ))
        };
        let heading =
            BoostQuery::new(Box::new(BoostQuery::new(term(self.clause), HEADING)), weight);
        let text = BoostQuery::new(term(self.text), weight);
        vec![(Occur::Should, Box::new(heading)), (Occur::Should, Box::new(text))]
    }

    /// Looks for two stems next to each other in texts.
    fn pair(&self, pair: &[String]) -> Option<Clause> {
        let [one, other] = pair else { return None };
        if one == other || !self.stems.contains(one) || !self.stems.contains(other) {
            return None;
        }
        let term = |stem| Term::from_field_text(self.text, stem);
        let phrase =
            PhraseQuery::new_with_offset_and_slop(vec![(0, term(one)), (1, term(other))], BETWEEN);
        Some((Occur::Should, Box::new(BoostQuery::new(Box::new(phrase), PAIR))))
    }
}

/// What the ranking knows about all texts together.
struct Statistics<'s> {
    searcher: &'s Searcher,
    languages: &'s [Language],
}

impl Bm25StatisticsProvider for Statistics<'_> {
    /// As many tokens as if all sections were in the field's language. Otherwise the sections of a
    /// language with few would all be far longer than the average and rank last.
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let tokens = Bm25StatisticsProvider::total_num_tokens(self.searcher, field)?;
        let has_field = |language: &&Language| language.clause == field || language.text == field;
        let sections =
            self.languages.iter().find(has_field).map_or(0, |language| language.sections);
        let average = tokens.saturating_mul(self.total_num_docs()?).checked_div(sections);
        Ok(average.unwrap_or(tokens))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.searcher.num_docs())
    }

    /// How many sections of any language have the word. A name that stands all over the English
    /// sections is not rare because it stands in one German section.
    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let value = term.value();
        let Some(stem) = value.as_str() else { return self.searcher.doc_freq(term) };
        let is_heading = self.languages.iter().any(|language| language.clause == term.field());
        let fields = self.languages.iter().map(|it| if is_heading { it.clause } else { it.text });
        let mut sections = 0_u64;
        for field in fields {
            sections = sections
                .saturating_add(self.searcher.doc_freq(&Term::from_field_text(field, stem))?);
        }
        // A section is in one language only, so this is never more than all sections.
        Ok(sections)
    }
}

#[cfg(test)]
mod tests;
