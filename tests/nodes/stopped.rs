//! A node that is asked to end.

use std::time::Duration;

use tokio::time::Instant;

use super::cluster::{Cluster, To, database, server};
use crate::support::PATIENCE;

/// How long the other node may take: far less than a lease, or than it takes until a node counts as gone.
const FEW_SECONDS: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_asked_to_end_hands_its_cases_over_at_once() {
    let Some(server) = server() else { return };
    let place = database(&server).await;
    let mut cluster = Cluster::pair(&place, To::One).await;
    cluster.slow_down();
    for round in 0..3 {
        let ends = round % 2;
        let all = cluster.begin(24);
        let until = 2 + 6 * round;
        let is_so = |cluster: &Cluster| cluster.over(&all) >= until;
        cluster.until("the first ends", PATIENCE, is_so).await;
        let begin = Instant::now();
        let status = cluster.programs[ends].stop().await.unwrap();
        assert_eq!(status.code(), Some(0), "{}", cluster.logs());
        let took = begin.elapsed();
        let left = all.len() - cluster.over(&all);
        cluster.until_over(&all, FEW_SECONDS).await;
        println!("ended in {took:.0?}; {left} cases were left, over in {:.0?}", begin.elapsed());
        assert!(took < FEW_SECONDS);
        cluster.start(ends).await;
    }
    cluster.check_all();
    cluster.close().await;
    place.discard().await.unwrap();
}
