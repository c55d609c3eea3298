//! What a policy stands in, as far as somebody knows it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use quittance_core::limits::Limits;

/// What a policy is held against besides itself. By default nothing is known.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The ceilings above every policy.
    pub limits: Option<Limits>,
    /// The files of the policy's folder, to which it may link.
    pub folder: Option<Folder>,
    /// The day on which it is looked at, in UTC.
    pub today: Option<Date>,
    /// What its worked examples are to it.
    pub examples: Examples,
}

/// What the worked examples are to a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Examples {
    /// One that does not hold is an error.
    #[default]
    MustHold,
    /// One that does not hold is a warning: somebody only wants to know what the policy says.
    MayFail,
}

/// A folder and every file in it.
#[derive(Clone, Debug)]
pub struct Folder {
    /// What its names begin with, as the policy's files are named: empty, or something like `policies/`.
    pub root: String,
    /// The names of the files and folders in it, and in folders in it, with `/` between them.
    pub files: BTreeSet<String>,
}
