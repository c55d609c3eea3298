//! What was measured, for people and for programs.

use std::fmt;

use serde_json::{Value, json};

use super::Count;
use super::house::Through;

/// The most false hits, in a thousand other numbers.
const MOST_HITS_PER_MILLE: u64 = 1;

/// How many examples of what went wrong are shown.
const SHOWN: usize = 10;

/// What was measured.
#[derive(Clone, Debug)]
pub struct CardsReport {
    pub(super) seed: u64,
    pub(super) disguises: Vec<(&'static str, Count)>,
    /// Messages in which something of a card was left.
    pub(super) missed: Vec<String>,
    pub(super) others: Vec<(&'static str, Count)>,
    /// Messages with other numbers of which something was taken out.
    pub(super) hits: Vec<String>,
    pub(super) through: Through,
}

impl CardsReport {
    /// Whether no digit of a card was left anywhere, and few other numbers were taken for one.
    pub fn is_kept(&self) -> bool {
        let (cards, others) = (sum(&self.disguises), sum(&self.others));
        let is_rare = others.wrong.saturating_mul(1_000)
            <= others.messages.saturating_mul(MOST_HITS_PER_MILLE);
        cards.wrong == 0 && is_rare && self.through.leaks.is_empty()
    }

    /// The report for programs.
    pub fn json(&self) -> Value {
        let list = |counts: &[(&str, Count)]| {
            let rows = counts.iter();
            rows.map(|(name, count)| json!({"name": name, "messages": count.messages, "wrong": count.wrong}))
                .collect::<Vec<_>>()
        };
        json!({
            "seed": self.seed,
            "disguises": list(&self.disguises),
            "others": list(&self.others),
            "through_the_engine": self.through.conversations,
            "leaks": self.through.leaks,
            "is_kept": self.is_kept(),
        })
    }

    /// Messages that went wrong, as they were written.
    pub fn examples(&self) -> impl Iterator<Item = &str> {
        self.missed.iter().chain(&self.hits).map(String::as_str)
    }
}

fn sum(counts: &[(&str, Count)]) -> Count {
    counts.iter().fold(Count::default(), |sum, (_, count)| Count {
        messages: sum.messages.saturating_add(count.messages),
        wrong: sum.wrong.saturating_add(count.wrong),
    })
}

/// A share in percent, with two places.
fn share(count: Count) -> String {
    let share = count.wrong.saturating_mul(10_000).checked_div(count.messages).unwrap_or_default();
    format!("{}.{:02} %", share / 100, share % 100)
}

impl fmt::Display for CardsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        writeln!(f, "{:<36}{:>9}{:>9}", "card numbers, written as", "messages", "missed")?;
        for (name, count) in &self.disguises {
            writeln!(f, "  {name:<34}{:>9}{:>9}", count.messages, count.wrong)?;
        }
        let all = sum(&self.disguises);
        let kinds = self.disguises.len();
        writeln!(
            f,
            "  {:<34}{:>9}{:>9}",
            format!("all {kinds} disguises"),
            all.messages,
            all.wrong
        )?;
        writeln!(f, "{:<36}{:>9}{:>9}", "other numbers", "messages", "taken")?;
        for (name, count) in &self.others {
            writeln!(f, "  {name:<34}{:>9}{:>9}{:>9}", count.messages, count.wrong, share(*count))?;
        }
        let all = sum(&self.others);
        writeln!(f, "  {:<34}{:>9}{:>9}{:>9}", "all", all.messages, all.wrong, share(all))?;
        for example in self.missed.iter().take(SHOWN).chain(self.hits.iter().take(SHOWN)) {
            writeln!(f, "  for example {example:?}")?;
        }
        let Through { conversations, asked, traced, leaks } = &self.through;
        writeln!(
            f,
            "through the engine                  {conversations} conversations, {asked} model requests, {traced} bytes logged"
        )?;
        for leak in leaks {
            writeln!(f, "  LEFT in {leak}")?;
        }
        let word = if self.is_kept() {
            "no digit of a card is left, and other numbers stay"
        } else {
            "NOT kept: at most one other number in a thousand may be taken, and no digit of a card left"
        };
        write!(f, "verdict                             {word}")
    }
}
