//! Contacts: users and leads. <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/contacts>

use std::collections::BTreeMap;

use quittance_core::ids::ContactId;
use quittance_core::personal::Personal;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::wire::WireId;

const REQUEST: &str = "read a contact";

/// A person, as Intercom knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Intercom's id. It differs from the one that was asked for when the contact was merged.
    pub id: ContactId,
    /// The contact that was asked for, if it was merged into this one.
    pub merged_from: Option<ContactId>,
    /// Whether Intercom calls them a user, not a lead.
    pub is_user: bool,
    /// The id that the company gave them. Leads carry one that Intercom made up.
    pub external_id: Option<Personal>,
    /// What they are called.
    pub name: Option<Personal>,
    /// The address on file. It may be shared and is not proof of anything.
    pub email: Option<Personal>,
    /// The language they chose, else their browser's, such as `fr` or `en-US`.
    pub language: Option<String>,
    /// The company's own attributes (`custom_attributes`).
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// A text.
    Text(Personal),
    /// A whole number, or an instant in seconds since 1970.
    Integer(i64),
    /// A number with decimals, as it is written.
    Fraction(String),
    /// Yes or no.
    Boolean(bool),
    /// Nothing.
    Empty,
    /// A list or an object: nothing that identifies anybody.
    Other,
}

impl Client {
    /// Reads a contact. One that was merged leads to the one that survived, once.
    pub async fn contact(&self, contact: &ContactId) -> Result<Contact, Error> {
        match self.contact_as_it_stands(contact).await {
            Err(Error::Merged { into, .. }) => {
                let survivor = self.contact_as_it_stands(&into).await?;
                Ok(Contact { merged_from: Some(contact.clone()), ..survivor })
            }
            found => found,
        }
    }

    async fn contact_as_it_stands(&self, contact: &ContactId) -> Result<Contact, Error> {
        let wire: WireContact = self.get(REQUEST, &["contacts", contact.as_str()], &[]).await?;
        let found = wire.contact().map_err(|problem| Error::unreadable(REQUEST, problem))?;
        if found.id == *contact {
            Ok(found)
        } else {
            Err(Error::unreadable(REQUEST, "another contact"))
        }
    }
}

#[derive(Deserialize)]
struct WireContact {
    id: WireId,
    role: Option<String>,
    external_id: Option<String>,
    email: Option<String>,
    name: Option<String>,
    language_override: Option<String>,
    browser_language: Option<String>,
    #[serde(default)]
    custom_attributes: BTreeMap<String, Value>,
}

impl WireContact {
    fn contact(self) -> Result<Contact, String> {
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let attributes = self.custom_attributes.into_iter();
        Ok(Contact {
            id: self.id.read()?,
            merged_from: None,
            is_user: self.role.as_deref() == Some("user"),
            external_id: some(self.external_id).map(Personal::new),
            email: some(self.email).map(Personal::new),
            name: some(self.name).map(Personal::new),
            language: some(self.language_override).or_else(|| some(self.browser_language)),
            attributes: attributes.map(|(name, value)| (name, attribute_value(value))).collect(),
        })
    }
}

fn attribute_value(value: Value) -> AttributeValue {
    match value {
        Value::String(text) => AttributeValue::Text(Personal::new(text)),
        Value::Bool(is_set) => AttributeValue::Boolean(is_set),
        Value::Null => AttributeValue::Empty,
        Value::Number(number) => {
            let fraction = || AttributeValue::Fraction(number.to_string());
            number.as_i64().map_or_else(fraction, AttributeValue::Integer)
        }
        Value::Array(_) | Value::Object(_) => AttributeValue::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_read_with_its_attributes() {
        let wire: WireContact = serde_json::from_value(serde_json::json!({
            "type": "contact", "id": "6762f0", "role": "user", "external_id": "70", "email": "",
            "language_override": null, "browser_language": "fr", "new": {},
            "custom_attributes": {"stripe": "cus_1", "vip": true, "since": 5, "rate": 1.5, "no": null},
        }))
        .unwrap();
        let contact = wire.contact().unwrap();
        assert!(contact.is_user);
        assert_eq!((contact.email, contact.language.as_deref()), (None, Some("fr")));
        assert_eq!(contact.external_id.unwrap().reveal(), "70");
        let text = AttributeValue::Text(Personal::new("cus_1"));
        assert_eq!(contact.attributes["stripe"], text);
        assert_eq!(contact.attributes["vip"], AttributeValue::Boolean(true));
        assert_eq!(contact.attributes["since"], AttributeValue::Integer(5));
        assert_eq!(contact.attributes["rate"], AttributeValue::Fraction("1.5".to_owned()));
        assert_eq!(contact.attributes["no"], AttributeValue::Empty);
        assert!(!format!("{:?}", contact.attributes).contains("cus_1"));
    }

    #[test]
    fn only_a_user_is_a_user() {
        for role in ["lead", "visitor", "User", ""] {
            let json = serde_json::json!({"id": 5, "role": role});
            let wire: WireContact = serde_json::from_value(json).unwrap();
            assert!(!wire.contact().unwrap().is_user, "{role}");
        }
    }
}
