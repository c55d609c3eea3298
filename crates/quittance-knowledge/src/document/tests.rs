use super::*;

const POLICY: &str = "\
---
title: Refund policy
language: en
---

# Refund policy

How you get your *money* back.

## Charged twice

If we took the same payment twice, we give the second one back.

| Rule     | Value            |
| -------- | ---------------- |
| Reason   | duplicate charge |
| At most  | 500 USD          |

It leaves us at once.

<!-- Ask Dana before changing this. -->

### Not by card {#transfers}

- Bank transfers
  - take longer

- Cash does not exist

## Charged twice

| Country | Days |
| ------- | ---- |
| France  | 14   |

## Examples

| Case | Expect |
| ---- | ------ |
| a    | refund |

> ## Not a heading

## Empty
";

fn sections(markdown: &str) -> Vec<Section> {
    sections_of("refunds.md", markdown, "en")
}

#[test]
fn a_policy_is_taken_apart_at_its_headings() {
    let found = sections(POLICY);
    let short: Vec<_> = found
        .iter()
        .map(|section| (section.clause.as_str(), section.anchor.as_str(), section.text.as_str()))
        .collect();
    assert_eq!(
        short,
        [
            ("Refund policy", "refund-policy", "How you get your *money* back."),
            (
                "Charged twice",
                "charged-twice",
                "If we took the same payment twice, we give the second one back."
            ),
            ("Charged twice", "charged-twice", "It leaves us at once."),
            (
                "Charged twice › Not by card",
                "not-by-card",
                "- Bank transfers\n  - take longer\n\n- Cash does not exist"
            ),
            (
                "Charged twice",
                "charged-twice-2",
                "| Country | Days |\n| ------- | ---- |\n| France  | 14   |"
            ),
            ("Examples", "examples", "> ## Not a heading"),
        ]
    );
    assert!(
        found.iter().all(|section| section.document == "refunds.md" && section.language == "en")
    );
    assert!(found.iter().all(|section| POLICY.contains(&section.text)));
}

#[test]
fn a_document_without_headings_goes_by_its_name() {
    assert_eq!(sections("Just words.")[0].clause, "refunds.md");
    assert_eq!(sections("Just words.\n\n# Title\n\nMore.")[0].clause, "refunds.md");
    assert_eq!(sections(""), []);
    assert_eq!(sections("---\ntitle: x\n---\n"), []);
}

#[test]
fn a_section_knows_what_its_document_is_called() {
    let titles =
        |markdown| sections(markdown).into_iter().map(|section| section.title).collect::<Vec<_>>();
    assert_eq!(
        titles("Before.\n\n# Title\n\nMore.\n\n## Part\n\nLast."),
        ["Title", "Title", "Title"]
    );
    assert_eq!(titles("# One\n\na\n\n# Two\n\nb"), ["", ""]);
    let [section] = &*take_apart("a.md", Some("Refunds"), "Words.", "en") else { panic!() };
    assert_eq!((section.title.as_str(), section.clause.as_str()), ("Refunds", "Refunds"));
}

#[test]
fn several_headings_of_the_first_level_are_no_titles() {
    let clauses: Vec<String> = sections("# One\n\na\n\n## Two\n\nb\n\n# Three\n\nc")
        .into_iter()
        .map(|section| section.clause)
        .collect();
    assert_eq!(clauses, ["One", "One › Two", "Three"]);
}

#[test]
fn front_matter_is_left_out_and_a_line_is_not_front_matter() {
    for (markdown, text) in [
        ("---\na: b\n---\nWords", "Words"),
        ("\u{feff}---\r\na: b\r\n---\r\nWords", "Words"),
        ("---\na: b\n...\nWords", "Words"),
        ("Words\n\n---\n\nMore", "Words\n\n---\n\nMore"),
        ("---\n\nWords that never end", "Words that never end"),
    ] {
        assert!(
            sections(markdown)[0].text.ends_with(text),
            "{markdown:?}: {:?}",
            sections(markdown)
        );
        assert!(!sections(markdown)[0].text.contains("a: b"));
    }
}

#[test]
fn long_sections_are_continued_at_the_end_of_a_paragraph() {
    let paragraph = "Words about money. ".repeat(40).trim().to_owned();
    let markdown = format!("# Title\n\n{}", [paragraph.as_str(); 6].join("\n\n"));
    let found = sections(&markdown);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|section| section.text.len() <= LONG && section.clause == "Title"));
    let together: Vec<&str> = found.iter().map(|section| section.text.as_str()).collect();
    assert_eq!(format!("# Title\n\n{}", together.join("\n\n")), markdown);
}

#[test]
fn one_endless_paragraph_is_taken_apart_without_losing_a_word() {
    for word in ["wörd ", "退款政策", "a\n"] {
        let markdown = word.repeat(9_000 / word.len());
        let found = sections(&markdown);
        assert!(found.len() > 1);
        assert!(
            found
                .iter()
                .all(|section| section.text.len() <= LONGEST_BLOCK
                    && markdown.contains(&section.text))
        );
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        let together: String = found.iter().map(|section| squeeze(&section.text)).collect();
        assert_eq!(together, squeeze(&markdown));
    }
}

#[test]
fn anchors_are_letters_and_digits_in_lower_case() {
    assert_eq!(slug("Pay & go: “14 days”"), "pay-go-14-days");
    assert_eq!(slug("Rückerstattung über 50 €"), "rückerstattung-über-50");
    assert_eq!(slug("退款政策"), "退款政策");
}
