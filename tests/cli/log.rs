//! `quittance log`: what was done, and whether the record of it is whole.

use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Ran, run};
use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice};

/// How the kinds of entries follow each other in a refund.
const KINDS: [&str; 8] =
    ["policy", "facts", "proposal", "ruling", "verdict", "intent", "outcome", "reply"];

/// A house with two refunds behind it, whose program was asked to stop and has.
async fn after_two_refunds() -> (House, [String; 2]) {
    let mut house = House::open(DUPLICATES).await;
    let conversations = ["ada", "ben"].map(|name| {
        let customer = charged_twice(&house.stand_ins, name);
        house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap()
    });
    for conversation in &conversations {
        house.until("a closed conversation", |house| house.state(conversation) == "closed").await;
    }
    house.until_quiet().await;
    assert_eq!(house.program.stop().await.unwrap().code(), Some(0));
    (house, conversations)
}

async fn log(house: &House, arguments: &[&str]) -> Ran {
    run(house.folder(), &[&["log"], arguments].concat(), &[]).await
}

#[tokio::test]
async fn the_log_is_shown_for_people_and_for_programs() {
    let (house, conversations) = after_two_refunds().await;
    let text = log(&house, &["show"]).await;
    let json = log(&house, &["show", "--json"]).await;
    assert_eq!((text.code, json.code), (Some(0), Some(0)));
    assert_eq!(text.out.lines().count(), json.out.lines().count());
    let entries: Vec<Value> =
        json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut previous = "0".repeat(64);
    for ((entry, line), (seq, raw)) in
        entries.iter().zip(text.out.lines()).zip((1..).zip(json.out.lines()))
    {
        assert_eq!(entry["entry"]["seq"], seq);
        assert_eq!(entry["entry"]["previous"], previous.as_str());
        previous = entry["hash"].as_str().unwrap().to_owned();
        // What the hash is taken over stands there byte by byte, so anybody can take it again.
        let end = raw.rfind(",\"hash\"").unwrap();
        let hashed = &raw["{\"entry\":".len()..end];
        assert_eq!(hex::encode(Sha256::digest(hashed.as_bytes())), previous);
        let kind = entry["entry"]["kind"].as_str().unwrap();
        assert!(line.contains(kind) && line.contains(&previous[..12]), "{line}");
    }
    let kinds: Vec<&str> =
        entries.iter().map(|entry| entry["entry"]["kind"].as_str().unwrap()).collect();
    assert!(KINDS.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let case = format!("sandbox1:{}", conversations[0]);
    let one = log(&house, &["show", "--json", "--case", &case]).await;
    assert_eq!(one.code, Some(0));
    let expected = entries.iter().filter(|entry| entry["entry"]["case"] == case.as_str()).count();
    assert_eq!(one.out.lines().count(), expected);
    assert!(expected > 0 && expected < entries.len());
    assert!(one.out.lines().all(|line| line.contains(&case)));
    house.close().await;
}

#[tokio::test]
async fn a_log_that_is_asked_for_wrongly_is_refused() {
    let (house, _) = after_two_refunds().await;
    log(&house, &["show", "--case", "nonsense"]).await.fails_with(2, &["WORKSPACE:CONVERSATION"]);
    for command in ["show", "verify"] {
        let ran = log(&house, &[command, "--database", "missing.db"]).await;
        ran.fails_with(2, &["there is no database missing.db", "--database"]);
    }
    assert!(!house.folder().join("missing.db").exists(), "looking makes nothing");
    log(&house, &["show", "--case", "sandbox1:1"]).await.fails_with(2, &["the case sandbox1:1"]);
    house.close().await;
}

#[tokio::test]
async fn one_changed_byte_breaks_the_log_and_the_entry_is_named() {
    let (house, _) = after_two_refunds().await;
    let entries = house.log().await;
    let whole = log(&house, &["verify"]).await;
    assert_eq!(whole.code, Some(0), "{whole:#?}");
    assert!(whole.out.contains(&format!("whole: {} entries", entries.len())), "{}", whole.out);
    let database = house.program.database();
    let good = std::fs::read(&database).unwrap();
    let mut changed = 0;
    for entry in &entries {
        let seq = entry["entry"]["seq"].as_u64().unwrap();
        let body = entry["entry"]["body"].to_string();
        // A body that is stored in one piece and only once; others are spread over pages.
        let Some(place) = only(&good, body.as_bytes()) else { continue };
        // Something in the middle, which may still be JSON, and the first brace, without which it is not.
        for at in [place.start + place.len() / 2, place.start] {
            flip(&database, &good, at);
            let ran = log(&house, &["verify"]).await;
            assert_eq!(ran.code, Some(1), "entry {seq}: {ran:#?}");
            let told = format!("BROKEN: entry {seq} was changed");
            assert!(ran.out.contains(&told), "{told} is missing in {ran:#?}");
        }
        changed += 1;
    }
    assert!(changed > entries.len() / 2, "only {changed} of {} were tried", entries.len());
    // No money moves on a log that somebody has changed.
    run(house.folder(), &["serve"], &[]).await.fails_with(
        2,
        &["the action log does not verify", "`quittance log verify`", "was changed"],
    );
    std::fs::write(&database, &good).unwrap();
    house.close().await;
}

/// Where `part` stands, if it stands there once.
fn only(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let mut places = whole.windows(part.len()).enumerate().filter(|(_, window)| *window == part);
    let (at, _) = places.next()?;
    places.next().is_none().then_some(at..at + part.len())
}

/// Writes the database with one bit of one byte changed.
fn flip(database: &Path, good: &[u8], at: usize) {
    let mut bytes = good.to_vec();
    bytes[at] ^= 1;
    std::fs::write(database, bytes).unwrap();
}
