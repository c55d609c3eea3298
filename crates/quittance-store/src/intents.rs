//! Allowed refunds, and how far each is.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use quittance_core::ids::{CaseId, ChargeId, CustomerId, DecisionId, IdempotencyKey, RefundId};
use quittance_core::limits::Reservation;
use quittance_core::money::Money;
use quittance_core::mutant::Mutant;
use quittance_core::record::{Draft, Hash, Kind};
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::connection::Connection;
use crate::error::Error;
use crate::open::Store;
use crate::{log, spend, stop};

/// How often a refund is sent at most.
pub const MOST_SENDS: i64 = 4;

/// How long after its first send a refund may be sent again, in milliseconds: 20 hours, since
/// Stripe keeps a key for at least 24. <https://docs.stripe.com/api/idempotent_requests>
pub const RESEND_WINDOW_MS: i64 = 20 * 60 * 60 * 1_000;

/// [`RESEND_WINDOW_MS`], unless a mistake is planted.
pub fn resend_window_ms() -> i64 {
    if Mutant::NoWindow.is_planted() {
        return RESEND_WINDOW_MS.saturating_mul(1_000);
    }
    if Mutant::WindowWithoutMargin.is_planted() {
        return 24 * 60 * 60 * 1_000;
    }
    RESEND_WINDOW_MS
}

/// How long a sent request may still be carried out: our own deadline and a margin. Only after this is
/// "not there" an answer.
pub const STILL_UNDER_WAY: SignedDuration = SignedDuration::from_mins(10);

/// How far an intent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// Written down, not sent.
    Intent,
    /// About to be sent, or sent: nobody knows.
    Marked,
    /// Sent, and the answer did not tell.
    Unknown,
    /// With a person.
    Parked,
    /// Stripe has it.
    Confirmed,
    /// Proved not to have been carried out.
    Void,
    /// A person found that it was not carried out.
    Failed,
    /// Stripe had it, and the bank sent it back.
    Reversed,
}

impl IntentState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Intent,
        Self::Marked,
        Self::Unknown,
        Self::Parked,
        Self::Confirmed,
        Self::Void,
        Self::Failed,
        Self::Reversed,
    ];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Marked => "marked",
            Self::Unknown => "unknown",
            Self::Parked => "parked",
            Self::Confirmed => "confirmed",
            Self::Void => "void",
            Self::Failed => "failed",
            Self::Reversed => "reversed",
        }
    }
}

impl fmt::Display for IntentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for IntentState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let state = Self::ALL.into_iter().find(|state| state.name() == text);
        state.ok_or(Error::Unreadable { what: "state of an intent" })
    }
}

/// A refund that was allowed.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The decision that allowed it.
    pub decision: DecisionId,
    /// The case it was decided in.
    pub case: CaseId,
    /// The key it is sent under.
    pub key: IdempotencyKey,
    /// The exact bytes of the request.
    pub body: Vec<u8>,
    /// The charge it gives back.
    pub charge: ChargeId,
    /// How much.
    pub amount: Money,
    /// How far it is.
    pub state: IntentState,
    /// When it was first sent.
    pub first_send: Option<Timestamp>,
    /// When it was last sent.
    pub last_send: Option<Timestamp>,
    /// How often it was sent.
    pub attempt: i64,
    /// Stripe's refund.
    pub refund: Option<RefundId>,
    /// The number of its log entry.
    pub log_seq: u64,
}

impl Intent {
    /// When it will be with a person at the latest, if nobody finds out before whether it was made: ten
    /// minutes after its last send, or after the last one that it may still get. None for one that was not
    /// sent, and for one that is settled or with a person already.
    pub fn deadline(&self) -> Option<Timestamp> {
        let is_open = match self.state {
            IntentState::Marked | IntentState::Unknown => true,
            IntentState::Intent
            | IntentState::Parked
            | IntentState::Confirmed
            | IntentState::Void
            | IntentState::Failed
            | IntentState::Reversed => false,
        };
        let first = self.first_send.filter(|_| is_open)?;
        let window_ends =
            first.checked_add(SignedDuration::from_millis(resend_window_ms())).ok()?;
        let last = self.last_send.filter(|_| self.attempt >= MOST_SENDS);
        last.map_or(window_ends, |last| last.min(window_ends)).checked_add(STILL_UNDER_WAY).ok()
    }
}

/// A send that is about to be made, dated by two clocks: ours and Stripe's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The decision.
    pub decision: DecisionId,
    /// Our clock.
    pub at: Timestamp,
    /// The earlier reading: a first send is dated by it, so that its window ends early.
    pub earliest: Timestamp,
    /// The later reading: ages are told by it, and it dates the last send.
    pub latest: Timestamp,
}

impl Mark {
    /// The intent as it stands once this mark is written.
    pub fn on(&self, intent: &Intent) -> Intent {
        Intent {
            state: IntentState::Marked,
            first_send: Some(intent.first_send.unwrap_or(self.earliest)),
            last_send: Some(intent.last_send.map_or(self.latest, |last| last.max(self.latest))),
            attempt: intent.attempt.saturating_add(1),
            ..intent.clone()
        }
    }
}

/// Writes the request once its log entry's number and hash are known, since it carries both.
pub type Freeze = Box<dyn FnOnce(u64, Hash) -> Vec<u8> + Send>;

/// A refund to write down.
pub struct NewIntent {
    /// The decision.
    pub decision: DecisionId,
    /// The key it will be sent under.
    pub key: IdempotencyKey,
    /// The charge.
    pub charge: ChargeId,
    /// The customer who paid it.
    pub customer: CustomerId,
    /// The number of the last log entry when the facts were begun to be read that the decision rests on.
    pub read_after: u64,
    /// How much.
    pub amount: Money,
    /// Its log entry.
    pub entry: Draft,
    /// What it takes of the budgets.
    pub reservations: Vec<Reservation>,
    /// Makes the request.
    pub freeze: Freeze,
}

impl fmt::Debug for NewIntent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewIntent")
            .field("decision", &self.decision)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// A step of an intent.
#[derive(Clone, Debug)]
pub struct IntentMove {
    /// The decision.
    pub decision: DecisionId,
    /// What becomes of it.
    pub to: Settled,
    /// The log entry that says so.
    pub entry: Draft,
}

/// What may become of an intent after it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nobody knows; it will be looked for.
    Unknown,
    /// Stripe has it.
    Confirmed {
        /// Stripe's refund.
        refund: RefundId,
        /// Stripe's status of it.
        status: String,
    },
    /// Proved not carried out.
    Void {
        /// Why.
        why: String,
    },
    /// Left to a person, with what is reserved still reserved.
    Parked {
        /// Why.
        why: String,
    },
    /// A person found that it was not carried out.
    Failed {
        /// How they know.
        why: String,
        /// The present instant by the clock that shows less: the last send must be ten minutes old by it.
        earliest: Timestamp,
    },
    /// The bank sent a confirmed refund back.
    Reversed {
        /// Stripe's status of it.
        status: String,
    },
}

impl Settled {
    /// What a write that says so is called.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "settle:unknown",
            Self::Confirmed { .. } => "settle:confirmed",
            Self::Void { .. } => "settle:void",
            Self::Parked { .. } => "settle:parked",
            Self::Failed { .. } => "settle:failed",
            Self::Reversed { .. } => "settle:reversed",
        }
    }
}

impl Store {
    /// Every intent of a case, oldest first.
    pub async fn intents_of(&self, case: &CaseId) -> Result<Vec<Intent>, Error> {
        let rows = sqlx::query(
            "select decision_id, case_id, idem_key, body, charge, amount, currency, state, first_send, last_send, attempt, \
             refund_id, log_seq from intent where case_id = $1 order by log_seq",
        )
        .bind(case.as_str())
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(intent).collect()
    }

    /// The refund of a decision.
    pub async fn intent_of(&self, decision: &DecisionId) -> Result<Option<Intent>, Error> {
        let row = sqlx::query(
            "select decision_id, case_id, idem_key, body, charge, amount, currency, state, first_send, last_send, \
             attempt, refund_id, log_seq from intent where decision_id = $1",
        )
        .bind(decision.as_str())
        .fetch_optional(&self.reader)
        .await?;
        row.as_ref().map(intent).transpose()
    }

    /// Up to `limit` refunds in a state, oldest first, after the one whose log entry has the number `after`.
    pub async fn intents_in(
        &self,
        state: IntentState,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Intent>, Error> {
        let rows = sqlx::query(
            "select decision_id, case_id, idem_key, body, charge, amount, currency, state, first_send, last_send, \
             attempt, refund_id, log_seq from intent where state = $1 and log_seq > $2 order by log_seq limit $3",
        )
        .bind(state.name())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(intent).collect()
    }

    /// How many decisions on a charge there were: in this case, which is the ordinal of its next one, and
    /// in all cases together, without those that came to nothing.
    pub async fn decisions_on(&self, case: &CaseId, charge: &ChargeId) -> Result<Decisions, Error> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select case_id, state from intent where charge = $1")
                .bind(charge.as_str())
                .fetch_all(&self.reader)
                .await?;
        let here = rows.iter().filter(|(of, _)| of == case.as_str()).count();
        let nothing = [IntentState::Void.name(), IntentState::Failed.name()];
        let standing = rows.iter().filter(|(_, state)| !nothing.contains(&state.as_str())).count();
        let number = |count| {
            u32::try_from(count).map_err(|_| Error::Unreadable { what: "number of decisions" })
        };
        Ok(Decisions { here: number(here)?, standing: number(standing)? })
    }
}

/// How many decisions on a charge there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// In one case, whatever became of them.
    pub here: u32,
    /// In all cases, if money moved, may have moved or may still move.
    pub standing: u32,
}

/// Writes an intent down: entry, request and reservations. Fails when money is stopped.
pub(crate) async fn begin(
    connection: &mut Connection,
    case: &CaseId,
    epoch: i64,
    new: NewIntent,
) -> Result<(), Error> {
    stop::check(connection).await?;
    let at = new.entry.at;
    let placed = log::append(connection, vec![new.entry]).await?;
    let &(seq, hash) = placed.first().ok_or(Error::Unreadable { what: "log entry" })?;
    let body = (new.freeze)(seq, hash);
    let sha = Hash::of(&body);
    let body = String::from_utf8(body).map_err(|_| Error::Unreadable { what: "request" })?;
    if has_moved_since(connection, &new.customer, new.read_after).await? {
        return Err(Error::CustomerBusy);
    }
    let inserted = sqlx::query(
        "insert into intent (decision_id, case_id, idem_key, body, body_sha, charge, amount, currency, state, epoch, \
         log_seq, customer) values ($1, $2, $3, $4, $5, $6, $7, $8, 'intent', $9, $10, $11)",
    )
    .bind(new.decision.as_str())
    .bind(case.as_str())
    .bind(new.key.as_str())
    .bind(body)
    .bind(sha.to_string())
    .bind(new.charge.as_str())
    .bind(new.amount.minor())
    .bind(new.amount.currency().code())
    .bind(epoch)
    .bind(i64::try_from(seq).map_err(|_| Error::Unreadable { what: "number" })?)
    .bind(new.customer.as_str())
    .execute(&mut *connection)
    .await;
    match inserted {
        Ok(_) if Mutant::NoReservation.is_planted() => Ok(()),
        Ok(_) => spend::reserve(connection, &new.decision, &new.reservations, at).await,
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(Error::ChargeBusy { charge: new.charge.into() })
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a refund of the customer's is under way, or was settled after the facts were read: what the
/// policy said about earlier refunds is then old. What came after is told by the numbers of the log, since
/// the clocks of two nodes differ.
async fn has_moved_since(
    connection: &mut Connection,
    customer: &CustomerId,
    read_after: u64,
) -> Result<bool, Error> {
    let row = sqlx::query(
        "select 1 from intent where customer = $1 \
         and (state in ('intent', 'marked', 'unknown', 'parked') or exists \
         (select 1 from log where log.case_id = intent.case_id and log.at = intent.settled_at and log.seq > $2)) \
         limit 1",
    )
    .bind(customer.as_str())
    .bind(i64::try_from(read_after).map_err(|_| Error::Unreadable { what: "number" })?)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(row.is_some())
}

/// Marks an intent as about to be sent. Fails when it was sent too often or too long ago, when its first
/// send seems to be still to come, and when money is stopped.
pub(crate) async fn mark(
    connection: &mut Connection,
    case: &CaseId,
    epoch: i64,
    mark: Mark,
) -> Result<(), Error> {
    if !Mutant::StopNotRead.is_planted() {
        stop::check(connection).await?;
    }
    let row = sqlx::query(
        "update intent set state = 'marked', attempt = attempt + 1, first_send = coalesce(first_send, $1), \
         last_send = case when last_send > $2 then last_send else $2 end, epoch = $3 \
         where decision_id = $4 and case_id = $5 and epoch <= $3 and attempt < $6 \
         and (first_send is null or ($2 - first_send >= 0 and $2 - first_send < $7)) \
         and state in ('intent', 'marked', 'unknown') returning attempt",
    )
    .bind(mark.earliest.as_millisecond())
    .bind(mark.latest.as_millisecond())
    .bind(epoch)
    .bind(mark.decision.as_str())
    .bind(case.as_str())
    .bind(MOST_SENDS)
    .bind(resend_window_ms())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else {
        return Err(Error::SendsUsedUp { decision: mark.decision.to_string() });
    };
    let attempt: i64 = row.try_get(0)?;
    let (at, case) = (mark.at, Some(case.clone()));
    let body = json!({"decision": mark.decision, "attempt": attempt});
    log::append(connection, vec![Draft { at, case, kind: Kind::Mark, body }]).await?;
    Ok(())
}

/// Moves an intent after an answer, and resolves its reservations where that is final.
pub(crate) async fn settle(
    connection: &mut Connection,
    case: &CaseId,
    epoch: i64,
    step: IntentMove,
) -> Result<(), Error> {
    let settled_at = step.entry.at.as_millisecond();
    if let Settled::Failed { earliest, .. } = &step.to {
        refuse_early(connection, &step.decision, *earliest).await?;
    }
    log::append(connection, vec![step.entry]).await?;
    let (state, refund, status, why) = match &step.to {
        Settled::Unknown => (IntentState::Unknown, None, None, None),
        Settled::Confirmed { refund, status } => {
            (IntentState::Confirmed, Some(refund), Some(status), None)
        }
        Settled::Void { why } => (IntentState::Void, None, None, Some(why)),
        Settled::Parked { why } => (IntentState::Parked, None, None, Some(why)),
        Settled::Failed { why, .. } => (IntentState::Failed, None, None, Some(why)),
        Settled::Reversed { status } => (IntentState::Reversed, None, Some(status), None),
    };
    let rows = sqlx::query(
        "update intent set state = $1, refund_id = coalesce($2, refund_id), refund_status = coalesce($3, refund_status), \
         why = coalesce($4, why), epoch = $5, settled_at = $8 \
         where decision_id = $6 and case_id = $7 and epoch <= $5",
    )
    .bind(state.name())
    .bind(refund.map(RefundId::as_str))
    .bind(status)
    .bind(why)
    .bind(epoch)
    .bind(step.decision.as_str())
    .bind(case.as_str())
    .bind(settled_at)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if rows != 1 {
        return Err(Error::Fenced { case: case.to_string() });
    }
    match step.to {
        Settled::Confirmed { .. } => spend::post(connection, &step.decision).await,
        Settled::Void { .. } | Settled::Failed { .. } => {
            spend::void(connection, &step.decision).await
        }
        Settled::Unknown if Mutant::FreedWhenUnknown.is_planted() => {
            spend::void(connection, &step.decision).await
        }
        Settled::Unknown | Settled::Parked { .. } | Settled::Reversed { .. } => Ok(()),
    }
}

/// Refuses to call a refund failed while its last send may still be carried out.
async fn refuse_early(
    connection: &mut Connection,
    decision: &DecisionId,
    earliest: Timestamp,
) -> Result<(), Error> {
    let row = sqlx::query("select last_send from intent where decision_id = $1")
        .bind(decision.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let last: Option<i64> = row.map(|row| row.try_get(0)).transpose()?.flatten();
    let under_way = STILL_UNDER_WAY.as_millis();
    let is_early = last.is_some_and(|last| {
        i128::from(earliest.as_millisecond()).saturating_sub(i128::from(last)) < under_way
    });
    if is_early { Err(Error::TooEarly { decision: decision.to_string() }) } else { Ok(()) }
}

fn intent(row: &AnyRow) -> Result<Intent, Error> {
    let unreadable = |what| move |_| Error::Unreadable { what };
    let text = |column: &str| row.try_get::<String, _>(column);
    let instant = |column: &str| -> Result<Option<Timestamp>, Error> {
        let at: Option<i64> = row.try_get(column)?;
        at.map(Timestamp::from_millisecond)
            .transpose()
            .map_err(|_| Error::Unreadable { what: "instant" })
    };
    let currency = text("currency")?.parse().map_err(|_| Error::Unreadable { what: "currency" })?;
    let refund: Option<String> = row.try_get("refund_id")?;
    let log_seq: i64 = row.try_get("log_seq")?;
    Ok(Intent {
        decision: text("decision_id")?.parse().map_err(unreadable("decision"))?,
        case: text("case_id")?.parse().map_err(unreadable("case id"))?,
        key: text("idem_key")?.parse().map_err(unreadable("idempotency key"))?,
        body: text("body")?.into_bytes(),
        charge: text("charge")?.parse().map_err(unreadable("charge"))?,
        amount: Money::from_minor(row.try_get("amount")?, currency)
            .map_err(|_| Error::Unreadable { what: "amount" })?,
        state: text("state")?.parse()?,
        first_send: instant("first_send")?,
        last_send: instant("last_send")?,
        attempt: row.try_get("attempt")?,
        refund: refund.map(|refund| refund.parse()).transpose().map_err(unreadable("refund"))?,
        log_seq: u64::try_from(log_seq).map_err(|_| Error::Unreadable { what: "number" })?,
    })
}
