//! The log held against Stripe: clones, restored backups, and whatever else makes the two differ.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use quittance_core::action::Refund;
use quittance_core::event::Source;
use quittance_core::ids::ConversationId;
use quittance_core::ids::{DecisionKey, WorkspaceId};
use quittance_core::reason::Reason;
use quittance_core::record::{Draft, Kind};
use quittance_engine::reconcile::{DifferenceKind, Options, Report};
use quittance_store::inbox::{Arrival, Wakes};
use quittance_store::intents::{IntentMove, Mark, NewIntent, Settled};
use quittance_store::reconcile::Acceptance;
use quittance_store::stop::StopChange;
use quittance_store::transition::{CaseChange, Release, Transition};
use quittance_store::watermark::Watermark;
use quittance_stripe::refunds;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::house::{Customer, House, LEASE, TWICE, poll_times, usd};
use crate::wire::Trick;

/// The most polls after which a copy of the database is made.
const MOST_POLLS: usize = 400;

async fn reconcile(house: &House) -> Report {
    house.engine.reconcile(&Options::default()).await.unwrap()
}

/// The kinds of differences and what they are about.
fn kinds(report: &Report) -> Vec<(DifferenceKind, &str)> {
    report.differences.iter().map(|one| (one.kind, one.object.as_str())).collect()
}

/// A house in which a refund was made and told.
async fn refunded() -> (House, Customer, String, String) {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.settle().await;
    let refund = house.refunds(customer.newest())[0]["id"].as_str().unwrap().to_owned();
    (house, customer, conversation, refund)
}

async fn entries(house: &House) -> Vec<Value> {
    let log = house.store().log_after(0).await.unwrap();
    let about = log.into_iter().filter(|entry| entry.draft.kind == Kind::Reconcile);
    about.map(|entry| entry.draft.body).collect()
}

#[tokio::test]
async fn a_log_that_says_what_stripe_says_is_equal_and_written_down() {
    let (house, customer, ..) = refunded().await;
    house.stripe.refund(&customer.charges[0], 100).unwrap();
    house.clock.advance_ms(1_000);
    let report = reconcile(&house).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.listed, report.ours, report.confirmed), (2, 1, 1));
    assert!(!house.store().is_stopped().await.unwrap());
    let written = entries(&house).await;
    assert_eq!(written.len(), 1);
    assert_eq!((&written[0]["ours"], &written[0]["differences"]), (&json!(1), &json!([])));
    let last = house.store().watermark(Watermark::Stripe).await.unwrap();
    assert_eq!(last, Some(house.ago(0)));
    house.close().await;
}

/// A house with nothing to compare fills no log.
#[tokio::test]
async fn nothing_to_compare_leaves_no_entry() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    house.stripe.refund(customer.newest(), 100).unwrap();
    assert!(reconcile(&house).await.is_clean());
    assert!(entries(&house).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_process_that_starts_sends_nothing_before_the_first_comparison() {
    let house = House::new().await;
    house.engine.hold_refunds();
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    for _ in 0..5 {
        house.once().await;
        house.clock.advance_ms(1_001);
    }
    assert_eq!(house.state(&conversation).await, "intent");
    assert!(house.stripe_wire.sent_refunds().is_empty());
    // Stripe is away, so nothing is known yet.
    house.stripe_wire.always("GET", "/v1/refunds", Trick::Instead(500, "{}".to_owned()));
    assert!(house.engine.reconcile(&Options::default()).await.is_err());
    house.clock.advance_ms(1_001);
    house.once().await;
    assert!(house.stripe_wire.sent_refunds().is_empty());
    house.stripe_wire.heal();
    assert!(reconcile(&house).await.is_clean());
    house.settle().await;
    assert_eq!(house.own_refunds(customer.newest()), 1);
    assert_eq!(house.replies(&conversation).len(), 1);
    house.close().await;
}

/// A refund that may have been sent is looked for while refunds are held, and not sent again.
#[tokio::test]
async fn what_may_have_been_sent_is_found_while_refunds_are_held() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let conversation = house.say(&customer, TWICE);
    house.stripe_wire.next("POST", "/v1/refunds", Trick::Behind(500, "{}".to_owned()));
    house.once().await;
    assert_eq!(house.state(&conversation).await, "unknown");
    house.engine.hold_refunds();
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "confirmed");
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    house.close().await;
}

/// A copy of the database is made at every point of a refund, the refund is finished by the original, and
/// then the copy is put in its place.
#[tokio::test]
async fn a_restored_backup_finds_its_refund_or_stops_and_names_it() {
    let (mut stopped, mut went_on) = (0, 0);
    for polls in (0..MOST_POLLS).step_by(2) {
        let house = House::new().await;
        let customer = house.charged_twice("maya");
        let conversation = house.say(&customer, TWICE);
        let lease = house.lease().await;
        let engine = house.engine.clone();
        let mut step = Box::pin(engine.step(&lease));
        let is_done = polls > 0 && poll_times(step.as_mut(), polls).await.is_some();
        // What was asked for is done, so the copy is of one instant.
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
        let backup = house.copy().await;
        if !is_done {
            step.as_mut().await.unwrap();
        }
        drop(step);
        house.settle().await;
        let refund = house.refunds(customer.newest())[0]["id"].as_str().unwrap().to_owned();
        house.clock.advance_ms(3_600_000);

        backup.restart().await;
        backup.engine.hold_refunds();
        let before = backup.state(&conversation).await;
        let report = reconcile(&backup).await;
        let when = format!("after {polls} polls, {before}: {report:?}");
        if matches!(before, "none" | "intent") {
            stopped += 1;
            let kind =
                if before == "none" { DifferenceKind::Unknown } else { DifferenceKind::Unsent };
            assert_eq!(kinds(&report), [(kind, refund.as_str())], "{when}");
            let stop = backup.store().stop_state().await.unwrap();
            assert!(stop.is_stopped && stop.why.contains(&refund), "{stop:?}");
            // Whatever is due now: no refund leaves.
            for _ in 0..8 {
                backup.once().await;
                backup.clock.advance_ms(31_000);
            }
            assert_eq!(backup.store().watermark(Watermark::Stripe).await.unwrap(), None);
        } else {
            went_on += 1;
            assert!(report.is_clean(), "{when}");
            backup.settle().await;
            assert_eq!(backup.state(&conversation).await, "confirmed", "{when}");
            // It knows of no reply that the original sent, and may say the same again; never anything else.
            let mut told = house.replies(&conversation);
            told.dedup();
            assert_eq!(told.len(), 1, "{when}: {told:?}");
        }
        assert_eq!(house.stripe_wire.sent_refunds().len(), 1, "{when}");
        assert_eq!(house.refunds(customer.newest()).len(), 1, "{when}");
        assert!(house.refunds(&customer.charges[0]).is_empty(), "{when}");
        house.close().await;
        if is_done {
            break;
        }
    }
    assert!(stopped > 0 && went_on > 0, "{stopped} stopped, {went_on} went on");
}

/// A backup of last month is put in place after a month of refunds.
#[tokio::test]
async fn a_comparison_looks_back_to_the_last_one_that_found_nothing() {
    let house = House::new().await;
    house.stranger("nobody");
    assert!(reconcile(&house).await.is_clean());
    let backup = house.copy().await;
    let customer = house.charged_twice("maya");
    house.say(&customer, TWICE);
    house.settle().await;
    house.clock.advance_ms(30 * 24 * 3_600_000);
    // The original has compared meanwhile, and looks at seven days only.
    assert_eq!(reconcile(&house).await.ours, 1);
    house.clock.advance_ms(1_000);
    assert_eq!(reconcile(&house).await.ours, 0);
    let report = reconcile(&backup).await;
    assert_eq!(report.differences.len(), 1);
    assert!(report.differences[0].says.contains("restored from an older copy"), "{report:?}");
    house.close().await;
}

/// The database file was copied and a second instance started on it; both go on.
#[tokio::test]
async fn a_clone_shows_on_both_sides_and_makes_no_refund_twice() {
    let (house, ..) = refunded().await;
    let clone = house.copy().await;
    for one in [&house, &clone] {
        assert!(reconcile(one).await.is_clean());
    }
    // Both hear of the same conversation, at different times.
    let both = house.charged_twice("ben");
    let conversation = house.say(&both, TWICE);
    for (is_stripe, webhook) in house.waiting() {
        house.take_in(is_stripe, &webhook).await;
        clone.take_in(is_stripe, &webhook).await;
    }
    house.settle().await;
    house.clock.advance_ms(1_000);
    clone.settle().await;
    assert_eq!(house.refunds(both.newest()).len(), 1);
    let told = house.replies(&conversation);
    assert_eq!(told.iter().filter(|text| text.contains("is on its way")).count(), 1, "{told:?}");
    // The clone alone hears of another one.
    if clone.store().is_stopped().await.unwrap() {
        let (why, by) = ("a test".to_owned(), "a test".to_owned());
        let at = house.ago(0);
        clone.store().resume(StopChange { why, by, at }).await.unwrap();
    }
    let only = house.charged_twice("zoe");
    house.say(&only, TWICE);
    for (is_stripe, webhook) in house.waiting() {
        clone.take_in(is_stripe, &webhook).await;
    }
    clone.settle().await;
    let refund = house.refunds(only.newest())[0]["id"].as_str().unwrap().to_owned();
    house.clock.advance_ms(1_000);
    let report = reconcile(&house).await;
    assert_eq!(kinds(&report), [(DifferenceKind::Unknown, refund.as_str())]);
    assert!(house.store().is_stopped().await.unwrap());
    let entry = entries(&house).await.pop().unwrap();
    assert_eq!(entry["differences"][0]["object"], refund);
    house.close().await;
}

/// Nobody has compared yet when a customer asks for what the clone has given already.
#[tokio::test]
async fn a_charge_with_a_refund_that_the_log_does_not_know_stops_money_and_goes_to_a_person() {
    let house = House::new().await;
    let backup = house.copy().await;
    let customer = house.charged_twice("maya");
    house.say(&customer, TWICE);
    house.settle().await;
    let refund = house.refunds(customer.newest())[0]["id"].as_str().unwrap().to_owned();
    house.clock.advance_ms(3_600_000);
    // Half of it came back, so that there is room for another one.
    let half = |said: &mut Value| {
        for refund in said["data"].as_array_mut().unwrap() {
            refund["amount"] = json!(100);
        }
    };
    house.stripe_wire.always("GET", "/v1/refunds", Trick::edit(half));
    let again = house.intercom.say_anew(&customer.contact, TWICE).unwrap();
    for (is_stripe, webhook) in house.waiting() {
        backup.take_in(is_stripe, &webhook).await;
    }
    backup.settle().await;
    house.stripe_wire.heal();
    let stop = backup.store().stop_state().await.unwrap();
    assert!(stop.is_stopped && stop.why.contains(&refund), "{stop:?}");
    assert!(house.notes(&again).iter().any(|note| note.contains(&refund)));
    assert!(house.is_with_team(&again));
    assert_eq!(house.stripe_wire.sent_refunds().len(), 1);
    backup.close().await;
    house.close().await;
}

#[tokio::test]
async fn a_difference_that_a_person_accepts_holds_nothing_back() {
    let house = House::new().await;
    let backup = house.copy().await;
    let customer = house.charged_twice("maya");
    house.say(&customer, TWICE);
    house.settle().await;
    backup.engine.hold_refunds();
    let report = reconcile(&backup).await;
    let difference = report.differences[0].clone();
    let next = backup.charged_twice("ben");
    let conversation = house.say(&next, TWICE);
    for (is_stripe, webhook) in house.waiting() {
        backup.take_in(is_stripe, &webhook).await;
    }
    let change =
        |why: &str| StopChange { why: why.to_owned(), by: "Ana".to_owned(), at: backup.ago(0) };
    // To let money move again is not enough.
    backup.store().resume(change("it looks fine")).await.unwrap();
    backup.once().await;
    backup.clock.advance_ms(31_000);
    backup.once().await;
    assert!(house.refunds(next.newest()).is_empty());
    let again = reconcile(&backup).await;
    assert_eq!(again.differences[0].name(), difference.name());
    assert!(backup.store().is_stopped().await.unwrap());

    let acceptance = Acceptance {
        accepted: difference.name(),
        why: "restored on Monday\nafter the fire".to_owned(),
        by: "Ana".to_owned(),
        at: backup.ago(0),
    };
    assert!(backup.store().accept(acceptance.clone()).await.unwrap());
    assert!(!backup.store().accept(acceptance).await.unwrap());
    let report = reconcile(&backup).await;
    assert!(report.is_clean() && report.accepted == 1, "{report:?}");
    backup.store().resume(change("accepted")).await.unwrap();
    backup.settle().await;
    assert_eq!(backup.state(&conversation).await, "confirmed");
    assert_eq!(house.refunds(next.newest()).len(), 1);
    let accepted: Vec<Value> =
        entries(&backup).await.into_iter().filter(|body| body["accepted"].is_object()).collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0]["why"], "restored on Monday after the fire");
    backup.close().await;
    house.close().await;
}

#[tokio::test]
async fn a_refund_of_another_workspace_on_the_same_account_is_none_of_ours() {
    let house = House::new().await;
    let customer = house.charged_twice("maya");
    let of_other = |decision| [("decision", decision), ("case", "other:1"), ("log_seq", "7")];
    house.stripe.refund_with(&customer.charges[0], 100, &of_other("d1-0a")).unwrap();
    let report = reconcile(&house).await;
    assert!(report.is_clean() && report.elsewhere == 1, "{report:?}");
    // On the charge itself it does not stop money either.
    house.stripe.refund_with(customer.newest(), 100, &of_other("d1-0b")).unwrap();
    house.say(&customer, TWICE);
    house.settle().await;
    assert!(!house.store().is_stopped().await.unwrap());
    house.close().await;
}

#[tokio::test]
async fn a_confirmed_refund_that_stripe_does_not_hold_stops_money() {
    let (house, _, _, refund) = refunded().await;
    house.clock.advance_ms(1_000);
    // A list that leaves it out is not enough.
    let empty = |said: &mut Value| said["data"] = json!([]);
    house.stripe_wire.next("GET", "/v1/refunds", Trick::edit(empty));
    let report = reconcile(&house).await;
    assert!(report.is_clean(), "{report:?}");
    house.stripe_wire.next("GET", "/v1/refunds", Trick::edit(empty));
    let missing = r#"{"error":{"type":"invalid_request_error","code":"resource_missing"}}"#;
    house.stripe_wire.next("GET", "/v1/refunds", Trick::Instead(404, missing.to_owned()));
    let report = reconcile(&house).await;
    assert_eq!(kinds(&report), [(DifferenceKind::Gone, refund.as_str())]);
    assert!(house.store().is_stopped().await.unwrap());
    house.close().await;
}

#[tokio::test]
async fn a_refund_whose_metadata_somebody_changed_stops_money() {
    for (key, kind) in [
        ("log_hash", DifferenceKind::Entry),
        ("log_seq", DifferenceKind::Entry),
        ("decision", DifferenceKind::Unknown),
    ] {
        let (house, _, _, refund) = refunded().await;
        house.clock.advance_ms(1_000);
        let change = move |said: &mut Value| said["data"][0]["metadata"][key] = json!("00");
        house.stripe_wire.next("GET", "/v1/refunds", Trick::edit(change));
        let report = reconcile(&house).await;
        assert_eq!(kinds(&report), [(kind, refund.as_str())], "{key}");
        house.close().await;
    }
}

/// The webhook that tells of a refund that the bank sent back was lost.
#[tokio::test]
async fn a_refund_that_failed_without_a_webhook_is_noticed() {
    let (house, _, conversation, refund) = refunded().await;
    house.stripe.refund_later_fails(&refund);
    drop(house.waiting());
    house.clock.advance_ms(1_000);
    let report = reconcile(&house).await;
    assert!(report.is_clean() && report.woken == 1, "{report:?}");
    house.settle().await;
    assert_eq!(house.state(&conversation).await, "reversed");
    assert!(house.is_with_team(&conversation));
    let report = reconcile(&house).await;
    assert!(report.is_clean() && report.woken == 0, "{report:?}");
    house.close().await;
}

#[tokio::test]
async fn one_node_at_a_time_compares() {
    let house = House::new().await;
    let (first, now) = (Timestamp::UNIX_EPOCH, house.ago(0));
    let until = now + SignedDuration::from_mins(50);
    let claim = |now| house.store().claim(Watermark::Stripe, first, now, until);
    assert!(claim(now).await.unwrap().is_some());
    assert!(claim(now).await.unwrap().is_none());
    assert!(claim(until).await.unwrap().is_some());
    assert_eq!(house.store().watermark(Watermark::Stripe).await.unwrap(), None);
    house.close().await;
}

/// How many refunds the big comparison holds.
const MANY: usize = 5_000;

/// How many of them are written at once.
const AT_ONCE: usize = 50;

/// Makes a confirmed refund without an engine: intent, mark, Stripe, confirmation.
async fn make_one(house: &Arc<House>, number: usize) {
    let workspace: WorkspaceId = house.intake.workspace.clone();
    let conversation: ConversationId = format!("8{number}").parse().unwrap();
    let customer = format!("cus_{number}");
    let charge = house.pay(&customer, &customer, 4_900, 30).parse().unwrap();
    let now = house.ago(0);
    let wakes = Wakes::Conversation {
        workspace: workspace.clone(),
        conversation: conversation.clone(),
        due: now,
        changed: None,
    };
    let (id, topic) = (format!("many_{number}").parse().unwrap(), "x".to_owned());
    let arrival = Arrival { source: Source::Intercom, id, topic, at: now, wakes };
    house.store().take_in(arrival).await.unwrap();
    // Any case that is due will do: each is made once.
    let lease = house.store().lease_due(now, now + LEASE, 1).await.unwrap().remove(0);
    let key = DecisionKey {
        workspace: &workspace,
        charge: &charge,
        conversation: &lease.conversation,
        ordinal: 0,
    };
    let (decision, idempotency) = (key.decision().unwrap(), key.idempotency().unwrap());
    let refund =
        Refund { charge: charge.clone(), amount: usd(4_900), reason: Reason::DuplicateCharge };
    let placed = Arc::new(Mutex::new(None));
    let (place, named) = (Arc::clone(&placed), decision.clone());
    let draft = |kind| Draft { at: now, case: Some(lease.case.clone()), kind, body: json!({}) };
    let intent = NewIntent {
        decision: decision.clone(),
        key: idempotency,
        charge: charge.clone(),
        customer: customer.parse().unwrap(),
        read_after: 0,
        amount: usd(4_900),
        entry: draft(Kind::Intent),
        reservations: Vec::new(),
        freeze: Box::new(move |seq, hash| {
            *place.lock().unwrap() = Some((seq.to_string(), hash.to_string()));
            refunds::request_body(&refund, &[(refunds::DECISION, named.as_str())])
        }),
    };
    let commit = |transition| house.store().commit(&lease, transition);
    commit(Transition { intent: Some(intent), ..Transition::default() }).await.unwrap();
    let mark = Mark { decision: decision.clone(), at: now, earliest: now, latest: now };
    commit(Transition { mark: Some(mark), ..Transition::default() }).await.unwrap();
    let (seq, hash) = placed.lock().unwrap().clone().unwrap();
    let metadata = [
        ("decision", decision.as_str()),
        ("case", lease.case.as_str()),
        ("log_seq", seq.as_str()),
        ("log_hash", hash.as_str()),
    ];
    let made = house.stripe.refund_with(charge.as_str(), 4_900, &metadata).unwrap();
    let to = Settled::Confirmed { refund: made.parse().unwrap(), status: "succeeded".to_owned() };
    let settle = Some(IntentMove { decision, to, entry: draft(Kind::Outcome) });
    let release = Some(Release { at: now, due: None, failures: 0 });
    let case = CaseChange { release, ..CaseChange::default() };
    commit(Transition { settle, case, ..Transition::default() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_refunds_are_compared_in_pages() {
    let house = Arc::new(House::new().await);
    let mut making = JoinSet::new();
    for number in 0..MANY {
        let house = Arc::clone(&house);
        making.spawn(async move { make_one(&house, number).await });
        if making.len() >= AT_ONCE {
            making.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(made) = making.join_next().await {
        made.unwrap();
    }
    drop(house.waiting());
    house.clock.advance_ms(1_000);
    let before = house.stripe.requests("GET /v1/refunds");
    let begun = tokio::time::Instant::now();
    let report = reconcile(&house).await;
    println!("{MANY} refunds were compared in {:?}", begun.elapsed());
    assert!(report.is_clean(), "{:?}", report.differences.first());
    let many = u64::try_from(MANY).unwrap();
    assert_eq!((report.listed, report.ours, report.confirmed), (many, many, many));
    assert_eq!(house.stripe.requests("GET /v1/refunds") - before, many.div_ceil(100));
    Arc::try_unwrap(house).ok().unwrap().close().await;
}
