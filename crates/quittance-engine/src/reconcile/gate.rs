//! Whether this process may send refunds, as far as the comparison with Stripe goes.

use std::sync::atomic::{AtomicU8, Ordering};

use jiff::SignedDuration;

const OPEN: u8 = 0;
const WAITING: u8 = 1;
const DIFFERENT: u8 = 2;

/// Lets refunds through, or holds them.
#[derive(Debug, Default)]
pub(crate) struct Gate(AtomicU8);

impl Gate {
    /// No refund until a comparison has ended without a difference.
    pub(crate) fn hold(&self) {
        self.0.store(WAITING, Ordering::SeqCst);
    }

    /// A comparison ended without a difference.
    pub(crate) fn open(&self) {
        self.0.store(OPEN, Ordering::SeqCst);
    }

    /// A comparison found a difference.
    pub(crate) fn differ(&self) {
        self.0.store(DIFFERENT, Ordering::SeqCst);
    }

    /// Whether refunds may be sent.
    pub(crate) fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst) == OPEN
    }

    /// Whether the last comparison found a difference.
    pub(crate) fn is_different(&self) -> bool {
        self.0.load(Ordering::SeqCst) == DIFFERENT
    }

    /// How long a refund waits before it asks again; nothing if it need not wait. The first comparison takes
    /// seconds, and a difference waits for a person.
    pub(crate) fn pause(&self) -> Option<SignedDuration> {
        match self.0.load(Ordering::SeqCst) {
            OPEN => None,
            WAITING => Some(SignedDuration::from_secs(1)),
            _ => Some(SignedDuration::from_secs(30)),
        }
    }
}
