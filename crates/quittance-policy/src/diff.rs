//! What another policy would have said to the same cases.

use std::collections::{BTreeMap, BTreeSet};

use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Answer, Index, Policy, Question, Rule, Ruling};
use serde::Serialize;

/// How many cases that come out otherwise are kept. Beyond them the counts and sums go on, so that memory is
/// bounded however many cases are asked.
pub const MOST_KEPT: usize = 100_000;

/// What two policies say to some cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// How many cases were asked.
    pub cases: u64,
    /// How many of them come out otherwise.
    pub otherwise: u64,
    /// The cases that come out otherwise, in their order: the first [`MOST_KEPT`].
    pub changed: Vec<Change>,
    /// What leaves under the old policy, by currency.
    pub before: Sums,
    /// What leaves under the new one.
    pub after: Sums,
    /// From which answer to which they turn, in the order of the answers.
    pub turns: Vec<Turn>,
    /// What every deciding clause did, by its name, under either policy.
    pub clauses: BTreeMap<String, ByClause>,
    /// The clauses whose rules differ although no case that comes out otherwise shows it, by name.
    pub unseen: Vec<String>,
}

/// Sums of refunds, by the code of their currency.
pub type Sums = BTreeMap<&'static str, Money>;

/// A case that comes out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What the case is called.
    pub case: String,
    /// What was paid.
    pub paid: Money,
    /// What the old policy says.
    pub before: Said,
    /// What the new one says.
    pub after: Said,
}

/// What a policy says to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The answer.
    pub answer: Answer,
    /// Whether no clause answers.
    pub is_gap: bool,
    /// The clauses that give this answer.
    pub clauses: Vec<String>,
}

/// An answer without its amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Money is given back.
    Refund,
    /// A person decides, as a clause says.
    Ask,
    /// A person decides, since no clause answers.
    Gap,
    /// No refund.
    Refuse,
}

/// How many cases turn from one answer to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// What the old policy answers.
    pub from: Kind,
    /// What the new one answers: the same only where the amounts differ.
    pub to: Kind,
    /// How many cases.
    pub cases: u64,
    /// What was paid in these cases.
    pub paid: Sums,
    /// What these cases got under the old policy.
    pub given_before: Sums,
    /// What they get under the new one.
    pub given_after: Sums,
}

/// What a clause did under both policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ByClause {
    /// How many cases it decided under the old policy.
    pub before: u64,
    /// How many under the new one.
    pub after: u64,
    /// How many of the cases that come out otherwise it decides under either.
    pub otherwise: u64,
    /// What it gave under the old policy.
    pub given_before: Sums,
    /// What it gives under the new one.
    pub given_after: Sums,
}

impl Said {
    fn of(ruling: &Ruling) -> Self {
        let deciding = ruling.clauses.iter().filter(|applied| applied.answer == ruling.answer);
        let mut clauses: Vec<String> = Vec::new();
        for applied in deciding {
            // Clauses of one name are told together.
            if !clauses.contains(&applied.heading) {
                clauses.push(applied.heading.clone());
            }
        }
        Self { answer: ruling.answer, is_gap: ruling.is_gap, clauses }
    }

    /// How much is given back, if anything is.
    pub fn amount(&self) -> Option<Money> {
        if let Answer::Refund { amount } = self.answer { Some(amount) } else { None }
    }

    /// The answer without its amount.
    pub fn kind(&self) -> Kind {
        match self.answer {
            Answer::Refund { .. } => Kind::Refund,
            Answer::Ask if self.is_gap => Kind::Gap,
            Answer::Ask => Kind::Ask,
            Answer::Refuse => Kind::Refuse,
        }
    }
}

impl Turn {
    fn new(from: Kind, to: Kind) -> Self {
        let nothing = Sums::new;
        Self {
            from,
            to,
            cases: 0,
            paid: nothing(),
            given_before: nothing(),
            given_after: nothing(),
        }
    }

    /// How much more these cases get, by currency and in minor units; less is below zero.
    pub fn more(&self) -> BTreeMap<Currency, i64> {
        more(&self.given_before, &self.given_after)
    }
}

impl ByClause {
    /// How much more the clause gives, by currency and in minor units; less is below zero.
    pub fn more(&self) -> BTreeMap<Currency, i64> {
        more(&self.given_before, &self.given_after)
    }
}

impl Change {
    /// How much more the case gets, by currency and in minor units; less is below zero.
    pub fn more(&self) -> BTreeMap<Currency, i64> {
        let sums = |said: &Said| {
            let mut sums = Sums::new();
            add(&mut sums, said.amount());
            sums
        };
        more(&sums(&self.before), &sums(&self.after))
    }
}

impl Diff {
    /// Asks both policies about one case.
    pub fn ask(&mut self, old: &Index<'_>, new: &Index<'_>, case: &str, question: &Question<'_>) {
        let before = Said::of(&old.answer(question));
        let after = Said::of(&new.answer(question));
        self.cases = self.cases.saturating_add(1);
        add(&mut self.before, before.amount());
        add(&mut self.after, after.amount());
        for clause in &before.clauses {
            let by = self.by_clause(clause);
            by.before = by.before.saturating_add(1);
            add(&mut by.given_before, before.amount());
        }
        for clause in &after.clauses {
            let by = self.by_clause(clause);
            by.after = by.after.saturating_add(1);
            add(&mut by.given_after, after.amount());
        }
        if before.answer != after.answer || before.is_gap != after.is_gap {
            let paid = question.charge.captured;
            self.otherwise = self.otherwise.saturating_add(1);
            self.turn(&before, &after, paid);
            let only_before = before.clauses.iter().filter(|it| !after.clauses.contains(it));
            for clause in after.clauses.iter().chain(only_before) {
                let by = self.by_clause(clause);
                by.otherwise = by.otherwise.saturating_add(1);
            }
            if self.changed.len() < MOST_KEPT {
                self.changed.push(Change { case: case.to_owned(), paid, before, after });
            }
        }
    }

    /// Whether the policies differ in anything that was found.
    pub fn is_something(&self) -> bool {
        self.otherwise > 0 || !self.unseen.is_empty()
    }

    /// Finds the clauses whose rules differ without any case to show it. Called once all cases were asked.
    pub fn find_unseen(&mut self, old: &Policy, new: &Policy) {
        let (before, after) = (rules(old), rules(new));
        let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let is_seen = |name: &str| self.clauses.get(name).is_some_and(|by| by.otherwise > 0);
        let differ = |name: &&str| before.get(name) != after.get(name) && !is_seen(name);
        self.unseen = names.into_iter().filter(differ).map(str::to_owned).collect();
    }

    fn by_clause(&mut self, clause: &str) -> &mut ByClause {
        self.clauses.entry(clause.to_owned()).or_default()
    }

    fn turn(&mut self, before: &Said, after: &Said, paid: Money) {
        let (from, to) = (before.kind(), after.kind());
        let place = self.turns.binary_search_by_key(&(from, to), |turn| (turn.from, turn.to));
        let at = place.unwrap_or_else(|at| {
            self.turns.insert(at, Turn::new(from, to));
            at
        });
        if let Some(turn) = self.turns.get_mut(at) {
            turn.cases = turn.cases.saturating_add(1);
            add(&mut turn.paid, Some(paid));
            add(&mut turn.given_before, before.amount());
            add(&mut turn.given_after, after.amount());
        }
    }

    /// How much more leaves under the new policy, by currency; less is below zero, in minor units.
    pub fn more(&self) -> BTreeMap<Currency, i64> {
        more(&self.before, &self.after)
    }
}

/// The rules of a policy by the names of their clauses.
fn rules(policy: &Policy) -> BTreeMap<&str, Vec<&Rule>> {
    let mut rules: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for clause in policy.clauses() {
        if let Some(rule) = &clause.rule {
            rules.entry(&clause.heading).or_default().push(rule);
        }
    }
    rules
}

/// How much more the one sums are than the other; nothing where they are the same.
fn more(before: &Sums, after: &Sums) -> BTreeMap<Currency, i64> {
    let mut more: BTreeMap<Currency, i64> = BTreeMap::new();
    for money in after.values() {
        let entry = more.entry(money.currency()).or_default();
        *entry = entry.saturating_add(money.minor());
    }
    for money in before.values() {
        let entry = more.entry(money.currency()).or_default();
        *entry = entry.saturating_sub(money.minor());
    }
    more.retain(|_, minor| *minor != 0);
    more
}

pub(crate) fn add(sums: &mut Sums, amount: Option<Money>) {
    let Some(amount) = amount else { return };
    let sum = sums.entry(amount.currency().code()).or_insert(Money::zero(amount.currency()));
    // Sums beyond all money there is stay where they are.
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}
