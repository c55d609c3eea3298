//! The action log: append, read, verify.

use jiff::Timestamp;
use quittance_core::ids::CaseId;
use quittance_core::record::{Broken, Chain, Draft, Entry, Hash, Verified, canonical_body};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::error::Error;
use crate::open::Store;

/// How many entries are read at a time.
const PAGE: i64 = 1_000;

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

    /// Recomputes the whole log, calling `progress` with the number of entries done and in all.
    /// Returns how many there are.
    pub async fn log_verify(&self, mut progress: impl FnMut(u64, u64)) -> Result<u64, Error> {
        let (head_seq, head_hash) = self.log_head().await?;
        let mut chain = Chain::default();
        loop {
            let page = self.log_after(chain.len()).await?;
            let is_last = page.is_empty();
            for entry in page.into_iter().take_while(|entry| entry.seq <= head_seq) {
                chain.next(entry)?;
            }
            progress(chain.len(), head_seq);
            if is_last || chain.len() >= head_seq {
                break;
            }
        }
        chain.end(head_seq, head_hash)?;
        Ok(chain.len())
    }
}

/// Appends entries and returns the number and hash of each. Its first statement takes the lock.
pub(crate) async fn append(
    connection: &mut AnyConnection,
    drafts: Vec<Draft>,
) -> Result<Vec<(u64, Hash)>, Error> {
    let row = sqlx::query("update log_head set seq = seq where id = 1 returning seq, hash")
        .fetch_one(&mut *connection)
        .await?;
    let (mut seq, mut hash) = head(&row)?;
    let mut placed = Vec::new();
    for draft in drafts {
        let entry = Entry::chain(draft, seq, hash)?;
        insert(connection, &entry).await?;
        (seq, hash) = (entry.seq, entry.hash);
        placed.push((seq, hash));
    }
    sqlx::query("update log_head set seq = $1, hash = $2 where id = 1")
        .bind(i64::try_from(seq).map_err(|_| Broken::Unreadable("number"))?)
        .bind(hash.to_string())
        .execute(&mut *connection)
        .await?;
    Ok(placed)
}

async fn insert(connection: &mut AnyConnection, entry: &Entry) -> Result<(), Error> {
    sqlx::query(
        "insert into log (seq, at, case_id, kind, body, previous, hash) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(i64::try_from(entry.seq).map_err(|_| Broken::Unreadable("number"))?)
    .bind(entry.draft.at.as_millisecond())
    .bind(entry.draft.case.as_ref().map(CaseId::as_str))
    .bind(entry.draft.kind.name())
    .bind(canonical_body(&entry.draft.body)?)
    .bind(entry.previous.to_string())
    .bind(entry.hash.to_string())
    .execute(&mut *connection)
    .await?;
    Ok(())
}

fn head(row: &AnyRow) -> Result<(u64, Hash), Error> {
    let seq: i64 = row.try_get("seq")?;
    let hash: String = row.try_get("hash")?;
    Ok((u64::try_from(seq).map_err(|_| Broken::Unreadable("number"))?, hash.parse()?))
}

/// Reads an entry. One that cannot be read was changed, and is named.
fn entry(row: &AnyRow) -> Result<Entry, Error> {
    let seq: i64 = row.try_get("seq")?;
    let seq = u64::try_from(seq).map_err(|_| Broken::Unreadable("number"))?;
    let is_unreadable = |error: &Error| matches!(error, Error::Log(Broken::Unreadable(_)));
    read(row, seq)
        .map_err(|error| if is_unreadable(&error) { Broken::Changed { seq }.into() } else { error })
}

fn read(row: &AnyRow, seq: u64) -> Result<Entry, Error> {
    let at: i64 = row.try_get("at")?;
    let case: Option<String> = row.try_get("case_id")?;
    let kind: String = row.try_get("kind")?;
    let body: String = row.try_get("body")?;
    let previous: String = row.try_get("previous")?;
    let hash: String = row.try_get("hash")?;
    let said = serde_json::from_str(&body).map_err(|_| Broken::Unreadable("body"))?;
    // Any other spelling of the same content is a change too.
    if canonical_body(&said)? != body {
        return Err(Broken::Changed { seq }.into());
    }
    let draft = Draft {
        at: Timestamp::from_millisecond(at).map_err(|_| Broken::Unreadable("instant"))?,
        case: case.map(|case| case.parse()).transpose().map_err(|_| Broken::Unreadable("case"))?,
        kind: kind.parse()?,
        body: said,
    };
    Ok(Entry { seq, draft, previous: previous.parse()?, hash: hash.parse()? })
}
