//! The queue: cases that are due, each worked on by one worker at a time.

use jiff::Timestamp;
use quittance_core::case::State;
use quittance_core::ids::{CaseId, ConversationId, PartId, WorkspaceId};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::effects;
use crate::error::Error;
use crate::nodes::gone_before;
use crate::open::Store;

/// The right to work on a case for a while, and what the store knows about it.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The case.
    pub case: CaseId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Where it stands.
    pub state: State,
    /// The number of this lease. A write that carries an older one changes nothing.
    pub fence: i64,
    /// The node that has it.
    pub holder: String,
    /// When a webhook last told of the conversation.
    pub woken_at: Timestamp,
    /// The newest change of the conversation that anything told of, in Intercom's time, to the second.
    pub seen_change: Option<Timestamp>,
    /// What had happened to the case when the lease was taken.
    pub(crate) wakes: i64,
    /// Whether Stripe said something about its refunds.
    pub is_recheck: bool,
    /// How many leases in a row, this one not counted, ended without success: a step that kills the
    /// worker counts too.
    pub failures: u32,
    /// How many questions the customer was asked since the last decision.
    pub questions: u32,
    /// The newest part of the conversation that was dealt with.
    pub handled_part: Option<PartId>,
    /// The language the customer was last answered in.
    pub language: Option<String>,
    /// What becomes of the case if the customer does not answer.
    pub follow_up: FollowUp,
}

/// What becomes of a case if the customer does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowUp {
    /// When it is looked at; never without it.
    pub at: Option<Timestamp>,
    /// How often the customer was reminded.
    pub reminders: u32,
}

impl Store {
    /// Takes up to `limit` cases that are due, the longest waiting first, until `until`, for the node that
    /// this store belongs to. What a node has leased that is gone may be taken before its time.
    pub async fn lease_due(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Lease>, Error> {
        self.lease_due_for(&self.node_id(), now, until, limit).await
    }

    /// The same for any node.
    pub async fn lease_due_for(
        &self,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Lease>, Error> {
        let gone = gone_before(now);
        let (now, until) = (now.as_millisecond(), until.as_millisecond());
        // A look without a lock first: an idle worker writes nothing.
        let is_due =
            sqlx::query(
                "select 1 from cases where due_at <= $1 and (lease_until < $1 or \
                 (lease_until > 0 and exists (select 1 from node where node.id = cases.holder and node.seen_at <= $2))) limit 1",
            )
                .bind(now)
                .bind(gone)
                .fetch_optional(&self.reader)
                .await?;
        if is_due.is_none() {
            return Ok(Vec::new());
        }
        let holder = holder.to_owned();
        self.writer
            .write("lease", move |connection| {
                Box::pin(async move {
                    effects::overrun(connection, now, gone).await?;
                    let rows = sqlx::query(
                        "update cases set lease_until = $1, holder = $4, fence = fence + 1, failures = failures + 1 where id in \
                         (select id from cases where due_at <= $2 and (lease_until < $2 or \
                          (lease_until > 0 and exists (select 1 from node where node.id = cases.holder and node.seen_at <= $5))) order by due_at limit $3) \
                         returning id, workspace, conversation, state, fence, wakes, recheck, failures, questions, \
                         handled_part, language, woken_at, seen_change, follow_at, reminders, holder",
                    )
                    .bind(until)
                    .bind(now)
                    .bind(i64::from(limit))
                    .bind(holder)
                    .bind(gone)
                    .fetch_all(&mut *connection)
                    .await?;
                    rows.iter().map(lease).collect()
                })
            })
            .await
    }

    /// Takes one case for `holder` until `until`, due or not, unless somebody has it: for a person who settles
    /// what it waits for. Gives when it was due beside the lease, to be given back with it.
    pub async fn lease_case(
        &self,
        holder: &str,
        case: &CaseId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Lease, Option<Timestamp>)>, Error> {
        let (now, until) = (now.as_millisecond(), until.as_millisecond());
        let (holder, case) = (holder.to_owned(), case.clone());
        self.writer
            .write("lease", move |connection| {
                Box::pin(async move {
                    let row = sqlx::query(
                        "update cases set lease_until = $1, holder = $2, fence = fence + 1, failures = failures + 1 \
                         where id = $3 and lease_until < $4 \
                         returning id, workspace, conversation, state, fence, wakes, recheck, failures, questions, \
                         handled_part, language, woken_at, seen_change, follow_at, reminders, holder, due_at",
                    )
                    .bind(until)
                    .bind(holder)
                    .bind(case.as_str())
                    .bind(now)
                    .fetch_optional(&mut *connection)
                    .await?;
                    let Some(row) = row else { return Ok(None) };
                    let due: Option<i64> = row.try_get("due_at")?;
                    let due = due.and_then(|due| Timestamp::from_millisecond(due).ok());
                    Ok(Some((lease(&row)?, due)))
                })
            })
            .await
    }

    /// Ends every lease: for the one process that serves this database, when it starts. Their workers
    /// are gone, so their cases need not wait until the leases run out.
    pub async fn end_leases(&self) -> Result<u64, Error> {
        self.writer
            .write("end_leases", |connection| {
                Box::pin(async move {
                    let ended = sqlx::query(
                        "update cases set lease_until = 0, fence = fence + 1 where lease_until > 0",
                    )
                    .execute(&mut *connection)
                    .await?;
                    Ok(ended.rows_affected())
                })
            })
            .await
    }

    /// Ends the leases of this node that are not `in_hand`, each named by its case and its fence: those taken
    /// by a commit whose answer was lost, and those that could not be given back while the database was away.
    /// Nobody works on them, and they do not count as failures.
    pub async fn end_leases_but(
        &self,
        in_hand: Vec<(CaseId, i64)>,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let holder = self.node_id();
        self.writer
            .write("end_leases", move |connection| {
                Box::pin(async move {
                    let held: Vec<(String, i64)> = sqlx::query_as(
                        "select id, fence from cases where lease_until > 0 and holder = $1",
                    )
                    .bind(holder)
                    .fetch_all(&mut *connection)
                    .await?;
                    let is_in_hand = |(id, fence): &(String, i64)| {
                        in_hand.iter().any(|(case, mine)| case.as_str() == id && mine == fence)
                    };
                    let mut ended = 0_u64;
                    for (id, fence) in held.into_iter().filter(|held| !is_in_hand(held)) {
                        let end = sqlx::query(
                            "update cases set lease_until = 0, fence = fence + 1, failures = failures - 1, updated_at = $1 \
                             where id = $2 and fence = $3",
                        );
                        let done = end.bind(now.as_millisecond()).bind(id).bind(fence);
                        let rows = done.execute(&mut *connection).await?.rows_affected();
                        ended = ended.saturating_add(rows);
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// The language a case was last answered in.
    pub async fn language_of(&self, case: &CaseId) -> Result<Option<String>, Error> {
        let row = sqlx::query("select language from cases where id = $1")
            .bind(case.as_str())
            .fetch_optional(&self.reader)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
    }

    /// The newest part of a case's conversation that was dealt with.
    pub async fn handled_part_of(&self, case: &CaseId) -> Result<Option<PartId>, Error> {
        let row = sqlx::query("select handled_part from cases where id = $1")
            .bind(case.as_str())
            .fetch_optional(&self.reader)
            .await?;
        let part: Option<String> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        part.map(|part| part.parse()).transpose().map_err(|_| Error::Unreadable { what: "part" })
    }

    /// What becomes of a case now if the customer does not answer.
    pub async fn follow_up_of(&self, case: &CaseId) -> Result<FollowUp, Error> {
        let row = sqlx::query("select follow_at, reminders from cases where id = $1")
            .bind(case.as_str())
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map_or(Ok(FollowUp::default()), follow_up)
    }

    /// When the next case is due, if any is.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        let row = sqlx::query(
            "select min(case when lease_until > due_at then lease_until else due_at end) from cases \
             where due_at is not null",
        )
        .fetch_one(&self.reader)
        .await?;
        let due: Option<i64> = row.try_get(0)?;
        Ok(due.and_then(|due| Timestamp::from_millisecond(due).ok()))
    }
}

fn follow_up(row: &AnyRow) -> Result<FollowUp, Error> {
    let number = |column: &str| row.try_get::<i64, _>(column);
    let at = Some(number("follow_at")?).filter(|at| *at > 0);
    Ok(FollowUp {
        at: at.and_then(|at| Timestamp::from_millisecond(at).ok()),
        reminders: u32::try_from(number("reminders")?).unwrap_or(u32::MAX),
    })
}

fn lease(row: &AnyRow) -> Result<Lease, Error> {
    let unreadable = |what| move |_| Error::Unreadable { what };
    let text = |column: &str| row.try_get::<String, _>(column);
    let number = |column: &str| row.try_get::<i64, _>(column);
    let handled: Option<String> = row.try_get("handled_part")?;
    Ok(Lease {
        case: text("id")?.parse().map_err(unreadable("case id"))?,
        workspace: text("workspace")?.parse().map_err(unreadable("workspace"))?,
        conversation: text("conversation")?.parse().map_err(unreadable("conversation"))?,
        state: text("state")?.parse().map_err(|_| Error::Unreadable { what: "state" })?,
        fence: number("fence")?,
        holder: text("holder")?,
        wakes: number("wakes")?,
        is_recheck: number("recheck")? != 0,
        failures: u32::try_from(number("failures")?.saturating_sub(1)).unwrap_or(u32::MAX),
        questions: u32::try_from(number("questions")?).unwrap_or(u32::MAX),
        handled_part: handled.map(|part| part.parse()).transpose().map_err(unreadable("part"))?,
        language: row.try_get("language")?,
        follow_up: follow_up(row)?,
        seen_change: Some(number("seen_change")?)
            .filter(|change| *change > 0)
            .and_then(|change| Timestamp::from_millisecond(change).ok()),
        woken_at: Timestamp::from_millisecond(number("woken_at")?)
            .map_err(|_| Error::Unreadable { what: "instant" })?,
    })
}
