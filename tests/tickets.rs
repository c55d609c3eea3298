//! Tickets that people wrote to a shop go through the whole running program, under a policy made from
//! the shop's own. `eval/README.md` says where they come from.

mod changes;
mod data;
mod ledger;
mod table;

use std::fmt;
use std::path::Path;

use quittance_core::clock::Clock;
use quittance_eval::stand_ins::Options;
use quittance_sandbox::intercom::{ContactSeed, Role};
use quittance_sandbox::stripe::{Card, ChargeSeed};
use serde_json::Value;

use self::data::{Paid, Status, Ticket};
use self::ledger::Ledger;
use crate::support::{House, SystemClock, variable};

/// The shop's policy in the table language.
const POLICY: &str = include_str!("../crates/quittance-policy/tests/data/corecraft.md");

/// A key that the stand-in for Stripe takes.
const KEY: &str = "sk_test_sandbox_1234567890";

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// Money was given back, the customer was told, the conversation is closed.
    Refunded,
    /// The customer was told that there is no refund, with the clause.
    Refused,
    /// The customer was asked a question, and it is their turn.
    Asked,
    /// The customer was told what the policy says.
    Told,
    /// A person has it.
    Person,
}

impl End {
    const ALL: [Self; 5] = [Self::Refunded, Self::Refused, Self::Asked, Self::Told, Self::Person];
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Refunded => "refunded",
            Self::Refused => "refused",
            Self::Asked => "asked",
            Self::Told => "told",
            Self::Person => "person",
        })
    }
}

/// A ticket in the house.
struct Guest {
    ticket: Ticket,
    contact: String,
    /// What was paid, with the id of the charge where there is one.
    paid: Vec<(Paid, Option<String>)>,
    conversation: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recorded_ticket_ends_and_no_money_moves_beyond_the_policy() {
    let Some(folder) = variable("QUITTANCE_DATA") else {
        println!("skipped: real tickets (QUITTANCE_DATA is not set)");
        return;
    };
    let mut house = open().await;
    let mut guests = Vec::new();
    for ticket in data::read(&folder) {
        guests.push(invite(&house, ticket).await);
    }
    assert!(!guests.is_empty(), "no ticket has an order and a payment");
    house.start().await;
    // Every webhook comes twice: nobody may be answered twice for it.
    house.stand_ins.intercom.repeat_webhooks(2);
    for guest in &mut guests {
        speak(&house, guest);
    }
    house
        .until("every ticket to end", |house| guests.iter().all(|guest| has_ended(house, guest)))
        .await;
    // Who is answered may be about to be given to the team.
    house.until_quiet().await;
    house.program.kill().await.unwrap();

    let ledger = Ledger::read(&house.log().await);
    let ends: Vec<End> = guests.iter().map(|guest| ledger.end(&house, guest)).collect();
    for (guest, end) in guests.iter().zip(&ends) {
        let answers = house.answers(&guest.conversation);
        assert_eq!(answers.len(), 1, "{}: {end}, answered {answers:?}", guest.ticket.id);
    }
    ledger.check_refunds(&house, &guests);
    let table = table::write(&guests, &ends, &ledger);
    println!("\n{table}");
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tickets.txt"), table)
        .unwrap();
    house.close().await;
}

/// A house with the shop's policy, and without the vendors' rate limits.
async fn open() -> House {
    let mut options = Options::default();
    options.intercom.requests_per_window = u64::MAX;
    options.model.kept_requests = 1;
    House::prepare(POLICY, options, |config| config).await
}

/// Makes the ticket's customer known: in Stripe with what they had paid, in Intercom as a verified user.
async fn invite(house: &House, ticket: Ticket) -> Guest {
    let (stripe, intercom) = (&house.stand_ins.stripe, &house.stand_ins.intercom);
    let external = &ticket.id;
    let (name, email) = (&ticket.customer.name, &ticket.customer.email);
    let customer = stripe.create_customer(email, name, &[("intercom_external_id", external)]);
    let mut paid = Vec::new();
    for payment in ticket.paid() {
        let charge = pay(house, &customer, external, payment).await;
        paid.push((payment, charge));
    }
    let contact = intercom.add_contact(ContactSeed {
        external_id: Some(external.clone()),
        email: Some(email.clone()),
        name: Some(name.clone()),
        role: Role::User,
        language: None,
        attributes: serde_json::Map::new(),
    });
    Guest { ticket, contact, paid, conversation: String::new() }
}

/// Makes a payment as long ago as it was, in the state it was in; gives the charge if money was taken.
async fn pay(house: &House, customer: &str, card: &str, paid: Paid) -> Option<String> {
    let stripe = &house.stand_ins.stripe;
    match paid.status {
        Status::Captured | Status::Disputed => {
            let charge = stripe.charge(&ChargeSeed {
                customer: Some(customer.to_owned()),
                amount: paid.amount,
                created: SystemClock.now().checked_sub(paid.ago).unwrap(),
                description: None,
                card: Card { fingerprint: Some(card.to_owned()), ..Card::default() },
            });
            if paid.status == Status::Disputed {
                stripe.dispute(&charge, "needs_response");
            }
            Some(charge)
        }
        // Money that was not taken cannot be made in the past; it happens now.
        Status::Failed => {
            attempt(house, customer, paid, "pm_card_chargeDeclined").await;
            None
        }
        Status::Pending | Status::Authorized => {
            attempt(house, customer, paid, "pm_card_visa").await;
            None
        }
        Status::Voided => {
            let intent = attempt(house, customer, paid, "pm_card_visa").await;
            let id = intent["id"].as_str().unwrap();
            post(house, &format!("/v1/payment_intents/{id}/cancel"), &[]).await;
            None
        }
    }
}

/// Tries to pay without taking the money.
async fn attempt(house: &House, customer: &str, paid: Paid, card: &str) -> Value {
    let (minor, currency) =
        (paid.amount.minor().to_string(), paid.amount.currency().code().to_lowercase());
    let form = [
        ("amount", minor.as_str()),
        ("currency", currency.as_str()),
        ("customer", customer),
        ("payment_method", card),
        ("capture_method", "manual"),
        ("confirm", "true"),
    ];
    post(house, "/v1/payment_intents", &form).await
}

async fn post(house: &House, path: &str, form: &[(&str, &str)]) -> Value {
    let request = house
        .http
        .post(format!("{}{path}", house.stand_ins.stripe_url))
        .bearer_auth(KEY)
        .form(form);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    let is_declined = body["error"]["code"] == "card_declined";
    assert!(status.is_success() || is_declined, "{path}: {status} {body}");
    body
}

/// The customer writes what they wrote.
fn speak(house: &House, guest: &mut Guest) {
    for text in guest.ticket.said() {
        let conversation = house.stand_ins.intercom.say(&guest.contact, text).unwrap();
        guest.conversation = conversation;
    }
}

/// Whether the conversation is closed, with people, or has been answered and waits for the customer.
/// A refund and a handing over begin with an answer and end with the closing or the assignment.
fn has_ended(house: &House, guest: &Guest) -> bool {
    let is_over =
        house.state(&guest.conversation) == "closed" || house.is_with_team(&guest.conversation);
    is_over || !house.answers(&guest.conversation).is_empty()
}
