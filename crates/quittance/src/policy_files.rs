//! The files of a policy on the disk.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use quittance_policy::{Checked, MOST_FILES, Problem, Severity, Source, Surroundings, read_in};

use crate::problems;
use crate::said_files::{REPLIES, VOICE};

/// The policy that comes with the program.
const SHIPPED: [(&str, &str); 6] = [
    ("annual.md", include_str!("../../../policies/annual.md")),
    ("disputes.md", include_str!("../../../policies/disputes.md")),
    ("outages.md", include_str!("../../../policies/outages.md")),
    ("purchases.md", include_str!("../../../policies/purchases.md")),
    ("refunds.md", include_str!("../../../policies/refunds.md")),
    ("trials.md", include_str!("../../../policies/trials.md")),
];

/// Markdown files in a policy's folder that are no part of it.
const NO_POLICIES: [&str; 3] = ["README.md", "REFERENCE.md", VOICE];

/// A policy as it lies on the disk: one file, or a folder.
#[derive(Debug)]
pub(crate) struct Files {
    /// The file or folder.
    path: PathBuf,
    /// The files by their names within the folder.
    pub(crate) sources: Vec<Source>,
}

impl Files {
    /// Reads a file, or every markdown file in a folder and its subfolders: without `README.md`,
    /// `REFERENCE.md`, `voice.md`, the folder `replies`, and hidden ones.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut sources = Vec::new();
        if path.is_dir() {
            collect(path, "", &mut sources)?;
            sources.sort_by(|one, other| one.name.cmp(&other.name));
            if sources.is_empty() {
                bail!("there is no policy (a file such as `refunds.md`) in {}", path.display());
            }
        } else {
            sources.push(Source::new(&path.display().to_string(), &text(path)?));
        }
        Ok(Self { path: path.to_owned(), sources })
    }

    /// The policy that comes with the program.
    pub(crate) fn shipped() -> Self {
        let sources = SHIPPED.map(|(name, text)| Source::new(name, text)).to_vec();
        Self { path: PathBuf::from("policies"), sources }
    }

    /// No policy: what is looked at has only replies or a voice.
    pub(crate) fn none(path: &Path) -> Self {
        Self { path: path.to_owned(), sources: Vec::new() }
    }

    /// What is wrong with it, and the policy if nothing is an error.
    pub(crate) fn check(&self) -> (Vec<Problem>, Option<Checked>) {
        self.check_in(&Surroundings::default())
    }

    /// Like [`Self::check`], within what is known of the policy's surroundings.
    pub(crate) fn check_in(&self, around: &Surroundings) -> (Vec<Problem>, Option<Checked>) {
        match read_in(&self.sources, around) {
            Ok(checked) => ([&checked.warnings[..], &checked.gaps].concat(), Some(checked)),
            Err(problems) => (problems.list, None),
        }
    }

    /// What stands in the file that a problem is about.
    pub(crate) fn text_of(&self, problem: &Problem) -> &str {
        let source = self.sources.iter().find(|source| source.name == problem.file);
        source.map_or("", |source| &source.text)
    }

    /// Where the file of a problem lies.
    pub(crate) fn path_of(&self, problem: &Problem) -> String {
        self.path_to(&problem.file).display().to_string()
    }

    /// Where the file of this name lies.
    pub(crate) fn path_to(&self, name: &str) -> PathBuf {
        let is_folder =
            self.sources.first().is_some_and(|source| Path::new(&source.name) != self.path);
        if is_folder { self.path.join(name) } else { self.path.clone() }
    }

    /// The policy; or its problems are printed, and this fails.
    pub(crate) fn policy(&self) -> anyhow::Result<Checked> {
        let (found, checked) = self.check();
        for problem in found.iter().filter(|problem| problem.severity != Severity::Note) {
            problems::print(self.text_of(problem), &self.path_of(problem), problem);
        }
        let path = self.path.display();
        checked.with_context(|| {
            format!("the policy {path} has problems; correct them and start again")
        })
    }
}

fn collect(folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let Ok(name) = entry.file_name().into_string() else {
            bail!("{} has a name that is no text", entry.path().display());
        };
        let path = entry.path();
        let is_markdown = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if name != REPLIES {
                collect(&path, &format!("{prefix}{name}/"), sources)?;
            }
        } else if is_markdown && !NO_POLICIES.contains(&name.as_str()) {
            sources.push(Source::new(&format!("{prefix}{name}"), &text(&path)?));
        }
        if sources.len() > MOST_FILES {
            bail!("{} has more than {MOST_FILES} files", folder.display());
        }
    }
    Ok(())
}

fn text(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..at).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            bail!("{}:{line}: this is not UTF-8; save the file in that encoding", path.display())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_is_the_folder_of_samples() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
        let mut read = Files::read(&folder).unwrap().sources;
        read.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(read, Files::shipped().sources);
        assert!(Files::shipped().policy().is_ok());
    }
}
