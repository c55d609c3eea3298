//! The cases of worked examples: phrases that describe a charge and who asks for it back.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::amount;
use crate::period;
use crate::problem::Fault;
use crate::text::{Piece, fold, nearest};
use crate::vocabulary::{CASES, CONDITIONS, ConditionForm, REASONS, find, suggest};
use quittance_core::facts::{
    Billing, Binding, BindingSource, Charge, ChargeStatus, Contact, Facts, Method,
};
use quittance_core::ids::InvalidId;
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Condition, Period, PriorRefund, Unit, date};
use quittance_core::reason::Reason;

/// The months as people write them in English.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// How many plans a misspelt one is compared with.
const MOST_COMPARED: usize = 200;

/// What reading a case needs to know of its policy.
#[derive(Debug)]
pub(crate) struct CaseReader<'a> {
    pub(crate) home: Currency,
    /// When the examples play.
    pub(crate) now: Timestamp,
    /// The plans that clauses list, by their names in small letters.
    pub(crate) plans: &'a BTreeMap<String, String>,
}

/// What was read of a case so far.
#[derive(Debug, Default)]
pub(crate) struct CaseDraft {
    amount: Option<Money>,
    reason: Option<Reason>,
    plan: Option<String>,
    age: Option<Timestamp>,
    billing: Option<Billing>,
    refunded: Vec<(Option<Money>, Timestamp)>,
    again: Option<Period>,
    asked: Option<Money>,
}

/// A case, ready to be asked about.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) facts: Facts,
    /// The charge in question, which is among the facts.
    pub(crate) charge: Charge,
    pub(crate) reason: Reason,
    pub(crate) asked: Option<Money>,
    pub(crate) prior: Vec<PriorRefund>,
}

/// When the worked examples of a policy play: noon in UTC, six months after it takes effect. They
/// never read a clock, so they say the same every day.
pub(crate) fn examples_now(effective: jiff::civil::Date) -> Option<Timestamp> {
    let day = effective.checked_add(Span::new().months(6)).ok()?;
    Some(day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Reads a case, or says everything that is wrong with it.
pub(crate) fn read_case(piece: Piece<'_>, reader: &CaseReader<'_>) -> Result<Case, Vec<Fault>> {
    let mut draft = CaseDraft::default();
    let mut faults = Vec::new();
    for phrase in piece.split_amounts() {
        match CASES.iter().find_map(|entry| (entry.meaning)(&mut draft, phrase, reader)) {
            Some(Ok(())) => {}
            Some(Err(fault)) => faults.push(fault),
            None => faults.push(unknown(phrase, reader)),
        }
    }
    if draft.amount.is_none() && faults.is_empty() {
        faults.push(piece.fault("an example needs an amount, such as `49 USD`"));
    }
    if draft.reason.is_none() && faults.is_empty() {
        faults.push(piece.fault("an example needs a reason, such as `changed mind`"));
    }
    let (Some(amount), Some(reason)) = (draft.amount, draft.reason) else { return Err(faults) };
    if faults.is_empty() { draft.build(amount, reason, piece, reader) } else { Err(faults) }
}

fn unknown(phrase: Piece<'_>, reader: &CaseReader<'_>) -> Fault {
    let text = phrase.text();
    let plan = nearest(text, reader.plans.values().take(MOST_COMPARED).map(String::as_str));
    let word = suggest(REASONS, text).or_else(|| suggest(CONDITIONS, text));
    let message = format!("`{text}` is no plan of a clause, reason, age or amount");
    phrase.fault(message).perhaps(plan.or(word))
}

impl CaseDraft {
    fn build(
        self,
        amount: Money,
        reason: Reason,
        piece: Piece<'_>,
        reader: &CaseReader<'_>,
    ) -> Result<Case, Vec<Fault>> {
        let created = self.age.unwrap_or(reader.now);
        let again = match self.again.map(|period| period.after(created)) {
            Some(Some(at)) if at <= reader.now => Some(at),
            Some(_) => {
                return Err(vec![piece.fault("the second charge would lie in the future")]);
            }
            None => None,
        };
        let prior = self.refunded.iter().map(|(sum, at)| PriorRefund {
            amount: sum.unwrap_or(amount),
            at: *at,
            reason: None,
        });
        let prior = prior.collect();
        let asked = self.asked;
        let (facts, charge) = self
            .world(amount, created, again, reader.now)
            .map_err(|error| vec![piece.fault(error.to_string())])?;
        Ok(Case { facts, charge, reason, asked, prior })
    }

    /// A customer with one charge, or with two of which the later is in question.
    fn world(
        self,
        amount: Money,
        created: Timestamp,
        again: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(Facts, Charge), InvalidId> {
        let default = if self.plan.is_some() { Billing::Renewal } else { Billing::OneOff };
        let customer: quittance_core::ids::CustomerId = "cus_example".parse()?;
        let first = Charge {
            id: "ch_1".parse()?,
            customer: Some(customer.clone()),
            payment_intent: None,
            amount,
            captured: amount,
            refunded: Money::zero(amount.currency()),
            status: ChargeStatus::Succeeded,
            is_disputed: false,
            created,
            method: Method { kind: "card".to_owned(), card: None },
            email: None,
            billing: self.billing.unwrap_or(default),
            plans: self.plan.into_iter().collect(),
            is_live: false,
            is_connect: false,
            refunds: Vec::new(),
            disputes: Vec::new(),
        };
        let mut charges = vec![first.clone()];
        if let Some(created) = again {
            charges.insert(0, Charge { id: "ch_2".parse()?, created, ..first.clone() });
        }
        let charge = charges.first().cloned().unwrap_or(first);
        let contact = Contact { id: "example".parse()?, is_user: true, has_external_id: true };
        let binding = Binding::Bound { customer, source: BindingSource::StripeMetadata };
        let facts = Facts { as_of: now, contact, binding, charges, subscriptions: Vec::new() };
        Ok((facts, charge))
    }
}

/// Puts `value` where nothing is yet.
fn set<T>(place: &mut Option<T>, value: T, phrase: Piece<'_>, what: &str) -> Result<(), Fault> {
    if place.is_some() {
        return Err(phrase.fault(format!("an example has one {what}")));
    }
    *place = Some(value);
    Ok(())
}

/// Reads `49 USD`. Tried last: whatever has a digit and is nothing else should have been an amount.
pub(crate) fn amount(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    phrase.text().contains(|char: char| char.is_ascii_digit()).then(|| {
        amount::read(phrase, reader.home)
            .and_then(|sum| set(&mut draft.amount, sum, phrase, "amount"))
    })
}

/// Reads `asks for 20 USD`.
pub(crate) fn asked(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    let rest =
        ["asks for", "asked for", "wants"].iter().find_map(|word| phrase.after_word(word))?;
    let sum = amount::read(rest, reader.home);
    Some(sum.and_then(|sum| set(&mut draft.asked, sum, phrase, "amount that is asked for")))
}

/// Reads `refunded in March` or `refunded 20 USD 2 months ago`.
pub(crate) fn refunded(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    let rest = phrase.after_word("refunded")?;
    Some(read_refunded(rest, phrase, reader).map(|refund| draft.refunded.push(refund)))
}

fn read_refunded(
    rest: Piece<'_>,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Result<(Option<Money>, Timestamp), Fault> {
    let read_sum = |sum: Piece<'_>| {
        if sum.is_empty() { Ok(None) } else { amount::read(sum, reader.home).map(Some) }
    };
    if let Some((sum, month)) = rest.split_at_word("in") {
        let at = last_month(month, reader.now)?;
        return Ok((read_sum(sum)?, at));
    }
    let Some((before, _)) = rest.split_at_word("ago") else {
        return Err(phrase.fault("say when it was refunded").suggest("refunded 2 months ago"));
    };
    // The period is the last two words, and an amount may stand before it.
    let text = before.text();
    let words: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
    let cut = words.len().checked_sub(2).and_then(|index| words.get(index)).copied().unwrap_or(0);
    let at = period::read(before.after(cut))?.before(reader.now);
    let at = at.ok_or_else(|| phrase.fault("this lies too far back"))?;
    Ok((read_sum(before.part(0..cut))?, at))
}

/// The middle of the last month of that name before now.
fn last_month(month: Piece<'_>, now: Timestamp) -> Result<Timestamp, Fault> {
    let wanted = fold(month.text());
    let number = (1_i8..).zip(MONTHS).find(|(_, name)| fold(name) == wanted).map(|found| found.0);
    let Some(number) = number else {
        let message = format!("`{}` is no month", month.text());
        return Err(month.fault(message).perhaps(nearest(month.text(), MONTHS.into_iter())));
    };
    let today = date(now);
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
    _reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    let (before, _) = ["later", "after"].iter().find_map(|word| phrase.split_at_word(word))?;
    let number = before.text().find(|char: char| char.is_ascii_digit());
    let number = number.or_else(|| before.text().rfind(" a ")).unwrap_or(0);
    let words = before.part(0..number);
    let is_again = find(CONDITIONS, words.text())
        .is_some_and(|entry| matches!(entry.meaning, ConditionForm::Timed(_)));
    if !is_again {
        let message = "only a second charge comes later";
        return Some(Err(phrase.fault(message).suggest("charged again 1 day later")));
    }
    let period = period::read(before.after(number));
    Some(period.and_then(|period| set(&mut draft.again, period, phrase, "second charge")))
}

/// Reads `3 days ago`, `today` or `yesterday`.
pub(crate) fn age(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    let period = match phrase.folded().as_str() {
        "today" => return Some(set(&mut draft.age, reader.now, phrase, "age")),
        "yesterday" => Ok(Period { count: 1, unit: Unit::Days }),
        _ => period::read(phrase.split_at_word("ago")?.0),
    };
    let created = period.and_then(|period| {
        period.before(reader.now).ok_or_else(|| phrase.fault("this lies too far back"))
    });
    Some(created.and_then(|created| set(&mut draft.age, created, phrase, "age")))
}

/// Reads a reason.
pub(crate) fn reason(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    _reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    let entry = find(REASONS, phrase.text())?;
    Some(set(&mut draft.reason, entry.meaning, phrase, "reason"))
}

/// Reads `first charge`, `renewal` or `one-off purchase`.
pub(crate) fn billing(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    _reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    let billing = match find(CONDITIONS, phrase.text())?.meaning {
        ConditionForm::Plain(Condition::FirstCharge) => Billing::First,
        ConditionForm::Plain(Condition::Renewal) => Billing::Renewal,
        ConditionForm::Plain(Condition::OneOff) => Billing::OneOff,
        ConditionForm::Plain(Condition::ChargedAgain(_))
        | ConditionForm::Timed(_)
        | ConditionForm::Always => return None,
    };
    Some(set(&mut draft.billing, billing, phrase, "kind of charge"))
}

/// Reads a plan that a clause lists, or any plan after the word `plan`.
pub(crate) fn plan(
    draft: &mut CaseDraft,
    phrase: Piece<'_>,
    reader: &CaseReader<'_>,
) -> Option<Result<(), Fault>> {
    let named = ["plan:", "plan"].iter().find_map(|word| phrase.after_word(word));
    let named = named.filter(|plan| !plan.is_empty());
    let listed = reader.plans.get(&phrase.text().to_ascii_lowercase());
    let name = listed.cloned().or_else(|| named.map(|plan| plan.text().to_owned()))?;
    Some(set(&mut draft.plan, name, phrase, "plan"))
}
