//! `quittance store copy`: to another database and on from there.

use std::path::Path;

use quittance_store::Store;

use super::{Ran, run};
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice};
use crate::support::{House, variable};

async fn copy(folder: &Path, from: &str, to: &str) -> Ran {
    run(folder, &["store", "copy", "--from", from, "--to", to], &[]).await
}

#[tokio::test]
async fn a_database_is_copied_whole_and_only_while_nobody_serves_it() {
    let mut house = House::open(DUPLICATES).await;
    let customer = charged_twice(&house.stand_ins, "ada");
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    house.until_quiet().await;
    let folder = house.folder().to_owned();
    let served = copy(&folder, "quittance.db", "new.db").await;
    served.fails_with(2, &["another process serves the database quittance.db"]);
    assert_eq!(house.program.stop().await.unwrap().code(), Some(0));
    copy(&folder, "nowhere.db", "new.db").await.fails_with(2, &["there is no database nowhere.db"]);
    copy(&folder, "new.db", "new.db").await.fails_with(2, &["name the same database"]);

    let copied = copy(&folder, "quittance.db", "new.db").await;
    assert_eq!(copied.code, Some(0), "{copied:#?}");
    let before = run(&folder, &["log", "verify", "--database", "quittance.db"], &[]).await;
    let after = run(&folder, &["log", "verify", "--database", "new.db"], &[]).await;
    assert_eq!((before.code, &before.out), (Some(0), &after.out));
    let head = before.out.trim().rsplit(' ').next().unwrap();
    assert!(
        copied.out.contains(head) && copied.out.contains("database = \"new.db\""),
        "{copied:#?}"
    );
    let again = copy(&folder, "quittance.db", "new.db").await;
    again.fails_with(2, &["the database new.db is not empty"]);

    for command in [["refund", "list"], ["log", "show"]] {
        let before =
            run(&folder, &[&command[..], &["--database", "quittance.db"]].concat(), &[]).await;
        let after = run(&folder, &[&command[..], &["--database", "new.db"]].concat(), &[]).await;
        assert_eq!((after.code, after.out), (Some(0), before.out));
    }
}

#[tokio::test]
async fn a_copy_to_a_server_shows_no_password() {
    let Some(server) = variable("QUITTANCE_POSTGRES") else {
        eprintln!("PostgreSQL is skipped: QUITTANCE_POSTGRES names no server");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("quittance.db").display().to_string();
    Store::open(&from).await.unwrap().close().await;
    let (before, place) = server.split_once("//").unwrap();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let (host, _) = place.split_once('/').unwrap();
    // Nobody of that name is there, or nothing of that name.
    let to = format!("{before}//nobody:whsec_sandbox_1234567890@{host}/quittance_nowhere");
    let refused = copy(folder.path(), "quittance.db", &to).await;
    refused.fails_with(2, &["quittance.db was not copied to postgres://", "quittance_nowhere"]);
}
