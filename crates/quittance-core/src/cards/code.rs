//! The code on a card's back and the month in which it ends.

use super::group::{Groups, Reading, Signs};
use super::place::word;
use super::token::{Kind, Token};

/// How many words before a code may hold its name, and how many of them are looked at for one word.
const WORDS: usize = 5;
const NEXT_WORDS: usize = 3;

/// The names of a code.
const CODES: [&str; 8] =
    ["cvv", "cvc", "cvn", "csc", "cid", "prufziffer", "prufnummer", "cryptogramme"];
const PHRASES: [&str; 11] = [
    "security code",
    "sicherheitscode",
    "code de securite",
    "codigo de seguridad",
    "codice di sicurezza",
    "on the back",
    "auf der ruckseite",
    "au dos",
    "beveiligingscode",
    "codigo de seguranca",
    "セキュリティコード",
];

/// The names of a card's last month.
const MONTHS: [&str; 14] = [
    "exp",
    "expiry",
    "expires",
    "expiration",
    "expdate",
    "mm",
    "mmyy",
    "thru",
    "gultig",
    "ablaufdatum",
    "expire",
    "caduca",
    "scadenza",
    "validade",
];

/// The tokens of a month, a year and a code behind a number that was found, and of codes that are named.
pub(super) fn find(tokens: &[Token], found: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let plain = Groups::read(tokens, Reading { signs: Signs::Words, ..Reading::default() });
    let mut codes = Vec::new();
    for (_, last) in found {
        let behind = plain.groups.partition_point(|group| group.first <= *last);
        let mut count = 0_usize;
        for group in plain.groups.iter().skip(behind).take(8) {
            let before = group.first.saturating_sub(1);
            let is_told = is_named(tokens, group.first) || is_month(tokens, group.first);
            let is_near = group.gap.bytes <= 6 && group.gap.is_tight() && group.gap.breaks <= 1;
            count = count.saturating_add(group.len());
            if count > 12 || group.len() > 4 || !(is_near || is_told) || before < *last {
                break;
            }
            codes.push((group.first, group.last));
        }
    }
    for group in &plain.groups {
        if matches!(group.len(), 3 | 4) && is_named(tokens, group.first) {
            codes.push((group.first, group.last));
        }
    }
    codes.extend(spelled(tokens, &plain));
    codes
}

/// Codes digit by digit behind their name: `cvv 1 2 3`, `cvv one two three`.
fn spelled(tokens: &[Token], plain: &Groups) -> Vec<(usize, usize)> {
    let mut codes = Vec::new();
    let mut left = 0_usize;
    for group in &plain.groups {
        if is_named(tokens, group.first) {
            left = 4;
        } else if !(group.gap.is_tight() && group.gap.bytes <= 3) {
            left = 0;
        }
        if left > 0 && group.len() == 1 {
            codes.push((group.first, group.last));
        }
        left = left.saturating_sub(1);
    }
    codes
}

/// Whether a card's code or its last month is told of behind these tokens.
pub(super) fn is_behind(tokens: &[Token], last: usize) -> bool {
    const NEAR: usize = 24;
    let after = tokens.get(last.saturating_add(1)..).unwrap_or_default();
    let mut words = after.iter().take(NEAR).filter_map(word);
    words.any(|word| is_code(word) || MONTHS.contains(&word))
}

fn is_code(word: &str) -> bool {
    CODES.iter().any(|code| word.starts_with(code))
}

/// Whether a card's code is named right before a number.
fn is_named(tokens: &[Token], first: usize) -> bool {
    let words = words_before(tokens, first);
    let said = words.join(" ");
    words.iter().rev().take(NEXT_WORDS).any(|word| is_code(word))
        || PHRASES.iter().any(|phrase| said.contains(phrase))
}

/// Whether a card's last month is named right before a number.
fn is_month(tokens: &[Token], first: usize) -> bool {
    let words = words_before(tokens, first);
    words.iter().rev().take(NEXT_WORDS).any(|word| MONTHS.contains(word))
}

/// The last words before a number, in order, up to another number.
fn words_before(tokens: &[Token], first: usize) -> Vec<&str> {
    let before = tokens.get(first.saturating_sub(16)..first).unwrap_or_default();
    let mut words: Vec<&str> = Vec::new();
    for token in before.iter().rev() {
        match &token.kind {
            Kind::Word(word) => words.push(word),
            Kind::Digit(_) => break,
            Kind::Break if !words.is_empty() => break,
            Kind::Space | Kind::Mark(_) | Kind::Hidden | Kind::Break => {}
        }
        if words.len() >= WORDS {
            break;
        }
    }
    words.reverse();
    words
}
