//! What the action log says about every ticket, held against what happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use quittance_core::money::Money;
use serde_json::Value;

use super::data::{Paid, Status};
use super::{End, Guest};
use crate::support::House;

/// How long a purchase may be returned; the last of the 30 days counts as a whole.
const RETURNS: SignedDuration = SignedDuration::from_hours(31 * 24);

/// How long after the first one a second payment counts as the same one.
const TWICE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// What is given back on the customer's word, in cents.
const WORD: i64 = 10_000;

/// The entries of the action log, by the conversation they are about.
pub(super) struct Ledger {
    entries: BTreeMap<String, Vec<Value>>,
    intents: BTreeMap<String, Value>,
}

/// A refund that was made.
struct Made<'g> {
    guest: &'g Guest,
    paid: Paid,
    amount: Money,
    reason: String,
    asked: bool,
}

impl Ledger {
    pub(super) fn read(log: &[Value]) -> Self {
        let mut ledger = Self { entries: BTreeMap::new(), intents: BTreeMap::new() };
        for line in log {
            let entry = &line["entry"];
            if let Some((_, conversation)) =
                entry["case"].as_str().and_then(|case| case.rsplit_once(':'))
            {
                ledger.entries.entry(conversation.to_owned()).or_default().push(entry.clone());
            }
            if let Some(decision) =
                entry["body"]["decision"].as_str().filter(|_| entry["kind"] == "intent")
            {
                let twin = ledger.intents.insert(decision.to_owned(), line.clone());
                assert!(twin.is_none(), "{decision} was decided twice");
            }
        }
        ledger
    }

    /// The newest entry of a kind about a ticket.
    fn newest(&self, guest: &Guest, kind: &str) -> Option<&Value> {
        let entries = self.entries.get(&guest.conversation)?;
        entries.iter().rev().find(|entry| entry["kind"] == kind).map(|entry| &entry["body"])
    }

    /// How a ticket ended, by the conversation and by the log, which must agree.
    pub(super) fn end(&self, house: &House, guest: &Guest) -> End {
        let (closed, team) =
            (house.state(&guest.conversation) == "closed", house.is_with_team(&guest.conversation));
        let outcome = self.newest(guest, "outcome").map(|outcome| outcome["outcome"].clone());
        let verdict = self.newest(guest, "verdict").map(|verdict| verdict["verdict"].clone());
        let proposal = self.newest(guest, "proposal").cloned().unwrap_or_default();
        assert_eq!(closed, outcome == Some("confirmed".into()), "{}", guest.ticket.id);
        match verdict {
            _ if closed => End::Refunded,
            _ if team => End::Person,
            Some(verdict) if verdict == "refuse" => End::Refused,
            _ if proposal["question"] == true => End::Asked,
            _ if proposal["answer"] == true => End::Told,
            _ => panic!(
                "{} has no end: {proposal} {:#?}",
                guest.ticket.id,
                house.stand_ins.intercom.messages(&guest.conversation)
            ),
        }
    }

    /// Holds every refund at Stripe against the log, the payments and the policy.
    pub(super) fn check_refunds(&self, house: &House, guests: &[Guest]) {
        let mut seen = BTreeSet::new();
        let refunds = house.stand_ins.stripe.refunds();
        assert_eq!(refunds.len(), self.intents.len(), "as many refunds as decisions");
        for refund in &refunds {
            let decision = refund["metadata"]["decision"].as_str().unwrap();
            let line = &self.intents[decision];
            assert_eq!(refund["metadata"]["log_seq"], line["entry"]["seq"].to_string());
            assert_eq!(refund["metadata"]["log_hash"], line["hash"]);
            assert!(seen.insert(refund["charge"].to_string()), "one refund for a charge: {refund}");
            self.made(guests, refund).check();
        }
        for charge in house.stand_ins.stripe.charges() {
            let (captured, refunded) = (&charge["amount_captured"], &charge["amount_refunded"]);
            assert!(refunded.as_i64() <= captured.as_i64(), "{charge}");
        }
    }

    fn made<'g>(&self, guests: &'g [Guest], refund: &Value) -> Made<'g> {
        let charge = refund["charge"].as_str();
        let theirs = guests.iter().find_map(|guest| {
            let paid = guest.paid.iter().find(|(_, id)| id.as_deref() == charge)?;
            Some((guest, paid.0))
        });
        let (guest, paid) = theirs.unwrap();
        let proposal = &self.newest(guest, "proposal").unwrap()["refund"];
        let amount = Money::from_minor(refund["amount"].as_i64().unwrap(), paid.amount.currency());
        Made {
            guest,
            paid,
            amount: amount.unwrap(),
            reason: proposal["reason"].as_str().unwrap().to_owned(),
            asked: !proposal["asked"].is_null(),
        }
    }

    /// What was given back to the customer of a ticket.
    pub(super) fn given(&self, guest: &Guest) -> Option<Money> {
        let intent = self.newest(guest, "intent")?;
        Some(serde_json::from_value(intent["refund"]["amount"].clone()).unwrap())
    }
}

impl Made<'_> {
    /// The policy's clauses once more, in plain words and without the code that reads policies.
    fn check(&self) {
        let Self { guest, paid, amount, reason, asked } = self;
        let ticket = &guest.ticket.id;
        assert_eq!(paid.status, Status::Captured, "{ticket}");
        if *asked {
            assert!(amount.minor() <= paid.amount.minor(), "{ticket}: {amount}");
        } else {
            assert_eq!(*amount, paid.amount, "{ticket}");
        }
        match reason.as_str() {
            "duplicate_charge" => {
                let is_first = |(other, id): &&(Paid, Option<String>)| {
                    id.is_some()
                        && other.amount == paid.amount
                        && other.ago > paid.ago
                        && other.ago.saturating_sub(paid.ago) <= TWICE
                };
                assert!(guest.paid.iter().any(|paid| is_first(&paid)), "{ticket} was charged once");
            }
            "changed_mind" | "unused" | "accidental" => {
                assert!(paid.ago < RETURNS, "{ticket}: {}", paid.ago);
                assert!(amount.minor() <= WORD, "{ticket}: {amount} on the customer's word");
            }
            _ => panic!("{ticket}: the policy has no refund for {reason}"),
        }
    }
}
