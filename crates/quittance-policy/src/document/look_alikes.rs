//! What looks like a table of rules or examples, and is not read as one.

use super::{CELLS, LONGEST_CELL, Section};
use crate::problem::Fault;
use crate::text::fold;
use crate::tongue::Tongue;
use crate::vocabulary::{Phrases, ROWS};

/// How many tags of an HTML table are looked at.
const MOST_TAGS: usize = 200;

/// The heads of rules and examples that stand in the prose as plain lines, because they are not
/// written as tables. Code that is fenced off is left alone: it may show how a policy is written.
pub(crate) fn broken_tables(section: &Section, source: &str, tongue: Tongue) -> Vec<Fault> {
    let heads: Vec<[String; CELLS]> = tongue
        .understood()
        .map(Phrases::of)
        .flat_map(|phrases| [phrases.rule_head, phrases.case_head])
        .map(|head| head.map(fold))
        .collect();
    let mut faults = Vec::new();
    for range in &section.prose {
        let mut at = range.start;
        let mut is_fenced = false;
        for line in source.get(range.clone()).unwrap_or_default().split_inclusive('\n') {
            let text = line.trim();
            is_fenced ^= text.starts_with("```") || text.starts_with("~~~");
            let mut cells: Vec<String> = Vec::new();
            if text.contains('|') {
                cells.extend(text.trim_matches('|').split('|').map(fold));
            }
            let is_head = heads.iter().any(|head| cells == *head);
            if is_head && !is_fenced {
                let start = at.saturating_add(line.len().saturating_sub(line.trim_start().len()));
                let message = "this is no table yet: a blank line goes above the head, \
                               `| --- | --- |` below, no indent";
                faults.push(Fault::new(start..start.saturating_add(text.len()), message));
            }
            at = at.saturating_add(line.len());
        }
    }
    faults
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
