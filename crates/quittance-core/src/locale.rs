//! Numbers and counts as a language writes them, by Unicode's locale data (CLDR), which is built in.

use std::collections::BTreeSet;

use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_decimal::options::DecimalFormatterOptions;
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};

use crate::money::Money;
use crate::policy::Language;

/// Which form of a word goes with a count. English has two (`1 day`, `2 days`), Japanese one, Polish three.
/// <https://cldr.unicode.org/index/cldr-spec/plural-rules>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plural {
    /// For nothing, in a few languages.
    Zero,
    /// For one, and for what is counted like it.
    One,
    /// For two, in a few languages.
    Two,
    /// For a few.
    Few,
    /// For many.
    Many,
    /// For everything else.
    Other,
}

impl Plural {
    /// Every form.
    pub const ALL: [Self; 6] =
        [Self::Zero, Self::One, Self::Two, Self::Few, Self::Many, Self::Other];

    /// Its name in the locale data, such as `one`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::One => "one",
            Self::Two => "two",
            Self::Few => "few",
            Self::Many => "many",
            Self::Other => "other",
        }
    }

    /// The form that goes with a count in a language.
    pub fn of(language: &Language, count: u32) -> Self {
        let rules = PluralRules::try_new_cardinal((&locale(language)).into());
        rules.map_or(Self::Other, |rules| Self::from(rules.category_for(count)))
    }

    /// Every form that one of these counts has in a language.
    pub fn of_all(language: &Language, counts: impl IntoIterator<Item = u32>) -> BTreeSet<Self> {
        match PluralRules::try_new_cardinal((&locale(language)).into()) {
            Ok(rules) => {
                counts.into_iter().map(|count| Self::from(rules.category_for(count))).collect()
            }
            Err(_) => BTreeSet::from([Self::Other]),
        }
    }
}

impl From<PluralCategory> for Plural {
    fn from(category: PluralCategory) -> Self {
        match category {
            PluralCategory::Zero => Self::Zero,
            PluralCategory::One => Self::One,
            PluralCategory::Two => Self::Two,
            PluralCategory::Few => Self::Few,
            PluralCategory::Many => Self::Many,
            PluralCategory::Other => Self::Other,
        }
    }
}

/// A plain decimal such as `1234.50` as a language writes it: `1,234.50`, `1.234,50`, `1 234,50`.
pub fn number(language: &Language, plain: &str) -> String {
    let formatter =
        DecimalFormatter::try_new((&locale(language)).into(), DecimalFormatterOptions::default())
            .ok();
    match (formatter, Decimal::try_from_str(plain)) {
        (Some(formatter), Ok(decimal)) => formatter.format(&decimal).to_string(),
        (None, _) | (_, Err(_)) => plain.to_owned(),
    }
}

/// An amount as a language writes its numbers, with the currency's code behind it: `1.234,50 EUR`.
///
/// The code and not a sign: `$` is the sign of twenty currencies, `¥` of two and `kr` of four, and whoever reads
/// what was given back must not have to guess. What would place signs by locale is
/// [not released yet](https://docs.rs/icu_experimental), and may change what a customer reads with every version.
pub fn amount(language: &Language, money: Money) -> String {
    let plain = money.decimal();
    // Krónur and shillings are kept with two decimals at Stripe and have none.
    let is_whole = money.currency().step() >= money.currency().minor_per_major();
    let shown = if is_whole { plain.split('.').next().unwrap_or(&plain) } else { &plain };
    format!("{} {}", number(language, shown), money.currency())
}

fn locale(language: &Language) -> Locale {
    Locale::try_from_str(language.as_str()).unwrap_or(Locale::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        tag.parse().unwrap()
    }

    fn written(tag: &str, minor: i64, code: &str) -> String {
        let money = Money::from_minor(minor, code.parse().unwrap()).unwrap();
        // The space that parts thousands in French is a narrow one that does not break.
        amount(&language(tag), money).replace('\u{202f}', "_")
    }

    #[test]
    fn an_amount_is_written_as_the_language_writes_numbers() {
        for (tag, thousands, little) in [
            ("en", "12,345.67 EUR", "1,234.50 EUR"),
            ("fr", "12_345,67 EUR", "1_234,50 EUR"),
            ("de", "12.345,67 EUR", "1.234,50 EUR"),
            ("es", "12.345,67 EUR", "1234,50 EUR"),
            ("pt", "12.345,67 EUR", "1.234,50 EUR"),
            ("it", "12.345,67 EUR", "1234,50 EUR"),
            ("nl", "12.345,67 EUR", "1.234,50 EUR"),
            ("ja", "12,345.67 EUR", "1,234.50 EUR"),
            ("ar", "12,345.67 EUR", "1,234.50 EUR"),
            ("de-CH", "12'345.67 EUR", "1'234.50 EUR"),
            ("en-IN", "12,345.67 EUR", "1,234.50 EUR"),
        ] {
            assert_eq!(written(tag, 1_234_567, "EUR"), thousands, "{tag}");
            assert_eq!(written(tag, 123_450, "EUR"), little, "{tag}");
        }
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        assert_eq!(written("en", 4_900, "USD"), "49.00 USD");
        assert_eq!(written("de", 5, "EUR"), "0,05 EUR");
        assert_eq!(written("ja", 4_900, "JPY"), "4,900 JPY");
        assert_eq!(written("en", 1_230, "KWD"), "1.230 KWD");
        assert_eq!(written("fr", 490_000, "ISK"), "4_900 ISK");
        assert_eq!(written("en", 123, "MGA"), "123 MGA");
    }

    #[test]
    fn the_largest_amount_keeps_every_digit() {
        assert_eq!(written("en", i64::MAX, "USD"), "92,233,720,368,547,758.07 USD");
    }

    #[test]
    fn a_count_has_the_form_of_its_language() {
        for (tag, one, two, five) in [
            ("en", Plural::One, Plural::Other, Plural::Other),
            ("fr", Plural::One, Plural::Other, Plural::Other),
            ("ja", Plural::Other, Plural::Other, Plural::Other),
            ("pl", Plural::One, Plural::Few, Plural::Many),
            ("ar", Plural::One, Plural::Two, Plural::Few),
        ] {
            let forms = [1, 2, 5].map(|count| Plural::of(&language(tag), count));
            assert_eq!(forms, [one, two, five], "{tag}");
        }
        let english = Plural::of_all(&language("en"), 1..=90);
        assert_eq!(english, BTreeSet::from([Plural::One, Plural::Other]));
    }

    #[test]
    fn a_language_that_nobody_knows_is_written_plainly() {
        assert_eq!(written("xx", 123_450, "EUR"), "1,234.50 EUR");
        assert_eq!(Plural::of(&language("xx"), 1), Plural::Other);
    }
}
