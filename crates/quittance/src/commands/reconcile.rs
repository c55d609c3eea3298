//! `quittance log reconcile` and `quittance log accept`

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use quittance_core::clock::Clock;
use quittance_engine::reconcile::{Books, DifferenceKind, Report, compare};
use quittance_store::reconcile::{Acceptance, Accepted};
use serde_json::json;

use super::{log, print, stop};
use crate::cli::{Accept, Reconcile};
use crate::clock::SystemClock;
use crate::config;

/// How often the progress moves while a page is being read.
const TICK: Duration = Duration::from_millis(120);

/// Holds the log against what Stripe holds, both ways. Changes nothing: not the database, not the switch.
/// Exit status: 0 equal, 1 different.
pub(crate) async fn reconcile(options: &Reconcile) -> anyhow::Result<ExitCode> {
    let began = SystemClock.now();
    let since = since(&options.since, began)?;
    let config = config::read(&options.config.config)?;
    let secrets = config::secrets(&config)?;
    let database = config.database.as_deref().unwrap_or(super::serve::DATABASE);
    let store = log::open(database).await?;
    let stripe = quittance_stripe::Client::new(
        reqwest::Client::builder(),
        &config.stripe.api,
        &secrets.stripe_key,
    )
    .context("Stripe cannot be set up: check `stripe.key_file` and `stripe.api`")?;
    let intercom = quittance_intercom::Client::new(
        reqwest::Client::builder(),
        &config.intercom.api,
        &secrets.intercom_token,
    )
    .context("Intercom cannot be set up: check `intercom.token_file` and `intercom.api`")?;
    let me = intercom.me().await.context(
        "Intercom does not tell which workspace this is: check `intercom.token_file` and `intercom.api.base_url`",
    )?;
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(TICK);
    let books = Books { store: &store, stripe: &stripe, workspace: &me.workspace };
    let compared = compare(books, since, began, |report| {
        bar.set_message(format!("{} refunds at Stripe, {} of ours", report.listed, report.ours));
    })
    .await;
    bar.finish_and_clear();
    let (report, _) = compared.context("the log could not be held against Stripe")?;
    store.close().await;
    print(&if options.json { json!(report).to_string() } else { text(&report) });
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Lets a difference stand, so that it stops money no longer.
pub(crate) async fn accept(options: &Accept) -> anyhow::Result<()> {
    let place = stop::place(&options.signed.place)?;
    let store = stop::join(&place.database).await?;
    let acceptance = Acceptance {
        accepted: Accepted { object: options.object.clone(), kind: options.kind.name().to_owned() },
        why: options.signed.why.clone(),
        by: options.signed.by.clone(),
        at: SystemClock.now(),
    };
    let is_new = store.accept(acceptance).await?;
    store.close().await;
    let Accept { object, kind, .. } = options;
    print(&if is_new {
        format!(
            "{object} may stay {kind}: the program compares again within seconds; if money is stopped, `quittance \
             resume` lets it move again"
        )
    } else {
        format!("{object} was accepted as {kind} already")
    });
    Ok(())
}

/// Reads how a difference is named.
pub(crate) fn difference_kind(text: &str) -> Result<DifferenceKind, String> {
    DifferenceKind::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
        let names: Vec<&str> = DifferenceKind::ALL.into_iter().map(DifferenceKind::name).collect();
        format!("is none of {}", names.join(", "))
    })
}

/// Since when: so many days ago (`90d`), a day (UTC) or an instant.
fn since(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok()) {
        let ago = SignedDuration::from_hours(i64::from(days).saturating_mul(24));
        return now.checked_sub(ago).context("--since is too long ago");
    }
    if let Ok(day) = text.parse::<Date>() {
        return Ok(day.to_zoned(TimeZone::UTC)?.timestamp());
    }
    match text.parse() {
        Ok(instant) => Ok(instant),
        Err(_) => {
            bail!(
                "--since {text}: give a number of days such as `90d`, or a day such as `2026-10-01`"
            )
        }
    }
}

/// What was found, for people.
fn text(report: &Report) -> String {
    let Report { since, listed, ours, elsewhere, confirmed, woken, accepted, .. } = report;
    let mut text = format!(
        "since {since}: {listed} refunds at Stripe, {ours} of them ours; {confirmed} confirmed in the log"
    );
    let mut line = |line: String| {
        // Writing to a text does not fail.
        let _ = write!(text, "\n{line}");
    };
    if *elsewhere > 0 {
        line(format!("{elsewhere} were decided in another workspace, and are not looked at"));
    }
    if *woken > 0 {
        line(format!("{woken} cases look at their refunds again: Stripe knows more than they do"));
    }
    if *accepted > 0 {
        line(format!("{accepted} differences were accepted by a person"));
    }
    if !report.differences.is_empty() {
        line(String::new());
        line(format!("{:<9} {:<30} WHAT IS WRONG", "KIND", "OBJECT"));
    }
    for difference in &report.differences {
        line(format!(
            "{:<9} {:<30} {}",
            difference.kind.name(),
            difference.object,
            difference.says
        ));
    }
    let count = report.differences.len();
    line(match (count, report.is_cut) {
        (0, _) => "the log and Stripe say the same".to_owned(),
        (count, true) => {
            format!("the log and Stripe DIFFER: {count} differences, and there may be more")
        }
        (1, false) => "the log and Stripe DIFFER: 1 difference".to_owned(),
        (count, false) => format!("the log and Stripe DIFFER: {count} differences"),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_number_of_days_or_a_day_or_an_instant() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-23T12:00:00Z");
        for (text, expected) in [
            ("90d", "2026-08-25T12:00:00Z"),
            ("0d", "2026-11-23T12:00:00Z"),
            ("2026-10-01", "2026-10-01T00:00:00Z"),
            ("2026-10-01T08:30:00Z", "2026-10-01T08:30:00Z"),
        ] {
            assert_eq!(since(text, now).unwrap(), at(expected), "{text}");
        }
        for wrong in ["", "d", "-1d", "9999999999d", "yesterday", "90"] {
            assert!(since(wrong, now).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_kind_is_read_as_it_is_printed() {
        for kind in DifferenceKind::ALL {
            assert_eq!(difference_kind(kind.name()), Ok(kind));
        }
        assert!(difference_kind("wrong").unwrap_err().contains("unknown"));
    }
}
