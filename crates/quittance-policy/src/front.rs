//! The front matter: what a policy is called, and in which language and currency it speaks.

mod languages;
mod values;

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use quittance_core::money::Currency;
use quittance_core::policy::Language;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::problem::{Fault, Report, quote};
use crate::text::nearest;

pub(crate) use values::{Value, values};

/// A key of the front matter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// How it is written.
    pub(crate) name: &'static str,
    /// Whether every file has it.
    pub(crate) is_required: bool,
    /// What it means, for people.
    pub(crate) documentation: &'static str,
    /// A value of it.
    pub(crate) example: &'static str,
}

/// Every key. The schema for editors is made of this table, and of what reads the values.
pub(crate) const KEYS: [Key; 5] = [
    Key {
        name: "title",
        is_required: true,
        documentation: "What the policy is called.",
        example: "Refund policy",
    },
    Key {
        name: "language",
        is_required: true,
        documentation: "The language of the prose. In French, German and Spanish the tables may be \
                        written in it too.",
        example: "en",
    },
    Key {
        name: "currency",
        is_required: true,
        documentation: "The currency the policy is written for, and the one that `$` means.",
        example: "usd",
    },
    Key {
        name: "effective",
        is_required: true,
        documentation: "The first day on which it holds, in UTC.",
        example: "2026-01-31",
    },
    Key {
        name: "until",
        is_required: false,
        documentation: "The last day on which it holds, in UTC. Without it: for good.",
        example: "2026-12-31",
    },
];

/// Whether a key of the front matter is one of ours.
fn is_key(word: &str) -> bool {
    KEYS.iter().any(|key| key.name == word)
}

/// The key with which a file names the schema of its front matter to an editor.
const SCHEMA: &str = "$schema";

/// The keys of other files that have front matter.
const OTHER_KEYS: [&str; 1] = ["arrives_in"];

/// What a policy begins with.
const POLICY_BEGINS: &str = "a policy begins with front matter: title, language, currency, effective between lines \
                             `---`";

/// How many bytes of front matter are read.
const LONGEST_FRONT_MATTER: usize = 64 * 1024;

/// What the front matter says, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) language: Option<Language>,
    pub(crate) currency: Option<Currency>,
    pub(crate) effective: Option<Date>,
    pub(crate) until: Option<Date>,
    /// Where the currency stands.
    pub(crate) currency_span: Range<usize>,
}

/// Reads the front matter of `source`, and says where the body begins.
pub(crate) fn read(source: &str, report: &mut Report<'_>) -> (FrontMatter, usize) {
    let start = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some(block) = block(source, start, POLICY_BEGINS, report) else {
        return (FrontMatter::default(), start);
    };
    let yaml = source.get(block.inside.clone()).unwrap_or_default();
    let mut front = FrontMatter::default();
    if yaml.len() > LONGEST_FRONT_MATTER {
        let message = format!("front matter is at most {LONGEST_FRONT_MATTER} bytes long");
        report.error(Fault::new(block.inside.start..block.inside.start, message));
        return (front, block.end);
    }
    match serde_saphyr::from_str::<Entries>(yaml) {
        Ok(entries) => front.fill(&entries.0, yaml, &block, report),
        Err(error) => report.error(unreadable(&error, yaml, &block)),
    }
    (front, block.end)
}

/// Where the body of a file begins.
pub(crate) fn body(source: &str) -> usize {
    read(source, &mut Report::new("", source)).1
}

/// Where the front matter stands.
struct Block {
    /// The lines between the marks.
    inside: Range<usize>,
    /// Where the body begins.
    end: usize,
}

fn block(source: &str, start: usize, begins: &str, report: &mut Report<'_>) -> Option<Block> {
    let body = source.get(start..).unwrap_or_default();
    let mut lines = body.split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if first.trim_end() != "---" {
        report.error(missing(body, start, begins));
        return None;
    }
    let from = start.saturating_add(first.len());
    let mut at = from;
    for line in lines {
        let next = at.saturating_add(line.len());
        if matches!(line.trim_end(), "---" | "...") {
            if let Some(second) = misplaced(source.get(next..).unwrap_or_default(), next) {
                let message = "this is a second front matter: its lines belong in the first";
                report.error(Fault::new(second, message));
            }
            return Some(Block { inside: from..at, end: next });
        }
        at = next;
    }
    let mark = start..start.saturating_add(3);
    report.error(Fault::new(mark, "the front matter has no closing `---`"));
    None
}

/// A line `---` with one of our keys below it, where no front matter is read. `start` is where `body`
/// begins.
fn misplaced(body: &str, start: usize) -> Option<Range<usize>> {
    let begins_with_key =
        |line: &str| line.split_once(':').is_some_and(|(word, _)| is_key(word.trim()));
    let mut at = start;
    let mut before: Option<Range<usize>> = None;
    for line in body.split_inclusive('\n') {
        if let Some(mark) = before.take().filter(|_| begins_with_key(line)) {
            return Some(mark);
        }
        if line.trim_end() == "---" {
            before = Some(at..at.saturating_add(3));
        }
        at = at.saturating_add(line.len());
    }
    None
}

fn missing(body: &str, start: usize, begins: &str) -> Fault {
    if let Some(mark) = misplaced(body, start) {
        return Fault::new(mark, "front matter must begin in the first line of the file");
    }
    let first = body.lines().next().unwrap_or_default().trim();
    let other = match first {
        "+++" => Some("front matter is YAML between lines `---`, not TOML between `+++`"),
        "{" => Some("front matter is YAML between lines `---`, not JSON"),
        "```" | "```yaml" | "```yml" => Some("front matter is not fenced: it begins with `---`"),
        _ => first.starts_with("---").then_some("the first line is `---` and nothing else"),
    };
    if let Some(message) = other {
        return Fault::new(start..start.saturating_add(first.len()), message);
    }
    Fault::new(start..start, begins)
}

impl FrontMatter {
    fn fill(&mut self, entries: &[Entry], yaml: &str, block: &Block, report: &mut Report<'_>) {
        for (key, value) in entries {
            if let Some(value) = value.as_ref().filter(|_| is_key(&key.value)) {
                self.set(key, value, yaml, block, report);
                continue;
            }
            if key.value == SCHEMA {
                continue;
            }
            // Other programs' keys are left alone; a misspelt one of ours is an error.
            let known = nearest(&key.value, KEYS.iter().map(|key| key.name));
            let at = place_in(yaml, block, key.referenced, &key.value);
            let message = format!("the front matter has no key `{}`", quote(&key.value));
            let fault = Fault::new(at, message).perhaps(known);
            if known.is_some() { report.error(fault) } else { report.warn(fault) }
        }
        if let (Some(effective), Some(until)) = (self.effective, self.until)
            && until < effective
        {
            let message = format!("`until` {until} lies before `effective` {effective}");
            let key = entries.iter().find(|(key, _)| key.value == "until");
            let at = key.map(|(key, _)| place_in(yaml, block, key.referenced, &key.value));
            report.error(Fault::new(at.unwrap_or(block.inside.clone()), message));
        }
        for key in KEYS.iter().filter(|key| key.is_required) {
            if !entries.iter().any(|(known, _)| known.value == key.name) {
                let end = block.inside.end;
                let message = format!("the front matter has no `{}`", key.name);
                report.error(Fault::new(end..end, message));
            }
        }
    }

    fn set(
        &mut self,
        key: &Spanned<String>,
        value: &Spanned<String>,
        yaml: &str,
        block: &Block,
        report: &mut Report<'_>,
    ) {
        let text = value.value.trim();
        let shown = quote(text);
        let fault = match key.value.as_str() {
            "title" if text.is_empty() => Some(("a policy needs a title".to_owned(), None)),
            "title" => {
                self.title = Some(text.to_owned());
                None
            }
            "language" => {
                self.language = text.parse().ok();
                let message = format!("`{shown}` is not a language such as `en` or `pt-BR`");
                self.language.is_none().then(|| (message, languages::code(text)))
            }
            "currency" => {
                self.currency = text.parse().ok();
                let message =
                    format!("`{shown}` is not a currency code of ISO 4217, such as `usd`");
                self.currency.is_none().then_some((message, None))
            }
            "until" => {
                self.until = day(text);
                let message = format!("`{shown}` is not a day such as `2026-12-31`");
                self.until.is_none().then_some((message, None))
            }
            _ => {
                self.effective = day(text);
                let message = format!("`{shown}` is not a day such as `2026-01-31`");
                self.effective.is_none().then_some((message, None))
            }
        };
        let at = place_in(yaml, block, value.referenced, &value.value);
        if key.value == "currency" {
            self.currency_span = at.clone();
        }
        if let Some((message, suggestion)) = fault {
            report.error(Fault::new(at, message).perhaps(suggestion));
        }
    }
}

/// A day that is written year, month, day, and in no other way.
fn day(text: &str) -> Option<Date> {
    let is_day = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (is_day && text.len() == 10).then(|| text.parse().ok()).flatten()
}

/// The bytes of the file that a place in the front matter means.
fn place_in(yaml: &str, block: &Block, place: Location, text: &str) -> Range<usize> {
    let lines = usize::try_from(place.line()).unwrap_or(1).saturating_sub(1);
    let columns = usize::try_from(place.column()).unwrap_or(1).saturating_sub(1);
    let line_start: usize = yaml.split_inclusive('\n').take(lines).map(str::len).sum();
    let line = yaml.get(line_start..).unwrap_or_default();
    let column: usize = line.chars().take(columns).map(char::len_utf8).sum();
    let start = block.inside.start.saturating_add(line_start).saturating_add(column);
    let start = start.min(block.inside.end);
    start..start.saturating_add(text.len()).min(block.inside.end)
}

/// What is wrong with front matter that cannot be read, and where.
fn unreadable(error: &serde_saphyr::Error, yaml: &str, block: &Block) -> Fault {
    let place = error.location().unwrap_or(Location::UNKNOWN);
    let line = usize::try_from(place.line()).unwrap_or(1).saturating_sub(1);
    let key = yaml.lines().nth(line).and_then(|line| line.split_once(':')).map(|(key, _)| key);
    let (message, is_tab) = explain(&error.without_snippet().to_string(), key);
    let tab = yaml.find("\n\t").map(|at| at.saturating_add(1)).or_else(|| yaml.find('\t'));
    let at = match tab.filter(|_| is_tab) {
        Some(tab) => {
            let start = block.inside.start.saturating_add(tab);
            start..start.saturating_add(1)
        }
        None => place_in(yaml, block, place, ""),
    };
    Fault::new(at, message)
}

/// What is wrong with front matter that is no list of keys and texts, from what its reader says about this key;
/// and whether that is a tab.
fn explain(said: &str, key: Option<&str>) -> (String, bool) {
    // The reader counts lines from the front matter; ours stand beside the message.
    let said = said.lines().next().unwrap_or_default();
    let said = said.split(" at line ").next().unwrap_or_default();
    let key = key.map_or_else(|| "this key".to_owned(), |key| format!("`{}`", quote(key.trim())));
    // What it says about keys names them, and may have any word in it.
    if said.starts_with("duplicate mapping key") {
        return (format!("{key} stands in the front matter twice"), false);
    }
    if said.starts_with("cannot deserialize null") {
        return (format!("{key} is empty"), false);
    }
    let known = [
        ("expected mapping", "front matter is made of lines such as `currency: usd`"),
        ("simple key expected", "front matter is made of lines such as `currency: usd`"),
        ("expected string", "this key has one text as its value"),
        ("mapping values are not allowed", "a value with a colon in it stands in quotation marks"),
        ("unclosed quote", "this quotation mark is not closed"),
    ];
    let known = known.iter().find(|(start, _)| said.starts_with(start)).map(|(_, ours)| *ours);
    if said.contains("tab") {
        ("the front matter has a tab where spaces belong".to_owned(), true)
    } else if let Some(ours) = known {
        (ours.to_owned(), false)
    } else {
        (format!("the front matter cannot be read: {}", quote(said)), false)
    }
}

/// A key and, for the keys that are known, its value.
type Entry = (Spanned<String>, Option<Spanned<String>>);

/// The entries in their order, unknown ones included.
struct Entries(Vec<Entry>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("keys and values such as `currency: usd`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let value = if is_key(&key.value) || OTHER_KEYS.contains(&key.value.as_str()) {
                Some(map.next_value()?)
            } else {
                map.next_value::<IgnoredAny>()?;
                None
            };
            entries.push((key, value));
        }
        Ok(Entries(entries))
    }

    fn visit_unit<E>(self) -> Result<Entries, E> {
        Ok(Entries(Vec::new()))
    }
}
