//! What policies say about cases.

use quittance_core::facts::{Billing, ChargeStatus, Dispute};
use quittance_core::policy::{Answer, Because, Decision, Policy, PriorRefund, Rule, Ruling, Word};
use quittance_core::reason::Reason;

use crate::world::{ask, ask_with, at, charge, facts, money, policy, refund};

const CHANGED_MIND: (&str, &str) = ("Reason", "changed mind");
const REFUND: (&str, &str) = ("Decision", "refund");

fn one(rows: &[(&str, &str)]) -> Policy {
    policy(&[("Clause", rows)])
}

fn refunds(minor: i64) -> Answer {
    Answer::Refund { amount: money(minor, "USD") }
}

/// The grounds of the only clause that answers, in words.
fn grounds(ruling: &Ruling) -> Vec<String> {
    assert_eq!(ruling.clauses.len(), 1);
    ruling.clauses[0].because.iter().map(ToString::to_string).collect()
}

#[test]
fn a_clause_without_limits_gives_everything_on_the_customers_word() {
    let ruling = ask(&one(&[CHANGED_MIND, REFUND]), vec![charge("ch_1")], Reason::ChangedMind);
    assert_eq!(ruling.answer, refunds(4_900));
    assert_eq!(grounds(&ruling), ["the clause refunds in full"]);
    assert_eq!(ruling.claims[0].word, Word::Customer);
    assert!(!ruling.is_gap);
}

/// A rule in one line.
fn shown(rule: &Rule) -> String {
    fn all<T: ToString>(things: &[T]) -> String {
        things.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
    let within = rule.within.map(|within| within.to_string()).unwrap_or_default();
    let (reasons, conditions) = (all(&rule.reasons), all(&rule.conditions));
    let decision = match &rule.decision {
        Decision::Ask => "ask".to_owned(),
        Decision::Refuse => "refuse".to_owned(),
        Decision::Refund(terms) => format!(
            "refund {} at most [{}] per customer [{}] on {}",
            terms.gives,
            all(&terms.at_most),
            all(&terms.per_customer),
            terms.rests_on
        ),
    };
    format!("[{reasons}] when [{conditions}] plans {:?} within [{within}]: {decision}", rule.plans)
}

#[test]
fn rows_and_values_are_understood_as_people_write_them() {
    let rows = [
        ("reasons", "CHANGED MY MIND; never used and wrong plan"),
        ("Why", "charged twice, Overcharged or not recognised."),
        ("Reason", "whatever the reason"),
        ("Outcome", "Approve"),
        ("decision", "hand off"),
        ("Decision", "No refund"),
        ("When", "always"),
        ("Applies when", "renewal, charged twice within two weeks"),
        ("Condition", "one-time purchase"),
        ("Plans", "Pro monthly; `team_yearly`"),
        ("Applies to", "plan: pro-monthly and seats"),
        ("Window", "within 30 days from the date of purchase"),
        ("Within", "a month"),
        ("Within", "48 hours after the payment"),
        ("Within", "14 calendar days of the renewal"),
        ("How much", "Everything"),
        ("Refund", "100 %"),
        ("Refund", "12.5% of the charge"),
        ("Refund", "$20 or €18"),
        ("Max", "up to $1,000; 900 EUR and 150,000 JPY"),
        ("Limit", "USD 1 000"),
        ("Per customer", "once a year"),
        ("Per customer", "twice in 6 months, $100 in a year"),
        ("How often", "1 refund per month"),
        ("Per customer", "100 USD, 90 EUR in 12 months"),
        ("Evidence", "our records"),
        ("Rests on", "The customer’s word"),
        ("Rests on", "the customer up to 50 USD, 45 EUR, otherwise a human"),
        ("Rests on", "a teammate"),
    ];
    let mut page = String::new();
    for (name, value) in rows {
        let mut clause = vec![CHANGED_MIND, REFUND, (name, value)];
        match name.to_lowercase().as_str() {
            "reason" | "reasons" | "why" => drop(clause.remove(0)),
            "outcome" | "decision" => drop(clause.remove(1)),
            _ => {}
        }
        let policy = one(&clause);
        let rule = shown(policy.documents[0].clauses[0].rule.as_ref().unwrap());
        page.push_str(&[name, " | ", value, "\n    ", &rule, "\n"].concat());
    }
    insta::assert_snapshot!(page);
}

#[test]
fn no_clause_about_the_reason_is_a_gap() {
    let ruling = ask(&one(&[CHANGED_MIND, REFUND]), vec![charge("ch_1")], Reason::Defective);
    assert_eq!((ruling.answer, ruling.is_gap), (Answer::Ask, true));
    assert!(ruling.clauses.is_empty() && ruling.considered.is_empty() && ruling.claims.is_empty());
}

#[test]
fn a_window_ends_with_its_last_day() {
    let policy = one(&[CHANGED_MIND, REFUND, ("Within", "14 days of the charge")]);
    let mut charge = charge("ch_1");
    charge.created = at("2026-06-17T00:00:00Z");
    assert_eq!(ask(&policy, vec![charge.clone()], Reason::ChangedMind).answer, refunds(4_900));
    charge.created = at("2026-06-16T23:59:59Z");
    let ruling = ask(&policy, vec![charge], Reason::ChangedMind);
    assert_eq!(ruling.answer, Answer::Refuse);
    assert_eq!(
        grounds(&ruling),
        ["charged on 2026-06-16, more than 14 days ago (the last day was 2026-06-30)"]
    );
}

#[test]
fn a_plan_that_is_not_listed_is_refused_and_a_mixed_charge_goes_to_a_person() {
    let policy = one(&[CHANGED_MIND, REFUND, ("Applies to", "plans: starter, Pro-Monthly")]);
    let mut charge = charge("ch_1");
    assert_eq!(ask(&policy, vec![charge.clone()], Reason::ChangedMind).answer, refunds(4_900));
    charge.plans.push("seats".to_owned());
    let mixed = ask(&policy, vec![charge.clone()], Reason::ChangedMind);
    assert_eq!(mixed.answer, Answer::Ask);
    charge.plans = vec!["seats".to_owned()];
    let other = ask(&policy, vec![charge.clone()], Reason::ChangedMind);
    assert_eq!(other.answer, Answer::Refuse);
    assert_eq!(grounds(&other), ["the clause is not about seats"]);
    charge.plans.clear();
    let none = ask(&policy, vec![charge], Reason::ChangedMind);
    assert_eq!(grounds(&none), ["the charge is for no plan of the clause"]);
}

#[test]
fn the_kind_of_charge_is_stripes_word() {
    for (condition, billing) in [
        ("first charge", Billing::First),
        ("renewal", Billing::Renewal),
        ("one-off purchase", Billing::OneOff),
    ] {
        let policy = one(&[CHANGED_MIND, REFUND, ("Applies when", condition)]);
        for other in [Billing::First, Billing::Renewal, Billing::Change, Billing::OneOff] {
            let mut charge = charge("ch_1");
            charge.billing = other;
            let expected = if other == billing { refunds(4_900) } else { Answer::Refuse };
            let ruling = ask(&policy, vec![charge], Reason::ChangedMind);
            assert_eq!(ruling.answer, expected, "{condition} {other:?}");
        }
    }
}

fn duplicates() -> Policy {
    one(&[
        ("Reason", "duplicate charge"),
        REFUND,
        ("Applies when", "same amount charged again within 3 days"),
    ])
}

#[test]
fn only_the_later_of_two_equal_charges_is_a_duplicate() {
    let (mut first, second) = (charge("ch_1"), charge("ch_2"));
    first.created = at("2026-06-26T12:00:00Z");
    let both = [second.clone(), first.clone()];
    let ruling = ask(&duplicates(), both.to_vec(), Reason::DuplicateCharge);
    assert_eq!(ruling.answer, refunds(4_900));
    assert!(ruling.claims.is_empty(), "Stripe shows it");
    let ruling = ask(&duplicates(), vec![first, second], Reason::DuplicateCharge);
    assert_eq!(ruling.answer, Answer::Refuse);
}

#[test]
fn of_two_charges_in_the_same_second_exactly_one_is_a_duplicate() {
    let (a, b) = (charge("ch_a"), charge("ch_b"));
    let answer = |charges| ask(&duplicates(), charges, Reason::DuplicateCharge).answer;
    assert_eq!(answer(vec![b.clone(), a.clone()]), refunds(4_900));
    assert_eq!(answer(vec![a, b]), Answer::Refuse);
}

#[test]
fn a_charge_that_no_longer_stands_has_no_duplicate() {
    let second = charge("ch_2");
    let mut twin = charge("ch_1");
    twin.created = at("2026-06-27T12:00:00Z");
    let changes: [fn(&mut quittance_core::facts::Charge); 8] = [
        |twin| twin.refunds = vec![refund("re_1", 100, "2026-06-29T00:00:00Z")],
        |twin| twin.refunded = money(4_900, "USD"),
        |twin| twin.is_disputed = true,
        |twin| {
            let dispute = Dispute { id: "du_1".parse().unwrap(), status: "won".to_owned() };
            twin.disputes = vec![dispute];
        },
        |twin| twin.status = ChargeStatus::Failed,
        |twin| twin.amount = money(4_901, "USD"),
        |twin| twin.created = at("2026-06-24T23:00:00Z"),
        |twin| twin.plans = vec!["starter-monthly".to_owned()],
    ];
    let answer = |twin| ask(&duplicates(), vec![second.clone(), twin], Reason::DuplicateCharge);
    assert_eq!(answer(twin.clone()).answer, refunds(4_900));
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = twin.clone();
        change(&mut changed);
        assert_eq!(answer(changed).answer, Answer::Refuse, "change {index}");
    }
}

#[test]
fn a_share_counts_what_was_given_before_and_is_rounded_down() {
    let policy = one(&[CHANGED_MIND, REFUND, ("Refund", "33.33 %")]);
    let mut charge = charge("ch_1");
    charge.amount = money(1_001, "USD");
    charge.captured = charge.amount;
    let answer = |charge| ask(&policy, vec![charge], Reason::ChangedMind).answer;
    assert_eq!(answer(charge.clone()), refunds(333));
    charge.refunds = vec![refund("re_1", 100, "2026-06-29T00:00:00Z")];
    assert_eq!(answer(charge.clone()), refunds(233));
    charge.refunds = vec![refund("re_1", 333, "2026-06-29T00:00:00Z")];
    let ruling = ask(&policy, vec![charge.clone()], Reason::ChangedMind);
    assert_eq!(ruling.answer, Answer::Refuse);
    assert_eq!(
        grounds(&ruling),
        ["the clause gives 3.33 USD, and 3.33 USD was given back already"]
    );
    charge.refunds = vec![refund("re_1", 1_001, "2026-06-29T00:00:00Z")];
    let ruling = ask(&policy, vec![charge], Reason::ChangedMind);
    assert_eq!(grounds(&ruling), ["nothing is left to give back"]);
}

#[test]
fn a_fixed_sum_is_never_more_than_the_charge_and_needs_its_currency() {
    let policy = one(&[CHANGED_MIND, REFUND, ("Refund", "60 USD, 1,000 JPY")]);
    let mut charge = charge("ch_1");
    assert_eq!(ask(&policy, vec![charge.clone()], Reason::ChangedMind).answer, refunds(4_900));
    charge.captured = money(50_000, "JPY");
    charge.amount = charge.captured;
    charge.refunded = money(0, "JPY");
    let ruling = ask(&policy, vec![charge.clone()], Reason::ChangedMind);
    assert_eq!(ruling.answer, Answer::Refund { amount: money(1_000, "JPY") });
    charge.captured = money(50_000, "EUR");
    charge.refunded = money(0, "EUR");
    let ruling = ask(&policy, vec![charge], Reason::ChangedMind);
    assert_eq!(grounds(&ruling), ["the clause has no sum in EUR"]);
}

#[test]
fn what_is_beyond_the_terms_goes_to_a_person() {
    let earlier = |minor, reason| PriorRefund {
        amount: money(minor, "USD"),
        at: at("2026-03-01T00:00:00Z"),
        reason,
    };
    let cases: [((&str, &str), &[PriorRefund], &str); 9] = [
        (
            ("At most", "48.99 USD"),
            &[],
            "49.00 USD is more than 48.99 USD, the most the clause gives",
        ),
        (("Rests on", "a person"), &[], "a person must look first"),
        (
            ("Rests on", "the customer's word up to 20 USD, else a person"),
            &[],
            "49.00 USD is more than 20.00 USD, as far as the customer's word goes",
        ),
        (
            ("Per customer", "1 in 12 months"),
            &[earlier(1, None)],
            "1 earlier in 12 months, and 1 allowed",
        ),
        (
            ("Per customer", "once a year"),
            &[earlier(1, Some(Reason::ChangedMind))],
            "1 earlier in 1 year, and 1 allowed",
        ),
        (
            ("Per customer", "60 USD in 6 months"),
            &[earlier(1_101, None)],
            "11.01 USD earlier and 49.00 USD now in 6 months, and 60.00 USD allowed",
        ),
        (("Per customer", "1 in 12 months"), &[earlier(1, Some(Reason::DuplicateCharge))], ""),
        (("Per customer", "1 in 3 months"), &[earlier(1, None)], ""),
        (("Per customer", "60 USD in 6 months"), &[earlier(1_100, None)], ""),
    ];
    for (row, prior, expected) in cases {
        let facts = facts(vec![charge("ch_1")]);
        let policy = one(&[CHANGED_MIND, REFUND, row]);
        let ruling = ask_with(&policy, &facts, Reason::ChangedMind, None, prior);
        if expected.is_empty() {
            assert_eq!(ruling.answer, refunds(4_900), "{row:?}");
        } else {
            assert_eq!((ruling.answer, grounds(&ruling)), (Answer::Ask, vec![expected.to_owned()]));
        }
    }
}

#[test]
fn a_currency_without_an_entry_goes_to_a_person() {
    let rows = [
        ("At most", "10,000 USD", "`At most` has no amount in EUR"),
        ("Per customer", "10,000 USD in 1 year", "`Per customer` has no sum in EUR"),
        (
            "Rests on",
            "the customer's word up to 10,000 USD",
            "the customer's word has no amount in EUR",
        ),
    ];
    let mut charge = charge("ch_1");
    charge.captured = money(100, "EUR");
    charge.amount = charge.captured;
    charge.refunded = money(0, "EUR");
    for (name, value, expected) in rows {
        let policy = one(&[CHANGED_MIND, REFUND, (name, value)]);
        let ruling = ask(&policy, vec![charge.clone()], Reason::ChangedMind);
        assert_eq!((ruling.answer, grounds(&ruling)), (Answer::Ask, vec![expected.to_owned()]));
    }
}

#[test]
fn the_customer_gets_no_more_than_they_ask_for() {
    let policy = one(&[CHANGED_MIND, REFUND, ("At most", "30 USD")]);
    let facts = facts(vec![charge("ch_1")]);
    let asked = |asked| ask_with(&policy, &facts, Reason::ChangedMind, Some(asked), &[]);
    assert_eq!(asked(money(2_000, "USD")).answer, refunds(2_000));
    assert_eq!(asked(money(9_000, "USD")).answer, Answer::Ask, "the clause gives 49, above 30");
    assert_eq!(asked(money(2_000, "EUR")).answer, Answer::Ask);
    assert_eq!(asked(money(0, "USD")).answer, Answer::Ask);
}

#[test]
fn the_strictest_clause_wins_and_all_are_named() {
    let full: &[(&str, &str)] = &[CHANGED_MIND, REFUND];
    let half: &[(&str, &str)] = &[CHANGED_MIND, REFUND, ("Refund", "50 %")];
    let ask_person: &[(&str, &str)] = &[CHANGED_MIND, ("Decision", "ask a person")];
    let refuse: &[(&str, &str)] = &[CHANGED_MIND, ("Decision", "refuse")];
    let answer = |clauses: &[(&str, &[(&str, &str)])]| {
        let ruling = ask(&policy(clauses), vec![charge("ch_1")], Reason::ChangedMind);
        assert_eq!(ruling.clauses.len(), clauses.len());
        ruling.answer
    };
    assert_eq!(answer(&[("A", full), ("B", half)]), refunds(2_450));
    assert_eq!(answer(&[("A", half), ("B", full)]), refunds(2_450));
    assert_eq!(answer(&[("A", ask_person), ("B", full)]), Answer::Ask);
    assert_eq!(answer(&[("A", full), ("B", refuse), ("C", ask_person)]), Answer::Refuse);
}

#[test]
fn a_clause_whose_conditions_fail_only_speaks_when_no_other_does() {
    let late: &[(&str, &str)] = &[CHANGED_MIND, REFUND, ("Within", "1 day")];
    let open: &[(&str, &str)] = &[CHANGED_MIND, REFUND, ("Refund", "10 USD")];
    let late_ask: &[(&str, &str)] =
        &[CHANGED_MIND, ("Decision", "ask a person"), ("Within", "1 day")];
    let late_refuse: &[(&str, &str)] = &[CHANGED_MIND, ("Decision", "refuse"), ("Within", "1 day")];
    let ruling = |clauses: &[(&str, &[(&str, &str)])]| {
        ask(&policy(clauses), vec![charge("ch_1")], Reason::ChangedMind)
    };
    let both = ruling(&[("Late", late), ("Open", open)]);
    assert_eq!(both.answer, refunds(1_000));
    assert_eq!(both.considered[0].heading, "Late");
    assert_eq!(ruling(&[("Late", late)]).answer, Answer::Refuse);
    // A refusal that does not apply is no permission, and no refusal either.
    for clause in [late_ask, late_refuse] {
        let gap = ruling(&[("Late", clause)]);
        assert_eq!((gap.answer, gap.is_gap, gap.considered.len()), (Answer::Ask, true, 1));
    }
}

#[test]
fn a_clause_about_another_plan_steps_back_behind_one_about_this() {
    let yearly: &[(&str, &str)] = &[CHANGED_MIND, REFUND, ("Applies to", "plans: team-yearly")];
    let monthly: &[(&str, &str)] =
        &[CHANGED_MIND, REFUND, ("Applies to", "plans: pro-monthly"), ("Within", "1 day")];
    let policy = policy(&[("Yearly", yearly), ("Monthly", monthly)]);
    let ruling = ask(&policy, vec![charge("ch_1")], Reason::ChangedMind);
    assert_eq!(ruling.answer, Answer::Refuse);
    assert_eq!(ruling.clauses[0].heading, "Monthly");
    assert!(matches!(ruling.clauses[0].because[0], Because::OutsideWindow { .. }));
    assert_eq!(ruling.considered[0].heading, "Yearly");
}

#[test]
fn the_refunds_that_stripe_shows_count() {
    let policy = one(&[CHANGED_MIND, REFUND, ("Per customer", "1 in 12 months")]);
    let mut old = charge("ch_0");
    old.refunds = vec![refund("re_1", 4_900, "2025-07-01T00:00:00Z")];
    let ruling = ask(&policy, vec![charge("ch_1"), old.clone()], Reason::ChangedMind);
    assert_eq!(ruling.answer, Answer::Ask, "12 months run to the end of their last day");
    old.refunds[0].created = at("2025-06-30T23:59:59Z");
    let ruling = ask(&policy, vec![charge("ch_1"), old.clone()], Reason::ChangedMind);
    assert_eq!(ruling.answer, refunds(4_900));
    old.refunds[0] = refund("re_1", 4_900, "2026-06-01T00:00:00Z");
    old.refunds[0].status = quittance_core::facts::RefundStatus::Failed;
    let ruling = ask(&policy, vec![charge("ch_1"), old], Reason::ChangedMind);
    assert_eq!(ruling.answer, refunds(4_900), "a failed refund does not count");
}

#[test]
fn a_ruling_is_read_back_from_the_log_as_it_was_written() {
    let policy = one(&[CHANGED_MIND, REFUND, ("Within", "1 day"), ("Refund", "50 %")]);
    let ruling = ask(&policy, vec![charge("ch_1")], Reason::ChangedMind);
    let written = serde_json::to_string(&ruling).unwrap();
    assert_eq!(serde_json::from_str::<Ruling>(&written).unwrap(), ruling);
}
