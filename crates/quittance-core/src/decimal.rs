//! Exact decimal numbers that are not money.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many decimals there are at most.
const DECIMALS: usize = 9;

/// A number with up to nine decimals, compared exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(i128);

/// A text that is no such number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number of at most 18 digits and nine decimals")]
pub struct InvalidDecimal;

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole)
            || !is_digits(fraction)
            || whole.len() > 18
            || fraction.len() > DECIMALS
        {
            return Err(InvalidDecimal);
        }
        let units: i128 =
            format!("{whole}{fraction:0<DECIMALS$}").parse().map_err(|_| InvalidDecimal)?;
        units.checked_mul(sign).map(Self).ok_or(InvalidDecimal)
    }
}

impl TryFrom<String> for Decimal {
    type Error = InvalidDecimal;

    fn try_from(text: String) -> Result<Self, InvalidDecimal> {
        text.parse()
    }
}

impl From<Decimal> for String {
    fn from(number: Decimal) -> Self {
        number.to_string()
    }
}

impl fmt::Display for Decimal {
    /// Such as `4.2`, without zeros at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits =
            format!("{:0>width$}", self.0.unsigned_abs(), width = DECIMALS.saturating_add(1));
        let (whole, fraction) =
            digits.split_at_checked(digits.len().saturating_sub(DECIMALS)).unwrap_or((&digits, ""));
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_compared_exactly() {
        assert!(number("0.1") < number("0.10000001"));
        assert!(number("-2") < number("-1.5"));
        assert_eq!(number("1.50"), number("1.5"));
        assert!(number("10") > number("9.999999999"));
    }

    #[test]
    fn a_number_is_written_as_it_is_read() {
        for text in ["0", "4.2", "-0.5", "999999999999999999", "0.000000001"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("007.10").to_string(), "7.1");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in
            ["", "-", "1e3", "1.", ".5", "+1", "1,5", "1.0000000001", "1000000000000000000", "½"]
        {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
