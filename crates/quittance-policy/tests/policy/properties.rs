//! What holds for every policy and every case.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use quittance_core::facts::{Bill, Billing, Charge, Facts, Line};
use quittance_core::money::{Currency, Money};
use quittance_core::policy::{Answer, Index, Policy, PriorRefund, Question, Ruling, evaluate};
use quittance_core::reason::Reason;
use quittance_policy::{Source, align, explain, read_all, text, unbundle};

use crate::world::{FRONT, assert_short, at, charge, facts, money, refund};

/// Pieces that policy files are made of, sound and not.
const PIECES: &[&str] = &[
    "---\n",
    "title: A\n",
    "currency: usd\n",
    "language: en\n",
    "effective: 2026-01-01\n",
    "\u{feff}",
    "# A\n",
    "\n",
    "\r\n",
    "| Rule | Value |\n|---|---|\n",
    "| Case | Expect |\n|---|---|\n",
    "| Reason | changed mind |\n",
    "| Decision | refund |\n",
    "| Decision | ",
    "| Within | 14 days |\n",
    "| At most | 1,000 USD, €5 |\n",
    "| Per customer | 1 in 12 months |\n",
    "| Rests on | ",
    "the customer's word up to 50 USD, else a person |\n",
    "| Applies to | plans: a, b |\n",
    "| Applies when | same amount charged again within 3 days |\n",
    "| Refund | 50 % |\n",
    "| a, 49 USD, 3 days ago, changed mind | refund 24.50 USD |\n",
    "| 5 USD, other | gap |\n",
    "|",
    "> ",
    "- ",
    "`",
    "&amp;",
    "\\|",
    "¥",
    "9999999999999999999 USD ",
    "99999 days ",
    "in ",
    "up to ",
    "é",
    "，",
    "refunded 1 USD in March, ",
    "charged again 1 day later, ",
    " a ",
    "plan: ",
    "%",
    "0",
    ".",
    ",",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,400}") {
        check_places(&text);
        check_places(&format!("{FRONT}\n# A\n\n| Rule | Value |\n|---|---|\n| Reason | {text} |\n"));
        check_places(&format!("{FRONT}\n# A\n\n| Case | Expect |\n|---|---|\n| {text} | refuse |\n"));
    }

    #[test]
    fn no_heap_of_pieces_makes_the_reader_panic(pieces in vec(select(PIECES), 0..60), ours in any::<bool>()) {
        let text = pieces.concat();
        check_places(&if ours { format!("{FRONT}{text}") } else { text });
    }

    #[test]
    fn aligning_changes_no_meaning(pieces in vec(select(PIECES), 0..60), ours in any::<bool>()) {
        let text = pieces.concat();
        let text = if ours { format!("{FRONT}{text}") } else { text };
        let aligned = align(&text).text;
        prop_assert_eq!(&align(&aligned).text, &aligned);
        prop_assert_eq!(meaning(&aligned), meaning(&text));
    }

    #[test]
    fn aligning_a_sound_policy_changes_its_tables_only(policy in policies()) {
        let text = &policy.documents[0].text;
        let aligned = align(text).text;
        prop_assert_eq!(meaning(&aligned), meaning(text));
        let outside = |text: &str| text.lines().filter(|line| !line.starts_with('|')).collect::<Vec<_>>().join("\n");
        prop_assert_eq!(outside(&aligned), outside(text));
        prop_assert!(meaning(text).is_ok());
    }

    #[test]
    fn an_answer_is_never_more_than_is_left_or_asked(
        policy in policies(), case in cases(),
    ) {
        let ruling = case.ask(&policy);
        let left = case.facts.charges[0].refundable().unwrap();
        let answers = ruling.clauses.iter().map(|applied| applied.answer).chain([ruling.answer]);
        for answer in answers {
            if let Answer::Refund { amount } = answer {
                prop_assert!(!amount.is_zero());
                prop_assert!(!amount.exceeds(left).unwrap());
                prop_assert_eq!(amount, amount.rounded_down());
                if let Some(asked) = case.asked {
                    prop_assert!(!amount.exceeds(asked).unwrap());
                }
            }
        }
    }

    #[test]
    fn the_strictest_answer_wins(policy in policies(), case in cases()) {
        let ruling = case.ask(&policy);
        prop_assert_eq!(ruling.is_gap, ruling.clauses.is_empty());
        let refuses = ruling.clauses.iter().any(|applied| applied.answer == Answer::Refuse);
        let asks = ruling.is_gap || ruling.clauses.iter().any(|applied| applied.answer == Answer::Ask);
        match ruling.answer {
            Answer::Refuse => prop_assert!(refuses),
            Answer::Ask => prop_assert!(asks && !refuses),
            Answer::Refund { amount } => {
                prop_assert!(!asks && !refuses);
                for applied in &ruling.clauses {
                    let Answer::Refund { amount: other } = applied.answer else { unreachable!() };
                    prop_assert!(!amount.exceeds(other).unwrap());
                }
            }
        }
    }

    #[test]
    fn another_clause_never_adds_to_an_answer_that_clauses_agree_on(
        policy in policies(), case in cases(), more in clause(),
    ) {
        let before = case.ask(&policy);
        let longer = crate::world::read(&format!("{}{}", policy.documents[0].text, more.replace("{n}", "more")));
        let after = case.ask(&longer);
        if let (Answer::Refund { amount: before }, Answer::Refund { amount: after }) =
            (before.answer, after.answer)
        {
            prop_assert!(!after.exceeds(before).unwrap());
        }
    }

    #[test]
    fn the_order_of_clauses_does_not_matter(policy in policies(), case in cases()) {
        let mut turned = policy.clone();
        turned.documents[0].clauses.reverse();
        let (ruling, mut other) = (case.ask(&policy), case.ask(&turned));
        other.clauses.reverse();
        other.considered.reverse();
        other.claims.reverse();
        prop_assert_eq!(ruling, other);
    }

    #[test]
    fn the_order_of_files_and_what_stands_in_which_does_not_matter(
        clauses in vec(clause(), 1..=6), places in vec(0..4_usize, 6), turn in 0..4_usize, case in cases(),
    ) {
        let one = read_all(&files(&clauses, &[0; 6])).unwrap().policy;
        let mut sources = files(&clauses, &places);
        let first = turn % sources.len();
        sources.rotate_left(first);
        let several = read_all(&sources).unwrap().policy;
        prop_assert_eq!(without_places(&case.ask(&one)), without_places(&case.ask(&several)));
        sources.reverse();
        prop_assert_eq!(read_all(&sources).unwrap().policy, several);
    }

    #[test]
    fn the_answer_alone_is_the_answer_of_the_ruling(policy in policies(), case in cases()) {
        let mut ruling = case.ask(&policy);
        ruling.considered.clear();
        prop_assert_eq!(Index::of(&policy).answer(&case.question()), ruling);
    }

    /// Every version is kept with its text, as the store does it. An old decision is explained from there,
    /// whatever was edited since.
    #[test]
    fn a_later_edit_never_changes_an_old_decisions_explanation(
        clauses in vec(clause(), 1..=4), places in vec(0..3_usize, 8), case in cases(),
        edits in vec((clause(), 0..3_usize, any::<bool>()), 1..=4),
    ) {
        let mut kept = BTreeMap::new();
        let policy = read_all(&files(&clauses, &places)).unwrap().policy;
        kept.insert(policy.version.clone(), text(&policy));
        let ruling = case.ask(&policy);
        let mut told = explain(&policy, &case.question(), &ruling);
        if let [only] = &policy.documents[..] {
            // The store keeps the text of a single file without its name.
            told = told.replace(&format!("({}:", only.name), "(policy.md:");
        }
        let logged = serde_json::to_string(&ruling).unwrap();

        let (mut clauses, mut places) = (clauses, places);
        for (edited, place, is_more) in edits {
            if is_more {
                places.insert(clauses.len(), place);
                clauses.push(edited);
            } else {
                let last = clauses.len() - 1;
                clauses[last] = edited;
            }
            let later = read_all(&files(&clauses, &places)).unwrap().policy;
            kept.insert(later.version.clone(), text(&later));
        }

        let logged: Ruling = serde_json::from_str(&logged).unwrap();
        let old = read_all(&unbundle("policy.md", &kept[&logged.policy])).unwrap().policy;
        prop_assert_eq!(&case.ask(&old), &logged);
        prop_assert_eq!(explain(&old, &case.question(), &logged), told);
    }

    #[test]
    fn a_ruling_depends_on_nothing_else(policy in policies(), case in cases()) {
        let again = quittance_policy::read("other name.md", &policy.documents[0].text).unwrap().policy;
        let ruling = case.ask(&policy);
        prop_assert_eq!(&case.ask(&again), &ruling);
        let written = serde_json::to_string(&ruling).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ruling>(&written).unwrap(), ruling);
    }
}

/// What a file says, whatever its tables look like: its clauses, its examples and their answers, or what is
/// wrong with it.
fn meaning(text: &str) -> Result<Vec<String>, Vec<String>> {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    match quittance_policy::read("p.md", text) {
        Ok(checked) => {
            let clauses = checked.policy.clauses().map(|clause| {
                let prose = words(&clause.prose.replace(['-', '|'], " "));
                format!("{} {} {prose} {:?}", clause.line, clause.anchor, clause.rule)
            });
            let examples = checked.examples.iter().map(|example| {
                format!(
                    "{} {} {} {:?}",
                    example.line, example.case, example.expect, example.ruling.answer
                )
            });
            Ok(clauses.chain(examples).collect())
        }
        Err(problems) => {
            let told = problems.list.iter().map(|one| format!("{} {}", one.line, one.message));
            Err(told.collect())
        }
    }
}

/// Reads `text`; whatever is wrong must stand inside it.
fn check_places(text: &str) {
    match quittance_policy::read("p.md", text) {
        Ok(checked) => assert_eq!(checked.policy.documents[0].text, text),
        Err(problems) => {
            assert!(problems.errors().count() > 0);
            for problem in problems.list {
                assert_short(&problem);
                assert!(text.get(problem.span.clone()).is_some());
                assert!(problem.line >= 1 && problem.column >= 1);
                assert!(problem.line <= text.split('\n').count());
            }
        }
    }
}

/// The clauses in files, each in the one that its place names.
fn files(clauses: &[String], places: &[usize]) -> Vec<Source> {
    let mut texts: BTreeMap<usize, String> = BTreeMap::new();
    for (number, (clause, place)) in clauses.iter().zip(places).enumerate() {
        let text = texts.entry(*place).or_insert_with(|| FRONT.to_owned());
        text.push_str(&clause.replace("{n}", &number.to_string()));
    }
    texts.iter().map(|(place, text)| Source::new(&format!("{place}.md"), text)).collect()
}

/// What a ruling says, without the version of its policy and where the clauses stand, in the order of the
/// clauses' names.
fn without_places(ruling: &Ruling) -> (Answer, bool, Vec<String>, usize) {
    let applied = ruling.clauses.iter().map(|it| {
        let claims = ruling.claims.iter().filter(|claim| claim.clause == it.clause);
        let words: Vec<_> = claims.map(|claim| (claim.reason, claim.word)).collect();
        format!("{} answers {:?} {:?} {words:?}", it.heading, it.answer, it.because)
    });
    let passed =
        ruling.considered.iter().map(|it| format!("{} does not {:?}", it.heading, it.because));
    let mut said: Vec<String> = applied.chain(passed).collect();
    said.sort_unstable();
    (ruling.answer, ruling.is_gap, said, ruling.claims.len())
}

/// A sound policy of one to five clauses.
fn policies() -> impl Strategy<Value = Policy> {
    vec(clause(), 1..=5).prop_map(|clauses| {
        let mut text = FRONT.to_owned();
        for (number, clause) in clauses.iter().enumerate() {
            text.push_str(&clause.replace("{n}", &number.to_string()));
        }
        crate::world::read(&text)
    })
}

/// A sound clause, with `{n}` in its heading. Two reasons, so that clauses meet often.
fn clause() -> impl Strategy<Value = String> {
    let reasons = select(&["changed mind", "duplicate charge", "changed mind, duplicate charge"]);
    let decisions = select(&["refund", "refund", "refund", "refuse", "ask a person"]);
    let conditions = (
        select(&[
            "",
            "| Applies when | same amount charged again within 3 days |\n",
            "| Applies when | first charge |\n",
            "| Applies when | amount below 80 USD, 8,000 JPY |\n",
        ]),
        select(&[
            "",
            "| Applies to | plans: pro-monthly, seats |\n",
            "| Applies to | plans: elsewhere |\n",
        ]),
        select(&["", "| Within | 5 days |\n"]),
    );
    let terms = (
        select(&[
            "",
            "| Refund | in full |\n",
            "| Refund | 33.3 % |\n",
            "| Refund | 20 USD, 2,000 JPY |\n",
            "| Refund | the unused time |\n",
            "| Refund | without shipping |\n",
        ]),
        select(&["", "| At most | 30 USD, 4,000 JPY |\n"]),
        select(&[
            "",
            "| Per customer | 1 in 12 months |\n",
            "| Per customer | 60 USD in 6 months |\n",
        ]),
        select(&[
            "",
            "| Rests on | a person |\n",
            "| Rests on | the customer's word up to 25 USD |\n",
        ]),
    );
    (reasons, decisions, conditions, terms).prop_map(|(reason, decision, conditions, terms)| {
        let conditions = [conditions.0, conditions.1, conditions.2].concat();
        let terms = [terms.0, terms.1, terms.2, terms.3].concat();
        let terms = if decision == "refund" { terms.as_str() } else { "" };
        format!(
            "\n## Clause {{n}}\n\n| Rule | Value |\n|---|---|\n| Reason | {reason} |\n\
             | Decision | {decision} |\n{conditions}{terms}"
        )
    })
}

#[derive(Debug)]
struct Case {
    facts: Facts,
    reason: Reason,
    asked: Option<Money>,
    prior: Vec<PriorRefund>,
}

impl Case {
    fn ask(&self, policy: &Policy) -> Ruling {
        evaluate(policy, &self.question())
    }

    fn question(&self) -> Question<'_> {
        Question {
            facts: &self.facts,
            charge: &self.facts.charges[0],
            reason: self.reason,
            asked: self.asked,
            prior: &self.prior,
        }
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let currency = select(&["USD", "JPY", "KWD"]);
    let reason = select(&[Reason::ChangedMind, Reason::DuplicateCharge]);
    let amounts = (1..20_000_i64, 0..10_000_i64, option::of(0..20_000_i64), any::<bool>());
    let days = (0..10_i64, 0..10_i64);
    // What the invoice says need not add up.
    let bill = (vec(0..20_000_i64, 0..3), option::of(0..5_000_i64), 1..40_i64);
    (currency, reason, amounts, days, option::of(0..10_000_i64), bill).prop_map(
        |(code, reason, (minor, given, asked, is_seat), (days, apart), prior, bill)| {
            let mut newest = of(charge("ch_2"), minor, code.parse().unwrap(), days);
            newest.bill = billed(code, &newest, &bill);
            newest.refunds = vec![refund("re_1", given, "2026-06-30T00:00:00Z")];
            newest.refunds[0].amount = money(given, code);
            if is_seat {
                newest.plans.push("other".to_owned());
            }
            let earlier = of(charge("ch_1"), minor, code.parse().unwrap(), days + apart);
            let prior = prior.map(|minor| PriorRefund {
                amount: money(minor, code),
                at: at("2026-03-01T00:00:00Z"),
                reason: None,
            });
            Case {
                facts: facts(vec![newest, earlier]),
                reason,
                asked: asked.map(|minor| money(minor, code)),
                prior: prior.into_iter().collect(),
            }
        },
    )
}

fn billed(code: &str, charge: &Charge, bill: &(Vec<i64>, Option<i64>, i64)) -> Bill {
    let (lines, shipping, days) = bill;
    let ends = charge.created + jiff::SignedDuration::from_hours(24 * days);
    let line = |minor: &i64| Line {
        amount: money(*minor, code),
        plan: Some("pro-monthly".to_owned()),
        product: None,
        period: Some((charge.created, ends)),
    };
    Bill {
        subscription: None,
        lines: lines.iter().map(line).collect(),
        shipping: shipping.map(|minor| money(minor, code)),
    }
}

fn of(mut charge: Charge, minor: i64, currency: Currency, days: i64) -> Charge {
    charge.amount = Money::from_minor(minor, currency).unwrap();
    charge.captured = charge.amount;
    charge.refunded = Money::zero(currency);
    charge.created = at(crate::world::NOW) - jiff::SignedDuration::from_hours(24 * days);
    charge.billing = Billing::Renewal;
    charge
}
