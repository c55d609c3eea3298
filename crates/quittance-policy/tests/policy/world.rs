//! Policies and facts to try things on.

use jiff::Timestamp;
use quittance_core::facts::{
    Bill, Billing, Binding, BindingSource, Charge, ChargeStatus, Contact, Facts, Method, Refund,
    RefundStatus,
};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Policy, PriorRefund, Question, Ruling, evaluate, prior_from};
use quittance_core::reason::Reason;
use quittance_policy::Problem;

/// The front matter that every policy here has: six lines.
pub(crate) const FRONT: &str =
    "---\ntitle: Refunds\nlanguage: en\ncurrency: usd\neffective: 2026-01-01\n---\n";

/// When questions are asked.
pub(crate) const NOW: &str = "2026-07-01T12:00:00Z";

/// How many characters stand in an editor's margin.
const MARGIN: usize = 100;

/// A message is one line that stands in an editor's margin, and so is a suggestion.
pub(crate) fn assert_short(problem: &Problem) {
    let suggestion = problem.suggestion.iter();
    for text in suggestion.chain([&problem.message]) {
        assert!(text.chars().count() <= MARGIN && !text.contains('\n'), "{text:?} is too long");
    }
}

/// A file with one clause that has these rows. The first of them stands in line 14.
pub(crate) fn file(rows: &[(&str, &str)]) -> String {
    format!("{FRONT}{}", clause("Clause", rows))
}

/// A policy of clauses, each with its heading and rows.
pub(crate) fn policy(clauses: &[(&str, &[(&str, &str)])]) -> Policy {
    let clauses: String = clauses.iter().map(|(heading, rows)| clause(heading, rows)).collect();
    read(&format!("{FRONT}{clauses}"))
}

/// The policy of a text without errors.
pub(crate) fn read(text: &str) -> Policy {
    let read = quittance_policy::read("policy.md", text);
    read.unwrap_or_else(|problems| panic!("{problems}")).policy
}

fn clause(heading: &str, rows: &[(&str, &str)]) -> String {
    let rows: Vec<String> =
        rows.iter().map(|(name, value)| format!("| {name} | {value} |\n")).collect();
    format!("\n## {heading}\n\nProse.\n\n| Rule | Value |\n| --- | --- |\n{}", rows.concat())
}

pub(crate) fn money(minor: i64, code: &str) -> Money {
    Money::from_minor(minor, code.parse().unwrap()).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A charge of 49 dollars for `pro-monthly`, three days ago.
pub(crate) fn charge(id: &str) -> Charge {
    let amount = Money::from_minor(4_900, Currency::USD).unwrap();
    Charge {
        id: id.parse().unwrap(),
        customer: Some("cus_1".parse().unwrap()),
        payment_intent: None,
        amount,
        captured: amount,
        refunded: Money::zero(Currency::USD),
        status: ChargeStatus::Succeeded,
        is_disputed: false,
        created: at("2026-06-28T12:00:00Z"),
        method: Method { kind: "card".to_owned(), card: None },
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

/// A refund that went through.
pub(crate) fn refund(id: &str, minor: i64, created: &str) -> Refund {
    Refund {
        id: id.parse().unwrap(),
        charge: None,
        amount: money(minor, "USD"),
        status: RefundStatus::Succeeded,
        created: at(created),
        decision: None,
    }
}

pub(crate) fn facts(charges: Vec<Charge>) -> Facts {
    Facts {
        as_of: at(NOW),
        contact: Contact::new("c".parse().unwrap(), true, true),
        binding: Binding::Bound {
            customer: "cus_1".parse().unwrap(),
            source: BindingSource::StripeMetadata,
        },
        charges,
        subscriptions: Vec::new(),
    }
}

/// Asks about the first of the charges, with the earlier refunds that they show.
pub(crate) fn ask(policy: &Policy, charges: Vec<Charge>, reason: Reason) -> Ruling {
    let facts = facts(charges);
    let prior = prior_from(&facts);
    ask_with(policy, &facts, reason, None, &prior)
}

pub(crate) fn ask_with(
    policy: &Policy,
    facts: &Facts,
    reason: Reason,
    asked: Option<Money>,
    prior: &[PriorRefund],
) -> Ruling {
    let charge = &facts.charges[0];
    evaluate(policy, &Question { facts, charge, reason, asked, prior })
}
