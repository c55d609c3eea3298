//! Shows a policy's problems as a compiler would: with the line, the place and a suggestion.

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
    let snippet = Snippet::source(text)
        .path(path)
        .annotation(AnnotationKind::Primary.span(problem.span.clone()));
    let mut group = level.primary_title(problem.message.as_str()).element(snippet);
    if let Some(suggestion) = &problem.suggestion {
        group = group.element(Level::HELP.message(format!("did you mean `{suggestion}`?")));
    }
    let renderer = if has_colors { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}
