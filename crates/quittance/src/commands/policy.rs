//! `quittance policy …`

mod annotations;
mod cases;
mod diff;
mod explain;
mod sarif;
mod versions;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use quittance_policy::{Checked, Problem, Severity};
use serde_json::json;

use super::print;
use crate::cli::ProblemFormat;
use crate::policy_files::Files;
use crate::problems;

pub(crate) use diff::diff;
pub(crate) use explain::explain;
pub(crate) use versions::{activate, list, show};

/// A policy's files and what is wrong with them.
struct Looked {
    files: Files,
    found: Vec<Problem>,
    checked: Option<Checked>,
}

impl Looked {
    fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|problem| problem.severity == severity).count()
    }

    /// 0 fine, 1 warnings, 2 errors. Notes are fine.
    fn status(&self) -> u8 {
        if self.checked.is_none() { 2 } else { u8::from(self.count(Severity::Warning) > 0) }
    }
}

/// Tells every problem of every policy.
pub(crate) fn check(paths: &[PathBuf], format: ProblemFormat) -> anyhow::Result<ExitCode> {
    let mut policies = Vec::new();
    for path in paths {
        let files = Files::read(path)?;
        let (found, checked) = files.check();
        policies.push((path, Looked { files, found, checked }));
    }
    match format {
        ProblemFormat::Human => {
            for (path, looked) in &policies {
                tell(&path.display().to_string(), looked);
            }
        }
        ProblemFormat::Json => each(&policies, |looked, problem| print(&as_json(looked, problem))),
        ProblemFormat::Github => {
            each(&policies, |looked, problem| {
                print(&annotations::github(problem, &looked.files.path_of(problem)));
            });
        }
        ProblemFormat::Sarif => {
            let mut results = Vec::new();
            each(&policies, |looked, problem| {
                let text = looked.files.text_of(problem);
                results.push(sarif::result(problem, &looked.files.path_of(problem), text));
            });
            print(&sarif::log(&results).to_string());
        }
    }
    let worst = policies.iter().map(|(_, looked)| looked.status()).max().unwrap_or(0);
    Ok(ExitCode::from(worst))
}

fn each(policies: &[(&PathBuf, Looked)], mut tell: impl FnMut(&Looked, &Problem)) {
    for (_, looked) in policies {
        for problem in &looked.found {
            tell(looked, problem);
        }
    }
}

fn tell(name: &str, looked: &Looked) {
    let has_colors = std::io::stdout().is_terminal();
    for problem in &looked.found {
        let text = looked.files.text_of(problem);
        print(&problems::render(text, &looked.files.path_of(problem), problem, has_colors));
        print("");
    }
    let counts = [
        (looked.count(Severity::Error), "error"),
        (looked.count(Severity::Warning), "warning"),
        (looked.count(Severity::Note), "note"),
    ];
    let counted: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(n, what)| many(*n, what)).collect();
    let counted = counted.join(", ");
    let Some(checked) = &looked.checked else {
        return print(&format!("{name}: {counted}"));
    };
    let rules = checked.policy.clauses().filter(|clause| clause.rule.is_some()).count();
    let holds = if checked.examples.len() == 1 { "holds" } else { "hold" };
    let counted = if counted.is_empty() { String::new() } else { format!(", {counted}") };
    print(&format!(
        "{name}: fine: {} in {}, {} {holds}{counted}",
        many(rules, "rule"),
        many(looked.files.sources.len(), "file"),
        many(checked.examples.len(), "example")
    ));
}

/// Such as `1 rule` or `2 rules`.
fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn as_json(looked: &Looked, problem: &Problem) -> String {
    json!({
        "severity": problem.severity,
        "file": looked.files.path_of(problem),
        "line": problem.line,
        "column": problem.column,
        "text": problem.text,
        "message": problem.message,
        "suggestion": problem.suggestion,
    })
    .to_string()
}
