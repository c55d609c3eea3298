//! One step of a case, written as a whole or not at all.

use jiff::Timestamp;
use quittance_core::case::State;
use quittance_core::ids::PartId;
use quittance_core::mutant::Mutant;
use quittance_core::record::Draft;

use crate::approvals::ApprovalStep;
use crate::connection::Connection;
use crate::effects::{self, EffectMove, NewEffect};
use crate::error::Error;
use crate::intents::{self, IntentMove, Mark, NewIntent};
use crate::leases::{FollowUp, Lease};
use crate::open::Store;
use crate::{approvals, log, nodes};

/// What a step changes. Empty parts change nothing.
#[derive(Debug, Default)]
pub struct Transition {
    /// What the step found out and decided.
    pub entries: Vec<Draft>,
    /// A refund that was allowed.
    pub intent: Option<NewIntent>,
    /// A refund that is about to be sent.
    pub mark: Option<Mark>,
    /// A refund about which something is known now.
    pub settle: Option<IntentMove>,
    /// What was done, or is about to be done, in Intercom.
    pub effect_moves: Vec<EffectMove>,
    /// What is to be done in Intercom.
    pub effects: Vec<NewEffect>,
    /// What a person is asked, or what became of that.
    pub approval: Option<ApprovalStep>,
    /// Where the case stands now.
    pub case: CaseChange,
}

/// What becomes of the case.
#[derive(Debug, Default)]
pub struct CaseChange {
    /// Its new state.
    pub state: Option<State>,
    /// The newest part of the conversation that was dealt with.
    pub handled_part: Option<PartId>,
    /// How many questions were asked.
    pub questions: Option<u32>,
    /// The language the customer is answered in.
    pub language: Option<String>,
    /// What becomes of it if the customer does not answer.
    pub follow_up: Option<FollowUp>,
    /// Whether the case's refunds were looked at again, as Stripe had asked for.
    pub is_rechecked: bool,
    /// Gives the lease back.
    pub release: Option<Release>,
}

impl CaseChange {
    /// Whether the case itself changes.
    fn is_more_than_release(&self) -> bool {
        let is_said = self.state.is_some() || self.language.is_some();
        let is_followed = self.follow_up.is_some() || self.is_rechecked;
        is_said || is_followed || self.handled_part.is_some() || self.questions.is_some()
    }
}

/// How a lease is given back.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// The present instant.
    pub at: Timestamp,
    /// When the case wants work again, if nothing happens before.
    pub due: Option<Timestamp>,
    /// How many leases in a row have ended without success now: 0 after a step that did what it should.
    pub failures: u32,
}

impl Transition {
    /// What the step does, in a word or two: `intent`, `mark`, `settle:confirmed` and the like,
    /// `effect:mark`, `effect:unsent`, `effect:done`, `effect:drop`, `end` when the lease is given back with the last of them,
    /// `rest` when only the lease is given back, else `decide`.
    pub fn name(&self) -> &'static str {
        if self.intent.is_some() {
            return "intent";
        }
        if self.mark.is_some() {
            return "mark";
        }
        if let Some(settle) = &self.settle {
            return settle.to.name();
        }
        if let Some(first) = self.effect_moves.first() {
            return if self.case.release.is_some() { "end" } else { first.to.name() };
        }
        let is_only_rest = self.case.release.is_some()
            && self.entries.is_empty()
            && self.effects.is_empty()
            && self.approval.is_none();
        if is_only_rest { "rest" } else { "decide" }
    }
}

impl Store {
    /// Writes a step. Fails as a whole when the lease was lost, a budget has no room, the charge has
    /// another refund under way, or a refund may not be sent again.
    pub async fn commit(&self, lease: &Lease, transition: Transition) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer
            .write(transition.name(), move |connection| {
                Box::pin(async move { apply(connection, &lease, transition).await })
            })
            .await
    }
}

async fn apply(connection: &mut Connection, lease: &Lease, step: Transition) -> Result<(), Error> {
    let unfenced = unfenced(connection, lease).await?;
    let lease = unfenced.as_ref().unwrap_or(lease);
    change_case(connection, lease, &step.case).await?;
    if !step.entries.is_empty() {
        log::append(connection, step.entries).await?;
    }
    if let Some(approval) = step.approval {
        approvals::change(connection, &lease.case, approval).await?;
    }
    if let Some(new) = step.intent {
        intents::begin(connection, &lease.case, lease.fence, new).await?;
    }
    if let Some(mark) = step.mark {
        nodes::check(connection, &lease.holder, mark.at).await?;
        intents::mark(connection, &lease.case, lease.fence, mark).await?;
    }
    if let Some(settle) = step.settle {
        intents::settle(connection, &lease.case, lease.fence, settle).await?;
    }
    for effect_move in step.effect_moves {
        effects::advance(connection, &lease.case, effect_move).await?;
    }
    effects::plan(connection, &lease.case, step.effects).await
}

/// A planted mistake: a lease that was lost counts as if it had been taken just now.
async fn unfenced(connection: &mut Connection, lease: &Lease) -> Result<Option<Lease>, Error> {
    if !Mutant::NoFence.is_planted() {
        return Ok(None);
    }
    let fence = sqlx::query_scalar("select fence from cases where id = $1")
        .bind(lease.case.as_str())
        .fetch_one(&mut *connection)
        .await?;
    Ok(Some(Lease { fence, ..lease.clone() }))
}

/// The first statement of every step: it takes the lock and checks the fence.
async fn change_case(
    connection: &mut Connection,
    lease: &Lease,
    change: &CaseChange,
) -> Result<(), Error> {
    let rows = match (change.is_more_than_release(), change.release) {
        (true, None) => write(connection, lease, change).await?,
        (true, Some(release)) => {
            write(connection, lease, change).await?;
            give_back(connection, lease, release).await?
        }
        (false, Some(release)) => give_back(connection, lease, release).await?,
        (false, None) => hold(connection, lease).await?,
    };
    if rows == 1 { Ok(()) } else { Err(Error::Fenced { case: lease.case.to_string() }) }
}

/// Changes nothing. Returns how many cases have this fence: one or none.
async fn hold(connection: &mut Connection, lease: &Lease) -> Result<u64, Error> {
    let held = sqlx::query("update cases set fence = fence where id = $1 and fence = $2")
        .bind(lease.case.as_str())
        .bind(lease.fence)
        .execute(&mut *connection)
        .await?;
    Ok(held.rows_affected())
}

/// Changes the case itself. Returns how many have this fence.
async fn write(
    connection: &mut Connection,
    lease: &Lease,
    change: &CaseChange,
) -> Result<u64, Error> {
    let written = sqlx::query(
        "update cases set state = coalesce($1, state), handled_part = coalesce($2, handled_part), \
         questions = coalesce($3, questions), language = coalesce($4, language), \
         recheck = case when $7 = 1 and wakes = $8 then 0 else recheck end, \
         follow_at = coalesce($9, follow_at), reminders = coalesce($10, reminders) where id = $5 and fence = $6",
    )
    .bind(change.state.map(State::name))
    .bind(change.handled_part.as_ref().map(PartId::as_str))
    .bind(change.questions.map(i64::from))
    .bind(change.language.as_deref())
    .bind(lease.case.as_str())
    .bind(lease.fence)
    .bind(i64::from(change.is_rechecked))
    .bind(lease.wakes)
    .bind(change.follow_up.map(|next| next.at.map_or(0, Timestamp::as_millisecond)))
    .bind(change.follow_up.map(|next| i64::from(next.reminders)))
    .execute(&mut *connection)
    .await?;
    Ok(written.rows_affected())
}

/// Ends a lease. What happened to the case meanwhile makes it due at once; without any due instant it is due when
/// the customer's answer has been waited for. Returns how many have this fence.
async fn give_back(
    connection: &mut Connection,
    lease: &Lease,
    release: Release,
) -> Result<u64, Error> {
    let given_back = sqlx::query(
        "update cases set lease_until = 0, failures = $1, updated_at = $2, \
         due_at = case when wakes > $3 then case when due_at > $2 then due_at else $2 end \
         else coalesce($4, case when follow_at > 0 then follow_at end) end \
         where id = $5 and fence = $6",
    )
    .bind(i64::from(release.failures))
    .bind(release.at.as_millisecond())
    .bind(lease.wakes)
    .bind(release.due.map(Timestamp::as_millisecond))
    .bind(lease.case.as_str())
    .bind(lease.fence)
    .execute(&mut *connection)
    .await?;
    Ok(given_back.rows_affected())
}
