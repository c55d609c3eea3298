//! Databases on a server that are made for a while and dropped again, for whoever measures.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::error::Error;
use crate::place::shown;
use crate::postgres;

/// A database of its own on a PostgreSQL server.
#[derive(Clone)]
pub struct Spare {
    server: String,
    name: String,
}

impl Spare {
    /// Makes an empty database on the server at `server`, the URL of any database there. The name is of
    /// small letters, digits and `_`.
    pub async fn make(server: &str, name: &str) -> Result<Self, Error> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(is_plain) {
            let why = "a database's name is of small letters, digits and `_` here";
            return Err(Error::Setting { url: shown(server), why });
        }
        let spare = Self { server: server.to_owned(), name: name.to_owned() };
        spare.manage(format!("create database {name}")).await?;
        Ok(spare)
    }

    /// How the database is reached.
    pub fn url(&self) -> String {
        let (server, query) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (scheme, place) = server.split_once("://").unwrap_or(("postgres", server));
        let place = place.split('/').next().unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{scheme}://{place}/{}{mark}{query}", self.name)
    }

    /// Drops the database, whoever still uses it.
    pub async fn discard(self) -> Result<(), Error> {
        self.manage(format!("drop database if exists {} with (force)", self.name)).await
    }

    async fn manage(&self, statement: String) -> Result<(), Error> {
        sqlx::any::install_default_drivers();
        let mut connection = postgres::options(&self.server)?.connect().await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
        Ok(connection.close().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_is_another() {
        for (server, expected) in [
            ("postgres://u:p@h:1/postgres", "postgres://u:p@h:1/q"),
            ("postgres://h/a?sslmode=require", "postgres://h/q?sslmode=require"),
            ("postgresql://h", "postgresql://h/q"),
        ] {
            let spare = Spare { server: server.to_owned(), name: "q".to_owned() };
            assert_eq!(spare.url(), expected);
        }
    }

    #[tokio::test]
    async fn another_name_is_refused_before_anything_is_asked() {
        for name in ["", "a b", "a;drop", "A", "é"] {
            assert!(matches!(Spare::make("postgres://h", name).await, Err(Error::Setting { .. })));
        }
    }
}
