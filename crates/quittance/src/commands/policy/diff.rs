//! `quittance policy diff`

use std::fmt::Write as _;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use quittance_core::clock::Clock as _;
use quittance_core::money::Money;
use quittance_core::policy::{Answer, Policy};
use quittance_policy::{Change, Diff, Said, Sums};

use super::super::{log, print};
use super::cases::{self, Named};
use crate::cli::{DiffFormat, PolicyDiff};
use crate::clock::SystemClock;
use crate::policy_files::Files;

/// How many changed cases are shown to people; `--format json` has all of them.
const MOST_SHOWN: usize = 200;

/// Asks two policies about the same cases and tells what comes out otherwise.
pub(crate) async fn diff(options: &PolicyDiff) -> anyhow::Result<ExitCode> {
    let old = Files::read(&options.old)?.policy()?;
    let new = Files::read(&options.new)?.policy()?;
    let mut diff = Diff::default();
    let (before, after) = (&old.policy, &new.policy);
    let mut ask = |named: Named| diff.ask(before, after, &named.name, &named.case.question());
    if let Some(file) = &options.cases {
        cases::each_of_file(file, after, SystemClock.now(), &mut ask)?;
    } else if let Some(database) = &options.database {
        let store = log::open(database).await?;
        let (entries, _) = store.log_head().await?;
        let bar = ProgressBar::new(entries);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} entries") {
            bar.set_style(style);
        }
        cases::each_of_log(&store, |read| bar.set_position(read), &mut ask).await?;
        bar.finish_and_clear();
    } else {
        for example in old.examples.iter().chain(&new.examples) {
            ask(Named { name: example.case.clone(), case: example.asked.clone() });
        }
    }
    match options.format {
        DiffFormat::Human => print(human(&diff, before, after).trim_end()),
        DiffFormat::Markdown => print(markdown(&diff).trim_end()),
        DiffFormat::Json => print(&serde_json::to_string_pretty(&diff)?),
    }
    Ok(ExitCode::from(u8::from(!diff.changed.is_empty())))
}

fn human(diff: &Diff, old: &Policy, new: &Policy) -> String {
    let mut page = String::new();
    if old.version == new.version {
        page.push_str("Both are the same, byte for byte.\n\n");
    }
    let rows: Vec<[String; 4]> = diff.changed.iter().take(MOST_SHOWN).map(row).collect();
    if !rows.is_empty() {
        page.push_str(&table(["case", "before", "after", "decided by"], &rows));
        page.push('\n');
    }
    let beyond = diff.changed.len().saturating_sub(rows.len());
    if beyond > 0 {
        let _ = writeln!(page, "… and {beyond} more; `--format json` has all of them\n");
    }
    let clauses = by_clause(diff);
    if !clauses.is_empty() {
        page.push_str(&table(["clause", "cases", "gave", "gives"], &clauses));
        page.push('\n');
    }
    page.push_str(&totals(diff));
    page
}

fn markdown(diff: &Diff) -> String {
    let mut page = format!("### What this policy changes\n\n{}\n", totals(diff));
    let lines = |page: &mut String, head: [&str; 4], rows: &[[String; 4]]| {
        let _ = writeln!(page, "\n| {} |\n|{}", head.join(" | "), " --- |".repeat(4));
        for row in rows {
            let cells = row.each_ref().map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
    };
    let rows: Vec<[String; 4]> = diff.changed.iter().take(MOST_SHOWN).map(row).collect();
    if !rows.is_empty() {
        lines(&mut page, ["Case", "Before", "After", "Decided by"], &rows);
    }
    let clauses = by_clause(diff);
    if !clauses.is_empty() {
        lines(&mut page, ["Clause", "Cases", "Gave", "Gives"], &clauses);
    }
    page
}

fn row(change: &Change) -> [String; 4] {
    let deciding = if change.after.clauses.is_empty() { &change.before } else { &change.after };
    [
        change.case.clone(),
        answer(&change.before),
        answer(&change.after),
        deciding.clauses.join(", "),
    ]
}

fn answer(said: &Said) -> String {
    match said.answer {
        Answer::Refund { amount } => format!("refund {amount}"),
        Answer::Ask if said.is_gap => "gap".to_owned(),
        Answer::Ask => "ask a person".to_owned(),
        Answer::Refuse => "refuse".to_owned(),
    }
}

/// The clauses that decide otherwise than before.
fn by_clause(diff: &Diff) -> Vec<[String; 4]> {
    let changed = diff
        .clauses
        .iter()
        .filter(|(_, by)| by.before != by.after || by.given_before != by.given_after);
    changed
        .map(|(clause, by)| {
            let cases = format!("{} → {}", by.before, by.after);
            [clause.clone(), cases, sums(&by.given_before), sums(&by.given_after)]
        })
        .collect()
}

fn sums(sums: &Sums) -> String {
    if sums.is_empty() {
        return "nothing".to_owned();
    }
    sums.values().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn totals(diff: &Diff) -> String {
    let changed = diff.changed.len();
    let mut line = format!(
        "{} of {} come out otherwise. Refunds: {} before, {} after",
        changed,
        super::many(usize::try_from(diff.cases).unwrap_or(usize::MAX), "case"),
        sums(&diff.before),
        sums(&diff.after)
    );
    let more: Vec<String> = diff
        .more()
        .into_iter()
        .filter(|(_, minor)| *minor != 0)
        .filter_map(|(currency, minor)| {
            let sign = if minor < 0 { "−" } else { "+" };
            let amount =
                Money::from_minor(i64::try_from(minor.unsigned_abs()).ok()?, currency).ok()?;
            Some(format!("{sign}{amount}"))
        })
        .collect();
    if !more.is_empty() {
        let _ = write!(line, " ({})", more.join(", "));
    }
    line.push_str(".\n");
    line
}

/// Columns as wide as their widest cell; long cells are cut.
fn table(head: [&str; 4], rows: &[[String; 4]]) -> String {
    const WIDEST: usize = 60;
    let cut = |cell: &str| -> String {
        if cell.chars().count() <= WIDEST {
            return cell.to_owned();
        }
        let kept: String = cell.chars().take(WIDEST.saturating_sub(1)).collect();
        format!("{kept}…")
    };
    let all: Vec<[String; 4]> = std::iter::once(head.map(str::to_owned))
        .chain(rows.iter().map(|row| row.each_ref().map(|cell| cut(cell))))
        .collect();
    let mut widths = [0_usize; 4];
    for row in &all {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &all {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
