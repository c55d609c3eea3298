//! Killed without warning, at any moment, on PostgreSQL.

use std::time::Duration;

use tokio::time::Instant;

use super::cluster::{Cluster, To, database, server};
use crate::crash::the_crash_bench_is_clean;
use crate::support::PATIENCE;
use crate::support::dice::Dice;

/// How many times a node is killed.
const KILLS: u32 = 24;

/// How many conversations begin before each kill.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_killed_at_random_moments_neither_refund_nor_answer_twice() {
    let Some(server) = server() else { return };
    let mut dice = Dice::from_environment();
    let place = database(&server).await;
    let mut cluster = Cluster::pair(&place, To::One).await;
    cluster.slow_down();
    let mut duration = Duration::ZERO;
    let mut are_cut = 0;
    for kill in 0..KILLS {
        if kill % 6 == 0 {
            let (begin, new) = (Instant::now(), cluster.begin(AT_ONCE));
            cluster.until_over(&new, PATIENCE).await;
            duration = begin.elapsed();
        }
        let new = cluster.begin(AT_ONCE);
        tokio::time::sleep(dice.moment(duration, kill % 6, 6)).await;
        // Now one, now the other, now both.
        let hit: &[usize] = [&[0][..], &[1], &[0, 1]][usize::try_from(kill % 3).unwrap()];
        for &number in hit {
            cluster.programs[number].kill().await.unwrap();
        }
        are_cut += AT_ONCE - cluster.over(&new);
        for &number in hit {
            cluster.start(number).await;
        }
        // What the one had in hand is taken up at its start; nobody waits for a lease.
        cluster.until_over(&new, PATIENCE).await;
    }
    println!(
        "one round takes {duration:.0?}; {are_cut} conversations were under way at {KILLS} kills"
    );
    assert!(are_cut >= AT_ONCE, "the kills hit nothing");
    cluster.check_all();
    cluster.close().await;
    place.discard().await.unwrap();
}

#[tokio::test]
async fn the_crash_bench_finds_nobody_refunded_or_answered_twice_on_a_server() {
    let Some(server) = server() else { return };
    the_crash_bench_is_clean(&["--kills", "4", "--database", &server]).await;
}
