//! Several nodes on one database: whose a lease is, who is alive, and when money may not move.

use quittance_store::Engine;
use quittance_store::nodes::Node;

use super::place::engine;
use super::*;

fn node(id: &str, build: &str, policy: &str) -> Node {
    Node { id: id.to_owned(), build: build.to_owned(), policy: policy.to_owned() }
}

impl World {
    /// Another process on the same database.
    async fn beside(&self) -> Store {
        Store::open(&self.place.url()).await.unwrap()
    }
}

/// Two nodes of the same kind that have begun.
async fn two_nodes() -> (World, Store) {
    let world = World::new().await;
    let other = world.beside().await;
    world.store.node_begin(node("one", "b1", "p1"), world.now).await.unwrap();
    other.node_begin(node("two", "b1", "p1"), world.now).await.unwrap();
    (world, other)
}

#[tokio::test]
async fn nodes_are_alive_while_they_are_seen() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        assert_eq!(other.node_id(), "two");
        let alive = other.nodes_alive(world.after(29_999)).await.unwrap();
        assert_eq!(alive, [node("one", "b1", "p1"), node("two", "b1", "p1")]);
        other.node_beat("two", world.after(20_000)).await.unwrap();
        let alive = other.nodes_alive(world.after(30_000)).await.unwrap();
        assert_eq!(alive, [node("two", "b1", "p1")]);
        other.node_end("two", world.after(30_000)).await.unwrap();
        assert_eq!(other.nodes_alive(world.after(30_000)).await.unwrap(), []);
        let beat = other.node_beat("two", world.now).await;
        assert!(matches!(beat, Err(Error::NodeGone { .. })), "{beat:?}");
    })
    .await;
}

#[tokio::test]
async fn a_node_that_ends_or_begins_again_gives_back_its_leases_only() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        world.arrive("n1", 1).await;
        let ours = world.lease().await.unwrap();
        world.arrive("n2", 2).await;
        let theirs =
            other.lease_due(world.now, world.after(60_000), 1).await.unwrap().pop().unwrap();
        assert_eq!((ours.holder.as_str(), theirs.holder.as_str()), ("one", "two"));
        assert_eq!(other.node_begin(node("two", "b1", "p1"), world.now).await.unwrap(), 1);
        let taken = world.lease().await.unwrap();
        assert_eq!(taken.case, theirs.case);
        assert!(world.lease().await.is_none());
        other.node_end("two", world.now).await.unwrap();
        world.store.commit(&ours, rest(world.now, None, true)).await.unwrap();
        let stale = other.commit(&theirs, rest(world.now, None, true)).await;
        assert!(matches!(stale, Err(Error::Fenced { .. })), "{stale:?}");
    })
    .await;
}

#[tokio::test]
async fn leases_of_a_node_that_it_has_not_in_hand_are_ended_and_no_others() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        world.arrive("n1", 1).await;
        let known = world.lease().await.unwrap();
        world.arrive("n2", 2).await;
        let unknown = world.lease().await.unwrap();
        world.arrive("n3", 3).await;
        let theirs = other.lease_due(world.now, world.after(60_000), 1).await.unwrap();
        let in_hand = vec![(known.case.clone(), known.fence), (unknown.case.clone(), 0)];
        assert_eq!(world.store.end_leases_but(in_hand, world.now).await.unwrap(), 1);
        let again = world.lease().await.unwrap();
        assert_eq!((&again.case, again.failures), (&unknown.case, 0));
        let late = world.store.commit(&unknown, rest(world.now, None, true)).await;
        assert!(matches!(late, Err(Error::Fenced { .. })), "{late:?}");
        world.store.commit(&known, rest(world.now, None, true)).await.unwrap();
        other.commit(&theirs[0], rest(world.now, None, true)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_node_leased_that_is_gone_is_taken_over_before_its_time() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        world.arrive("n1", 1).await;
        let lost = world.lease().await.unwrap();
        let take = async |at| {
            other.node_beat("two", at).await.unwrap();
            other
                .lease_due(at, at.saturating_add(SignedDuration::from_secs(60)).unwrap(), 1)
                .await
                .unwrap()
        };
        assert!(take(world.after(29_999)).await.is_empty());
        let taken = take(world.after(30_000)).await;
        assert_eq!((taken[0].fence, taken[0].failures), (lost.fence + 1, 1));
        let late = world.store.commit(&lost, rest(world.now, None, true)).await;
        assert!(matches!(late, Err(Error::Fenced { .. })), "{late:?}");
    })
    .await;
}

#[tokio::test]
async fn no_money_moves_while_nodes_differ_in_build_or_policy() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        world.arrive("n1", 1).await;
        let lease = world.lease().await.unwrap();
        world.allow(&lease, "ch_1", 100, 1_000).await.unwrap();
        for (build, policy) in [("b2", "p1"), ("b1", "p2")] {
            other.node_begin(node("two", build, policy), world.now).await.unwrap();
            let mixed = world.mark(&lease, world.now).await;
            assert!(matches!(mixed, Err(Error::MixedNodes { .. })), "{mixed:?}");
        }
        assert_eq!(world.state(&lease).await, IntentState::Intent);
        // The other one is gone, and so is what it differed in.
        let later = world.after(30_000);
        world.store.node_beat("one", later).await.unwrap();
        world.mark(&lease, later).await.unwrap();
        // A node that is not alive itself leaves money to those that are.
        other.node_begin(node("two", "b1", "p1"), world.after(61_000)).await.unwrap();
        let unseen = world.mark(&lease, world.after(61_000)).await;
        assert!(matches!(unseen, Err(Error::MixedNodes { .. })), "{unseen:?}");
    })
    .await;
}

#[tokio::test]
async fn a_name_lives_once_on_a_server() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        if engine() == Engine::Sqlite {
            return; // There, the file's lock does it.
        }
        let third = world.beside().await;
        let taken = third.node_begin(node("two", "b1", "p1"), world.now).await;
        assert!(matches!(taken, Err(Error::NodeRuns { .. })), "{taken:?}");
        other.close().await;
        third.node_begin(node("two", "b1", "p1"), world.now).await.unwrap();
        third.node_end("two", world.now).await.unwrap();
        let fourth = world.beside().await;
        fourth.node_begin(node("two", "b1", "p1"), world.now).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn two_nodes_racing_for_a_limit_never_break_it() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        for number in 0..60 {
            world.arrive(&format!("n{number}"), number).await;
        }
        let until = world.after(60_000);
        let (ours, theirs) = tokio::join!(
            world.store.lease_due(world.now, until, 30),
            other.lease_due(world.now, until, 30)
        );
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert_eq!((ours.len(), theirs.len()), (30, 30));
        let with = |store: &Store, leases: Vec<Lease>| {
            let store = store.clone();
            let world = &world;
            async move {
                let allow = leases.iter().enumerate().map(|(number, lease)| {
                    let charge = format!("ch_{}_{number}", lease.holder);
                    let intent = Some(world.intent(lease, &charge, 0, 25, 500));
                    store.commit(lease, Transition { intent, ..Transition::default() })
                });
                futures_util::future::join_all(allow).await
            }
        };
        let (one, two) = tokio::join!(with(&world.store, ours), with(&other, theirs));
        let allowed = one.iter().chain(&two).filter(|outcome| outcome.is_ok()).count();
        let refused = one.iter().chain(&two);
        let refused = refused.filter(|outcome| matches!(outcome, Err(Error::Limit(Limit::Day))));
        assert_eq!((allowed, refused.count()), (20, 40));
        assert_eq!(world.budget().await, (0, 500));
        assert_eq!(world.store.log_verify(|_, _| {}).await.unwrap(), 20);
    })
    .await;
}

/// Without one writer at a time, two batches that meet the same cases in another order would wait for each
/// other.
#[tokio::test]
async fn two_nodes_that_write_the_same_cases_in_another_order_never_wait_for_each_other() {
    on_both(async || {
        let (world, other) = two_nodes().await;
        let arrive = |store: &Store, id: String, conversation: u32| {
            let wakes = Wakes::Conversation {
                workspace: World::workspace(),
                conversation: World::conversation(conversation),
                due: world.now,
                changed: None,
            };
            let arrival = Arrival { id: id.parse().unwrap(), wakes, ..arrival(&world) };
            let store = store.clone();
            async move { store.take_in(arrival).await }
        };
        for round in 0..10 {
            let up =
                (1..40).map(|number| arrive(&world.store, format!("u{round}n{number}"), number));
            let down =
                (1..40).map(|number| arrive(&other, format!("d{round}n{number}"), 40 - number));
            let (up, down) = tokio::join!(
                futures_util::future::join_all(up),
                futures_util::future::join_all(down)
            );
            for receipt in up.into_iter().chain(down) {
                assert_eq!(receipt.unwrap(), Receipt::New);
            }
        }
    })
    .await;
}
