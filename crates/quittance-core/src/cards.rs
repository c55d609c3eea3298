//! Takes the numbers of payment cards out of what customers write, in whatever way they are written.
//!
//! Nothing of a number is kept, not even its last digits, nor the code and the month that stand with it. A number
//! is one that a network gives out, with the right check digit, and stands where a card's may stand: what is
//! called an order, an account or a telephone is none. In doubt it is taken out.

mod code;
mod digits;
mod explained;
mod find;
mod group;
mod network;
mod place;
mod token;
mod words;

use find::Found;
use token::{Kind, Token};

/// What stands in the place of what was taken out.
pub const REMOVED: &str = "[card number removed]";

/// The longest text that is looked at, in bytes; what is behind is left away.
pub const LONGEST_TEXT: usize = 100_000;

/// The most bytes of words and marks between two groups that go with them.
const SWALLOWED: usize = 6;

/// Messages without the numbers of cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The messages, in the order they were given in.
    pub texts: Vec<String>,
    /// For each message, whether a number, or a part of one, was taken out.
    pub has_card: Vec<bool>,
}

/// Takes card numbers out of messages of one customer, which follow each other. A number may be spread over
/// three of them. In linear time.
pub fn mask(messages: &[&str]) -> Masked {
    let messages: Vec<&str> = messages.iter().map(|text| beginning(text)).collect();
    let may_hold = messages.iter().any(|text| !text.is_empty());
    if !may_hold {
        return unchanged(&messages);
    }
    let tokens = token::tokens(&messages);
    let found = find::find(&tokens);
    let mut spans: Vec<(usize, usize)> = found.iter().flat_map(|it| spans(&tokens, it)).collect();
    let codes = code::find(&tokens, &ends(&found));
    if spans.is_empty() && codes.is_empty() {
        return unchanged(&messages);
    }
    spans.extend(codes);
    let places = joined(&tokens, spans);
    without(&messages, &places)
}

/// Takes card numbers out of one text.
pub fn mask_one(text: &str) -> String {
    mask(&[text]).texts.concat()
}

fn beginning(text: &str) -> &str {
    if text.len() <= LONGEST_TEXT {
        return text;
    }
    let end = (0..=LONGEST_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

fn unchanged(messages: &[&str]) -> Masked {
    let texts: Vec<String> = messages.iter().map(|text| (*text).to_owned()).collect();
    Masked { has_card: vec![false; texts.len()], texts }
}

/// First and last token of what goes for a number: groups with little between them go together.
fn spans(tokens: &[Token], found: &Found) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (first, last) in &found.groups {
        match spans.last_mut() {
            Some(before) if is_swallowed(tokens, before.1, *first) => before.1 = *last,
            _ => spans.push((*first, *last)),
        }
    }
    spans
}

fn is_swallowed(tokens: &[Token], last: usize, first: usize) -> bool {
    let between = tokens.get(last.saturating_add(1)..first).unwrap_or_default();
    let has_words =
        between.iter().any(|token| matches!(token.kind, Kind::Word(_) | Kind::Digit(_)));
    let has_break = between.iter().any(|token| token.kind == Kind::Break);
    let bytes: usize = between.iter().map(|token| token.end.saturating_sub(token.start)).sum();
    !has_break && (!has_words || bytes <= SWALLOWED)
}

/// First and last token of each number.
fn ends(found: &[Found]) -> Vec<(usize, usize)> {
    let ends = found.iter().filter_map(|it| Some((it.groups.first()?.0, it.groups.last()?.1)));
    ends.collect()
}

/// The places, in bytes, of spans of tokens, in order; those that touch are one.
fn joined(tokens: &[Token], mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (first, last) in spans {
        match joined.last_mut() {
            Some(before) if first <= before.1 || is_beside(tokens, before.1, first) => {
                before.1 = before.1.max(last);
            }
            _ => joined.push((first, last)),
        }
    }
    let place =
        |(first, last): (usize, usize)| Some((tokens.get(first)?.start, tokens.get(last)?.end));
    joined.into_iter().filter_map(place).collect()
}

/// Whether only a few marks are between two spans, which the marker swallows.
fn is_beside(tokens: &[Token], last: usize, first: usize) -> bool {
    let between = tokens.get(last.saturating_add(1)..first).unwrap_or_default();
    let is_mark = |token: &Token| matches!(token.kind, Kind::Space | Kind::Mark(_) | Kind::Hidden);
    between.len() <= SWALLOWED && between.iter().all(is_mark)
}

/// The messages with the marker in these places, which are counted over all messages.
fn without(messages: &[&str], places: &[(usize, usize)]) -> Masked {
    let mut masked = Masked { texts: Vec::new(), has_card: Vec::new() };
    let mut begin = 0_usize;
    let mut places = places.iter().peekable();
    for message in messages {
        let end = begin.saturating_add(message.len());
        let (mut text, mut at, mut has_card) = (String::with_capacity(message.len()), begin, false);
        while let Some((from, to)) = places.next_if(|(from, _)| *from < end) {
            text.push_str(part(message, begin, at, *from));
            text.push_str(REMOVED);
            (at, has_card) = ((*to).max(at), true);
        }
        text.push_str(part(message, begin, at, end));
        masked.texts.push(text);
        masked.has_card.push(has_card);
        begin = end;
    }
    masked
}

/// A part of a message, by places that are counted over all messages.
fn part(message: &str, begin: usize, from: usize, to: usize) -> &str {
    message.get(from.saturating_sub(begin)..to.saturating_sub(begin)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
