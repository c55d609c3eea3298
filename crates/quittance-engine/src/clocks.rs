//! Two clocks: ours, which somebody may set, and Stripe's, by which Stripe forgets its keys.
//!
//! Whatever must not be too old is told by the clock that makes it older, and whatever must be old
//! enough by the one that makes it younger.

use jiff::{SignedDuration, Timestamp};
use quittance_core::ids::DecisionId;
use quittance_store::intents::{Intent, Mark, STILL_UNDER_WAY, resend_window_ms};

/// How long ago Stripe may have told the time: whatever is decided by it was read two minutes ago at most, and
/// a `Date` leaves out what is less than a second.
const TOLD_BEFORE: SignedDuration = SignedDuration::from_secs(121);

/// What both clocks show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clocks {
    /// Ours.
    pub(crate) ours: Timestamp,
    /// The `Date` of Stripe's last answer, if there was one: it is that late at least.
    pub(crate) stripes: Option<Timestamp>,
}

impl Clocks {
    /// The later reading: everything is older by it. If that is Stripe's, it may be later still: Stripe told
    /// it a while ago.
    fn later(self) -> Timestamp {
        match self.stripes {
            Some(told) if told > self.ours => told.saturating_add(TOLD_BEFORE).unwrap_or(told),
            Some(_) | None => self.ours,
        }
    }

    /// The earlier reading: everything is younger by it.
    fn earlier(self) -> Timestamp {
        self.stripes.map_or(self.ours, |stripes| stripes.min(self.ours))
    }

    /// The mark of a send at this instant: its window begins early, and its way to Stripe ends late.
    pub(crate) fn mark(self, decision: DecisionId) -> Mark {
        Mark { decision, at: self.ours, earliest: self.earlier(), latest: self.later() }
    }

    /// Whether a refund may still be sent again under its key. Before its own first send, as after a clock
    /// was set back, nobody knows how old it is: then it may not.
    pub(crate) fn is_in_window(self, intent: &Intent) -> bool {
        let age = intent.first_send.map(|first| self.later().duration_since(first).as_millis());
        age.is_some_and(|age| (0..i128::from(resend_window_ms())).contains(&age))
    }

    /// Whether the first send seems to be still to come.
    pub(crate) fn is_set_back(self, intent: &Intent) -> bool {
        intent.first_send.is_some_and(|first| self.later() < first)
    }

    /// Whether no send of the refund can still be carried out: ten minutes have passed since the last one by
    /// either clock. Only then is "not there" an answer.
    pub(crate) fn is_settled(self, intent: &Intent) -> bool {
        let last = intent.last_send.or(intent.first_send);
        last.is_none_or(|last| self.earlier().duration_since(last) >= STILL_UNDER_WAY)
    }

    /// When our clock will show that no send of the refund can still be carried out.
    pub(crate) fn settles_at(self, intent: &Intent) -> Timestamp {
        let last = intent.last_send.or(intent.first_send);
        let left = last
            .and_then(|last| last.checked_add(STILL_UNDER_WAY).ok())
            .map(|settled| settled.duration_since(self.earlier()).max(SignedDuration::ZERO));
        left.and_then(|left| self.ours.checked_add(left).ok()).unwrap_or(self.ours)
    }

    /// The earlier reading, by which a refund may be called failed.
    pub(crate) fn youngest(self) -> Timestamp {
        self.earlier()
    }

    /// When our clock will show that by the later reading `until` has come. Now, if it has.
    pub(crate) fn due(self, until: Timestamp) -> Timestamp {
        let left = until.duration_since(self.later()).max(SignedDuration::ZERO);
        self.ours.saturating_add(left).unwrap_or(self.ours)
    }

    /// Whether this instant has come by the later reading.
    pub(crate) fn is_past(self, instant: Timestamp) -> bool {
        self.later() >= instant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When our clock was set back, a send may be as late as Stripe's clock can be by now.
    #[test]
    fn a_send_counts_from_the_latest_moment_it_can_have_been() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let latest = |ours, stripes: Option<i64>| {
            let clocks = Clocks { ours: at(ours), stripes: stripes.map(at) };
            clocks.mark("d1-0123456789abcdef0123456789abcdef".parse().unwrap()).latest
        };
        assert_eq!(latest(1_000, None), at(1_000));
        assert_eq!(latest(1_000, Some(400)), at(1_000));
        assert_eq!(latest(1_000, Some(1_000)), at(1_000));
        assert_eq!(latest(400, Some(1_000)), at(1_121));
    }
}
