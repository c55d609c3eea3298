//! What the database says about refunds, for holding it against what Stripe says.

use jiff::Timestamp;
use quittance_core::ids::{CaseId, ChargeId, DecisionId, RefundId};
use quittance_core::money::Money;
use quittance_core::record::{Draft, Hash, Kind};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connection::Connection;
use crate::error::Error;
use crate::intents::IntentState;
use crate::log;
use crate::open::Store;

/// How many decisions are looked up with one query.
const AT_ONCE: usize = 20;

/// How many settled intents one page holds.
const PAGE: i64 = 500;

/// The longest reason that is kept, in characters.
const LONGEST_WHY: usize = 300;

/// An intent, and where it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The decision.
    pub decision: DecisionId,
    /// The case it was made in.
    pub case: CaseId,
    /// The charge it gives back.
    pub charge: ChargeId,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub state: IntentState,
    /// Stripe's refund.
    pub refund: Option<RefundId>,
    /// The number of its log entry.
    pub log_seq: u64,
    /// The hash of its log entry.
    pub log_hash: Hash,
}

/// A difference that a person lets stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accepted {
    /// The object that differs: a refund, or a decision.
    pub object: String,
    /// How it differs.
    pub kind: String,
}

/// A person's word that a difference may stand.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The difference.
    pub accepted: Accepted,
    /// Why.
    pub why: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// The intents of these decisions, in no order; those that are not known are left out.
    pub async fn kept(&self, decisions: &[DecisionId]) -> Result<Vec<Kept>, Error> {
        let mut found = Vec::new();
        for some in decisions.chunks(AT_ONCE) {
            let mut query = sqlx::query(
                "select i.decision_id, i.case_id, i.charge, i.amount, i.currency, i.state, i.refund_id, i.log_seq, l.hash \
                 from intent i join log l on l.seq = i.log_seq where i.decision_id in \
                 ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            );
            // The query always asks for the same number, so that it is prepared once.
            for place in 0..AT_ONCE {
                query = query.bind(some.get(place).map_or("", DecisionId::as_str));
            }
            for row in query.fetch_all(&self.reader).await? {
                found.push(kept(&row)?);
            }
        }
        Ok(found)
    }

    /// A page of the intents that Stripe confirmed, behind the log entry `after`: first sent since `since`
    /// and settled before `before`.
    pub async fn kept_confirmed(
        &self,
        after: u64,
        since: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Kept>, Error> {
        let rows = sqlx::query(
            "select i.decision_id, i.case_id, i.charge, i.amount, i.currency, i.state, i.refund_id, i.log_seq, l.hash \
             from intent i join log l on l.seq = i.log_seq \
             where i.log_seq > $1 and i.state in ('confirmed', 'reversed') and i.first_send >= $2 and i.settled_at < $3 \
             order by i.log_seq limit $4",
        )
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(since.as_millisecond())
        .bind(before.as_millisecond())
        .bind(PAGE)
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(kept).collect()
    }

    /// The hash of a log entry, if there is one with this number.
    pub async fn log_hash_at(&self, seq: u64) -> Result<Option<Hash>, Error> {
        let row = sqlx::query("select hash from log where seq = $1")
            .bind(i64::try_from(seq).unwrap_or(i64::MAX))
            .fetch_optional(&self.reader)
            .await?;
        let hash: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
        Ok(hash.map(|hash| hash.parse()).transpose()?)
    }

    /// The cases whose refund of one of these charges stands, as far as this database knows.
    pub async fn refunded_in(&self, charge: &ChargeId) -> Result<Vec<CaseId>, Error> {
        let rows: Vec<(String,)> =
            sqlx::query_as("select case_id from intent where charge = $1 and state = 'confirmed'")
                .bind(charge.as_str())
                .fetch_all(&self.reader)
                .await?;
        let cases = rows.into_iter().map(|(case,)| case.parse());
        cases.collect::<Result<_, _>>().map_err(|_| Error::Unreadable { what: "case id" })
    }

    /// Makes cases due now, to look at their refunds again.
    pub async fn wake_for_recheck(&self, cases: Vec<CaseId>, now: Timestamp) -> Result<(), Error> {
        if cases.is_empty() {
            return Ok(());
        }
        self.writer
            .write("wake", move |connection| {
                Box::pin(async move {
                    for case in cases {
                        wake(connection, &case, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Writes down what a comparison found. `clean` is when it began, if there was no difference: the next
    /// one need not look further back.
    pub async fn reconciled(
        &self,
        entry: Option<Draft>,
        clean: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.writer
            .write("reconcile", move |connection| {
                Box::pin(async move {
                    log::append(connection, entry.into_iter().collect()).await?;
                    if let Some(at) = clean {
                        sqlx::query(
                            "insert into watermark (name, at) values ('stripe', $1) on conflict (name) \
                             do update set at = case when watermark.at > excluded.at then watermark.at else excluded.at end",
                        )
                        .bind(at.as_millisecond())
                        .execute(&mut *connection)
                        .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The differences that people let stand.
    pub async fn accepted(&self) -> Result<Vec<Accepted>, Error> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select object, kind from accepted order by object, kind")
                .fetch_all(&self.reader)
                .await?;
        Ok(rows.into_iter().map(|(object, kind)| Accepted { object, kind }).collect())
    }

    /// Lets a difference stand, with a log entry that says who wanted it. Tells whether it was new.
    pub async fn accept(&self, acceptance: Acceptance) -> Result<bool, Error> {
        self.writer
            .write("accept", move |connection| {
                Box::pin(async move { accept(connection, acceptance).await })
            })
            .await
    }
}

async fn wake(connection: &mut Connection, case: &CaseId, now: Timestamp) -> Result<(), Error> {
    sqlx::query(
        "update cases set wakes = wakes + 1, recheck = 1, updated_at = $1, \
         waiting_since = case when due_at is null then $1 else waiting_since end, \
         due_at = case when due_at is null or due_at > $1 then $1 else due_at end where id = $2",
    )
    .bind(now.as_millisecond())
    .bind(case.as_str())
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn accept(connection: &mut Connection, acceptance: Acceptance) -> Result<bool, Error> {
    let Acceptance { accepted: Accepted { object, kind }, why, by, at } = acceptance;
    let line = |text: String| -> String {
        let one = |letter: char| if letter.is_control() { ' ' } else { letter };
        text.trim().chars().take(LONGEST_WHY).map(one).collect()
    };
    let (why, by) = (line(why), line(by));
    // The lock comes first: nobody accepts the same between the look and the write.
    log::append(connection, Vec::new()).await?;
    let known = sqlx::query("select 1 from accepted where object = $1 and kind = $2")
        .bind(&object)
        .bind(&kind)
        .fetch_optional(&mut *connection)
        .await?;
    if known.is_some() {
        return Ok(false);
    }
    let body = json!({"accepted": {"object": object, "kind": kind}, "why": why, "by": by});
    let draft = Draft { at, case: None, kind: Kind::Reconcile, body };
    let placed = log::append(connection, vec![draft]).await?;
    let &(seq, _) = placed.first().ok_or(Error::Unreadable { what: "log entry" })?;
    sqlx::query(
        "insert into accepted (object, kind, why, by_whom, at, log_seq) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(object)
    .bind(kind)
    .bind(why)
    .bind(by)
    .bind(at.as_millisecond())
    .bind(i64::try_from(seq).map_err(|_| Error::Unreadable { what: "number" })?)
    .execute(&mut *connection)
    .await?;
    Ok(true)
}

fn kept(row: &AnyRow) -> Result<Kept, Error> {
    let unreadable = |what| move |_| Error::Unreadable { what };
    let text = |column: &str| row.try_get::<String, _>(column);
    let currency = text("currency")?.parse().map_err(|_| Error::Unreadable { what: "currency" })?;
    let refund: Option<String> = row.try_get("refund_id")?;
    let log_seq: i64 = row.try_get("log_seq")?;
    Ok(Kept {
        decision: text("decision_id")?.parse().map_err(unreadable("decision"))?,
        case: text("case_id")?.parse().map_err(unreadable("case id"))?,
        charge: text("charge")?.parse().map_err(unreadable("charge"))?,
        amount: Money::from_minor(row.try_get("amount")?, currency)
            .map_err(|_| Error::Unreadable { what: "amount" })?,
        state: text("state")?.parse()?,
        refund: refund.map(|refund| refund.parse()).transpose().map_err(unreadable("refund"))?,
        log_seq: u64::try_from(log_seq).map_err(|_| Error::Unreadable { what: "number" })?,
        log_hash: text("hash")?.parse()?,
    })
}
