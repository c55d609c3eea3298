//! Reads scenarios from a folder, with the complaints that they answer.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::script::{Act, Scenario};

impl Scenario {
    /// Reads the text of a file.
    pub fn read(name: &str, text: &str) -> anyhow::Result<Self> {
        let mut scenario: Self =
            toml::from_str(text).with_context(|| format!("{name} cannot be read"))?;
        name.trim_end_matches(".toml").clone_into(&mut scenario.name);
        ensure!(!scenario.about.is_empty(), "{name}: `about` names no subject");
        let first = scenario.talk.first().map(|step| &step.act);
        ensure!(
            matches!(first, Some(Act::Says(_) | Act::SaysWhileThinking { .. })),
            "{name}: the first step of `talk` must be something the customer says"
        );
        ensure!(
            scenario.payments.iter().all(|payment| !payment.days_ago.is_empty()),
            "{name}: a payment needs `days_ago`"
        );
        Ok(scenario)
    }
}

/// The file in a folder of scenarios that says what each complaint is.
const COMPLAINTS: &str = "complaints.toml";

/// Scenarios, and the complaints that they may answer.
#[derive(Clone, Debug)]
pub struct Book {
    /// The scenarios, in the order of their names.
    pub scenarios: Vec<Scenario>,
    /// What each complaint is, by its name.
    pub complaints: BTreeMap<String, String>,
}

impl Book {
    /// Reads every scenario of a folder, or the one in a file. The complaints stand beside them.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        let file = folder.unwrap_or(path).join(COMPLAINTS);
        let complaints: BTreeMap<String, String> = match std::fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text)
                .with_context(|| format!("{} cannot be read", file.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        };
        let scenarios = read(path)?;
        for scenario in &scenarios {
            let unknown = scenario.complaints.iter().find(|name| !complaints.contains_key(*name));
            if let Some(name) = unknown {
                bail!(
                    "{}.toml: the complaint {name:?} does not stand in {COMPLAINTS}",
                    scenario.name
                );
            }
        }
        Ok(Self { scenarios, complaints })
    }
}

/// Reads every scenario of a folder, in the order of their names, or the one in a file.
fn read(path: &Path) -> anyhow::Result<Vec<Scenario>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).with_context(cannot)? {
            let file = entry.with_context(cannot)?.path();
            let is_scenario = file.file_name().is_some_and(|name| name != COMPLAINTS);
            if is_scenario && file.extension().is_some_and(|ending| ending == "toml") {
                files.push(file);
            }
        }
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    ensure!(
        !files.is_empty(),
        "there is no scenario (a file such as `charged-twice.toml`) in {}",
        path.display()
    );
    let scenario = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        Scenario::read(name, &text)
    };
    files.iter().map(scenario).collect()
}
