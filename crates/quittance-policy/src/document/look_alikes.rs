//! What looks like a table of rules or examples, and is not read as one.

use super::{CELLS, Kind, LONGEST_CELL, Section};
use crate::problem::Fault;
use crate::text::fold;
use crate::tongue::Tongue;
use crate::vocabulary::{Phrases, ROWS};

/// How many tags of an HTML table are looked at.
const MOST_TAGS: usize = 200;

/// A line of the prose that is in no table.
struct Line<'a> {
    /// Without white space around it.
    text: &'a str,
    start: usize,
    /// Whether it stands in code that is fenced off or in a comment.
    is_quoted: bool,
}

impl Line<'_> {
    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.start..self.start.saturating_add(self.text.len()), message)
    }
}

/// The lines of the prose that are in no table.
fn lines<'a>(section: &Section, source: &'a str) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let (mut is_fenced, mut is_comment) = (false, false);
    let mut plain = section.plain.iter().peekable();
    for range in &section.prose {
        let mut at = range.start;
        for line in source.get(range.clone()).unwrap_or_default().split_inclusive('\n') {
            let text = line.trim();
            let is_fence = text.starts_with("```") || text.starts_with("~~~");
            is_fenced ^= is_fence;
            is_comment |= text.contains("<!--");
            let start = at.saturating_add(line.len().saturating_sub(line.trim_start().len()));
            while plain.next_if(|table| table.end <= start).is_some() {}
            if plain.peek().is_none_or(|table| start < table.start) {
                let is_quoted = is_fenced || is_fence || is_comment;
                lines.push(Line { text, start, is_quoted });
            }
            is_comment &= !text.contains("-->");
            at = at.saturating_add(line.len());
        }
    }
    lines
}

/// The heads of rules and examples that stand in the prose as plain lines, because they are not
/// written as tables. Code that is fenced off is left alone: it may show how a policy is written.
pub(crate) fn broken_tables(section: &Section, source: &str, tongue: Tongue) -> Vec<Fault> {
    let heads: Vec<[String; CELLS]> = tongue
        .understood()
        .map(Phrases::of)
        .flat_map(|phrases| [phrases.rule_head, phrases.case_head])
        .map(|head| head.map(fold))
        .collect();
    let is_head = |line: &Line<'_>| {
        let cells = || line.text.trim_matches('|').split('|').map(fold).collect::<Vec<String>>();
        !line.is_quoted && line.text.contains('|') && heads.iter().any(|head| cells() == *head)
    };
    let message = "this is no table yet: a blank line goes above the head, \
                   `| --- | --- |` below, no indent";
    let lines = lines(section, source);
    lines.iter().filter(|line| is_head(line)).map(|line| line.fault(message)).collect()
}

/// Rows of rules, and whole rules, that stand in no table, and headings that are none: what is an error of
/// them, and what may be meant so.
pub(crate) fn not_in_tables(
    section: &Section,
    source: &str,
    tongue: Tongue,
) -> (Vec<Fault>, Vec<Fault>) {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let has_rule = section.tables.iter().any(|table| table.kind == Kind::Rule);
    let mut said: Vec<Line<'_>> = Vec::new();
    let mut last = None;
    for line in lines(section, source) {
        let row = is_row(line.text, tongue).then_some(line.is_quoted);
        // Of several rows one below the other the first is told.
        let is_first = row != std::mem::replace(&mut last, row);
        match row {
            Some(false) if is_first => errors.push(line.fault(
                "this row stands outside its table: no blank line or anything else parts rows",
            )),
            Some(true) if is_first && has_rule => warnings
                .push(line.fault("this row is not enforced: it stands in code or a comment")),
            Some(_) => {}
            None if line.is_quoted => {}
            None if !has_rule && is_said(line.text, tongue) => said.push(line),
            None => warnings.extend(heading_without_space(&line)),
        }
    }
    if let [first, _, ..] = said.as_slice() {
        let head = Phrases::of(tongue).rule_head.join(" | ");
        let message = format!("this is not enforced: a rule is a table that begins `| {head} |`");
        warnings.push(first.fault(message));
    }
    (errors, warnings)
}

/// Whether a line has bars and begins with the name of a row, in a list, a quotation or a comment too.
fn is_row(text: &str, tongue: Tongue) -> bool {
    let text =
        text.trim_start_matches(|char: char| char.is_whitespace() || "<!->*+".contains(char));
    let rest = text.strip_prefix('|').unwrap_or(text);
    rest.split_once('|').is_some_and(|(name, _)| ROWS.find(tongue, name.trim()).is_some())
}

/// Whether a line says what a row that every rule has says, such as `Reason: unused`.
fn is_said(text: &str, tongue: Tongue) -> bool {
    let Some((name, value)) = text.split_once([':', '\t']) else { return false };
    let name = name.trim_matches(|char: char| char.is_whitespace() || "-*+_".contains(char));
    let entry = ROWS.find(tongue, name).filter(|_| name.len() <= LONGEST_CELL);
    !value.trim().is_empty() && entry.is_some_and(|entry| entry.meaning.is_required)
}

/// Such as `##Late`, which is no heading.
fn heading_without_space(line: &Line<'_>) -> Option<Fault> {
    let words = line.text.trim_start_matches('#');
    let marks = line.text.len().saturating_sub(words.len());
    let is_meant = (2..=6).contains(&marks) && words.starts_with(char::is_alphanumeric);
    is_meant.then(|| {
        let marks = line.text.get(..marks).unwrap_or_default();
        let fault = line.fault(format!("this is no heading: a space belongs behind `{marks}`"));
        fault.suggest(format!("{marks} {words}"))
    })
}

/// Tables of HTML that would be rules or examples if they were written with bars.
pub(crate) fn html_tables(section: &Section, source: &str, tongue: Tongue) -> Vec<Fault> {
    let mut faults = Vec::new();
    for range in &section.prose {
        let text = source.get(range.clone()).unwrap_or_default();
        let tables = text
            .match_indices('<')
            .filter(|(at, _)| begins_with(text.get(*at..).unwrap_or_default(), "<table"));
        for (at, _) in tables.take(MOST_TAGS) {
            let rest = text.get(at..).unwrap_or_default();
            if is_meant(rest, tongue) {
                let start = range.start.saturating_add(at);
                let head = Phrases::of(tongue).rule_head.join(" | ");
                let message = format!("an HTML table is not read: write it as `| {head} |`");
                faults.push(Fault::new(start..start.saturating_add(6), message));
            }
        }
    }
    faults
}

/// Whether a text begins with a mark, in small or capital letters.
fn begins_with(text: &str, mark: &str) -> bool {
    text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
}

/// Whether the cells of an HTML table have the heads of a table of ours, or rows of a rule.
fn is_meant(html: &str, tongue: Tongue) -> bool {
    let cells: Vec<String> = html
        .split('<')
        .take(MOST_TAGS)
        .take_while(|tag| !begins_with(tag, "/table"))
        .filter_map(|tag| tag.split_once('>'))
        .filter(|(_, text)| text.len() <= LONGEST_CELL)
        .map(|(_, text)| fold(text))
        .filter(|text| !text.is_empty())
        .collect();
    let heads = tongue.understood().map(Phrases::of);
    let mut heads = heads.flat_map(|it| [it.rule_head, it.case_head]).map(|head| head.map(fold));
    let is_required =
        |cell: &&String| ROWS.find(tongue, cell).is_some_and(|entry| entry.meaning.is_required);
    heads.any(|head| cells.windows(CELLS).any(|pair| pair == head))
        || cells.iter().filter(is_required).count() >= 2
}
