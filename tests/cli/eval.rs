//! `quittance eval`

use std::path::Path;

use serde_json::{Value, json};

use super::run;

const DOCUMENTS: &str = r#"{"doc_id": "parcels", "title": "Lost parcels", "text": "A lost parcel is sent again."}
{"doc_id": "vouchers", "title": "Vouchers", "text": "A voucher is never paid out."}
"#;

const QUESTIONS: &str = r#"{"query_id": "1", "kind": "customer", "query": "Hello, my parcel got lost", "gold": ["parcels"]}
{"query_id": "2", "kind": "customer", "query": "pay out my vouchers", "gold": ["parcels", "vouchers"]}
"#;

#[tokio::test]
async fn the_search_is_measured_for_people_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("docs.jsonl"), DOCUMENTS).unwrap();
    std::fs::write(folder.path().join("queries.jsonl"), QUESTIONS).unwrap();
    let arguments = ["eval", "search", "--docs", "docs.jsonl", "--queries", "queries.jsonl"];
    let shown = run(folder.path(), &arguments, &[]).await;
    assert_eq!((shown.code, shown.err.as_str()), (Some(0), ""));
    assert!(shown.out.contains("2 sections of 2 documents"), "{}", shown.out);
    let row = "customer          2  1.000  1.000   1.000      0.750  1.000";
    assert!(shown.out.contains(row), "{}", shown.out);
    let told = run(folder.path(), &[&arguments[..], &["--json"]].concat(), &[]).await;
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(
        told["kinds"]["customer"],
        json!({"questions": 2, "hit_at_1": 1.0, "hit_at_5": 1.0, "hit_at_10": 1.0, "recall_at_10": 0.75, "mrr": 1.0})
    );
}

#[tokio::test]
async fn a_folder_of_markdown_is_searched_by_clauses() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("policy")).unwrap();
    let policy = "# Refunds\n\n## Lost parcels\n\nWe send it again.\n\n## Vouchers\n\nNever.\n";
    std::fs::write(folder.path().join("policy/refunds.md"), policy).unwrap();
    let question = r#"{"query": "my parcel is lost", "gold": ["refunds.md#lost-parcels"]}"#;
    std::fs::write(folder.path().join("queries.jsonl"), question).unwrap();
    let arguments = ["eval", "search", "--docs", "policy", "--queries", "queries.jsonl"];
    let shown = run(folder.path(), &arguments, &[]).await;
    assert_eq!((shown.code, shown.err.as_str()), (Some(0), ""));
    assert!(shown.out.contains("question          1  1.000"), "{}", shown.out);
}

#[tokio::test]
async fn bad_lines_are_told_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("docs.jsonl"), DOCUMENTS).unwrap();
    let questions = "{\"query\": \"x\"}\nno JSON\n{\"query\": \"x\", \"gold\": [\"parcles\"]}\n";
    std::fs::write(folder.path().join("queries.jsonl"), questions).unwrap();
    let arguments = ["eval", "search", "--docs", "docs.jsonl", "--queries", "queries.jsonl"];
    let shown = run(folder.path(), &arguments, &[]).await;
    let told = [
        "a question is an object with the text `query`",
        "\n  queries.jsonl:1: `gold` is missing\n",
        "\n  queries.jsonl:2: this is no JSON",
    ];
    shown.fails_with(2, &told);
    let unknown = questions.lines().last().unwrap();
    std::fs::write(folder.path().join("queries.jsonl"), unknown).unwrap();
    let shown = run(folder.path(), &arguments, &[]).await;
    shown.fails_with(2, &["queries.jsonl:1: there is no `parcles`"]);
    let shown =
        run(folder.path(), &["eval", "search", "--docs", "nowhere", "--queries", "x"], &[]).await;
    shown.fails_with(2, &["cannot read nowhere"]);
}

/// The scenarios of the repository, with the stand-in for a model.
#[tokio::test]
async fn every_scenario_comes_out_as_it_must() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../eval/scenarios");
    let shown = run(&folder, &["eval", "scenarios", "."], &[]).await;
    assert_eq!(shown.code, Some(0), "{}\n{}", shown.out, shown.err);
    let count = std::fs::read_dir(&folder).unwrap().count() - 1;
    let all = format!("{count} of {count} scenarios are as they must be");
    assert!(shown.out.contains(&all), "{}", shown.out);
}

const SCENARIO: &str = r#"
title = "Somebody says hello"
about = ["timing"]
refunds = []
ends = "open"
[customer]
name = "Maya Chen"
[[talk]]
customer = "Hello"
"#;

#[tokio::test]
async fn a_scenario_that_comes_out_otherwise_is_told_with_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hello.toml");
    std::fs::write(&file, format!("{SCENARIO}[talk.then]\nsays = [\"Goodbye\"]\n")).unwrap();
    let shown = run(folder.path(), &["eval", "scenarios", "hello.toml"], &[]).await;
    assert_eq!(shown.code, Some(1), "{}", shown.err);
    for said in
        ["WRONG  hello", "step 1: no reply says \"Goodbye\"", "| customer: Hello", "| agent: "]
    {
        assert!(shown.out.contains(said), "{said}: {}", shown.out);
    }
    let told = run(folder.path(), &["eval", "scenarios", "hello.toml", "--json"], &[]).await;
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told["pass_k_percent"], 0);
    assert_eq!(told["scenarios"][0]["plays"][0]["wrong"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn mistakes_in_a_scenario_are_told_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("ends = \"open\"", "ends = \"opne\"", "unknown variant `opne`"),
        ("refunds = []", "refunds = [\"49 dollars\"]", "49 dollars"),
        ("about = [\"timing\"]", "about = []", "`about` names no subject"),
        ("customer = \"Hello\"", "costumer = \"Hello\"", "unknown field `costumer`"),
        ("customer = \"Hello\"", "wait = \"2 hours\"", "must be something the customer says"),
        ("refunds = []", "refunds = []\ncomplaints = [\"rain\"]", "\"rain\" does not stand in"),
        ("refunds = []", "refunds = []\nengine = { mood = 1 }", "unknown field `mood`"),
    ];
    for (from, to, says) in cases {
        let text = SCENARIO.replacen(from, to, 1);
        std::fs::write(folder.path().join("hello.toml"), text).unwrap();
        let shown = run(folder.path(), &["eval", "scenarios", "hello.toml"], &[]).await;
        assert_ne!(shown.code, Some(0), "{to}");
        let told = format!("{}{}", shown.out, shown.err);
        assert!(told.contains("hello") && told.contains(says), "{to}: {told}");
    }
}
