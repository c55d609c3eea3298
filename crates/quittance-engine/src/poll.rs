//! Finds what webhooks lost: asks Intercom which open conversations have changed, and wakes their cases as a
//! webhook would have. Intercom sends a notification twice at most, and Stripe's are not needed here: what
//! they would have told is found when the log is held against Stripe ([`crate::reconcile`]).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use quittance_intercom::search::Changed;
use quittance_store::inbox::Change;
use quittance_store::watermark::{Claim, Watermark};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::error::Error;
use crate::worker::WakeUp;

/// How far back the first look of all goes: a conversation that was left alone for longer is not taken up.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// How much of what was looked at before is looked at again: a search may not show yet what has just
/// changed.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// How much later than Intercom's clock showed last something may have changed.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// The shortest time that is asked for: Intercom's instants are seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// How many conversations may have changed in one time that is read. A time with more is halved, because a
/// list that long changes while it is read.
const MOST_IN_ONE: usize = 1_500;

/// How many searches one look makes at most. The next one goes on where it ends.
const MOST_SEARCHES: usize = 40;

/// The pause before a look that goes on where the last one ended.
const GO_ON: Duration = Duration::from_secs(1);

/// The section `poll` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How often Intercom is asked, in seconds. Default: 60. 0 means never: only for a workspace whose
    /// webhooks are watched otherwise.
    pub every_seconds: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { every_seconds: 60 }
    }
}

/// What one look found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    /// How many open conversations have changed.
    pub changed: u64,
    /// How many cases were woken: no webhook had told of the change.
    pub woken: u64,
    /// Whether there is more, for the next look.
    pub is_behind: bool,
    /// Whether it looked at all: the turn may have been another node's.
    pub has_looked: bool,
}

/// Looks from time to time until `stop` is cancelled, and rings when there is work.
pub async fn run(engine: Engine, wake_up: WakeUp, options: Options, stop: CancellationToken) {
    if options.every_seconds == 0 {
        return stop.cancelled().await;
    }
    let mut overlap = OVERLAP;
    while !stop.is_cancelled() {
        let mut pause = Duration::from_secs(u64::from(options.every_seconds));
        match engine.poll_in_turn(&options, overlap).await {
            Ok(polled) => {
                if polled.woken > 0 {
                    wake_up.ring();
                }
                overlap = if polled.is_behind { SignedDuration::ZERO } else { OVERLAP };
                if polled.is_behind {
                    pause = GO_ON;
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "Intercom could not be asked what has changed; it will be asked again"
            ),
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Engine {
    /// Looks once, if no other node does. Nothing was found if another one does.
    pub async fn poll(&self, options: &Options) -> Result<Polled, Error> {
        self.poll_in_turn(options, OVERLAP).await
    }

    async fn poll_in_turn(
        &self,
        options: &Options,
        overlap: SignedDuration,
    ) -> Result<Polled, Error> {
        // By Intercom's clock, which tells when a conversation changed: nothing is passed over, and no turn
        // is kept for days, because somebody sets ours. What is known of the workspace is a minute old at
        // most, and so is what Intercom's clock showed last.
        self.workspace().await?;
        let now = self.intercoms_now();
        let first = earlier(now, FIRST_LOOK);
        // A little less than the time between two, so that nobody loses the turn by a moment.
        let until =
            SignedDuration::from_millis(i64::from(options.every_seconds).saturating_mul(900));
        let until = later(now, until);
        let claim = self.store().claim(Watermark::Intercom, first, now, until).await?;
        let Some(claim) = claim else { return Ok(Polled::default()) };
        let polled = Polled { has_looked: true, ..Polled::default() };
        let mut look = Look { engine: self, claim, now, searches: 0, polled };
        look.go(earlier(claim.at, overlap)).await?;
        let polled = look.polled;
        if polled.is_behind {
            // Whoever looks next need not wait.
            self.store().claim_ended(&claim, now).await?;
        }
        if polled.woken > 0 {
            tracing::info!(
                poll.changed = polled.changed,
                poll.woken = polled.woken,
                "conversations had changed of which no webhook has told"
            );
        }
        Ok(polled)
    }
}

/// One look.
struct Look<'a> {
    engine: &'a Engine,
    claim: Claim,
    /// What time it is at Intercom.
    now: Timestamp,
    searches: usize,
    polled: Polled,
}

impl Look<'_> {
    /// Reads everything that changed since an instant, piece by piece, and remembers how far it came.
    async fn go(&mut self, mut from: Timestamp) -> Result<(), Error> {
        let end = later(self.now, AHEAD);
        let mut to = end;
        while from < end {
            if self.searches >= MOST_SEARCHES {
                self.polled.is_behind = true;
                return Ok(());
            }
            if !self.read(from, to).await? {
                to = halved(from, to);
                continue;
            }
            if !self.engine.store().advance(&self.claim, to.min(self.now)).await? {
                // Another node has gone on meanwhile.
                return Ok(());
            }
            // What comes next is probably as busy.
            let width = to.duration_since(from).saturating_mul(2);
            (from, to) = (to, later(to, width).min(end));
        }
        Ok(())
    }

    /// Reads one piece of time. Tells whether it was small enough.
    async fn read(&mut self, from: Timestamp, to: Timestamp) -> Result<bool, Error> {
        let mut next: Option<String> = None;
        loop {
            self.searches = self.searches.saturating_add(1);
            let intercom = &self.engine.parts.intercom;
            let page = intercom.open_changed(from, to, next.as_deref()).await?;
            if page.total > MOST_IN_ONE && to.duration_since(from) > SECOND {
                return Ok(false);
            }
            self.wake(&page.changed).await?;
            next = page.next;
            // A second in which more changed than one look reads is read as far as that goes.
            if next.is_none() || self.searches >= MOST_SEARCHES.saturating_mul(2) {
                return Ok(true);
            }
        }
    }

    /// Wakes the cases of conversations that nobody else has.
    async fn wake(&mut self, changed: &[Changed]) -> Result<(), Error> {
        let me = self.engine.me().await?;
        self.polled.changed =
            self.polled.changed.saturating_add(u64::try_from(changed.len()).unwrap_or(u64::MAX));
        let is_free = |one: &&Changed| one.admin_assignee.as_ref().is_none_or(|it| *it == me.admin);
        let changes = changed
            .iter()
            .filter(is_free)
            .map(|one| Change { conversation: one.id.clone(), at: one.updated_at })
            .collect();
        let quiet = i64::try_from(self.engine.options().quiet_ms).unwrap_or(i64::MAX);
        let now = self.engine.now();
        let due = later(now, SignedDuration::from_millis(quiet));
        let woken = self.engine.store().wake_changed(&me.workspace, changes, now, due).await?;
        self.polled.woken = self.polled.woken.saturating_add(woken);
        Ok(())
    }
}

/// The end of the first half of a time, a second at least.
fn halved(from: Timestamp, to: Timestamp) -> Timestamp {
    let half = to.duration_since(from).as_secs().checked_div(2).unwrap_or(1).max(1);
    later(from, SignedDuration::from_secs(half))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_halved_down_to_a_second() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(halved(at(0), at(4_200)), at(2_100));
        assert_eq!(halved(at(0), at(3)), at(1));
        assert_eq!(halved(at(0), at(1)), at(1));
        assert_eq!(halved(at(7), at(7)), at(8));
    }
}
