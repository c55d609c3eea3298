//! What happens when a customer does not answer.

use jiff::{SignedDuration, Timestamp};
use quittance_store::leases::FollowUp;
use serde::Deserialize;

/// What happens when a customer does not answer.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FollowUpOptions {
    /// After so many hours without an answer to a question the customer is reminded, once. 0: never.
    pub remind_after_hours: u32,
    /// After so many more hours the conversation is closed, without counting as resolved. 0: it is left open.
    pub close_after_hours: u32,
}

impl FollowUpOptions {
    /// What becomes of a question that is asked at `now`.
    pub(crate) fn of_question(self, now: Timestamp) -> FollowUp {
        let hours = match self.remind_after_hours {
            0 => self.close_after_hours,
            remind => remind,
        };
        FollowUp { at: after(now, hours), reminders: 0 }
    }

    /// What becomes of it once the customer was reminded.
    pub(crate) fn of_reminder(self, now: Timestamp) -> FollowUp {
        FollowUp { at: after(now, self.close_after_hours), reminders: 1 }
    }

    /// Whether the customer is to be reminded before anything else.
    pub(crate) fn reminds(self, before: FollowUp) -> bool {
        self.remind_after_hours > 0 && before.reminders == 0
    }
}

fn after(now: Timestamp, hours: u32) -> Option<Timestamp> {
    let wait = SignedDuration::from_hours(i64::from(hours));
    (hours > 0).then(|| now.saturating_add(wait).unwrap_or(now))
}
