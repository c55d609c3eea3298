//! The policy language: markdown files that people read, with small tables that code enforces.
//!
//! One clause is one heading, its prose, and at most one table headed `Rule | Value`. Tables headed
//! `Case | Expect` are worked examples, and are run whenever a policy is read. [`read`] gives a policy or
//! every problem of its files at once; what a policy says to a case is in [`quittance_core::policy`].
//!
//! What is said to customers is read by the same means: [`read_replies`] gives the replies of each language and
//! the company's voice.

mod align;
mod amount;
mod bundle;
mod case;
mod check;
mod diff;
mod document;
mod example;
mod explain;
mod file;
mod front;
mod gaps;
mod period;
mod problem;
mod read;
mod reference;
mod replies;
mod schema;
mod surroundings;
mod text;
mod tongue;
mod vocabulary;
mod voice;

use std::collections::BTreeSet;
use std::num::NonZero;

use quittance_core::policy::{Document, Index, Policy, PolicyVersion};

pub use align::{Aligned, AlignedTable, align};
pub use bundle::{bundle, text, unbundle};
pub use case::{Case, CaseWords};
pub use diff::{ByClause, Change, Diff, Kind, MOST_KEPT, Said, Sums, Turn};
pub use example::Example;
pub use explain::explain;
pub use gaps::{Common, Gaps, Group};
pub use problem::{MOST_PROBLEMS, Problem, Problems, Severity};
pub use reference::reference;
pub use replies::{Known, LARGEST_REPLIES, Replies, read_replies, read_templates};
pub use schema::front_matter_schema;
pub use surroundings::{Examples, Folder, Surroundings};
pub use tongue::Tongue;

use example::Plans;
use file::{File, stem};
use problem::Fault;

/// The largest policy file that is read, in bytes.
pub const LARGEST_FILE: usize = 1024 * 1024;

/// How many files one policy has at most.
pub const MOST_FILES: usize = 1_000;

/// From how many files on they are read on all processors.
const MANY_FILES: usize = 16;

/// How many worked examples one file has at most.
pub const MOST_EXAMPLES: usize = 2_000;

/// A file of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name, as it stands in problems. No two files of a policy have the same.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl Source {
    /// A file.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned() }
    }
}

/// A policy without errors, whose worked examples hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is enforced.
    pub policy: Policy,
    /// The worked examples, and what the policy says to them.
    pub examples: Vec<Example>,
    /// What may not be meant as it is written.
    pub warnings: Vec<Problem>,
    /// Notes of usual cases to which it says nothing.
    pub gaps: Vec<Problem>,
}

/// Reads a policy of one file. `name` is only what it is called in problems.
pub fn read(name: &str, text: &str) -> Result<Checked, Problems> {
    read_all(&[Source::new(name, text)])
}

/// Reads a policy of several files, whose order says nothing. Fails with every problem of every file, if
/// one of them is an error; a worked example that does not hold is one.
pub fn read_all(sources: &[Source]) -> Result<Checked, Problems> {
    read_in(sources, &Surroundings::default())
}

/// Reads a policy as [`read_all`] does, and holds it against what is known of its surroundings: what it
/// does not agree with there is a warning.
pub fn read_in(sources: &[Source], around: &Surroundings) -> Result<Checked, Problems> {
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    let is_alone = sources.len() == 1;
    let read: Vec<&Source> = sources.iter().copied().take(MOST_FILES).collect();
    let mut files = each(read, |source| File::read(source, is_alone));
    one_name_each(&mut files);
    if let (Some(_), Some(first)) = (sources.get(MOST_FILES), files.first_mut()) {
        first.report.error(Fault::new(0..0, format!("a policy has at most {MOST_FILES} files")));
    }
    check::links(&mut files, around.folder.as_ref());
    let documents: Vec<Document> = files.iter_mut().filter_map(File::document).collect();
    if sources.is_empty() || documents.len() != files.len() {
        return Err(problems(files));
    }
    let policy = Policy { version: version(&sources), documents };
    // Without all clauses, cases about the missing ones would be called wrong too.
    let is_whole = !files.iter().any(|file| file.report.has_errors());
    let (index, plans) = (Index::of(&policy), Plans::of(&policy));
    let all = files.iter_mut().zip(&policy.documents).collect();
    let examples = each(all, |(file, document): (&mut File<'_>, &Document)| {
        let examples = file.examples(&index, &plans, is_whole, around.examples);
        file.check(document);
        examples
    });
    let examples = examples.into_iter().flatten().collect();
    if is_whole {
        check::rules(&policy, &mut files);
        check::ceilings(&policy, &mut files, around.limits.as_ref());
        check::days(&policy, &mut files, around.today);
    }
    if files.iter().any(|file| file.report.has_errors()) {
        return Err(problems(files));
    }
    check::gaps(&policy, &plans, &mut files);
    let gaps = files.iter_mut().flat_map(|file| std::mem::take(&mut file.gaps)).collect();
    Ok(Checked { policy, examples, warnings: problems(files).list, gaps })
}

/// Does something with each of several things, in their order; on all processors where there are many.
fn each<T: Send, R: Send>(things: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = things.len().div_ceil(processors);
    if things.len() < MANY_FILES || share == things.len() {
        return things.into_iter().map(work).collect();
    }
    let mut things = things.into_iter();
    let mut done = Vec::new();
    std::thread::scope(|scope| {
        let mut shares = Vec::new();
        loop {
            let part: Vec<T> = things.by_ref().take(share).collect();
            if part.is_empty() {
                break;
            }
            shares.push(scope.spawn(|| part.into_iter().map(&work).collect::<Vec<R>>()));
        }
        for part in shares {
            match part.join() {
                Ok(part) => done.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    done
}

fn one_name_each(files: &mut [File<'_>]) {
    let mut names = BTreeSet::new();
    for file in files {
        if !names.insert(stem(file.name)) {
            file.report.error(Fault::new(0..0, "another file has the same name"));
        }
    }
}

/// The version of a policy: the hash of its file, or of its files in one text.
fn version(sources: &[&Source]) -> PolicyVersion {
    match sources {
        [only] => PolicyVersion::of(&only.text),
        several => PolicyVersion::of(&bundle(several.iter().copied())),
    }
}

fn problems(files: Vec<File<'_>>) -> Problems {
    Problems { list: files.into_iter().flat_map(|file| file.report.into_list()).collect() }
}
