//! Cut off from the server: around each `COMMIT`, and when the server itself is struck.

use std::time::Duration;

use super::cluster::{Cluster, Seat, To, database, server};
use super::proxy::{Moment, Plan, Proxy};
use super::server::Server;
use crate::support::PATIENCE;

/// What the transactions that matter say to the database, from the webhook to the end.
const STATEMENTS: [&str; 8] = [
    "insert into inbox",
    "update cases set lease_until = $1, holder",
    "insert into intent",
    "update intent set state = 'marked'",
    "update intent set state = $1, refund_id",
    "insert into effect",
    "update effect set state = 'marked'",
    "update effect set state = 'done'",
];

/// How many conversations begin at once, and how many times at most until all was cut.
const AT_ONCE: usize = 3;
const ROUNDS: usize = 10;

/// How long it may take until everything has ended. What could not be given back while the server was away is a
/// node's for the rest of its lease, which is four minutes.
const LEASES_OVER: Duration = Duration::from_mins(7);

/// How many times the server is struck.
const STRIKES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_around_every_commit_cost_nobody_anything() {
    let Some(server) = server() else { return };
    let place = database(&server).await;
    let proxy = Proxy::before(&place.url()).await;
    let seats = vec![Seat::on(Some(proxy.through(&place.url()))); 2];
    let mut cluster = Cluster::prepare(&seats, To::One).await;
    cluster.start(0).await;
    cluster.start(1).await;
    let plans: Vec<Plan> = STATEMENTS
        .into_iter()
        .flat_map(|statement| Moment::CUTS.map(|moment| (statement, moment)))
        .collect();
    // A case that fails often waits long, so each has to bear few cuts.
    for two in plans.chunks(2) {
        proxy.plan(two.iter().copied());
        for _ in 0..ROUNDS {
            let new = cluster.begin(AT_ONCE);
            cluster.until_over(&new, PATIENCE).await;
            if proxy.left().is_empty() {
                break;
            }
        }
        assert_eq!(proxy.left(), [], "not everything was cut\n{}", cluster.logs());
    }
    println!(
        "{} conversations, {} cuts",
        cluster.told.len(),
        STATEMENTS.len() * Moment::CUTS.len()
    );
    cluster.check_all();
    cluster.close().await;
    place.discard().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_struck_under_load_costs_nobody_anything() {
    if server().is_none() {
        return;
    }
    let mut server = Server::start().await;
    let place = database(&server.url).await;
    let mut cluster = Cluster::pair(&place, To::One).await;
    cluster.slow_down();
    let mut all = Vec::new();
    for _ in 0..STRIKES {
        // More than the nodes have in hand at once, so that something is left to be struck.
        let new = cluster.begin(80);
        let is_so = |cluster: &Cluster| cluster.over(&new) > 2;
        cluster.until("some ends", PATIENCE, is_so).await;
        assert!(cluster.over(&new) < new.len(), "there was nothing left to be struck");
        server.strike().await;
        all.extend(new);
    }
    cluster.until_over(&all, LEASES_OVER).await;
    // And everything is as before.
    let new = cluster.begin(3);
    cluster.until_over(&new, PATIENCE).await;
    cluster.check_all();
    cluster.close().await;
}
