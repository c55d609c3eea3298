//! Conversations. <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations>

use jiff::Timestamp;
use quittance_core::ids::{AdminId, ContactId, ConversationId, PartId, TeamId};
use quittance_core::personal::Personal;

use crate::client::Client;
use crate::error::Error;
use crate::text::is_same;

mod files;
mod wire;

pub use files::is_only_files;
use wire::WireConversation;
pub(crate) use wire::{WireAuthor, WireContacts, WireParts};

const REQUEST: &str = "read a conversation";

/// A conversation and what was said in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Intercom's id, unique only within its workspace.
    pub id: ConversationId,
    /// Whether it is open.
    pub state: State,
    /// How it began.
    pub source: Source,
    /// Who takes part, besides teammates.
    pub contacts: Vec<Participant>,
    /// The teammate it is assigned to.
    pub admin_assignee: Option<AdminId>,
    /// The team it is assigned to.
    pub team_assignee: Option<TeamId>,
    /// Whether Intercom's AI agent took part, and has not given the conversation to people.
    pub is_with_fin: bool,
    /// What was said and done, oldest first. The first part is the message it began with, of kind
    /// `source`; that can be a greeting of ours instead of the customer's words.
    pub parts: Vec<Part>,
    /// Whether older parts are missing: Intercom gives the newest 500.
    pub is_cut: bool,
    /// When anything last changed.
    pub updated_at: Timestamp,
}

/// Whether a conversation is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Somebody should answer.
    Open,
    /// It is done, until somebody writes again.
    Closed,
    /// It comes back later.
    Snoozed,
    /// A state this version does not know.
    Other(String),
}

/// How a conversation began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The channel: `conversation` for the Messenger, `email`, `whatsapp`, …
    pub kind: String,
    /// Who began it: `customer_initiated`, `operator_initiated`, `campaigns_initiated`, …
    pub delivered_as: Option<String>,
    /// Who wrote the first message.
    pub author: Author,
}

/// A contact in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Intercom's id.
    pub id: ContactId,
    /// The id that the company gave them.
    pub external_id: Option<Personal>,
}

/// One thing that was said or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Intercom's id.
    pub id: PartId,
    /// Intercom's `part_type`: an open list. What a customer says can be of any kind; a reply to a
    /// closed conversation is an `open`.
    pub kind: String,
    /// Who did it.
    pub author: Author,
    /// What was said, as plain text, and the names of files, such as `[attachment: invoice.pdf]`; blank when
    /// nothing was said or it was redacted. Card numbers are taken out.
    pub text: Personal,
    /// Whether a card number, or a part of one, was taken out of the text.
    pub has_card: bool,
    /// When.
    pub created_at: Timestamp,
    /// Whether only teammates see it.
    pub is_note: bool,
    /// The code of the app that made it through the API, if one did.
    pub app_package_code: Option<String>,
}

/// Who did something in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A customer: a user, a lead or a visitor.
    Contact(ContactId),
    /// A teammate, or we.
    Admin(AdminId),
    /// The operator or another bot of Intercom's.
    Bot,
    /// Intercom's own AI agent.
    Fin,
    /// A team, or somebody this version does not know.
    Other(String),
}

impl Client {
    /// Reads a conversation with its parts, their texts as plain text.
    pub async fn conversation(&self, conversation: &ConversationId) -> Result<Conversation, Error> {
        let path = ["conversations", conversation.as_str()];
        let query = [("display_as", "plaintext")];
        let wire: WireConversation = self.get(REQUEST, &path, &query).await?;
        let found = wire.conversation().map_err(|problem| Error::unreadable(REQUEST, problem))?;
        if found.id == *conversation {
            Ok(found)
        } else {
            Err(Error::unreadable(REQUEST, "another conversation"))
        }
    }
}

/// Looks for something we wrote, before it is written again: a part of `admin` with this text, not
/// older than `since` by Intercom's clock. The text may be as it was given to
/// [`Client::reply`] or [`Client::note`].
pub fn find_own<'a>(
    conversation: &'a Conversation,
    admin: &AdminId,
    text: &str,
    since: Timestamp,
) -> Option<&'a PartId> {
    let own = Author::Admin(admin.clone());
    let mut parts = conversation.parts.iter();
    let part = parts.find(|part| {
        part.author == own && part.created_at >= since && is_same(part.text.reveal(), text)
    });
    part.map(|part| &part.id)
}

#[cfg(test)]
mod tests;
