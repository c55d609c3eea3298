//! What is said about policies that cannot be read, or may not be meant as they are.

use std::fmt::Write as _;

use quittance_policy::{LARGEST_FILE, MOST_EXAMPLES, Problem, Severity, align, read};

use crate::world::{FRONT, assert_short, file};

/// Every problem of a file. Each must stand where it says it does.
fn problems(text: &str) -> Vec<Problem> {
    let list = match read("p.md", text) {
        Ok(policy) => policy.warnings,
        Err(problems) => {
            assert!(problems.errors().count() > 0);
            problems.list
        }
    };
    for problem in &list {
        assert_short(problem);
        let line = text.split('\n').nth(problem.line - 1).unwrap();
        let line = line.trim_start_matches('\u{feff}');
        let rest: String = line.chars().skip(problem.column - 1).collect();
        let first = problem.text.split('\n').next().unwrap().trim_end_matches('\r');
        assert!(rest.starts_with(first), "{problem} does not stand at {rest:?}");
        let covered: String = text[problem.span.clone()].chars().take(80).collect();
        assert_eq!(problem.text, covered);
    }
    list
}

/// What `read` says about each value of a row, in an otherwise sound clause.
fn about(row: &str, values: &[&str]) -> String {
    let mut page = String::new();
    for value in values {
        let mut rows = vec![("Reason", "changed mind"), ("Decision", "refund")];
        rows.retain(|(name, _)| *name != row);
        rows.push((row, *value));
        writeln!(page, "{row} | {value}").unwrap();
        let list = problems(&file(&rows));
        assert!(!list.is_empty(), "{row} | {value}");
        for problem in list {
            writeln!(page, "    {problem}").unwrap();
        }
    }
    page
}

fn pages(files: &[&str]) -> String {
    let mut page = String::new();
    for text in files {
        writeln!(page, "{}", text.replace(FRONT, "").trim()).unwrap();
        for problem in problems(text) {
            writeln!(page, "    => {problem}").unwrap();
        }
    }
    page
}

#[test]
fn values_are_explained() {
    let page = [
        about(
            "Reason",
            &[
                "changed mnd",
                "broken, color",
                "unused, not used",
                "",
                "any reason, unused",
                "any reson",
            ],
        ),
        about("Decision", &["refnd", "maybe", "refund, refuse"]),
        about(
            "Applies when",
            &[
                "renewl",
                "renewal, first charge",
                "renewal or amount below 50 USD",
                "country is US or CA or renewal",
                "renewal within 3 days",
                "charged again",
                "charged again within 3 dyas",
                "always, renewal",
                "the moon is full",
                "amount below",
                "amount below 50 EUR",
                "amount is small",
                "amount of 50 USD",
                "charge before 01/02/2026",
                "charge more than 3 dyas ago",
                "country is France",
                "country is UK",
                "country below US",
                "currency is dollars",
                "paid by cash",
                "subscription is activ",
                "earlier refunds below some in 12 months",
                "amount below 50 USD, amount above 60 USD",
                "country is US, CA, country is not CA, US",
                "usage hours below 1",
                "usage_hours below 1, contry is US",
                "attribute tier is gold, contry is US",
                "usage_hours is 1, 2",
                "amount below 50 USD, 45",
                "usage_hours within",
            ],
        ),
        about("Applies to", &["colors: a", "plan:", "plans: a, b, A"]),
        about("Within", &["14", "14 dyas of the charge", "14 days of the moon", "0 days", "soon"]),
        about("Refund", &["hafl", "in ful", "120 %", "20 EUR", "50% of the moon", "20", "sums"]),
        about(
            "At most",
            &["100", "450 EUR", "100 USD, 90 USD", "1.000 USD", "49,90 USD", "-5 USD", "much"],
        ),
        about(
            "Per customer",
            &["1", "1 in 12 moths", "0 in 12 months", "100 EUR in 1 year", "five per life"],
        ),
        about(
            "Rests on",
            &[
                "the customers wrod",
                "a person up to 5 USD",
                "the customer's word, else a person",
                "the customer's word up to 5 USD, else refuse",
                "the customer's word up to 5 EUR",
            ],
        ),
    ];
    insta::assert_snapshot!(page.join("\n"));
}

#[test]
fn rows_are_explained() {
    let reason = ("Reason", "changed mind");
    let refund = ("Decision", "refund");
    let files = [
        file(&[reason]),
        file(&[refund]),
        file(&[reason, refund, ("Whithin", "3 days"), ("Colour", "blue")]),
        file(&[reason, refund, ("Within", "3 days"), ("Window", "4 days")]),
        file(&[reason, ("Decision", "refuse"), ("At most", "5 USD"), ("Rests on", "a person")]),
        file(&[reason, refund, ("Refund", "50 USD"), ("At most", "40 USD")]),
        file(&[reason, refund, ("Applies when", "one-off"), ("Applies to", "plans: a")]),
        file(&[reason, refund, ("", "3 days")]),
        file(&[reason, refund, ("At most", "100 USD | 90 EUR")]),
        format!("{}This line was meant to stand below.\n", file(&[reason, refund])),
        file(&[("Reason", "defective"), refund, ("Rests on", "Stripe's record")]),
        file(&[("Reason", "duplicate charge"), refund, ("Rests on", "Stripe's record")]),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!(pages(&files));
}

#[test]
fn tables_in_the_wrong_place_are_explained() {
    let rule = "| Rule | Value |\n|---|---|\n| Reason | other |\n| Decision | refuse |\n";
    let files = [
        format!("{FRONT}\n{rule}"),
        format!("{FRONT}\n## A\n\n{rule}\n{rule}"),
        format!("{FRONT}\n## A\n\n> {}", rule.replace('\n', "\n> ")),
        format!("{FRONT}\n## A\n\n{}", rule.replace("Rule |", "Rules |")),
        format!("{FRONT}\n## A\n\n{}", rule.replace("Rule | Value", "What | How")),
        format!(
            "{FRONT}\n## A\n\n| Rule | Value | Note |\n|---|---|---|\n| Reason | other | x |\n"
        ),
        format!(
            "{FRONT}\n## A\n\n{rule}\n## B\n\n| Case | Expected |\n|---|---|\n| 5 USD, other | refuse |\n"
        ),
        format!("{FRONT}\n## A\n\nProse.\n{rule}"),
        format!("{FRONT}\n## A\n\n| Rule | Value |\n| Reason | other |\n| Decision | refuse |\n"),
        format!("{FRONT}\n## A\n\n| Rule | Value |\n|---|\n| Reason | other |\n"),
        format!("{FRONT}\n## A\n\n    {}", rule.replace('\n', "\n    ")),
        format!("{FRONT}\n## A\n\nLike this:\n\n```\n{rule}```\n"),
        format!("{FRONT}\nProse only.\n"),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!(pages(&files));
}

#[test]
fn front_matter_is_explained() {
    let files = [
        "# A\n",
        "\n---\ntitle: A\n---\n",
        "---\ntitle: A\n",
        "---\n---\n",
        "---\ntitel: A\ntitle: B\ncurrency: usdollar\nlanguage: english\neffective: 2026-02-30\nlayout: page\n---\n",
        "---\ntitle: \"\"\nlanguage: en\ncurrency: usd\neffective: soon\n---\n",
        "---\ntitle: [a, b]\nlanguage: en\n---\n",
        "---\ntitle: a: b: c\n---\n",
        "---\ntitle: A\ntitle: B\n---\n",
        "---\n- a\n---\n",
    ];
    insta::assert_snapshot!(pages(&files));
}

#[test]
fn front_matter_in_another_place_or_form_is_explained() {
    let good = FRONT;
    let files = [
        format!("# A\n\n{good}"),
        format!("{good}\n{good}\n# A\n\nProse.\n"),
        format!("{good}\n# A\n\nProse.\n\n{good}"),
        "+++\ntitle = \"A\"\n+++\n\n# A\n".to_owned(),
        "{\n  \"title\": \"A\"\n}\n".to_owned(),
        format!("```yaml\n{good}```\n"),
        good.replacen("---", "----", 1),
        good.replace("title: Refunds", "title:\tRefunds\n\tmore: x"),
        good.replace("language: en", "\tlanguage: en"),
        good.replace("language: en", "language en"),
        good.replace("2026-01-01", "01/02/2026"),
        good.replace("usd", "{currency"),
        format!("{}\n\n# A\n", good.trim_end().trim_end_matches("---")),
        good.replace("title: Refunds", "title: \"Refunds\n"),
    ];
    let mut page = String::new();
    for text in &files {
        writeln!(page, "{}", text.trim().replace('\t', "⇥")).unwrap();
        for problem in problems(text).iter().filter(|problem| problem.severity == Severity::Error) {
            writeln!(page, "    => {problem}").unwrap();
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn tables_as_other_programs_write_them_are_explained() {
    let refund = "| Decision | refund |\n";
    let table =
        |rows: &str| format!("{FRONT}\n## A\n\nProse.\n\n| Rule | Value |\n|---|---|\n{rows}");
    let files = [
        table(&format!("| Reason | unused\n| Decision\n{refund}")),
        table(&format!("| Reason | unused |\n{refund}| At most | 100 USD |\n|  | 90 EUR |\n")),
        table(&format!("| Reason || unused |\n{refund}")),
        table(&format!("| Reason | unused<br>other |\n{refund}")),
        table(&format!("| Reason | unused[^1] |\n{refund}\n[^1]: Not opened.\n")),
        table(&format!("| Reason | ~~unused~~ other |\n{refund}")),
        table(&format!("| **Reason** | [unused](#a) `other` |\n{refund}")),
        table(&format!("| Reason | ![unused](a.png) |\n{refund}")),
        table("| Reason | unused |\n| Decision | refund | <!-- for now -->\n"),
        table("| Reason: | unused. |\n|\u{a0}Decision\u{a0}|\u{a0}refund\u{a0}|\n"),
        format!(
            "{FRONT}\n## A\n\n<table>\n<tr><th>Rule</th><th>Value</th></tr>\n<tr><td>Reason</td><td>unused</td></tr>\n</table>\n"
        ),
        format!(
            "{FRONT}\n## A\n\n<TABLE><TR><TD>Reason<TD>unused<TR><TD>Decision<TD>refund</TABLE>\n"
        ),
        format!("{FRONT}\n## A\n\n<table><tr><td>Plan</td><td>Price</td></tr></table>\n"),
        format!("{FRONT}\n## A\n\nRule\tValue\nReason\tunused\n"),
        format!(
            "{FRONT}\n## A\n\n+------+-----+\n| Rule | Value |\n+======+=====+\n| Reason | unused |\n"
        ),
        format!(
            "{FRONT}\n## A\n\nProse.\n\n| Rule | Value\n--- | ---\nReason | unused\nDecision | refund\n"
        ),
        format!("{FRONT}\n## A\n\n## B\n\n### C\n\nProse.\n"),
        format!("{FRONT}\n# A\n\nA b\0c.\n"),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!(pages(&files).replace('\0', "␀"));
}

#[test]
fn clauses_that_never_apply_are_explained() {
    let rows = |rows: &[(&str, &str)]| {
        let all = [&[("Reason", "unused"), ("Decision", "refund")], rows].concat();
        file(&all)
    };
    let files = [
        rows(&[("Applies when", "charge more than 30 days ago"), ("Within", "14 days")]),
        rows(&[("Applies when", "charge at least 2 months ago"), ("Within", "3 weeks")]),
        rows(&[("Applies when", "charge less than 3 days ago, charge more than 1 week ago")]),
        rows(&[("Applies when", "earlier refunds below 0")]),
        rows(&[(
            "Applies when",
            "earlier refunds at least 2 in 1 year, earlier refunds below 2 in 12 months",
        )]),
        rows(&[("Applies when", "charge before 2025-06-01"), ("Within", "30 days")]),
        rows(&[("Applies when", "signed_up before 2025-06-01, signed_up after 2025-07-01")]),
        rows(&[("Applies when", "charge since 2027-01-01")])
            .replace("effective", "until: 2026-12-31\neffective"),
        // These can.
        rows(&[("Applies when", "charge at least 14 days ago"), ("Within", "14 days")]),
        rows(&[("Applies when", "charge before 2026-01-01"), ("Within", "30 days")]),
        rows(&[("Applies when", "charge at least 30 days ago"), ("Within", "1 month")]),
    ];
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    insta::assert_snapshot!(pages(&files));
}

#[test]
fn examples_are_explained() {
    let rows = [
        ("Reason", "changed mind"),
        ("Decision", "refund"),
        ("Applies to", "plans: pro-monthly"),
        ("Within", "14 days"),
        ("Refund", "50 %"),
    ];
    let good = file(&rows);
    let examples = |rows: &[(&str, &str)]| {
        let mut page = format!("{good}\n## Examples\n\n| Case | Expect |\n|---|---|\n");
        for (case, expect) in rows {
            writeln!(page, "| {case} | {expect} |").unwrap();
        }
        let list = problems(&page);
        let told: Vec<_> = rows.iter().map(|(case, expect)| format!("{case} | {expect}")).collect();
        let list: Vec<_> = list.iter().map(|problem| format!("    => {problem}")).collect();
        format!("{}\n{}\n", told.join("\n"), list.join("\n"))
    };
    let page = [
        examples(&[("pro-monthly, 49 USD, 3 days ago, changed mind", "refuse")]),
        examples(&[("pro-monthly, 49 USD, 30 days ago, changed mind", "refund 49 USD")]),
        examples(&[("pro-monthly, 49 USD, defective", "refuse")]),
        examples(&[("pro-montly, 49 USD, changed mnd", "refnd")]),
        examples(&[("pro-monthly, changed mind", "refund"), ("49 USD", "refuse")]),
        examples(&[("49 USD, 5 EUR, changed mind", "refund 20"), ("", "gap")]),
        examples(&[("49 USD, unused, charged again 3 days later", "refund")]),
        examples(&[("49 USD, unused, refunded in Mrch, refunded", "refund 101 %")]),
        examples(&[("49 USD, unused, 5 dyas ago, cancelled 3 days later", "refund")]),
    ];
    insta::assert_snapshot!(page.join("\n"));
}

#[test]
fn numbers_of_the_prose_that_contradict_the_table_are_warned_about() {
    let rows = [
        ("Reason", "changed mind"),
        ("Decision", "refund"),
        ("Within", "2 weeks"),
        ("Refund", "50 %"),
        ("At most", "100 USD, 90 EUR"),
        ("Per customer", "1 in 12 months"),
    ];
    let said = "You have 14 days, or 30 days for $100, at most 120 USD (€95), once in a year: half, \
                that is 40 % or 50%. Not two months. It takes 3 hours, or a day.";
    let text = file(&rows).replace("Prose.", said);
    let list = problems(&text);
    assert!(list.iter().all(|problem| problem.severity == Severity::Warning));
    let said: Vec<_> = list.iter().map(|problem| (problem.text.as_str(), problem.line)).collect();
    let expected = ["30 days", "120 USD", "€95", "40 %", "two months"];
    assert_eq!(said, expected.map(|text| (text, 10)));
}

#[test]
fn numbers_of_the_prose_without_a_row_are_warned_about() {
    let gives = [("Reason", "changed mind"), ("Decision", "refund")];
    let said = "Within [30 days](#clause) we give back up to 60 EUR, once a year. The bank takes 5 days. It cost 20 USD.";
    let list = problems(&file(&gives).replace("Prose.", said));
    let told: Vec<_> = list.iter().map(|problem| problem.text.as_str()).collect();
    assert_eq!(told, ["30 days", "60 EUR", "once a year"], "{list:#?}");
    for problem in &list {
        assert_eq!(problem.note.as_deref(), Some("no row of the table says anything of the kind"));
    }
    // Who is asked or refused may be told what usually holds.
    let asks = [("Reason", "changed mind"), ("Decision", "ask")];
    assert_eq!(problems(&file(&asks).replace("Prose.", said)), []);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let plain = file(&[("Reason", "changed mind"), ("Decision", "refund"), ("Whithin", "3 days")]);
    let expected = problems(&plain);
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    let found = problems(&windows);
    let places = |list: &[Problem]| -> Vec<_> {
        list.iter().map(|one| (one.line, one.column, one.message.clone())).collect()
    };
    assert_eq!(places(&found), places(&expected));
    assert_eq!(expected.len(), 1);
}

#[test]
fn a_policy_is_bounded() {
    let long = "x".repeat(LARGEST_FILE + 1);
    assert_eq!(problems(&long)[0].message, "a policy file is at most 1048576 bytes long");
    let headings = format!("{FRONT}{}", "# a\n".repeat(3_000));
    assert!(problems(&headings).iter().any(|one| one.message.contains("2000 headings")));
    let rows = format!("{FRONT}# A\n| Rule | Value |\n|-|-|\n{}", "| a | b |\n".repeat(3_000));
    assert!(problems(&rows).iter().any(|one| one.message.contains("2000 rows")));
    let cell = file(&[("Reason", &"unused,".repeat(1_000))]);
    assert!(problems(&cell).iter().any(|one| one.message.contains("2000 bytes")));
    let table =
        format!("# A\n\n| Case | Expect |\n|-|-|\n{}\n", "| 5 USD, other | gap |\n".repeat(1_500));
    let examples = format!("{FRONT}\n{table}{table}");
    let list = problems(&examples);
    assert_eq!(list[0].message, format!("a file has at most {MOST_EXAMPLES} worked examples"));
}

#[test]
fn front_matter_that_multiplies_is_refused() {
    let mut yaml = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='z').zip('a'..='y') {
        let nine = vec![format!("*{before}"); 9].join(", ");
        writeln!(yaml, "{name}: &{name} [{nine}]").unwrap();
    }
    let list = problems(&format!("---\n{yaml}---\n\n# A\n"));
    assert!(list[0].message.starts_with("the front matter cannot be read"), "{list:?}");
}

#[test]
fn strange_files_are_read_in_time() {
    let size = LARGEST_FILE - FRONT.len() - 100;
    let rule = "| Rule | Value |\n|-|-|\n| Reason | unused |\n| Decision | refund |\n| Within | 9 days |\n\n";
    for unit in [
        ">",
        "- ",
        "[",
        "*a ",
        "`",
        "| a ",
        "|\n",
        "# a\n",
        "<a ",
        "&amp;",
        "\\",
        "| Rule | Value |\n|-|-|\n",
        "| Case | Expect |\n|-|-|\n| 5 USD, other | gap |\n\n",
        "1 day 5 USD 3 % ",
        "\u{301}",
        "a-b, ",
        "|",
        "``` ",
        "](",
        "[a](#b) ",
        "[a]: b\n",
        "<table>",
        "<table><td>Rule",
        "<a id='x'>",
        "> - ",
        "* * ",
        "[^",
        "1. ",
        "\u{0}",
        "\u{feff}",
        "\t",
        "---\ntitle: a\n",
        "| a | b |\n|-|-|\n| c | d |\n\n",
        "once a year ",
        "14-day. ",
    ] {
        let many = unit.repeat((size - rule.len()) / unit.len());
        let text = format!("{FRONT}\n# A\n\n{rule}{many}");
        let begun = std::time::Instant::now();
        let _ = read("p.md", &text);
        let _ = align(&text);
        // Far above what it takes, and far below what a quadratic reader would.
        assert!(begun.elapsed().as_secs() < 60, "{unit:?} took {:?}", begun.elapsed());
    }
}
