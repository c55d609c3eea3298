//! Takes out of a sentence what says who somebody is.

/// What stands in the place of what was taken out.
const GONE: &str = "[…]";

/// From how many digits on a number may name somebody: a card, an account, a telephone.
const LONG_NUMBER: usize = 6;

/// The longest sentence that is kept, in characters.
const LONGEST: usize = 240;

/// A sentence that may be shown to people who need not know who wrote it: on one line, without addresses,
/// links, handles and long numbers, and without `names`, which are those of the people in the conversation.
/// It is cut after 240 characters.
///
/// What a person tells about themselves in other words stays: this is for colleagues, not for the public.
pub fn redact(text: &str, names: &[&str]) -> String {
    let names: Vec<String> = names
        .iter()
        .flat_map(|name| name.split_whitespace())
        .map(str::to_lowercase)
        .filter(|name| name.chars().count() > 1)
        .collect();
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let is_gone = is_address(word) || is_name(word, &names);
        let kept = if is_gone { GONE } else { word };
        if kept != GONE || words.last() != Some(&GONE) {
            words.push(kept);
        }
    }
    cut(&without_numbers(&words.join(" ")))
}

/// An address, a link or a handle: whatever has the signs of one.
fn is_address(word: &str) -> bool {
    let lower = word.to_lowercase();
    let is_domain = lower.split(['/', ',', ';', '!', '?']).any(|part| {
        let part = part.trim_matches(|char: char| !char.is_alphanumeric());
        let labels: Vec<&str> = part.split('.').collect();
        let is_top = |label: &&str| label.chars().all(char::is_alphabetic);
        labels.len() > 1 && labels.iter().all(is_label) && labels.last().is_some_and(is_top)
    });
    lower.contains('@') || lower.contains("://") || is_domain
}

/// What may stand between two dots of a host's name.
fn is_label(text: &&str) -> bool {
    text.len() > 1 && text.chars().all(|char| char.is_alphanumeric() || char == '-')
}

fn is_name(word: &str, names: &[String]) -> bool {
    let lower = word.to_lowercase();
    let bare = lower.trim_matches(|char: char| !char.is_alphanumeric());
    let bare = bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s")).unwrap_or(bare);
    names.iter().any(|name| name == bare)
}

/// Takes out numbers with many digits, also those that are written in groups. Amounts and dates have fewer.
fn without_numbers(text: &str) -> String {
    let mut kept = String::new();
    let mut number = String::new();
    for char in text.chars() {
        let is_part = char.is_ascii_digit()
            || (!number.is_empty() && matches!(char, ' ' | '-' | '.' | '/' | '(' | ')' | '+'));
        if is_part {
            number.push(char);
        } else {
            end_number(&mut kept, &mut number);
            kept.push(char);
        }
    }
    end_number(&mut kept, &mut number);
    kept
}

fn end_number(kept: &mut String, number: &mut String) {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let is_date = is_date(number.trim_matches(|char: char| !char.is_ascii_digit()));
    if digits >= LONG_NUMBER && !is_date {
        let end = number.trim_end_matches(|char: char| !char.is_ascii_digit()).len();
        kept.push_str(GONE);
        kept.push_str(number.get(end..).unwrap_or_default());
    } else {
        kept.push_str(number);
    }
    number.clear();
}

/// Such as `2026-03-14` or `14.03.2026`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.trim().len()).collect();
    matches!(lengths.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4])
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
    fn a_long_text_is_cut() {
        let redacted = redact(&"word ".repeat(100), &[]);
        assert!(redacted.ends_with('…') && redacted.chars().count() <= LONGEST + 1);
    }
}
