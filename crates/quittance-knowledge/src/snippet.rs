//! The sentences of a text that answer a question best, word for word.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What closes a sentence, and may be followed by quotes and brackets.
const ENDS: [char; 8] = ['.', '!', '?', '…', '。', '！', '？', '؟'];
/// What may stand between the end of a sentence and the space after it.
const CLOSERS: [char; 10] = ['"', '\'', ')', ']', '»', '”', '’', '*', '_', '`'];
/// What a line begins with that is not the continuation of the one before.
const MARKERS: [char; 6] = ['-', '*', '+', '#', '>', '|'];

/// A word of the question in a text.
pub(crate) struct Found {
    /// Where it stands, in bytes.
    pub(crate) at: Range<usize>,
    /// What all forms of the word have in common.
    pub(crate) stem: Arc<str>,
    /// How much it counts.
    pub(crate) worth: u64,
}

/// The sentence in which the question's words count most, with those around it as long as they add other
/// words of it. The first one, if no sentence has any.
pub(crate) fn best<'t>(text: &'t str, found: &[Found], most_bytes: usize) -> &'t str {
    let sentences = sentences(text);
    let worth = |span: &Range<usize>| {
        let inside = found.iter().filter(|word| span.contains(&word.at.start));
        let distinct: BTreeMap<&str, u64> = inside.map(|word| (&*word.stem, word.worth)).collect();
        distinct.values().fold(0, |sum: u64, worth| sum.saturating_add(*worth))
    };
    // The first of those that are worth the same.
    let numbered = sentences.iter().enumerate().rev();
    let Some((at, span)) = numbered.max_by_key(|(_, span)| worth(span)) else { return "" };
    let (mut first, mut last, mut span) = (at, at, span.clone());
    loop {
        let before = first.checked_sub(1).and_then(|at| Some((at, last, sentences.get(at)?)));
        let next = last.saturating_add(1);
        let after = sentences.get(next).map(|sentence| (first, next, sentence));
        let wider = [before, after].into_iter().flatten().map(|(first, last, sentence)| {
            let wider = span.start.min(sentence.start)..span.end.max(sentence.end);
            (first, last, wider)
        });
        let fitting = wider.filter(|(_, _, wider)| wider.len() <= most_bytes);
        let Some(best) = fitting.max_by_key(|(_, _, wider)| worth(wider)) else { break };
        if worth(&best.2) <= worth(&span) {
            break;
        }
        (first, last, span) = best;
    }
    let start = found.iter().map(|word| word.at.start).find(|start| span.contains(start));
    cut(text, span, start, most_bytes)
}

/// The span, or, if it is too long, a part of it that begins with the sentence or with a word of the
/// question, and ends with a word.
fn cut(text: &str, span: Range<usize>, word: Option<usize>, most_bytes: usize) -> &str {
    let whole = text.get(span.clone()).unwrap_or_default();
    if whole.len() <= most_bytes {
        return whole;
    }
    let is_near = |word: &usize| word.saturating_sub(span.start) < most_bytes;
    let start =
        if word.as_ref().is_none_or(is_near) { span.start } else { word.unwrap_or(span.start) };
    let rest = text.get(start..span.end).unwrap_or_default();
    let most = rest.floor_char_boundary(most_bytes);
    let piece = rest.get(..most).unwrap_or_default();
    let is_whole_word = rest.get(most..).is_none_or(|next| next.starts_with(char::is_whitespace));
    let end = if is_whole_word { None } else { piece.rfind(char::is_whitespace) };
    piece.get(..end.unwrap_or(piece.len())).unwrap_or_default().trim_end()
}

/// Where the sentences of a text stand. An item of a list and a row of a table are sentences, too.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at.saturating_add(c.len_utf8());
        let rest = text.get(end..).unwrap_or_default();
        let so_far = text.get(start..at).unwrap_or_default();
        if c == '\n' && begins_anew(rest) {
            sentences.extend(trimmed(text, start..at));
            start = end;
        } else if ENDS.contains(&c) {
            let after = rest.trim_start_matches(CLOSERS);
            let closers = rest.len().saturating_sub(after.len());
            let is_end = if c.is_ascii() { is_end_of_sentence(c, so_far, after) } else { true };
            if is_end {
                let end = end.saturating_add(closers);
                sentences.extend(trimmed(text, start..end));
                start = end;
            }
        }
    }
    sentences.extend(trimmed(text, start..text.len()));
    sentences
}

/// Whether what follows a line's end is no continuation of that line.
fn begins_anew(rest: &str) -> bool {
    let line = rest.trim_start_matches([' ', '\t', '\r']);
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = number.len() < line.len() && number.starts_with(['.', ')']);
    line.is_empty() || line.starts_with('\n') || line.starts_with(MARKERS) || is_numbered
}

/// Whether a full stop or the like ends a sentence, and not an abbreviation or a number.
fn is_end_of_sentence(c: char, before: &str, after: &str) -> bool {
    if !(after.is_empty() || after.starts_with(char::is_whitespace)) {
        return false;
    }
    if c != '.' {
        return true;
    }
    let goes_on = after.trim_start().starts_with(char::is_lowercase);
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_ordinal =
        word.len() <= 2 && !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_abbreviation = word.chars().count() == 1 || word.contains('.');
    !(goes_on
        || (is_ordinal && !after.is_empty())
        || (is_abbreviation && word.chars().all(|c| !c.is_ascii_digit())))
}

/// The span without what only lays the text out, if anything is left.
fn trimmed(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    let piece = text.get(span.clone())?;
    let mut inner = piece.trim_start();
    while let Some(rest) = inner.strip_prefix(MARKERS) {
        // `**` and the like belong to the word that follows.
        let is_layout = inner.starts_with(['#', '>', '|']) || rest.starts_with(char::is_whitespace);
        if !is_layout {
            break;
        }
        inner = rest.trim_start();
    }
    let start = span.end.saturating_sub(inner.len());
    let inner = inner.trim_end();
    inner.contains(char::is_alphanumeric).then(|| start..start.saturating_add(inner.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|span| &text[span]).collect()
    }

    /// What a question of these words gets to see.
    fn seen<'t>(text: &'t str, words: &[&str], most_bytes: usize) -> &'t str {
        let mut found: Vec<Found> = words
            .iter()
            .flat_map(|word| {
                let places = text.match_indices(word);
                places.map(|(at, _)| Found {
                    at: at..at.saturating_add(word.len()),
                    stem: (*word).into(),
                    worth: 10,
                })
            })
            .collect();
        found.sort_by_key(|found| found.at.start);
        best(text, &found, most_bytes)
    }

    #[test]
    fn a_text_is_split_at_its_sentences() {
        assert_eq!(
            split(
                "We pay back $9.99. \"Always?\" Yes!\nWithin e.g. 14 days\nof the charge, i.e. soon."
            ),
            [
                "We pay back $9.99.",
                "\"Always?\"",
                "Yes!",
                "Within e.g. 14 days\nof the charge, i.e. soon."
            ]
        );
        assert_eq!(
            split("Bis zum 3. Januar. Danach nicht."),
            ["Bis zum 3. Januar.", "Danach nicht."]
        );
        assert_eq!(split("退款需要五天。谢谢！"), ["退款需要五天。", "谢谢！"]);
        assert_eq!(split(""), Vec::<&str>::new());
        assert_eq!(split(" … \n\n | --- | "), Vec::<&str>::new());
    }

    #[test]
    fn items_and_rows_are_sentences() {
        assert_eq!(
            split(
                "Not for:\n\n- gift cards\n- **sale** items\n1. parcels\n\n| a | b |\n| --- | --- |\n| x | y |"
            ),
            ["Not for:", "gift cards", "**sale** items", "1. parcels", "a | b |", "x | y |"]
        );
    }

    #[test]
    fn the_sentence_with_most_of_the_words_is_seen() {
        let text =
            "Hello there. A yearly plan gives half back. A monthly plan gives all back. Bye.";
        assert_eq!(seen(text, &["monthly", "back"], 60), "A monthly plan gives all back.");
        assert_eq!(
            seen(text, &["monthly", "yearly"], 80),
            "A yearly plan gives half back. A monthly plan gives all back."
        );
        assert_eq!(seen(text, &["yearly", "monthly"], 40), "A yearly plan gives half back.");
        assert_eq!(seen(text, &["absent"], 40), "Hello there.");
        assert_eq!(seen("", &["absent"], 40), "");
    }

    #[test]
    fn a_long_sentence_is_cut_between_words() {
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(seen(text, &["two"], 10), "one two");
        assert_eq!(seen(text, &["seven"], 12), "seven eight");
        assert_eq!(seen("ééééééé", &["absent"], 5), "éé");
        assert_eq!(seen(text, &["two"], 0), "");
    }
}
