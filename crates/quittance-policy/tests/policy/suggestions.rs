//! What is suggested never changes what is meant, and can be read.

use quittance_policy::{Problem, read};

use crate::world::{assert_short, file};

/// The one problem of a file: its message, and what is suggested.
fn told(text: &str) -> (String, Option<String>) {
    let problem = only(text);
    (problem.message, problem.suggestion)
}

/// The one error of a file. If something is suggested, the file with it has no error at that place.
fn only(text: &str) -> Problem {
    let problems = read("p.md", text).unwrap_err();
    let errors: Vec<&Problem> = problems.errors().collect();
    let [problem] = errors.as_slice() else { panic!("{text}\n{problems}") };
    assert_short(problem);
    if let Some(suggestion) = &problem.suggestion {
        let mut mended = text.to_owned();
        mended.replace_range(problem.span.clone(), suggestion);
        if let Err(left) = read("p.md", &mended) {
            let is_there = |left: &&Problem| left.span.start == problem.span.start;
            assert!(left.errors().find(is_there).is_none(), "{problem}\n{left}");
        }
    }
    (*problem).clone()
}

/// An otherwise sound file with this row.
fn row(name: &str, value: &str) -> String {
    let mut rows = vec![("Reason", "changed mind"), ("Decision", "refund")];
    rows.retain(|(known, _)| *known != name);
    rows.push((name, value));
    file(&rows)
}

fn in_german(name: &str, value: &str) -> String {
    row(name, value).replace("language: en", "language: de")
}

/// A sound file with this worked example.
fn case(case: &str, expect: &str) -> String {
    let good = file(&[("Reason", "changed mind"), ("Decision", "refund")]);
    format!("{good}\n## Examples\n\n| Case | Expect |\n|---|---|\n| {case} | {expect} |\n")
}

fn said(message: &str) -> (String, Option<String>) {
    (message.to_owned(), None)
}

fn meant(message: &str, suggestion: &str) -> (String, Option<String>) {
    (message.to_owned(), Some(suggestion.to_owned()))
}

#[test]
fn an_unclear_number_has_no_suggestion() {
    let unclear = said("it is unclear whether `60.000` means 60 or 60,000");
    assert_eq!(told(&row("At most", "$60.000")), unclear);
    let both = "it is unclear which is the month: write `2026-03-01` or `2026-01-03`";
    assert_eq!(told(&row("Applies when", "charge before 03/01/2026")), said(both));
    let one = "a cell has one value: either a share or an amount";
    assert_eq!(told(&row("Refund", "20 USD or 50 %")), said(one));
    let point = "in this language decimals are written with a point";
    assert_eq!(told(&row("Refund", "33,3 %")), meant(point, "33.3"));
    let alone = "an amount is a number and its currency, without `in full less`";
    assert_eq!(told(&row("Refund", "in full less 5 USD")), said(alone));
}

#[test]
fn a_limit_is_not_made_up() {
    let unit = "the time has no unit, such as `1 in 12 months`";
    assert_eq!(told(&row("Per customer", "1 in 12")), said(unit));
    let none = "a limit is written `1 in 12 months`; where there is none, leave the row out";
    for value in ["unlimited", "no limit", "-", "once ever", "unlimited per year"] {
        assert_eq!(told(&row("Per customer", value)), said(none), "{value}");
    }
    let time = "this needs the time in which it counts";
    assert_eq!(told(&row("Per customer", "once")), meant(time, "once in 12 months"));
    let refuse = "no refund at all is the decision `refuse`";
    assert_eq!(told(&row("Per customer", "0")), said(refuse));
    assert_eq!(
        told(&in_german("Per customer", "einmal")),
        meant(time, "einmal innerhalb von 12 Monaten")
    );
}

#[test]
fn once_a_year_is_a_limit_in_every_language() {
    for (language, value, count) in [
        ("en", "once a year", 1),
        ("en", "twice a year", 2),
        ("de", "einmal im Jahr", 1),
        ("de", "zweimal im Jahr", 2),
        ("de", "1 Mal im Jahr", 1),
        ("fr", "une fois par an", 1),
        ("fr", "deux fois chaque année", 2),
        ("es", "una vez al año", 1),
    ] {
        let limit = |value: &str| {
            let text = row("Per customer", value);
            let text = text.replace("language: en", &format!("language: {language}"));
            let policy = read("p.md", &text).unwrap_or_else(|problems| panic!("{problems}")).policy;
            format!("{:?}", policy.clauses().next().unwrap().rule)
        };
        assert_eq!(limit(value), limit(&format!("{count} per 1 year")), "{value}");
    }
}

#[test]
fn a_window_that_starts_elsewhere_is_not_moved_to_the_charge() {
    for start in ["first payment", "receipt", "cancelling", "delivery"] {
        let message = format!("a window is counted from the charge, not from `{start}`");
        assert_eq!(told(&row("Within", &format!("14 days of {start}"))), said(&message));
    }
    assert_eq!(told(&row("Within", "14 days of the chrage")).1.as_deref(), Some("charge"));
    assert_eq!(told(&in_german("Within", "14 Tage nach der Zustellung")).1, None);
    assert_eq!(told(&row("Within", "14")).1.as_deref(), Some("14 days"));
    assert_eq!(told(&row("Within", "14 dayz")).1.as_deref(), Some("days"));
    assert_eq!(told(&row("Within", "14 business days")).1, None);
}

#[test]
fn an_example_is_told_what_its_phrases_are() {
    let about = |phrase: &str| told(&case(&format!("49 USD, changed mind, {phrase}"), "refund"));
    let no_date = "an example has an age, such as `3 days ago`, and no date";
    for phrase in ["03/05/2026", "2026-08-25", "on 2026-08-25", "on 25 August 2026", "August 25"] {
        assert_eq!(about(phrase), said(no_date), "{phrase}");
    }
    let time = "say what this time is, such as `3 days ago` or `for 30 days`";
    assert_eq!(about("3 days"), said(time));
    let one_word = "an attribute is one word, such as `outage_hours 30`";
    assert_eq!(about("outage hours 30"), said(one_word));
    assert_eq!(about("2026"), said("an amount needs its currency"));
    assert_eq!(about("5 apples"), said("`apples` is not a currency"));
    let when = "say when it was refunded, such as `refunded 20 USD 2 months ago`";
    assert_eq!(about("refunded"), said(when));
    let alone = "an amount is a number and its currency, without `of`";
    for expect in ["refund of $30", "refund of 30 USD"] {
        assert_eq!(told(&case("49 USD, changed mind", expect)), said(alone), "{expect}");
    }
}

#[test]
fn front_matter_is_told_its_language_and_its_keys() {
    let front = |from: &str, to: &str| {
        let text = file(&[("Reason", "changed mind"), ("Decision", "refund")]);
        assert!(text.contains(from));
        told(&text.replacen(from, to, 1))
    };
    for (name, code) in [("German", "de"), ("Deutsch", "de"), ("french", "fr"), ("english", "en")] {
        let message = format!("`{name}` is not a language such as `en` or `pt-BR`");
        assert_eq!(front("language: en", &format!("language: {name}")), meant(&message, code));
    }
    assert_eq!(front("language: en", "language: Klingon").1, None);
    let twice = "`currency` stands in the front matter twice";
    assert_eq!(front("currency: usd", "currency: usd\ncurrency: eur"), said(twice));
    assert_eq!(front("title: Refunds", "title:"), said("`title` is empty"));
    assert_eq!(front("title: Refunds", "title: ~"), said("`title` is empty"));
}

#[test]
fn a_no_break_space_is_a_space_and_marks_belong_to_their_letters() {
    let plain = |text: &str| {
        format!("{:?}", read("p.md", text).unwrap().policy.clauses().next().unwrap().rule)
    };
    let expected = plain(&row("Within", "14 days"));
    for value in ["14&nbsp;days", "14\u{a0}days", "14\u{202f}days"] {
        assert_eq!(plain(&row("Within", value)), expected, "{value:?}");
    }
    let expected = plain(&in_german("Höchstens", "5 USD"));
    assert_eq!(plain(&in_german("Ho\u{308}chstens", "5 USD")), expected);
    let wrong = only(&in_german("Ho\u{308}chstns", "5 USD"));
    assert_eq!(wrong.text, "Ho\u{308}chstns");
    assert_eq!(wrong.suggestion.as_deref(), Some("Höchstens"));
}

#[test]
fn the_reasons_are_listed_where_none_is_near() {
    for reason in ["arrived broken", "cancelled", "any"] {
        let problem = only(&row("Reason", reason));
        assert_eq!(problem.suggestion, None, "{reason}");
        let note = problem.note.unwrap();
        for known in ["duplicate charge", "changed mind", "other", "`any reason` for all of them"] {
            assert!(note.contains(known), "{note}");
        }
    }
}
