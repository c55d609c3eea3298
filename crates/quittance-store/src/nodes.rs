//! The nodes that serve one database together.
//!
//! Each has an id, which lives once: on PostgreSQL the session that writes holds a lock on it, which ends
//! with the process (or its connection), whatever kills it. On SQLite there is one process at a time, and a
//! file beside the database holds the lock.
//!
//! A node says that it is alive, with what it is: its build and its policy. While nodes that are alive differ
//! in that, none of them moves money: a refund would depend on who got the case. Nodes compare the instants
//! that they write, so their clocks must agree to a few seconds.

use jiff::{SignedDuration, Timestamp};
use quittance_core::record::Hash;
use sqlx::Row;

use crate::connection::Connection;
use crate::error::Error;
use crate::open::Store;
use crate::place::Engine;
use crate::postgres::WRITERS;

/// A node that was not seen for so long is gone, and what it had leased may be taken over. The fence
/// protects against one that was only slow.
pub const GONE_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// How long a node that is gone is remembered.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The id of a process that serves a database alone, or has given none.
pub const ALONE: &str = "alone";

/// One process that serves the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name, which stays the same when it is started again.
    pub id: String,
    /// The build of the program.
    pub build: String,
    /// The policy that it applies.
    pub policy: String,
}

impl Store {
    /// The node that this store belongs to.
    pub fn node_id(&self) -> String {
        let id = self.node.lock().ok().and_then(|id| id.clone());
        id.unwrap_or_else(|| ALONE.to_owned())
    }

    /// Begins a node: from now on leases are taken in its name. Those of an earlier process of that name
    /// are ended. Fails on PostgreSQL with [`Error::NodeRuns`] while another process has the name.
    pub async fn node_begin(&self, node: Node, now: Timestamp) -> Result<u64, Error> {
        let key = key(&node.id);
        let id = node.id.clone();
        let is_server = self.engine == Engine::Postgres;
        let ended = self
            .writer
            .write("node_begin", move |connection| {
                Box::pin(async move {
                    if is_server && !take(connection, key).await? {
                        return Err(Error::NodeRuns { id: node.id });
                    }
                    begin(connection, node, now).await
                })
            })
            .await?;
        // After the connection was lost, the writer takes the lock again before it writes.
        self.writer.hold(key);
        if let Ok(mut mine) = self.node.lock() {
            *mine = Some(id);
        }
        Ok(ended)
    }

    /// Says that a node is alive, every few seconds.
    pub async fn node_beat(&self, id: &str, now: Timestamp) -> Result<(), Error> {
        let id = id.to_owned();
        self.writer
            .write("node_beat", move |connection| {
                Box::pin(async move {
                    let beaten = sqlx::query("update node set seen_at = $1 where id = $2")
                        .bind(now.as_millisecond())
                        .bind(&id)
                        .execute(&mut *connection)
                        .await?;
                    if beaten.rows_affected() == 1 { Ok(()) } else { Err(Error::NodeGone { id }) }
                })
            })
            .await
    }

    /// Ends a node: its leases end, and its name is free.
    pub async fn node_end(&self, id: &str, now: Timestamp) -> Result<(), Error> {
        let key = key(id);
        let id = id.to_owned();
        let is_server = self.engine == Engine::Postgres;
        self.writer
            .write("node_end", move |connection| {
                Box::pin(async move {
                    end_leases_of(connection, &id, now).await?;
                    sqlx::query("delete from node where id = $1")
                        .bind(&id)
                        .execute(&mut *connection)
                        .await?;
                    if is_server {
                        let unlock = sqlx::query("select pg_advisory_unlock($1)").bind(key);
                        unlock.execute(&mut *connection).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.writer.let_go(key);
        Ok(())
    }

    /// The nodes that were seen lately, by name.
    pub async fn nodes_alive(&self, now: Timestamp) -> Result<Vec<Node>, Error> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("select id, build, policy from node where seen_at > $1 order by id")
                .bind(gone_before(now))
                .fetch_all(&self.reader)
                .await?;
        Ok(rows.into_iter().map(|(id, build, policy)| Node { id, build, policy }).collect())
    }
}

/// A node last seen at this instant, or before, is gone.
pub(crate) fn gone_before(now: Timestamp) -> i64 {
    now.as_millisecond().saturating_sub(millis(GONE_AFTER))
}

fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The number under which PostgreSQL locks a name.
fn key(id: &str) -> i64 {
    let hash = Hash::of(format!("node {id}").as_bytes()).to_string();
    // 60 bits, so that it fits whatever the sign.
    hash.get(..15).and_then(|digits| i64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

/// Takes the lock on a name for as long as the session lives, if nobody has it.
pub(crate) async fn take(connection: &mut Connection, key: i64) -> Result<bool, Error> {
    let row = sqlx::query("select pg_try_advisory_lock($1)")
        .bind(key)
        .fetch_one(&mut *connection)
        .await?;
    Ok(row.try_get(0)?)
}

/// Keeps everybody from writing while the session lives. Fails when a node runs.
pub(crate) async fn keep_out(connection: &mut Connection) -> Result<(), Error> {
    let rows: Vec<(String,)> =
        sqlx::query_as("select id from node").fetch_all(&mut *connection).await?;
    for (id,) in rows {
        if !take(connection, key(&id)).await? {
            return Err(Error::NodeRuns { id });
        }
    }
    if take(connection, WRITERS).await? {
        return Ok(());
    }
    Err(Error::NodeRuns { id: "without a name".to_owned() })
}

async fn begin(connection: &mut Connection, node: Node, now: Timestamp) -> Result<u64, Error> {
    let ended = end_leases_of(connection, &node.id, now).await?;
    let at = now.as_millisecond();
    sqlx::query("delete from node where seen_at < $1")
        .bind(at.saturating_sub(millis(FORGOTTEN_AFTER)))
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "insert into node (id, build, policy, started_at, seen_at) values ($1, $2, $3, $4, $4) \
         on conflict (id) do update set build = excluded.build, policy = excluded.policy, \
         started_at = excluded.started_at, seen_at = excluded.seen_at",
    )
    .bind(node.id)
    .bind(node.build)
    .bind(node.policy)
    .bind(at)
    .execute(&mut *connection)
    .await?;
    Ok(ended)
}

/// Ends the leases of one node: nobody works on its cases any more, so others need not wait.
async fn end_leases_of(
    connection: &mut Connection,
    id: &str,
    now: Timestamp,
) -> Result<u64, Error> {
    let ended = sqlx::query(
        "update cases set lease_until = 0, fence = fence + 1, updated_at = $1 where lease_until > 0 and holder = $2",
    )
    .bind(now.as_millisecond())
    .bind(id)
    .execute(&mut *connection)
    .await?;
    Ok(ended.rows_affected())
}

/// Fails unless the nodes that are alive are of one build and one policy, and `holder` is one of them. Where
/// no node ever began, nothing is compared.
pub(crate) async fn check(
    connection: &mut Connection,
    holder: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let alive: Vec<(String, String, String)> =
        sqlx::query_as("select id, build, policy from node where seen_at > $1 order by id")
            .bind(gone_before(now))
            .fetch_all(&mut *connection)
            .await?;
    let kinds = |(_, build, policy): &(String, String, String)| (build.clone(), policy.clone());
    let mine = alive.iter().find(|(id, ..)| id == holder).map(kinds);
    let is_alike = alive.iter().all(|node| Some(kinds(node)) == mine);
    if is_alike {
        return Ok(());
    }
    let name = |(id, build, policy): &(String, String, String)| {
        format!("{id} (build {build}, policy {policy})")
    };
    let nodes = alive.iter().map(name).collect::<Vec<_>>().join(", ");
    Err(Error::MixedNodes { holder: holder.to_owned(), nodes })
}
