use quittance_core::facts::RefundStatus;
use quittance_core::money::{Currency, Money};

use super::*;

/// What a row of the table says, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Made,
    NotMade,
    Unknown,
    Person,
}

use Row::{Made, NotMade, Person, Unknown};

const CALM: bool = false;
const ALARM: bool = true;

const REFUSALS: [RefusedKind; 6] = [
    RefusedKind::AlreadyRefunded,
    RefusedKind::TooMuch,
    RefusedKind::Disputed,
    RefusedKind::NotRefundable,
    RefusedKind::Missing,
    RefusedKind::Other,
];

fn refund(status: RefundStatus) -> Refund {
    Refund {
        id: "re_1".parse().unwrap(),
        charge: Some("ch_1".parse().unwrap()),
        amount: Money::from_minor(4_900, Currency::USD).unwrap(),
        status,
        created: "2026-11-23T12:00:00Z".parse().unwrap(),
        decision: Some("d1-1".to_owned()),
    }
}

fn created(is_replayed: bool) -> Vec<Answer> {
    let statuses = [
        RefundStatus::Pending,
        RefundStatus::RequiresAction,
        RefundStatus::Succeeded,
        RefundStatus::Failed,
        RefundStatus::Canceled,
        RefundStatus::Other("new".to_owned()),
    ];
    statuses.map(|status| Answer::Created { refund: refund(status), is_replayed }).to_vec()
}

fn refused(is_replayed: bool) -> Vec<Answer> {
    let refused = |(kind, code)| Answer::Refused { kind, code, param: None, is_replayed };
    let codes = [None, Some("charge_disputed".to_owned())];
    let pairs = REFUSALS.iter().flat_map(|&kind| codes.clone().map(|code| (kind, code)));
    pairs.map(refused).collect()
}

fn mismatched() -> Vec<Answer> {
    let mismatch = |is_replayed| Answer::Mismatch {
        refund: Some("re_2".parse().unwrap()),
        differs: vec!["amount"],
        is_replayed,
    };
    vec![mismatch(false), mismatch(true)]
}

fn unauthorized() -> Vec<Answer> {
    let unauthorized = |status| Answer::Unauthorized { status, permission: None };
    vec![unauthorized(401), unauthorized(403)]
}

fn throttled() -> Vec<Answer> {
    [None, Some(5)].map(|retry_after_ms| Answer::Throttled { retry_after_ms }).to_vec()
}

fn words(answer: impl Fn(String) -> Answer) -> Vec<Answer> {
    ["status 500", "status 424", "status 302", "no answer in time"]
        .map(|why| answer(why.to_owned()))
        .to_vec()
}

/// What is certain, and whether money stops.
type Expected = (Row, bool);

/// Every answer, what it means on a first send, and what on a repeat.
fn table() -> Vec<(Vec<Answer>, Expected, Expected)> {
    vec![
        (created(false), (Made, CALM), (Made, CALM)),
        (created(true), (Unknown, ALARM), (Made, CALM)),
        (mismatched(), (Person, ALARM), (Person, ALARM)),
        (vec![Answer::KeyMisused], (Person, ALARM), (Person, ALARM)),
        (refused(false), (NotMade, CALM), (Unknown, CALM)),
        (refused(true), (Unknown, ALARM), (Unknown, CALM)),
        (unauthorized(), (NotMade, ALARM), (Unknown, ALARM)),
        (vec![Answer::NotApproved { what: "the amount" }], (NotMade, ALARM), (Unknown, ALARM)),
        (vec![Answer::KeyInUse], (Unknown, CALM), (Unknown, CALM)),
        (throttled(), (Unknown, CALM), (Unknown, CALM)),
        (words(|why| Answer::Unknown { why }), (Unknown, CALM), (Unknown, CALM)),
        (words(|why| Answer::NotSent { why }), (Unknown, CALM), (Unknown, CALM)),
    ]
}

/// The table's line for an answer. A kind of answer that is new does not compile until it has one.
fn line(answer: &Answer) -> usize {
    match answer {
        Answer::Created { is_replayed: false, .. } => 0,
        Answer::Created { is_replayed: true, .. } => 1,
        Answer::Mismatch { .. } => 2,
        Answer::KeyMisused => 3,
        Answer::Refused { is_replayed: false, .. } => 4,
        Answer::Refused { is_replayed: true, .. } => 5,
        Answer::Unauthorized { .. } => 6,
        Answer::NotApproved { .. } => 7,
        Answer::KeyInUse => 8,
        Answer::Throttled { .. } => 9,
        Answer::Unknown { .. } => 10,
        Answer::NotSent { .. } => 11,
    }
}

fn row(meaning: &Meaning) -> Row {
    match meaning {
        Meaning::Made(_) => Made,
        Meaning::NotMade(_) => NotMade,
        Meaning::Unknown { .. } => Unknown,
        Meaning::Person(_) => Person,
    }
}

#[test]
fn every_answer_means_what_the_table_says() {
    for (number, (answers, first, repeat)) in table().into_iter().enumerate() {
        for answer in answers {
            assert_eq!(line(&answer), number, "{answer:?}");
            for (send, expected) in [(Attempt::First, first), (Attempt::Repeat, repeat)] {
                let reading = read(answer.clone(), send);
                let found = (row(&reading.meaning), reading.alarm.is_some());
                assert_eq!(found, expected, "{answer:?} to {send:?}");
            }
        }
    }
}

/// The rule behind the table.
#[test]
fn only_what_stripe_made_closes_a_repeat() {
    for (answers, ..) in table() {
        for answer in answers {
            let is_made = matches!(answer, Answer::Created { .. });
            let closes = match read(answer, Attempt::Repeat).meaning {
                Meaning::Made(_) => true,
                Meaning::NotMade(_) => panic!("nothing proves that an earlier send was not made"),
                Meaning::Unknown { .. } | Meaning::Person(_) => false,
            };
            assert_eq!(closes, is_made);
        }
    }
}

#[test]
fn what_stripe_asks_to_wait_is_handed_on() {
    let answer = Answer::Throttled { retry_after_ms: Some(7_000) };
    let Meaning::Unknown { wait_ms, .. } = read(answer, Attempt::First).meaning else { panic!() };
    assert_eq!(wait_ms, Some(7_000));
}
