//! A way to stand between the program and its writes, for simulations.

use std::fmt;
use std::io;

use futures_util::future::BoxFuture;

use crate::error::Error;

/// What a probe does to a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interference {
    /// Nothing: the write goes its way.
    None,
    /// The write fails as if the database were away. Nothing is written. After a write it is too late
    /// for that: then nobody knows.
    Fail,
    /// The caller hears that nobody knows. Before a write nothing is written, after it everything is.
    Unknown,
}

/// Sees every write of a store, and may spoil it. A probe that never answers is a crash: before a write
/// nothing is written, after it everything is.
///
/// A write is called by what it does: `take_in`, `lease`, `end_leases`, `policy`, and for the steps of a
/// case what [`Transition::name`](crate::transition::Transition::name) says.
pub trait Probe: fmt::Debug + Send + Sync {
    /// Before the write is handed to the database.
    fn before(&self, write: &'static str) -> BoxFuture<'_, Interference>;

    /// After the write was committed, before its caller hears of it. A write that failed by itself is
    /// not shown.
    fn after(&self, write: &'static str) -> BoxFuture<'_, Interference>;
}

impl Interference {
    /// What becomes of a write that was not handed in yet.
    pub(crate) fn before(self) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::Fail => Err(sqlx::Error::Io(io::Error::other("a simulated fault")).into()),
            Self::Unknown => Err(Error::CommitUnknown),
        }
    }

    /// What the caller of a write that is committed hears.
    pub(crate) fn after(self) -> Result<(), Error> {
        match self {
            Self::None => Ok(()),
            Self::Fail | Self::Unknown => Err(Error::CommitUnknown),
        }
    }
}
