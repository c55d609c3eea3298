//! `quittance status`

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use quittance_core::clock::Clock;
use quittance_core::limits::COUNT;
use quittance_core::money::{Currency, Money};
use quittance_engine::status::{self, MOST_LISTED, Status, Used, Waiting};
use quittance_store::Store;

use super::print;
use super::stop::{must_be_there, place};
use crate::cli::ShowStatus;
use crate::clock::SystemClock;

/// What the command ends with while money is stopped.
const STOPPED: u8 = 3;

/// How wide a bar is, in characters.
const BAR: i64 = 20;

/// Prints how the money stands. Fails with 3 while it is stopped.
pub(crate) async fn status(options: &ShowStatus) -> anyhow::Result<ExitCode> {
    let place = place(&options.place)?;
    must_be_there(&place.database)?;
    let shown = quittance_store::shown(&place.database);
    let store = Store::look(&place.database)
        .await
        .with_context(|| format!("cannot read the database {shown}"))?;
    let limits = place.config.as_ref().map(|config| config.limits.limits()).transpose()?;
    let status =
        status::read(&store, limits.as_ref(), &place.stop, SystemClock.now()).await.with_context(
            || format!("cannot read the database {shown}; `serve` brings it up to date"),
        )?;
    if options.json {
        print(&serde_json::to_string_pretty(&status)?);
    } else {
        print(text(&status).trim_end());
    }
    Ok(if status.stopped.is_some() { ExitCode::from(STOPPED) } else { ExitCode::SUCCESS })
}

/// The status for people.
fn text(status: &Status) -> String {
    let mut text = String::new();
    say(&mut text, "Money", &money(status));
    say(&mut text, "Today", &worst_loss(status));
    let budgets: Vec<String> = status.budgets.iter().map(budget).collect();
    list(&mut text, "Budgets", &budgets, "nothing is used");
    let open: Vec<String> =
        status.under_way.iter().map(|refund| waiting(refund, status.at)).collect();
    list(&mut text, "Under way", &open, "no refund");
    let parked: Vec<String> =
        status.parked.iter().map(|refund| waiting(refund, status.at)).collect();
    list(&mut text, "With a person", &parked, "no refund whose outcome is not known");
    let late = status.overdue.iter().map(|late| {
        let age = age(late.since, status.at);
        format!("{}  {}, waiting for {age}, {} failures", late.case, late.state, late.failures)
    });
    list(&mut text, "Overdue", &late.collect::<Vec<_>>(), "no case");
    let nodes = status.nodes.iter().map(|node| {
        let policy: String = node.policy.chars().take(11).collect();
        format!("{}  build {}, policy {policy}…", node.id, node.build)
    });
    list(&mut text, "Serving", &nodes.collect::<Vec<_>>(), "no process says so");
    text
}

fn money(status: &Status) -> String {
    let Some(stopped) = &status.stopped else { return "may move".to_owned() };
    let since = stopped.since.map(|since| format!(" since {}", instant(since))).unwrap_or_default();
    let by = stopped.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    format!("STOPPED{since}{by}: {}", stopped.why)
}

fn worst_loss(status: &Status) -> String {
    let Some(losses) = &status.worst_loss else {
        return "the limits are not known here: name the configuration with --config".to_owned();
    };
    if losses.is_empty() {
        return "nothing can leave: no currency has limits".to_owned();
    }
    let amounts: Vec<String> = losses.iter().copied().map(grouped).collect();
    let when = if status.stopped.is_some() { " after a resume" } else { "" };
    format!("at most {} can still leave today{when}, whatever anyone says", amounts.join(" and "))
}

fn budget(used: &Used) -> String {
    let taken = used.posted.saturating_add(used.pending);
    let under_way = match used.pending {
        0 => String::new(),
        pending => format!(", of which {} under way", amount(pending, &used.currency)),
    };
    format!(
        "{:<24} {} {} of {}{under_way}",
        used.scope,
        bar(used),
        amount(taken, &used.currency),
        amount(used.cap, &used.currency)
    )
}

/// What was given back as `#`, what is under way as `+`.
fn bar(used: &Used) -> String {
    let cells = |amount: i64| {
        let part = amount.saturating_mul(BAR).checked_div(used.cap).unwrap_or(BAR);
        // The least amount is seen, and nothing is wider than the bar.
        usize::try_from(part.clamp(i64::from(amount > 0), BAR)).unwrap_or(0)
    };
    let posted = cells(used.posted);
    let width = cells(BAR.max(0)).max(usize::try_from(BAR).unwrap_or(0));
    let pending = cells(used.pending).min(width.saturating_sub(posted));
    let rest = width.saturating_sub(posted).saturating_sub(pending);
    format!("[{}{}{}]", "#".repeat(posted), "+".repeat(pending), ".".repeat(rest))
}

fn amount(minor: i64, code: &str) -> String {
    if code == COUNT {
        return format!("{minor} refunds");
    }
    let money =
        code.parse::<Currency>().ok().and_then(|known| Money::from_minor(minor, known).ok());
    money.map_or_else(|| format!("{minor} {code}"), grouped)
}

/// An amount with a comma between thousands: `1,234.00 USD`.
fn grouped(money: Money) -> String {
    let decimal = money.decimal();
    let (whole, part) = decimal
        .split_once('.')
        .map_or((decimal.as_str(), None), |(whole, part)| (whole, Some(part)));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(part) = part {
        text.push('.');
        text.push_str(part);
    }
    format!("{text} {}", money.currency())
}

fn waiting(refund: &Waiting, now: Timestamp) -> String {
    let sent = match refund.last_send {
        Some(last) => format!("sent {} times, last {} ago", refund.sends, age(last, now)),
        None => "not sent yet".to_owned(),
    };
    let deadline =
        refund.deadline.map(|deadline| format!(", with a person by {}", instant(deadline)));
    format!(
        "{}  {}, {}, {} of case {}: {sent}{}",
        refund.decision,
        refund.state,
        grouped(refund.amount),
        refund.charge,
        refund.case,
        deadline.unwrap_or_default()
    )
}

fn say(text: &mut String, heading: &str, body: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{heading:<14} {body}");
}

fn list(text: &mut String, heading: &str, lines: &[String], none: &str) {
    if lines.is_empty() {
        return say(text, heading, none);
    }
    say(text, heading, "");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() >= usize::try_from(MOST_LISTED).unwrap_or(usize::MAX) {
        let _ = writeln!(text, "  and more");
    }
}

fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A duration in its largest unit.
fn age(since: Timestamp, now: Timestamp) -> String {
    let age = now.duration_since(since).max(SignedDuration::ZERO);
    match (age.as_hours(), age.as_mins()) {
        (0, 0) => format!("{} s", age.as_secs()),
        (0, minutes) => format!("{minutes} min"),
        (hours, _) => format!("{hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use quittance_engine::status::Stopped;

    use super::*;

    fn status() -> Status {
        let used = |scope: &str, currency: &str, cap, posted, pending| Used {
            scope: scope.to_owned(),
            currency: currency.to_owned(),
            cap,
            posted,
            pending,
        };
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let refund = Waiting {
            decision: "1f".repeat(32).parse().unwrap(),
            case: "w:1".parse().unwrap(),
            charge: "ch_1".parse().unwrap(),
            amount: Money::from_minor(123_456_789, Currency::USD).unwrap(),
            state: "unknown",
            sends: 2,
            last_send: Some("2026-11-23T11:30:00Z".parse().unwrap()),
            deadline: Some("2026-11-24T07:40:00Z".parse().unwrap()),
        };
        Status {
            at: now,
            stopped: None,
            worst_loss: Some(vec![
                Money::from_minor(123_400, Currency::USD).unwrap(),
                Money::from_minor(1_000, Currency::JPY).unwrap(),
            ]),
            budgets: vec![used("hour", "XXX", 30, 3, 1), used("day", "USD", 200_000, 70_000, 1)],
            under_way: vec![refund],
            parked: Vec::new(),
            overdue: Vec::new(),
            nodes: Vec::new(),
        }
    }

    #[test]
    fn the_status_says_what_can_still_leave_and_what_waits() {
        let decision = "1f".repeat(32);
        let expected = format!(
            "Money          may move\n\
             Today          at most 1,234.00 USD and 1,000 JPY can still leave today, whatever anyone says\n\
             Budgets        \n  \
               hour                     [##+.................] 4 refunds of 30 refunds, of which 1 refunds under way\n  \
               day                      [#######+............] 700.01 USD of 2,000.00 USD, of which 0.01 USD under way\n\
             Under way      \n  \
               {decision}  unknown, 1,234,567.89 USD, ch_1 of case w:1: sent 2 times, last 30 min ago, with a person \
             by 2026-11-24 07:40:00 UTC\n\
             With a person  no refund whose outcome is not known\n\
             Overdue        no case\n\
             Serving        no process says so\n"
        );
        assert_eq!(text(&status()), expected);
    }

    #[test]
    fn a_stop_says_who_when_and_why() {
        let stopped = Stopped {
            why: "a drill".to_owned(),
            by: Some("ann".to_owned()),
            since: Some("2026-11-23T11:00:00Z".parse().unwrap()),
        };
        let status = Status { stopped: Some(stopped), ..status() };
        let said = text(&status);
        assert!(
            said.starts_with(
                "Money          STOPPED since 2026-11-23 11:00:00 UTC by ann: a drill\n"
            ),
            "{said}"
        );
        assert!(
            said.contains("can still leave today after a resume, whatever anyone says"),
            "{said}"
        );
    }
}
