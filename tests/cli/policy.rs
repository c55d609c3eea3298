//! `quittance policy check`, and what `serve` and `demo` do with a policy that has mistakes.

use std::path::Path;

use quittance_eval::stand_ins::Options;
use serde_json::{Value, json};

use super::{Ran, run};
use crate::support::House;
use crate::support::customers::DUPLICATES;

/// Two mistakes, each with its line, its column and what was probably meant.
fn broken() -> String {
    let mistaken = DUPLICATES.replace("| Within       |", "| Whithin      |");
    mistaken.replace(
        "| refund                                  |",
        "| rfuse                                   |",
    )
}

/// A policy that says one thing and does another.
fn contradictory() -> String {
    DUPLICATES.replace("we give the second one back.", "we give it back within 90 days.")
}

async fn check(policy: &str, format: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("refunds.md"), policy).unwrap();
    run(folder.path(), &["policy", "check", "--format", format, "refunds.md"], &[]).await
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where the policy says this, counted from one.
fn place(policy: &str, text: &str) -> (u64, u64) {
    let at = policy.find(text).unwrap();
    let before = &policy[..at];
    let line = before.matches('\n').count() + 1;
    let column = at - before.rfind('\n').map_or(0, |end| end + 1) + 1;
    (u64::try_from(line).unwrap(), u64::try_from(column).unwrap())
}

#[tokio::test]
async fn a_good_policy_is_fine() {
    let ran = check(DUPLICATES, "text").await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.out.contains("refunds.md: fine: 1 rule(s)"), "{}", ran.out);
    let ran = check(DUPLICATES, "json").await;
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
    // The sample that comes with the program.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let ran = run(&root, &["policy", "check", "policies/refunds.md"], &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
}

#[tokio::test]
async fn a_policy_that_contradicts_itself_is_warned_about() {
    let policy = contradictory();
    let ran = check(&policy, "text").await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.out.contains("warning: the prose says"), "{}", ran.out);
    let ran = check(&policy, "json").await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let told = lines(&ran);
    let (line, column) = place(&policy, "90 days");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["severity"], "warning");
    assert_eq!((&told[0]["line"], &told[0]["column"]), (&json!(line), &json!(column)));
}

#[tokio::test]
async fn every_mistake_of_a_policy_is_told_with_its_place_and_a_suggestion() {
    let policy = broken();
    let ran = check(&policy, "text").await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    for (wrong, meant) in [("Whithin", "Within"), ("rfuse", "refuse")] {
        let (line, column) = place(&policy, wrong);
        let place = format!("refunds.md:{line}:{column}");
        assert!(ran.out.contains(&place), "{place} is missing in:\n{}", ran.out);
        assert!(ran.out.contains(&format!("did you mean `{meant}`?")), "{}", ran.out);
    }
    let ran = check(&policy, "json").await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    let told = lines(&ran);
    for (wrong, meant) in [("Whithin", "Within"), ("rfuse", "refuse")] {
        let (line, column) = place(&policy, wrong);
        let of = told.iter().find(|problem| problem["text"] == wrong).unwrap();
        assert_eq!(of["severity"], "error");
        assert_eq!(of["file"], "refunds.md");
        assert_eq!((&of["line"], &of["column"]), (&json!(line), &json!(column)));
        assert_eq!(of["suggestion"], meant);
    }
}

#[tokio::test]
async fn the_worst_of_several_policies_decides_the_status() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("good.md", DUPLICATES);
    write("odd.md", &contradictory());
    write("bad.md", &broken());
    let ran = run(folder.path(), &["policy", "check", "odd.md", "good.md"], &[]).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let ran = run(folder.path(), &["policy", "check", "bad.md", "odd.md", "good.md"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    assert!(["bad.md", "odd.md", "good.md"].iter().all(|name| ran.out.contains(name)));
    let ran = run(folder.path(), &["policy", "check", "missing.md"], &[]).await;
    ran.fails_with(2, &["cannot read missing.md"]);
}

#[tokio::test]
async fn nothing_is_served_under_a_policy_with_mistakes() {
    let policy = broken();
    let house = House::prepare(&policy, Options::default(), |config| config).await;
    let places = ["Whithin", "rfuse"].map(|wrong| {
        let (line, column) = place(&policy, wrong);
        format!("policy.md:{line}:{column}")
    });
    let told = [
        places[0].as_str(),
        places[1].as_str(),
        "did you mean `Within`?",
        "did you mean `refuse`?",
        "has problems; correct them and start again",
    ];
    run(house.folder(), &["serve"], &[]).await.fails_with(2, &told);
    let demo = ["demo", "--port", "0", "--policy", "policy.md"];
    run(house.folder(), &demo, &[]).await.fails_with(2, &told);
    assert!(!house.program.database().exists(), "nothing was begun");
}
