//! The page that explains the vocabulary.

use std::fmt::Write as _;

use crate::vocabulary::{
    CASES, CONDITIONS, DECISIONS, EVIDENCE, EXPECTATIONS, Entry, GIVES, REASONS, ROWS,
};

/// The vocabulary as a page of markdown, generated from the parser's own table.
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    let rows = Heads { word: "Row", example: "Example" };
    section(&mut page, "Rows of a rule", &rows, ROWS, |entry| {
        let required = if entry.meaning.is_required { " Every rule has this row." } else { "" };
        let refunds =
            if entry.meaning.is_for_refunds { " Only where the decision is a refund." } else { "" };
        format!("{}{required}{refunds}", entry.documentation)
    });
    plain(&mut page, "Decision", "Value", DECISIONS);
    let sayings = Heads { word: "Value", example: "What customers say" };
    section(&mut page, "Reason", &sayings, REASONS, |entry| entry.documentation.to_owned());
    plain(&mut page, "Applies when", "Value", CONDITIONS);
    plain(&mut page, "Refund", "Value", GIVES);
    plain(&mut page, "Rests on", "Value", EVIDENCE);
    page.push_str(VALUES);
    plain(&mut page, "Worked examples: Case", "Phrase", CASES);
    plain(&mut page, "Worked examples: Expect", "Answer", EXPECTATIONS);
    page.push_str(EXAMPLES);
    page
}

const INTRODUCTION: &str = "\
# The words of a policy

This page is generated from the table that reads policies; a test keeps it true.

A policy is a markdown file. It begins with front matter:

```markdown
---
title: Refund policy
language: en
currency: usd
effective: 2026-01-01
---
```

`title` is its name, `language` the language of its prose, `currency` the currency it is written for
(and the one that `$` means), `effective` the first day on which it holds. Other keys are left alone.

Below it, one clause is one heading, the prose under it, and at most one table headed `Rule | Value`.
A heading without such a table is prose for customers and the model, and decides nothing. Words are
read in small and capital letters alike. A word that is not on this page is an error, never a guess.

Several clauses may speak about a case. Those whose reason fits are looked at. Of the clauses whose
conditions hold (`Applies when`, `Applies to`, `Within`), the strictest answer counts: refuse before
ask a person before refund, and of two refunds the smaller. If no clause's conditions hold but one of
them gives refunds, the answer is to refuse, for the conditions that do not hold. If no clause is about
the reason, a person decides and the case is counted as a gap. What goes beyond a clause's own limits
(`At most`, `Per customer`, `Rests on`) goes to a person.
";

const VALUES: &str = "
## Amounts and periods

Amounts are a number and a currency: `100 USD`, `USD 100`, `100.00 USD`, `1,000 USD`, `$100`, `€45`. Decimals
have a point. Thousands may have commas, spaces or apostrophes, in groups of three. What could be read in
two ways (`1.000 USD`, `49,90 EUR`, `$` where the policy's currency is no dollar) is an error. Several
amounts are parted by commas, one for each currency, and the policy's own currency is always among them.

Periods are a number and a unit: `24 hours`, `14 days`, `two weeks`, `12 months`, `1 year`. Shares have a percent
sign: `50 %`, `33.3 %`.
";

const EXAMPLES: &str = "
Examples stand in tables headed `Case | Expect`, under any heading. They play at noon (UTC) six months after
`effective`, so that `refunded in March` means the last March before that day. A policy with an example
that fails is not accepted.
";

fn plain<T>(page: &mut String, title: &str, head: &'static str, table: &[Entry<T>]) {
    let heads = Heads { word: head, example: "Example" };
    section(page, title, &heads, table, |entry| entry.documentation.to_owned());
}

/// The heads of the first and the third column.
struct Heads {
    word: &'static str,
    example: &'static str,
}

fn section<T>(
    page: &mut String,
    title: &str,
    heads: &Heads,
    table: &[Entry<T>],
    explain: impl Fn(&Entry<T>) -> String,
) {
    let is_code = heads.example == "Example";
    let heads = [heads.word, "Meaning", heads.example, "Also"].map(str::to_owned);
    let rows = table.iter().map(|entry| {
        let quote = if is_code { ('`', '`') } else { ('\u{201c}', '\u{201d}') };
        let example = format!("{}{}{}", quote.0, entry.example, quote.1);
        [entry.word.to_owned(), explain(entry), example, entry.synonyms.join(", ")]
    });
    let has_synonyms = table.iter().any(|entry| !entry.synonyms.is_empty());
    let columns = if has_synonyms { 4 } else { 3 };
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## {title}\n\n");
    for (index, row) in std::iter::once(heads).chain(rows).enumerate() {
        let cells: Vec<String> = row.into_iter().take(columns).collect();
        let _ = writeln!(page, "| {} |", cells.join(" | "));
        if index == 0 {
            let _ = writeln!(page, "|{}", " --- |".repeat(columns));
        }
    }
}
