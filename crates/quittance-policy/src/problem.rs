//! What is wrong with a policy file: where exactly, and what to write instead.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

/// How many problems of one file are told; more than that is not read by anybody.
pub const MOST_PROBLEMS: usize = 500;

/// How many characters of an offending text are repeated, and how many a suggestion has at most.
const LONGEST_TEXT: usize = 80;

/// How many characters of somebody's words a message repeats.
const LONGEST_QUOTE: usize = 32;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file cannot become a policy.
    Error,
    /// The file is a policy, but probably not the one that was meant.
    Warning,
    /// Nothing is wrong, but it is good to know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// One thing that is wrong in a policy file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1 in characters.
    pub column: usize,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
    /// Those bytes, cut to eighty characters.
    pub text: String,
    /// What is wrong: a lower-case fragment, short enough for the margin of an editor.
    pub message: String,
    /// What more there is to know, such as the clauses behind a failing example.
    pub note: Option<String>,
    /// What could stand there instead of `text`.
    pub suggestion: Option<String>,
}

impl Problem {
    /// What is wrong, what more there is to know, and what could stand there instead.
    pub fn in_words(&self) -> String {
        let note = self.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let message = format!("{}{note}", self.message);
        match &self.suggestion {
            Some(suggestion) => format!("{message}; did you mean `{suggestion}`?"),
            None => message,
        }
    }
}

impl fmt::Display for Problem {
    /// Such as ``refunds.md:12:3: error: no row is called `Whithin`; did you mean `Within`?``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, file, line, column, .. } = self;
        write!(f, "{file}:{line}:{column}: {severity}: {}", self.in_words())
    }
}

/// Everything that is wrong with a file that cannot become a policy, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Problems {
    /// At least one error, and the warnings.
    pub list: Vec<Problem>,
}

impl Problems {
    /// The errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter().filter(|problem| problem.severity == Severity::Error)
    }
}

impl fmt::Display for Problems {
    /// One problem a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// A problem before it is known how bad it is and in which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) note: Option<String>,
    pub(crate) suggestion: Option<String>,
}

impl Fault {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), note: None, suggestion: None }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub(crate) fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Suggests `suggestion` if there is one.
    pub(crate) fn perhaps(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}

/// Somebody's words as a message repeats them: cut where they are long. All of them stand at the place.
pub(crate) fn quote(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(LONGEST_QUOTE).collect();
    if chars.next().is_none() { start } else { format!("{}\u{2026}", start.trim_end()) }
}

/// Collects the problems of one file.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    file: &'a str,
    source: &'a str,
    /// Where the lines begin.
    lines: Vec<usize>,
    problems: Vec<Problem>,
    omitted: usize,
    has_errors: bool,
}

impl<'a> Report<'a> {
    pub(crate) fn new(file: &'a str, source: &'a str) -> Self {
        let breaks = source.match_indices('\n').map(|(at, _)| at.saturating_add(1));
        let lines = std::iter::once(0).chain(breaks).collect();
        Self { file, source, lines, problems: Vec::new(), omitted: 0, has_errors: false }
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.source.floor_char_boundary(offset);
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.lines.get(index)).copied();
        let before = self.source.get(start.unwrap_or(0)..offset).unwrap_or_default();
        // A byte order mark is no column.
        let column = before.trim_start_matches('\u{feff}').chars().count().saturating_add(1);
        (line, column)
    }

    pub(crate) fn file(&self) -> &'a str {
        self.file
    }

    pub(crate) fn source(&self) -> &'a str {
        self.source
    }

    pub(crate) fn error(&mut self, fault: Fault) {
        self.add(Severity::Error, fault);
    }

    pub(crate) fn warn(&mut self, fault: Fault) {
        self.add(Severity::Warning, fault);
    }

    pub(crate) fn note(&mut self, fault: Fault) {
        self.add(Severity::Note, fault);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Whether no more problems are told, so that what else could be said about them need not be found out.
    pub(crate) fn is_full(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }

    /// The problems in the order of the file.
    pub(crate) fn into_list(mut self) -> Vec<Problem> {
        if self.omitted > 0 {
            let message = format!("{} more problems are not shown", self.omitted);
            let end = self.source.len();
            self.problems.push(self.locate(Severity::Error, Fault::new(end..end, message)));
        }
        self.problems.sort_by_key(|problem| (problem.span.start, problem.severity));
        self.problems
    }

    /// A note that is not one of the file's problems.
    pub(crate) fn noted(&self, fault: Fault) -> Problem {
        self.locate(Severity::Note, fault)
    }

    fn add(&mut self, severity: Severity, fault: Fault) {
        let is_error = severity == Severity::Error;
        self.has_errors |= is_error;
        let mut milder = None;
        if self.is_full() {
            self.omitted = self.omitted.saturating_add(1);
            // An error is told in the place of something that is none.
            let is_milder = |problem: &Problem| is_error && problem.severity != Severity::Error;
            let Some(at) = self.problems.iter().rposition(is_milder) else { return };
            milder = Some(at);
        }
        let problem = self.locate(severity, fault);
        if self.problems.contains(&problem) {
            return;
        }
        match milder.and_then(|at| self.problems.get_mut(at)) {
            Some(place) => *place = problem,
            None => self.problems.push(problem),
        }
    }

    fn locate(&self, severity: Severity, fault: Fault) -> Problem {
        let start = self.source.floor_char_boundary(fault.span.start);
        let end = self.source.ceil_char_boundary(fault.span.end).max(start);
        let (line, column) = self.position(start);
        let text = self.source.get(start..end).unwrap_or_default();
        let is_short = |suggestion: &String| suggestion.chars().count() <= LONGEST_TEXT;
        Problem {
            severity,
            file: self.file.to_owned(),
            line,
            column,
            span: start..end,
            text: text.chars().take(LONGEST_TEXT).collect(),
            message: fault.message,
            note: fault.note,
            suggestion: fault.suggestion.filter(is_short),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_and_no_byte_order_mark() {
        let position = |source: &str, offset| Report::new("p.md", source).position(offset);
        assert_eq!(position("\u{feff}ab", 4), (1, 2));
        assert_eq!(position("a\nüb", 4), (2, 2));
        assert_eq!(position("a\nüb", 3), (2, 1));
        assert_eq!(position("a\r\nb", 3), (2, 1));
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("a\n", 2), (2, 1));
    }

    #[test]
    fn problems_come_in_the_order_of_the_file_and_are_bounded() {
        let source = "x".repeat(600);
        let mut report = Report::new("p.md", &source);
        for offset in (0..600).rev() {
            report.error(Fault::new(offset..offset.saturating_add(1), "bad"));
        }
        let list = report.into_list();
        assert_eq!(list.len(), MOST_PROBLEMS + 1);
        assert!(list.is_sorted_by_key(|problem| problem.span.start));
        assert_eq!(list.last().unwrap().message, "100 more problems are not shown");
    }

    #[test]
    fn an_error_after_many_warnings_is_one_all_the_same() {
        let source = "x".repeat(600);
        let mut report = Report::new("p.md", &source);
        for offset in 0..599 {
            report.warn(Fault::new(offset..offset.saturating_add(1), "odd"));
        }
        assert!(report.is_full() && !report.has_errors());
        report.error(Fault::new(599..600, "bad"));
        assert!(report.has_errors());
        let list = report.into_list();
        assert_eq!(list.len(), MOST_PROBLEMS + 1);
        assert!(list.iter().any(|problem| problem.message == "bad"));
    }

    #[test]
    fn a_problem_is_one_line_with_its_place() {
        let mut report = Report::new("p.md", "a\nbcd");
        report.error(Fault::new(3..4, "no row is called `c`").suggest("C"));
        let text = Problems { list: report.into_list() }.to_string();
        assert_eq!(text, "p.md:2:2: error: no row is called `c`; did you mean `C`?");
    }
}
