//! Who approves what the agent may not do by itself.

use jiff::{SignedDuration, Timestamp};
use quittance_core::ids::AdminId;
use serde::Deserialize;

/// Who approves what the agent may not do by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApprovalOptions {
    /// Whether people are asked at all. If not, they get the conversation instead.
    pub ask: bool,
    /// The teammates in Intercom whose notes count, by their ids.
    pub admins: Vec<AdminId>,
    /// For so many hours something may be approved.
    pub expire_after_hours: u32,
}

impl Default for ApprovalOptions {
    fn default() -> Self {
        Self { ask: false, admins: Vec::new(), expire_after_hours: 24 }
    }
}

impl ApprovalOptions {
    /// Until when something that is asked at `now` may be approved.
    pub(crate) fn expires(&self, now: Timestamp) -> Timestamp {
        let hours = i64::from(self.expire_after_hours.max(1));
        now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(now)
    }
}
