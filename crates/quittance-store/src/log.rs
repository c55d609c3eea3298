//! The action log: append, read, verify.

use futures_util::TryStreamExt;
use quittance_core::ids::CaseId;
use quittance_core::record::{Broken, Chain, Draft, Entry, Hash, Stored, Verified, Witness};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connection::Connection;
use crate::error::Error;
use crate::open::Store;

/// How many entries are read at a time.
const PAGE: i64 = 1_000;

/// How many entries are checked from one look. A file gives them all at once.
const CHECKED_PAGE: i64 = 2_000;

impl Store {
    /// The number and hash of the newest entry.
    pub async fn log_head(&self) -> Result<(u64, Hash), Error> {
        let row = sqlx::query("select seq, hash from log_head where id = 1")
            .fetch_one(&self.reader)
            .await?;
        head(&row)
    }

    /// Up to a page of entries after the one with the number `after`.
    pub async fn log_after(&self, after: u64) -> Result<Vec<Entry>, Error> {
        self.entries(after, PAGE).await
    }

    async fn entries(&self, after: u64, limit: i64) -> Result<Vec<Entry>, Error> {
        let rows = sqlx::query(
            "select seq, at, case_id, kind, body, previous, hash from log where seq > $1 order by seq limit $2",
        )
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(entry).collect()
    }

    /// The entries of one case, oldest first, at most a page.
    pub async fn log_of(&self, case: &CaseId) -> Result<Vec<Entry>, Error> {
        let rows = sqlx::query(
            "select seq, at, case_id, kind, body, previous, hash from log where case_id = $1 order by seq limit $2",
        )
        .bind(case.as_str())
        .bind(PAGE)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(entry).collect()
    }

    /// One entry, checked against its own hash and the link to the entry before.
    pub async fn log_verified(&self, seq: u64) -> Result<Verified, Error> {
        let before = seq.checked_sub(1).ok_or(Broken::Unreadable("number"))?;
        let mut previous = Hash::START;
        for found in self.entries(before.saturating_sub(1), 2).await? {
            if found.seq == before {
                previous = found.hash;
            } else if found.seq == seq {
                return Ok(found.verify(before, previous)?);
            }
        }
        Err(Broken::Gap { expected: seq, found: before }.into())
    }

    /// Appends entries that are no step of a case.
    pub async fn log_append(&self, drafts: Vec<Draft>) -> Result<(), Error> {
        self.writer
            .write("append", move |connection| {
                Box::pin(async move { append(connection, drafts).await.map(drop) })
            })
            .await
    }

    /// Recomputes the whole log, calling `progress` with the number of entries done and in all.
    /// Returns how many there are.
    pub async fn log_verify(&self, progress: impl FnMut(u64, u64)) -> Result<u64, Error> {
        self.log_verify_against(Vec::new(), progress).await
    }

    /// Recomputes the whole log and holds it against what was seen outside: a log that was cut or written
    /// anew together with its head agrees with itself.
    pub async fn log_verify_against(
        &self,
        witnesses: Vec<Witness>,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<u64, Error> {
        let extent = self.extent().await?;
        let mut chain = Chain::witnessed(witnesses);
        loop {
            let from = chain.len();
            self.check_page(&mut chain, extent.seq).await?;
            progress(chain.len(), extent.seq);
            if chain.len() == from || chain.len() >= extent.seq {
                break;
            }
        }
        chain.end(extent.seq, extent.hash)?;
        if extent.entries != extent.seq {
            // What stands behind the head, or under a number that no entry can have.
            return Err(Broken::Head { expected: extent.seq, found: extent.entries }.into());
        }
        Ok(chain.len())
    }

    /// The head and the number of entries, at one instant.
    async fn extent(&self) -> Result<Extent, Error> {
        let row =
            sqlx::query("select seq, hash, (select count(*) from log) from log_head where id = 1")
                .fetch_optional(&self.reader)
                .await?;
        let row = row.ok_or(Broken::Unreadable("head"))?;
        let (seq, hash) = head(&row)?;
        let entries: i64 = row.try_get(2)?;
        Ok(Extent { seq, hash, entries: u64::try_from(entries).unwrap_or(0) })
    }

    /// Checks up to a page of entries, not beyond `last`.
    async fn check_page(&self, chain: &mut Chain, last: u64) -> Result<(), Error> {
        let mut taken = self.reader.take().await?;
        let mut rows = sqlx::query(
            "select seq, at, case_id, kind, body, previous, hash from log where seq > $1 and seq <= $2 \
             order by seq limit $3",
        )
        .bind(i64::try_from(chain.len()).unwrap_or(i64::MAX))
        .bind(i64::try_from(last).unwrap_or(i64::MAX))
        .bind(CHECKED_PAGE)
        .fetch(&mut *taken);
        while let Some(row) = rows.try_next().await.transpose() {
            match row.and_then(|row| Columns::read(&row)) {
                Ok(columns) => chain.check(&columns.stored())?,
                // What is not even of its type was changed.
                Err(error) if is_unreadable(&error) => {
                    return Err(Broken::Changed { seq: chain.len().saturating_add(1) }.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        drop(rows);
        taken.give_back();
        Ok(())
    }
}

/// Where the log ends.
struct Extent {
    seq: u64,
    hash: Hash,
    entries: u64,
}

/// Where the log ends, which nobody else moves before this transaction is over. Whoever writes to a file has it
/// alone; on a server the row is locked.
async fn held_head(connection: &mut Connection) -> Result<(u64, Hash), Error> {
    let words = match connection {
        Connection::File(_) => "select seq, hash from log_head where id = 1",
        Connection::Sqlx(_) | Connection::Pooled(_) => {
            "update log_head set seq = seq where id = 1 returning seq, hash"
        }
    };
    head(&sqlx::query(words).fetch_one(&mut *connection).await?)
}

/// Appends entries and returns the number and hash of each. Its first statement takes the lock.
pub(crate) async fn append(
    connection: &mut Connection,
    drafts: Vec<Draft>,
) -> Result<Vec<(u64, Hash)>, Error> {
    let (mut seq, mut hash) = held_head(connection).await?;
    let mut placed = Vec::new();
    let mut written = Vec::with_capacity(drafts.len());
    for draft in drafts {
        draft.check()?;
        let (entry, body) = Entry::chain_written(draft, seq, hash)?;
        (seq, hash) = (entry.seq, entry.hash);
        placed.push((seq, hash));
        written.push((entry, body));
    }
    insert(connection, &written).await?;
    sqlx::query("update log_head set seq = $1, hash = $2 where id = 1")
        .bind(i64::try_from(seq).map_err(|_| Broken::Unreadable("number"))?)
        .bind(hash.to_string())
        .execute(&mut *connection)
        .await?;
    Ok(placed)
}

/// How many entries are inserted at once, and how. Each statement is a way to the database and back.
const INSERTS: [(usize, &str); 3] = [
    (
        4,
        "insert into log (seq, at, case_id, kind, body, previous, hash) values ($1, $2, $3, $4, $5, $6, $7), \
         ($8, $9, $10, $11, $12, $13, $14), ($15, $16, $17, $18, $19, $20, $21), ($22, $23, $24, $25, $26, $27, $28)",
    ),
    (
        2,
        "insert into log (seq, at, case_id, kind, body, previous, hash) values ($1, $2, $3, $4, $5, $6, $7), \
         ($8, $9, $10, $11, $12, $13, $14)",
    ),
    (
        1,
        "insert into log (seq, at, case_id, kind, body, previous, hash) values ($1, $2, $3, $4, $5, $6, $7)",
    ),
];

async fn insert(connection: &mut Connection, mut rest: &[(Entry, String)]) -> Result<(), Error> {
    for (count, statement) in INSERTS {
        while let Some((now, later)) = rest.split_at_checked(count) {
            insert_all(connection, statement, now).await?;
            rest = later;
        }
    }
    Ok(())
}

async fn insert_all(
    connection: &mut Connection,
    statement: &'static str,
    entries: &[(Entry, String)],
) -> Result<(), Error> {
    let mut query = sqlx::query(statement);
    for (entry, body) in entries {
        query = query
            .bind(i64::try_from(entry.seq).map_err(|_| Broken::Unreadable("number"))?)
            .bind(entry.draft.at.as_millisecond())
            .bind(entry.draft.case.as_ref().map(CaseId::as_str))
            .bind(entry.draft.kind.name())
            .bind(body.as_str())
            .bind(entry.previous.to_string())
            .bind(entry.hash.to_string());
    }
    query.execute(&mut *connection).await?;
    Ok(())
}

fn head(row: &AnyRow) -> Result<(u64, Hash), Error> {
    let seq: i64 = row.try_get("seq")?;
    let hash: String = row.try_get("hash")?;
    Ok((u64::try_from(seq).map_err(|_| Broken::Unreadable("number"))?, hash.parse()?))
}

/// Whether the database gave a row, and the row is not what it should be.
fn is_unreadable(error: &sqlx::Error) -> bool {
    use sqlx::Error::{AnyDriverError, ColumnDecode, Decode, TypeNotFound};
    matches!(error, AnyDriverError(_) | ColumnDecode { .. } | Decode(_) | TypeNotFound { .. })
}

/// A row of the log. One that cannot be read was changed, and is named.
fn entry(row: &AnyRow) -> Result<Entry, Error> {
    let seq: i64 = row.try_get("seq")?;
    let seq = u64::try_from(seq).map_err(|_| Broken::Unreadable("number"))?;
    let columns = Columns::read(row).map_err(|_| Broken::Changed { seq })?;
    Ok(columns.stored().read()?)
}

/// What a row of the log holds, in the order in which it is selected.
struct Columns {
    seq: u64,
    at: i64,
    case: Option<String>,
    kind: String,
    body: String,
    previous: String,
    hash: String,
}

impl Columns {
    fn read(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0),
            at: row.try_get(1)?,
            case: row.try_get(2)?,
            kind: row.try_get(3)?,
            body: row.try_get(4)?,
            previous: row.try_get(5)?,
            hash: row.try_get(6)?,
        })
    }

    fn stored(&self) -> Stored<'_> {
        Stored {
            seq: self.seq,
            at: self.at,
            case: self.case.as_deref(),
            kind: &self.kind,
            body: &self.body,
            previous: &self.previous,
            hash: &self.hash,
        }
    }
}
