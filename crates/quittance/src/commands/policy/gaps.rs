//! `quittance policy gaps`

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use quittance_core::clock::Clock as _;
use quittance_core::ids::CaseId;
use quittance_core::policy::{Policy, evaluate};
use quittance_core::redact::redact;
use quittance_intercom::conversations::{Author, Conversation, is_only_files};
use quittance_policy::{Gaps, Sums};

use super::super::{log, print, stop};
use super::cases::{self, Named};
use super::many;
use crate::cli::PolicyGaps;
use crate::clock::SystemClock;
use crate::config;
use crate::policy_files::Files;

/// Of how many groups the customers' words are fetched.
const MOST_HEARD: usize = 20;

/// How many groups are shown to people; `--json` has all of them.
const MOST_SHOWN: usize = 50;

/// Tells what customers asked that no clause answers.
pub(crate) async fn gaps(options: &PolicyGaps) -> anyhow::Result<()> {
    let other = match &options.policy {
        Some(path) => Some(Files::read(path)?.policy()?.policy),
        None => None,
    };
    let mut gaps = Gaps::default();
    if let Some(file) = &options.cases {
        let policy = match other {
            Some(policy) => policy,
            None => Files::read(Path::new("policies"))?.policy()?.policy,
        };
        let mut ask = |named: Named| count(&mut gaps, Some(&policy), &named);
        cases::each_of_file(file, &policy, SystemClock.now(), &mut ask)?;
    } else {
        let meant = stop::place(&options.place)?;
        let store = log::open(&meant.database).await?;
        cases::each_of_log(&store, |named| count(&mut gaps, other.as_ref(), &named)).await?;
        let client = meant.config.map(|config| intercom(&config)).transpose()?.flatten();
        if let Some(intercom) = client {
            hear(&mut gaps, &intercom).await;
        } else {
            tracing::info!(
                "without a configuration with Intercom's access token the customers' words are left out"
            );
        }
    }
    print(
        if options.json { serde_json::to_string_pretty(&gaps)? } else { page(&mut gaps) }
            .trim_end(),
    );
    Ok(())
}

fn count(gaps: &mut Gaps, policy: Option<&Policy>, named: &Named) {
    let question = named.case.question();
    let is_gap = match policy {
        Some(policy) => evaluate(policy, &question).is_gap,
        None => named.was_gap.unwrap_or_default(),
    };
    let said = named.said.as_ref().filter(|_| is_gap).map(|said| redact(said.reveal(), &[]));
    gaps.count(&named.name, &question, is_gap, said);
}

/// A client of Intercom, if the configuration has a token.
fn intercom(config: &config::Config) -> anyhow::Result<Option<quittance_intercom::Client>> {
    let Some(token) = config::intercom_token(config)? else { return Ok(None) };
    let http = reqwest::Client::builder();
    let client = quittance_intercom::Client::new(http, &config.intercom.api, &token);
    client.map(Some).context("Intercom cannot be set up: check `intercom.api`")
}

/// Reads in Intercom what customers wrote, for the largest groups, a few of each.
async fn hear(gaps: &mut Gaps, intercom: &quittance_intercom::Client) {
    let bar = ProgressBar::new(u64::try_from(MOST_HEARD).unwrap_or_default());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} what customers wrote") {
        bar.set_style(style);
    }
    for (_, group) in gaps.groups().into_iter().take(MOST_HEARD) {
        for case in group.named.clone() {
            if group.has_heard_enough() {
                break;
            }
            match words_of(&case, intercom).await {
                Ok(said) => group.hear(said),
                Err(error) => tracing::warn!(
                    case.id = case,
                    error = format!("{error:#}"),
                    "what the customer wrote cannot be read"
                ),
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
}

/// The first thing that the customer of a case wrote, redacted.
async fn words_of(
    case: &str,
    intercom: &quittance_intercom::Client,
) -> anyhow::Result<Option<String>> {
    let case: CaseId = case.parse()?;
    let Some((_, conversation)) = case.as_str().split_once(':') else { return Ok(None) };
    let conversation = intercom.conversation(&conversation.parse()?).await?;
    let Some((contact, said)) = first_words(&conversation) else { return Ok(None) };
    let contact = intercom.contact(contact).await?;
    let name = contact.name.as_ref().map_or("", |name| name.reveal());
    let address = contact.email.as_ref().map_or("", |email| email.reveal());
    let in_address =
        address.split('@').next().unwrap_or_default().replace(['.', '_', '-', '+'], " ");
    Ok(Some(redact(said, &[name, &in_address])))
}

fn first_words(conversation: &Conversation) -> Option<(&quittance_core::ids::ContactId, &str)> {
    conversation.parts.iter().find_map(|part| match &part.author {
        Author::Contact(contact) if !part.text.is_blank() && !is_only_files(part.text.reveal()) => {
            Some((contact, part.text.reveal()))
        }
        Author::Contact(_) | Author::Admin(_) | Author::Bot | Author::Fin | Author::Other(_) => {
            None
        }
    })
}

fn page(gaps: &mut Gaps) -> String {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (cases, open) = (count(gaps.cases), count(gaps.gaps));
    let mut page = String::new();
    if open == 0 {
        let _ = writeln!(page, "No gap: a clause answers every one of {}.", many(cases, "case"));
        return page;
    }
    let answers = if open == 1 { "is" } else { "are" };
    let _ = writeln!(
        page,
        "{open} of {} {answers} answered by no clause, so a person decides. They paid {}.",
        many(cases, "case"),
        sums(&gaps.paid)
    );
    let groups = gaps.groups();
    let beyond = groups.len().saturating_sub(MOST_SHOWN);
    for (common, group) in groups.into_iter().take(MOST_SHOWN) {
        let reason = common.reason.map_or_else(|| "other reasons".to_owned(), |it| it.to_string());
        let _ = writeln!(
            page,
            "\n{reason}, {}: {}, {}",
            common.what,
            many(count(group.cases), "case"),
            sums(&group.paid)
        );
        for said in &group.said {
            let _ = writeln!(page, "  “{said}”");
        }
        let more = count(group.cases).saturating_sub(group.named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(page, "  {}{more}", group.named.join(", "));
    }
    if beyond > 0 {
        let _ = writeln!(page, "\n… and {}; `--json` has all of them", many(beyond, "more group"));
    }
    let _ = writeln!(
        page,
        "\nA clause with the reason closes a gap: `quittance policy explain` tells what one would say."
    );
    page
}

fn sums(sums: &Sums) -> String {
    sums.values().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
