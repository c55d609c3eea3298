//! `quittance stop`, `resume` and `status`, and the same by HTTP, beside a program that serves.

use std::path::Path;

use quittance_eval::stand_ins::Options;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{PATIENCE, Ran, run};
use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice, refunds_of};

/// Opens the admin API.
pub(super) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A running house whose configuration has something more in `[server]` and in `[stop]`; `FOLDER` is its
/// folder there.
async fn house(server: &str, stop: &str) -> House {
    let change = |config: String| {
        let database = config.split('"').nth(1).unwrap();
        let folder = database.strip_suffix("/quittance.db").unwrap();
        let config = config.replace("[server]", &format!("[server]\n{server}"));
        format!("{config}\n[stop]\n{stop}\n").replace("FOLDER", folder)
    };
    let mut house = House::prepare(DUPLICATES, Options::default(), change).await;
    std::fs::write(house.folder().join("admin-token"), TOKEN).unwrap();
    house.start().await;
    house
}

pub(super) async fn command(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, arguments, &[]).await
}

/// Asks for a refund and tells whether it was made; if not, a person must have it.
async fn ask(house: &House, name: &str) -> bool {
    let customer = charged_twice(&house.stand_ins, name);
    let conversation = house.stand_ins.intercom.say(&customer.contact, CHARGED_TWICE).unwrap();
    house.until_answered(&conversation, 1).await;
    house.until_quiet().await;
    let is_made = refunds_of(&house.stand_ins, &customer).len() == 1;
    assert_eq!(house.is_with_team(&conversation), !is_made);
    is_made
}

#[tokio::test]
async fn money_is_stopped_and_let_go_beside_a_running_program() {
    let house = house("", "").await;
    let folder = house.folder();
    assert!(ask(&house, "ada").await);
    let status = command(folder, &["status"]).await;
    assert_eq!(status.code, Some(0), "{status:#?}");
    assert!(status.out.contains("may move"), "{}", status.out);
    assert!(status.out.contains("can still leave today, whatever anyone says"), "{}", status.out);
    assert!(status.out.contains("49.00 USD of"), "{}", status.out);

    let stopped = command(folder, &["stop", "--why", "a drill", "--by", "ann"]).await;
    assert_eq!(stopped.code, Some(0), "{stopped:#?}");
    assert!(!ask(&house, "ben").await);
    let status = command(folder, &["status"]).await;
    assert_eq!(status.code, Some(3), "{status:#?}");
    assert!(status.out.contains(" by ann: a drill"), "{}", status.out);
    // Without the configuration as well, for somebody who has only the database at hand.
    let alone = command(folder, &["status", "--json", "--database", "quittance.db"]).await;
    assert_eq!(alone.code, Some(3), "{alone:#?}");
    let alone: Value = serde_json::from_str(&alone.out).unwrap();
    assert_eq!(alone["stopped"]["why"], "a drill");
    assert_eq!(alone["worst_loss"], Value::Null);

    let resumed =
        command(folder, &["resume", "--why", "it was", "--database", "quittance.db"]).await;
    assert_eq!(resumed.code, Some(0), "{resumed:#?}");
    assert!(ask(&house, "cid").await);
    assert_eq!(command(folder, &["status"]).await.code, Some(0));
    let log = house.log().await;
    let moves: Vec<&Value> = log
        .iter()
        .filter(|entry| entry["entry"]["kind"] == "stop")
        .map(|entry| &entry["entry"]["body"]["stopped"])
        .collect();
    assert_eq!(moves, [&json!(true), &json!(false)]);
    house.close().await;
}

#[tokio::test]
async fn what_cannot_be_stopped_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let missing = command(folder.path(), &["stop", "--why", "a drill"]).await;
    missing.fails_with(2, &["there is no database quittance.db", "--database"]);
    assert!(!folder.path().join("quittance.db").exists(), "nothing is made");
    command(folder.path(), &["stop"]).await.fails_with(2, &["--why"]);
    command(folder.path(), &["stop", "--why", ""]).await.fails_with(2, &["--why"]);
    std::fs::write(folder.path().join("quittance.db"), "").unwrap();
    let foreign = command(folder.path(), &["stop", "--why", "a drill"]).await;
    foreign.fails_with(2, &["not made by this version"]);
}

#[tokio::test]
async fn a_file_stops_money_until_it_is_gone_and_somebody_resumes() {
    let house = house("", "file = 'FOLDER/STOP'").await;
    let folder = house.folder();
    let file = folder.join("STOP");
    std::fs::write(&file, "").unwrap();
    let is_switch = async || {
        let status = command(folder, &["status", "--json", "--database", "quittance.db"]).await;
        serde_json::from_str::<Value>(&status.out).unwrap()["stopped"]["by"] == "quittance"
    };
    let begin = tokio::time::Instant::now();
    while !is_switch().await {
        assert!(begin.elapsed() < PATIENCE, "{}", house.program.log());
    }
    assert!(!ask(&house, "ada").await);
    let refused = command(folder, &["resume", "--why", "it was a drill"]).await;
    refused.fails_with(2, &["STOP is there", "remove the file first"]);
    std::fs::remove_file(&file).unwrap();
    let status = command(folder, &["status"]).await;
    assert_eq!(status.code, Some(3), "the switch stays thrown: {status:#?}");
    assert_eq!(command(folder, &["resume", "--why", "it was a drill"]).await.code, Some(0));
    assert!(ask(&house, "ben").await);
    house.close().await;
}

#[tokio::test]
async fn whoever_bears_the_token_stops_money_by_http() {
    let folder_token = "admin_token_file = 'FOLDER/admin-token'";
    let house = house(folder_token, "").await;
    let url = |path: &str| format!("{}{path}", house.program.url);
    let bearer = format!("Bearer {TOKEN}");
    for wrong in
        [None, Some("Bearer "), Some("Bearer 0123456789abcdef0123456789abcdee"), Some(TOKEN)]
    {
        for path in ["/status", "/stop", "/resume"] {
            let request = if path == "/status" {
                house.http.get(url(path))
            } else {
                house.http.post(url(path)).json(&json!({"why": "a drill"}))
            };
            let request = wrong
                .into_iter()
                .fold(request, |request, wrong| request.header(AUTHORIZATION, wrong));
            assert_eq!(request.send().await.unwrap().status(), 401, "{path} {wrong:?}");
        }
    }
    let post = async |path: &str, body: Value| {
        let request = house.http.post(url(path)).header(AUTHORIZATION, &bearer).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, said) = post("/stop", json!({"why": "a drill", "by": "ann"})).await;
    assert_eq!((status, said), (200, json!({"stopped": true, "changed": true})));
    assert!(!ask(&house, "ada").await);
    let answer =
        house.http.get(url("/status")).header(AUTHORIZATION, &bearer).send().await.unwrap();
    let shown: Value = answer.json().await.unwrap();
    assert_eq!(
        (&shown["stopped"]["by"], &shown["stopped"]["why"]),
        (&json!("ann"), &json!("a drill"))
    );
    assert!(shown["worst_loss"][0]["minor"].as_i64().unwrap() > 0, "{shown}");
    let (status, said) = post("/resume", json!({"why": "it was"})).await;
    assert_eq!((status, said), (200, json!({"stopped": false, "changed": true})));
    assert!(ask(&house, "ben").await);
    for wrong in [json!({}), json!({"why": " "}), json!({"why": "a", "buy": "b"}), json!(["why"])] {
        assert_eq!(post("/stop", wrong.clone()).await.0, 400, "{wrong}");
    }
    let long = json!({"why": "a".repeat(20_000)});
    assert_eq!(post("/stop", long).await.0, 413);
    assert_eq!(command(house.folder(), &["status"]).await.code, Some(0));
    house.close().await;
}

#[tokio::test]
async fn without_a_token_there_is_no_such_address() {
    let house = house("", "").await;
    for path in ["/status", "/stop", "/resume"] {
        let request = house.http.post(format!("{}{path}", house.program.url));
        let answer =
            request.header(AUTHORIZATION, "Bearer ").json(&json!({"why": "x"})).send().await;
        assert_eq!(answer.unwrap().status(), 404, "{path}");
    }
    house.close().await;
}

/// The bench finds sends on both sides of the stop, and none long after it.
#[tokio::test]
async fn the_stop_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let ran = command(folder.path(), &["bench", "stop", "--trials", "20"]).await;
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    assert!(ran.out.contains("held within a second, every time"), "{}", ran.out);
}
