//! How the company sounds: one file with four short headings, for what a model writes between the company's own
//! sentences.

use std::ops::Range;

use quittance_core::filter::{self, Violation};
use quittance_core::voice::Voice;

use crate::Source;
use crate::document::{self, Heading, Section};
use crate::front;
use crate::problem::{Fault, Report};
use crate::replies::is_readable;
use crate::text::{fold, nearest};
use crate::tongue::Tongue;

/// The longest text that a model is given of it, in characters.
const LONGEST: usize = 4_000;

/// How many phrases may be forbidden.
const MOST_PHRASES: usize = 200;

/// The longest phrase, in characters.
const LONGEST_PHRASE: usize = 60;

const KEYS: [&str; 2] = ["title", "language"];

const BEGINS: &str =
    "the voice begins with front matter: `---`, `title: How we write`, `language: en`, `---`";

/// A part of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// How it sounds.
    Tone,
    /// Phrases that are never sent, which code checks.
    NeverSay,
    /// What things are called.
    Names,
    /// Sentences that sound right.
    Examples,
}

impl Part {
    const ALL: [Self; 4] = [Self::Tone, Self::NeverSay, Self::Names, Self::Examples];

    fn heading(self) -> &'static str {
        match self {
            Self::Tone => "Tone",
            Self::NeverSay => "Never say",
            Self::Names => "Names",
            Self::Examples => "Examples",
        }
    }
}

/// Reads the voice as far as it can be read.
pub(crate) fn read(source: &Source) -> (Voice, Report<'_>) {
    let mut report = Report::new(&source.name, &source.text);
    if !is_readable(&source.text, &mut report) {
        return (Voice::default(), report);
    }
    let text = source.text.as_str();
    let (values, body) = front::values(text, &KEYS, BEGINS, &mut report);
    for value in values.iter().filter(|value| value.text.is_empty()) {
        let message = format!("`{}` says nothing", value.key);
        report.error(Fault::new(value.span.clone(), message));
    }
    let sections = document::outline(text, body, Tongue::English).sections;
    let named = named(&sections, &mut report);
    let never = named
        .iter()
        .find(|(part, ..)| *part == Part::NeverSay)
        .map_or_else(Vec::new, |(_, heading, span)| phrases(text, heading, span, &mut report));
    let given = given(text, &named);
    if given.chars().count() > LONGEST {
        let message = format!("the model is given at most {LONGEST} characters of this");
        report.error(Fault::new(body..body, message));
    }
    let voice = Voice::new(given, &never);
    for (part, _, span) in &named {
        if *part == Part::Examples {
            examples(text, span, &voice, &mut report);
        }
    }
    (voice, report)
}

/// The parts with their headings and texts.
fn named<'a>(
    sections: &'a [Section],
    report: &mut Report<'_>,
) -> Vec<(Part, &'a Heading, Range<usize>)> {
    let mut named: Vec<(Part, &Heading, Range<usize>)> = Vec::new();
    for section in sections {
        let Some(heading) = &section.heading else { continue };
        let folded = fold(&heading.text);
        let Some(part) = Part::ALL.into_iter().find(|part| fold(part.heading()) == folded) else {
            let near = nearest(&heading.text, Part::ALL.into_iter().map(Part::heading));
            let mut message = format!("`{}` is no part of a voice", heading.text);
            if near.is_none() {
                message.push_str("; the parts are `Tone`, `Never say`, `Names` and `Examples`");
            }
            report.error(Fault::new(heading.span.clone(), message).perhaps(near));
            continue;
        };
        if named.iter().any(|(known, ..)| *known == part) {
            let message = format!("`{}` stands in this file already", heading.text);
            report.error(Fault::new(heading.span.clone(), message));
            continue;
        }
        let start = section.prose.first().map_or(0, |range| range.start);
        let end = section.prose.last().map_or(0, |range| range.end);
        if report.source().get(start..end).unwrap_or_default().trim().is_empty() {
            let message = format!("`{}` has no text", heading.text);
            report.error(Fault::new(heading.span.clone(), message));
        }
        named.push((part, heading, start..end));
    }
    if named.is_empty() && !report.has_errors() {
        let end = report.source().len();
        report.error(Fault::new(end..end, "the voice says nothing: begin with `# Tone`"));
    }
    named
}

/// What the model reads: every part under its name.
fn given(text: &str, named: &[(Part, &Heading, Range<usize>)]) -> String {
    let parts = named.iter().map(|(part, _, span)| {
        let said = text.get(span.clone()).unwrap_or_default().replace("\r\n", "\n");
        format!("{}:\n{}", part.heading(), said.trim())
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

/// The lines of a text that are not empty, with their places.
fn lines<'a>(text: &'a str, span: &Range<usize>) -> Vec<(&'a str, Range<usize>)> {
    let mut at = span.start;
    let mut lines = Vec::new();
    for line in text.get(span.clone()).unwrap_or_default().split_inclusive('\n') {
        let start = at.saturating_add(line.len().saturating_sub(line.trim_start().len()));
        at = at.saturating_add(line.len());
        let line = line.trim();
        if !line.is_empty() {
            lines.push((line, start..start.saturating_add(line.len())));
        }
    }
    lines
}

/// The phrases of the list, one an item.
fn phrases(
    text: &str,
    heading: &Heading,
    span: &Range<usize>,
    report: &mut Report<'_>,
) -> Vec<String> {
    let mut phrases: Vec<String> = Vec::new();
    for (line, place) in lines(text, span) {
        let Some(phrase) = line.strip_prefix(['-', '*', '+']) else {
            let message = "phrases that are never said are a list: `- unfortunately`";
            report.error(Fault::new(place, message));
            continue;
        };
        let quotes = ['"', '“', '”', '„', '«', '»', '`', '.', '…', ' '];
        let phrase = phrase.trim_matches(quotes);
        let letters = phrase.chars().filter(|char| char.is_alphanumeric()).count();
        let problem = if letters < 2 {
            Some(
                "this phrase has fewer than two letters, and would forbid nearly everything"
                    .to_owned(),
            )
        } else if phrase.chars().count() > LONGEST_PHRASE {
            Some(format!(
                "a phrase is at most {LONGEST_PHRASE} characters long: code looks for it word for word"
            ))
        } else {
            None
        };
        match problem {
            Some(message) => report.error(Fault::new(place, message)),
            None if phrases.iter().any(|known| fold(known) == fold(phrase)) => {
                report.warn(Fault::new(place, format!("`{phrase}` stands here already")));
            }
            None => phrases.push(phrase.to_owned()),
        }
    }
    if phrases.len() > MOST_PHRASES {
        let message = format!("`{}` has at most {MOST_PHRASES} phrases", heading.text);
        report.error(Fault::new(heading.span.clone(), message));
    }
    phrases
}

/// Warns about examples that would not be sent.
fn examples(text: &str, span: &Range<usize>, voice: &Voice, report: &mut Report<'_>) {
    for (line, place) in lines(text, span) {
        let said = line.trim_start_matches(['-', '*', '+', '>', ' ']);
        if let Some(phrase) = voice.never_says(said) {
            let message = format!("this example says `{phrase}`, which is never said");
            report.warn(Fault::new(place, message));
            continue;
        }
        let problem = match filter::check(said) {
            Ok(()) | Err(Violation::Empty | Violation::NotAQuestion) => continue,
            Err(Violation::Figure) => "it has a figure",
            Err(Violation::Currency) => "it names a currency",
            Err(Violation::Promise) => "it promises something",
            Err(Violation::Money) => "it speaks of money outside a question",
            Err(Violation::Script) => "it is in a script in which promises cannot be told",
            Err(Violation::Address) => "it has a link or an address",
            Err(Violation::TooLong) => "it is too long",
            Err(Violation::Control | Violation::Machinery) => {
                "it has signs that are not for customers"
            }
        };
        let message = format!("a model that writes like this example is not sent: {problem}");
        report.warn(Fault::new(place, message));
    }
}
