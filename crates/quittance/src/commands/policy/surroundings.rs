//! What a policy is held against besides itself: the configured ceilings, and the files beside it.

use std::collections::BTreeSet;
use std::path::Path;

use quittance_core::clock::Clock as _;
use quittance_core::limits::Limits;
use quittance_core::policy::date;
use quittance_policy::{Folder, Surroundings};

use crate::clock::SystemClock;
use crate::config;

/// The configuration that is read, if it is there, when none is named.
pub(super) use super::super::stop::CONFIG;

/// How many files beside a policy are looked at.
const MOST_FILES: usize = 20_000;

/// How many folders lie within each other.
const DEEPEST: usize = 16;

/// The ceilings of a configuration.
pub(super) fn limits(path: Option<&Path>) -> anyhow::Result<Option<Limits>> {
    let path = match path {
        Some(path) => path,
        None if Path::new(CONFIG).exists() => Path::new(CONFIG),
        None => return Ok(None),
    };
    Ok(Some(config::read(path)?.limits.limits()?))
}

/// What is known around the policy at `path`.
pub(super) fn of(path: &Path, limits: Option<&Limits>) -> Surroundings {
    let (folder, prefix) = if path.is_dir() {
        (path, String::new())
    } else {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = folder.display().to_string();
        (folder, if name.is_empty() { name } else { format!("{name}/") })
    };
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut files = BTreeSet::new();
    let is_whole = collect(here, &prefix, DEEPEST, &mut files).is_ok() && files.len() < MOST_FILES;
    let folder = is_whole.then_some(Folder { root: prefix, files });
    let today = Some(date(SystemClock.now()));
    Surroundings { limits: limits.cloned(), folder, today, ..Surroundings::default() }
}

/// Every file below a folder.
fn collect(
    folder: &Path,
    prefix: &str,
    depth: usize,
    files: &mut BTreeSet<String>,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // What cannot be looked into, or lies too deep, may hold anything: its name is enough.
        if entry.file_type()?.is_dir() && depth > 0 && files.len() < MOST_FILES {
            let _ = collect(&entry.path(), &format!("{name}/"), depth.saturating_sub(1), files);
        }
        files.insert(name);
    }
    Ok(())
}
