//! Shows a policy's problems as a compiler would: with the line, the place and a suggestion.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use quittance_policy::{Problem, Severity};

/// Prints a problem to standard error. `text` is what stands in the file, `path` where it lies.
#[expect(clippy::print_stderr, reason = "this is what a person reads")]
pub(crate) fn print(text: &str, path: &str, problem: &Problem) {
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    eprintln!("{}\n", render(text, path, problem, is_terminal));
}

/// One problem, in colors where these are wanted.
pub(crate) fn render(text: &str, path: &str, problem: &Problem, has_colors: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let (lines, start) = around(text, &problem.span);
    let span = problem.span.start.saturating_sub(start)..problem.span.end.saturating_sub(start);
    let snippet = Snippet::source(lines)
        .path(path)
        .line_start(problem.line)
        .annotation(AnnotationKind::Primary.span(span.start..span.end.min(lines.len())));
    let mut group = level.primary_title(problem.message.as_str()).element(snippet);
    if let Some(note) = &problem.note {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(suggestion) = &problem.suggestion {
        group = group.element(Level::HELP.message(format!("did you mean `{suggestion}`?")));
    }
    let renderer = if has_colors { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// The lines that a problem is about, and where they begin: a long file is not looked through for each of its
/// problems.
fn around<'a>(text: &'a str, span: &Range<usize>) -> (&'a str, usize) {
    let before = text.get(..span.start).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let after = text.get(span.end..).unwrap_or_default();
    let end = after.find('\n').map_or(text.len(), |at| span.end.saturating_add(at));
    (text.get(start..end).unwrap_or_default(), start)
}
