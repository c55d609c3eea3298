//! Everything a step needs, in one place.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance_agent::{Budget, Model};
use quittance_core::clock::Clock;
use quittance_core::limits::Limits;
use quittance_core::policy::{Policy, PolicyVersion};
use quittance_intercom::admins::Me;
use quittance_store::Store;
use quittance_store::effects::EffectMove;
use quittance_store::leases::Lease;
use quittance_store::transition::{CaseChange, Release, Transition};
use tokio::sync::broadcast;

use crate::breaker::Breaker;
use crate::carry_out::Fresh;
use crate::error::Error;
use crate::handle::{Missing, Waits};
use crate::library::{Library, Live, Said};
use crate::options::Options;
use crate::progress::{Broadcast, Progress};
use crate::reconcile::Gate;
use crate::workspace::{self, Workspace};

/// How long what Intercom says about the workspace is believed.
const WORKSPACE_AGE: Duration = Duration::from_mins(1);

/// The longest pause after a step that failed, in milliseconds.
const LONGEST_WAIT_MS: i64 = 3_600_000;

/// How long a step may take besides its turn with the model, in milliseconds: a refund and its replies.
const BESIDE_THE_MODEL_MS: u64 = 120_000;

/// What an engine is made of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Stripe.
    pub stripe: quittance_stripe::Client,
    /// Intercom.
    pub intercom: quittance_intercom::Client,
    /// The model.
    pub model: Model,
    /// What one turn with the model may use.
    pub budget: Budget,
    /// The policy that is live, with its sections and what is said.
    pub library: Live,
    /// The ceilings above the policy.
    pub limits: Limits,
    /// The settings.
    pub options: Options,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Carries cases from event to reply. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    pub(crate) parts: Arc<Parts>,
    pub(crate) progress: Broadcast,
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) waits: Arc<Waits>,
    pub(crate) missing: Arc<Missing>,
    pub(crate) fresh: Arc<Fresh>,
    workspace: Arc<Mutex<Option<Known>>>,
    /// What the clock that nobody sets showed when the process began.
    began: Duration,
}

/// What Intercom said about the workspace, and when.
#[derive(Clone)]
struct Known {
    /// By the clock that nobody sets.
    at: Duration,
    workspace: Arc<Workspace>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("options", &self.parts.options).finish_non_exhaustive()
    }
}

impl Engine {
    /// How long this process has been at work.
    pub(crate) fn age(&self) -> Duration {
        self.parts.clock.elapsed().saturating_sub(self.began)
    }

    /// An engine of these parts. Fails when there are no replies in the default language, or a lease is
    /// shorter than the longest step.
    pub fn new(parts: Parts) -> Result<Self, Error> {
        let step_ms = parts.budget.wall_ms.saturating_add(BESIDE_THE_MODEL_MS);
        if parts.options.lease_ms < step_ms {
            return Err(Error::Setting {
                setting: "engine.lease_ms".to_owned(),
                problem: format!(
                    "is {}, shorter than a step may take: give at least {step_ms} (`model.budget.wall_ms` and {} \
                     for a refund and its replies)",
                    parts.options.lease_ms, BESIDE_THE_MODEL_MS
                ),
            });
        }
        speaks(&parts.library.now().said, &parts.options.default_language)?;
        Ok(Self {
            began: parts.clock.elapsed(),
            parts: Arc::new(parts),
            progress: Broadcast::new(),
            breaker: Arc::default(),
            gate: Arc::default(),
            waits: Arc::default(),
            missing: Arc::default(),
            fresh: Arc::default(),
            workspace: Arc::default(),
        })
    }

    /// The settings.
    pub fn options(&self) -> &Options {
        &self.parts.options
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The policy that decisions go by.
    pub fn policy_version(&self) -> PolicyVersion {
        self.parts.library.now().policy.version.clone()
    }

    /// What answers go by now.
    pub fn library(&self) -> Arc<Library> {
        self.parts.library.now()
    }

    /// Goes by another policy from the next decision on, and tells the other nodes so.
    pub async fn go_by(&self, policy: Policy) -> Result<(), Error> {
        let version = policy.version.clone();
        self.parts.library.go_by(policy)?;
        Ok(self.store().node_policy(version.as_str()).await?)
    }

    /// Says something else from the next answer on. Fails when there are no replies in the default language.
    pub fn say(&self, said: Said) -> Result<(), Error> {
        speaks(&said, &self.parts.options.default_language)?;
        self.parts.library.say(said);
        Ok(())
    }

    /// What the engine does from now on.
    pub fn watch(&self) -> broadcast::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Gives the lease of a step that went well back. The case is due again at `due`, or when something
    /// happens.
    pub async fn rest(&self, lease: &Lease, due: Option<Timestamp>) -> Result<(), Error> {
        self.rest_after(lease, due, None).await
    }

    /// The same, and writes down what the step did last.
    pub(crate) async fn rest_after(
        &self,
        lease: &Lease,
        due: Option<Timestamp>,
        last: Option<EffectMove>,
    ) -> Result<(), Error> {
        self.give_back(lease, Release { at: self.now(), due, failures: 0 }, last).await
    }

    /// Gives the lease of a step that failed back, with a pause that doubles with every failure. That the
    /// database was away is no fault of the case's and does not count.
    pub async fn postpone(&self, lease: &Lease, error: &Error) -> Result<(), Error> {
        let is_outage = matches!(error, Error::Store(error) if error.is_outage());
        let failures = lease.failures.saturating_add(u32::from(!is_outage));
        let doubled = 2_i64.saturating_pow(lease.failures.min(30)).saturating_mul(1_000);
        let pause = SignedDuration::from_millis(doubled.min(LONGEST_WAIT_MS));
        let at = self.now();
        let due = Some(at.saturating_add(pause).unwrap_or(at));
        self.give_back(lease, Release { at, due, failures }, None).await
    }

    async fn give_back(
        &self,
        lease: &Lease,
        release: Release,
        last: Option<EffectMove>,
    ) -> Result<(), Error> {
        let case = CaseChange { release: Some(release), ..CaseChange::default() };
        let effect_moves = last.into_iter().collect();
        let step = Transition { case, effect_moves, ..Transition::default() };
        Ok(self.store().commit(lease, step).await?)
    }

    /// What time it is at Intercom, as far as it has told. Our own clock may be wrong, and was perhaps set.
    pub(crate) fn intercoms_now(&self) -> Timestamp {
        self.parts.intercom.last_date().unwrap_or_else(|| self.now())
    }

    /// Who we are at Intercom, as long as we live: a token keeps its owner.
    pub(crate) async fn me(&self) -> Result<Me, Error> {
        match self.known() {
            Some(known) => Ok(known.workspace.me.clone()),
            None => Ok(self.workspace().await?.me.clone()),
        }
    }

    fn known(&self) -> Option<Known> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What Intercom says about the workspace, at most a minute old.
    pub(crate) async fn workspace(&self) -> Result<Arc<Workspace>, Error> {
        let now = self.parts.clock.elapsed();
        if let Some(Known { at, workspace }) = self.known()
            && now.saturating_sub(at) < WORKSPACE_AGE
        {
            return Ok(workspace);
        }
        let attribute = &self.parts.options.contact_attribute;
        let workspace = Arc::new(workspace::read(&self.parts.intercom, attribute).await?);
        *self.workspace.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Known { at: now, workspace: Arc::clone(&workspace) });
        Ok(workspace)
    }
}

/// Fails when there are no replies in the language that everybody gets who has no other.
fn speaks(said: &Said, default_language: &str) -> Result<(), Error> {
    if said.templates.contains_key(default_language) {
        return Ok(());
    }
    let known: Vec<&str> = said.templates.keys().map(String::as_str).collect();
    Err(Error::Setting {
        setting: "engine.default_language".to_owned(),
        problem: format!(
            "is {default_language:?}, which has no replies; there are: {}",
            known.join(", ")
        ),
    })
}
