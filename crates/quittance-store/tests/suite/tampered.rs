//! Entries of the log that somebody changed.

use super::*;

/// A log of two entries.
async fn logged() -> (World, Lease) {
    let world = World::new().await;
    world.arrive("n1", 1).await;
    let lease = world.lease().await.unwrap();
    let entries =
        vec![world.draft(&lease.case, Kind::Facts), world.draft(&lease.case, Kind::Verdict)];
    world.store.commit(&lease, Transition { entries, ..Transition::default() }).await.unwrap();
    (world, lease)
}

/// A log of four entries, whose guards somebody took away.
async fn unguarded() -> World {
    let (world, lease) = logged().await;
    world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
    world.mark(&lease, world.now).await.unwrap();
    let drop = match engine() {
        Engine::Sqlite => "drop trigger log_no_update; drop trigger log_no_delete",
        Engine::Postgres => "drop trigger log_no_update on log; drop trigger log_no_delete on log",
    };
    world.meddle(drop).await.unwrap();
    world
}

#[tokio::test]
async fn a_changed_byte_in_any_column_of_any_entry_is_found() {
    on_both(async || {
        for sql in [
            "update log set body = replace(body, 'facts', 'factz') where seq = 1",
            "update log set body = replace(body, ':', ' :') where seq = 2",
            "update log set at = at + 1 where seq = 2",
            "update log set case_id = 'w1:2' where seq = 3",
            "update log set kind = 'ruling' where seq = 1",
            "update log set previous = upper(previous) where seq = 2",
            "update log set hash = replace(hash, substr(hash, 1, 1), 'f') where seq = 3 and substr(hash, 1, 1) <> 'f'",
            "delete from log where seq = 4",
        ] {
            let world = unguarded().await;
            if world.meddle(sql).await.unwrap() == 0 {
                continue; // The hash began with the digit that would have been written.
            }
            let verified = world.store.log_verify(|_, _| {}).await;
            assert!(matches!(verified, Err(Error::Log(_))), "{sql}: {verified:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_entry_can_be_verified_alone() {
    on_both(async || {
        let (world, _) = logged().await;
        for seq in 1..=2 {
            assert_eq!(world.store.log_verified(seq).await.unwrap().entry().seq, seq);
        }
        let missing = world.store.log_verified(3).await;
        assert!(matches!(missing, Err(Error::Log(Broken::Gap { expected: 3, .. }))), "{missing:?}");
    })
    .await;
}
