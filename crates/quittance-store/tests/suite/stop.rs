//! The stop switch: what it holds back, what it says, and what happens when it cannot be read.

use quittance_store::stop::StopChange;

use super::*;

fn change(world: &World, why: &str, by: &str) -> StopChange {
    StopChange { why: why.to_owned(), by: by.to_owned(), at: world.now }
}

#[tokio::test]
async fn while_money_is_stopped_nothing_is_allowed_or_marked() {
    on_both(async || {
        let world = World::new().await;
        assert!(!world.store.is_stopped().await.unwrap());
        world.arrive("n1", 1).await;
        let first = world.lease().await.unwrap();
        world.allow(&first, "ch_1", 100, 10_000).await.unwrap();
        assert!(world.store.stop(change(&world, "a drill", "ann")).await.unwrap());
        world.arrive("n2", 2).await;
        let second = world.lease().await.unwrap();
        let allowed = world.allow(&second, "ch_2", 100, 10_000).await;
        assert!(
            matches!(allowed, Err(Error::Stopped { ref why }) if why == "a drill"),
            "{allowed:?}"
        );
        let marked = world.mark(&first, world.now).await;
        assert!(matches!(marked, Err(Error::Stopped { .. })), "{marked:?}");
        assert_eq!(world.state(&first).await, IntentState::Intent);
        assert!(world.store.resume(change(&world, "it was a drill", "ann")).await.unwrap());
        world.mark(&first, world.now).await.unwrap();
        world.allow(&second, "ch_2", 100, 10_000).await.unwrap();
    })
    .await;
}

/// What was sent before may still be found out: only sending stops.
#[tokio::test]
async fn what_was_sent_before_the_stop_is_settled_during_it() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 10_000).await.unwrap();
        world.mark(&lease, world.now).await.unwrap();
        world.store.stop(change(&world, "a drill", "ann")).await.unwrap();
        let status = "succeeded".to_owned();
        let refund = "re_1".parse().unwrap();
        world.settle(&lease, Settled::Confirmed { refund, status }).await.unwrap();
        assert_eq!(world.state(&lease).await, IntentState::Confirmed);
    })
    .await;
}

#[tokio::test]
async fn every_change_of_the_switch_is_in_the_log_and_every_reason_in_the_switch() {
    on_both(async || {
        let world = World::new().await;
        let store = &world.store;
        assert!(!store.resume(change(&world, "nothing to do", "ann")).await.unwrap());
        assert!(store.stop(change(&world, "a drill", "ann")).await.unwrap());
        assert!(!store.stop(change(&world, "a drill", "bob")).await.unwrap());
        assert!(store.stop(change(&world, "a\ndifference ", "quittance")).await.unwrap());
        let stop = store.stop_state().await.unwrap();
        assert_eq!((stop.is_stopped, stop.by.as_str()), (true, "ann"));
        assert_eq!(stop.why, "a drill; a difference");
        assert!(store.resume(change(&world, "done", "bob")).await.unwrap());
        let stop = store.stop_state().await.unwrap();
        assert_eq!((stop.is_stopped, stop.why.as_str(), stop.by.as_str()), (false, "done", "bob"));
        let log = store.log_after(0).await.unwrap();
        let said: Vec<_> =
            log.iter().map(|entry| (entry.draft.kind, entry.draft.body.clone())).collect();
        let entry = |stopped: bool, why: &str, by: &str| {
            (Kind::Stop, json!({"stopped": stopped, "why": why, "by": by}))
        };
        let expected = vec![
            entry(true, "a drill", "ann"),
            entry(true, "a difference", "quittance"),
            entry(false, "done", "bob"),
        ];
        assert_eq!(said, expected);
        store.log_verify(|_, _| {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_resume_makes_the_waiting_cases_due_at_once() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 10_000).await.unwrap();
        world.store.stop(change(&world, "a drill", "ann")).await.unwrap();
        // The resume comes while the case is held: whoever holds it looks again, whatever it meant to do.
        world.store.resume(change(&world, "done", "ann")).await.unwrap();
        let release = Some(Release { at: world.now, due: Some(world.after(30_000)), failures: 0 });
        let case = CaseChange { release, ..CaseChange::default() };
        world.store.commit(&lease, Transition { case, ..Transition::default() }).await.unwrap();
        assert_eq!(world.store.next_due().await.unwrap(), Some(world.now));
    })
    .await;
}

/// A switch that is gone or cannot be read is a thrown one.
#[tokio::test]
async fn a_switch_that_cannot_be_read_lets_nothing_through() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 10_000).await.unwrap();
        for sql in ["delete from stop", "drop table stop"] {
            let _ = world.meddle(sql).await;
            assert!(world.store.is_stopped().await.is_err(), "{sql}");
            assert!(world.mark(&lease, world.now).await.is_err(), "{sql}");
            assert_eq!(world.state(&lease).await, IntentState::Intent, "{sql}");
        }
    })
    .await;
}
