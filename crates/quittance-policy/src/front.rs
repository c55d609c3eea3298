//! The front matter: what a policy is called, and in which language and currency it speaks.

mod values;

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use quittance_core::money::Currency;
use quittance_core::policy::Language;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::problem::{Fault, Report};
use crate::text::nearest;

pub(crate) use values::{Value, values};

/// The keys that are required.
const REQUIRED: [&str; 4] = ["title", "language", "currency", "effective"];
/// All keys.
const KEYS: [&str; 5] = ["title", "language", "currency", "effective", "until"];

/// The keys of other files that have front matter.
const OTHER_KEYS: [&str; 1] = ["arrives_in"];

/// What a policy begins with.
const POLICY_BEGINS: &str = "a policy begins with front matter: `---`, then title, language, currency and \
                             effective, then `---`";

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
        Err(error) => {
            let place = error.location().unwrap_or(Location::UNKNOWN);
            let message = explain(&error.without_snippet().to_string());
            report.error(Fault::new(place_in(yaml, &block, place, ""), message));
        }
    }
    (front, block.end)
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
            return Some(Block { inside: from..at, end: next });
        }
        at = next;
    }
    let mark = start..start.saturating_add(3);
    report.error(Fault::new(mark, "the front matter has no closing `---`"));
    None
}

fn missing(body: &str, start: usize, begins: &str) -> Fault {
    let mut at = start;
    for line in body.split_inclusive('\n') {
        if line.trim_end() == "---" {
            let span = at..at.saturating_add(3);
            return Fault::new(span, "front matter must begin in the first line of the file");
        }
        if !line.trim().is_empty() {
            break;
        }
        at = at.saturating_add(line.len());
    }
    Fault::new(start..start, begins)
}

impl FrontMatter {
    fn fill(&mut self, entries: &[Entry], yaml: &str, block: &Block, report: &mut Report<'_>) {
        for (key, value) in entries {
            if let Some(value) = value.as_ref().filter(|_| KEYS.contains(&key.value.as_str())) {
                self.set(key, value, yaml, block, report);
                continue;
            }
            // Other programs' keys are left alone; a misspelt one of ours is an error.
            let known = nearest(&key.value, KEYS.into_iter());
            let at = place_in(yaml, block, key.referenced, &key.value);
            let message = format!("the front matter has no key `{}`", key.value);
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
        let given = [
            self.title.is_some(),
            self.language.is_some(),
            self.currency.is_some(),
            self.effective.is_some(),
        ];
        for (key, is_given) in REQUIRED.into_iter().zip(given) {
            let is_written = entries.iter().any(|(known, _)| known.value == key);
            if !is_given && !is_written {
                let end = block.inside.end;
                report.error(Fault::new(end..end, format!("the front matter has no `{key}`")));
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
        let fault = match key.value.as_str() {
            "title" if text.is_empty() => Some(("a policy needs a title".to_owned(), None)),
            "title" => {
                self.title = Some(text.to_owned());
                None
            }
            "language" => {
                self.language = text.parse().ok();
                let message = format!("`{text}` is not a language such as `en` or `pt-BR`");
                self.language.is_none().then_some((message, Some("en")))
            }
            "currency" => {
                self.currency = text.parse().ok();
                let message = format!("`{text}` is not a currency code of ISO 4217, such as `usd`");
                self.currency.is_none().then_some((message, None))
            }
            "until" => {
                self.until = text.parse().ok();
                let message = format!("`{text}` is not a day such as `2026-12-31`");
                self.until.is_none().then_some((message, None))
            }
            _ => {
                self.effective = text.parse().ok();
                let message = format!("`{text}` is not a day such as `2026-01-31`");
                self.effective.is_none().then_some((message, None))
            }
        };
        if let Some((message, suggestion)) = fault {
            let at = place_in(yaml, block, value.referenced, &value.value);
            report.error(Fault::new(at, message).perhaps(suggestion));
        }
    }
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

/// What is wrong with front matter that is no list of keys and texts, from what its reader says.
fn explain(said: &str) -> String {
    let said = said.lines().next().unwrap_or_default();
    // The reader counts lines from the front matter; ours stand beside the message.
    let said = said.split(" at line ").next().unwrap_or_default();
    if said.starts_with("duplicate mapping key") {
        "the front matter has this key twice".to_owned()
    } else if said.starts_with("expected mapping") {
        "front matter is made of lines such as `currency: usd`".to_owned()
    } else if said.starts_with("expected string") {
        "this key has one text as its value".to_owned()
    } else {
        format!("the front matter cannot be read: {said}")
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
            let is_read = KEYS.contains(&key.value.as_str());
            let value = if is_read || OTHER_KEYS.contains(&key.value.as_str()) {
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
