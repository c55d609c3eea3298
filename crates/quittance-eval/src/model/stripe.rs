//! The way to Stripe, and Stripe: one execution under a key for as long as it is kept.
//! <https://docs.stripe.com/api/idempotent_requests>

use crate::model::action::Delivery;
use crate::model::next::spend;
use crate::model::rules::Protocol;
use crate::model::state::{Answer, Flight, Key, State};

impl Protocol {
    pub(crate) fn lose(state: &mut State, flight: u8) -> Option<()> {
        unanswered(state, flight)?;
        spend(&mut state.left.faults)?;
        state.set_flight(flight, None);
        Some(())
    }

    pub(crate) fn turn_away(state: &mut State, flight: u8, answer: Answer) -> Option<()> {
        let request = unanswered(state, flight)?;
        spend(&mut state.left.faults)?;
        answer_with(state, flight, request, answer);
        Some(())
    }

    /// Carries a request out. Only a key that is not kept allows it.
    pub(crate) fn execute(
        &self,
        state: &mut State,
        flight: u8,
        (answer, has_effect, delivery): (Answer, bool, Delivery),
    ) -> Option<()> {
        let request = unanswered(state, flight)?;
        let now = state.now;
        if delivery != Delivery::Whole || answer != Answer::Created {
            spend(&mut state.left.faults)?;
        }
        let key = state.key_mut(request.case, request.key)?;
        let is_kept = key.is_some_and(|key| now.saturating_sub(key.at) < self.pruning);
        if is_kept {
            return None;
        }
        *key = Some(Key { at: now, answer });
        if has_effect {
            let made = state.refunds.get_mut(usize::from(request.case))?;
            *made = made.saturating_add(1);
        }
        deliver(state, flight, request, (answer, delivery));
        Some(())
    }

    /// Repeats the answer that is kept for the key, which may be older than it had to be.
    pub(crate) fn replay(state: &mut State, flight: u8, delivery: Delivery) -> Option<()> {
        let request = unanswered(state, flight)?;
        let kept = (*state.key_mut(request.case, request.key)?)?;
        if delivery != Delivery::Whole {
            spend(&mut state.left.faults)?;
        }
        let answer = if kept.answer == Answer::Created { Answer::Replayed } else { kept.answer };
        deliver(state, flight, request, (answer, delivery));
        Some(())
    }
}

fn unanswered(state: &State, flight: u8) -> Option<Flight> {
    state.flight(flight).filter(|request| request.answer.is_none())
}

fn deliver(state: &mut State, flight: u8, request: Flight, sent: (Answer, Delivery)) {
    match sent {
        (answer, Delivery::Whole) | (_, Delivery::Garbled(answer)) => {
            answer_with(state, flight, request, answer);
        }
        (_, Delivery::Lost) => state.set_flight(flight, None),
    }
}

/// The answer goes back, if anybody waits for it.
fn answer_with(state: &mut State, flight: u8, request: Flight, answer: Answer) {
    let answered = request.worker.map(|_| Flight { answer: Some(answer), ..request });
    state.set_flight(flight, answered);
}
