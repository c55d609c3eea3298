//! What the customer is told: sentences of the company, filled from the outcome.
//!
//! A language is one markdown file, which the language crate reads: a heading per outcome, the text below
//! it, placeholders in braces. No sentence about money comes from anywhere else.

mod arrival;
mod outcome;
mod text;

use std::collections::BTreeMap;

use crate::facts::{Refund, RefundStatus};
use crate::locale;
use crate::money::Money;
use crate::policy::Language;

pub use arrival::{Arrival, Days};
pub use outcome::{Outcome, Placeholder};
pub use text::{Part, Text};

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
    /// A person has the conversation now, since the customer asked for one.
    AskedForPerson,
    /// A person has the conversation now, since nobody signed who the customer is.
    NotVerified,
    /// The bank sent a refund back.
    RefundFailed(Money),
    /// What the policy says, to somebody who asked about it.
    Quoted(Quote),
    /// A person will have the conversation once the office is open.
    HandedOverLater,
    /// Nobody has answered a question of ours.
    Reminder,
    /// A person was asked to approve a refund.
    InReview,
    /// A person has decided against it.
    Declined,
    /// A card number was taken out of what the customer wrote; put before what answers that.
    CardRemoved,
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

/// The replies of one language. All of them are there, and each says what it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    language: Language,
    texts: BTreeMap<Outcome, Text>,
    arrival: Arrival,
}

/// What is missing in the replies of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// A reply has no text, or its text does not say what it must.
    #[error("the reply `{}` is missing or does not say what it must", .0.heading())]
    Reply(Outcome),
    /// When money arrives is not said in the form that the language needs.
    #[error("when money arrives is not said")]
    Arrival,
}

/// What fills a reply.
#[derive(Default)]
struct Values<'a> {
    amount: Option<Money>,
    method: &'a str,
    quote: Option<&'a Quote>,
}

impl Templates {
    /// The replies of a language. Fails when one is missing or does not say what it must.
    pub fn new(
        language: Language,
        texts: BTreeMap<Outcome, Text>,
        arrival: Arrival,
    ) -> Result<Self, Incomplete> {
        for outcome in Outcome::ALL {
            let text = texts.get(&outcome).filter(|text| !text.is_empty());
            let says_all = |text: &Text| outcome.must_say().iter().all(|it| text.says(*it));
            if !text.is_some_and(says_all) {
                return Err(Incomplete::Reply(outcome));
            }
        }
        Ok(Self { language, texts, arrival })
    }

    /// The language's code without a region, such as `fr`.
    pub fn language(&self) -> &str {
        self.language.primary()
    }

    /// Writes a reply.
    pub fn write(&self, reply: &Reply) -> String {
        match reply {
            Reply::Introduction => self.fill(Outcome::Introduction, &Values::default()),
            Reply::Refund(refund) => {
                let outcome = if refund.is_succeeded {
                    Outcome::RefundSucceeded
                } else {
                    Outcome::RefundSubmitted
                };
                let values = Values {
                    amount: Some(refund.amount),
                    method: &refund.method,
                    ..Values::default()
                };
                self.fill(outcome, &values)
            }
            Reply::Refused(quote) => self.quote(Outcome::Refused, quote),
            Reply::AlreadyRefunded => self.fill(Outcome::AlreadyRefunded, &Values::default()),
            Reply::HandedOver => self.fill(Outcome::HandedOver, &Values::default()),
            Reply::AskedForPerson => self.fill(Outcome::AskedForPerson, &Values::default()),
            Reply::NotVerified => self.fill(Outcome::NotVerified, &Values::default()),
            Reply::HandedOverLater => self.fill(Outcome::HandedOverLater, &Values::default()),
            Reply::Reminder => self.fill(Outcome::Reminder, &Values::default()),
            Reply::InReview => self.fill(Outcome::InReview, &Values::default()),
            Reply::Declined => self.fill(Outcome::Declined, &Values::default()),
            Reply::RefundFailed(amount) => {
                let values = Values { amount: Some(*amount), ..Values::default() };
                self.fill(Outcome::RefundFailed, &values)
            }
            Reply::Quoted(quote) => self.quote(Outcome::Quoted, quote),
            Reply::CardRemoved => self.fill(Outcome::CardRemoved, &Values::default()),
            Reply::Free(text) => text.clone(),
        }
    }

    fn quote(&self, outcome: Outcome, quote: &Quote) -> String {
        self.fill(outcome, &Values { quote: Some(quote), ..Values::default() })
    }

    fn fill(&self, outcome: Outcome, values: &Values<'_>) -> String {
        let value = |placeholder| match placeholder {
            Placeholder::Amount => {
                values.amount.map_or_else(String::new, |it| locale::amount(&self.language, it))
            }
            Placeholder::Method => values.method.to_owned(),
            Placeholder::Clause => values.quote.map_or_else(String::new, |it| it.clause.clone()),
            Placeholder::Quote => values.quote.map_or_else(String::new, |it| it.text.clone()),
            Placeholder::Arrival => self.arrival.write(&self.language),
            Placeholder::Days | Placeholder::From | Placeholder::To => String::new(),
        };
        self.texts.get(&outcome).map_or_else(String::new, |text| text.fill(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tests::refund;
    use crate::locale::Plural;
    use crate::money::Currency;

    fn confirmed(minor: i64, currency: Currency, status: RefundStatus) -> Option<Confirmed> {
        Confirmed::new(&refund("re_1", minor, currency, status), "Visa 4242")
    }

    /// A text of its heading and everything it may say.
    fn text(outcome: Outcome) -> Text {
        let mut parts = vec![Part::Words(outcome.heading().to_owned())];
        for placeholder in outcome.must_say().iter().chain(outcome.may_say()) {
            parts.extend([Part::Words(" ".to_owned()), Part::Value(*placeholder)]);
        }
        Text::new(parts)
    }

    fn arrival(language: &Language, from: u32, to: u32) -> Arrival {
        let days = Days::new(from, to).unwrap();
        let said = |word: &str| {
            let mut parts = vec![Part::Words("in ".to_owned())];
            for placeholder in days.must_say() {
                parts.extend([Part::Value(*placeholder), Part::Words(" ".to_owned())]);
            }
            parts.push(Part::Words(word.to_owned()));
            Text::new(parts)
        };
        let forms = [(Plural::One, said("day")), (Plural::Other, said("days"))];
        Arrival::new(language, days, BTreeMap::from(forms)).unwrap()
    }

    fn templates(tag: &str, from: u32, to: u32) -> Templates {
        let language: Language = tag.parse().unwrap();
        let texts = Outcome::ALL.map(|outcome| (outcome, text(outcome)));
        let arrival = arrival(&language, from, to);
        Templates::new(language, BTreeMap::from(texts), arrival).unwrap()
    }

    #[test]
    fn a_refund_is_submitted_until_it_has_succeeded() {
        let english = templates("en", 5, 10);
        let written = |status| {
            english.write(&Reply::Refund(confirmed(4_900, Currency::USD, status).unwrap()))
        };
        let said = "49.00 USD Visa 4242 in 5 10 days";
        assert_eq!(written(RefundStatus::Pending), format!("Refund submitted {said}"));
        assert_eq!(written(RefundStatus::Succeeded), format!("Refund succeeded {said}"));
    }

    #[test]
    fn a_refund_that_failed_confirms_nothing() {
        assert_eq!(confirmed(4_900, Currency::USD, RefundStatus::Failed), None);
        assert_eq!(confirmed(4_900, Currency::USD, RefundStatus::Canceled), None);
    }

    #[test]
    fn days_are_said_in_the_form_that_goes_with_them() {
        let written = |from, to| templates("en", from, to).write(&Reply::AlreadyRefunded);
        assert_eq!(written(1, 1), "Already refunded in 1 day");
        assert_eq!(written(2, 2), "Already refunded in 2 days");
        assert_eq!(written(1, 2), "Already refunded in 1 2 days");
        assert_eq!(Days::new(0, 3), None);
        assert_eq!(Days::new(5, 3), None);
        assert_eq!(Days::new(1, 91), None);
    }

    #[test]
    fn a_filled_in_text_is_not_read_as_a_placeholder() {
        let quote = Quote { clause: "{quote}".to_owned(), text: "secret".to_owned() };
        let written = templates("en", 1, 1).write(&Reply::Refused(quote));
        assert_eq!(written, "Refused {quote} secret");
    }

    #[test]
    fn replies_that_do_not_say_everything_are_none() {
        let language: Language = "en".parse().unwrap();
        let mut texts = BTreeMap::from(Outcome::ALL.map(|outcome| (outcome, text(outcome))));
        let read = |texts: &BTreeMap<_, _>| {
            Templates::new(language.clone(), texts.clone(), arrival(&language, 5, 10)).map(|_| ())
        };
        assert_eq!(read(&texts), Ok(()));
        texts.insert(Outcome::Refused, Text::new(vec![Part::Words("No.".to_owned())]));
        assert_eq!(read(&texts), Err(Incomplete::Reply(Outcome::Refused)));
        texts.remove(&Outcome::Refused);
        assert_eq!(read(&texts), Err(Incomplete::Reply(Outcome::Refused)));
        let days = Days::new(5, 10).unwrap();
        assert_eq!(Arrival::new(&language, days, BTreeMap::new()), Err(Incomplete::Arrival));
    }

    #[test]
    fn a_quotation_keeps_its_words_and_loses_the_wrapping() {
        let prose = "\nIf we took the\nsame payment twice.\n\n- one\n- two\n";
        assert_eq!(
            Quote::new("x", prose).text,
            "If we took the same payment twice.\n\n- one\n- two"
        );
    }
}
