//! Refunds of which nobody knows: the window of their sends, a person's hold on their case, and when they may
//! be called failed.

use quittance_store::intents::RESEND_WINDOW_MS;

use super::*;

/// A case whose refund is parked, last sent at `world.now`.
async fn parked() -> (World, Lease) {
    let world = World::new().await;
    world.arrive("n1", 1).await;
    let lease = world.lease().await.unwrap();
    world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
    world.mark(&lease, world.now).await.unwrap();
    world.settle(&lease, Settled::Unknown).await.unwrap();
    world.settle(&lease, Settled::Parked { why: "nobody knows".to_owned() }).await.unwrap();
    (world, lease)
}

fn failed(earliest: Timestamp) -> Settled {
    Settled::Failed { why: "it is not listed".to_owned(), earliest }
}

#[tokio::test]
async fn what_may_still_be_carried_out_is_not_called_failed() {
    on_both(async || {
        let (world, lease) = parked().await;
        for early in [-1, 0, 599_999] {
            let refused = world.settle(&lease, failed(world.after(early))).await;
            assert!(matches!(refused, Err(Error::TooEarly { .. })), "{early}: {refused:?}");
            assert_eq!(world.state(&lease).await, IntentState::Parked);
            assert_eq!(world.budget().await, (0, 100));
        }
        world.settle(&lease, failed(world.after(600_000))).await.unwrap();
        assert_eq!(world.state(&lease).await, IntentState::Failed);
        assert_eq!(world.budget().await, (0, 0), "what was reserved is given back");
        // Whoever asks again makes a new decision on the same charge.
        let intent = Some(world.intent(&lease, "ch_1", 1, 100, 1_000));
        world.store.commit(&lease, Transition { intent, ..Transition::default() }).await.unwrap();
        assert_eq!(world.budget().await, (0, 100));
    })
    .await;
}

#[tokio::test]
async fn a_send_is_dated_early_and_its_last_one_late() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
        let sends = async |earliest, latest| {
            let intent = world.store.intents_of(&lease.case).await.unwrap().remove(0);
            let decision = intent.decision.clone();
            let (earliest, latest) = (world.after(earliest), world.after(latest));
            let mark = Mark { decision, at: world.now, earliest, latest };
            let expected = mark.on(&intent);
            let transition = Transition { mark: Some(mark), ..Transition::default() };
            world.store.commit(&lease, transition).await?;
            let now = world.store.intents_of(&lease.case).await.unwrap().remove(0);
            let dated = |intent: &Intent| {
                (intent.state, intent.attempt, intent.first_send, intent.last_send)
            };
            assert_eq!(dated(&now), dated(&expected));
            Ok::<_, Error>(now)
        };
        let first = sends(-5_000, 3_000).await.unwrap();
        assert_eq!(first.first_send, Some(world.after(-5_000)));
        assert_eq!(first.last_send, Some(world.after(3_000)));
        // A clock that was set back brings the last send no nearer.
        let second = sends(-5_000, 0).await.unwrap();
        assert_eq!(second.last_send, Some(world.after(3_000)));
        for outside in [-5_001, RESEND_WINDOW_MS - 5_000] {
            let refused = sends(-5_000, outside).await;
            assert!(matches!(refused, Err(Error::SendsUsedUp { .. })), "{outside}: {refused:?}");
        }
        sends(-5_000, RESEND_WINDOW_MS - 5_001).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_person_holds_a_case_that_nobody_works_on() {
    on_both(async || {
        let (world, worker) = parked().await;
        let hold = async |from| {
            let (now, until) = (world.after(from), world.after(from + 120_000));
            world.store.lease_case("Ana", &worker.case, now, until).await.unwrap()
        };
        assert!(hold(0).await.is_none(), "a worker has it");
        let due = Some(world.after(7_000_000));
        world.store.commit(&worker, rest(world.now, due, true)).await.unwrap();
        let (held, was_due) = hold(1).await.unwrap();
        assert_eq!((held.holder.as_str(), was_due), ("Ana", due));
        assert!(hold(2).await.is_none(), "Ana has it");
        let stale = world.settle(&worker, failed(world.after(600_000))).await;
        assert!(matches!(stale, Err(Error::Fenced { .. })), "{stale:?}");
        world.store.commit(&held, rest(world.after(3), was_due, true)).await.unwrap();
        assert_eq!(world.store.next_due().await.unwrap(), due);
    })
    .await;
}

#[tokio::test]
async fn refunds_are_found_by_state_and_by_decision() {
    on_both(async || {
        let (world, lease) = parked().await;
        world.arrive("n2", 2).await;
        let other = world.lease().await.unwrap();
        world.allow(&other, "ch_2", 100, 1_000).await.unwrap();
        let store = &world.store;
        let parked = store.intents_in(IntentState::Parked, 0, 10).await.unwrap();
        assert_eq!(parked.len(), 1);
        assert_eq!(parked[0].case, lease.case);
        let after = parked[0].log_seq;
        assert!(store.intents_in(IntentState::Parked, after, 10).await.unwrap().is_empty());
        let known = store.intent_of(&parked[0].decision).await.unwrap().unwrap();
        assert_eq!((known.case, known.log_seq), (lease.case.clone(), after));
        assert!(store.intent_of(&"d1-0".parse().unwrap()).await.unwrap().is_none());
    })
    .await;
}

/// Two readers of JSON would come to two hashes.
#[tokio::test]
async fn a_number_that_json_does_not_carry_exactly_is_not_logged() {
    on_both(async || {
        let (world, lease) = parked().await;
        let head = world.store.log_head().await.unwrap();
        let mut inexact = world.draft(&lease.case, Kind::Facts);
        inexact.body = json!({"amount": 9_007_199_254_740_992_i64});
        let entries = vec![world.draft(&lease.case, Kind::Facts), inexact];
        let transition = Transition { entries, ..Transition::default() };
        let refused = world.store.commit(&lease, transition).await;
        assert!(matches!(refused, Err(Error::Log(Broken::Inexact { .. }))), "{refused:?}");
        assert_eq!(world.store.log_head().await.unwrap(), head, "nothing of it was written");
    })
    .await;
}
