//! What Stripe's objects have in common. Everything is read tolerantly: unknown fields are ignored,
//! unknown values kept, and shapes of older API versions understood where a stand-in still uses them.

use jiff::Timestamp;
use quittance_core::money::{Currency, Money};
use serde::Deserialize;

/// One page of a list. <https://docs.stripe.com/api/pagination>
#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) has_more: bool,
}

/// An entry of a list, whose id asks for what comes after it.
pub(crate) trait Entry {
    /// Stripe's id.
    fn id(&self) -> &str;
}

/// A field that holds an id or the whole object, as was asked with `expand[]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Expandable {
    Id(String),
    Object { id: String },
}

impl Expandable {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

/// The id in an expandable field, as one of our identifiers.
pub(crate) fn reference<T: std::str::FromStr<Err = quittance_core::ids::InvalidId>>(
    field: Option<&Expandable>,
) -> Result<Option<T>, String> {
    // An empty text is how forms unset a field; older stand-ins hand it back.
    let id = field.map(Expandable::id).filter(|id| !id.is_empty());
    id.map(|id| id.parse().map_err(|error: quittance_core::ids::InvalidId| error.to_string()))
        .transpose()
}

/// An id that must be there.
pub(crate) fn id<T: std::str::FromStr<Err = quittance_core::ids::InvalidId>>(
    text: &str,
) -> Result<T, String> {
    text.parse().map_err(|error: quittance_core::ids::InvalidId| error.to_string())
}

/// An amount in the minor unit of a currency's small-letter code.
pub(crate) fn money(minor: i64, currency: &str) -> Result<Money, String> {
    let currency: Currency =
        currency.parse().map_err(|error: quittance_core::money::MoneyError| error.to_string())?;
    Money::from_minor(minor, currency).map_err(|error| error.to_string())
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
