//! Webhooks that were acknowledged, and the cases they wake.

use jiff::Timestamp;
use quittance_core::event::Source;
use quittance_core::ids::{CaseId, ChargeId, ConversationId, EventId, RefundId, WorkspaceId};
use quittance_core::mutant::Mutant;
use sqlx::Row;

use crate::connection::Connection;
use crate::error::Error;
use crate::open::Store;

/// How long somebody who goes on writing can postpone the answer, in milliseconds.
const LONGEST_QUIET_MS: i64 = 30_000;

/// A verified webhook that is to be kept.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Who sent it.
    pub source: Source,
    /// The sender's id for it: it counts once, for ever.
    pub id: EventId,
    /// What it is about, in the sender's words.
    pub topic: String,
    /// When it arrived.
    pub at: Timestamp,
    /// Whose case it wakes.
    pub wakes: Wakes,
}

/// What a webhook wakes.
#[derive(Clone, Debug)]
pub enum Wakes {
    /// The case of a conversation, which is opened if it is new.
    Conversation {
        /// The workspace.
        workspace: WorkspaceId,
        /// The conversation.
        conversation: ConversationId,
        /// When to look at it: a little later, so that several messages get one answer.
        due: Timestamp,
        /// The conversation's last change that the webhook tells of, in Intercom's time: whoever looks for
        /// what webhooks lost need not wake the case for it again.
        changed: Option<Timestamp>,
    },
    /// The case whose refund this is, to look at the refund again. None, if it is not ours. A refund that
    /// is not known, with a charge that is not told, may be one that is being sent: every case that is
    /// waiting for one looks again.
    Refund {
        /// The refund, if it is known.
        refund: Option<RefundId>,
        /// The charge, if it is known.
        charge: Option<ChargeId>,
        /// What is said of the refund.
        news: News,
    },
    /// Nothing: it is only remembered.
    Nothing,
}

/// What Stripe says of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was made. That is news only to a case that is not sure of it: whoever is sending it gets the answer.
    Made,
    /// It, or its charge, changed.
    Changed,
}

/// A conversation that changed at Intercom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The conversation.
    pub conversation: ConversationId,
    /// When it last changed, in Intercom's time.
    pub at: Timestamp,
}

/// Whether a webhook was new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is stored, and its case, if it has one, is due.
    New,
    /// It was there already; nothing was done.
    Seen,
}

impl Store {
    /// Stores a webhook and wakes its case, in one transaction. Returns once that is on disk.
    pub async fn take_in(&self, arrival: Arrival) -> Result<Receipt, Error> {
        if Mutant::AcknowledgedUnstored.is_planted() {
            return Ok(Receipt::New);
        }
        self.writer.write("take_in", move |connection| Box::pin(take_in(connection, arrival))).await
    }

    /// Wakes the case of each conversation with a change that it was not woken for yet; a new one is
    /// opened. A change wakes once. Tells how many were woken.
    pub async fn wake_changed(
        &self,
        workspace: &WorkspaceId,
        changes: Vec<Change>,
        now: Timestamp,
        due: Timestamp,
    ) -> Result<u64, Error> {
        if changes.is_empty() {
            return Ok(0);
        }
        let workspace = workspace.clone();
        self.writer
            .write("wake_changed", move |connection| {
                Box::pin(async move {
                    let mut woken = 0_u64;
                    for change in &changes {
                        woken = woken.saturating_add(
                            wake_changed(connection, &workspace, change, now, due).await?,
                        );
                    }
                    Ok(woken)
                })
            })
            .await
    }
}

async fn take_in(connection: &mut Connection, arrival: Arrival) -> Result<Receipt, Error> {
    let at = arrival.at.as_millisecond();
    let case = match &arrival.wakes {
        Wakes::Conversation { workspace, conversation, .. } => {
            let case = CaseId::of(workspace, conversation);
            Some(case.map_err(|_| Error::Unreadable { what: "case id" })?)
        }
        // Whose refund it is is not known yet.
        Wakes::Refund { .. } | Wakes::Nothing => None,
    };
    let is_new = sqlx::query(
        "insert into inbox (source, id, topic, received_at, case_id) values ($1, $2, $3, $4, $5) \
         on conflict (source, id) do nothing",
    )
    .bind(arrival.source.name())
    .bind(arrival.id.as_str())
    // PostgreSQL keeps no NUL in a text.
    .bind(arrival.topic.replace('\0', ""))
    .bind(at)
    .bind(case.as_ref().map(CaseId::as_str))
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if is_new == 0 {
        return Ok(Receipt::Seen);
    }
    let found = match arrival.wakes {
        Wakes::Conversation { workspace, conversation, due, changed } => {
            let changed = changed.map_or(0, Timestamp::as_millisecond);
            wake_conversation(connection, &workspace, &conversation, due, changed, at).await?;
            None
        }
        Wakes::Refund { refund, charge, news } => {
            wake_refund(connection, (refund, charge), news, at).await?
        }
        Wakes::Nothing => None,
    };
    if let Some(case) = found {
        sqlx::query("update inbox set case_id = $1 where source = $2 and id = $3")
            .bind(case)
            .bind(arrival.source.name())
            .bind(arrival.id.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(Receipt::New)
}

async fn wake_conversation(
    connection: &mut Connection,
    workspace: &WorkspaceId,
    conversation: &ConversationId,
    due: Timestamp,
    changed: i64,
    now: i64,
) -> Result<(), Error> {
    let case =
        CaseId::of(workspace, conversation).map_err(|_| Error::Unreadable { what: "case id" })?;
    sqlx::query(
        "insert into cases (id, workspace, conversation, state, due_at, wakes, woken_at, waiting_since, created_at, updated_at, \
         seen_change) values ($1, $2, $3, 'open', $4, 1, $5, $5, $5, $5, $7) \
         on conflict (id) do update set wakes = cases.wakes + 1, updated_at = excluded.updated_at, \
         seen_change = case when excluded.seen_change > cases.seen_change then excluded.seen_change \
                            else cases.seen_change end, \
         woken_at = excluded.woken_at, due_at = case when cases.due_at is null then excluded.due_at \
                       when cases.due_at <= excluded.updated_at then cases.due_at \
                       when excluded.due_at > cases.waiting_since + $6 then cases.waiting_since + $6 \
                       else excluded.due_at end, \
         waiting_since = case when cases.due_at is null then excluded.updated_at else cases.waiting_since end",
    )
    .bind(case.as_str())
    .bind(workspace.as_str())
    .bind(conversation.as_str())
    .bind(due.as_millisecond())
    .bind(now)
    .bind(LONGEST_QUIET_MS)
    .bind(changed)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Wakes a case as a webhook does, if the change is newer than what it was woken for before.
async fn wake_changed(
    connection: &mut Connection,
    workspace: &WorkspaceId,
    change: &Change,
    now: Timestamp,
    due: Timestamp,
) -> Result<u64, Error> {
    let case = CaseId::of(workspace, &change.conversation)
        .map_err(|_| Error::Unreadable { what: "case id" })?;
    let woken = sqlx::query(
        "insert into cases (id, workspace, conversation, state, due_at, wakes, woken_at, waiting_since, created_at, updated_at, \
         seen_change) values ($1, $2, $3, 'open', $4, 1, $6, $5, $5, $5, $6) \
         on conflict (id) do update set wakes = cases.wakes + 1, updated_at = excluded.updated_at, \
         seen_change = excluded.seen_change, \
         due_at = case when cases.due_at is null then excluded.due_at \
                       when cases.due_at <= excluded.due_at then cases.due_at \
                       else excluded.due_at end, \
         waiting_since = case when cases.due_at is null then excluded.updated_at else cases.waiting_since end \
         where cases.seen_change < excluded.seen_change",
    )
    .bind(case.as_str())
    .bind(workspace.as_str())
    .bind(change.conversation.as_str())
    .bind(due.as_millisecond())
    .bind(now.as_millisecond())
    .bind(change.at.as_millisecond())
    .execute(&mut *connection)
    .await?;
    Ok(woken.rows_affected())
}

async fn wake_refund(
    connection: &mut Connection,
    (refund, charge): (Option<RefundId>, Option<ChargeId>),
    news: News,
    now: i64,
) -> Result<Option<String>, Error> {
    let is_bare = charge.is_none() && refund.is_some();
    let row = sqlx::query(
        "update cases set wakes = wakes + 1, recheck = 1, updated_at = $1, \
         waiting_since = case when due_at is null then $1 else waiting_since end, \
         due_at = case when due_at is null or due_at > $1 then $1 else due_at end \
         where id in (select case_id from intent where (refund_id = $2 or charge = $3) \
           and ($4 = 0 or state in ('unknown', 'parked'))) returning id",
    )
    .bind(now)
    .bind(refund.map(String::from))
    .bind(charge.map(String::from))
    .bind(i64::from(news == News::Made))
    .fetch_optional(&mut *connection)
    .await?;
    match row {
        Some(row) => Ok(Some(row.try_get(0)?)),
        None if is_bare => wake_waiting(connection, news, now).await.map(|()| None),
        None => Ok(None),
    }
}

/// Wakes every case that does not know yet which refund at Stripe is its own. A thin event names the refund
/// alone, and can come before the answer that tells its id.
async fn wake_waiting(connection: &mut Connection, news: News, now: i64) -> Result<(), Error> {
    sqlx::query(
        "update cases set wakes = wakes + 1, recheck = 1, updated_at = $1, \
         waiting_since = case when due_at is null then $1 else waiting_since end, \
         due_at = case when due_at is null or due_at > $1 then $1 else due_at end \
         where id in (select case_id from intent where state in ('unknown', 'parked') or (state = 'marked' and $2 = 0))",
    )
    .bind(now)
    .bind(i64::from(news == News::Made))
    .execute(&mut *connection)
    .await?;
    Ok(())
}
