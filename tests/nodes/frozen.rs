//! Frozen for so long that others take over, and then let go on.

use std::time::Duration;

use super::cluster::{Cluster, Seat, To, database, server, signal};
use super::proxy::{Moment, Proxy};
use crate::support::PATIENCE;

/// How long it takes until a node that is frozen counts as gone, and its cases are done by another.
const TAKEN_OVER: Duration = Duration::from_secs(75);

/// How long nodes that go on have for whatever they still want to do.
const AFTERWARDS: Duration = Duration::from_secs(4);

/// One node stands still between the mark of a refund and its first byte, one between the mark of an answer and its
/// first byte, and one while refunds and answers are on their way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_stood_still_for_longer_than_their_leases_send_nothing_of_what_others_took_over()
{
    let Some(server) = server() else { return };
    let place = database(&server).await;
    let (refunds, answers) = (Proxy::before(&place.url()).await, Proxy::before(&place.url()).await);
    let ways =
        [refunds.through(&place.url()), answers.through(&place.url()), place.url(), place.url()];
    let mut cluster = Cluster::prepare(&ways.map(|way| Seat::on(Some(way))), To::One).await;
    for frozen in 0..3 {
        cluster.start(frozen).await;
    }
    cluster.slow_down();
    refunds.plan([("update intent set state = 'marked'", Moment::Hold)]);
    answers.plan([("update effect set state = 'marked'", Moment::Hold)]);
    let mut all = cluster.begin(18);
    while !(refunds.is_holding() && answers.is_holding()) {
        // Whoever has not begun yet gets something to do.
        all.extend(cluster.begin(2));
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(all.len() < 200, "nothing was held\n{}", cluster.logs());
    }
    all.extend(cluster.begin(6));
    let (asked, over) = (cluster.asked(), cluster.over(&all));
    let is_busy = |cluster: &Cluster| cluster.asked() > asked + 1 || cluster.over(&all) > over + 1;
    cluster.until("refunds on their way", PATIENCE, is_busy).await;
    for frozen in 0..3 {
        signal(&cluster.programs[frozen], "STOP");
    }
    refunds.let_go();
    answers.let_go();
    let under_way = all.len() - cluster.over(&all);
    assert!(under_way > 2, "nothing was under way");
    cluster.start(3).await;
    cluster.until_over(&all, TAKEN_OVER).await;

    let asked = cluster.asked();
    for frozen in 0..3 {
        signal(&cluster.programs[frozen], "CONT");
    }
    tokio::time::sleep(AFTERWARDS).await;
    assert_eq!(
        cluster.asked(),
        asked,
        "a node sent what another had taken over\n{}",
        cluster.logs()
    );
    println!("{under_way} of {} conversations were taken over", all.len());
    // All of them work again.
    let new = cluster.begin(8);
    cluster.until_over(&new, PATIENCE).await;
    cluster.check_all();
    cluster.close().await;
    place.discard().await.unwrap();
}
