//! What the machine itself takes to put something on its disk: no answer that waits for the disk is faster.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use tokio::time::Instant;

use super::report::Times;

/// How often it is tried.
const TRIES: usize = 300;

/// How much is appended each time, in bytes: a page of a database.
const PAGE: usize = 4_096;

/// Appends to a file in `folder` and waits for the disk, again and again.
pub(super) async fn measure(folder: &Path) -> anyhow::Result<Times> {
    let path = folder.join("floor");
    let times = tokio::task::spawn_blocking(move || {
        let mut file = File::create(&path)?;
        let page = vec![7_u8; PAGE];
        let append = |_| {
            let begin = Instant::now();
            file.write_all(&page)?;
            file.sync_data()?;
            Ok(begin.elapsed())
        };
        let times: std::io::Result<Vec<_>> = (0..TRIES).map(append).collect();
        std::fs::remove_file(&path)?;
        times
    });
    Ok(Times::of(times.await??))
}
