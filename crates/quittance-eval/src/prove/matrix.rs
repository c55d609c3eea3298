//! The fault matrix: every boundary on a refund's way, crossed with every kind of fault.

use std::sync::LazyLock;

use super::fault::{CREATE, Fault, MODEL, Place, Side, WEBHOOK};
use super::plan::Cell;
use super::scenario::{DISPUTED_LATER, TAKEN_LATER};

/// A boundary of the pipeline: what has just become durable or was just done when the fault falls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Boundary {
    /// Its number in the fault matrix.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) what: &'static str,
    /// The place where what hits the whole process falls.
    at: Place,
    /// The request to a vendor that is under way there, if one is.
    request: Option<&'static str>,
    /// The write of the store that is under way there, if one is.
    write: Option<&'static str>,
    /// The flow that comes by, by its name.
    pub(crate) flow: &'static str,
    /// How often the flow passes the place before.
    skip: u32,
    /// Whether the faults are also tried on a refund that may have been sent before.
    pub(crate) has_replay: bool,
}

const REFUND: &str = "refund in full";
const HAND_OVER: &str = "handed over";

const fn boundary(
    name: &'static str,
    what: &'static str,
    side: Side,
    at: &'static str,
) -> Boundary {
    Boundary {
        name,
        what,
        at: Place { what: at, side },
        request: None,
        write: None,
        flow: REFUND,
        skip: 0,
        has_replay: false,
    }
}

impl Boundary {
    const fn asking(mut self, request: &'static str) -> Self {
        self.request = Some(request);
        self
    }

    const fn writing(mut self, write: &'static str) -> Self {
        self.write = Some(write);
        self
    }

    const fn of(mut self, flow: &'static str, skip: u32) -> Self {
        self.flow = flow;
        self.skip = skip;
        self
    }

    const fn replayed(mut self) -> Self {
        self.has_replay = true;
        self
    }

    /// Where a fault falls here. Nothing where it cannot occur.
    pub(crate) fn cell(&self, fault: Fault) -> Option<Cell> {
        let among = [
            Some(self.at),
            self.request.map(Place::before),
            self.write.map(Place::before),
            self.write.map(Place::after),
            (self.name == "B1").then_some(Place::before(WEBHOOK)),
        ];
        let place = among.into_iter().flatten().find(|place| fault.fits(*place))?;
        Some(Cell { place, fault, skip: self.skip })
    }
}

use Side::{After, Before};

/// The boundaries, in the order of a refund.
pub(crate) const BOUNDARIES: [Boundary; 28] = [
    boundary("B1", "webhook read, not stored", Before, "take_in").writing("take_in"),
    boundary("B2", "event stored, not acknowledged", After, "take_in").writing("take_in"),
    boundary("B3", "acknowledged, not claimed", Before, "lease").writing("lease"),
    boundary("B4", "lease taken", After, "lease").writing("lease"),
    boundary("B5", "conversation fetched", After, "intercom read conversation")
        .asking("intercom read conversation"),
    boundary("B6", "before the model is asked", Before, MODEL).asking(MODEL),
    boundary("B7", "the model answered", After, MODEL).asking(MODEL),
    boundary("B8", "before a look-up", Before, "stripe list charges").asking("stripe list charges"),
    boundary("B9", "look-up answered", After, "stripe list charges").asking("stripe list charges"),
    boundary("B10", "before the guard's fresh read", Before, "stripe read charge")
        .asking("stripe read charge"),
    boundary("B11", "the guard's fresh read is done", Before, "intent").writing("intent"),
    boundary("B12", "intent and reservation stored", After, "intent").writing("intent"),
    boundary("B12 dispute", "intent stored, disputed before it is sent", After, "intent")
        .writing("intent")
        .of(DISPUTED_LATER, 0),
    boundary("B12 person", "intent stored, taken by a person before it is sent", After, "intent")
        .writing("intent")
        .of(TAKEN_LATER, 0),
    boundary("B13", "marked, no byte sent", After, "mark").writing("mark").replayed(),
    boundary("B14", "sent, not carried out", Before, CREATE).asking(CREATE).replayed(),
    boundary("B15", "carried out, no answer", After, CREATE).asking(CREATE).replayed(),
    boundary("B16", "answered, not confirmed", Before, "settle:confirmed")
        .writing("settle:confirmed")
        .replayed(),
    boundary("B17", "confirmed, reply not begun", After, "settle:confirmed")
        .writing("settle:confirmed"),
    boundary("B18", "reply marked, not sent", After, "effect:mark")
        .asking("intercom reply")
        .writing("effect:mark"),
    boundary("B19", "reply accepted, not recorded", After, "intercom reply")
        .asking("intercom reply"),
    boundary("B20", "replied, not closed", Before, "intercom close").asking("intercom close"),
    boundary("B21", "closed, not recorded", After, "intercom close")
        .asking("intercom close")
        .writing("end"),
    boundary("B22", "everything recorded", After, "end").writing("end"),
    boundary("BH note", "hand-off: note", After, "intercom note")
        .asking("intercom note")
        .of(HAND_OVER, 0),
    boundary("BH assign", "hand-off: assignment", After, "intercom assign")
        .asking("intercom assign")
        .of(HAND_OVER, 0),
    boundary("BS", "Stripe's event stored, not applied", After, "take_in")
        .writing("take_in")
        .of("the bank sends it back", 2),
    boundary("BU", "unknown, looked for at Stripe", Before, "stripe list refunds")
        .asking("stripe list refunds")
        .replayed(),
];

/// Every cell of the matrix that can occur.
pub(crate) fn cells() -> &'static [(Boundary, Cell)] {
    static CELLS: LazyLock<Vec<(Boundary, Cell)>> = LazyLock::new(all);
    &CELLS
}

fn all() -> Vec<(Boundary, Cell)> {
    let all = BOUNDARIES.iter().flat_map(|boundary| {
        Fault::ALL.iter().filter_map(|fault| Some((*boundary, boundary.cell(*fault)?)))
    });
    all.collect()
}
