//! A person's word that a proposal may be carried out.

use serde::{Deserialize, Serialize};

use super::judge::{Cause, Matter, Mode, Verdict};
use crate::ids::ApprovalId;
use crate::limits;
use crate::money::{Money, MoneyError};
use crate::policy::Answer;

/// A person's word that a proposal may be carried out. It lifts what a person may lift, and nothing else: the
/// guard judges again, on what is known then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What they were asked.
    pub request: ApprovalId,
    /// Who they are, as Intercom or the program's own interface knows them.
    pub by: String,
    /// How much may be given back: what they were asked for, or less.
    pub amount: Money,
}

impl Cause {
    /// Whether a person's approval lifts it, in this mode.
    fn is_lifted(self, mode: Mode) -> bool {
        match self {
            Self::NotActing => mode == Mode::Propose,
            Self::PolicyAsks | Self::Gap => mode != Mode::Watch,
            Self::NotBound
            | Self::NotTheirs
            | Self::WrongMode
            | Self::NotSettled
            | Self::NothingTaken
            | Self::AlreadyRefunded
            | Self::Disputed
            | Self::Bounced
            | Self::BankDebit
            | Self::Connect
            | Self::OtherCurrency
            | Self::ImpossibleAmount
            | Self::PolicyRefuses
            | Self::OverLimit(_)
            | Self::Repeated
            | Self::Busy
            | Self::Stopped => false,
        }
    }
}

/// How much a person may be asked to approve: what the policy gives, what the customer asked for, or all that is
/// left. None, where their word alone would not be enough.
pub fn to_approve(matter: &Matter<'_>, verdict: &Verdict) -> Result<Option<Money>, MoneyError> {
    let Verdict::Ask(causes) = verdict else { return Ok(None) };
    if !causes.iter().all(|cause| cause.is_lifted(matter.mode)) {
        return Ok(None);
    }
    let left = matter.charge.refundable()?;
    let amount = match matter.ruling.answer {
        Answer::Refund { amount } => amount,
        Answer::Ask | Answer::Refuse => matter.proposal.asked.unwrap_or(left),
    };
    let refund =
        super::Refund { charge: matter.charge.id.clone(), amount, reason: matter.proposal.reason };
    let is_possible = !amount.is_zero()
        && amount == amount.rounded_down()
        && !amount.exceeds(left)?
        && limits::broken_alone(matter.limits, &refund, matter.charge)?.is_empty();
    Ok(is_possible.then_some(amount))
}

impl Matter<'_> {
    /// Whether the agent may move money here: by itself, or on a person's word.
    pub(super) fn may_act(&self) -> bool {
        self.mode == Mode::Act || (self.mode == Mode::Propose && self.approval.is_some())
    }

    /// How much a person's word allows: never more than the policy gives where it gives something, and nothing
    /// where it refuses. An amount in another currency than the charge's is given, to be refused.
    pub(super) fn approved_amount(&self) -> Result<Option<Money>, MoneyError> {
        let Some(approval) = self.approval else { return Ok(None) };
        let is_foreign = |amount: Money| amount.currency() != self.charge.captured.currency();
        Ok(match self.ruling.answer {
            Answer::Refund { amount } if is_foreign(amount) => Some(amount),
            Answer::Refund { .. } if is_foreign(approval.amount) => Some(approval.amount),
            Answer::Refund { amount } if approval.amount.exceeds(amount)? => Some(amount),
            Answer::Refund { .. } | Answer::Ask => Some(approval.amount),
            Answer::Refuse => None,
        })
    }
}
