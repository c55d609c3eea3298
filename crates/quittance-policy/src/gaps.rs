//! What customers asked that no clause answers.

use std::collections::{BTreeMap, BTreeSet};

use quittance_core::facts::Billing;
use quittance_core::policy::{Question, list};
use quittance_core::reason::Reason;
use serde::Serialize;

use crate::diff::{Sums, add};

/// How many cases of a group are named.
const MOST_NAMED: usize = 5;

/// How many sentences of a group are kept.
const MOST_SAID: usize = 3;

/// How many groups are kept apart. More cases of other kinds are counted together.
const MOST_GROUPS: usize = 1_000;

/// The cases that no clause answers, in groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gaps {
    /// How many cases were looked at.
    pub cases: u64,
    /// How many of them no clause answers.
    pub gaps: u64,
    /// What was paid in those, by currency.
    pub paid: Sums,
    /// The groups, by what the cases have in common.
    #[serde(serialize_with = "as_list")]
    groups: BTreeMap<Common, Group>,
}

/// What the cases of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Common {
    /// The reason. None for those that did not fit into a group.
    pub reason: Option<Reason>,
    /// The plans or products of the charge, or what kind of charge it is.
    pub what: String,
}

/// Cases with the same in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// How many.
    pub cases: u64,
    /// What was paid, by currency.
    pub paid: Sums,
    /// What some of them are called.
    pub named: Vec<String>,
    /// What some customers said, without what says who they are.
    pub said: Vec<String>,
}

impl Gaps {
    /// Counts a case, and if no clause answers it, puts it into its group. `said` is what the customer wrote,
    /// redacted.
    pub fn count(
        &mut self,
        case: &str,
        question: &Question<'_>,
        is_gap: bool,
        said: Option<String>,
    ) {
        self.cases = self.cases.saturating_add(1);
        if !is_gap {
            return;
        }
        self.gaps = self.gaps.saturating_add(1);
        let paid = Some(question.charge.captured);
        add(&mut self.paid, paid);
        let common = Common { reason: Some(question.reason), what: what(question) };
        let has_room = self.groups.len() < MOST_GROUPS || self.groups.contains_key(&common);
        let others = Common { reason: None, what: "other cases".to_owned() };
        let group = self.groups.entry(if has_room { common } else { others }).or_default();
        group.cases = group.cases.saturating_add(1);
        add(&mut group.paid, paid);
        if group.named.len() < MOST_NAMED {
            group.named.push(case.to_owned());
        }
        group.hear(said);
    }

    /// The groups, the largest first.
    pub fn groups(&mut self) -> Vec<(&Common, &mut Group)> {
        let mut groups: Vec<_> = self.groups.iter_mut().collect();
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.cases));
        groups
    }
}

impl Group {
    /// Keeps what a customer said, if there is room.
    pub fn hear(&mut self, said: Option<String>) {
        let said = said.filter(|said| !said.is_empty() && !self.said.contains(said));
        if self.said.len() < MOST_SAID {
            self.said.extend(said);
        }
    }

    /// Whether nothing more is kept of what customers said.
    pub fn has_heard_enough(&self) -> bool {
        self.said.len() >= MOST_SAID
    }
}

fn what(question: &Question<'_>) -> String {
    let charge = question.charge;
    if !charge.plans.is_empty() {
        return list(&charge.plans);
    }
    let products: BTreeSet<&str> =
        charge.bill.lines.iter().filter_map(|line| line.product.as_deref()).collect();
    if !products.is_empty() {
        return list(&products.into_iter().collect::<Vec<_>>());
    }
    match charge.billing {
        Billing::OneOff => "a one-off purchase",
        Billing::First => "a first charge without a plan",
        Billing::Renewal => "a renewal without a plan",
        Billing::Change => "a change without a plan",
    }
    .to_owned()
}

fn as_list<S: serde::Serializer>(
    groups: &BTreeMap<Common, Group>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Row<'a> {
        #[serde(flatten)]
        common: &'a Common,
        #[serde(flatten)]
        group: &'a Group,
    }
    serializer.collect_seq(groups.iter().map(|(common, group)| Row { common, group }))
}
