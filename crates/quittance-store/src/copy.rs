//! Copies everything from one database to an empty one, from either engine to either.
//!
//! The source is read at one instant, and the target gets all of it in one transaction or nothing. What the
//! target's tables refuse row by row is refused here too, except that an intent must begin unsent: that
//! guard is taken away for the transaction and is back before it ends.

use futures_util::TryStreamExt;
use quittance_core::record::Hash;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Executor, Row};

use crate::connection::Connection;
use crate::error::Error;
use crate::open::{self, Store};
use crate::place::{Engine, shown};
use crate::{nodes, postgres, sqlite};

/// How many values one statement carries at most. PostgreSQL takes 65,535, SQLite 32,766.
const VALUES: usize = 10_000;

/// A table to copy. The names of columns that hold numbers end in `#`.
struct Table {
    name: &'static str,
    /// How many of the first columns are its key.
    key: usize,
    /// Whether the migrations put a row there, which the source's replaces.
    is_seeded: bool,
    columns: &'static [&'static str],
}

/// Every table that is copied, those that others point at first. A test holds it against the migrations.
const TABLES: [Table; 14] = [
    table("log", 1, &["seq#", "at#", "case_id", "kind", "body", "previous", "hash"]),
    seeded("log_head", &["id#", "seq#", "hash"]),
    table("inbox", 2, &["source", "id", "topic", "case_id", "received_at#"]),
    table(
        "cases",
        1,
        &[
            "id",
            "workspace",
            "conversation",
            "state",
            "due_at#",
            "lease_until#",
            "fence#",
            "wakes#",
            "recheck#",
            "woken_at#",
            "waiting_since#",
            "failures#",
            "questions#",
            "handled_part",
            "language",
            "created_at#",
            "updated_at#",
            "holder",
            "seen_change#",
            "follow_at#",
            "reminders#",
        ],
    ),
    table(
        "intent",
        1,
        &[
            "decision_id",
            "case_id",
            "idem_key",
            "body",
            "body_sha",
            "charge",
            "customer",
            "amount#",
            "currency",
            "state",
            "first_send#",
            "last_send#",
            "settled_at#",
            "attempt#",
            "epoch#",
            "refund_id",
            "refund_status",
            "why",
            "log_seq#",
        ],
    ),
    table("budget", 3, &["scope", "window_start#", "currency", "cap#", "posted#", "pending#"]),
    table("reservation", 4, &["decision_id", "scope", "window_start#", "currency", "amount#"]),
    table(
        "effect",
        1,
        &[
            "id",
            "case_id",
            "ordinal#",
            "kind",
            "body",
            "state",
            "first_send#",
            "attempt#",
            "part_id",
            "log_seq#",
            "not_before#",
            "conversation_at#",
        ],
    ),
    table(
        "approval",
        1,
        &[
            "id",
            "case_id",
            "ordinal#",
            "proposal",
            "amount#",
            "currency",
            "seen_at#",
            "made_at#",
            "expires_at#",
            "state",
            "word",
            "by_whom",
            "word_amount#",
            "why",
            "said_at#",
            "log_seq#",
        ],
    ),
    table("policy_version", 1, &["version", "title", "text", "loaded_at#"]),
    seeded(
        "policy_live",
        &["id#", "version", "act#", "by_whom", "at#", "proposed", "proposed_by", "proposed_at#"],
    ),
    seeded("stop", &["id#", "is_stopped#", "why", "by_whom", "at#"]),
    table("watermark", 1, &["name", "at#", "claimed_until#", "run#"]),
    table("accepted", 2, &["object", "kind", "why", "by_whom", "at#", "log_seq#"]),
];

const fn table(name: &'static str, key: usize, columns: &'static [&'static str]) -> Table {
    Table { name, key, is_seeded: false, columns }
}

const fn seeded(name: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, key: 1, is_seeded: true, columns }
}

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// How many rows, of all tables.
    pub rows: u64,
    /// How many log entries.
    pub entries: u64,
    /// The newest entry's hash.
    pub head: Hash,
}

/// Copies the database at `from` to the empty one at `to`, calling `progress` with the number of rows done
/// and in all, and verifies the log of both. Whoever serves `from` on SQLite must be kept out by the caller;
/// on PostgreSQL the names of the nodes are locked.
pub async fn copy(
    from: &str,
    to: &str,
    mut progress: impl FnMut(u64, u64),
) -> Result<Copied, Error> {
    sqlx::any::install_default_drivers();
    let source = Store::look(from).await?;
    let (entries, head) = source.log_head().await?;
    source.log_verify(|_, _| {}).await?;
    source.close().await;
    let mut reading = open_source(from).await?;
    // Makes the tables, if they are not there yet.
    Store::open(to).await?.close().await;
    let mut writing = open_target(to).await?;
    let copied = rows(&mut reading, &mut writing, to, &mut progress).await;
    let rows = match copied {
        Ok(rows) => rows,
        Err(error) => {
            drop(writing.execute("rollback").await);
            return Err(error);
        }
    };
    writing.execute("commit").await.map_err(|_| Error::CommitUnknown)?;
    let target = Store::look(to).await?;
    let verified = target.log_verify(|_, _| {}).await;
    let is_same = target.log_head().await? == (entries, head);
    target.close().await;
    if verified? != entries || !is_same {
        return Err(Error::Differs { table: "log" });
    }
    Ok(Copied { rows, entries, head })
}

/// A connection that sees the source as it is now, whatever is written meanwhile.
async fn open_source(from: &str) -> Result<Connection, Error> {
    let mut connection = match Engine::of(from) {
        Engine::Sqlite => {
            let options = sqlite::options(from, "ro")?;
            Connection::Sqlx(sqlite::connect(&options, sqlite::LOOK).await?)
        }
        Engine::Postgres => {
            let connection = postgres::connect_copying(&postgres::options(from)?).await?;
            let mut connection = Connection::Sqlx(connection);
            nodes::keep_out(&mut connection).await?;
            connection
        }
    };
    if !open::is_current(&mut connection).await {
        return Err(Error::OtherVersion { url: shown(from) });
    }
    let begin = match Engine::of(from) {
        Engine::Sqlite => "begin",
        Engine::Postgres => "begin transaction isolation level repeatable read read only",
    };
    connection.execute(begin).await?;
    Ok(connection)
}

/// A connection in a transaction that nobody else writes beside.
async fn open_target(to: &str) -> Result<Connection, Error> {
    let mut connection = match Engine::of(to) {
        Engine::Sqlite => {
            let options = sqlite::options(to, "rw")?;
            let mut connection = sqlite::connect(&options, sqlite::SERVE).await?;
            connection.execute("begin immediate").await?;
            Connection::Sqlx(connection)
        }
        Engine::Postgres => {
            let mut connection = postgres::connect_copying(&postgres::options(to)?).await?;
            connection.execute(sqlx::raw_sql(postgres::BEGIN)).await?;
            Connection::Sqlx(connection)
        }
    };
    for table in &TABLES {
        let is_empty = match table.name {
            "log_head" => number(&mut connection, "select seq from log_head").await? == 0,
            "stop" => true,
            "policy_live" => number(&mut connection, "select act from policy_live").await? == 0,
            name => count(&mut connection, name).await? == 0,
        };
        if !is_empty {
            return Err(Error::NotEmpty { url: shown(to), table: table.name });
        }
    }
    Ok(connection)
}

/// Copies the rows of every table, and returns how many there are.
async fn rows(
    reading: &mut Connection,
    writing: &mut Connection,
    to: &str,
    progress: &mut impl FnMut(u64, u64),
) -> Result<u64, Error> {
    let mut total = 0_u64;
    for table in &TABLES {
        total = total.saturating_add(count(reading, table.name).await?);
    }
    let (without, guards) = match Engine::of(to) {
        Engine::Sqlite => ("drop trigger intent_begins", sqlite::GUARDS),
        Engine::Postgres => ("drop trigger intent_begins on intent", postgres::GUARDS),
    };
    writing.execute(without).await?;
    let mut done = 0_u64;
    for table in &TABLES {
        let before = done;
        copy_table(reading, writing, table, &mut |rows| {
            done = done.saturating_add(rows);
            progress(done, total);
        })
        .await?;
        if count(writing, table.name).await? != done.saturating_sub(before) {
            return Err(Error::Differs { table: table.name });
        }
    }
    writing.execute(sqlx::raw_sql(guards)).await?;
    if done == total { Ok(done) } else { Err(Error::Differs { table: "every" }) }
}

async fn copy_table(
    reading: &mut Connection,
    writing: &mut Connection,
    table: &Table,
    progress: &mut impl FnMut(u64),
) -> Result<(), Error> {
    let page = VALUES.checked_div(table.columns.len()).unwrap_or(1);
    let mut waiting = Vec::new();
    let mut rows = sqlx::query(AssertSqlSafe(table.select())).fetch(reading);
    loop {
        let row = rows.try_next().await?;
        let is_last = row.is_none();
        waiting.extend(row);
        if waiting.len() >= page || is_last && !waiting.is_empty() {
            insert(writing, table, &waiting).await?;
            progress(u64::try_from(waiting.len()).unwrap_or(u64::MAX));
            waiting.clear();
        }
        if is_last {
            return Ok(());
        }
    }
}

async fn insert(writing: &mut Connection, table: &Table, rows: &[AnyRow]) -> Result<(), Error> {
    let mut query = sqlx::query(AssertSqlSafe(table.insert(rows.len())));
    for row in rows {
        for (index, column) in table.columns.iter().enumerate() {
            query = if column.ends_with('#') {
                query.bind(row.try_get::<Option<i64>, _>(index)?)
            } else {
                query.bind(row.try_get::<Option<String>, _>(index)?)
            };
        }
    }
    query.execute(writing).await?;
    Ok(())
}

impl Table {
    fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.trim_end_matches('#')).collect()
    }

    fn key(&self) -> String {
        self.names().into_iter().take(self.key).collect::<Vec<_>>().join(", ")
    }

    fn select(&self) -> String {
        format!("select {} from {} order by {}", self.names().join(", "), self.name, self.key())
    }

    /// A statement that inserts so many rows.
    fn insert(&self, rows: usize) -> String {
        let mut values = (1..).map(|number: usize| format!("${number}"));
        let one = |_| {
            let row: Vec<String> = values.by_ref().take(self.columns.len()).collect();
            format!("({})", row.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(one).collect();
        let names = self.names().join(", ");
        let insert = format!("insert into {} ({names}) values {}", self.name, rows.join(", "));
        if !self.is_seeded {
            return insert;
        }
        let set: Vec<String> =
            self.names().iter().map(|name| format!("{name} = excluded.{name}")).collect();
        format!("{insert} on conflict ({}) do update set {}", self.key(), set.join(", "))
    }
}

async fn count(connection: &mut Connection, table: &str) -> Result<u64, Error> {
    let count = number(connection, &format!("select count(*) from {table}")).await?;
    u64::try_from(count).map_err(|_| Error::Unreadable { what: "count" })
}

async fn number(connection: &mut Connection, sql: &str) -> Result<i64, Error> {
    Ok(sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await?.try_get(0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moves come with the migrations, and nodes with the processes.
    const NOT_COPIED: [&str; 2] = ["allowed_move", "node"];

    #[tokio::test]
    async fn every_table_and_column_is_copied_or_known_not_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("q.db").display().to_string();
        Store::open(&path).await.unwrap().close().await;
        let options = sqlite::options(&path, "ro").unwrap();
        let mut connection = sqlite::connect(&options, sqlite::LOOK).await.unwrap();
        let sql = "select m.name || '.' || c.name || case lower(c.type) when 'bigint' then '#' else '' end \
                   from sqlite_master m, pragma_table_info(m.name) c \
                   where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '\\_sqlx%' escape '\\'";
        let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
        let is_copied =
            |name: &String| !NOT_COPIED.iter().any(|table| name.starts_with(&format!("{table}.")));
        let mut there: Vec<String> =
            rows.into_iter().map(|(name,)| name).filter(is_copied).collect();
        there.sort();
        let columns = |table: &Table| {
            table
                .columns
                .iter()
                .map(|column| format!("{}.{column}", table.name))
                .collect::<Vec<_>>()
        };
        let mut copied: Vec<String> = TABLES.iter().flat_map(columns).collect();
        copied.sort();
        assert_eq!(copied, there);
    }
}
