//! `search_policy`: the company's own words.

use std::sync::PoisonError;

use quittance_agent::{Answer, Tool, ToolError};
use quittance_core::reply::Quote;
use quittance_knowledge::Index;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::LastQuote;

/// How many sections a search gives.
const MOST_SECTIONS: usize = 3;

pub(super) const NAME: &str = "search_policy";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// A few words about what to look for, in the language of the policy.
    query: String,
}

pub(super) fn tool(index: Index, last: LastQuote) -> Tool {
    let description = "Searches the company's refund policy and gives the clauses word for word.";
    Tool::new(NAME, description, move |arguments: Arguments| {
        let (index, last) = (index.clone(), LastQuote::clone(&last));
        async move {
            let hits = index.search(&arguments.query, MOST_SECTIONS).map_err(ToolError::outage)?;
            if let Some(first) = hits.first() {
                let quote = Quote::new(&first.clause, &first.text);
                *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(quote);
            }
            let sections: Vec<_> = hits
                .iter()
                .map(|hit| json!({"clause": hit.clause, "score": hit.score.to_string(), "text": hit.text}))
                .collect();
            Ok(Answer::Result(json!({"ok": true, "sections": sections})))
        }
    })
}
