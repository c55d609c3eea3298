//! `quittance policy fmt`

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use quittance_policy::{AlignedTable, LARGEST_FILE, align};

use super::{many, print};
use crate::cli::PolicyFormat;
use crate::policy_files::Files;

/// How many changed lines of one table are shown.
const MOST_LINES: usize = 6;

/// Aligns the tables of every file, or only tells which of them are to be.
pub(crate) fn format(options: &PolicyFormat) -> anyhow::Result<ExitCode> {
    let PolicyFormat { paths, check } = options;
    let is_standard_input = |path: &PathBuf| path == Path::new("-");
    if paths.iter().any(is_standard_input) {
        return format_standard_input(*check);
    }
    let (mut files, mut changed) = (0_usize, 0_usize);
    for path in paths {
        let read = Files::read(path)?;
        for source in &read.sources {
            files = files.saturating_add(1);
            let place = read.path_to(&source.name);
            let aligned = align(&source.text);
            if aligned.tables.is_empty() {
                continue;
            }
            changed = changed.saturating_add(1);
            let shown = place.display().to_string();
            if *check {
                tell(&shown, &aligned.tables);
            } else {
                std::fs::write(&place, &aligned.text)
                    .with_context(|| format!("cannot write {shown}"))?;
                print(&format!("{shown}: {} aligned", many(aligned.tables.len(), "table")));
            }
        }
    }
    let what = if *check { "to align" } else { "aligned" };
    print(&if changed == 0 {
        format!("{}: every table is aligned", many(files, "file"))
    } else {
        format!("{} of {} {what}", changed, many(files, "file"))
    });
    Ok(ExitCode::from(u8::from(*check && changed > 0)))
}

/// Aligns what an editor hands over, and hands it back.
fn format_standard_input(check: bool) -> anyhow::Result<ExitCode> {
    let mut text = String::new();
    let most = u64::try_from(LARGEST_FILE).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().take(most).read_to_string(&mut text).context("cannot read what comes in")?;
    anyhow::ensure!(
        text.len() <= LARGEST_FILE,
        "a policy file is at most {LARGEST_FILE} bytes long"
    );
    let aligned = align(&text);
    if check {
        tell("standard input", &aligned.tables);
        return Ok(ExitCode::from(u8::from(!aligned.tables.is_empty())));
    }
    std::io::stdout().write_all(aligned.text.as_bytes()).context("cannot write what comes out")?;
    Ok(ExitCode::SUCCESS)
}

/// The tables that change, each with its first lines before and after.
fn tell(place: &str, tables: &[AlignedTable]) {
    for table in tables {
        let changed: Vec<&(String, String)> =
            table.lines.iter().filter(|(old, new)| old != new).collect();
        print(&format!("{place}:{}: {}", table.line, many(changed.len(), "line")));
        let shown = || changed.iter().take(MOST_LINES);
        for (old, _) in shown() {
            print(&format!("-{old}"));
        }
        for (_, new) in shown() {
            print(&format!("+{new}"));
        }
        let hidden = changed.len().saturating_sub(MOST_LINES);
        if hidden > 0 {
            print(&format!("  and {}", many(hidden, "more line")));
        }
        print("");
    }
}
