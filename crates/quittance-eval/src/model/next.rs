//! What an action makes of a state.

use crate::model::action::Action;
use crate::model::rules::Protocol;
use crate::model::state::{State, Switch, Tick};

impl Protocol {
    /// The state after an action, or nothing if the action cannot happen or changes nothing.
    pub fn next(&self, state: &State, action: Action) -> Option<State> {
        let mut next = *state;
        match action {
            Action::Tick(ticks) => self.tick(&mut next, ticks),
            Action::Lease(worker, case) => Self::lease(&mut next, worker, case)?,
            Action::ReadFacts(worker) => self.read_facts(&mut next, worker)?,
            Action::Decide(worker) => self.decide(&mut next, worker)?,
            Action::Withdraw(worker) => self.withdraw(&mut next, worker)?,
            Action::Look(worker) => Self::look(&mut next, worker)?,
            Action::Mark(worker) => self.mark(&mut next, worker)?,
            Action::Send(worker) => self.send(&mut next, worker)?,
            Action::Receive(worker) => Self::receive(&mut next, worker)?,
            Action::TimeOut(worker) => Self::time_out(&mut next, worker)?,
            Action::Conclude(worker, to) => self.conclude(&mut next, worker, to)?,
            Action::GiveUp(worker) => self.give_up(&mut next, worker)?,
            Action::Rest(worker) => Self::rest(&mut next, worker)?,
            Action::Reply(case) => self.reply(&mut next, case)?,
            Action::PersonLooks(case) => self.person_looks(&mut next, case)?,
            Action::PersonFails(case) => self.person_fails(&mut next, case)?,
            Action::Crash(worker) => Self::crash(&mut next, worker)?,
            Action::LoseLease(case) => Self::lose_lease(&mut next, case)?,
            Action::Flip(to) => Self::flip(&mut next, to)?,
            Action::Jump(to) => Self::jump(&mut next, to)?,
            Action::Lose(flight) => Self::lose(&mut next, flight)?,
            Action::TurnAway(flight, answer) => Self::turn_away(&mut next, flight, answer)?,
            Action::Execute(flight, answer, has_effect, delivery) => {
                self.execute(&mut next, flight, (answer, has_effect, delivery))?;
            }
            Action::Replay(flight, delivery) => Self::replay(&mut next, flight, delivery)?,
        }
        Some(next)
    }

    /// Requests die of age; answers wait for whoever waits for them.
    fn tick(&self, state: &mut State, ticks: Tick) {
        state.now = state.now.saturating_add(ticks);
        let now = state.now;
        for place in &mut state.flights {
            let is_dead = |at: Tick| now.saturating_sub(at) > self.delta;
            *place = place.filter(|flight| flight.answer.is_some() || !is_dead(flight.at));
        }
    }

    /// The start of the next process ends the leases of the last one.
    fn crash(state: &mut State, worker: u8) -> Option<()> {
        let case = state.worker(worker)?.case;
        spend(&mut state.left.crashes)?;
        Self::abandon(state, worker);
        Self::release(state, worker, case);
        state.set_worker(worker, None);
        Some(())
    }

    fn lose_lease(state: &mut State, case: u8) -> Option<()> {
        spend(&mut state.left.lost_leases)?;
        state.case_mut(case)?.holder.take().map(|_| ())
    }

    fn flip(state: &mut State, to: Switch) -> Option<()> {
        spend(&mut state.left.flips)?;
        (state.switch != to).then(|| state.switch = to)
    }

    fn jump(state: &mut State, to: i32) -> Option<()> {
        spend(&mut state.left.jumps)?;
        (state.skew != to).then(|| state.skew = to)
    }
}

/// Takes one from what may still go wrong.
pub(crate) fn spend(left: &mut u8) -> Option<()> {
    if *left != Protocol::UNBOUNDED {
        *left = left.checked_sub(1)?;
    }
    Some(())
}
