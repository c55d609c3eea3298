//! Which policy a running program goes by, and how it changes while it runs: by its files, or by people.
//! What is said changes with its files.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;
use quittance_core::policy::{Policy, PolicyVersion};
use quittance_engine::Engine;
use quittance_policy::{Problem, Severity, bundle, read_all, unbundle};
use quittance_store::Store;
use quittance_store::policies::{Activation as Became, People, Version};
use tokio_util::sync::CancellationToken;

use crate::config::{Activation, PolicyFiles};
use crate::policy_files::Files;
use crate::said_files::SaidFiles;
use crate::settled::Settled;
use crate::start::Started;

/// How often the files and the database are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The files of the policy, and the policy if saving them makes it live. Then they must have no errors.
pub(crate) fn files(config: &PolicyFiles) -> anyhow::Result<(Files, Option<Policy>)> {
    let files = Files::read(&config.path).context("check `policy.path`")?;
    let policy = match config.activation {
        Activation::Files => Some(files.policy()?.policy),
        Activation::OnePerson | Activation::TwoPeople => None,
    };
    Ok((files, policy))
}

/// The policy to begin with: that of the files where saving them makes it live, else the one that people
/// made live. The very first one is that of the files.
pub(crate) async fn begin(
    store: &Store,
    (files, policy): (Files, Option<Policy>),
) -> anyhow::Result<Policy> {
    if let Some(policy) = policy {
        return Ok(policy);
    }
    let Some(live) = store.policy_state().await?.live else {
        return Ok(files.policy()?.policy);
    };
    if live.version != PolicyVersion::of(&bundle(&files.sources)).as_str() {
        tracing::info!(
            policy.version = live.version,
            policy.by = live.by,
            "the files hold another policy than the live one; `quittance policy activate` makes it live"
        );
    }
    stored(store, &live.version).await
}

/// A policy as the store keeps it.
pub(crate) fn version(policy: &Policy) -> Version {
    Version {
        version: policy.version.to_string(),
        title: policy.title().to_owned(),
        text: quittance_policy::text(policy),
    }
}

/// Writes down with which policy the program begins. Gives the number of the last change of the live one.
pub(crate) async fn began(
    store: &Store,
    activation: Activation,
    policy: &Policy,
    now: Timestamp,
) -> anyhow::Result<u64> {
    let (version, by) = (version(policy), files_of(store));
    Ok(match activation {
        Activation::Files => store.policy_begin(version, &by, now).await?,
        Activation::OnePerson | Activation::TwoPeople => {
            store.policy_first(version, &by, now).await?
        }
    })
}

/// Who makes a policy live when its files do.
fn files_of(store: &Store) -> String {
    format!("the files of {}", store.node_id())
}

/// A version of the store, read as a policy.
pub(crate) async fn stored(store: &Store, version: &str) -> anyhow::Result<Policy> {
    let found = store.policy_version(version).await?;
    let found = found.with_context(|| format!("the store has no policy {version}"))?;
    match read_all(&unbundle("policy.md", &found.text)) {
        Ok(checked) => Ok(checked.policy),
        Err(problems) => bail!(
            "this program finds mistakes in the policy {version}, which is live; make another one live with \
             `quittance policy activate`: {problems}"
        ),
    }
}

/// Follows the live policy: makes what is saved live where that is set, and goes by what is live.
#[derive(Debug)]
pub(crate) struct Follower {
    engine: Engine,
    config: PolicyFiles,
    /// The change of the live policy that was followed last.
    act: u64,
    /// The files of the policy.
    policy: Settled<PolicyVersion>,
    /// The replies and the voice.
    said: Settled<SaidFiles>,
    /// What could not be done last, so that it is said once.
    trouble: Option<String>,
}

impl Follower {
    /// Begins with what the program was started with.
    pub(crate) fn new(config: &PolicyFiles, started: &Started) -> Self {
        Self {
            engine: started.engine.clone(),
            config: config.clone(),
            act: started.policy_act,
            policy: Settled::new(started.engine.policy_version()),
            said: Settled::new(started.said.clone()),
            trouble: None,
        }
    }

    /// Looks every other second, until `stop` is cancelled.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            // What other nodes and people make live counts whatever the files here are like.
            let (files, said) = (self.look_at_files().await, self.look_at_said());
            match self.look_at_database().await.and(files).and(said) {
                Ok(()) => self.trouble = None,
                Err(error) => self.tell(&error),
            }
        }
    }

    fn tell(&mut self, error: &anyhow::Error) {
        let said = format!("{error:#}");
        if self.trouble.as_ref() != Some(&said) {
            tracing::warn!(
                error = said,
                "what was live stays live: what is new cannot be looked at"
            );
            self.trouble = Some(said);
        }
    }

    /// Makes the files' policy live when it has changed, is whole, and nothing in it is an error.
    async fn look_at_files(&mut self) -> anyhow::Result<()> {
        let files = Files::read(&self.config.path)?;
        let Some(version) = self.policy.look(PolicyVersion::of(&bundle(&files.sources))) else {
            return Ok(());
        };
        match self.config.activation {
            Activation::Files => self.make_live(&files).await?,
            Activation::OnePerson | Activation::TwoPeople => tracing::info!(
                policy.version = version.as_str(),
                "the files of the policy have changed; `quittance policy activate` makes them live"
            ),
        }
        self.policy.done();
        Ok(())
    }

    /// Says what the files of the replies and the voice say when they have changed and nothing in them is an
    /// error.
    fn look_at_said(&mut self) -> anyhow::Result<()> {
        let Some(files) = self.said.look(SaidFiles::configured(&self.config)?) else {
            return Ok(());
        };
        let (found, said) = files.check();
        match said {
            Some(said) => {
                self.engine.say(said)?;
                tracing::info!("the replies or the voice have changed: so it is said from now on");
            }
            None => tell_errors(&found, "what was said before is said"),
        }
        self.said.done();
        Ok(())
    }

    async fn make_live(&self, files: &Files) -> anyhow::Result<()> {
        let (found, checked) = files.check();
        let Some(checked) = checked else {
            tell_errors(&found, "the policy before stays live");
            return Ok(());
        };
        let store = self.engine.store();
        let (version, by) = (version(&checked.policy), files_of(store));
        let became = store.policy_activate(version, &by, People::One, self.engine.now()).await?;
        if became == Became::WasLive {
            tracing::info!("the files hold the live policy again");
            if checked.policy.version != self.engine.policy_version() {
                self.engine.go_by(checked.policy).await?;
            }
        }
        Ok(())
    }

    /// Goes by the policy that is live, if that has changed.
    async fn look_at_database(&mut self) -> anyhow::Result<()> {
        let store = self.engine.store();
        let state = store.policy_state().await?;
        let Some(live) = state.live else { return Ok(()) };
        let ours = self.engine.library();
        let is_ours = live.version == ours.policy.version.as_str();
        let is_news = state.act > self.act;
        if !is_ours && !is_news && self.config.activation == Activation::Files {
            // Nodes of another policy were alive when this one began; they may have left since.
            let Self { engine, config, .. } = &*self;
            self.act = began(store, config.activation, &ours.policy, engine.now()).await?;
            return Ok(());
        }
        if !is_ours {
            let policy = stored(store, &live.version).await?;
            self.engine.go_by(policy).await?;
            tracing::info!(
                policy.version = live.version,
                policy.by = live.by,
                "another policy is live from now on"
            );
        } else if is_news {
            // The other nodes may not have heard what this one goes by.
            store.node_policy(&live.version).await?;
        }
        self.act = state.act;
        Ok(())
    }
}

/// Tells that what was saved has errors, and what holds instead.
fn tell_errors(found: &[Problem], instead: &str) {
    let mut errors = found.iter().filter(|problem| problem.severity == Severity::Error);
    let first = errors.next().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        errors = errors.count().saturating_add(1),
        first,
        "what was saved has errors, so {instead}; `quittance policy check` tells them"
    );
}
