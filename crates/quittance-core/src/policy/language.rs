//! Languages by their tags.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language, by the first part of its BCP 47 tag and, if given, its region: `en`, `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(Box<str>);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without its region: `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

/// A text that is no language tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a language such as `en` or `pt-BR`")]
pub struct InvalidLanguage(String);

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(text: &str) -> Result<Self, InvalidLanguage> {
        let (language, region) = text.split_once(['-', '_']).unwrap_or((text, "XX"));
        let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_language = (2..=3).contains(&language.len()) && is_word(language);
        if is_language && (2..=4).contains(&region.len()) && is_word(region) {
            Ok(Self(text.replace('_', "-").into()))
        } else {
            Err(InvalidLanguage(text.chars().take(40).collect()))
        }
    }
}

impl TryFrom<String> for Language {
    type Error = InvalidLanguage;

    fn try_from(text: String) -> Result<Self, InvalidLanguage> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0.into()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
