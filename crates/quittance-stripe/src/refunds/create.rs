//! Sending one refund, once.

use std::time::Duration;

use quittance_core::action;
use quittance_core::guard::Approved;
use reqwest::header::HeaderValue;

use super::answer::{Answer, read};
use super::{DECISION, Frozen};
use crate::client::{Client, Posted};

/// How long one attempt may take from the first byte to the last. What takes longer is unknown.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// The largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Sends an approved refund to Stripe, once, and says what is certain afterwards.
///
/// Nothing is sent unless the body is that of exactly this refund. Nothing is repeated here, and no
/// redirect is followed: whoever calls this has written the attempt down, and decides on another.
pub async fn create(
    client: &Client,
    approved: &Approved<action::Refund>,
    request: &Frozen<'_>,
) -> Answer {
    send(client, approved.get(), request, DEADLINE, LARGEST_ANSWER).await
}

/// What the answer is held against.
pub(super) struct Wanted<'a> {
    /// The approved refund.
    pub(super) refund: &'a action::Refund,
    /// The decision in the frozen body.
    pub(super) decision: String,
}

async fn send(
    client: &Client,
    refund: &action::Refund,
    request: &Frozen<'_>,
    deadline: Duration,
    largest: usize,
) -> Answer {
    let wanted = match wanted(refund, request.body) {
        Ok(wanted) => wanted,
        Err(what) => return Answer::NotApproved { what },
    };
    let Ok(key) = HeaderValue::from_str(request.key.as_str()) else {
        return Answer::NotApproved { what: "the idempotency key" };
    };
    let posted = Posted { path: &["v1", "refunds"], key, body: request.body, deadline, largest };
    match client.post(posted).await {
        Ok(answer) => read(&wanted, answer.status, &answer.headers, &answer.body),
        // A connection that never came about has carried nothing: no redirect is followed, so it is the
        // first and only one. Any other failure may have come after the request arrived.
        Err(broken) if broken.is_unsent() => Answer::NotSent { why: broken.chain() },
        Err(broken) => Answer::Unknown { why: broken.chain() },
    }
}

/// Checks that the frozen body asks for this refund and nothing else.
fn wanted<'a>(refund: &'a action::Refund, body: &[u8]) -> Result<Wanted<'a>, &'static str> {
    let (mut charge, mut amount, mut reason, mut decision) = (None, None, None, None);
    for (name, value) in form_urlencoded::parse(body) {
        let field = match &*name {
            "charge" => &mut charge,
            "amount" => &mut amount,
            "reason" => &mut reason,
            name => match name.strip_prefix("metadata[").and_then(|name| name.strip_suffix(']')) {
                Some(DECISION) => &mut decision,
                Some(_) => continue,
                None => return Err("a parameter that no refund has"),
            },
        };
        if field.replace(value.into_owned()).is_some() {
            return Err("a parameter given twice");
        }
    }
    if charge.as_deref() != Some(refund.charge.as_str()) {
        return Err("the charge");
    }
    if refund.amount.is_zero() || amount != Some(refund.amount.minor().to_string()) {
        return Err("the amount");
    }
    if reason.as_deref() != Some(super::stripe_reason(refund.reason)) {
        return Err("the reason");
    }
    match decision {
        Some(decision) if !decision.is_empty() => Ok(Wanted { refund, decision }),
        _ => Err("the decision"),
    }
}

#[cfg(test)]
mod tests;
