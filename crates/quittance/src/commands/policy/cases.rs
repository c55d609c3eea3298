//! Cases to ask policies about: from a file, or from the store.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use quittance_core::facts::Facts;
use quittance_core::guard::{self, Asked};
use quittance_core::ids::{CaseId, ChargeId};
use quittance_core::money::Money;
use quittance_core::personal::Personal;
use quittance_core::policy::{Policy, PriorRefund, prior_from};
use quittance_core::reason::Reason;
use quittance_policy::{Case, CaseWords, Problem, Problems};
use quittance_store::Store;
use serde::Deserialize;

/// A case as it lies in a JSON file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What it is called.
    #[serde(default)]
    name: Option<String>,
    /// What Stripe and Intercom say, as an entry `facts` of the log holds it.
    facts: Facts,
    /// The charge in question.
    charge: ChargeId,
    reason: Reason,
    asked: Option<Money>,
    /// The earlier refunds; those that the facts show without them.
    prior: Option<Vec<PriorRefund>>,
    /// What the customer wrote.
    #[serde(default)]
    said: Option<Personal>,
}

/// A case and what it is called.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) case: Case,
    /// What the customer wrote, where that is known.
    pub(super) said: Option<Personal>,
    /// Whether the policy of that day had no clause for it, where there was one.
    pub(super) was_gap: Option<bool>,
}

impl Named {
    /// A case that nobody asked for real.
    pub(super) fn new(name: &str, case: Case) -> Self {
        Self { name: name.to_owned(), case, said: None, was_gap: None }
    }
}

/// Reads a case as JSON; `at` says where it stands.
pub(super) fn from_json(text: &str, at: &str) -> anyhow::Result<Named> {
    let written: Written = serde_json::from_str(text).with_context(|| {
        format!(
            "{at} is no case: an object with `facts` (as in the log), `charge` and `reason`; `asked`, `prior`, `said` and \
             `name` may be left out"
        )
    })?;
    let Written { name, facts, charge, reason, asked, prior, said } = written;
    let Some(charge) = facts.charge(&charge).cloned() else {
        bail!("{at}: the charge {charge} is not among the facts");
    };
    let prior = prior.unwrap_or_else(|| prior_from(&facts));
    let case = Case { facts, charge, reason, asked, prior };
    Ok(Named { name: name.unwrap_or_else(|| at.to_owned()), case, said, was_gap: None })
}

/// What reads cases for two policies: the words of `policy`, and the plans of both.
pub(super) fn with_plans_of(policy: &Policy, other: &Policy) -> Policy {
    let documents = [&policy.documents[..], &other.documents].concat();
    Policy { version: policy.version.clone(), documents }
}

/// Reads the cases of a file, one a line: JSON, or the words of worked examples, with or without a name and a
/// bar before them. Empty lines and those that begin with `#` are left out; a file without any case is an
/// error.
pub(super) fn each_of_file(
    file: &Path,
    policy: &Policy,
    now: Timestamp,
    mut ask: impl FnMut(Named),
) -> anyhow::Result<()> {
    let name = file.display();
    let words = CaseWords::of(policy);
    let mut has_cases = false;
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {name}"))?;
    for (number, line) in (1_u64..).zip(BufReader::new(opened).lines()) {
        let at = format!("{name}:{number}");
        let line = line.with_context(|| format!("{at}: cannot read this line"))?;
        // Some editors begin a file with this mark.
        let text = line.trim_start_matches('\u{feff}').trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        has_cases = true;
        if text.starts_with('{') {
            ask(from_json(text, &at)?);
            continue;
        }
        let (name, said) = text.split_once('|').unwrap_or((text, text));
        let case = words.read(said.trim(), now).map_err(|Problems { list }| {
            let told: Vec<String> = list.iter().map(Problem::in_words).collect();
            anyhow::anyhow!("{at}: {}", told.join("; "))
        })?;
        ask(Named::new(name.trim(), case));
    }
    if !has_cases {
        bail!("{name} has no case: write one a line, such as `49 USD, 3 days ago, changed mind`");
    }
    Ok(())
}

/// A question of the log.
pub(super) fn logged(asked: Asked) -> Case {
    Case {
        prior: prior_from(&asked.facts),
        facts: asked.facts,
        charge: asked.charge,
        reason: asked.proposal.reason,
        asked: asked.proposal.asked,
    }
}

/// Reads every question of the log that was ruled on, with a bar that shows how far it is.
pub(super) async fn each_of_log(store: &Store, mut ask: impl FnMut(Named)) -> anyhow::Result<()> {
    let bar = ProgressBar::new(store.log_head().await?.0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} entries") {
        bar.set_style(style);
    }
    let mut after = 0;
    // A decision's entries follow one another, and may lie on two pages.
    let mut held = Vec::new();
    loop {
        let page = store.log_after(after).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        held.extend(page);
        let cut =
            held.iter().rposition(|entry| entry.draft.kind == quittance_core::record::Kind::Facts);
        let rest = held.split_off(cut.unwrap_or(0));
        tell(&held, &mut ask);
        held = rest;
        bar.set_position(after);
    }
    tell(&held, &mut ask);
    bar.finish_and_clear();
    Ok(())
}

fn tell(entries: &[quittance_core::record::Entry], ask: &mut impl FnMut(Named)) {
    for asked in guard::asked(entries) {
        let name = asked.case.as_ref().map_or("-", CaseId::as_str).to_owned();
        let was_gap = Some(asked.ruling.is_gap);
        ask(Named { name, was_gap, said: None, case: logged(asked) });
    }
}
