//! A policy that changes while the program serves: by its files, by one person, by two.

use std::path::Path;
use std::time::Duration;

use quittance_core::clock::Clock as _;
use quittance_eval::stand_ins::Options;
use quittance_store::Store;
use quittance_store::nodes::Node;
use quittance_store::policies::{People, Version};
use serde_json::{Value, json};

use super::{PATIENCE, Ran, run};
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice, refunds_of};
use crate::support::{House, SystemClock};

/// How long a test waits between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// A running house whose policies become live like this.
async fn house(activation: &str) -> House {
    let lines = format!("[policy]\nactivation = {activation:?}\n");
    let change = |config: String| config.replacen("[policy]\n", &lines, 1);
    let mut house = House::prepare(DUPLICATES, Options::default(), change).await;
    house.program.log_at("info");
    house.start().await;
    house
}

async fn command(house: &House, arguments: &[&str]) -> Ran {
    run(house.folder(), arguments, &[]).await
}

fn save(house: &House, policy: &str) {
    std::fs::write(house.folder().join("policy.md"), policy).unwrap();
}

/// The same policy, which gives back 40 % only.
fn meaner() -> String {
    DUPLICATES.replace("| in full           ", "| 40 % of the charge")
}

/// What a customer who was charged twice gets back, in cents.
async fn refunded(house: &House, name: &str) -> i64 {
    let customer = charged_twice(&house.stand_ins, name);
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until_answered(&conversation, 1).await;
    house.until_quiet().await;
    let refunds = refunds_of(&house.stand_ins, &customer);
    refunds.iter().map(|refund| refund["amount"].as_i64().unwrap()).sum()
}

/// Waits until the newest entry about a policy is about another one than before, and gives it.
async fn until_changed(house: &House, entries: usize) -> Value {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let log = house.log().await;
        let is_policy = |entry: &&Value| entry["entry"]["kind"] == "policy";
        let policies: Vec<&Value> = log.iter().filter(is_policy).collect();
        if policies.len() > entries {
            return policies[policies.len() - 1]["entry"]["body"].clone();
        }
        assert!(tokio::time::Instant::now() < deadline, "the policy never changed: {policies:#?}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until the program's log says something.
async fn until_said(house: &House, words: &str) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !house.program.log().contains(words) {
        assert!(tokio::time::Instant::now() < deadline, "{words} was not said");
        tokio::time::sleep(PAUSE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_saved_is_live_if_it_has_no_errors() {
    let house = house("files").await;
    assert_eq!(refunded(&house, "ada").await, 4_900);
    save(&house, &DUPLICATES.replace("| Within ", "| Whithin "));
    until_said(&house, "the policy before stays live").await;
    assert_eq!(refunded(&house, "ben").await, 4_900);
    save(&house, &meaner());
    let entry = until_changed(&house, 1).await;
    assert_eq!(entry["by"], "the files of alone");
    until_said(&house, "another policy is live from now on").await;
    assert_eq!(refunded(&house, "cleo").await, 1_960);
    let by_hand = command(&house, &["policy", "activate", "--by", "ann"]).await;
    by_hand.fails_with(2, &["a policy is live as soon as its files are saved"]);
    house.close().await;
}

/// What is said to a customer last.
async fn answered(house: &House, name: &str) -> String {
    let customer = charged_twice(&house.stand_ins, name);
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until_answered(&conversation, 1).await;
    house.until_quiet().await;
    house.answers(&conversation).join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_are_said_as_soon_as_they_are_saved_without_errors() {
    // The policy is the folder, so what is said lies beside it.
    let change = |config: String| config.replacen("/policy.md\"", "\"", 1);
    let mut house = House::prepare(DUPLICATES, Options::default(), change).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let english = std::fs::read_to_string(root.join("policies/replies/en.md")).unwrap();
    let file = house.folder().join("replies/en.md");
    let save = |text: &str| std::fs::write(&file, text).unwrap();
    std::fs::create_dir(house.folder().join("replies")).unwrap();
    save(&english);
    house.program.log_at("info");
    house.start().await;
    let (before, after) = ("our refund of", "our repayment of");
    let told = answered(&house, "ada").await;
    assert!(told.contains(before), "{told}");
    save(&english.replace("{amount}", "{amonut}"));
    until_said(&house, "what was said before is said").await;
    save(&english.replace(before, after));
    until_said(&house, "so it is said from now on").await;
    let told = answered(&house, "ben").await;
    assert!(told.contains(after) && !told.contains(before), "{told}");
    house.close().await;
}

/// A node that was alive with another policy when the program was started, and that says nothing any more.
async fn another_node_was_alive(house: &House) {
    let store = Store::open(&house.program.database().display().to_string()).await.unwrap();
    let now = SystemClock.now();
    let node = Node { id: "other".into(), build: "b1".into(), policy: "v0".into() };
    store.node_begin(node, now).await.unwrap();
    let text = DUPLICATES.to_owned();
    let version = Version { version: "v0".into(), title: "Another".into(), text };
    store.policy_begin(version, "the other node", now).await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_beside_others_makes_its_files_live_once_they_are_gone() {
    let mut house = House::prepare(DUPLICATES, Options::default(), |config| config).await;
    another_node_was_alive(&house).await;
    house.program.log_at("info");
    house.start().await;
    let live = async || {
        let listed = command(&house, &["policy", "list", "--json"]).await;
        let listed: Value = serde_json::from_str(&listed.out).unwrap();
        let listed = listed.as_array().unwrap().clone();
        let live = listed.into_iter().find(|it| it["is_live"] == true).unwrap();
        live["version"].as_str().unwrap().to_owned()
    };
    assert_eq!(live().await, "v0", "what others go by is left as it is");
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while live().await == "v0" {
        assert!(tokio::time::Instant::now() < deadline, "{}", house.program.log());
        tokio::time::sleep(PAUSE).await;
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_make_a_policy_live_and_can_go_back() {
    let house = house("two_people").await;
    let activate = async |by: &str, what: &[&str]| {
        command(&house, &[&["policy", "activate", "--by", by], what].concat()).await
    };
    save(&house, &DUPLICATES.replace("| refund ", "| rfuse "));
    activate("ann", &[]).await.fails_with(2, &["did you mean `refuse`?", "has problems"]);
    save(&house, &meaner());
    until_said(&house, "`quittance policy activate` makes them live").await;
    let asked = activate("ann", &[]).await;
    assert!(asked.out.contains("waits for a second person"), "{asked:#?}");
    assert_eq!(refunded(&house, "ada").await, 4_900);
    activate("Ann", &[]).await.fails_with(2, &["somebody else must agree"]);
    let agreed = activate("ben", &[]).await;
    assert!(agreed.out.contains("is live"), "{agreed:#?}");
    until_said(&house, "another policy is live from now on").await;
    assert_eq!(refunded(&house, "cleo").await, 1_960);
    let last = until_changed(&house, 2).await;
    assert_eq!((&last["by"], &last["proposed_by"]), (&json!("ben"), &json!("ann")));

    let shown = command(&house, &["policy", "show"]).await;
    assert_eq!(shown.out.trim_end(), meaner().trim_end());
    let listed = command(&house, &["policy", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed.out).unwrap();
    let live: Vec<bool> =
        listed.as_array().unwrap().iter().map(|it| it["is_live"].as_bool().unwrap()).collect();
    assert_eq!(live, [true, false]);
    // The first one is still there, by the beginning of its name.
    let first = &listed[1]["version"].as_str().unwrap()[..8];
    assert_eq!(activate("ben", &[first]).await.code, Some(0));
    assert_eq!(activate("ann", &[first]).await.code, Some(0));
    let listed = command(&house, &["policy", "list"]).await;
    assert!(listed.out.contains("live since") && listed.out.contains("by ann"), "{listed:#?}");
    activate("ann", &["abc"]).await.fails_with(2, &["abc is neither a file nor a version"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_policy_that_this_program_cannot_read_does_not_become_live() {
    let house = house("one_person").await;
    // As an older program may have left it.
    let version = "abcdef".to_owned() + &"0".repeat(58);
    let text = DUPLICATES.replace("| Within ", "| Whithin ");
    let store = Store::open(&house.program.database().display().to_string()).await.unwrap();
    let old = Version { version, title: "Old".to_owned(), text };
    let now = SystemClock.now();
    store.policy_activate(old, "ann", People::Two, now).await.unwrap();
    let before = store.policy_state().await.unwrap().live;
    let told = ["finds mistakes in the policy abcdef000000", "no node would go by it"];
    let arguments = ["policy", "activate", "--by", "ben", "abcdef"];
    command(&house, &arguments).await.fails_with(2, &told);
    assert_eq!(store.policy_state().await.unwrap().live, before);
    store.close().await;
    house.close().await;
}

#[tokio::test]
async fn without_a_database_or_a_configuration_it_is_said_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let activate = ["policy", "activate", "--by", "ann"];
    run(folder.path(), &activate, &[]).await.fails_with(2, &["name the configuration"]);
    run(folder.path(), &["policy", "list"], &[]).await.fails_with(2, &["there is no database"]);
    assert!(!Path::new(&folder.path().join("quittance.db")).exists());
}
