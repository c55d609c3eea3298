//! A text as signs that matter to numbers: digits, words, marks, and what is between.

use super::digits::{self, Digits};
use super::words;
use crate::letters;

/// The longest tag that is skipped, in bytes.
const LONGEST_TAG: usize = 300;
/// The longest name of an entity, in bytes.
const LONGEST_ENTITY: usize = 10;

/// One sign, or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Its place, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A digit in any dress.
    Digit(Digits),
    /// Letters in a row, folded.
    Word(String),
    /// A space, or a line's end.
    Space,
    /// Any other sign.
    Mark(char),
    /// What is not seen, and tags: digits around it are one number's.
    Hidden,
    /// The end of a message.
    Break,
}

/// Cuts messages into tokens, whose places are counted over all messages together.
pub(super) fn tokens(messages: &[&str]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut begin = 0;
    for (number, message) in messages.iter().enumerate() {
        if number > 0 {
            tokens.push(Token { kind: Kind::Break, start: begin, end: begin });
        }
        of_one(message, begin, &mut tokens);
        begin = begin.saturating_add(message.len());
    }
    tokens
}

fn of_one(text: &str, begin: usize, tokens: &mut Vec<Token>) {
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let (kind, length) = next(rest, sign);
        let start = begin.saturating_add(text.len().saturating_sub(rest.len()));
        tokens.push(Token { kind, start, end: start.saturating_add(length) });
        rest = rest.get(length..).unwrap_or_default();
    }
}

/// The token that a text begins with, and its length in bytes.
fn next(rest: &str, sign: char) -> (Kind, usize) {
    if let Some(length) = match sign {
        '<' => tag(rest),
        '%' => escape(rest),
        _ => None,
    } {
        let is_tag = sign == '<';
        return (if is_tag { Kind::Hidden } else { Kind::Space }, length);
    }
    if sign == '&'
        && let Some((sign, length)) = entity(rest)
    {
        return (of_sign(sign), length);
    }
    if is_letter(sign) && words::ideograph(sign).is_none() {
        // Japanese needs no space before a word in Latin letters.
        let is_in = |letter: &char| {
            is_joined(*letter)
                || (is_letter(*letter)
                    && words::ideograph(*letter).is_none()
                    && is_latin(*letter) == is_latin(sign))
        };
        let length = rest.chars().take_while(is_in).map(char::len_utf8).sum();
        let seen: String =
            rest.get(..length).unwrap_or_default().chars().filter(|it| !is_joined(*it)).collect();
        return (Kind::Word(words::fold(&seen)), length);
    }
    (of_sign(sign), sign.len_utf8())
}

fn of_sign(sign: char) -> Kind {
    if let Some(digits) = digits::of(sign) {
        Kind::Digit(digits)
    } else if is_joined(sign) {
        Kind::Hidden
    } else if is_letter(sign) {
        Kind::Word(words::fold(&sign.to_string()))
    } else if sign.is_whitespace() {
        Kind::Space
    } else {
        Kind::Mark(sign)
    }
}

/// What begins or goes on a word; digits in circles count as letters in Unicode's lists.
fn is_letter(sign: char) -> bool {
    sign.is_alphabetic() && digits::of(sign).is_none()
}

fn is_latin(letter: char) -> bool {
    matches!(letter, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// What goes onto the sign before it, or is not seen: accents, strokes, the frame of a key.
fn is_joined(sign: char) -> bool {
    letters::is_unseen(sign)
        || matches!(sign, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}')
}

/// The length of a tag that a text begins with, such as `<b class="x">` or `</p>`.
fn tag(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('<')?;
    let name = inside.strip_prefix('/').unwrap_or(inside);
    let is_tag = name.starts_with(|sign: char| sign.is_ascii_alphabetic() || sign == '!');
    let end = inside.bytes().take(LONGEST_TAG).position(|byte| matches!(byte, b'>' | b'<'))?;
    let is_closed = inside.as_bytes().get(end) == Some(&b'>');
    (is_tag && is_closed).then(|| end.saturating_add(2))
}

/// The length of a space as it stands in an address, such as `%20`.
fn escape(rest: &str) -> Option<usize> {
    const SPACES: [&str; 5] = ["%20", "%09", "%0a", "%0d", "%2d"];
    let begin = rest.get(..3)?.to_ascii_lowercase();
    SPACES.contains(&begin.as_str()).then_some(3)
}

/// The sign of an entity, such as `&#52;` or `&nbsp;`, and its length in bytes.
fn entity(rest: &str) -> Option<(char, usize)> {
    let inside = rest.strip_prefix('&')?;
    let end = inside.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = inside.get(..end)?;
    let sign = match name.strip_prefix('#') {
        Some(number) => {
            let hexadecimal = number.strip_prefix(['x', 'X']);
            let code = hexadecimal
                .map_or_else(|| number.parse(), |digits| u32::from_str_radix(digits, 16));
            char::from_u32(code.ok()?)?
        }
        None => match name {
            "nbsp" | "ensp" | "emsp" | "thinsp" | "hairsp" | "puncsp" => ' ',
            "zwnj" | "zwj" | "shy" | "NoBreak" => '\u{200b}',
            "ndash" | "mdash" | "minus" | "hyphen" | "dash" => '-',
            "amp" => '&',
            _ => return None,
        },
    };
    Some((sign, end.saturating_add(2)))
}
