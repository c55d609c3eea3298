//! Rulings in words.

use std::fmt::Write as _;

use quittance_core::policy::{Policy, evaluate};
use quittance_policy::{Case, explain};

use crate::world::at;

fn sample() -> Policy {
    let text = include_str!("../../../../policies/refunds.md");
    quittance_policy::read("refunds.md", text).unwrap().policy
}

#[test]
fn a_ruling_is_told_clause_by_clause_and_by_how_much() {
    let policy = sample();
    let mut page = String::new();
    for text in [
        "pro-monthly, 49 USD, 3 days ago, changed mind",
        "pro-monthly, 49 USD, 20 days ago, changed mind",
        "pro-monthly, 98 USD, 3 days ago, changed mind, refunded in March",
        "pro-monthly, 147 USD, 3 days ago, changed mind, asks for 20 USD",
        "team-yearly, 588 USD, 2 months ago, changed mind",
        "pro-monthly, 49 USD, 2 days ago, charged twice",
        "lifetime, 299 USD, 1 day ago, changed mind",
        "pro-monthly, 49 USD, yesterday, goodwill",
    ] {
        let case = Case::in_words(&policy, text, at("2026-07-01T12:00:00Z")).unwrap();
        let ruling = evaluate(&policy, &case.question());
        writeln!(page, "== {text}\n\n{}", explain(&policy, &case.question(), &ruling)).unwrap();
    }
    insta::assert_snapshot!(page);
}

#[test]
fn a_case_that_cannot_be_understood_is_explained() {
    let problems =
        Case::in_words(&sample(), "pro-montly, 49 USD", at("2026-07-01T12:00:00Z")).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "the case:1:1: error: `pro-montly` is no plan of a clause, reason, age or amount; did you mean `pro-monthly`?"
    );
}
