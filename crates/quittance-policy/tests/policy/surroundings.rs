//! What is said of a policy's ceilings, links and gaps.

use std::collections::BTreeMap;

use quittance_core::limits::{Caps, Limits};
use quittance_policy::{Checked, Folder, Problem, Severity, Source, Surroundings, read_in};

use crate::world::{FRONT, assert_short, money};

const CLAUSE: &str = "\n## Changed mind\n\nProse.\n\n| Rule | Value |\n| --- | --- |\n| Reason | changed mind |\n| Decision | refund |\n";

fn checked(text: &str, around: &Surroundings) -> Checked {
    let source = Source::new("a.md", text);
    let checked = read_in(&[source], around).unwrap_or_else(|problems| panic!("{problems}"));
    checked.warnings.iter().chain(&checked.gaps).for_each(assert_short);
    checked
}

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn ceilings() -> Surroundings {
    let caps = Caps {
        per_refund: money(20_000, "USD"),
        per_charge: money(20_000, "USD"),
        per_customer_month: money(30_000, "USD"),
        per_day: money(200_000, "USD"),
        per_month: money(2_000_000, "USD"),
        per_reason_day: BTreeMap::from([("goodwill", money(10_000, "USD"))])
            .into_iter()
            .map(|(name, most)| (serde_json::from_value(serde_json::json!(name)).unwrap(), most))
            .collect(),
    };
    let limits = Limits {
        refunds_per_hour: 30,
        currencies: BTreeMap::from([("USD".parse().unwrap(), caps)]),
    };
    Surroundings { limits: Some(limits), ..Surroundings::default() }
}

#[test]
fn what_the_ceilings_forbid_is_told_at_the_amount() {
    let rows = "| At most | 500 USD, 450 EUR |\n| Per customer | 700 USD, 600 EUR in 1 month |\n| Rests on | the customer's word up to 300 USD, 250 EUR, else a person |\n";
    let warnings = checked(&format!("{FRONT}{CLAUSE}{rows}"), &ceilings()).warnings;
    insta::assert_snapshot!(told(&warnings).join("\n"));
    // What stays below them, and what nobody knows of, is not told.
    let sound = "| At most | 200 USD |\n| Per customer | 600 USD in 1 month |\n| Rests on | the customer's word up to 150 USD, else a person |\n";
    let text = format!("{FRONT}{CLAUSE}{sound}");
    assert_eq!(told(&checked(&text, &ceilings()).warnings), [""; 0]);
    let around = Surroundings::default();
    assert_eq!(told(&checked(&format!("{FRONT}{CLAUSE}{rows}"), &around).warnings), [""; 0]);
}

#[test]
fn a_reason_has_its_own_ceiling_and_a_policy_its_currency() {
    let goodwill = CLAUSE.replace("changed mind", "goodwill");
    let text = format!("{FRONT}{goodwill}| At most | 150 USD |\n");
    let warnings = checked(&text, &ceilings()).warnings;
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert_eq!(warnings[0].suggestion.as_deref(), Some("100.00 USD"));
    assert!(warnings[0].note.as_ref().unwrap().contains("per_reason_day.goodwill"));
    let both = CLAUSE.replace("changed mind", "changed mind, goodwill");
    let text = format!("{FRONT}{both}| At most | 150 USD |\n");
    assert_eq!(told(&checked(&text, &ceilings()).warnings), [""; 0]);
    let euros = FRONT.replace("usd", "eur");
    let warnings = checked(&format!("{euros}{CLAUSE}"), &ceilings()).warnings;
    assert_eq!((warnings.len(), warnings[0].text.as_str(), warnings[0].line), (1, "eur", 4));
}

fn linked(links: &str, folder: Option<Folder>) -> Vec<Problem> {
    let around = Surroundings { folder, ..Surroundings::default() };
    let text = format!(
        "{FRONT}\n# Refunds & returns\n\n{links}\n\n<a id=\"old-name\"></a>\n\n## Twice\n\nx\n\n## Twice\n\nx\n{CLAUSE}"
    );
    let other = Source::new("more/b.md", &format!("{FRONT}\n# Über uns\n\n[up](../a.md#twice)\n"));
    let sources = [Source::new("a.md", &text), other];
    let checked = read_in(&sources, &around).unwrap_or_else(|problems| panic!("{problems}"));
    checked.warnings.iter().for_each(assert_short);
    checked.warnings
}

fn folder() -> Folder {
    let names = ["a.md", "more", "more/b.md", "README.md", "prices.pdf", "img", "img/card.png"];
    Folder { root: String::new(), files: names.map(ToOwned::to_owned).into() }
}

#[test]
fn links_that_lead_somewhere_are_left_alone() {
    let links = "[a](#refunds-returns) [b](#refunds--returns) [c](#twice-1) [d](#twice-2) [e](#old-name)
[f](more/b.md) [g](more/b.md#über-uns) [h](./more/b.md#%C3%BCber-uns) [i](README.md#x) [j](prices.pdf)
![k](img/card.png) [l](img/) [m](../outside.md) [n](https://example.com/x#y) [o](mailto:a@example.com)
[p](/help) [q](//example.com) [r][r] [s](#) [t](prices.pdf?page=2)

[r]: more/b.md

`[u](gone.md)`
";
    assert_eq!(told(&linked(links, Some(folder()))), [""; 0]);
    // Nobody said what lies beside the policy.
    assert_eq!(told(&linked("[a](gone.md)", None)), [""; 0]);
}

#[test]
fn links_that_lead_nowhere_are_told() {
    let links =
        "[a](#refund-returns) [b](#Twice) [c](more/b.md#ueber-uns) [d](more/c.md) [e](readme.md)
[f](price.pdf#page=2) ![g](img/gone.png) [h]() [i][i] [j](more/a/b.md)

[i]: gone/away.md
";
    insta::assert_snapshot!(told(&linked(links, Some(folder()))).join("\n"));
    assert_eq!(linked("[a](#nowhere)", None).len(), 1);
}

#[test]
fn usual_cases_without_an_answer_are_noted() {
    let asks = "\n## Renewals\n\nProse.\n\n| Rule | Value |\n| --- | --- |\n| Reason | forgot to cancel |\n| Decision | ask a person |\n| Applies when | renewal |\n";
    let checked = checked(&format!("{FRONT}{CLAUSE}{asks}"), &Surroundings::default());
    assert_eq!(told(&checked.warnings), [""; 0]);
    insta::assert_snapshot!(told(&checked.gaps).join("\n"));
}

#[test]
fn a_file_that_holds_no_longer_or_not_yet_is_told() {
    let clause = "\n## A\n\nProse.\n\n| Rule | Value |\n|---|---|\n| Reason | unused |\n| Decision | ask |\n";
    let on = |today: &str| {
        let front = FRONT.replacen("effective:", "until: 2026-06-30\neffective:", 1);
        let around =
            Surroundings { today: Some(today.parse().unwrap()), ..Surroundings::default() };
        let source = Source::new("a.md", &format!("{front}{clause}"));
        let warnings = read_in(&[source], &around).unwrap().warnings;
        let told = warnings.iter().map(|it| (it.severity, it.text.clone(), it.line));
        told.collect::<Vec<_>>()
    };
    assert_eq!(on("2026-06-30"), []);
    assert_eq!(on("2026-07-01"), [(Severity::Warning, "until".to_owned(), 5)]);
    assert_eq!(on("2025-12-31"), [(Severity::Note, "effective".to_owned(), 6)]);
}
