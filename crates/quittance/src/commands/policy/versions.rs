//! `quittance policy activate`, `list` and `show`

use std::path::Path;

use anyhow::{Context, bail};
use quittance_core::clock::Clock as _;
use quittance_policy::{read_all, unbundle};
use quittance_store::Store;
use quittance_store::policies::{Activation as Became, People, Version, Wish};

use super::super::{print, stop};
use crate::cli::{Activate, ListPolicies, ShowPolicy};
use crate::clock::SystemClock;
use crate::config::Activation;
use crate::live_policy;
use crate::policy_files::Files;

/// The shortest beginning of a version that is looked up, in digits.
const SHORTEST: usize = 6;

/// How much of a version is shown, in digits.
const SHOWN: usize = 12;

/// Makes a policy live on every node, in somebody's name.
pub(crate) async fn activate(options: &Activate) -> anyhow::Result<()> {
    let meant = stop::place(&options.place)?;
    let Some(config) = meant.config else {
        bail!("name the configuration with --config: it says how many people must agree");
    };
    let people = match config.policy.activation {
        Activation::OnePerson => People::One,
        Activation::TwoPeople => People::Two,
        Activation::Files => bail!(
            "with `policy.activation = \"files\"` a policy is live as soon as its files are saved; set it to \
             \"one_person\" or \"two_people\" to decide that by hand"
        ),
    };
    let store = stop::join(&meant.database).await?;
    let policy = match &options.what {
        None => of_files(&config.policy.path)?,
        Some(what) if Path::new(what).exists() => of_files(Path::new(what))?,
        Some(what) => readable(find(&store, what).await?)?,
    };
    let shown = short(&policy.version).to_owned();
    let became = store.policy_activate(policy, &options.by, people, SystemClock.now()).await?;
    store.close().await;
    match became {
        Became::Live => print(&format!("{shown} is live: every node goes by it within seconds")),
        Became::WasLive => print(&format!("{shown} was live before")),
        Became::Waits => print(&format!(
            "{shown} waits for a second person: `quittance policy activate {shown} --by NAME`"
        )),
        Became::SamePerson => bail!(
            "{shown} waits for a second person, and {} is the first: somebody else must agree",
            options.by
        ),
    }
    Ok(())
}

fn of_files(path: &Path) -> anyhow::Result<Version> {
    Ok(live_policy::version(&Files::read(path)?.policy()?.policy))
}

/// A version of the store, if this program finds no mistakes in it: nodes like it would not go by another.
fn readable(version: Version) -> anyhow::Result<Version> {
    match read_all(&unbundle("policy.md", &version.text)) {
        Ok(_) => Ok(version),
        Err(problems) => bail!(
            "this program finds mistakes in the policy {shown}, so no node would go by it; correct what \
             `quittance policy show {shown}` prints and make that live: {problems}",
            shown = short(&version.version)
        ),
    }
}

/// Lists the versions, newest first.
pub(crate) async fn list(options: &ListPolicies) -> anyhow::Result<()> {
    let store = look(&stop::place(&options.place)?.database).await?;
    let state = store.policy_state().await?;
    let is = |wish: &Option<Wish>, version: &str| {
        wish.as_ref().is_some_and(|wish| wish.version == version)
    };
    let listed = store.policy_versions().await?;
    if options.json {
        let versions: Vec<_> = listed
            .iter()
            .map(|it| {
                serde_json::json!({
                    "version": it.version,
                    "title": it.title,
                    "stored_at": it.at,
                    "is_live": is(&state.live, &it.version),
                    "waits": is(&state.proposed, &it.version),
                })
            })
            .collect();
        print(&serde_json::to_string_pretty(&versions)?);
        return Ok(());
    }
    if listed.is_empty() {
        print("no policy was live yet");
    }
    for it in &listed {
        let stands = match (&state.live, &state.proposed) {
            (Some(live), _) if live.version == it.version => {
                format!("  live since {} by {}", live.at, live.by)
            }
            (_, Some(proposed)) if proposed.version == it.version => {
                format!(
                    "  waits for a second person; {} wants it since {}",
                    proposed.by, proposed.at
                )
            }
            (_, _) => String::new(),
        };
        print(&format!("{}  stored {}  {}{stands}", short(&it.version), it.at, it.title));
    }
    Ok(())
}

/// Prints the text of a version.
pub(crate) async fn show(options: &ShowPolicy) -> anyhow::Result<()> {
    let store = look(&stop::place(&options.place)?.database).await?;
    let digits = if let Some(digits) = &options.digits {
        digits.clone()
    } else {
        store.policy_state().await?.live.context("no policy was live yet")?.version
    };
    let version = find(&store, &digits).await?;
    print(version.text.trim_end_matches('\n'));
    Ok(())
}

async fn look(database: &str) -> anyhow::Result<Store> {
    super::super::log::open(database).await
}

/// The version that begins with these digits.
async fn find(store: &Store, digits: &str) -> anyhow::Result<Version> {
    let is_hex = digits.chars().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || digits.len() < SHORTEST {
        bail!(
            "{digits} is neither a file nor a version: a version is at least {SHORTEST} of the digits that \
             `quittance policy list` shows"
        );
    }
    let versions = store.policy_versions().await?;
    let mut meant = versions.iter().filter(|it| it.version.starts_with(&digits.to_lowercase()));
    match (meant.next(), meant.next()) {
        (Some(only), None) => {
            store.policy_version(&only.version).await?.context("the version is gone")
        }
        (Some(_), Some(_)) => bail!("several versions begin with {digits}: give more digits"),
        (None, _) => bail!("no version begins with {digits}: `quittance policy list` shows them"),
    }
}

fn short(version: &str) -> &str {
    version.get(..SHOWN).unwrap_or(version)
}
