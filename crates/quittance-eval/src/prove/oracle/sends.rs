//! What went over the line to Stripe.

use std::collections::BTreeMap;

use quittance_core::record::{Entry, Kind};

use super::{Bench, text};
use crate::prove::lines::Sent;
use crate::prove::run::Bar;

/// How long after the stop switch was thrown a refund may still be on its way out, in milliseconds.
const STOPS_WITHIN_MS: i64 = 1_000;

/// How long after its first send a refund may be sent again, in milliseconds.
const WINDOW_MS: i64 = 20 * 3_600_000;

/// How long after it was plain that a refund must not be made it may still be sent, in milliseconds: it was
/// looked at just before, and a process may stand still for minutes before its first byte.
const NOTICED_WITHIN_MS: i64 = 900_000;

impl Bench<'_> {
    /// I9, I10, I11, I16: what went over the line.
    pub(super) fn sends(&mut self, stops: &[(i64, i64)]) {
        let sent = self.sent.clone();
        let mut first: BTreeMap<&str, &Sent> = BTreeMap::new();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for one in &sent {
            let before = *first.entry(&one.key).or_insert(one);
            if before.body != one.body {
                self.find("I9", format!("key {} carried two bodies", one.key));
            }
            if one.at_ms.saturating_sub(before.at_ms) >= WINDOW_MS {
                self.find("I10", format!("key {} was sent after its window", one.key));
            }
            let is_late = stops.iter().any(|(from, to)| {
                one.begun_ms > from.saturating_add(STOPS_WITHIN_MS) && one.begun_ms < *to
            });
            if is_late {
                self.find("I16", format!("key {} was sent while money was stopped", one.key));
            }
            let count = counts.entry(one.key.clone()).or_default();
            *count = count.saturating_add(1);
        }
        for (key, count) in counts {
            let marks = self.marks(&key);
            if count > marks {
                self.find("I11", format!("key {key} was sent {count} times with {marks} marks"));
            }
        }
    }

    /// I2, I4: no refund is first sent long after it was plain that it must not be. One that was marked more
    /// often than it was sent counts as sent before: nobody could know that it was not.
    pub(super) fn bars(&mut self, bars: &[(i64, Bar)]) {
        let mut first: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
        for one in &self.sent {
            let (_, sends) = first.entry(&one.key).or_insert((one.at_ms, 0));
            *sends = sends.saturating_add(1);
        }
        let mut found = Vec::new();
        for (side, intent) in
            self.sides.iter().flat_map(|side| side.intents.iter().map(move |intent| (side, intent)))
        {
            let Some((sent_ms, sends)) = first.get(intent.key.as_str()) else { continue };
            if self.marks(intent.key.as_str()) > *sends {
                continue;
            }
            for (at_ms, bar) in bars {
                let (invariant, is_about_it) = match bar {
                    Bar::Dispute(charge) => ("I2", intent.charge.as_str() == charge),
                    Bar::Person(conversation) => ("I4", side.conversation == *conversation),
                };
                if is_about_it && sent_ms.saturating_sub(*at_ms) > NOTICED_WITHIN_MS {
                    let decision = &intent.decision;
                    found.push((invariant, format!("decision {decision} was sent after {bar:?}")));
                }
            }
        }
        for (invariant, what) in found {
            self.find(invariant, what);
        }
    }

    pub(super) fn marks(&self, key: &str) -> usize {
        let side = self
            .sides
            .iter()
            .find_map(|side| Some((side, side.intents.iter().find(|i| i.key.as_str() == key)?)));
        side.map_or(0, |(side, intent)| {
            let is_mark = |entry: &&Entry| {
                entry.draft.kind == Kind::Mark
                    && text(&entry.draft.body, "decision") == intent.decision.as_str()
            };
            side.entries.iter().filter(is_mark).count()
        })
    }
}
