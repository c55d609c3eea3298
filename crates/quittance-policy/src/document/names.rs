//! The names of places in a file, to which links lead.

use crate::text::fold;

/// The values of `id` and `name` in HTML.
pub(super) fn names_in(html: &str) -> Vec<String> {
    let mut names = Vec::new();
    for mark in [" id=", " name="] {
        for (at, _) in html.match_indices(mark) {
            let value = html.get(at.saturating_add(mark.len())..).unwrap_or_default();
            let quote = value.chars().next().filter(|char| matches!(char, '"' | '\''));
            let end = |char: char| match quote {
                Some(quote) => char == quote,
                None => char.is_whitespace() || char == '>',
            };
            let value = quote.map_or(value, |quote| value.trim_start_matches(quote));
            names.extend(value.split(end).next().map(ToOwned::to_owned));
        }
    }
    names
}

/// The part of a link that leads to a heading: its letters and digits, and hyphens between words.
pub(crate) fn slug(heading: &str) -> String {
    let letters = |char: char| if char.is_alphanumeric() { char } else { ' ' };
    let spaced: String =
        fold(&heading.replace(['\'', '\u{2019}'], "")).chars().map(letters).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.is_empty() { "clause".to_owned() } else { words.join("-") }
}

/// The same as pages of GitHub and others have it: spaces become hyphens one by one, and letters, digits,
/// hyphens and underscores stay.
pub(crate) fn web_slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|char| match char {
        ' ' => Some('-'),
        '-' | '_' => Some(char),
        char => char.is_alphanumeric().then_some(char),
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_letters_digits_and_hyphens() {
        assert_eq!(slug("Changed my mind!"), "changed-my-mind");
        assert_eq!(slug("Café — 2 Fälle"), "café-2-fälle");
        assert_eq!(slug("customer’s"), "customers");
        assert_eq!(slug("***"), "clause");
    }

    #[test]
    fn other_programs_keep_each_space_and_underscores() {
        assert_eq!(web_slug("Refunds & returns"), "refunds--returns");
        assert_eq!(web_slug("A_b, Über"), "a_b-über");
    }

    #[test]
    fn html_gives_names() {
        let html = "<a id=\"x\" name='y z'></a><p id=w>";
        assert_eq!(names_in(html), ["x", "w", "y z"]);
    }
}
