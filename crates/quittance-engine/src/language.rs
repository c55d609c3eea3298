//! The language a customer writes in.

use std::collections::BTreeMap;

use quittance_core::personal::Personal;
use quittance_core::reply::Templates;
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

/// The shortest text whose language is worth a guess, in characters.
const SHORTEST: usize = 12;

/// The same where the script alone says which language it is.
const SHORTEST_IN_ITS_SCRIPT: usize = 2;

/// How sure a guess must be to overrule what is known otherwise.
const SURE: f64 = 0.5;

/// How many more words of one language than of any other say which it is, whatever the letters say.
const CLEAR_LEAD: usize = 2;

/// Whether this is the code of a language that customers can be known by.
pub(crate) fn is_known(code: &str) -> bool {
    LANGUAGES.iter().any(|(_, known)| *known == code)
}

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
    if let Some((code, _)) = templates.get_key_value("ja").filter(|_| is_japanese(&text)) {
        return Some(code);
    }
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let shortest = if has_own_script(&text) { SHORTEST_IN_ITS_SCRIPT } else { SHORTEST };
    if letters < SHORTEST_IN_ITS_SCRIPT || text.chars().count() < shortest {
        return None;
    }
    let has_replies = |code: &str| templates.contains_key(code);
    let known = LANGUAGES.iter().filter(|(_, code)| has_replies(code));
    let detector = Detector::with_allowlist(known.map(|(language, _)| *language).collect());
    let guess = detector.detect(&text)?;
    let (_, guessed) = LANGUAGES.iter().find(|(language, _)| *language == guess.lang())?;
    let is_sure = guess.confidence() >= SURE;
    let code = match words::most(&text, guessed, has_replies) {
        Some((code, lead)) if lead >= CLEAR_LEAD || lead > 0 && code == *guessed => code,
        Some(_) | None if is_sure => guessed,
        Some(_) | None => return None,
    };
    templates.get_key_value(code).map(|(code, _)| code.as_str())
}

/// Whether most letters are kana, or Chinese characters with kana between them: only Japanese is written so.
fn is_japanese(text: &str) -> bool {
    let kana = text.chars().filter(|letter| matches!(letter, '\u{3041}'..='\u{30FF}')).count();
    let han = text.chars().filter(|letter| matches!(letter, '\u{3400}'..='\u{9FFF}')).count();
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    kana >= SHORTEST_IN_ITS_SCRIPT && kana.saturating_add(han).saturating_mul(2) > letters
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
