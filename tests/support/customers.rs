//! Customers with one simple case: charged twice on one day.

use jiff::{SignedDuration, Timestamp};
use quittance_core::clock::Clock;
use quittance_core::money::{Currency, Money};
use quittance_eval::stand_ins::StandIns;
pub(crate) use quittance_eval::traffic::{CHARGED_TWICE, DUPLICATES};
use quittance_sandbox::intercom::{ContactSeed, Role};
use quittance_sandbox::stripe::{Card, ChargeSeed};
use serde_json::Value;

use super::SystemClock;

/// A customer, and what they paid.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    /// Intercom's id.
    pub(crate) contact: String,
    /// The charges, oldest first.
    pub(crate) charges: Vec<String>,
}

/// A customer who paid 49.00 USD twice, two hours apart, and is known by a signed id.
pub(crate) fn charged_twice(stand_ins: &StandIns, name: &str) -> Customer {
    customer(stand_ins, name, &[(30, 4_900), (28, 4_900)])
}

/// A customer with charges in US cents, each so many hours ago.
pub(crate) fn customer(stand_ins: &StandIns, name: &str, charges: &[(i64, i64)]) -> Customer {
    let (email, external) = (format!("{name}@example.com"), format!("user-{name}"));
    let stripe = &stand_ins.stripe;
    let customer = stripe.create_customer(&email, name, &[("intercom_external_id", &external)]);
    let charges = charges.iter().map(|&(hours, cents)| {
        stripe.charge(&ChargeSeed {
            customer: Some(customer.clone()),
            amount: Money::from_minor(cents, Currency::USD).unwrap(),
            created: hours_ago(hours),
            description: None,
            card: Card { fingerprint: Some(format!("card-{name}")), ..Card::default() },
        })
    });
    let charges = charges.collect();
    let contact = stand_ins.intercom.add_contact(ContactSeed {
        external_id: Some(external),
        email: Some(email),
        name: Some(name.to_owned()),
        role: Role::User,
        language: None,
        attributes: serde_json::Map::new(),
    });
    Customer { contact, charges }
}

/// The refunds of a customer's charges.
pub(crate) fn refunds_of(stand_ins: &StandIns, customer: &Customer) -> Vec<Value> {
    let is_theirs = |refund: &Value| {
        refund["charge"].as_str().is_some_and(|it| customer.charges.iter().any(|own| own == it))
    };
    stand_ins.stripe.refunds().into_iter().filter(is_theirs).collect()
}

fn hours_ago(hours: i64) -> Timestamp {
    SystemClock.now().checked_sub(SignedDuration::from_hours(hours)).unwrap()
}
