//! What was measured of the search.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

/// What was measured.
#[derive(Clone, Debug)]
pub struct SearchReport {
    /// How many sections were searched.
    pub sections: usize,
    /// How many documents they belong to.
    pub documents: usize,
    /// How long it took to build the index.
    pub built: Duration,
    /// How long each search took, the shortest first.
    pub times: Vec<Duration>,
    /// By kind of question.
    pub kinds: BTreeMap<String, SearchKind>,
}

/// How well one kind of question was answered.
#[derive(Clone, Debug, Default)]
pub struct SearchKind {
    /// How many were asked.
    pub questions: u64,
    /// For each, at which place the first right answer stood, counted from zero.
    first: Vec<usize>,
    /// The sum of the shares that were found among the first, in millionths.
    recalled: u64,
}

impl SearchKind {
    /// Takes note of the places of the right answers to one question, of which there are so many.
    pub(super) fn count(&mut self, ranks: &[usize], gold: usize, recalled: usize) {
        self.questions = self.questions.saturating_add(1);
        self.first.extend(ranks.first());
        let found = ranks.iter().filter(|rank| **rank < recalled).count() as u64;
        let share = found.saturating_mul(1_000_000).checked_div(gold as u64).unwrap_or(0);
        self.recalled = self.recalled.saturating_add(share);
    }

    /// For how many questions a right answer was among the first so many, in thousandths.
    pub fn hits(&self, among: usize) -> u64 {
        let hits = self.first.iter().filter(|rank| **rank < among).count() as u64;
        self.mean(hits.saturating_mul(1_000_000))
    }

    /// How much of what answers a question is among the first ten, on average, in thousandths.
    pub fn recall(&self) -> u64 {
        self.mean(self.recalled)
    }

    /// One divided by the place of the first right answer, on average, in thousandths.
    pub fn reciprocal_rank(&self) -> u64 {
        let reciprocal =
            |rank: &usize| 1_000_000_u64.checked_div((*rank as u64).saturating_add(1)).unwrap_or(0);
        self.mean(self.first.iter().fold(0, |sum, rank| sum.saturating_add(reciprocal(rank))))
    }

    /// The mean of a sum of millionths, in thousandths.
    fn mean(&self, millionths: u64) -> u64 {
        let questions = self.questions.saturating_mul(1_000).max(1);
        let half = questions.checked_div(2).unwrap_or(0);
        millionths.saturating_add(half).checked_div(questions).unwrap_or(0)
    }

    fn all(&self) -> [(&'static str, u64); 5] {
        [
            ("hit@1", self.hits(1)),
            ("hit@5", self.hits(5)),
            ("hit@10", self.hits(10)),
            ("recall@10", self.recall()),
            ("MRR", self.reciprocal_rank()),
        ]
    }
}

impl SearchReport {
    /// Within what time so many thousandths of the searches were done.
    pub fn within(&self, thousandths: usize) -> Duration {
        let at = self.times.len().saturating_mul(thousandths).checked_div(1_000).unwrap_or(0);
        let last = self.times.len().saturating_sub(1);
        self.times.get(at.min(last)).copied().unwrap_or_default()
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let kinds = self.kinds.iter().map(|(name, kind)| {
            let mut said = Map::new();
            said.insert("questions".to_owned(), kind.questions.into());
            for (measure, thousandths) in kind.all() {
                let key = measure.to_lowercase().replace('@', "_at_");
                said.insert(key, decimal(thousandths).parse::<f64>().unwrap_or_default().into());
            }
            (name.clone(), Value::Object(said))
        });
        let micros = |time: Duration| -> Value {
            u64::try_from(time.as_micros()).unwrap_or(u64::MAX).into()
        };
        json!({
            "sections": self.sections,
            "documents": self.documents,
            "built_us": micros(self.built),
            "searches": self.times.len(),
            "p50_us": micros(self.within(500)),
            "p99_us": micros(self.within(990)),
            "kinds": kinds.collect::<Map<_, _>>(),
        })
    }
}

fn decimal(thousandths: u64) -> String {
    let whole = thousandths.checked_div(1_000).unwrap_or(0);
    format!("{whole}.{:03}", thousandths.checked_rem(1_000).unwrap_or(0))
}

impl fmt::Display for SearchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "index              {} sections of {} documents, built in {:.0?}",
            self.sections, self.documents, self.built
        )?;
        writeln!(
            f,
            "searches           {}, half within {:.0?}, 99 of 100 within {:.0?}\n",
            self.times.len(),
            self.within(500),
            self.within(990)
        )?;
        let widest = self.kinds.keys().map(|name| name.chars().count()).max().unwrap_or(0).max(4);
        write!(f, "{:<widest$}  questions  hit@1  hit@5  hit@10  recall@10    MRR", "kind")?;
        for (name, kind) in &self.kinds {
            let [one, five, ten, recall, rank] = kind.all().map(|(_, value)| decimal(value));
            write!(
                f,
                "\n{name:<widest$}  {:>9}  {one:>5}  {five:>5}  {ten:>6}  {recall:>9}  {rank:>5}",
                kind.questions
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> SearchReport {
        let mut kind = SearchKind::default();
        kind.count(&[0, 3, 12], 4, 10);
        kind.count(&[5], 1, 10);
        kind.count(&[], 2, 10);
        SearchReport {
            sections: 12,
            documents: 3,
            built: Duration::from_millis(25),
            times: (1..=200).map(Duration::from_micros).collect(),
            kinds: BTreeMap::from([("customer".to_owned(), kind)]),
        }
    }

    #[test]
    fn the_measures_are_means_over_all_questions() {
        let kind = &report().kinds["customer"];
        // (1 + 1/6 + 0) / 3 and (2/4 + 1/1 + 0) / 3.
        assert_eq!(kind.all().map(|(_, value)| value), [333, 333, 667, 500, 389]);
        assert_eq!(SearchKind::default().all().map(|(_, value)| value), [0; 5]);
    }

    #[test]
    fn people_and_programs_are_told_the_same() {
        assert_eq!(
            report().to_string(),
            "index              12 sections of 3 documents, built in 25ms\n\
             searches           200, half within 101µs, 99 of 100 within 199µs\n\
             \n\
             kind      questions  hit@1  hit@5  hit@10  recall@10    MRR\n\
             customer          3  0.333  0.333   0.667      0.500  0.389"
        );
        assert_eq!(
            report().json(),
            json!({
                "sections": 12, "documents": 3, "built_us": 25_000, "searches": 200, "p50_us": 101, "p99_us": 199,
                "kinds": {"customer": {"questions": 3, "hit_at_1": 0.333, "hit_at_5": 0.333, "hit_at_10": 0.667,
                    "recall_at_10": 0.5, "mrr": 0.389}},
            })
        );
    }
}
