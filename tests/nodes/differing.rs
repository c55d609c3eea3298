//! Nodes of different minds, and one stop for all.

use std::time::Duration;

use quittance_eval::Setup;
use reqwest::StatusCode;
use serde_json::json;
use tokio::time::Instant;

use super::cluster::{Cluster, Seat, To, database, policy, server};
use crate::support::PATIENCE;

/// Opens the admin API.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// How long it is watched that no money moves.
const WATCHED: Duration = Duration::from_secs(4);

/// How long what was held back may take: it is tried again every thirty seconds.
const HELD: Duration = Duration::from_secs(75);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nodes_differ_in_their_policy_no_money_moves() {
    let Some(server) = server() else { return };
    let place = database(&server).await;
    let mut other = Seat::on(Some(place.url()));
    other.policy = policy().replace("120 days", "90 days");
    let seats = [Seat::on(Some(place.url())), other];
    let mut cluster = Cluster::prepare(&seats, To::One).await;
    cluster.start(0).await;
    let first = cluster.begin(2);
    cluster.until_over(&first, PATIENCE).await;
    assert_eq!(cluster.asked(), 2);

    cluster.start(1).await;
    let held = cluster.begin(6);
    tokio::time::sleep(WATCHED).await;
    assert_eq!(cluster.asked(), 2, "money moved while nodes differed\n{}", cluster.logs());
    assert_eq!(cluster.over(&held), 0, "{}", cluster.logs());

    cluster.programs[1].stop().await.unwrap();
    let new = cluster.begin(2);
    cluster.until_over(&new, PATIENCE).await;
    assert_eq!(cluster.asked(), 4, "money does not move with one policy\n{}", cluster.logs());
    cluster.until_over(&held, HELD).await;
    cluster.check_all();
    cluster.close().await;
    place.discard().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_at_one_node_stops_the_other_within_a_second() {
    let Some(server) = server() else { return };
    let place = database(&server).await;
    let secrets = tempfile::tempdir().unwrap();
    let token = secrets.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    // Most of the work is done by the one that is not asked to stop.
    let seats = [1, 8].map(|cases_at_once| {
        let mut seat = Seat::on(Some(place.url()));
        seat.setup = Setup { cases_at_once, ..seat.setup };
        seat.server = format!("admin_token_file = {token:?}\n");
        seat
    });
    let mut cluster = Cluster::prepare(&seats, To::One).await;
    cluster.start(0).await;
    cluster.start(1).await;
    cluster.slow_down();
    let all = cluster.begin(150);
    cluster.until("refunds", PATIENCE, |cluster| cluster.asked() >= 15).await;

    let begin = Instant::now();
    switch(&cluster, 0, "stop").await;
    let took = begin.elapsed();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = cluster.asked();
    tokio::time::sleep(WATCHED).await;
    assert_eq!(cluster.asked(), asked, "money moved after the stop\n{}", cluster.logs());
    assert!(asked < 150, "there was nothing left to be stopped");
    println!("{asked} refunds were sent before the stop, which took {took:.0?}");

    switch(&cluster, 1, "resume").await;
    let new = cluster.begin(3);
    cluster.until_over(&new, PATIENCE).await;
    assert!(cluster.asked() >= asked + 3, "money does not move again\n{}", cluster.logs());
    cluster.until_over(&all, HELD).await;
    cluster.check();
    cluster.close().await;
    place.discard().await.unwrap();
}

/// Asks one node to stop or resume.
async fn switch(cluster: &Cluster, number: usize, what: &str) {
    let url = format!("{}/{what}", cluster.programs[number].url);
    let body = json!({"why": "a drill", "by": "ann"});
    let answer = cluster.http.post(url).bearer_auth(TOKEN).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}
