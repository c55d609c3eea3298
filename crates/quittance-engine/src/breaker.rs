//! What makes this engine stop money by itself.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use quittance_stripe::refunds::{Answer, RefusedKind};

/// How many reasons are held at most; the first ones tell most.
const MOST_REASONS: usize = 8;

/// How many sends are looked back on.
const LAST_SENDS: usize = 20;

/// How many of them may go wrong before money stops: half.
const MOST_WRONG: usize = 10;

/// Stops that this engine knows of and the database perhaps not yet, and how its last sends went.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    held: Mutex<Vec<String>>,
    sends: Mutex<Sends>,
}

impl Breaker {
    /// Sends nothing from now on.
    pub(crate) fn hold(&self, why: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() < MOST_REASONS && !held.iter().any(|known| known == why) {
            held.push(why.to_owned());
        }
    }

    /// The first reason why nothing is sent that the database may not know.
    pub(crate) fn held(&self) -> Option<String> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }

    /// The database knows this reason now.
    pub(crate) fn let_go(&self, why: &str) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|known| known != why);
    }

    /// Counts a send. Says why money is to stop when too many went wrong, and begins to count anew.
    pub(crate) fn count(&self, answer: &Answer) -> Option<String> {
        let mut sends = self.sends.lock().unwrap_or_else(PoisonError::into_inner);
        sends.count(went_wrong(answer))
    }
}

/// How the last sends went, oldest first.
#[derive(Debug, Default)]
struct Sends {
    went_wrong: VecDeque<bool>,
}

impl Sends {
    fn count(&mut self, went_wrong: bool) -> Option<String> {
        if self.went_wrong.len() >= LAST_SENDS {
            self.went_wrong.pop_front();
        }
        self.went_wrong.push_back(went_wrong);
        let wrong = self.went_wrong.iter().filter(|went_wrong| **went_wrong).count();
        if wrong < MOST_WRONG {
            return None;
        }
        let sends = self.went_wrong.len();
        self.went_wrong.clear();
        Some(format!("{wrong} of the last {sends} sends to Stripe went wrong"))
    }
}

/// Whether an answer speaks against us, the key or the way to Stripe, and not against one refund. Being
/// asked to wait is no fault, and what was certainly not sent harms nobody.
fn went_wrong(answer: &Answer) -> bool {
    match answer {
        Answer::Unknown { .. }
        | Answer::Mismatch { .. }
        | Answer::KeyMisused
        | Answer::Unauthorized { .. }
        | Answer::NotApproved { .. }
        | Answer::Refused { kind: RefusedKind::Other, .. } => true,
        Answer::Created { .. }
        | Answer::Refused {
            kind:
                RefusedKind::AlreadyRefunded
                | RefusedKind::TooMuch
                | RefusedKind::Disputed
                | RefusedKind::NotRefundable
                | RefusedKind::Missing,
            ..
        }
        | Answer::KeyInUse
        | Answer::Throttled { .. }
        | Answer::NotSent { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_all(went_wrong: impl IntoIterator<Item = bool>) -> Vec<String> {
        let mut sends = Sends::default();
        went_wrong.into_iter().filter_map(|wrong| sends.count(wrong)).collect()
    }

    #[test]
    fn half_of_the_last_twenty_sends_may_not_go_wrong() {
        assert!(count_all([true; 9]).is_empty());
        assert_eq!(count_all([true; 10]), ["10 of the last 10 sends to Stripe went wrong"]);
        let every_other = (0..20).map(|number| number % 2 == 0);
        assert_eq!(count_all(every_other), ["10 of the last 19 sends to Stripe went wrong"]);
        // Nine in any twenty are not enough, however long it goes on.
        assert!(count_all((0..2_000).map(|number| number % 20 < 9)).is_empty());
    }

    #[test]
    fn after_a_stop_the_count_begins_anew() {
        let ten = [true; 10].into_iter();
        assert_eq!(count_all(ten.clone().chain([true; 9])).len(), 1);
        assert_eq!(count_all(ten.chain([true; 10])).len(), 2);
    }

    #[test]
    fn the_memory_has_a_bound() {
        let mut sends = Sends::default();
        for _ in 0..10_000 {
            sends.count(false);
        }
        assert_eq!(sends.went_wrong.len(), LAST_SENDS);
        let breaker = Breaker::default();
        for number in 0..100 {
            breaker.hold(&number.to_string());
        }
        assert_eq!(breaker.held.lock().unwrap().len(), MOST_REASONS);
    }
}
