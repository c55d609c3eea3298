//! Policies and cases that are made up from one seed, as large and as many as are wanted.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use quittance_core::facts::{
    Bill, Billing, Binding, BindingSource, Card, Charge, ChargeStatus, Contact, Facts, Line,
    Method, Subscription,
};
use quittance_core::ids::InvalidId;
use quittance_core::money::{Currency, Money};
use quittance_core::reason::Reason;
use quittance_policy::{Case, Source};

use super::dice::Dice;

/// What one product line's clauses say. `{p}` is its name; what stands in braces besides is a number.
const CLAUSES: [(&str, &str, &str); 8] = [
    (
        "Changed your mind about {p}",
        "Not what you hoped for? A monthly plan of {p} can be returned within {window} days of any payment, once in \
         12 months, and you get all of that payment back. For larger payments a colleague has a look first.",
        "| Reason | changed mind, unused |\n| Decision | refund |\n| Applies to | plans: {p}-starter-monthly, \
         {p}-pro-monthly |\n| Within | {window} days of the charge |\n| Refund | in full |\n| At most | {most} USD, \
         {most} EUR, {most} GBP |\n| Per customer | 1 in 12 months |\n| Rests on | the customer's word up to {word} \
         USD, {word} EUR, {word} GBP, else a person |\n",
    ),
    (
        "Leaving a yearly plan of {p}",
        "A yearly plan is cheaper because it is for the year. If you leave early, we give back the part of your \
         payment that is for the time still to come.",
        "| Reason | changed mind, unused |\n| Decision | refund |\n| Applies to | plans: {p}-yearly |\n| Within | the \
         end of the billing period |\n| Refund | the unused time |\n| At most | {most} USD, {most} EUR, {most} GBP |\n",
    ),
    (
        "Forgot to cancel {p}",
        "It happens. If your plan renewed and you meant to stop it, tell us within {window} days of the renewal and we \
         give that payment back.",
        "| Reason | forgot to cancel |\n| Decision | refund |\n| Applies when | renewal |\n| Applies to | plans: \
         {p}-starter-monthly, {p}-pro-monthly |\n| Within | {window} days of the renewal |\n| Refund | in full |\n| At \
         most | {most} USD, {most} EUR, {most} GBP |\n| Per customer | 1 in 12 months |\n",
    ),
    (
        "A yearly renewal of {p}",
        "A yearly renewal is a larger sum, so a colleague looks at it with you.",
        "| Reason | forgot to cancel |\n| Decision | ask a person |\n| Applies when | renewal |\n| Applies to | plans: \
         {p}-yearly |\n",
    ),
    (
        "Seats of {p} added by mistake",
        "Added a seat too many? We give back what it cost and leave the rest of the plan as it is.",
        "| Reason | bought by mistake |\n| Decision | refund |\n| Applies to | plans: {p}-seats |\n| Within | {window} \
         days of the charge |\n| Refund | the lines of these plans |\n| At most | {most} USD, {most} EUR, {most} GBP |\n",
    ),
    (
        "When {p} is down",
        "Tell us what happened and when. A colleague checks it against our own records and makes it right.",
        "| Reason | service problem |\n| Decision | ask a person |\n| Applies to | plans: {p}-starter-monthly, \
         {p}-pro-monthly, {p}-yearly |\n",
    ),
    (
        "When {p} is not what we described",
        "Tell us what you expected. A colleague looks at it with you.",
        "| Reason | not as described, defective |\n| Decision | ask a person |\n| Applies to | plans: \
         {p}-starter-monthly, {p}-pro-monthly, {p}-yearly |\n",
    ),
    (
        "A lifetime license for {p}",
        "It is paid once and yours for good. It can be tried free of charge before, and is not refundable afterwards.",
        "| Reason | changed mind, unused |\n| Decision | refuse |\n| Applies to | plans: {p}-lifetime |\n",
    ),
];

const EXAMPLES: &str = "\
## Worked examples

| Case | Expect |
| --- | --- |
| {p}-pro-monthly, {word} USD, 3 days ago, changed mind | refund in full |
| {p}-pro-monthly, {word} USD, {late} days ago, changed mind | refuse |
| {p}-pro-monthly, {more} USD, 3 days ago, changed mind | ask a person |
| {p}-starter-monthly, {word} EUR, 1 day ago, unused, asks for 5 EUR | refund 5 EUR |
| {p}-starter-monthly, {word} EUR, 1 day ago, unused, refunded in March | ask a person |
| {p}-yearly, {word} USD, 6 months ago, for 12 months, unused | refund |
| {p}-yearly, {word} USD, 13 months ago, for 12 months, unused | refuse |
| {p}-pro-monthly, {word} GBP, {window} days ago, renewal, forgot to cancel | refund in full |
| {p}-pro-monthly, {word} GBP, {window} days ago, first charge, forgot to cancel | refuse |
| {p}-yearly, {word} USD, 2 days ago, renewal, forgot to cancel | ask a person |
| {p}-yearly, {most} USD, 3 days ago, {p}-seats for 5 USD, bought by mistake | refund 5 USD |
| {p}-pro-monthly, {word} USD, 3 days ago, service problem | ask a person |
| {p}-lifetime, {word} USD, 3 days ago, changed mind | refuse |
";

const GENERAL: &str = "\
---
title: General rules
language: en
currency: usd
effective: 2026-01-01
---

# General rules

## Charged twice

If we took the same payment twice, we give the second one back.

| Rule | Value |
| --- | --- |
| Reason | duplicate charge |
| Decision | refund |
| Applies when | same amount charged again within 3 days |
| Within | 120 days of the charge |

## A payment you do not recognize

A person looks at every such payment.

| Rule | Value |
| --- | --- |
| Reason | not recognized |
| Decision | ask a person |

## Worked examples

| Case | Expect |
| --- | --- |
| 49 USD, 2 days ago, charged twice, charged again 1 day later | refund 49 USD |
| 49 USD, 2 days ago, not recognized | ask a person |
";

/// A policy of so many files: general rules, and one file for each product line. `more_days` is added to the
/// windows of every second one, as an edit would.
pub(crate) fn sources(files: usize, seed: u64, more_days: u64) -> Vec<Source> {
    let mut dice = Dice::new(seed);
    let mut sources = vec![Source::new("general.md", GENERAL)];
    for number in 1..files {
        let window = 7_u64.saturating_add(dice.below(21));
        let edited = number.checked_rem(2) == Some(0);
        let window = window.saturating_add(if edited { more_days } else { 0 });
        let word = 20_u64.saturating_add(dice.below(40));
        let most = word.saturating_add(40).saturating_add(dice.below(200));
        let fill = |text: &str| {
            text.replace("{p}", &line(number))
                .replace("{window}", &window.to_string())
                .replace("{late}", &window.saturating_add(1).to_string())
                .replace("{word}", &word.to_string())
                .replace("{more}", &word.saturating_add(1).to_string())
                .replace("{most}", &most.to_string())
        };
        let mut text = format!(
            "---\ntitle: {0}\nlanguage: en\ncurrency: usd\neffective: 2026-01-01\n---\n\n# {0}\n\nWhat holds for {0}.\n",
            line(number)
        );
        for (heading, prose, rows) in CLAUSES {
            let table = format!("| Rule | Value |\n| --- | --- |\n{}", fill(rows));
            // Writing to a string cannot fail.
            let _ = write!(text, "\n## {}\n\n{}\n\n{table}", fill(heading), fill(prose));
        }
        let _ = write!(text, "\n{}", fill(EXAMPLES));
        sources.push(Source::new(&format!("{}.md", line(number)), &text));
    }
    sources
}

/// The name of a product line.
fn line(number: usize) -> String {
    format!("line{number:03}")
}

/// Cases about the policy that [`sources`] makes of so many files.
pub(crate) struct Cases {
    dice: Dice,
    lines: usize,
    now: Timestamp,
    number: u64,
}

impl Cases {
    pub(crate) fn new(files: usize, seed: u64) -> Self {
        // Noon on 1 July 2026.
        let now = Timestamp::constant(1_782_907_200, 0);
        Self { dice: Dice::new(seed), lines: files.saturating_sub(1).max(1), now, number: 0 }
    }

    /// The next case.
    pub(crate) fn make(&mut self) -> Result<Case, InvalidId> {
        const REASONS: [Reason; 8] = [
            Reason::ChangedMind,
            Reason::ChangedMind,
            Reason::Unused,
            Reason::ForgotToCancel,
            Reason::DuplicateCharge,
            Reason::ServiceProblem,
            Reason::Accidental,
            Reason::Goodwill,
        ];
        self.number = self.number.saturating_add(1);
        let name = line(self.dice.index(self.lines).saturating_add(1));
        let kind = self
            .dice
            .pick(&["starter-monthly", "pro-monthly", "yearly", "lifetime"])
            .unwrap_or("pro-monthly");
        let reason = self.dice.pick(&REASONS).unwrap_or(Reason::Other);
        let minor = self.dice.between(900, 9_900);
        let days = self.dice.between(0, 40);
        let plan = format!("{name}-{kind}");
        // A second payment a day before, or the month before.
        let gap = if reason == Reason::DuplicateCharge { 1 } else { 30 };
        let charge = self.charge(&plan, minor, days, 0)?;
        let mut charges = vec![charge.clone()];
        for before in 1..self.dice.between(1, 3) {
            let age = days.saturating_add(before.saturating_mul(gap));
            charges.push(self.charge(&plan, minor, age, before)?);
        }
        let subscriptions = vec![self.subscription(&plan)?];
        let contact = Contact::new(format!("contact{}", self.number).parse()?, true, true);
        let customer = "cus_made".parse()?;
        let binding = Binding::Bound { customer, source: BindingSource::StripeMetadata };
        let facts = Facts { as_of: self.now, contact, binding, charges, subscriptions };
        Ok(Case { facts, charge, reason, asked: None, prior: Vec::new() })
    }

    fn charge(&self, plan: &str, minor: i64, age: i64, before: i64) -> Result<Charge, InvalidId> {
        let amount = Money::from_minor(minor, Currency::USD).unwrap_or(Money::zero(Currency::USD));
        let hours = SignedDuration::from_hours(age.saturating_mul(24).saturating_add(1));
        let created = self.now.checked_sub(hours).unwrap_or(self.now);
        let ends = created.checked_add(SignedDuration::from_hours(24 * 365)).unwrap_or(created);
        let paid_for = Line {
            amount,
            plan: Some(plan.to_owned()),
            product: Some("prod_made".to_owned()),
            period: Some((created, ends)),
        };
        let card = Card {
            brand: "visa".to_owned(),
            last4: "4242".to_owned(),
            country: Some("US".to_owned()),
            fingerprint: Some("Xt5EWLLDS7FJjR1c".to_owned()),
        };
        Ok(Charge {
            id: format!("ch_{}x{before}", self.number).parse()?,
            customer: Some("cus_made".parse()?),
            payment_intent: Some(format!("pi_{}x{before}", self.number).parse()?),
            amount,
            captured: amount,
            refunded: Money::zero(Currency::USD),
            status: ChargeStatus::Succeeded,
            is_disputed: false,
            created,
            method: Method { kind: "card".to_owned(), card: Some(card) },
            email: None,
            billing: Billing::Renewal,
            plans: vec![plan.to_owned()],
            bill: Bill {
                subscription: Some("sub_made".parse()?),
                lines: vec![paid_for],
                shipping: Some(Money::zero(Currency::USD)),
            },
            is_live: false,
            is_connect: false,
            refunds: Vec::new(),
            disputes: Vec::new(),
        })
    }

    fn subscription(&self, plan: &str) -> Result<Subscription, InvalidId> {
        Ok(Subscription {
            id: "sub_made".parse()?,
            status: "active".to_owned(),
            created: self.now,
            plans: vec![plan.to_owned()],
            period_start: Some(self.now),
            period_end: None,
            is_canceling: false,
            trial_end: None,
        })
    }
}
