//! Rules that would silently not be enforced: rows outside their table, tables with other heads, values
//! beyond what is read.

use quittance_core::policy::Answer;
use quittance_core::reason::Reason;
use quittance_policy::{Problem, Severity, Source, read, read_all};

use crate::world::{FRONT, ask, charge};

/// A clause whose last row is parted from the others by something.
fn parted(between: &str, row: &str) -> String {
    let rows = "| Rule | Value |\n|---|---|\n| Reason | changed mind |\n| Decision | refund |\n";
    format!("{FRONT}\n# A\n\n## B\n\nProse.\n\n{rows}{between}{row}\n")
}

fn told(text: &str) -> Vec<Problem> {
    match read("p.md", text) {
        Ok(checked) => checked.warnings,
        Err(problems) => problems.list,
    }
}

#[test]
fn a_row_outside_its_table_is_an_error() {
    let row = "| At most | 60 USD |";
    for (between, row) in [
        ("\n", row),
        ("\n<!-- was 50 -->\n", row),
        ("\n---\n", row),
        ("\n***\n\n", row),
        ("\n", "- | At most | 60 USD |"),
        ("\n", "> | Within | 14 days |"),
        ("\n<div>\n", row),
        ("\n### Limits\n\n", row),
        ("\n", "At most | 60 USD"),
        ("\n<!-- | Refund | 50 % | -->\n", row),
        ("\n| Refund | in full |\n\n", row),
    ] {
        let text = parted(between, row);
        let problems = read("p.md", &text).expect_err(&text);
        let problem = problems.errors().next().unwrap();
        assert!(problem.message.contains("outside its table"), "{text}\n{problems}");
        let told = problems.errors().map(|problem| problem.text.as_str()).collect::<String>();
        assert!(told.contains("At most") || told.contains("Within"), "{problems}");
    }
    assert!(read("p.md", &parted("", row)).is_ok());
}

#[test]
fn a_row_in_code_or_a_comment_is_warned_about() {
    for (between, row) in
        [("\n```\n", "| At most | 60 USD |\n```"), ("\n", "<!-- | At most | 60 USD | -->")]
    {
        let found = told(&parted(between, row));
        let [problem] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!(problem.severity, Severity::Warning);
        assert!(problem.message.contains("not enforced"), "{problem}");
    }
    // Where nothing is enforced, code may show how a policy is written.
    let shown = format!("{FRONT}\n# A\n\nText.\n\n```\n| Reason | unused |\n```\n");
    assert!(told(&shown).iter().all(|problem| problem.message.starts_with("no clause")));
    // A table of prose may say what it likes.
    let prose = format!("{FRONT}\n# A\n\n| Reason | What then |\n|---|---|\n| Within | a word |\n");
    assert!(told(&prose).iter().all(|problem| problem.message.starts_with("no clause")));
}

#[test]
fn a_rule_without_its_head_is_told() {
    let headless = "| Reason | changed mind |\n|---|---|\n| Decision | refund |\n";
    let as_lines = "Reason: changed mind\nDecision: refund\n";
    let as_cells = "Reason\tchanged mind\nDecision\trefund\n";
    let in_list = "- | Rule | Value |\n- | Reason | changed mind |\n";
    let unspaced = "##Late\n\nText.\n";
    for (text, severity, message) in [
        (headless, Severity::Error, "would not be enforced"),
        (as_lines, Severity::Warning, "a rule is a table"),
        (as_cells, Severity::Warning, "a rule is a table"),
        (in_list, Severity::Error, "outside its table"),
        (unspaced, Severity::Warning, "a space belongs behind `##`"),
    ] {
        let found = told(&format!("{FRONT}\n# A\n\n## B\n\n{text}"));
        let is_told = |problem: &&Problem| problem.message.contains(message);
        let problem = found.iter().find(is_told).unwrap_or_else(|| panic!("{text}\n{found:#?}"));
        assert_eq!(problem.severity, severity, "{problem}");
    }
}

#[test]
fn examples_under_another_head_are_told() {
    for head in ["Example | Expected", "Case | Answer", "Situation | Outcome"] {
        let rows = "| 49 USD, 3 days ago, changed mind | refund 49 USD |\n";
        let examples = format!("\n## Examples\n\n| {head} |\n|---|---|\n{rows}");
        let text = parted("", "| At most | 60 USD |") + &examples;
        let problems = read("p.md", &text).expect_err(head);
        assert!(problems.to_string().contains("would not be run"), "{problems}");
    }
    // A summary for readers is no example.
    let summary = "\n## In short\n\n| When | What |\n|---|---|\n| within 14 days | refund |\n";
    assert!(read("p.md", &(parted("", "| At most | 60 USD |") + summary)).is_ok());
}

#[test]
fn words_that_are_taken_for_a_plan_are_told() {
    for (names, message) in [
        ("plan pro-monthly", "list them as `plans: one, two`"),
        ("pro-monthly plans", "list them as `plans: one, two`"),
        ("all plans", "for all, leave the row out"),
        ("everything", "for all, leave the row out"),
        ("all plans except pro-yearly", "for all, leave the row out"),
        ("pro-monthly/pro-yearly", "commas part names"),
        ("plans: pro-monthly, pro-montly", "`pro-monthly` and `pro-montly` are two names"),
    ] {
        let text = parted("", &format!("| Applies to | {names} |"));
        let found = told(&text);
        let [problem] = found.as_slice() else { panic!("{names}: {found:#?}") };
        assert_eq!(problem.severity, Severity::Warning);
        assert!(problem.message.contains(message), "{problem}");
        assert!(names.contains(&problem.text), "{problem}");
    }
    for names in ["plans: pro-monthly, pro-yearly", "products: All-in-one desk, A4 paper"] {
        assert_eq!(told(&parted("", &format!("| Applies to | {names} |"))), []);
    }
}

#[test]
fn nothing_beyond_a_hundred_values_is_dropped_in_silence() {
    let countries: Vec<String> = ('A'..='Z')
        .flat_map(|one| ('A'..='Z').map(move |other| format!("{one}{other}")))
        .take(110)
        .collect();
    let rule = |row: &str| parted("", row);
    for row in [
        format!("| Applies when | country is not {}, first charge |", countries.join(", ")),
        format!("| Per customer | {} |", vec!["1 in 12 months"; 110].join(", ")),
    ] {
        let problems = read("p.md", &rule(&row)).expect_err(&row);
        assert!(problems.to_string().contains("at most 100"), "{problems}");
    }
}

#[test]
fn an_error_behind_many_warnings_is_one() {
    let keys: Vec<String> = (0..520).map(|at| format!("key{at}: 1\n")).collect();
    let front = FRONT.replacen("---\n", &format!("---\n{}", keys.concat()), 1);
    let text = parted("", "| Whithin | 14 days |").replace(FRONT, &front);
    let problems = read("p.md", &text).unwrap_err();
    assert!(problems.to_string().contains("no row is called `Whithin`"), "{problems}");
}

#[test]
fn files_of_the_same_name_in_two_folders_have_clauses_of_their_own() {
    let clause = |prose: &str| parted("", "").replace("Prose.", prose);
    let file = |name: &str, prose: &str| Source::new(name, &clause(prose));
    let policy = read_all(&[file("eu/a.md", "Here."), file("us/a.md", "There.")]).unwrap().policy;
    let anchors: Vec<&str> = policy.clauses().map(|clause| clause.anchor.as_str()).collect();
    assert_eq!(anchors, ["eu/a/a", "eu/a/b", "us/a/a", "us/a/b"]);
    let ruling = ask(&policy, vec![charge("ch_1")], Reason::ChangedMind);
    assert!(matches!(ruling.answer, Answer::Refund { .. }));
    let again = [file("eu/a.md", "Here."), file("eu/a.markdown", "There.")];
    let problems = read_all(&again).unwrap_err();
    assert!(problems.to_string().contains("another file has the same name"), "{problems}");
}

#[test]
fn many_dead_links_are_told_in_time() {
    // Every name is near every other one.
    let headings: Vec<String> =
        (0..1_900).map(|at| format!("## Some heading of many {at}\n\n")).collect();
    let links: Vec<String> =
        (0..4_000).map(|at| format!("[x](#some-heading-of-many-x{at}) ")).collect();
    let text = format!("{FRONT}\n# A\n\n{}\n{}\n", headings.concat(), links.concat());
    let found = told(&text);
    assert!(found.iter().any(|problem| problem.message.contains("more problems are not shown")));
}
