//! `quittance store`

use std::fs::File;
use std::path::Path;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use quittance_store::copy::copy;
use quittance_store::{Engine, shown};

use super::{print, serve};

/// Copies a whole database to an empty one.
pub(crate) async fn move_house(from: &str, to: &str) -> anyhow::Result<()> {
    if from == to {
        bail!("--from and --to name the same database");
    }
    let _kept_out = [lock(from, true)?, lock(to, false)?];
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} rows") {
        bar.set_style(style);
    }
    let copied = copy(from, to, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    let copied =
        copied.with_context(|| format!("{} was not copied to {}", shown(from), shown(to)))?;
    print(&format!(
        "copied {} rows; the action log is whole: {} entries, head {}",
        copied.rows, copied.entries, copied.head
    ));
    let setting = match Engine::of(to) {
        Engine::Sqlite => format!("set `database = {to:?}` in the configuration"),
        // The URL may hold a password.
        Engine::Postgres => format!(
            "set `database`, or QUITTANCE_DATABASE, to the URL of {}, and give every node a name (`server.node`)",
            shown(to)
        ),
    };
    print(&format!(
        "Now {setting}. Start nothing on {} any more: two databases would know of each other's refunds only from Stripe.",
        shown(from)
    ));
    Ok(())
}

/// Keeps other processes out of a file. On a server, the copy does it itself.
fn lock(database: &str, must_be_there: bool) -> anyhow::Result<Option<File>> {
    match Engine::of(database) {
        Engine::Postgres => Ok(None),
        Engine::Sqlite => {
            let file = quittance_store::file_of(database)?;
            if must_be_there && !Path::is_file(&file) {
                bail!("there is no database {database}: give it with --from");
            }
            serve::lock(database).map(Some)
        }
    }
}
