//! What the model may call in a turn about a refund. A tool answers or proposes; it never acts.

mod ask_customer;
mod get_subscription;
mod hand_off;
mod list_charges;
mod propose_refund;
mod search_policy;
mod show_policy;

use std::sync::{Arc, Mutex};

use quittance_agent::{Tool, ToolError, TurnState};
use quittance_core::facts::Facts;
use quittance_core::reply::Quote;
use quittance_knowledge::Index;

pub(crate) use ask_customer::NAME as ASK_CUSTOMER;
pub(crate) use hand_off::NAME as HAND_OFF;
pub(crate) use propose_refund::NAME as PROPOSE_REFUND;
pub(crate) use show_policy::NAME as SHOW_POLICY;

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
    if may_propose(facts) {
        tools.push(propose_refund::tool(Arc::clone(facts)));
    }
    tools
}

/// The tools for a model that is led: it searches the policy, and then ends the turn with one of the few
/// things that it may do. The facts about payments are in what it reads; what else it would have to ask, a
/// person asks.
pub(crate) fn led(facts: &Arc<Facts>, index: &Index, quote: &LastQuote) -> Vec<Tool> {
    let search = search_policy::tool(index.clone(), Arc::clone(quote));
    let mut tools = vec![search.when(move |state| !has_searched(state))];
    if may_propose(facts) {
        tools.push(propose_refund::tool(Arc::clone(facts)).when(has_searched));
    }
    tools.push(hand_off::tool().when(has_searched));
    tools
}

/// Lets a model that is led answer with the clause it found.
pub(crate) fn showing_policy() -> Tool {
    show_policy::tool().when(has_searched)
}

fn has_searched(state: &TurnState) -> bool {
    state.has_answered(search_policy::NAME)
}

fn may_propose(facts: &Facts) -> bool {
    facts.binding.customer().is_some() && !facts.charges.is_empty()
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
