//! The action log's format: entries, their canonical bytes, and the chain that links them.
//!
//! Every entry carries the hash of the one before. A hash is SHA-256 over the entry's canonical
//! JSON (RFC 8785), so that anyone can recompute it from what `quittance log show` prints.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ids::CaseId;

mod canonical;
mod stored;

pub use stored::{Stored, Witness};

/// The version of the entry format written by this build.
pub const VERSION: u32 = 1;

/// What an entry is about, in the order in which a refund makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A policy version went live.
    Policy,
    /// What the vendors said.
    Facts,
    /// What the model would like to do.
    Proposal,
    /// What the policy says.
    Ruling,
    /// What the guard says.
    Verdict,
    /// A refund was allowed and written down.
    Intent,
    /// A refund is about to be sent.
    Mark,
    /// What Stripe answered, or what was found out about a refund.
    Outcome,
    /// What the customer was told.
    Reply,
    /// A note, an assignment or a closing in Intercom.
    Handling,
    /// Money was stopped, or may move again.
    Stop,
    /// The log was held against what Stripe holds, or a person let a difference stand.
    Reconcile,
    /// A person was asked to approve something, or what became of it.
    Approval,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Policy,
        Self::Facts,
        Self::Proposal,
        Self::Ruling,
        Self::Verdict,
        Self::Intent,
        Self::Mark,
        Self::Outcome,
        Self::Reply,
        Self::Handling,
        Self::Stop,
        Self::Reconcile,
        Self::Approval,
    ];

    /// The name in the store and in the canonical bytes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Facts => "facts",
            Self::Proposal => "proposal",
            Self::Ruling => "ruling",
            Self::Verdict => "verdict",
            Self::Intent => "intent",
            Self::Mark => "mark",
            Self::Outcome => "outcome",
            Self::Reply => "reply",
            Self::Handling => "handling",
            Self::Stop => "stop",
            Self::Reconcile => "reconcile",
            Self::Approval => "approval",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = Broken;

    fn from_str(text: &str) -> Result<Self, Broken> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(Broken::Unreadable("kind"))
    }
}

/// A SHA-256 hash, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first entry links to.
    pub const START: Self = Self([0; 32]);

    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = Broken;

    fn from_str(text: &str) -> Result<Self, Broken> {
        let mut bytes = [0; 32];
        let is_small = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if is_small => Ok(Self(bytes)),
            _ => Err(Broken::Unreadable("hash")),
        }
    }
}

impl TryFrom<String> for Hash {
    type Error = Broken;

    fn try_from(text: String) -> Result<Self, Broken> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// An entry before it has its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// When it happened.
    pub at: Timestamp,
    /// Which case it belongs to; none for entries about the whole workspace.
    pub case: Option<CaseId>,
    /// What it is about.
    pub kind: Kind,
    /// What is said, without personal text.
    pub body: Value,
}

impl Draft {
    /// Refuses numbers that JSON does not carry exactly: whoever writes the log asks before.
    /// <https://www.rfc-editor.org/rfc/rfc8785#section-3.2.2.3>
    pub fn check(&self) -> Result<(), Broken> {
        check_numbers(&self.body)
    }
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number: 1, 2, 3, … without a gap.
    pub seq: u64,
    /// What it says.
    pub draft: Draft,
    /// The hash of the entry before.
    pub previous: Hash,
    /// The hash of this one.
    pub hash: Hash,
}

/// What is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is missing, doubled or out of order.
    #[error("entry {expected} is missing: entry {found} stands in its place")]
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// An entry does not link to the one before.
    #[error("entry {seq} does not link to the entry before it")]
    Unlinked {
        /// The entry's number.
        seq: u64,
    },
    /// An entry was changed after it was written.
    #[error("entry {seq} was changed: its hash does not match its content")]
    Changed {
        /// The entry's number.
        seq: u64,
    },
    /// The log is shorter or longer than its head says.
    #[error("the log ends at entry {found}, but its head says {expected}")]
    Head {
        /// What the head says.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// The log ends before an entry that was seen elsewhere.
    #[error(
        "the log ends at entry {found}, but entry {seen} was seen outside: it was cut or rolled back"
    )]
    RolledBack {
        /// The entry that was seen.
        seen: u64,
        /// Where the log ends.
        found: u64,
    },
    /// An entry is another one than was seen elsewhere.
    #[error(
        "entry {seq} is not the one that was seen outside: the log was written anew after entry {agreed}"
    )]
    Forked {
        /// The newest entry before that is as it was seen.
        agreed: u64,
        /// The entry.
        seq: u64,
    },
    /// A number that not every reader of JSON reads alike, so that two would come to two hashes.
    #[error(
        "the entry was not written: it holds the number {number}, and JSON is exact only up to 9007199254740991; \
         larger ones are written as text"
    )]
    Inexact {
        /// The number.
        number: String,
    },
    /// A part of an entry is not in the format.
    #[error("the {0} of an entry cannot be read")]
    Unreadable(&'static str),
}

impl Broken {
    /// The first entry that is wrong or missing, as far as it can be told.
    pub fn first_bad(&self) -> Option<u64> {
        match self {
            Self::Gap { expected, .. } => Some(*expected),
            Self::Unlinked { seq } | Self::Changed { seq } | Self::Forked { seq, .. } => Some(*seq),
            Self::Head { expected, found } => Some((*expected).min(*found).saturating_add(1)),
            Self::RolledBack { found, .. } => Some(found.saturating_add(1)),
            Self::Inexact { .. } | Self::Unreadable(_) => None,
        }
    }
}

impl Entry {
    /// Gives a draft its place after an entry with the number `after` and the hash `previous`.
    pub fn chain(draft: Draft, after: u64, previous: Hash) -> Result<Self, Broken> {
        Self::chain_written(draft, after, previous).map(|(entry, _)| entry)
    }

    /// As [`Entry::chain`], with the canonical text of the body, as the store keeps it.
    pub fn chain_written(
        draft: Draft,
        after: u64,
        previous: Hash,
    ) -> Result<(Self, String), Broken> {
        let seq = after.checked_add(1).ok_or(Broken::Unreadable("number"))?;
        let body = canonical_body(&draft.body)?;
        let case = draft.case.as_ref();
        let text = stored::compose(seq, draft.at, case, draft.kind, &body, previous)?;
        let hash = Hash::of(text.as_bytes());
        Ok((Self { seq, draft, previous, hash }, body))
    }

    /// Checks that this entry follows `after` with the hash `previous`, and is unchanged.
    pub fn verify(self, after: u64, previous: Hash) -> Result<Verified, Broken> {
        if after.checked_add(1) != Some(self.seq) {
            return Err(Broken::Gap { expected: after.saturating_add(1), found: self.seq });
        }
        if self.previous != previous {
            return Err(Broken::Unlinked { seq: self.seq });
        }
        if hash(self.seq, &self.draft, previous)? != self.hash {
            return Err(Broken::Changed { seq: self.seq });
        }
        Ok(Verified(self))
    }
}

/// An entry whose content and link have been checked. Only [`Entry::verify`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified(Entry);

impl Verified {
    /// The entry.
    pub fn entry(&self) -> &Entry {
        &self.0
    }
}

/// The canonical bytes of an entry: what its hash is taken over.
pub fn canonical(seq: u64, draft: &Draft, previous: Hash) -> Result<Vec<u8>, Broken> {
    let body = canonical_body(&draft.body)?;
    let text = stored::compose(seq, draft.at, draft.case.as_ref(), draft.kind, &body, previous)?;
    Ok(text.into_bytes())
}

/// The canonical text of an entry's body, as the store keeps it.
pub fn canonical_body(body: &Value) -> Result<String, Broken> {
    if let Some(text) = canonical::write_simple(body) {
        return Ok(text);
    }
    serde_json_canonicalizer::to_string(body).map_err(|_| Broken::Unreadable("body"))
}

/// The largest integer up to which every reader of JSON counts exactly: 2^53 - 1.
const MOST_EXACT: u64 = 9_007_199_254_740_991;

/// Finds a number that is no integer, or too large to be exact.
fn check_numbers(body: &Value) -> Result<(), Broken> {
    match body {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            if size.is_some_and(|size| size <= MOST_EXACT) {
                return Ok(());
            }
            Err(Broken::Inexact { number: number.to_string() })
        }
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn hash(seq: u64, draft: &Draft, previous: Hash) -> Result<Hash, Broken> {
    Ok(Hash::of(&canonical(seq, draft, previous)?))
}

/// Walks a log from its first entry and stops at the first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    seq: u64,
    hash: Hash,
    /// What was seen outside and is still to come, the last entry first.
    witnesses: Vec<Witness>,
    /// The newest entry that is as it was seen outside.
    agreed: u64,
}

impl Default for Chain {
    fn default() -> Self {
        Self::witnessed(Vec::new())
    }
}

impl Chain {
    /// A chain whose entries must also be those that were seen outside.
    pub fn witnessed(mut witnesses: Vec<Witness>) -> Self {
        witnesses.sort_by_key(|witness| std::cmp::Reverse(witness.seq));
        Self { seq: 0, hash: Hash::START, witnesses, agreed: 0 }
    }

    /// Checks the next entry.
    pub fn next(&mut self, entry: Entry) -> Result<Verified, Broken> {
        let verified = entry.verify(self.seq, self.hash)?;
        self.advance(verified.entry().seq, verified.entry().hash)?;
        Ok(verified)
    }

    /// Checks that an entry with the number `seq` comes next.
    fn follow(&self, seq: u64) -> Result<(), Broken> {
        let expected = self.seq.saturating_add(1);
        if expected == seq { Ok(()) } else { Err(Broken::Gap { expected, found: seq }) }
    }

    /// Goes on behind an entry that was checked, unless another one was seen outside.
    fn advance(&mut self, seq: u64, hash: Hash) -> Result<(), Broken> {
        (self.seq, self.hash) = (seq, hash);
        while let Some(witness) = self.witnesses.pop_if(|witness| witness.seq <= seq) {
            if witness.hash != hash {
                return Err(Broken::Forked { agreed: self.agreed, seq });
            }
            self.agreed = seq;
        }
        Ok(())
    }

    /// Checks that the entries so far are all there are, by the head and by what was seen outside.
    pub fn end(&self, head_seq: u64, head_hash: Hash) -> Result<(), Broken> {
        if self.seq != head_seq {
            return Err(Broken::Head { expected: head_seq, found: self.seq });
        }
        if self.hash != head_hash {
            return Err(Broken::Unlinked { seq: head_seq });
        }
        match self.witnesses.first() {
            Some(witness) => Err(Broken::RolledBack { seen: witness.seq, found: self.seq }),
            None => Ok(()),
        }
    }

    /// How many entries were checked.
    pub fn len(&self) -> u64 {
        self.seq
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.seq == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn draft(text: &str) -> Draft {
        Draft {
            at: Timestamp::from_millisecond(1_767_225_600_123).unwrap(),
            case: Some("w:1".parse().unwrap()),
            kind: Kind::Facts,
            body: json!({"b": text, "a": [1, null]}),
        }
    }

    fn log(length: u64) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for number in 0..length {
            let previous = entries.last().map_or(Hash::START, |entry| entry.hash);
            entries.push(Entry::chain(draft(&number.to_string()), number, previous).unwrap());
        }
        entries
    }

    fn verify(entries: Vec<Entry>) -> Result<(), Broken> {
        let mut chain = Chain::default();
        entries.into_iter().try_for_each(|entry| chain.next(entry).map(|_| ()))
    }

    #[test]
    fn the_canonical_bytes_do_not_change_between_versions() {
        let bytes = canonical(1, &draft("é"), Hash::START).unwrap();
        let expected = concat!(
            r#"{"at":1767225600123,"body":{"a":[1,null],"b":"é"},"case":"w:1","kind":"facts","#,
            r#""previous":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"v":1}"#
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn a_kind_is_read_as_it_is_written() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn a_number_that_json_does_not_carry_exactly_is_not_written() {
        let check = |body: Value| Draft { body, ..draft("") }.check();
        for exact in [9_007_199_254_740_991_i64, -9_007_199_254_740_991, 0] {
            assert_eq!(check(json!({"a": [exact]})), Ok(()));
        }
        let inexact =
            [json!(9_007_199_254_740_992_i64), json!(i64::MIN), json!(u64::MAX), json!(0.5)];
        for number in inexact {
            let refused = check(json!({"a": [{"b": number.clone()}]}));
            assert_eq!(refused, Err(Broken::Inexact { number: number.to_string() }));
        }
    }

    #[test]
    fn a_shorter_log_does_not_match_its_head() {
        let mut entries = log(3);
        let last = entries.pop().unwrap();
        let mut chain = Chain::default();
        for entry in entries {
            chain.next(entry).unwrap();
        }
        assert_eq!(chain.end(last.seq, last.hash), Err(Broken::Head { expected: 3, found: 2 }));
    }

    proptest! {
        #[test]
        fn every_change_of_an_entry_is_found(at in 0_usize..5, field in 0..6, text in "[a-z]{1,9}") {
            let mut entries = log(5);
            prop_assert_eq!(verify(entries.clone()), Ok(()));
            let before = entries[at].clone();
            let entry = &mut entries[at];
            match field {
                0 => entry.draft.body = json!(text),
                1 => entry.draft.at = Timestamp::from_millisecond(5).unwrap(),
                2 => entry.draft.case = None,
                3 => entry.draft.kind = Kind::Verdict,
                4 => entry.seq = entry.seq.wrapping_add(1),
                _ => entry.hash = Hash::of(text.as_bytes()),
            }
            prop_assert_ne!(&before, &*entry);
            prop_assert!(verify(entries).is_err());
        }

        #[test]
        fn a_missing_or_moved_entry_is_found(gone in 0_usize..4) {
            let mut without = log(5);
            without.remove(gone);
            prop_assert!(verify(without).is_err());
            let mut swapped = log(5);
            swapped.swap(gone, gone.wrapping_add(1));
            prop_assert!(verify(swapped).is_err());
        }
    }
}
