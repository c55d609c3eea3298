//! What the customer is told: sentences of the company, filled from the outcome.
//!
//! A language is one markdown file: a heading per reply, the text below it, placeholders in braces.
//! No sentence about money comes from anywhere else.

use std::collections::BTreeMap;
use std::fmt;

use crate::facts::{Refund, RefundStatus};
use crate::money::Money;

/// The longest template file, in bytes.
pub const LARGEST_FILE: usize = 64 * 1024;

/// A reply and what fills it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Who is speaking; put before the first reply of a conversation.
    Introduction,
    /// A refund was made.
    Refund(Confirmed),
    /// The policy refuses.
    Refused(Quote),
    /// Everything was given back before.
    AlreadyRefunded,
    /// A person has the conversation now.
    HandedOver,
    /// A person has the conversation now, since nobody signed who the customer is.
    NotVerified,
    /// The bank sent a refund back.
    RefundFailed(Money),
    /// What the policy says, to somebody who asked about it.
    Quoted(Quote),
    /// What the model wrote and the filter passed.
    Free(String),
}

/// A refund that Stripe has confirmed. Only a refund object makes one, so no reply can name an amount
/// that was not given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    amount: Money,
    is_succeeded: bool,
    method: String,
}

impl Confirmed {
    /// Reads the refund that Stripe answered with. None, when it did not go through.
    ///
    /// `paid_with` is how the customer paid, in the words of [`Method::name`](crate::facts::Method::name).
    pub fn new(refund: &Refund, paid_with: &str) -> Option<Self> {
        refund.status.may_stand().then(|| Self {
            amount: refund.amount,
            is_succeeded: refund.status == RefundStatus::Succeeded,
            method: paid_with.to_owned(),
        })
    }

    /// The amount that was given back.
    pub fn amount(&self) -> Money {
        self.amount
    }
}

/// A clause of the policy in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The clause's heading.
    pub clause: String,
    /// Its prose, word for word.
    pub text: String,
}

impl Quote {
    /// Quotes a clause. The line breaks inside its paragraphs are dropped: they are only where the file
    /// was wrapped.
    pub fn new(clause: &str, prose: &str) -> Self {
        let paragraphs = prose.split("\n\n").map(|paragraph| {
            let is_list =
                paragraph.lines().any(|line| line.trim_start().starts_with(['-', '*', '|', '>']));
            if is_list {
                paragraph.trim().to_owned()
            } else {
                paragraph.split_whitespace().collect::<Vec<_>>().join(" ")
            }
        });
        let text =
            paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n");
        Self { clause: clause.to_owned(), text }
    }
}

/// One template of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Template {
    Introduction,
    RefundSubmitted,
    RefundSucceeded,
    Refused,
    AlreadyRefunded,
    HandedOver,
    NotVerified,
    RefundFailed,
    Quoted,
}

/// Every template: its heading, and the placeholders it must and may have.
const TEMPLATES: [(Template, &str, &[&str]); 9] = [
    (Template::Introduction, "Introduction", &[]),
    (Template::RefundSubmitted, "Refund submitted", &["amount", "method"]),
    (Template::RefundSucceeded, "Refund succeeded", &["amount", "method"]),
    (Template::Refused, "Refused", &["clause", "quote"]),
    (Template::AlreadyRefunded, "Already refunded", &[]),
    (Template::HandedOver, "Handed over", &[]),
    (Template::NotVerified, "Not verified", &[]),
    (Template::RefundFailed, "Refund failed", &["amount"]),
    (Template::Quoted, "Quoted", &["clause", "quote"]),
];

/// Something wrong with a template file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// The replies of one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    language: String,
    texts: BTreeMap<Template, String>,
}

impl Templates {
    /// Reads a language's file, or tells every problem in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let problem = |line, message: String| Problem { file: file.to_owned(), line, message };
        if text.len() > LARGEST_FILE {
            return Err(vec![problem(1, format!("the file is larger than {LARGEST_FILE} bytes"))]);
        }
        let mut problems = Vec::new();
        let (language, sections) = sections(text);
        if language.is_none() {
            problems.push(problem(
                1,
                "say the language on top: `---`, `language: en`, `---`".to_owned(),
            ));
        }
        let mut texts = BTreeMap::new();
        for (line, heading, text) in sections {
            let Some((template, _, allowed)) =
                TEMPLATES.into_iter().find(|(_, name, _)| *name == heading)
            else {
                let names = TEMPLATES.map(|(_, name, _)| name).join(", ");
                problems.push(problem(
                    line,
                    format!("`{heading}` is not a reply; the replies are: {names}"),
                ));
                continue;
            };
            problems.extend(
                check(&text, heading, allowed).into_iter().map(|message| problem(line, message)),
            );
            if texts.insert(template, text).is_some() {
                problems.push(problem(line, format!("`{heading}` stands here a second time")));
            }
        }
        let missing =
            TEMPLATES.into_iter().filter(|(template, _, _)| !texts.contains_key(template));
        problems.extend(
            missing.map(|(_, name, _)| problem(1, format!("the reply `{name}` is missing"))),
        );
        match language {
            Some(language) if problems.is_empty() => Ok(Self { language, texts }),
            _ => Err(problems),
        }
    }

    /// The language's code, such as `fr`.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Writes a reply.
    pub fn write(&self, reply: &Reply) -> String {
        match reply {
            Reply::Introduction => self.fill(Template::Introduction, &[]),
            Reply::Refund(refund) => {
                let template = if refund.is_succeeded {
                    Template::RefundSucceeded
                } else {
                    Template::RefundSubmitted
                };
                self.fill(
                    template,
                    &[("amount", &self.amount(refund.amount)), ("method", &refund.method)],
                )
            }
            Reply::Refused(quote) => {
                self.fill(Template::Refused, &[("clause", &quote.clause), ("quote", &quote.text)])
            }
            Reply::AlreadyRefunded => self.fill(Template::AlreadyRefunded, &[]),
            Reply::HandedOver => self.fill(Template::HandedOver, &[]),
            Reply::NotVerified => self.fill(Template::NotVerified, &[]),
            Reply::RefundFailed(amount) => {
                self.fill(Template::RefundFailed, &[("amount", &self.amount(*amount))])
            }
            Reply::Quoted(quote) => {
                self.fill(Template::Quoted, &[("clause", &quote.clause), ("quote", &quote.text)])
            }
            Reply::Free(text) => text.clone(),
        }
    }

    /// An amount as the language writes it, with the currency's code.
    fn amount(&self, amount: Money) -> String {
        let point = if matches!(self.language.as_str(), "en" | "ja") { "." } else { "," };
        format!("{} {}", amount.decimal().replace('.', point), amount.currency())
    }

    /// Fills in one pass, so that a filled-in text is never read as a placeholder.
    fn fill(&self, template: Template, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.texts.get(&template).map_or("", String::as_str);
        while let Some((before, name, after)) = placeholder(rest) {
            filled.push_str(before);
            let value = values.iter().find(|(known, _)| *known == name);
            filled.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// The text before the first placeholder, its name, and the text after it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// The language of the front matter, and each heading with its line and the text below it.
fn sections(text: &str) -> (Option<String>, Vec<(usize, &str, String)>) {
    let mut language = None;
    let mut sections: Vec<(usize, &str, String)> = Vec::new();
    for (line, number) in text.lines().zip(1_usize..) {
        if let Some(heading) = line.strip_prefix("# ") {
            sections.push((number, heading.trim(), String::new()));
        } else if let Some((_, _, text)) = sections.last_mut() {
            text.push_str(line.trim_end());
            text.push('\n');
        } else if let Some(code) = line.strip_prefix("language:") {
            language = Some(code.trim().to_owned()).filter(|code| !code.is_empty());
        }
    }
    for (_, _, text) in &mut sections {
        *text = text.trim().to_owned();
    }
    (language, sections)
}

fn check(text: &str, heading: &str, allowed: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    if text.is_empty() {
        problems.push(format!("`{heading}` has no text"));
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, name, after)) = placeholder(rest) {
        if !allowed.contains(&name) {
            let known = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
            problems.push(format!("`{heading}` has no placeholder `{{{name}}}`; it has: {known}"));
        }
        found.push(name);
        rest = after;
    }
    if rest.contains(['{', '}']) {
        problems.push(format!("a brace in `{heading}` has no partner"));
    }
    let missing = allowed.iter().filter(|name| !found.contains(name));
    problems.extend(missing.map(|name| format!("`{heading}` does not say `{{{name}}}`")));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tests::refund;
    use crate::money::Currency;

    const ENGLISH: &str = include_str!("../../../policies/replies/en.md");
    const FRENCH: &str = include_str!("../../../policies/replies/fr.md");

    fn confirmed(minor: i64, currency: Currency, status: RefundStatus) -> Option<Confirmed> {
        Confirmed::new(&refund("re_1", minor, currency, status), "Visa 4242")
    }

    #[test]
    fn a_refund_is_submitted_until_it_has_succeeded() {
        let english = Templates::parse("en.md", ENGLISH).unwrap();
        let written = |status| {
            english.write(&Reply::Refund(confirmed(4_900, Currency::USD, status).unwrap()))
        };
        let submitted = written(RefundStatus::Pending);
        assert!(
            submitted.contains("submitted your refund of 49.00 USD")
                && submitted.contains("(Visa 4242)")
        );
        assert!(!written(RefundStatus::Succeeded).contains("submitted"));
    }

    #[test]
    fn a_refund_that_failed_confirms_nothing() {
        assert_eq!(confirmed(4_900, Currency::USD, RefundStatus::Failed), None);
        assert_eq!(confirmed(4_900, Currency::USD, RefundStatus::Canceled), None);
    }

    #[test]
    fn amounts_are_written_as_the_language_writes_them() {
        let french = Templates::parse("fr.md", FRENCH).unwrap();
        let written = |minor, currency| {
            french
                .write(&Reply::Refund(confirmed(minor, currency, RefundStatus::Succeeded).unwrap()))
        };
        assert!(written(4_950, Currency::EUR).contains("49,50 EUR"));
        assert!(written(4_950, Currency::JPY).contains("4950 JPY"));
    }

    #[test]
    fn a_filled_in_text_is_not_read_as_a_placeholder() {
        let english = Templates::parse("en.md", ENGLISH).unwrap();
        let quote = Quote { clause: "{quote}".to_owned(), text: "secret".to_owned() };
        assert_eq!(english.write(&Reply::Refused(quote)).matches("secret").count(), 1);
    }

    #[test]
    fn a_quotation_keeps_its_words_and_loses_the_wrapping() {
        let prose = "\nIf we took the\nsame payment twice.\n\n- one\n- two\n";
        assert_eq!(
            Quote::new("x", prose).text,
            "If we took the same payment twice.\n\n- one\n- two"
        );
    }

    #[test]
    fn every_problem_of_a_file_is_told_with_its_line() {
        let text = ENGLISH
            .replace("{amount} is on", "{sum} is on")
            .replace("# Handed over", "# Handed off");
        let problems = Templates::parse("en.md", &text).unwrap_err();
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 4, "{told:#?}");
        assert!(
            told.iter()
                .any(|problem| problem.starts_with("en.md:13: ") && problem.contains("`{sum}`"))
        );
        assert!(told.iter().any(|problem| problem.contains("`Handed off` is not a reply")));
        assert!(told.iter().any(|problem| problem.contains("the reply `Handed over` is missing")));
    }
}
