use quittance_core::facts::RefundStatus;
use quittance_core::money::{Currency, Money};

use super::*;

const WORKSPACE: &str = "sandbox1";

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::USD).unwrap()
}

fn hash(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

fn kept(state: IntentState) -> Kept {
    Kept {
        decision: "d1-0a".parse().unwrap(),
        case: "sandbox1:7".parse().unwrap(),
        charge: "ch_1".parse().unwrap(),
        amount: usd(4_900),
        state,
        refund: match state {
            IntentState::Confirmed | IntentState::Reversed => Some("re_1".parse().unwrap()),
            IntentState::Intent
            | IntentState::Marked
            | IntentState::Unknown
            | IntentState::Parked
            | IntentState::Void
            | IntentState::Failed => None,
        },
        log_seq: 12,
        log_hash: hash("entry 12"),
    }
}

fn marked() -> Marked {
    Marked {
        refund: Refund {
            id: "re_1".parse().unwrap(),
            charge: Some("ch_1".parse().unwrap()),
            amount: usd(4_900),
            status: RefundStatus::Succeeded,
            created: "2026-11-23T12:00:00Z".parse().unwrap(),
            decision: Some("d1-0a".to_owned()),
        },
        case: Some("sandbox1:7".to_owned()),
        log_seq: Some("12".to_owned()),
        log_hash: Some(hash("entry 12").to_string()),
    }
}

fn changed(change: impl FnOnce(&mut Marked)) -> Marked {
    let mut marked = marked();
    change(&mut marked);
    marked
}

fn with_status(status: RefundStatus) -> Marked {
    changed(|marked| marked.refund.status = status)
}

const NOWHERE: Place = Place { head: 40, hash: None };

fn hold(marked: &Marked, kept: Option<&Kept>) -> Found {
    listed(marked, kept, &WORKSPACE.parse().unwrap(), NOWHERE)
}

/// The kind of a difference, and its words, which name the object.
fn difference(found: Found) -> (DifferenceKind, String) {
    let Found::Differs(difference) = found else { panic!("{found:?}") };
    assert!(difference.says.contains(&difference.object), "{difference:?}");
    (difference.kind, difference.says)
}

/// What follows from each state with each answer of Stripe's about the same object.
#[test]
fn every_state_is_held_against_every_status() {
    let wake = || Found::Wake("sandbox1:7".parse().unwrap());
    let statuses = [
        (RefundStatus::Pending, true),
        (RefundStatus::RequiresAction, true),
        (RefundStatus::Succeeded, true),
        (RefundStatus::Failed, false),
        (RefundStatus::Canceled, false),
        (RefundStatus::Other("new".to_owned()), true),
    ];
    for state in IntentState::ALL {
        for (status, may_stand) in &statuses {
            let found = hold(&with_status(status.clone()), Some(&kept(state)));
            match (state, *may_stand) {
                (IntentState::Confirmed, true) | (IntentState::Reversed, false) => {
                    assert_eq!(found, Found::Same, "{state} {status:?}");
                }
                (IntentState::Confirmed, false)
                | (IntentState::Marked | IntentState::Unknown | IntentState::Parked, _) => {
                    assert_eq!(found, wake(), "{state} {status:?}");
                }
                (IntentState::Reversed, true) => {
                    assert_eq!(difference(found).0, DifferenceKind::Stands);
                }
                (IntentState::Intent | IntentState::Void | IntentState::Failed, _) => {
                    assert_eq!(difference(found).0, DifferenceKind::Unsent, "{state} {status:?}");
                }
            }
        }
    }
}

/// One word that is different makes a difference in every state, also where Stripe knows more than we do.
#[test]
fn every_word_of_a_refund_counts() {
    let wrong: [(&str, DifferenceKind, Marked); 7] = [
        ("charge", DifferenceKind::Other, changed(|it| it.refund.charge = "ch_2".parse().ok())),
        ("no charge", DifferenceKind::Other, changed(|it| it.refund.charge = None)),
        ("amount", DifferenceKind::Other, changed(|it| it.refund.amount = usd(4_901))),
        (
            "currency",
            DifferenceKind::Other,
            changed(|it| it.refund.amount = Money::from_minor(4_900, Currency::EUR).unwrap()),
        ),
        ("number", DifferenceKind::Entry, changed(|it| it.log_seq = Some("13".to_owned()))),
        ("no number", DifferenceKind::Entry, changed(|it| it.log_seq = None)),
        ("hash", DifferenceKind::Entry, changed(|it| it.log_hash = Some("00".repeat(32)))),
    ];
    for state in IntentState::ALL {
        for (name, kind, marked) in &wrong {
            let found = hold(marked, Some(&kept(state)));
            assert_eq!(difference(found).0, *kind, "{name} while {state}");
        }
    }
    let another = changed(|it| it.refund.id = "re_2".parse().unwrap());
    let (kind, says) = difference(hold(&another, Some(&kept(IntentState::Confirmed))));
    assert_eq!(kind, DifferenceKind::Other);
    assert!(says.contains("re_1") && says.contains("re_2"), "{says}");
}

#[test]
fn a_refund_that_the_log_does_not_know_is_told_by_where_its_entry_would_be() {
    let place = |head, hash| Place { head, hash };
    for (marked, place, words) in [
        (marked(), place(11, None), "a log that ends at 11"),
        (marked(), place(40, Some(hash("another"))), "entry 12 of the log is another one"),
        (
            marked(),
            place(40, Some(hash("entry 12"))),
            "entry 12 of the log is about something else",
        ),
        (changed(|it| it.log_seq = None), place(40, None), "it names no entry"),
        (changed(|it| it.log_seq = Some("x".to_owned())), place(40, None), "it names no entry"),
    ] {
        let found = listed(&marked, None, &WORKSPACE.parse().unwrap(), place);
        let (kind, says) = difference(found);
        assert_eq!(kind, DifferenceKind::Unknown);
        assert!(says.contains(words), "{says}");
        assert!(says.contains("re_1") && says.contains("d1-0a") && says.contains("ch_1"), "{says}");
    }
}

/// Two installations may share one Stripe account. What names no workspace counts as ours.
#[test]
fn a_refund_of_another_workspace_is_none_of_ours() {
    let of = |case: Option<&str>| changed(|it| it.case = case.map(str::to_owned));
    assert_eq!(hold(&of(Some("other:7")), None), Found::Elsewhere);
    assert_eq!(hold(&of(Some("sandbox12:7")), None), Found::Elsewhere);
    for case in [None, Some(""), Some("7"), Some(":7"), Some("sandbox1:9")] {
        assert_eq!(difference(hold(&of(case), None)).0, DifferenceKind::Unknown, "{case:?}");
    }
}

#[test]
fn a_confirmed_refund_that_is_not_listed_is_asked_for_by_its_id() {
    let confirmed = kept(IntentState::Confirmed);
    assert_eq!(unlisted(&confirmed, Some(&marked())), Found::Same);
    let (kind, says) = difference(unlisted(&confirmed, None));
    assert_eq!(kind, DifferenceKind::Gone);
    assert!(says.contains("Stripe does not know it"), "{says}");
    let silent = changed(|it| it.refund.decision = None);
    let (kind, says) = difference(unlisted(&confirmed, Some(&silent)));
    assert_eq!(kind, DifferenceKind::Other);
    assert!(says.contains("changed its metadata"), "{says}");
    let failed = with_status(RefundStatus::Failed);
    assert_eq!(unlisted(&confirmed, Some(&failed)), Found::Wake("sandbox1:7".parse().unwrap()));
    assert_eq!(unlisted(&kept(IntentState::Reversed), Some(&failed)), Found::Same);
    let other = changed(|it| it.refund.amount = usd(1));
    assert_eq!(difference(unlisted(&confirmed, Some(&other))).0, DifferenceKind::Other);
}

#[test]
fn a_second_refund_of_one_decision_is_always_a_difference() {
    let (kind, says) = difference(doubled(&marked()));
    assert_eq!(kind, DifferenceKind::Double);
    assert!(says.contains("d1-0a"), "{says}");
}

#[test]
fn every_kind_has_one_name() {
    for kind in DifferenceKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
    }
}
