//! How the company sounds: what a model is told about its words, and the words that it must not use.
//!
//! It is about words only. The rules of money, the templates and the filter hold whatever it says.

use crate::filter::fold;

/// How the company sounds. Without one, a model writes as it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    text: String,
    never: Vec<Phrase>,
}

/// Words that are never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phrase {
    written: String,
    folded: String,
}

impl Voice {
    /// A voice: the text that the model reads, and what it must never say.
    pub fn new(text: String, never: &[String]) -> Self {
        let phrases = never
            .iter()
            .map(|written| Phrase { written: written.clone(), folded: squeeze(written) });
        Self { text, never: phrases.filter(|phrase| !phrase.folded.is_empty()).collect() }
    }

    /// What the model reads; empty without a voice.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first of the phrases that are never said which stands in a text, as whole words, in any case.
    pub fn never_says(&self, text: &str) -> Option<&str> {
        if self.never.is_empty() {
            return None;
        }
        let folded = squeeze(text);
        let found = self.never.iter().find(|phrase| holds(&folded, &phrase.folded));
        found.map(|phrase| phrase.written.as_str())
    }
}

/// Folded, with one space for white space of any kind.
fn squeeze(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a phrase stands in a text without a letter or digit beside it. Scripts that part no words by spaces
/// need none.
fn holds(text: &str, phrase: &str) -> bool {
    let is_letter = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_alphanumeric() && !is_unparted(letter))
    };
    let (opens, closes) = (is_letter(phrase.chars().next()), is_letter(phrase.chars().next_back()));
    text.match_indices(phrase).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after =
            text.get(at.saturating_add(found.len())..).and_then(|after| after.chars().next());
        !(opens && is_letter(before) || closes && is_letter(after))
    })
}

/// Whether a letter belongs to a script without spaces between words: kana, Han, Thai.
fn is_unparted(letter: char) -> bool {
    matches!(letter, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(never: &[&str]) -> Voice {
        let never: Vec<String> = never.iter().map(|phrase| (*phrase).to_owned()).collect();
        Voice::new(String::new(), &never)
    }

    #[test]
    fn a_phrase_is_found_as_whole_words_in_any_writing() {
        let voice = voice(&["no problem", "unfortunately", "don't", "ご迷惑"]);
        for (text, found) in [
            ("No  Problem!", Some("no problem")),
            ("no\nproblem", Some("no problem")),
            ("ＮＯ ｐｒｏｂｌｅｍ", Some("no problem")),
            ("Unfortunately, not.", Some("unfortunately")),
            ("We don’t know.", Some("don't")),
            ("ご迷惑をおかけしました", Some("ご迷惑")),
            ("no problems", None),
            ("piano problem", None),
            ("Which one do you mean?", None),
        ] {
            assert_eq!(voice.never_says(text), found, "{text}");
        }
    }

    #[test]
    fn nothing_is_forbidden_without_a_voice() {
        assert_eq!(Voice::default().never_says("Unfortunately"), None);
        assert_eq!(voice(&[" "]).never_says("a b"), None);
    }
}
