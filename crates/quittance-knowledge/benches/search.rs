//! How long a search takes in 10,000 sections, and how long it takes to index a changed document again.
//!
//! The sections are made: 20,000 words, of which few are common and most are rare, in 500 documents.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a benchmark may fail, and prints what it measured"
)]

use std::time::{Duration, Instant};

use quittance_knowledge::{Index, Section};

/// How many documents there are, with how many sections each.
const DOCUMENTS: u64 = 500;
const SECTIONS: u64 = 20;
/// How many words a section has.
const WORDS: u64 = 90;
/// How many words there are.
const VOCABULARY: u64 = 20_000;
/// How often each kind of question is asked.
const SEARCHES: u64 = 2_000;
/// How often a document is changed.
const CHANGES: u64 = 50;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Few words are common and most are rare.
    fn word(&mut self) -> String {
        let [one, two, three] = [(); 3].map(|()| self.below(1 << 16));
        let at = [one, two, three].iter().fold(VOCABULARY, |at, share| (at * share) >> 16);
        word(at)
    }

    fn text(&mut self, words: u64) -> String {
        let words: Vec<String> = (0..words).map(|_| self.word()).collect();
        words.join(" ")
    }
}

/// A word that can be spoken, from its number.
fn word(mut number: u64) -> String {
    const BEGINNINGS: [&str; 16] =
        ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "ch"];
    const ENDS: [&str; 4] = ["a", "e", "i", "o"];
    let mut word = String::new();
    for _ in 0..3 {
        word.push_str(BEGINNINGS[usize::try_from(number % 16).unwrap()]);
        number /= 16;
        word.push_str(ENDS[usize::try_from(number % 4).unwrap()]);
        number /= 4;
    }
    word + "x"
}

fn document(dice: &mut Dice, number: u64) -> Vec<Section> {
    let language = ["en", "en", "en", "de"][usize::try_from(number % 4).unwrap()];
    let section = |at| Section {
        document: format!("{number}.md"),
        title: String::new(),
        clause: dice.text(5),
        anchor: format!("section-{at}"),
        text: dice.text(WORDS),
        language: language.to_owned(),
    };
    (0..SECTIONS).map(section).collect()
}

fn said(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let [half, most] = [times.len() / 2, times.len() * 99 / 100].map(|at| times[at]);
    println!("{what:<44} p50 {half:>8.1?}   p99 {most:>8.1?}");
}

fn main() {
    let mut dice = Dice(1);
    let sections: Vec<Section> =
        (0..DOCUMENTS).flat_map(|number| document(&mut dice, number)).collect();
    let begin = Instant::now();
    let index = Index::in_memory(sections).unwrap();
    println!("{} sections indexed in {:.0?}", index.len(), begin.elapsed());
    for (what, words, is_misspelt) in [
        ("a search with 3 words", 3, false),
        ("a search with 10 words", 10, false),
        ("a search with 10 words, one misspelt", 10, true),
        ("a search with 80 words", 80, false),
    ] {
        let mut times = Vec::new();
        for _ in 0..SEARCHES {
            let mut question = format!("Hello, I would like to know {}", dice.text(words));
            if is_misspelt {
                question.push_str(" babbaxe");
            }
            let begin = Instant::now();
            let hits = index.search(&question, 10).unwrap();
            times.push(begin.elapsed());
            assert!(!hits.is_empty());
        }
        said(what, times);
    }
    let mut times = Vec::new();
    for number in 0..CHANGES {
        let changed = document(&mut dice, number);
        let begin = Instant::now();
        index.put(&format!("{number}.md"), changed).unwrap();
        times.push(begin.elapsed());
    }
    said("a change of one document with 20 sections", times);
}
