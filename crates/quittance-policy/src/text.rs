//! Pieces of table cells that remember where in the file they stand.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::problem::Fault;
use crate::tongue::Tongue;
use crate::vocabulary::Phrases;

/// The text of a table cell without markup, and the byte of the file each of its bytes comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    offsets: Vec<usize>,
    /// Where the cell stands, for a cell without text.
    span: Range<usize>,
}

impl Cell {
    pub(crate) fn empty(span: Range<usize>) -> Self {
        Self { text: String::new(), offsets: Vec::new(), span }
    }

    /// A text that stands in the file as it is.
    pub(crate) fn verbatim(text: &str, start: usize) -> Self {
        let end = start.saturating_add(text.len());
        let mut cell = Self::empty(start..end);
        cell.push(text, start..end, text);
        cell
    }

    /// Appends `text`, which the bytes `span` of the file say. A no-break space becomes a space, and a letter
    /// with its marks behind it one letter, since the vocabulary has neither.
    pub(crate) fn push(&mut self, text: &str, span: Range<usize>, written: &str) {
        // An escape or an entity: every byte comes from its beginning.
        let is_verbatim = text == written;
        if !has_marks(text) && !text.contains(is_fixed_space) {
            self.text.push_str(text);
            if is_verbatim {
                self.offsets.extend(span);
            } else {
                self.offsets.extend(std::iter::repeat_n(span.start, text.len()));
            }
            return;
        }
        let mut at = span.start;
        for letter in letters(text) {
            let end = at.saturating_add(letter.len());
            let last = if is_verbatim { end.saturating_sub(1) } else { at };
            self.push_letter(letter, at, last);
            at = if is_verbatim { end } else { at };
        }
    }

    /// Appends a letter with its marks, which stands between these two bytes.
    fn push_letter(&mut self, letter: &str, first: usize, last: usize) {
        let before = self.text.len();
        if letter.chars().all(is_fixed_space) {
            self.text.push(' ');
        } else {
            self.text.extend(letter.nfc());
        }
        let length = self.text.len().saturating_sub(before);
        self.offsets.extend(std::iter::repeat_n(first, length.saturating_sub(1)));
        self.offsets.extend((length > 0).then_some(if length == 1 { first } else { last }));
    }

    pub(crate) fn piece(&self) -> Piece<'_> {
        Piece { cell: self, start: 0, end: self.text.len() }.trim()
    }
}

/// A part of a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    cell: &'a Cell,
    start: usize,
    end: usize,
}

impl<'a> Piece<'a> {
    pub(crate) fn text(self) -> &'a str {
        self.cell.text.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn is_empty(self) -> bool {
        self.text().is_empty()
    }

    /// The words of the text as the vocabulary writes them, see [`fold`].
    pub(crate) fn folded(self) -> String {
        fold(self.text())
    }

    /// The bytes of the file.
    pub(crate) fn span(self) -> Range<usize> {
        let first = self.cell.offsets.get(self.start);
        let last = self.end.checked_sub(1).and_then(|last| self.cell.offsets.get(last));
        match (first, last) {
            (Some(first), Some(last)) if !self.is_empty() => *first..last.saturating_add(1),
            _ => self.cell.span.clone(),
        }
    }

    pub(crate) fn fault(self, message: impl Into<String>) -> Fault {
        Fault::new(self.span(), message)
    }

    pub(crate) fn trim(self) -> Self {
        let text = self.text();
        let ahead = text.len().saturating_sub(text.trim_start().len());
        let start = self.start.saturating_add(ahead);
        let end = start.saturating_add(text.trim().len());
        Self { start, end, ..self }
    }

    /// The bytes `range` of this piece, without white space around.
    pub(crate) fn part(self, range: Range<usize>) -> Self {
        let start = self.start.saturating_add(range.start).min(self.end);
        let end = self.start.saturating_add(range.end).min(self.end);
        Self { start, end, ..self }.trim()
    }

    /// What stands between this piece and one that follows it in the same cell.
    pub(crate) fn until(self, next: Self) -> &'a str {
        self.cell.text.get(self.end..next.start).unwrap_or_default()
    }

    /// What follows the first `count` bytes.
    pub(crate) fn after(self, count: usize) -> Self {
        self.part(count..self.text().len())
    }

    /// The parts around the first of these phrases that stands in it, the longest of those that begin
    /// at the same place.
    pub(crate) fn split_at_any<'w>(
        self,
        words: impl IntoIterator<Item = &'w &'static str>,
    ) -> Option<(Self, Self)> {
        let found = words.into_iter().filter_map(|word| {
            let at = find_word(self.text(), word)?;
            Some((at, std::cmp::Reverse(word.len())))
        });
        let (at, std::cmp::Reverse(length)) = found.min()?;
        Some((self.part(0..at), self.after(at.saturating_add(length))))
    }

    /// What follows the longest of these phrases, if the piece begins with one.
    pub(crate) fn after_any<'w>(
        self,
        words: impl IntoIterator<Item = &'w &'static str>,
    ) -> Option<Self> {
        let (before, after) = self.split_at_any(words)?;
        before.is_empty().then_some(after)
    }

    /// What stands before the longest of these phrases, if the piece ends with one.
    pub(crate) fn before_any<'w>(
        self,
        words: impl IntoIterator<Item = &'w &'static str>,
    ) -> Option<Self> {
        let text = self.text();
        let ending = words.into_iter().filter_map(|word| {
            let start = text.len().checked_sub(word.len())?;
            let (before, end) = text.split_at_checked(start)?;
            let is_whole = before.chars().next_back().is_none_or(|char| !char.is_alphanumeric());
            (is_whole && end.to_lowercase() == word.to_lowercase()).then_some(start)
        });
        ending.min().map(|start| self.part(0..start))
    }

    /// What follows the first `count` words, as [`fold`] parts them.
    pub(crate) fn after_words(self, count: usize) -> Self {
        let is_gap = |char: char| char.is_whitespace() || is_hyphen(char);
        let text = self.text();
        let mut rest = text;
        for _ in 0..count {
            rest = rest.trim_start_matches(is_gap);
            rest = rest.find(is_gap).and_then(|at| rest.get(at..)).unwrap_or_default();
        }
        self.after(text.len().saturating_sub(rest.len()))
    }

    /// The parts between commas, semicolons and joining words such as `and`. No part is empty.
    pub(crate) fn split_list(self, tongue: Tongue) -> Vec<Self> {
        self.split(tongue, |_, _| true)
    }

    /// Like [`Self::split_list`], but a comma between two digits belongs to a number.
    pub(crate) fn split_amounts(self, tongue: Tongue) -> Vec<Self> {
        let is_digit = |char: Option<char>| char.is_some_and(|char| char.is_ascii_digit());
        self.split(tongue, |before, after| {
            !(is_digit(before.chars().next_back()) && is_digit(after.chars().next()))
        })
    }

    fn split(self, tongue: Tongue, is_separator: impl Fn(&str, &str) -> bool) -> Vec<Self> {
        let text = self.text();
        let mut cuts: Vec<(usize, usize)> = text
            .match_indices([',', ';'])
            .filter(|(at, found)| {
                let (before, rest) = text.split_at_checked(*at).unwrap_or_default();
                *found == ";" || is_separator(before, rest.get(1..).unwrap_or_default())
            })
            .map(|(at, found)| (at, found.len()))
            .collect();
        let joins: Vec<&str> =
            tongue.understood().flat_map(|known| Phrases::of(known).joins).copied().collect();
        let is_join = |word: &str| joins.iter().any(|join| join.eq_ignore_ascii_case(word));
        let places = words(text).filter(|(_, found)| is_join(found));
        cuts.extend(places.map(|(at, found)| (at, found.len())));
        cuts.sort_unstable();
        cuts.push((text.len(), 0));
        let mut parts = Vec::new();
        let mut start = 0;
        for (at, length) in cuts {
            parts.push(self.part(start..at));
            start = at.saturating_add(length);
        }
        parts.retain(|part| !part.is_empty());
        parts
    }
}

/// The runs without white space or list marks, and where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_gap = |char: char| char.is_whitespace() || matches!(char, ',' | ';');
    let base = text.as_ptr().addr();
    text.split(is_gap)
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr().addr().saturating_sub(base), word))
}

/// Where `word` stands in `text` with no letter or digit beside it, in any case. A word that ends with
/// an apostrophe may have a letter behind it.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let last = text.len().checked_sub(word.len())?;
    let is_free = |char: Option<char>| char.is_none_or(|char| !char.is_alphanumeric());
    let ends_free = word.ends_with([':', '\'', '<', '>', '=']);
    let is_word = |found: &str| {
        found.eq_ignore_ascii_case(word)
            || !found.is_ascii() && found.to_lowercase() == word.to_lowercase()
    };
    // Most places are left at their first letter.
    let begins = |at: &usize| match (text.as_bytes().get(*at), word.as_bytes().first()) {
        (Some(found), Some(first)) if found.is_ascii() && first.is_ascii() => {
            found.eq_ignore_ascii_case(first)
        }
        _ => true,
    };
    (0..=last).filter(begins).find(|at| {
        let end = at.saturating_add(word.len());
        text.get(*at..end).is_some_and(is_word)
            && is_free(text.get(..*at).and_then(|before| before.chars().next_back()))
            && (ends_free || is_free(text.get(end..).and_then(|rest| rest.chars().next())))
    })
}

fn is_hyphen(char: char) -> bool {
    matches!(char, '-' | '_' | '\u{2010}' | '\u{2011}')
}

/// Whether marks stand behind their letters, as names of files from macOS have them: U+0300 to U+037F, whose
/// first bytes no other characters have.
fn has_marks(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, 0xCC | 0xCD))
}

/// Spaces at which no line breaks.
fn is_fixed_space(char: char) -> bool {
    matches!(char, '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// The characters of a text, each together with the marks behind it.
fn letters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices().skip(1);
        let end =
            chars.find(|(_, char)| !is_combining_mark(*char)).map_or(rest.len(), |(at, _)| at);
        let (letter, others) = rest.split_at_checked(end)?;
        rest = others;
        (!letter.is_empty()).then_some(letter)
    })
}

/// Words as the vocabulary compares them: small letters, single spaces for white space, hyphens and
/// underscores, straight apostrophes, no full stop or colon at the end.
pub(crate) fn fold(text: &str) -> String {
    let text: Cow<'_, str> =
        if has_marks(text) { text.nfc().collect() } else { Cow::Borrowed(text) };
    let mut folded = String::with_capacity(text.len());
    let mut is_gap = false;
    for char in text.chars() {
        let is_first = folded.is_empty();
        if char.is_whitespace() || is_hyphen(char) {
            is_gap = !is_first;
            continue;
        }
        if std::mem::take(&mut is_gap) {
            folded.push(' ');
        }
        match char {
            '\u{2018}' | '\u{2019}' | '`' => folded.push('\''),
            char if char.is_ascii() => folded.push(char.to_ascii_lowercase()),
            char => folded.extend(char.to_lowercase()),
        }
    }
    folded.truncate(folded.trim_end_matches(['.', ':', ' ']).len());
    folded
}

/// Whether a word of the vocabulary is `folded` as [`fold`] writes it.
pub(crate) fn is_word(word: &str, folded: &str) -> bool {
    // Most words differ in their first letter.
    let may_be = match (word.bytes().next(), folded.bytes().next()) {
        (Some(one), Some(other)) if one.is_ascii_alphanumeric() => one.eq_ignore_ascii_case(&other),
        _ => true,
    };
    may_be && fold(word) == folded
}

/// The candidate that `text` is a misspelling of beyond doubt: one letter is wrong, in a word that is long
/// enough. For words of which others lie near, such as `Zustellung` and `Bestellung`.
pub(crate) fn misspelt<'a>(
    text: &str,
    mut candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = fold(text);
    if !(4..=60).contains(&wanted.chars().count()) {
        return None;
    }
    candidates.find(|known| strsim::damerau_levenshtein(&wanted, &fold(known)) == 1)
}

/// The candidate that `text` is probably a misspelling of.
pub(crate) fn nearest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = fold(text);
    // A third of the letters may be wrong, and at least one.
    let allowed = wanted.chars().count().div_euclid(3).max(1);
    if wanted.chars().count() > 60 || wanted.is_empty() {
        return None;
    }
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(parts: &[Piece<'_>]) -> Vec<String> {
        parts.iter().map(|part| part.text().to_owned()).collect()
    }

    #[test]
    fn a_list_is_split_at_commas_semicolons_and_words() {
        let cell = Cell::verbatim(" a, b;c and d or e, ,Sand ", 0);
        assert_eq!(
            texts(&cell.piece().split_list(Tongue::English)),
            ["a", "b", "c", "d", "e", "Sand"]
        );
        let cell = Cell::verbatim("1,000 USD,900 EUR, 5 GBP", 0);
        assert_eq!(
            texts(&cell.piece().split_amounts(Tongue::English)),
            ["1,000 USD", "900 EUR", "5 GBP"]
        );
    }

    #[test]
    fn a_piece_knows_its_bytes() {
        let cell = Cell::verbatim("  ab, cd", 10);
        let parts = cell.piece().split_list(Tongue::English);
        assert_eq!(parts[1].span(), 16..18);
        assert_eq!(cell.piece().after_any(&["AB"]).unwrap().span(), 14..18);
        assert_eq!(Cell::empty(3..4).piece().span(), 3..4);
    }

    #[test]
    fn words_are_compared_without_case_hyphens_and_apostrophes() {
        assert_eq!(fold(" The  customer’s\u{a0}Word. "), "the customer's word");
        assert_eq!(fold("one-off"), "one off");
    }

    #[test]
    fn a_no_break_space_is_a_space_and_a_letter_is_one_with_its_marks() {
        let decomposed = "Ho\u{308}chstens\u{a0}3";
        assert_eq!(fold(decomposed), "höchstens 3");
        let cell = Cell::verbatim(decomposed, 10);
        assert_eq!(cell.piece().text(), "Höchstens 3");
        assert_eq!(cell.piece().span(), 10..10 + decomposed.len());
        assert_eq!(cell.piece().part(0..3).span(), 10..14);
        assert_eq!(cell.piece().after("Höchstens".len()).span(), 23..24);
        let mut entity = Cell::empty(0..0);
        entity.push("14", 0..2, "14");
        entity.push("\u{a0}", 2..8, "&nbsp;");
        entity.push("days", 8..12, "days");
        assert_eq!(entity.piece().text(), "14 days");
        assert_eq!(entity.piece().after(2).span(), 8..12);
    }

    #[test]
    fn only_a_word_with_one_wrong_letter_is_surely_misspelt() {
        let words = ["Bestellung", "Zahlung"];
        assert_eq!(misspelt("Zahlugn", words.into_iter()), Some("Zahlung"));
        assert_eq!(misspelt("Zustellung", words.into_iter()), None);
        assert_eq!(misspelt("Mahnung", words.into_iter()), None);
    }

    #[test]
    fn only_near_words_are_suggested() {
        let words = ["Reason", "Decision"];
        assert_eq!(nearest("Reasn", words.into_iter()), Some("Reason"));
        assert_eq!(nearest("Colour", words.into_iter()), None);
        assert_eq!(nearest("", words.into_iter()), None);
    }
}
