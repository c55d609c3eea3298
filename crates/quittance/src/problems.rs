//! Shows a policy's problems as a compiler would: with the line, the place and a suggestion.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use quittance_policy::{Problem, Severity};

/// Prints problems to standard error.
#[expect(clippy::print_stderr, reason = "this is what a person reads")]
pub(crate) fn print(text: &str, problems: &[Problem]) {
    for problem in problems {
        eprintln!("{}\n", render(text, problem));
    }
}

/// One problem in colors, where the terminal has them.
pub(crate) fn render(text: &str, problem: &Problem) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let snippet = Snippet::source(text)
        .path(problem.file.as_str())
        .annotation(AnnotationKind::Primary.span(problem.span.clone()));
    let mut group = level.primary_title(problem.message.as_str()).element(snippet);
    if let Some(suggestion) = &problem.suggestion {
        group = group.element(Level::HELP.message(format!("did you mean `{suggestion}`?")));
    }
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let renderer = if is_terminal { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}
