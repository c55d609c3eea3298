//! From a reply to an effect: the text in the customer's language, and its log entry.

use std::collections::BTreeMap;

use jiff::Timestamp;
use quittance_core::ids::{CaseId, PartId, TeamId};
use quittance_core::record::{Draft, Hash, Kind};
use quittance_core::reply::{Reply, Templates};
use quittance_store::effects::{EffectKind, NewEffect};
use serde_json::json;

/// Writes a reply, with what is said `before` it: who is speaking, or that a card number was taken out. The log
/// keeps a hash, not the text.
pub(crate) fn reply(
    templates: &BTreeMap<String, Templates>,
    language: &str,
    case: &CaseId,
    at: Timestamp,
    reply: &Reply,
    before: &[Reply],
) -> Option<NewEffect> {
    let templates = templates.get(language)?;
    let all = before.iter().chain(std::iter::once(reply));
    let text = all.map(|reply| templates.write(reply)).collect::<Vec<_>>().join("\n\n");
    let mut body = json!({"reply": name(reply), "language": language, "text_sha256": Hash::of(text.as_bytes())});
    if let Some(body) = body.as_object_mut() {
        if let Reply::Refund(confirmed) = reply {
            body.insert("amount".to_owned(), json!(confirmed.amount()));
        }
        if before.contains(&Reply::CardRemoved) {
            body.insert("card_removed".to_owned(), json!(true));
        }
    }
    let entry = Draft { at, case: Some(case.clone()), kind: Kind::Reply, body };
    Some(NewEffect { kind: EffectKind::Reply, body: text, entry })
}

/// Stands for no team in an assignment: the conversation is only taken from ourselves.
pub(crate) const NOBODY: &str = "nobody";

/// The assignment of a conversation that is handed over, to the team if there is one.
pub(crate) fn assignment(team: Option<&TeamId>, case: &CaseId, at: Timestamp) -> NewEffect {
    let body = team.map_or_else(|| NOBODY.to_owned(), ToString::to_string);
    handling(EffectKind::Assign, case, at, body)
}

/// The blanking of a message in which a card number stood.
pub(crate) fn redaction(part: &PartId, case: &CaseId, at: Timestamp) -> NewEffect {
    handling(EffectKind::Redact, case, at, part.to_string())
}

/// A note, an assignment, a closing or a blanking.
pub(crate) fn handling(kind: EffectKind, case: &CaseId, at: Timestamp, body: String) -> NewEffect {
    let said = match kind {
        EffectKind::Assign => json!({"planned": kind.name(), "to": body}),
        EffectKind::Note => {
            json!({"planned": kind.name(), "text_sha256": Hash::of(body.as_bytes())})
        }
        EffectKind::Redact => json!({"planned": kind.name(), "part": body}),
        EffectKind::Reply | EffectKind::Close => json!({"planned": kind.name()}),
    };
    let entry = Draft { at, case: Some(case.clone()), kind: Kind::Handling, body: said };
    NewEffect { kind, body, entry }
}

fn name(reply: &Reply) -> &'static str {
    match reply {
        Reply::Introduction => "introduction",
        Reply::Refund(_) => "refund",
        Reply::Refused(_) => "refused",
        Reply::AlreadyRefunded => "already_refunded",
        Reply::HandedOver => "handed_over",
        Reply::AskedForPerson => "asked_for_person",
        Reply::NotVerified => "not_verified",
        Reply::HandedOverLater => "handed_over_later",
        Reply::Reminder => "reminder",
        Reply::InReview => "in_review",
        Reply::Declined => "declined",
        Reply::RefundFailed(_) => "refund_failed",
        Reply::Quoted(_) => "quoted",
        Reply::CardRemoved => "card_removed",
        Reply::Free(_) => "free",
    }
}
