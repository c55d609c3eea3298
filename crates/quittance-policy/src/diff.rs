//! What another policy would have said to the same cases.

use std::collections::BTreeMap;

use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Answer, Policy, Question, Ruling, evaluate};
use serde::Serialize;

/// What two policies say to some cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// How many cases were asked.
    pub cases: u64,
    /// The cases that come out otherwise, in their order.
    pub changed: Vec<Change>,
    /// What leaves under the old policy, by currency.
    pub before: Sums,
    /// What leaves under the new one.
    pub after: Sums,
    /// What every deciding clause did, by its name, under either policy.
    pub clauses: BTreeMap<String, ByClause>,
}

/// Sums of refunds, by the code of their currency.
pub type Sums = BTreeMap<&'static str, Money>;

/// A case that comes out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What the case is called.
    pub case: String,
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

/// What a clause did under both policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ByClause {
    /// How many cases it decided under the old policy.
    pub before: u64,
    /// How many under the new one.
    pub after: u64,
    /// What it gave under the old policy.
    pub given_before: Sums,
    /// What it gives under the new one.
    pub given_after: Sums,
}

impl Said {
    fn of(ruling: &Ruling) -> Self {
        let deciding = ruling.clauses.iter().filter(|applied| applied.answer == ruling.answer);
        let clauses = deciding.map(|applied| applied.heading.clone()).collect();
        Self { answer: ruling.answer, is_gap: ruling.is_gap, clauses }
    }

    fn amount(&self) -> Option<Money> {
        if let Answer::Refund { amount } = self.answer { Some(amount) } else { None }
    }
}

impl Diff {
    /// Asks both policies about one case.
    pub fn ask(&mut self, old: &Policy, new: &Policy, case: &str, question: &Question<'_>) {
        let before = Said::of(&evaluate(old, question));
        let after = Said::of(&evaluate(new, question));
        self.cases = self.cases.saturating_add(1);
        add(&mut self.before, before.amount());
        add(&mut self.after, after.amount());
        for clause in &before.clauses {
            let by = self.clauses.entry(clause.clone()).or_default();
            by.before = by.before.saturating_add(1);
            add(&mut by.given_before, before.amount());
        }
        for clause in &after.clauses {
            let by = self.clauses.entry(clause.clone()).or_default();
            by.after = by.after.saturating_add(1);
            add(&mut by.given_after, after.amount());
        }
        let is_other = before.answer != after.answer || before.is_gap != after.is_gap;
        if is_other {
            self.changed.push(Change { case: case.to_owned(), before, after });
        }
    }

    /// How much more leaves under the new policy, by currency; less is below zero, in minor units.
    pub fn more(&self) -> BTreeMap<Currency, i64> {
        let mut more = BTreeMap::new();
        for money in self.after.values() {
            let entry: &mut i64 = more.entry(money.currency()).or_default();
            *entry = entry.saturating_add(money.minor());
        }
        for money in self.before.values() {
            let entry: &mut i64 = more.entry(money.currency()).or_default();
            *entry = entry.saturating_sub(money.minor());
        }
        more
    }
}

fn add(sums: &mut Sums, amount: Option<Money>) {
    let Some(amount) = amount else { return };
    let sum = sums.entry(amount.currency().code()).or_insert(Money::zero(amount.currency()));
    // Sums beyond all money there is stay where they are.
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}
