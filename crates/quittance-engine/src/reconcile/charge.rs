//! The same comparison for one charge, before a decision about it.

use std::collections::BTreeSet;

use quittance_core::facts::Charge;
use quittance_core::ids::DecisionId;

use super::compare::{Found, Place, listed};
use super::{decision, is_elsewhere};
use crate::engine::Engine;
use crate::error::Error;

impl Engine {
    /// What is wrong with the refunds of ours that Stripe lists on a charge, if anything is: then the
    /// database is not the one that decided them. Stops money, unless a person has accepted that.
    pub(crate) async fn differs_on(&self, charge: &Charge) -> Result<Option<String>, Error> {
        if charge.refunds.iter().all(|refund| refund.decision.is_none()) {
            return Ok(None);
        }
        let marked = self.parts.stripe.marked_refunds_of(&charge.id).await?;
        let workspace = self.me().await?.workspace;
        // Read after Stripe: whatever Stripe holds was written down here before.
        let decisions: Vec<DecisionId> = marked.iter().filter_map(decision).collect();
        let kept = self.store().kept(&decisions).await?;
        let head = self.store().log_head().await?.0;
        let accepted: BTreeSet<_> = self.store().accepted().await?.into_iter().collect();
        for marked in marked.iter().filter(|marked| !is_elsewhere(marked, &workspace)) {
            let name = marked.refund.decision.as_deref().unwrap_or_default();
            let kept = kept.iter().find(|kept| kept.decision.as_str() == name);
            let seq = marked.log_seq.as_deref().and_then(|seq| seq.parse().ok());
            let hash = match seq {
                Some(seq) => self.store().log_hash_at(seq).await?,
                None => None,
            };
            if let Found::Differs(difference) =
                listed(marked, kept, &workspace, Place { head, hash })
            {
                if !accepted.contains(&difference.name()) {
                    self.trip(&format!("the log and Stripe differ: {}", difference.says)).await;
                }
                return Ok(Some(difference.says));
            }
        }
        Ok(None)
    }
}
