//! `quittance approvals`

use std::fmt::Write as _;

use anyhow::{Context, bail};
use jiff::Timestamp;
use quittance_core::clock::Clock;
use quittance_core::ids::ApprovalId;
use quittance_core::money::Money;
use quittance_store::Store;
use quittance_store::approvals::{Given, Waiting, Word};

use super::print;
use super::stop::{join, place};
use crate::cli::{ApprovalsCommand, Place};
use crate::clock::SystemClock;

/// How many requests are shown at most.
const MOST: u32 = 1_000;

/// Lists what waits, or gives a person's word.
pub(crate) async fn approvals(asked: &ApprovalsCommand) -> anyhow::Result<()> {
    match asked {
        ApprovalsCommand::List { place, json } => list(place, *json).await,
        ApprovalsCommand::Approve { id, amount, by, place } => {
            give(place, id, amount.as_deref(), |amount| Word {
                is_approval: true,
                by: by.clone(),
                amount,
                why: None,
            })
            .await?;
            print(
                "approved; the program judges it again and carries it out, if nothing stands in the way",
            );
            Ok(())
        }
        ApprovalsCommand::Decline { id, why, by, place } => {
            give(place, id, None, |_| Word {
                is_approval: false,
                by: by.clone(),
                amount: None,
                why: why.clone(),
            })
            .await?;
            print("declined; the customer is told that a person decided against it");
            Ok(())
        }
    }
}

async fn list(at: &Place, is_json: bool) -> anyhow::Result<()> {
    let store = open(at).await?;
    let waiting = store.approvals(MOST).await?;
    store.close().await;
    if is_json {
        let all: Vec<_> = waiting.iter().map(Waiting::shown).collect();
        print(&serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    if waiting.is_empty() {
        print("nothing waits for a person's word");
        return Ok(());
    }
    let mut text = String::new();
    for one in &waiting {
        let left = one.expires_at.duration_since(SystemClock.now()).as_hours().max(0);
        writeln!(
            text,
            "{}  {:>14}  {}  made {}, {left} hours left",
            one.id,
            one.amount.to_string(),
            one.case,
            minute(one.made_at),
        )?;
    }
    print(text.trim_end());
    Ok(())
}

fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

async fn give(
    at: &Place,
    id: &str,
    amount: Option<&str>,
    word: impl FnOnce(Option<Money>) -> Word,
) -> anyhow::Result<()> {
    let id: ApprovalId = id.parse().with_context(|| format!("{id:?} is no request"))?;
    let store = open(at).await?;
    let asked = store.approval(&id).await?;
    let Some(asked) = asked else {
        bail!(
            "no request {id} waits: it was answered, is over, or never was; see `quittance approvals list`"
        );
    };
    let currency = asked.amount.currency();
    let amount = amount.map(|text| {
        Money::from_decimal(text, currency)
            .with_context(|| format!("{text:?} is no amount in {currency}; write one like 20.00"))
    });
    let given = store.give_word(&id, word(amount.transpose()?), SystemClock.now()).await?;
    store.close().await;
    match given {
        Given::Written => Ok(()),
        Given::Unknown | Given::TooLate => {
            bail!("somebody has answered request {id} already, or it is over")
        }
        Given::WrongAmount => {
            bail!("request {id} is for {} at most, and not for nothing", asked.amount)
        }
    }
}

async fn open(at: &Place) -> anyhow::Result<Store> {
    join(&place(at)?.database).await
}
