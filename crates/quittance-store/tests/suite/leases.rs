//! A case has one worker at a time.

use super::*;

#[tokio::test]
async fn a_case_is_leased_once_and_what_happens_meanwhile_is_not_lost() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        assert!(world.lease().await.is_none());
        world.arrive("n2", 1).await;
        world.store.commit(&lease, rest(world.now, None, true)).await.unwrap();
        let again = world.lease().await.expect("the second message makes it due");
        assert_eq!(again.fence, lease.fence + 1);
        world.store.commit(&again, rest(world.now, None, true)).await.unwrap();
        assert!(world.lease().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn two_hundred_cases_are_leased_by_eight_workers_each_exactly_once() {
    on_both(async || {
        let world = World::new().await;
        for number in 0..200 {
            world.arrive(&format!("n{number}"), number).await;
        }
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (store, now, until) = (world.store.clone(), world.now, world.after(60_000));
            workers.spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let leases = store.lease_due(now, until, 7).await.unwrap();
                    if leases.is_empty() {
                        return taken;
                    }
                    taken.extend(leases.into_iter().map(|lease| lease.case.to_string()));
                }
            });
        }
        let mut taken = workers.join_all().await.concat();
        taken.sort();
        let count = taken.len();
        taken.dedup();
        assert_eq!((count, taken.len()), (200, 200));
    })
    .await;
}

#[tokio::test]
async fn a_worker_whose_lease_ran_out_changes_nothing() {
    on_both(async || {
        let mut world = World::new().await;
        world.arrive("n1", 1).await;
        let stale = world.lease().await.unwrap();
        world.now = world.after(120_000);
        let fresh = world.lease().await.unwrap();
        let error = world.allow(&stale, "ch_1", 100, 1_000).await.unwrap_err();
        assert!(matches!(error, Error::Fenced { .. }), "{error}");
        assert_eq!(world.store.log_head().await.unwrap().0, 0);
        world.allow(&fresh, "ch_1", 100, 1_000).await.unwrap();
        assert!(matches!(world.mark(&stale, world.now).await, Err(Error::Fenced { .. })));
    })
    .await;
}

#[tokio::test]
async fn leases_of_a_process_that_is_gone_are_ended_and_their_failures_counted() {
    on_both(async || {
        let world = World::new().await;
        world.arrive("n1", 1).await;
        let lost = world.lease().await.unwrap();
        assert_eq!(world.store.end_leases().await.unwrap(), 1);
        let again = world.lease().await.unwrap();
        assert_eq!((lost.failures, again.failures), (0, 1));
        assert!(matches!(
            world.store.commit(&lost, rest(world.now, None, true)).await,
            Err(Error::Fenced { .. })
        ));
    })
    .await;
}
