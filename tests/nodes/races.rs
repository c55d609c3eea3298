//! Two nodes, and one charge.

use super::cluster::{Cluster, To, Told, database, server};
use crate::support::PATIENCE;
use crate::support::customers::{CHARGED_TWICE, refunds_of};
use crate::support::talks::answers;

/// How many customers ask for the same money twice.
const CUSTOMERS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_conversations_about_one_charge_on_two_nodes_get_one_refund() {
    let Some(server) = server() else { return };
    let place = database(&server).await;
    // Every webhook comes to both nodes.
    let mut cluster = Cluster::pair(&place, To::All).await;
    cluster.slow_down();
    let mut all = Vec::new();
    for _ in 0..CUSTOMERS {
        let customer = cluster.customer();
        for _ in 0..2 {
            let conversation =
                cluster.stand_ins.intercom.say_anew(&customer.contact, CHARGED_TWICE).unwrap();
            all.push(conversation.clone());
            cluster.told.push(Told { customer: customer.clone(), conversation });
        }
    }
    // Whoever asks after the first refund is there is refused, and a refusal leaves the conversation open.
    let is_so = |cluster: &Cluster| {
        all.iter().all(|conversation| !answers(&cluster.stand_ins, conversation).is_empty())
    };
    cluster.until("an answer to everybody", PATIENCE, is_so).await;
    for pair in cluster.told.chunks(2) {
        let refunds = refunds_of(&cluster.stand_ins, &pair[0].customer);
        assert_eq!(refunds.len(), 1, "{refunds:#?}\n{}", cluster.logs());
        let said: Vec<Vec<String>> =
            pair.iter().map(|told| answers(&cluster.stand_ins, &told.conversation)).collect();
        assert!(said.iter().all(|said| said.len() == 1), "{said:#?}\n{}", cluster.logs());
        let promised = said.iter().filter(|said| said[0].contains("Your refund of")).count();
        assert_eq!(promised, 1, "{said:#?}");
    }
    assert_eq!(cluster.stand_ins.stripe.refunds().len(), CUSTOMERS);
    cluster.close().await;
    place.discard().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_that_come_to_both_nodes_count_once() {
    let Some(server) = server() else { return };
    let place = database(&server).await;
    let mut cluster = Cluster::pair(&place, To::All).await;
    let all = cluster.begin(20);
    cluster.until_over(&all, PATIENCE).await;
    cluster.check_all();
    assert_eq!(cluster.asked(), 20, "every refund is asked for once");
    cluster.close().await;
    place.discard().await.unwrap();
}
