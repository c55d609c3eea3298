//! The arrows between the crates, and what the innermost ones must never reach.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Who may use whom, without `quittance-core`, which everybody may use.
const ARROWS: [(&str, &[&str]); 13] = [
    ("quittance-core", &[]),
    ("quittance-policy", &[]),
    ("quittance-store", &[]),
    ("quittance-wire", &[]),
    ("quittance-stripe", &["quittance-wire"]),
    ("quittance-intercom", &["quittance-wire"]),
    ("quittance-knowledge", &[]),
    ("quittance-agent", &["quittance-wire"]),
    ("quittance-sandbox", &[]),
    (
        "quittance-engine",
        &[
            "quittance-store",
            "quittance-stripe",
            "quittance-intercom",
            "quittance-knowledge",
            "quittance-agent",
        ],
    ),
    ("quittance-web", &["quittance-engine", "quittance-store"]),
    (
        "quittance-eval",
        &[
            "quittance-agent",
            "quittance-engine",
            "quittance-intercom",
            "quittance-knowledge",
            "quittance-policy",
            "quittance-sandbox",
            "quittance-store",
            "quittance-stripe",
            "quittance-wire",
        ],
    ),
    (
        "quittance",
        &[
            "quittance-agent",
            "quittance-engine",
            "quittance-eval",
            "quittance-intercom",
            "quittance-knowledge",
            "quittance-policy",
            "quittance-sandbox",
            "quittance-store",
            "quittance-stripe",
            "quittance-web",
        ],
    ),
];

/// What reads a clock, a disk, a socket or the environment, or runs a future.
const OUTSIDE: [&str; 10] = [
    "tokio",
    "reqwest",
    "hyper",
    "sqlx",
    "axum",
    "mio",
    "socket2",
    "tantivy",
    "async-openai",
    "tracing",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The packages of the workspace with what they depend on when they are built, not when they are
/// tested.
fn arrows(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata["packages"].as_array().unwrap().iter();
    let ours = packages.filter(|package| package["source"].is_null());
    ours.map(|package| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let built = dependencies.filter(|dependency| dependency["kind"].is_null());
        let names = built.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
        (
            package["name"].as_str().unwrap().to_owned(),
            names.filter(|name| name.starts_with("quittance")).collect(),
        )
    })
    .collect()
}

#[test]
fn the_crates_use_each_other_only_as_the_table_says() {
    let arrows = arrows(&metadata());
    assert_eq!(arrows.len(), ARROWS.len(), "a crate is missing from the table");
    for (name, allowed) in ARROWS {
        let allowed: BTreeSet<String> =
            allowed.iter().chain(&["quittance-core"]).map(|name| (*name).to_owned()).collect();
        let forbidden: Vec<_> = arrows[name].difference(&allowed).collect();
        assert!(forbidden.is_empty(), "{name} must not use {forbidden:?}");
    }
}

#[test]
fn tests_may_use_the_stand_ins_and_write_policies_besides() {
    let metadata = metadata();
    for package in metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["source"].is_null())
    {
        let name = package["name"].as_str().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            let is_for_tests = dependency["kind"] == "dev" && used.starts_with("quittance");
            assert!(
                !is_for_tests || ["quittance-sandbox", "quittance-policy"].contains(&used),
                "the tests of {name} must not use {used}"
            );
        }
    }
}

#[test]
fn the_core_reaches_nothing_outside() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--package",
            "quittance-core",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.starts_with("quittance-core "), "{tree}");
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap();
        assert!(!OUTSIDE.contains(&name), "quittance-core reaches {name}");
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(sources.len() > 100);
    sources
}

#[test]
fn sql_is_written_in_the_store_only() {
    for (path, text) in sources() {
        let is_store = path.components().any(|part| part.as_os_str() == "quittance-store");
        let words = ["insert into ", "delete from ", "select * from", "sqlx::", " set state ="];
        let found = words.iter().find(|word| text.contains(**word));
        assert!(is_store || found.is_none(), "{} contains {found:?}", path.display());
    }
}

#[test]
fn the_versions_of_the_vendors_interfaces_are_named_in_one_place() {
    for (version, owner) in
        [("2026-10-28.endive", "quittance-stripe"), ("\"2.16\"", "quittance-intercom")]
    {
        let sources = sources().into_iter().filter(|(path, _)| {
            path.components().any(|part| part.as_os_str() == owner)
                && path.components().any(|part| part.as_os_str() == "src")
        });
        let is_test = |path: &Path| {
            path.components().any(|part| part.as_os_str().to_string_lossy().contains("test"))
        };
        let named: Vec<_> = sources
            .filter(|(path, text)| !is_test(path) && text.contains(version))
            .map(|(path, _)| path)
            .collect();
        assert_eq!(named.len(), 1, "{version} is named in {named:?}");
    }
}
