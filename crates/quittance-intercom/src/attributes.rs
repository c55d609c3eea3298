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
}

impl WireAttribute {
    fn attribute(self) -> Attribute {
        let is_messenger_writable = self.messenger_writable.unwrap_or(true);
        Attribute { name: self.name, is_messenger_writable }
    }
}
