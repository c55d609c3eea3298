//! The stop switch: one for all nodes on a database. What cannot be read is stopped.

use jiff::Timestamp;
use quittance_core::record::{Draft, Kind};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connection::Connection;
use crate::error::Error;
use crate::log;
use crate::open::Store;

/// Who stops money when no person does.
pub const OURSELVES: &str = "quittance";

/// The longest reason that is kept, in characters.
const LONGEST_WHY: usize = 300;

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 80;

/// How much room the reasons of one stop have together, in bytes. The log has every one.
const ALL_WHY: usize = 2_000;

/// Where the switch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Whether no refund may be sent.
    pub is_stopped: bool,
    /// Why it was thrown: every reason since, in order. Or why it was put back.
    pub why: String,
    /// Who threw it first, or put it back. Empty when nobody ever touched it.
    pub by: String,
    /// When that was.
    pub at: Timestamp,
}

/// A change of the switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopChange {
    /// Why.
    pub why: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Whether no refund may be sent. Whoever cannot read this must not send one either.
    pub async fn is_stopped(&self) -> Result<bool, Error> {
        Ok(self.stop_state().await?.is_stopped)
    }

    /// Where the switch stands, who moved it, when and why.
    pub async fn stop_state(&self) -> Result<Stop, Error> {
        let row = sqlx::query("select is_stopped, why, by_whom, at from stop where id = 1")
            .fetch_optional(&self.reader)
            .await?;
        read(&row.ok_or(NO_ROW)?)
    }

    /// Throws the switch: no refund is marked or sent from now on, on any node. Thrown again for another
    /// reason, it keeps both. Tells whether anything changed.
    pub async fn stop(&self, change: StopChange) -> Result<bool, Error> {
        self.writer
            .write("stop", move |connection| {
                Box::pin(async move { throw(connection, change).await })
            })
            .await
    }

    /// Puts the switch back, and makes the cases due whose refunds waited for it. Tells whether anything
    /// changed.
    pub async fn resume(&self, change: StopChange) -> Result<bool, Error> {
        let at = change.at;
        let is_changed = self
            .writer
            .write("resume", move |connection| {
                Box::pin(async move { put_back(connection, change).await })
            })
            .await?;
        if is_changed {
            self.wake_stopped(at).await?;
        }
        Ok(is_changed)
    }

    /// Makes every case due that has a refund under way: whoever holds one now looks again afterwards.
    async fn wake_stopped(&self, at: Timestamp) -> Result<(), Error> {
        self.writer
            .write("wake", move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "update cases set wakes = wakes + 1, updated_at = $1, \
                         waiting_since = case when due_at is null then $1 else waiting_since end, \
                         due_at = case when due_at is null or due_at > $1 then $1 else due_at end \
                         where id in (select case_id from intent where state in ('intent', 'marked', 'unknown'))",
                    )
                    .bind(at.as_millisecond())
                    .execute(&mut *connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}

const NO_ROW: Error = Error::Unreadable { what: "stop switch" };

/// Fails with [`Error::Stopped`] when the switch is thrown: for the transaction that would move money.
pub(crate) async fn check(connection: &mut Connection) -> Result<(), Error> {
    let row = sqlx::query("select is_stopped, why, by_whom, at from stop where id = 1")
        .fetch_optional(&mut *connection)
        .await?;
    let stop = read(&row.ok_or(NO_ROW)?)?;
    if stop.is_stopped { Err(Error::Stopped { why: stop.why }) } else { Ok(()) }
}

/// Throws the switch within a transaction.
pub(crate) async fn throw(connection: &mut Connection, change: StopChange) -> Result<bool, Error> {
    let change = bounded(change);
    let before = lock(connection).await?;
    let after = if before.is_stopped {
        let length = before.why.len().saturating_add(change.why.len());
        if before.why.split("; ").any(|known| known == change.why) || length > ALL_WHY {
            return Ok(false);
        }
        StopChange { why: format!("{}; {}", before.why, change.why), by: before.by, at: before.at }
    } else {
        change.clone()
    };
    write(connection, true, &after, change).await
}

async fn put_back(connection: &mut Connection, change: StopChange) -> Result<bool, Error> {
    let change = bounded(change);
    if !lock(connection).await?.is_stopped {
        return Ok(false);
    }
    write(connection, false, &change.clone(), change).await
}

/// Takes the log's lock first, as every transaction does that appends, and reads the switch.
async fn lock(connection: &mut Connection) -> Result<Stop, Error> {
    sqlx::query("update log_head set seq = seq where id = 1").execute(&mut *connection).await?;
    let row =
        sqlx::query("update stop set at = at where id = 1 returning is_stopped, why, by_whom, at")
            .fetch_optional(&mut *connection)
            .await?;
    read(&row.ok_or(NO_ROW)?)
}

/// Writes where the switch stands, and the change that brought it there to the log.
async fn write(
    connection: &mut Connection,
    is_stopped: bool,
    row: &StopChange,
    change: StopChange,
) -> Result<bool, Error> {
    sqlx::query("update stop set is_stopped = $1, why = $2, by_whom = $3, at = $4 where id = 1")
        .bind(i64::from(is_stopped))
        .bind(&row.why)
        .bind(&row.by)
        .bind(row.at.as_millisecond())
        .execute(&mut *connection)
        .await?;
    let body = json!({"stopped": is_stopped, "why": change.why, "by": change.by});
    log::append(connection, vec![Draft { at: change.at, case: None, kind: Kind::Stop, body }])
        .await?;
    Ok(true)
}

/// What people and other programs write has bounds, and no line breaks.
fn bounded(StopChange { why, by, at }: StopChange) -> StopChange {
    let line = |text: &str, longest| -> String {
        let one = |letter: char| if letter.is_control() { ' ' } else { letter };
        text.trim().chars().take(longest).map(one).collect()
    };
    StopChange { why: line(&why, LONGEST_WHY), by: line(&by, LONGEST_NAME), at }
}

fn read(row: &AnyRow) -> Result<Stop, Error> {
    let is_stopped: i64 = row.try_get("is_stopped")?;
    let at: i64 = row.try_get("at")?;
    Ok(Stop {
        is_stopped: is_stopped != 0,
        why: row.try_get("why")?,
        by: row.try_get("by_whom")?,
        at: Timestamp::from_millisecond(at).map_err(|_| NO_ROW)?,
    })
}
