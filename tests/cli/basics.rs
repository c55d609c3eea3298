//! Help, and the first steps of somebody new.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::{command, run};
use crate::support::House;
use crate::support::customers::DUPLICATES;
use quittance_eval::stand_ins::Options;

#[tokio::test]
async fn help_names_every_command_and_says_what_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &["--help"], &[]).await;
    assert_eq!(help.code, Some(0));
    for command in ["demo", "serve", "config", "policy", "log", "sandbox", "bench", "eval"] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}:\n{}", help.out);
    }
    let commands: [(&[&str], &[&str]); 11] = [
        (&["demo"], &["--port", "--policy", "--model-url"]),
        (&["serve"], &["--config", "QUITTANCE_CONFIG", "quittance.toml"]),
        (&["config"], &[]),
        (&["policy"], &["check"]),
        (&["policy", "check"], &["0 fine, 1 warnings, 2 errors", "--format"]),
        (&["log"], &["show", "verify"]),
        (&["log", "show"], &["--case", "--json", "--database"]),
        (&["log", "verify"], &["0 whole, 1 broken"]),
        (&["sandbox"], &["--stripe-port", "--seed"]),
        (&["bench"], &["path", "crash"]),
        (&["eval", "search"], &["--docs", "--queries", "--json"]),
    ];
    for (name, told) in commands {
        let help = run(folder.path(), &[name, &["--help"]].concat(), &[]).await;
        assert_eq!(help.code, Some(0), "{name:?}");
        for words in told {
            assert!(help.out.contains(words), "{words} is missing in:\n{}", help.out);
        }
    }
    let version = run(folder.path(), &["--version"], &[]).await;
    assert_eq!(version.out, format!("quittance {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn a_command_that_there_is_not_is_refused_with_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &[], &[]).await.fails_with(2, &["Usage:"]);
    run(folder.path(), &["serv"], &[]).await.fails_with(2, &["serv", "'serve'"]);
    run(folder.path(), &["serve", "--confg", "x"], &[]).await.fails_with(2, &["'--config'"]);
}

#[tokio::test]
async fn the_printed_configuration_is_one_that_serve_reads() {
    let mut house = House::prepare(DUPLICATES, Options::default(), |config| config).await;
    let printed = run(house.folder(), &["config"], &[]).await;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    let own = std::fs::read_to_string(house.folder().join("quittance.toml")).unwrap();
    std::fs::write(house.folder().join("printed.toml"), &printed.out).unwrap();
    // The secrets, the policy and the stand-ins' addresses: all that a new user has to set.
    let listen = house.program.url.trim_start_matches("http://").to_owned();
    let stand_ins = &house.stand_ins;
    let mut serve = command(house.folder(), &["serve", "--config", "printed.toml"]);
    serve.envs([
        ("QUITTANCE_SERVER__LISTEN", listen.as_str()),
        ("QUITTANCE_POLICY__PATH", "policy.md"),
        ("QUITTANCE_LIMITS__CURRENCIES__USD__PER_DAY", "1000"),
        ("QUITTANCE_ENGINE__TEAM", "7001"),
        ("QUITTANCE_ENGINE__QUIET_MS", "0"),
        ("QUITTANCE_INTERCOM__TOKEN", "intercom-sandbox-token"),
        ("QUITTANCE_INTERCOM__CLIENT_SECRETS_FILE", "intercom-secret"),
        ("QUITTANCE_INTERCOM__API__BASE_URL", stand_ins.intercom_url.as_str()),
        ("QUITTANCE_STRIPE__KEY_FILE", "stripe-key"),
        ("QUITTANCE_STRIPE__WEBHOOK_SECRETS", "whsec_sandbox_1234567890"),
        ("QUITTANCE_STRIPE__API__BASE_URL", stand_ins.stripe_url.as_str()),
        ("QUITTANCE_MODEL__API__BASE_URL", stand_ins.model_url.as_str()),
        ("QUITTANCE_MODEL__API__MODEL", "quittance-stand-in"),
    ]);
    // Somebody else's variable, which is no text.
    serve.env("LS_COLORS", OsStr::from_bytes(b"\xff\xfe"));
    let mut serving = serve.spawn().unwrap();
    let ready = format!("{}/readyz", house.program.url);
    while !house.http.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
        let ended = serving.try_wait().unwrap();
        assert!(ended.is_none(), "it ended: {ended:?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    serving.kill().await.unwrap();
    std::fs::write(house.folder().join("quittance.toml"), own).unwrap();
    house.start().await;
    house.close().await;
}
