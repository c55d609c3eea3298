//! What people were asked to approve, and what they said.

use jiff::Timestamp;
use quittance_core::ids::{ApprovalId, CaseId};
use quittance_core::money::{Currency, Money};
use quittance_core::record::Draft;
use serde_json::{Value, json};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connection::Connection;
use crate::error::Error;
use crate::log;
use crate::open::Store;

/// The longest reason that is kept, in characters.
const LONGEST_WHY: usize = 300;

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 80;

const COLUMNS: &str = "id, case_id, proposal, amount, currency, seen_at, made_at, expires_at, word, by_whom, word_amount, why";

/// Something to ask a person.
#[derive(Clone, Debug)]
pub struct NewApproval {
    /// Its id.
    pub id: ApprovalId,
    /// What is to be approved.
    pub proposal: Value,
    /// How much, at most.
    pub amount: Money,
    /// When the conversation had last changed, by Intercom's clock: whatever people say about this comes later.
    pub seen_at: Timestamp,
    /// The present instant.
    pub made_at: Timestamp,
    /// Until when it may be approved.
    pub expires_at: Timestamp,
    /// Its log entry.
    pub entry: Draft,
}

/// A request that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: ApprovalId,
    /// The case.
    pub case: CaseId,
    /// What is to be approved.
    pub proposal: Value,
    /// How much, at most.
    pub amount: Money,
    /// When the conversation had last changed before it, by Intercom's clock.
    pub seen_at: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it may be approved.
    pub expires_at: Timestamp,
    /// What a person said about it, if that is not carried out yet.
    pub word: Option<Word>,
}

impl Waiting {
    /// As people and programs read it: the amount as a decimal beside its currency.
    pub fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "case": self.case,
            "amount": self.amount.decimal(),
            "currency": self.amount.currency().code(),
            "proposal": self.proposal,
            "made_at": self.made_at,
            "expires_at": self.expires_at,
            "answered_by": self.word.as_ref().map(|word| word.by.as_str()),
        })
    }
}

/// What a person says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whether they approve it.
    pub is_approval: bool,
    /// Who they are.
    pub by: String,
    /// How much may be given back, if that is less than what they were asked for.
    pub amount: Option<Money>,
    /// Why, if they say so.
    pub why: Option<String>,
}

/// What became of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// It is written down and will be carried out.
    Written,
    /// There is no such request.
    Unknown,
    /// Somebody has said something already, or the request has ended.
    TooLate,
    /// The amount is more than was asked for, nothing, or in another currency.
    WrongAmount,
}

/// A change of a request, within a step of its case.
#[derive(Clone, Debug)]
pub enum ApprovalStep {
    /// A person is asked.
    Ask(Box<NewApproval>),
    /// It is over.
    End(Box<ApprovalEnd>),
}

/// The end of a request.
#[derive(Clone, Debug)]
pub struct ApprovalEnd {
    /// The request.
    pub id: ApprovalId,
    /// How it ends.
    pub to: Ended,
    /// What the person said, where it is not written down yet.
    pub word: Option<Word>,
    /// The present instant.
    pub at: Timestamp,
    /// The log entry that says so.
    pub entry: Draft,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was approved, and what was approved is written down.
    Approved,
    /// It was declined.
    Declined,
    /// Nobody said anything in time.
    Expired,
    /// It was approved, and could not be done any more.
    Overruled,
}

impl Ended {
    /// The name in the database and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Overruled => "overruled",
        }
    }
}

impl Store {
    /// The request of a case that waits, if one does.
    pub async fn approval_of(&self, case: &CaseId) -> Result<Option<Waiting>, Error> {
        let sql =
            format!("select {COLUMNS} from approval where case_id = $1 and state = 'waiting'");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(case.as_str())
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(waiting).transpose()
    }

    /// A request, if it waits.
    pub async fn approval(&self, id: &ApprovalId) -> Result<Option<Waiting>, Error> {
        let sql = format!("select {COLUMNS} from approval where id = $1 and state = 'waiting'");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(waiting).transpose()
    }

    /// How many requests a case has had.
    pub async fn approvals_count(&self, case: &CaseId) -> Result<u64, Error> {
        let row = sqlx::query("select count(*) from approval where case_id = $1")
            .bind(case.as_str())
            .fetch_one(&self.reader)
            .await?;
        let count: i64 = row.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The requests that wait, the oldest first, at most `limit`.
    pub async fn approvals(&self, limit: u32) -> Result<Vec<Waiting>, Error> {
        let sql = format!(
            "select {COLUMNS} from approval where state = 'waiting' order by made_at, id limit $1"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(waiting).collect()
    }

    /// Writes down what a person says about a request, and makes its case due, where it is carried out.
    pub async fn give_word(
        &self,
        id: &ApprovalId,
        word: Word,
        at: Timestamp,
    ) -> Result<Given, Error> {
        let id = id.clone();
        self.writer
            .write("word", move |connection| {
                Box::pin(async move { give(connection, &id, word, at).await })
            })
            .await
    }
}

async fn give(
    connection: &mut Connection,
    id: &ApprovalId,
    word: Word,
    at: Timestamp,
) -> Result<Given, Error> {
    let row = sqlx::query("select amount, currency, case_id from approval where id = $1")
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(Given::Unknown) };
    let most = money(&row, "amount")?;
    let is_right = |amount: Money| !amount.is_zero() && amount.exceeds(most) == Ok(false);
    if !word.amount.is_none_or(is_right) {
        return Ok(Given::WrongAmount);
    }
    if !write_word(connection, id, &word, at).await? {
        return Ok(Given::TooLate);
    }
    let case: String = row.try_get("case_id")?;
    sqlx::query(
        "update cases set wakes = wakes + 1, updated_at = $1, \
         waiting_since = case when due_at is null then $1 else waiting_since end, \
         due_at = case when due_at is null or due_at > $1 then $1 else due_at end where id = $2",
    )
    .bind(at.as_millisecond())
    .bind(case)
    .execute(&mut *connection)
    .await?;
    Ok(Given::Written)
}

/// Writes a word down, unless there is one or the request is over.
async fn write_word(
    connection: &mut Connection,
    id: &ApprovalId,
    word: &Word,
    at: Timestamp,
) -> Result<bool, Error> {
    let cut = |text: &str, longest: usize| text.chars().take(longest).collect::<String>();
    let written = sqlx::query(
        "update approval set word = $1, by_whom = $2, word_amount = $3, why = $4, said_at = $5 \
         where id = $6 and state = 'waiting' and word is null",
    )
    .bind(if word.is_approval { "approve" } else { "decline" })
    .bind(cut(&word.by, LONGEST_NAME))
    .bind(word.amount.map(Money::minor))
    .bind(word.why.as_deref().map(|why| cut(why, LONGEST_WHY)))
    .bind(at.as_millisecond())
    .bind(id.as_str())
    .execute(&mut *connection)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Changes a request within a step of its case.
pub(crate) async fn change(
    connection: &mut Connection,
    case: &CaseId,
    step: ApprovalStep,
) -> Result<(), Error> {
    match step {
        ApprovalStep::Ask(new) => ask(connection, case, *new).await,
        ApprovalStep::End(over) => end(connection, case, *over).await,
    }
}

async fn end(connection: &mut Connection, case: &CaseId, over: ApprovalEnd) -> Result<(), Error> {
    let ApprovalEnd { id, to, word, at, entry } = over;
    let taken = || Error::ApprovalTaken { id: id.to_string() };
    if let Some(word) = &word {
        // Somebody may have said something through another door: what was said first counts.
        if !write_word(connection, &id, word, at).await? {
            return Err(taken());
        }
    }
    log::append(connection, vec![entry]).await?;
    let ended = sqlx::query(
        "update approval set state = $1 where id = $2 and case_id = $3 and state = 'waiting'",
    )
    .bind(to.name())
    .bind(id.as_str())
    .bind(case.as_str())
    .execute(&mut *connection)
    .await?;
    if ended.rows_affected() == 1 { Ok(()) } else { Err(taken()) }
}

async fn ask(connection: &mut Connection, case: &CaseId, new: NewApproval) -> Result<(), Error> {
    let seq = log::append(connection, vec![new.entry]).await?;
    let seq = seq.first().map_or(0, |(seq, _)| *seq);
    sqlx::query(
        "insert into approval (id, case_id, ordinal, proposal, amount, currency, seen_at, made_at, expires_at, state, log_seq) \
         values ($1, $2, (select count(*) + 1 from approval where case_id = $2), $3, $4, $5, $6, $7, $8, 'waiting', $9)",
    )
    .bind(new.id.as_str())
    .bind(case.as_str())
    .bind(new.proposal.to_string())
    .bind(new.amount.minor())
    .bind(new.amount.currency().code())
    .bind(new.seen_at.as_millisecond())
    .bind(new.made_at.as_millisecond())
    .bind(new.expires_at.as_millisecond())
    .bind(i64::try_from(seq).map_err(|_| Error::Unreadable { what: "number" })?)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

fn money(row: &AnyRow, column: &str) -> Result<Money, Error> {
    let code: String = row.try_get("currency")?;
    let unreadable = || Error::Unreadable { what: "amount" };
    let currency: Currency = code.parse().map_err(|_| unreadable())?;
    Money::from_minor(row.try_get(column)?, currency).map_err(|_| unreadable())
}

fn waiting(row: &AnyRow) -> Result<Waiting, Error> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let instant = |column: &str| {
        let at = row.try_get::<i64, _>(column)?;
        Timestamp::from_millisecond(at).map_err(|_| Error::Unreadable { what: "instant" })
    };
    let unreadable = |what| move |_| Error::Unreadable { what };
    let word: Option<String> = row.try_get("word")?;
    let by: Option<String> = row.try_get("by_whom")?;
    let less: Option<i64> = row.try_get("word_amount")?;
    let word = match (word, by) {
        (Some(word), Some(by)) => Some(Word {
            is_approval: word == "approve",
            by,
            amount: less.map(|_| money(row, "word_amount")).transpose()?,
            why: row.try_get("why")?,
        }),
        _ => None,
    };
    Ok(Waiting {
        id: text("id")?.parse().map_err(unreadable("approval id"))?,
        case: text("case_id")?.parse().map_err(unreadable("case id"))?,
        proposal: serde_json::from_str(&text("proposal")?)
            .map_err(|_| Error::Unreadable { what: "proposal" })?,
        amount: money(row, "amount")?,
        seen_at: instant("seen_at")?,
        made_at: instant("made_at")?,
        expires_at: instant("expires_at")?,
        word,
    })
}
