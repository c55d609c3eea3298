//! Refunds: reading them, and the one call that moves money. <https://docs.stripe.com/api/refunds>

use std::collections::BTreeMap;

use quittance_core::action;
use quittance_core::facts::{Refund, RefundStatus};
use quittance_core::ids::{ChargeId, IdempotencyKey};
use quittance_core::reason::Reason;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::wire::{Entry, Expandable, id, instant, money, reference};

mod answer;
mod create;

pub use answer::{Answer, RefusedKind};
pub use create::{DEADLINE, create};

/// The key of a refund's `metadata` under which our decision stands.
pub const DECISION: &str = "decision";

/// A request as it was written down before it was sent: the same bytes and key every time.
#[derive(Clone, Copy, Debug)]
pub struct Frozen<'a> {
    /// What [`request_body`] gave.
    pub body: &'a [u8],
    /// The decision's key.
    pub key: &'a IdempotencyKey,
}

/// The exact bytes of `POST /v1/refunds`: charge, amount, reason and metadata, in this order and
/// nothing else. `metadata` must hold [`DECISION`], or [`create`] does not send it; Stripe allows
/// 50 entries, names of 40 and values of 500 characters.
///
/// The amount is always sent, because without one Stripe gives back all that is left.
pub fn request_body(refund: &action::Refund, metadata: &[(&str, &str)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("charge", refund.charge.as_str())
        .append_pair("amount", &refund.amount.minor().to_string())
        .append_pair("reason", stripe_reason(refund.reason));
    for (name, value) in metadata {
        form.append_pair(&format!("metadata[{name}]"), value);
    }
    form.finish().into_bytes()
}

/// Stripe's word for a reason. Its third word, `fraudulent`, puts the card and the address on the
/// account's block lists, and is never sent. <https://docs.stripe.com/api/refunds/create>
fn stripe_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::DuplicateCharge => "duplicate",
        Reason::ChangedMind
        | Reason::Unused
        | Reason::ForgotToCancel
        | Reason::Accidental
        | Reason::WrongAmount
        | Reason::NotReceived
        | Reason::Defective
        | Reason::NotAsDescribed
        | Reason::ServiceProblem
        | Reason::Unrecognized
        | Reason::Goodwill
        | Reason::Other => "requested_by_customer",
    }
}

impl Client {
    /// Reads every refund of a charge, ours and others', newest first. This list shows a refund as
    /// soon as it exists, unlike Stripe's search.
    pub async fn refunds_of(&self, charge: &ChargeId) -> Result<Vec<Refund>, Error> {
        const REQUEST: &str = "list refunds";
        let query = [("charge", charge.as_str())];
        let listed: Vec<WireRefund> = self.list(REQUEST, &["v1", "refunds"], &query).await?;
        let refunds: Result<Vec<Refund>, String> = listed.iter().map(WireRefund::refund).collect();
        let refunds = refunds.map_err(|problem| Error::unreadable(REQUEST, problem))?;
        // A server that overlooks the filter would lend us somebody else's refunds.
        if refunds.iter().any(|refund| refund.charge.as_ref() != Some(charge)) {
            return Err(Error::unreadable(REQUEST, "a refund of another charge"));
        }
        Ok(refunds)
    }
}

/// A refund as Stripe writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct WireRefund {
    id: String,
    amount: i64,
    currency: String,
    charge: Option<Expandable>,
    status: Option<String>,
    created: i64,
    metadata: Option<BTreeMap<String, String>>,
}

impl Entry for WireRefund {
    fn id(&self) -> &str {
        &self.id
    }
}

impl WireRefund {
    /// The refund in our words.
    pub(crate) fn refund(&self) -> Result<Refund, String> {
        Ok(Refund {
            id: id(&self.id)?,
            charge: reference(self.charge.as_ref())?,
            amount: money(self.amount, &self.currency)?,
            status: status(self.status.as_deref()),
            created: instant(self.created)?,
            decision: self.decision().map(str::to_owned),
        })
    }

    fn decision(&self) -> Option<&str> {
        self.metadata.as_ref()?.get(DECISION).map(String::as_str)
    }
}

fn status(status: Option<&str>) -> RefundStatus {
    match status {
        Some("pending") => RefundStatus::Pending,
        Some("requires_action") => RefundStatus::RequiresAction,
        Some("succeeded") => RefundStatus::Succeeded,
        Some("failed") => RefundStatus::Failed,
        Some("canceled") => RefundStatus::Canceled,
        other => RefundStatus::Other(other.unwrap_or("none").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use quittance_core::money::{Currency, Money};

    use super::*;

    fn refund(reason: Reason) -> action::Refund {
        action::Refund {
            charge: "ch_1".parse().unwrap(),
            amount: Money::from_minor(4_900, Currency::USD).unwrap(),
            reason,
        }
    }

    #[test]
    fn the_bytes_of_a_refund_are_exactly_these() {
        let body = request_body(
            &refund(Reason::DuplicateCharge),
            &[(DECISION, "d1-0a"), ("case", "ecahpwf5:7 & more")],
        );
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "charge=ch_1&amount=4900&reason=duplicate&metadata%5Bdecision%5D=d1-0a\
             &metadata%5Bcase%5D=ecahpwf5%3A7+%26+more"
        );
    }

    #[test]
    fn no_reason_blocks_a_customers_card() {
        for reason in Reason::ALL {
            let word = stripe_reason(reason);
            assert!(matches!(word, "duplicate" | "requested_by_customer"), "{reason}: {word}");
        }
    }

    #[test]
    fn a_refund_is_read_with_its_decision() {
        let wire = WireRefund::deserialize(&serde_json::json!({
            "id": "pyr_1", "object": "refund", "amount": 10, "currency": "jpy", "charge": "py_1",
            "status": null, "created": 0, "metadata": {"decision": "d1-0a"}, "new": 1,
        }));
        let refund = wire.unwrap().refund().unwrap();
        assert_eq!(refund.decision.as_deref(), Some("d1-0a"));
        assert_eq!(refund.status, RefundStatus::Other("none".to_owned()));
        assert!(refund.status.may_stand());
    }
}
