//! E-mail addresses as keys: two spellings of one mailbox are one key, and no key is an address.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// How many bytes of the hash a key keeps.
const KEY_BYTES: usize = 16;

/// The longest address that is read, in bytes. <https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1>
const LONGEST: usize = 320;

/// What the hash begins with, so that a list of hashed addresses made for something else does not fit.
const SALT: &[u8] = b"quittance mailbox 1\n";

/// Hosts where what follows a `+` goes to the same mailbox, and the host whose mailboxes these are.
const PLUS: [(&str, &str); 14] = [
    ("gmail.com", GMAIL),
    ("googlemail.com", GMAIL),
    ("proton.me", "proton.me"),
    ("protonmail.com", "protonmail.com"),
    ("pm.me", "pm.me"),
    ("outlook.com", "outlook.com"),
    ("hotmail.com", "hotmail.com"),
    ("live.com", "live.com"),
    ("msn.com", "msn.com"),
    ("icloud.com", "icloud.com"),
    ("me.com", "icloud.com"),
    ("mac.com", "icloud.com"),
    ("fastmail.com", "fastmail.com"),
    ("fastmail.fm", "fastmail.fm"),
];

/// The one host that takes no notice of dots before the `@`.
/// <https://support.google.com/mail/answer/7436150>
const GMAIL: &str = "gmail.com";

/// A mailbox, as 32 hexadecimal digits: half a SHA-256 over the address in its one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EmailKey(Box<str>);

impl EmailKey {
    /// The key of an address; nothing for what is none.
    pub fn of(address: &str) -> Option<Self> {
        let mailbox = one_spelling(address)?;
        let hash = Sha256::new().chain_update(SALT).chain_update(mailbox).finalize();
        Some(Self(hex::encode(hash.get(..KEY_BYTES)?).into()))
    }
}

impl fmt::Display for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The one spelling of all addresses that reach the same mailbox, as far as that is known for certain:
/// hosts treat capitals as small letters everywhere, and dots and `+tags` differently.
fn one_spelling(address: &str) -> Option<String> {
    if address.len() > LONGEST {
        return None;
    }
    // Full-width letters and the like first, since they may turn into anything.
    let address: String = address.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect();
    if address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let (local, host) = address.rsplit_once('@')?;
    let host = idna::domain_to_ascii(host).ok()?;
    // Only now is it plain what it ends with.
    let host = Some(host.trim_end_matches('.')).filter(|host| !host.is_empty())?;
    let known = PLUS.iter().find(|(name, _)| *name == host);
    let host = known.map_or(host, |(_, mailboxes)| mailboxes);
    let local = if known.is_some() { before_plus(local) } else { local };
    // Accents that a dot kept apart have an order of their own once it is gone.
    let local = if host == GMAIL {
        local.split('.').flat_map(str::chars).nfkc().collect()
    } else {
        local.to_owned()
    };
    (!local.is_empty()).then(|| format!("{local}@{host}"))
}

fn before_plus(local: &str) -> &str {
    local.split_once('+').map_or(local, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_mailbox_are_one_key() {
        for (spelling, expected) in [
            ("Ann@Example.com", "ann@example.com"),
            (" ann@example.com. ", "ann@example.com"),
            ("a.n.n+shop@gmail.com", "ann@gmail.com"),
            ("ANN@googlemail.com", "ann@gmail.com"),
            ("\u{b4d}.\u{c3c}@gmail.com", "\u{c3c}\u{b4d}@gmail.com"),
            ("ann+1@outlook.com", "ann@outlook.com"),
            ("a.nn@me.com", "a.nn@icloud.com"),
            ("a.nn+x@pm.me", "a.nn@pm.me"),
            ("ann@MÜLLER.de", "ann@xn--mller-kva.de"),
            ("ann@xn--mller-kva.de", "ann@xn--mller-kva.de"),
            ("ann@mu\u{308}ller.de", "ann@xn--mller-kva.de"),
            ("ａｎｎ@ｅｘａｍｐｌｅ。ｃｏｍ", "ann@example.com"),
            ("JOS\u{c9}@example.com", "jos\u{e9}@example.com"),
            ("jose\u{301}@example.com", "jos\u{e9}@example.com"),
            ("\"a@b\"@example.com", "\"a@b\"@example.com"),
        ] {
            assert_eq!(one_spelling(spelling).as_deref(), Some(expected), "{spelling}");
        }
    }

    #[test]
    fn where_dots_and_tags_count_they_are_kept() {
        for (one, other) in [
            ("a.nn@example.com", "ann@example.com"),
            ("ann+1@example.com", "ann@example.com"),
            ("a.nn@outlook.com", "ann@outlook.com"),
            ("ann@gmail.com.example", "ann@gmail.com"),
            ("ann@example.com", "ann@example.org"),
        ] {
            assert_ne!(EmailKey::of(one), EmailKey::of(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_address_has_no_key() {
        let empty = ["", "ann", "@example.com", "ann@", "+tag@gmail.com", "ann@.\u{fe00}"];
        for text in empty.into_iter().chain(["a b@example.com"]) {
            assert_eq!(EmailKey::of(text), None, "{text:?}");
        }
        assert_eq!(EmailKey::of(&format!("{}@example.com", "a".repeat(LONGEST))), None);
    }

    #[test]
    fn a_key_does_not_change_between_versions() {
        let key = EmailKey::of("ann@example.com").unwrap().to_string();
        assert_eq!(key, "707c1afd64eaad211ecde885b85b2f14");
    }

    proptest! {
        #[test]
        fn the_one_spelling_is_spelled_once(address in "\\PC{0,12}@(gmail\\.com|Müller\\.de|\\PC{1,9})") {
            if let Some(spelling) = one_spelling(&address) {
                prop_assert_eq!(one_spelling(&spelling), Some(spelling.clone()));
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,40}") {
            let _ = EmailKey::of(&text);
        }
    }
}
