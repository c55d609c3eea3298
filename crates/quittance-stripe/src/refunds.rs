//! Refunds: reading them, and the one call that moves money. <https://docs.stripe.com/api/refunds>

use std::collections::BTreeMap;

use jiff::Timestamp;
use quittance_core::action;
use quittance_core::facts::{Refund, RefundStatus};
use quittance_core::ids::{ChargeId, IdempotencyKey, RefundId};
use quittance_core::reason::Reason;
use quittance_core::record::Hash;
use serde::Deserialize;

use crate::client::Client;
use crate::error::Error;
use crate::wire::{Entry, Expandable, List, id, instant, money, reference};

mod answer;
mod create;

pub use answer::{Answer, RefusedKind};
pub use create::{DEADLINE, create};

/// The key of a refund's `metadata` under which our decision stands.
pub const DECISION: &str = "decision";

/// The key of a refund's `metadata` under which the case stands that it was decided in.
pub const CASE: &str = "case";

/// The key of a refund's `metadata` under which the number of its log entry stands.
pub const LOG_SEQ: &str = "log_seq";

/// The key of a refund's `metadata` under which the hash of its log entry stands.
pub const LOG_HASH: &str = "log_hash";

/// How many refunds one page holds, the most Stripe gives.
const PAGE: &str = "100";

/// A request as it was written down before it was sent: the same bytes and key every time.
#[derive(Clone, Copy, Debug)]
pub struct Frozen<'a> {
    /// What [`request_body`] gave.
    pub body: &'a [u8],
    /// The decision's key.
    pub key: &'a IdempotencyKey,
}

/// The exact bytes of `POST /v1/refunds`: charge, amount, reason and metadata, in this order and
/// nothing else. `metadata` must hold [`DECISION`], or [`create`] does not send it; Stripe allows
/// 50 entries, names of 40 and values of 500 characters.
///
/// The amount is always sent, because without one Stripe gives back all that is left.
pub fn request_body(refund: &action::Refund, metadata: &[(&str, &str)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("charge", refund.charge.as_str())
        .append_pair("amount", &refund.amount.minor().to_string())
        .append_pair("reason", stripe_reason(refund.reason));
    for (name, value) in metadata {
        form.append_pair(&format!("metadata[{name}]"), value);
    }
    form.finish().into_bytes()
}

/// Whether the bytes of a refund name this log entry as theirs.
pub fn names_entry(body: &[u8], seq: u64, hash: Hash) -> bool {
    let named = |key: &str| {
        let name = format!("metadata[{key}]");
        let mut values = form_urlencoded::parse(body).filter(move |(found, _)| *found == name);
        values.next().map(|(_, value)| value).filter(|_| values.next().is_none())
    };
    named(LOG_SEQ).is_some_and(|named| named == seq.to_string())
        && named(LOG_HASH).is_some_and(|named| named == hash.to_string())
}

/// Stripe's word for a reason. Its third word, `fraudulent`, puts the card and the address on the
/// account's block lists, and is never sent. <https://docs.stripe.com/api/refunds/create>
fn stripe_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::DuplicateCharge => "duplicate",
        Reason::ChangedMind
        | Reason::Unused
        | Reason::ForgotToCancel
        | Reason::Accidental
        | Reason::WrongAmount
        | Reason::NotReceived
        | Reason::Damaged
        | Reason::Defective
        | Reason::NotAsDescribed
        | Reason::ServiceProblem
        | Reason::Unrecognized
        | Reason::Goodwill
        | Reason::Other => "requested_by_customer",
    }
}

impl Client {
    /// Reads every refund of a charge, ours and others', newest first. This list shows a refund as
    /// soon as it exists, unlike Stripe's search.
    pub async fn refunds_of(&self, charge: &ChargeId) -> Result<Vec<Refund>, Error> {
        const REQUEST: &str = "list refunds";
        let query = [("charge", charge.as_str())];
        let listed: Vec<WireRefund> = self.list(REQUEST, &["v1", "refunds"], &query).await?;
        let refunds: Result<Vec<Refund>, String> = listed.iter().map(WireRefund::refund).collect();
        let refunds = refunds.map_err(|problem| Error::unreadable(REQUEST, problem))?;
        // A server that overlooks the filter would lend us somebody else's refunds.
        if refunds.iter().any(|refund| refund.charge.as_ref() != Some(charge)) {
            return Err(Error::unreadable(REQUEST, "a refund of another charge"));
        }
        Ok(refunds)
    }
}

/// A refund, and what its `metadata` says about where it was decided. Whoever has access to the account
/// can change metadata, so nothing here is trusted: it is held against the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The refund.
    pub refund: Refund,
    /// The case it was decided in ([`CASE`]).
    pub case: Option<String>,
    /// The number of its log entry ([`LOG_SEQ`]).
    pub log_seq: Option<String>,
    /// The hash of its log entry ([`LOG_HASH`]).
    pub log_hash: Option<String>,
}

/// One page of all refunds of an account, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The refunds that name a decision in their metadata.
    pub marked: Vec<Marked>,
    /// How many refunds there are on the page, by whomever they were made.
    pub count: usize,
    /// The last refund of the page, if more follow after it.
    pub next: Option<RefundId>,
}

impl Client {
    /// Reads one page of all refunds that were made since an instant, after the refund `after`. A refund
    /// is in this list as soon as it exists. <https://docs.stripe.com/api/refunds/list>
    pub async fn refunds_since(
        &self,
        since: Timestamp,
        after: Option<&RefundId>,
    ) -> Result<Page, Error> {
        const REQUEST: &str = "list all refunds";
        let since = since.as_second().max(0).to_string();
        let mut query = vec![("created[gte]", since.as_str()), ("limit", PAGE)];
        query.extend(after.map(|after| ("starting_after", after.as_str())));
        let page: List<WireRefund> = self.get(REQUEST, &["v1", "refunds"], &query).await?;
        page.marked().map_err(|problem| Error::unreadable(REQUEST, problem))
    }

    /// Reads one refund; nothing if Stripe does not know it.
    /// <https://docs.stripe.com/api/refunds/retrieve>
    pub async fn refund(&self, refund: &RefundId) -> Result<Option<Marked>, Error> {
        const REQUEST: &str = "read a refund";
        let path = ["v1", "refunds", refund.as_str()];
        let read = match self.get::<WireRefund>(REQUEST, &path, &[]).await {
            Err(Error::Missing { .. }) => return Ok(None),
            read => read?.marked().map_err(|problem| Error::unreadable(REQUEST, problem))?,
        };
        if read.refund.id == *refund {
            Ok(Some(read))
        } else {
            Err(Error::unreadable(REQUEST, "another refund"))
        }
    }

    /// Reads the refunds of a charge that name a decision in their metadata.
    pub async fn marked_refunds_of(&self, charge: &ChargeId) -> Result<Vec<Marked>, Error> {
        const REQUEST: &str = "list refunds";
        let query = [("charge", charge.as_str())];
        let listed: Vec<WireRefund> = self.list(REQUEST, &["v1", "refunds"], &query).await?;
        let marked = listed.iter().filter(|refund| refund.decision().is_some());
        let marked: Result<_, String> = marked.map(WireRefund::marked).collect();
        marked.map_err(|problem| Error::unreadable(REQUEST, problem))
    }
}

impl List<WireRefund> {
    fn marked(&self) -> Result<Page, String> {
        let next = match self.data.last() {
            Some(last) if self.has_more => Some(id(&last.id)?),
            None if self.has_more => return Err("an empty page that says more follows".to_owned()),
            Some(_) | None => None,
        };
        // What others made is not looked into: an oddity there must not stop the comparison.
        let marked = self.data.iter().filter(|refund| refund.decision().is_some());
        let marked = marked.map(WireRefund::marked).collect::<Result<_, _>>()?;
        Ok(Page { marked, count: self.data.len(), next })
    }
}

/// A refund as Stripe writes it.
#[derive(Debug, Deserialize)]
pub(crate) struct WireRefund {
    id: String,
    amount: i64,
    currency: String,
    charge: Option<Expandable>,
    status: Option<String>,
    created: i64,
    metadata: Option<BTreeMap<String, String>>,
}

impl Entry for WireRefund {
    fn id(&self) -> &str {
        &self.id
    }
}

impl WireRefund {
    /// The refund in our words.
    pub(crate) fn refund(&self) -> Result<Refund, String> {
        Ok(Refund {
            id: id(&self.id)?,
            charge: reference(self.charge.as_ref())?,
            amount: money(self.amount, &self.currency)?,
            status: status(self.status.as_deref()),
            created: instant(self.created)?,
            decision: self.decision().map(str::to_owned),
        })
    }

    fn marked(&self) -> Result<Marked, String> {
        let said = |key| self.metadata.as_ref()?.get(key).cloned();
        Ok(Marked {
            refund: self.refund()?,
            case: said(CASE),
            log_seq: said(LOG_SEQ),
            log_hash: said(LOG_HASH),
        })
    }

    fn decision(&self) -> Option<&str> {
        self.metadata.as_ref()?.get(DECISION).map(String::as_str)
    }
}

fn status(status: Option<&str>) -> RefundStatus {
    match status {
        Some("pending") => RefundStatus::Pending,
        Some("requires_action") => RefundStatus::RequiresAction,
        Some("succeeded") => RefundStatus::Succeeded,
        Some("failed") => RefundStatus::Failed,
        Some("canceled") => RefundStatus::Canceled,
        other => RefundStatus::Other(other.unwrap_or("none").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use quittance_core::money::{Currency, Money};

    use super::*;

    fn refund(reason: Reason) -> action::Refund {
        action::Refund {
            charge: "ch_1".parse().unwrap(),
            amount: Money::from_minor(4_900, Currency::USD).unwrap(),
            reason,
        }
    }

    #[test]
    fn the_bytes_of_a_refund_are_exactly_these() {
        let body = request_body(
            &refund(Reason::DuplicateCharge),
            &[(DECISION, "d1-0a"), ("case", "ecahpwf5:7 & more")],
        );
        assert_eq!(
            String::from_utf8(body).unwrap(),
            "charge=ch_1&amount=4900&reason=duplicate&metadata%5Bdecision%5D=d1-0a\
             &metadata%5Bcase%5D=ecahpwf5%3A7+%26+more"
        );
    }

    #[test]
    fn a_body_names_its_own_log_entry_and_no_other() {
        let hash = Hash::of(b"entry");
        let metadata = |seq: &str, hash: Hash| {
            let hash = hash.to_string();
            let metadata = [(DECISION, "d1-0a"), (LOG_SEQ, seq), (LOG_HASH, &hash)];
            request_body(&refund(Reason::Unused), &metadata)
        };
        assert!(names_entry(&metadata("7", hash), 7, hash));
        assert!(!names_entry(&metadata("8", hash), 7, hash));
        assert!(!names_entry(&metadata("7", Hash::of(b"other")), 7, hash));
        assert!(!names_entry(&request_body(&refund(Reason::Unused), &[]), 7, hash));
        let mut twice = metadata("7", hash);
        twice.extend_from_slice(b"&metadata%5Blog_seq%5D=8");
        assert!(!names_entry(&twice, 7, hash));
    }

    #[test]
    fn no_reason_blocks_a_customers_card() {
        for reason in Reason::ALL {
            let word = stripe_reason(reason);
            assert!(matches!(word, "duplicate" | "requested_by_customer"), "{reason}: {word}");
        }
    }

    #[test]
    fn a_refund_is_read_with_its_decision() {
        let wire = WireRefund::deserialize(&serde_json::json!({
            "id": "pyr_1", "object": "refund", "amount": 10, "currency": "jpy", "charge": "py_1",
            "status": null, "created": 0, "metadata": {"decision": "d1-0a"}, "new": 1,
        }));
        let refund = wire.unwrap().refund().unwrap();
        assert_eq!(refund.decision.as_deref(), Some("d1-0a"));
        assert_eq!(refund.status, RefundStatus::Other("none".to_owned()));
        assert!(refund.status.may_stand());
    }
}
