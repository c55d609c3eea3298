//! Every verdict follows from the log alone: judged again it is the same byte by byte, and whatever it rests
//! on cannot be changed without its coming out otherwise.

use quittance_core::guard::{self, Replayed, Unlike};
use quittance_core::record::{Entry, Kind};
use serde_json::{Value, json};

use crate::house::{House, POLICY, TWICE};

fn replay(entries: &[Entry]) -> Result<Replayed, Unlike> {
    let policy = quittance_policy::read("refunds.md", POLICY).unwrap().policy;
    guard::replay(entries, |version| (policy.version == *version).then(|| policy.clone()))
}

/// The log of one refund.
async fn refunded() -> (House, Vec<Entry>) {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    let entries = house.store().log_after(0).await.unwrap();
    (house, entries)
}

#[tokio::test]
async fn a_verdict_covers_everything_that_it_rests_on() {
    let (house, entries) = refunded().await;
    assert_eq!(replay(&entries).unwrap(), Replayed { verdicts: 1, by_database: 0 });
    let changes: [(Kind, &str, Value); 14] = [
        (Kind::Verdict, "/mode", json!("watch")),
        (Kind::Verdict, "/is_stopped", json!(true)),
        (Kind::Verdict, "/is_live_key", json!(true)),
        (Kind::Verdict, "/earlier_decisions", json!(1)),
        (Kind::Verdict, "/limits/currencies/USD/per_refund/minor", json!(4_899)),
        (Kind::Verdict, "/charge/is_disputed", json!(true)),
        (Kind::Verdict, "/charge/refunded/minor", json!(4_900)),
        (Kind::Verdict, "/proposal/reason", json!("changed_mind")),
        (Kind::Verdict, "/refund/amount/minor", json!(4_901)),
        (Kind::Verdict, "/verdict", json!("ask")),
        (Kind::Verdict, "/facts", json!("0".repeat(64))),
        (Kind::Facts, "/contact/is_user", json!(false)),
        (Kind::Facts, "/binding", json!({"kind": "unbound", "why": "not_a_user"})),
        (Kind::Ruling, "/is_gap", json!(true)),
    ];
    for (kind, field, value) in changes {
        let mut changed = entries.clone();
        let entry = changed.iter_mut().find(|entry| entry.draft.kind == kind).unwrap();
        *entry.draft.body.pointer_mut(field).unwrap_or_else(|| panic!("{kind} {field}")) = value;
        let unlike = replay(&changed);
        assert!(matches!(unlike, Err(Unlike::Different { .. })), "{kind} {field}: {unlike:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_verdict_without_what_it_rests_on_cannot_be_judged_again() {
    let (house, entries) = refunded().await;
    for kind in [Kind::Facts, Kind::Ruling] {
        let without: Vec<Entry> =
            entries.iter().filter(|entry| entry.draft.kind != kind).cloned().collect();
        let unlike = replay(&without);
        assert!(matches!(unlike, Err(Unlike::Missing { .. })), "{kind}: {unlike:?}");
    }
    let unlike = guard::replay(&entries, |_| None);
    assert!(matches!(unlike, Err(Unlike::Missing { what: "the policy's text", .. })), "{unlike:?}");
    house.close().await;
}

/// The intent names the verdict that allowed it, by the hash of all that it rests on.
#[tokio::test]
async fn an_intent_names_its_verdict() {
    let (house, entries) = refunded().await;
    let body = |kind| {
        let mut of_kind = entries.iter().filter(|entry| entry.draft.kind == kind);
        of_kind.next().unwrap().draft.body.clone()
    };
    let verdict = quittance_core::record::canonical_body(&body(Kind::Verdict)).unwrap();
    let hash = quittance_core::record::Hash::of(verdict.as_bytes());
    assert_eq!(body(Kind::Intent)["verdict"], json!(hash));
    house.close().await;
}
