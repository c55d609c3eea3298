//! What happens in a turn, and how it ends.

use std::fmt;

use serde_json::Value;

use crate::budget::{Limit, Usage};

/// How a run of a turn ended.
#[derive(Clone, PartialEq)]
pub enum End {
    /// The model answered in words. They are its words: unchecked, and untrue as often as not.
    Answer(String),
    /// A tool ended the turn.
    Ended {
        /// The tool's name.
        tool: String,
        /// The call, for [`Turn::resume`](crate::Turn::resume).
        call_id: String,
        /// What the tool gave to the caller.
        value: Value,
    },
    /// A limit was reached; a person takes over.
    Exhausted(Limit),
    /// The model does not do as it should; a person takes over. The text says what it did, without
    /// repeating anything it wrote.
    Misbehaved(String),
}

impl End {
    pub(super) fn misbehaved(what: &str) -> Self {
        Self::Misbehaved(what.to_owned())
    }
}

impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(text) => write!(f, "Answer({} characters)", text.chars().count()),
            Self::Ended { tool, call_id, value: _ } => write!(f, "Ended({tool}, {call_id})"),
            Self::Exhausted(limit) => write!(f, "Exhausted({limit})"),
            Self::Misbehaved(what) => write!(f, "Misbehaved({what})"),
        }
    }
}

/// Something that happened in a turn, as it is reported to the observer.
#[derive(Clone, PartialEq)]
pub enum Step {
    /// The model is asked.
    Asked {
        /// How often it has been asked in this turn, this time included.
        number: u32,
    },
    /// The model answered.
    Replied {
        /// The model that says it answered.
        model: Option<String>,
        /// What the request used.
        usage: Usage,
    },
    /// The model calls a tool that it may call, with arguments that fit.
    Called {
        /// The call's name in the transcript.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// The arguments.
        arguments: Value,
    },
    /// A tool answered and the model goes on.
    Answered {
        /// The call's name in the transcript.
        call_id: String,
        /// The tool's name.
        tool: String,
        /// Whether the answer is a success.
        is_ok: bool,
        /// Whether it came from memory because the model repeated itself.
        is_repeat: bool,
    },
    /// The model made a mistake and is told so, or the turn ends with it.
    Mistaken {
        /// The kind of mistake, such as `unknown_tool`.
        code: String,
    },
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked { number } => write!(f, "Asked({number})"),
            Self::Replied { model: _, usage } => write!(f, "Replied({} tokens)", usage.tokens()),
            Self::Called { call_id, tool, arguments: _ } => write!(f, "Called({tool}, {call_id})"),
            Self::Answered { call_id, tool, is_ok, is_repeat } => {
                write!(f, "Answered({tool}, {call_id}, is_ok: {is_ok}, is_repeat: {is_repeat})")
            }
            Self::Mistaken { code } => write!(f, "Mistaken({code})"),
        }
    }
}
