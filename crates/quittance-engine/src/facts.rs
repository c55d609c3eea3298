//! Reads Intercom and Stripe, and freezes what they say.

use quittance_core::email::EmailKey;
use quittance_core::facts::{Binding, BindingSource, Contact as ContactFacts, Facts, Unbound};
use quittance_core::ids::{ContactId, CustomerId};
use quittance_intercom::contacts::{AttributeValue, Contact};
use quittance_intercom::conversations::{Author, Conversation};
use quittance_stripe::customers::Customer;

use crate::attributes;
use crate::engine::Engine;
use crate::error::Error;
use crate::workspace::Workspace;

/// The source of a conversation that came through the Messenger.
const MESSENGER: &str = "conversation";

/// The facts, and what is known of the contact besides.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) facts: Facts,
    pub(crate) language: Option<String>,
}

/// Reads everything a decision may rest on.
pub(crate) async fn read(engine: &Engine, conversation: &Conversation) -> Result<Known, Error> {
    let workspace = engine.workspace().await?;
    let who = match single_contact(conversation) {
        Ok(contact) => contact,
        Err((contact, why)) => {
            let contact = ContactFacts::new(contact, false, false);
            return Ok(unbound(engine, contact, why, None));
        }
    };
    let contact = engine.parts.intercom.contact(&who).await?;
    let language = contact.language.clone();
    let mut about =
        ContactFacts::new(contact.id.clone(), contact.is_user, contact.external_id.is_some());
    if let Some(why) = not_verified(&workspace, conversation, &contact) {
        return Ok(unbound(engine, about, why, language));
    }
    let library = engine.parts.library.now();
    let asked = library.policy.attributes();
    about.attributes = attributes::values(&asked, &workspace.attributes, &contact);
    let (customer, source) = match bind(engine, &workspace, &contact).await? {
        Ok(bound) => bound,
        Err(why) => return Ok(unbound(engine, about, why, language)),
    };
    let email = customer.email.as_ref().and_then(|email| EmailKey::of(email.reveal()));
    let customer = customer.id;
    let mut history = engine.parts.stripe.history(&customer).await?;
    for charge in &mut history.charges {
        // A payment that names nobody was made by the customer.
        charge.email = charge.email.take().or_else(|| email.clone());
    }
    let facts = Facts {
        as_of: history.as_of.unwrap_or_else(|| engine.now()),
        contact: about,
        binding: Binding::Bound { customer, source },
        charges: history.charges,
        subscriptions: history.subscriptions,
    };
    Ok(Known { facts, language })
}

/// What is left to say when the facts cannot be read.
pub(crate) fn unread(engine: &Engine, conversation: &Conversation) -> Known {
    let id = conversation.contacts.first().map_or_else(nobody, |contact| contact.id.clone());
    let contact = ContactFacts::new(id, false, false);
    unbound(engine, contact, Unbound::Unread, None)
}

fn unbound(
    engine: &Engine,
    contact: ContactFacts,
    why: Unbound,
    language: Option<String>,
) -> Known {
    let facts = Facts {
        as_of: engine.now(),
        contact,
        binding: Binding::Unbound { why },
        charges: Vec::new(),
        subscriptions: Vec::new(),
    };
    Known { facts, language }
}

/// The one contact of a conversation; with none or several nobody knows who asks.
fn single_contact(conversation: &Conversation) -> Result<ContactId, (ContactId, Unbound)> {
    match conversation.contacts.as_slice() {
        [only] => Ok(only.id.clone()),
        [first, ..] => Err((first.id.clone(), Unbound::SeveralContacts)),
        [] => Err((nobody(), Unbound::NotAUser)),
    }
}

#[expect(clippy::expect_used, reason = "a literal that is an id; a test reads it")]
fn nobody() -> ContactId {
    "nobody".parse().expect("a literal id")
}

/// Why a contact is not verified: the Messenger signs users only while the workspace insists on it.
fn not_verified(
    workspace: &Workspace,
    conversation: &Conversation,
    contact: &Contact,
) -> Option<Unbound> {
    let checks = [
        (workspace.me.has_identity_verification, Unbound::VerificationOff),
        (conversation.source.kind == MESSENGER, Unbound::NotMessenger),
        (contact.is_user, Unbound::NotAUser),
        (contact.external_id.is_some(), Unbound::NoExternalId),
        // Somebody else's words, or those of a visitor who was made into this user, are not the user's.
        (contact.merged_from.is_none(), Unbound::SeveralContacts),
        (is_alone(conversation, contact), Unbound::SeveralContacts),
    ];
    checks.into_iter().find_map(|(holds, why)| (!holds).then_some(why))
}

/// Whether all that customers said in the conversation was said by this one.
fn is_alone(conversation: &Conversation, contact: &Contact) -> bool {
    conversation.parts.iter().all(|part| match &part.author {
        Author::Contact(author) => *author == contact.id,
        Author::Admin(_) | Author::Bot | Author::Fin | Author::Other(_) => true,
    })
}

type Bound = Result<(Customer, BindingSource), Unbound>;

/// Finds the Stripe customer that a signed source names. An e-mail address only helps to find
/// candidates; what binds is the external id in the customer's own metadata.
async fn bind(engine: &Engine, workspace: &Workspace, contact: &Contact) -> Result<Bound, Error> {
    let options = engine.options();
    if workspace.is_attribute_safe
        && let Some(AttributeValue::Text(named)) =
            contact.attributes.get(&options.contact_attribute)
        && let Ok(customer) = named.reveal().parse::<CustomerId>()
    {
        return by_attribute(engine, contact, customer).await;
    }
    let Some(email) = &contact.email else { return Ok(Err(Unbound::NoCustomer)) };
    let candidates = engine.parts.stripe.customers_by_email(email.reveal()).await?;
    Ok(by_metadata(&candidates, contact, &options.stripe_metadata_key))
}

async fn by_attribute(
    engine: &Engine,
    contact: &Contact,
    customer: CustomerId,
) -> Result<Bound, Error> {
    let key = &engine.options().stripe_metadata_key;
    let external = contact.external_id.as_ref().map(quittance_core::personal::Personal::reveal);
    match engine.parts.stripe.customer(&customer).await {
        Ok(found) if found.is_deleted => Ok(Err(Unbound::CustomerDeleted)),
        // Two signed sources that contradict each other prove nothing.
        Ok(found) if found.metadata.get(key).is_some_and(|named| external != Some(named)) => {
            Ok(Err(Unbound::OtherContact))
        }
        Ok(found) => Ok(Ok((found, BindingSource::ContactAttribute))),
        Err(quittance_stripe::Error::Missing { .. }) => Ok(Err(Unbound::NoCustomer)),
        Err(error) => Err(error.into()),
    }
}

fn by_metadata(candidates: &[Customer], contact: &Contact, key: &str) -> Bound {
    let external = contact.external_id.as_ref();
    let is_theirs = |customer: &&Customer| {
        let named = customer.metadata.get(key);
        !customer.is_deleted
            && named.is_some()
            && named.map(String::as_str) == external.map(quittance_core::personal::Personal::reveal)
    };
    let mut theirs = candidates.iter().filter(is_theirs);
    match (theirs.next(), theirs.next()) {
        (Some(customer), None) => Ok((customer.clone(), BindingSource::StripeMetadata)),
        (None, _) => Err(Unbound::NoCustomer),
        (Some(_), Some(_)) => Err(Unbound::SeveralCustomers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_nobody_is_one() {
        assert_eq!(nobody().as_str(), "nobody");
    }
}
