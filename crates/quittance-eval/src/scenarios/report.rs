//! What came of the scenarios, in words and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::play::Played;
use super::script::{Scenario, Subject};

/// How a scenario went, every time it was played.
#[derive(Clone, Debug)]
pub struct ScenarioResult {
    /// The scenario.
    pub scenario: Scenario,
    /// Its plays.
    pub plays: Vec<Played>,
}

impl ScenarioResult {
    /// How many plays were as they must be.
    fn right(&self) -> usize {
        self.plays.iter().filter(|played| played.wrong.is_empty()).count()
    }

    fn is_right(&self) -> bool {
        self.right() == self.plays.len()
    }
}

/// How all scenarios went.
#[derive(Clone, Debug)]
pub struct ScenariosReport {
    /// One after the other.
    pub results: Vec<ScenarioResult>,
    /// What each complaint is that scenarios may answer, by its name.
    pub complaints: BTreeMap<String, String>,
    /// How often each was played.
    pub times: u32,
}

impl ScenariosReport {
    /// Whether every play of every scenario was as it must be.
    pub fn is_right(&self) -> bool {
        self.results.iter().all(ScenarioResult::is_right)
    }

    /// The share of scenarios, in percent, of which every play was right: pass^k for k plays.
    pub fn pass_k(&self) -> usize {
        let right = self.results.iter().filter(|result| result.is_right()).count();
        right.saturating_mul(100).checked_div(self.results.len()).unwrap_or(0)
    }

    /// The share of plays, in percent, that were right: pass^1.
    pub fn pass_1(&self) -> usize {
        let plays: usize = self.results.iter().map(|result| result.plays.len()).sum();
        let right: usize = self.results.iter().map(ScenarioResult::right).sum();
        right.saturating_mul(100).checked_div(plays).unwrap_or(0)
    }

    /// Which complaints no scenario answers.
    pub fn unanswered(&self) -> Vec<&str> {
        let is_answered =
            |name: &str| self.results.iter().any(|it| it.scenario.complaints.contains(name));
        self.complaints.keys().map(String::as_str).filter(|name| !is_answered(name)).collect()
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let results = self.results.iter().map(|result| {
            let about: Vec<&str> = result.scenario.about.iter().map(|it| it.name()).collect();
            let plays = result.plays.iter().map(|played| {
                json!({
                    "wrong": played.wrong,
                    "model_calls": played.model_calls,
                    "transcript": played.transcript,
                })
            });
            json!({
                "scenario": result.scenario.name,
                "title": result.scenario.title,
                "about": about,
                "complaints": result.scenario.complaints,
                "right": result.right(),
                "plays": plays.collect::<Vec<_>>(),
            })
        });
        json!({
            "times": self.times,
            "pass_1_percent": self.pass_1(),
            "pass_k_percent": self.pass_k(),
            "unanswered_complaints": self.unanswered(),
            "scenarios": results.collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for ScenariosReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.results {
            write_result(f, result)?;
        }
        writeln!(f)?;
        for subject in Subject::ALL {
            let about = |result: &&ScenarioResult| result.scenario.about.contains(&subject);
            let all = self.results.iter().filter(about).count();
            let right = self.results.iter().filter(about).filter(|it| it.is_right()).count();
            if all > 0 {
                writeln!(f, "  {:<14} {right:>3} of {all:>3}", subject.name())?;
            }
        }
        let unanswered = self.unanswered();
        if !self.complaints.is_empty() {
            let answered = self.complaints.len().saturating_sub(unanswered.len());
            write!(f, "\n  {answered} of {} complaints are answered", self.complaints.len())?;
            let list = unanswered.join(", ");
            writeln!(f, "{}", if list.is_empty() { list } else { format!("; not: {list}") })?;
        }
        let right = self.results.iter().filter(|result| result.is_right()).count();
        writeln!(f, "\n{right} of {} scenarios are as they must be", self.results.len())?;
        if self.times > 1 {
            writeln!(
                f,
                "pass^1 {} %, pass^{} {} % ({} plays each)",
                self.pass_1(),
                self.times,
                self.pass_k(),
                self.times
            )?;
        }
        Ok(())
    }
}

/// A line for a scenario, and what was wrong with its first play that was.
fn write_result(f: &mut fmt::Formatter<'_>, result: &ScenarioResult) -> fmt::Result {
    let mark = if result.is_right() { "ok    " } else { "WRONG " };
    write!(f, "{mark} {:<44} {}", result.scenario.name, result.scenario.title)?;
    if result.plays.len() > 1 {
        write!(f, " ({} of {})", result.right(), result.plays.len())?;
    }
    writeln!(f)?;
    let Some(bad) = result.plays.iter().find(|played| !played.wrong.is_empty()) else {
        return Ok(());
    };
    for wrong in &bad.wrong {
        writeln!(f, "         {wrong}")?;
    }
    for line in &bad.transcript {
        writeln!(f, "           | {}", line.replace('\n', "\n           | "))?;
    }
    Ok(())
}
