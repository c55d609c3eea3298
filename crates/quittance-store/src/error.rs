//! What can go wrong with the database.

use quittance_core::limits::Limit;
use quittance_core::record::Broken;

/// A failure of the store, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The setting does not name a database that this version can open.
    #[error("cannot open the database {url:?}: {why}")]
    Setting {
        /// The setting as it was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Another worker has taken the case since; what was to be written is void.
    #[error("the lease on case {case} was lost")]
    Fenced {
        /// The case.
        case: String,
    },
    /// A budget has no room for the refund.
    #[error("the refund does not fit the {0:?} limit any more")]
    Limit(Limit),
    /// The charge has a refund under way.
    #[error("charge {charge} already has a refund under way")]
    ChargeBusy {
        /// The charge.
        charge: String,
    },
    /// Another refund of the customer's is under way, or was settled since the facts were read.
    #[error("another refund of this customer's is under way or has just been made")]
    CustomerBusy,
    /// A refund may not be sent again: too often, or too late for its idempotency key.
    #[error("decision {decision} may not be sent again")]
    SendsUsedUp {
        /// The decision.
        decision: String,
    },
    /// A refund may not be called failed yet: its last send may still be carried out.
    #[error("refund {decision} was last sent less than ten minutes ago")]
    TooEarly {
        /// The decision.
        decision: String,
    },
    /// A person has said something else about a request meanwhile, or it is over.
    #[error("request {id} was answered or ended meanwhile")]
    ApprovalTaken {
        /// The request.
        id: String,
    },
    /// The stop switch is thrown: no refund is allowed or sent.
    #[error("money is stopped: {why}")]
    Stopped {
        /// Why.
        why: String,
    },
    /// The log does not verify.
    #[error("the action log is broken")]
    Log(#[from] Broken),
    /// A row does not hold what it should.
    #[error("the {what} in the database cannot be read")]
    Unreadable {
        /// Which part of which row.
        what: &'static str,
    },
    /// The database did not do it; nothing was written.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The migrations could not be applied.
    #[error("the database could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The server cannot be reached now, or broke the transaction off. Nothing was written.
    #[error("the database cannot be reached now; nothing was written")]
    Unavailable,
    /// The server does not keep what it says it has written, or is otherwise not fit.
    #[error("the PostgreSQL server has {setting} = {value:?}: {wanted}")]
    Server {
        /// The server's setting.
        setting: &'static str,
        /// What it is.
        value: String,
        /// What is to be done.
        wanted: &'static str,
    },
    /// Another process serves under the same name.
    #[error("a node called {id:?} is running; stop it first, or give every node a name of its own")]
    NodeRuns {
        /// The name.
        id: String,
    },
    /// The node was not heard of for so long that it is forgotten.
    #[error("the node {id:?} is not known any more; start it again")]
    NodeGone {
        /// The name.
        id: String,
    },
    /// The nodes that are alive are not alike, so none of them may move money.
    #[error("node {holder:?} moves no money while nodes differ in build or policy: {nodes}")]
    MixedNodes {
        /// The node that was about to.
        holder: String,
        /// Those that are alive, with what they are.
        nodes: String,
    },
    /// A copy goes to an empty database only.
    #[error("the database {url} is not empty: there is something in {table}")]
    NotEmpty {
        /// The target.
        url: String,
        /// A table that is not empty.
        table: &'static str,
    },
    /// The database was made by another version of the program.
    #[error("the database {url} is of another version: let this version serve it once")]
    OtherVersion {
        /// The database.
        url: String,
    },
    /// A copy is not like what was copied.
    #[error("the copy differs from what was copied, in {table}; do not use it")]
    Differs {
        /// Where.
        table: &'static str,
    },
    /// A log entry that was committed is not there any more: another server took over that lacks it.
    #[error("log entry {seq}, which was committed, is gone from the database")]
    Forgotten {
        /// The entry's number.
        seq: u64,
    },
    /// Nobody knows whether the transaction was written.
    #[error("the database did not say whether it wrote the transaction")]
    CommitUnknown,
    /// The store was closed.
    #[error("the database was closed")]
    Closed,
}

impl Error {
    /// Whether the database was away, or full, or busy: what was asked of it is not to blame.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        let is_away = matches!(self, Self::Unavailable | Self::CommitUnknown);
        is_away || matches!(self, Self::Database(error) if is_outage(error))
    }
}

/// PostgreSQL's codes begin with a class: 08 connections, 53 resources, 57P the operator's doings
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>). The low byte of a code of SQLite's
/// is its kind: busy, locked, a failed read or write, full, cannot be opened
/// (<https://www.sqlite.org/rescode.html>).
fn is_outage(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Io, PoolTimedOut, Tls, WorkerCrashed};
    let Some(told) = error.as_database_error() else {
        return matches!(error, Io(_) | Tls(_) | PoolTimedOut | WorkerCrashed);
    };
    told.code().is_some_and(|code| {
        let kind = code.parse::<u32>().unwrap_or(0) & 0xff;
        let is_server = ["08", "53", "57P"].iter().any(|class| code.starts_with(class));
        // Only PostgreSQL's have five letters.
        if code.len() == 5 { is_server } else { [5, 6, 10, 13, 14].contains(&kind) }
    })
}
