//! What an editor is helped with: aligned tables, the schema of the front matter, checking again on every
//! change, and problems in the format of code scanners.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::{PATIENCE, command, run};
use crate::support::customers::DUPLICATES;
use crate::support::variable;

/// A policy whose tables are not aligned.
fn ragged() -> String {
    DUPLICATES.replace("  ", "").replace('\n', "\r\n")
}

#[tokio::test]
async fn tables_are_aligned_and_nothing_else_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("policies/refunds.md");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    std::fs::write(&path, ragged()).unwrap();
    let check = ["policy", "fmt", "--check"];
    let ran = run(folder.path(), &check, &[]).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(
        ran.out.contains("policies/refunds.md:") && ran.out.contains("\n+| Rule "),
        "{}",
        ran.out
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ragged(), "nothing is written");
    let ran = run(folder.path(), &["policy", "fmt"], &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let aligned = std::fs::read_to_string(&path).unwrap();
    let bare = |text: &str| text.replace(['-', ' '], "");
    assert_eq!(bare(&aligned), bare(&ragged()));
    assert!(!aligned.replace("\r\n", "").contains('\n'));
    let widths: Vec<usize> = aligned
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim().len())
        .collect();
    assert!(widths.len() > 4 && widths.iter().all(|width| *width == widths[0]), "{widths:?}");
    let ran = run(folder.path(), &check, &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.out.contains("1 file: every table is aligned"), "{}", ran.out);
    let ran = run(folder.path(), &["policy", "fmt", "missing.md"], &[]).await;
    ran.fails_with(2, &["cannot read missing.md"]);
}

#[tokio::test]
async fn an_editor_hands_over_a_text_and_gets_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path(), &["policy", "fmt", "-"]);
    let mut child =
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    child.stdin.take().unwrap().write_all(b"|a|b|\n|-|-|\n|c|d|\n").await.unwrap();
    let output = timeout(PATIENCE, child.wait_with_output()).await.unwrap().unwrap();
    assert!(output.status.success());
    let expected = "| a   | b   |\n| --- | --- |\n| c   | d   |\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[tokio::test]
async fn the_schema_of_the_front_matter_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &["policy", "schema"], &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(schema, quittance_policy::front_matter_schema());
}

/// The published schema of SARIF; a test without it says so.
fn sarif_schema() -> Option<Value> {
    let Some(folder) = variable("QUITTANCE_PEERS").map(PathBuf::from) else {
        println!("skipped: SARIF against its schema (QUITTANCE_PEERS is not set)");
        return None;
    };
    let path = "node/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";
    let text = std::fs::read_to_string(folder.join(path)).expect("run tests/peers/install again");
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // These patterns are no regular expressions; they are about languages, of which we say nothing.
    for definition in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][definition]["properties"]["language"];
        if let Some(language) = language.as_object_mut() {
            language.remove("pattern");
        }
    }
    Some(schema)
}

#[tokio::test]
async fn sarif_is_what_its_published_schema_says() {
    let Some(schema) = sarif_schema() else { return };
    let schema = jsonschema::validator_for(&schema).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mistaken = DUPLICATES.replace("| Within       |", "| Whithin      |").replace(
        "| refund                                  |",
        "| rfuse                                   |",
    );
    let odd = DUPLICATES.replace("we give the second one back.", "we give it back within 90 days.");
    let failing = format!(
        "{DUPLICATES}\n## Examples\n\n| Case | Expect |\n|---|---|\n| 49 USD, changed mind | refuse |\n"
    );
    let mut counts = Vec::new();
    for (name, text) in [
        ("mistaken.md", mistaken.as_str()),
        ("über uns, 1.md", odd.as_str()),
        ("failing.md", failing.as_str()),
        ("sound.md", DUPLICATES),
        ("empty.md", ""),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
        let ran = run(folder.path(), &["policy", "check", "--format", "sarif", name], &[]).await;
        let log: Value = serde_json::from_str(&ran.out).unwrap();
        let wrong: Vec<String> = schema.iter_errors(&log).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{}", ran.out);
        counts.push(log["runs"][0]["results"].as_array().unwrap().len());
    }
    assert!(counts.iter().sum::<usize>() >= 5, "{counts:?}");
    // The schema does say something.
    let mut log: Value = serde_json::json!({"version": "2.1.0", "runs": []});
    assert!(schema.is_valid(&log));
    log["runs"] = serde_json::json!([{"results": []}]);
    assert!(!schema.is_valid(&log));
}

/// A check that goes on until it is stopped.
struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let arguments = [&["policy", "check", "--watch"], arguments].concat();
        let mut command = command(folder, &arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for a line with these words.
    async fn sees(&mut self, words: &str) {
        let looked = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.contains(words) {
                    return true;
                }
            }
            false
        };
        let seen = timeout(PATIENCE, looked).await;
        assert_eq!(seen, Ok(true), "{words:?} was not told");
    }

    async fn end(mut self, code: i32) {
        let process = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-INT", &process]).status().await.unwrap();
        assert!(sent.success());
        let ended = timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        assert_eq!(ended.code(), Some(code));
    }
}

#[tokio::test]
async fn a_watched_policy_is_checked_again_however_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let policies = path("policies");
    std::fs::create_dir(&policies).unwrap();
    std::fs::write(path("policies/a.md"), DUPLICATES).unwrap();
    let mut watching = Watching::start(folder.path(), &[]);
    watching.sees("policies: fine: 1 rule in 1 file").await;
    // Written in place.
    std::fs::write(path("policies/a.md"), "# A\n").unwrap();
    watching.sees("policies: 1 error").await;
    // Replaced, as many editors do.
    std::fs::write(path("new.txt"), DUPLICATES).unwrap();
    std::fs::rename(path("new.txt"), path("policies/a.md")).unwrap();
    watching.sees("policies: fine: 1 rule in 1 file").await;
    // A new file in a new folder.
    std::fs::create_dir(path("policies/more")).unwrap();
    std::fs::write(path("policies/more/b.md"), DUPLICATES.replace("duplicate charge", "unused"))
        .unwrap();
    watching.sees("policies: fine: 2 rules in 2 files").await;
    // All of it deleted and made again.
    std::fs::remove_dir_all(&policies).unwrap();
    watching.sees("error: ").await;
    std::fs::create_dir(&policies).unwrap();
    std::fs::write(path("policies/a.md"), DUPLICATES).unwrap();
    watching.sees("policies: fine: 1 rule in 1 file").await;
    // A single ceiling below the policy's own.
    std::fs::write(path("quittance.toml"), LOW).unwrap();
    watching.sees("above the ceiling").await;
    watching.end(1).await;
}

#[tokio::test]
async fn a_watched_file_is_found_again_after_it_was_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.md"), DUPLICATES).unwrap();
    let mut watching = Watching::start(folder.path(), &["a.md"]);
    watching.sees("a.md: fine").await;
    for _ in 0..3 {
        std::fs::remove_file(path("a.md")).unwrap();
        watching.sees("error: cannot read a.md").await;
        std::fs::write(path("b.md"), DUPLICATES).unwrap();
        std::fs::rename(path("b.md"), path("a.md")).unwrap();
        watching.sees("a.md: fine").await;
    }
    watching.end(0).await;
}

/// Ceilings below those of the policy.
const LOW: &str = "[limits.currencies.USD]\nper_refund = \"20.00\"\nper_charge = \"20.00\"\nper_customer_month = \"20.00\"\nper_day = \"20.00\"\nper_month = \"20.00\"\n";

#[tokio::test]
async fn a_policy_is_held_against_the_ceilings_and_the_files_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "a.md",
        &DUPLICATES.replace("\n## ", "\nSee [prices](prices.pdf) and [us](#nobody).\n\n## "),
    );
    write("low.toml", LOW);
    let ran = run(folder.path(), &["policy", "check", "a.md"], &[]).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.out.contains("there is no file `prices.pdf`"), "{}", ran.out);
    assert!(ran.out.contains("no heading there has the name `#nobody`"), "{}", ran.out);
    assert!(!ran.out.contains("ceiling"), "{}", ran.out);
    write("prices.pdf", "");
    let named = ["policy", "check", "--config", "low.toml", "a.md"];
    let ran = run(folder.path(), &named, &[]).await;
    assert!(ran.out.contains("is above the ceiling of 20.00 USD"), "{}", ran.out);
    assert!(ran.out.contains("limits.currencies.USD.per_refund"), "{}", ran.out);
    assert!(!ran.out.contains("prices.pdf`"), "{}", ran.out);
    write("quittance.toml", LOW);
    let ran = run(folder.path(), &["policy", "check", "a.md"], &[]).await;
    assert!(ran.out.contains("is above the ceiling of 20.00 USD"), "{}", ran.out);
    write("low.toml", "[limits]\nrefund_per_hour = 3\n");
    run(folder.path(), &named, &[]).await.fails_with(2, &["low.toml has a mistake"]);
    let missing = ["policy", "check", "--config", "none.toml", "a.md"];
    run(folder.path(), &missing, &[])
        .await
        .fails_with(2, &["cannot read the configuration none.toml"]);
}

#[tokio::test]
async fn usual_cases_without_an_answer_are_told_and_are_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.md"), DUPLICATES).unwrap();
    let ran = run(folder.path(), &["policy", "check", "a.md"], &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.out.contains("some usual reasons have no clause"), "{}", ran.out);
    assert!(ran.out.contains("goodwill"), "{}", ran.out);
}
