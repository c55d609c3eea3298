//! The state of the modelled world: the database, the workers, what is under way, Stripe, and what the
//! promises must remember.

use crate::model::rules::Protocol;

/// An instant or a length of time. A checker counts in ticks of hours, a trace in milliseconds.
pub type Tick = u32;

/// How many cases a state has room for.
pub const CASES: usize = 2;

/// How many workers a state has room for.
pub const WORKERS: usize = 3;

/// How many requests may be under way at once.
pub const FLIGHTS: usize = 3;

/// How many idempotency keys of one case Stripe can tell apart.
pub const KEYS: usize = 3;

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stand {
    /// Nothing is decided.
    New,
    /// Left to a person before anything was written.
    Declined,
    /// Written down, not sent.
    Intent,
    /// About to be sent, or sent.
    Marked,
    /// Sent, and the answer did not tell.
    Unknown,
    /// With a person.
    Parked,
    /// Stripe has it.
    Confirmed,
    /// Proved not to have been carried out.
    Void,
    /// A person found that it was not carried out.
    Failed,
}

impl Stand {
    /// Whether a refund may still move.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Intent | Self::Marked | Self::Unknown | Self::Parked)
    }

    /// Whether the database lets a decision move so.
    pub fn may_become(self, to: Self) -> bool {
        match self {
            Self::Intent => matches!(to, Self::Marked | Self::Void),
            Self::Marked => {
                matches!(to, Self::Marked | Self::Unknown | Self::Confirmed | Self::Void)
            }
            Self::Unknown => {
                matches!(to, Self::Marked | Self::Unknown | Self::Confirmed | Self::Parked)
            }
            Self::Parked => matches!(to, Self::Confirmed | Self::Failed),
            Self::New | Self::Declined | Self::Confirmed | Self::Void | Self::Failed => false,
        }
    }
}

/// A case with its decision, as the database has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Case {
    /// Where the decision stands.
    pub stand: Stand,
    /// The worker whose lease is valid.
    pub holder: Option<u8>,
    /// How often the decision was marked.
    pub attempt: u8,
    /// When it was first marked, by our clock.
    pub first_send: Option<Tick>,
    /// When it was last marked, by our clock.
    pub last_send: Tick,
    /// When it was settled, counted in settlements of all cases.
    pub settled: u8,
    /// Whether its amount is reserved or posted.
    pub is_reserved: bool,
    /// Whether the customer was told of the refund.
    pub is_told: bool,
    /// Whether a person has read Stripe's list, and the refund was not there.
    pub is_looked_for: bool,
    /// Which of its keys is in use; there is one, unless a rule is left out.
    pub key: u8,
    /// How many requests left. Nobody in the model knows this.
    pub bytes: u8,
    /// When it was first marked in truth.
    pub first_mark: Option<Tick>,
}

impl Case {
    const NEW: Self = Self {
        stand: Stand::New,
        holder: None,
        attempt: 0,
        first_send: None,
        last_send: 0,
        settled: 0,
        is_reserved: false,
        is_told: false,
        is_looked_for: false,
        key: 0,
        bytes: 0,
        first_mark: None,
    };
}

/// What a worker read when a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The refund, made now.
    Created,
    /// The refund, made by an earlier request under the same key.
    Replayed,
    /// Refused, without a look at earlier requests: 400, 401, 403, 404.
    Refused,
    /// Turned away, without a look at earlier requests: 409, 429.
    Busy,
    /// An error of the server, or an answer that cannot be read.
    Broken,
    /// An answer to another request.
    Foreign,
    /// No answer.
    Silence,
}

/// What a worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It has the lease of a case in which nothing is decided.
    Leased,
    /// It has read the facts.
    Read {
        /// How many refunds the customer had.
        refunds: u8,
        /// How much of the budget was taken.
        taken: u8,
        /// How many settlements there had been.
        settled: u8,
    },
    /// It has read the decision.
    Loaded {
        /// How often the decision had been marked then.
        attempt: u8,
        /// Whether it may have been sent.
        is_sent: bool,
    },
    /// It has read Stripe's list, and the refund was not there.
    Missed {
        /// How often the decision had been marked when it was read.
        attempt: u8,
    },
    /// It has read Stripe's list, and the refund was there.
    Found,
    /// It has marked the decision and not sent it.
    Marked {
        /// How often the decision had been marked before.
        attempt: u8,
        /// The key it will send.
        key: u8,
        /// When, in truth.
        at: Tick,
    },
    /// It waits for an answer.
    Waiting {
        /// How often the decision had been marked before.
        attempt: u8,
    },
    /// It has read an answer.
    Holding {
        /// How often the decision had been marked before the send.
        attempt: u8,
        /// The answer.
        answer: Answer,
    },
    /// It has written that nobody knows, and calls a person.
    GivingUp,
}

/// A worker at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    /// The case.
    pub case: u8,
    /// What it is doing.
    pub phase: Phase,
}

/// A request, or its answer, under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flight {
    /// The case.
    pub case: u8,
    /// The key it carries.
    pub key: u8,
    /// When its life began, in truth.
    pub at: Tick,
    /// Who waits for the answer.
    pub worker: Option<u8>,
    /// The answer, once there is one.
    pub answer: Option<Answer>,
}

/// What Stripe keeps of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// When it was first used.
    pub at: Tick,
    /// The first answer, which repeats get again.
    pub answer: Answer,
}

/// The stop switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Switch {
    /// Money may move.
    Running,
    /// Money may not move.
    Stopped,
    /// Nobody can tell.
    Unreadable,
}

/// What may still go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    /// Crashes.
    pub crashes: u8,
    /// Leases that run out under their worker.
    pub lost_leases: u8,
    /// Requests or answers that get lost or go wrong.
    pub faults: u8,
    /// Changes of the stop switch.
    pub flips: u8,
    /// Jumps of our clock.
    pub jumps: u8,
}

/// What must never happen and would leave no trace in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Breaches {
    /// A worker without a lease changed a row.
    pub stale_write: bool,
    /// A request left after the window.
    pub late_byte: bool,
    /// A mark was written or a request left while money was stopped.
    pub moved_while_stopped: bool,
}

/// The modelled world at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The time in truth, which is Stripe's.
    pub now: Tick,
    /// How far our clock is ahead of Stripe's.
    pub skew: i32,
    /// The stop switch.
    pub switch: Switch,
    /// How many decisions were settled.
    pub settlements: u8,
    /// The cases.
    pub cases: [Case; CASES],
    /// The workers at work.
    pub workers: [Option<Worker>; WORKERS],
    /// The requests and answers under way.
    pub flights: [Option<Flight>; FLIGHTS],
    /// What Stripe keeps of each case's keys.
    pub keys: [[Option<Key>; KEYS]; CASES],
    /// The refunds that Stripe made, by case.
    pub refunds: [u8; CASES],
    /// What may still go wrong.
    pub left: Left,
    /// What went wrong for good.
    pub breaches: Breaches,
}

impl State {
    /// The beginning: nothing is decided.
    pub fn first(protocol: &Protocol) -> Self {
        Self {
            now: 0,
            skew: 0,
            switch: Switch::Running,
            settlements: 0,
            cases: [Case::NEW; CASES],
            workers: [None; WORKERS],
            flights: [None; FLIGHTS],
            keys: [[None; KEYS]; CASES],
            refunds: [0; CASES],
            left: Left {
                crashes: protocol.crashes,
                lost_leases: protocol.lost_leases,
                faults: protocol.faults,
                flips: protocol.flips,
                jumps: protocol.jumps,
            },
            breaches: Breaches::default(),
        }
    }

    /// A case of the protocol.
    pub fn case(&self, case: u8) -> Option<&Case> {
        self.cases.get(usize::from(case))
    }

    pub(crate) fn case_mut(&mut self, case: u8) -> Option<&mut Case> {
        self.cases.get_mut(usize::from(case))
    }

    /// What a worker is doing, if anything.
    pub fn worker(&self, worker: u8) -> Option<Worker> {
        self.workers.get(usize::from(worker)).copied().flatten()
    }

    pub(crate) fn set_worker(&mut self, worker: u8, to: Option<Worker>) {
        if let Some(place) = self.workers.get_mut(usize::from(worker)) {
            *place = to;
        }
    }

    pub(crate) fn set_phase(&mut self, worker: u8, phase: Phase) {
        if let Some(Some(worker)) = self.workers.get_mut(usize::from(worker)) {
            worker.phase = phase;
        }
    }

    /// How many refunds Stripe made for a case.
    pub fn refunds_of(&self, case: u8) -> u8 {
        self.refunds.get(usize::from(case)).copied().unwrap_or(0)
    }

    pub(crate) fn flight(&self, flight: u8) -> Option<Flight> {
        self.flights.get(usize::from(flight)).copied().flatten()
    }

    /// Puts a request under way, if there is room.
    pub(crate) fn depart(&mut self, flight: Flight) -> Option<()> {
        let place = self.flights.iter_mut().find(|place| place.is_none())?;
        *place = Some(flight);
        Some(())
    }

    pub(crate) fn set_flight(&mut self, flight: u8, to: Option<Flight>) {
        if let Some(place) = self.flights.get_mut(usize::from(flight)) {
            *place = to;
        }
    }

    pub(crate) fn key_mut(&mut self, case: u8, key: u8) -> Option<&mut Option<Key>> {
        self.keys.get_mut(usize::from(case))?.get_mut(usize::from(key))
    }

    /// What our clock says.
    pub(crate) fn our_clock(&self) -> Tick {
        self.now.saturating_add_signed(self.skew)
    }

    /// Whether money is stopped, as a worker sees it.
    pub(crate) fn is_stopped(&self, is_unreadable_stopped: bool) -> bool {
        match self.switch {
            Switch::Running => false,
            Switch::Stopped => true,
            Switch::Unreadable => is_unreadable_stopped,
        }
    }
}
