//! A policy made ready to be asked about many cases.

use std::collections::HashMap;

use super::evaluate::{Look, Missed, Question, Refusing, Ruling, conclude};
use super::period::date;
use super::rule::Rule;
use super::{Clause, Document, Policy};
use crate::reason::Reason;

/// A policy whose clauses are looked up by their reasons and plans instead of being looked through.
#[derive(Clone, Debug)]
pub struct Index<'a> {
    policy: &'a Policy,
    reasons: HashMap<Reason, AboutReason<'a>>,
}

/// The clauses about one reason, in the order of the policy.
#[derive(Clone, Debug, Default)]
struct AboutReason<'a> {
    all: Vec<Place<'a>>,
    /// Which of them are about no plan in particular.
    general: Vec<usize>,
    /// Which of them are about a plan, by its name in small letters.
    plans: HashMap<String, Vec<usize>>,
}

/// A clause with a rule, and the file it stands in.
#[derive(Clone, Copy, Debug)]
struct Place<'a> {
    document: &'a Document,
    clause: &'a Clause,
    rule: &'a Rule,
}

impl<'a> Index<'a> {
    /// Makes a policy ready.
    pub fn of(policy: &'a Policy) -> Self {
        let mut reasons: HashMap<Reason, AboutReason<'a>> = HashMap::new();
        for document in &policy.documents {
            for clause in &document.clauses {
                let Some(rule) = clause.rule.as_ref() else { continue };
                for reason in &rule.reasons {
                    reasons.entry(*reason).or_default().add(Place { document, clause, rule });
                }
            }
        }
        Self { policy, reasons }
    }

    /// The policy.
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// What [`evaluate`](super::evaluate()) says, but for the clauses that do not answer.
    pub fn answer(&self, question: &Question<'_>) -> Ruling {
        let mut look = Look::new(self.policy);
        let Some(about) = self.reasons.get(&question.reason) else { return conclude(look.ruling) };
        let today = date(question.facts.as_of);
        let is_in_force = |place: &Place<'_>| place.document.holds_on(today);
        for place in about.near(&question.charge.plans).filter(is_in_force) {
            look.at(place.clause, place.rule, question);
        }
        let refusing = look.refusing();
        // Clauses about other plans only speak if no other clause does.
        let mut missed: Vec<Missed<'_>> = if refusing == Refusing::All {
            let others = about.all.iter().filter(|place| is_in_force(place));
            others.map(|place| place.missed(&look.missed)).collect()
        } else {
            std::mem::take(&mut look.missed)
        };
        let answering = missed.iter_mut().filter(|missed| refusing.among(missed));
        look.ruling.clauses.extend(answering.map(|missed| missed.refuses(question)));
        conclude(look.ruling)
    }
}

impl<'a> AboutReason<'a> {
    fn add(&mut self, place: Place<'a>) {
        let at = self.all.len();
        self.all.push(place);
        if place.rule.plans.is_empty() {
            self.general.push(at);
        }
        for plan in &place.rule.plans {
            let places = self.plans.entry(plan.to_ascii_lowercase()).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }

    /// The clauses about no plan in particular and those about one of these, in the order of the policy.
    fn near(&self, plans: &[String]) -> impl Iterator<Item = Place<'a>> {
        let mut near = self.general.clone();
        for plan in plans {
            near.extend(self.plans.get(&plan.trim().to_ascii_lowercase()).into_iter().flatten());
        }
        near.sort_unstable();
        near.dedup();
        near.into_iter().filter_map(|at| self.all.get(at).copied())
    }
}

impl<'a> Place<'a> {
    /// This clause as one that missed: for what was found when it was looked at, else for its plans.
    fn missed(&self, looked_at: &[Missed<'a>]) -> Missed<'a> {
        let before = looked_at.iter().find(|missed| std::ptr::eq(missed.clause, self.clause));
        Missed {
            clause: self.clause,
            rule: self.rule,
            failing: before.and_then(|missed| missed.failing.clone()),
        }
    }
}
