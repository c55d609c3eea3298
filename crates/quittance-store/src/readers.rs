//! Connections for reading.
//!
//! A pool asks a connection whether it still lives before and after every use. A file does not go away, and
//! such a question costs as much as a small read, so a file's connections are kept on a shelf instead.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::any::{AnyConnectOptions, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{
    Any, AnyConnection, AnyPool, ConnectOptions, Connection, Either, Execute, Executor, SqlStr,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections for reading. Clones share them.
#[derive(Clone, Debug)]
pub(crate) enum Readers {
    /// To a file.
    File(Arc<Shelf>),
    /// To a server.
    Server(AnyPool),
}

/// The connections to a file that nobody uses just now.
pub(crate) struct Shelf {
    options: AnyConnectOptions,
    pragmas: &'static str,
    most: u32,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<AnyConnection>>,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("free", &self.free).finish_non_exhaustive()
    }
}

/// A connection in use. One that is not given back, because its reader went away in the middle, is closed.
pub(crate) enum Taken {
    File { connection: AnyConnection, shelf: Arc<Shelf>, permit: OwnedSemaphorePermit },
    Server(PoolConnection<Any>),
}

impl Readers {
    /// At most so many connections to the file of these options, made when they are needed.
    pub(crate) fn file(options: AnyConnectOptions, pragmas: &'static str, most: u32) -> Self {
        let free = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(1)));
        Self::File(Arc::new(Shelf { options, pragmas, most, free, idle: Mutex::default() }))
    }

    /// Waits for a connection.
    pub(crate) async fn take(&self) -> Result<Taken, sqlx::Error> {
        match self {
            Self::File(shelf) => Shelf::take(Arc::clone(shelf)).await,
            Self::Server(pool) => Ok(Taken::Server(pool.acquire().await?)),
        }
    }

    /// Waits for who reads, and closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::File(shelf) => shelf.close().await,
            Self::Server(pool) => pool.close().await,
        }
    }
}

impl Shelf {
    async fn take(self: Arc<Self>) -> Result<Taken, sqlx::Error> {
        let permit = Arc::clone(&self.free).acquire_owned().await;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        Ok(Taken::File { connection, shelf: self, permit })
    }

    async fn connect(&self) -> Result<AnyConnection, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        connection.execute(sqlx::raw_sql(self.pragmas)).await?;
        Ok(connection)
    }

    async fn close(&self) {
        // Closed already, when it cannot be had.
        let all = self.free.acquire_many(self.most).await;
        self.free.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            // It only reads: nothing can be lost.
            drop(connection.close().await);
        }
    }
}

impl Taken {
    /// Puts the connection back. Only what was read to the end may be.
    pub(crate) fn give_back(self) {
        if let Self::File { connection, shelf, permit } = self {
            shelf.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            drop(permit);
        }
    }
}

impl Deref for Taken {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match self {
            Self::File { connection, .. } => connection,
            Self::Server(connection) => connection,
        }
    }
}

impl DerefMut for Taken {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::File { connection, .. } => connection,
            Self::Server(connection) => connection,
        }
    }
}

/// What a query gives: rows, and how many it changed.
type Found = Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>;

impl<'p> Executor<'p> for &'_ Readers {
    type Database = Any;

    /// Everything a query finds, read to the end before the first row is handed out: ask for pages.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Found>
    where
        E: 'q + Execute<'q, Any>,
    {
        let readers = self.clone();
        let rows = async move {
            let mut taken = readers.take().await?;
            let rows: Vec<Found> = taken.fetch_many(query).collect().await;
            taken.give_back();
            Ok::<_, sqlx::Error>(stream::iter(rows))
        };
        stream::once(rows).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        E: 'q + Execute<'q, Any>,
    {
        let readers = self.clone();
        Box::pin(async move {
            let mut taken = readers.take().await?;
            let row = taken.fetch_optional(query).await;
            taken.give_back();
            row
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        let readers = self.clone();
        Box::pin(async move {
            let mut taken = readers.take().await?;
            let prepared = taken.prepare_with(sql, parameters).await;
            taken.give_back();
            prepared
        })
    }
}
