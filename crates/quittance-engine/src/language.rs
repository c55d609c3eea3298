//! The language a customer writes in.

use std::collections::BTreeMap;

use quittance_core::personal::Personal;
use quittance_core::reply::Templates;
use quittance_core::wish;
use whatlang::{Detector, Lang, Script};

mod words;

/// The languages that can be told apart, with the codes the reply files use.
const LANGUAGES: [(Lang, &str); 70] = [
    (Lang::Epo, "eo"),
    (Lang::Eng, "en"),
    (Lang::Rus, "ru"),
    (Lang::Cmn, "zh"),
    (Lang::Spa, "es"),
    (Lang::Por, "pt"),
    (Lang::Ita, "it"),
    (Lang::Ben, "bn"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Ukr, "uk"),
    (Lang::Kat, "ka"),
    (Lang::Ara, "ar"),
    (Lang::Hin, "hi"),
    (Lang::Jpn, "ja"),
    (Lang::Heb, "he"),
    (Lang::Yid, "yi"),
    (Lang::Pol, "pl"),
    (Lang::Amh, "am"),
    (Lang::Jav, "jv"),
    (Lang::Kor, "ko"),
    (Lang::Nob, "nb"),
    (Lang::Dan, "da"),
    (Lang::Swe, "sv"),
    (Lang::Fin, "fi"),
    (Lang::Tur, "tr"),
    (Lang::Nld, "nl"),
    (Lang::Hun, "hu"),
    (Lang::Ces, "cs"),
    (Lang::Ell, "el"),
    (Lang::Bul, "bg"),
    (Lang::Bel, "be"),
    (Lang::Mar, "mr"),
    (Lang::Kan, "kn"),
    (Lang::Ron, "ro"),
    (Lang::Slv, "sl"),
    (Lang::Hrv, "hr"),
    (Lang::Srp, "sr"),
    (Lang::Mkd, "mk"),
    (Lang::Lit, "lt"),
    (Lang::Lav, "lv"),
    (Lang::Est, "et"),
    (Lang::Tam, "ta"),
    (Lang::Vie, "vi"),
    (Lang::Urd, "ur"),
    (Lang::Tha, "th"),
    (Lang::Guj, "gu"),
    (Lang::Uzb, "uz"),
    (Lang::Pan, "pa"),
    (Lang::Aze, "az"),
    (Lang::Ind, "id"),
    (Lang::Tel, "te"),
    (Lang::Pes, "fa"),
    (Lang::Mal, "ml"),
    (Lang::Ori, "or"),
    (Lang::Mya, "my"),
    (Lang::Nep, "ne"),
    (Lang::Sin, "si"),
    (Lang::Khm, "km"),
    (Lang::Tuk, "tk"),
    (Lang::Aka, "ak"),
    (Lang::Zul, "zu"),
    (Lang::Sna, "sn"),
    (Lang::Afr, "af"),
    (Lang::Lat, "la"),
    (Lang::Slk, "sk"),
    (Lang::Cat, "ca"),
    (Lang::Tgl, "tl"),
    (Lang::Hye, "hy"),
    (Lang::Cym, "cy"),
];

/// The shortest text whose letters are worth a guess, in characters.
const SHORTEST: usize = 12;

/// The same where the script alone says which language it is.
const SHORTEST_IN_ITS_SCRIPT: usize = 2;

/// How sure a guess by letters must be.
const SURE: f64 = 0.5;

/// How many more words of one language than of any other are a clear sign of it.
const CLEAR_LEAD: usize = 2;

/// How many words a sentence has at least.
const SENTENCE: usize = 4;

/// How many letters a sentence has at least where words are not parted.
const SENTENCE_IN_LETTERS: usize = 6;

/// How many words a short message has at most: letters say little about it, and small words much.
const SHORT: usize = 5;

/// Whether this is the code of a language that customers can be known by.
pub(crate) fn is_known(code: &str) -> bool {
    LANGUAGES.iter().any(|(_, known)| *known == code)
}

/// What a text says about its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    /// A word that is said everywhere.
    Faint,
    /// A word or two.
    Slight,
    /// A sentence.
    Clear,
}

/// The language to answer in.
///
/// A clear sentence decides, the newest first. A word or two does not change what was spoken before; at the
/// beginning it says more than what Intercom knows, unless it is a word that people say everywhere. Only languages
/// that have replies count.
pub(crate) fn choose<'a>(
    said: &[Personal],
    before: Option<&'a str>,
    contact: Option<&'a str>,
    templates: &'a BTreeMap<String, Templates>,
    default: &'a str,
) -> &'a str {
    let has_replies = |code: &str| templates.get_key_value(code).map(|(code, _)| code.as_str());
    let contact = contact.and_then(|code| code.split(['-', '_']).next()).and_then(has_replies);
    let whole = said.iter().map(Personal::reveal).collect::<Vec<_>>().join("\n");
    let newest_first = said.iter().rev().map(Personal::reveal);
    let signs: Vec<(&str, Sign)> =
        newest_first.chain([whole.as_str()]).filter_map(|text| read(text, templates)).collect();
    let at_least = |sign| signs.iter().find(|(_, it)| *it >= sign).map(|(code, _)| *code);
    at_least(Sign::Clear)
        .or_else(|| before.and_then(has_replies))
        .or_else(|| at_least(Sign::Slight))
        .or(contact)
        .or_else(|| at_least(Sign::Faint))
        .unwrap_or(default)
}

/// The language of a text, and how clearly it says so.
fn read<'a>(text: &str, templates: &'a BTreeMap<String, Templates>) -> Option<(&'a str, Sign)> {
    let text = without_names(text);
    let (code, sign) = by_script(&text).or_else(|| by_words(&text, templates))?;
    templates.get_key_value(code).map(|(code, _)| (code.as_str(), sign))
}

/// A text without addresses, numbers and the like, which are of no language.
fn without_names(text: &str) -> String {
    let is_word = |word: &&str| !word.contains(['@', '/']) && !word.contains(char::is_numeric);
    text.split_whitespace().filter(is_word).collect::<Vec<_>>().join(" ")
}

/// Japanese and Arabic, which their letters tell.
fn by_script(text: &str) -> Option<(&'static str, Sign)> {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    if is_japanese(text) {
        let is_sentence = letters >= SENTENCE_IN_LETTERS;
        return Some(("ja", if is_sentence { Sign::Clear } else { Sign::Slight }));
    }
    if is_arabic(text) {
        let is_sentence = text.split_whitespace().count() >= SENTENCE;
        return Some(("ar", if is_sentence { Sign::Clear } else { Sign::Slight }));
    }
    None
}

/// By small words, and by the statistics of letters.
fn by_words(text: &str, templates: &BTreeMap<String, Templates>) -> Option<(&'static str, Sign)> {
    let folded = wish::fold(text);
    let has_replies = |code: &str| templates.contains_key(code);
    let guess = guess(text, has_replies);
    let count = words::words(&folded).count();
    let is_short = count <= SHORT;
    let looks_like = guess.filter(|_| !is_short).map(|(code, _)| code);
    let sure = guess.filter(|(_, is_sure)| *is_sure).map(|(code, _)| code);
    let (code, lead) = match words::most(&folded, looks_like, has_replies) {
        Some(most)
            if most.lead >= CLEAR_LEAD
                || most.lead > 0 && (is_short || looks_like == Some(most.code)) =>
        {
            (most.code, most.lead)
        }
        Some(_) | None => (sure?, 0),
    };
    let is_worded = lead >= CLEAR_LEAD || words::is_wordless(code);
    let sign = if count >= SENTENCE && is_worded {
        Sign::Clear
    } else if words::is_from_anywhere(&folded) {
        Sign::Faint
    } else {
        Sign::Slight
    };
    Some((code, sign))
}

/// What the statistics of letters say, and whether they are sure.
fn guess(text: &str, has_replies: impl Fn(&str) -> bool) -> Option<(&'static str, bool)> {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let shortest = if has_own_script(text) { SHORTEST_IN_ITS_SCRIPT } else { SHORTEST };
    if letters < SHORTEST_IN_ITS_SCRIPT || text.chars().count() < shortest {
        return None;
    }
    let known =
        LANGUAGES.iter().filter(|(language, code)| *language != Lang::Ara && has_replies(code));
    let detector = Detector::with_allowlist(known.map(|(language, _)| *language).collect());
    let guess = detector.detect(text)?;
    let (_, code) = LANGUAGES.iter().find(|(language, _)| *language == guess.lang())?;
    Some((code, guess.confidence() >= SURE))
}

/// Whether most letters are Japanese: kana, or Chinese characters with kana between them, or with words that only
/// Japanese has.
fn is_japanese(text: &str) -> bool {
    let kana = text.chars().filter(|letter| matches!(letter, '\u{3041}'..='\u{30FF}')).count();
    let han = text.chars().filter(|letter| matches!(letter, '\u{3400}'..='\u{9FFF}')).count();
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let is_worded = words::JAPANESE.iter().any(|word| text.contains(word));
    (kana >= SHORTEST_IN_ITS_SCRIPT || is_worded)
        && kana.saturating_add(han).saturating_mul(2) > letters
}

/// Whether most letters are Arabic, and none is of Persian or Urdu only.
fn is_arabic(text: &str) -> bool {
    let is_of_others = |letter| "پچژگکیٹڈڑںےہ".contains(letter);
    let arabic = text.chars().filter(|letter| matches!(letter, '\u{620}'..='\u{64A}')).count();
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    arabic >= SHORTEST_IN_ITS_SCRIPT
        && arabic.saturating_mul(2) > letters
        && !text.contains(is_of_others)
}

/// Whether only one language is written in the script of most letters.
fn has_own_script(text: &str) -> bool {
    matches!(
        whatlang::detect_script(text),
        Some(
            Script::Hangul
                | Script::Greek
                | Script::Thai
                | Script::Georgian
                | Script::Armenian
                | Script::Bengali
                | Script::Tamil
                | Script::Telugu
        )
    )
}

#[cfg(test)]
mod tests;
