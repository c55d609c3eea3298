//! `quittance policy diff`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use quittance_core::clock::Clock as _;
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Answer, Index, Policy};
use quittance_policy::{ByClause, Case, Change, Diff, Example, Kind, Said, Sums, Turn};

use super::super::{log, print};
use super::cases::{self, Named};
use super::many;
use crate::cli::{DiffFormat, PolicyDiff};
use crate::clock::SystemClock;
use crate::policy_files::Files;

/// How many changed cases are shown to people; `--format json` has more.
const MOST_SHOWN: usize = 200;

/// How many changed cases a comment on a pull request shows at once; more are folded away.
const MOST_OPEN: usize = 20;

/// Asks two policies about the same cases and tells what comes out otherwise.
pub(crate) async fn diff(options: &PolicyDiff) -> anyhow::Result<ExitCode> {
    let old = Files::read(&options.old)?.draft()?;
    let new = Files::read(&options.new)?.draft()?;
    let mut diff = Diff::default();
    let (before, after) = (&old.policy, &new.policy);
    let indexes = (Index::of(before), Index::of(after));
    let mut ask =
        |named: Named| diff.ask(&indexes.0, &indexes.1, &named.name, &named.case.question());
    if let Some(file) = &options.cases {
        let both = cases::with_plans_of(after, before);
        cases::each_of_file(file, &both, SystemClock.now(), &mut ask)?;
    } else if let Some(database) = &options.database {
        cases::each_of_log(&log::open(database).await?, &mut ask).await?;
    } else {
        // An example that both have is one case.
        let asked: BTreeMap<&str, &Case> =
            old.examples.iter().map(|example| (example.case.as_str(), &example.asked)).collect();
        let is_new = |it: &&Example| asked.get(it.case.as_str()) != Some(&&it.asked);
        for example in old.examples.iter().chain(new.examples.iter().filter(is_new)) {
            ask(Named::new(&example.case, example.asked.clone()));
        }
    }
    diff.find_unseen(before, after);
    match options.format {
        DiffFormat::Human => print(human(&diff, before, after).trim_end()),
        DiffFormat::Markdown => print(markdown(&diff).trim_end()),
        DiffFormat::Json => print(&serde_json::to_string_pretty(&diff)?),
    }
    Ok(ExitCode::from(u8::from(diff.is_something())))
}

/// The rows of a table.
type Rows<const COLUMNS: usize> = Vec<[String; COLUMNS]>;

const CASE_HEADS: [&str; 6] = ["Case", "Paid", "Before", "After", "Money", "Decided by"];
const TURN_HEADS: [&str; 5] = ["Before", "After", "Cases", "Paid", "Money"];
const CLAUSE_HEADS: [&str; 6] =
    ["Clause", "Cases", "Otherwise", "Gave before", "Gives after", "Money"];

fn human(diff: &Diff, old: &Policy, new: &Policy) -> String {
    let mut page = String::new();
    if old.version == new.version {
        page.push_str("Both are the same, byte for byte.\n\n");
    }
    let rows = by_case(diff);
    if !rows.is_empty() {
        let _ = writeln!(page, "{}", table(CASE_HEADS, &rows));
    }
    if let Some(more) = not_shown(diff, rows.len()) {
        let _ = writeln!(page, "{more}\n");
    }
    let clauses = by_clause(diff);
    if !clauses.is_empty() {
        let _ = writeln!(page, "{}", table(CLAUSE_HEADS, &clauses));
    }
    let turns = by_turn(diff);
    if !turns.is_empty() {
        let _ = writeln!(page, "{}", table(TURN_HEADS, &turns));
    }
    page.push_str(&totals(diff));
    page
}

fn markdown(diff: &Diff) -> String {
    let mut page = format!("### What this policy changes\n\n{}", totals(diff));
    let turns = by_turn(diff);
    if !turns.is_empty() {
        lines(&mut page, TURN_HEADS, &turns);
    }
    let clauses = by_clause(diff);
    if !clauses.is_empty() {
        lines(&mut page, CLAUSE_HEADS, &clauses);
    }
    let rows = by_case(diff);
    if rows.is_empty() {
        return page;
    }
    let is_folded = rows.len() > MOST_OPEN;
    if is_folded {
        let _ = writeln!(page, "\n<details><summary>The cases</summary>");
    }
    lines(&mut page, CASE_HEADS, &rows);
    if let Some(more) = not_shown(diff, rows.len()) {
        let _ = writeln!(page, "\n{more}");
    }
    if is_folded {
        page.push_str("\n</details>\n");
    }
    page
}

/// The cases that come out otherwise, as many as people look at.
fn by_case(diff: &Diff) -> Rows<6> {
    let row = |change: &Change| {
        [
            change.case.clone(),
            change.paid.to_string(),
            answer(&change.before),
            answer(&change.after),
            signed(&change.more()),
            decided_by(change),
        ]
    };
    diff.changed.iter().take(MOST_SHOWN).map(row).collect()
}

fn not_shown(diff: &Diff, shown: usize) -> Option<String> {
    let beyond = diff.otherwise.saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX));
    let kept = diff.changed.len();
    let has = if u64::try_from(kept) == Ok(diff.otherwise) {
        "all of them".to_owned()
    } else {
        format!("the first {kept}")
    };
    (beyond > 0).then(|| format!("… and {beyond} more; `--format json` has {has}"))
}

/// The clauses that decide a case, or that did where none does any more.
fn decided_by(change: &Change) -> String {
    let (before, after) = (change.before.clauses.join(", "), change.after.clauses.join(", "));
    match (before.is_empty(), after.is_empty()) {
        (false, true) => before,
        (false, false) if before != after => format!("{before} → {after}"),
        (true | false, _) => after,
    }
}

fn answer(said: &Said) -> String {
    match said.answer {
        Answer::Refund { amount } => format!("refund {amount}"),
        Answer::Ask | Answer::Refuse => kind(said.kind()).to_owned(),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Refund => "refund",
        Kind::Ask => "ask a person",
        Kind::Gap => "gap",
        Kind::Refuse => "refuse",
    }
}

/// What becomes what, and how often.
fn by_turn(diff: &Diff) -> Rows<5> {
    let row = |turn: &Turn| {
        let (from, to) = (kind(turn.from), kind(turn.to));
        let to = if turn.from == turn.to { "another amount" } else { to };
        let (cases, paid) = (turn.cases.to_string(), sums(&turn.paid));
        [from.to_owned(), to.to_owned(), cases, paid, signed(&turn.more())]
    };
    diff.turns.iter().map(row).collect()
}

/// The clauses that have a part in what comes out otherwise.
fn by_clause(diff: &Diff) -> Rows<6> {
    let row = |(clause, by): (&String, &ByClause)| {
        let cases = if by.before == by.after {
            by.after.to_string()
        } else {
            format!("{} → {}", by.before, by.after)
        };
        [
            clause.clone(),
            cases,
            by.otherwise.to_string(),
            sums(&by.given_before),
            sums(&by.given_after),
            signed(&by.more()),
        ]
    };
    diff.clauses.iter().filter(|(_, by)| by.otherwise > 0).map(row).collect()
}

fn sums(sums: &Sums) -> String {
    if sums.is_empty() {
        return "nothing".to_owned();
    }
    sums.values().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Differences with their signs, such as `+49.00 USD, −1500 JPY`.
fn signed(more: &BTreeMap<Currency, i64>) -> String {
    let each = more.iter().filter_map(|(currency, minor)| {
        let sign = if *minor < 0 { "−" } else { "+" };
        let amount =
            Money::from_minor(i64::try_from(minor.unsigned_abs()).ok()?, *currency).ok()?;
        Some(format!("{sign}{amount}"))
    });
    each.collect::<Vec<_>>().join(", ")
}

fn totals(diff: &Diff) -> String {
    let Diff { cases, otherwise, .. } = diff;
    let asked = many(usize::try_from(*cases).unwrap_or(usize::MAX), "case");
    let (before, after) = (sums(&diff.before), sums(&diff.after));
    let unseen = unseen(diff);
    if *otherwise == 0 {
        return format!("None of {asked} comes out otherwise. Refunds: {after}.\n{unseen}");
    }
    let come = if *otherwise == 1 { "comes" } else { "come" };
    let more = signed(&diff.more());
    let more = if more.is_empty() { more } else { format!(" ({more})") };
    format!(
        "{otherwise} of {asked} {come} out otherwise. Refunds: {before} before, {after} after{more}.\n{unseen}"
    )
}

/// The clauses that differ and that no case shows.
fn unseen(diff: &Diff) -> String {
    if diff.unseen.is_empty() {
        return String::new();
    }
    let shown: Vec<String> =
        diff.unseen.iter().take(MOST_OPEN).map(|name| format!("`{name}`")).collect();
    let more = diff.unseen.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("Also changed, although none of these cases shows it: {}{more}.\n", shown.join(", "))
}

/// A table of markdown.
fn lines<const COLUMNS: usize>(page: &mut String, heads: [&str; COLUMNS], rows: &Rows<COLUMNS>) {
    let _ = writeln!(page, "\n| {} |\n|{}", heads.join(" | "), " --- |".repeat(COLUMNS));
    for row in rows {
        let cells = row.each_ref().map(|cell| cell.replace('|', "\\|").replace('<', "&lt;"));
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
}

/// Columns as wide as their widest cell; long cells are cut.
fn table<const COLUMNS: usize>(heads: [&str; COLUMNS], rows: &Rows<COLUMNS>) -> String {
    const WIDEST: usize = 60;
    let cut = |cell: &str| -> String {
        if cell.chars().count() <= WIDEST {
            return cell.to_owned();
        }
        let kept: String = cell.chars().take(WIDEST.saturating_sub(1)).collect();
        format!("{kept}…")
    };
    let all: Rows<COLUMNS> = std::iter::once(heads.map(str::to_owned))
        .chain(rows.iter().map(|row| row.each_ref().map(|cell| cut(cell))))
        .collect();
    let mut widths = [0_usize; COLUMNS];
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
