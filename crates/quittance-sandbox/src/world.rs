//! Customers to try the agent with: each has a different case, in Stripe and in Intercom alike.
//!
//! What should happen to each follows from the sample policy in `policies`.

mod people;

use jiff::{SignedDuration, Timestamp};
use quittance_core::money::{Currency, Money};
use serde_json::{Map, json};

use crate::intercom::{AttributeSeed, ContactSeed, Intercom, Role};
use crate::stripe::{Card, ChargeSeed, Stripe, SubscriptionSeed};
use people::{Deed, Person, Tie};

/// The key in a Stripe customer's metadata that names the Intercom contact.
pub const METADATA_KEY: &str = "intercom_external_id";
/// The contact attribute that names the Stripe customer. Browsers cannot write it.
pub const ATTRIBUTE: &str = "stripe_customer_id";

/// The seeded world.
#[derive(Clone, Copy, Debug)]
pub struct World;

/// What should happen to a persona's request by the sample policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This much is given back.
    Refund(Money),
    /// Nothing is given back, and the customer is told why: the clause that says so, or that they have
    /// the money already.
    Refuse,
    /// A person decides.
    Person,
}

impl std::fmt::Display for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refund(amount) => write!(f, "refund {amount}"),
            Self::Refuse => f.write_str("refuse"),
            Self::Person => f.write_str("ask a person"),
        }
    }
}

/// A customer with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    /// A short name for links and tests, such as `maya`.
    pub key: &'static str,
    /// The full name.
    pub name: &'static str,
    /// The language they write in, such as `fr`.
    pub language: &'static str,
    /// Their contact in Intercom.
    pub contact_id: String,
    /// Their customer in Stripe, if they have one that is theirs for certain.
    pub customer_id: Option<String>,
    /// The charge that their case is about, even if nobody may know that it is theirs.
    pub charge_id: Option<String>,
    /// One line about the case, in English.
    pub story: &'static str,
    /// What they could write, in their language; the first message opens the case.
    pub suggested_messages: Vec<String>,
    /// What should happen after the first suggested message.
    pub expected: Expected,
}

impl World {
    /// Fills both stand-ins with customers, as of `now`.
    pub fn seed(stripe: &Stripe, intercom: &Intercom, now: Timestamp) -> Vec<Persona> {
        intercom.define_attribute(&AttributeSeed {
            name: ATTRIBUTE.to_owned(),
            data_type: "string".to_owned(),
            is_messenger_writable: false,
        });
        people::all().into_iter().map(|person| settle(stripe, intercom, now, &person)).collect()
    }
}

/// Puts one person into both stand-ins.
fn settle(stripe: &Stripe, intercom: &Intercom, now: Timestamp, person: &Person) -> Persona {
    let external_id = format!("acme-{}", person.key);
    let email = format!("{}@example.com", person.key);
    let customer = customer(stripe, person, &email, &external_id);
    let charge_id = pay(stripe, now, person, &customer);
    let mut attributes = Map::new();
    if person.tie == Tie::Attribute {
        attributes.insert(ATTRIBUTE.to_owned(), json!(customer));
    }
    let is_user = person.tie != Tie::None;
    let contact_id = intercom.add_contact(ContactSeed {
        external_id: is_user.then_some(external_id),
        role: if is_user { Role::User } else { Role::Lead },
        email: Some(email),
        name: Some(person.name.to_owned()),
        language: Some(person.language.to_owned()),
        attributes,
    });
    Persona {
        key: person.key,
        name: person.name,
        language: person.language,
        contact_id,
        customer_id: Some(customer).filter(|_| is_user),
        charge_id,
        story: person.story,
        suggested_messages: person.says.iter().map(|text| (*text).to_owned()).collect(),
        expected: person.expected,
    }
}

/// The person's customer in Stripe.
fn customer(stripe: &Stripe, person: &Person, email: &str, external_id: &str) -> String {
    match person.tie {
        Tie::Metadata => stripe.create_customer(email, person.name, &[(METADATA_KEY, external_id)]),
        // Somebody who pays with another address; only the attribute tells.
        Tie::Attribute => stripe.create_customer(&format!("billing-{email}"), person.name, &[]),
        Tie::None => stripe.create_customer(email, person.name, &[]),
    }
}

/// Makes the person's payments and gives the charge in question.
fn pay(stripe: &Stripe, now: Timestamp, person: &Person, customer: &str) -> Option<String> {
    let payment = &person.payment;
    // Everybody has a card of their own: a shared fingerprint would make them one person.
    let fingerprint = Some(format!("card{}", person.key));
    let card = Card { fingerprint, ..Card::default() };
    let made = stripe.subscribe(&SubscriptionSeed {
        customer: customer.to_owned(),
        plan: payment.plan.to_owned(),
        amount: payment.amount,
        interval: payment.interval.to_owned(),
        paid: payment.hours_ago.iter().map(|hours| ago(now, *hours)).collect(),
        card: card.clone(),
    });
    let newest = made.charges.last()?.clone();
    match payment.deed {
        Deed::Nothing => Some(newest),
        Deed::AgainAfterHours(hours) => {
            let first = payment.hours_ago.last().copied().unwrap_or_default();
            Some(stripe.charge(&ChargeSeed {
                customer: Some(customer.to_owned()),
                amount: payment.amount,
                created: ago(now, first.saturating_sub(hours)),
                description: Some(format!("Payment for {}", payment.plan)),
                card,
            }))
        }
        Deed::Refunded(minor) => {
            stripe.refund(&newest, minor)?;
            Some(newest)
        }
        Deed::Disputed => {
            stripe.dispute(&newest, "needs_response");
            Some(newest)
        }
    }
}

fn ago(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now)
}

/// An amount that is known to be one.
fn money(minor: i64, currency: Currency) -> Money {
    Money::from_minor(minor, currency).unwrap_or(Money::zero(currency))
}
