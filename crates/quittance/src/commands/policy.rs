//! `quittance policy …`

mod annotations;
mod cases;
mod diff;
mod explain;
mod format;
mod gaps;
mod sarif;
mod surroundings;
mod versions;
mod watch;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;

use quittance_core::limits::Limits;
use quittance_policy::{Checked, Problem, Severity, front_matter_schema};
use serde_json::json;

use super::{asked_to_stop, print};
use crate::cli::{PolicyCheck, ProblemFormat};
use crate::policy_files::Files;
use crate::problems;
use crate::said_files::SaidFiles;

pub(crate) use diff::diff;
pub(crate) use explain::explain;
pub(crate) use format::format;
pub(crate) use gaps::gaps;
pub(crate) use versions::{activate, list, show};

/// Clears a terminal and goes to its first line.
const CLEAR: &str = "\u{1b}[2J\u{1b}[3J\u{1b}[H";

/// A policy's files, what is said to customers beside them, and what is wrong with all of it.
struct Looked {
    files: Files,
    said: SaidFiles,
    found: Vec<Problem>,
    checked: Option<Checked>,
}

impl Looked {
    /// Looks at a policy, and at the replies and the voice in its folder; or at replies or a voice alone.
    fn at(path: &Path, limits: Option<&Limits>) -> anyhow::Result<Self> {
        if let Some(said) = SaidFiles::at(path)? {
            let (found, _) = said.check();
            return Ok(Self { files: Files::none(path), said, found, checked: None });
        }
        let files = Files::read(path)?;
        let said = if path.is_dir() { SaidFiles::beside(path)? } else { SaidFiles::default() };
        let (mut found, checked) = files.check_in(&surroundings::of(path, limits));
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

/// Prints the schema of the front matter.
pub(crate) fn schema() -> anyhow::Result<()> {
    print(&serde_json::to_string_pretty(&front_matter_schema())?);
    Ok(())
}

/// Tells every problem of every policy; with `--watch`, whenever one of their files changes.
pub(crate) async fn check(options: &PolicyCheck) -> anyhow::Result<ExitCode> {
    if !options.watch {
        return check_once(options);
    }
    let config = options.config.as_deref().unwrap_or(Path::new(surroundings::CONFIG));
    let watched = [&options.paths[..], &[config.to_owned()]].concat();
    let mut watch = watch::Watch::new(&watched)?;
    // One for the whole time: whoever asks while a check runs is heard when it is over.
    let mut stopped = pin!(asked_to_stop());
    tokio::select! {
        biased;
        stopped = &mut stopped => return stopped.map(|()| ExitCode::SUCCESS),
        () = std::future::ready(()) => {}
    }
    loop {
        if std::io::stdout().is_terminal() {
            print(CLEAR);
        }
        // What cannot be read now, because it is being replaced or deleted, may be there the next time.
        let last = check_once(options).unwrap_or_else(|error| {
            print(&format!("error: {error:#}"));
            ExitCode::from(2)
        });
        tokio::select! {
            biased;
            stopped = &mut stopped => return stopped.map(|()| last),
            changed = watch.change() => changed?,
        }
    }
}

fn check_once(options: &PolicyCheck) -> anyhow::Result<ExitCode> {
    let limits = surroundings::limits(options.config.as_deref())?;
    let mut policies = Vec::new();
    for path in &options.paths {
        policies.push((path, Looked::at(path, limits.as_ref())?));
    }
    match options.format {
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
        "note": problem.note,
        "suggestion": problem.suggestion,
    })
    .to_string()
}
