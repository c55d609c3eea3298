//! Settings that are missing or wrong: a clear sentence, and status 2.

use quittance_eval::stand_ins::Options;
use quittance_sandbox::stripe::RestrictedKey;

use super::{Ran, assert_silent, run};
use crate::support::House;
use crate::support::customers::{CHARGED_TWICE, DUPLICATES, charged_twice};

/// A house whose program is not started.
async fn house() -> House {
    House::prepare(DUPLICATES, Options::default(), |config| config).await
}

async fn serve(house: &House, environment: &[(&str, &str)]) -> Ran {
    run(house.folder(), &["serve"], environment).await
}

#[tokio::test]
async fn every_missing_secret_is_told_at_once_with_where_to_set_it_and_where_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &["config"], &[]).await;
    std::fs::write(folder.path().join("quittance.toml"), printed.out).unwrap();
    let all = [
        ("QUITTANCE_INTERCOM__TOKEN", "`intercom.token_file`", "Developer Hub"),
        (
            "QUITTANCE_INTERCOM__CLIENT_SECRETS",
            "`intercom.client_secrets_file`",
            "Basic information",
        ),
        ("QUITTANCE_STRIPE__KEY", "`stripe.key_file`", "restricted key"),
        ("QUITTANCE_STRIPE__WEBHOOK_SECRETS", "`stripe.webhook_secrets_file`", "Webhooks"),
    ];
    let ran = run(folder.path(), &["serve"], &[]).await;
    for (variable, file, place) in all {
        ran.fails_with(2, &[variable, file, place]);
    }
    // What is set is not asked for, and an empty one is not set.
    for (variable, ..) in all {
        let given: Vec<(&str, &str)> = all
            .iter()
            .map(|(name, ..)| {
                (*name, if *name == variable { " " } else { "a-wrong-secret-of-somebody" })
            })
            .collect();
        let ran = run(folder.path(), &["serve"], &given).await;
        ran.fails_with(2, &[variable]);
        let asked =
            all.iter().filter(|(name, ..)| ran.err.contains(&format!("set {name} "))).count();
        assert_eq!(asked, 1, "{}", ran.err);
    }
    assert!(!folder.path().join("quittance.db").exists(), "nothing was begun");
}

#[tokio::test]
async fn a_key_that_is_not_accepted_is_told_with_where_it_is_set() {
    let house = house().await;
    let wrong = "a-wrong-secret-of-somebody";
    serve(&house, &[("QUITTANCE_INTERCOM__TOKEN", wrong)])
        .await
        .fails_with(2, &["QUITTANCE_INTERCOM__TOKEN", "`intercom.token_file`", "is not accepted"]);
    serve(&house, &[("QUITTANCE_STRIPE__KEY", wrong)])
        .await
        .fails_with(2, &["QUITTANCE_STRIPE__KEY", "`stripe.key_file`", "is not accepted"]);
    serve(&house, &[("QUITTANCE_STRIPE__KEY", "pk_test_wrong_1234567890")])
        .await
        .fails_with(2, &["QUITTANCE_STRIPE__KEY", "publishable key", "make a restricted key"]);
    serve(&house, &[("QUITTANCE_INTERCOM__TOKEN", "a-wrong-secret-of-somebody twice")])
        .await
        .fails_with(2, &["QUITTANCE_INTERCOM__TOKEN", "holds a space"]);
    let file = house.folder().join("nowhere").display().to_string();
    serve(&house, &[("QUITTANCE_STRIPE__KEY_FILE", &file)])
        .await
        .fails_with(2, &["cannot read the secret in", "nowhere"]);
}

#[tokio::test]
async fn a_stripe_key_that_may_do_too_little_is_told_what_it_lacks() {
    let key = "a-wrong-secret-of-somebody";
    let mut options = Options::default();
    options.stripe.restricted_keys = vec![RestrictedKey {
        key: key.to_owned(),
        permissions: ["rak_charge_read", "rak_customer_read"].map(str::to_owned).to_vec(),
    }];
    let house = House::prepare(DUPLICATES, options, |config| config).await;
    serve(&house, &[("QUITTANCE_STRIPE__KEY", key)])
        .await
        .fails_with(2, &["QUITTANCE_STRIPE__KEY", "may not do enough:\n  - "]);
}

#[tokio::test]
async fn a_configuration_with_a_mistake_is_refused_with_its_place() {
    let house = house().await;
    let try_with = async |name: &str, text: &str| {
        std::fs::write(house.folder().join(name), text).unwrap();
        run(house.folder(), &["serve", "--config", name], &[]).await
    };
    try_with("typo.toml", "[engine]\nquiet_msx = 5\n")
        .await
        .fails_with(2, &["typo.toml has a mistake", "line 2", "did you mean `quiet_ms`?"]);
    try_with("table.toml", "[enginee]\nquiet_ms = 5\n")
        .await
        .fails_with(2, &["line 1", "did you mean `engine`?"]);
    try_with("kind.toml", "[engine]\nquiet_ms = 'soon'\n").await.fails_with(2, &["line 2", "soon"]);
    try_with("mode.toml", "[engine]\nmode = 'yolo'\n")
        .await
        .fails_with(2, &["`watch`, `propose`, `act`"]);
    try_with("torn.toml", "[server\n").await.fails_with(2, &["torn.toml has a mistake", "line 1"]);
    try_with(
        "cap.toml",
        &format!("{}\n[limits.currencies.CHF]\nper_refund = 'lots'\n", own(&house)),
    )
    .await
    .fails_with(2, &["per_charge"]);
    let secret = try_with("secret.toml", "[stripe]\nkey = 'sk_test_sandbox_1234567890'\n").await;
    secret.fails_with(2, &["does not belong in this file", "QUITTANCE_STRIPE__KEY"]);
    run(house.folder(), &["serve", "--config", "missing.toml"], &[]).await.fails_with(
        2,
        &["cannot read the configuration missing.toml", "`quittance config` prints one"],
    );
    serve(&house, &[("QUITTANCE_ENGINE__QUIET_MSX", "5")])
        .await
        .fails_with(2, &["QUITTANCE_ENGINE__QUIET_MSX", "did you mean `quiet_ms`?"]);
    serve(&house, &[("QUITTANCE_MODEL__API__BASE_URL", "nowhere")])
        .await
        .fails_with(2, &["`model.api`", "base_url"]);
    serve(&house, &[("QUITTANCE_POLICY__PATH", "missing.md")])
        .await
        .fails_with(2, &["missing.md", "`policy.path`"]);
    serve(&house, &[("QUITTANCE_POLICY__REPLIES", "missing")])
        .await
        .fails_with(2, &["cannot read the folder missing", "`policy.replies`"]);
    serve(&house, &[("QUITTANCE_POLICY__VOICE", "missing.md")])
        .await
        .fails_with(2, &["cannot read missing.md", "`policy.voice`"]);
    assert_silent(&own(&house));
}

fn own(house: &House) -> String {
    std::fs::read_to_string(house.folder().join("quittance.toml")).unwrap()
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_told_by_its_name() {
    let house = house().await;
    std::fs::write(house.folder().join("text.db"), "no database ".repeat(100)).unwrap();
    std::fs::create_dir(house.folder().join("folder.db")).unwrap();
    let nowhere = house.folder().join("nowhere/q.db").display().to_string();
    let databases = [
        ("text.db", "file is not a database"),
        ("folder.db", "unable to open"),
        (nowhere.as_str(), "its folder does not exist"),
        ("postgres://localhost:1/q", "error communicating with database"),
    ];
    for (database, why) in databases {
        serve(&house, &[("QUITTANCE_DATABASE", database)])
            .await
            .fails_with(2, &[database, "check `database`", why]);
    }
}

#[tokio::test]
async fn two_programs_share_neither_a_database_nor_a_port() {
    let house = House::open(DUPLICATES).await;
    serve(&house, &[("QUITTANCE_SERVER__LISTEN", "127.0.0.1:0")])
        .await
        .fails_with(2, &["another process serves the database", "quittance.db"]);
    let other = house.folder().join("other.db").display().to_string();
    serve(&house, &[("QUITTANCE_DATABASE", &other)])
        .await
        .fails_with(2, &["cannot listen on 127.0.0.1:", "`server.listen`", "in use"]);
    serve(&house, &[("QUITTANCE_DATABASE", &other), ("QUITTANCE_SERVER__LISTEN", "here")])
        .await
        .fails_with(2, &["cannot listen on here", "`server.listen`"]);
    // The one that was there is still well.
    assert!(house.webhooks().await.is_object());
    house.close().await;
}

#[tokio::test]
async fn a_program_that_logs_everything_logs_no_secret_and_nothing_that_customers_write() {
    let mut house = house().await;
    house.program.log_at("trace");
    house.start().await;
    let customer = charged_twice(&house.stand_ins, "zoe.personal");
    let message = format!("{CHARGED_TWICE} My diary says Fuchsienstrasse.");
    let conversation = house.stand_ins.intercom.say(&customer.contact, &message).unwrap();
    house.until("a closed conversation", |house| house.state(&conversation) == "closed").await;
    house.until_quiet().await;
    let log = house.program.log();
    assert!(log.contains("TRACE") && log.contains("DEBUG"), "not everything was logged");
    assert_silent(&log);
    for personal in ["Fuchsienstrasse", "zoe.personal@example.com"] {
        let line = log.lines().find(|line| line.contains(personal));
        assert!(line.is_none(), "{personal} was logged: {line:?}");
    }
    house.close().await;
}
