//! How well the search finds what people say answers a question, and how fast.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::bail;
use quittance_knowledge::{Hit, Index, Section};

use crate::path::bar;

mod read;
mod report;

pub use read::{SearchDocuments, documents_of_folder, documents_of_lines, questions_of_lines};
pub use report::{SearchKind, SearchReport};

/// How many hits a question is given. Whatever ranks below is not found.
const MOST_HITS: usize = 50;
/// How many searches are timed at least; short lists of questions are asked again.
const LEAST_SEARCHES: usize = 1_000;
/// How many hits are looked at for `recall@10`.
const RECALLED: usize = 10;

/// A question and what answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuestion {
    /// What kind of question it is; each kind is measured for itself.
    pub kind: String,
    /// What is asked.
    pub text: String,
    /// The documents that answer it, or their sections as `document#anchor`.
    pub gold: Vec<String>,
    /// Where it was read.
    pub at: String,
}

/// Asks an index of these sections every question.
pub fn search(
    sections: Vec<Section>,
    questions: &[SearchQuestion],
) -> anyhow::Result<SearchReport> {
    if questions.is_empty() {
        bail!("there is no question; give a file with one JSON object a line");
    }
    let documents: HashSet<String> =
        sections.iter().map(|section| section.document.clone()).collect();
    let clauses: HashSet<String> =
        sections.iter().map(|it| clause(&it.document, &it.anchor)).collect();
    check(questions, &documents, &clauses)?;
    let begin = Instant::now();
    let index = Index::in_memory(sections)?;
    let built = begin.elapsed();
    let rounds = LEAST_SEARCHES.div_ceil(questions.len());
    let bar = bar(rounds.saturating_mul(questions.len()), "searches");
    let mut kinds: BTreeMap<&str, SearchKind> = BTreeMap::new();
    let mut times: Vec<Duration> = Vec::new();
    for round in 0..rounds {
        for question in questions {
            let begin = Instant::now();
            let hits = index.search(&question.text, MOST_HITS)?;
            times.push(begin.elapsed());
            bar.inc(1);
            if round == 0 {
                let kind = kinds.entry(&question.kind).or_default();
                kind.count(&ranks(question, &hits, &documents), question.gold.len(), RECALLED);
            }
        }
    }
    bar.finish_and_clear();
    times.sort_unstable();
    let kinds = kinds.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
    Ok(SearchReport { sections: index.len(), documents: documents.len(), built, times, kinds })
}

/// Makes sure that everything that should be found is there.
fn check(
    questions: &[SearchQuestion],
    documents: &HashSet<String>,
    clauses: &HashSet<String>,
) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    for question in questions {
        for gold in &question.gold {
            if !documents.contains(gold) && !clauses.contains(gold) {
                problems.push(format!("{}: there is no `{gold}`", question.at));
            }
        }
    }
    read::none("`gold` names documents, or their sections as `document#anchor`", problems)
}

/// At which places the gold stands, counted from zero. A document that was found before does not take
/// another place.
fn ranks(question: &SearchQuestion, hits: &[Hit], documents: &HashSet<String>) -> Vec<usize> {
    let is_by_clause = question.gold.iter().any(|gold| !documents.contains(gold));
    let mut seen = HashSet::new();
    let mut ranks = Vec::new();
    for hit in hits {
        let clause = clause(&hit.document, &hit.anchor);
        let key = if is_by_clause { &clause } else { &hit.document };
        let rank = seen.len();
        let is_gold = question.gold.contains(key) || question.gold.contains(&hit.document);
        if seen.insert(key.clone()) && is_gold {
            ranks.push(rank);
        }
    }
    ranks
}

fn clause(document: &str, anchor: &str) -> String {
    format!("{document}#{anchor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTS: &str = "\
        {\"doc_id\": \"a\", \"title\": \"Parcels\", \"text\": \"A lost parcel is sent again.\"}\n\
        {\"doc_id\": \"b\", \"title\": \"Vouchers\", \"text\": \"A voucher is never paid out.\"}\n";

    fn measured(questions: &str) -> anyhow::Result<SearchReport> {
        let sections = documents_of_lines("docs", DOCUMENTS, "en")?.sections;
        search(sections, &questions_of_lines("queries", questions)?)
    }

    #[test]
    fn each_kind_of_question_is_measured_for_itself() {
        let report = measured(
            "{\"kind\": \"good\", \"query\": \"lost parcel\", \"gold\": [\"a\"]}\n\
             {\"kind\": \"bad\", \"query\": \"lost parcel\", \"gold\": [\"b\"], \"opening\": \"my voucher\"}\n",
        )
        .unwrap();
        let of = |kind: &str| {
            let kind = &report.kinds[kind];
            (kind.questions, kind.hits(1), kind.hits(10), kind.reciprocal_rank())
        };
        assert_eq!(of("good"), (1, 1_000, 1_000, 1_000));
        assert_eq!(of("bad"), (1, 0, 0, 0));
        assert_eq!(of("bad, opening words"), (1, 1_000, 1_000, 1_000));
        assert_eq!((report.sections, report.documents), (2, 2));
        assert!(report.times.len() >= LEAST_SEARCHES);
    }

    #[test]
    fn gold_that_is_nowhere_is_told_with_its_line() {
        let error = measured("\n{\"query\": \"parcel\", \"gold\": [\"a\", \"c\"]}\n").unwrap_err();
        assert!(error.to_string().contains("queries:2: there is no `c`"), "{error}");
        assert!(measured("").is_err());
    }

    #[test]
    fn sections_of_one_document_take_one_place_unless_a_section_is_meant() {
        let text = "## Parcels\n\nA parcel.\n\n## Lost parcels\n\nA parcel, a parcel.\n";
        let other =
            "## Other\n\nThis has one parcel and many other words that are said for no reason.\n";
        let files = [("a.md", text), ("b.md", other)];
        let sections = documents_of_folder(files, "en").sections;
        let report = |gold: &str| {
            let line = format!("{{\"query\": \"parcel\", \"gold\": [\"{gold}\"]}}");
            search(sections.clone(), &questions_of_lines("q", &line).unwrap()).unwrap()
        };
        let rank = |gold: &str| report(gold).kinds["question"].reciprocal_rank();
        assert_eq!(rank("b.md"), 500);
        assert_eq!(rank("b.md#other"), 333);
    }
}
