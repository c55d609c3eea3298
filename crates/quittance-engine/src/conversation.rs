//! What the conversation says, and whose turn it is.

use jiff::Timestamp;
use quittance_core::case::State;
use quittance_core::ids::{AdminId, PartId};
use quittance_core::personal::Personal;
use quittance_core::wish::{self, Wish};
use quittance_intercom::conversations::{Author, Conversation, Part};

/// How many of the newest messages the model reads.
const MOST_MESSAGES: usize = 40;

/// How much of one message the model reads, in characters.
const LONGEST_MESSAGE: usize = 4_000;

/// What is to be done about a conversation.
#[derive(Debug)]
pub(crate) enum Reading {
    /// Nothing new was said.
    Quiet,
    /// A person has it.
    WithPerson,
    /// Intercom's own agent is answering.
    WithFin,
    /// The customer said something that nobody has answered.
    Heard(Heard),
}

/// The messages to answer.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The newest part that this answer deals with.
    pub(crate) newest: PartId,
    /// What the customer said since the last answer.
    pub(crate) new: Vec<Personal>,
    /// Whether a card number was taken out of it.
    pub(crate) has_card: bool,
    /// The messages of the customer in which a card number stands, or a part of one: none, if it is not in what is
    /// new.
    pub(crate) cards: Vec<PartId>,
    /// The conversation so far, the new messages last.
    pub(crate) history: Vec<Line>,
    /// When the conversation had last changed, by Intercom's clock.
    pub(crate) changed_at: Timestamp,
}

impl Heard {
    /// What the new messages want to hear about people and machines.
    pub(crate) fn wish(&self) -> Option<Wish> {
        wish::of(self.new.iter().map(Personal::reveal))
    }
}

/// One message.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) is_customer: bool,
    pub(crate) text: Personal,
}

/// Reads a conversation from behind `handled`, the part that was dealt with last, in a case that stands
/// at `state`.
pub(crate) fn read(
    conversation: &Conversation,
    handled: Option<&PartId>,
    state: State,
    own_admin: &AdminId,
) -> Reading {
    let since: Vec<&Part> = after(conversation, handled).collect();
    // A conversation that was handed over stays with people until one of them closes it. Our own closing
    // came before: a refund that the bank sends back opens the conversation again.
    let ours = Author::Admin(own_admin.clone());
    let was_closed = since.iter().any(|part| part.kind == "close" && part.author != ours);
    let is_handed_over = state == State::AwaitingPerson && handled.is_some() && !was_closed;
    if is_handed_over || is_with_person(conversation, own_admin) {
        return Reading::WithPerson;
    }
    // What a teammate closed is dealt with, whether or not we ever had a word in it.
    let dealt_with = since.iter().rposition(|part| is_closed_by_teammate(part, own_admin));
    let since = since.into_iter().skip(dealt_with.map_or(0, |at| at.saturating_add(1)));
    let new: Vec<&Part> = since.filter(|part| is_from_customer(part)).collect();
    let Some(newest) = new.last() else { return Reading::Quiet };
    if is_with_fin(conversation) {
        return Reading::WithFin;
    }
    let has_card = new.iter().any(|part| part.has_card);
    let with_card =
        conversation.parts.iter().filter(|part| part.has_card && is_from_customer(part));
    Reading::Heard(Heard {
        newest: newest.id.clone(),
        has_card,
        cards: with_card.filter(|_| has_card).map(|part| part.id.clone()).collect(),
        new: new.iter().map(|part| part.text.clone()).collect(),
        history: history(&conversation.parts, &new),
        changed_at: conversation.updated_at,
    })
}

/// Whether the customer said something behind `handled`, the part that was dealt with last.
pub(crate) fn has_new(conversation: &Conversation, handled: Option<&PartId>) -> bool {
    after(conversation, handled).any(is_from_customer)
}

/// Whether a teammate has the conversation: it is assigned to one, or one has written or put it off since it was
/// last closed. Assigning it to a team hands it to people as well, unless it was never ours.
pub(crate) fn is_with_person(conversation: &Conversation, own_admin: &AdminId) -> bool {
    let is_assigned = conversation.admin_assignee.as_ref().is_some_and(|admin| admin != own_admin);
    // Who puts a conversation off comes back to it.
    let acts = |part: &&Part| part.kind == SNOOZED || (!part.is_note && !part.text.is_blank());
    let has_acted = since_close(conversation).filter(acts).any(|part| match &part.author {
        Author::Admin(admin) => admin != own_admin,
        Author::Contact(_) | Author::Bot | Author::Fin | Author::Other(_) => false,
    });
    is_assigned || has_acted
}

/// The kind of the part that puts a conversation off.
const SNOOZED: &str = "snoozed";

/// What happened since the conversation was last closed: what was before is another matter.
fn since_close(conversation: &Conversation) -> impl Iterator<Item = &Part> {
    let last = conversation.parts.iter().rposition(|part| part.kind == "close");
    conversation.parts.iter().skip(last.map_or(0, |at| at.saturating_add(1)))
}

/// Whether Intercom's own agent answers in this conversation, and has not given it to people.
fn is_with_fin(conversation: &Conversation) -> bool {
    let has_answered = since_close(conversation).any(|part| part.author == Author::Fin);
    conversation.is_with_fin && has_answered
}

/// The parts behind the one that was handled. If that one is gone, all are new, but for the first message:
/// Intercom shows it always and leaves out what came next, so what was handled came after it.
fn after<'a>(
    conversation: &'a Conversation,
    handled: Option<&PartId>,
) -> impl Iterator<Item = &'a Part> {
    let parts = &conversation.parts;
    let at = handled.and_then(|handled| parts.iter().position(|part| part.id == *handled));
    let old = usize::from(handled.is_some() && conversation.is_cut);
    parts.iter().skip(at.map_or(old, |at| at.saturating_add(1)))
}

fn is_from_customer(part: &Part) -> bool {
    matches!(part.author, Author::Contact(_)) && !part.text.is_blank() && !part.is_note
}

fn is_closed_by_teammate(part: &Part, own_admin: &AdminId) -> bool {
    let is_teammate = matches!(&part.author, Author::Admin(admin) if admin != own_admin);
    part.kind == "close" && is_teammate
}

/// What was said in this matter, oldest first: since the conversation was closed before the first new message. What
/// is new comes last, even if an answer of ours to something earlier crossed it.
fn history(parts: &[Part], new: &[&Part]) -> Vec<Line> {
    let is_new = |part: &&Part| new.iter().any(|new| new.id == part.id);
    let first = parts.iter().position(|part| is_new(&part)).unwrap_or(parts.len());
    let close = parts.iter().take(first).rposition(|part| part.kind == "close");
    let matter = parts.iter().skip(close.map_or(0, |at| at.saturating_add(1)));
    let spoken = matter.filter(|part| !part.is_note && !part.text.is_blank());
    let lines: Vec<Line> = spoken
        .filter(|part| !is_new(part))
        .chain(new.iter().copied())
        .map(|part| Line {
            is_customer: matches!(part.author, Author::Contact(_)),
            text: Personal::new(
                part.text.reveal().chars().take(LONGEST_MESSAGE).collect::<String>(),
            ),
        })
        .collect();
    let skipped = lines.len().saturating_sub(MOST_MESSAGES);
    lines.into_iter().skip(skipped).collect()
}

#[cfg(test)]
mod tests;
