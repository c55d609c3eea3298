//! The attributes that contacts have. <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-attributes>

use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;

/// An attribute of contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, such as `stripe_customer_id`.
    pub name: String,
    /// Whether a customer's own browser may write it. What it may write proves nothing; an
    /// attribute that does not say counts as written by anybody.
    pub is_messenger_writable: bool,
    /// What it holds, as far as this version knows its type.
    pub kind: Option<AttributeKind>,
}

/// What an attribute holds, by Intercom's `data_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeKind {
    /// `integer` and `float`.
    Number,
    /// `boolean`.
    Flag,
    /// `date` and `datetime`, in seconds since 1970.
    Date,
    /// `string` and `options`.
    Text,
}

impl Client {
    /// Reads which attributes contacts have.
    pub async fn attributes(&self) -> Result<Vec<Attribute>, Error> {
        let query = [("model", "contact")];
        let list: WireList = self.get("list attributes", &["data_attributes"], &query).await?;
        Ok(list.data.into_iter().map(WireAttribute::attribute).collect())
    }
}

#[derive(Deserialize)]
struct WireList {
    data: Vec<WireAttribute>,
}

#[derive(Deserialize)]
struct WireAttribute {
    name: String,
    messenger_writable: Option<bool>,
    data_type: Option<String>,
}

impl WireAttribute {
    fn attribute(self) -> Attribute {
        let is_messenger_writable = self.messenger_writable.unwrap_or(true);
        let kind = match self.data_type.as_deref() {
            Some("integer" | "float") => Some(AttributeKind::Number),
            Some("boolean") => Some(AttributeKind::Flag),
            Some("date" | "datetime") => Some(AttributeKind::Date),
            Some("string" | "options") => Some(AttributeKind::Text),
            Some(_) | None => None,
        };
        Attribute { name: self.name, is_messenger_writable, kind }
    }
}
