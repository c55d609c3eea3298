//! What support leads are told about the mistakes they make in policies.

use std::fmt::Write as _;

use super::run;

const CORECRAFT: &str = include_str!("../../crates/quittance-policy/tests/data/corecraft.md");
const ABCD: &str = include_str!("../../crates/quittance-policy/tests/data/abcd.md");

/// What is said about each mistake, as it is shown to people: the right words, the wrong ones, and what is
/// wrong.
async fn told(policy: &str, mistakes: &[(&str, &str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut page = String::new();
    for (what, right, wrong) in mistakes {
        assert!(policy.contains(right), "{what}: the policy has no {right}");
        let text = policy.replacen(right, wrong, 1);
        std::fs::write(folder.path().join("refunds.md"), text).unwrap();
        let ran = run(folder.path(), &["policy", "check", "refunds.md"], &[]).await;
        assert_ne!(ran.code, Some(0), "{what} is not seen: {ran:#?}");
        writeln!(page, "== {what}\n\n{}", ran.out).unwrap();
    }
    page
}

#[tokio::test]
async fn mistakes_in_a_shops_policy_are_explained() {
    let page = told(
        CORECRAFT,
        &[
            (
                "a row is misspelt",
                "| Within     | 30 days of the charge",
                "| Whithin    | 30 days of the charge",
            ),
            (
                "a reason that is none",
                "changed mind, unused, bought by mistake",
                "changed mind, price match",
            ),
            (
                "an amount without its currency",
                "| 5,000 USD ",
                "| 5,000 ",
            ),
            (
                "a thousand with a point",
                "| 5,000 USD ",
                "| 5.000 USD ",
            ),
            (
                "more than everything",
                "| Refund     | in full ",
                "| Refund     | 120 % ",
            ),
            (
                "no decision",
                "| Decision   | refund                                              |\n",
                "",
            ),
            (
                "two decisions",
                "| Decision   | refund  ",
                "| Decision   | refund or ask  ",
            ),
            (
                "an example that fails",
                "| 39.99 USD, 31 days ago, changed mind                              | refuse ",
                "| 39.99 USD, 31 days ago, changed mind                              | refund in full ",
            ),
            (
                "working days",
                "| 30 days of the charge",
                "| 30 business days",
            ),
            (
                "no line of dashes under the head of a table",
                "| ---------- | --------------------------------------------------- |\n",
                "",
            ),
            (
                "no empty line below the table",
                "| Decision   | ask a person         |\n\n",
                "| Decision   | ask a person         |\nWrite to us first, please.\n\n",
            ),
            (
                "prose that says something else",
                "within 30 days of the purchase, unopened",
                "within 14 days of the purchase, unopened",
            ),
            (
                "a day that is none",
                "effective: 2025-01-01",
                "effective: 2025-02-30",
            ),
            (
                "a clause that another one swallows",
                "## Charged twice",
                "## Unused parts\n\nUnused parts can be returned.\n\n| Rule | Value |\n| --- | --- |\n| Reason | unused |\n| Decision | ask a person |\n\n## Charged twice",
            ),
            (
                "a plan that no clause lists",
                "| 39.99 USD, 6 days ago, bought by mistake ",
                "| gaming-pc, 39.99 USD, 6 days ago, bought by mistake ",
            ),
        ],
    )
    .await;
    insta::assert_snapshot!(page);
}

#[tokio::test]
async fn mistakes_in_a_policy_by_membership_are_explained() {
    let page = told(
        ABCD,
        &[
            (
                "an attribute is misspelt",
                "| Applies when | one-off purchase, member_level is guest                                |\n| Within",
                "| Applies when | one-off purchase, member_levle is guest                                |\n| Within",
            ),
            (
                "one or the other",
                "one-off purchase, member_level is gold, silver, bronze",
                "member_level is gold or amount below 50 USD",
            ),
            (
                "no reason",
                "| Reason       | goodwill                                                               |\n",
                "",
            ),
            (
                "words for a number",
                "| At most      | 40 USD",
                "| At most      | forty USD",
            ),
            (
                "half a year",
                "| Within       | 6 months of the purchase",
                "| Within       | half a year from the purchase",
            ),
            (
                "a limit without a period",
                "| Per customer | 2 in 12 months",
                "| Per customer | max 2",
            ),
            (
                "whose word it is",
                "| the customer's word up to 10 USD, else a person ",
                "| the customer up to 10 USD, then a person ",
            ),
            (
                "the head of a table",
                "| Rule         | Value ",
                "| Rule         | Values ",
            ),
            (
                "a currency that is none",
                "currency: usd",
                "currency: dollars",
            ),
            (
                "an example without a reason",
                "| 60 USD, 5 days ago, not recognized ",
                "| 60 USD, 5 days ago, not mine ",
            ),
            (
                "a limit of a clause that refuses",
                "| Applies when | charge at most 7 days ago                                              |",
                "| At most      | 5 USD                                                                  |",
            ),
            (
                "a stricter clause that forgot its condition",
                "| Applies when | one-off purchase, member_level is silver, charge more than 6 months ago |",
                "| Applies when | one-off purchase, member_level is silver |",
            ),
            (
                "the same row under two names",
                "| Refund       | 40 USD",
                "| Amount       | 40 USD |\n| Refund       | 50 USD",
            ),
            (
                "a heading marked as bold text",
                "## A parcel that is late",
                "**A parcel that is late**",
            ),
        ],
    )
    .await;
    insta::assert_snapshot!(page);
}
