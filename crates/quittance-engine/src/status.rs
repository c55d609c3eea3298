//! Where money stands: whether it may move, how much can still leave today, and what waits for whom.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quittance_core::case::State;
use quittance_core::ids::{CaseId, ChargeId, DecisionId};
use quittance_core::limits::{self, COUNT, Caps, DAY, HOUR, Limits, MONTH, REASON, Taken, Windows};
use quittance_core::money::{Currency, Money};
use quittance_store::Store;
use quittance_store::intents::{Intent, IntentState};
use quittance_store::totals::Budget;
use serde::Serialize;

use crate::error::Error;
use crate::options::StopOptions;
use crate::stop;

/// How many refunds of a kind, and cases, are listed at most.
pub const MOST_LISTED: u32 = 100;

/// Everything there is to say about the money at one instant.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// When it was so.
    pub at: Timestamp,
    /// Why money is stopped, if it is.
    pub stopped: Option<Stopped>,
    /// The most that can still leave today (UTC) by currency, if money is not stopped, or no longer; none
    /// when the limits are not known here.
    pub worst_loss: Option<Vec<Money>>,
    /// How far the budgets of this hour, day and month are used.
    pub budgets: Vec<Used>,
    /// Refunds that are allowed and not yet settled, oldest first.
    pub under_way: Vec<Waiting>,
    /// Refunds of which a person must find out whether they were made, oldest first.
    pub parked: Vec<Waiting>,
    /// Cases that should have come to an end or to a person by now.
    pub overdue: Vec<Late>,
    /// The processes that serve the database.
    pub nodes: Vec<Serving>,
}

/// Who stopped money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// Every reason since.
    pub why: String,
    /// Who did it first; nobody, if a file did or nothing can be read.
    pub by: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// How far a budget is used. Amounts are in minor units of the currency, or refunds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Which budget: `hour`, `day`, `month` or `reason:…`.
    pub scope: String,
    /// The currency's code, or the one under which refunds are counted.
    pub currency: String,
    /// The most that may be taken.
    pub cap: i64,
    /// What was given back.
    pub posted: i64,
    /// What refunds under way hold.
    pub pending: i64,
}

/// A refund that is not settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The decision that allowed it.
    pub decision: DecisionId,
    /// The case it belongs to.
    pub case: CaseId,
    /// The charge it gives back.
    pub charge: ChargeId,
    /// How much.
    pub amount: Money,
    /// How far it is: `intent`, `marked`, `unknown` or `parked`.
    pub state: &'static str,
    /// How often it was marked to be sent.
    pub sends: i64,
    /// When it was last marked.
    pub last_send: Option<Timestamp>,
    /// When it will be with a person at the latest.
    pub deadline: Option<Timestamp>,
}

/// A case that takes too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Late {
    /// The case.
    pub case: CaseId,
    /// Where it stands.
    pub state: State,
    /// Since when it has wanted work.
    pub since: Timestamp,
    /// How many steps in a row failed.
    pub failures: i64,
}

/// A process that serves the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Serving {
    /// Its name.
    pub id: String,
    /// Its build.
    pub build: String,
    /// The policy it applies.
    pub policy: String,
}

/// Reads how things stand. Without the limits there is no worst loss, and budgets are shown only where
/// something was taken.
pub async fn read(
    store: &Store,
    limits: Option<&Limits>,
    options: &StopOptions,
    now: Timestamp,
) -> Result<Status, Error> {
    let taken = store.budgets_of(Windows::of(now)).await?;
    let worst_loss = match limits {
        Some(limits) => Some(worst_loss(store, limits, &taken, now).await?),
        None => None,
    };
    let mut under_way = Vec::new();
    for state in [IntentState::Intent, IntentState::Marked, IntentState::Unknown] {
        under_way.extend(waiting(store, state).await?);
    }
    under_way.sort_by_key(|refund| refund.last_send);
    Ok(Status {
        at: now,
        stopped: stopped(store, options).await,
        worst_loss,
        budgets: budgets(limits, taken),
        under_way,
        parked: waiting(store, IntentState::Parked).await?,
        overdue: overdue(store, now).await?,
        nodes: nodes(store, now).await,
    })
}

/// Why no refund may be sent, as far as it can be told without the engine: what cannot be read is stopped.
async fn stopped(store: &Store, options: &StopOptions) -> Option<Stopped> {
    let file = match &options.file {
        Some(file) => stop::look(file).await,
        None => None,
    };
    match (store.stop_state().await, file) {
        (Ok(stop), _) if stop.is_stopped => {
            Some(Stopped { why: stop.why, by: Some(stop.by), since: Some(stop.at) })
        }
        (Ok(_), file) => file.map(|why| Stopped { why, by: None, since: None }),
        (Err(error), _) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the stop switch cannot be read"
            );
            let why = "the stop switch cannot be read".to_owned();
            Some(Stopped { why, by: None, since: None })
        }
    }
}

async fn worst_loss(
    store: &Store,
    limits: &Limits,
    taken: &[Budget],
    now: Timestamp,
) -> Result<Vec<Money>, Error> {
    let used = |scope: &str, currency: &str| {
        let found =
            taken.iter().find(|budget| budget.scope == scope && budget.currency == currency);
        found.map_or(0, |budget| budget.posted.saturating_add(budget.pending))
    };
    let mut under_way: BTreeMap<Currency, i64> = BTreeMap::new();
    for (code, minor) in store.under_way().await? {
        let currency =
            code.parse().map_err(|_| quittance_store::Error::Unreadable { what: "currency" })?;
        under_way.insert(currency, minor);
    }
    let mut currencies: Vec<Currency> = limits.currencies.keys().copied().collect();
    currencies.extend(under_way.keys().filter(|code| !limits.currencies.contains_key(code)));
    let losses = currencies.into_iter().map(|currency| {
        let taken = Taken {
            day: used(DAY, currency.code()),
            month: used(MONTH, currency.code()),
            hour: used(HOUR, COUNT),
            under_way: under_way.get(&currency).copied().unwrap_or(0),
        };
        Ok(limits::worst_loss(limits, currency, &taken, now)?)
    });
    losses.collect()
}

/// Every budget there is now, with today's ceilings where they are known.
fn budgets(limits: Option<&Limits>, taken: Vec<Budget>) -> Vec<Used> {
    let mut all: Vec<Used> = limits.map(unused).unwrap_or_default();
    for Budget { scope, currency, cap, posted, pending, .. } in taken {
        match all.iter_mut().find(|known| known.scope == scope && known.currency == currency) {
            Some(known) => (known.posted, known.pending) = (posted, pending),
            None => all.push(Used { scope, currency, cap, posted, pending }),
        }
    }
    all
}

/// The budgets of the settings, before anything is taken.
fn unused(limits: &Limits) -> Vec<Used> {
    let used = |scope: &str, currency: &str, cap: i64| Used {
        scope: scope.to_owned(),
        currency: currency.to_owned(),
        cap,
        posted: 0,
        pending: 0,
    };
    let mut all = vec![used(HOUR, COUNT, i64::from(limits.refunds_per_hour))];
    for (currency, caps) in &limits.currencies {
        let Caps { per_day, per_month, per_reason_day, .. } = caps;
        all.push(used(DAY, currency.code(), per_day.minor()));
        all.push(used(MONTH, currency.code(), per_month.minor()));
        for (reason, cap) in per_reason_day {
            all.push(used(&format!("{REASON}{}", reason.name()), currency.code(), cap.minor()));
        }
    }
    all
}

async fn waiting(store: &Store, state: IntentState) -> Result<Vec<Waiting>, Error> {
    let found = store.intents_in(state, 0, MOST_LISTED).await?;
    Ok(found.into_iter().map(Waiting::of).collect())
}

impl Waiting {
    fn of(intent: Intent) -> Self {
        Self {
            deadline: intent.deadline(),
            decision: intent.decision,
            case: intent.case,
            charge: intent.charge,
            amount: intent.amount,
            state: intent.state.name(),
            sends: intent.attempt,
            last_send: intent.last_send,
        }
    }
}

async fn overdue(store: &Store, now: Timestamp) -> Result<Vec<Late>, Error> {
    let found = store.overdue(now, MOST_LISTED).await?;
    let late = found.into_iter().map(|one| Late {
        case: one.case,
        state: one.state,
        since: one.since,
        failures: one.failures,
    });
    Ok(late.collect())
}

/// The nodes, as far as they can be read: how things stand is worth telling without them.
async fn nodes(store: &Store, now: Timestamp) -> Vec<Serving> {
    match store.nodes_alive(now).await {
        Ok(alive) => alive
            .into_iter()
            .map(|node| Serving { id: node.id, build: node.build, policy: node.policy })
            .collect(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the nodes cannot be read");
            Vec::new()
        }
    }
}
