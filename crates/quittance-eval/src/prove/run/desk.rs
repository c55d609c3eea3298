//! A person at the desk, who settles what nobody could find out.

use std::sync::Arc;

use quittance_core::ids::DecisionId;
use quittance_engine::settle::{Desk, Settlement};
use quittance_store::intents::IntentState;

use super::{Done, Errand, Run};
use crate::prove::hub::Hub;

/// How often a person tries, and after what pause unless they are told when, in milliseconds.
const TRIES: u32 = 10;
const PAUSE_MS: i64 = 60_000;

/// How many refunds are looked through.
const MOST: u32 = 100;

/// What is not settled.
const OPEN: [IntentState; 4] =
    [IntentState::Intent, IntentState::Marked, IntentState::Unknown, IntentState::Parked];

impl Run<'_> {
    /// Whether a person takes up what was left to people, now that everything is at rest. Not everybody
    /// does.
    pub(super) async fn call_person(&mut self) -> anyhow::Result<bool> {
        let parked = self.world.outside.intents_in(IntentState::Parked, 0, MOST).await?;
        let mut is_called = false;
        for intent in parked {
            if self.called.insert(intent.decision.clone()) && self.hub.throw(|dice| dice.one_in(2))
            {
                self.settle(intent.decision)?;
                is_called = true;
            }
        }
        Ok(is_called)
    }

    /// A person takes up every refund that is not settled, whether or not it was left to them.
    pub(super) async fn meddle_at_desk(&mut self) -> anyhow::Result<()> {
        for state in OPEN {
            for intent in self.world.outside.intents_in(state, 0, MOST).await? {
                self.settle(intent.decision)?;
            }
        }
        Ok(())
    }

    /// Lets a person settle a refund from the terminal of one of the machines.
    fn settle(&mut self, decision: DecisionId) -> anyhow::Result<()> {
        let nodes = self.world.nodes.len();
        let node = self.hub.throw(|dice| dice.index(nodes));
        let Some(desk) = self.world.desk(self.kit, node)? else { return Ok(()) };
        let hub = Arc::clone(&self.hub);
        hub.tell(Some(node), || format!("a person takes up {decision}"));
        let future = Box::pin(async move {
            try_to_settle(&desk, &decision, &hub).await;
            Done::Worked
        });
        self.start(node, Errand::Other, future);
        Ok(())
    }
}

/// Tries until the refund is settled, or there is nothing to settle.
async fn try_to_settle(desk: &Desk, decision: &DecisionId, hub: &Hub) {
    for _ in 0..TRIES {
        let settled = desk.settle(decision, "Ana").await;
        hub.tell(None, || format!("the person at the desk: {settled:?}"));
        let pause_ms = match settled {
            Ok(Settlement::TooEarly { again }) => {
                let left = again.duration_since(desk.clock.now()).as_millis();
                i64::try_from(left).unwrap_or(PAUSE_MS).max(1)
            }
            Ok(Settlement::Busy) | Err(_) => PAUSE_MS,
            Ok(_) => return,
        };
        hub.sleep(pause_ms).await;
    }
}
