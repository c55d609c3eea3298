//! Webhooks: is it Stripe, and what is it about. <https://docs.stripe.com/webhooks>
//!
//! An event is a hint. Nothing is decided on its contents; what it names is read again.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use quittance_core::ids::{
    ChargeId, CustomerId, EventId, IdempotencyKey, PaymentIntentId, RefundId,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::error::Error;
use crate::wire::{Expandable, id, instant, oddity, reference};

/// How far Stripe's clock and ours may be apart, in seconds, before a signature counts as old.
const TOLERANCE_SECONDS: i64 = 300;
/// The longest header that is looked at, in bytes.
const LONGEST_HEADER: usize = 4_096;
/// Signatures in one header that are looked at. Two are usual while a secret is being replaced.
const MOST_SIGNATURES: usize = 16;
/// What reading an event is called in an error.
const REQUEST: &str = "read an event";

/// Why a webhook is not taken for Stripe's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No secret is configured that could have signed it.
    #[error("no signing secret is set")]
    NoSecret,
    /// The header is not of the form `t=…,v1=…`.
    #[error("the Stripe-Signature header cannot be read")]
    Malformed,
    /// It was signed too long ago, or in the future.
    #[error("the signature is not from the last {TOLERANCE_SECONDS} seconds")]
    NotNow,
    /// No signature fits any secret.
    #[error("the signature does not fit")]
    Mismatch,
}

/// Checks the `Stripe-Signature` header over the bytes as they came. Any `v1` signature may fit any
/// secret, so that a secret can be replaced without a gap; other schemes count for nothing.
pub fn verify(
    raw: &[u8],
    header: &str,
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let (time, signatures) = parse(header)?;
    let mut fits = Choice::from(0);
    let mut has_secret = false;
    for secret in secrets.iter().map(ExposeSecret::expose_secret) {
        if secret.trim().is_empty() {
            continue;
        }
        has_secret = true;
        // The whole text is the key, with its `whsec_`. Any length is a key, so this cannot fail.
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .map_err(|_| SignatureError::NoSecret)?;
        mac.update(time.as_bytes());
        mac.update(b".");
        mac.update(raw);
        let expected = mac.finalize().into_bytes();
        for signature in &signatures {
            fits |= expected.as_slice().ct_eq(signature);
        }
    }
    if !has_secret {
        return Err(SignatureError::NoSecret);
    }
    if !bool::from(fits) {
        return Err(SignatureError::Mismatch);
    }
    let second: i64 = time.parse().map_err(|_| SignatureError::Malformed)?;
    let apart = now.as_second().checked_sub(second).ok_or(SignatureError::NotNow)?;
    if apart.checked_abs().is_some_and(|apart| apart <= TOLERANCE_SECONDS) {
        Ok(())
    } else {
        Err(SignatureError::NotNow)
    }
}

/// The time and the signatures of a header.
fn parse(header: &str) -> Result<(&str, Vec<Vec<u8>>), SignatureError> {
    if header.len() > LONGEST_HEADER {
        return Err(SignatureError::Malformed);
    }
    let (mut time, mut signatures) = (None, Vec::new());
    for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
        match name.trim() {
            "t" if time.is_some() => return Err(SignatureError::Malformed),
            "t" => time = Some(value.trim()),
            "v1" if signatures.len() == MOST_SIGNATURES => return Err(SignatureError::Malformed),
            "v1" => signatures.extend(hex::decode(value.trim())),
            _ => {}
        }
    }
    match time {
        Some(time) if !signatures.is_empty() => Ok((time, signatures)),
        _ => Err(SignatureError::Malformed),
    }
}

/// What an event says it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Stripe's id of the event, the key under which it counts once.
    pub id: EventId,
    /// Such as `refund.failed`. Thin events are named alike, without their `v1.`.
    pub kind: String,
    /// The version the event was written in; thin events have none.
    pub api_version: Option<String>,
    /// Whether it is about real money.
    pub is_live: bool,
    /// When it happened, to the second; says nothing about order.
    pub created: Timestamp,
    /// The object it is about: its kind, such as `refund`, and its id.
    pub object: Option<(String, String)>,
    /// The charge it is about.
    pub charge: Option<ChargeId>,
    /// The payment intent it is about.
    pub payment_intent: Option<PaymentIntentId>,
    /// The customer it is about.
    pub customer: Option<CustomerId>,
    /// The refund it is about.
    pub refund: Option<RefundId>,
    /// The key of the request that caused it, by which we know our own.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Reads an event: a snapshot, or a thin one (`v2.core.event`). <https://docs.stripe.com/api/events>
pub fn read(raw: &[u8]) -> Result<Event, Error> {
    let wire: WireEvent =
        serde_json::from_slice(raw).map_err(|error| Error::unreadable(REQUEST, oddity(&error)))?;
    wire.event().map_err(|problem| Error::unreadable(REQUEST, problem))
}

#[derive(Deserialize)]
#[serde(tag = "object")]
enum WireEvent {
    #[serde(rename = "event")]
    Snapshot(WireSnapshot),
    #[serde(rename = "v2.core.event")]
    Thin(WireThin),
}

impl WireEvent {
    fn event(self) -> Result<Event, String> {
        match self {
            Self::Snapshot(snapshot) => snapshot.event(),
            Self::Thin(thin) => thin.event(),
        }
    }
}

#[derive(Deserialize)]
struct WireSnapshot {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    api_version: Option<String>,
    #[serde(default)]
    livemode: bool,
    created: i64,
    request: Option<WireRequest>,
    data: WireData,
}

#[derive(Deserialize)]
struct WireData {
    object: WireSubject,
}

/// What a request was made with. Before 2017 this was the request's id alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireRequest {
    Object { idempotency_key: Option<String> },
    Id(IgnoredAny),
}

impl WireRequest {
    /// A key that is none of ours may hold anything; it is left out then.
    fn key(&self) -> Option<IdempotencyKey> {
        match self {
            Self::Object { idempotency_key } => idempotency_key.as_ref()?.parse().ok(),
            Self::Id(_) => None,
        }
    }
}

/// The parts of any object that say what it belongs to.
#[derive(Deserialize)]
struct WireSubject {
    id: Option<String>,
    object: Option<String>,
    charge: Option<Expandable>,
    payment_intent: Option<Expandable>,
    customer: Option<Expandable>,
}

impl WireSnapshot {
    fn event(self) -> Result<Event, String> {
        let subject = self.data.object;
        let object = subject.object.zip(subject.id);
        let own = Subject::of(object.as_ref())?;
        Ok(Event {
            id: id(&self.id)?,
            kind: self.kind,
            api_version: self.api_version,
            is_live: self.livemode,
            created: instant(self.created)?,
            charge: own.charge.or(reference(subject.charge.as_ref())?),
            payment_intent: own.payment_intent.or(reference(subject.payment_intent.as_ref())?),
            customer: own.customer.or(reference(subject.customer.as_ref())?),
            refund: own.refund,
            idempotency_key: self.request.as_ref().and_then(WireRequest::key),
            object,
        })
    }
}

#[derive(Deserialize)]
struct WireThin {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    livemode: bool,
    created: Timestamp,
    reason: Option<WireReason>,
    related_object: Option<WireRelated>,
}

#[derive(Deserialize)]
struct WireReason {
    request: Option<WireRequest>,
}

#[derive(Deserialize)]
struct WireRelated {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

impl WireThin {
    fn event(self) -> Result<Event, String> {
        let object = self.related_object.map(|related| (related.kind, related.id));
        let own = Subject::of(object.as_ref())?;
        let request = self.reason.and_then(|reason| reason.request);
        Ok(Event {
            id: id(&self.id)?,
            kind: self.kind.strip_prefix("v1.").unwrap_or(&self.kind).to_owned(),
            api_version: None,
            is_live: self.livemode,
            created: self.created,
            charge: own.charge,
            payment_intent: own.payment_intent,
            customer: own.customer,
            refund: own.refund,
            idempotency_key: request.as_ref().and_then(WireRequest::key),
            object,
        })
    }
}

/// The object itself, as one of our identifiers.
#[derive(Default)]
struct Subject {
    charge: Option<ChargeId>,
    payment_intent: Option<PaymentIntentId>,
    customer: Option<CustomerId>,
    refund: Option<RefundId>,
}

impl Subject {
    fn of(object: Option<&(String, String)>) -> Result<Self, String> {
        let mut subject = Self::default();
        let Some((kind, name)) = object else { return Ok(subject) };
        match kind.as_str() {
            "charge" => subject.charge = Some(id(name)?),
            "payment_intent" => subject.payment_intent = Some(id(name)?),
            "customer" => subject.customer = Some(id(name)?),
            "refund" => subject.refund = Some(id(name)?),
            _ => {}
        }
        Ok(subject)
    }
}

#[cfg(test)]
mod tests;
