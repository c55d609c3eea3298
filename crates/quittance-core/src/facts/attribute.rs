//! What the company says about a contact in Intercom.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;

/// The value of an attribute that no browser can write, by the type Intercom gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum AttributeValue {
    /// `integer` or `float`.
    Number(Decimal),
    /// `boolean`.
    Flag(bool),
    /// `date` or `datetime`.
    Date(Timestamp),
    /// `string` or `options`.
    Text(String),
}
