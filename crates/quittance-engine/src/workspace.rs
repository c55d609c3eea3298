//! What Intercom says about the workspace: who we are, and what may prove who a customer is.

use quittance_intercom::Client;
use quittance_intercom::admins::Me;
use quittance_intercom::attributes::Attribute;

use crate::error::Error;

/// The token's owner, and the settings that decide whose word counts.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The token's owner and the workspace.
    pub(crate) me: Me,
    /// Whether the attribute that may name a Stripe customer exists and no browser can write it.
    pub(crate) is_attribute_safe: bool,
    /// The attributes that contacts have.
    pub(crate) attributes: Vec<Attribute>,
}

/// Asks Intercom. `attribute` is the contact attribute that may name a Stripe customer.
pub(crate) async fn read(intercom: &Client, attribute: &str) -> Result<Workspace, Error> {
    let (me, attributes) = tokio::try_join!(intercom.me(), intercom.attributes())?;
    let mut same = attributes.iter().filter(|known| known.name == attribute).peekable();
    let is_attribute_safe = same.peek().is_some() && same.all(|known| !known.is_messenger_writable);
    Ok(Workspace { me, is_attribute_safe, attributes })
}
