//! What customers are told: the files that are shipped, and what is said about files with mistakes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use quittance_core::facts::{Refund, RefundStatus};
use quittance_core::money::Money;
use quittance_core::reply::{Confirmed, Outcome, Quote, Reply, Templates};
use quittance_policy::{LARGEST_REPLIES, Problem, Severity, Source, read_replies, read_templates};

use crate::world::{at, money};

const LANGUAGES: [&str; 9] = ["en", "fr", "de", "es", "pt", "it", "nl", "ja", "ar"];

const ENGLISH: &str = include_str!("../../../../policies/replies/en.md");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/replies")
}

fn shipped(code: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{code}.md"))).unwrap()
}

fn templates(code: &str) -> Templates {
    let said = read_replies(&[Source::new(&format!("{code}.md"), &shipped(code))], None);
    let said = said.unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(said.warnings, [], "{code}");
    said.templates.into_values().next().unwrap()
}

fn confirmed(amount: Money, status: RefundStatus) -> Confirmed {
    let refund = Refund {
        id: "re_1".parse().unwrap(),
        charge: None,
        amount,
        status,
        created: at("2026-07-01T12:00:00Z"),
        decision: None,
    };
    Confirmed::new(&refund, "Visa 4242").unwrap()
}

/// Every reply, by the heading of its text.
fn replies(amount: Money) -> Vec<(Outcome, Reply)> {
    let quote = Quote::new(
        "Changed your mind",
        "Monthly plans can be returned within 14 days\nof any payment, once in 12 months.",
    );
    let reply = |outcome| match outcome {
        Outcome::Introduction => Reply::Introduction,
        Outcome::RefundSubmitted => Reply::Refund(confirmed(amount, RefundStatus::Pending)),
        Outcome::RefundSucceeded => Reply::Refund(confirmed(amount, RefundStatus::Succeeded)),
        Outcome::Refused => Reply::Refused(quote.clone()),
        Outcome::AlreadyRefunded => Reply::AlreadyRefunded,
        Outcome::HandedOver => Reply::HandedOver,
        Outcome::HandedOverLater => Reply::HandedOverLater,
        Outcome::Reminder => Reply::Reminder,
        Outcome::InReview => Reply::InReview,
        Outcome::Declined => Reply::Declined,
        Outcome::AskedForPerson => Reply::AskedForPerson,
        Outcome::NotVerified => Reply::NotVerified,
        Outcome::RefundFailed => Reply::RefundFailed(amount),
        Outcome::Quoted => Reply::Quoted(quote.clone()),
        Outcome::CardRemoved => Reply::CardRemoved,
    };
    Outcome::ALL.map(|outcome| (outcome, reply(outcome))).into()
}

/// All that a customer can be told by the program, in one page for people to read.
#[test]
fn everything_that_is_said_in_every_language() {
    let mut page = String::new();
    for code in LANGUAGES {
        let templates = templates(code);
        assert_eq!(templates.language(), code);
        let currency = if code == "ja" { "JPY" } else { "EUR" };
        writeln!(page, "## {code}\n").unwrap();
        for (outcome, reply) in replies(money(123_450, currency)) {
            let written = templates.write(&reply);
            assert!(!written.contains(['{', '}']), "{written}");
            writeln!(page, "{}:\n{written}\n", outcome.heading()).unwrap();
        }
    }
    // Spaces that do not break are made to be seen.
    insta::assert_snapshot!(page.replace(['\u{a0}', '\u{202f}'], "⍽"));
}

#[test]
fn all_files_in_the_folder_are_shipped_languages() {
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let mut shipped = LANGUAGES.map(|code| format!("{code}.md"));
    shipped.sort();
    assert_eq!(found, shipped);
}

#[test]
fn a_reply_about_a_refund_names_its_amount_and_when_it_comes() {
    for code in LANGUAGES {
        let templates = templates(code);
        for status in [RefundStatus::Pending, RefundStatus::Succeeded] {
            let written = templates.write(&Reply::Refund(confirmed(money(4_900, "JPY"), status)));
            let amount = ["4,900 JPY", "4.900 JPY", "4900 JPY", "4\u{202f}900 JPY"];
            assert!(amount.iter().any(|amount| written.contains(amount)), "{written}");
            assert!(written.contains("Visa 4242"), "{written}");
            assert!(written.contains('5') && written.contains("10"), "{written}");
        }
    }
}

/// Every problem of a file. Each must stand where it says it does.
fn problems(text: &str) -> Vec<Problem> {
    let list = match read_replies(&[Source::new("en.md", text)], None) {
        Ok(said) => said.warnings,
        Err(problems) => {
            assert!(problems.errors().count() > 0);
            problems.list
        }
    };
    for problem in &list {
        let covered: String = text[problem.span.clone()].chars().take(80).collect();
        assert_eq!(problem.text, covered);
        let before = &text[..problem.span.start];
        assert_eq!(problem.line, before.matches('\n').count() + 1, "{problem}");
    }
    list
}

#[test]
fn the_mistakes_of_a_file_are_explained() {
    let changes: [(&str, &str); 33] = [
        ("{amount} is on", "{amonut} is on"),
        ("{amount} is on", "{Amount} is on"),
        ("{amount} is on", "{sum total of all} is on"),
        ("of {amount} back to us", "back to us"),
        ("your bank has", "your {clause} has"),
        ("a person at any time", "a person at any time {amount}"),
        ("({method}) and", "({method) and"),
        ("{quote}\n\nIf you", "{quote}}\n\nIf you"),
        ("refund of {amount}. It", "refund of ｛amount｝. It"),
        ("# Handed over", "# Handed ovr"),
        ("# Handed over", "# Übergeben"),
        ("# Quoted", "# Refused"),
        (
            "# Handed over\n\nI have passed your request to a colleague. They have everything that you wrote and will answer you here.\n",
            "",
        ),
        (
            "I have passed your request to a colleague. They have everything that you wrote and will answer you here.",
            "",
        ),
        ("language: en\n", ""),
        ("language: en", "language: English"),
        ("language: en", "language: Deutsch"),
        ("language: en", "langauge: en"),
        ("language: en", "language: xx"),
        ("arrives_in: 5-10", "arrives_in: soon"),
        ("arrives_in: 5-10", "arrives_in: 10-5"),
        ("arrives_in: 5-10", "arrives_in: 7"),
        ("arrives_in: 5-10\n", ""),
        ("---\nlanguage", "--\nlanguage"),
        ("refund of {amount} back", "refund of 49.00 USD back"),
        ("left to refund.", "left to refund, not even € 5."),
        ("They have everything", "Within 2 business days they have everything"),
        ("I have passed", "I promise that I have passed"),
        ("does not allow this", "and my limit do not allow this"),
        ("will pass you to a person", "will see"),
        ("- other: within", "- othr: within"),
        ("- one: within {days} business day\n", ""),
        ("within {from} to {to} business", "within 5 to {to} business"),
    ];
    let mut page = String::new();
    for (from, to) in changes {
        let text = ENGLISH.replacen(from, to, 1);
        assert_ne!(text, ENGLISH, "{from}");
        let list = problems(&text);
        assert!(!list.is_empty(), "{from} -> {to}");
        writeln!(page, "{} -> {}", from.replace('\n', "⏎"), to.replace('\n', "⏎")).unwrap();
        for problem in list {
            writeln!(page, "    {problem}").unwrap();
        }
    }
    insta::assert_snapshot!(page);
}

#[test]
fn marks_of_a_page_are_not_sent() {
    let with = |text: &str| ENGLISH.replacen("I have passed", &format!("{text} I have passed"), 1);
    let comment = problems(&with("<!-- be nice -->"));
    assert_eq!(comment[0].severity, Severity::Error);
    assert!(comment[0].message.contains("above the first heading"), "{}", comment[0]);
    for mark in ["**Good** news:", "[here](https://example.com)"] {
        let found = problems(&with(mark));
        assert_eq!((found.len(), found[0].severity), (1, Severity::Warning), "{found:?}");
    }
    let table = "| Rule | Value |\n| --- | --- |\n| Reason | unused |\n\n";
    assert!(problems(&with(&format!("\n\n{table}")))[0].message.contains("no tables"));
}

#[test]
fn everything_is_told_at_once() {
    let text = ENGLISH
        .replace("{amount} is on", "{sum} is on")
        .replace("# Handed over\n", "# Handed off\n")
        .replace("arrives_in: 5-10", "arrives_in: 0");
    let told: Vec<String> = problems(&text).iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[0].starts_with("en.md:3:13: error: `0` is no number"), "{told:#?}");
    assert!(told.iter().any(|it| it.contains("did you mean `Handed over`?")), "{told:#?}");
}

#[test]
fn a_language_has_one_file() {
    let files = [
        Source::new("a.md", ENGLISH),
        Source::new("b.md", &ENGLISH.replace("language: en", "language: en-GB")),
    ];
    let told = read_replies(&files, None).unwrap_err().to_string();
    assert_eq!(told, "b.md:2:11: error: the replies in `en` stand in a.md already");
}

#[test]
fn a_region_changes_the_numbers_and_not_the_language() {
    let swiss = shipped("de").replace("language: de", "language: de-CH");
    let swiss = read_templates("de.md", &swiss).unwrap();
    assert_eq!(swiss.language(), "de");
    let written = swiss.write(&Reply::RefundFailed(money(123_450, "CHF")));
    assert!(written.contains("1'234.50 CHF"), "{written}");
}

#[test]
fn a_language_with_many_forms_needs_them_all() {
    let polish = ENGLISH.replace("language: en", "language: pl");
    let told = read_templates("pl.md", &polish).unwrap_err().to_string();
    for form in [
        "`- few: …` is missing, which `pl` needs for a count of 2",
        "`- many: …` is missing, which `pl` needs for a count of 5",
    ] {
        assert!(told.contains(form), "{told}");
    }
    let polish = polish.replace(
        "- other:",
        "- few: w ciągu {from} do {to} dni\n- many: w ciągu {from} do {to} dni\n- other:",
    );
    let polish = read_templates("pl.md", &polish).unwrap();
    assert!(polish.write(&Reply::AlreadyRefunded).contains("w ciągu 5 do 10 dni"));
}

#[test]
fn one_number_of_days_has_its_own_form() {
    let one = ENGLISH
        .replace("arrives_in: 5-10", "arrives_in: 1")
        .replace("within {from} to {to} business days", "within {days} business days");
    let written = read_templates("en.md", &one).unwrap().write(&Reply::AlreadyRefunded);
    assert!(written.contains("within 1 business day."), "{written}");
    let three = one.replace("arrives_in: 1", "arrives_in: 3");
    let written = read_templates("en.md", &three).unwrap().write(&Reply::AlreadyRefunded);
    assert!(written.contains("within 3 business days."), "{written}");
}

#[test]
fn files_come_as_editors_save_them() {
    let english = templates("en");
    for text in
        [ENGLISH.replace('\n', "\r\n"), format!("\u{feff}{ENGLISH}"), ENGLISH.replace('\n', " \n")]
    {
        let read = read_templates("en.md", &text).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(read, english);
    }
}

#[test]
fn a_file_that_is_too_large_or_no_text_is_refused() {
    let told = problems(&"x".repeat(LARGEST_REPLIES + 1));
    assert!(told[0].message.contains("at most 65536 bytes"), "{told:?}");
    let latin = ENGLISH.replacen("policy", "policy \u{fffd}", 1);
    let told = problems(&latin);
    assert!(told[0].message.contains("save the file as UTF-8"), "{told:?}");
    let long = ENGLISH.replacen("I have passed", &"I have passed ".repeat(400), 1);
    assert!(problems(&long)[0].message.contains("at most 3000 characters"));
}

#[test]
fn what_the_voice_forbids_is_not_said_by_the_replies_either() {
    let voice = "---\ntitle: V\nlanguage: en\n---\n\n# Never say\n\n- I am sorry\n";
    let files = [Source::new("en.md", ENGLISH)];
    let said = read_replies(&files, Some(&Source::new("voice.md", voice))).unwrap();
    assert_eq!(said.warnings.len(), 2, "{:?}", said.warnings);
    assert!(said.warnings[0].message.contains("this says `I am sorry`"));
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let pieces = [
        "---\n",
        "language: en\n",
        "arrives_in: 5-10\n",
        "# ",
        "Refused",
        "Arrival",
        "\n",
        "{",
        "}",
        "{amount}",
        "{quote",
        "- one: ",
        "- ",
        "：",
        "5 USD",
        "｛",
        "\u{feff}",
        "\r",
        "| Rule | Value |\n|---|---|\n",
        "\u{202f}",
        "日",
        "<!--",
        "a",
        ":",
        "\0",
    ];
    let mut seed = 7_u64;
    for _ in 0..1_000 {
        let mut text = String::new();
        for _ in 0..30 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[usize::try_from(seed >> 33).unwrap() % pieces.len()]);
        }
        problems(&text);
        let voice = Source::new("voice.md", &text);
        let _ = read_replies(&[], Some(&voice));
    }
}
