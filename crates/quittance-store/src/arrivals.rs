//! What was taken in, for whoever checks that nothing of it was lost. Read-only.

use quittance_core::event::Source;

use crate::error::Error;
use crate::open::Store;

/// How many are read at a time.
const PAGE: i64 = 10_000;

impl Store {
    /// The ids of all webhooks of one sender that are stored, in order.
    pub async fn arrivals(&self, source: Source) -> Result<Vec<String>, Error> {
        let mut ids: Vec<String> = Vec::new();
        loop {
            let after = ids.last().cloned().unwrap_or_default();
            let page: Vec<(String,)> = sqlx::query_as(
                "select id from inbox where source = $1 and id > $2 order by id limit $3",
            )
            .bind(source.name())
            .bind(after)
            .bind(PAGE)
            .fetch_all(&self.reader)
            .await?;
            if page.is_empty() {
                return Ok(ids);
            }
            ids.extend(page.into_iter().map(|(id,)| id));
        }
    }

    /// How many webhooks are stored, of all senders.
    pub async fn arrivals_count(&self) -> Result<u64, Error> {
        let count: i64 =
            sqlx::query_scalar("select count(*) from inbox").fetch_one(&self.reader).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}
