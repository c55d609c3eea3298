//! What Stripe's answer to `POST /v1/refunds` says for certain.
//!
//! The answer alone never says whether an *earlier* send of the same request arrived; whoever knows
//! how often it was sent draws that conclusion.

use quittance_core::facts::Refund;
use quittance_core::ids::RefundId;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::WireRefund;
use super::create::Wanted;
use crate::client::{IDEMPOTENT_REPLAYED, Told, retry_after, told};
use crate::wire::{id, oddity};

/// The answer to one attempt at a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The refund exists and is the one that was asked for. Its status may still be anything.
    Created {
        /// The refund.
        refund: Refund,
        /// Whether Stripe repeats what it answered to an earlier request with this key.
        is_replayed: bool,
    },
    /// Stripe says that it made a refund, but not the one that was asked for. Stop and look.
    Mismatch {
        /// The refund, if its id could be read.
        refund: Option<RefundId>,
        /// What differs: `charge`, `amount`, `currency`, `decision`.
        differs: Vec<&'static str>,
        /// As in [`Answer::Created`].
        is_replayed: bool,
    },
    /// Stripe looked at this request and did not do it. An earlier one may have been done.
    Refused {
        /// Why, in our words.
        kind: RefusedKind,
        /// Stripe's code, which an amount above the rest does not have.
        code: Option<String>,
        /// The parameter it is about.
        param: Option<String>,
        /// As in [`Answer::Created`].
        is_replayed: bool,
    },
    /// The key was used before with another body. Never try another key.
    KeyMisused,
    /// A request with this key is being executed at this moment.
    KeyInUse,
    /// Stripe did not look at this request: too many, or the charge is locked by another one.
    Throttled {
        /// How long Stripe asks to wait.
        retry_after_ms: Option<u64>,
    },
    /// Stripe did not look at this request: the key is not accepted (401) or may not refund (403).
    Unauthorized {
        /// 401 or 403.
        status: u16,
        /// The permission that is missing, such as `rak_charge_write`, where Stripe named it.
        permission: Option<String>,
    },
    /// Nobody knows whether the refund exists.
    Unknown {
        /// What was seen instead of an answer; nothing personal.
        why: String,
    },
    /// It is certain that no byte of this request left.
    NotSent {
        /// Why not; nothing personal.
        why: String,
    },
    /// The body is not that of the approved refund, so nothing was sent. A mistake of ours.
    NotApproved {
        /// What does not fit.
        what: &'static str,
    },
}

/// Why Stripe refused, as far as it can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedKind {
    /// Nothing is left of the charge (`charge_already_refunded`).
    AlreadyRefunded,
    /// More than what is left.
    TooMuch,
    /// The customer's bank took the money back (`charge_disputed`, `refund_disputed_payment`).
    Disputed,
    /// This charge or its way to pay cannot be refunded (`charge_not_refundable`).
    NotRefundable,
    /// There is no such charge for this key and mode.
    Missing,
    /// Anything else, most likely a mistake of ours.
    Other,
}

/// Reads a complete answer.
pub(super) fn read(
    wanted: &Wanted<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer {
    let is_replayed =
        headers.get(IDEMPOTENT_REPLAYED).is_some_and(|value| value.as_bytes() == b"true");
    if status == StatusCode::OK {
        return made(wanted, is_replayed, body);
    }
    let unknown = |why: &str| Answer::Unknown { why: format!("status {} {why}", status.as_u16()) };
    if !matches!(status.as_u16(), 400..=404 | 409 | 429) {
        return unknown("says nothing about the refund");
    }
    // Something in between can answer with a status of its own. Only Stripe's own words count.
    let Some(told) = told(body) else {
        return unknown("without a readable error of Stripe");
    };
    match status.as_u16() {
        401 | 403 => {
            Answer::Unauthorized { status: status.as_u16(), permission: told.permission() }
        }
        409 if told.code.as_deref() == Some("idempotency_key_in_use") => Answer::KeyInUse,
        409 => unknown("is another conflict"),
        429 => Answer::Throttled {
            retry_after_ms: retry_after(headers)
                .and_then(|pause| u64::try_from(pause.as_millis()).ok()),
        },
        _ if told.kind.as_deref() == Some("idempotency_error") => Answer::KeyMisused,
        code => {
            let kind = refused_kind(code, &told);
            Answer::Refused { kind, code: told.code, param: told.param, is_replayed }
        }
    }
}

fn refused_kind(status: u16, told: &Told) -> RefusedKind {
    match told.code.as_deref() {
        Some("charge_already_refunded") => RefusedKind::AlreadyRefunded,
        Some("charge_disputed" | "refund_disputed_payment") => RefusedKind::Disputed,
        Some("charge_not_refundable") => RefusedKind::NotRefundable,
        Some("amount_too_large") => RefusedKind::TooMuch,
        Some("resource_missing") => RefusedKind::Missing,
        // Stripe gives no code when the amount is more than what is left of the charge.
        None if told.param.as_deref() == Some("amount") => RefusedKind::TooMuch,
        None if status == 404 => RefusedKind::Missing,
        _ => RefusedKind::Other,
    }
}

/// The parts of a created refund that must be what was asked for.
#[derive(Deserialize)]
struct Made {
    id: String,
    object: String,
}

fn made(wanted: &Wanted<'_>, is_replayed: bool, body: &[u8]) -> Answer {
    let unknown = |why: String| Answer::Unknown { why: format!("status 200 with a body {why}") };
    let read = |error: &serde_json::Error| unknown(oddity(error));
    let named: Made = match serde_json::from_slice(body) {
        Ok(named) => named,
        Err(error) => return read(&error),
    };
    if named.object != "refund" {
        return unknown("that is no refund".to_owned());
    }
    let wire: WireRefund = match serde_json::from_slice(body) {
        Ok(wire) => wire,
        Err(error) => return read(&error),
    };
    let differs = differences(wanted, &wire);
    if !differs.is_empty() {
        return Answer::Mismatch { refund: id(&named.id).ok(), differs, is_replayed };
    }
    match wire.refund() {
        Ok(refund) => Answer::Created { refund, is_replayed },
        Err(problem) => unknown(format!("that cannot be: {problem}")),
    }
}

fn differences(wanted: &Wanted<'_>, made: &WireRefund) -> Vec<&'static str> {
    let refund = wanted.refund;
    let charge = made.charge.as_ref().map(crate::wire::Expandable::id);
    let currency = refund.amount.currency().code();
    [
        ("charge", charge != Some(refund.charge.as_str())),
        ("amount", made.amount != refund.amount.minor()),
        ("currency", !made.currency.eq_ignore_ascii_case(currency)),
        ("decision", made.decision() != Some(&wanted.decision)),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}
