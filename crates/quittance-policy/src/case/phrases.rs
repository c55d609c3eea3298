//! The phrases of a case, each read by a function that the vocabulary names.

use quittance_core::decimal::Decimal;

use super::{
    AttributeValue, Billing, CONDITIONS, CaseDraft, CaseReader, Condition, ConditionForm, Fault,
    METHODS, Money, Period, Phrases, Piece, REASONS, STATUSES, Subject, TimeZone, Timestamp,
    Tongue, Unit, Writing, date, period, read,
};
use crate::problem::quote;
use crate::text::{fold, is_word, nearest};
use crate::vocabulary::SUBJECTS;

type Read = Option<Result<(), Fault>>;

/// Behind how many words of a phrase a day is looked for.
const MOST_BEFORE_A_DAY: usize = 4;

/// Puts `value` where nothing is yet.
fn set<T>(place: &mut Option<T>, value: T, phrase: Piece<'_>, what: &str) -> Result<(), Fault> {
    if place.is_some() {
        return Err(phrase.fault(format!("an example has one {what}")));
    }
    *place = Some(value);
    Ok(())
}

/// What is said of this kind, in the languages that are understood.
fn words(
    reader: &CaseReader<'_>,
    of: fn(&'static Phrases) -> &'static [&'static str],
) -> impl Iterator<Item = &'static &'static str> + use<> {
    reader.writing.phrases().flat_map(of)
}

/// Reads `49 USD`. Tried last: whatever has a digit and is nothing else should have been an amount.
pub(crate) fn amount_paid(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Read {
    phrase.text().contains(|char: char| char.is_ascii_digit()).then(|| {
        crate::amount::read(phrase, reader.writing)
            .map_err(|fault| no_amount(phrase, fault, reader))
            .and_then(|sum| set(&mut draft.amount, sum, phrase, "amount"))
    })
}

/// How a phrase of this kind is written, in the file's language.
fn example(word: &str, reader: &CaseReader<'_>) -> &'static str {
    let entry = super::CASES.find(Tongue::English, word);
    entry.map_or("", |entry| entry.example(reader.writing.tongue))
}

/// What is wrong with a phrase that has a digit and is no amount: it may be a day, a time or an attribute.
fn no_amount(phrase: Piece<'_>, fault: Fault, reader: &CaseReader<'_>) -> Fault {
    let spaces = phrase.text().match_indices(' ').map(|(at, _)| at).take(MOST_BEFORE_A_DAY);
    let mut rests = std::iter::once(0).chain(spaces).map(|at| phrase.after(at));
    let is_day = rests.any(|rest| period::read_day(rest, reader.writing).is_some());
    let mut words = phrase.text().split_whitespace().take(MOST_BEFORE_A_DAY);
    if is_day || words.any(|word| period::month_of(word, reader.writing).is_some()) {
        let age = example("an age", reader);
        return phrase.fault(format!("an example has an age, such as `{age}`, and no date"));
    }
    if period::read(phrase, reader.writing).is_ok() {
        let (age, time) = (example("an age", reader), example("a time", reader));
        return phrase.fault(format!("say what this time is, such as `{age}` or `{time}`"));
    }
    // What looks like a year is not made an amount.
    if phrase.text().len() == 4 && phrase.text().starts_with("20") {
        return Fault { suggestion: None, ..fault };
    }
    match attribute_in_words(phrase, reader.writing) {
        Some(name) => phrase.fault(format!("an attribute is one word, such as `{}`", quote(&name))),
        None => fault,
    }
}

/// An attribute whose name is several words, with the name in one: `outage_hours 30`.
fn attribute_in_words(phrase: Piece<'_>, writing: Writing) -> Option<String> {
    let (name, value) = phrase.text().rsplit_once(' ')?;
    writing.digits.with_point(value).parse::<Decimal>().ok()?;
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_name =
        |word: &&str| word.chars().all(char::is_alphabetic) && !crate::amount::is_currency(word);
    let is_known = SUBJECTS.find_start(writing.tongue, &fold(name)).is_some();
    let is_attribute = words.len() > 1 && words.iter().all(is_name) && !is_known;
    is_attribute.then(|| format!("{} {value}", words.join("_")))
}

/// Reads `asks for 20 USD`.
pub(crate) fn asked(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let rest = phrase.after_any(words(reader, |phrases| phrases.asks_for))?;
    let sum = crate::amount::read(rest, reader.writing);
    Some(sum.and_then(|sum| set(&mut draft.asked, sum, phrase, "amount that is asked for")))
}

/// Reads `shipping 5 USD`.
pub(crate) fn shipping(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let rest = phrase.after_any(words(reader, |phrases| phrases.shipping))?;
    let sum = crate::amount::read(rest, reader.writing);
    Some(sum.and_then(|sum| set(&mut draft.shipping, sum, phrase, "amount of shipping")))
}

/// Reads `extra-seats for 20 USD`.
pub(crate) fn bought(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let (plan, sum) = phrase.split_at_any(words(reader, |phrases| phrases.lasts))?;
    if plan.is_empty() {
        return None;
    }
    let name = reader.plans.get(plan.text()).cloned().unwrap_or_else(|| plan.text().to_owned());
    let sum = crate::amount::read(sum, reader.writing);
    Some(sum.map(|sum| draft.bought.push((name, sum))))
}

/// Reads `for 30 days`.
pub(crate) fn lasts(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let rest = phrase.after_any(words(reader, |phrases| phrases.lasts))?;
    let length = period::read(rest, reader.writing);
    Some(length.and_then(|length| set(&mut draft.lasts, length, phrase, "time that was paid for")))
}

/// Reads what Stripe or Intercom shows, such as `country US` or `usage_hours 0.5`.
pub(crate) fn known(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let tongue = reader.writing.tongue;
    if let Some(entry) = CONDITIONS.find(tongue, phrase.text())
        && let ConditionForm::Plain(make) = entry.meaning
        && make() == Condition::Disputed(true)
    {
        return Some(set(&mut draft.is_disputed, (), phrase, "dispute"));
    }
    let product = words(reader, |phrases| phrases.products);
    if let Some(product) = phrase.after_any(product).filter(|rest| !rest.is_empty()) {
        return Some(set(&mut draft.product, product.text().to_owned(), phrase, "product"));
    }
    let (subject, name, value) = read::knows(phrase, reader.writing)?;
    let text = || value.text().to_owned();
    match subject {
        Subject::Method => {
            let entry = METHODS.find(tongue, value.text())?;
            Some(set(&mut draft.method, entry.meaning.to_owned(), phrase, "payment method"))
        }
        Subject::Country => {
            Some(set(&mut draft.country, text().to_ascii_uppercase(), phrase, "country"))
        }
        Subject::Subscription => match STATUSES.find(tongue, value.text()) {
            Some(entry) => Some(set(&mut draft.status, entry.meaning.to_owned(), phrase, "status")),
            None => ago(value, reader)
                .map(|at| at.and_then(|at| set(&mut draft.subscribed, at, phrase, "subscription"))),
        },
        Subject::Trial => ago(value, reader)
            .map(|at| at.and_then(|at| set(&mut draft.trial_end, at, phrase, "trial"))),
        Subject::Attribute => {
            let value = attribute(value, reader.writing);
            draft.attributes.insert(name?.text().to_owned(), value);
            Some(Ok(()))
        }
        Subject::Amount | Subject::Charge | Subject::Currency | Subject::EarlierRefunds => None,
    }
}

/// The instant that lies this far back.
fn ago(value: Piece<'_>, reader: &CaseReader<'_>) -> Option<Result<Timestamp, Fault>> {
    let length = period::read_ago(value, reader.writing)?;
    Some(length.and_then(|length| {
        length.before(reader.now).ok_or_else(|| value.fault("this lies too far back"))
    }))
}

/// The value of an attribute, by how it looks.
fn attribute(value: Piece<'_>, writing: Writing) -> AttributeValue {
    let text = value.text();
    if let Ok(number) = writing.digits.with_point(text).parse::<Decimal>() {
        return AttributeValue::Number(number);
    }
    if let Some(Ok(day)) = period::read_day(value, writing)
        && let Ok(noon) = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC)
    {
        return AttributeValue::Date(noon.timestamp());
    }
    let folded = value.folded();
    for phrases in writing.phrases() {
        for (words, flag) in phrases.yes_no.into_iter().zip([true, false]) {
            if words.iter().any(|word| is_word(word, &folded)) {
                return AttributeValue::Flag(flag);
            }
        }
    }
    AttributeValue::Text(text.to_owned())
}

/// Reads `refunded in March` or `refunded 20 USD 2 months ago`.
pub(crate) fn refunded(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let rest = phrase.after_any(words(reader, |phrases| phrases.refunded))?;
    Some(read_refunded(rest, phrase, reader).map(|refund| draft.refunded.push(refund)))
}

fn read_refunded(
    rest: Piece<'_>,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Result<(Option<Money>, Timestamp), Fault> {
    let writing = reader.writing;
    let read_sum = |sum: Piece<'_>| {
        if sum.is_empty() { Ok(None) } else { crate::amount::read(sum, writing).map(Some) }
    };
    if let Some((sum, month)) = rest.split_at_any(words(reader, |phrases| phrases.in_month)) {
        let at = last_month(month, reader)?;
        return Ok((read_sum(sum)?, at));
    }
    // The period is what follows or precedes the word for `ago`; an amount may stand before both.
    let spaces = rest.text().match_indices(' ').map(|(at, _)| at);
    let cut = std::iter::once(0).chain(spaces).find(|cut| {
        period::read_ago(rest.after(*cut), writing).is_some_and(|length| length.is_ok())
    });
    let Some(cut) = cut else {
        if let Some(Err(fault)) = period::read_ago(rest, writing) {
            return Err(fault);
        }
        let example = example("refunded", reader);
        return Err(phrase.fault(format!("say when it was refunded, such as `{example}`")));
    };
    let at = ago(rest.after(cut), reader).unwrap_or_else(|| Err(phrase.fault("say when")))?;
    Ok((read_sum(rest.part(0..cut))?, at))
}

/// The middle of the last month of that name before now.
fn last_month(month: Piece<'_>, reader: &CaseReader<'_>) -> Result<Timestamp, Fault> {
    let Some(number) = period::month_of(month.text(), reader.writing) else {
        let message = format!("`{}` is no month", quote(month.text()));
        let known = reader.writing.phrases().flat_map(|phrases| phrases.months);
        return Err(month.fault(message).perhaps(nearest(month.text(), known)));
    };
    let today = date(reader.now);
    let middle = |year: i16| jiff::civil::Date::new(year, number, 15).ok();
    let this_year = middle(today.year()).filter(|day| *day < today);
    this_year
        .or_else(|| middle(today.year().checked_sub(1)?))
        .and_then(|day| day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok())
        .map(|noon| noon.timestamp())
        .ok_or_else(|| month.fault("this lies too far back"))
}

/// Reads `charged again 1 day later`.
pub(crate) fn charged_again(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Read {
    let before = phrase.before_any(words(reader, |phrases| phrases.later))?;
    let tongue = reader.writing.tongue;
    let is_again = |piece: Piece<'_>| {
        CONDITIONS
            .find(tongue, piece.text())
            .is_some_and(|entry| matches!(entry.meaning, ConditionForm::Timed(_)))
    };
    let spaces: Vec<usize> = before.text().match_indices(' ').map(|(at, _)| at).collect();
    let Some(cut) = spaces.into_iter().rev().find(|cut| is_again(before.part(0..*cut))) else {
        let message = format!(
            "only a second charge comes later, such as `{}`",
            example("charged again", reader)
        );
        return Some(Err(phrase.fault(message)));
    };
    let length = period::read(before.after(cut), reader.writing);
    Some(length.and_then(|length| set(&mut draft.again, length, phrase, "second charge")))
}

/// Reads `3 days ago`, `today` or `yesterday`.
pub(crate) fn age(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let folded = phrase.folded();
    let is = |which: fn(&'static Phrases) -> &'static [&'static str]| {
        words(reader, which).any(|word| is_word(word, &folded))
    };
    let length = if is(|phrases| phrases.days[0]) {
        return Some(set(&mut draft.age, reader.now, phrase, "age"));
    } else if is(|phrases| phrases.days[1]) {
        Ok(Period { count: 1, unit: Unit::Days })
    } else {
        period::read_ago(phrase, reader.writing)?
    };
    let created = length.and_then(|length| {
        length.before(reader.now).ok_or_else(|| phrase.fault("this lies too far back"))
    });
    Some(created.and_then(|created| set(&mut draft.age, created, phrase, "age")))
}

/// Reads a reason.
pub(crate) fn reason(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let entry = REASONS.find(reader.writing.tongue, phrase.text())?;
    Some(set(&mut draft.reason, entry.meaning, phrase, "reason"))
}

/// Reads `first charge`, `renewal` or `one-off purchase`.
pub(crate) fn billing(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let entry = CONDITIONS.find(reader.writing.tongue, phrase.text())?;
    let ConditionForm::Plain(make) = entry.meaning else { return None };
    let kinds = [
        (Condition::FirstCharge, Billing::First),
        (Condition::Renewal, Billing::Renewal),
        (Condition::OneOff, Billing::OneOff),
    ];
    let condition = make();
    let (_, billing) = kinds.into_iter().find(|(kind, _)| *kind == condition)?;
    Some(set(&mut draft.billing, billing, phrase, "kind of charge"))
}

/// Reads a plan that a clause lists, or any plan after the word `plan`.
pub(crate) fn plan(draft: &mut CaseDraft, phrase: Piece<'_>, reader: &CaseReader<'_>) -> Read {
    let named = phrase.after_any(words(reader, |phrases| phrases.plans));
    let named = named
        .map(|plan| plan.text().trim_start_matches([':', ' ']))
        .filter(|plan| !plan.is_empty());
    let listed = reader.plans.get(phrase.text());
    let name = listed.cloned().or_else(|| named.map(str::to_owned))?;
    Some(set(&mut draft.plan, name, phrase, "plan"))
}
