//! The cases of worked examples: phrases that describe a charge and who asks for it back.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use quittance_core::facts::{
    AttributeValue, Bill, Billing, Binding, BindingSource, Card, Charge, ChargeStatus, Contact,
    Dispute, Facts, Line, Method, Subscription,
};
use quittance_core::ids::{CustomerId, InvalidId, SubscriptionId};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Condition, Period, Policy, PriorRefund, Question, Unit, date};
use quittance_core::reason::Reason;

use crate::example::Plans;
use crate::problem::{Fault, Problems, Report, quote};
use crate::text::{Cell, Piece, nearest};
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::{
    CASES, CONDITIONS, ConditionForm, METHODS, Phrases, REASONS, STATUSES, Subject,
};
use crate::{period, read};

mod phrases;

pub(crate) use phrases::{
    age, amount_paid as amount, asked, billing, bought, charged_again, known, lasts, plan, reason,
    refunded, shipping,
};

/// How many plans a misspelt one is compared with.
const MOST_COMPARED: usize = 200;

/// What reading a case needs to know of its policy.
#[derive(Debug)]
pub(crate) struct CaseReader<'a> {
    pub(crate) writing: Writing,
    /// When the examples play.
    pub(crate) now: Timestamp,
    pub(crate) plans: &'a Plans,
    /// Whether all clauses could be read, so that all plans are known.
    pub(crate) is_whole: bool,
}

/// What was read of a case so far.
#[derive(Debug, Default)]
pub(crate) struct CaseDraft {
    amount: Option<Money>,
    reason: Option<Reason>,
    plan: Option<String>,
    product: Option<String>,
    age: Option<Timestamp>,
    lasts: Option<Period>,
    billing: Option<Billing>,
    refunded: Vec<(Option<Money>, Timestamp)>,
    again: Option<Period>,
    asked: Option<Money>,
    shipping: Option<Money>,
    bought: Vec<(String, Money)>,
    method: Option<String>,
    country: Option<String>,
    status: Option<String>,
    subscribed: Option<Timestamp>,
    trial_end: Option<Timestamp>,
    is_disputed: Option<()>,
    attributes: BTreeMap<String, AttributeValue>,
}

/// A case, ready to be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Everything that is known.
    pub facts: Facts,
    /// The charge in question, which is among the facts.
    pub charge: Charge,
    /// What the customer says is the matter.
    pub reason: Reason,
    /// How much they ask for, if they say so.
    pub asked: Option<Money>,
    /// The refunds they had before.
    pub prior: Vec<PriorRefund>,
}

/// Reads cases in the words of worked examples, such as `pro-monthly, 49 USD, 3 days ago, changed mind`.
#[derive(Debug)]
pub struct CaseWords {
    writing: Writing,
    plans: Plans,
}

impl CaseWords {
    /// Reads the words of the policy's first file, and the plans of all.
    pub fn of(policy: &Policy) -> Self {
        let first = policy.documents.first();
        let writing = first.map_or_else(
            || Writing::english(Currency::USD),
            |document| Writing::of(&document.language, document.currency),
        );
        Self { writing, plans: Plans::of(policy) }
    }

    /// Reads a case as one that is asked at `now`.
    pub fn read(&self, text: &str, now: Timestamp) -> Result<Case, Problems> {
        let Self { writing, plans } = self;
        let reader = CaseReader { writing: *writing, now, plans, is_whole: true };
        let cell = Cell::verbatim(text, 0);
        read_case(cell.piece(), &reader).map_err(|faults| {
            let mut report = Report::new("the case", text);
            for fault in faults {
                report.error(fault);
            }
            Problems { list: report.into_list() }
        })
    }
}

impl Case {
    /// Reads one case in the words of worked examples, as [`CaseWords`] does.
    pub fn in_words(policy: &Policy, text: &str, now: Timestamp) -> Result<Self, Problems> {
        CaseWords::of(policy).read(text, now)
    }

    /// What is asked of a policy.
    pub fn question(&self) -> Question<'_> {
        let Self { facts, charge, reason, asked, prior } = self;
        Question { facts, charge, reason: *reason, asked: *asked, prior }
    }
}

/// When the worked examples of a file play: noon in UTC, six months after it takes effect or on its last
/// day. They never read a clock, so they say the same every day.
pub(crate) fn examples_now(
    effective: jiff::civil::Date,
    until: Option<jiff::civil::Date>,
) -> Option<Timestamp> {
    let day = effective.checked_add(Span::new().months(6)).ok()?;
    let day = until.map_or(day, |until| day.min(until));
    Some(day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Reads a case, or says everything that is wrong with it.
pub(crate) fn read_case(piece: Piece<'_>, reader: &CaseReader<'_>) -> Result<Case, Vec<Fault>> {
    let mut draft = CaseDraft::default();
    let mut faults = Vec::new();
    for phrase in piece.split_amounts(reader.writing.tongue) {
        let read =
            CASES.entries.iter().find_map(|entry| (entry.meaning)(&mut draft, phrase, reader));
        // What nothing reads may be a plan of a clause that has an error.
        let is_known = read.is_some() || !reader.is_whole;
        faults.extend(read.and_then(Result::err));
        if !is_known {
            faults.push(unknown(phrase, reader));
        }
    }
    let example = |word: &str| {
        let entry = CASES.find(Tongue::English, word);
        entry.map_or("", |entry| entry.example(reader.writing.tongue))
    };
    if draft.amount.is_none() && faults.is_empty() {
        let message = format!("an example needs an amount, such as `{}`", example("an amount"));
        faults.push(piece.fault(message));
    }
    if draft.reason.is_none() && faults.is_empty() {
        let message = format!("an example needs a reason, such as `{}`", example("a reason"));
        faults.push(piece.fault(message));
    }
    let (Some(amount), Some(reason)) = (draft.amount, draft.reason) else { return Err(faults) };
    if faults.is_empty() { draft.build(amount, reason, piece, reader) } else { Err(faults) }
}

fn unknown(phrase: Piece<'_>, reader: &CaseReader<'_>) -> Fault {
    let text = phrase.text();
    let tongue = reader.writing.tongue;
    let plan = nearest(text, reader.plans.names().take(MOST_COMPARED));
    let word = REASONS.suggest(tongue, text).or_else(|| CONDITIONS.suggest(tongue, text));
    let near = plan.or(word);
    let shown = quote(text);
    let message = format!("`{shown}` is no plan of a clause, reason, age or amount");
    let fault = phrase.fault(message);
    if near.is_some() || text.contains(char::is_whitespace) {
        return fault.perhaps(near);
    }
    let plan = reader.writing.own().plans.get(1).copied().unwrap_or("plan");
    fault.note(format!("another plan is written `{plan} {shown}`"))
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
        mut self,
        amount: Money,
        created: Timestamp,
        again: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(Facts, Charge), InvalidId> {
        let default = if self.plan.is_some() { Billing::Renewal } else { Billing::OneOff };
        let billing = self.billing.unwrap_or(default);
        let subscription = self.subscription(billing, created)?;
        let customer: CustomerId = "cus_example".parse()?;
        let bill = self.bill(amount, created, subscription.as_ref());
        let plans = self.plan.iter().chain(self.bought.iter().map(|(plan, _)| plan));
        let dispute = Dispute { id: "dp_1".parse()?, status: "lost".to_owned() };
        let first = Charge {
            id: "ch_1".parse()?,
            customer: Some(customer.clone()),
            payment_intent: None,
            amount,
            captured: amount,
            refunded: Money::zero(amount.currency()),
            status: ChargeStatus::Succeeded,
            is_disputed: self.is_disputed.is_some(),
            created,
            method: self.method(),
            email: None,
            billing,
            plans: plans.cloned().collect(),
            bill,
            is_live: false,
            is_connect: false,
            refunds: Vec::new(),
            disputes: self.is_disputed.map(|()| dispute).into_iter().collect(),
        };
        let mut charges = vec![first.clone()];
        if let Some(created) = again {
            charges.insert(0, Charge { id: "ch_2".parse()?, created, ..first.clone() });
        }
        let charge = charges.first().cloned().unwrap_or(first);
        let mut contact = Contact::new("example".parse()?, true, true);
        contact.attributes = std::mem::take(&mut self.attributes);
        let binding = Binding::Bound { customer, source: BindingSource::StripeMetadata };
        let subscriptions = subscription.into_iter().collect();
        Ok((Facts { as_of: now, contact, binding, charges, subscriptions }, charge))
    }

    fn method(&self) -> Method {
        let kind = self.method.clone().unwrap_or_else(|| "card".to_owned());
        let card = (kind == "card").then(|| Card {
            brand: "visa".to_owned(),
            last4: "4242".to_owned(),
            country: self.country.clone(),
            fingerprint: None,
        });
        Method { kind, card }
    }

    /// The subscription that was paid for.
    fn subscription(
        &self,
        billing: Billing,
        created: Timestamp,
    ) -> Result<Option<Subscription>, InvalidId> {
        if billing == Billing::OneOff {
            return Ok(None);
        }
        let id: SubscriptionId = "sub_example".parse()?;
        Ok(Some(Subscription {
            id,
            status: self.status.clone().unwrap_or_else(|| "active".to_owned()),
            created: self.subscribed.unwrap_or(created),
            plans: self.plan.iter().cloned().collect(),
            period_start: Some(created),
            period_end: self.lasts.and_then(|period| period.after(created)),
            is_canceling: false,
            trial_end: self.trial_end,
        }))
    }

    /// What the invoice would say: what was bought besides, the shipping, and the plan for the rest.
    fn bill(&self, amount: Money, created: Timestamp, subscription: Option<&Subscription>) -> Bill {
        let until = self.lasts.and_then(|period| period.after(created));
        let shipping = self.shipping.unwrap_or(Money::zero(amount.currency()));
        let others = self.bought.iter().map(|(plan, amount)| Line {
            amount: *amount,
            plan: Some(plan.clone()),
            product: None,
            period: until.map(|until| (created, until)),
        });
        let mut lines: Vec<Line> = others.collect();
        let besides = lines.iter().try_fold(shipping, |sum, line| sum.checked_add(line.amount));
        if let Ok(rest) = besides.and_then(|besides| amount.checked_sub(besides)) {
            lines.insert(
                0,
                Line {
                    amount: rest,
                    plan: self.plan.clone(),
                    product: self.product.clone(),
                    period: until.map(|until| (created, until)),
                },
            );
        } else {
            lines.clear();
        }
        let subscription = subscription.map(|subscription| subscription.id.clone());
        Bill { subscription, lines, shipping: Some(shipping) }
    }
}
