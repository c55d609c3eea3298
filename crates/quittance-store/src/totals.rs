//! How far everything is, in numbers. Read-only.

use jiff::Timestamp;
use quittance_core::case::State;
use quittance_core::ids::CaseId;
use quittance_core::limits::{DAY, HOUR, MONTH, REASON, Windows};
use sqlx::Row;

use crate::error::Error;
use crate::open::Store;

/// How long a case may want work before somebody must look, in milliseconds: an hour.
const DEADLINE_MS: i64 = 60 * 60 * 1_000;

/// The same for a case whose refund is under way: an unknown one may take its time to be found out.
const SETTLING_DEADLINE_MS: i64 = 26 * 60 * 60 * 1_000;

/// How many cases, intents and effects there are in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Cases by state.
    pub cases: Vec<(String, i64)>,
    /// Intents by state.
    pub intents: Vec<(String, i64)>,
    /// Effects by state.
    pub effects: Vec<(String, i64)>,
    /// Cases that want work now or later.
    pub due: i64,
}

/// How far one budget is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Whose budget, such as `day` or `customer:cus_1`.
    pub scope: String,
    /// When its window began, in milliseconds since 1970.
    pub window_start: i64,
    /// The currency's code, or the one under which refunds are counted.
    pub currency: String,
    /// The most that may be taken, in minor units (or refunds).
    pub cap: i64,
    /// What confirmed refunds took.
    pub posted: i64,
    /// What refunds under way hold.
    pub pending: i64,
}

/// A case that has wanted work for longer than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// The case.
    pub case: CaseId,
    /// Where it stands.
    pub state: State,
    /// Since when it has wanted work.
    pub since: Timestamp,
    /// How many steps in a row failed.
    pub failures: i64,
}

impl Store {
    /// Counts everything by state.
    pub async fn totals(&self) -> Result<Totals, Error> {
        let count = |query: &'static str| async move {
            let rows: Vec<(String, i64)> = sqlx::query_as(query).fetch_all(&self.reader).await?;
            Ok::<_, Error>(rows)
        };
        let due = sqlx::query("select count(*) from cases where due_at is not null")
            .fetch_one(&self.reader)
            .await?;
        Ok(Totals {
            cases: count("select state, count(*) from cases group by state order by state").await?,
            intents: count("select state, count(*) from intent group by state order by state")
                .await?,
            effects: count("select state, count(*) from effect group by state order by state")
                .await?,
            due: due.try_get(0)?,
        })
    }

    /// Every budget that something was ever taken from, by scope and window.
    pub async fn budgets(&self) -> Result<Vec<Budget>, Error> {
        let rows: Vec<(String, i64, String, i64, i64, i64)> = sqlx::query_as(
            "select scope, window_start, currency, cap, posted, pending from budget \
             order by scope, window_start, currency",
        )
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().map(budget).collect())
    }

    /// The budgets of the windows that something was taken from: the hour's count, the day's, the month's
    /// and the reasons' of the day. Those of customers and charges are left out.
    pub async fn budgets_of(&self, windows: Windows) -> Result<Vec<Budget>, Error> {
        let rows: Vec<(String, i64, String, i64, i64, i64)> = sqlx::query_as(
            "select scope, window_start, currency, cap, posted, pending from budget \
             where (scope = $1 and window_start = $2) or (scope = $3 and window_start = $4) \
             or (scope = $5 and window_start = $6) or (scope like $7 and window_start = $6) \
             order by scope, currency",
        )
        .bind(HOUR)
        .bind(windows.hour)
        .bind(MONTH)
        .bind(windows.month)
        .bind(DAY)
        .bind(windows.day)
        .bind(format!("{REASON}%"))
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().map(budget).collect())
    }

    /// The sums of the refunds that are allowed and neither made nor given up, by currency, in minor units.
    pub async fn under_way(&self) -> Result<Vec<(String, i64)>, Error> {
        let rows = sqlx::query_as(
            "select currency, cast(sum(amount) as bigint) from intent \
             where state in ('intent', 'marked', 'unknown') group by currency order by currency",
        )
        .fetch_all(&self.reader)
        .await?;
        Ok(rows)
    }

    /// Cases that should have come to an end or to a person by now, the longest waiting first, at most
    /// `limit`. There should be none.
    pub async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<Overdue>, Error> {
        let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
            "select id, state, waiting_since, failures from cases \
             where (state in ('open', 'settling') or due_at is not null) and waiting_since < $1 \
             and (waiting_since < $2 or not exists (select 1 from intent where case_id = cases.id \
                  and intent.state in ('intent', 'marked', 'unknown'))) \
             order by waiting_since limit $3",
        )
        .bind(now.as_millisecond().saturating_sub(DEADLINE_MS))
        .bind(now.as_millisecond().saturating_sub(SETTLING_DEADLINE_MS))
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter().map(overdue).collect()
    }
}

fn overdue((case, state, since, failures): (String, String, i64, i64)) -> Result<Overdue, Error> {
    Ok(Overdue {
        case: case.parse().map_err(|_| Error::Unreadable { what: "case id" })?,
        state: state.parse().map_err(|_| Error::Unreadable { what: "state" })?,
        since: Timestamp::from_millisecond(since)
            .map_err(|_| Error::Unreadable { what: "instant" })?,
        failures,
    })
}

fn budget(
    (scope, window_start, currency, cap, posted, pending): (String, i64, String, i64, i64, i64),
) -> Budget {
    Budget { scope, window_start, currency, cap, posted, pending }
}
