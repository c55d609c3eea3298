//! What is to be done in Intercom, in order, and how far each is.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use quittance_core::ids::{CaseId, PartId};
use quittance_core::record::Draft;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connection::Connection;
use crate::error::Error;
use crate::log;
use crate::open::Store;

/// What an effect does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// Tells the customer something.
    Reply,
    /// Tells the team something.
    Note,
    /// Gives the conversation to a person or a team.
    Assign,
    /// Closes the conversation.
    Close,
    /// Blanks a message in which a card number stood.
    Redact,
}

impl EffectKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Reply, Self::Note, Self::Assign, Self::Close, Self::Redact];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Note => "note",
            Self::Assign => "assign",
            Self::Close => "close",
            Self::Redact => "redact",
        }
    }
}

impl fmt::Display for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EffectKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == text);
        kind.ok_or(Error::Unreadable { what: "kind of an effect" })
    }
}

/// An effect to write down.
#[derive(Clone, Debug)]
pub struct NewEffect {
    /// What it does.
    pub kind: EffectKind,
    /// The text, whom to assign, or which part to blank.
    pub body: String,
    /// Its log entry, which holds no text.
    pub entry: Draft,
}

/// An effect that is not done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Its id: the case and its number.
    pub id: String,
    /// What it does.
    pub kind: EffectKind,
    /// The text, whom to assign, or which part to blank.
    pub body: String,
    /// When it was first sent. Once this is set it may be there already.
    pub first_send: Option<Timestamp>,
    /// When the conversation had last changed before it was first sent, by Intercom's clock.
    pub conversation_at: Option<Timestamp>,
    /// How often it was sent.
    pub attempt: i64,
    /// Whether and until when it may still be carried out by whoever sent it before.
    pub way: Way,
}

/// Whether what was sent may still be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As far as is known it is not.
    Clear,
    /// It may be until this instant, by Intercom's clock: nobody answered.
    Until(Timestamp),
    /// It may be from now on: the lease of its sender ran out, and the sender may be about to send.
    Overrun,
}

/// A step of an effect.
#[derive(Clone, Debug)]
pub struct EffectMove {
    /// The effect.
    pub id: String,
    /// What becomes of it.
    pub to: EffectStep,
}

/// What may become of an effect.
#[derive(Clone, Debug)]
pub enum EffectStep {
    /// It is about to be sent.
    Marked {
        /// When.
        at: Timestamp,
        /// When the conversation had last changed, by Intercom's clock.
        conversation_at: Timestamp,
    },
    /// It was not sent after its mark: by whoever marked it, who still holds the case. The mark counts for nothing.
    Unsent,
    /// Nobody answered: it may still be carried out.
    Unanswered {
        /// Until when, by Intercom's clock.
        until: Timestamp,
    },
    /// It is there.
    Done {
        /// The part of the conversation, where it made one.
        part: Option<PartId>,
        /// The log entry that says so.
        entry: Draft,
    },
    /// It will not be done.
    Dropped {
        /// The log entry that says why.
        entry: Draft,
    },
}

impl EffectStep {
    /// What a write that says so is called.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Marked { .. } => "effect:mark",
            Self::Unsent => "effect:unsent",
            Self::Unanswered { .. } => "effect:unanswered",
            Self::Done { .. } => "effect:done",
            Self::Dropped { .. } => "effect:drop",
        }
    }
}

impl Store {
    /// The effects of a case that are not done, in order.
    pub async fn open_effects(&self, case: &CaseId) -> Result<Vec<Effect>, Error> {
        let rows = sqlx::query(
            "select id, kind, body, first_send, conversation_at, attempt, not_before from effect \
             where case_id = $1 and state in ('planned', 'marked') order by ordinal",
        )
        .bind(case.as_str())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(effect).collect()
    }

    /// The conversation parts that this program made in a case.
    pub async fn own_parts(&self, case: &CaseId) -> Result<Vec<PartId>, Error> {
        let rows: Vec<(String,)> =
            sqlx::query_as("select part_id from effect where case_id = $1 and part_id is not null order by ordinal")
                .bind(case.as_str())
                .fetch_all(&self.reader)
                .await?;
        let parts = rows.into_iter().map(|(part,)| part.parse());
        parts.collect::<Result<_, _>>().map_err(|_| Error::Unreadable { what: "part" })
    }
}

/// Writes effects down behind those that are there.
pub(crate) async fn plan(
    connection: &mut Connection,
    case: &CaseId,
    effects: Vec<NewEffect>,
) -> Result<(), Error> {
    if effects.is_empty() {
        return Ok(());
    }
    let row = sqlx::query("select coalesce(max(ordinal), 0) from effect where case_id = $1")
        .bind(case.as_str())
        .fetch_one(&mut *connection)
        .await?;
    let last: i64 = row.try_get(0)?;
    let entries = effects.iter().map(|effect| effect.entry.clone()).collect();
    let placed = log::append(connection, entries).await?;
    for ((effect, (seq, _)), ordinal) in
        effects.into_iter().zip(placed).zip(last.saturating_add(1)..)
    {
        sqlx::query(
            "insert into effect (id, case_id, ordinal, kind, body, state, log_seq) \
             values ($1, $2, $3, $4, $5, 'planned', $6)",
        )
        .bind(format!("{case}#{ordinal}"))
        .bind(case.as_str())
        .bind(ordinal)
        .bind(effect.kind.name())
        // PostgreSQL keeps no NUL in a text.
        .bind(effect.body.replace('\0', ""))
        .bind(i64::try_from(seq).map_err(|_| Error::Unreadable { what: "number" })?)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Moves an effect.
pub(crate) async fn advance(
    connection: &mut Connection,
    case: &CaseId,
    step: EffectMove,
) -> Result<(), Error> {
    let query = match step.to {
        EffectStep::Marked { at, conversation_at } => sqlx::query(
            "update effect set state = 'marked', attempt = attempt + 1, first_send = coalesce(first_send, $3), \
             conversation_at = case conversation_at when 0 then $4 else conversation_at end \
             where id = $1 and case_id = $2 and state in ('planned', 'marked') and attempt < 4",
        )
        .bind(step.id.clone())
        .bind(case.as_str())
        .bind(at.as_millisecond())
        .bind(conversation_at.as_millisecond()),
        EffectStep::Unsent => sqlx::query(
            "update effect set attempt = attempt - 1, state = case attempt when 1 then 'planned' else state end, \
             first_send = case attempt when 1 then null else first_send end, \
             conversation_at = case attempt when 1 then 0 else conversation_at end \
             where id = $1 and case_id = $2 and state = 'marked' and attempt > 0",
        )
        .bind(step.id.clone())
        .bind(case.as_str()),
        EffectStep::Unanswered { until } => sqlx::query(
            "update effect set not_before = $3 where id = $1 and case_id = $2 and state = 'marked'",
        )
        .bind(step.id.clone())
        .bind(case.as_str())
        .bind(until.as_millisecond()),
        EffectStep::Done { part, entry } => {
            let at = entry.at.as_millisecond();
            log::append(connection, vec![entry]).await?;
            sqlx::query(
                "update effect set state = 'done', part_id = $3, first_send = coalesce(first_send, $4) \
                 where id = $1 and case_id = $2 and state in ('planned', 'marked')",
            )
            .bind(step.id.clone())
            .bind(case.as_str())
            .bind(part.map(String::from))
            .bind(at)
        }
        EffectStep::Dropped { entry } => {
            log::append(connection, vec![entry]).await?;
            sqlx::query(
                "update effect set state = 'dropped' where id = $1 and case_id = $2 and state in ('planned', 'marked')",
            )
            .bind(step.id.clone())
            .bind(case.as_str())
        }
    };
    let rows = query.execute(&mut *connection).await?.rows_affected();
    if rows == 1 { Ok(()) } else { Err(Error::SendsUsedUp { decision: step.id }) }
}

/// Stands for [`Way::Overrun`].
const OVERRUN: i64 = -1;

/// A case is about to be taken from a worker whose lease ran out: it may be alive, and in the middle of
/// saying something. Without anything marked nothing is written.
pub(crate) async fn overrun(connection: &mut Connection, now: i64, gone: i64) -> Result<(), Error> {
    sqlx::query(
        "update effect set not_before = $1 where state in ('planned', 'marked') and state = 'marked' and case_id in \
         (select id from cases where due_at <= $2 and lease_until > 0 and \
          (lease_until < $2 or exists (select 1 from node where node.id = cases.holder and node.seen_at <= $3)))",
    )
    .bind(OVERRUN)
    .bind(now)
    .bind(gone)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

fn effect(row: &AnyRow) -> Result<Effect, Error> {
    let first_send: Option<i64> = row.try_get("first_send")?;
    let kind: String = row.try_get("kind")?;
    let (conversation_at, not_before) =
        (row.try_get("conversation_at")?, row.try_get("not_before")?);
    Ok(Effect {
        id: row.try_get("id")?,
        kind: kind.parse()?,
        body: row.try_get("body")?,
        first_send: first_send.map(instant).transpose()?,
        conversation_at: some(conversation_at)?,
        attempt: row.try_get("attempt")?,
        way: way(not_before)?,
    })
}

fn way(not_before: i64) -> Result<Way, Error> {
    if not_before == OVERRUN {
        return Ok(Way::Overrun);
    }
    Ok(some(not_before)?.map_or(Way::Clear, Way::Until))
}

/// An instant, where 0 stands for none.
fn some(at: i64) -> Result<Option<Timestamp>, Error> {
    Some(at).filter(|at| *at > 0).map(instant).transpose()
}

fn instant(at: i64) -> Result<Timestamp, Error> {
    Timestamp::from_millisecond(at).map_err(|_| Error::Unreadable { what: "instant" })
}
