//! The language a customer writes in.

use std::collections::BTreeMap;

use quittance_core::personal::Personal;
use quittance_core::reply::Templates;
use whatlang::{Detector, Lang};

/// The languages that can be told apart, with the codes the reply files use.
const LANGUAGES: [(Lang, &str); 8] = [
    (Lang::Eng, "en"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Spa, "es"),
    (Lang::Por, "pt"),
    (Lang::Ita, "it"),
    (Lang::Nld, "nl"),
    (Lang::Jpn, "ja"),
];

/// The shortest text whose language is worth a guess, in characters.
const SHORTEST: usize = 12;

/// How sure a guess must be to overrule what is known otherwise.
const SURE: f64 = 0.5;

/// The language to answer in: what the customer writes, else what was spoken before, else what
/// Intercom knows, else the default. Only languages that have replies count.
pub(crate) fn choose<'a>(
    said: &[Personal],
    before: Option<&'a str>,
    contact: Option<&'a str>,
    templates: &'a BTreeMap<String, Templates>,
    default: &'a str,
) -> &'a str {
    let has_replies = |code: &str| templates.get_key_value(code).map(|(code, _)| code.as_str());
    let contact = contact.and_then(|code| code.split(['-', '_']).next());
    detect(said, templates)
        .or_else(|| before.and_then(has_replies))
        .or_else(|| contact.and_then(has_replies))
        .unwrap_or(default)
}

fn detect<'a>(said: &[Personal], templates: &'a BTreeMap<String, Templates>) -> Option<&'a str> {
    let text = said.iter().map(Personal::reveal).collect::<Vec<_>>().join("\n");
    if text.chars().count() < SHORTEST {
        return None;
    }
    let known = LANGUAGES.iter().filter(|(_, code)| templates.contains_key(*code));
    let detector = Detector::with_allowlist(known.map(|(language, _)| *language).collect());
    let guess = detector.detect(&text).filter(|guess| guess.confidence() >= SURE)?;
    let (_, code) = LANGUAGES.iter().find(|(language, _)| *language == guess.lang())?;
    templates.get_key_value(*code).map(|(code, _)| code.as_str())
}

#[cfg(test)]
mod tests;
