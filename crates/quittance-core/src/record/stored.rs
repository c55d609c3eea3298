//! Entries as they are stored, checked without being read into values.

use std::fmt::Write;
use std::str::FromStr;

use jiff::Timestamp;

use super::canonical::is_surely_canonical;
use super::{Broken, Chain, Draft, Entry, Hash, Kind, VERSION, canonical_body};
use crate::ids::CaseId;

/// An entry as the store keeps it. Nothing of it has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// Its number.
    pub seq: u64,
    /// When it happened, in milliseconds since 1970.
    pub at: i64,
    /// Which case it belongs to.
    pub case: Option<&'a str>,
    /// What it is about.
    pub kind: &'a str,
    /// What is said: canonical JSON.
    pub body: &'a str,
    /// The hash of the entry before.
    pub previous: &'a str,
    /// The hash of this one.
    pub hash: &'a str,
}

impl Stored<'_> {
    /// Reads the entry. One that cannot be read, or is spelled in another way than it was written, was
    /// changed, and is named.
    pub fn read(&self) -> Result<Entry, Broken> {
        self.entry().ok_or(Broken::Changed { seq: self.seq })
    }

    fn entry(&self) -> Option<Entry> {
        let body = serde_json::from_str(self.body).ok()?;
        if !is_surely_canonical(self.body) && canonical_body(&body).ok()? != self.body {
            return None;
        }
        let head = self.head()?;
        let draft = Draft { at: head.at, case: head.case, kind: head.kind, body };
        Some(Entry { seq: self.seq, draft, previous: head.previous, hash: head.hash })
    }

    fn head(&self) -> Option<Head> {
        Some(Head {
            at: Timestamp::from_millisecond(self.at).ok()?,
            case: self.case.map(str::parse).transpose().ok()?,
            kind: self.kind.parse().ok()?,
            previous: self.previous.parse().ok()?,
            hash: self.hash.parse().ok()?,
        })
    }
}

/// Everything of an entry but its number and its body.
struct Head {
    at: Timestamp,
    case: Option<CaseId>,
    kind: Kind,
    previous: Hash,
    hash: Hash,
}

impl Chain {
    /// Checks the next entry as it is stored: as [`Chain::next`] does, but without building its body. A
    /// body that is canonical is put as it is between the other fields, which makes the very bytes that
    /// were hashed, and they can be read in one way only.
    pub fn check(&mut self, stored: &Stored<'_>) -> Result<(), Broken> {
        if !is_surely_canonical(stored.body) {
            return self.follow(stored.seq).and_then(|()| self.next(stored.read()?).map(drop));
        }
        self.follow(stored.seq)?;
        let head = stored.head().ok_or(Broken::Changed { seq: stored.seq })?;
        if head.previous != self.hash {
            return Err(Broken::Unlinked { seq: stored.seq });
        }
        let text =
            compose(stored.seq, head.at, head.case.as_ref(), head.kind, stored.body, head.previous);
        if Hash::of(text?.as_bytes()) != head.hash {
            return Err(Broken::Changed { seq: stored.seq });
        }
        self.advance(stored.seq, head.hash)
    }
}

/// The canonical text of an entry with this canonical body: RFC 8785 orders the keys by their letters.
pub(super) fn compose(
    seq: u64,
    at: Timestamp,
    case: Option<&CaseId>,
    kind: Kind,
    body: &str,
    previous: Hash,
) -> Result<String, Broken> {
    let case = case.map(CaseId::as_str);
    // An id is visible ASCII: only these two need an escape.
    let is_plain = case.is_none_or(|case| !case.contains(['"', '\\']));
    let mut text = String::with_capacity(body.len().saturating_add(ROOM));
    let at = at.as_millisecond();
    let written = match case {
        Some(case) if is_plain => write!(text, "{{\"at\":{at},\"body\":{body},\"case\":\"{case}\""),
        _ => {
            let case = serde_json::to_string(&case).map_err(|_| Broken::Unreadable("case"))?;
            write!(text, "{{\"at\":{at},\"body\":{body},\"case\":{case}")
        }
    };
    let written = written.and_then(|()| {
        write!(
            text,
            ",\"kind\":\"{kind}\",\"previous\":\"{previous}\",\"seq\":{seq},\"v\":{VERSION}}}"
        )
    });
    written.map(|()| text).map_err(|_| Broken::Unreadable("text"))
}

/// What an entry's text holds besides its body, in bytes, with a case of common length.
const ROOM: usize = 256;

/// What somebody else knows of a log: the hash that one of its entries had. Written `SEQ:HASH`.
///
/// A log that was cut or written anew as a whole agrees with itself; only what was seen outside shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The entry's number.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

impl FromStr for Witness {
    type Err = Broken;

    fn from_str(text: &str) -> Result<Self, Broken> {
        let (seq, hash) = text.split_once(':').ok_or(Broken::Unreadable("witness"))?;
        let seq = seq.parse().map_err(|_| Broken::Unreadable("number"))?;
        Ok(Self { seq, hash: hash.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::record::canonical;

    fn stored<'a>(entry: &'a Entry, body: &'a str, hashes: &'a [String; 2]) -> Stored<'a> {
        Stored {
            seq: entry.seq,
            at: entry.draft.at.as_millisecond(),
            case: entry.draft.case.as_ref().map(CaseId::as_str),
            kind: entry.draft.kind.name(),
            body,
            previous: &hashes[0],
            hash: &hashes[1],
        }
    }

    proptest! {
        #[test]
        fn both_ways_to_check_agree(
            at in -62_135_596_800_000_i64..253_402_300_799_000,
            case in prop::option::of("[!-~]{1,40}"),
            kind in prop::sample::select(Kind::ALL.to_vec()),
            text in any::<String>(),
            number in any::<i64>(),
        ) {
            let draft = Draft {
                at: Timestamp::from_millisecond(at).unwrap(),
                case: case.map(|case| case.parse().unwrap()),
                kind,
                body: json!({"text": text, "number": number}),
            };
            let entry = Entry::chain(draft, 0, Hash::START).unwrap();
            let body = canonical_body(&entry.draft.body).unwrap();
            let hashes = [entry.previous.to_string(), entry.hash.to_string()];
            let stored = stored(&entry, &body, &hashes);
            let read = Entry { hash: entry.hash, ..stored.read().unwrap() };
            prop_assert_eq!(
                canonical(1, &read.draft, read.previous).unwrap(),
                canonical(1, &entry.draft, entry.previous).unwrap()
            );
            prop_assert_eq!(Chain::default().check(&stored), Ok(()));
            let later = Stored { at: at.wrapping_add(1), ..stored };
            prop_assert_eq!(Chain::default().check(&later), Err(Broken::Changed { seq: 1 }));
        }
    }

    #[test]
    fn a_body_that_holds_more_than_one_value_is_a_change() {
        let draft = |case: Option<&str>, body| Draft {
            at: Timestamp::UNIX_EPOCH,
            case: case.map(|case| case.parse().unwrap()),
            kind: Kind::Facts,
            body,
        };
        let entry = Entry::chain(draft(Some("w:1"), json!(1)), 0, Hash::START).unwrap();
        let hashes = [entry.previous.to_string(), entry.hash.to_string()];
        // The same bytes, were the body not looked at.
        let moved = "1,\"case\":\"w:1\",\"kind\":\"facts\"";
        let stored = Stored { case: None, ..stored(&entry, moved, &hashes) };
        assert_eq!(Chain::default().check(&stored), Err(Broken::Changed { seq: 1 }));
    }

    #[test]
    fn a_witness_is_a_number_and_a_hash() {
        let witness = Witness { seq: 7, hash: Hash::of(b"x") };
        assert_eq!(format!("7:{}", witness.hash).parse(), Ok(witness));
        for text in ["", "7", "7:", "x:00", ":"] {
            assert!(text.parse::<Witness>().is_err(), "{text}");
        }
    }
}
