//! `propose_refund`: what the model would like to do. The guard decides.

use std::sync::Arc;

use quittance_agent::{Answer, Tool, ToolError};
use quittance_core::action::Proposal;
use quittance_core::facts::Facts;
use quittance_core::money::Money;
use quittance_core::reason::Reason;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

pub(crate) const NAME: &str = "propose_refund";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// The handle of one charge from the facts, such as `charge 1`.
    charge: String,
    /// What the customer says is the matter.
    reason: ReasonName,
    /// Null for all that the policy gives. Only if the customer asks for less: a plain decimal in the
    /// charge's currency, such as `12.50`.
    amount: Option<String>,
}

/// The reasons, by the names of the log.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ReasonName {
    /// The same payment was taken more than once.
    DuplicateCharge,
    /// They no longer want what they bought.
    ChangedMind,
    /// They paid and did not use it.
    Unused,
    /// They meant to cancel before the payment.
    ForgotToCancel,
    /// They bought by mistake.
    Accidental,
    /// The amount was not what was agreed.
    WrongAmount,
    /// It never arrived.
    NotReceived,
    /// It is broken or does not work.
    Defective,
    /// It is not what was described.
    NotAsDescribed,
    /// The service was down or did not do what it should.
    ServiceProblem,
    /// They say somebody else made the payment.
    Unrecognized,
    /// They ask for a gesture.
    Goodwill,
    /// Anything else.
    Other,
}

impl From<ReasonName> for Reason {
    fn from(name: ReasonName) -> Self {
        match name {
            ReasonName::DuplicateCharge => Self::DuplicateCharge,
            ReasonName::ChangedMind => Self::ChangedMind,
            ReasonName::Unused => Self::Unused,
            ReasonName::ForgotToCancel => Self::ForgotToCancel,
            ReasonName::Accidental => Self::Accidental,
            ReasonName::WrongAmount => Self::WrongAmount,
            ReasonName::NotReceived => Self::NotReceived,
            ReasonName::Defective => Self::Defective,
            ReasonName::NotAsDescribed => Self::NotAsDescribed,
            ReasonName::ServiceProblem => Self::ServiceProblem,
            ReasonName::Unrecognized => Self::Unrecognized,
            ReasonName::Goodwill => Self::Goodwill,
            ReasonName::Other => Self::Other,
        }
    }
}

pub(super) fn tool(facts: Arc<Facts>) -> Tool {
    let description = "Proposes a refund of one charge. It is checked against the policy before anything happens.";
    let run = move |arguments: Arguments| {
        let facts = Arc::clone(&facts);
        async move { Ok(Answer::End(json!(proposal(&facts, &arguments)?))) }
    };
    Tool::new(NAME, description, run).ending()
}

fn proposal(facts: &Facts, arguments: &Arguments) -> Result<Proposal, ToolError> {
    let charge = facts.charge_by_handle(&arguments.charge).ok_or_else(|| {
        ToolError::misused(
            "unknown_charge",
            "there is no such charge; use a handle from the facts, such as `charge 1`",
        )
    })?;
    let currency = charge.captured.currency();
    let asked =
        arguments.amount.as_deref().map(|text| Money::from_decimal(text, currency)).transpose();
    let asked = asked.map_err(|_| {
        let message = format!("write a plain decimal in {currency}, such as `12.50`, or null");
        ToolError::misused("bad_amount", message)
    })?;
    Ok(Proposal { charge: charge.id.clone(), reason: arguments.reason.into(), asked })
}
