//! One file of a policy, on its way to be read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use quittance_core::money::Currency;
use quittance_core::policy::{Anchor, Clause, Document, Index, Rule};

use crate::document::{self, Kind, Link, MOST_ROWS, MOST_SECTIONS, Section, Table, TableRow};
use crate::example::{self, Example, Plans};
use crate::front::{self, FrontMatter};
use crate::problem::{Fault, Problem, Report};
use crate::surroundings::Examples;
use crate::tongue::Writing;
use crate::{LARGEST_FILE, MOST_EXAMPLES, Source, check, read};

/// A file and what was read of it.
pub(crate) struct File<'a> {
    pub(crate) name: &'a str,
    text: &'a str,
    pub(crate) report: Report<'a>,
    front: FrontMatter,
    sections: Vec<Section>,
    pub(crate) links: Vec<Link>,
    /// The names that HTML gives to places.
    names: Vec<String>,
    clauses: Vec<Clause>,
    /// For each clause, where its heading stands and its section's number.
    pub(crate) places: Vec<(Range<usize>, usize)>,
    /// What the policy says nothing about.
    pub(crate) gaps: Vec<Problem>,
}

impl<'a> File<'a> {
    /// Reads the front matter and the clauses. Names of clauses say in which file they stand, unless it
    /// is the only one.
    pub(crate) fn read(source: &'a Source, is_alone: bool) -> Self {
        let Source { name, text } = source;
        let report = Report::new(name, text);
        let mut file = Self {
            name,
            text,
            report,
            front: FrontMatter::default(),
            sections: Vec::new(),
            links: Vec::new(),
            names: Vec::new(),
            clauses: Vec::new(),
            places: Vec::new(),
            gaps: Vec::new(),
        };
        if text.len() > LARGEST_FILE {
            let message = format!("a policy file is at most {LARGEST_FILE} bytes long");
            file.report.error(Fault::new(0..0, message));
            return file;
        }
        if let Some(at) = text.find('\0') {
            let message = "a NUL byte stands here: save the file as plain text in UTF-8";
            file.report.error(Fault::new(at..at.saturating_add(1), message));
            return file;
        }
        let (front, body) = front::read(text, &mut file.report);
        file.front = front;
        let writing = file.writing();
        let contents = document::outline(text, body, writing.tongue);
        (file.sections, file.links, file.names) =
            (contents.sections, contents.links, contents.names);
        if file.sections.len() > MOST_SECTIONS {
            let message = format!("a file has at most {MOST_SECTIONS} headings");
            file.report.error(Fault::new(text.len()..text.len(), message));
        }
        let prefix = if is_alone { String::new() } else { format!("{}/", stem(name)) };
        file.read_clauses(writing, &prefix);
        file
    }

    /// How its words and numbers are to be understood.
    pub(crate) fn writing(&self) -> Writing {
        let home = self.front.currency.unwrap_or(Currency::USD);
        match &self.front.language {
            Some(language) => Writing::of(language, home),
            None => Writing::english(home),
        }
    }

    fn read_clauses(&mut self, writing: Writing, prefix: &str) {
        let mut anchors = Anchors::default();
        for (at, section) in self.sections.iter().enumerate() {
            let rule = section_rule(section, writing, &mut self.report);
            let prose = section.prose(self.report.source());
            let has_examples = section.tables.iter().any(|table| table.kind == Kind::Examples);
            // The heading over the examples is not a clause, nor is nothing before the first heading.
            let is_silent = prose.is_empty() && (has_examples || section.heading.is_none());
            if is_silent && rule.is_none() {
                continue;
            }
            let start = section.prose.first().map_or(0, |prose| prose.start);
            let (heading, level, span) = match &section.heading {
                Some(heading) => (heading.text.clone(), heading.level, heading.span.clone()),
                None => (self.front.title.clone().unwrap_or_default(), 1, start..start),
            };
            let anchor = anchors.name(&format!("{prefix}{}", document::slug(&heading)));
            let (line, _) = self.report.position(span.start);
            self.clauses.push(Clause { heading, level, anchor, prose, rule, line });
            self.places.push((span, at));
        }
    }

    /// The names of its places, to which a link may lead: those of its headings, as we and as other
    /// programs make them, and those that HTML gives.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.names.iter().cloned().collect();
        // As other programs write the name of a heading behind it.
        for mark in ["{#", "{: #"] {
            let rests = self.text.split(mark).skip(1);
            let ends = |char: char| char == '}' || char.is_whitespace();
            names.extend(rests.filter_map(|rest| rest.split(ends).next()).map(ToOwned::to_owned));
        }
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for heading in self.sections.iter().filter_map(|section| section.heading.as_ref()) {
            for slug in [document::slug(&heading.text), document::web_slug(&heading.text)] {
                let count = counts.entry(slug.clone()).or_default();
                *count = count.saturating_add(1);
                let again = [slug.clone(), format!("{slug}-{count}")];
                names.extend(again);
            }
        }
        names
    }

    /// A note about what the whole policy does not say, which is no fault of the file.
    pub(crate) fn gap(&mut self, fault: Fault) {
        self.gaps.push(self.report.noted(fault));
    }

    /// Where the currency stands in the front matter.
    pub(crate) fn currency_span(&self) -> Range<usize> {
        self.front.currency_span.clone()
    }

    /// The rows of the rule of the clause of this number, if it has one.
    pub(crate) fn rule_rows(&self, clause: usize) -> &[TableRow] {
        let section = self.places.get(clause).and_then(|(_, at)| self.sections.get(*at));
        let mut tables = section.into_iter().flat_map(|section| &section.tables);
        tables.find(|table| table.kind == Kind::Rule).map_or(&[], |table| &table.rows)
    }

    /// What was read, if its front matter is whole. Takes the clauses.
    pub(crate) fn document(&mut self) -> Option<Document> {
        let front = &self.front;
        Some(Document {
            name: self.name.to_owned(),
            title: front.title.clone()?,
            language: front.language.clone()?,
            currency: front.currency?,
            effective: front.effective?,
            until: front.until,
            text: self.text.to_owned(),
            clauses: std::mem::take(&mut self.clauses),
        })
    }

    /// The worked examples, and what the policy says to them if all of it could be read.
    pub(crate) fn examples(
        &mut self,
        policy: &Index<'_>,
        plans: &Plans,
        is_whole: bool,
        examples: Examples,
    ) -> Vec<Example> {
        let Some(effective) = self.front.effective else { return Vec::new() };
        let Some(now) = crate::case::examples_now(effective, self.front.until) else {
            let message = format!("{effective} is too far away for the worked examples");
            self.report.error(Fault::new(0..0, message));
            return Vec::new();
        };
        let reader = crate::case::CaseReader { writing: self.writing(), now, plans, is_whole };
        let tables = self.sections.iter().flat_map(|section| &section.tables);
        let tables = tables.filter(|table| table.kind == Kind::Examples && !table.is_nested);
        let rows: Vec<&TableRow> = tables.flat_map(|table| &table.rows).collect();
        if let Some(beyond) = rows.get(MOST_EXAMPLES) {
            let message = format!("a file has at most {MOST_EXAMPLES} worked examples");
            self.report.error(Fault::new(beyond.span.clone(), message));
            return Vec::new();
        }
        let report = &mut self.report;
        let read: Vec<example::Read<'_>> =
            rows.into_iter().filter_map(|row| example::read(row, &reader, report)).collect();
        if !is_whole {
            return Vec::new();
        }
        let writing = reader.writing;
        read.iter()
            .filter_map(|read| example::run(policy, read, writing, examples, report))
            .collect()
    }

    /// Looks for what may not be meant as it is written.
    pub(crate) fn check(&mut self, document: &Document) {
        let writing = self.writing();
        for (clause, (span, section)) in document.clauses.iter().zip(&self.places) {
            let own = self.sections.get(*section);
            let prose = own.map_or(&[] as &[_], |section| &section.prose);
            let has_table = own.is_some_and(|section| !section.tables.is_empty());
            let next = self.sections.get(section.saturating_add(1));
            let next = next.and_then(|next| next.heading.as_ref());
            let is_bare = !has_table && next.is_none_or(|next| next.level <= clause.level);
            let placed = check::Placed { clause, span, prose, is_bare };
            check::clause(&placed, document, writing, &mut self.report);
        }
    }
}

/// The name of a file without its ending, by which its clauses are told from those of others.
pub(crate) fn stem(name: &str) -> &str {
    let is_in_folder = |ending: &str| ending.contains(['/', '\\']);
    name.rsplit_once('.').filter(|(_, ending)| !is_in_folder(ending)).map_or(name, |(stem, _)| stem)
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
fn section_rule(section: &Section, writing: Writing, report: &mut Report<'_>) -> Option<Rule> {
    let source = report.source();
    let mut broken = document::broken_tables(section, source, writing.tongue);
    if broken.is_empty() {
        let (errors, warnings) = document::not_in_tables(section, source, writing.tongue);
        broken = errors;
        for fault in warnings {
            report.warn(fault);
        }
    }
    for fault in broken.into_iter().chain(document::html_tables(section, source, writing.tongue)) {
        report.error(fault);
    }
    let mut rule = None;
    let mut has_rule = false;
    for table in &section.tables {
        if let Some(fault) = misplaced(section, table, has_rule) {
            report.error(fault);
        } else if let (Kind::Rule, Some(heading)) = (&table.kind, &section.heading) {
            has_rule = true;
            rule = read::rule(table, &heading.span, writing, report);
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
