//! `quittance policy check`, and what `serve` and `demo` do with a policy that has mistakes.

use std::path::Path;

use quittance_eval::stand_ins::Options;
use serde_json::{Value, json};

use super::{Ran, run};
use crate::support::House;
use crate::support::customers::DUPLICATES;

const ENGLISH: &str = include_str!("../../policies/replies/en.md");
const VOICE: &str = include_str!("../../policies/voice.md");

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

/// The problems of JSON, without notes of usual cases.
fn lines(ran: &Ran) -> Vec<Value> {
    let all = ran.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|problem| problem["severity"] != "note").collect()
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
    assert!(ran.out.contains("refunds.md: fine: 1 rule in 1 file"), "{}", ran.out);
    let ran = check(DUPLICATES, "json").await;
    assert_eq!((ran.code, lines(&ran).len()), (Some(0), 0));
    // The samples that come with the program, together and the first of them alone.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for path in ["policies", "policies/refunds.md"] {
        let ran = run(&root, &["policy", "check", path], &[]).await;
        assert!(ran.code == Some(0) && !ran.out.contains("warning"), "{ran:#?}");
    }
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

#[tokio::test]
async fn replies_and_voice_are_checked_with_the_policy_they_lie_beside() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("policies/replies")).unwrap();
    let write = |name: &str, text: &[u8]| {
        std::fs::write(folder.path().join("policies").join(name), text).unwrap();
    };
    write("refunds.md", DUPLICATES.as_bytes());
    let english = ENGLISH.replace("{amount} is on", "{amonut} is on");
    write("replies/en.md", english.as_bytes());
    write("replies/fr.md", b"---\nlanguage: fr\n---\n# Caf\xe9\n");
    write("voice.md", VOICE.replace("# Never say", "# Nevr say").as_bytes());
    let check = |format: &'static str| ["policy", "check", "--format", format];
    let ran = run(folder.path(), &check("human"), &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    let (line, column) = place(&english, "{amonut}");
    let place = format!("policies/replies/en.md:{line}:{column}");
    for told in [
        place.as_str(),
        "did you mean `{amount}`?",
        "policies/replies/fr.md:4:6",
        "save the file as UTF-8",
        "policies/voice.md:",
        "did you mean `Never say`?",
        "policies: 3 errors",
    ] {
        assert!(ran.out.contains(told), "{told} is missing in:\n{}", ran.out);
    }
    let told = lines(&run(folder.path(), &check("json"), &[]).await);
    assert_eq!((told.len(), &told[0]["file"]), (3, &json!("policies/replies/en.md")));
    let ran = run(folder.path(), &check("github"), &[]).await;
    assert!(ran.out.contains(&format!("file=policies/replies/en.md,line={line},")), "{}", ran.out);
    let log: Value =
        serde_json::from_str(&run(folder.path(), &check("sarif"), &[]).await.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let place_of = |result: &Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone()
    };
    assert!(results.iter().any(|result| place_of(result) == "policies/replies/en.md"), "{log:#}");
    // One of them alone.
    for (path, code) in
        [("policies/replies", 2), ("policies/replies/en.md", 2), ("policies/refunds.md", 0)]
    {
        let ran = run(folder.path(), &["policy", "check", path], &[]).await;
        assert_eq!(ran.code, Some(code), "{ran:#?}");
    }
    write("voice.md", VOICE.as_bytes());
    let ran = run(folder.path(), &["policy", "check", "policies/voice.md"], &[]).await;
    assert!(ran.code == Some(0) && ran.out.contains("fine: a voice"), "{ran:#?}");
}

#[tokio::test]
async fn nothing_is_served_with_replies_that_have_mistakes() {
    let house = House::prepare(DUPLICATES, Options::default(), |config| config).await;
    let english = ENGLISH.replace("{amount} is on", "{amonut} is on");
    std::fs::create_dir(house.folder().join("replies")).unwrap();
    std::fs::write(house.folder().join("replies/en.md"), &english).unwrap();
    let (line, column) = place(&english, "{amonut}");
    let place = format!("replies/en.md:{line}:{column}");
    let told = [place.as_str(), "did you mean `{amount}`?", "correct them and start again"];
    let replies = [("QUITTANCE_POLICY__REPLIES", "replies")];
    run(house.folder(), &["serve"], &replies).await.fails_with(2, &told);
}

/// Two files of one policy, the second with one number changed.
fn with_longer_window() -> (String, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let old = std::fs::read_to_string(root.join("policies/refunds.md")).unwrap();
    let new = old.replace("| 14 days of the charge ", "| 21 days of the charge ");
    // The examples of the old window do not hold under the new one.
    let (rules, _) = new.split_once("## Worked examples").unwrap();
    (old, rules.replace("within 14 days of any", "within 21 days of any"))
}

#[tokio::test]
async fn a_ruling_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    std::fs::write(folder.path().join("policies/refunds.md"), with_longer_window().0).unwrap();
    let explain = |case: &'static str| ["policy", "explain", "--case", case];
    let arguments = explain("pro-monthly, 49 USD, 20 days ago, changed mind");
    let ran = run(folder.path(), &arguments, &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    for told in
        ["No refund.", "Changed your mind (refunds.md:31)", "6 days too late", "6 more clauses"]
    {
        assert!(ran.out.contains(told), "{told} is missing in:\n{}", ran.out);
    }
    let arguments = explain("pro-montly, 49 USD, changed mind");
    let told = ["`pro-montly` is no plan", "did you mean `pro-monthly`?", "cannot be understood"];
    run(folder.path(), &arguments, &[]).await.fails_with(2, &told);
    let ran = run(folder.path(), &["policy", "explain"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
}

/// A text with one space where there were several.
fn narrow(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_change_is_told_in_cases_and_money() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = with_longer_window();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("old.md", &old);
    write("new.md", &new);
    write(
        "cases.txt",
        "# three that change, one that does not\npro-monthly, 49 USD, 15 days ago, changed mind\n\n\
         ticket 7 | pro-monthly, 49 USD, 21 days ago, unused\npro-monthly, 49 USD, 22 days ago, unused\n\
         ticket 9|pro-monthly, 98 USD, 20 days ago, unused\n",
    );
    let by_cases = ["policy", "diff", "old.md", "new.md", "--cases", "cases.txt"];
    let ran = run(folder.path(), &by_cases, &[]).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    let out = narrow(&ran.out);
    for told in [
        "Case Paid Before After Money Decided by",
        "pro-monthly, 49 USD, 15 days ago, changed mind 49.00 USD refuse refund 49.00 USD +49.00 USD Changed your mind",
        "\nticket 7 49.00 USD refuse refund 49.00 USD +49.00 USD Changed your mind\n",
        "\nticket 9 98.00 USD refuse ask a person Changed your mind\n",
        "\nrefuse refund 2 98.00 USD +98.00 USD\nrefuse ask a person 1 98.00 USD\n",
        "\nChanged your mind 4 3 nothing 98.00 USD +98.00 USD\n",
        "3 of 4 cases come out otherwise. Refunds: nothing before, 98.00 USD after (+98.00 USD).",
    ] {
        assert!(out.contains(told), "{told} is missing in:\n{out}");
    }
    let markdown = [&by_cases[..], &["--format", "markdown"]].concat();
    let ran = run(folder.path(), &markdown, &[]).await;
    assert!(ran.out.starts_with("### What this policy changes"), "{}", ran.out);
    assert!(
        ran.out.contains("| Case | Paid | Before | After | Money | Decided by |"),
        "{}",
        ran.out
    );
    let json = [&by_cases[..], &["--format", "json"]].concat();
    let told: Value = serde_json::from_str(&run(folder.path(), &json, &[]).await.out).unwrap();
    assert_eq!((&told["cases"], &told["otherwise"]), (&json!(4), &json!(3)));
    assert_eq!(told["changed"].as_array().unwrap().len(), 3);
    // Without cases the examples are asked.
    let ran = run(folder.path(), &["policy", "diff", "old.md", "new.md"], &[]).await;
    assert!(ran.code == Some(1) && ran.out.contains("of 30 cases"), "{}", ran.out);
    let ran = run(folder.path(), &["policy", "diff", "old.md", "old.md"], &[]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(
        ran.out.contains("Both are the same") && ran.out.contains("None of 30 cases"),
        "{}",
        ran.out
    );
    // Examples that do not hold any more do not stand in the way, and are told.
    let wider = old.replace("| 14 days of the charge ", "| 21 days of the charge ");
    write("wider.md", &wider);
    let ran = run(folder.path(), &["policy", "diff", "old.md", "wider.md"], &[]).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(ran.err.contains("this example fails") && ran.out.contains("of 30 cases"), "{ran:#?}");
    // A limit that no case comes near.
    let higher = old.replace("100 USD, 90 EUR", "1,000 USD, 90 EUR");
    assert_ne!(higher, old);
    write("higher.md", &higher);
    let ran = run(folder.path(), &["policy", "diff", "old.md", "higher.md"], &[]).await;
    assert_eq!(ran.code, Some(1), "{ran:#?}");
    assert!(
        ran.out.contains("None of 30 cases") && ran.out.contains("Also changed, although none"),
        "{}",
        ran.out
    );
    write("cases.txt", "pro-monthly, changed mind\n{\"facts\": 1}\n");
    run(folder.path(), &by_cases, &[]).await.fails_with(2, &["cases.txt:1", "needs an amount"]);
}

#[tokio::test]
async fn cases_may_name_a_plan_that_a_change_removes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let (old, new) = with_longer_window();
    write("old.md", &old);
    write("new.md", &new.replace("pro-monthly", "plus-monthly"));
    // Some editors begin a file with a mark.
    write(
        "cases.txt",
        "\u{feff}# both\npro-monthly, 49 USD, 3 days ago, changed mind\n\
         plus-monthly, 49 USD, 3 days ago, changed mind\n",
    );
    let by_cases = ["policy", "diff", "old.md", "new.md", "--cases", "cases.txt"];
    let ran = run(folder.path(), &by_cases, &[]).await;
    assert!(ran.code == Some(1) && ran.out.contains("2 of 2 cases"), "{ran:#?}");
    write("cases.txt", "\u{feff}pro-monthly, 49 USD, 3 days ago, changed mind\n");
    let ran = run(folder.path(), &by_cases, &[]).await;
    assert!(ran.out.contains("1 of 1 case"), "{ran:#?}");
    for empty in ["", "\u{feff}", "# none\n\n"] {
        write("cases.txt", empty);
        run(folder.path(), &by_cases, &[]).await.fails_with(2, &["cases.txt has no case"]);
    }
}

#[tokio::test]
async fn a_folder_is_one_policy_and_its_problems_are_told_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("policies/a.md", DUPLICATES);
    write("policies/more/b.md", &DUPLICATES.replace("duplicate charge", "unused"));
    for other in ["REFERENCE.md", ".hidden.md", "replies/README.md", "notes.txt"] {
        write(&format!("policies/{other}"), "no policy");
    }
    write("policies/replies/en.md", ENGLISH);
    write("policies/voice.md", VOICE);
    let ran = run(folder.path(), &["policy", "check"], &[]).await;
    let told =
        "policies: fine: 2 rules in 2 files, 0 examples hold, replies in 1 language, a voice";
    assert!(ran.out.contains(told), "{ran:#?}");
    write("policies/more/b.md", &broken());
    let ran = run(folder.path(), &["policy", "check", "--format", "github"], &[]).await;
    assert_eq!(ran.code, Some(2), "{ran:#?}");
    let (line, column) = place(&broken(), "Whithin");
    let told = format!(
        "::error file=policies/more/b.md,line={line},endLine={line},col={column},endColumn={},title=Quittance::",
        column + 7
    );
    assert!(ran.out.contains(&told), "{told} is missing in:\n{}", ran.out);
    let ran = run(folder.path(), &["policy", "check", "--format", "sarif"], &[]).await;
    let log: Value = serde_json::from_str(&ran.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let in_line = |result: &&Value| {
        result["locations"][0]["physicalLocation"]["region"]["startLine"] == json!(line)
    };
    let result = results.iter().find(in_line).unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "policies/more/b.md");
    let fix = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "Within");
    write("policies/latin.md", "");
    std::fs::write(folder.path().join("policies/latin.md"), b"---\ntitle: caf\xe9\n---\n").unwrap();
    let ran = run(folder.path(), &["policy", "check"], &[]).await;
    ran.fails_with(2, &["latin.md:2: this is not UTF-8"]);
}
