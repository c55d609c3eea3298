//! What people look at. Read-only.

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
}
