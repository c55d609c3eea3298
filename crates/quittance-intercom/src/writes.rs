//! What is done in a conversation: replies, notes, assignments, closing, tags. Each is sent once.
//!
//! An [`Error`] for which [`Error::may_have_happened`] holds leaves it open whether it was done:
//! read the conversation before doing it again.

use quittance_core::ids::{AdminId, ConversationId, PartId, TeamId};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::client::Client;
use crate::conversations::{Part, WireParts};
use crate::error::Error;
use crate::text::paragraphs;
use crate::wire::WireId;

impl Client {
    /// Answers the customer, in the name of `admin`. `text` is plain text; what it holds can never
    /// become markup. Gives the id of the new part.
    /// <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/replyconversation>
    pub async fn reply(
        &self,
        conversation: &ConversationId,
        admin: &AdminId,
        text: &str,
    ) -> Result<PartId, Error> {
        self.say("reply", "comment", conversation, admin, text).await
    }

    /// Leaves a note that only teammates see. As [`Client::reply`] otherwise.
    pub async fn note(
        &self,
        conversation: &ConversationId,
        admin: &AdminId,
        text: &str,
    ) -> Result<PartId, Error> {
        self.say("leave a note", "note", conversation, admin, text).await
    }

    /// Closes a conversation. Closing a closed one changes nothing.
    /// <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/manageconversation>
    pub async fn close(&self, conversation: &ConversationId, admin: &AdminId) -> Result<(), Error> {
        let body = json!({"message_type": "close", "type": "admin", "admin_id": admin.as_str()});
        self.manage("close a conversation", conversation, &body).await
    }

    /// Assigns a conversation to a team. It stays with a teammate it is assigned to as well:
    /// [`Client::unassign`] first to take it from ours.
    pub async fn assign_team(
        &self,
        conversation: &ConversationId,
        admin: &AdminId,
        team: &TeamId,
    ) -> Result<(), Error> {
        self.assign(conversation, admin, "team", team.as_str()).await
    }

    /// Assigns a conversation to a teammate.
    pub async fn assign_admin(
        &self,
        conversation: &ConversationId,
        admin: &AdminId,
        assignee: &AdminId,
    ) -> Result<(), Error> {
        self.assign(conversation, admin, "admin", assignee.as_str()).await
    }

    /// Takes a conversation from whichever teammate it is assigned to.
    pub async fn unassign(
        &self,
        conversation: &ConversationId,
        admin: &AdminId,
    ) -> Result<(), Error> {
        self.assign(conversation, admin, "admin", "0").await
    }

    /// Tags a conversation. A tag that does not exist is made; tagging twice changes nothing.
    /// <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/tags>
    pub async fn tag(
        &self,
        conversation: &ConversationId,
        admin: &AdminId,
        name: &str,
    ) -> Result<(), Error> {
        const REQUEST: &str = "tag a conversation";
        let tag: WireTag = self.post(REQUEST, &["tags"], &json!({"name": name})).await?;
        let path = ["conversations", conversation.as_str(), "tags"];
        let body = json!({"id": tag.id(), "admin_id": admin.as_str()});
        self.post::<IgnoredAny>(REQUEST, &path, &body).await.map(|IgnoredAny| ())
    }

    /// Blanks what a part says, for good and for everybody. Blanking it twice changes nothing.
    /// <https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/redactconversation>
    pub async fn redact(&self, conversation: &ConversationId, part: &Part) -> Result<(), Error> {
        let (conversation, id) = (conversation.as_str(), part.id.as_str());
        // The first message is no part to Intercom.
        let body = if part.kind == "source" {
            json!({"type": "source", "conversation_id": conversation, "source_id": id})
        } else {
            json!({
                "type": "conversation_part",
                "conversation_id": conversation,
                "conversation_part_id": id,
            })
        };
        let path = ["conversations", "redact"];
        self.post::<IgnoredAny>("redact a part", &path, &body).await.map(|IgnoredAny| ())
    }

    async fn say(
        &self,
        request: &'static str,
        message_type: &str,
        conversation: &ConversationId,
        admin: &AdminId,
        text: &str,
    ) -> Result<PartId, Error> {
        let path = ["conversations", conversation.as_str(), "reply"];
        let body = json!({
            "message_type": message_type,
            "type": "admin",
            "admin_id": admin.as_str(),
            "body": paragraphs(text),
        });
        let answer: WireAnswer = self.post(request, &path, &body).await?;
        // The answer is the conversation with only the new part in it.
        let new = answer.conversation_parts.and_then(|mut parts| parts.conversation_parts.pop());
        let new = new.ok_or_else(|| Error::unreadable(request, "no new part"))?;
        new.id.read().map_err(|problem| Error::unreadable(request, problem))
    }

    async fn assign(
        &self,
        conversation: &ConversationId,
        admin: &AdminId,
        kind: &str,
        assignee: &str,
    ) -> Result<(), Error> {
        let body = json!({
            "message_type": "assignment",
            "type": kind,
            "admin_id": admin.as_str(),
            "assignee_id": assignee,
        });
        self.manage("assign a conversation", conversation, &body).await
    }

    async fn manage(
        &self,
        request: &'static str,
        conversation: &ConversationId,
        body: &Value,
    ) -> Result<(), Error> {
        let path = ["conversations", conversation.as_str(), "parts"];
        self.post::<IgnoredAny>(request, &path, body).await.map(|IgnoredAny| ())
    }
}

#[derive(Deserialize)]
struct WireAnswer {
    conversation_parts: Option<WireParts>,
}

#[derive(Deserialize)]
struct WireTag {
    id: WireId,
}

impl WireTag {
    fn id(&self) -> String {
        match &self.id {
            WireId::Text(text) => text.clone(),
            WireId::Number(number) => number.to_string(),
        }
    }
}
