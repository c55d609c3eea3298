//! Connections for reading.
//!
//! A pool asks a connection whether it still lives before and after every use. A file does not go away, and
//! such a question costs as much as a small read, so a file's connections are kept on a shelf instead.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::any::{AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::{Any, AnyPool, Execute, Executor, SqlStr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::{Connection, Found};
use crate::file::{Access, FileConnection};

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
    /// The file and how it is opened. A database in memory has one connection only.
    file: Option<(PathBuf, Access, &'static str)>,
    most: u32,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<FileConnection>>,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("free", &self.free).finish_non_exhaustive()
    }
}

/// A connection in use. One that is not given back, because its reader went away in the middle, is closed.
pub(crate) struct Taken {
    connection: Connection,
    home: Option<(Arc<Shelf>, OwnedSemaphorePermit)>,
}

impl Readers {
    /// At most so many connections to a file, made when they are needed.
    pub(crate) fn file(path: PathBuf, access: Access, pragmas: &'static str, most: u32) -> Self {
        Self::shelf(Some((path, access, pragmas)), most, Vec::new())
    }

    /// The one connection there is.
    pub(crate) fn one(connection: FileConnection) -> Self {
        Self::shelf(None, 1, vec![connection])
    }

    fn shelf(
        file: Option<(PathBuf, Access, &'static str)>,
        most: u32,
        idle: Vec<FileConnection>,
    ) -> Self {
        let free = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(1)));
        Self::File(Arc::new(Shelf { file, most, free, idle: Mutex::new(idle) }))
    }

    /// Waits for a connection.
    pub(crate) async fn take(&self) -> Result<Taken, sqlx::Error> {
        match self {
            Self::File(shelf) => Shelf::take(Arc::clone(shelf)).await,
            Self::Server(pool) => {
                Ok(Taken { connection: Connection::Pooled(pool.acquire().await?), home: None })
            }
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
        let connection = match (idle, &self.file) {
            (Some(connection), _) => connection,
            (None, Some((path, access, pragmas))) => FileConnection::open(path, *access, pragmas)?,
            (None, None) => return Err(sqlx::Error::PoolClosed),
        };
        Ok(Taken { connection: Connection::File(connection), home: Some((self, permit)) })
    }

    async fn close(&self) {
        // Closed already, when it cannot be had.
        let all = self.free.acquire_many(self.most).await;
        self.free.close();
        drop(all);
        // They only read: nothing can be lost.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Taken {
    /// Puts the connection back. Only what was read to the end may be.
    pub(crate) fn give_back(self) {
        if let (Connection::File(connection), Some((shelf, permit))) = (self.connection, self.home)
        {
            shelf.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            drop(permit);
        }
    }
}

impl Deref for Taken {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Taken {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

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
