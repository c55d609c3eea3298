//! A person who settles what nobody knows, and the customer who is told.

use crate::model::rules::{Protocol, Rule};
use crate::model::state::{Stand, State};

impl Protocol {
    /// The reply. It was planned with the confirmation; without the rule it is written from the mark.
    pub(crate) fn reply(&self, state: &mut State, case: u8) -> Option<()> {
        let is_late = self.keeps(Rule::ReplyLast);
        let row = state.case_mut(case)?;
        if row.is_told || (is_late && row.stand != Stand::Confirmed) {
            return None;
        }
        row.is_told = true;
        Some(())
    }

    /// A person reads Stripe's list. What is there is confirmed at once; what is not is remembered.
    pub(crate) fn person_looks(&self, state: &mut State, case: u8) -> Option<()> {
        let row = *state.case(case)?;
        if row.stand != Stand::Parked || row.holder.is_some() {
            return None;
        }
        if state.refunds_of(case) > 0 {
            return self.write(state, case, Stand::Confirmed);
        }
        if !self.keeps(Rule::PersonNeverSends) {
            return Self::send_again(state, case);
        }
        let must_wait = self.keeps(Rule::PersonWaits) && self.keeps(Rule::PersonListsLast);
        if row.is_looked_for || (must_wait && self.is_under_way(state, &row)) {
            return None;
        }
        state.case_mut(case)?.is_looked_for = true;
        Some(())
    }

    /// A person calls the refund failed: it was not in the list that was read.
    pub(crate) fn person_fails(&self, state: &mut State, case: u8) -> Option<()> {
        let row = *state.case(case)?;
        let must_wait = self.keeps(Rule::PersonWaits);
        if !row.is_looked_for || (must_wait && self.is_under_way(state, &row)) {
            return None;
        }
        self.write(state, case, Stand::Failed)
    }

    /// What no rule allows: the same decision once more, under a new key.
    fn send_again(state: &mut State, case: u8) -> Option<()> {
        let row = state.case_mut(case)?;
        row.key = row.key.checked_add(1).filter(|key| *key < 2)?;
        row.stand = Stand::Intent;
        row.attempt = 0;
        row.first_send = None;
        row.first_mark = None;
        Some(())
    }
}
