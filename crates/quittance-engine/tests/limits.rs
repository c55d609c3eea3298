//! The ceilings above every policy: each holds, and says so in the note.

use quittance_core::limits::Limits;
use quittance_core::reason::Reason;
use quittance_sandbox::intercom::ContactSeed;
use quittance_sandbox::stripe::{Card, ChargeSeed, Fault};

use crate::house::{Customer, House, Plan, TWICE, limits, seed, usd};

fn plan(change: impl FnOnce(&mut Limits)) -> Plan {
    let mut plan = Plan { limits: limits(), ..Plan::default() };
    change(&mut plan.limits);
    plan
}

fn caps(limits: &mut Limits) -> &mut quittance_core::limits::Caps {
    limits.currencies.values_mut().next().unwrap()
}

/// Asks for a refund and tells whether it was made; if not, the note must name the limit.
async fn ask(house: &House, customer: &Customer, limit: &str) -> bool {
    // What was settled at the very instant of the question is as good as under way.
    house.clock.advance_ms(1_000);
    let conversation = house.intercom.say_anew(&customer.contact, TWICE).unwrap();
    house.settle().await;
    let is_made = house.own_refunds(customer.newest()) == 1;
    let notes = house.notes(&conversation);
    if is_made {
        assert!(notes.is_empty(), "{notes:?}");
        assert!(house.is_closed(&conversation));
    } else {
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].contains(&format!("above the limit set per {limit}")), "{notes:?}");
        assert!(house.is_with_team(&conversation));
    }
    is_made
}

#[tokio::test]
async fn one_refund_has_a_ceiling() {
    let house = House::build(plan(|limits| caps(limits).per_refund = usd(4_900))).await;
    assert!(ask(&house, &house.charged_twice_of("one", 4_900), "refund").await);
    assert!(!ask(&house, &house.charged_twice_of("two", 4_901), "refund").await);
    house.close().await;
}

/// What others gave back counts too.
#[tokio::test]
async fn one_charge_has_a_ceiling() {
    let house = House::build(plan(|limits| caps(limits).per_charge = usd(4_900))).await;
    assert!(ask(&house, &house.charged_twice_of("one", 4_900), "charge").await);
    let customer = house.charged_twice_of("two", 6_000);
    house.stripe.refund(customer.newest(), 2_000).unwrap();
    assert!(!ask(&house, &customer, "charge").await);
    house.close().await;
}

#[tokio::test]
async fn one_customer_has_a_ceiling_for_a_month() {
    let house = House::build(plan(|limits| caps(limits).per_customer_month = usd(9_800))).await;
    let mut customer = house.charged_twice("one");
    assert!(ask(&house, &customer, "customer").await);
    for (number, may) in [(1, true), (2, false)] {
        let hours = 28 - number * 2;
        customer.charges.push(house.pay(&customer.stripe_id, "one", 4_900, hours));
        assert_eq!(ask(&house, &customer, "customer").await, may, "refund {number}");
    }
    // Next month is another month.
    house.clock.advance_ms(8 * 24 * 3_600_000);
    for hours in [3, 2] {
        customer.charges.push(house.pay(&customer.stripe_id, "one", 4_900, hours));
    }
    assert!(ask(&house, &customer, "customer").await);
    house.close().await;
}

/// Two accounts, one card: one person.
#[tokio::test]
async fn one_card_has_the_ceiling_of_one_customer() {
    let house = House::build(plan(|limits| caps(limits).per_customer_month = usd(4_900))).await;
    assert!(ask(&house, &house.charged_twice("one"), "customer").await);
    let mut other = house.stranger("two");
    for hours in [30, 28] {
        other.charges.push(house.stripe.charge(&ChargeSeed {
            customer: Some(other.stripe_id.clone()),
            amount: usd(4_900),
            created: house.ago(hours),
            description: None,
            card: Card { fingerprint: Some("card-one".to_owned()), ..Card::default() },
        }));
    }
    assert!(!ask(&house, &other, "customer").await);
    house.close().await;
}

/// Two accounts, two cards, one mailbox: one person, however it is spelled.
#[tokio::test]
async fn one_mailbox_has_the_ceiling_of_one_customer() {
    let house = House::build(plan(|limits| caps(limits).per_customer_month = usd(4_900))).await;
    let first = house.charged_twice("ann");
    assert!(ask(&house, &first, "customer").await);
    let (external, spelled) = ("user-two".to_owned(), "Ann@EXAMPLE.com");
    let named = [("intercom_external_id", external.as_str())];
    let stripe_id = house.stripe.create_customer(spelled, "Ann", &named);
    let charges = [30, 28].map(|hours| house.pay(&stripe_id, "two", 4_900, hours)).to_vec();
    let contact =
        house.intercom.add_contact(ContactSeed { email: Some(spelled.to_owned()), ..seed("two") });
    let other = Customer { contact, stripe_id, external, charges };
    assert!(!ask(&house, &other, "customer").await);
    let budgets = house.store().budgets().await.unwrap();
    let mailboxes: Vec<_> = budgets.iter().filter(|one| one.scope.starts_with("email:")).collect();
    assert_eq!(mailboxes.len(), 1, "{mailboxes:?}");
    assert!(!format!("{budgets:?}").contains("example"), "no address is kept");
    house.close().await;
}

#[tokio::test]
async fn a_reason_has_a_ceiling_for_a_day() {
    let house = House::build(plan(|limits| {
        caps(limits).per_reason_day = [(Reason::DuplicateCharge, usd(9_800))].into();
    }))
    .await;
    for (number, may) in [(1, true), (2, true), (3, false)] {
        let customer = house.charged_twice(&format!("c{number}"));
        assert_eq!(ask(&house, &customer, "reason").await, may, "refund {number}");
    }
    house.clock.advance_ms(24 * 3_600_000);
    assert!(ask(&house, &house.charged_twice("c4"), "reason").await, "the next day");
    house.close().await;
}

#[tokio::test]
async fn a_day_has_a_ceiling() {
    let house = House::build(plan(|limits| caps(limits).per_day = usd(9_800))).await;
    for (number, may) in [(1, true), (2, true), (3, false)] {
        let customer = house.charged_twice(&format!("c{number}"));
        assert_eq!(ask(&house, &customer, "day").await, may, "refund {number}");
    }
    house.clock.advance_ms(24 * 3_600_000);
    assert!(ask(&house, &house.charged_twice("c4"), "day").await, "the next day");
    house.close().await;
}

#[tokio::test]
async fn a_month_has_a_ceiling() {
    let house = House::build(plan(|limits| caps(limits).per_month = usd(9_800))).await;
    for (number, may) in [(1, true), (2, true), (3, false)] {
        house.clock.advance_ms(24 * 3_600_000);
        let customer = house.charged_twice(&format!("c{number}"));
        assert_eq!(ask(&house, &customer, "month").await, may, "refund {number}");
    }
    house.close().await;
}

#[tokio::test]
async fn an_hour_has_a_count() {
    let house = House::build(plan(|limits| limits.refunds_per_hour = 2)).await;
    for (number, may) in [(1, true), (2, true), (3, false)] {
        let customer = house.charged_twice(&format!("c{number}"));
        assert_eq!(ask(&house, &customer, "hour").await, may, "refund {number}");
    }
    house.clock.advance_ms(3_600_000);
    assert!(ask(&house, &house.charged_twice("c4"), "hour").await, "the next hour");
    house.close().await;
}

#[tokio::test]
async fn a_currency_without_ceilings_is_left_to_people() {
    let house = House::build(plan(|limits| limits.currencies.clear())).await;
    assert!(!ask(&house, &house.charged_twice("one"), "currency").await);
    house.close().await;
}

/// What is under way counts, and what turns out not to have happened is given back.
#[tokio::test]
async fn what_was_not_refunded_is_given_back_to_the_budget() {
    let house = House::build(plan(|limits| caps(limits).per_day = usd(4_900))).await;
    let first = house.charged_twice("one");
    let conversation = house.say(&first, TWICE);
    let charge = first.newest().to_owned();
    house.stripe.hook_before_refund(move |stripe| {
        stripe.dispute(&charge, "needs_response");
    });
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "void");
    let budget = house.budget("day").await;
    assert_eq!((budget.posted, budget.pending), (0, 0));
    // An answer that is lost holds the budget until it is found out.
    let second = house.charged_twice("two");
    let conversation = house.say(&second, TWICE);
    house.stripe.fail_next("POST /v1/refunds", 1, Fault::DropBeforeEffect);
    house.once().await;
    assert_eq!(house.state(&conversation).await, "unknown");
    assert_eq!(house.budget("day").await.pending, 4_900);
    let third = house.charged_twice("three");
    let other = house.say(&third, TWICE);
    house.once().await;
    assert!(house.notes(&other)[0].contains("above the limit set per day"));
    house.settle().await;
    let budget = house.budget("day").await;
    assert_eq!((budget.posted, budget.pending), (4_900, 0));
    house.close().await;
}
