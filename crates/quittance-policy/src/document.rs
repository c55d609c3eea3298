//! The outline of a policy file: headings, the prose under them, and the tables that are rules or
//! worked examples. Everything keeps its place in the file.

mod look_alikes;
mod names;
mod table;

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use quittance_core::money::Currency;

use crate::problem::Fault;
use crate::text::{Cell, fold, nearest};
use crate::tongue::Tongue;
use crate::vocabulary::{EXPECTATIONS, Phrases, ROWS};

pub(crate) use look_alikes::{broken_tables, html_tables, not_in_tables};
pub(crate) use names::{slug, web_slug};
pub(crate) use table::{Kind, Table, TableRow};

use names::names_in;

/// How many rows of one table are read.
pub(crate) const MOST_ROWS: usize = 2_000;

/// How many headings of one file are read.
pub(crate) const MOST_SECTIONS: usize = 2_000;

/// How many bytes a cell of a rule or an example may have.
const LONGEST_CELL: usize = 2_000;

/// The cells of a row that are read.
const CELLS: usize = 2;

/// A heading and what stands under it, up to the next heading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    /// The heading's text; none for what stands before the first.
    pub(crate) heading: Option<Heading>,
    /// The bytes that are prose.
    pub(crate) prose: Vec<Range<usize>>,
    /// The tables that are not prose, and misnamed ones.
    pub(crate) tables: Vec<Table>,
    /// The bytes of the tables in the prose.
    pub(crate) plain: Vec<Range<usize>>,
}

/// A heading.
#[derive(Clone, Debug)]
pub(crate) struct Heading {
    pub(crate) text: String,
    /// 1 for the largest.
    pub(crate) level: u8,
    /// The bytes of the text, or of the whole heading where it has none.
    pub(crate) span: Range<usize>,
}

impl Section {
    /// The prose as it stands in the file, without the tables that are rules or examples.
    pub(crate) fn prose(&self, source: &str) -> String {
        let parts = self.prose.iter().filter_map(|range| source.get(range.clone()));
        let parts: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
        parts.join("\n\n")
    }
}

/// A link or an image.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Where it leads.
    pub(crate) to: String,
    /// The bytes that say so, or the whole link.
    pub(crate) span: Range<usize>,
    /// Whether those bytes are what is in `to`.
    pub(crate) is_verbatim: bool,
}

/// What stands in a file.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) sections: Vec<Section>,
    /// Its links, in their order.
    pub(crate) links: Vec<Link>,
    /// The names that HTML in it gives to places.
    pub(crate) names: Vec<String>,
}

/// Reads the outline of `source` from byte `start` on.
pub(crate) fn outline(source: &str, start: usize, tongue: Tongue) -> Contents {
    let body = source.get(start..).unwrap_or_default();
    let mut outline = Outline {
        source,
        tongue,
        sections: vec![Section::default()],
        links: Vec::new(),
        names: Vec::new(),
        prose_from: start,
        depth: 0,
        heading: None,
        table: None,
        cell: None,
    };
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        let range = range.start.saturating_add(start)..range.end.saturating_add(start);
        if outline.sections.len() > MOST_SECTIONS {
            break;
        }
        outline.take(&event, range);
    }
    outline.end_prose(source.len());
    let Outline { sections, links, names, .. } = outline;
    Contents { sections, links, names }
}

struct Outline<'a> {
    source: &'a str,
    tongue: Tongue,
    sections: Vec<Section>,
    links: Vec<Link>,
    names: Vec<String>,
    prose_from: usize,
    /// How many lists and quotations are open.
    depth: usize,
    heading: Option<(u8, Range<usize>)>,
    table: Option<OpenTable>,
    /// The text of the heading or cell that is open.
    cell: Option<Cell>,
}

struct OpenTable {
    span: Range<usize>,
    head: Vec<Cell>,
    is_head: bool,
    table: Table,
}

impl Outline<'_> {
    fn take(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(*tag, range),
            Event::Text(text) | Event::Code(text) => {
                let written = self.source.get(range.clone()).unwrap_or_default();
                if let Some(cell) = &mut self.cell {
                    // A code span's range has its backticks; the text inside is verbatim.
                    let inside = written.find(&**text).map(|at| range.start.saturating_add(at));
                    let from = inside.unwrap_or(range.start);
                    let span = from..from.saturating_add(text.len());
                    cell.push(text, span.clone(), self.source.get(span).unwrap_or_default());
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(cell) = &mut self.cell {
                    cell.push(" ", range, "");
                }
            }
            Event::InlineHtml(html) | Event::Html(html) => {
                self.names.extend(names_in(html));
                self.with_table(|open| {
                    if let Some(row) = open.table.rows.last_mut().filter(|_| !open.is_head) {
                        row.html.get_or_insert(range);
                    }
                });
            }
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "markup that the outline does not use")]
        match tag {
            Tag::BlockQuote(_) | Tag::List(_) => self.depth = self.depth.saturating_add(1),
            Tag::Heading { level, .. } if self.depth == 0 => {
                self.heading = Some((*level as u8, range.clone()));
                self.cell = Some(Cell::empty(range));
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.link(dest_url, range),
            Tag::Table(_) => self.table = Some(OpenTable::new(range, self.depth > 0)),
            Tag::TableHead => self.with_table(|open| open.is_head = true),
            Tag::TableRow => self.start_row(range),
            Tag::TableCell => self.cell = Some(Cell::empty(range)),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        #[expect(clippy::wildcard_enum_match_arm, reason = "markup that the outline does not use")]
        match tag {
            TagEnd::BlockQuote(_) | TagEnd::List(_) => self.depth = self.depth.saturating_sub(1),
            TagEnd::Heading(_) => self.end_heading(range),
            TagEnd::TableCell => self.end_cell(),
            TagEnd::TableHead => {
                let tongue = self.tongue;
                self.with_table(|open| open.end_head(tongue));
            }
            TagEnd::Table => self.end_table(range),
            _ => {}
        }
    }

    fn link(&mut self, to: &str, range: Range<usize>) {
        let written = self.source.get(range.clone()).unwrap_or_default();
        let at = written.rfind(to).filter(|_| !to.is_empty());
        let span = match at {
            Some(at) => {
                let start = range.start.saturating_add(at);
                start..start.saturating_add(to.len())
            }
            None => range,
        };
        self.links.push(Link { to: to.to_owned(), span, is_verbatim: at.is_some() });
    }

    fn with_table(&mut self, change: impl FnOnce(&mut OpenTable)) {
        if let Some(open) = &mut self.table {
            change(open);
        }
    }

    fn start_row(&mut self, range: Range<usize>) {
        let text = self.source.get(range.clone()).unwrap_or_default();
        let length = text.trim_end().len();
        let span = range.start..range.start.saturating_add(length);
        let written = count_cells(text.trim_end());
        self.with_table(|open| {
            open.is_head = false;
            if open.table.rows.len() >= MOST_ROWS {
                open.table.is_too_long = true;
            } else {
                let empty = Cell::empty(span.end..span.end);
                let row = TableRow { span, cells: Vec::new(), empty, written, html: None };
                open.table.rows.push(row);
            }
        });
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        self.with_table(|open| {
            if open.is_head {
                if open.head.len() <= CELLS {
                    open.head.push(cell);
                }
            } else if !open.table.is_too_long
                && let Some(row) = open.table.rows.last_mut()
                && row.cells.len() < CELLS
            {
                row.cells.push(cell);
            }
        });
    }

    fn end_heading(&mut self, range: Range<usize>) {
        // Headings in lists and quotations are prose.
        let Some((level, whole)) = self.heading.take() else { return };
        let cell = self.cell.take().unwrap_or_default();
        self.end_prose(whole.start);
        self.prose_from = range.end;
        let piece = cell.piece();
        let span = if piece.is_empty() { whole } else { piece.span() };
        let heading = Heading { text: piece.text().to_owned(), level, span };
        self.sections.push(Section { heading: Some(heading), ..Section::default() });
    }

    fn end_table(&mut self, range: Range<usize>) {
        let Some(mut open) = self.table.take() else { return };
        let table = &mut open.table;
        if table.kind == Kind::Prose {
            table.kind =
                by_rows(&open.head, &table.rows, self.tongue).map_or(Kind::Prose, Kind::Misnamed);
        }
        let is_ours = matches!(table.kind, Kind::Rule | Kind::Examples);
        if is_ours {
            self.end_prose(range.start);
            self.prose_from = range.end;
        }
        let Some(section) = self.sections.last_mut() else { return };
        if !is_ours {
            section.plain.push(range);
        }
        if open.table.kind != Kind::Prose {
            section.tables.push(open.table);
        }
    }

    fn end_prose(&mut self, end: usize) {
        let range = self.prose_from..end;
        if let Some(section) = self.sections.last_mut().filter(|_| !range.is_empty()) {
            section.prose.push(range);
        }
    }
}

impl OpenTable {
    fn new(span: Range<usize>, is_nested: bool) -> Self {
        let table = Table {
            kind: Kind::Prose,
            span: span.clone(),
            is_nested,
            rows: Vec::new(),
            is_too_long: false,
        };
        Self { span, head: Vec::new(), is_head: true, table }
    }

    fn end_head(&mut self, tongue: Tongue) {
        self.is_head = false;
        self.table.kind = by_head(&self.head, &self.span, tongue);
    }
}

/// What a table's head says it is.
fn by_head(head: &[Cell], span: &Range<usize>, tongue: Tongue) -> Kind {
    let words: Vec<String> = head.iter().map(|cell| cell.piece().folded()).collect();
    let span = || head_span(head).unwrap_or_else(|| span.clone());
    for known in tongue.understood() {
        let phrases = Phrases::of(known);
        for (kind, meant) in [(Kind::Rule, phrases.rule_head), (Kind::Examples, phrases.case_head)]
        {
            let is = meant.map(fold);
            if words == is {
                return kind;
            }
            if words.len() > CELLS && words.starts_with(&is) {
                let message = "a table of rules or examples has two columns";
                return Kind::Misnamed(Fault::new(span(), message));
            }
        }
    }
    let own = Phrases::of(tongue);
    let is_near = |word: &str, meant: &str| nearest(word, std::iter::once(meant)).is_some();
    let [name, value] = words.as_slice() else { return Kind::Prose };
    let [rule, setting] = own.rule_head;
    let [case, expect] = own.case_head;
    if fold(setting) == *value && is_near(name, rule)
        || fold(rule) == *name && is_near(value, setting)
    {
        return Kind::Misnamed(not_enforced(span(), tongue));
    }
    if is_near(name, case) && is_near(value, expect) {
        return Kind::Misnamed(not_run(span(), tongue));
    }
    Kind::Prose
}

fn not_enforced(span: Range<usize>, tongue: Tongue) -> Fault {
    let head = Phrases::of(tongue).rule_head.join(" | ");
    let message = format!("a table of rules is headed `{head}`; this one would not be enforced");
    Fault::new(span, message).suggest(head)
}

fn not_run(span: Range<usize>, tongue: Tongue) -> Fault {
    let head = Phrases::of(tongue).case_head.join(" | ");
    let message = format!("a table of examples is headed `{head}`; this one would not be run");
    Fault::new(span, message).suggest(head)
}

fn head_span(head: &[Cell]) -> Option<Range<usize>> {
    match (head.first(), head.get(1)) {
        (Some(first), Some(second)) => Some(first.piece().span().start..second.piece().span().end),
        (Some(cell), None) => Some(cell.piece().span()),
        (None, _) => None,
    }
}

/// A table with the rows of a rule, or of examples, and another head. The first row may stand where the
/// head belongs.
fn by_rows(head: &[Cell], rows: &[TableRow], tongue: Tongue) -> Option<Fault> {
    let is_required =
        |name: &str| ROWS.find(tongue, name).is_some_and(|entry| entry.meaning.is_required);
    let first = head.first().map(|cell| cell.piece().text());
    let names = first.into_iter().chain(rows.iter().map(|row| row.name().text()));
    if names.filter(|name| is_required(name)).count() >= 2 {
        return Some(not_enforced(head_span(head)?, tongue));
    }
    let is_example = |row: &TableRow| {
        EXPECTATIONS.find_start(tongue, &row.value().folded()).is_some()
            && row.name().text().split([',', ';']).any(is_sum)
    };
    let examples = rows.iter().filter(|row| is_example(row)).count();
    (examples > 0 && examples.saturating_mul(2) >= rows.len())
        .then(|| head_span(head).map(|span| not_run(span, tongue)))?
}

/// Whether a text is an amount of money, as examples have one.
fn is_sum(text: &str) -> bool {
    let is_currency = |word: &str| word.len() == 3 && word.parse::<Currency>().is_ok();
    text.contains(|char: char| char.is_ascii_digit())
        && (text.contains(['$', '€', '£', '¥']) || text.split_whitespace().any(is_currency))
}

/// How many cells stand in a line of a table.
fn count_cells(line: &str) -> usize {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut bars = 0_usize;
    let mut is_escaped = false;
    let mut ends_with_bar = false;
    for char in line.chars() {
        ends_with_bar = char == '|' && !is_escaped;
        bars = bars.saturating_add(usize::from(ends_with_bar));
        is_escaped = char == '\\' && !is_escaped;
    }
    if ends_with_bar { bars } else { bars.saturating_add(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "intro\n\n# One\n\nfirst\n\n| Rule | Value |\n|---|---|\n| Reason | **other** |\n\nlast\n\n## Two `x`\n| a | b |\n|---|---|\n| c | d |\n";

    #[test]
    fn a_section_is_a_heading_its_prose_and_its_tables() {
        let sections = outline(FILE, 0, Tongue::English).sections;
        assert_eq!(sections.len(), 3);
        assert_eq!(sections[0].prose(FILE), "intro");
        assert_eq!(sections[1].prose(FILE), "first\n\nlast");
        assert_eq!(sections[1].tables[0].rows[0].value().text(), "other");
        assert_eq!(FILE.get(sections[1].tables[0].rows[0].value().span()), Some("other"));
        assert_eq!(sections[2].heading.as_ref().unwrap().text, "Two x");
        assert_eq!(sections[2].prose(FILE), "| a | b |\n|---|---|\n| c | d |");
    }

    #[test]
    fn a_table_that_only_looks_like_rules_is_noticed() {
        for head in ["Rules | Value", "Rule | Valeu", "Field | Setting", "Case | Expected"] {
            let file =
                format!("# A\n\n| {head} |\n|---|---|\n| Reason | other |\n| Decision | ask |\n");
            let sections = outline(&file, 0, Tongue::English).sections;
            let table = &sections[1].tables[0];
            let Kind::Misnamed(fault) = &table.kind else { panic!("{head}") };
            assert_eq!(file.get(fault.span.clone()), Some(head));
        }
        let prose = "# A\n\n| Plan | Price |\n|---|---|\n| pro | 49 USD |\n";
        assert!(outline(prose, 0, Tongue::English).sections[1].tables.is_empty());
    }

    #[test]
    fn cells_are_counted_as_they_are_written() {
        for (line, count) in
            [("| a | b |", 2), ("a | b", 2), ("| a | b | c |", 3), ("| a \\| b |", 1), ("a", 1)]
        {
            assert_eq!(count_cells(line), count, "{line}");
        }
    }

    #[test]
    fn tables_and_headings_in_quotations_are_marked() {
        let file = "# A\n\n> ## B\n>\n> | Rule | Value |\n> |---|---|\n> | Reason | other |\n";
        let sections = outline(file, 0, Tongue::English).sections;
        assert_eq!(sections.len(), 2);
        assert!(sections[1].tables[0].is_nested);
    }
}
