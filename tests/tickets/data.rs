//! The tickets as they are in the file: who wrote, what they had paid, what they said, and what a
//! person did about it.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use quittance_core::money::{Currency, Money};
use serde::Deserialize;

/// One ticket. Fields that the tests do not need are left alone.
#[derive(Debug, Deserialize)]
pub(super) struct Ticket {
    #[serde(rename = "ticket_id")]
    pub(super) id: String,
    pub(super) created_at: Timestamp,
    pub(super) customer: Customer,
    order: Option<Order>,
    payments: Vec<Payment>,
    messages: Vec<Message>,
    /// What is expected: what a person did, or a rule says; `None` where nobody recorded it.
    pub(super) expected_outcome: Option<String>,
    expected_amount: Option<serde_json::Number>,
    /// Whose word the expectation is: `human`, `rule` or `precedent`.
    pub(super) expected_basis: Option<String>,
    /// What the ticket is about, guessed from words in it.
    pub(super) request_kind: String,
    #[serde(rename = "policy_facts")]
    pub(super) guessed: Guessed,
}

/// What else was guessed from words in a ticket.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Guessed {
    #[serde(rename = "damaged_said")]
    pub(super) is_damaged: bool,
    #[serde(rename = "defective_said")]
    pub(super) is_defective: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Customer {
    pub(super) name: String,
    pub(super) email: String,
}

#[derive(Debug, Deserialize)]
struct Order {
    currency: String,
}

#[derive(Debug, Deserialize)]
struct Payment {
    amount: serde_json::Number,
    status: Status,
    created_at: Timestamp,
}

/// The state of a payment when the ticket was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Captured,
    Failed,
    Disputed,
    Pending,
    Authorized,
    Voided,
}

#[derive(Debug, Deserialize)]
struct Message {
    author: String,
    text: String,
}

/// A payment, told from the moment of the ticket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paid {
    pub(super) amount: Money,
    pub(super) status: Status,
    pub(super) ago: SignedDuration,
}

impl Ticket {
    /// What had been paid, or tried, when the ticket was written. Later payments had not happened.
    pub(super) fn paid(&self) -> Vec<Paid> {
        let told = self.payments.iter().map(|payment| Paid {
            amount: money(&payment.amount, self.currency()),
            status: payment.status,
            ago: self.created_at.duration_since(payment.created_at),
        });
        told.filter(|paid| !paid.ago.is_negative()).collect()
    }

    /// What the customer wrote.
    pub(super) fn said(&self) -> impl Iterator<Item = &str> {
        let theirs = self.messages.iter().filter(|message| message.author == "customer");
        theirs.map(|message| message.text.as_str())
    }

    /// What the customer is expected to get back, where that is recorded.
    pub(super) fn expected_amount(&self) -> Option<Money> {
        self.expected_amount.as_ref().map(|amount| money(amount, self.currency()))
    }

    fn currency(&self) -> Currency {
        let code = self.order.as_ref().map_or("usd", |order| order.currency.as_str());
        code.parse().unwrap()
    }
}

/// The number as it is written, and never a sum of floats.
fn money(amount: &serde_json::Number, currency: Currency) -> Money {
    Money::from_decimal(&amount.to_string(), currency).unwrap()
}

/// The tickets with an order and a payment.
pub(super) fn read(folder: &str) -> Vec<Ticket> {
    let file = Path::new(folder).join("corecraft/tickets.dev.jsonl");
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", file.display()));
    let all = text.lines().map(|line| serde_json::from_str::<Ticket>(line).unwrap());
    all.filter(|ticket| ticket.order.is_some() && !ticket.payments.is_empty()).collect()
}
