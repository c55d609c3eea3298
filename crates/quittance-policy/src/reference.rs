//! The page that explains the vocabulary.

use std::fmt::Write as _;

use crate::tongue::Tongue;
use crate::vocabulary::{
    CASES, COMPARES, CONDITIONS, DECISIONS, EVIDENCE, EXPECTATIONS, Entry, GIVES, METHODS, Phrases,
    REASONS, ROWS, STATUSES, SUBJECTS, Table,
};

/// The vocabulary as a page of markdown, generated from the parser's own table.
pub fn reference() -> String {
    let mut page = String::from(INTRODUCTION);
    let rows = Heads { word: "Row", example: "Example" };
    section(&mut page, "Rows of a rule", &rows, &ROWS, |entry| {
        let required = if entry.meaning.is_required { " Every rule has this row." } else { "" };
        let refunds =
            if entry.meaning.is_for_refunds { " Only where the decision is a refund." } else { "" };
        format!("{}{required}{refunds}", entry.documentation)
    });
    plain(&mut page, "Decision", "Value", &DECISIONS);
    let sayings = Heads { word: "Value", example: "What customers say" };
    section(&mut page, "Reason", &sayings, &REASONS, |entry| entry.documentation.to_owned());
    page.push_str(ANY_REASON);
    plain(&mut page, "Applies when: phrases", "Value", &CONDITIONS);
    plain(&mut page, "Applies when: what is compared", "What", &SUBJECTS);
    page.push_str(CONDITIONS_EXPLAINED);
    plain(&mut page, "Applies when: how it is compared", "How", &COMPARES);
    plain(&mut page, "Applies when: payment methods", "Method", &METHODS);
    plain(&mut page, "Applies when: statuses of a subscription", "Status", &STATUSES);
    plain(&mut page, "Refund", "Value", &GIVES);
    plain(&mut page, "Rests on", "Value", &EVIDENCE);
    page.push_str(VALUES);
    plain(&mut page, "Worked examples: Case", "Phrase", &CASES);
    plain(&mut page, "Worked examples: Expect", "Answer", &EXPECTATIONS);
    page.push_str(EXAMPLES);
    page.push_str(CASES_IN_A_FILE);
    page.push_str(EDITORS);
    translations(&mut page);
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
(and the one that `$` means), `effective` the first day on which it holds, in UTC. `until`, if it is there,
is the last. Other keys are left alone, with a warning. Where `language` is French, German or Spanish, the tables may be
written in it (the words stand at the end of this page); English words are understood in every file.

A policy may have several files. All their clauses count together, and their order says nothing.

Below it, one clause is one heading, the prose under it, and at most one table headed `Rule | Value`.
A heading without such a table is prose for customers and the model, and decides nothing. Words are
read in small and capital letters alike. A word that is not on this page is an error, never a guess.

Several clauses may speak about a case. Those whose reason fits are looked at. Of the clauses whose
conditions hold (`Applies when`, `Applies to`, `Within`), the strictest answer counts: refuse before
ask a person before refund, and of two refunds the smaller. A condition about which nobody can tell makes
the answer to ask a person. If no clause's conditions hold but one of
them gives refunds, the answer is to refuse, for the conditions that do not hold. If no clause is about
the reason, a person decides and the case is counted as a gap. What goes beyond a clause's own limits
(`At most`, `Per customer`, `Rests on`) goes to a person.
";

const VALUES: &str = "
## Amounts and periods

Amounts are a number and a currency: `100 USD`, `USD 100`, `100.00 USD`, `1,000 USD`, `$100`, `€45`. Decimals
have a point, and thousands may have commas, spaces or apostrophes, in groups of three; in files in French,
German, Spanish and other languages with a decimal comma it is the other way round: `1.000,50 EUR`. What
could be read in two ways (`1.000 USD` in English, `$` where the policy's currency is no dollar) is an error.
Several amounts are parted by commas, one for each currency, and the policy's own currency is always among them.

Periods are a number and a unit: `24 hours`, `14 days`, `two weeks`, `12 months`, `1 year`. Shares have a percent
sign: `50 %`, `33.3 %`. Days are written `2026-01-31` or `31 January 2026`, and count from midnight to midnight UTC.
";

const EXAMPLES: &str = "
Examples stand in tables headed `Case | Expect`, under any heading. They are asked of the whole policy, at noon
(UTC) six months after their file's `effective` (or on its last day, if that comes first), so that `refunded in March` means the last March before that day. A policy with an example
that fails is not accepted.
";

const ANY_REASON: &str = "
`any reason` stands for all of them.
";

const CASES_IN_A_FILE: &str = "
## Cases in a file

`quittance policy diff OLD NEW --cases FILE` asks both policies about the cases of a file, one a line. A line is the
`Case` of a worked example, as of today, with a name and a bar before it if it shall have one:

```text
# tickets of March
ticket 4711 | pro-monthly, 49 USD, 3 days ago, changed mind
ticket 4712 | pro-monthly, 49 USD, 20 days ago, unused, refunded 2 months ago
```

Or it is one JSON object with `facts` as they stand in the log (`quittance log show --json`), the id of a `charge` among
them, the `reason` (`changed_mind`), and perhaps `name`, `asked` (`{\"minor\": 2000, \"currency\": \"USD\"}`) and `prior`
(the refunds before; those that the facts show without it). `said`, what the customer wrote, is for `quittance policy gaps`,
which takes the same files. Empty lines, and lines that begin with `#`, are left out.
";

const EDITORS: &str = "
## In your editor

- `quittance policy check --watch` in a terminal beside it checks again whenever a file is saved. Every message is short, says
  what was expected, and stands at the line it is about.
- `quittance policy check --format json` prints one problem a line for editors that run a checker themselves; `--format
  sarif` writes the format of code scanners, which extensions for many editors show beside the lines, and `--format github`
  annotates a pull request.
- `quittance policy fmt` aligns the tables, and `quittance policy fmt -` does it for an editor that formats on saving. It
  orders nothing and changes no word; `--check` only tells what it would do.
- `quittance policy schema > front-matter.schema.json` writes a JSON Schema of the front matter. Editors with a checker for
  front matter (`remark-lint-frontmatter-schema` is one) complete and check the keys with it, if the front matter names it:
  `$schema: ./front-matter.schema.json`.
- With `--config quittance.toml`, and wherever that file lies in the folder, amounts above the configured ceilings and
  currencies without any are told too. Links to files and headings of the policy's folder that lead nowhere always are.
";

const CONDITIONS_EXPLAINED: &str = "
What is compared, how, and with what: `amount below 50 USD, 45 EUR`, `charge more than 3 days ago`, `charge before
2026-03-01`, `country is not US`. Several values are parted by commas too; the next condition begins where its
first words do. Where one of several things is meant, `is` may be left out: `paid by card, paypal`. Between two
conditions there is no `or`: write a second clause for what may hold instead.
";

fn plain<T>(page: &mut String, title: &str, head: &'static str, table: &Table<T>) {
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
    table: &Table<T>,
    explain: impl Fn(&Entry<T>) -> String,
) {
    let is_code = heads.example == "Example";
    let rows = table.entries.iter().map(|entry| {
        let quote = if is_code { ('`', '`') } else { ('\u{201c}', '\u{201d}') };
        let example = format!("{}{}{}", quote.0, entry.en.example, quote.1);
        let word = entry.word(Tongue::English).to_owned();
        [word, explain(entry), example, others(entry, Tongue::English)]
    });
    let has_synonyms = table.entries.iter().any(|entry| entry.en.words.len() > 1);
    let columns = if has_synonyms { 4 } else { 3 };
    let heads = [heads.word, "Meaning", heads.example, "Also"].map(str::to_owned);
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## {title}\n\n");
    for (index, row) in std::iter::once(heads).chain(rows).enumerate() {
        let cells: Vec<String> = row.into_iter().take(columns).collect();
        line(page, &cells);
        if index == 0 {
            let _ = writeln!(page, "|{}", " --- |".repeat(columns));
        }
    }
}

/// One row of a table; a bar in a cell is escaped.
fn line(page: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

/// The other spellings of a word.
fn others<T>(entry: &Entry<T>, tongue: Tongue) -> String {
    entry.said(tongue).words.get(1..).unwrap_or_default().join(", ")
}

/// Every word in every language.
fn translations(page: &mut String) {
    for tongue in Tongue::ALL.into_iter().filter(|tongue| *tongue != Tongue::English) {
        let phrases = Phrases::of(tongue);
        let _ = write!(
            page,
            "\n## In {}\n\nTables are headed `{}` and `{}`.\n\n| English | {} | Example | Also |\n|{}\n",
            tongue.name(),
            phrases.rule_head.join(" | "),
            phrases.case_head.join(" | "),
            tongue.name(),
            " --- |".repeat(4)
        );
        translated(page, tongue, &ROWS);
        translated(page, tongue, &DECISIONS);
        translated(page, tongue, &REASONS);
        any_reason(page, tongue);
        translated(page, tongue, &CONDITIONS);
        translated(page, tongue, &SUBJECTS);
        translated(page, tongue, &COMPARES);
        translated(page, tongue, &METHODS);
        translated(page, tongue, &STATUSES);
        translated(page, tongue, &GIVES);
        translated(page, tongue, &EVIDENCE);
        translated(page, tongue, &CASES);
        translated(page, tongue, &EXPECTATIONS);
    }
}

fn any_reason(page: &mut String, tongue: Tongue) {
    let words = Phrases::of(tongue).any_reason;
    let first = Phrases::first(words);
    let cells = [
        Phrases::first(Phrases::of(Tongue::English).any_reason).to_owned(),
        first.to_owned(),
        format!("`{first}`"),
        words.get(1..).unwrap_or_default().join(", "),
    ];
    line(page, &cells);
}

fn translated<T>(page: &mut String, tongue: Tongue, table: &Table<T>) {
    for entry in table.entries {
        let example = format!("`{}`", entry.example(tongue));
        let word = entry.word(tongue).to_owned();
        let english = entry.word(Tongue::English).to_owned();
        line(page, &[english, word, example, others(entry, tongue)]);
    }
}
