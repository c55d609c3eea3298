//! Whether everybody was served: what was acknowledged is kept, every case ends, nobody is forgotten.

use quittance_core::event::Source;
use quittance_core::guard::Mode;
use quittance_sandbox::intercom::{Message, Writer};

use super::{Bench, Seen, Side};
use crate::prove::run::Notice;

/// How long after everything works again the last case may take, in milliseconds.
const ENDS_WITHIN_MS: i64 = 26 * 3_600_000;

impl Bench<'_> {
    /// I12: what was acknowledged is stored.
    pub(super) async fn intake(&mut self, acknowledged: &[Notice]) -> anyhow::Result<()> {
        for source in [Source::Intercom, Source::Stripe] {
            let stored = self.world.outside.arrivals(source).await?;
            let lost = acknowledged
                .iter()
                .find(|notice| notice.source == source && !stored.contains(&notice.id));
            if let Some(lost) = lost {
                self.find("I12", format!("webhook {} was acknowledged and not stored", lost.id));
            }
        }
        Ok(())
    }

    /// I12, I13: nobody is forgotten.
    pub(super) async fn rest(&mut self, seen: &Seen<'_>) -> anyhow::Result<()> {
        if !seen.is_at_rest {
            self.find("I13", "the run did not come to rest".to_owned());
        }
        if seen.healed_for_ms > ENDS_WITHIN_MS {
            let hours = seen.healed_for_ms.checked_div(3_600_000).unwrap_or(0);
            self.find("I13", format!("the last case ended {hours} hours after all was well"));
        }
        let totals = self.world.outside.totals().await?;
        for (state, count) in totals.effects {
            if matches!(state.as_str(), "planned" | "marked") {
                self.find("I13", format!("{count} effects are {state} at the end"));
            }
        }
        if totals.due > 0 {
            self.find("I13", format!("{} cases are due at the end", totals.due));
        }
        let forgotten: Vec<String> = self
            .sides
            .iter()
            .filter(|side| self.is_forgotten(side))
            .map(|side| side.case.to_string())
            .collect();
        for case in forgotten {
            self.find("I13", format!("nobody answers {case}"));
        }
        Ok(())
    }

    /// Whether the customer had the last word and no person has the conversation.
    fn is_forgotten(&self, side: &Side) -> bool {
        let is_theirs = |message: &Message| message.author == Writer::Contact;
        let mut spoken = side.messages.iter().filter(|message| !message.is_note);
        let Some(last) = spoken.next_back() else { return false };
        let has_note = side.messages.iter().any(|message| message.is_note);
        let is_colleague = |message: &Message| matches!(message.author, Writer::Teammate { .. });
        let is_met = has_note || side.messages.iter().any(is_colleague);
        // Who only watches takes nothing out of anybody's hands.
        if !is_theirs(last) || is_met || self.scenario.mode == Mode::Watch {
            return false;
        }
        let conversation = self.world.intercom.conversation(&side.conversation).unwrap_or_default();
        let is_set = |name: &str| {
            let value = conversation.get(name);
            value.is_some_and(|value| {
                !value.is_null() && value.as_i64() != Some(0) && value.as_str() != Some("0")
            })
        };
        !is_set("team_assignee_id") && !is_set("admin_assignee_id")
    }
}
