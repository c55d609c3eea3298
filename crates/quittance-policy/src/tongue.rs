//! The languages in which tables can be written.

use quittance_core::money::Currency;
use quittance_core::policy::Language;

use crate::vocabulary::Phrases;

/// How the words and numbers of a file are to be understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing {
    /// Its words.
    pub(crate) tongue: Tongue,
    /// Its numbers.
    pub(crate) digits: Digits,
    /// The currency that `$` and the like mean.
    pub(crate) home: Currency,
}

impl Writing {
    /// How a file in this language, written for this currency, is to be understood.
    pub(crate) fn of(language: &Language, home: Currency) -> Self {
        Self { tongue: Tongue::of(language), digits: Digits::of(language), home }
    }

    /// English words and numbers.
    pub(crate) fn english(home: Currency) -> Self {
        Self { tongue: Tongue::English, digits: Digits { has_comma: false }, home }
    }

    /// The small words that are understood, those of the file's own language first.
    pub(crate) fn phrases(self) -> impl Iterator<Item = &'static Phrases> {
        self.tongue.understood().map(Phrases::of)
    }

    /// The small words of the file's own language.
    pub(crate) fn own(self) -> &'static Phrases {
        Phrases::of(self.tongue)
    }
}

/// A language with words of its own for tables. Files in other languages use the English ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    English,
    /// French.
    French,
    /// German.
    German,
    /// Spanish.
    Spanish,
}

impl Tongue {
    /// Every language with words of its own.
    pub const ALL: [Self; 4] = [Self::English, Self::French, Self::German, Self::Spanish];

    /// The language whose words a file in `language` may use, besides the English ones.
    pub fn of(language: &Language) -> Self {
        let tag = language.as_str();
        match tag.split('-').next().unwrap_or(tag).to_ascii_lowercase().as_str() {
            "fr" => Self::French,
            "de" => Self::German,
            "es" => Self::Spanish,
            _ => Self::English,
        }
    }

    /// What it is called in English.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "French",
            Self::German => "German",
            Self::Spanish => "Spanish",
        }
    }

    /// This language and English, each once: the ones whose words are understood in a file.
    pub(crate) fn understood(self) -> impl Iterator<Item = Self> {
        let other = (self != Self::English).then_some(Self::English);
        std::iter::once(self).chain(other)
    }
}

/// How numbers are written in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits {
    /// Whether decimals follow a comma, and points part thousands.
    pub(crate) has_comma: bool,
}

impl Digits {
    /// A number as it is written here, as it would be with a point before its decimals; and the other
    /// way round.
    pub(crate) fn with_point(self, text: &str) -> String {
        let swapped = |char: char| match char {
            ',' => '.',
            '.' => ',',
            other => other,
        };
        if self.has_comma { text.chars().map(swapped).collect() } else { text.to_owned() }
    }

    /// A number with a point before its decimals, as it is written here.
    pub(crate) fn as_written(self, text: &str) -> String {
        self.with_point(text)
    }

    /// How numbers are written in files of this language.
    /// <https://cldr.unicode.org/translation/number-currency-formats/number-symbols>
    pub(crate) fn of(language: &Language) -> Self {
        const COMMA: [&str; 30] = [
            "fr", "de", "es", "it", "pt", "nl", "da", "sv", "nb", "nn", "no", "fi", "pl", "cs",
            "sk", "sl", "hr", "sr", "hu", "ro", "bg", "el", "tr", "ru", "uk", "lt", "lv", "et",
            "id", "ca",
        ];
        // Switzerland, Mexico and their neighbors write a point in languages that elsewhere have a comma.
        const POINT: [&str; 4] = ["de-CH", "de-LI", "es-MX", "es-US"];
        let tag = language.as_str();
        let primary = tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
        let is_exception = POINT.iter().any(|exception| exception.eq_ignore_ascii_case(tag));
        Self { has_comma: COMMA.contains(&primary.as_str()) && !is_exception }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_its_words_and_its_numbers() {
        for (tag, tongue, has_comma) in [
            ("en", Tongue::English, false),
            ("en-GB", Tongue::English, false),
            ("de", Tongue::German, true),
            ("de-CH", Tongue::German, false),
            ("es-MX", Tongue::Spanish, false),
            ("fr-CA", Tongue::French, true),
            ("pt-BR", Tongue::English, true),
            ("ja", Tongue::English, false),
        ] {
            let language: Language = tag.parse().unwrap();
            assert_eq!(Tongue::of(&language), tongue, "{tag}");
            assert_eq!(Digits::of(&language).has_comma, has_comma, "{tag}");
        }
    }
}
