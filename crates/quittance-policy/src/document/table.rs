//! Tables and their rows.

use std::ops::Range;

use super::LONGEST_CELL;
use crate::problem::Fault;
use crate::text::{Cell, Piece};

/// What a table is, by the words of its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `Rule | Value`.
    Rule,
    /// `Case | Expect`.
    Examples,
    /// Any other table, which is prose.
    Prose,
    /// Prose by its head, but probably meant to be something else.
    Misnamed(Fault),
}

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
    /// Whether it stands in a list or a quotation.
    pub(crate) is_nested: bool,
    pub(crate) rows: Vec<TableRow>,
    /// Whether there were more rows than are read.
    pub(crate) is_too_long: bool,
}

/// A row below the head.
#[derive(Clone, Debug)]
pub(crate) struct TableRow {
    pub(crate) span: Range<usize>,
    pub(super) cells: Vec<Cell>,
    pub(super) empty: Cell,
    /// How many cells stand in the file, which may be more or fewer than the head has.
    pub(super) written: usize,
    /// HTML in it, which nobody reads.
    pub(super) html: Option<Range<usize>>,
}

impl TableRow {
    /// The first cell.
    pub(crate) fn name(&self) -> Piece<'_> {
        self.cells.first().unwrap_or(&self.empty).piece()
    }

    /// The second cell.
    pub(crate) fn value(&self) -> Piece<'_> {
        self.cells.get(1).unwrap_or(&self.empty).piece()
    }

    /// What is wrong with the number of cells, or with their length.
    pub(crate) fn misshapen(&self) -> Option<Fault> {
        let longest = self.cells.iter().find(|cell| cell.piece().text().len() > LONGEST_CELL);
        if let Some(cell) = longest {
            let message = format!("a cell is at most {LONGEST_CELL} bytes long");
            return Some(cell.piece().fault(message));
        }
        if let Some(html) = &self.html {
            let message = "HTML is not read in a table: amounts and words are parted by commas";
            return Some(Fault::new(html.clone(), message));
        }
        let footnote = self.cells.iter().find_map(|cell| {
            let at = cell.piece().text().find("[^")?;
            Some(cell.piece().after(at))
        });
        if let Some(footnote) = footnote {
            let message = "a footnote cannot stand in this table: the prose is the place for it";
            return Some(footnote.fault(message));
        }
        let message = match self.written {
            0 | 1 => "this row has one cell and needs two: is a blank line missing above it?",
            2 => return None,
            _ => {
                "this row has more than two cells, and the others would be lost: commas part values"
            }
        };
        Some(Fault::new(self.span.clone(), message))
    }
}
