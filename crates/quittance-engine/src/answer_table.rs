//! What Stripe's answer to one send of a refund means: one table, asked by everybody.
//!
//! The rule behind it: an answer that was made without looking at an earlier request cannot close that
//! one. So every row reads differently on a first send, when no earlier one can exist, and on a repeat.

use quittance_core::facts::Refund;
use quittance_core::mutant::Mutant;
use quittance_stripe::refunds::{Answer, RefusedKind};

/// Which send of a refund it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// No earlier one under its key can exist.
    First,
    /// An earlier one may have been carried out.
    Repeat,
}

/// What an answer proves about the refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Stripe has it.
    Made(Refund),
    /// It was certainly not made.
    NotMade(String),
    /// Nobody knows: it is looked for, and sent again under the same key.
    Unknown {
        /// What was seen instead of an answer.
        why: String,
        /// How long Stripe asks to wait.
        wait_ms: Option<u64>,
    },
    /// Nobody knows, and sending it again would not help: a person looks.
    Person(String),
}

/// An answer, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// What it proves.
    pub(crate) meaning: Meaning,
    /// Why no money may move until a person has looked, if that is so.
    pub(crate) alarm: Option<String>,
}

/// Reads an answer.
pub(crate) fn read(answer: Answer, send: Attempt) -> Reading {
    if let Some(why) = planted(&answer, send) {
        return calm(Meaning::NotMade(why));
    }
    match (answer, send) {
        (Answer::Created { is_replayed: true, .. }, Attempt::First) => {
            unknown("the key was used by somebody else").alarmed(USED)
        }
        (Answer::Created { refund, .. }, _) => calm(Meaning::Made(refund)),
        (Answer::Mismatch { refund, differs, .. }, _) => {
            let which = refund.map_or_else(String::new, |refund| format!(" ({refund})"));
            let why = "Stripe answered for another request under the same key";
            let alarm = format!("{why}{which}: it differs in {}", differs.join(", "));
            calm(Meaning::Person(why.to_owned())).alarmed(&alarm)
        }
        (Answer::KeyMisused, _) => {
            let why = "Stripe knows the key of this refund with another request";
            calm(Meaning::Person(why.to_owned())).alarmed(why)
        }
        (Answer::Refused { is_replayed: true, .. }, Attempt::First) => {
            unknown("somebody else was refused under the key").alarmed(USED)
        }
        (Answer::Refused { kind, code, .. }, Attempt::First) => {
            calm(Meaning::NotMade(refused(kind, code.as_deref())))
        }
        (Answer::Refused { kind, code, .. }, Attempt::Repeat) => {
            unknown(&format!("on a repeat {}", refused(kind, code.as_deref())))
        }
        (Answer::Unauthorized { status, permission }, send) => {
            let key = rejected(status, permission.as_deref());
            let why = "the Stripe key may not refund";
            let meaning = match send {
                Attempt::First => calm(Meaning::NotMade(why.to_owned())),
                Attempt::Repeat => unknown(why),
            };
            meaning.alarmed(&key)
        }
        (Answer::NotApproved { what }, send) => {
            let why = format!("the request does not fit what was allowed: {what}");
            let meaning = match send {
                Attempt::First => calm(Meaning::NotMade(why.clone())),
                Attempt::Repeat => unknown(&why),
            };
            meaning.alarmed(&why)
        }
        (Answer::KeyInUse, _) => unknown("a request under the key is being carried out"),
        (Answer::Throttled { retry_after_ms }, _) => {
            let why = "Stripe was busy".to_owned();
            calm(Meaning::Unknown { why, wait_ms: retry_after_ms })
        }
        (Answer::NotSent { why }, _) => unknown(&format!("it was not sent: {why}")),
        (Answer::Unknown { why }, _) => unknown(&why),
    }
}

/// What a planted mistake takes for proof that nothing was done.
fn planted(answer: &Answer, send: Attempt) -> Option<String> {
    let is_mistaken = match answer {
        Answer::Throttled { .. } => Mutant::ThrottledIsFinal.is_planted(),
        Answer::KeyInUse => {
            Mutant::ThrottledIsFinal.is_planted()
                || (Mutant::ConflictIsFinal.is_planted() && send == Attempt::First)
        }
        Answer::Unknown { why } if why.starts_with("status 5") => Mutant::ErrorIsFinal.is_planted(),
        Answer::Unknown { .. } => Mutant::TimeoutIsFinal.is_planted(),
        Answer::Created { .. }
        | Answer::Mismatch { .. }
        | Answer::Refused { .. }
        | Answer::KeyMisused
        | Answer::Unauthorized { .. }
        | Answer::NotSent { .. }
        | Answer::NotApproved { .. } => false,
    };
    is_mistaken.then(|| "a planted mistake".to_owned())
}

const USED: &str = "somebody else has used the key of a refund that was sent for the first time: is there a copy of \
                    the database, or a backup that was restored?";

fn calm(meaning: Meaning) -> Reading {
    Reading { meaning, alarm: None }
}

fn unknown(why: &str) -> Reading {
    calm(Meaning::Unknown { why: why.to_owned(), wait_ms: None })
}

impl Reading {
    fn alarmed(self, why: &str) -> Self {
        Self { alarm: Some(why.to_owned()), ..self }
    }
}

fn rejected(status: u16, permission: Option<&str>) -> String {
    let lacks = permission.map_or_else(String::new, |slug| format!(", it lacks `{slug}`"));
    format!(
        "the Stripe key is not accepted or may not refund (status {status}{lacks}): check `stripe.key`"
    )
}

fn refused(kind: RefusedKind, code: Option<&str>) -> String {
    let words = match kind {
        RefusedKind::AlreadyRefunded => "Stripe says that nothing is left to refund",
        RefusedKind::TooMuch => "Stripe says that less is left than was to be refunded",
        RefusedKind::Disputed => "Stripe says that the payment is disputed",
        RefusedKind::NotRefundable => "Stripe says that this payment cannot be refunded",
        RefusedKind::Missing => "Stripe does not know the payment",
        RefusedKind::Other => "Stripe refused the request",
    };
    code.map_or_else(|| words.to_owned(), |code| format!("{words} ({code})"))
}

#[cfg(test)]
mod tests;
