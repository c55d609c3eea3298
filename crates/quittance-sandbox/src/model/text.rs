//! Text made comparable: small letters, no accents, single spaces.

/// Small letters and digits without accents, words separated and surrounded by single spaces.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push(' ');
    for sign in text.chars().flat_map(char::to_lowercase) {
        match sign {
            'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => out.push('a'),
            'ç' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' => out.push('i'),
            'ñ' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'ö' | 'õ' => out.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => out.push('u'),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' => out.push_str("ss"),
            sign if sign.is_alphanumeric() => out.push(sign),
            // A combining mark belongs to the letter before it.
            '\u{300}'..='\u{36f}' => {}
            _ => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

/// Whether one of the phrases begins at the beginning of a word of a folded text. The phrases are
/// parted by `|`; one that ends with `$` must end with the word.
pub(super) fn has(folded: &str, phrases: &str) -> bool {
    phrases.split('|').any(|phrase| match phrase.strip_suffix('$') {
        Some(whole) => starts_of_words(folded)
            .filter_map(|rest| rest.strip_prefix(whole))
            .any(|behind| behind.starts_with(' ')),
        None => starts_of_words(folded).any(|rest| rest.starts_with(phrase)),
    })
}

/// How many of the words are one of these.
pub(super) fn count(folded: &str, words: &[&str]) -> usize {
    folded.split(' ').filter(|word| words.contains(word)).count()
}

fn starts_of_words(folded: &str) -> impl Iterator<Item = &str> {
    folded.match_indices(' ').filter_map(|(at, _)| folded.get(at.saturating_add(1)..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_signs_do_not_matter() {
        assert_eq!(fold("S'il vous plaît, J'AI été…"), " s il vous plait j ai ete ");
        assert_eq!(fold("Zurück, Straße!"), " zuruck strasse ");
        assert_eq!(fold("caf\u{65}\u{301}"), " cafe ");
        assert_eq!(fold(""), " ");
    }

    #[test]
    fn phrases_begin_where_words_begin() {
        let text = fold("I was charged twice");
        assert!(has(&text, "charg"));
        assert!(has(&text, "billed|charged twice$"));
        assert!(!has(&text, "arged|wice"));
        assert!(!has(&text, "charge$"));
    }
}
