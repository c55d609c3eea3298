//! What Stripe and Intercom say at one instant. A snapshot, never refreshed in place.

mod attribute;
mod bill;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use attribute::AttributeValue;
pub use bill::{Bill, Line};

use crate::email::EmailKey;
use crate::ids::{
    ChargeId, ContactId, CustomerId, DisputeId, PaymentIntentId, RefundId, SubscriptionId,
};
use crate::money::{Money, MoneyError};

/// Everything a decision may rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// When the vendors said so, by Stripe's clock where it gave one.
    pub as_of: Timestamp,
    /// Who asks.
    pub contact: Contact,
    /// Whose charges these are, and how that is known.
    pub binding: Binding,
    /// Every charge of the bound customer, newest first. Empty without a binding.
    pub charges: Vec<Charge>,
    /// Every subscription of the bound customer, newest first.
    pub subscriptions: Vec<Subscription>,
}

impl Facts {
    /// The charge with this id.
    pub fn charge(&self, id: &ChargeId) -> Option<&Charge> {
        self.charges.iter().find(|charge| charge.id == *id)
    }

    /// The charge that a model knows as `charge 1`, `charge 2`, …: counted from the newest.
    pub fn charge_by_handle(&self, handle: &str) -> Option<&Charge> {
        let number: usize = handle.strip_prefix("charge ")?.parse().ok()?;
        // `+1` and `01` parse as numbers; a handle has one spelling.
        let index = number.checked_sub(1).filter(|_| handle == Self::handle(number))?;
        self.charges.get(index)
    }

    /// The handles and charges, in order.
    pub fn handles(&self) -> impl Iterator<Item = (String, &Charge)> {
        self.charges.iter().zip(1_usize..).map(|(charge, number)| (Self::handle(number), charge))
    }

    fn handle(number: usize) -> String {
        format!("charge {number}")
    }
}

/// The person in the conversation, as Intercom knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Intercom's id.
    pub id: ContactId,
    /// Whether Intercom calls them a user, not a lead.
    pub is_user: bool,
    /// Whether the company gave them an id of its own (`external_id`).
    pub has_external_id: bool,
    /// The attributes that the policy asks for, as far as Intercom has them and no browser can write
    /// them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, AttributeValue>,
}

impl Contact {
    /// A contact without attributes.
    pub fn new(id: ContactId, is_user: bool, has_external_id: bool) -> Self {
        Self { id, is_user, has_external_id, attributes: BTreeMap::new() }
    }
}

/// Which Stripe customer the contact is, and whose word that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Binding {
    /// Known from a signed source.
    Bound {
        /// The Stripe customer.
        customer: CustomerId,
        /// What binds the contact to the customer.
        source: BindingSource,
    },
    /// Not known well enough to move money or to tell anything about payments.
    Unbound {
        /// Why not.
        why: Unbound,
    },
}

impl Binding {
    /// The bound customer.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Bound { customer, .. } => Some(customer),
            Self::Unbound { .. } => None,
        }
    }
}

/// What proves that a contact is a Stripe customer. Each is written by the merchant, never by a
/// browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingSource {
    /// The Stripe customer's `metadata` names the contact's external id.
    StripeMetadata,
    /// An Intercom attribute that the Messenger cannot write names the customer.
    ContactAttribute,
}

/// Why a contact is not bound to a Stripe customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unbound {
    /// The workspace does not enforce identity verification.
    VerificationOff,
    /// The conversation did not come through the Messenger.
    NotMessenger,
    /// The contact is a lead or a visitor.
    NotAUser,
    /// The contact has no external id.
    NoExternalId,
    /// More than one contact takes part in the conversation.
    SeveralContacts,
    /// No Stripe customer carries the contact's external id.
    NoCustomer,
    /// Several Stripe customers carry it.
    SeveralCustomers,
    /// The Stripe customer that the contact names carries another contact's external id.
    OtherContact,
    /// The customer was deleted at Stripe.
    CustomerDeleted,
    /// Nobody could be asked, since Intercom or Stripe could not be read.
    Unread,
}

/// One payment, as Stripe tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Stripe's id.
    pub id: ChargeId,
    /// Who paid.
    pub customer: Option<CustomerId>,
    /// The payment intent it belongs to, if any.
    pub payment_intent: Option<PaymentIntentId>,
    /// What was asked for.
    pub amount: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back so far, by Stripe's own sum.
    pub refunded: Money,
    /// Whether the payment went through.
    pub status: ChargeStatus,
    /// Whether Stripe marks it as disputed.
    pub is_disputed: bool,
    /// When it was made.
    pub created: Timestamp,
    /// How it was paid.
    pub method: Method,
    /// The mailbox of who paid, as a key: from the payment, else from the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailKey>,
    /// What it was for, if it belongs to an invoice of a subscription.
    pub billing: Billing,
    /// The plans on its invoice: the prices' lookup keys, else their nicknames, else their ids.
    pub plans: Vec<String>,
    /// How it is made up.
    #[serde(default, skip_serializing_if = "Bill::is_empty")]
    pub bill: Bill,
    /// Whether real money moved.
    pub is_live: bool,
    /// Whether another Stripe account has a part in it (Connect), which is left to people.
    pub is_connect: bool,
    /// Its refunds, newest first, ours and others'.
    pub refunds: Vec<Refund>,
    /// Its disputes and inquiries.
    pub disputes: Vec<Dispute>,
}

impl Charge {
    /// What can still be given back: what was captured, less the larger of Stripe's sum of refunds
    /// and the sum of the listed refunds that may still stand.
    pub fn refundable(&self) -> Result<Money, MoneyError> {
        let mut listed = Money::zero(self.captured.currency());
        for refund in self.refunds.iter().filter(|refund| refund.status.may_stand()) {
            listed = listed.checked_add(refund.amount)?;
        }
        let given = if listed.exceeds(self.refunded)? { listed } else { self.refunded };
        self.captured.less(given)
    }
}

/// Whether a payment went through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeStatus {
    /// It did.
    Succeeded,
    /// Not known yet.
    Pending,
    /// It did not.
    Failed,
    /// A status this version does not know.
    Other(String),
}

/// How a charge was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Stripe's `payment_method_details.type`, such as `card` or `sepa_debit`.
    pub kind: String,
    /// The card, if it was one.
    pub card: Option<Card>,
}

impl Method {
    /// How it is called: `Visa 4242`, or the kind in plain letters.
    pub fn name(&self) -> String {
        let Some(card) = &self.card else { return self.kind.replace('_', " ") };
        let mut letters = card.brand.chars();
        let first =
            letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        format!("{first}{} {}", letters.as_str(), card.last4)
    }

    /// Whether the bank may give the money back on its own, so that a refund could pay twice.
    /// <https://docs.stripe.com/refunds>
    pub fn is_bank_debit(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "sepa_debit"
                | "bacs_debit"
                | "ach_debit"
                | "us_bank_account"
                | "acss_debit"
                | "au_becs_debit"
                | "nz_bank_account"
        )
    }
}

/// What may be known of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Such as `visa`.
    pub brand: String,
    /// The last four digits.
    pub last4: String,
    /// Two capital letters, where Stripe knows it.
    pub country: Option<String>,
    /// The same for every use of the same card in one Stripe account.
    pub fingerprint: Option<String>,
}

/// What a charge paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// The first invoice of a subscription (`billing_reason: subscription_create`).
    First,
    /// A later period of a subscription (`subscription_cycle`).
    Renewal,
    /// A change within a period (`subscription_update`, `subscription_threshold`).
    Change,
    /// A payment without a subscription.
    OneOff,
}

/// A refund, as Stripe tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Stripe's id.
    pub id: RefundId,
    /// The charge it gives back.
    pub charge: Option<ChargeId>,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub status: RefundStatus,
    /// When it was made.
    pub created: Timestamp,
    /// The decision that made it (`metadata.decision`), if it was one of ours.
    pub decision: Option<String>,
}

/// How far a refund is. `succeeded` is not final: it can still turn `failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// On its way.
    Pending,
    /// The customer must do something.
    RequiresAction,
    /// Expected to arrive.
    Succeeded,
    /// The bank sent it back.
    Failed,
    /// It was taken back before it left.
    Canceled,
    /// A status this version does not know.
    Other(String),
}

impl RefundStatus {
    /// Whether the money may have left or may still leave.
    pub fn may_stand(&self) -> bool {
        match self {
            Self::Pending | Self::RequiresAction | Self::Succeeded | Self::Other(_) => true,
            Self::Failed | Self::Canceled => false,
        }
    }
}

/// A dispute or an inquiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Stripe's id.
    pub id: DisputeId,
    /// Stripe's status, such as `needs_response`, `warning_needs_response` or `won`.
    pub status: String,
}

/// A subscription, as Stripe tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Stripe's id.
    pub id: SubscriptionId,
    /// Stripe's status, such as `active`, `trialing` or `canceled`.
    pub status: String,
    /// When it began.
    pub created: Timestamp,
    /// The plans on it, named as in [`Charge::plans`].
    pub plans: Vec<String>,
    /// When the running period began.
    pub period_start: Option<Timestamp>,
    /// When the running period ends.
    pub period_end: Option<Timestamp>,
    /// Whether it ends with the running period.
    pub is_canceling: bool,
    /// When its trial ended or will end, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial_end: Option<Timestamp>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::money::Currency;

    /// A plain succeeded card charge.
    pub(crate) fn charge(id: &str, minor: i64, currency: Currency, created: &str) -> Charge {
        let amount = Money::from_minor(minor, currency).unwrap();
        Charge {
            id: id.parse().unwrap(),
            customer: Some("cus_1".parse().unwrap()),
            payment_intent: None,
            amount,
            captured: amount,
            refunded: Money::zero(currency),
            status: ChargeStatus::Succeeded,
            is_disputed: false,
            created: created.parse().unwrap(),
            method: Method {
                kind: "card".to_owned(),
                card: Some(Card {
                    brand: "visa".to_owned(),
                    last4: "4242".to_owned(),
                    country: None,
                    fingerprint: None,
                }),
            },
            email: None,
            billing: Billing::OneOff,
            plans: Vec::new(),
            bill: Bill::default(),
            is_live: false,
            is_connect: false,
            refunds: Vec::new(),
            disputes: Vec::new(),
        }
    }

    /// A refund of a charge.
    pub(crate) fn refund(id: &str, minor: i64, currency: Currency, status: RefundStatus) -> Refund {
        Refund {
            id: id.parse().unwrap(),
            charge: None,
            amount: Money::from_minor(minor, currency).unwrap(),
            status,
            created: "2026-01-10T00:00:00Z".parse().unwrap(),
            decision: None,
        }
    }

    #[test]
    fn the_refundable_rest_takes_the_larger_of_both_views() {
        let mut charge = charge("ch_1", 5_000, Currency::USD, "2026-01-01T00:00:00Z");
        charge.refunds = vec![
            refund("re_2", 1_000, Currency::USD, RefundStatus::Pending),
            refund("re_1", 2_000, Currency::USD, RefundStatus::Failed),
        ];
        assert_eq!(charge.refundable().unwrap().minor(), 4_000);
        charge.refunded = Money::from_minor(3_000, Currency::USD).unwrap();
        assert_eq!(charge.refundable().unwrap().minor(), 2_000);
    }

    #[test]
    fn a_handle_has_one_spelling() {
        let facts = Facts {
            as_of: "2026-01-10T00:00:00Z".parse().unwrap(),
            contact: Contact::new("c".parse().unwrap(), true, true),
            binding: Binding::Unbound { why: Unbound::NoCustomer },
            charges: vec![charge("ch_1", 100, Currency::USD, "2026-01-01T00:00:00Z")],
            subscriptions: Vec::new(),
        };
        assert!(facts.charge_by_handle("charge 1").is_some());
        for handle in [
            "charge 0",
            "charge 2",
            "charge 01",
            "charge +1",
            "Charge 1",
            "charge  1",
            "ch_1",
            "１",
        ] {
            assert!(facts.charge_by_handle(handle).is_none(), "{handle:?}");
        }
    }
}
