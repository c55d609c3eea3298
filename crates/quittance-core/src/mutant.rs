//! Mistakes that can be planted, to see whether the simulation finds them.
//!
//! Each removes one rule of the money protocol at the place in the code where it is kept. Without the
//! feature `mutants` none can be planted, and the compiler leaves nothing of them in the program.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};

/// Whether mistakes can be planted in this build.
pub const CAN_BE_PLANTED: bool = cfg!(feature = "mutants");

/// The planted mistake: its place in [`Mutant::ALL`] and one more; 0 for none.
static PLANTED: AtomicU8 = AtomicU8::new(0);

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mutant {
    /// Every attempt has an idempotency key of its own.
    NewKeyPerAttempt,
    /// The refund is sent before its intent is stored.
    SentBeforeIntent,
    /// A refund may be sent again for 24 hours: as long as Stripe keeps a key.
    WindowWithoutMargin,
    /// A refund may be sent again for ever.
    NoWindow,
    /// 429 and 409 count as "not done", on a repeat too.
    ThrottledIsFinal,
    /// 500 counts as "not done".
    ErrorIsFinal,
    /// No answer counts as "not done".
    TimeoutIsFinal,
    /// Nothing is reserved when a refund is allowed.
    NoReservation,
    /// The customer is told before Stripe has confirmed.
    ToldBeforeConfirmed,
    /// Whoever finds nothing at Stripe says at once that nothing was done.
    FailedAtOnce,
    /// A refund that is not listed is decided anew at once.
    DecidedAnewAtOnce,
    /// A process may stand still between the mark and the send.
    PauseBeforeSend,
    /// A worker whose lease is lost may go on writing.
    NoFence,
    /// What is reserved is given back when nobody knows.
    FreedWhenUnknown,
    /// The mark is not written before the send.
    NotMarked,
    /// 409 on a first send counts as "not done".
    ConflictIsFinal,
    /// The refund does not say which entry of the log allowed it.
    NoLogInMetadata,
    /// What was sent to Intercom is not looked for before it is sent again.
    NotLookedFor,
    /// Any listed refund of the charge counts as ours.
    AnyRefundIsOurs,
    /// The stop switch is not read at the mark, nor before the byte.
    StopNotRead,
    /// Only our own clock counts for the age of a key.
    OneClock,
    /// A decision that waited is not held against the charge again.
    NotLookedAgain,
    /// A webhook is acknowledged although it is not stored.
    AcknowledgedUnstored,
    /// A refund that stays unknown is forgotten instead of given to a person.
    UnknownForgotten,
}

impl Mutant {
    /// Every mistake.
    pub const ALL: [Self; 24] = [
        Self::NewKeyPerAttempt,
        Self::SentBeforeIntent,
        Self::WindowWithoutMargin,
        Self::NoWindow,
        Self::ThrottledIsFinal,
        Self::ErrorIsFinal,
        Self::TimeoutIsFinal,
        Self::NoReservation,
        Self::ToldBeforeConfirmed,
        Self::FailedAtOnce,
        Self::DecidedAnewAtOnce,
        Self::PauseBeforeSend,
        Self::NoFence,
        Self::FreedWhenUnknown,
        Self::NotMarked,
        Self::ConflictIsFinal,
        Self::NoLogInMetadata,
        Self::NotLookedFor,
        Self::AnyRefundIsOurs,
        Self::StopNotRead,
        Self::OneClock,
        Self::NotLookedAgain,
        Self::AcknowledgedUnstored,
        Self::UnknownForgotten,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NewKeyPerAttempt => "new-key-per-attempt",
            Self::SentBeforeIntent => "sent-before-intent",
            Self::WindowWithoutMargin => "window-without-margin",
            Self::NoWindow => "no-window",
            Self::ThrottledIsFinal => "throttled-is-final",
            Self::ErrorIsFinal => "error-is-final",
            Self::TimeoutIsFinal => "timeout-is-final",
            Self::NoReservation => "no-reservation",
            Self::ToldBeforeConfirmed => "told-before-confirmed",
            Self::FailedAtOnce => "failed-at-once",
            Self::DecidedAnewAtOnce => "decided-anew-at-once",
            Self::PauseBeforeSend => "pause-before-send",
            Self::NoFence => "no-fence",
            Self::FreedWhenUnknown => "freed-when-unknown",
            Self::NotMarked => "not-marked",
            Self::ConflictIsFinal => "conflict-is-final",
            Self::NoLogInMetadata => "no-log-in-metadata",
            Self::NotLookedFor => "not-looked-for",
            Self::AnyRefundIsOurs => "any-refund-is-ours",
            Self::StopNotRead => "stop-not-read",
            Self::OneClock => "one-clock",
            Self::NotLookedAgain => "not-looked-again",
            Self::AcknowledgedUnstored => "acknowledged-unstored",
            Self::UnknownForgotten => "unknown-forgotten",
        }
    }

    /// Whether this mistake is planted. Always false without the feature `mutants`.
    pub fn is_planted(self) -> bool {
        CAN_BE_PLANTED && PLANTED.load(Ordering::Relaxed) == self.number()
    }

    fn number(self) -> u8 {
        let at = Self::ALL.iter().position(|mutant| *mutant == self);
        at.and_then(|at| u8::try_from(at).ok()).map_or(0, |at| at.saturating_add(1))
    }
}

/// Plants a mistake in the whole process, or takes it out again. Without the feature `mutants` this
/// changes nothing.
pub fn plant(mutant: Option<Mutant>) {
    PLANTED.store(mutant.map_or(0, Mutant::number), Ordering::Relaxed);
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mutant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mutant = Self::ALL.into_iter().find(|mutant| mutant.name() == text);
        mutant.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("there is no mistake {text:?}; there are: {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_planted_is_there_and_nothing_without_the_feature() {
        for mutant in Mutant::ALL {
            assert_eq!(mutant.name().parse(), Ok(mutant));
        }
        plant(Some(Mutant::NoFence));
        assert_eq!(Mutant::NoFence.is_planted(), CAN_BE_PLANTED);
        assert!(!Mutant::NoWindow.is_planted());
        plant(None);
        assert!(!Mutant::NoFence.is_planted());
    }
}
