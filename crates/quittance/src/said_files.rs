//! The files of what is said to customers: the replies, a file for each language, and the voice.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use quittance_engine::Said;
use quittance_policy::{
    LARGEST_REPLIES, MOST_FILES, Problem, Replies, Severity, Source, read_replies,
};

use crate::config::PolicyFiles;
use crate::problems;

/// The folder of the replies, which stands beside the policies.
pub(crate) const REPLIES: &str = "replies";

/// The file of the voice, which stands beside the replies.
pub(crate) const VOICE: &str = "voice.md";

/// The replies that come with the program.
const BUILT_IN: [(&str, &str); 9] = [
    ("en.md", include_str!("../../../policies/replies/en.md")),
    ("fr.md", include_str!("../../../policies/replies/fr.md")),
    ("de.md", include_str!("../../../policies/replies/de.md")),
    ("es.md", include_str!("../../../policies/replies/es.md")),
    ("pt.md", include_str!("../../../policies/replies/pt.md")),
    ("it.md", include_str!("../../../policies/replies/it.md")),
    ("nl.md", include_str!("../../../policies/replies/nl.md")),
    ("ja.md", include_str!("../../../policies/replies/ja.md")),
    ("ar.md", include_str!("../../../policies/replies/ar.md")),
];

/// What is said, as it lies on the disk. Every file has its path as its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SaidFiles {
    replies: Vec<Source>,
    voice: Option<Source>,
}

impl SaidFiles {
    /// What the configuration names, else what lies in the folder of the policy, else what comes with the
    /// program.
    pub(crate) fn configured(files: &PolicyFiles) -> anyhow::Result<Self> {
        let beside = if files.path.is_dir() { Self::beside(&files.path)? } else { Self::default() };
        let replies = match &files.replies {
            None if beside.replies.is_empty() => {
                BUILT_IN.map(|(name, text)| Source::new(name, text)).to_vec()
            }
            None => beside.replies,
            Some(folder) => {
                let replies = files_in(folder).context("check `policy.replies`")?;
                if replies.is_empty() {
                    bail!(
                        "there is no file of replies (`en.md`, …) in {}: check `policy.replies`",
                        folder.display()
                    );
                }
                replies
            }
        };
        let voice = match &files.voice {
            Some(path) => Some(read(path).context("check `policy.voice`")?),
            None => beside.voice,
        };
        Ok(Self { replies, voice })
    }

    /// What lies in the folder of a policy.
    pub(crate) fn beside(folder: &Path) -> anyhow::Result<Self> {
        let replies = folder.join(REPLIES);
        let replies = if replies.is_dir() { files_in(&replies)? } else { Vec::new() };
        Ok(Self { replies, voice: optional(&folder.join(VOICE))? })
    }

    /// What a path names, if it is no policy: a folder of replies, one of its files, or a voice.
    pub(crate) fn at(path: &Path) -> anyhow::Result<Option<Self>> {
        let is_called = |path: Option<&Path>, name: &str| {
            path.and_then(Path::file_name).is_some_and(|found| found == name)
        };
        if path.is_dir() && is_called(Some(path), REPLIES) {
            return Ok(Some(Self { replies: files_in(path)?, voice: None }));
        }
        if path.is_file() && is_called(Some(path), VOICE) {
            return Ok(Some(Self { replies: Vec::new(), voice: Some(read(path)?) }));
        }
        if path.is_file() && is_called(path.parent(), REPLIES) {
            return Ok(Some(Self { replies: vec![read(path)?], voice: None }));
        }
        Ok(None)
    }

    /// What is wrong, and what is said if nothing is an error.
    pub(crate) fn check(&self) -> (Vec<Problem>, Option<Said>) {
        match read_replies(&self.replies, self.voice.as_ref()) {
            Ok(Replies { templates, voice, warnings }) => {
                (warnings, Some(Said { templates, voice }))
            }
            Err(problems) => (problems.list, None),
        }
    }

    /// What stands in the file of a problem, if it is one of these.
    pub(crate) fn text_of(&self, problem: &Problem) -> Option<&str> {
        let source =
            self.replies.iter().chain(&self.voice).find(|source| source.name == problem.file)?;
        Some(&source.text)
    }

    /// How many languages there are, and whether there is a voice.
    pub(crate) fn counts(&self) -> (usize, bool) {
        (self.replies.len(), self.voice.is_some())
    }

    /// What is said; or its problems are printed, and this fails.
    pub(crate) fn said(&self) -> anyhow::Result<Said> {
        let (found, said) = self.check();
        for problem in found.iter().filter(|problem| problem.severity != Severity::Note) {
            problems::print(self.text_of(problem).unwrap_or_default(), &problem.file, problem);
        }
        said.context("the replies or the voice have problems; correct them and start again")
    }
}

/// The markdown files of a folder, without hidden ones and `README.md`.
fn files_in(folder: &Path) -> anyhow::Result<Vec<Source>> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let (path, name) = (entry.path(), entry.file_name());
        let is_markdown = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
        let is_hidden = name.to_string_lossy().starts_with('.');
        if is_markdown && !is_hidden && name != "README.md" && path.is_file() {
            paths.push(path);
        }
        if paths.len() > MOST_FILES {
            bail!("{} has more than {MOST_FILES} files", folder.display());
        }
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn optional(path: &Path) -> anyhow::Result<Option<Source>> {
    if path.is_file() { read(path).map(Some) } else { Ok(None) }
}

/// A file, no more of it than is needed to say that it is too large. Bytes that are no UTF-8 become the sign that
/// stands for such bytes, which is reported where it stands.
fn read(path: &Path) -> anyhow::Result<Source> {
    let cannot = || format!("cannot read {}", path.display());
    let most = u64::try_from(LARGEST_REPLIES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(cannot)?;
    file.take(most).read_to_end(&mut bytes).with_context(cannot)?;
    Ok(Source::new(&path.display().to_string(), &String::from_utf8_lossy(&bytes)))
}
