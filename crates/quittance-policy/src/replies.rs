//! What customers are told: a file of replies for each language.
//!
//! A heading for each outcome, and below it the text, with braces where something is filled in. What stands
//! above the first heading is for whoever edits the file. Read like a policy: every problem at once, each with
//! its place.

mod arrival;
mod by_hand;
mod languages;
mod template;

use std::collections::BTreeMap;
use std::ops::Range;

use quittance_core::policy::Language;
use quittance_core::reply::{Days, Outcome, Placeholder, Templates};
use quittance_core::voice::Voice;

use crate::Source;
use crate::document::{self, Heading, Section};
use crate::front::{self, Value};
use crate::problem::{Fault, Problem, Problems, Report};
use crate::text::{fold, nearest};
use crate::tongue::Tongue;
use crate::voice;

pub use languages::Known;

/// The largest file of replies or of the voice, in bytes.
pub const LARGEST_REPLIES: usize = 64 * 1024;

/// The heading above the ways to say when money arrives.
const ARRIVAL: &str = "Arrival";

const KEYS: [&str; 2] = ["language", "arrives_in"];

const BEGINS: &str =
    "a file of replies begins with front matter: `---`, `language: en`, `arrives_in: 5-10`, `---`";

/// Everything that is said to customers: the company's sentences, and how a model sounds between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replies {
    /// The replies, by the code of their language without a region.
    pub templates: BTreeMap<String, Templates>,
    /// How the company sounds.
    pub voice: Voice,
    /// What may not be meant as it is written.
    pub warnings: Vec<Problem>,
}

/// Reads the files of replies, and the voice if there is one. Fails with every problem of every file, if one of
/// them is an error. Files without replies at all are no error: others may come with the program.
pub fn read_replies(replies: &[Source], voice: Option<&Source>) -> Result<Replies, Problems> {
    let mut sources: Vec<&Source> = replies.iter().collect();
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    let mut files: Vec<File<'_>> = sources.into_iter().map(File::read).collect();
    one_file_each(&mut files);
    let mut reports = Vec::new();
    let mut said = Replies::default();
    let voice = voice.map(voice::read);
    if let Some((read, _)) = &voice {
        said.voice = read.clone();
    }
    for mut file in files {
        file.never_say(&said.voice);
        if let Some(templates) = file.templates {
            said.templates.insert(templates.language().to_owned(), templates);
        }
        reports.push(file.report);
    }
    reports.extend(voice.map(|(_, report)| report));
    let has_errors = reports.iter().any(Report::has_errors);
    let list = reports.into_iter().flat_map(Report::into_list).collect();
    if has_errors {
        return Err(Problems { list });
    }
    said.warnings = list;
    Ok(said)
}

/// Reads one file of replies, without a voice.
pub fn read_templates(name: &str, text: &str) -> Result<Templates, Problems> {
    let said = read_replies(&[Source::new(name, text)], None)?;
    said.templates.into_values().next().ok_or(Problems { list: said.warnings })
}

/// A file of replies, and what was read of it.
struct File<'a> {
    report: Report<'a>,
    /// The language, and where it is named.
    language: Option<(Language, Range<usize>)>,
    /// Where the texts stand.
    texts: Vec<Range<usize>>,
    templates: Option<Templates>,
}

impl<'a> File<'a> {
    fn read(source: &'a Source) -> Self {
        let report = Report::new(&source.name, &source.text);
        let mut file = Self { report, language: None, texts: Vec::new(), templates: None };
        if is_readable(&source.text, &mut file.report) {
            file.read_all(&source.text);
        }
        file
    }

    fn read_all(&mut self, text: &str) {
        let (values, body) = front::values(text, &KEYS, BEGINS, &mut self.report);
        self.language = languages::read(&values, &mut self.report);
        let days = arrives_in(&values, &mut self.report);
        let sections = document::outline(text, body, Tongue::English).sections;
        let named = Named::of(&sections, &mut self.report);
        let code = self.language.as_ref().map(|(language, _)| language.primary());
        let mut texts = BTreeMap::new();
        for (outcome, section) in &named.replies {
            let Some(heading) = &section.heading else { continue };
            let place = template::place(section, text, &mut self.report);
            let written = template::read(*outcome, heading, &place, &mut self.report);
            by_hand::check(*outcome, heading, &place, code, &mut self.report);
            texts.insert(*outcome, written);
            self.texts.push(place.span);
        }
        let arrival = named.arrival.and_then(|section| {
            let place = template::place(section, text, &mut self.report);
            let language = self.language.as_ref().map(|(language, _)| language);
            arrival::read(language?, days, section.heading.as_ref()?, &place, &mut self.report)
        });
        if let (Some((language, _)), Some(arrival)) = (&self.language, arrival) {
            self.templates = Templates::new(language.clone(), texts, arrival).ok();
        }
    }

    /// Warns about what the company never says, said by itself.
    fn never_say(&mut self, voice: &Voice) {
        for span in &self.texts {
            let text = self.report.source().get(span.clone()).unwrap_or_default();
            if let Some(phrase) = voice.never_says(text) {
                let message = format!("this says `{phrase}`, which the voice says is never said");
                self.report.warn(Fault::new(span.clone(), message));
            }
        }
    }
}

/// Whether a file is short enough and is text. What was read from bytes that are no UTF-8 has the sign that
/// stands for such bytes.
pub(crate) fn is_readable(text: &str, report: &mut Report<'_>) -> bool {
    if text.len() > LARGEST_REPLIES {
        let message =
            format!("a file of replies or of the voice is at most {LARGEST_REPLIES} bytes long");
        report.error(Fault::new(0..0, message));
        return false;
    }
    if let Some(at) = text.find('\u{fffd}') {
        let message = "a letter here cannot be read: save the file as UTF-8 and write it again";
        report.error(Fault::new(at..at.saturating_add('\u{fffd}'.len_utf8()), message));
        return false;
    }
    true
}

/// The first file of a language counts; the others are told so.
fn one_file_each(files: &mut [File<'_>]) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let Some((language, span)) = &file.language else { continue };
        if let Some(first) = seen.get(language.primary()) {
            let message =
                format!("the replies in `{}` stand in {first} already", language.primary());
            file.report.error(Fault::new(span.clone(), message));
        } else {
            seen.insert(language.primary().to_owned(), file.report.file().to_owned());
        }
    }
}

/// How many days money takes, such as `5-10` or `7`.
fn arrives_in(values: &[Value], report: &mut Report<'_>) -> Option<Days> {
    let value = values.iter().find(|value| value.key == "arrives_in")?;
    let (from, to) = value.text.split_once(['-', '–']).unwrap_or((&value.text, &value.text));
    let days = match (from.trim().parse(), to.trim().parse()) {
        (Ok(from), Ok(to)) => Days::new(from, to),
        (Err(_), _) | (_, Err(_)) => None,
    };
    if days.is_none() {
        let message = format!(
            "`{}` is no number of business days from 1 to {}, such as `7` or `5-10`",
            value.text,
            Days::MOST
        );
        report.error(Fault::new(value.span.clone(), message));
    }
    days
}

/// What a heading names.
enum Meaning {
    /// A reply.
    Reply(Outcome),
    /// When money arrives.
    Arrival,
}

/// The sections by what their headings name.
struct Named<'a> {
    replies: Vec<(Outcome, &'a Section)>,
    arrival: Option<&'a Section>,
}

impl<'a> Named<'a> {
    fn of(sections: &'a [Section], report: &mut Report<'_>) -> Self {
        let mut named = Self { replies: Vec::new(), arrival: None };
        let mut guessed: Vec<&str> = Vec::new();
        for section in sections {
            let Some(heading) = &section.heading else { continue };
            let is_second = match meaning(heading) {
                Some(Meaning::Reply(outcome)) => {
                    let is_second = named.replies.iter().any(|(known, _)| *known == outcome);
                    if !is_second {
                        named.replies.push((outcome, section));
                    }
                    is_second
                }
                Some(Meaning::Arrival) => {
                    let is_second = named.arrival.is_some();
                    named.arrival = named.arrival.or(Some(section));
                    is_second
                }
                None => {
                    let near = nearest(&heading.text, headings());
                    guessed.extend(near);
                    report.error(unknown(heading, near));
                    false
                }
            };
            if is_second {
                let message = format!("`{}` stands in this file already", heading.text);
                report.error(Fault::new(heading.span.clone(), message));
            }
        }
        named.require(&guessed, report);
        named
    }

    /// Reports what is missing, but for what a misspelt heading was meant to be.
    fn require(&self, guessed: &[&str], report: &mut Report<'_>) {
        let end = report.source().len();
        let is_missing = |name: &&str| {
            let is_there = if *name == ARRIVAL {
                self.arrival.is_some()
            } else {
                self.replies.iter().any(|(outcome, _)| outcome.heading() == *name)
            };
            !is_there && !guessed.contains(name)
        };
        for name in headings().filter(is_missing) {
            let message = format!("the reply `{name}` is missing: write `# {name}` and its text");
            report.error(Fault::new(end..end, message));
        }
    }
}

/// Every heading of a file of replies.
fn headings() -> impl Iterator<Item = &'static str> {
    Outcome::ALL.into_iter().map(Outcome::heading).chain(std::iter::once(ARRIVAL))
}

fn meaning(heading: &Heading) -> Option<Meaning> {
    let folded = fold(&heading.text);
    if folded == fold(ARRIVAL) {
        return Some(Meaning::Arrival);
    }
    let outcome = Outcome::ALL.into_iter().find(|outcome| fold(outcome.heading()) == folded);
    outcome.map(Meaning::Reply)
}

fn unknown(heading: &Heading, near: Option<&'static str>) -> Fault {
    let mut message = format!("`{}` is no reply", heading.text);
    if near.is_none() {
        let names: Vec<String> = headings().map(|name| format!("`{name}`")).collect();
        message = format!("{message}; the replies are {}", names.join(", "));
    }
    Fault::new(heading.span.clone(), message).perhaps(near)
}

/// Such as `{amount}`.
fn braced(placeholder: Placeholder) -> String {
    format!("{{{}}}", placeholder.name())
}

/// Placeholders as they are written, in a list.
fn list(placeholders: impl IntoIterator<Item = Placeholder>) -> String {
    let names: Vec<String> =
        placeholders.into_iter().map(|it| format!("`{}`", braced(it))).collect();
    names.join(", ")
}
