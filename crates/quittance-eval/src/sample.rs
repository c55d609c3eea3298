//! What answers go by where a measurement has no policy of its own: the sample policy, and the English replies.

use std::collections::BTreeMap;

use anyhow::Context;
use quittance_engine::{Library, Said};

const POLICY: &str = include_str!("../../../policies/refunds.md");
const REPLIES: &str = include_str!("../../../policies/replies/en.md");

/// The sample policy.
pub(crate) fn library() -> anyhow::Result<Library> {
    library_of("refunds.md", POLICY)
}

/// This policy, with the English replies.
pub(crate) fn library_of(name: &str, policy: &str) -> anyhow::Result<Library> {
    let policy = quittance_policy::read(name, policy)
        .map_err(|problems| anyhow::anyhow!("{name} has problems: {problems}"))?
        .policy;
    let templates = quittance_policy::read_templates("en.md", REPLIES)
        .ok()
        .context("the English replies have problems")?;
    let templates = BTreeMap::from([(templates.language().to_owned(), templates)]);
    Ok(Library::of(policy, Said { templates, ..Said::default() })?)
}
