//! The policy language: a markdown file that people read, with small tables that code enforces.
//!
//! One clause is one heading, its prose, and at most one table headed `Rule | Value`. Tables headed
//! `Case | Expect` are worked examples, and are run whenever the file is read. [`Policy::parse`] gives
//! a policy or every problem of the file at once; [`evaluate`] gives the ruling on a case.

mod amount;
mod because;
mod case;
mod check;
mod document;
mod evaluate;
mod example;
mod front;
mod period;
mod problem;
mod read;
mod reference;
mod rule;
mod text;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use because::Because;
pub use evaluate::{
    Answer, Applied, Claim, Passed, PriorRefund, Question, Ruling, Word, evaluate, prior_from,
};
pub use example::Example;
pub use front::{InvalidLanguage, Language};
pub use period::{Period, Unit};
pub use problem::{MOST_PROBLEMS, Problem, Problems, Severity};
pub use reference::{reference, summary_for_prompt};
pub use rule::{Allowance, Condition, Decision, Evidence, Gives, Rule, Terms};

use case::CaseReader;
use document::{Kind, MOST_ROWS, MOST_SECTIONS, Section, Table, TableRow};
use front::FrontMatter;
use problem::{Fault, Report};

use crate::money::Currency;

/// The largest policy file that is read, in bytes.
pub const LARGEST_POLICY: usize = 1024 * 1024;

/// How many worked examples one policy has at most.
pub const MOST_EXAMPLES: usize = 2_000;

/// A policy without errors, whose worked examples hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it is called.
    pub title: String,
    /// The language of its prose.
    pub language: Language,
    /// The currency it is written for.
    pub currency: Currency,
    /// The first day on which it holds.
    pub effective: Date,
    /// The hash of its text.
    pub version: PolicyVersion,
    /// The file, byte for byte.
    pub text: String,
    /// The clauses in the order of the file.
    pub clauses: Vec<Clause>,
    /// The worked examples, and what the policy says to them.
    pub examples: Vec<Example>,
    /// What may not be meant as it is written.
    pub warnings: Vec<Problem>,
}

/// One heading, its prose and its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The heading's text. What stands before the first heading is under the policy's title.
    pub heading: String,
    /// 1 for the largest heading.
    pub level: u8,
    /// What a link to it ends with; no two clauses of a policy have the same.
    pub anchor: Anchor,
    /// The prose as it is written, without the tables that are rules or examples.
    pub prose: String,
    /// What it decides, if it decides anything.
    pub rule: Option<Rule>,
    /// The line of the heading, counted from 1.
    pub line: usize,
}

/// The name of a clause within its policy, such as `changed-my-mind`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Anchor(Box<str>);

impl Anchor {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 of a policy's text, in 64 small hexadecimal digits. A decision refers to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PolicyVersion(Box<str>);

/// A text that is no version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a policy version is 64 small hexadecimal digits")]
pub struct InvalidVersion;

impl PolicyVersion {
    /// The version of this text.
    pub fn of(text: &str) -> Self {
        Self(hex::encode(Sha256::digest(text.as_bytes())).into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PolicyVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_hex) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidVersion)
        }
    }
}

impl TryFrom<String> for PolicyVersion {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        text.parse()
    }
}

impl From<PolicyVersion> for String {
    fn from(version: PolicyVersion) -> Self {
        version.0.into()
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Policy {
    /// Reads a policy. `file` is only its name in problems. Fails with every problem of the file, if
    /// one of them is an error; a worked example that does not hold is one.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        let mut report = Report::new(file, text);
        if text.len() > LARGEST_POLICY {
            let message = format!("a policy is at most {LARGEST_POLICY} bytes long");
            report.error(Fault::new(0..0, message));
            return Err(Problems { list: report.into_list() });
        }
        let (front, body) = front::read(text, &mut report);
        let sections = document::outline(text, body);
        if sections.len() > MOST_SECTIONS {
            let message = format!("a policy has at most {MOST_SECTIONS} headings");
            report.error(Fault::new(text.len()..text.len(), message));
        }
        let (clauses, places) = clauses(&sections, &front, &mut report);
        let policy = run_examples(text, front, clauses, &sections, &mut report);
        let Some(mut policy) = policy.filter(|_| !report.has_errors()) else {
            return Err(Problems { list: report.into_list() });
        };
        for (clause, (span, section)) in policy.clauses.iter().zip(&places) {
            let placed = check::Placed { clause, span, prose: &section.prose };
            check::clause(&placed, policy.currency, &mut report);
        }
        check::rules(&policy.clauses, text.len(), &mut report);
        policy.warnings = report.into_list();
        Ok(policy)
    }

    /// The clause of this name.
    pub fn clause(&self, anchor: &Anchor) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.anchor == *anchor)
    }
}

/// The clauses, and for each the heading's place and its section.
fn clauses<'a>(
    sections: &'a [Section],
    front: &FrontMatter,
    report: &mut Report<'_>,
) -> (Vec<Clause>, Vec<(Range<usize>, &'a Section)>) {
    let home = front.currency.unwrap_or(Currency::USD);
    let mut anchors = Anchors::default();
    let mut clauses = Vec::new();
    let mut places = Vec::new();
    for section in sections {
        let rule = section_rule(section, home, report);
        let prose = section.prose(report.source());
        let has_examples = section.tables.iter().any(|table| table.kind == Kind::Examples);
        // The heading over the examples is not a clause, nor is nothing before the first heading.
        let is_silent = prose.is_empty() && (has_examples || section.heading.is_none());
        if is_silent && rule.is_none() {
            continue;
        }
        let start = section.prose.first().map_or(0, |prose| prose.start);
        let (heading, level, span) = match &section.heading {
            Some(heading) => (heading.text.clone(), heading.level, heading.span.clone()),
            None => (front.title.clone().unwrap_or_default(), 1, start..start),
        };
        let anchor = anchors.name(&document::slug(&heading));
        let (line, _) = report.position(span.start);
        clauses.push(Clause { heading, level, anchor, prose, rule, line });
        places.push((span, section));
    }
    (clauses, places)
}

/// The anchors that are taken, and for each slug the number that was tried last.
#[derive(Default)]
struct Anchors {
    taken: BTreeSet<String>,
    tried: BTreeMap<String, usize>,
}

impl Anchors {
    /// The anchor of a heading: its slug, with a number behind it if the slug is taken.
    fn name(&mut self, slug: &str) -> Anchor {
        let tried = self.tried.entry(slug.to_owned()).or_insert(0);
        loop {
            *tried = tried.saturating_add(1);
            let name = if *tried == 1 { slug.to_owned() } else { format!("{slug}-{tried}") };
            if self.taken.insert(name.clone()) {
                return Anchor(name.into());
            }
        }
    }
}

/// The rule of a section. Reports tables that cannot be one.
fn section_rule(section: &Section, home: Currency, report: &mut Report<'_>) -> Option<Rule> {
    for fault in document::broken_tables(section, report.source()) {
        report.error(fault);
    }
    let mut rule = None;
    let mut has_rule = false;
    for table in &section.tables {
        if let Some(fault) = misplaced(section, table, has_rule) {
            report.error(fault);
        } else if let (Kind::Rule, Some(heading)) = (&table.kind, &section.heading) {
            has_rule = true;
            rule = read::rule(table, &heading.span, home, report);
        }
    }
    rule
}

fn misplaced(section: &Section, table: &Table, has_rule: bool) -> Option<Fault> {
    let start = table.span.start;
    let fault = |message: &str| Some(Fault::new(start..start, message));
    match &table.kind {
        Kind::Misnamed(problem) => Some(problem.clone()),
        Kind::Rule | Kind::Examples if table.is_nested => {
            fault("a table of rules or examples cannot stand in a list or a quotation")
        }
        Kind::Rule | Kind::Examples if table.is_too_long => {
            fault(&format!("a table has at most {MOST_ROWS} rows"))
        }
        Kind::Rule if section.heading.is_none() => fault("a rule needs a heading above it"),
        Kind::Rule if has_rule => {
            fault("a clause has one table of rules; give this one a heading of its own")
        }
        Kind::Rule | Kind::Examples | Kind::Prose => None,
    }
}

/// The policy, and its worked examples run on it if nothing is wrong so far.
fn run_examples(
    text: &str,
    front: FrontMatter,
    clauses: Vec<Clause>,
    sections: &[Section],
    report: &mut Report<'_>,
) -> Option<Policy> {
    let effective = front.effective?;
    let Some(now) = case::examples_now(effective) else {
        let message = format!("{effective} is too far away for the worked examples");
        report.error(Fault::new(0..0, message));
        return None;
    };
    let rules = clauses.iter().filter_map(|clause| clause.rule.as_ref());
    let plans = rules.flat_map(|rule| &rule.plans);
    let plans: BTreeMap<String, String> =
        plans.map(|plan| (plan.to_ascii_lowercase(), plan.clone())).collect();
    let home = front.currency.unwrap_or(Currency::USD);
    let reader = CaseReader { home, now, plans: &plans };
    // Without all clauses, cases about the missing ones would be called wrong too.
    let is_whole = !report.has_errors();
    let tables = sections.iter().flat_map(|section| &section.tables);
    let tables = tables.filter(|table| table.kind == Kind::Examples && !table.is_nested);
    let rows: Vec<&TableRow> = tables.flat_map(|table| &table.rows).collect();
    if let Some(beyond) = rows.get(MOST_EXAMPLES) {
        let message = format!("a policy has at most {MOST_EXAMPLES} worked examples");
        report.error(Fault::new(beyond.span.clone(), message));
        return None;
    }
    let examples: Vec<example::Read<'_>> =
        rows.into_iter().filter_map(|row| example::read(row, &reader, report)).collect();
    let mut policy = Policy {
        title: front.title?,
        language: front.language?,
        currency: front.currency?,
        effective,
        version: PolicyVersion::of(text),
        text: text.to_owned(),
        clauses,
        examples: Vec::new(),
        warnings: Vec::new(),
    };
    if is_whole {
        policy.examples =
            examples.iter().filter_map(|read| example::run(&policy, read, report)).collect();
    }
    Some(policy)
}
