//! Charges and their disputes. <https://docs.stripe.com/api/charges>

use quittance_core::email::EmailKey;
use quittance_core::facts::{Bill, Billing, Card, Charge, ChargeStatus, Dispute, Method};
use quittance_core::ids::ChargeId;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::client::Client;
use crate::error::Error;
use crate::refunds::WireRefund;
use crate::wire::{Entry, Expandable, List, id, instant, money, reference};

impl Client {
    /// Reads one charge as it is now, with all its refunds and disputes. What it was billed for is
    /// not looked up: [`Charge::billing`] is [`Billing::OneOff`] and [`Charge::plans`] is empty.
    pub async fn charge(&self, charge: &ChargeId) -> Result<Charge, Error> {
        const REQUEST: &str = "read a charge";
        let path = ["v1", "charges", charge.as_str()];
        let (wire, refunds, disputes) = tokio::try_join!(
            self.get::<WireCharge>(REQUEST, &path, &[]),
            self.refunds_of(charge),
            self.disputes_of(charge),
        )?;
        let mut fresh = wire.charge().map_err(|problem| Error::unreadable(REQUEST, problem))?;
        if fresh.id != *charge {
            return Err(Error::unreadable(REQUEST, "another charge"));
        }
        fresh.refunds = refunds;
        fresh.disputes = disputes;
        Ok(fresh)
    }

    /// Reads a known charge anew and keeps what it was billed for and who is known to have paid, which
    /// do not change.
    pub async fn refresh(&self, known: &Charge) -> Result<Charge, Error> {
        let fresh = self.charge(&known.id).await?;
        let email = fresh.email.clone().or_else(|| known.email.clone());
        let (billing, plans, bill) = (known.billing, known.plans.clone(), known.bill.clone());
        Ok(Charge { email, billing, plans, bill, ..fresh })
    }

    /// Reads every dispute and inquiry of a charge. <https://docs.stripe.com/api/disputes/list>
    pub async fn disputes_of(&self, charge: &ChargeId) -> Result<Vec<Dispute>, Error> {
        const REQUEST: &str = "list disputes";
        let query = [("charge", charge.as_str())];
        let listed: Vec<WireDispute> = self.list(REQUEST, &["v1", "disputes"], &query).await?;
        let disputes: Result<_, String> = listed.iter().map(WireDispute::dispute).collect();
        disputes.map_err(|problem| Error::unreadable(REQUEST, problem))
    }
}

/// A charge as Stripe writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct WireCharge {
    id: String,
    amount: i64,
    amount_captured: Option<i64>,
    #[serde(default)]
    amount_refunded: i64,
    captured: Option<bool>,
    currency: String,
    status: String,
    #[serde(default)]
    disputed: bool,
    created: i64,
    #[serde(default)]
    livemode: bool,
    customer: Option<Expandable>,
    payment_intent: Option<Expandable>,
    payment_method_details: Option<WireMethod>,
    billing_details: Option<WireBillingDetails>,
    receipt_email: Option<String>,
    application: Option<IgnoredAny>,
    application_fee_amount: Option<IgnoredAny>,
    on_behalf_of: Option<IgnoredAny>,
    transfer_data: Option<IgnoredAny>,
    pub(crate) refunds: Option<List<WireRefund>>,
    /// Before 2025-03-31 a charge named its invoice.
    pub(crate) invoice: Option<Expandable>,
    /// Before payment methods a charge carried its card here.
    source: Option<WireSource>,
}

impl Entry for WireCharge {
    fn id(&self) -> &str {
        &self.id
    }
}

impl WireCharge {
    /// The charge without its refunds, disputes and plans.
    pub(crate) fn charge(&self) -> Result<Charge, String> {
        let amount = money(self.amount, &self.currency)?;
        Ok(Charge {
            id: id(&self.id)?,
            customer: reference(self.customer.as_ref())?,
            payment_intent: reference(self.payment_intent.as_ref())?,
            amount,
            captured: money(self.captured_minor(), &self.currency)?,
            refunded: money(self.amount_refunded, &self.currency)?,
            status: self.status(),
            is_disputed: self.disputed,
            created: instant(self.created)?,
            method: self.method(),
            email: self.email(),
            billing: Billing::OneOff,
            plans: Vec::new(),
            bill: Bill::default(),
            is_live: self.livemode,
            is_connect: self.application.is_some()
                || self.application_fee_amount.is_some()
                || self.on_behalf_of.is_some()
                || self.transfer_data.is_some(),
            refunds: Vec::new(),
            disputes: Vec::new(),
        })
    }

    /// `amount_captured` came in 2020; before, a charge was captured as a whole or not at all.
    fn captured_minor(&self) -> i64 {
        let is_whole = self.captured.unwrap_or(false) && self.status == "succeeded";
        self.amount_captured.unwrap_or(if is_whole { self.amount } else { 0 })
    }

    fn status(&self) -> ChargeStatus {
        match self.status.as_str() {
            "succeeded" => ChargeStatus::Succeeded,
            "pending" => ChargeStatus::Pending,
            "failed" => ChargeStatus::Failed,
            other => ChargeStatus::Other(other.to_owned()),
        }
    }

    /// The mailbox of who paid: only its key is kept.
    fn email(&self) -> Option<EmailKey> {
        let billed = self.billing_details.as_ref().and_then(|details| details.email.as_deref());
        billed.or(self.receipt_email.as_deref()).and_then(EmailKey::of)
    }

    fn method(&self) -> Method {
        if let Some(details) = &self.payment_method_details {
            let card = details.card.as_ref().and_then(WireCard::card);
            return Method { kind: details.kind.clone(), card };
        }
        let kind = self.source.as_ref().map_or("unknown", |source| source.object.as_str());
        let card = self.source.as_ref().and_then(|source| source.card.card());
        Method { kind: kind.to_owned(), card }
    }
}

/// <https://docs.stripe.com/api/charges/object#charge_object-billing_details>
#[derive(Debug, Deserialize)]
struct WireBillingDetails {
    email: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WireMethod {
    #[serde(rename = "type")]
    kind: String,
    card: Option<WireCard>,
}

#[derive(Debug, Deserialize)]
struct WireSource {
    object: String,
    #[serde(flatten)]
    card: WireCard,
}

#[derive(Debug, Deserialize)]
struct WireCard {
    brand: Option<String>,
    last4: Option<String>,
    country: Option<String>,
    fingerprint: Option<String>,
}

impl WireCard {
    fn card(&self) -> Option<Card> {
        Some(Card {
            // Payment methods write `visa`, the older sources `Visa`.
            brand: self.brand.as_ref()?.to_lowercase(),
            last4: self.last4.clone()?,
            country: self.country.clone(),
            fingerprint: self.fingerprint.clone(),
        })
    }
}

#[derive(Debug, Deserialize)]
struct WireDispute {
    id: String,
    status: String,
}

impl Entry for WireDispute {
    fn id(&self) -> &str {
        &self.id
    }
}

impl WireDispute {
    fn dispute(&self) -> Result<Dispute, String> {
        Ok(Dispute { id: id(&self.id)?, status: self.status.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &serde_json::Value) -> Charge {
        WireCharge::deserialize(json).unwrap().charge().unwrap()
    }

    #[test]
    fn unknown_fields_and_values_are_kept_or_ignored() {
        let charge = read(&serde_json::json!({
            "id": "py_1", "object": "charge", "amount": 4_900, "amount_captured": 4_900,
            "amount_refunded": 100, "currency": "kwd", "status": "teleported", "created": 1,
            "customer": {"id": "cus_1", "object": "customer"}, "payment_intent": "pi_1",
            "payment_method_details": {"type": "moon_pay", "moon_pay": {"crater": 1}},
            "livemode": true, "disputed": true, "brand_new": {"a": []}, "on_behalf_of": "acct_1",
        }));
        assert_eq!(charge.status, ChargeStatus::Other("teleported".to_owned()));
        assert_eq!(charge.method, Method { kind: "moon_pay".to_owned(), card: None });
        assert_eq!(charge.captured.to_string(), "4.900 KWD");
        assert_eq!(charge.customer.unwrap().as_str(), "cus_1");
        assert!(charge.is_live && charge.is_disputed && charge.is_connect);
    }

    #[test]
    fn a_charge_of_an_older_version_is_understood() {
        let old = |captured: bool, status: &str| {
            read(&serde_json::json!({
                "id": "ch_1", "amount": 500, "currency": "usd", "captured": captured,
                "status": status, "created": 1, "customer": "", "application": null,
                "source": {"object": "card", "id": "card_1", "brand": "Visa", "last4": "4242"},
            }))
        };
        let charge = old(true, "succeeded");
        assert_eq!((charge.captured.minor(), charge.customer.clone()), (500, None));
        assert_eq!(charge.method.kind, "card");
        assert_eq!(charge.method.card.unwrap().brand, "visa");
        assert!(!charge.is_connect);
        assert!(old(false, "succeeded").captured.is_zero());
        assert!(old(true, "failed").captured.is_zero());
    }

    #[test]
    fn an_amount_that_cannot_be_is_a_problem() {
        for (amount, currency) in [(-1, "usd"), (1, "zzz")] {
            let wire = WireCharge::deserialize(&serde_json::json!({
                "id": "ch_1", "amount": amount, "currency": currency, "status": "succeeded",
                "created": 1,
            }));
            assert!(wire.unwrap().charge().is_err(), "{amount} {currency}");
        }
    }
}
