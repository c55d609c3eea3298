//! What a reply must not say by itself: amounts, periods, promises, and what the program may not do.

use std::ops::Range;

use quittance_core::filter;
use quittance_core::money::Currency;
use quittance_core::reply::Outcome;

use super::template::Place;
use crate::document::Heading;
use crate::problem::{Fault, Report};

/// Beginnings of words that measure time, in the languages shipped.
const PERIODS: [&str; 48] = [
    "business",
    "working",
    "day",
    "week",
    "month",
    "hour",
    "minute",
    "jour",
    "semaine",
    "mois",
    "heure",
    "tag",
    "werktag",
    "arbeitstag",
    "bankarbeitstag",
    "woche",
    "monat",
    "stunde",
    "día",
    "dia",
    "hábil",
    "semana",
    "meses",
    "mês",
    "hora",
    "giorn",
    "settiman",
    "mesi",
    "ore",
    "dag",
    "werkdag",
    "maand",
    "uur",
    "uren",
    "営業日",
    "日",
    "週",
    "か月",
    "時間",
    "分",
    "يوم",
    "يومي",
    "أيام",
    "أسبوع",
    "أسابيع",
    "شهر",
    "أشهر",
    "ساع",
];

/// Beginnings of words that promise, in the languages shipped.
const BINDING: [&str; 28] = [
    "guarantee",
    "promise",
    "certainly",
    "definitely",
    "legally binding",
    "garanti",
    "promet",
    "promis",
    "promess",
    "garantier",
    "versprech",
    "versproch",
    "garantiz",
    "prometemos",
    "garanto",
    "garantimos",
    "garantisc",
    "promett",
    "garandeer",
    "gegarandeerd",
    "beloof",
    "beloven",
    "お約束",
    "保証",
    "نضمن",
    "مضمون",
    "نعدك",
    "نتعهد",
];

/// Beginnings of words about what the program is and may not do, in the languages shipped.
const LIMITS: [&str; 35] = [
    "automat",
    "geautomat",
    "robot",
    "algorithm",
    "algorit",
    "system",
    "système",
    "sistema",
    "systeem",
    "software",
    "limit",
    "threshold",
    "plafond",
    "seuil",
    "grenze",
    "obergrenze",
    "höchstbetrag",
    "schwelle",
    "límite",
    "umbral",
    "limiar",
    "soglia",
    "limiet",
    "drempel",
    "not allowed to",
    "自動",
    "システム",
    "上限",
    "限度",
    "ボット",
    "プログラム",
    "آلي",
    "الآلي",
    "النظام",
    "برنامج",
];

/// Beginnings of words for a person, by language.
const PERSON: [(&str, &[&str]); 9] = [
    ("en", &["person", "colleague", "human", "somebody", "someone", "team"]),
    ("fr", &["personne", "collègue", "humain", "équipe", "conseill"]),
    ("de", &["mensch", "person", "kolleg", "mitarbeit", "team"]),
    ("es", &["persona", "compañer", "colega", "humano", "equipo"]),
    ("pt", &["pessoa", "colega", "humano", "equipa", "equipe"]),
    ("it", &["persona", "collega", "umano", "operat", "squadra", "team"]),
    ("nl", &["mens", "collega", "persoon", "medewerk", "team"]),
    ("ja", &["担当", "スタッフ", "係", "人間"]),
    ("ar", &["شخص", "زميل", "موظف", "إنسان", "الفريق", "فريق"]),
];

/// Looks through the text of an outcome. `code` is its language.
pub(super) fn check(
    outcome: Outcome,
    heading: &Heading,
    place: &Place<'_>,
    code: Option<&str>,
    report: &mut Report<'_>,
) {
    numbers(place, report);
    if let Some(span) = first(place, &BINDING) {
        let message =
            "this promises what nobody checks: the money is said by `{amount}` and `{arrival}`";
        report.warn(Fault::new(span, message));
    }
    let is_about_limits = matches!(
        outcome,
        Outcome::Refused | Outcome::HandedOver | Outcome::HandedOverLater | Outcome::AskedForPerson
    );
    if is_about_limits && let Some(span) = first(place, &LIMITS) {
        let message = "a customer is not told what the program may not do: whoever knows the limits asks below them";
        report.warn(Fault::new(span, message));
    }
    let words = code.and_then(|code| PERSON.iter().find(|(known, _)| *known == code));
    if outcome == Outcome::Refused
        && let Some((_, words)) = words
        && !place.text.is_empty()
        && first(place, words).is_none()
    {
        let message = format!("`{}` offers no person, as a refusal should", heading.text);
        report.warn(Fault::new(heading.span.clone(), message));
    }
}

/// Reports amounts that are written out, and warns about periods.
pub(super) fn numbers(place: &Place<'_>, report: &mut Report<'_>) {
    for number in digits(place.text) {
        let before = word_before(place.text, number.start);
        let after = word_after(place.text, number.end);
        if let Some(span) = amount(place.text, &number, &before, &after) {
            let message =
                "an amount is never written in a reply: `{amount}` is what was given back";
            report.error(Fault::new(place.part(span).span, message));
        } else if is_one_of(place.text.get(after.clone()).unwrap_or_default(), &PERIODS) {
            let message = "a period written by hand: `{arrival}` says when money arrives, and the policy the rest";
            report.warn(Fault::new(place.part(number.start..after.end).span, message));
        }
    }
}

/// The number with the currency before or behind it.
fn amount(
    text: &str,
    number: &Range<usize>,
    before: &Range<usize>,
    after: &Range<usize>,
) -> Option<Range<usize>> {
    let is_currency = |range: &Range<usize>| {
        let word = text.get(range.clone()).unwrap_or_default();
        let is_code = word.len() == 3 && word.chars().all(|char| char.is_ascii_uppercase());
        !word.is_empty()
            && (filter::names_currency(&filter::fold(word))
                || is_code && word.parse::<Currency>().is_ok())
    };
    if is_currency(after) {
        Some(number.start..after.end)
    } else if is_currency(before) {
        Some(before.start..number.end)
    } else {
        None
    }
}

/// The numbers of a text, with the signs that stand within them.
fn digits(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, char) in text.char_indices().filter(|(_, char)| char.is_numeric()) {
        let end = at.saturating_add(char.len_utf8());
        let between = found.last().and_then(|last| text.get(last.end..at));
        let goes_on = between.is_some_and(|between| {
            let is_mark =
                |char| matches!(char, '.' | ',' | '\'' | '’' | '\u{a0}' | '\u{202f}' | ' ');
            between.is_empty() || between.chars().count() == 1 && between.chars().all(is_mark)
        });
        match found.last_mut() {
            Some(last) if goes_on => last.end = end,
            Some(_) | None => found.push(at..end),
        }
    }
    found
}

/// The letters, or the one sign, in front of a place.
fn word_before(text: &str, at: usize) -> Range<usize> {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let letters = before.trim_end_matches(char::is_alphabetic);
    let start = match before.chars().next_back() {
        Some(last) if letters.len() == before.len() => before.len().saturating_sub(last.len_utf8()),
        Some(_) | None => letters.len(),
    };
    start..before.len()
}

/// The letters, or the one sign, behind a place.
fn word_after(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let word = rest.trim_start();
    let start = at.saturating_add(rest.len().saturating_sub(word.len()));
    let letters = word.len().saturating_sub(word.trim_start_matches(char::is_alphabetic).len());
    let length = match word.chars().next() {
        Some(first) if letters == 0 => first.len_utf8(),
        Some(_) | None => letters,
    };
    start..start.saturating_add(length)
}

fn is_one_of(word: &str, beginnings: &[&str]) -> bool {
    let folded = filter::fold(word);
    beginnings.iter().any(|beginning| folded.starts_with(beginning))
}

/// Where the first of these beginnings of words stands, up to the end of that word.
fn first(place: &Place<'_>, beginnings: &[&str]) -> Option<Range<usize>> {
    let lower = place.text.to_lowercase();
    // Small letters may have other lengths; then the whole text is meant.
    let is_aligned = lower.len() == place.text.len();
    let starts_word = |at: usize, beginning: &str| {
        let is_unparted =
            !beginning.is_ascii() && beginning.chars().all(|char| char as u32 > 0x3000);
        let before = lower.get(..at).and_then(|before| before.chars().next_back());
        is_unparted || before.is_none_or(|letter| !letter.is_alphanumeric())
    };
    let found = beginnings.iter().filter_map(|beginning| {
        let mut places = lower.match_indices(beginning).map(|(at, _)| at);
        places.find(|at| starts_word(*at, beginning)).map(|at| (at, beginning.len()))
    });
    let (at, length) = found.min()?;
    if !is_aligned {
        return Some(place.span.clone());
    }
    let rest = place.text.get(at.saturating_add(length)..).unwrap_or_default();
    let end = rest.find(|char: char| !char.is_alphabetic()).unwrap_or(rest.len());
    let is_spaced = place.text.get(at..)?.starts_with(|char: char| (char as u32) < 0x3000);
    let end = if is_spaced { end } else { 0 };
    Some(place.part(at..at.saturating_add(length).saturating_add(end)).span)
}
