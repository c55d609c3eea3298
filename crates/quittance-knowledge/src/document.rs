//! Markdown documents, taken apart into sections.

use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use quittance_core::policy::Policy;

/// How long a section may grow before it is continued in another, in bytes.
const LONG: usize = 2_000;
/// The most bytes that one paragraph or list item may have before it is taken apart itself.
const LONGEST_BLOCK: usize = 4_000;
/// What stands between a heading and the one it belongs to.
const BELOW: &str = " › ";
/// The heads of tables that are rules for the program and not words for people.
const RULES: [[&str; 2]; 8] = [
    ["rule", "value"],
    ["case", "expect"],
    ["règle", "valeur"],
    ["cas", "attendu"],
    ["regel", "wert"],
    ["fall", "erwartet"],
    ["regla", "valor"],
    ["caso", "esperado"],
];

/// A piece of a document under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The document's name, by which it is told from the others.
    pub document: String,
    /// What the document is called; empty if nothing says so.
    pub title: String,
    /// The heading, after those it belongs to: `Refunds › Exceptions`. A single heading of the first
    /// level is the document's title and left out, except over its own text.
    pub clause: String,
    /// What a link to the heading ends with, such as `charged-twice`.
    pub anchor: String,
    /// The prose, word for word as it stands in the document, in markdown.
    pub text: String,
    /// The language, such as `en` or `pt-BR`.
    pub language: String,
}

/// Takes every file of a policy apart at its headings.
pub fn sections_of_policy(policy: &Policy) -> Vec<Section> {
    let documents = policy.documents.iter();
    documents
        .flat_map(|document| {
            let language = document.language.as_str();
            take_apart(&document.name, Some(&document.title), &document.text, language)
        })
        .collect()
}

/// Takes a document apart at its headings.
///
/// Front matter, comments, and the tables that are rules or worked examples are left out; what stands
/// before and after them becomes a section each, so that every text is one unbroken piece of the
/// document. Long sections are continued in further ones at the end of a paragraph.
pub fn sections_of(document: &str, markdown: &str, language: &str) -> Vec<Section> {
    take_apart(document, None, markdown, language)
}

fn take_apart(document: &str, title: Option<&str>, markdown: &str, language: &str) -> Vec<Section> {
    let body = without_front_matter(markdown);
    let outline = outline(body);
    let has_title = outline.iter().filter(|block| block.is_heading(1)).count() == 1
        && outline.iter().find_map(Block::level) == Some(1);
    let first = outline.iter().find_map(Block::text).filter(|_| has_title);
    let no_heading = title.unwrap_or(document);
    let title = title.or(first).unwrap_or_default().to_owned();
    let mut place = Place {
        document,
        title,
        no_heading,
        language,
        has_title,
        path: Vec::new(),
        anchor: String::new(),
    };
    let mut anchors = HashMap::new();
    let mut sections = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for block in outline {
        match block {
            Block::Heading { level, text } => {
                sections.extend(open.take().and_then(|span| place.section(body, span)));
                place.path.retain(|(above, _)| *above < level);
                place.anchor = unique(&mut anchors, slug(&text));
                place.path.push((level, text));
            }
            Block::Hidden => {
                sections.extend(open.take().and_then(|span| place.section(body, span)));
            }
            Block::Prose(span) => {
                for piece in pieces(body, span) {
                    let is_long = open
                        .as_ref()
                        .is_some_and(|open| piece.end.saturating_sub(open.start) > LONG);
                    if is_long {
                        sections.extend(open.take().and_then(|span| place.section(body, span)));
                    }
                    open = Some(open.map_or(piece.start, |open| open.start)..piece.end);
                }
            }
        }
    }
    sections.extend(open.and_then(|span| place.section(body, span)));
    sections
}

/// Where in the document a text stands.
struct Place<'d> {
    document: &'d str,
    title: String,
    /// What text is called that stands under no heading.
    no_heading: &'d str,
    language: &'d str,
    has_title: bool,
    path: Vec<(u8, String)>,
    anchor: String,
}

impl Place<'_> {
    fn section(&self, body: &str, span: Range<usize>) -> Option<Section> {
        let text = body.get(span)?.trim();
        let names = self
            .path
            .iter()
            .filter(|(level, text)| (*level != 1 || !self.has_title) && !text.is_empty());
        let mut clause = names.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(BELOW);
        if clause.is_empty() {
            let title = self.path.first().map_or(self.no_heading, |(_, title)| title.as_str());
            title.clone_into(&mut clause);
        }
        (!text.is_empty()).then(|| Section {
            document: self.document.to_owned(),
            title: self.title.clone(),
            clause,
            anchor: self.anchor.clone(),
            text: text.to_owned(),
            language: self.language.to_owned(),
        })
    }
}

/// A block at the top of the document's structure.
#[derive(Debug)]
enum Block {
    Heading {
        level: u8,
        text: String,
    },
    Prose(Range<usize>),
    /// Something that is not for people.
    Hidden,
}

impl Block {
    fn level(&self) -> Option<u8> {
        match self {
            Self::Heading { level, .. } => Some(*level),
            Self::Prose(_) | Self::Hidden => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Heading { text, .. } => Some(text),
            Self::Prose(_) | Self::Hidden => None,
        }
    }

    fn is_heading(&self, level: u8) -> bool {
        self.level() == Some(level)
    }
}

/// What has been seen of the block that is being read.
#[derive(Default)]
struct Reading {
    /// How many elements are open.
    depth: usize,
    heading: Option<u8>,
    /// The heading's text, or that of a table's first row.
    text: String,
    head: Vec<String>,
    is_in_head: bool,
}

/// The blocks of the document in their order; lists by their items.
fn outline(body: &str) -> Vec<Block> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut blocks = Vec::new();
    let mut reading = Reading::default();
    for (event, span) in Parser::new_ext(body, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                reading.start(&tag);
                // A list stands for its items: they are the ones to be kept whole.
                if !matches!(tag, Tag::List(_)) {
                    reading.depth = reading.depth.saturating_add(1);
                }
            }
            Event::End(tag) => {
                if matches!(tag, TagEnd::List(_)) {
                    continue;
                }
                reading.depth = reading.depth.saturating_sub(1);
                if let Some(block) = reading.end(tag, body, span) {
                    blocks.push(block);
                }
            }
            Event::Text(text) | Event::Code(text) if reading.takes_text() => {
                reading.text.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak if reading.takes_text() => reading.text.push(' '),
            Event::Text(_)
            | Event::Code(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
    }
    blocks
}

impl Reading {
    fn takes_text(&self) -> bool {
        self.heading.is_some() || self.is_in_head
    }

    fn start(&mut self, tag: &Tag<'_>) {
        if let Tag::Heading { level, .. } = tag
            && self.depth == 0
        {
            self.heading = Some(*level as u8);
            self.text.clear();
        } else if matches!(tag, Tag::Table(_)) {
            self.head.clear();
        } else if matches!(tag, Tag::TableHead) {
            self.is_in_head = true;
        } else if matches!(tag, Tag::TableCell) {
            self.text.clear();
        }
    }

    /// Takes note of the end of an element; if nothing is open any more, that was a block.
    fn end(&mut self, tag: TagEnd, body: &str, span: Range<usize>) -> Option<Block> {
        if tag == TagEnd::TableCell && self.is_in_head {
            self.head.push(self.text.trim().to_lowercase());
        } else if tag == TagEnd::TableHead {
            self.is_in_head = false;
        }
        if self.depth > 0 {
            return None;
        }
        if let Some(level) = self.heading.take() {
            let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
            return Some(Block::Heading { level, text });
        }
        let is_rule = tag == TagEnd::Table && RULES.iter().any(|head| self.head == *head);
        let is_comment = tag == TagEnd::HtmlBlock
            && body.get(span.clone()).is_some_and(|html| html.trim_start().starts_with("<!--"));
        Some(if is_rule || is_comment { Block::Hidden } else { Block::Prose(span) })
    }
}

/// A block as it is, or, if it is very long, in pieces that end with a line or a word.
fn pieces(body: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = span.start;
    while span.end.saturating_sub(start) > LONGEST_BLOCK {
        let most = body.floor_char_boundary(start.saturating_add(LONGEST_BLOCK));
        let room = body.get(start..most).unwrap_or_default();
        let length =
            room.rfind('\n').or_else(|| room.rfind(' ')).filter(|at| *at > 0).unwrap_or(room.len());
        let end = start.saturating_add(length.max(1));
        pieces.push(start..end);
        start = end;
    }
    pieces.push(start..span.end);
    pieces
}

/// The document after its front matter, if it has any: lines between two lines of `---` at its top.
fn without_front_matter(markdown: &str) -> &str {
    let text = markdown.strip_prefix('\u{feff}').unwrap_or(markdown);
    let mut lines = text.split_inclusive('\n');
    if lines.next().is_none_or(|line| line.trim_end() != "---") {
        return text;
    }
    let mut length = "---".len();
    let mut rest = text.get(length..).unwrap_or_default();
    for line in lines {
        let at = rest.find(line).unwrap_or_default();
        length = at.saturating_add(line.len());
        rest = rest.get(length..).unwrap_or_default();
        if matches!(line.trim_end(), "---" | "...") {
            return rest;
        }
    }
    text
}

/// A heading as the end of a link: letters and digits in lower case, joined by `-`.
fn slug(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Puts a number behind an anchor that is taken.
fn unique(taken: &mut HashMap<String, u32>, anchor: String) -> String {
    let count = taken.entry(anchor.clone()).or_default();
    *count = count.saturating_add(1);
    if *count == 1 { anchor } else { format!("{anchor}-{count}") }
}

#[cfg(test)]
mod tests;
