//! Takes out of a sentence what says who somebody is.

use std::collections::HashSet;

/// What stands in the place of what was taken out.
const GONE: &str = "[…]";

/// From how many digits on a number may name somebody: a card, an account, a telephone.
const LONG_NUMBER: usize = 6;

/// How many groups of three digits an amount has at most: millions. A card's number has more.
const MOST_GROUPS: usize = 3;

/// The longest sentence that is kept, in characters.
const LONGEST: usize = 240;

/// A sentence that may be shown to people who need not know who wrote it: on one line, without addresses,
/// links, handles and long numbers, and without `names`, which are those of the people in the conversation.
/// It is cut after 240 characters.
///
/// What a person tells about themselves in other words stays: this is for colleagues, not for the public.
pub fn redact(text: &str, names: &[&str]) -> String {
    let names = parts_of(names);
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let plain = plain(word);
        let is_gone = is_address(&plain) || is_name(&plain, &names);
        let kept = if is_gone { GONE } else { word };
        if kept != GONE || words.last() != Some(&GONE) {
            words.push(kept);
        }
    }
    cut(&without_numbers(&words.join(" ")))
}

/// A word in small letters, without those that are as wide as a Japanese one.
fn plain(word: &str) -> String {
    word.chars().map(narrow).collect::<String>().to_lowercase()
}

/// Such as `4` for `４`: keyboards for Japanese write every sign of ASCII in two widths.
fn narrow(wide: char) -> char {
    match wide {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(wide).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(wide)
        }
        _ => wide,
    }
}

/// An address, a link or a handle: whatever has the signs of one.
fn is_address(word: &str) -> bool {
    let is_outside = |char: char| !char.is_alphanumeric() && !matches!(char, '-' | '.' | '_');
    word.contains('@') || word.contains("://") || word.split(is_outside).any(is_domain)
}

/// Such as `example.com` or `t.me`.
fn is_domain(text: &str) -> bool {
    let bare = text.trim_matches(is_mark);
    let is_top = |(_, top): (&str, &str)| top.len() > 1 && top.chars().all(char::is_alphabetic);
    bare.rsplit_once('.').is_some_and(is_top) && bare.split('.').all(is_label)
}

/// What may stand between two dots of a host's name. A digit alone counts the points of a list.
fn is_label(text: &str) -> bool {
    !text.is_empty() && (text.len() > 1 || text.chars().all(char::is_alphabetic))
}

fn is_mark(char: char) -> bool {
    !char.is_alphanumeric()
}

/// What people are called, word by word and without the marks, such as `smith` and `john` for `Smith, John`.
fn parts_of(names: &[&str]) -> HashSet<String> {
    let words = names.iter().flat_map(|name| name.split_whitespace()).map(plain);
    let mut parts = HashSet::new();
    for word in words {
        // What stands around a mark is a name of its own; a number there is an amount elsewhere.
        let within = word.split(is_mark).filter(|part| part.contains(char::is_alphabetic));
        parts.extend(within.map(str::to_owned));
        parts.insert(word.trim_matches(is_mark).to_owned());
    }
    parts.retain(|part| part.chars().count() > 1);
    parts
}

fn is_name(word: &str, names: &HashSet<String>) -> bool {
    names.contains(word.trim_matches(is_mark))
        || word.split(is_mark).any(|part| names.contains(part))
}

/// Takes out numbers with many digits, also those that are written in groups. Amounts and dates stay.
fn without_numbers(text: &str) -> String {
    let (mut kept, mut number, mut gap) = (String::new(), String::new(), String::new());
    for char in text.chars() {
        if char.is_numeric() {
            if joins(&gap) {
                number.push_str(&gap);
            } else {
                end_number(&mut kept, &mut number);
                kept.push_str(&gap);
            }
            gap.clear();
            number.push(char);
        } else if !number.is_empty() && (is_mark(char) || is_dash(char)) {
            gap.push(char);
        } else {
            end_number(&mut kept, &mut number);
            kept.push_str(&gap);
            gap.clear();
            kept.push(char);
        }
    }
    end_number(&mut kept, &mut number);
    kept.push_str(&gap);
    kept
}

/// Whether digits on both sides are one number's: between them stand the signs that group numbers, or one
/// mark, such as `_`. Sentences go on with two, such as `, `.
fn joins(gap: &str) -> bool {
    let mut marks = gap.chars();
    let first = marks.next();
    gap.chars().all(groups) || marks.all(|mark| Some(mark) == first)
}

/// Whether a sign groups the digits of cards and telephones, or is not seen.
fn groups(char: char) -> bool {
    let is_unseen = matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    is_dash(char) || is_unseen || matches!(narrow(char), ' ' | '.' | '/' | '(' | ')' | '+')
}

/// All that looks like `-`; the last one lengthens a vowel in Japanese.
fn is_dash(char: char) -> bool {
    let is_wide = matches!(char, '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{30fc}' | '\u{ff70}');
    is_wide || matches!(char, '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}')
}

fn end_number(kept: &mut String, number: &mut String) {
    let digits = number.chars().filter(|char| char.is_numeric()).count();
    if digits >= LONG_NUMBER && !names_nobody(number) {
        kept.push_str(GONE);
    } else {
        kept.push_str(number);
    }
    number.clear();
}

/// Whether many digits are only amounts, dates and times.
fn names_nobody(number: &str) -> bool {
    let shape = |char: char| match narrow(char) {
        digit if digit.is_numeric() => '0',
        dash if is_dash(dash) => '-',
        other => other,
    };
    let shape: String = number.chars().map(shape).collect();
    let is_one = |text: &str| is_date(text) || is_time(text) || is_amount(text);
    is_one(&shape) || shape.split(' ').all(is_one)
}

/// Such as `2026-03-14` or `14.03.2026`; every digit is written `0`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '.', '/']).map(str::trim).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_like = matches!(lengths.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4]);
    is_like && parts.iter().all(|part| is_digits(part))
}

/// Such as `10:30:00`.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    matches!(parts.len(), 2..=3) && parts.iter().all(|part| part.len() <= 2 && is_digits(part))
}

/// Such as `1,000.00`, `1 000,00`, `12345.67` or `100,000`.
fn is_amount(text: &str) -> bool {
    let point = |at: usize| text.get(at..).and_then(|rest| rest.chars().next());
    let cents = text.rfind(['.', ',']).filter(|at| text.len().saturating_sub(*at) == 3);
    let (whole, point) =
        cents.map_or((text, None), |at| (text.get(..at).unwrap_or(text), point(at)));
    if is_digits(whole) {
        return point.is_some() && whole.len() < LONG_NUMBER;
    }
    let Some(mark) = whole.chars().find(|char| !char.is_ascii_digit()) else { return false };
    // Without cents it may be a telephone that is written in threes, except by these marks.
    let is_thousands = match mark {
        ',' | '\'' | '’' => point != Some(mark),
        '.' | ' ' => point.is_some_and(|point| point != mark),
        _ => false,
    };
    let groups: Vec<&str> = whole.split(mark).collect();
    let is_first = |first: &&str| matches!(first.len(), 1..=3);
    is_thousands
        && groups.len() <= MOST_GROUPS
        && groups.iter().all(|group| is_digits(group))
        && groups.first().is_some_and(is_first)
        && groups.iter().skip(1).all(|group| group.len() == 3)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|char| char.is_ascii_digit())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_links_numbers_and_names_are_taken_out() {
        for (text, names, redacted) in [
            ("I'm Zoë Ünal, write to zoe@example.com", &["Zoë Ünal"][..], "I'm […] write to […]"),
            ("see https://example.com/x?id=1 or www.example.com.", &[], "see […] or […]"),
            ("card 4242 4242 4242 4242, please", &[], "card […], please"),
            ("call +49 (30) 1234-567 now", &[], "call +[…] now"),
            (
                "Order 10023417 was 49.00 USD on 2026-03-14",
                &[],
                "Order […] was 49.00 USD on 2026-03-14",
            ),
            ("paid on 14.03.2026.", &[], "paid on 14.03.2026."),
            ("Maya's card", &["Maya"], "[…] card"),
            ("line\none\n\n two", &[], "line one two"),
            ("I want my money back...now", &[], "I want my money back...now"),
        ] {
            assert_eq!(redact(text, names), redacted);
        }
    }

    #[test]
    fn numbers_are_taken_out_however_they_are_grouped() {
        for mark in [
            "", " ", "-", "–", "—", "\u{2011}", "_", "__", ",", ".", "·", "*", ":", " – ", " - ",
            "\u{a0}", "\u{200b}", "ー", "－",
        ] {
            let card = ["4242"; 4].join(mark);
            assert_eq!(redact(&format!("card {card}."), &[]), "card […].", "{card}");
        }
        for number in ["４２４２４２４２", "４２４２－４２４２", "٤٢٤٢٤٢٤٢", "378,282,246,310,005"]
        {
            assert_eq!(redact(number, &[]), GONE, "{number}");
        }
    }

    #[test]
    fn amounts_dates_and_times_stay() {
        for text in [
            "49,00 EUR",
            "1,000.00 or 1.000,00 or 1 000,00 or 1'000.00",
            "12,345,678.90 and 1234.56 and 100,000円",
            "paid 49.00, 2026-03-14, and 99,00 14.03.2026",
            "2026‑03‑14 10:30:00",
            "in 2024, 2025 and 2026",
            "１４．０３．２０２６",
            "49.00 49.00",
        ] {
            assert_eq!(redact(text, &[]), text);
        }
    }

    #[test]
    fn short_hosts_and_ports_are_taken_out_and_abbreviations_stay() {
        for address in [
            "t.me/zoe",
            "x.com/zoe",
            "example.com:8080",
            "(example.com)",
            "a_b.example.com",
            "zoe＠example.com",
            "ｅｘａｍｐｌｅ．ｃｏｍ",
        ] {
            assert_eq!(redact(&format!("at {address} now"), &[]), "at […] now", "{address}");
        }
        for text in ["e.g. this, i.e. that", "z.B. um 5 p.m.", "1.Then 2.More", "wait..."] {
            assert_eq!(redact(text, &[]), text);
        }
    }

    #[test]
    fn names_are_found_beside_marks() {
        for (text, names, redacted) in [
            ("Zoë,thanks", &["Zoë Ünal"][..], "[…]"),
            ("John of Smith/Co", &["Smith, John"], "[…] of […]"),
            ("I am O’Neil, Jean-Pierre", &["Jean-Pierre O'Neil"], "I am […]"),
            ("49.00 for zoe", &["zoe.49"], "49.00 for […]"),
        ] {
            assert_eq!(redact(text, names), redacted);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let redacted = redact(&"word ".repeat(100), &[]);
        assert!(redacted.ends_with('…') && redacted.chars().count() <= LONGEST + 1);
    }
}
