//! What the policy says about a charge: a plain function of the facts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::because::Because;
use super::period::{Period, date};
use super::rule::{Allowance, Condition, Decision, Evidence, Gives, Rule, Terms, in_currency};
use super::{Anchor, Clause, Policy, PolicyVersion};
use crate::facts::{Billing, Charge, ChargeStatus, Facts};
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
    let mut ruling = Ruling {
        policy: policy.version.clone(),
        answer: Answer::Ask,
        clauses: Vec::new(),
        considered: Vec::new(),
        is_gap: false,
        claims: Vec::new(),
    };
    let mut missed = Vec::new();
    for clause in &policy.clauses {
        let Some(rule) = clause.rule.as_ref() else { continue };
        if !rule.reasons.contains(&question.reason) {
            continue;
        }
        let failing = failing_conditions(rule, question);
        if failing.is_empty() {
            let (answer, because) = decide(rule, question);
            ruling.claims.extend(claim(clause, rule, question.reason, answer));
            ruling.clauses.push(Applied::of(clause, answer, because));
        } else {
            missed.push((clause, rule, failing));
        }
    }
    conclude(&mut ruling, missed);
    ruling
}

/// Takes the strictest answer, and lets the clauses that would have given money refuse if they are
/// the only ones that speak about the case. Of these, clauses about other charges (another plan, not a
/// renewal) step back behind one that is about this charge and, say, too old for it.
fn conclude(ruling: &mut Ruling, missed: Vec<(&Clause, &Rule, Vec<Because>)>) {
    let speaks_nobody = ruling.clauses.is_empty();
    let is_about = |failing: &[Because]| !failing.iter().any(Because::is_about_another_charge);
    let someone_is_about =
        missed.iter().any(|(_, rule, failing)| rule.terms().is_some() && is_about(failing));
    for (clause, rule, failing) in missed {
        let answers = rule.terms().is_some() && (is_about(&failing) || !someone_is_about);
        if speaks_nobody && answers {
            ruling.clauses.push(Applied::of(clause, Answer::Refuse, failing));
        } else {
            ruling.considered.push(Passed::of(clause, failing));
        }
    }
    ruling.is_gap = ruling.clauses.is_empty();
    let answers = ruling.clauses.iter().map(|applied| applied.answer);
    ruling.answer = answers.reduce(Answer::stricter).unwrap_or(Answer::Ask);
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
    if !rule.plans.is_empty() && !charge.plans.iter().any(|plan| is_listed(rule, plan)) {
        failing.push(Because::PlanNotListed { plans: charge.plans.clone() });
    }
    for condition in &rule.conditions {
        failing.extend(failing_condition(*condition, facts, charge));
    }
    if let Some(window) = rule.within.filter(|window| !window.covers(charge.created, facts.as_of)) {
        failing.push(Because::OutsideWindow {
            window,
            charged_on: date(charge.created),
            last_day: window.last_day(charge.created),
        });
    }
    failing
}

fn is_listed(rule: &Rule, plan: &str) -> bool {
    rule.plans.iter().any(|listed| listed.eq_ignore_ascii_case(plan.trim()))
}

fn failing_condition(condition: Condition, facts: &Facts, charge: &Charge) -> Option<Because> {
    match condition {
        Condition::FirstCharge => {
            (charge.billing != Billing::First).then_some(Because::NotFirstCharge)
        }
        Condition::Renewal => (charge.billing != Billing::Renewal).then_some(Because::NotRenewal),
        Condition::OneOff => (charge.billing != Billing::OneOff).then_some(Because::NotOneOff),
        Condition::ChargedAgain(within) => {
            let is_again =
                facts.charges.iter().any(|earlier| is_charged_again(earlier, charge, within));
            (!is_again).then_some(Because::NotChargedAgain { within })
        }
    }
}

/// Whether `charge` repeats `earlier`. Only the later of the two is a repetition, so that one of them
/// stays paid however often and from wherever it is asked.
fn is_charged_again(earlier: &Charge, charge: &Charge, within: Period) -> bool {
    let plans = |charge: &Charge| {
        let mut plans = charge.plans.clone();
        plans.sort_unstable();
        plans
    };
    let is_before = (earlier.created, &earlier.id) < (charge.created, &charge.id);
    let stands = earlier.status == ChargeStatus::Succeeded
        && !earlier.is_disputed
        && earlier.disputes.is_empty()
        && earlier.refundable() == Ok(earlier.amount);
    is_before
        && stands
        && earlier.customer == charge.customer
        && earlier.amount == charge.amount
        && (earlier.plans.is_empty() || charge.plans.is_empty() || plans(earlier) == plans(charge))
        && within.covers(earlier.created, charge.created)
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
    if !rule.plans.is_empty() && !charge.plans.iter().all(|plan| is_listed(rule, plan)) {
        asks.push(Because::OtherPlansToo { plans: charge.plans.clone() });
    }
    let Some(given) = given_by(&terms.gives, charge)? else {
        asks.push(Because::NoSumIn { currency: charge.captured.currency() });
        return Ok((Answer::Ask, asks));
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

/// What the clause gives of the whole charge. None where it has no sum in the charge's currency.
fn given_by(gives: &Gives, charge: &Charge) -> Result<Option<Money>, MoneyError> {
    let whole = charge.captured;
    match gives {
        Gives::InFull => Ok(Some(whole)),
        Gives::Share(points) => whole.fraction(u64::from(*points), 10_000).map(Some),
        Gives::Sums(sums) => {
            in_currency(sums, whole.currency()).map(|sum| sum.least(whole)).transpose()
        }
    }
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
