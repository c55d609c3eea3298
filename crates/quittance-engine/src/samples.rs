//! What tests of this crate are about: one customer, two charges, one subscription.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quittance_core::facts::{
    Bill, Billing, Binding, BindingSource, Card, Charge, ChargeStatus, Contact, Dispute, Facts,
    Method, Subscription,
};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::Policy;
use quittance_core::reply::Templates;

pub(crate) fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn charge(id: &str, created: &str) -> Charge {
    Charge {
        id: id.parse().unwrap(),
        customer: Some("cus_1".parse().unwrap()),
        payment_intent: None,
        amount: usd(4_900),
        captured: usd(4_900),
        refunded: usd(0),
        status: ChargeStatus::Succeeded,
        is_disputed: false,
        created: at(created),
        method: Method {
            kind: "card".to_owned(),
            card: Some(Card {
                brand: "visa".to_owned(),
                last4: "4242".to_owned(),
                country: Some("US".to_owned()),
                fingerprint: Some("a-fingerprint".to_owned()),
            }),
        },
        email: None,
        billing: Billing::Renewal,
        plans: vec!["pro-monthly".to_owned()],
        bill: Bill::default(),
        is_live: false,
        is_connect: false,
        refunds: Vec::new(),
        disputes: Vec::new(),
    }
}

pub(crate) fn facts() -> Facts {
    let mut older = charge("ch_older", "2026-10-19T09:30:00Z");
    older.refunded = usd(1_000);
    older.method = Method { kind: "sepa_debit".to_owned(), card: None };
    older.disputes =
        vec![Dispute { id: "dp_1".parse().unwrap(), status: "needs_response".to_owned() }];
    Facts {
        as_of: at("2026-11-23T12:00:00Z"),
        contact: Contact::new("c1".parse().unwrap(), true, true),
        binding: Binding::Bound {
            customer: "cus_1".parse().unwrap(),
            source: BindingSource::StripeMetadata,
        },
        charges: vec![charge("ch_newer", "2026-11-20T09:30:00Z"), older],
        subscriptions: vec![Subscription {
            id: "sub_1".parse().unwrap(),
            status: "active".to_owned(),
            created: at("2026-10-20T09:30:00Z"),
            plans: vec!["pro-monthly".to_owned()],
            period_start: Some(at("2026-11-20T09:30:00Z")),
            period_end: Some(at("2026-12-20T09:30:00Z")),
            is_canceling: false,
            trial_end: None,
        }],
    }
}

pub(crate) fn policy() -> Policy {
    let text = "---
title: Refund policy
language: en
currency: usd
effective: 2026-01-01
---

# Refund policy

## Changed your mind

Within 14 days of a payment you
get it back.

| Rule     | Value                 |
| -------- | --------------------- |
| Reason   | changed mind          |
| Decision | refund                |
| Within   | 14 days of the charge |
| At most  | 100 USD               |
";
    quittance_policy::read("policy.md", text).unwrap().policy
}

/// The replies that come with the program, in all languages.
pub(crate) fn templates() -> BTreeMap<String, Templates> {
    let files = [
        include_str!("../../../policies/replies/en.md"),
        include_str!("../../../policies/replies/fr.md"),
        include_str!("../../../policies/replies/de.md"),
        include_str!("../../../policies/replies/es.md"),
        include_str!("../../../policies/replies/pt.md"),
        include_str!("../../../policies/replies/it.md"),
        include_str!("../../../policies/replies/nl.md"),
        include_str!("../../../policies/replies/ja.md"),
        include_str!("../../../policies/replies/ar.md"),
    ];
    let read = files.map(|text| quittance_policy::read_templates("replies.md", text).unwrap());
    read.into_iter().map(|read| (read.language().to_owned(), read)).collect()
}
