//! How the words of a language are brought into the form in which they are compared.

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, Stemmer, StopWordFilter, TextAnalyzer,
};

use crate::words::Words;

/// The part of a language tag that names the language: `pt` of `pt-BR`.
pub(crate) fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Lower case, without words that say nothing, reduced to stems, without accents.
pub(crate) fn analyzer(primary: &str) -> TextAnalyzer {
    let plain = TextAnalyzer::builder(Words).filter(LowerCaser);
    let Some(language) = known(primary) else {
        return plain.filter(AsciiFoldingFilter).build();
    };
    let stemmer = Stemmer::new(language);
    match StopWordFilter::new(language) {
        Some(stop) => plain.filter(stop).filter(stemmer).filter(AsciiFoldingFilter).build(),
        None => plain.filter(stemmer).filter(AsciiFoldingFilter).build(),
    }
}

/// Words as they were written, in lower case.
pub(crate) fn plain() -> TextAnalyzer {
    TextAnalyzer::builder(Words).filter(LowerCaser).build()
}

/// Words as they were written, in lower case and without accents.
pub(crate) fn without_accents() -> TextAnalyzer {
    TextAnalyzer::builder(Words).filter(LowerCaser).filter(AsciiFoldingFilter).build()
}

/// What may stand between the parts of a compound; none if the language writes its compounds apart.
pub(crate) fn links(primary: &str) -> &'static [&'static str] {
    match primary {
        "de" => &["", "s", "es", "n", "en", "er", "e"],
        "nl" => &["", "s", "e", "en", "er"],
        "da" | "no" | "nb" | "nn" | "sv" => &["", "s", "e", "o"],
        "fi" => &["", "n"],
        _ => &[],
    }
}

/// How letters with accents are written by who has no key for them.
pub(crate) fn spelled_out(primary: &str) -> &'static [(&'static str, &'static str)] {
    match primary {
        "de" => &[("ae", "a"), ("oe", "o"), ("ue", "u")],
        "da" | "no" | "nb" | "nn" | "sv" => &[("aa", "a"), ("ae", "a"), ("oe", "o")],
        _ => &[],
    }
}

/// The language whose stems are known by this tag.
fn known(primary: &str) -> Option<Language> {
    Some(match primary {
        "ar" => Language::Arabic,
        "da" => Language::Danish,
        "nl" => Language::Dutch,
        "en" => Language::English,
        "fi" => Language::Finnish,
        "fr" => Language::French,
        "de" => Language::German,
        "el" => Language::Greek,
        "hu" => Language::Hungarian,
        "it" => Language::Italian,
        "no" | "nb" | "nn" => Language::Norwegian,
        "pt" => Language::Portuguese,
        "ro" => Language::Romanian,
        "ru" => Language::Russian,
        "es" => Language::Spanish,
        "sv" => Language::Swedish,
        "ta" => Language::Tamil,
        "tr" => Language::Turkish,
        _ => return None,
    })
}

/// The terms of a text, in their order.
///
/// Every word is taken for itself: the same word gives the same term in any text.
pub(crate) fn terms(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    analyzer.token_stream(text).process(&mut |token| terms.push(token.text.clone()));
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_meet_in_their_language() {
        for (language, one, other) in [
            ("en", "refunded twice", "Refund, twice!"),
            ("fr", "remboursés", "remboursement prélevé"),
            ("de", "Rückerstattungen", "ruckerstattung"),
            ("es", "reembolsos", "reembolso"),
            ("pt", "reembolsado", "reembolsada"),
        ] {
            let mut analyzer = analyzer(&primary(language));
            let (one, other) = (terms(&mut analyzer, one), terms(&mut analyzer, other));
            assert!(one.iter().any(|term| other.contains(term)), "{language}: {one:?} {other:?}");
        }
    }

    #[test]
    fn words_that_say_nothing_are_left_out() {
        assert_eq!(terms(&mut analyzer("en"), "what is the refund"), ["what", "refund"]);
    }

    #[test]
    fn a_tag_is_reduced_to_its_language() {
        assert_eq!(
            [primary("pt-BR"), primary("zh_CN"), primary("EN"), primary("")],
            ["pt", "zh", "en", ""]
        );
    }
}
