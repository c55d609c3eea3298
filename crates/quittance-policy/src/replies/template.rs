//! One text of the replies: its words, and what is filled in.

use std::ops::Range;

use quittance_core::reply::{Outcome, Part, Placeholder, Text};

use super::{braced, list};
use crate::document::{Heading, Kind, Section};
use crate::problem::{Fault, Report};
use crate::text::nearest;

/// The longest text, in characters.
const LONGEST: usize = 3_000;

/// A text and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) text: &'a str,
    pub(super) span: Range<usize>,
}

impl<'a> Place<'a> {
    /// A part of it, by its bytes.
    pub(super) fn part(&self, range: Range<usize>) -> Place<'a> {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let start = self.span.start.saturating_add(range.start);
        Place { text, span: start..start.saturating_add(text.len()) }
    }

    /// The same without white space around.
    pub(super) fn trim(&self) -> Place<'a> {
        let ahead = self.text.len().saturating_sub(self.text.trim_start().len());
        self.part(ahead..ahead.saturating_add(self.text.trim().len()))
    }
}

/// The text of a section, whatever stands in it.
pub(super) fn place<'a>(section: &Section, source: &'a str, report: &mut Report<'_>) -> Place<'a> {
    for table in section.tables.iter().filter(|table| table.kind != Kind::Prose) {
        let message = "a reply has no tables: rules and examples belong in a policy";
        report.error(Fault::new(table.span.start..table.span.start, message));
    }
    let start = section.prose.first().map_or(0, |range| range.start);
    let end = section.prose.last().map_or(0, |range| range.end);
    let whole = Place { text: source, span: 0..source.len() };
    whole.part(start..end).trim()
}

/// Reads the text of an outcome.
pub(super) fn read(
    outcome: Outcome,
    heading: &Heading,
    place: &Place<'_>,
    report: &mut Report<'_>,
) -> Text {
    let allowed: Vec<Placeholder> =
        outcome.must_say().iter().chain(outcome.may_say()).copied().collect();
    let text = fill_in(heading, place, &allowed, report);
    if text.is_empty() {
        let message = format!("`{}` has no text", heading.text);
        report.error(Fault::new(heading.span.clone(), message));
        return text;
    }
    if place.text.chars().count() > LONGEST {
        let message = format!("a reply is at most {LONGEST} characters long");
        report.error(Fault::new(heading.span.clone(), message));
    }
    require(outcome.must_say(), &text, heading, place, report);
    markup(place, report);
    text
}

/// Reports what a text must say and does not.
fn require(
    must_say: &[Placeholder],
    text: &Text,
    heading: &Heading,
    place: &Place<'_>,
    report: &mut Report<'_>,
) {
    // A misspelt placeholder is reported where it stands, and is probably the one that is missing.
    let is_misspelt = |placeholder: &Placeholder| {
        names(place).any(|name| {
            let known = || must_say.iter().map(|it| it.name());
            !known().any(|known| known == name)
                && nearest(name, known()) == Some(placeholder.name())
        })
    };
    for placeholder in must_say.iter().filter(|it| !text.says(**it)) {
        if is_misspelt(placeholder) {
            continue;
        }
        let message = format!("`{}` does not say `{}`", heading.text, braced(*placeholder));
        report.error(Fault::new(heading.span.clone(), message));
    }
}

/// Parts a text into words and placeholders; whatever is wrong with a brace is reported.
pub(super) fn fill_in(
    heading: &Heading,
    place: &Place<'_>,
    allowed: &[Placeholder],
    report: &mut Report<'_>,
) -> Text {
    let mut parts = Vec::new();
    let mut at = 0;
    for found in braces(place.text) {
        let name = place.text.get(found.name.clone()).unwrap_or_default();
        words(&mut parts, place.text.get(at..found.whole.start).unwrap_or_default());
        at = found.whole.end;
        match allowed.iter().find(|known| known.name() == name) {
            Some(known) => parts.push(Part::Value(*known)),
            None => report.error(unknown(name, heading, &place.part(found.whole), allowed)),
        }
    }
    words(&mut parts, place.text.get(at..).unwrap_or_default());
    lone_braces(place, report);
    Text::new(parts)
}

fn unknown(name: &str, heading: &Heading, place: &Place<'_>, allowed: &[Placeholder]) -> Fault {
    let is_known = Placeholder::ALL.iter().any(|known| known.name() == name);
    let near = nearest(name, allowed.iter().map(|known| known.name()));
    let message = match (is_known, near) {
        (true, _) | (false, None) => {
            let can = if allowed.is_empty() {
                "nothing is filled in there".to_owned()
            } else {
                format!("it can say {}", list(allowed.iter().copied()))
            };
            format!("`{}` cannot say `{}`; {can}", heading.text, place.text)
        }
        (false, Some(_)) => format!("nothing is called `{}`", place.text),
    };
    let near = near.filter(|_| !is_known);
    Fault::new(place.span.clone(), message).perhaps(near.map(|near| format!("{{{near}}}")))
}

/// Words as they are sent: lines end with a line feed and not with spaces.
fn words(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    let mut cleaned = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => {
                cleaned.push_str(line.trim_end());
                cleaned.push('\n');
            }
            None => cleaned.push_str(line),
        }
    }
    parts.push(Part::Words(cleaned));
}

/// A pair of braces.
struct Braces {
    whole: Range<usize>,
    name: Range<usize>,
}

/// The pairs of braces that have no brace and no line end inside.
fn braces(text: &str) -> impl Iterator<Item = Braces> {
    text.match_indices('{').filter_map(|(open, _)| {
        let inside = open.saturating_add(1);
        let length = text.get(inside..)?.find(['{', '}', '\n'])?;
        let close = inside.saturating_add(length);
        text.get(close..)?
            .starts_with('}')
            .then_some(Braces { whole: open..close.saturating_add(1), name: inside..close })
    })
}

/// What stands between the braces of a text.
pub(super) fn names<'a>(place: &Place<'a>) -> impl Iterator<Item = &'a str> {
    let text = place.text;
    braces(text).map(move |found| text.get(found.name).unwrap_or_default())
}

/// Braces without a partner, and the wide ones of a Japanese keyboard.
fn lone_braces(place: &Place<'_>, report: &mut Report<'_>) {
    let paired: Vec<Range<usize>> = braces(place.text).map(|found| found.whole).collect();
    for (at, found) in place.text.match_indices(['{', '}', '｛', '｝']) {
        let part = place.part(at..at.saturating_add(found.len()));
        match found {
            "｛" => {
                report.error(Fault::new(part.span, "a wide brace fills nothing in").suggest("{"));
            }
            "｝" => {
                report.error(Fault::new(part.span, "a wide brace fills nothing in").suggest("}"));
            }
            _ if !paired.iter().any(|pair| pair.contains(&at)) => {
                let message =
                    "this brace has no partner; what is filled in is written as `{amount}`";
                report.error(Fault::new(part.span, message));
            }
            _ => {}
        }
    }
}

/// Replies are sent as plain text: marks of a page would be read as they stand.
fn markup(place: &Place<'_>, report: &mut Report<'_>) {
    if let Some(at) = place.text.find("<!--") {
        let message =
            "a comment would be sent to the customer; notes stand above the first heading";
        report.error(Fault::new(place.part(at..at.saturating_add(4)).span, message));
    }
    for mark in ["**", "__", "](", "</"] {
        if let Some(at) = place.text.find(mark) {
            let message =
                format!("replies are sent as plain text, so `{mark}` is read as it stands");
            report.warn(Fault::new(place.part(at..at.saturating_add(mark.len())).span, message));
        }
    }
}
