//! The files of a policy on the disk.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use quittance_policy::{
    Checked, Examples, LARGEST_FILE, MOST_FILES, Problem, Severity, Source, Surroundings, read_in,
};

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

/// How files of markdown end.
const MARKDOWN: [&str; 2] = ["md", "markdown"];

/// How many folders may lie within one another in a policy's folder.
const DEEPEST: usize = 8;

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
    /// `REFERENCE.md`, `voice.md`, the folder `replies`, and hidden ones. Links to files count as files,
    /// links to folders are left out.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let mut sources = Vec::new();
        if path.is_dir() {
            collect(path, "", 0, &mut sources)?;
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
        self.policy_in(&Surroundings::default())
    }

    /// The policy to find out what it says, whether its examples hold or not.
    pub(crate) fn draft(&self) -> anyhow::Result<Checked> {
        self.policy_in(&Surroundings { examples: Examples::MayFail, ..Surroundings::default() })
    }

    fn policy_in(&self, around: &Surroundings) -> anyhow::Result<Checked> {
        let (found, checked) = self.check_in(around);
        for problem in found.iter().filter(|problem| problem.severity != Severity::Note) {
            problems::print(self.text_of(problem), &self.path_of(problem), problem);
        }
        let path = self.path.display();
        checked.with_context(|| {
            format!("the policy {path} has problems; correct them and start again")
        })
    }
}

/// Gathers the files of a folder that lies `depth` folders deep in the policy's.
fn collect(
    folder: &Path,
    prefix: &str,
    depth: usize,
    sources: &mut Vec<Source>,
) -> anyhow::Result<()> {
    if depth > DEEPEST {
        bail!("{} lies too deep: a policy's folders are at most {DEEPEST} deep", folder.display());
    }
    let cannot = || format!("cannot read the folder {}", folder.display());
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let Ok(name) = entry.file_name().into_string() else {
            bail!("{} has a name that is no text", entry.path().display());
        };
        if name.starts_with('.') {
            continue;
        }
        // A link to a folder is not gone into: it may lead back to where it lies.
        if entry.file_type().with_context(cannot)?.is_dir() {
            if name != REPLIES {
                collect(
                    &entry.path(),
                    &format!("{prefix}{name}/"),
                    depth.saturating_add(1),
                    sources,
                )?;
            }
        } else if is_policy(&name) && is_file(&entry.path())? {
            sources.push(Source::new(&format!("{prefix}{name}"), &text(&entry.path())?));
        }
        if sources.len() > MOST_FILES {
            bail!("{} has more than {MOST_FILES} files", folder.display());
        }
    }
    Ok(())
}

/// Whether a file is called like a part of a policy.
fn is_policy(name: &str) -> bool {
    is_markdown(Path::new(name)) && !NO_POLICIES.contains(&name)
}

/// Whether a file is called like one with markdown in it.
pub(crate) fn is_markdown(path: &Path) -> bool {
    let is_one = |end: &OsStr| MARKDOWN.iter().any(|known| end.eq_ignore_ascii_case(known));
    path.extension().is_some_and(is_one)
}

/// Whether this is a file or a link to one: reading a pipe may wait for ever. A link that leads nowhere is an
/// error, since a part of the policy is missing.
fn is_file(path: &Path) -> anyhow::Result<bool> {
    let found =
        std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(found.is_file())
}

/// What stands in a file, no more of it than is needed to say that it is too large.
fn text(path: &Path) -> anyhow::Result<String> {
    let cannot = || format!("cannot read {}", path.display());
    let most = u64::try_from(LARGEST_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(cannot)?;
    file.take(most).read_to_end(&mut bytes).with_context(cannot)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            // A file that is too large may be cut within a letter; that it is too large is told later.
            if error.as_bytes().len() > LARGEST_FILE && error.utf8_error().error_len().is_none() {
                return Ok(String::from_utf8_lossy(error.as_bytes()).into_owned());
            }
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

    fn names(folder: &Path) -> Vec<String> {
        let sources = Files::read(folder).unwrap().sources;
        sources.into_iter().map(|source| source.name).collect()
    }

    #[test]
    fn markdown_has_two_endings_in_letters_of_any_case() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.md", "b.markdown", "c.MARKDOWN", "d.Md", "e.txt", "README.md", "voice.md"] {
            std::fs::write(folder.path().join(name), "# A\n").unwrap();
        }
        assert_eq!(names(folder.path()), ["a.md", "b.markdown", "c.MARKDOWN", "d.Md"]);
    }

    #[test]
    fn folders_within_folders_have_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = |depth: usize| folder.path().join("more/".repeat(depth));
        std::fs::create_dir_all(path(DEEPEST)).unwrap();
        std::fs::write(path(DEEPEST).join("a.md"), "# A\n").unwrap();
        assert_eq!(names(folder.path()), [format!("{}a.md", "more/".repeat(DEEPEST))]);
        std::fs::create_dir(path(DEEPEST + 1)).unwrap();
        let error = Files::read(folder.path()).unwrap_err();
        assert!(error.to_string().contains("at most 8 deep"), "{error:#}");
    }

    #[test]
    fn of_a_file_that_is_too_large_little_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        std::fs::write(&path, "é".repeat(LARGEST_FILE)).unwrap();
        let files = Files::read(&path).unwrap();
        assert!(files.sources[0].text.len() <= LARGEST_FILE + 3);
        let (found, checked) = files.check();
        assert!(checked.is_none() && found[0].message.contains("bytes long"), "{found:?}");
    }

    #[cfg(unix)]
    #[test]
    fn only_files_are_read_and_links_to_folders_lead_nowhere() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // As Kubernetes lays out what a config map holds.
        std::fs::create_dir_all(path("map/..2026")).unwrap();
        std::fs::write(path("map/..2026/a.md"), "# A\n").unwrap();
        symlink("..2026", path("map/..data")).unwrap();
        symlink("..data/a.md", path("map/a.md")).unwrap();
        for name in ["loop", "again", "folder.md"] {
            symlink(".", path("map").join(name)).unwrap();
        }
        let made = std::process::Command::new("mkfifo").arg(path("map/b.md")).status().unwrap();
        assert!(made.success());
        symlink("map", path("policies")).unwrap();
        for named in ["map", "policies", "map/..data"] {
            assert_eq!(names(&path(named)), ["a.md"]);
        }
        symlink("nowhere", path("map/gone.md")).unwrap();
        let error = Files::read(&path("map")).unwrap_err();
        assert!(error.to_string().contains("gone.md"), "{error:#}");
    }
}
