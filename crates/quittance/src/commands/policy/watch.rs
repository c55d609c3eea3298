//! Waits until a file of a policy changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long nothing must change before it is looked at: an editor saves in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// How many changes wait to be looked at; one is enough to look again.
const WAITING: usize = 64;

/// A watch over files and folders, which lasts when they are replaced, deleted and made again.
pub(super) struct Watch {
    watcher: RecommendedWatcher,
    changed: mpsc::Receiver<PathBuf>,
    paths: Vec<PathBuf>,
}

impl Watch {
    /// Watches `paths`: each a file, or a folder with all that is in it.
    pub(super) fn new(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let (tell, changed) = mpsc::channel(WAITING);
        let notice = move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            for path in event.paths.into_iter().filter(|_| is_change(event.kind)) {
                // Whoever does not fit in is told by those that wait.
                let _ = tell.try_send(path);
            }
        };
        let watcher = notify::recommended_watcher(notice).context("cannot watch files")?;
        // Changes are told by absolute paths.
        let absolute = paths.iter().map(std::path::absolute);
        let paths = absolute.collect::<Result<_, _>>().context("cannot find this folder")?;
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
        loop {
            let path = self.changed.recv().await.context("nothing watches any more")?;
            if self.is_ours(&path) {
                break;
            }
        }
        while let Ok(Some(_)) = timeout(QUIET, self.changed.recv()).await {}
        self.renew()
    }

    /// Whether a path is what is watched or stands in it: markdown, a folder, or what is named itself.
    fn is_ours(&self, path: &Path) -> bool {
        let is_hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_markdown = path.extension().is_none_or(|end| end.eq_ignore_ascii_case("md"));
        self.paths.iter().any(|watched| {
            path == watched || path.starts_with(watched) && is_markdown && !is_hidden
        })
    }
}

/// Whether something is another one now. Reading changes nothing.
fn is_change(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}
