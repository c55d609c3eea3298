//! A connection to either database.

use futures_util::future::{self, BoxFuture, FutureExt};
use futures_util::stream::{self, BoxStream, StreamExt};
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Either, Execute, Executor, SqlStr};

use crate::file::FileConnection;

/// A connection to either database. Statements are written with `$1`, `$2` and so on.
#[derive(Debug)]
pub(crate) enum Connection {
    /// To a file.
    File(FileConnection),
    /// Through sqlx: to a server, or to a file that is copied.
    Sqlx(AnyConnection),
    /// To a server, lent by a pool.
    Pooled(PoolConnection<Any>),
}

/// What a query gives: rows, and how many it changed.
pub(crate) type Found = Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>;

impl Connection {
    /// Says goodbye to the database.
    pub(crate) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::File(_) => Ok(()),
            Self::Sqlx(connection) => sqlx::Connection::close(connection).await,
            Self::Pooled(connection) => connection.close().await,
        }
    }
}

impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Any;

    /// From a file, everything a query finds is read before the first row is handed out: ask for pages.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Found>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        match self {
            Connection::File(file) => stream::iter(all(file, query)).boxed(),
            Connection::Sqlx(connection) => connection.fetch_many(query),
            Connection::Pooled(connection) => connection.fetch_many(query),
        }
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        match self {
            Connection::File(file) => future::ready(first(file, query)).boxed(),
            Connection::Sqlx(connection) => connection.fetch_optional(query),
            Connection::Pooled(connection) => connection.fetch_optional(query),
        }
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        match self {
            // Nobody prepares by hand: a connection keeps the statements it has run.
            Connection::File(_) => {
                let why = "a statement to a file is prepared when it is run".to_owned();
                future::ready(Err(sqlx::Error::Protocol(why))).boxed()
            }
            Connection::Sqlx(connection) => connection.prepare_with(sql, parameters),
            Connection::Pooled(connection) => connection.prepare_with(sql, parameters),
        }
    }
}

fn arguments<'q>(query: &mut impl Execute<'q, Any>) -> Result<Option<AnyArguments>, sqlx::Error> {
    query.take_arguments().map_err(sqlx::Error::Encode)
}

fn all<'q>(file: &FileConnection, mut query: impl Execute<'q, Any>) -> Vec<Found> {
    let given = arguments(&mut query)
        .and_then(|arguments| file.run(query.sql().as_str(), arguments, usize::MAX));
    match given {
        Ok(given) => {
            let result = AnyQueryResult { rows_affected: given.changed, last_insert_id: None };
            let rows = given.rows.into_iter().map(|row| row.map(Either::Right));
            rows.chain([Ok(Either::Left(result))]).collect()
        }
        Err(error) => vec![Err(error)],
    }
}

fn first<'q>(
    file: &FileConnection,
    mut query: impl Execute<'q, Any>,
) -> Result<Option<AnyRow>, sqlx::Error> {
    let arguments = arguments(&mut query)?;
    file.run(query.sql().as_str(), arguments, 1)?.rows.pop().transpose()
}
