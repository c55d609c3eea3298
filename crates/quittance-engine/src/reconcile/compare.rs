//! One refund of Stripe's held against what the database says, and one of the database's against what
//! Stripe says. Reads nothing: everything is handed in.

use std::fmt;

use quittance_core::facts::Refund;
use quittance_core::ids::{CaseId, RefundId, WorkspaceId};
use quittance_core::record::Hash;
use quittance_store::intents::IntentState;
use quittance_store::reconcile::{Accepted, Kept};
use quittance_stripe::refunds::Marked;
use serde::Serialize;

/// Something that the log and Stripe say differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The refund at Stripe, or the decision where there is no refund.
    pub object: String,
    /// How it differs.
    pub kind: DifferenceKind,
    /// What is wrong, in words.
    pub says: String,
}

impl Difference {
    /// What a person would name to let it stand.
    pub fn name(&self) -> Accepted {
        Accepted { object: self.object.clone(), kind: self.kind.name().to_owned() }
    }
}

/// How the log and Stripe can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Stripe holds a refund of ours that the log does not know.
    Unknown,
    /// Stripe's refund names another log entry than the decision has.
    Entry,
    /// Stripe's refund is not the one that was decided: another charge, amount or id.
    Other,
    /// Stripe holds a refund that was never sent, or proved not to have been made.
    Unsent,
    /// Stripe holds two refunds of one decision.
    Double,
    /// Stripe does not hold a refund that it confirmed.
    Gone,
    /// The log says that the bank sent a refund back, and Stripe that it stands.
    Stands,
}

impl DifferenceKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::Entry,
        Self::Other,
        Self::Unsent,
        Self::Double,
        Self::Gone,
        Self::Stands,
    ];

    /// The name in the log and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Entry => "entry",
            Self::Other => "other",
            Self::Unsent => "unsent",
            Self::Double => "double",
            Self::Gone => "gone",
            Self::Stands => "stands",
        }
    }
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What one comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Both say the same.
    Same,
    /// The refund was decided in another workspace, by another installation on the same account.
    Elsewhere,
    /// Stripe knows more than the case: it should look at its refunds again.
    Wake(CaseId),
    /// They differ.
    Differs(Difference),
}

/// What the log holds where a refund says that its entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The number of the log's newest entry.
    pub(super) head: u64,
    /// The hash of the entry with the number that the refund names, if there is one.
    pub(super) hash: Option<Hash>,
}

/// Holds a refund of Stripe's that names a decision against the intent of that decision. `place` tells what
/// the log holds at the place that the refund names; it is asked only when there is no intent.
pub(super) fn listed(
    marked: &Marked,
    kept: Option<&Kept>,
    workspace: &WorkspaceId,
    place: Place,
) -> Found {
    if is_elsewhere(marked, workspace) {
        return Found::Elsewhere;
    }
    let Some(kept) = kept else {
        return differs(marked, DifferenceKind::Unknown, unknown(marked, place));
    };
    if let Some(says) = other_object(&marked.refund, kept) {
        return differs(marked, DifferenceKind::Other, says);
    }
    if let Some(says) = other_entry(marked, kept) {
        return differs(marked, DifferenceKind::Entry, says);
    }
    by_state(marked, kept)
}

/// Whether another installation made the refund: its case belongs to another workspace.
pub(crate) fn is_elsewhere(marked: &Marked, workspace: &WorkspaceId) -> bool {
    let of = marked.case.as_deref().and_then(|case| case.split_once(':')).map(|(of, _)| of);
    of.is_some_and(|of| !of.is_empty() && of != workspace.as_str())
}

/// A confirmed intent whose refund was not in Stripe's list, with what Stripe said when it was asked for by
/// its id.
pub(super) fn unlisted(kept: &Kept, asked: Option<&Marked>) -> Found {
    let refund = kept.refund.as_ref().map_or("its refund", RefundId::as_str);
    let object =
        kept.refund.as_ref().map_or_else(|| kept.decision.to_string(), ToString::to_string);
    let Some(asked) = asked else {
        let says = format!(
            "the log says that Stripe made {refund} ({} of {}, decision {}), and Stripe does not know it: another \
             account, or another mode of it?",
            kept.amount, kept.charge, kept.decision
        );
        return Found::Differs(Difference { object, kind: DifferenceKind::Gone, says });
    };
    if asked.refund.decision.as_deref() != Some(kept.decision.as_str()) {
        let says = format!(
            "{refund} does not name its decision {} any more: somebody has changed its metadata",
            kept.decision
        );
        return differs(asked, DifferenceKind::Other, says);
    }
    if let Some(says) = other_object(&asked.refund, kept) {
        return differs(asked, DifferenceKind::Other, says);
    }
    if let Some(says) = other_entry(asked, kept) {
        return differs(asked, DifferenceKind::Entry, says);
    }
    by_state(asked, kept)
}

/// Two refunds at Stripe name one decision.
pub(super) fn doubled(marked: &Marked) -> Found {
    let decision = marked.refund.decision.as_deref().unwrap_or_default();
    let says = format!(
        "{} ({}) is the second refund of decision {decision}: money may have left twice",
        marked.refund.id, marked.refund.amount
    );
    differs(marked, DifferenceKind::Double, says)
}

fn by_state(marked: &Marked, kept: &Kept) -> Found {
    let refund = &marked.refund;
    let may_stand = refund.status.may_stand();
    match kept.state {
        // Stripe knows more than we do.
        IntentState::Marked | IntentState::Unknown | IntentState::Parked => {
            Found::Wake(kept.case.clone())
        }
        IntentState::Confirmed if !may_stand => Found::Wake(kept.case.clone()),
        IntentState::Reversed if may_stand => {
            let says = format!(
                "the log says that the bank sent {} ({}) back, and Stripe that it stands",
                refund.id, refund.amount
            );
            differs(marked, DifferenceKind::Stands, says)
        }
        IntentState::Confirmed | IntentState::Reversed => Found::Same,
        IntentState::Intent => {
            let says = format!(
                "Stripe made {} ({}), which this database has never sent: it was restored from an older copy, or \
                 a copy of it is at work",
                refund.id, refund.amount
            );
            differs(marked, DifferenceKind::Unsent, says)
        }
        IntentState::Void | IntentState::Failed => {
            let says = format!(
                "Stripe holds {} ({}), of which the log says that it was not made ({})",
                refund.id, refund.amount, kept.state
            );
            differs(marked, DifferenceKind::Unsent, says)
        }
    }
}

fn unknown(marked: &Marked, place: Place) -> String {
    let refund = &marked.refund;
    let decision = refund.decision.as_deref().unwrap_or_default();
    let charge = refund.charge.as_ref().map_or("no charge", |charge| charge.as_str());
    let seq = marked.log_seq.as_deref().and_then(|seq| seq.parse::<u64>().ok());
    let why = match (seq, place.hash) {
        (Some(seq), _) if seq > place.head => format!(
            "its entry would be number {seq} of a log that ends at {}: the database was restored from an older copy",
            place.head
        ),
        (Some(seq), Some(hash)) if marked.log_hash.as_deref() != Some(&hash.to_string()) => {
            format!(
                "entry {seq} of the log is another one: the database was restored or copied, and both went on"
            )
        }
        (Some(seq), _) => format!("entry {seq} of the log is about something else"),
        (None, _) => "it names no entry of the log".to_owned(),
    };
    format!(
        "Stripe holds {} ({} of {charge}) for decision {decision}, which the log does not know; {why}",
        refund.id, refund.amount
    )
}

/// What is different about the object itself, if anything is.
fn other_object(refund: &Refund, kept: &Kept) -> Option<String> {
    let is_same_id = kept.refund.as_ref().is_none_or(|known| *known == refund.id);
    let charge = refund.charge.as_ref().map_or("no charge", |charge| charge.as_str());
    if !is_same_id {
        let known = kept.refund.as_ref().map_or("", RefundId::as_str);
        return Some(format!(
            "decision {} was carried out as {known}, and Stripe holds {} for it",
            kept.decision, refund.id
        ));
    }
    if refund.amount != kept.amount || charge != kept.charge.as_str() {
        return Some(format!(
            "{} is {} of {charge}, and decision {} was {} of {}",
            refund.id, refund.amount, kept.decision, kept.amount, kept.charge
        ));
    }
    None
}

/// What is different about the log entry that the refund names, if anything is.
fn other_entry(marked: &Marked, kept: &Kept) -> Option<String> {
    let is_same = marked.log_seq.as_deref() == Some(&kept.log_seq.to_string())
        && marked.log_hash.as_deref() == Some(&kept.log_hash.to_string());
    if is_same {
        return None;
    }
    let named = match (&marked.log_seq, &marked.log_hash) {
        (Some(seq), Some(hash)) => format!("entry {seq} with the hash {}", short(hash)),
        (Some(_) | None, _) => "no entry".to_owned(),
    };
    Some(format!(
        "{} names {named} of the log, and decision {} is entry {} with the hash {}: the database was restored or \
         copied, or somebody has changed the refund's metadata",
        marked.refund.id,
        kept.decision,
        kept.log_seq,
        short(&kept.log_hash.to_string())
    ))
}

/// The beginning of a hash, for people.
fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

fn differs(marked: &Marked, kind: DifferenceKind, says: String) -> Found {
    Found::Differs(Difference { object: marked.refund.id.to_string(), kind, says })
}

#[cfg(test)]
mod tests;
