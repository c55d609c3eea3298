//! Waits until a file of a policy changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::policy_files::is_markdown;

/// How long nothing must change before it is looked at: an editor saves in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// How long it is waited for that at most: something may be written to all the time.
const LONGEST: Duration = Duration::from_secs(2);

/// How many changes wait to be looked at: one is enough to look again, whatever else changes meanwhile.
const WAITING: usize = 1;

/// A watch over files and folders, which lasts when they are replaced, deleted and made again.
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    changed: mpsc::Receiver<()>,
    paths: Vec<PathBuf>,
}

impl Watch {
    /// Watches `paths`: each a file, or a folder with all that is in it.
    pub(super) fn new(paths: &[PathBuf]) -> anyhow::Result<Self> {
        // Changes are told by absolute paths.
        let absolute = paths.iter().map(std::path::absolute);
        let paths: Vec<_> =
            absolute.collect::<Result<_, _>>().context("cannot find this folder")?;
        let (tell, changed) = mpsc::channel(WAITING);
        let ours = paths.clone();
        let notice = move |event: notify::Result<Event>| {
            // What others write beside a watched file takes nobody's place and keeps nobody waiting.
            if event.is_ok_and(|event| is_news(&event, &ours)) {
                // Whoever does not fit in is told by the one that waits.
                let _ = tell.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(notice).context("cannot watch files")?;
        let mut watch = Self { watcher, changed, paths };
        watch.renew()?;
        Ok(watch)
    }

    /// Watches the folders that have come into being. A file's folder is watched, since editors put a new
    /// file in its place.
    fn renew(&mut self) -> anyhow::Result<()> {
        for path in &self.paths {
            if path.is_dir() {
                // A folder that is deleted at this instant is missed by its parent.
                let _ = self.watcher.watch(path, RecursiveMode::Recursive);
            }
            if let Some(parent) = path.parent().filter(|parent| parent.is_dir()) {
                self.watcher
                    .watch(parent, RecursiveMode::NonRecursive)
                    .with_context(|| format!("cannot watch {}", parent.display()))?;
            }
        }
        Ok(())
    }

    /// Waits for a change, and then until nothing changes any more.
    pub(super) async fn change(&mut self) -> anyhow::Result<()> {
        self.changed.recv().await.context("nothing watches any more")?;
        let quiet = async { while let Ok(Some(())) = timeout(QUIET, self.changed.recv()).await {} };
        let _ = timeout(LONGEST, quiet).await;
        self.renew()
    }
}

/// Whether an event may be a change of what is watched. One that says that others were lost may be.
fn is_news(event: &Event, watched: &[PathBuf]) -> bool {
    let is_ours = || event.paths.iter().any(|path| is_ours(path, watched));
    event.need_rescan() || is_change(event.kind) && is_ours()
}

/// Whether a path is what is watched or stands in it: markdown, a folder, or what is named itself.
fn is_ours(path: &Path, watched: &[PathBuf]) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let may_be_read = !is_hidden && (path.extension().is_none() || is_markdown(path));
    watched.iter().any(|watched| path == watched || path.starts_with(watched) && may_be_read)
}

/// Whether something is another one now. Reading changes nothing.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a change may take to be told.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn what_others_write_beside_a_watched_file_is_no_change_and_hides_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("policies")).unwrap();
        let mut watch = Watch::new(&[path("policies"), path("quittance.toml")]).unwrap();
        // More than any queue holds, then a save, then more.
        let others = || {
            for number in 0..200 {
                std::fs::write(path("quittance.db-wal"), number.to_string()).unwrap();
                std::fs::write(path("policies/notes.txt"), number.to_string()).unwrap();
            }
        };
        others();
        assert!(timeout(QUIET * 5, watch.change()).await.is_err());
        for name in ["policies/a.md", "policies/b.Markdown", "quittance.toml"] {
            others();
            std::fs::write(path(name), "# A\n").unwrap();
            others();
            assert!(timeout(PATIENCE, watch.change()).await.unwrap().is_ok(), "{name}");
        }
        assert!(timeout(QUIET * 5, watch.change()).await.is_err());
    }

    #[test]
    fn when_changes_were_lost_there_may_have_been_one() {
        let lost = Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan);
        assert!(is_news(&lost, &[]));
        assert!(!is_news(&Event::new(EventKind::Other), &[]));
    }
}
