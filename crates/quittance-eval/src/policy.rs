//! How fast a policy is checked, asked, and compared with another.

mod made;

use std::fmt;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use quittance_core::policy::{Index, Ruling, evaluate};
use quittance_policy::{Case, Checked, Source, read_all};
use serde_json::json;
use tokio::process::Command;
use tokio::time::Instant;

use crate::path::bar;
use crate::program::status_kib;
use crate::prove::dice;

/// How long checking and compiling the policy may take.
const CHECK: Duration = Duration::from_millis(200);
/// How long a ruling may take.
const RULING: Duration = Duration::from_micros(20);
/// How long the comparison of two policies may take.
const DIFF: Duration = Duration::from_secs(10);

/// How often the policy is checked.
const CHECKS: usize = 15;
/// How many cases are asked for the time of a ruling.
const RULINGS: usize = 20_000;
/// How many files the smaller policy has, which is of the size of the shipped one.
const FEW_FILES: usize = 6;
/// By how many days every second product line's window grows in the policy that is compared.
const MORE_DAYS: u64 = 7;
/// How often the memory of the program under test is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub struct PolicyOptions {
    /// How many files the policy has.
    pub files: usize,
    /// About how many cases two policies are compared.
    pub cases: usize,
    /// What the chance begins with.
    pub seed: u64,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct PolicyReport {
    options: PolicyOptions,
    rules: usize,
    examples: usize,
    bytes: usize,
    checks: Times,
    command: Duration,
    few: Times,
    answers: Times,
    all: Times,
    compared: Compared,
}

/// Durations, the shortest first.
#[derive(Clone, Debug)]
struct Times(Vec<Duration>);

/// What comparing two policies took.
#[derive(Clone, Debug)]
struct Compared {
    took: Duration,
    most_kib: Option<u64>,
    said: String,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that this share of them does not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let rank = self.0.len().saturating_mul(percent).div_ceil(100).max(1);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

impl PolicyReport {
    /// Whether everything took no longer than it may.
    pub fn is_met(&self) -> bool {
        self.checks.percentile(50) < CHECK
            && self.few.percentile(50) < RULING
            && self.answers.percentile(50) < RULING
            && self.compared.took < DIFF
    }
}

/// Makes a policy and cases, and measures here and with the program at `exe`.
pub async fn policy(exe: &Path, options: PolicyOptions) -> anyhow::Result<PolicyReport> {
    let PolicyOptions { files, cases, seed } = options;
    let sources = made::sources(files, seed, 0);
    let (checks, checked) = check(&sources)?;
    let few = read(&made::sources(FEW_FILES, seed, 0))?;
    let folder = tempfile::tempdir()?;
    write(&folder.path().join("old"), &sources)?;
    write(&folder.path().join("new"), &made::sources(files, seed, MORE_DAYS))?;
    write_cases(&folder.path().join("cases.jsonl"), files, cases, seed)?;
    let command = run_check(exe, folder.path()).await?;
    let compared = run_diff(exe, folder.path()).await?;
    let index = Index::of(&checked.policy);
    Ok(PolicyReport {
        options,
        rules: checked.policy.clauses().filter(|clause| clause.rule.is_some()).count(),
        examples: checked.examples.len(),
        bytes: sources.iter().map(|source| source.text.len()).sum(),
        checks,
        command,
        few: rulings(FEW_FILES, seed, |case| evaluate(&few.policy, &case.question()))?,
        answers: rulings(files, seed, |case| index.answer(&case.question()))?,
        all: rulings(files, seed, |case| evaluate(&checked.policy, &case.question()))?,
        compared,
    })
}

fn read(sources: &[Source]) -> anyhow::Result<Checked> {
    read_all(sources).context("the policy that was made has errors")
}

/// Reads the policy several times.
fn check(sources: &[Source]) -> anyhow::Result<(Times, Checked)> {
    let mut times = Vec::new();
    let mut last = read(sources)?;
    for _ in 0..CHECKS {
        let begin = Instant::now();
        last = read(sources)?;
        times.push(begin.elapsed());
    }
    if let Some(warning) = last.warnings.first() {
        bail!("the policy that was made is not sound: {warning}");
    }
    Ok((Times::of(times), last))
}

/// Asks many cases, one after the other.
fn rulings(files: usize, seed: u64, ask: impl Fn(&Case) -> Ruling) -> anyhow::Result<Times> {
    let mut cases = made::Cases::new(files, seed);
    let mut times = Vec::with_capacity(RULINGS);
    for _ in 0..RULINGS {
        let case = cases.make()?;
        let begin = Instant::now();
        let ruling = ask(&case);
        times.push(begin.elapsed());
        std::hint::black_box(ruling);
    }
    Ok(Times::of(times))
}

fn write(folder: &Path, sources: &[Source]) -> anyhow::Result<()> {
    std::fs::create_dir(folder)?;
    for Source { name, text } in sources {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

fn write_cases(file: &Path, files: usize, count: usize, seed: u64) -> anyhow::Result<()> {
    let mut cases = made::Cases::new(files, seed);
    let mut written = BufWriter::new(std::fs::File::create(file)?);
    let bar = bar(count, "cases written");
    for number in 1..=count {
        let Case { facts, charge, reason, .. } = cases.make()?;
        let line = json!({
            "name": format!("case {number}"), "facts": facts, "charge": charge.id, "reason": reason,
        });
        writeln!(written, "{line}")?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    written.flush()?;
    Ok(())
}

async fn run_check(exe: &Path, folder: &Path) -> anyhow::Result<Duration> {
    let begin = Instant::now();
    let mut command = Command::new(exe);
    let output = command.args(["policy", "check", "old"]).current_dir(folder).output().await?;
    if !output.status.success() {
        bail!("`policy check` fails: {}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(begin.elapsed())
}

async fn run_diff(exe: &Path, folder: &Path) -> anyhow::Result<Compared> {
    let begin = Instant::now();
    let mut command = Command::new(exe);
    command.args(["policy", "diff", "old", "new", "--cases", "cases.jsonl"]);
    let piped = command.current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = piped.kill_on_drop(true).spawn()?;
    let id = child.id();
    let ends = child.wait_with_output();
    tokio::pin!(ends);
    let mut most_kib = None;
    let output = loop {
        tokio::select! {
            output = &mut ends => break output?,
            () = tokio::time::sleep(LOOK) => {
                most_kib = id.and_then(|id| status_kib(id, "VmHWM:")).or(most_kib);
            }
        }
    };
    // 1 says that something comes out otherwise.
    if !matches!(output.status.code(), Some(0 | 1)) {
        bail!("`policy diff` fails: {}", String::from_utf8_lossy(&output.stderr));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines().rev();
    let said = lines.find(|line| line.contains("otherwise")).unwrap_or_default().to_owned();
    Ok(Compared { took: begin.elapsed(), most_kib, said })
}

impl fmt::Display for PolicyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PolicyOptions { files, cases, seed } = self.options;
        let kib = self.bytes.div_euclid(1024);
        writeln!(
            f,
            "policy             {files} files, {} rules, {} examples, {kib} KiB (seed {seed})",
            self.rules, self.examples
        )?;
        let checked = self.checks.percentile(50);
        writeln!(
            f,
            "checked            in {checked:.1?}, {}; at most {:.1?} of {CHECKS}; {:.1?} as a command",
            against(checked, CHECK),
            self.checks.percentile(100),
            self.command
        )?;
        let (few, answers) = (self.few.percentile(50), self.answers.percentile(50));
        writeln!(
            f,
            "a ruling           in {few:.2?} of {FEW_FILES} files, {}; {:.2?} at the 99th of 100",
            against(few, RULING),
            self.few.percentile(99)
        )?;
        writeln!(
            f,
            "an answer          in {answers:.2?} of all files, {}; {:.2?} at the 99th of 100",
            against(answers, RULING),
            self.answers.percentile(99)
        )?;
        writeln!(
            f,
            "                   {:.2?} with every clause about the reason in it",
            self.all.percentile(50)
        )?;
        let Compared { took, most_kib, said } = &self.compared;
        let memory = most_kib.map_or_else(
            || "memory unknown".to_owned(),
            |kib| format!("{} MiB", kib.div_euclid(1024)),
        );
        writeln!(
            f,
            "compared           about {cases} cases in {took:.2?}, {}; {memory}",
            against(*took, DIFF)
        )?;
        write!(f, "                   {said}")
    }
}

/// How a time stands to the longest that is allowed.
fn against(took: Duration, most: Duration) -> String {
    let met = if took < most { "met" } else { "MISSED" };
    format!("target {most:?} {met}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use quittance_core::policy::Answer;

    use super::*;

    #[test]
    fn a_policy_of_any_size_is_sound_and_its_cases_are_answered() {
        for seed in [1, 7] {
            let (_, checked) = check(&made::sources(4, seed, 0)).unwrap();
            assert_eq!(checked.policy.documents.len(), 4);
            assert_eq!(checked.examples.len(), 2 + 3 * 13);
            let mut cases = made::Cases::new(4, seed);
            let mut answers = BTreeSet::new();
            for _ in 0..300 {
                let case = cases.make().unwrap();
                let ruling = evaluate(&checked.policy, &case.question());
                answers.insert(match ruling.answer {
                    Answer::Refund { .. } => "refund",
                    Answer::Ask if ruling.is_gap => "gap",
                    Answer::Ask => "ask",
                    Answer::Refuse => "refuse",
                });
            }
            assert_eq!(answers.len(), 4, "{answers:?}");
        }
    }

    #[test]
    fn an_edit_changes_some_files_only() {
        let (old, new) = (made::sources(5, 1, 0), made::sources(5, 1, 7));
        let changed: Vec<bool> = old.iter().zip(&new).map(|(old, new)| old != new).collect();
        assert_eq!(changed, [false, false, true, false, true]);
        assert!(read_all(&new).is_ok());
    }

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times = Times::of((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(times.percentile(50), Duration::from_millis(50));
        assert_eq!(times.percentile(99), Duration::from_millis(99));
        assert_eq!(times.percentile(100), Duration::from_millis(100));
        assert_eq!(Times::of(Vec::new()).percentile(50), Duration::ZERO);
    }
}
