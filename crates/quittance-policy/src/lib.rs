//! The policy language: a markdown file that people read, with small tables that code enforces.
//!
//! One clause is one heading, its prose, and at most one table headed `Rule | Value`. Tables headed
//! `Case | Expect` are worked examples, and are run whenever the file is read. [`read`] gives a policy or
//! every problem of the file at once; what a policy says to a case is in [`quittance_core::policy`].

mod amount;
mod case;
mod check;
mod document;
mod example;
mod front;
mod period;
mod problem;
mod read;
mod reference;
mod text;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use quittance_core::money::Currency;
use quittance_core::policy::{Anchor, Clause, Policy, PolicyVersion, Rule};

pub use example::Example;
pub use problem::{MOST_PROBLEMS, Problem, Problems, Severity};
pub use reference::reference;

use case::CaseReader;
use document::{Kind, MOST_ROWS, MOST_SECTIONS, Section, Table, TableRow};
use front::FrontMatter;
use problem::{Fault, Report};

/// The largest policy file that is read, in bytes.
pub const LARGEST_POLICY: usize = 1024 * 1024;

/// How many worked examples one policy has at most.
pub const MOST_EXAMPLES: usize = 2_000;

/// A policy without errors, whose worked examples hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is enforced.
    pub policy: Policy,
    /// The worked examples, and what the policy says to them.
    pub examples: Vec<Example>,
    /// What may not be meant as it is written.
    pub warnings: Vec<Problem>,
}

/// Reads a policy. `file` is only its name in problems. Fails with every problem of the file, if
/// one of them is an error; a worked example that does not hold is one.
pub fn read(file: &str, text: &str) -> Result<Checked, Problems> {
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
    let checked = run_examples(text, front, clauses, &sections, &mut report);
    let Some(mut checked) = checked.filter(|_| !report.has_errors()) else {
        return Err(Problems { list: report.into_list() });
    };
    for (clause, (span, section)) in checked.policy.clauses.iter().zip(&places) {
        let placed = check::Placed { clause, span, prose: &section.prose };
        check::clause(&placed, checked.policy.currency, &mut report);
    }
    check::rules(&checked.policy.clauses, text.len(), &mut report);
    checked.warnings = report.into_list();
    Ok(checked)
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
                return Anchor::new(&name);
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
) -> Option<Checked> {
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
    let policy = Policy {
        title: front.title?,
        language: front.language?,
        currency: front.currency?,
        effective,
        version: PolicyVersion::of(text),
        text: text.to_owned(),
        clauses,
    };
    let mut run = Vec::new();
    if is_whole {
        run.extend(examples.iter().filter_map(|read| example::run(&policy, read, report)));
    }
    Some(Checked { policy, examples: run, warnings: Vec::new() })
}
