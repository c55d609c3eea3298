//! Conversations as their customers see them.

use quittance_eval::stand_ins::StandIns;
use quittance_sandbox::intercom::{Message, Writer};

/// What the customer of a conversation was told, oldest first.
pub(crate) fn answers(stand_ins: &StandIns, conversation: &str) -> Vec<String> {
    let messages = stand_ins.intercom.messages(conversation).into_iter();
    let ours =
        messages.filter(|message: &Message| message.author == Writer::Agent && !message.is_note);
    ours.map(|message| message.text).collect()
}

/// The state of a conversation, such as `open` or `closed`.
pub(crate) fn state(stand_ins: &StandIns, conversation: &str) -> String {
    let conversation = stand_ins.intercom.conversation(conversation).unwrap();
    conversation["state"].as_str().unwrap().to_owned()
}

/// Whether a conversation was given to the team.
pub(crate) fn is_with_team(stand_ins: &StandIns, conversation: &str) -> bool {
    let conversation = stand_ins.intercom.conversation(conversation).unwrap();
    conversation["team_assignee_id"].as_u64().is_some_and(|team| team != 0)
}

/// Whether the agent is done with a conversation.
pub(crate) fn is_over(stand_ins: &StandIns, conversation: &str) -> bool {
    state(stand_ins, conversation) == "closed" || is_with_team(stand_ins, conversation)
}
