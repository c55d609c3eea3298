//! `quittance policy check`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use quittance_policy::{Checked, Problem, Severity};
use serde_json::json;

use super::print;
use crate::cli::ProblemFormat;
use crate::problems;

/// Tells every problem of every file.
pub(crate) fn check(files: &[PathBuf], format: ProblemFormat) -> anyhow::Result<ExitCode> {
    let mut worst = 0;
    for file in files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let (found, checked) = read(file, &text);
        let has_errors = found.iter().any(|problem| problem.severity == Severity::Error);
        worst = worst.max(if has_errors { 2 } else { u8::from(!found.is_empty()) });
        match format {
            ProblemFormat::Text => tell(file, &text, &found, checked.as_ref()),
            ProblemFormat::Json => found.iter().for_each(|problem| print(&as_json(problem))),
        }
    }
    Ok(ExitCode::from(worst))
}

fn read(file: &Path, text: &str) -> (Vec<Problem>, Option<Checked>) {
    match quittance_policy::read(&file.display().to_string(), text) {
        Ok(checked) => (checked.warnings.clone(), Some(checked)),
        Err(problems) => (problems.list, None),
    }
}

fn tell(file: &Path, text: &str, found: &[Problem], checked: Option<&Checked>) {
    for problem in found {
        print(&problems::render(text, problem));
        print("");
    }
    let name = file.display();
    let Some(checked) = checked else {
        let errors = found.iter().filter(|problem| problem.severity == Severity::Error).count();
        print(&format!(
            "{name}: {errors} error(s), {} warning(s)",
            found.len().saturating_sub(errors)
        ));
        return;
    };
    let rules = checked.policy.clauses.iter().filter(|clause| clause.rule.is_some()).count();
    let examples = checked.examples.len();
    print(&format!(
        "{name}: fine: {rules} rule(s), {examples} example(s) hold, {} warning(s)",
        found.len()
    ));
}

fn as_json(problem: &Problem) -> String {
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({
        "severity": severity,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "text": problem.text,
        "message": problem.message,
        "suggestion": problem.suggestion,
    })
    .to_string()
}
