//! The steps of a worker.

use crate::model::next::spend;
use crate::model::rules::{Protocol, Rule};
use crate::model::state::{Answer, Case, Flight, Phase, Stand, State, Worker};

impl Protocol {
    pub(crate) fn lease(state: &mut State, worker: u8, case: u8) -> Option<()> {
        let row = state.case_mut(case)?;
        let attempt = row.attempt;
        let phase = match row.stand {
            Stand::New => Phase::Leased,
            Stand::Intent => Phase::Loaded { attempt, is_sent: false },
            Stand::Marked | Stand::Unknown => Phase::Loaded { attempt, is_sent: true },
            Stand::Declined | Stand::Parked | Stand::Confirmed | Stand::Void | Stand::Failed => {
                return None;
            }
        };
        row.holder = Some(worker);
        state.set_worker(worker, Some(Worker { case, phase }));
        Some(())
    }

    pub(crate) fn read_facts(&self, state: &mut State, worker: u8) -> Option<()> {
        let case = state.worker(worker)?.case;
        let customer = self.customer(case);
        let refunds = (0..self.cases)
            .filter(|other| self.customer(*other) == customer)
            .fold(0_u8, |sum, other| sum.saturating_add(state.refunds_of(other)));
        let settled = state.settlements;
        state.set_phase(worker, Phase::Read { refunds, taken: taken(state), settled });
        Some(())
    }

    /// Verdict, reservation and intent in one transaction.
    pub(crate) fn decide(&self, state: &mut State, worker: u8) -> Option<()> {
        let at_work = state.worker(worker)?;
        let Phase::Read { refunds, taken, settled } = at_work.phase else { return None };
        if !self.may_write(state, worker, at_work.case) {
            return Some(());
        }
        let is_stopped = state.is_stopped(true);
        let taken = if self.keeps(Rule::Reservation) { self::taken(state) } else { taken };
        let is_allowed = !is_stopped
            && taken < self.budget
            && !(self.is_once_per_customer && refunds > 0)
            && self.is_free(state, at_work.case, settled);
        if !is_allowed {
            state.case_mut(at_work.case)?.stand = Stand::Declined;
            return Self::rest(state, worker);
        }
        let now = state.now;
        let has_intent = self.keeps(Rule::IntentFirst);
        let row = state.case_mut(at_work.case)?;
        row.is_reserved = true;
        let phase = if has_intent {
            row.stand = Stand::Intent;
            Phase::Loaded { attempt: 0, is_sent: false }
        } else {
            let key = row.key;
            row.key = key.saturating_add(1);
            Phase::Marked { attempt: 0, key, at: now }
        };
        state.set_phase(worker, phase);
        Some(())
    }

    /// Whether neither the charge nor the customer has another refund in the way.
    fn is_free(&self, state: &State, case: u8, settled: u8) -> bool {
        (0..self.cases).filter(|other| *other != case).all(|other| {
            let Some(row) = state.case(other) else { return true };
            let is_live = row.stand.is_live();
            let holds_charge = (is_live && self.keeps(Rule::LiveHoldsCharge))
                || (row.stand == Stand::Confirmed && self.keeps(Rule::ConfirmedHoldsCharge));
            let has_moved = row.settled > settled && self.keeps(Rule::FactsAreFresh);
            let holds_customer = (is_live && self.keeps(Rule::LiveHoldsCustomer)) || has_moved;
            let is_same_charge = self.charge(case) == self.charge(other);
            let is_same_customer = self.customer(case) == self.customer(other);
            !(is_same_charge && holds_charge || is_same_customer && holds_customer)
        })
    }

    pub(crate) fn withdraw(&self, state: &mut State, worker: u8) -> Option<()> {
        self.settle(state, worker, Stand::Void)
    }

    pub(crate) fn look(state: &mut State, worker: u8) -> Option<()> {
        let at_work = state.worker(worker)?;
        let Phase::Loaded { attempt, is_sent: true } = at_work.phase else { return None };
        let is_there = state.refunds_of(at_work.case) > 0;
        state.set_phase(worker, if is_there { Phase::Found } else { Phase::Missed { attempt } });
        Some(())
    }

    pub(crate) fn mark(&self, state: &mut State, worker: u8) -> Option<()> {
        let at_work = state.worker(worker)?;
        let (Phase::Loaded { attempt, is_sent: false } | Phase::Missed { attempt }) = at_work.phase
        else {
            return None;
        };
        if !self.may_write(state, worker, at_work.case) {
            return Some(());
        }
        let is_stopped = state.is_stopped(self.keeps(Rule::UnreadableIsStopped));
        if is_stopped && self.keeps(Rule::StopAtMark) {
            return None;
        }
        let row = *state.case(at_work.case)?;
        let may_send = row.stand.may_become(Stand::Marked)
            && row.attempt < self.sends
            && self.is_in_window(state, &row);
        if !may_send {
            return None;
        }
        state.breaches.moved_while_stopped |= state.is_stopped(true);
        let key = if self.keeps(Rule::OneKey) { row.key } else { row.attempt };
        if self.keeps(Rule::MarkFirst) {
            self.write_mark(state, at_work.case);
        }
        state.set_phase(worker, Phase::Marked { attempt, key, at: state.now });
        Some(())
    }

    fn write_mark(&self, state: &mut State, case: u8) {
        let (ours, theirs) = (state.our_clock(), state.now);
        let is_dated_early = self.keeps(Rule::EarlierFirstSend);
        let is_dated_late = self.keeps(Rule::YoungerClock);
        let Some(row) = state.case_mut(case) else { return };
        row.stand = Stand::Marked;
        row.attempt = row.attempt.saturating_add(1);
        let first = if is_dated_early { ours.min(theirs) } else { ours };
        row.first_send = row.first_send.or(Some(first));
        row.first_mark = row.first_mark.or(Some(theirs));
        row.last_send = if is_dated_late { ours.max(theirs) } else { ours };
    }

    /// Whether the key is young enough. A first send that lies in the future tells nothing, so it is not.
    fn is_in_window(&self, state: &State, row: &Case) -> bool {
        let Some(first) = row.first_send.filter(|_| self.keeps(Rule::Window)) else { return true };
        let window = if self.keeps(Rule::Margin) { self.window } else { self.pruning };
        let ours = state.our_clock();
        let now = if self.keeps(Rule::OlderClock) { ours.max(state.now) } else { ours };
        now.checked_sub(first).is_some_and(|age| age < window)
    }

    /// Whether a request that left last could still be carried out, for all we know.
    pub(crate) fn is_under_way(&self, state: &State, row: &Case) -> bool {
        let ours = state.our_clock();
        let now = if self.keeps(Rule::YoungerClock) { ours.min(state.now) } else { ours };
        now.saturating_sub(row.last_send) <= self.delta
    }

    pub(crate) fn send(&self, state: &mut State, worker: u8) -> Option<()> {
        let at_work = state.worker(worker)?;
        let Phase::Marked { attempt, key, at } = at_work.phase else { return None };
        let is_late = state.now.saturating_sub(at) > self.pause;
        let is_stopped = state.is_stopped(self.keeps(Rule::UnreadableIsStopped));
        if is_late && self.keeps(Rule::ShortPause) || is_stopped && self.keeps(Rule::StopAtByte) {
            return None;
        }
        let first = state.case(at_work.case)?.first_mark.unwrap_or(at);
        state.breaches.late_byte |= at.saturating_sub(first) >= self.window;
        state.breaches.moved_while_stopped |= state.is_stopped(true);
        let at = if self.keeps(Rule::ShortPause) { at } else { state.now };
        let case = at_work.case;
        state.depart(Flight { case, key, at, worker: Some(worker), answer: None })?;
        let row = state.case_mut(case)?;
        row.bytes = row.bytes.saturating_add(1);
        state.set_phase(worker, Phase::Waiting { attempt });
        Some(())
    }

    pub(crate) fn receive(state: &mut State, worker: u8) -> Option<()> {
        let Phase::Waiting { attempt } = state.worker(worker)?.phase else { return None };
        let is_its_own = |place: &&mut Option<Flight>| {
            place.is_some_and(|flight| flight.worker == Some(worker) && flight.answer.is_some())
        };
        let answer = state.flights.iter_mut().find(is_its_own)?.take()?.answer?;
        state.set_phase(worker, Phase::Holding { attempt, answer });
        Some(())
    }

    pub(crate) fn time_out(state: &mut State, worker: u8) -> Option<()> {
        let Phase::Waiting { attempt } = state.worker(worker)?.phase else { return None };
        let has_answer = state
            .flights
            .iter()
            .flatten()
            .any(|flight| flight.worker == Some(worker) && flight.answer.is_some());
        if has_answer {
            spend(&mut state.left.faults)?;
        }
        Self::abandon(state, worker);
        state.set_phase(worker, Phase::Holding { attempt, answer: Answer::Silence });
        Some(())
    }

    /// Nobody waits for the answer any more; the request goes on.
    pub(crate) fn abandon(state: &mut State, worker: u8) {
        for place in &mut state.flights {
            let Some(flight) = place else { continue };
            if flight.worker != Some(worker) {
                continue;
            }
            flight.worker = None;
            if flight.answer.is_some() {
                *place = None;
            }
        }
    }

    /// Writes down what is known now.
    pub(crate) fn conclude(&self, state: &mut State, worker: u8, to: Stand) -> Option<()> {
        let at_work = state.worker(worker)?;
        let is_proved = match at_work.phase {
            Phase::Found => to == Stand::Confirmed,
            Phase::Holding { attempt, answer } => match to {
                Stand::Confirmed => matches!(answer, Answer::Created | Answer::Replayed),
                Stand::Void => self.proves_nothing_happened(answer, attempt),
                // It is never wrong to say that nobody knows.
                Stand::Unknown => true,
                Stand::New
                | Stand::Declined
                | Stand::Intent
                | Stand::Marked
                | Stand::Parked
                | Stand::Failed => false,
            },
            Phase::Leased
            | Phase::Read { .. }
            | Phase::Loaded { .. }
            | Phase::Missed { .. }
            | Phase::Marked { .. }
            | Phase::Waiting { .. }
            | Phase::GivingUp => false,
        };
        if !is_proved {
            return None;
        }
        self.mark_late(state, worker, at_work.case);
        self.settle(state, worker, to)
    }

    /// Without the rule “mark first”, the mark is written when the answer is there.
    fn mark_late(&self, state: &mut State, worker: u8, case: u8) {
        let holds = state.case(case).is_some_and(|row| row.holder == Some(worker));
        if !self.keeps(Rule::MarkFirst) && holds {
            self.write_mark(state, case);
        }
    }

    /// Whether an answer proves that no request of this decision was or will be carried out.
    fn proves_nothing_happened(&self, answer: Answer, attempt: u8) -> bool {
        let is_first = attempt == 0 || !self.keeps(Rule::RepeatProvesNothing);
        match answer {
            Answer::Refused => is_first,
            Answer::Busy => !self.keeps(Rule::RepeatProvesNothing),
            Answer::Broken => !self.keeps(Rule::ServerErrorProvesNothing),
            Answer::Silence => !self.keeps(Rule::SilenceProvesNothing),
            Answer::Created | Answer::Replayed | Answer::Foreign => false,
        }
    }

    /// Calls a person: what is marked becomes unknown first. The program does so when it has sent often
    /// enough or can find out nothing. That may always happen, since whoever parks claims nothing.
    pub(crate) fn give_up(&self, state: &mut State, worker: u8) -> Option<()> {
        let case = state.worker(worker)?.case;
        if state.case(case)?.stand != Stand::Marked {
            return self.settle(state, worker, Stand::Parked);
        }
        if self.may_write(state, worker, case) {
            self.write(state, case, Stand::Unknown)?;
            state.set_phase(worker, Phase::GivingUp);
        }
        Some(())
    }

    /// Writes where the decision stands and gives the lease back.
    fn settle(&self, state: &mut State, worker: u8, to: Stand) -> Option<()> {
        let case = state.worker(worker)?.case;
        if !self.may_write(state, worker, case) {
            return Some(());
        }
        self.write(state, case, to)?;
        Self::rest(state, worker)
    }

    /// Writes where a decision stands, with what follows for its reservation.
    pub(crate) fn write(&self, state: &mut State, case: u8, to: Stand) -> Option<()> {
        let is_second_net_on = self.keeps(Rule::RepeatProvesNothing);
        let settlements = state.settlements.saturating_add(1);
        let row = state.case_mut(case)?;
        let is_unwritten = row.stand == Stand::New && !self.keeps(Rule::IntentFirst);
        if !row.stand.may_become(to) && !is_unwritten {
            return None;
        }
        if to == Stand::Void && row.attempt > 1 && is_second_net_on {
            return None;
        }
        row.stand = to;
        row.is_looked_for = false;
        match to {
            Stand::Void | Stand::Failed => row.is_reserved = false,
            Stand::Unknown => row.is_reserved &= self.keeps(Rule::UnknownKeepsReservation),
            Stand::Confirmed => row.is_reserved = true,
            Stand::New | Stand::Declined | Stand::Intent | Stand::Marked | Stand::Parked => {}
        }
        if matches!(to, Stand::Confirmed | Stand::Void | Stand::Failed) && self.cases > 1 {
            row.settled = settlements;
            state.settlements = settlements;
        }
        Some(())
    }

    /// Gives the lease back. Whoever has none just stops.
    pub(crate) fn rest(state: &mut State, worker: u8) -> Option<()> {
        let at_work = state.worker(worker)?;
        if matches!(at_work.phase, Phase::Waiting { .. }) {
            return None;
        }
        Self::release(state, worker, at_work.case);
        state.set_worker(worker, None);
        Some(())
    }

    pub(crate) fn release(state: &mut State, worker: u8, case: u8) {
        if let Some(row) = state.case_mut(case) {
            row.holder = row.holder.filter(|holder| *holder != worker);
        }
    }

    /// Whether a worker may write; if not, it stops.
    fn may_write(&self, state: &mut State, worker: u8, case: u8) -> bool {
        let holds = state.case(case).is_some_and(|row| row.holder == Some(worker));
        if holds {
            return true;
        }
        if self.keeps(Rule::Fence) {
            state.set_worker(worker, None);
            return false;
        }
        state.breaches.stale_write = true;
        true
    }

    pub(crate) fn charge(&self, case: u8) -> Option<u8> {
        self.charges.get(usize::from(case)).copied()
    }

    pub(crate) fn customer(&self, case: u8) -> Option<u8> {
        self.customers.get(usize::from(case)).copied()
    }
}

/// How many refunds are reserved or posted.
fn taken(state: &State) -> u8 {
    state.cases.iter().fold(0, |sum, row| sum.saturating_add(u8::from(row.is_reserved)))
}
