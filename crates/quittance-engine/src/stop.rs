//! Stopping money: by a person, by a file, or by the program itself. What cannot be read is stopped.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use quittance_store::stop::{OURSELVES, StopChange};
use quittance_stripe::refunds::Answer;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::error::Error;
use crate::options::StopOptions;
use crate::status::{self, Status};

/// How often the file is looked at, and a stop that could not be written is written again.
const LOOK: Duration = Duration::from_millis(250);

/// How long a look at the file may take, which may be on a disk that does not answer.
const LONGEST_LOOK: Duration = Duration::from_millis(200);

impl Engine {
    /// Stops money on all nodes, because something is wrong that a person must look at. This engine sends
    /// nothing from now on, even when the switch cannot be written; it is written again until it is.
    pub async fn trip(&self, why: &str) {
        tracing::error!(why, "money is stopped; `quittance resume` lets it move again");
        self.breaker.hold(why);
        self.write_held().await;
    }

    /// Stops money on all nodes, because a person says so. When the switch cannot be written, this engine
    /// sends nothing all the same; other nodes may. Tells whether anything changed.
    pub async fn stop(&self, why: &str, by: &str) -> Result<bool, Error> {
        let change = StopChange { why: why.to_owned(), by: by.to_owned(), at: self.now() };
        let stopped = self.store().stop(change).await;
        if stopped.is_err() {
            self.breaker.hold(why);
        }
        Ok(stopped?)
    }

    /// Lets money move again. Fails while the stop file is there. Tells whether anything changed.
    pub async fn resume(&self, why: &str, by: &str) -> Result<bool, Error> {
        file_is_gone(&self.parts.options.stop).await?;
        let change = StopChange { why: why.to_owned(), by: by.to_owned(), at: self.now() };
        Ok(self.store().resume(change).await?)
    }

    /// How the money stands.
    pub async fn status(&self) -> Result<Status, Error> {
        let parts = &self.parts;
        status::read(&parts.store, Some(&parts.limits), &parts.options.stop, self.now()).await
    }

    /// Stops money when too many of the last sends went wrong.
    pub(crate) async fn count_send(&self, answer: &Answer) {
        if let Some(why) = self.breaker.count(answer) {
            self.trip(&why).await;
        }
    }

    /// Whether a refund may not be sent at this instant, and why: the switch, the file, or a stop that could
    /// not be written yet. To be asked after the mark is written and right before the first byte.
    pub async fn is_stopped(&self) -> Option<String> {
        if let Some(why) = self.is_stopped_here().await {
            return Some(why);
        }
        match self.store().stop_state().await {
            Ok(stop) => stop.is_stopped.then_some(stop.why),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the stop switch cannot be read, so nothing is sent"
                );
                Some("the stop switch cannot be read".to_owned())
            }
        }
    }

    /// Whether something stops money that the database may not know of: the file, or a stop that could not
    /// be written yet. A mark would be wasted.
    pub(crate) async fn is_stopped_here(&self) -> Option<String> {
        if let Some(why) = self.breaker.held() {
            return Some(why);
        }
        match &self.parts.options.stop.file {
            Some(file) => look(file).await,
            None => None,
        }
    }

    /// Turns the file into the switch for all nodes, and writes what could not be written before, until
    /// `ended` is cancelled.
    pub async fn watch_stop(&self, ended: CancellationToken) {
        loop {
            self.write_held().await;
            if let Some(file) = &self.parts.options.stop.file
                && let Some(why) = look(file).await
                && !matches!(self.store().is_stopped().await, Ok(true))
            {
                self.trip(&why).await;
            }
            tokio::select! {
                () = ended.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Writes the stops that this engine holds, and lets go of each once the switch has it.
    async fn write_held(&self) {
        while let Some(why) = self.breaker.held() {
            let change = StopChange { why: why.clone(), by: OURSELVES.to_owned(), at: self.now() };
            if let Err(error) = self.store().stop(change).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the stop switch could not be written; this process sends nothing until it is"
                );
                return;
            }
            self.breaker.let_go(&why);
        }
    }
}

/// Fails while the stop file stops money: whoever put it there wants more than the switch.
pub async fn file_is_gone(options: &StopOptions) -> Result<(), Error> {
    let Some(file) = &options.file else { return Ok(()) };
    match look(file).await {
        None => Ok(()),
        Some(why) => Err(Error::StopFile { why }),
    }
}

/// Why the stop file stops money, if it does: it is there, or nobody can tell whether it is.
pub(crate) async fn look(file: &Path) -> Option<String> {
    let path = file.to_owned();
    let looked = tokio::task::spawn_blocking(move || state(&path));
    let state = match tokio::time::timeout(LONGEST_LOOK, looked).await {
        Ok(Ok(state)) => state,
        Ok(Err(_)) | Err(_) => FileState::Unknown,
    };
    match state {
        FileState::Missing => None,
        FileState::There => Some(format!("the stop file {} is there", file.display())),
        FileState::Unknown => Some(format!("the stop file {} cannot be checked", file.display())),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileState {
    There,
    Missing,
    Unknown,
}

fn state(file: &Path) -> FileState {
    match std::fs::symlink_metadata(file) {
        Ok(_) => FileState::There,
        Err(error) if error.kind() == ErrorKind::NotFound && has_folder(file) => FileState::Missing,
        Err(_) => FileState::Unknown,
    }
}

/// A folder that is gone, such as one on a disk that is not mounted, tells nothing about the file.
fn has_folder(file: &Path) -> bool {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or_else(|| PathBuf::from("."), Path::to_owned).is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_checked_stops_money_as_one_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("STOP");
        assert_eq!(state(&file), FileState::Missing);
        std::fs::write(&file, "").unwrap();
        assert_eq!(state(&file), FileState::There);
        assert_eq!(state(&folder.path().join("gone/STOP")), FileState::Unknown);
        // A file where a folder should be.
        assert_eq!(state(&file.join("STOP")), FileState::Unknown);
        std::fs::remove_file(&file).unwrap();
        // A link that leads nowhere is there all the same.
        std::os::unix::fs::symlink("/no/such/file", &file).unwrap();
        assert_eq!(state(&file), FileState::There);
    }
}
