//! `quittance log`

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use quittance_core::ids::CaseId;
use quittance_core::record::{Entry, Witness, canonical};
use quittance_store::Store;

use super::print;

/// Prints entries, oldest first.
pub(crate) async fn show(database: &str, case: Option<&str>, is_json: bool) -> anyhow::Result<()> {
    let store = open(database).await?;
    if let Some(case) = case {
        let case: CaseId =
            case.parse().context("the case is named as in the log: WORKSPACE:CONVERSATION")?;
        let entries = store.log_of(&case).await?;
        if entries.is_empty() {
            bail!("no entry is about the case {case}: cases are named WORKSPACE:CONVERSATION");
        }
        for entry in entries {
            print(&line(&entry, is_json)?);
        }
        return Ok(());
    }
    let mut after = 0;
    loop {
        let page = store.log_after(after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.seq;
        for entry in &page {
            print(&line(entry, is_json)?);
        }
    }
}

/// Recomputes the whole chain and holds it against what was seen outside.
pub(crate) async fn verify(database: &str, heads: Vec<Witness>) -> anyhow::Result<ExitCode> {
    let store = open(database).await?;
    let (entries, head) = store.log_head().await?;
    let bar = ProgressBar::new(entries);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} entries") {
        bar.set_style(style);
    }
    let verified = store.log_verify_against(heads, |done, _| bar.set_position(done)).await;
    bar.finish_and_clear();
    match verified {
        Ok(entries) => {
            print(&format!("the action log is whole: {entries} entries, head {head}"));
            Ok(ExitCode::SUCCESS)
        }
        Err(quittance_store::Error::Log(broken)) => {
            print(&format!("the action log is BROKEN: {broken}"));
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a database to look at it.
pub(super) async fn open(database: &str) -> anyhow::Result<Store> {
    let is_server = database.starts_with("postgres");
    if !is_server && !Path::new(database.trim_start_matches("sqlite:")).is_file() {
        bail!("there is no database {database}: give it with --database");
    }
    Ok(Store::look(database).await?)
}

fn line(entry: &Entry, is_json: bool) -> anyhow::Result<String> {
    let hash = entry.hash.to_string();
    if is_json {
        let canonical = String::from_utf8(canonical(entry.seq, &entry.draft, entry.previous)?)?;
        return Ok(format!("{{\"entry\":{canonical},\"hash\":\"{hash}\"}}"));
    }
    let case = entry.draft.case.as_ref().map_or("-", CaseId::as_str);
    let short = hash.get(..12).unwrap_or_default();
    Ok(format!(
        "{:>6}  {}  {short}  {case:<24} {:<9} {}",
        entry.seq, entry.draft.at, entry.draft.kind, entry.draft.body
    ))
}
