//! A database for simulations: in memory, and as new again in no time.
//!
//! Everything happens within one transaction that is never committed, and what is a transaction elsewhere is
//! a savepoint here. So nothing is ever parsed or planned twice, however many runs there are.

use jiff::Timestamp;
use sqlx::{Executor, Row};

use crate::connection::Connection;
use crate::error::Error;
use crate::open::{MIGRATIONS, Store};
use crate::place::Engine;
use crate::readers::Readers;
use crate::sqlite;
use crate::writer::Writer;

impl Store {
    /// Makes a database in memory, with all tables, constraints and triggers. Its writer is a task on the
    /// runtime of the caller, and readers use the same connection: for a runtime of one thread.
    pub async fn simulated() -> Result<Self, Error> {
        let file = sqlite::in_memory()?;
        let mut connection = Connection::File(file.clone());
        for (_, _, sql) in MIGRATIONS {
            connection.execute(sqlx::raw_sql(sql)).await?;
        }
        connection.execute(sqlx::raw_sql(sqlite::GUARDS)).await?;
        connection.execute(sqlx::raw_sql("begin; savepoint kept")).await?;
        Ok(Self::over(Engine::Sqlite, Readers::one(file), Writer::beside(connection)))
    }

    /// Forgets everything that was written to a simulated database.
    pub async fn begin_anew(&self) -> Result<(), Error> {
        self.say("rollback; begin; savepoint kept").await
    }

    /// Keeps what a simulated database holds now, in the place of what was kept before.
    pub async fn back_up(&self) -> Result<(), Error> {
        self.say("release kept; savepoint kept").await
    }

    /// Puts a simulated database back to what was kept, or to nothing.
    pub async fn restore(&self) -> Result<(), Error> {
        self.say("rollback to kept").await
    }

    /// When the next case is due, if any is, and whether money is stopped, in one look.
    pub async fn standing(&self) -> Result<(Option<Timestamp>, bool), Error> {
        let row = sqlx::query(
            "select min(case when lease_until > due_at then lease_until else due_at end), \
             (select is_stopped from stop where id = 1) from cases where due_at is not null",
        )
        .fetch_one(&self.reader)
        .await?;
        let (due, is_stopped): (Option<i64>, i64) = (row.try_get(0)?, row.try_get(1)?);
        Ok((due.and_then(|due| Timestamp::from_millisecond(due).ok()), is_stopped != 0))
    }

    /// Lets the time of every lease run out.
    pub async fn expire_leases(&self) -> Result<(), Error> {
        self.say("update cases set lease_until = 1 where lease_until > 1").await
    }

    async fn say(&self, words: &'static str) -> Result<(), Error> {
        let mut taken = self.reader.take().await?;
        let said = taken.execute(sqlx::raw_sql(words)).await;
        taken.give_back();
        Ok(said.map(drop)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that the database itself holds data to.
    async fn rules(store: &Store) -> Vec<(String, String)> {
        let mut taken = store.reader.take().await.unwrap();
        sqlx::query_as("select name, sql from sqlite_master where sql is not null and name not like '\\_sqlx%' escape '\\' order by name")
            .fetch_all(&mut *taken)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_simulated_database_has_every_rule_of_a_served_one() {
        let folder = tempfile::tempdir().unwrap();
        let served = Store::open(&folder.path().join("q.db").display().to_string()).await.unwrap();
        let simulated = Store::simulated().await.unwrap();
        let rules_of_served = rules(&served).await;
        assert!(rules_of_served.len() > 20, "{rules_of_served:?}");
        assert_eq!(rules(&simulated).await, rules_of_served);
    }
}
