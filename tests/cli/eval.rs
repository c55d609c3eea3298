//! `quittance eval`

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
