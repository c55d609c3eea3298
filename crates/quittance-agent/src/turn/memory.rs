//! What has been called in a turn, and what it gave.

use std::collections::BTreeMap;

use serde_json::Value;

/// What has been called so far, on which it may depend whether a tool is on offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TurnState {
    tools: BTreeMap<String, Counts>,
}

/// How often a tool did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    answered: u32,
    succeeded: u32,
    refused: u32,
}

impl TurnState {
    /// Whether a look-up has given the model a successful result.
    pub fn has_answered(&self, tool: &str) -> bool {
        self.counts(tool).answered > 0
    }

    /// Whether a call that ended the turn was given a successful outcome.
    pub fn has_succeeded(&self, tool: &str) -> bool {
        self.counts(tool).succeeded > 0
    }

    /// How often a call that ended the turn was given an outcome that says no.
    pub fn refusals(&self, tool: &str) -> u32 {
        self.counts(tool).refused
    }

    fn counts(&self, tool: &str) -> Counts {
        self.tools.get(tool).copied().unwrap_or_default()
    }

    fn counts_mut(&mut self, tool: &str) -> &mut Counts {
        self.tools.entry(tool.to_owned()).or_default()
    }
}

/// Every call that was answered, with its result.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) state: TurnState,
    pub(super) asked: u32,
    calls: Vec<Remembered>,
}

#[derive(Debug)]
struct Remembered {
    tool: String,
    arguments: Value,
    result: Value,
    is_repeated: bool,
}

/// Whether a call has been made before.
pub(super) enum Repeat {
    /// It has not.
    New,
    /// It has, once; this is what it gave.
    Second(Value),
    /// It has, and was answered from memory already.
    Again,
}

impl Memory {
    /// Whether the call has been made before.
    pub(super) fn repeat(&mut self, tool: &str, arguments: &Value) -> Repeat {
        let is_it = |call: &&mut Remembered| call.tool == tool && call.arguments == *arguments;
        let Some(call) = self.calls.iter_mut().find(is_it) else { return Repeat::New };
        if call.is_repeated {
            return Repeat::Again;
        }
        call.is_repeated = true;
        Repeat::Second(call.result.clone())
    }

    /// Keeps what a look-up gave.
    pub(super) fn remember(&mut self, tool: &str, arguments: Value, result: Value) {
        if is_ok(&result) {
            let counts = self.state.counts_mut(tool);
            counts.answered = counts.answered.saturating_add(1);
        }
        self.keep(tool, arguments, result);
    }

    /// Keeps the outcome of a call that ended the turn.
    pub(super) fn settle(&mut self, tool: &str, arguments: Value, outcome: Value) {
        let counts = self.state.counts_mut(tool);
        if is_ok(&outcome) {
            counts.succeeded = counts.succeeded.saturating_add(1);
        } else {
            counts.refused = counts.refused.saturating_add(1);
        }
        self.keep(tool, arguments, outcome);
    }

    fn keep(&mut self, tool: &str, arguments: Value, result: Value) {
        self.calls.push(Remembered {
            tool: tool.to_owned(),
            arguments,
            result,
            is_repeated: false,
        });
    }
}

/// Whether a result says that it is a success.
pub(super) fn is_ok(result: &Value) -> bool {
    result.get("ok") == Some(&Value::Bool(true))
}
