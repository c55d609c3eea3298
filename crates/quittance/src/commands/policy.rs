//! `quittance policy …`

mod annotations;
mod cases;
mod diff;
mod explain;
mod gaps;
mod sarif;
mod versions;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use quittance_policy::{Checked, Problem, Severity};
use serde_json::json;

use super::print;
use crate::cli::ProblemFormat;
use crate::policy_files::Files;
use crate::problems;
use crate::said_files::SaidFiles;

pub(crate) use diff::diff;
pub(crate) use explain::explain;
pub(crate) use gaps::gaps;
pub(crate) use versions::{activate, list, show};

/// A policy's files, what is said to customers beside them, and what is wrong with all of it.
struct Looked {
    files: Files,
    said: SaidFiles,
    found: Vec<Problem>,
    checked: Option<Checked>,
}

impl Looked {
    /// Looks at a policy, and at the replies and the voice in its folder; or at replies or a voice alone.
    fn at(path: &Path) -> anyhow::Result<Self> {
        if let Some(said) = SaidFiles::at(path)? {
            let (found, _) = said.check();
            return Ok(Self { files: Files::none(path), said, found, checked: None });
        }
        let files = Files::read(path)?;
        let said = if path.is_dir() { SaidFiles::beside(path)? } else { SaidFiles::default() };
        let (mut found, checked) = files.check();
        found.extend(said.check().0);
        Ok(Self { files, said, found, checked })
    }

    /// What stands in the file that a problem is about.
    fn text_of(&self, problem: &Problem) -> &str {
        self.said.text_of(problem).unwrap_or_else(|| self.files.text_of(problem))
    }

    /// Where the file of a problem lies.
    fn path_of(&self, problem: &Problem) -> String {
        match self.said.text_of(problem) {
            Some(_) => problem.file.clone(),
            None => self.files.path_of(problem),
        }
    }

    fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|problem| problem.severity == severity).count()
    }

    /// 0 fine, 1 warnings, 2 errors. Notes are fine.
    fn status(&self) -> u8 {
        if self.count(Severity::Error) > 0 {
            2
        } else {
            u8::from(self.count(Severity::Warning) > 0)
        }
    }
}

/// Tells every problem of every policy.
pub(crate) fn check(paths: &[PathBuf], format: ProblemFormat) -> anyhow::Result<ExitCode> {
    let mut policies = Vec::new();
    for path in paths {
        policies.push((path, Looked::at(path)?));
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
                print(&annotations::github(problem, &looked.path_of(problem)));
            });
        }
        ProblemFormat::Sarif => {
            let mut results = Vec::new();
            each(&policies, |looked, problem| {
                let text = looked.text_of(problem);
                results.push(sarif::result(problem, &looked.path_of(problem), text));
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
        let text = looked.text_of(problem);
        print(&problems::render(text, &looked.path_of(problem), problem, has_colors));
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
    if looked.count(Severity::Error) > 0 {
        return print(&format!("{name}: {counted}"));
    }
    let mut fine = in_numbers(looked);
    fine.extend(Some(counted).filter(|counted| !counted.is_empty()));
    print(&format!("{name}: fine: {}", fine.join(", ")));
}

/// What there is of everything.
fn in_numbers(looked: &Looked) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(checked) = &looked.checked {
        let rules = checked.policy.clauses().filter(|clause| clause.rule.is_some()).count();
        let files = many(looked.files.sources.len(), "file");
        told.push(format!("{} in {files}", many(rules, "rule")));
        let holds = if checked.examples.len() == 1 { "holds" } else { "hold" };
        told.push(format!("{} {holds}", many(checked.examples.len(), "example")));
    }
    let (languages, has_voice) = looked.said.counts();
    if languages > 0 {
        told.push(format!("replies in {}", many(languages, "language")));
    }
    if has_voice {
        told.push("a voice".to_owned());
    }
    told
}

/// Such as `1 rule` or `2 rules`.
fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn as_json(looked: &Looked, problem: &Problem) -> String {
    json!({
        "severity": problem.severity,
        "file": looked.path_of(problem),
        "line": problem.line,
        "column": problem.column,
        "text": problem.text,
        "message": problem.message,
        "suggestion": problem.suggestion,
    })
    .to_string()
}
