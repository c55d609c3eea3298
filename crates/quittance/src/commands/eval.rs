//! `quittance eval`

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use quittance_agent::{Options as ModelOptions, Preset, Profile};
use quittance_eval::scenarios::{self, Book, Company, Mind};
use quittance_eval::{AttacksOptions, CardsOptions, SearchDocuments};
use secrecy::SecretString;

use super::print;
use crate::cli::{EvalAttacks, EvalCards, EvalScenarios, EvalSearch, RealModel};
use crate::config::PolicyFiles;
use crate::policy_files::Files;
use crate::said_files::SaidFiles;

/// `quittance eval scenarios`
pub(crate) async fn scenarios(options: &EvalScenarios) -> anyhow::Result<ExitCode> {
    let mut book = Book::read(&options.path)?;
    if let Some(only) = &options.only {
        book.scenarios.retain(|scenario| scenario.name.contains(only));
        ensure!(!book.scenarios.is_empty(), "no scenario's name holds {only:?}");
        // Of a few scenarios nobody asks which complaints they leave out.
        book.complaints.clear();
    }
    let files = match &options.policy {
        Some(path) => Files::read(path)?,
        None => Files::shipped(),
    };
    let company = company(&files, mind(&options.model)?)?;
    let report = scenarios::scenarios(&company, book, options.times).await?;
    print(&if options.json { report.json().to_string() } else { report.to_string() });
    Ok(if report.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `quittance eval attacks`
pub(crate) async fn attacks(asked: EvalAttacks) -> anyhow::Result<ExitCode> {
    let company = company(&Files::shipped(), Mind::StandIn)?;
    let options = AttacksOptions {
        data: asked.data,
        conversations: asked.conversations,
        seed: asked.seed,
        only: asked.only,
        threads: std::thread::available_parallelism()?.get(),
    };
    // Every thread has a runtime of its own.
    let report =
        tokio::task::spawn_blocking(move || quittance_eval::attacks(&company, &options)).await??;
    print(&if asked.json { report.json().to_string() } else { report.to_string() });
    Ok(if report.is_right() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A company with a policy and the replies beside it, or those that come with the program.
fn company(files: &Files, mind: Mind) -> anyhow::Result<Company> {
    let said = SaidFiles::configured(&PolicyFiles::default())?.said()?;
    Company::new(files.policy()?.policy, said, mind)
}

/// The model that is asked: the stand-in, or the one that is named.
fn mind(asked: &RealModel) -> anyhow::Result<Mind> {
    let Some((url, name)) = asked.model_url.as_ref().zip(asked.model.as_ref()) else {
        return Ok(Mind::StandIn);
    };
    let mut options = ModelOptions::new(url, name);
    options.profile = profile(asked)?.unwrap_or(options.profile);
    // A model on this machine may take its time.
    options.timeout_ms = 300_000;
    Ok(Mind::Real(Box::new(scenarios::RealModel { options, key: model_key() })))
}

/// What kind of server the model is at, if that is said.
pub(crate) fn profile(asked: &RealModel) -> anyhow::Result<Option<Profile>> {
    let read = |preset: &String| {
        serde_json::from_value::<Preset>(preset.as_str().into())
            .map(Profile::new)
            .with_context(|| format!("{preset:?} is not a kind of server; see --help"))
    };
    asked.model_preset.as_ref().map(read).transpose()
}

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

/// A real model's key.
#[expect(clippy::disallowed_methods, reason = "demo and eval have no configuration file")]
pub(crate) fn model_key() -> Option<SecretString> {
    std::env::var("QUITTANCE_MODEL__KEY").ok().map(SecretString::from)
}
