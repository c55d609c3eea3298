//! How far everything is, in numbers. Read-only.

use sqlx::Row;

use crate::error::Error;
use crate::open::Store;

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
        let budget = |(scope, window_start, currency, cap, posted, pending)| Budget {
            scope,
            window_start,
            currency,
            cap,
            posted,
            pending,
        };
        Ok(rows.into_iter().map(budget).collect())
    }
}
