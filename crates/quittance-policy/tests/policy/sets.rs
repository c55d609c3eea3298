//! Policies of several files, and what clauses say together.

use quittance_core::policy::{Answer, Because};
use quittance_core::reason::Reason;
use quittance_policy::{Checked, Severity, Source, bundle, read_all, text, unbundle};

use crate::world::{FRONT, ask, assert_short, at, charge, facts, money};

fn clause(heading: &str, rows: &str) -> String {
    format!("\n## {heading}\n\nProse.\n\n| Rule | Value |\n| --- | --- |\n{rows}")
}

fn source(name: &str, clauses: &str) -> Source {
    Source::new(name, &format!("{FRONT}{clauses}"))
}

fn checked(sources: &[Source]) -> Checked {
    read_all(sources).unwrap_or_else(|problems| panic!("{problems}"))
}

const GIVES: &str = "| Reason | changed mind |\n| Decision | refund |\n";
const REFUSES: &str =
    "| Reason | changed mind |\n| Decision | refuse |\n| Applies to | lifetime |\n";

#[test]
fn the_clauses_of_all_files_count_and_their_order_says_nothing() {
    let sources = [
        source("b.md", &clause("Changed mind", GIVES)),
        source("a.md", &clause("Changed mind", REFUSES)),
    ];
    let one = checked(&sources);
    let other = checked(&[sources[1].clone(), sources[0].clone()]);
    assert_eq!(one, other);
    let anchors: Vec<&str> = one.policy.clauses().map(|clause| clause.anchor.as_str()).collect();
    assert_eq!(anchors, ["a/changed-mind", "b/changed-mind"]);
    let ruling = ask(&one.policy, vec![charge("ch_1")], Reason::ChangedMind);
    assert_eq!(ruling.answer, Answer::Refund { amount: money(4_900, "USD") });
    let mut lifetime = charge("ch_1");
    lifetime.plans = vec!["lifetime".to_owned()];
    assert_eq!(ask(&one.policy, vec![lifetime], Reason::ChangedMind).answer, Answer::Refuse);
}

#[test]
fn a_version_can_be_taken_apart_again() {
    let sources = [source("a.md", &clause("One", GIVES)), source("b.md", &clause("Two", REFUSES))];
    let policy = checked(&sources).policy;
    assert_eq!(text(&policy), bundle(&sources));
    let again = unbundle("policy.md", &text(&policy));
    assert_eq!(again, sources);
    assert_eq!(checked(&again).policy.version, policy.version);
    let alone = checked(&sources[..1]).policy;
    assert_eq!(text(&alone), sources[0].text);
}

#[test]
fn problems_of_every_file_are_told_at_once() {
    let sources = [
        source("a.md", &clause("One", "| Reason | changd mind |\n| Decision | refund |\n")),
        source("b.md", &clause("Two", "| Reason | unused |\n| Decision | refnd |\n")),
        Source::new("c.md", "no front matter"),
        source("c.md", ""),
    ];
    let problems = read_all(&sources).unwrap_err().list;
    let told: Vec<(&str, usize)> =
        problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
    assert_eq!(told, [("a.md", 14), ("b.md", 15), ("c.md", 1), ("c.md", 1)]);
    assert!(problems[3].message.contains("same name"));
    assert!(read_all(&[]).is_err());
}

#[test]
fn an_example_is_asked_of_all_files() {
    let example = "\n## Examples\n\n| Case | Expect |\n|---|---|\n| lifetime, 49 USD, changed mind | refuse |\n";
    let gives = source("a.md", &format!("{}{example}", clause("One", GIVES)));
    let refuses = source("b.md", &clause("Two", REFUSES));
    assert_eq!(checked(&[gives.clone(), refuses]).examples[0].file, "a.md");
    let problems = read_all(&[gives]).unwrap_err();
    assert!(problems.list[0].message.contains("no plan of a clause"), "{problems}");
}

#[test]
fn a_file_holds_from_its_first_day_to_its_last() {
    let later = FRONT.replace("2026-01-01", "2026-07-02");
    let ended = FRONT.replace("---\ntitle", "---\nuntil: 2026-06-30\ntitle");
    for (front, expected) in [
        (later.as_str(), Because::NotInForce { from: "2026-07-02".parse().unwrap(), until: None }),
        (
            ended.as_str(),
            Because::NotInForce {
                from: "2026-01-01".parse().unwrap(),
                until: Some("2026-06-30".parse().unwrap()),
            },
        ),
    ] {
        let source = Source::new("a.md", &format!("{front}{}", clause("One", GIVES)));
        let policy = checked(&[source]).policy;
        // It is 1 July.
        let ruling = ask(&policy, vec![charge("ch_1")], Reason::ChangedMind);
        assert!(ruling.is_gap);
        assert_eq!(ruling.considered[0].because, [expected]);
        let mut facts = facts(vec![charge("ch_1")]);
        facts.as_of = at(if front.contains("until") {
            "2026-06-30T23:59:59Z"
        } else {
            "2026-07-02T00:00:00Z"
        });
        let question = quittance_core::policy::Question {
            facts: &facts,
            charge: &facts.charges[0],
            reason: Reason::ChangedMind,
            asked: None,
            prior: &[],
        };
        assert!(!quittance_core::policy::evaluate(&policy, &question).is_gap);
    }
    let odd = Source::new("a.md", &FRONT.replace("---\ntitle", "---\nuntil: 2025-12-31\ntitle"));
    let problems = read_all(&[odd]).unwrap_err();
    assert!(problems.list[0].message.contains("lies before"), "{problems}");
}

/// What is said about two clauses beyond errors.
fn together(one: &str, other: &str) -> Vec<String> {
    let file = source("a.md", &format!("{}{}", clause("One", one), clause("Two", other)));
    let warnings = checked(&[file]).warnings;
    warnings.iter().for_each(assert_short);
    warnings.iter().map(|problem| format!("{}:{}", problem.severity, problem.message)).collect()
}

#[test]
fn a_clause_that_a_stricter_one_always_joins_is_told() {
    let narrow = "| Reason | changed mind |\n| Decision | refund |\n| Applies to | pro |\n| Within | 14 days |\n";
    let wide = "| Reason | changed mind, unused |\n| Decision | ask |\n| Within | 30 days |\n";
    let told = together(narrow, wide);
    // Beyond thirty days nothing but the first clause speaks, and refuses.
    assert_eq!(told, ["warning:this clause never gives money back: `Two` is stricter"]);
    let told = together(narrow, &wide.replace("| Within | 30 days |\n", ""));
    assert_eq!(told, ["warning:this clause never decides: `Two` is stricter"]);
    // The stricter clause is about fewer cases.
    let told = together(narrow, &wide.replace("30 days", "7 days"));
    assert!(told[0].starts_with("note:`One` can be about the same case"), "{told:?}");
}

#[test]
fn clauses_that_cannot_meet_are_left_alone() {
    let with = |rows: &str| format!("{GIVES}{rows}");
    let asks = |rows: &str| format!("| Reason | changed mind |\n| Decision | ask |\n{rows}");
    for (one, other) in [
        ("| Applies to | pro |\n", "| Applies to | team |\n"),
        ("| Applies when | renewal |\n", "| Applies when | first charge |\n"),
        ("| Applies when | amount below 50 USD |\n", "| Applies when | amount at least 50 USD |\n"),
        ("| Applies when | country is US |\n", "| Applies when | country is not US |\n"),
        ("| Applies when | usage_hours below 1 |\n", "| Applies when | usage_hours at least 1 |\n"),
        ("| Applies when | one-off purchase |\n", "| Applies to | pro |\n"),
        ("| Applies when | never disputed |\n", "| Applies when | disputed before |\n"),
        ("| Within | 6 months |\n", "| Applies when | charged more than 6 months ago |\n"),
    ] {
        assert!(together(&with(one), &asks(other)).is_empty(), "{one} {other}");
    }
    assert_eq!(
        together(
            &with("| Applies when | amount below 50 USD |\n"),
            &asks("| Applies when | amount below 60 USD |\n")
        )
        .len(),
        1
    );
    assert!(together(GIVES, GIVES).is_empty(), "the same answer twice is one answer");
}

#[test]
fn a_clause_that_meets_many_others_is_told_once() {
    let asks = "| Reason | any reason |\n| Decision | ask |\n| Applies when | disputed before |\n";
    let plans = ["one", "two", "three", "four", "five", "six"];
    let others = plans.map(|plan| clause(plan, &format!("{GIVES}| Applies to | {plan} |\n")));
    let file = source("a.md", &format!("{}{}", clause("Disputed", asks), others.concat()));
    let warnings = checked(&[file]).warnings;
    warnings.iter().for_each(assert_short);
    let [told] = &warnings[..] else { panic!("{warnings:#?}") };
    assert_eq!(told.text, "Disputed");
    assert_eq!(
        told.message,
        "6 other clauses can be about the same cases: then the stricter answer counts"
    );
    let note = told.note.as_deref().unwrap();
    assert!(note.starts_with("here `ask a person`; `one` answers `refund in full`"), "{note}");
    assert!(note.ends_with("and 2 more"), "{note}");
}

#[test]
fn a_clause_without_prose_or_with_missing_currencies_is_told() {
    let text = format!(
        "{FRONT}\n## A\n\n| Rule | Value |\n|---|---|\n{GIVES}| At most | 100 USD, 90 EUR |\n| Rests on | the customer's word up to 50 USD, else a person |\n"
    );
    let warnings = checked(&[Source::new("a.md", &text)]).warnings;
    let told: Vec<_> = warnings.iter().map(|one| (one.severity, one.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (Severity::Warning, "this clause has no prose, which is what customers are told"),
            (
                Severity::Warning,
                "`Rests on` has no amount in EUR, so refunds in that currency go to a person"
            ),
        ]
    );
}
