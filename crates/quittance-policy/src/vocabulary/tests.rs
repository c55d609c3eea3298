use std::collections::BTreeMap;

use quittance_core::reason::Reason;

use super::*;
use crate::text::Cell;

/// Checks that no two entries have a spelling in common, in any language and together with English, and
/// that every language has words and an example for all of them.
fn is_sound<T>(table: &Table<T>) {
    for tongue in Tongue::ALL {
        let mut seen = BTreeMap::new();
        for (at, entry) in table.entries.iter().enumerate() {
            let said = entry.said(tongue);
            assert!(!said.words.is_empty() && !said.example.is_empty(), "{tongue:?} {at}");
            for known in tongue.understood() {
                for word in entry.said(known).words {
                    let other = seen.insert(fold(word), at);
                    assert!(other.is_none_or(|other| other == at), "{word:?} in {tongue:?}");
                }
            }
        }
    }
}

#[test]
fn no_spelling_means_two_things() {
    is_sound(&ROWS);
    is_sound(&DECISIONS);
    is_sound(&CONDITIONS);
    is_sound(&SUBJECTS);
    is_sound(&COMPARES);
    is_sound(&METHODS);
    is_sound(&STATUSES);
    is_sound(&GIVES);
    is_sound(&EVIDENCE);
    is_sound(&REASONS);
    is_sound(&CASES);
    is_sound(&EXPECTATIONS);
}

#[test]
fn every_reason_has_its_own_words() {
    let words: Vec<_> =
        REASONS.entries.iter().map(|entry| (entry.meaning, entry.word(Tongue::English))).collect();
    let expected: Vec<_> = Reason::ALL.into_iter().map(|reason| (reason, reason.words())).collect();
    assert_eq!(words, expected);
}

#[test]
fn no_spelling_of_a_listed_word_would_be_split() {
    for tongue in Tongue::ALL {
        let reasons = REASONS.entries.iter().flat_map(|entry| entry.said(tongue).words);
        let methods = METHODS.entries.iter().flat_map(|entry| entry.said(tongue).words);
        let statuses = STATUSES.entries.iter().flat_map(|entry| entry.said(tongue).words);
        for spelling in reasons.chain(methods).chain(statuses) {
            let cell = Cell::verbatim(spelling, 0);
            assert_eq!(cell.piece().split_list(tongue).len(), 1, "{spelling}");
        }
    }
}

#[test]
fn a_synonym_suggests_its_word() {
    let suggest = |text| ROWS.suggest(Tongue::English, text);
    assert_eq!(suggest("Maximun"), Some("At most"));
    assert_eq!(suggest("Whithin"), Some("Within"));
    assert_eq!(suggest("Color"), None);
    assert_eq!(REASONS.suggest(Tongue::English, "chnged mind"), Some("changed mind"));
    assert_eq!(ROWS.suggest(Tongue::German, "Fristt"), Some("Frist"));
    assert_eq!(ROWS.suggest(Tongue::German, "Whithin"), Some("Frist"));
}

#[test]
fn english_words_are_understood_in_every_language() {
    for tongue in Tongue::ALL {
        assert!(ROWS.find(tongue, "applies when").is_some());
        assert!(REASONS.find(tongue, "CHANGED MIND").is_some());
    }
    assert!(ROWS.find(Tongue::English, "Frist").is_none());
}

#[test]
fn the_longest_phrase_at_the_beginning_counts() {
    let (entry, words) = COMPARES.find_start(Tongue::English, "is not us").unwrap();
    assert_eq!((entry.word(Tongue::English), words), ("is not", 2));
    assert!(COMPARES.find_start(Tongue::English, "us").is_none());
}
