//! Plans and products whose names are probably not what was meant: any words are a name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};

use quittance_core::policy::Policy;

use crate::file::File;
use crate::problem::{Fault, quote};
use crate::text::fold;
use crate::tongue::Writing;
use crate::vocabulary::Phrases;

/// Words for what leaving the row out says.
const ALL: [&str; 13] = [
    "all",
    "any",
    "every",
    "everything",
    "tous",
    "toutes",
    "tout",
    "alle",
    "alles",
    "jeder",
    "todos",
    "todas",
    "todo",
];

/// How many names are held against each other.
const MOST_NAMES: usize = 2_000;

/// How short a name is told from another by one letter.
const SHORT: usize = 8;

/// Warns about every name that looks like something else.
pub(crate) fn check(policy: &Policy, files: &mut [File<'_>]) {
    let near = near_names(policy);
    for (file, document) in files.iter_mut().zip(&policy.documents) {
        let words = Words::of(file.writing());
        let mut told: BTreeMap<&str, Option<String>> = BTreeMap::new();
        for (clause, (heading, _)) in document.clauses.iter().zip(&file.places) {
            let Some(rule) = &clause.rule else { continue };
            for name in rule.plans.iter().chain(&rule.products) {
                let message = told
                    .entry(name)
                    .or_insert_with(|| words.odd(name).or_else(|| misspelt(name, &near)));
                let Some(message) = message else { continue };
                let span = place(file.report.source(), heading, name);
                file.report.warn(Fault::new(span, message.as_str()));
            }
        }
    }
}

/// The words that stand before lists of plans and products in a file.
struct Words {
    /// As they are compared.
    kinds: Vec<String>,
    /// The first of them, as it is written.
    plans: &'static str,
}

impl Words {
    fn of(writing: Writing) -> Self {
        let kinds = writing.phrases().flat_map(|phrases| [phrases.plans, phrases.products]);
        let plans = Phrases::first(writing.own().plans);
        Self { kinds: kinds.flatten().map(|kind| fold(kind)).collect(), plans }
    }

    /// What is odd about a name: words of the row in it, or several names in one.
    fn odd(&self, name: &str) -> Option<String> {
        let folded = fold(name);
        let words: Vec<&str> = folded.split(' ').collect();
        let is_kind = |word: &&&str| self.kinds.iter().any(|kind| kind == **word);
        let (first, last) = (words.first()?, words.last().filter(|_| words.len() > 1));
        let shown = quote(name);
        if ALL.contains(first) && (words.len() == 1 || words.iter().any(|word| is_kind(&word))) {
            return Some(format!("`{shown}` is taken for one name: for all, leave the row out"));
        }
        if [Some(first), last].iter().flatten().any(is_kind) {
            let plans = self.plans;
            return Some(format!(
                "`{shown}` is taken for one name: list them as `{plans}: one, two`"
            ));
        }
        let is_several = name.contains('/') && !name.contains(char::is_whitespace);
        is_several.then(|| format!("`{shown}` is taken for one name: commas part names"))
    }
}

/// What is said of a name that differs from another by one letter.
fn misspelt(name: &str, near: &BTreeMap<&str, &str>) -> Option<String> {
    let other = near.get(name)?;
    Some(format!("`{}` and `{}` are two names: is one misspelt?", quote(name), quote(other)))
}

/// For each name that differs from another by a letter too many or too few, the other; of two, the one that
/// comes first in the alphabet, since nobody knows which is wrong.
fn near_names(policy: &Policy) -> BTreeMap<&str, &str> {
    let rules = policy.clauses().filter_map(|clause| clause.rule.as_ref());
    let names: BTreeSet<&str> = rules
        .flat_map(|rule| rule.plans.iter().chain(&rule.products))
        .map(String::as_str)
        .collect();
    if names.len() > MOST_NAMES {
        return BTreeMap::new();
    }
    let is_near = |one: &str, other: &str| {
        one.len().abs_diff(other.len()) == 1 && strsim::damerau_levenshtein(one, other) == 1
    };
    let long = names.iter().filter(|name| name.len() >= SHORT);
    let pairs = long.filter_map(|name| {
        let mut later = names.range::<str, _>((Bound::Excluded(*name), Bound::Unbounded));
        Some((*name, *later.find(|other| is_near(name, other))?))
    });
    pairs.collect()
}

/// Where a name stands below its heading, or else the heading.
fn place(source: &str, heading: &Range<usize>, name: &str) -> Range<usize> {
    let below = source.get(heading.end..).unwrap_or_default();
    let rows = below.match_indices('|').map(|(at, _)| at);
    let found = rows.take(MOST_NAMES).find_map(|at| {
        let cell = below.get(at..)?.lines().next()?;
        let within = cell.find(name)?;
        Some(heading.end.saturating_add(at).saturating_add(within))
    });
    found.map_or_else(|| heading.clone(), |start| start..start.saturating_add(name.len()))
}
