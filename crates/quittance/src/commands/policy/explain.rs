//! `quittance policy explain`

use std::path::Path;

use anyhow::{Context, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use quittance_core::clock::Clock as _;
use quittance_core::guard;
use quittance_core::ids::CaseId;
use quittance_core::policy::{Policy, evaluate};
use quittance_policy::{Case, Problems, explain as in_words, read_all, unbundle};
use quittance_store::Store;

use super::super::{log, print};
use super::cases;
use crate::cli::Explain;
use crate::clock::SystemClock;
use crate::policy_files::Files;
use crate::problems;

/// Tells what a policy says to a case, and why.
pub(crate) async fn explain(options: &Explain) -> anyhow::Result<()> {
    let policy = match &options.policy {
        Some(path) => Some(Files::read(path)?.policy()?.policy),
        None => None,
    };
    if let Some(case) = &options.of {
        return of_the_log(case, &options.database, policy).await;
    }
    let policy = match policy {
        Some(policy) => policy,
        None => Files::read(Path::new("policies"))?.policy()?.policy,
    };
    let case = match (&options.case, &options.file) {
        (Some(text), _) => in_the_words_of(&policy, text, now(options)?)?,
        (None, Some(file)) => from_json(file)?,
        (None, None) => bail!("say which case: --case, --file or --of"),
    };
    let ruling = evaluate(&policy, &case.question());
    if options.json {
        print(&serde_json::to_string_pretty(&ruling)?);
    } else {
        print(in_words(&policy, &case.question(), &ruling).trim_end());
    }
    Ok(())
}

/// When the case is asked: on the day that is given, at noon in UTC, or now.
fn now(options: &Explain) -> anyhow::Result<Timestamp> {
    let Some(day) = options.on else { return Ok(SystemClock.now()) };
    Ok(day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp())
}

fn in_the_words_of(policy: &Policy, text: &str, now: Timestamp) -> anyhow::Result<Case> {
    Case::in_words(policy, text, now).map_err(|Problems { list }| {
        for problem in &list {
            problems::print(text, "the case", problem);
        }
        anyhow::anyhow!(
            "the case cannot be understood; it is written as in the examples of a policy, such as \
             `pro-monthly, 49 USD, 3 days ago, changed mind`"
        )
    })
}

fn from_json(file: &Path) -> anyhow::Result<Case> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    Ok(cases::from_json(&text, &name)?.case)
}

/// Tells what the policy of that day, or another one, says to the last question of a case in the store.
async fn of_the_log(case: &str, database: &str, other: Option<Policy>) -> anyhow::Result<()> {
    let case: CaseId =
        case.parse().context("the case is named as in the log: WORKSPACE:CONVERSATION")?;
    let store = log::open(database).await?;
    let entries = store.log_of(&case).await?;
    let Some(asked) = guard::asked(&entries).pop() else {
        bail!("nothing was asked of the policy in the case {case}");
    };
    let policy = match other {
        Some(policy) => policy,
        None => version(&store, asked.ruling.policy.as_str()).await?,
    };
    let ruling = guard::rule(&policy, &asked.facts, &asked.charge, &asked.proposal);
    if ruling != asked.ruling && ruling.policy == asked.ruling.policy {
        bail!("the ruling comes out otherwise than it is logged: run `quittance log verify`");
    }
    let case = cases::logged(asked);
    print(in_words(&policy, &case.question(), &ruling).trim_end());
    Ok(())
}

/// A policy version from the store.
async fn version(store: &Store, version: &str) -> anyhow::Result<Policy> {
    let Some(found) = store.policy_version(version).await? else {
        bail!("the store does not have the policy version {version}");
    };
    let read = read_all(&unbundle("policy.md", &found.text));
    let read = read.map_err(|problems| {
        anyhow::anyhow!("this build reads the policy version {version} otherwise:\n{problems}")
    })?;
    Ok(read.policy)
}
