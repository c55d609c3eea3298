//! What clauses ask of a charge, a subscription, a customer and a contact, and how much they give.

use std::fmt::Write as _;

use quittance_core::facts::{
    AttributeValue, Bill, Billing, Card, Charge, Dispute, Facts, Line, Method, Subscription,
};
use quittance_core::policy::{Answer, Because, Policy, prior_from};
use quittance_core::reason::Reason;

use crate::world::{ask_with, at, charge, facts, money, policy, refund};

const CHANGED_MIND: (&str, &str) = ("Reason", "changed mind");
const REFUND: (&str, &str) = ("Decision", "refund");

fn when(conditions: &str) -> Policy {
    policy(&[("Clause", &[CHANGED_MIND, REFUND, ("Applies when", conditions)])])
}

/// What a policy says, and why if it is not a refund in full.
fn answer(policy: &Policy, facts: &Facts) -> (Answer, Vec<Because>) {
    let prior = prior_from(facts);
    let ruling = ask_with(policy, facts, Reason::ChangedMind, None, &prior);
    let because = ruling.clauses.iter().flat_map(|applied| applied.because.clone());
    (ruling.answer, because.collect())
}

fn is_met(conditions: &str, facts: &Facts) -> bool {
    let (answer, because) = answer(&when(conditions), facts);
    match answer {
        Answer::Refund { .. } => true,
        Answer::Refuse => false,
        Answer::Ask => panic!("{conditions}: {because:?}"),
    }
}

/// Why nobody can tell whether the conditions hold.
fn unknown(conditions: &str, facts: &Facts) -> String {
    let (answer, because) = answer(&when(conditions), facts);
    assert_eq!(answer, Answer::Ask, "{conditions}: {because:?}");
    because.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn one(change: impl FnOnce(&mut Charge)) -> Facts {
    let mut charge = charge("ch_1");
    change(&mut charge);
    facts(vec![charge])
}

#[test]
fn conditions_are_understood_as_people_write_them() {
    let mut page = String::new();
    for text in [
        "amount below 50 USD, 45 EUR",
        "amount under $50",
        "price at most 1,000 USD; renewal",
        "charge more than 3 days ago",
        "older than 3 days",
        "charged at least 3 days ago and at most 2 weeks ago",
        "charge before 2026-03-01",
        "bought since 1 March 2026",
        "paid in USD, EUR",
        "currency is not JPY",
        "paid by card or paypal",
        "renewal and paid by card or link",
        "payment method is not SEPA direct debit",
        "country US, ca and renewal",
        "card country is not DE",
        "subscription is active, past due, first charge",
        "subscription canceled",
        "subscribed less than 30 days ago",
        "subscription older than 1 year",
        "trial ended within 7 days",
        "no earlier refund",
        "no earlier refunds within 12 months",
        "earlier refunds at most two in a year",
        "never disputed",
        "disputed before",
        "usage_hours below 1",
        "usage_hours >= 0.5, seats_used is 3",
        "is_trial_user is no",
        "signed_up_at after 2026-01-01",
        "last_seen_at more than 30 days ago",
        "attribute tier is gold, silver",
        "attribute tier is not \"free\"",
    ] {
        let policy = when(text);
        let rule = policy.documents[0].clauses[0].rule.as_ref().unwrap();
        let read: Vec<String> = rule.conditions.iter().map(ToString::to_string).collect();
        writeln!(page, "{text}\n    {}", read.join(" + ")).unwrap();
    }
    insta::assert_snapshot!(page);
}

#[test]
fn amounts_are_compared_in_the_charges_currency() {
    let facts = one(|_| {});
    assert!(is_met("amount below 50 USD", &facts));
    assert!(is_met("amount at most 49 USD", &facts));
    assert!(!is_met("amount below 49 USD", &facts));
    assert!(is_met("amount at least 49 USD", &facts));
    let yen = one(|charge| {
        charge.amount = money(4_900, "JPY");
        charge.captured = charge.amount;
        charge.refunded = money(0, "JPY");
    });
    assert!(unknown("amount below 50 USD", &yen).contains("no amount in the charge's currency"));
    assert!(is_met("currency is JPY, KRW", &yen) && !is_met("currency is not JPY", &yen));
}

/// The charge is of noon on 28 June; it is noon on 1 July.
#[test]
fn ages_are_counted_in_days_of_the_calendar() {
    let facts = one(|_| {});
    for (conditions, is) in [
        ("older than 2 days", true),
        ("older than 3 days", false),
        ("charge at least 3 days ago", true),
        ("charge less than 3 days ago", false),
        ("charge at most 3 days ago", true),
        ("charge within 2 days", false),
        ("charge more than 72 hours ago", false),
        ("charge at least 72 hours ago", true),
        ("charge before 2026-06-28", false),
        ("charge until 2026-06-28", true),
        ("charge since 2026-06-28", true),
        ("charge after 2026-06-28", false),
        ("charge on 2026-06-28", true),
    ] {
        assert_eq!(is_met(conditions, &facts), is, "{conditions}");
    }
}

#[test]
fn how_and_where_from_it_was_paid() {
    let card = |country: Option<&str>| {
        one(|charge| {
            charge.method.card = Some(Card {
                brand: "visa".to_owned(),
                last4: "4242".to_owned(),
                country: country.map(str::to_owned),
                fingerprint: None,
            });
        })
    };
    assert!(is_met("country is us, CA", &card(Some("US"))));
    assert!(!is_met("country is not US", &card(Some("US"))));
    assert!(unknown("country is US", &card(None)).contains("where the card comes from"));
    let debit = one(|charge| charge.method = Method { kind: "sepa_debit".to_owned(), card: None });
    assert!(is_met("paid by sepa debit", &debit) && !is_met("paid by card", &debit));
    unknown("country is DE", &debit);
}

fn subscribed(change: impl FnOnce(&mut Subscription)) -> Facts {
    let mut subscription = Subscription {
        id: "sub_1".parse().unwrap(),
        status: "past_due".to_owned(),
        created: at("2026-05-02T12:00:00Z"),
        plans: Vec::new(),
        period_start: None,
        period_end: None,
        is_canceling: false,
        trial_end: Some(at("2026-06-25T12:00:00Z")),
    };
    change(&mut subscription);
    let mut facts = one(|charge| charge.bill.subscription = Some("sub_1".parse().unwrap()));
    facts.subscriptions = vec![subscription];
    facts
}

#[test]
fn the_subscription_is_the_one_that_was_paid_for() {
    let facts = subscribed(|_| {});
    assert!(is_met("subscription is past due", &facts));
    assert!(!is_met("subscription is active, trialing", &facts));
    assert!(is_met(
        "subscription at least 2 months ago",
        &subscribed(|it| it.created = at("2026-05-01T00:00:00Z"))
    ));
    assert!(!is_met("subscription older than 60 days", &facts));
    assert!(is_met("trial ended within 7 days", &facts));
    assert!(!is_met("trial ended within 5 days", &facts));
    assert!(!is_met("trial ended within 7 days", &subscribed(|it| it.trial_end = None)));
    assert!(!is_met(
        "trial ended within 7 days",
        &subscribed(|it| it.trial_end = Some(at("2026-07-02T00:00:00Z")))
    ));
    let other = subscribed(|it| it.id = "sub_2".parse().unwrap());
    assert!(unknown("subscription active", &other).contains("does not list"));
    assert!(unknown("subscription active", &one(|_| {})).contains("which subscription"));
    assert!(!is_met("subscription active", &one(|charge| charge.billing = Billing::OneOff)));
}

#[test]
fn what_happened_before() {
    let mut facts = one(|_| {});
    assert!(is_met("no earlier refund", &facts) && is_met("never disputed", &facts));
    let mut older = charge("ch_0");
    older.created = at("2025-01-01T12:00:00Z");
    older.refunds = vec![refund("re_1", 100, "2025-02-01T12:00:00Z")];
    older.disputes = vec![Dispute { id: "dp_1".parse().unwrap(), status: "lost".to_owned() }];
    facts.charges.push(older);
    assert!(
        !is_met("no earlier refund", &facts)
            && is_met("no earlier refund within 12 months", &facts)
    );
    assert!(is_met("earlier refunds below 2 in 24 months", &facts));
    assert!(!is_met("never disputed", &facts) && is_met("disputed before", &facts));
}

#[test]
fn what_intercom_says_counts_by_its_type() {
    let mut facts = one(|_| {});
    facts.contact.attributes = [
        ("usage_hours", AttributeValue::Number("0.5".parse().unwrap())),
        ("is_vip", AttributeValue::Flag(true)),
        ("seen_at", AttributeValue::Date(at("2026-06-30T12:00:00Z"))),
        ("tier", AttributeValue::Text("Gold".to_owned())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for (conditions, is) in [
        ("usage_hours below 1", true),
        ("usage_hours below 0.5", false),
        ("usage_hours is 0.50", true),
        ("is_vip is yes", true),
        ("is_vip is not yes", false),
        ("seen_at within 1 day", true),
        ("seen_at before 2026-06-30", false),
        ("attribute tier is gold, silver", true),
        ("attribute tier is not gold", false),
    ] {
        assert_eq!(is_met(conditions, &facts), is, "{conditions}");
    }
    assert!(unknown("is_vip below 1", &facts).contains("another type"));
    assert!(unknown("no_such is yes", &facts).contains("Intercom does not say"));
    let (_, because) = answer(&when("attribute tier is silver"), &facts);
    assert!(!format!("{because:?}").contains("Gold"), "what a text is may be personal");
}

/// A known reason not to speak counts for more than what nobody can tell.
#[test]
fn a_condition_that_fails_counts_before_one_that_nobody_can_tell() {
    assert!(!is_met("usage_hours below 1, amount above 50 USD", &one(|_| {})));
}

/// A clause that refuses does not refuse when nobody can tell whether it is about the case.
#[test]
fn what_nobody_can_tell_goes_to_a_person_even_where_the_answer_would_be_no() {
    let policy = policy(&[
        ("Gold", &[CHANGED_MIND, ("Decision", "refuse"), ("Applies when", "usage_hours above 1")]),
        ("All", &[CHANGED_MIND, REFUND]),
    ]);
    assert_eq!(answer(&policy, &one(|_| {})).0, Answer::Ask);
}

fn line(minor: i64, plan: &str, period: Option<(&str, &str)>) -> Line {
    Line {
        amount: money(minor, "USD"),
        plan: Some(plan.to_owned()),
        product: Some(format!("prod_{plan}")),
        period: period.map(|(from, to)| (at(from), at(to))),
    }
}

fn billed(lines: Vec<Line>, shipping: Option<i64>) -> Facts {
    one(|charge| {
        charge.plans = lines.iter().filter_map(|line| line.plan.clone()).collect();
        charge.bill =
            Bill { subscription: None, lines, shipping: shipping.map(|minor| money(minor, "USD")) };
    })
}

fn gives(rows: &[(&str, &str)], facts: &Facts) -> (Answer, Vec<Because>) {
    let mut all = vec![CHANGED_MIND, REFUND];
    all.extend(rows);
    answer(&policy(&[("Clause", &all)]), facts)
}

const JUNE: Option<(&str, &str)> = Some(("2026-06-16T12:00:00Z", "2026-07-16T12:00:00Z"));

#[test]
fn the_unused_time_is_given_back_by_the_second() {
    let rows = [("Refund", "the unused time")];
    let half = billed(vec![line(4_900, "a", JUNE)], Some(0));
    assert_eq!(gives(&rows, &half).0, Answer::Refund { amount: money(2_450, "USD") });
    let two = billed(vec![line(4_000, "a", JUNE), line(900, "b", JUNE)], Some(0));
    assert_eq!(gives(&rows, &two).0, Answer::Refund { amount: money(2_450, "USD") });
    let mut given = half.clone();
    given.charges[0].refunds = vec![refund("re_1", 2_000, "2026-06-29T12:00:00Z")];
    assert_eq!(gives(&rows, &given).0, Answer::Refund { amount: money(450, "USD") });
    let over = Some(("2026-05-16T12:00:00Z", "2026-06-16T12:00:00Z"));
    assert_eq!(gives(&rows, &billed(vec![line(4_900, "a", over)], Some(0))).0, Answer::Refuse);
    for facts in [one(|_| {}), billed(vec![line(4_900, "a", None)], Some(0))] {
        assert_eq!(gives(&rows, &facts), (Answer::Ask, vec![Because::LinesUnknown]));
    }
}

#[test]
fn only_the_listed_lines_are_given_back() {
    let facts = billed(vec![line(4_000, "a", None), line(900, "b", None)], Some(0));
    let of_plan = [("Refund", "these plans only"), ("Applies to", "plans: b")];
    assert_eq!(gives(&of_plan, &facts).0, Answer::Refund { amount: money(900, "USD") });
    let of_product = [("Refund", "these products only"), ("Applies to", "products: prod_a")];
    assert_eq!(gives(&of_product, &facts).0, Answer::Refund { amount: money(4_000, "USD") });
    let in_full = [("Applies to", "products: prod_a")];
    assert_eq!(gives(&in_full, &facts), (Answer::Ask, vec![Because::OtherProductsToo]));
    let others = [("Applies to", "products: prod_c")];
    assert_eq!(gives(&others, &facts).0, Answer::Refuse);
    assert_eq!(gives(&others, &one(|_| {})).0, Answer::Ask);
}

#[test]
fn shipping_stays_paid_where_the_policy_says_so() {
    let rows = [("Refund", "without shipping")];
    let facts = billed(vec![line(4_400, "a", None)], Some(500));
    assert_eq!(gives(&rows, &facts).0, Answer::Refund { amount: money(4_400, "USD") });
    assert_eq!(gives(&rows, &one(|_| {})), (Answer::Ask, vec![Because::ShippingUnknown]));
}

#[test]
fn a_window_may_be_the_time_that_was_paid_for() {
    let rows = [("Within", "the end of the billing period")];
    let whole = Answer::Refund { amount: money(4_900, "USD") };
    assert_eq!(gives(&rows, &billed(vec![line(4_900, "a", JUNE)], Some(0))).0, whole);
    let over = Some(("2026-05-16T12:00:00Z", "2026-06-16T12:00:00Z"));
    assert_eq!(gives(&rows, &billed(vec![line(4_900, "a", over)], Some(0))).0, Answer::Refuse);
    assert_eq!(gives(&rows, &one(|_| {})).0, Answer::Ask);
}
