//! What the policy says about a charge: a plain function of the facts.

mod look;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(super) use look::{Look, Missed, Refusing};

use super::because::Because;
use super::condition::look;
use super::gives::{Given, Gives};
use super::period::{Period, date};
use super::rule::{Allowance, Decision, Evidence, Rule, Terms, Window, in_currency};
use super::{Anchor, Clause, Document, Policy, PolicyVersion};
use crate::facts::{Charge, Facts};
use crate::money::{Money, MoneyError};
use crate::reason::Reason;

/// What is asked of a policy.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Everything that is known, at the instant at which it is asked.
    pub facts: &'a Facts,
    /// The charge in question.
    pub charge: &'a Charge,
    /// What the customer says is the matter.
    pub reason: Reason,
    /// How much they ask for; all that the policy gives where there is no amount.
    pub asked: Option<Money>,
    /// The customer's earlier refunds, each once. [`prior_from`] reads those that Stripe shows.
    pub prior: &'a [PriorRefund],
}

/// An earlier refund to the same customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorRefund {
    /// How much.
    pub amount: Money,
    /// When.
    pub at: Timestamp,
    /// Why, where that is known. A refund without a known reason counts against every clause.
    pub reason: Option<Reason>,
}

/// The refunds that Stripe shows on the customer's charges and that may still stand. Stripe does not
/// say for which of our reasons they were.
pub fn prior_from(facts: &Facts) -> Vec<PriorRefund> {
    facts
        .charges
        .iter()
        .flat_map(|charge| &charge.refunds)
        .filter(|refund| refund.status.may_stand())
        .map(|refund| PriorRefund { amount: refund.amount, at: refund.created, reason: None })
        .collect()
}

/// What the policy says about a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The policy that was asked.
    pub policy: PolicyVersion,
    /// The strictest answer of the clauses.
    pub answer: Answer,
    /// The clauses that answer, in the order of the policy. Empty in a gap.
    pub clauses: Vec<Applied>,
    /// The clauses with the same reason that were looked at and do not answer.
    pub considered: Vec<Passed>,
    /// Whether no clause answers, so that a person must.
    pub is_gap: bool,
    /// What the answer rests on and Stripe cannot show.
    pub claims: Vec<Claim>,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// Give this much back: more than nothing, and no more than can be given.
    Refund {
        /// How much, in the charge's currency.
        amount: Money,
    },
    /// A person decides.
    Ask,
    /// No refund.
    Refuse,
}

impl Answer {
    /// The stricter of two answers: refuse before ask before refund, and of two refunds the smaller.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Refuse, _) | (_, Self::Refuse) => Self::Refuse,
            (Self::Ask, _) | (_, Self::Ask) => Self::Ask,
            (Self::Refund { amount: a }, Self::Refund { amount: b }) => {
                // Both are of the charge's currency; if they were not, a person would have to look.
                a.least(b).map_or(Self::Ask, |amount| Self::Refund { amount })
            }
        }
    }
}

/// A clause that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Where it stands.
    pub clause: Anchor,
    /// Its heading.
    pub heading: String,
    /// What it answers.
    pub answer: Answer,
    /// Why; at least one.
    pub because: Vec<Because>,
}

/// A clause that was looked at and does not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Where it stands.
    pub clause: Anchor,
    /// Its heading.
    pub heading: String,
    /// Which conditions do not hold; at least one.
    pub because: Vec<Because>,
}

/// Something that Stripe cannot show and a clause takes somebody's word for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The clause that rests on it.
    pub clause: Anchor,
    /// What is claimed.
    pub reason: Reason,
    /// Whose word it is.
    pub word: Word,
}

/// Whose word a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The customer's, and the clause takes it.
    Customer,
    /// The customer's, and the clause wants a person to look first.
    Person,
}

/// What the policy says. The clauses with the question's reason are looked at; of those whose
/// conditions hold, the strictest answer counts. If none holds but one would have given money, its
/// conditions are the reason to refuse. If nothing is said at all, a person decides.
pub fn evaluate(policy: &Policy, question: &Question<'_>) -> Ruling {
    let mut look = Look::new(policy);
    let today = date(question.facts.as_of);
    for document in &policy.documents {
        let is_in_force = document.holds_on(today);
        for clause in &document.clauses {
            let Some(rule) = clause.rule.as_ref() else { continue };
            if !rule.reasons.contains(&question.reason) {
                continue;
            }
            if is_in_force {
                look.at(clause, rule, question);
            } else {
                look.ruling.considered.push(Passed::of(clause, vec![not_in_force(document)]));
            }
        }
    }
    let refusing = look.refusing();
    for mut missed in look.missed {
        if refusing.among(&missed) {
            look.ruling.clauses.push(missed.refuses(question));
        } else {
            let failing = missed.failing(question);
            look.ruling.considered.push(Passed::of(missed.clause, failing));
        }
    }
    conclude(look.ruling)
}

fn not_in_force(document: &Document) -> Because {
    Because::NotInForce { from: document.effective, until: document.until }
}

fn is_about_other_plans(rule: &Rule, charge: &Charge) -> bool {
    !rule.plans.is_empty() && !charge.plans.iter().any(|plan| rule.lists_plan(plan))
}

/// Takes the strictest answer.
pub(super) fn conclude(mut ruling: Ruling) -> Ruling {
    ruling.is_gap = ruling.clauses.is_empty();
    let answers = ruling.clauses.iter().map(|applied| applied.answer);
    ruling.answer = answers.reduce(Answer::stricter).unwrap_or(Answer::Ask);
    ruling
}

impl Applied {
    fn of(clause: &Clause, answer: Answer, because: Vec<Because>) -> Self {
        Self { clause: clause.anchor.clone(), heading: clause.heading.clone(), answer, because }
    }
}

impl Passed {
    fn of(clause: &Clause, because: Vec<Because>) -> Self {
        Self { clause: clause.anchor.clone(), heading: clause.heading.clone(), because }
    }
}

fn failing_conditions(rule: &Rule, question: &Question<'_>) -> Vec<Because> {
    let Question { facts, charge, .. } = *question;
    let mut failing = Vec::new();
    if is_about_other_plans(rule, charge) {
        failing.push(Because::PlanNotListed { plans: charge.plans.clone() });
    }
    failing.extend(failing_products(rule, charge));
    failing.extend(rule.conditions.iter().filter_map(|condition| look(condition, question)));
    failing.extend(rule.within.and_then(|window| outside(window, charge, facts.as_of)));
    failing
}

/// Why the charge is too old.
fn outside(window: Window, charge: &Charge, now: Timestamp) -> Option<Because> {
    let charged_on = date(charge.created);
    match window {
        Window::Period(window) => (!window.covers(charge.created, now)).then(|| {
            let last_day = window.last_day(charge.created);
            Because::OutsideWindow { window, charged_on, last_day }
        }),
        Window::BillingPeriod => {
            let ends = charge.bill.lines.iter().filter_map(|line| line.period);
            match ends.map(|(_, end)| end).max() {
                Some(end) => (now > end).then(|| Because::PeriodOver { ended_on: date(end) }),
                None => Some(Because::Unknown {
                    wanted: window.to_string(),
                    why: "the invoice does not say which time was paid for".to_owned(),
                }),
            }
        }
    }
}

/// Whether the charge is for none of the products of a clause about products.
fn failing_products(rule: &Rule, charge: &Charge) -> Option<Because> {
    if rule.products.is_empty() {
        return None;
    }
    let mut products = charge.bill.lines.iter().map(|line| line.product.as_ref()).peekable();
    if products.peek().is_none() {
        let wanted = format!("product is {}", super::rule::list(&rule.products));
        let why = "the invoice does not say what was bought".to_owned();
        return Some(Because::Unknown { wanted, why });
    }
    let is_listed =
        products.any(|product| product.is_some_and(|product| rule.lists_product(product)));
    (!is_listed).then_some(Because::ProductNotListed)
}

fn decide(rule: &Rule, question: &Question<'_>) -> (Answer, Vec<Because>) {
    match &rule.decision {
        Decision::Refuse => (Answer::Refuse, vec![Because::ClauseRefuses]),
        Decision::Ask => (Answer::Ask, vec![Because::ClauseAsks]),
        Decision::Refund(terms) => refund(rule, terms, question)
            .unwrap_or_else(|_| (Answer::Ask, vec![Because::AmountUnknown])),
    }
}

/// How much the clause gives, or why a person must look or nothing is left.
fn refund(
    rule: &Rule,
    terms: &Terms,
    question: &Question<'_>,
) -> Result<(Answer, Vec<Because>), MoneyError> {
    let charge = question.charge;
    let refundable = charge.refundable()?;
    if refundable.is_zero() {
        return Ok((Answer::Refuse, vec![Because::NothingLeft]));
    }
    let mut asks = Vec::new();
    if terms.gives != Gives::ListedLines {
        asks.extend(beyond_lists(rule, charge));
    }
    let given = match terms.gives.of(rule, charge, question.facts.as_of)? {
        Given::Sum(given) => given,
        Given::NoSum => {
            asks.push(Because::NoSumIn { currency: charge.captured.currency() });
            return Ok((Answer::Ask, asks));
        }
        Given::NoLines => return Ok((Answer::Ask, vec![Because::LinesUnknown])),
        Given::NoShipping => return Ok((Answer::Ask, vec![Because::ShippingUnknown])),
    };
    let before = charge.captured.checked_sub(refundable)?;
    let open = given.less(before)?;
    if open.is_zero() {
        return Ok((Answer::Refuse, vec![Because::GivenBefore { given, before }]));
    }
    let mut because = vec![Because::of_gives(&terms.gives)];
    let mut amount = open.least(refundable)?;
    if amount != given {
        because.push(Because::LessWhatWasGiven { before });
    }
    if let Some(asked) = question.asked {
        if asked.currency() != amount.currency() {
            asks.push(Because::AskedInOtherCurrency { asked });
        } else if amount.exceeds(asked)? {
            amount = asked;
            because.push(Because::AsAsked { asked });
        }
    }
    amount = amount.rounded_down();
    if amount.is_zero() {
        asks.push(Because::TooSmallToMove);
    }
    asks.extend(beyond_terms(rule, terms, question, amount)?);
    if asks.is_empty() { Ok((Answer::Refund { amount }, because)) } else { Ok((Answer::Ask, asks)) }
}

/// What of the charge the clause is not about, though it is about some of it.
fn beyond_lists(rule: &Rule, charge: &Charge) -> Vec<Because> {
    let mut asks = Vec::new();
    if !rule.plans.is_empty() && !charge.plans.iter().all(|plan| rule.lists_plan(plan)) {
        asks.push(Because::OtherPlansToo { plans: charge.plans.clone() });
    }
    let is_listed = |product: &Option<String>| {
        product.as_ref().is_some_and(|product| rule.lists_product(product))
    };
    let mut products = charge.bill.lines.iter().map(|line| &line.product);
    if !rule.products.is_empty() && !products.all(is_listed) {
        asks.push(Because::OtherProductsToo);
    }
    asks
}

/// Which of the clause's own limits a refund of `amount` would break.
fn beyond_terms(
    rule: &Rule,
    terms: &Terms,
    question: &Question<'_>,
    amount: Money,
) -> Result<Vec<Because>, MoneyError> {
    let currency = amount.currency();
    let mut asks = Vec::new();
    match in_currency(&terms.at_most, currency) {
        Some(most) if amount.exceeds(most)? => asks.push(Because::AboveMost { amount, most }),
        None if !terms.at_most.is_empty() => asks.push(Because::NoMostIn { currency }),
        Some(_) | None => {}
    }
    asks.extend(beyond_allowances(rule, terms, question, amount)?);
    match &terms.rests_on {
        Evidence::Person => asks.push(Because::RestsOnAPerson),
        Evidence::Word { up_to } => match in_currency(up_to, currency) {
            Some(ceiling) if amount.exceeds(ceiling)? => {
                asks.push(Because::AboveWord { amount, ceiling });
            }
            None if !up_to.is_empty() => asks.push(Because::NoWordIn { currency }),
            Some(_) | None => {}
        },
        Evidence::Record => {}
    }
    Ok(asks)
}

fn beyond_allowances(
    rule: &Rule,
    terms: &Terms,
    question: &Question<'_>,
    amount: Money,
) -> Result<Vec<Because>, MoneyError> {
    let currency = amount.currency();
    let mut asks = Vec::new();
    let mut has_sums = false;
    let mut has_sum_in_currency = false;
    for allowance in &terms.per_customer {
        match *allowance {
            Allowance::Count { count, period } => {
                let earlier = counted(rule, question, period).count();
                let earlier = u32::try_from(earlier).unwrap_or(u32::MAX);
                if earlier >= count {
                    asks.push(Because::TooOften { earlier, allowed: count, period });
                }
            }
            Allowance::Sum { sum, period } => {
                has_sums = true;
                if sum.currency() != currency {
                    continue;
                }
                has_sum_in_currency = true;
                let mut earlier = Money::zero(currency);
                for prior in counted(rule, question, period) {
                    if prior.amount.currency() == currency {
                        earlier = earlier.checked_add(prior.amount)?;
                    }
                }
                if earlier.checked_add(amount)?.exceeds(sum)? {
                    asks.push(Because::TooMuch { earlier, amount, allowed: sum, period });
                }
            }
        }
    }
    if has_sums && !has_sum_in_currency {
        asks.push(Because::NoAllowanceIn { currency });
    }
    Ok(asks)
}

/// The earlier refunds that count against a clause's allowance.
fn counted<'a>(
    rule: &'a Rule,
    question: &Question<'a>,
    period: Period,
) -> impl Iterator<Item = &'a PriorRefund> {
    let now = question.facts.as_of;
    question.prior.iter().filter(move |prior| {
        prior.reason.is_none_or(|reason| rule.reasons.contains(&reason))
            && period.covers(prior.at, now)
    })
}

/// What the clause takes somebody's word for, if it leads to money or to a person.
fn claim(clause: &Clause, rule: &Rule, reason: Reason, answer: Answer) -> Option<Claim> {
    let word = match (&rule.terms()?.rests_on, answer) {
        (Evidence::Record, _) | (_, Answer::Refuse) => return None,
        (Evidence::Word { .. }, Answer::Refund { .. } | Answer::Ask) => Word::Customer,
        (Evidence::Person, Answer::Refund { .. } | Answer::Ask) => Word::Person,
    };
    Some(Claim { clause: clause.anchor.clone(), reason, word })
}
