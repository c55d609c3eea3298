//! What the protocol is made of: its limits, and the rules that can be left out.

use crate::model::state::{CASES, Tick};

/// One rule of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Every send of a decision carries the same idempotency key.
    OneKey,
    /// The intent is durable before anything is sent.
    IntentFirst,
    /// The mark is durable before the byte.
    MarkFirst,
    /// Nothing is sent again when its key has become old.
    Window,
    /// The window ends well before Stripe forgets the key.
    Margin,
    /// An answer that was made without looking at an earlier send closes nothing.
    RepeatProvesNothing,
    /// An error of Stripe's server closes nothing.
    ServerErrorProvesNothing,
    /// Silence closes nothing.
    SilenceProvesNothing,
    /// Budgets are reserved in the transaction that writes the intent.
    Reservation,
    /// What is reserved stays reserved while nobody knows.
    UnknownKeepsReservation,
    /// The customer is told of a refund only once it is confirmed.
    ReplyLast,
    /// Only a new decision sends again after a person has looked.
    PersonNeverSends,
    /// A person calls a refund failed only after the longest life of a sent request.
    PersonWaits,
    /// The list a person goes by was read after that time.
    PersonListsLast,
    /// A request leaves right after its mark, or not at all.
    ShortPause,
    /// A worker that lost its lease writes nothing.
    Fence,
    /// The stop switch is read in the mark's transaction.
    StopAtMark,
    /// The stop switch is read again right before the byte.
    StopAtByte,
    /// A switch that cannot be read counts as stopped.
    UnreadableIsStopped,
    /// A charge with a refund of ours under way gets no second one.
    LiveHoldsCharge,
    /// A charge with a refund of ours behind it gets no second one.
    ConfirmedHoldsCharge,
    /// A customer has one refund under way at a time.
    LiveHoldsCustomer,
    /// A decision on facts from before the customer's last refund was settled is not written down.
    FactsAreFresh,
    /// The age of a key counts by the clock that makes it older.
    OlderClock,
    /// The first send is dated by the clock that makes it older.
    EarlierFirstSend,
    /// “Long enough ago” counts by the clock that makes the last send younger.
    YoungerClock,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 26] = [
        Self::OneKey,
        Self::IntentFirst,
        Self::MarkFirst,
        Self::Window,
        Self::Margin,
        Self::RepeatProvesNothing,
        Self::ServerErrorProvesNothing,
        Self::SilenceProvesNothing,
        Self::Reservation,
        Self::UnknownKeepsReservation,
        Self::ReplyLast,
        Self::PersonNeverSends,
        Self::PersonWaits,
        Self::PersonListsLast,
        Self::ShortPause,
        Self::Fence,
        Self::StopAtMark,
        Self::StopAtByte,
        Self::UnreadableIsStopped,
        Self::LiveHoldsCharge,
        Self::ConfirmedHoldsCharge,
        Self::LiveHoldsCustomer,
        Self::FactsAreFresh,
        Self::OlderClock,
        Self::EarlierFirstSend,
        Self::YoungerClock,
    ];
}

/// The protocol with its limits, in a world that may go wrong so many times.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// How long after its first send a refund may be sent again.
    pub window: Tick,
    /// How long after its mark a request may still be carried out.
    pub delta: Tick,
    /// The age from which Stripe may have forgotten a key.
    pub pruning: Tick,
    /// How long after its mark a request may leave.
    pub pause: Tick,
    /// The last tick of the model.
    pub until: Tick,
    /// How often a refund is sent at most.
    pub sends: u8,
    /// How many workers there are. Each is a process of its own: a second node is a second worker.
    pub workers: u8,
    /// How many cases there are.
    pub cases: u8,
    /// The charge of each case.
    pub charges: [u8; CASES],
    /// The customer of each case.
    pub customers: [u8; CASES],
    /// Whether the policy gives a customer one refund only.
    pub is_once_per_customer: bool,
    /// How many refunds the budget allows in all.
    pub budget: u8,
    /// How many crashes there may be; [`Protocol::UNBOUNDED`] for any number, here and below.
    pub crashes: u8,
    /// How many leases may run out under a worker that goes on.
    pub lost_leases: u8,
    /// How many requests or answers may get lost or go wrong.
    pub faults: u8,
    /// How many times the stop switch may change.
    pub flips: u8,
    /// How many times our clock may jump.
    pub jumps: u8,
    /// How far it jumps.
    pub jump: i32,
    /// The rules that are left out.
    pub without: [Option<Rule>; 2],
}

impl Protocol {
    /// Any number of times.
    pub const UNBOUNDED: u8 = u8::MAX;

    /// One case and two workers, in a world in which nothing goes wrong. A tick stands for six hours:
    /// keys live four ticks, the window is two, a request lives one.
    pub fn small() -> Self {
        Self {
            window: 2,
            delta: 1,
            pruning: 4,
            pause: 0,
            until: 5,
            sends: 2,
            workers: 2,
            cases: 1,
            charges: [0, 0],
            customers: [0, 0],
            is_once_per_customer: false,
            budget: 2,
            crashes: 0,
            lost_leases: 0,
            faults: 0,
            flips: 0,
            jumps: 0,
            jump: 3,
            without: [None; 2],
        }
    }

    /// One case, in milliseconds and with the program's own limits, in a world in which anything may go
    /// wrong any number of times. A request lives less than ten minutes.
    pub fn of_the_program() -> Self {
        Self {
            window: 20 * 60 * 60 * 1_000,
            delta: 10 * 60 * 1_000 - 1,
            pruning: 24 * 60 * 60 * 1_000,
            pause: 1_000,
            until: Tick::MAX,
            sends: 4,
            workers: 3,
            crashes: Self::UNBOUNDED,
            lost_leases: Self::UNBOUNDED,
            faults: Self::UNBOUNDED,
            flips: Self::UNBOUNDED,
            jumps: Self::UNBOUNDED,
            ..Self::small()
        }
    }

    /// The same without a rule.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        if let Some(free) = self.without.iter_mut().find(|left_out| left_out.is_none()) {
            *free = Some(rule);
        }
        self
    }

    /// Whether a rule is in force.
    pub(crate) fn keeps(&self, rule: Rule) -> bool {
        !self.without.contains(&Some(rule))
    }
}
