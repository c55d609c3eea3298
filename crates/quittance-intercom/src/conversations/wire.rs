//! Conversations as Intercom writes them.

use quittance_core::cards;
use quittance_core::ids::ContactId;
use quittance_core::personal::Personal;
use serde::Deserialize;

use super::files::{self, WireFile};
use super::{Author, Conversation, Part, Participant, Source, State};
use crate::text::plain;
use crate::wire::{WireId, instant};

#[derive(Deserialize)]
pub(crate) struct WireConversation {
    pub(crate) id: WireId,
    state: Option<String>,
    #[serde(default)]
    created_at: i64,
    #[serde(default)]
    updated_at: i64,
    admin_assignee_id: Option<WireId>,
    team_assignee_id: Option<WireId>,
    source: Option<WireSource>,
    contacts: Option<WireContacts>,
    #[serde(default)]
    ai_agent_participated: bool,
    ai_agent: Option<WireFin>,
    pub(crate) conversation_parts: Option<WireParts>,
}

#[derive(Deserialize)]
struct WireFin {
    resolution_state: Option<String>,
}

/// The states in which Fin has given a conversation to people: `routed_to_team` is what `escalated` was called
/// before version 2.15.
const ESCALATED: [&str; 4] =
    ["escalated", "negative_feedback", "procedure_handoff", "routed_to_team"];

#[derive(Deserialize)]
pub(crate) struct WireContacts {
    #[serde(default)]
    pub(crate) contacts: Vec<WireParticipant>,
}

#[derive(Deserialize)]
pub(crate) struct WireParticipant {
    pub(crate) id: WireId,
    external_id: Option<String>,
}

#[derive(Deserialize)]
struct WireSource {
    id: Option<WireId>,
    #[serde(rename = "type")]
    kind: Option<String>,
    delivered_as: Option<String>,
    body: Option<String>,
    author: Option<WireAuthor>,
    attachments: Option<Vec<WireFile>>,
    #[serde(default)]
    redacted: Option<bool>,
}

#[derive(Deserialize)]
pub(crate) struct WireParts {
    #[serde(default)]
    pub(crate) conversation_parts: Vec<WirePart>,
    total_count: Option<usize>,
}

#[derive(Deserialize)]
pub(crate) struct WirePart {
    pub(crate) id: WireId,
    #[serde(default)]
    part_type: String,
    body: Option<String>,
    #[serde(default)]
    created_at: i64,
    pub(crate) author: Option<WireAuthor>,
    app_package_code: Option<String>,
    attachments: Option<Vec<WireFile>>,
    #[serde(default)]
    redacted: Option<bool>,
}

#[derive(Deserialize)]
pub(crate) struct WireAuthor {
    id: Option<WireId>,
    #[serde(rename = "type")]
    kind: Option<String>,
    from_ai_agent: Option<bool>,
    is_ai_answer: Option<bool>,
}

impl WireConversation {
    /// Whether Fin took part and has not given up.
    fn is_with_fin(&self) -> bool {
        let state = self.ai_agent.as_ref().and_then(|fin| fin.resolution_state.as_deref());
        self.ai_agent_participated && !state.is_some_and(|state| ESCALATED.contains(&state))
    }

    pub(crate) fn conversation(self) -> Result<Conversation, String> {
        let is_with_fin = self.is_with_fin();
        let source = self.source.ok_or("no source")?;
        let given = self
            .conversation_parts
            .unwrap_or(WireParts { conversation_parts: Vec::new(), total_count: None });
        let is_cut = given.total_count.is_some_and(|total| total > given.conversation_parts.len());
        let mut parts = vec![source.part(self.created_at)?];
        for part in given.conversation_parts {
            parts.push(part.part()?);
        }
        mask(&mut parts);
        let contacts = self.contacts.into_iter().flat_map(|contacts| contacts.contacts);
        Ok(Conversation {
            id: self.id.read()?,
            state: state(self.state),
            source: source.source()?,
            contacts: contacts.map(WireParticipant::participant).collect::<Result<_, _>>()?,
            admin_assignee: WireId::read_some(self.admin_assignee_id.as_ref())?,
            team_assignee: WireId::read_some(self.team_assignee_id.as_ref())?,
            is_with_fin,
            parts,
            is_cut,
            updated_at: instant(self.updated_at)?,
        })
    }
}

impl WireParticipant {
    fn participant(self) -> Result<Participant, String> {
        let external_id = self.external_id.filter(|id| !id.is_empty()).map(Personal::new);
        Ok(Participant { id: self.id.read::<ContactId>()?, external_id })
    }
}

impl WireSource {
    /// The first message, which Intercom keeps apart from the parts.
    fn part(&self, created_at: i64) -> Result<Part, String> {
        let unnamed = WireId::Text("source".to_owned());
        Ok(Part {
            id: self.id.as_ref().unwrap_or(&unnamed).read()?,
            kind: "source".to_owned(),
            author: author(self.author.as_ref())?,
            text: self.text(),
            has_card: false,
            created_at: instant(created_at)?,
            is_note: false,
            app_package_code: None,
        })
    }

    fn text(&self) -> Personal {
        text(self.body.as_deref(), self.attachments.as_deref(), self.redacted)
    }

    fn source(self) -> Result<Source, String> {
        Ok(Source {
            kind: self.kind.unwrap_or_else(|| "unknown".to_owned()),
            delivered_as: self.delivered_as,
            author: author(self.author.as_ref())?,
        })
    }
}

impl WirePart {
    fn text(&self) -> Personal {
        text(self.body.as_deref(), self.attachments.as_deref(), self.redacted)
    }

    fn part(self) -> Result<Part, String> {
        Ok(Part {
            id: self.id.read()?,
            author: author(self.author.as_ref())?,
            text: self.text(),
            has_card: false,
            created_at: instant(self.created_at)?,
            // `note` and `note_and_reopen`.
            is_note: self.part_type.starts_with("note"),
            kind: self.part_type,
            app_package_code: self.app_package_code,
        })
    }
}

/// What was said, and the names of files. Of what was redacted nothing is left to answer.
fn text(body: Option<&str>, files: Option<&[WireFile]>, is_redacted: Option<bool>) -> Personal {
    if is_redacted == Some(true) {
        return Personal::default();
    }
    let words = plain(body.unwrap_or_default());
    let lines = std::iter::once(words).filter(|words| !words.trim().is_empty());
    let lines: Vec<String> = lines.chain(files::lines(files.unwrap_or_default())).collect();
    Personal::new(lines.join("\n"))
}

/// Takes card numbers out of what was said. Nobody sees the texts before. What a customer says may be one number
/// over several messages.
fn mask(parts: &mut [Part]) {
    let is_theirs = |part: &Part| matches!(part.author, Author::Contact(_)) && !part.is_note;
    let (theirs, others): (Vec<&mut Part>, Vec<&mut Part>) =
        parts.iter_mut().partition(|part| is_theirs(part));
    mask_together(theirs);
    for part in others {
        mask_together(vec![part]);
    }
}

fn mask_together(parts: Vec<&mut Part>) {
    let texts: Vec<&str> = parts.iter().map(|part| part.text.reveal()).collect();
    let masked = cards::mask(&texts);
    let masked = masked.texts.into_iter().zip(masked.has_card);
    for (part, (text, has_card)) in parts.into_iter().zip(masked) {
        (part.text, part.has_card) = (Personal::new(text), has_card);
    }
}

fn state(state: Option<String>) -> State {
    match state.as_deref() {
        Some("open") => State::Open,
        Some("closed") => State::Closed,
        Some("snoozed") => State::Snoozed,
        _ => State::Other(state.unwrap_or_default()),
    }
}

pub(crate) fn author(author: Option<&WireAuthor>) -> Result<Author, String> {
    let kind = author.and_then(|author| author.kind.as_deref()).unwrap_or("unknown");
    let id = author.and_then(|author| author.id.as_ref());
    Ok(match (kind, id) {
        ("user" | "lead" | "contact" | "visitor", Some(id)) => Author::Contact(id.read()?),
        ("admin", Some(id)) => Author::Admin(id.read()?),
        ("bot", _) if author.is_some_and(WireAuthor::is_fin) => Author::Fin,
        ("bot", _) => Author::Bot,
        (other, _) => Author::Other(other.to_owned()),
    })
}

impl WireAuthor {
    /// Whether an AI agent wrote it, and no rule of a workflow's.
    fn is_fin(&self) -> bool {
        self.from_ai_agent == Some(true) || self.is_ai_answer == Some(true)
    }

    pub(crate) fn author(&self) -> Result<Author, String> {
        author(Some(self))
    }
}
