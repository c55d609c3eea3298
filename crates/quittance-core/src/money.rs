//! Amounts: whole minor units of one currency, with checked arithmetic and never a float.

use std::fmt;
use std::str::FromStr;

use iso_currency::Currency as Iso;
use serde::{Deserialize, Serialize};

/// A currency of the ISO 4217 list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(Iso);

impl Currency {
    /// Euro.
    pub const EUR: Self = Self(Iso::EUR);
    /// Japanese yen, which has no smaller unit.
    pub const JPY: Self = Self(Iso::JPY);
    /// United States dollar.
    pub const USD: Self = Self(Iso::USD);

    /// The three capital letters, such as `USD`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The sign people write, such as `$`; the code where there is none.
    pub fn symbol(self) -> String {
        self.0.symbol().to_string()
    }

    /// How many decimals the minor unit has **at Stripe**, which differs from ISO 4217 for a few
    /// currencies: <https://docs.stripe.com/currencies#zero-decimal>.
    pub fn decimals(self) -> u32 {
        if self.0 == Iso::MGA {
            // Stripe takes whole ariary; the ISO list has a (non-decimal) minor unit for it.
            0
        } else if self.is_whole_with_decimals() {
            2
        } else {
            self.0.exponent().map_or(2, u32::from)
        }
    }

    /// The smallest amount that Stripe moves, in minor units: whole krónur and shillings although
    /// they are sent with two decimals, and no odd thousandths of a dinar.
    pub fn step(self) -> i64 {
        match self.decimals() {
            3 => 10,
            _ if self.is_whole_with_decimals() => 100,
            _ => 1,
        }
    }

    /// Króna and shilling have no smaller unit, but Stripe keeps two decimals for compatibility.
    fn is_whole_with_decimals(self) -> bool {
        self.0 == Iso::ISK || self.0 == Iso::UGX
    }

    /// Minor units in one major unit: 100 for `USD`, 1 for `JPY`, 1000 for `KWD`.
    pub fn minor_per_major(self) -> i64 {
        10_i64.pow(self.decimals())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// Reads a code in capital or small letters.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Iso::from_code(&text.to_ascii_uppercase())
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency(text.chars().take(20).collect()))
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

/// What cannot be done with an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The code is not in the ISO list.
    #[error("{0:?} is not a currency code of ISO 4217")]
    UnknownCurrency(String),
    /// Two currencies were mixed.
    #[error("{0} and {1} cannot be mixed")]
    CurrenciesDiffer(Currency, Currency),
    /// The result would be below zero.
    #[error("the amount would be below zero")]
    Negative,
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// The text is not an amount of this currency.
    #[error("{text:?} is not an amount in {currency}")]
    NotAnAmount {
        /// What was read.
        text: String,
        /// What it should have been an amount of.
        currency: Currency,
    },
}

/// An amount of zero or more, in one currency.
///
/// `minor` counts the currency's smallest unit (cents, or whole yen), as Stripe does. Two
/// currencies never mix, and nothing overflows silently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of `minor` units. Fails below zero.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor < 0 { Err(MoneyError::Negative) } else { Ok(Self { minor, currency }) }
    }

    /// Nothing.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads a plain decimal such as `49`, `49.00` or `0.5`: digits and at most one point, no more
    /// decimals than the currency has. Signs, exponents and separators are refused.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let refuse = || MoneyError::NotAnAmount { text: text.chars().take(40).collect(), currency };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let decimals = usize::try_from(currency.decimals()).map_err(|_| MoneyError::Overflow)?;
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_point = text.contains('.');
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return Err(refuse());
        }
        if fraction.len() > decimals || (has_point && fraction.is_empty()) {
            return Err(refuse());
        }
        let digits = format!("{whole}{fraction:0<decimals$}");
        let minor = digits.parse().map_err(|_| MoneyError::Overflow)?;
        Self::from_minor(minor, currency)
    }

    /// The amount in minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Whether this is nothing.
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum of both.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Self::from_minor(minor, self.currency)
    }

    /// What is left after taking `other` away. Fails when `other` is more.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Self::from_minor(minor, self.currency)
    }

    /// What is left after taking `other` away, or nothing when `other` is more.
    pub fn less(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(Self { minor: self.minor.saturating_sub(other.minor).max(0), currency: self.currency })
    }

    /// The smaller of both.
    pub fn least(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(if other.minor < self.minor { other } else { self })
    }

    /// Whether this is more than `other`.
    pub fn exceeds(self, other: Self) -> Result<bool, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor > other.minor)
    }

    /// `numerator / denominator` of the amount, rounded down to what Stripe can move.
    pub fn fraction(self, numerator: u64, denominator: u64) -> Result<Self, MoneyError> {
        let minor = u128::try_from(self.minor).map_err(|_| MoneyError::Negative)?;
        let product = minor.checked_mul(numerator.into()).ok_or(MoneyError::Overflow)?;
        let share = product.checked_div(denominator.into()).ok_or(MoneyError::Overflow)?;
        let minor = i64::try_from(share).map_err(|_| MoneyError::Overflow)?;
        Ok(Self { minor, currency: self.currency }.rounded_down())
    }

    /// The amount without what Stripe cannot move, see [`Currency::step`].
    #[must_use]
    pub fn rounded_down(self) -> Self {
        let odd = self.minor.checked_rem(self.currency.step()).unwrap_or(0);
        Self { minor: self.minor.saturating_sub(odd), currency: self.currency }
    }

    /// Digits with the currency's decimals and no sign or separator, such as `49.00`.
    pub fn decimal(self) -> String {
        let decimals = usize::try_from(self.currency.decimals()).unwrap_or(0);
        let digits = format!("{:0>width$}", self.minor, width = decimals.saturating_add(1));
        match digits.split_at_checked(digits.len().saturating_sub(decimals)) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
            _ => digits,
        }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrenciesDiffer(self.currency, other.currency))
        }
    }
}

impl fmt::Display for Money {
    /// Such as `49.00 USD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

/// How an amount stands in the log: checked again when it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    minor: i64,
    currency: Currency,
}

impl TryFrom<Written> for Money {
    type Error = MoneyError;

    fn try_from(written: Written) -> Result<Self, MoneyError> {
        Self::from_minor(written.minor, written.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn decimals_are_stripes_and_not_only_the_iso_lists() {
        let zero = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
        for code in zero.split(' ') {
            assert_eq!(currency(code).decimals(), 0, "{code}");
        }
        for code in "BHD JOD KWD OMR TND".split(' ') {
            assert_eq!((currency(code).decimals(), currency(code).step()), (3, 10), "{code}");
        }
        for code in "ISK UGX".split(' ') {
            assert_eq!((currency(code).decimals(), currency(code).step()), (2, 100), "{code}");
        }
        for code in "USD EUR HUF TWD GBP CHF".split(' ') {
            assert_eq!((currency(code).decimals(), currency(code).step()), (2, 1), "{code}");
        }
    }

    #[test]
    fn an_amount_is_written_with_its_decimals() {
        let written =
            |minor, code: &str| Money::from_minor(minor, currency(code)).unwrap().to_string();
        assert_eq!(written(4_900, "USD"), "49.00 USD");
        assert_eq!(written(5, "USD"), "0.05 USD");
        assert_eq!(written(4_900, "JPY"), "4900 JPY");
        assert_eq!(written(1_230, "KWD"), "1.230 KWD");
    }

    #[test]
    fn only_plain_decimals_are_amounts() {
        let read = |text: &str| Money::from_decimal(text, Currency::USD).map(Money::minor);
        assert_eq!(read("49"), Ok(4_900));
        assert_eq!(read("49.5"), Ok(4_950));
        assert_eq!(read("0.05"), Ok(5));
        for text in
            ["", ".5", "5.", "-1", "+1", "1e3", "49.999", "1,000", "４９", " 5", "0x1", "1.2.3"]
        {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert!(Money::from_decimal("1.5", Currency::JPY).is_err());
        assert_eq!(
            Money::from_decimal("99999999999999999999", Currency::USD),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn a_stored_amount_is_checked_when_read() {
        let read = |text| serde_json::from_str::<Money>(text);
        assert!(read(r#"{"minor":5,"currency":"USD"}"#).is_ok());
        assert!(read(r#"{"minor":-5,"currency":"USD"}"#).is_err());
        assert!(read(r#"{"minor":5.0,"currency":"USD"}"#).is_err());
        assert!(read(r#"{"minor":5,"currency":"QQQ"}"#).is_err());
    }

    proptest! {
        #[test]
        fn writing_and_reading_an_amount_gives_it_back(minor in 0..i64::MAX, code in "USD|JPY|KWD|ISK") {
            let amount = Money::from_minor(minor, currency(&code)).unwrap();
            prop_assert_eq!(Money::from_decimal(&amount.decimal(), amount.currency()), Ok(amount));
        }

        #[test]
        fn a_share_is_never_more_than_the_whole(minor in 0..i64::MAX, numerator in 0..=100_u64) {
            let whole = Money::from_minor(minor, Currency::USD).unwrap();
            let share = whole.fraction(numerator, 100).unwrap();
            let rest = whole.checked_sub(share).unwrap();
            prop_assert_eq!(share.checked_add(rest), Ok(whole));
        }

        #[test]
        fn sums_are_exact_or_refused(a in 0..i64::MAX, b in 0..i64::MAX) {
            let sum = Money::from_minor(a, Currency::EUR).unwrap()
                .checked_add(Money::from_minor(b, Currency::EUR).unwrap());
            let expected = a.checked_add(b).ok_or(MoneyError::Overflow);
            prop_assert_eq!(sum.map(Money::minor), expected);
        }
    }
}
