//! `quittance eval`

use std::path::Path;

use anyhow::Context;
use quittance_eval::SearchDocuments;

use super::print;
use crate::cli::EvalSearch;
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
