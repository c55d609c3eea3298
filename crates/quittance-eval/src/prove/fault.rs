//! What can go wrong, and where.

use std::fmt;

/// The kinds of faults, by the numbers of the fault matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fault {
    /// F1: the process is killed.
    Crash,
    /// F2: the power is cut; what was not on disk is lost.
    PowerCut,
    /// F3: no answer in time, and nothing was done.
    Timeout,
    /// F4: no answer in time, and it was done.
    TimeoutAfter,
    /// F5: no answer in time, and it is done later.
    Late,
    /// F6: too many requests.
    Limited,
    /// F6: the object is busy elsewhere.
    Locked,
    /// F7: an error of the server, and it was done.
    ErrorAfter,
    /// F8: an error of the server, and nothing was done.
    ErrorBefore,
    /// F9: the idempotency key is in use.
    Conflict,
    /// F10: the server refuses the request.
    Refused,
    /// F10: the server refuses the key.
    Denied,
    /// F11: an answer that is not JSON; it was done.
    Garbled,
    /// F12: the answer breaks off; it was done.
    Torn,
    /// F13: an answer about something else; it was done.
    Wrong,
    /// F14: an answer without end; it was done.
    Huge,
    /// F15: a webhook comes again.
    Duplicate,
    /// F16: webhooks come in another order.
    Reordered,
    /// F17: a webhook that nobody signed.
    Forged,
    /// Intercom or Stripe loses a webhook.
    Lost,
    /// F18: somebody sets this machine's clock.
    ClockSet,
    /// F19: the disk is full, or a write failed: the process must end.
    DiskFull,
    /// F20, F23: the database refuses the transaction; nothing was written.
    Busy,
    /// F21: the database's connection broke before the commit.
    CommitLost,
    /// F22: the database's connection broke after the commit.
    CommitUnknown,
    /// F24: the process stands still for a while.
    Pause,
    /// F25: a second worker takes the case.
    SecondWorker,
    /// F26: the model calls tools for ever.
    ModelLoops,
    /// F27: the model writes garbage.
    ModelGarbage,
    /// F28: the model does not answer.
    ModelDown,
    /// F29: the agent is set to another mode, by a restart.
    NewSettings,
    /// F30: somebody stops money.
    Stop,
    /// F31: a dispute, somebody's own refund, a teammate, or a new message.
    Outside,
    /// F32: a step panics.
    Panic,
    /// F33: the database is an older backup.
    Restored,
    /// F34: a new version is started.
    NewVersion,
}

impl Fault {
    pub(crate) const ALL: [Self; 36] = [
        Self::Crash,
        Self::PowerCut,
        Self::Timeout,
        Self::TimeoutAfter,
        Self::Late,
        Self::Limited,
        Self::Locked,
        Self::ErrorAfter,
        Self::ErrorBefore,
        Self::Conflict,
        Self::Refused,
        Self::Denied,
        Self::Garbled,
        Self::Torn,
        Self::Wrong,
        Self::Huge,
        Self::Duplicate,
        Self::Reordered,
        Self::Forged,
        Self::Lost,
        Self::ClockSet,
        Self::DiskFull,
        Self::Busy,
        Self::CommitLost,
        Self::CommitUnknown,
        Self::Pause,
        Self::SecondWorker,
        Self::ModelLoops,
        Self::ModelGarbage,
        Self::ModelDown,
        Self::NewSettings,
        Self::Stop,
        Self::Outside,
        Self::Panic,
        Self::Restored,
        Self::NewVersion,
    ];

    /// Its number in the fault matrix and what it is called in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crash => "F1 killed",
            Self::PowerCut => "F2 power cut",
            Self::Timeout => "F3 timeout, not done",
            Self::TimeoutAfter => "F4 timeout, done",
            Self::Late => "F5 done late",
            Self::Limited => "F6 429 rate",
            Self::Locked => "F6 429 lock",
            Self::ErrorAfter => "F7 500, done",
            Self::ErrorBefore => "F8 500, not done",
            Self::Conflict => "F9 409",
            Self::Refused => "F10 400 or 404",
            Self::Denied => "F10 401 or 403",
            Self::Garbled => "F11 not JSON",
            Self::Torn => "F12 torn answer",
            Self::Wrong => "F13 wrong answer",
            Self::Huge => "F14 huge answer",
            Self::Duplicate => "F15 webhook again",
            Self::Reordered => "F16 webhooks reordered",
            Self::Forged => "F17 forged webhook",
            Self::Lost => "webhook lost",
            Self::ClockSet => "F18 clock set",
            Self::DiskFull => "F19 disk full",
            Self::Busy => "F20/F23 busy",
            Self::CommitLost => "F21 commit lost",
            Self::CommitUnknown => "F22 commit unknown",
            Self::Pause => "F24 pause",
            Self::SecondWorker => "F25 second worker",
            Self::ModelLoops => "F26 model loops",
            Self::ModelGarbage => "F27 model garbage",
            Self::ModelDown => "F28 model down",
            Self::NewSettings => "F29 new settings",
            Self::Stop => "F30 stop",
            Self::Outside => "F31 outside change",
            Self::Panic => "F32 panic",
            Self::Restored => "F33 backup restored",
            Self::NewVersion => "F34 new version",
        }
    }

    /// Whether the process is gone afterwards.
    pub(crate) fn ends_process(self) -> bool {
        matches!(
            self,
            Self::Crash
                | Self::PowerCut
                | Self::DiskFull
                | Self::NewSettings
                | Self::Restored
                | Self::NewVersion
        )
    }

    /// Whether this can happen at a place.
    pub(crate) fn fits(self, place: Place) -> bool {
        let is_before = place.side == Side::Before;
        if place.what == WEBHOOK {
            return matches!(self, Self::Duplicate | Self::Reordered | Self::Forged | Self::Lost);
        }
        match self {
            Self::Crash
            | Self::PowerCut
            | Self::Panic
            | Self::Pause
            | Self::ClockSet
            | Self::Stop
            | Self::Outside
            | Self::SecondWorker
            | Self::NewSettings
            | Self::Restored
            | Self::NewVersion => true,
            Self::Timeout
            | Self::TimeoutAfter
            | Self::ErrorBefore
            | Self::ErrorAfter
            | Self::Denied
            | Self::Refused
            | Self::Limited
            | Self::Garbled
            | Self::Torn
            | Self::Huge => is_before && place.is_vendor(),
            Self::Late => is_before && place.is_sending(),
            Self::Wrong | Self::Conflict | Self::Locked => is_before && place.what == CREATE,
            Self::DiskFull | Self::Busy | Self::CommitLost => is_before && place.is_write(),
            Self::CommitUnknown => !is_before && place.is_write(),
            Self::ModelLoops | Self::ModelGarbage | Self::ModelDown => {
                is_before && place.what == MODEL
            }
            Self::Duplicate | Self::Reordered | Self::Forged | Self::Lost => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The sending of a refund.
pub(crate) const CREATE: &str = "stripe create refund";
/// A webhook on its way to us.
pub(crate) const WEBHOOK: &str = "webhook";
/// A question to the model.
pub(crate) const MODEL: &str = "model";

/// On which side of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    /// It has not begun.
    Before,
    /// It is done, and nobody here knows.
    After,
}

/// A place where something can go wrong: one side of one operation with the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The operation: a write of the store by its name, or a request to a vendor.
    pub(crate) what: &'static str,
    /// Which side of it.
    pub(crate) side: Side,
}

impl Place {
    pub(crate) fn before(what: &'static str) -> Self {
        Self { what, side: Side::Before }
    }

    pub(crate) fn after(what: &'static str) -> Self {
        Self { what, side: Side::After }
    }

    /// A request to Stripe, Intercom or the model.
    fn is_vendor(self) -> bool {
        self.what.starts_with("stripe ") || self.what.starts_with("intercom ") || self.what == MODEL
    }

    /// A request that changes something.
    pub(crate) fn is_sending(self) -> bool {
        matches!(
            self.what,
            CREATE | "intercom reply" | "intercom note" | "intercom close" | "intercom assign"
        )
    }

    /// A write of the store.
    fn is_write(self) -> bool {
        !self.is_vendor()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        write!(f, "{side} {}", self.what)
    }
}
