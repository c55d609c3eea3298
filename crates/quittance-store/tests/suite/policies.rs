//! Which policy is live, and who made it so.

use quittance_store::nodes::Node;
use quittance_store::policies::{Activation, People, Version};

use super::*;

fn version(name: &str) -> Version {
    Version { version: name.to_owned(), title: "Refunds".to_owned(), text: format!("# {name}") }
}

impl World {
    async fn wish(&self, name: &str, by: &str, people: People) -> Activation {
        self.store.policy_activate(version(name), by, people, self.now).await.unwrap()
    }

    async fn live(&self) -> (Option<String>, u64) {
        let state = self.store.policy_state().await.unwrap();
        (state.live.map(|live| format!("{} by {}", live.version, live.by)), state.act)
    }

    async fn told(&self) -> Vec<serde_json::Value> {
        let entries = self.store.log_after(0).await.unwrap();
        let policies = entries.into_iter().filter(|entry| entry.draft.kind == Kind::Policy);
        policies.map(|entry| entry.draft.body).collect()
    }
}

#[tokio::test]
async fn the_first_policy_is_live_and_begins_anew_without_another_entry() {
    on_both(async || {
        let world = World::new().await;
        assert_eq!(world.live().await, (None, 0));
        let begin = async |name| world.store.policy_begin(version(name), "files", world.now).await;
        assert_eq!(begin("v1").await.unwrap(), 1);
        assert_eq!(begin("v1").await.unwrap(), 1);
        assert_eq!(world.live().await, (Some("v1 by files".to_owned()), 1));
        assert_eq!(begin("v2").await.unwrap(), 2);
        assert_eq!(begin("v1").await.unwrap(), 3);
        assert_eq!(world.told().await.len(), 3);
        let listed = world.store.policy_versions().await.unwrap();
        let names: Vec<&str> = listed.iter().map(|it| it.version.as_str()).collect();
        assert_eq!(names, ["v1", "v2"]);
    })
    .await;
}

#[tokio::test]
async fn a_node_that_begins_does_not_change_the_policy_of_others() {
    on_both(async || {
        let world = World::new().await;
        let node = |id: &str, policy: &str| {
            let (id, build, policy) = (id.to_owned(), "b1".to_owned(), policy.to_owned());
            Node { id, build, policy }
        };
        world.store.node_begin(node("one", "v1"), world.now).await.unwrap();
        world.store.policy_begin(version("v1"), "one", world.now).await.unwrap();
        let other = Store::open(&world.place.url()).await.unwrap();
        other.node_begin(node("two", "v2"), world.now).await.unwrap();
        other.policy_begin(version("v2"), "two", world.now).await.unwrap();
        assert_eq!(world.live().await, (Some("v1 by one".to_owned()), 1));
        // Somebody's act counts for all, and each says when it goes by it.
        assert_eq!(world.wish("v2", "ann", People::One).await, Activation::Live);
        world.store.node_policy("v2").await.unwrap();
        let alive = world.store.nodes_alive(world.now).await.unwrap();
        assert!(alive.iter().all(|node| node.policy == "v2"), "{alive:?}");
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn where_people_say_what_is_live_a_start_changes_nothing() {
    on_both(async || {
        let world = World::new().await;
        let first = async |name| world.store.policy_first(version(name), "files", world.now).await;
        assert_eq!(first("v1").await.unwrap(), 1);
        assert_eq!(world.wish("v2", "ann", People::One).await, Activation::Live);
        // Whoever read `v1` just before begins with it.
        assert_eq!(first("v1").await.unwrap(), 2);
        assert_eq!(world.live().await, (Some("v2 by ann".to_owned()), 2));
        assert_eq!(world.told().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn where_two_must_agree_a_policy_waits_for_another_person() {
    on_both(async || {
        let world = World::new().await;
        world.store.policy_begin(version("v1"), "files", world.now).await.unwrap();
        assert_eq!(world.wish("v2", "ann", People::Two).await, Activation::Waits);
        assert_eq!(world.wish("v2", " Ann ", People::Two).await, Activation::SamePerson);
        assert_eq!(world.live().await, (Some("v1 by files".to_owned()), 1));
        // Another wish takes the place of the first.
        assert_eq!(world.wish("v3", "ben", People::Two).await, Activation::Waits);
        assert_eq!(world.wish("v2", "cleo", People::Two).await, Activation::Waits);
        assert_eq!(world.wish("v2", "ben", People::Two).await, Activation::Live);
        assert_eq!(world.live().await, (Some("v2 by ben".to_owned()), 2));
        assert_eq!(world.store.policy_state().await.unwrap().proposed, None);
        assert_eq!(world.wish("v2", "ann", People::Two).await, Activation::WasLive);
        let last = world.told().await.pop().unwrap();
        assert_eq!((&last["by"], &last["proposed_by"]), (&"ben".into(), &"cleo".into()));
        assert_eq!(world.told().await.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_withdrawn_by_wanting_what_is_live() {
    on_both(async || {
        let world = World::new().await;
        world.store.policy_begin(version("v1"), "files", world.now).await.unwrap();
        assert_eq!(world.wish("v2", "ann", People::Two).await, Activation::Waits);
        assert_eq!(world.wish("v1", "ben", People::Two).await, Activation::WasLive);
        let state = world.store.policy_state().await.unwrap();
        assert_eq!(state.proposed, None);
        assert_eq!(world.live().await, (Some("v1 by files".to_owned()), 1));
        let last = world.told().await.pop().unwrap();
        assert_eq!((&last["withdrawn"], &last["by"]), (&"v2".into(), &"ben".into()));
        // Whoever wants it again is the first again, and nothing to withdraw is nothing to tell.
        assert_eq!(world.wish("v2", "cleo", People::Two).await, Activation::Waits);
        assert_eq!(world.wish("v1", "cleo", People::Two).await, Activation::WasLive);
        assert_eq!(world.wish("v1", "cleo", People::Two).await, Activation::WasLive);
        assert_eq!(world.told().await.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_one_short_line() {
    on_both(async || {
        let world = World::new().await;
        let name = format!("ann\n{}", "x".repeat(200));
        assert_eq!(world.wish("v1", &name, People::One).await, Activation::Live);
        let (live, _) = world.live().await;
        let kept = live.unwrap();
        assert!(kept.starts_with("v1 by ann x") && kept.chars().count() == 86, "{kept}");
    })
    .await;
}
