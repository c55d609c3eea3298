//! `quittance eval`

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use quittance_eval::{CardsOptions, SearchDocuments};

use super::print;
use crate::cli::{EvalCards, EvalSearch};
use crate::policy_files::Files;

/// `quittance eval search`
pub(crate) fn search(options: &EvalSearch) -> anyhow::Result<()> {
    let mut documents = documents(&options.docs, &options.language)?;
    if options.without_titles {
        documents = documents.without_titles();
    }
    let name = options.queries.display().to_string();
    let questions = quittance_eval::questions_of_lines(&name, &text(&options.queries)?)?;
    let report = quittance_eval::search(documents.sections, &questions)?;
    if options.json {
        print(&serde_json::to_string_pretty(&report.json())?);
    } else {
        print(&report.to_string());
    }
    Ok(())
}

/// `quittance eval cards`: fails when a card number is left or too many other numbers are taken for one.
pub(crate) async fn cards(asked: &EvalCards) -> anyhow::Result<ExitCode> {
    let EvalCards { messages, others, through, seed, json } = *asked;
    let report = quittance_eval::cards(CardsOptions { messages, others, through, seed }).await?;
    print(&if json { report.json().to_string() } else { report.to_string() });
    Ok(if report.is_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Markdown as it lies on the disk, or lines of JSON.
fn documents(path: &Path, language: &str) -> anyhow::Result<SearchDocuments> {
    let is_markdown = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("md"));
    if path.is_dir() || is_markdown {
        let files = Files::read(path)?;
        let files = files.sources.iter().map(|source| (source.name.as_str(), source.text.as_str()));
        return Ok(quittance_eval::documents_of_folder(files, language));
    }
    quittance_eval::documents_of_lines(&path.display().to_string(), &text(path)?, language)
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
