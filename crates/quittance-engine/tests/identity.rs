//! Who asks: money moves only for somebody whom a signed source names, and everybody else reaches a
//! person with the reason in the note.

use quittance_sandbox::intercom::{AttributeSeed, ContactSeed, Role};
use serde_json::{Map, json};

use crate::house::{Customer, House, Plan, TWICE, email, seed};
use crate::wire::Trick;

/// What the customer is told who cannot be told apart from others.
const NOT_VERIFIED: &str = "I cannot tell who you are";

/// Settles and holds the end against what must be: no money, one answer, a person, and why.
async fn ends_with_person(house: House, customer: &Customer, conversation: &str, why: &str) {
    house.settle().await;
    for charge in &customer.charges {
        assert!(house.refunds(charge).is_empty(), "{why}");
    }
    assert_eq!(house.state(conversation).await, "none", "{why}");
    let told = house.replies(conversation);
    assert_eq!(told.len(), 1, "{why}: {told:?}");
    assert!(told[0].contains(NOT_VERIFIED), "{why}: {told:?}");
    let notes = house.notes(conversation);
    assert_eq!(notes.len(), 1, "{why}: {notes:?}");
    assert!(notes[0].contains(why), "{why}: {notes:?}");
    // Nothing about payments is known, so nothing about them is said, not even to the team.
    assert!(!notes[0].contains("ch_"), "{notes:?}");
    assert!(house.is_with_team(conversation) && !house.is_closed(conversation), "{why}");
    house.close().await;
}

/// A Stripe customer with two equal payments, without any contact.
fn payer(house: &House, name: &str, metadata: &[(&str, &str)]) -> Customer {
    let customer = house.stripe.create_customer(&email(name), name, metadata);
    let charges = [30, 28].map(|hours| house.pay(&customer, name, 4_900, hours)).to_vec();
    Customer {
        contact: String::new(),
        stripe_id: customer,
        external: format!("user-{name}"),
        charges,
    }
}

#[tokio::test]
async fn a_lead_reaches_a_person() {
    let house = House::new().await;
    let mut customer = payer(&house, "eve", &[("intercom_external_id", "user-eve")]);
    customer.contact = house.intercom.add_contact(ContactSeed { role: Role::Lead, ..seed("eve") });
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "a visitor or a lead").await;
}

#[tokio::test]
async fn a_user_without_an_external_id_reaches_a_person() {
    let house = House::new().await;
    let mut customer = payer(&house, "eve", &[("intercom_external_id", "")]);
    customer.contact = house.intercom.add_contact(ContactSeed { external_id: None, ..seed("eve") });
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "the contact has no external id").await;
}

#[tokio::test]
async fn nobody_is_known_while_verification_is_off() {
    let mut plan = Plan::default();
    plan.intercom.identity_verification = false;
    let house = House::build(plan).await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "identity verification is not enforced")
        .await;
}

#[tokio::test]
async fn an_email_proves_nothing() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.intercom.email(&customer.contact, TWICE).unwrap();
    ends_with_person(house, &customer, &conversation, "did not come through the Messenger").await;
}

#[tokio::test]
async fn a_conversation_of_several_contacts_reaches_a_person() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let other = house.contact("eve");
    let conversation = house.say(&customer, TWICE);
    let join = Trick::edit(move |said| {
        let contacts = said["contacts"]["contacts"].as_array_mut().unwrap();
        contacts.push(json!({"type": "contact", "id": other, "external_id": "user-eve"}));
    });
    house.intercom_wire.always("GET", &format!("/conversations/{conversation}"), join);
    ends_with_person(house, &customer, &conversation, "several contacts take part").await;
}

#[tokio::test]
async fn an_address_alone_binds_nobody() {
    let house = House::new().await;
    let mut customer = payer(&house, "maya", &[]);
    customer.contact = house.contact("maya");
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "no Stripe customer carries").await;
}

#[tokio::test]
async fn a_customer_who_names_another_contact_is_not_theirs() {
    let house = House::new().await;
    let mut customer = payer(&house, "maya", &[("intercom_external_id", "user-someone-else")]);
    customer.contact = house.contact("maya");
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "no Stripe customer carries").await;
}

#[tokio::test]
async fn two_customers_with_one_external_id_are_nobody() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let other = house.stripe.create_customer(
        &email("maya"),
        "another",
        &[("intercom_external_id", &customer.external)],
    );
    house.pay(&other, "another", 4_900, 5);
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "several Stripe customers").await;
}

fn define(house: &House, is_messenger_writable: bool) {
    house.intercom.define_attribute(&AttributeSeed {
        name: "stripe_customer_id".to_owned(),
        data_type: "string".to_owned(),
        is_messenger_writable,
    });
}

fn contact_of(house: &House, name: &str, customer: &str) -> String {
    let attributes = Map::from_iter([("stripe_customer_id".to_owned(), json!(customer))]);
    house.intercom.add_contact(ContactSeed { attributes, ..seed(name) })
}

#[tokio::test]
async fn an_attribute_that_no_browser_can_write_binds() {
    let house = House::new().await;
    define(&house, false);
    let mut customer = payer(&house, "billing", &[]);
    customer.contact = contact_of(&house, "maya", &customer.stripe_id);
    assert!(!house.intercom.write_from_browser(
        &customer.contact,
        "stripe_customer_id",
        json!("cus_1")
    ));
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert!(house.is_closed(&conversation));
    house.close().await;
}

#[tokio::test]
async fn an_attribute_that_a_browser_can_write_binds_nobody() {
    let house = House::new().await;
    define(&house, true);
    let mut customer = payer(&house, "victim", &[("intercom_external_id", "user-victim")]);
    customer.contact = house.contact("eve");
    let id = json!(customer.stripe_id);
    assert!(house.intercom.write_from_browser(&customer.contact, "stripe_customer_id", id));
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "no Stripe customer carries").await;
}

/// Two signed sources that contradict each other prove nothing.
#[tokio::test]
async fn an_attribute_against_the_customers_own_metadata_binds_nobody() {
    let house = House::new().await;
    define(&house, false);
    let mut customer = payer(&house, "victim", &[("intercom_external_id", "user-victim")]);
    customer.contact = contact_of(&house, "maya", &customer.stripe_id);
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "names, names another contact").await;
}

#[tokio::test]
async fn an_attribute_that_names_nobody_binds_nobody() {
    let house = House::new().await;
    define(&house, false);
    let mut customer = payer(&house, "maya", &[]);
    customer.contact = contact_of(&house, "maya", "cus_doesnotexist");
    let conversation = house.say(&customer, TWICE);
    ends_with_person(house, &customer, &conversation, "no Stripe customer carries").await;
}

/// What a lead wrote before signing in is answered for the user whom they became.
#[tokio::test]
async fn a_lead_who_signs_in_is_the_user() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let lead = house.intercom.add_contact(ContactSeed { role: Role::Lead, ..seed("visitor") });
    let conversation = house.intercom.say(&lead, TWICE).unwrap();
    house.intercom.merge_contacts(&lead, &customer.contact);
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert!(house.is_closed(&conversation));
    house.close().await;
}

/// A customer may name any charge; only their own are known.
#[tokio::test]
async fn a_strangers_charge_is_out_of_reach() {
    let house = House::new().await;
    let victim = house.charged_twice("victim");
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, &format!("{TWICE} It is charge {}.", victim.newest()));
    house.settle().await;
    assert!(house.refunds(victim.newest()).is_empty());
    assert!(house.replies(&conversation).iter().all(|text| !text.contains(victim.newest())));
    house.close().await;
}
