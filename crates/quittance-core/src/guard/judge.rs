//! From a proposal to a verdict.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Approval, Approved};
use crate::action::{Proposal, Refund};
use crate::facts::{Charge, ChargeStatus, Facts};
use crate::limits::{self, Limit, Limits};
use crate::money::{Money, MoneyError};
use crate::policy::{Answer, Ruling};

/// How much the agent may do on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It decides and writes a note; a person does the rest.
    Watch,
    /// It hands each refund to a person, with a note that says what it would do.
    Propose,
    /// It refunds within the policy and the limits.
    #[default]
    Act,
}

/// All that a verdict rests on.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// What is proposed.
    pub proposal: &'a Proposal,
    /// Who asks, and for which customer.
    pub facts: &'a Facts,
    /// The charge, read again just now, with every refund and dispute.
    pub charge: &'a Charge,
    /// What the policy says about it.
    pub ruling: &'a Ruling,
    /// The ceilings above every policy.
    pub limits: &'a Limits,
    /// How much the agent may do.
    pub mode: Mode,
    /// Whether money is stopped, by whatever.
    pub is_stopped: bool,
    /// Whether the Stripe key moves real money.
    pub is_live_key: bool,
    /// How many refunds of the charge were already allowed, in whatever conversation, and may have moved
    /// money.
    pub earlier_decisions: u32,
    /// What a person said about it, if one was asked.
    pub approval: Option<&'a Approval>,
}

/// The guard's answer to one proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Carry it out.
    Allow(Approved<Refund>),
    /// A person must decide.
    Ask(Vec<Cause>),
    /// Do not carry it out.
    Refuse(Vec<Cause>),
}

impl Verdict {
    /// What the log keeps of it.
    pub fn body(&self) -> Value {
        match self {
            Self::Allow(approved) => json!({"verdict": "allow", "refund": approved.get()}),
            Self::Ask(causes) => json!({"verdict": "ask", "causes": causes}),
            Self::Refuse(causes) => json!({"verdict": "refuse", "causes": causes}),
        }
    }
}

/// Why a proposal is not simply carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nobody signed that the contact is the customer.
    NotBound,
    /// The charge is another customer's, or another charge.
    NotTheirs,
    /// The charge and the Stripe key are not of the same mode.
    WrongMode,
    /// The payment has not gone through yet, or is in a state this version does not know.
    NotSettled,
    /// The payment failed: there is nothing to give back.
    NothingTaken,
    /// Everything was given back already.
    AlreadyRefunded,
    /// There is, or was, a dispute or an inquiry.
    Disputed,
    /// A refund of this charge was made before and did not go through.
    Bounced,
    /// The bank may give the money back on its own, so that it would be paid twice.
    BankDebit,
    /// Another Stripe account has a part in the payment.
    Connect,
    /// The amount asked for is in another currency.
    OtherCurrency,
    /// The amount asked for is nothing, or more than is left.
    ImpossibleAmount,
    /// The policy refuses.
    PolicyRefuses,
    /// The policy wants a person.
    PolicyAsks,
    /// The policy says nothing about this.
    Gap,
    /// A ceiling would be broken.
    OverLimit(Limit),
    /// A refund of this charge was allowed before.
    Repeated,
    /// A refund of this charge is under way.
    Busy,
    /// The agent may not act on its own.
    NotActing,
    /// Money is stopped.
    Stopped,
}

impl Cause {
    /// Whether the one who proposed can do better: the facts do not stand in the way.
    pub fn is_mistake(self) -> bool {
        matches!(self, Self::NotTheirs | Self::OtherCurrency | Self::ImpossibleAmount)
    }

    fn refuses(self) -> bool {
        self.is_mistake()
            || matches!(self, Self::NothingTaken | Self::AlreadyRefunded | Self::PolicyRefuses)
    }
}

/// Judges a proposal. Every cause is named; the strictest decides: one that refuses, then one that
/// asks, then none.
pub fn judge(matter: &Matter<'_>) -> Result<Verdict, MoneyError> {
    let mut causes = about_the_person(matter);
    causes.extend(about_the_charge(matter)?);
    causes.extend(about_the_amount(matter)?);
    let refund = match (matter.approved_amount()?, matter.ruling.answer) {
        (Some(amount), _) | (None, Answer::Refund { amount }) => {
            Some(refund(matter, amount, &mut causes)?)
        }
        (None, Answer::Ask) if matter.ruling.is_gap => {
            causes.push(Cause::Gap);
            None
        }
        (None, Answer::Ask) => {
            causes.push(Cause::PolicyAsks);
            None
        }
        (None, Answer::Refuse) => {
            causes.push(Cause::PolicyRefuses);
            None
        }
    };
    if causes.iter().any(|cause| cause.refuses()) {
        return Ok(Verdict::Refuse(causes));
    }
    match refund {
        Some(refund) if causes.is_empty() => Ok(Verdict::Allow(Approved(refund))),
        _ => Ok(Verdict::Ask(causes)),
    }
}

fn about_the_person(matter: &Matter<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    match matter.facts.binding.customer() {
        None => causes.push(Cause::NotBound),
        Some(bound) if matter.charge.customer.as_ref() != Some(bound) => {
            causes.push(Cause::NotTheirs);
        }
        Some(_) if matter.charge.id != matter.proposal.charge => causes.push(Cause::NotTheirs),
        Some(_) => {}
    }
    if !matter.may_act() {
        causes.push(Cause::NotActing);
    }
    if matter.is_stopped {
        causes.push(Cause::Stopped);
    }
    if matter.earlier_decisions > 0 {
        causes.push(Cause::Repeated);
    }
    causes
}

fn about_the_charge(matter: &Matter<'_>) -> Result<Vec<Cause>, MoneyError> {
    let charge = matter.charge;
    let mut causes = Vec::new();
    match charge.status {
        ChargeStatus::Succeeded if charge.captured.is_zero() => causes.push(Cause::NotSettled),
        ChargeStatus::Succeeded if charge.refundable()?.is_zero() => {
            causes.push(Cause::AlreadyRefunded);
        }
        ChargeStatus::Succeeded => {}
        ChargeStatus::Failed => causes.push(Cause::NothingTaken),
        ChargeStatus::Pending | ChargeStatus::Other(_) => causes.push(Cause::NotSettled),
    }
    let risks = [
        (charge.is_live != matter.is_live_key, Cause::WrongMode),
        (charge.is_disputed || !charge.disputes.is_empty(), Cause::Disputed),
        (charge.refunds.iter().any(|refund| !refund.status.may_stand()), Cause::Bounced),
        (charge.method.is_bank_debit(), Cause::BankDebit),
        (charge.is_connect, Cause::Connect),
    ];
    causes.extend(risks.into_iter().filter_map(|(is_so, cause)| is_so.then_some(cause)));
    Ok(causes)
}

fn about_the_amount(matter: &Matter<'_>) -> Result<Option<Cause>, MoneyError> {
    let Some(asked) = matter.proposal.asked else { return Ok(None) };
    if asked.currency() != matter.charge.captured.currency() {
        return Ok(Some(Cause::OtherCurrency));
    }
    let left = matter.charge.refundable()?;
    // With nothing left there is a better reason than the amount.
    let is_possible = left.is_zero() || (!asked.is_zero() && !asked.exceeds(left)?);
    Ok((!is_possible).then_some(Cause::ImpossibleAmount))
}

/// The refund that the policy gives, with the causes that stand against it.
fn refund(
    matter: &Matter<'_>,
    amount: Money,
    causes: &mut Vec<Cause>,
) -> Result<Refund, MoneyError> {
    let refund =
        Refund { charge: matter.charge.id.clone(), amount, reason: matter.proposal.reason };
    if amount.currency() != matter.charge.captured.currency() {
        causes.push(Cause::OtherCurrency);
        return Ok(refund);
    }
    let is_less_than_left = !amount.exceeds(matter.charge.refundable()?)?;
    let is_asked_for = matter.proposal.asked.is_none_or(|asked| amount.exceeds(asked) == Ok(false));
    // What Stripe cannot move, or what nobody asked for, is a mistake of the ruling: a person looks.
    if amount.is_zero() || amount != amount.rounded_down() || !is_less_than_left || !is_asked_for {
        causes.push(Cause::PolicyAsks);
    }
    let broken = limits::broken_alone(matter.limits, &refund, matter.charge)?;
    causes.extend(broken.into_iter().map(Cause::OverLimit));
    Ok(refund)
}

#[cfg(test)]
mod tests;
