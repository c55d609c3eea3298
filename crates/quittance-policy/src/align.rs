//! Aligns the tables of a policy file, and changes nothing else.

use std::ops::Range;

use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd, TextMergeStream};
use unicode_width::UnicodeWidthStr as _;

use crate::{LARGEST_FILE, front};

/// How many columns of a terminal a cell may be wide and still widen its column. A wider one sticks out.
const WIDEST_CELL: usize = 100;

/// How many columns a table that is aligned has at most.
const MOST_COLUMNS: usize = 32;

/// A file whose tables are aligned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aligned {
    /// The file.
    pub text: String,
    /// The tables that changed, in the order of the file.
    pub tables: Vec<AlignedTable>,
}

/// A table that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlignedTable {
    /// The line of its head, counted from 1.
    pub line: usize,
    /// Its lines before and after, without their ends. There are as many of both.
    pub lines: Vec<(String, String)>,
}

/// Aligns every table that stands in no list, quotation or code. No word of a cell changes, nothing outside
/// a table does, and a table that would then be read otherwise stays as it is.
pub fn align(text: &str) -> Aligned {
    let unchanged = || Aligned { text: text.to_owned(), tables: Vec::new() };
    if text.len() > LARGEST_FILE {
        return unchanged();
    }
    let mut aligned = String::with_capacity(text.len());
    let mut tables = Vec::new();
    let (mut done, mut line) = (0, 0_usize);
    for (range, columns) in tables_of(text) {
        let old = text.get(range.clone()).unwrap_or_default();
        let Some(new) = table(old, &columns).filter(|new| new != old && reads_alike(old, new))
        else {
            continue;
        };
        let between = text.get(done..range.start).unwrap_or_default();
        line = line.saturating_add(between.matches('\n').count());
        aligned.push_str(between);
        aligned.push_str(&new);
        done = range.end;
        let pairs = old.lines().zip(new.lines());
        tables.push(AlignedTable {
            line: line.saturating_add(1),
            lines: pairs.map(|(old, new)| (old.to_owned(), new.to_owned())).collect(),
        });
        line = line.saturating_add(old.matches('\n').count());
    }
    aligned.push_str(text.get(done..).unwrap_or_default());
    // What is too long to be read says nothing any more.
    if aligned.len() > LARGEST_FILE {
        return unchanged();
    }
    Aligned { text: aligned, tables }
}

/// Where the tables stand, whole lines each, and how their columns are aligned.
fn tables_of(text: &str) -> Vec<(Range<usize>, Vec<Alignment>)> {
    let start = front::body(text);
    let body = text.get(start..).unwrap_or_default();
    let mut depth = 0_usize;
    let mut tables = Vec::new();
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only what tables stand in matters")]
        match event {
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => depth = depth.saturating_add(1),
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => depth = depth.saturating_sub(1),
            Event::Start(Tag::Table(columns)) if depth == 0 => {
                let from = start.saturating_add(range.start);
                let from = text
                    .get(..from)
                    .and_then(|before| before.rfind('\n'))
                    .map_or(0, |at| at.saturating_add(1));
                let end = start.saturating_add(range.end);
                tables.push((from.max(start)..end, columns));
            }
            _ => {}
        }
    }
    tables
}

/// A line of a table.
struct Row<'a> {
    line: &'a str,
    end: &'a str,
    /// None for a line that stays as it is, because it has no bar between cells.
    cells: Option<Vec<&'a str>>,
}

/// The table with its columns aligned; none where that cannot be done.
fn table(text: &str, columns: &[Alignment]) -> Option<String> {
    // A carriage return alone ends a line too, and nobody sees it.
    if columns.len() > MOST_COLUMNS || text.replace("\r\n", "").contains('\r') {
        return None;
    }
    let rows: Vec<Row<'_>> = text.split_inclusive('\n').map(row).collect();
    let mut widths = vec![3; columns.len()];
    for (at, row) in rows.iter().enumerate().filter(|(at, _)| *at != 1) {
        let cells = row.cells.iter().flatten();
        for (width, cell) in widths.iter_mut().zip(cells) {
            let wide = cell.width();
            if wide <= WIDEST_CELL {
                *width = wide.max(*width);
            }
        }
        // Without cells in the head this is no table of ours.
        if at == 0 && row.cells.is_none() {
            return None;
        }
    }
    let mut aligned = String::with_capacity(text.len());
    for (at, row) in rows.iter().enumerate() {
        match &row.cells {
            _ if at == 1 => rule(&mut aligned, &widths, columns),
            Some(cells) => line(&mut aligned, cells, &widths, columns),
            None => aligned.push_str(row.line),
        }
        aligned.push_str(row.end);
    }
    Some(aligned)
}

/// Takes a line apart at the bars that no backslash stands before.
fn row(written: &str) -> Row<'_> {
    let line = written.trim_end_matches(['\r', '\n']);
    let end = written.get(line.len()..).unwrap_or_default();
    let inside = line.trim_matches([' ', '\t']);
    let inside = inside.strip_prefix('|').unwrap_or(inside);
    let mut cells = Vec::new();
    let mut start = 0;
    let mut is_escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        if byte == b'|' && !is_escaped {
            cells.push(inside.get(start..at).unwrap_or_default());
            start = at.saturating_add(1);
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    let rest = inside.get(start..).unwrap_or_default();
    let has_bar = inside.len() < line.trim_matches([' ', '\t']).len() || !cells.is_empty();
    if !rest.trim_matches([' ', '\t']).is_empty() {
        cells.push(rest);
    }
    let cells = cells.into_iter().map(|cell| cell.trim_matches([' ', '\t'])).collect::<Vec<_>>();
    Row { line, end, cells: Some(cells).filter(|cells| has_bar && !cells.is_empty()) }
}

fn line(page: &mut String, cells: &[&str], widths: &[usize], columns: &[Alignment]) {
    page.push('|');
    for (at, cell) in cells.iter().enumerate() {
        let room = widths.get(at).map_or(0, |width| width.saturating_sub(cell.width()));
        let ahead = match columns.get(at) {
            Some(Alignment::Right) => room,
            Some(Alignment::Center) => room.div_euclid(2),
            Some(Alignment::Left | Alignment::None) | None => 0,
        };
        page.push(' ');
        page.extend(std::iter::repeat_n(' ', ahead));
        page.push_str(cell);
        page.extend(std::iter::repeat_n(' ', room.saturating_sub(ahead)));
        page.push_str(" |");
    }
}

/// The line below the head.
fn rule(page: &mut String, widths: &[usize], columns: &[Alignment]) {
    page.push('|');
    for (width, column) in widths.iter().zip(columns) {
        let (ahead, behind) = match column {
            Alignment::None => ("", ""),
            Alignment::Left => (":", ""),
            Alignment::Right => ("", ":"),
            Alignment::Center => (":", ":"),
        };
        let dashes = width.saturating_sub(ahead.len()).saturating_sub(behind.len());
        page.push(' ');
        page.push_str(ahead);
        page.extend(std::iter::repeat_n('-', dashes));
        page.push_str(behind);
        page.push_str(" |");
    }
}

/// Whether two tables have the same cells.
fn reads_alike(one: &str, other: &str) -> bool {
    let events = |text| TextMergeStream::new(Parser::new_ext(text, Options::ENABLE_TABLES));
    events(one).eq(events(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str) {
        let aligned = align(old);
        assert_eq!(aligned.text, new, "{old}");
        assert_eq!(align(new), Aligned { text: new.to_owned(), tables: Vec::new() }, "twice");
    }

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        check(
            "|Rule|Value|\n|-|:-:|\n|Reason|a \\| `b`|\n|Grün|返金|\n",
            "| Rule   |  Value   |\n| ------ | :------: |\n| Reason | a \\| `b` |\n| Grün   |   返金   |\n",
        );
        check(
            "# A\n\nRule | Value\n--- | --:\na | b\nlast",
            "# A\n\n| Rule | Value |\n| ---- | ----: |\n| a    |     b |\nlast",
        );
    }

    #[test]
    fn nothing_outside_a_table_changes() {
        for text in [
            "",
            "\u{feff}---\r\ntitle: a | b\r\n---\r\n\r\n#  A  \r\n\r\nx | y  \r\n",
            "```\n|a|b|\n|-|-|\n|long cell|b|\n```\n",
            "    |a|b|\n    |-|-|\n    |long cell|b|\n",
            "> |a|b|\n> |-|-|\n> |long cell|b|\n",
            "- x\n\n  |a|b|\n  |-|-|\n  |long cell|b|\n",
            "<div>\n|a|b|\n|-|-|\n</div>\n",
            "|a|b|\n|-|\n",
        ] {
            assert_eq!(align(text), Aligned { text: text.to_owned(), tables: Vec::new() });
        }
        check(
            "\u{feff}a  \r\n\r\n|a|b|\r\n|-|-|\r\n|c|d|\r\n\r\nb\t\r\n",
            "\u{feff}a  \r\n\r\n| a   | b   |\r\n| --- | --- |\r\n| c   | d   |\r\n\r\nb\t\r\n",
        );
    }

    #[test]
    fn a_row_keeps_as_many_cells_as_it_has() {
        check(
            "|a|b|\n|-|-|\n|c\n|d|e|f|\n|g||\n|\nh\n",
            "| a   | b   |\n| --- | --- |\n| c   |\n| d   | e   | f |\n| g   |     |\n|\nh\n",
        );
    }

    #[test]
    fn a_long_cell_sticks_out_and_a_file_stays_readable() {
        let long = "x".repeat(WIDEST_CELL + 1);
        check(
            &format!("|a|b|\n|-|-|\n|{long}|c|\n"),
            &format!("| a   | b   |\n| --- | --- |\n| {long} | c   |\n"),
        );
        let wide = "y".repeat(WIDEST_CELL);
        let many = format!("|a|b|\n|-|-|\n|{wide}|c|\n{}", "|c|d|\n".repeat(100_000));
        assert_eq!(align(&many).text, many);
    }

    #[test]
    fn a_table_that_changed_is_told_line_by_line() {
        let aligned = align("x\n\n|a|b|\n|-|-|\n|c|d|\n");
        assert_eq!(aligned.tables.len(), 1);
        assert_eq!(aligned.tables[0].line, 3);
        assert_eq!(aligned.tables[0].lines[2], ("|c|d|".to_owned(), "| c   | d   |".to_owned()));
    }
}
