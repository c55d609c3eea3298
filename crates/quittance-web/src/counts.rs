//! How many webhooks came, and what became of them.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counters since the start of the process.
#[derive(Debug, Default)]
pub struct Counts {
    stored: AtomicU64,
    seen: AtomicU64,
    ignored: AtomicU64,
    unsigned: AtomicU64,
    unreadable: AtomicU64,
    too_large: AtomicU64,
    not_stored: AtomicU64,
}

/// What became of one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Stored,
    Seen,
    Ignored,
    Unsigned,
    Unreadable,
    TooLarge,
    NotStored,
}

/// The counters at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// New, and on disk.
    pub stored: u64,
    /// Delivered before.
    pub seen: u64,
    /// Signed, and about nothing that concerns us.
    pub ignored: u64,
    /// Without a signature that fits.
    pub unsigned: u64,
    /// Signed, and not in the form that is documented.
    pub unreadable: u64,
    /// Larger than is read.
    pub too_large: u64,
    /// Could not be stored.
    pub not_stored: u64,
}

impl Counts {
    pub(crate) fn count(&self, fate: Fate) {
        let counter = match fate {
            Fate::Stored => &self.stored,
            Fate::Seen => &self.seen,
            Fate::Ignored => &self.ignored,
            Fate::Unsigned => &self.unsigned,
            Fate::Unreadable => &self.unreadable,
            Fate::TooLarge => &self.too_large,
            Fate::NotStored => &self.not_stored,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters now.
    pub fn snapshot(&self) -> Snapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Snapshot {
            stored: read(&self.stored),
            seen: read(&self.seen),
            ignored: read(&self.ignored),
            unsigned: read(&self.unsigned),
            unreadable: read(&self.unreadable),
            too_large: read(&self.too_large),
            not_stored: read(&self.not_stored),
        }
    }
}
