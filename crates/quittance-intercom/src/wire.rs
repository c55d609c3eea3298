//! What Intercom's objects have in common. Everything is read tolerantly: ids come as numbers or as
//! texts, unknown fields are ignored and unknown values kept.

use jiff::Timestamp;
use quittance_core::ids::InvalidId;
use serde::Deserialize;

/// An id, written as a text or as a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum WireId {
    Text(String),
    Number(u64),
}

impl WireId {
    /// The id as one of our identifiers.
    pub(crate) fn read<T: std::str::FromStr<Err = InvalidId>>(&self) -> Result<T, String> {
        let parsed = match self {
            Self::Text(text) => text.parse(),
            Self::Number(number) => number.to_string().parse(),
        };
        parsed.map_err(|error: InvalidId| error.to_string())
    }

    /// Nobody is written as nothing, as `0` or as an empty text.
    pub(crate) fn read_some<T: std::str::FromStr<Err = InvalidId>>(
        id: Option<&Self>,
    ) -> Result<Option<T>, String> {
        match id {
            None | Some(Self::Number(0)) => Ok(None),
            Some(Self::Text(text)) if text.is_empty() || text == "0" => Ok(None),
            Some(id) => id.read().map(Some),
        }
    }
}

/// An instant in seconds since 1970.
pub(crate) fn instant(seconds: i64) -> Result<Timestamp, String> {
    Timestamp::from_second(seconds).map_err(|_| format!("{seconds} is not an instant"))
}

/// What a JSON text is not, without quoting it: serde's own messages show the offending value.
pub(crate) fn oddity(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "not readable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "not of the expected shape",
        serde_json::error::Category::Eof => "cut off",
    };
    format!("{what} at line {}, column {}", error.line(), error.column())
}
