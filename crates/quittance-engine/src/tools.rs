//! What the model may call in a turn about a refund. A tool answers or proposes; it never acts.

mod ask_customer;
mod get_subscription;
mod hand_off;
mod list_charges;
mod propose_refund;
mod search_policy;

use std::sync::{Arc, Mutex};

use quittance_agent::{Tool, ToolError};
use quittance_core::facts::Facts;
use quittance_core::reply::Quote;
use quittance_knowledge::Index;

pub(crate) use ask_customer::NAME as ASK_CUSTOMER;
pub(crate) use hand_off::NAME as HAND_OFF;
pub(crate) use propose_refund::NAME as PROPOSE_REFUND;

/// The clause that the last search of the policy found first.
pub(crate) type LastQuote = Arc<Mutex<Option<Quote>>>;

/// Every tool of a turn. Proposing is on offer only to a verified customer who has paid something.
pub(crate) fn all(facts: &Arc<Facts>, index: &Index, quote: &LastQuote) -> Vec<Tool> {
    let mut tools = vec![
        list_charges::tool(Arc::clone(facts)),
        get_subscription::tool(Arc::clone(facts)),
        search_policy::tool(index.clone(), Arc::clone(quote)),
        ask_customer::tool(),
        hand_off::tool(),
    ];
    if facts.binding.customer().is_some() && !facts.charges.is_empty() {
        tools.push(propose_refund::tool(Arc::clone(facts)));
    }
    tools
}

/// A look-up that needs to know who asks.
fn verified(facts: &Facts) -> Result<(), ToolError> {
    match facts.binding.customer() {
        Some(_) => Ok(()),
        None => Err(ToolError::misused(
            "not_verified",
            "nobody has verified who the customer is, so nothing is known about payments; call hand_off",
        )),
    }
}
