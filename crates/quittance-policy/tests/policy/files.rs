//! The policies that are shipped, and real ones that other companies published.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use quittance_core::policy::{Answer, evaluate};
use quittance_policy::{Checked, Problem, Severity, Source, align, read_all, reference};

/// Files in the policy folder that are not policies.
const NOT_POLICIES: [&str; 3] = ["README.md", "REFERENCE.md", "voice.md"];

fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies")
}

fn markdown_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    files.sort();
    files
}

fn parse(path: &Path) -> Checked {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    quittance_policy::read(name, &text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Every example of a policy, its answer and the grounds.
fn rulings(policy: &Checked) -> String {
    let mut page = String::new();
    for example in &policy.examples {
        let ruling = evaluate(&policy.policy, &example.asked.question());
        let answer = match ruling.answer {
            Answer::Refund { amount } => format!("refund {amount}"),
            Answer::Ask if ruling.is_gap => "gap".to_owned(),
            Answer::Ask => "ask a person".to_owned(),
            Answer::Refuse => "refuse".to_owned(),
        };
        writeln!(page, "{} -> {answer}", example.case).unwrap();
        for applied in &ruling.clauses {
            let because: Vec<_> = applied.because.iter().map(ToString::to_string).collect();
            writeln!(page, "    {}: {}", applied.clause, because.join("; ")).unwrap();
        }
        for passed in &ruling.considered {
            let because: Vec<_> = passed.because.iter().map(ToString::to_string).collect();
            writeln!(page, "    not {}: {}", passed.clause, because.join("; ")).unwrap();
        }
        for claim in &ruling.claims {
            writeln!(page, "    on the word of the {:?}: {}", claim.word, claim.reason).unwrap();
        }
    }
    page
}

/// The shipped policies are one, and the one that the demo began with also stands alone.
#[test]
fn the_shipped_policy_rules_as_its_examples_say() {
    let paths = markdown_in(&policies());
    let mut sources = Vec::new();
    for path in &paths {
        if !NOT_POLICIES.iter().any(|other| path.ends_with(other)) {
            let name = path.file_name().unwrap().to_str().unwrap();
            sources.push(Source::new(name, &std::fs::read_to_string(path).unwrap()));
        }
    }
    let policy = read_all(&sources).unwrap_or_else(|problems| panic!("{problems}"));
    let warnings = policy.warnings.iter().filter(|problem| problem.severity != Severity::Note);
    assert_eq!(warnings.collect::<Vec<_>>(), Vec::<&Problem>::new());
    let names: Vec<&str> = policy.policy.documents.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        ["annual.md", "disputes.md", "outages.md", "purchases.md", "refunds.md", "trials.md"]
    );
    for name in names {
        let of_file = Checked {
            examples: policy.examples.iter().filter(|it| it.file == name).cloned().collect(),
            ..policy.clone()
        };
        insta::assert_snapshot!(
            format!("rulings_of_{}", name.trim_end_matches(".md")),
            rulings(&of_file)
        );
    }
    every_clause_is_shown_at_work_and_at_its_limit(&policy);
    let alone = parse(&policies().join("refunds.md"));
    assert_eq!(alone.warnings, []);
}

/// Each clause with a rule decides an example. One that gives money has one in which it gives, and one in
/// which its conditions or limits stop it; one that does not has an example of its reasons that is not its.
fn every_clause_is_shown_at_work_and_at_its_limit(policy: &Checked) {
    for clause in policy.policy.clauses().filter(|clause| clause.rule.is_some()) {
        let rule = clause.rule.as_ref().unwrap();
        let answers: Vec<Answer> = policy
            .examples
            .iter()
            .flat_map(|example| &example.ruling.clauses)
            .filter(|applied| applied.clause == clause.anchor)
            .map(|applied| applied.answer)
            .collect();
        let passed = policy
            .examples
            .iter()
            .flat_map(|example| evaluate(&policy.policy, &example.asked.question()).considered)
            .any(|passed| passed.clause == clause.anchor);
        let gives = answers.iter().any(|answer| matches!(answer, Answer::Refund { .. }));
        let stops = answers.iter().any(|answer| !matches!(answer, Answer::Refund { .. }));
        let is_bounded = !rule.conditions.is_empty() || !rule.plans.is_empty();
        if rule.terms().is_some() {
            assert!(gives, "no example in which `{}` gives money", clause.anchor);
            assert!(stops, "no example of a limit of `{}`", clause.anchor);
        } else {
            assert!(stops, "no example for `{}`", clause.anchor);
            assert!(passed || !is_bounded, "no example of a limit of `{}`", clause.anchor);
        }
    }
}

#[test]
fn policies_written_from_real_companies_hold() {
    for name in ["abcd", "corecraft"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/{name}.md"));
        let policy = parse(&path);
        let warnings = policy.warnings.iter().filter(|it| it.severity != Severity::Note);
        assert_eq!(warnings.collect::<Vec<_>>(), Vec::<&Problem>::new());
        insta::assert_snapshot!(format!("rulings_of_{name}"), rulings(&policy));
    }
}

#[test]
fn the_reference_page_is_the_parsers_own_table() {
    let path = policies().join("REFERENCE.md");
    let written = std::fs::read_to_string(&path).unwrap();
    if written != reference() {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("REFERENCE.md");
        std::fs::write(&fresh, reference()).unwrap();
        panic!("policies/REFERENCE.md is out of date; the new page is {}", fresh.display());
    }
}

/// Nothing is lost of what other companies published, in whatever language, when their tables are aligned.
#[test]
fn real_policies_stay_what_they_are_when_they_are_aligned() {
    let Some(data) = std::env::var_os("QUITTANCE_DATA").map(PathBuf::from) else {
        eprintln!("skipped: QUITTANCE_DATA is not set, so there are no published policies");
        return;
    };
    let mut files = markdown_in(&data.join("policies"));
    files.push(data.join("corecraft/policy.md"));
    files.push(data.join("abcd/policy.md"));
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let aligned = align(&text).text;
        assert_eq!(align(&aligned).text, aligned, "{}", path.display());
        let bare = |text: &str| text.replace(['-', ' ', '\t', '|', ':'], "");
        assert_eq!(bare(&aligned), bare(&text), "{}", path.display());
        let lines = |text: &str| text.lines().filter(|line| !line.contains('|')).count();
        assert_eq!(lines(&aligned), lines(&text), "{}", path.display());
    }
}

/// Published policies have no rules and other front matter, so front matter is all that is wrong.
#[test]
fn real_policies_are_read_without_a_problem_but_their_front_matter() {
    let Some(data) = std::env::var_os("QUITTANCE_DATA").map(PathBuf::from) else {
        eprintln!("skipped: QUITTANCE_DATA is not set, so there are no published policies");
        return;
    };
    let mut files = markdown_in(&data.join("policies"));
    files.push(data.join("corecraft/policy.md"));
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let problems = quittance_policy::read("published.md", &text).unwrap_err();
        let front = text.strip_prefix("---\n").and_then(|rest| rest.find("\n---"));
        let body = front.map_or(0, |end| end + 8);
        for problem in problems.errors() {
            assert!(problem.span.start <= body, "{}: {problem}", path.display());
        }
        // With front matter of ours the rest is a policy, and no word of it is lost.
        let ours = format!("{}{}", crate::world::FRONT, &text[body..]);
        let policy = quittance_policy::read("published.md", &ours).unwrap();
        let told: usize = policy.policy.clauses().map(|clause| words(&clause.prose)).sum();
        let headings: usize = policy.policy.clauses().map(|clause| words(&clause.heading)).sum();
        assert!(told + headings >= words(&text[body..]) * 9 / 10, "{}", path.display());
        let only_warning = "no clause has a table `Rule | Value`: every case goes to a person";
        let warnings: Vec<_> = policy
            .warnings
            .iter()
            .filter(|problem| !is_about_the_page(&problem.message))
            .map(|problem| (problem.severity, problem.message.as_str()))
            .collect();
        assert_eq!(warnings, [(Severity::Warning, only_warning)]);
    }
    assert!(files.len() > 20);
}

/// Whether a problem is about a page as such, which others may leave as it is.
fn is_about_the_page(message: &str) -> bool {
    ["no heading there", "nothing stands under", "this link leads"]
        .iter()
        .any(|start| message.starts_with(start))
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
