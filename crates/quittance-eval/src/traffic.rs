//! Many customers with one simple case each: charged twice on one day.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance_core::money::{Currency, Money};
use quittance_sandbox::intercom::{ContactSeed, Role};
use quittance_sandbox::stripe::{Card, ChargeSeed};

use crate::stand_ins::StandIns;

/// What every customer was charged, twice, in cents.
const AMOUNT: i64 = 4_900;

/// What a customer who was charged twice says.
pub const CHARGED_TWICE: &str =
    "Hello, I was charged twice for the same thing. Please refund the second payment.";

/// A policy with one rule: what was charged twice is given back.
pub const DUPLICATES: &str = "---
title: Refund policy
language: en
currency: usd
effective: 2026-01-01
---

# Refund policy

## Charged twice

If we took the same payment twice, we give the second one back.

| Rule         | Value                                   |
| ------------ | --------------------------------------- |
| Reason       | duplicate charge                        |
| Decision     | refund                                  |
| Applies when | same amount charged again within 3 days |
| Within       | 120 days of the charge                  |
| Refund       | in full                                 |
| At most      | 500 USD                                 |
";

/// A customer.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) contact: String,
    pub(crate) charges: [String; 2],
}

/// Makes customers who were charged twice.
pub(crate) fn customers(
    stand_ins: &StandIns,
    count: usize,
    now: Timestamp,
) -> anyhow::Result<Vec<Customer>> {
    let amount = Money::from_minor(AMOUNT, Currency::USD)?;
    let first = now.checked_sub(SignedDuration::from_hours(30))?;
    let second = now.checked_sub(SignedDuration::from_hours(28))?;
    (0..count)
        .map(|number| {
            let (email, external) =
                (format!("customer{number}@example.com"), format!("user-{number}"));
            let name = format!("Customer {number}");
            let customer = stand_ins.stripe.create_customer(
                &email,
                &name,
                &[("intercom_external_id", &external)],
            );
            let charge = |created| {
                stand_ins.stripe.charge(&ChargeSeed {
                    customer: Some(customer.clone()),
                    amount,
                    created,
                    description: None,
                    card: Card { fingerprint: Some(format!("card-{number}")), ..Card::default() },
                })
            };
            let charges = [charge(first), charge(second)];
            let contact = stand_ins.intercom.add_contact(ContactSeed {
                external_id: Some(external),
                email: Some(email),
                name: Some(name),
                role: Role::User,
                language: None,
                attributes: serde_json::Map::new(),
            });
            Ok(Customer { contact, charges })
        })
        .collect()
}

/// Says the message for every customer.
pub(crate) fn speak(stand_ins: &StandIns, customer: &Customer) -> Option<String> {
    stand_ins.intercom.say(&customer.contact, CHARGED_TWICE)
}

/// How many of these conversations have ended.
pub(crate) fn ended(stand_ins: &StandIns, conversations: &[String]) -> usize {
    let is_closed = |conversation: &&String| {
        let conversation = stand_ins.intercom.conversation(conversation).unwrap_or_default();
        conversation.get("state").and_then(serde_json::Value::as_str) == Some("closed")
    };
    conversations.iter().filter(is_closed).count()
}

/// Waits until `is_done`, or until `limit` has passed without anything new. Returns whether it is.
pub(crate) async fn wait(limit: Duration, mut progress: impl FnMut() -> (usize, bool)) -> bool {
    let mut last = (0, tokio::time::Instant::now());
    loop {
        let (count, is_done) = progress();
        if is_done {
            return true;
        }
        if count != last.0 {
            last = (count, tokio::time::Instant::now());
        }
        if last.1.elapsed() > limit {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
