//! What a proof says at its end.

use std::fmt;
use std::time::Duration;

use quittance_core::mutant::Mutant;
use serde_json::{Value, json};

use super::campaign::{Hunt, Tally};
use super::hub::Event;
use super::matrix::cells;
use super::oracle::Violation;

/// The smallest share of random runs, in percent, that must have had a refund: runs that all fail prove
/// nothing.
const LEAST_REFUNDED: u64 = 30;

/// What a proof found.
#[derive(Clone, Debug)]
pub struct Report {
    tally: Tally,
}

impl Report {
    pub(crate) fn new(tally: Tally) -> Self {
        Self { tally }
    }

    /// Whether nothing was found and enough was tried.
    pub fn is_proved(&self) -> bool {
        self.tally.failed == 0 && self.missed().is_empty() && self.is_honest()
    }

    /// Cells of the matrix whose fault never happened.
    fn missed(&self) -> Vec<String> {
        let all = cells();
        let missed = all.iter().enumerate().filter(|(number, _)| !self.tally.hit.contains(number));
        missed
            .map(|(_, (boundary, cell))| {
                format!("{} ({}) × {}", boundary.name, boundary.what, cell.fault)
            })
            .collect()
    }

    fn refunded_percent(&self) -> u64 {
        self.tally.random_refunded.saturating_mul(100).checked_div(self.tally.random).unwrap_or(100)
    }

    fn is_honest(&self) -> bool {
        self.tally.random == 0 || self.refunded_percent() >= LEAST_REFUNDED
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let tally = &self.tally;
        let fired: serde_json::Map<String, Value> =
            tally.fired.iter().map(|(fault, count)| (fault.to_string(), json!(count))).collect();
        let failures: Vec<Value> = tally
            .failures
            .iter()
            .map(|failure| {
                let what: Vec<String> =
                    failure.violations.iter().map(ToString::to_string).collect();
                json!({"seed": failure.job.to_string(), "violations": what})
            })
            .collect();
        json!({
            "is_proved": self.is_proved(),
            "runs": {
                "all": tally.runs(), "flows": tally.flows, "crashes": tally.crashes, "crash_pairs": tally.pairs,
                "cells": tally.cells, "random": tally.random, "played_twice": tally.twice,
            },
            "random_with_refund_percent": self.refunded_percent(),
            "held_against_the_model": {"runs": tally.held, "steps": tally.steps, "too_long": tally.too_long},
            "refunds": tally.refunds,
            "places": tally.places,
            "virtual_ms": tally.virtual_ms,
            "cells": {"all": cells().len(), "hit": tally.hit.len(), "missed": self.missed()},
            "faults": fired,
            "failed": tally.failed,
            "failures": failures,
            "took_ms": u64::try_from(tally.took.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        writeln!(f, "runs             {:>9}  in {}", tally.runs(), time(tally.took))?;
        writeln!(
            f,
            "  flows          {:>9}  nothing goes wrong, and each ends as it should",
            tally.flows
        )?;
        writeln!(f, "  crashes        {:>9}  at every place of every flow", tally.crashes)?;
        writeln!(f, "  crash pairs    {:>9}  around the money", tally.pairs)?;
        writeln!(
            f,
            "  cells          {:>9}  of the fault matrix: {} of {} hit",
            tally.cells,
            tally.hit.len(),
            cells().len()
        )?;
        writeln!(
            f,
            "  random         {:>9}  of them {} % with a refund; {} played twice",
            tally.random,
            self.refunded_percent(),
            tally.twice
        )?;
        let days = tally.virtual_ms.checked_div(86_400_000).unwrap_or(0);
        writeln!(f, "refunds          {:>9}", tally.refunds)?;
        writeln!(
            f,
            "places           {:>9}  where something could go wrong, in {days} days of virtual time",
            tally.places
        )?;
        let too_long = match tally.too_long {
            0 => String::new(),
            count => format!(", and {count} were too long for that"),
        };
        writeln!(
            f,
            "model            {:>9}  runs with one decision, held against it in {} steps{too_long}",
            tally.held, tally.steps
        )?;
        writeln!(f, "faults")?;
        for (fault, count) in &tally.fired {
            writeln!(f, "  {:<24} {count:>9}", fault.name())?;
        }
        for cell in self.missed() {
            writeln!(f, "never happened   {cell}")?;
        }
        if !self.is_honest() {
            writeln!(
                f,
                "too few random runs had a refund: {} %, not {LEAST_REFUNDED} %",
                self.refunded_percent()
            )?;
        }
        for failure in &tally.failures {
            writeln!(f, "\nFAILED {}   (quittance prove --seed {})", failure.job, failure.job)?;
            for violation in &failure.violations {
                writeln!(f, "  {violation}")?;
            }
        }
        let verdict = if self.is_proved() { "nothing found" } else { "NOT PROVED" };
        write!(f, "\n{verdict}: {} violations", tally.failed)
    }
}

/// A run that was played again.
#[derive(Clone, Debug)]
pub struct Replay {
    pub(crate) name: String,
    pub(crate) trace: Vec<Event>,
    pub(crate) violations: Vec<Violation>,
}

impl Replay {
    /// Whether everything held.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        for event in &self.trace {
            let node = event.node.map_or_else(|| "-".to_owned(), |node| format!("node {node}"));
            let second = event.at_ms.checked_div(1_000).unwrap_or(0);
            let rest = event.at_ms.checked_rem(1_000).unwrap_or(0);
            writeln!(f, "{second:>8}.{rest:03}  {node:<7} {}", event.what)?;
        }
        for violation in &self.violations {
            writeln!(f, "FAILED {violation}")?;
        }
        let verdict = if self.is_clean() { "everything holds" } else { "NOT everything holds" };
        write!(f, "{verdict}")
    }
}

/// The planted mistakes, and how each was found.
pub struct Mutants {
    hunts: Vec<(Mutant, Hunt)>,
}

impl Mutants {
    pub(crate) fn new(hunts: Vec<(Mutant, Hunt)>) -> Self {
        Self { hunts }
    }

    /// Whether every one was found.
    pub fn are_found(&self) -> bool {
        self.hunts.iter().all(|(_, hunt)| hunt.found.is_some())
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let each = self.hunts.iter().map(|(mutant, hunt)| {
            let found = hunt.found.as_ref().map(|failure| {
                let what: Vec<String> =
                    failure.violations.iter().map(ToString::to_string).collect();
                json!({"seed": failure.job.to_string(), "violations": what})
            });
            let took_ms = u64::try_from(hunt.took.as_millis()).unwrap_or(u64::MAX);
            json!({"mutant": mutant.name(), "found": found, "runs": hunt.runs, "took_ms": took_ms})
        });
        json!({"are_found": self.are_found(), "mutants": each.collect::<Vec<_>>()})
    }
}

impl fmt::Display for Mutants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (mutant, hunt) in &self.hunts {
            let seconds = hunt.took.as_secs();
            let tenths = hunt.took.subsec_millis().checked_div(100).unwrap_or(0);
            let found = hunt.found.as_ref().map_or_else(
                || "NOT FOUND".to_owned(),
                |failure| {
                    let first = failure.violations.first();
                    let what = first.map(ToString::to_string).unwrap_or_default();
                    format!("run {}: {what}", failure.job)
                },
            );
            writeln!(
                f,
                "{:<24} {:>6} runs {seconds:>3}.{tenths} s  {found}",
                mutant.name(),
                hunt.runs
            )?;
        }
        let count = self.hunts.iter().filter(|(_, hunt)| hunt.found.is_some()).count();
        write!(f, "\n{count} of {} planted mistakes were found", self.hunts.len())
    }
}

fn time(took: Duration) -> String {
    let seconds = took.as_secs();
    let (minutes, rest) = (seconds.checked_div(60), seconds.checked_rem(60));
    format!("{} min {:02} s", minutes.unwrap_or(0), rest.unwrap_or(0))
}
