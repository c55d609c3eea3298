//! Problems as annotations of a pull request.

use quittance_policy::{Problem, Severity};

/// A workflow command, which GitHub shows beside the line.
/// <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>
pub(super) fn github(problem: &Problem, path: &str) -> String {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (line, column) = (problem.line, problem.column);
    // A command lies in one line, so an annotation over several ends with its first.
    let width = problem.text.lines().next().unwrap_or_default().chars().count();
    let end = column.saturating_add(width);
    format!(
        "::{level} file={},line={line},endLine={line},col={column},endColumn={end},title=Quittance::{}",
        property(path),
        data(&problem.in_words())
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
