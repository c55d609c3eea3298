//! Stripe's rules for amounts, written down here once more so that the stand-in can disagree with
//! the program it tests: <https://docs.stripe.com/currencies>.

use super::failure::Failure;
use super::params::Params;

/// Currencies without a smaller unit.
const ZERO_DECIMAL: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];
/// Currencies with thousandths, of which the last digit must be zero.
const THREE_DECIMAL: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];
/// Currencies that are sent with two decimals but have no fractions.
const WHOLE: [&str; 2] = ["isk", "ugx"];
/// Currencies with two decimals that the stand-in takes.
const TWO_DECIMAL: [&str; 42] = [
    "aed", "ars", "aud", "bgn", "brl", "cad", "chf", "cny", "cop", "crc", "czk", "dkk", "dop",
    "egp", "eur", "gbp", "gel", "ghs", "hkd", "huf", "idr", "ils", "inr", "kes", "mad", "mxn",
    "myr", "ngn", "nok", "nzd", "pen", "php", "pln", "qar", "ron", "sar", "sek", "sgd", "thb",
    "try", "usd", "zar",
];
/// More that have two decimals.
const TWO_DECIMAL_MORE: [&str; 6] = ["all", "lkr", "pkr", "twd", "uah", "uyu"];
/// The smallest charge in the settlement currencies, in minor units.
const SMALLEST_CHARGE: [(&str, i64); 26] = [
    ("usd", 50),
    ("aed", 200),
    ("aud", 50),
    ("bgn", 100),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17_500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("isk", 10_000),
    ("kwd", 150),
];
/// The largest amount: eight digits.
const LARGEST: i64 = 99_999_999;
/// The largest amount in rupiah: twelve digits.
const LARGEST_IDR: i64 = 999_999_999_999;

/// The currency parameter, in small letters.
pub(crate) fn read(params: &Params) -> Result<String, Failure> {
    let code = params.required("currency")?.to_ascii_lowercase();
    let lists: [&[&str]; 5] =
        [&ZERO_DECIMAL, &THREE_DECIMAL, &WHOLE, &TWO_DECIMAL, &TWO_DECIMAL_MORE];
    if lists.iter().any(|list| list.contains(&code.as_str())) {
        Ok(code)
    } else {
        let known = lists.concat().join(", ");
        let message = format!(
            "Invalid currency: {code}. Stripe currently supports these currencies: {known}"
        );
        Err(Failure::invalid_plain("currency", message))
    }
}

/// The amount parameter: positive, not too large, and a multiple of what the currency can move.
pub(crate) fn amount(params: &Params, currency: &str) -> Result<Option<i64>, Failure> {
    let Some(amount) = params.positive("amount")? else { return Ok(None) };
    let largest = if currency == "idr" { LARGEST_IDR } else { LARGEST };
    if amount > largest {
        let message = format!("Amount must be no more than {}", display(largest, currency));
        return Err(Failure::invalid("amount_too_large", "amount", message));
    }
    let step = step(currency);
    if amount.checked_rem(step) != Some(0) {
        let message =
            format!("Invalid amount: {amount} must be evenly divisible by {step} in {currency}");
        return Err(Failure::invalid("parameter_invalid_integer", "amount", message));
    }
    Ok(Some(amount))
}

/// Fails when a charge of `amount` is too small to be made.
pub(crate) fn chargeable(amount: i64, currency: &str) -> Result<(), Failure> {
    let smallest = SMALLEST_CHARGE.iter().find(|(code, _)| *code == currency);
    match smallest {
        Some((_, smallest)) if amount < *smallest => {
            let message = if currency == "usd" {
                "Amount must be at least 50 cents".to_owned()
            } else {
                format!("Amount must be at least {}", display(*smallest, currency))
            };
            Err(Failure::invalid("amount_too_small", "amount", message))
        }
        Some(_) | None => Ok(()),
    }
}

fn step(currency: &str) -> i64 {
    if WHOLE.contains(&currency) {
        100
    } else if THREE_DECIMAL.contains(&currency) {
        10
    } else {
        1
    }
}

/// An amount as Stripe's messages show it, such as `$49.00` or `¥500`.
pub(crate) fn display(amount: i64, currency: &str) -> String {
    let decimals = if ZERO_DECIMAL.contains(&currency) {
        0
    } else if THREE_DECIMAL.contains(&currency) {
        3
    } else {
        2
    };
    let digits = format!("{amount:0>width$}", width = usize::saturating_add(decimals, 1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left.checked_rem(3) == Some(0) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let number = if decimals == 0 { grouped } else { format!("{grouped}.{fraction}") };
    match currency {
        "usd" => format!("${number}"),
        "eur" => format!("€{number}"),
        "gbp" => format!("£{number}"),
        "jpy" => format!("¥{number}"),
        other => format!("{number} {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount_of(text: &str, currency: &str) -> Result<Option<i64>, Failure> {
        let mut params = Params::default();
        params.read(format!("amount={text}").as_bytes()).unwrap();
        amount(&params, currency)
    }

    #[test]
    fn amounts_are_shown_by_their_currency() {
        let shown = [
            display(4900, "usd"),
            display(5, "eur"),
            display(99_999_999, "usd"),
            display(500, "jpy"),
            display(1500, "kwd"),
        ];
        assert_eq!(shown, ["$49.00", "€0.05", "$999,999.99", "¥500", "1.500 kwd"]);
    }

    #[test]
    fn fractions_that_the_currency_cannot_move_are_refused() {
        assert_eq!(amount_of("500", "isk").unwrap(), Some(500));
        assert!(amount_of("550", "isk").is_err());
        assert!(amount_of("1005", "kwd").is_err());
        assert!(amount_of("1010", "kwd").is_ok());
        assert_eq!(amount_of("0", "usd").unwrap_err().code, Some("parameter_invalid_integer"));
        assert_eq!(amount_of("100000000", "usd").unwrap_err().code, Some("amount_too_large"));
        assert!(amount_of("100000000", "idr").is_ok());
    }
}
