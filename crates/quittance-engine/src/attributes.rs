//! What the company says about a contact, as far as a decision may rest on it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use quittance_core::cards;
use quittance_core::decimal::Decimal;
use quittance_core::facts::AttributeValue;
use quittance_intercom::attributes::{Attribute, AttributeKind};
use quittance_intercom::contacts::{AttributeValue as Held, Contact};

/// The most bytes of a text that are compared.
const LONGEST_TEXT: usize = 200;

/// The attributes that are asked for, by the types that Intercom gives them. What a browser may write, what
/// is empty, and what is of another type than its attribute is left out: nobody can tell.
pub(crate) fn values(
    asked: &BTreeSet<&str>,
    known: &[Attribute],
    contact: &Contact,
) -> BTreeMap<String, AttributeValue> {
    let values = asked.iter().filter_map(|name| {
        let mut same = known.iter().filter(|attribute| attribute.name == **name);
        let attribute = same.next()?;
        // Two attributes of one name: nobody knows which of them the value is of.
        if attribute.is_messenger_writable || same.next().is_some() {
            return None;
        }
        let value = value(attribute.kind?, contact.attributes.get(*name)?)?;
        Some(((*name).to_owned(), value))
    });
    values.collect()
}

fn value(kind: AttributeKind, held: &Held) -> Option<AttributeValue> {
    match (kind, held) {
        (AttributeKind::Number, Held::Integer(number)) => {
            number.to_string().parse::<Decimal>().ok().map(AttributeValue::Number)
        }
        (AttributeKind::Number, Held::Fraction(number)) => {
            number.parse().ok().map(AttributeValue::Number)
        }
        (AttributeKind::Flag, Held::Boolean(flag)) => Some(AttributeValue::Flag(*flag)),
        (AttributeKind::Date, Held::Integer(seconds)) => {
            Timestamp::from_second(*seconds).ok().map(AttributeValue::Date)
        }
        (AttributeKind::Text, Held::Text(text)) => {
            let text = text.reveal();
            // It goes to the log: whoever wrote a card number there wrote no value of the policy's.
            (text.len() <= LONGEST_TEXT).then(|| AttributeValue::Text(cards::mask_one(text)))
        }
        (
            AttributeKind::Number | AttributeKind::Flag | AttributeKind::Date | AttributeKind::Text,
            _,
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use quittance_core::personal::Personal;

    use super::*;

    fn contact(attributes: &[(&str, Held)]) -> Contact {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Contact {
            id: "c1".parse().unwrap(),
            merged_from: None,
            is_user: true,
            external_id: None,
            name: None,
            email: None,
            language: None,
            attributes: attributes.collect(),
        }
    }

    fn attribute(name: &str, is_messenger_writable: bool, kind: AttributeKind) -> Attribute {
        Attribute { name: name.to_owned(), is_messenger_writable, kind: Some(kind) }
    }

    #[test]
    fn only_what_no_browser_can_write_is_taken_and_by_its_type() {
        let known = [
            attribute("usage_hours", false, AttributeKind::Number),
            attribute("is_vip", true, AttributeKind::Flag),
            attribute("since", false, AttributeKind::Date),
            attribute("tier", false, AttributeKind::Text),
            attribute("seats", false, AttributeKind::Number),
            attribute("twice", false, AttributeKind::Number),
            attribute("twice", true, AttributeKind::Number),
        ];
        let contact = contact(&[
            ("usage_hours", Held::Fraction("0.5".to_owned())),
            ("is_vip", Held::Boolean(true)),
            ("since", Held::Integer(1_750_000_000)),
            ("tier", Held::Text(Personal::new("Gold"))),
            ("seats", Held::Text(Personal::new("many"))),
            ("twice", Held::Integer(1)),
            ("other", Held::Integer(5)),
        ]);
        let asked = ["usage_hours", "is_vip", "since", "tier", "seats", "twice", "nothing"].into();
        let values = values(&asked, &known, &contact);
        assert_eq!(values.keys().collect::<Vec<_>>(), ["since", "tier", "usage_hours"]);
        assert_eq!(values["usage_hours"], AttributeValue::Number("0.5".parse().unwrap()));
        assert_eq!(values["tier"], AttributeValue::Text("Gold".to_owned()));
    }
}
