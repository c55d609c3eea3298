//! `propose_refund`: what the model would like to do. The guard decides.

use std::sync::Arc;

use quittance_agent::{Answer, Tool, ToolError};
use quittance_core::action::Proposal;
use quittance_core::facts::{Charge, Facts};
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
    /// It was in order when it came, and was damaged, opened or changed since.
    Damaged,
    /// It came broken, or does not work.
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
            ReasonName::Damaged => Self::Damaged,
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
    if let (ReasonName::DuplicateCharge, Some(later)) = (arguments.reason, twin(facts, charge)) {
        let message = format!(
            "the later of two equal charges is the duplicate: call propose_refund for {later}"
        );
        return Err(ToolError::misused("the_first_of_two", message));
    }
    let currency = charge.captured.currency();
    let asked =
        arguments.amount.as_deref().map(|text| Money::from_decimal(text, currency)).transpose();
    let asked = asked.map_err(|_| {
        let message = format!("write a plain decimal in {currency}, such as `12.50`, or null");
        ToolError::misused("bad_amount", message)
    })?;
    Ok(Proposal { charge: charge.id.clone(), reason: arguments.reason.into(), asked })
}

/// The handle of a later charge that may be taken twice when the named one was the first: the same
/// amount, nothing given back, and nothing equal before the named one. Only a hint; the policy decides.
fn twin(facts: &Facts, named: &Charge) -> Option<String> {
    let is_equal = |other: &Charge| {
        other.id != named.id
            && other.captured == named.captured
            && other.status == named.status
            && other.refunded.is_zero()
    };
    let is_second = |other: &Charge| is_equal(other) && other.created <= named.created;
    if facts.charges.iter().any(is_second) {
        return None;
    }
    let later = facts.handles().filter(|(_, other)| is_equal(other));
    later.last().map(|(handle, _)| handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(charges: &[(&str, &str)]) -> Facts {
        let charge = |(day, minor): &(&str, &str)| {
            let amount = json!({"minor": minor.parse::<i64>().unwrap(), "currency": "USD"});
            let none = json!({"minor": 0, "currency": "USD"});
            json!({
                "id": format!("ch_{day}"), "customer": "cus_1", "payment_intent": null,
                "amount": amount, "captured": amount, "refunded": none, "status": "succeeded",
                "is_disputed": false, "created": format!("2026-11-{day}T10:00:00Z"),
                "method": {"kind": "card", "card": null}, "billing": "one_off", "plans": [],
                "is_live": false, "is_connect": false, "refunds": [], "disputes": []
            })
        };
        serde_json::from_value(json!({
            "as_of": "2026-11-23T10:00:00Z",
            "contact": {"id": "1", "is_user": true, "has_external_id": true},
            "binding": {"kind": "bound", "customer": "cus_1", "source": "stripe_metadata"},
            "charges": charges.iter().map(charge).collect::<Vec<_>>(),
            "subscriptions": []
        }))
        .unwrap()
    }

    fn duplicate(facts: &Facts, handle: &str) -> Result<Proposal, ToolError> {
        let reason = ReasonName::DuplicateCharge;
        proposal(facts, &Arguments { charge: handle.to_owned(), reason, amount: None })
    }

    #[test]
    fn the_first_of_two_equal_charges_is_not_the_duplicate() {
        let facts = facts(&[("20", "4900"), ("18", "4900"), ("17", "2500")]);
        assert_eq!(duplicate(&facts, "charge 1").unwrap().charge.as_str(), "ch_20");
        let Err(ToolError::Misused { code, message }) = duplicate(&facts, "charge 2") else {
            panic!("the first of two");
        };
        assert_eq!(code, "the_first_of_two");
        assert!(message.ends_with("charge 1"), "{message}");
        // Nothing equals it: the policy says what becomes of it.
        assert_eq!(duplicate(&facts, "charge 3").unwrap().charge.as_str(), "ch_17");
    }
}
