//! What one turn may use, and what it did use.

use serde::{Deserialize, Serialize};

/// What one turn may use before a person takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// How often the model may be asked. Default 12.
    pub model_calls: u32,
    /// How many tool calls may be carried out, repeats included. Default 24.
    pub tool_calls: u32,
    /// Prompt and completion tokens together, over all requests of the turn. Default 200,000.
    pub tokens: u64,
    /// Time from the first request to the end, in milliseconds, tools and waits included.
    /// Default 90,000.
    pub wall_ms: u64,
    /// How many mistakes (unknown tool, unreadable arguments, no answer) are pointed out to the model;
    /// the next one ends the turn. Default 1.
    pub mistakes: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { model_calls: 12, tool_calls: 24, tokens: 200_000, wall_ms: 90_000, mistakes: 1 }
    }
}

/// The part of a [`Budget`] that was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// [`Budget::model_calls`].
    ModelCalls,
    /// [`Budget::tool_calls`].
    ToolCalls,
    /// [`Budget::tokens`].
    Tokens,
    /// [`Budget::wall_ms`].
    Time,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ModelCalls => "model calls",
            Self::ToolCalls => "tool calls",
            Self::Tokens => "tokens",
            Self::Time => "time",
        })
    }
}

/// What a turn used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Requests that the model worked on, answered or not.
    pub calls: u32,
    /// Tool calls that were carried out or answered from memory.
    pub tool_calls: u32,
    /// Tokens read by the model.
    pub prompt_tokens: u64,
    /// The part of `prompt_tokens` that came from the server's prefix cache.
    pub cached_tokens: u64,
    /// Tokens written by the model.
    pub completion_tokens: u64,
    /// Whether a server left its usage out, so that some of these are upper bounds: one token for
    /// every byte of the request, and the most the answer was allowed to have.
    pub is_bound: bool,
}

impl Usage {
    /// Prompt and completion tokens together.
    pub fn tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    /// Adds what one request used.
    pub fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.tool_calls = self.tool_calls.saturating_add(other.tool_calls);
        self.prompt_tokens = self.prompt_tokens.saturating_add(other.prompt_tokens);
        self.cached_tokens = self.cached_tokens.saturating_add(other.cached_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(other.completion_tokens);
        self.is_bound |= other.is_bound;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_saturate_and_a_bound_stays_a_bound() {
        let mut sum = Usage { prompt_tokens: u64::MAX, calls: 1, ..Usage::default() };
        sum.add(&Usage {
            prompt_tokens: 5,
            completion_tokens: 7,
            calls: 1,
            is_bound: true,
            ..Usage::default()
        });
        sum.add(&Usage::default());
        assert_eq!(sum.tokens(), u64::MAX);
        assert_eq!((sum.calls, sum.completion_tokens, sum.is_bound), (2, 7, true));
    }

    #[test]
    fn a_budget_with_an_unknown_field_is_refused() {
        let read: Result<Budget, _> = serde_json::from_str(r#"{"model_calls":3,"turns":1}"#);
        assert!(read.unwrap_err().to_string().contains("turns"));
        let read: Budget = serde_json::from_str(r#"{"model_calls":3}"#).unwrap();
        assert_eq!(read, Budget { model_calls: 3, ..Budget::default() });
    }
}
