//! What a policy says: clauses with their rules, and [`evaluate`], which gives the ruling on a case. How
//! a policy is written, and what may be wrong with it, is the business of `quittance-policy`.

mod because;
mod condition;
mod evaluate;
mod gives;
mod index;
mod language;
mod period;
mod rule;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use because::Because;
pub use condition::{Choice, Compare, Condition, Test, When};
pub use evaluate::{
    Answer, Applied, Claim, Passed, PriorRefund, Question, Ruling, Word, evaluate, prior_from,
};
pub use gives::Gives;
pub use index::Index;
pub use language::{InvalidLanguage, Language};
pub use period::{Period, Unit, date};
pub use rule::{Allowance, Decision, Evidence, Rule, Terms, Window, in_currency, list, percent};

use crate::money::Currency;

/// A policy: one file or several, of which every clause counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The hash of its text.
    pub version: PolicyVersion,
    /// The files in the order of their names; at least one.
    pub documents: Vec<Document>,
}

impl Policy {
    /// The clauses in the order of the files.
    pub fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.documents.iter().flat_map(|document| &document.clauses)
    }

    /// The clause of this name.
    pub fn clause(&self, anchor: &Anchor) -> Option<&Clause> {
        self.clauses().find(|clause| clause.anchor == *anchor)
    }

    /// What it is called: the first file's title.
    pub fn title(&self) -> &str {
        self.documents.first().map_or("", |document| &document.title)
    }

    /// The names of the Intercom attributes that its conditions ask for.
    pub fn attributes(&self) -> BTreeSet<&str> {
        let rules = self.clauses().filter_map(|clause| clause.rule.as_ref());
        let conditions = rules.flat_map(|rule| &rule.conditions);
        conditions.filter_map(Condition::attribute).collect()
    }
}

/// One file of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file's name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// The language of its prose.
    pub language: Language,
    /// The currency it is written for.
    pub currency: Currency,
    /// The first day on which it holds, in UTC.
    pub effective: Date,
    /// The last day on which it holds, in UTC. None means for good.
    pub until: Option<Date>,
    /// The file, byte for byte.
    pub text: String,
    /// The clauses in the order of the file.
    pub clauses: Vec<Clause>,
}

impl Document {
    /// Whether its clauses count on this day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.effective <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// One heading, its prose and its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The heading's text. What stands before the first heading is under the file's title.
    pub heading: String,
    /// 1 for the largest heading.
    pub level: u8,
    /// What a link to it ends with; no two clauses of a policy have the same.
    pub anchor: Anchor,
    /// The prose as it is written, without the tables that are rules or examples.
    pub prose: String,
    /// What it decides, if it decides anything.
    pub rule: Option<Rule>,
    /// The line of the heading, counted from 1.
    pub line: usize,
}

/// The name of a clause within its policy, such as `changed-my-mind`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Anchor(Box<str>);

impl Anchor {
    /// A clause of this name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 of a policy's text, in 64 small hexadecimal digits. A decision refers to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PolicyVersion(Box<str>);

/// A text that is no version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a policy version is 64 small hexadecimal digits")]
pub struct InvalidVersion;

impl PolicyVersion {
    /// The version of this text: a file, or several files in one text.
    pub fn of(text: &str) -> Self {
        Self(hex::encode(Sha256::digest(text.as_bytes())).into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PolicyVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_hex) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidVersion)
        }
    }
}

impl TryFrom<String> for PolicyVersion {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        text.parse()
    }
}

impl From<PolicyVersion> for String {
    fn from(version: PolicyVersion) -> Self {
        version.0.into()
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
