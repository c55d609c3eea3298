//! What languages are called by those who do not know their codes.

use crate::text::{fold, misspelt};

/// The code of a language, and what it is called in its own language and others.
const NAMES: [(&str, &[&str]); 8] = [
    ("en", &["english", "englisch", "anglais", "inglés", "ingles"]),
    ("de", &["german", "deutsch", "allemand", "alemán", "aleman"]),
    ("fr", &["french", "français", "francais", "französisch", "francés", "frances"]),
    ("es", &["spanish", "español", "espanol", "castellano", "spanisch", "espagnol"]),
    ("it", &["italian", "italiano", "italienisch", "italien"]),
    ("pt", &["portuguese", "português", "portugues", "portugiesisch", "portugais"]),
    ("nl", &["dutch", "nederlands", "niederländisch", "néerlandais"]),
    ("ja", &["japanese", "日本語", "japanisch", "japonais", "japonés"]),
];

/// The code of the language that a text names. None where it names none, or several.
pub(super) fn code(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    let is_called = |names: &[&str]| {
        let mut words = folded.split(' ');
        words.any(|word| names.contains(&word))
            || misspelt(&folded, names.iter().copied()).is_some()
    };
    let mut found = NAMES.iter().filter(|(_, names)| is_called(names)).map(|(code, _)| *code);
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_names() {
        for (text, expected) in [
            ("German", Some("de")),
            ("Deutsch", Some("de")),
            ("french", Some("fr")),
            ("english", Some("en")),
            ("US English", Some("en")),
            ("Spansh", Some("es")),
            ("日本語", Some("ja")),
            ("Klingon", None),
            ("German or English", None),
            ("", None),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }
}
