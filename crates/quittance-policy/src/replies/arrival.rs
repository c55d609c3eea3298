//! When money arrives: `- one: within {days} business day`, a line for each form that counts have.

use std::collections::BTreeMap;
use std::ops::Range;

use quittance_core::locale::Plural;
use quittance_core::policy::Language;
use quittance_core::reply::{Arrival, Days, Placeholder, Text};

use super::template::{self, Place};
use super::{by_hand, list};
use crate::document::Heading;
use crate::problem::{Fault, Report};
use crate::text::nearest;

/// Counts that have every form that a language has for whole numbers, as a million has its own in French.
const COUNTS: [u32; 9] = [0, 1, 2, 3, 5, 11, 21, 100, 1_000_000];

/// Reads the lines. None, if one that is needed is missing or wrong.
pub(super) fn read(
    language: &Language,
    days: Option<Days>,
    heading: &Heading,
    place: &Place<'_>,
    report: &mut Report<'_>,
) -> Option<Arrival> {
    let needed = Plural::of_all(language, 1..=Days::MOST);
    let mut forms: BTreeMap<Plural, Text> = BTreeMap::new();
    let mut guessed = Vec::new();
    for line in lines(place) {
        let Some((plural, text)) = form(&line, language, &mut guessed, report) else { continue };
        if forms.contains_key(&plural) {
            let message = format!("the form `{}` stands here already", plural.name());
            report.error(Fault::new(line.span, message));
            continue;
        }
        let is_used = days.is_some_and(|days| days.form(language) == plural);
        let written = match days {
            Some(days) if is_used => used(days, heading, &text, report),
            Some(_) | None => unused(heading, &text, report),
        };
        by_hand::numbers(&text, report);
        forms.insert(plural, written);
    }
    for plural in needed {
        if !forms.contains_key(&plural) && !guessed.contains(&plural) {
            report.error(missing(plural, language, heading));
        }
    }
    Arrival::new(language, days?, forms).ok()
}

/// What a line can say.
const EITHER: [Placeholder; 3] = [Placeholder::Days, Placeholder::From, Placeholder::To];

/// The line that is said with these days.
fn used(days: Days, heading: &Heading, place: &Place<'_>, report: &mut Report<'_>) -> Text {
    let text = template::fill_in(heading, place, &EITHER, report);
    let says_all = days.must_say().iter().all(|it| text.says(*it));
    let says_more = EITHER.iter().any(|it| text.says(*it) && !days.must_say().contains(it));
    let is_misspelt = template::names(place).any(|name| EITHER.iter().all(|it| it.name() != name));
    if says_more || !says_all && !is_misspelt {
        let count = if days.is_range() { "a range" } else { "one number" };
        let all = list(days.must_say().iter().copied());
        let message = format!("`arrives_in` is {count}, so this line says {all}");
        report.error(Fault::new(place.span.clone(), message));
    }
    text
}

/// A line that other days would need.
fn unused(heading: &Heading, place: &Place<'_>, report: &mut Report<'_>) -> Text {
    let text = template::fill_in(heading, place, &EITHER, report);
    if template::names(place).next().is_none() {
        let message =
            "this line says no days: `{days}` for one number, `{from}` and `{to}` for a range";
        report.error(Fault::new(place.span.clone(), message));
    }
    text
}

/// The lines that are not empty.
fn lines<'a>(place: &Place<'a>) -> Vec<Place<'a>> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in place.text.split_inclusive('\n') {
        let range: Range<usize> = at..at.saturating_add(line.len());
        at = range.end;
        let line = place.part(range).trim();
        if !line.text.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// The form of a line, and its text.
fn form<'a>(
    line: &Place<'a>,
    language: &Language,
    guessed: &mut Vec<Plural>,
    report: &mut Report<'_>,
) -> Option<(Plural, Place<'a>)> {
    let colon = line.text.find([':', '：']);
    let is_item = line.text.starts_with(['-', '*', '+']);
    let Some(colon) = colon.filter(|_| is_item) else {
        let message =
            "when money arrives is said in lines such as `- other: within {days} business days`";
        report.error(Fault::new(line.span.clone(), message));
        return None;
    };
    let name = line.part(1..colon).trim();
    let after = line.text.get(colon..)?.chars().next().map_or(0, char::len_utf8);
    let text = line.part(colon.saturating_add(after)..line.text.len()).trim();
    let Some(plural) = Plural::ALL.into_iter().find(|it| it.name() == name.text) else {
        let near = nearest(name.text, Plural::ALL.into_iter().map(Plural::name));
        guessed.extend(Plural::ALL.into_iter().filter(|it| Some(it.name()) == near));
        let message = format!("`{}` is no form of a count", name.text);
        report.error(Fault::new(name.span, message).perhaps(near));
        return None;
    };
    if !Plural::of_all(language, COUNTS).contains(&plural) {
        let message = format!("`{}` has no form `{}`: this is never said", language, plural.name());
        report.warn(Fault::new(name.span, message));
    }
    if text.text.is_empty() {
        report.error(Fault::new(line.span.clone(), "this line says nothing"));
        return None;
    }
    Some((plural, text))
}

fn missing(plural: Plural, language: &Language, heading: &Heading) -> Fault {
    let example = (1..=Days::MOST).find(|days| Plural::of(language, *days) == plural);
    let count = example.map_or_else(String::new, |days| {
        format!(", which `{language}` needs for a count of {days}")
    });
    let message = format!("the line `- {}: …` is missing{count}", plural.name());
    Fault::new(heading.span.clone(), message)
}
