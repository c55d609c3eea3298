//! `quittance log reconcile`, `quittance log accept`, and what a program does that was started on an older
//! copy of its database.

use std::path::Path;

use serde_json::Value;

use super::{Ran, run};
use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice};

/// A house with a refund behind it, and a backup of its database from before.
async fn with_backup() -> (House, String) {
    let mut house = House::open(DUPLICATES).await;
    house.until_quiet().await;
    assert_eq!(house.program.stop().await.unwrap().code(), Some(0));
    copy(&house.program.database(), &house.folder().join("backup.db"));
    house.program.start(&house.http).await.unwrap();
    let ada = charged_twice(&house.stand_ins, "ada");
    let conversation = house.stand_ins.intercom.say(&ada.contact, CHARGED_TWICE).unwrap();
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    let refund = house.stand_ins.stripe.refunds()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(house.program.stop().await.unwrap().code(), Some(0));
    (house, refund)
}

/// Copies a database that nobody has open.
fn copy(from: &Path, to: &Path) {
    for end in ["-wal", "-shm"] {
        for database in [from, to] {
            let _ = std::fs::remove_file(format!("{}{end}", database.display()));
        }
    }
    std::fs::copy(from, to).unwrap();
}

async fn log(house: &House, arguments: &[&str]) -> Ran {
    run(house.folder(), &[&["log"], arguments].concat(), &[]).await
}

#[tokio::test]
async fn a_log_that_says_what_stripe_says_is_equal() {
    let (house, _) = with_backup().await;
    let text = log(&house, &["reconcile"]).await;
    assert_eq!(text.code, Some(0), "{text:#?}");
    assert!(text.out.contains("1 refunds at Stripe, 1 of them ours; 1 confirmed"), "{}", text.out);
    assert!(text.out.contains("the log and Stripe say the same"), "{}", text.out);
    let json = log(&house, &["reconcile", "--json", "--since", "2020-01-01"]).await;
    assert_eq!(json.code, Some(0), "{json:#?}");
    let report: Value = serde_json::from_str(json.out.trim()).unwrap();
    assert_eq!((&report["ours"], &report["since"]), (&1.into(), &"2020-01-01T00:00:00Z".into()));
    log(&house, &["reconcile", "--since", "soon"]).await.fails_with(2, &["--since soon", "90d"]);
    house.close().await;
}

#[tokio::test]
async fn an_older_copy_of_the_database_sends_nothing_until_a_person_has_accepted_what_is_lost() {
    let (mut house, refund) = with_backup().await;
    copy(&house.folder().join("backup.db"), &house.program.database());
    let different = log(&house, &["reconcile"]).await;
    assert_eq!(different.code, Some(1), "{different:#?}");
    for word in [refund.as_str(), "unknown", "restored from an older copy", "DIFFER: 1 difference"]
    {
        assert!(different.out.contains(word), "{word} is missing in {}", different.out);
    }
    house.program.start(&house.http).await.unwrap();
    let ben = charged_twice(&house.stand_ins, "ben");
    let conversation = house.stand_ins.intercom.say(&ben.contact, CHARGED_TWICE).unwrap();
    let stopped = || async { run(house.folder(), &["status"], &[]).await };
    let mut status = stopped().await;
    while status.code != Some(3) {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        status = stopped().await;
    }
    assert!(status.out.contains(&refund), "{}", status.out);
    assert_eq!(house.stand_ins.stripe.refunds().len(), 1);

    let wrong = log(&house, &["accept", &refund, "lost", "--why", "x", "--by", "Ana"]).await;
    wrong.fails_with(2, &["unknown, entry, other"]);
    let accept = ["accept", &refund, "unknown", "--why", "the disk was lost", "--by", "Ana"];
    let accepted = log(&house, &accept).await;
    assert_eq!(accepted.code, Some(0), "{accepted:#?}");
    let again = log(&house, &accept).await;
    assert!(again.out.contains("already"), "{again:#?}");
    assert_eq!(log(&house, &["reconcile"]).await.code, Some(0));
    let resumed = run(house.folder(), &["resume", "--why", "accepted", "--by", "Ana"], &[]).await;
    assert_eq!(resumed.code, Some(0), "{resumed:#?}");
    house.until("an answer", |house| !house.answers(&conversation).is_empty()).await;
    // Whether Ben's case waited or went to a person, a new one is settled.
    let zoe = charged_twice(&house.stand_ins, "zoe");
    let another = house.stand_ins.intercom.say(&zoe.contact, CHARGED_TWICE).unwrap();
    house.until("a closed conversation", |house| house.state(&another) == "closed").await;
    let entries = house.log().await;
    let accepted = |entry: &&Value| entry["entry"]["body"]["accepted"]["object"] == refund.as_str();
    assert_eq!(entries.iter().filter(accepted).count(), 1);
    house.close().await;
}
