//! Real policies and a benchmark of questions, from the folder named by `QUITTANCE_DATA`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and reports what it measured"
)]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use quittance_knowledge::{Index, Section, sections_of};
use serde_json::Value;

/// The folder within `QUITTANCE_DATA`, or nothing, said aloud, if that is not set.
fn data(folder: &str) -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test takes the folder of its inputs from the environment"
    )]
    let root = std::env::var("QUITTANCE_DATA").ok().filter(|root| !root.is_empty());
    if root.is_none() {
        println!("skipped: QUITTANCE_DATA is not set, so there is no `{folder}` to read");
    }
    Some(Path::new(&root?).join(folder))
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

#[test]
fn published_policies_are_taken_apart_word_for_word_and_found_again() {
    let Some(folder) = data("policies") else { return };
    let mut all: Vec<Section> = Vec::new();
    for entry in lines(&folder.join("index.jsonl")) {
        let name = text(&entry, "name");
        let markdown = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
        let sections = sections_of(name, &markdown, text(&entry, "lang"));
        assert!(!sections.is_empty(), "{name}");
        for section in &sections {
            assert!(markdown.contains(&section.text), "{name}: {}", section.clause);
            assert!(
                section.text.len() <= 4_000 && !section.clause.is_empty(),
                "{name}: {}",
                section.clause
            );
        }
        // Nearly all of a policy is prose; the rest is its headings.
        let kept: usize = sections.iter().map(|section| section.text.len()).sum();
        assert!(kept * 10 >= markdown.len() * 7, "{name}: {kept} of {} bytes", markdown.len());
        all.extend(sections);
    }
    let index = Index::in_memory(all.clone()).unwrap();
    let mut found = 0;
    for section in &all {
        let beginning: String = section.text.chars().take(300).collect();
        let hits = index.search(&beginning, 5).unwrap();
        found += usize::from(hits.iter().any(|hit| hit.text == section.text));
    }
    println!("{} sections, {found} found among the first 5 by their own beginning", all.len());
    assert!(found * 100 >= all.len() * 98, "{found} of {}", all.len());
}

#[test]
fn questions_of_a_benchmark_find_the_documents_its_authors_name() {
    let Some(folder) = data("retrieval") else { return };
    let sections = lines(&folder.join("docs.jsonl")).into_iter().map(|document| Section {
        document: text(&document, "doc_id").to_owned(),
        title: String::new(),
        clause: text(&document, "title").to_owned(),
        anchor: String::new(),
        text: text(&document, "text").to_owned(),
        language: "en".to_owned(),
    });
    let index = Index::in_memory(sections).unwrap();
    for kind in ["customer", "title"] {
        let questions = lines(&folder.join("queries.dev.jsonl"));
        let questions: Vec<Value> =
            questions.into_iter().filter(|question| question["kind"] == kind).collect();
        let (mut first, mut fifth, mut tenth, mut reciprocals) = (0, 0, 0, 0);
        for question in &questions {
            let gold: HashSet<&str> =
                question["gold"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let hits = index.search(text(question, "query"), 10).unwrap();
            let rank = hits.iter().position(|hit| gold.contains(hit.document.as_str()));
            first += usize::from(rank.is_some_and(|rank| rank < 1));
            fifth += usize::from(rank.is_some_and(|rank| rank < 5));
            tenth += usize::from(rank.is_some());
            reciprocals += rank.map_or(0, |rank| 1_000 / (rank + 1));
        }
        let count = questions.len();
        let mean = reciprocals / count;
        println!(
            "{kind}: {count} questions, hit@1 {first}, hit@5 {fifth}, hit@10 {tenth}, MRR@10 0.{mean:03}"
        );
        assert!(fifth * 10 >= count * 7 && mean >= 500, "{kind}: {fifth} of {count}, {mean}");
    }
}
