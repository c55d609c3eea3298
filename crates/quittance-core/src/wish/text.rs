//! A message made comparable: small letters without accents, in sentences and their parts.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// What ends a sentence.
const ENDS: [char; 8] = ['.', '!', '?', '\n', '。', '؟', '¿', '¡'];

/// What parts a sentence.
const COMMAS: [char; 12] = [',', ';', ':', '(', ')', '—', '–', '、', '،', '؛', '"', '|'];

/// What an English word ends with behind an apostrophe. It is often left out, so it always is.
const CLITICS: [&str; 7] = ["t", "s", "m", "re", "ll", "ve", "d"];

/// The sentences of a message, each as its parts between commas. A part is its words with a space on both sides
/// of each.
pub(super) fn sentences(message: &str) -> Vec<Vec<String>> {
    let folded = fold(message);
    let parts = |sentence: &str| sentence.split(COMMAS).filter_map(spaced).collect::<Vec<_>>();
    folded.split(ENDS).map(parts).filter(|parts| !parts.is_empty()).collect()
}

/// The words of a text with a space on both sides of each. None without words.
fn spaced(text: &str) -> Option<String> {
    let words = text.split(|sign: char| !sign.is_alphanumeric() && !is_combining_mark(sign));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| format!(" {} ", words.join(" ")))
}

/// Small letters without accents and without the apostrophes that people leave out.
pub fn fold(text: &str) -> String {
    let lower =
        text.nfkc().collect::<String>().to_lowercase().replace(['’', '‘', '´', '`', 'ʼ'], "'");
    let mut plain = String::with_capacity(lower.len());
    let mut pieces = lower.split('\'');
    plain.extend(pieces.next().into_iter().flat_map(str::chars));
    for piece in pieces {
        let word = piece.split(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default();
        if !CLITICS.contains(&word) {
            plain.push(' ');
        }
        plain.push_str(piece);
    }
    plain.chars().fold(String::with_capacity(plain.len()), without_accent)
}

/// Adds a letter without its accent. Kana, Hangul and one of Cyrillic are other letters with theirs.
fn without_accent(mut text: String, letter: char) -> String {
    match letter {
        'ß' => text.push_str("ss"),
        'æ' => text.push_str("ae"),
        'œ' => text.push_str("oe"),
        'ø' => text.push('o'),
        'ł' => text.push('l'),
        'ı' => text.push('i'),
        'ى' => text.push('ي'),
        'ة' => text.push('ه'),
        // The stroke that Arabic lengthens words with.
        'ـ' => {}
        'й' | '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7af}' => text.push(letter),
        _ => decompose_canonical(letter, |part| {
            if !is_combining_mark(part) {
                text.push(part);
            }
        }),
    }
    text
}

/// A list of entries, by the letter that each begins with.
pub(super) struct List(HashMap<char, Vec<&'static str>>);

impl List {
    /// Reads a list in which entries are parted by `|`.
    pub(super) fn of(written: &'static str) -> Self {
        let mut entries: HashMap<char, Vec<&'static str>> = HashMap::new();
        for entry in written.split('|') {
            if let Some(first) = entry.chars().next() {
                entries.entry(first).or_default().push(entry);
            }
        }
        Self(entries)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a word is an entry.
    pub(super) fn has(&self, word: &str) -> bool {
        self.beginning_like(word).contains(&word)
    }

    /// The entries that begin with the first letter of a text.
    fn beginning_like(&self, text: &str) -> &[&'static str] {
        let first = text.chars().next();
        first.and_then(|first| self.0.get(&first)).map_or(&[], Vec::as_slice)
    }
}

/// Whether one of the entries stands at the beginning of a text, and what comes behind the longest that does.
///
/// Where words are parted by spaces an entry is whole words; one that ends with `*` is the beginning of its last word.
pub(super) fn behind<'a>(text: &'a str, entries: &List, is_spaced: bool) -> Option<&'a str> {
    let entries = entries.beginning_like(text).iter();
    let ends = entries.filter_map(|entry| strip(text, entry, is_spaced));
    ends.min_by_key(|rest| rest.len())
}

fn strip<'a>(text: &'a str, entry: &str, is_spaced: bool) -> Option<&'a str> {
    if !is_spaced {
        return text.strip_prefix(entry);
    }
    match entry.strip_suffix('*') {
        Some(beginning) => text.strip_prefix(beginning)?.split_once(' ').map(|(_, rest)| rest),
        None => text.strip_prefix(entry)?.strip_prefix(' '),
    }
}

/// Every place where an entry may begin: what is before it, and what begins there.
pub(super) fn places(part: &str, is_spaced: bool) -> impl Iterator<Item = (&str, &str)> {
    let begins = move |(at, _): &(usize, char)| {
        let before = part.get(..*at).unwrap_or_default();
        !is_spaced || before.ends_with(' ')
    };
    part.char_indices().filter(begins).filter_map(|(at, _)| part.split_at_checked(at))
}

/// Whether one of the entries stands anywhere.
pub(super) fn holds(part: &str, entries: &List, is_spaced: bool) -> bool {
    places(part, is_spaced).any(|(_, rest)| behind(rest, entries, is_spaced).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_apostrophes_and_width_do_not_matter() {
        assert_eq!(fold("I DON’T d'un Être Straße"), "i dont d un etre strasse");
        assert_eq!(fold("ＨＵＭＡＮ İnsanla człowiek"), "human insanla czlowiek");
        assert_eq!(fold("أريد التحدّث إلى إنسانٍ"), "اريد التحدث الي انسان");
        assert_eq!(fold("オペレーターが 상담원"), "オペレーターが 상담원");
    }

    #[test]
    fn a_message_is_sentences_and_parts() {
        let read = sentences("No, a human!\nAgent - please…");
        assert_eq!(read, [vec![" no ", " a human "], vec![" agent please "]]);
        assert_eq!(sentences("?! ..."), Vec::<Vec<String>>::new());
    }

    #[test]
    fn the_longest_entry_counts() {
        assert_eq!(behind("real person here ", &List::of("real|real person"), true), Some("here "));
        assert_eq!(behind("menschen ", &List::of("mensch*"), true), Some(""));
        assert_eq!(behind("menschen ", &List::of("mensch"), true), None);
        assert_eq!(behind("担当者を", &List::of("担当者"), false), Some("を"));
    }
}
