//! Reads `Applies when`.

use quittance_core::decimal::Decimal;
use quittance_core::money::Currency;
use quittance_core::policy::{Choice, Compare, Condition, Period, Test, When};

use super::{Draft, Reader};
use crate::period;
use crate::problem::quote;
use crate::text::{Piece, fold};
use crate::tongue::Writing;
use crate::vocabulary::{
    COMPARES, CONDITIONS, ConditionForm, METHODS, Phrases, STATUSES, SUBJECTS, Subject, Table,
};

/// A condition before its values are read.
struct Compared<'a> {
    /// The whole condition.
    whole: Piece<'a>,
    subject: Subject,
    /// The attribute's name, where it is about one.
    name: Option<Piece<'a>>,
    /// How it is compared, if that is said.
    compare: Option<Compare>,
    /// What it is compared with; at least one thing.
    values: Vec<Piece<'a>>,
}

/// What a part of the cell is.
enum Part<'a> {
    /// A whole phrase, and the period after it.
    Phrase(ConditionForm, Piece<'a>, Option<Piece<'a>>),
    /// Something that is compared.
    Compared(Compared<'a>),
    /// Neither, so another value of the condition before, or a mistake.
    Neither(Piece<'a>),
}

/// Reads `Applies when`.
pub(crate) fn conditions(draft: &mut Draft, value: Piece<'_>, reader: &mut Reader) {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let pieces = value.split_amounts(reader.tongue());
    let mut last: Option<Piece<'_>> = None;
    for piece in reader.bounded(value, pieces) {
        match (part(piece, reader.writing), parts.last_mut()) {
            (Part::Neither(more), Some(Part::Compared(before)))
                if before.takes_more(more, reader.writing) =>
            {
                before.values.push(more);
            }
            (part, _) => {
                if last.is_some_and(|last| says_either(last.until(piece), reader.writing)) {
                    let or = Phrases::first(reader.writing.own().either);
                    let message = format!(
                        "`{or}` cannot stand between conditions, which must all hold; give the other case a clause of \
                         its own"
                    );
                    reader.fault(piece.fault(message));
                }
                parts.push(part);
            }
        }
        last = Some(piece);
    }
    let count = parts.len();
    for part in parts {
        match part {
            Part::Phrase(ConditionForm::Always, whole, period) => {
                if count > 1 || period.is_some() {
                    reader.fault(whole.fault(format!("`{}` stands alone", quote(whole.text()))));
                }
            }
            Part::Phrase(form, whole, period) => {
                draft.conditions.extend(phrase(form, whole, period, reader));
            }
            Part::Compared(compared) => draft.conditions.extend(compared.read(reader)),
            Part::Neither(piece) => unknown(piece, reader),
        }
    }
}

/// Whether `or` stands between two conditions.
fn says_either(between: &str, writing: Writing) -> bool {
    let mut either = writing.phrases().flat_map(|phrases| phrases.either);
    let words = fold(between);
    either.any(|or| words.split([' ', ',', ';']).any(|word| word == *or))
}

/// What `piece` says is known, as a condition whose comparison is `is`; none where it is about nothing that
/// conditions look at.
pub(crate) fn knows(
    piece: Piece<'_>,
    writing: Writing,
) -> Option<(Subject, Option<Piece<'_>>, Piece<'_>)> {
    match part(piece, writing) {
        Part::Compared(compared) => {
            let value = *compared.values.first()?;
            Some((compared.subject, compared.name, value))
        }
        Part::Phrase(..) | Part::Neither(_) => {
            let (subject, count) = SUBJECTS.find_start(writing.tongue, &piece.folded())?;
            let value = piece.after_words(count);
            (!value.is_empty() && subject.meaning != Subject::Attribute).then_some((
                subject.meaning,
                None,
                value,
            ))
        }
    }
}

fn part(piece: Piece<'_>, writing: Writing) -> Part<'_> {
    let tongue = writing.tongue;
    let within = writing.phrases().flat_map(|phrases| phrases.within);
    let (words, period) = match piece.split_at_any(within) {
        Some((words, period)) if !words.is_empty() => (words, Some(period)),
        Some(_) | None => (piece, None),
    };
    if let Some(entry) = CONDITIONS.find(tongue, words.text()) {
        return Part::Phrase(entry.meaning, words, period);
    }
    compared(piece, writing).map_or(Part::Neither(piece), Part::Compared)
}

fn compared(piece: Piece<'_>, writing: Writing) -> Option<Compared<'_>> {
    let tongue = writing.tongue;
    let folded = piece.folded();
    let (subject, count) = match SUBJECTS.find_start(tongue, &folded) {
        Some((entry, count)) => (entry.meaning, count),
        // `older than 3 days` is about the charge.
        None if COMPARES
            .find_start(tongue, &folded)
            .is_some_and(|(entry, _)| is_age(entry.meaning)) =>
        {
            (Subject::Charge, 0)
        }
        None => (Subject::Attribute, 0),
    };
    let mut rest = piece.after_words(count);
    let mut name = None;
    if subject == Subject::Attribute {
        let end = rest.text().find(char::is_whitespace)?;
        let named = rest.part(0..end);
        let is_name = |text: &str| {
            text.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '$'))
        };
        if !is_name(named.text()) || count == 0 && !named.text().contains('_') {
            return None;
        }
        rest = rest.after(end);
        name = Some(named);
    }
    let (compare, words) = match COMPARES.find_start(tongue, &rest.folded()) {
        Some((entry, words)) => (Some(entry.meaning), words),
        None => (None, 0),
    };
    let value = rest.after_words(words);
    // The country `IS` only looks like a comparison.
    let is_code = value.is_empty() && subject == Subject::Country;
    let (compare, value) = if is_code { (None, rest) } else { (compare, value) };
    let is_said = compare.is_some() || subject.is_choice();
    (is_said && !value.is_empty()).then(|| Compared {
        whole: piece,
        subject,
        name,
        compare,
        values: vec![value],
    })
}

fn is_age(compare: Compare) -> bool {
    !matches!(compare, Compare::Is | Compare::IsNot)
}

impl Subject {
    /// Whether it is one of several things, so that `is` need not be said.
    fn is_choice(self) -> bool {
        match self {
            Self::Currency
            | Self::Method
            | Self::Country
            | Self::Subscription
            | Self::Attribute => true,
            Self::Amount | Self::Charge | Self::Trial | Self::EarlierRefunds => false,
        }
    }
}

impl Compared<'_> {
    /// Whether this may be another of its values. What compares something is a condition of its own, even if
    /// a misspelt one.
    fn takes_more(&self, more: Piece<'_>, writing: Writing) -> bool {
        let is_choice = !self.compare.is_some_and(is_age) && self.subject.is_choice();
        let mut words = more.text().match_indices(' ').map(|(at, _)| more.after(at).folded());
        let compares = words.any(|rest| COMPARES.find_start(writing.tongue, &rest).is_some());
        (self.subject == Subject::Amount || is_choice) && !compares
    }

    fn read(&self, reader: &mut Reader) -> Option<Condition> {
        let value = *self.values.first()?;
        match self.subject {
            Subject::Amount => self.amount(reader),
            Subject::Charge => {
                self.when(value, reader).map(|(how, when)| Condition::Charged(how, when))
            }
            Subject::Trial => {
                self.when(value, reader).map(|(how, when)| Condition::TrialEnded(how, when))
            }
            Subject::Currency => self.choice(reader, currency).map(Condition::Currency),
            Subject::Method => self
                .choice(reader, |value, reader| one_of(value, &METHODS, "a payment method", reader))
                .map(Condition::Method),
            Subject::Country => self.choice(reader, country).map(Condition::Country),
            Subject::Subscription => self.subscription(value, reader),
            Subject::EarlierRefunds => self.earlier_refunds(value, reader),
            Subject::Attribute => {
                let name = self.name?.text().to_owned();
                self.test(value, reader).map(|test| Condition::Attribute(name, test))
            }
        }
    }

    fn amount(&self, reader: &mut Reader) -> Option<Condition> {
        let mut amounts = Vec::new();
        for value in &self.values {
            match crate::amount::read(*value, reader.writing) {
                Ok(amount) => amounts.push(amount),
                Err(fault) => reader.fault(fault),
            }
        }
        if !amounts.is_empty()
            && quittance_core::policy::in_currency(&amounts, reader.home()).is_none()
        {
            reader.missing_home(self.whole);
        }
        (amounts.len() == self.values.len())
            .then(|| Condition::Amount(self.compare.unwrap_or(Compare::Is), amounts))
    }

    /// A day, or how long ago something is.
    fn when(&self, value: Piece<'_>, reader: &mut Reader) -> Option<(Compare, When)> {
        let compare = self.compare?;
        if let Some(day) = period::read_day(value, reader.writing) {
            return match day {
                Ok(day) => Some((compare, When::On(day))),
                Err(fault) => {
                    reader.fault(fault);
                    None
                }
            };
        }
        let length = period::read_ago(value, reader.writing)
            .unwrap_or_else(|| period::read(value, reader.writing));
        match length {
            Ok(length) => Some((compare, When::Ago(length))),
            Err(fault) => {
                reader.fault(fault);
                None
            }
        }
    }

    fn choice<T>(
        &self,
        reader: &mut Reader,
        read: impl Fn(Piece<'_>, &mut Reader) -> Option<T>,
    ) -> Option<Choice<T>> {
        let is = match self.compare {
            None | Some(Compare::Is) => true,
            Some(Compare::IsNot) => false,
            Some(Compare::Below | Compare::AtMost | Compare::AtLeast | Compare::Above) => {
                let message = "this is one of several things, and not more or less than one";
                reader.fault(self.whole.fault(message));
                return None;
            }
        };
        let listed: Vec<T> = self.values.iter().filter_map(|value| read(*value, reader)).collect();
        (listed.len() == self.values.len()).then_some(Choice { is, listed })
    }

    /// A status, or how old the subscription is.
    fn subscription(&self, value: Piece<'_>, reader: &mut Reader) -> Option<Condition> {
        let has_digit = value.text().contains(|char: char| char.is_ascii_digit());
        if self.compare.is_some_and(is_age) || has_digit && self.compare.is_some() {
            return self.when(value, reader).map(|(how, when)| Condition::Subscribed(how, when));
        }
        self.choice(reader, |value, reader| {
            one_of(value, &STATUSES, "a status of a subscription", reader)
        })
        .map(Condition::Subscription)
    }

    /// A count, with or without a period.
    fn earlier_refunds(&self, value: Piece<'_>, reader: &mut Reader) -> Option<Condition> {
        let compare = self.compare?;
        let per = reader.writing.phrases().flat_map(|phrases| phrases.per);
        let (count, length) = match value.split_at_any(per) {
            Some((count, length)) => (count, Some(period::read(length, reader.writing))),
            None => (value, None),
        };
        let length: Option<Period> = match length.transpose() {
            Ok(length) => length,
            Err(fault) => {
                reader.fault(fault);
                return None;
            }
        };
        let Some(number) = period::read_count(count.text(), reader.writing) else {
            reader.fault(count.fault("this is not a number of refunds"));
            return None;
        };
        Some(Condition::EarlierRefunds(compare, number, length))
    }

    /// What an attribute is compared with.
    fn test(&self, value: Piece<'_>, reader: &mut Reader) -> Option<Test> {
        let writing = reader.writing;
        let compare = self.compare.unwrap_or(Compare::Is);
        if let Ok(number) = writing.digits.with_point(value.text()).parse::<Decimal>() {
            if let Some(second) = self.values.get(1) {
                reader.fault(second.fault("a number is compared with one number"));
                return None;
            }
            return Some(Test::Number(compare, number));
        }
        let has_digit = value.text().starts_with(|char: char| char.is_ascii_digit());
        if is_age(compare) || has_digit && period::read_day(value, writing).is_some() {
            return self.when(value, reader).map(|(how, when)| Test::Date(how, when));
        }
        let folded = value.folded();
        let flag = writing.phrases().find_map(|phrases| {
            let [yes, no] = phrases.yes_no;
            let is = |words: &[&str]| words.iter().any(|word| fold(word) == folded);
            if is(yes) { Some(true) } else { is(no).then_some(false) }
        });
        if let Some(flag) = flag.filter(|_| self.values.len() == 1) {
            return Some(Test::Flag(flag == (compare == Compare::Is)));
        }
        let text = |value: Piece<'_>, _: &mut Reader| {
            Some(value.text().trim_matches(['"', '\'']).to_owned())
        };
        self.choice(reader, text).map(Test::Text)
    }
}

fn currency(value: Piece<'_>, reader: &mut Reader) -> Option<Currency> {
    let read = value.text().parse().ok();
    if read.is_none() {
        let message =
            format!("`{}` is not a currency code of ISO 4217, such as `USD`", quote(value.text()));
        reader.fault(value.fault(message));
    }
    read
}

/// Two capital letters. What a country is called is not in them, so names are refused.
fn country(value: Piece<'_>, reader: &mut Reader) -> Option<String> {
    let text = value.text().to_ascii_uppercase();
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if text == "UK" {
        reader.fault(value.fault("the United Kingdom has another code").suggest("GB"));
        return None;
    }
    if !is_code {
        let text = quote(value.text());
        let message = format!("`{text}` is not a country in two letters, such as `US`");
        reader.fault(value.fault(message));
        return None;
    }
    Some(text)
}

/// A word of a closed list, as Stripe writes it.
fn one_of(
    value: Piece<'_>,
    table: &'static Table<&'static str>,
    what: &str,
    reader: &mut Reader,
) -> Option<String> {
    let tongue = reader.tongue();
    if let Some(entry) = table.find(tongue, value.text()) {
        return Some(entry.meaning.to_owned());
    }
    let words: Vec<&str> = table.entries.iter().map(|entry| entry.word(tongue)).collect();
    let message = format!("`{}` is not {what}", quote(value.text()));
    let fault = value.fault(message).note(format!("known are {}", words.join(", ")));
    reader.fault(fault.perhaps(table.suggest(tongue, value.text())));
    None
}

fn phrase(
    form: ConditionForm,
    whole: Piece<'_>,
    period: Option<Piece<'_>>,
    reader: &mut Reader,
) -> Option<Condition> {
    let tongue = reader.tongue();
    let entry = CONDITIONS.find(tongue, whole.text());
    let length = match period.map(|period| period::read(period, reader.writing)).transpose() {
        Ok(length) => length,
        Err(fault) => {
            reader.fault(fault);
            return None;
        }
    };
    match (form, length) {
        (ConditionForm::Plain(make), None) => Some(make()),
        (ConditionForm::Timed(make), Some(length)) => Some(make(length)),
        (ConditionForm::MaybeTimed(make), length) => Some(make(length)),
        (ConditionForm::Timed(_), None) => {
            let word = entry.map_or("", |entry| entry.word(tongue));
            let example = entry.map_or("", |entry| entry.example(tongue));
            reader.fault(whole.fault(format!("`{word}` needs a period")).suggest(example));
            None
        }
        (ConditionForm::Plain(_) | ConditionForm::Always, _) => {
            let word = entry.map_or("", |entry| entry.word(tongue));
            let message = format!("`{word}` has no period; use the row `Within`");
            reader.fault(whole.fault(message).suggest(word));
            None
        }
    }
}

/// Says what is wrong with a part that is no condition.
fn unknown(piece: Piece<'_>, reader: &mut Reader) {
    let tongue = reader.tongue();
    let text = piece.text();
    if let Some((subject, count)) = SUBJECTS.find_start(tongue, &piece.folded()) {
        let rest = piece.after_words(count);
        let message = format!(
            "`{}` is compared, such as `{}`",
            subject.word(tongue),
            subject.example(tongue)
        );
        let at = if rest.is_empty() { piece } else { rest };
        return reader.fault(at.fault(message));
    }
    let near = CONDITIONS.suggest(tongue, text).map(ToOwned::to_owned).or_else(|| {
        let first = text.split_whitespace().next()?;
        let subject = SUBJECTS.suggest(tongue, first)?;
        Some(text.replacen(first, subject, 1))
    });
    let attribute = SUBJECTS.entries.last().map_or("attribute", |entry| entry.word(tongue));
    let mut fault = piece.fault(format!("`{}` is no condition that policies know", quote(text)));
    if near.is_none() {
        fault = fault.note(format!(
            "an attribute of the contact in Intercom is written `{attribute} NAME is …`"
        ));
    }
    reader.fault(fault.perhaps(near));
}
