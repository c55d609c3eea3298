//! Budgets: reserved with the intent, posted with the confirmation, given back otherwise.

use jiff::Timestamp;
use quittance_core::ids::DecisionId;
use quittance_core::limits::Reservation;
use sqlx::Row;

use crate::connection::Connection;
use crate::error::Error;
use crate::stop::{self, OURSELVES, StopChange};

/// Takes every reservation of a decision, or none: the caller's transaction fails with the limit. A
/// ceiling that was lowered refuses what is new, and leaves what is taken alone.
pub(crate) async fn reserve(
    connection: &mut Connection,
    decision: &DecisionId,
    reservations: &[Reservation],
    at: Timestamp,
) -> Result<(), Error> {
    for taken in reservations {
        if taken.amount > taken.cap {
            return Err(Error::Limit(taken.limit));
        }
        let row = sqlx::query(
            "insert into budget (scope, window_start, currency, cap, pending) values ($1, $2, $3, $4, $5) \
             on conflict (scope, window_start, currency) \
             do update set cap = excluded.cap, pending = budget.pending + excluded.pending \
             where budget.posted + budget.pending + excluded.pending <= excluded.cap \
             returning posted + pending",
        )
        .bind(&taken.scope)
        .bind(taken.window_start)
        .bind(&taken.currency)
        .bind(taken.cap)
        .bind(taken.amount)
        .fetch_optional(&mut *connection)
        .await?;
        let used: i64 = row.ok_or(Error::Limit(taken.limit))?.try_get(0)?;
        sqlx::query(
            "insert into reservation (decision_id, scope, window_start, currency, amount) values ($1, $2, $3, $4, $5)",
        )
        .bind(decision.as_str())
        .bind(&taken.scope)
        .bind(taken.window_start)
        .bind(&taken.currency)
        .bind(taken.amount)
        .execute(&mut *connection)
        .await?;
        alarm(connection, taken, used, at).await?;
    }
    Ok(())
}

/// Stops money when this reservation is the one that reaches the alarm.
async fn alarm(
    connection: &mut Connection,
    taken: &Reservation,
    used: i64,
    at: Timestamp,
) -> Result<(), Error> {
    let Some(alarm) = &taken.alarm else { return Ok(()) };
    if used >= alarm.at && used.saturating_sub(taken.amount) < alarm.at {
        let by = OURSELVES.to_owned();
        stop::throw(connection, StopChange { why: alarm.why.clone(), by, at }).await?;
    }
    Ok(())
}

/// Turns a decision's reservations into spending.
pub(crate) async fn post(connection: &mut Connection, decision: &DecisionId) -> Result<(), Error> {
    move_pending(
        connection,
        decision,
        "update budget set pending = pending - $1, posted = posted + $1 \
         where scope = $2 and window_start = $3 and currency = $4",
    )
    .await
}

/// Gives a decision's reservations back.
pub(crate) async fn void(connection: &mut Connection, decision: &DecisionId) -> Result<(), Error> {
    move_pending(
        connection,
        decision,
        "update budget set pending = pending - $1 where scope = $2 and window_start = $3 and currency = $4",
    )
    .await
}

/// Applies `update` to the budget of each reservation, and forgets the reservation: it is resolved
/// exactly once.
async fn move_pending(
    connection: &mut Connection,
    decision: &DecisionId,
    update: &'static str,
) -> Result<(), Error> {
    let taken: Vec<(i64, String, i64, String)> = sqlx::query_as(
        "delete from reservation where decision_id = $1 returning amount, scope, window_start, currency",
    )
    .bind(decision.as_str())
    .fetch_all(&mut *connection)
    .await?;
    for (amount, scope, window_start, currency) in taken {
        sqlx::query(update)
            .bind(amount)
            .bind(scope)
            .bind(window_start)
            .bind(currency)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
