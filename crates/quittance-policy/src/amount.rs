//! Amounts as people write them, and never a guess.

use crate::problem::Fault;
use crate::text::Piece;
use quittance_core::money::{Currency, Money};

/// The signs and words for currencies, and what they may mean. Where there are several, the policy's
/// own currency is meant if it is among them, and otherwise the writer is asked.
const SIGNS: &[(&str, &[&str])] = &[
    ("$", &["USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD", "BRL", "CLP", "COP", "ARS"]),
    ("dollars", &["USD", "AUD", "CAD", "HKD", "NZD", "SGD", "TWD"]),
    ("dollar", &["USD", "AUD", "CAD", "HKD", "NZD", "SGD", "TWD"]),
    ("us$", &["USD"]),
    ("ca$", &["CAD"]),
    ("c$", &["CAD"]),
    ("a$", &["AUD"]),
    ("au$", &["AUD"]),
    ("nz$", &["NZD"]),
    ("hk$", &["HKD"]),
    ("s$", &["SGD"]),
    ("r$", &["BRL"]),
    ("€", &["EUR"]),
    ("euro", &["EUR"]),
    ("euros", &["EUR"]),
    ("£", &["GBP"]),
    ("pounds", &["GBP"]),
    ("¥", &["JPY", "CNY"]),
    ("yen", &["JPY"]),
    ("₹", &["INR"]),
    ("₩", &["KRW"]),
    ("₪", &["ILS"]),
    ("₫", &["VND"]),
    ("₴", &["UAH"]),
    ("zł", &["PLN"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
];

/// A share of an amount, in hundredths of a percent.
pub(crate) type BasisPoints = u16;

/// Reads one amount above zero. `home` is the policy's currency, which settles signs such as `$`.
pub(crate) fn read(piece: Piece<'_>, home: Currency) -> Result<Money, Fault> {
    let text = piece.text();
    let is_digit = |char: char| char.is_ascii_digit();
    let (Some(first), Some(last)) = (text.find(is_digit), text.rfind(is_digit)) else {
        return Err(piece
            .fault("this is not an amount such as `100 USD`")
            .perhaps(text.is_empty().then(|| format!("100 {home}"))));
    };
    let number = piece.part(first..last.saturating_add(1));
    let (before, after) = (piece.part(0..first), piece.after(last.saturating_add(1)));
    if before.text().ends_with(['-', '\u{2212}', '+']) {
        return Err(piece.fault("an amount has no sign before it"));
    }
    let currency = read_currency(piece, before, number, after, home)?;
    let amount = read_number(piece, number, currency)?;
    if amount.is_zero() {
        return Err(piece.fault("an amount must be more than nothing"));
    }
    let movable = amount.rounded_down();
    if movable != amount {
        return Err(piece
            .fault(format!("Stripe cannot move odd parts of {currency}"))
            .suggest(movable.to_string()));
    }
    Ok(amount)
}

/// Reads several amounts, at most one in each currency.
pub(crate) fn read_several(
    piece: Piece<'_>,
    home: Currency,
    faults: &mut Vec<Fault>,
) -> Vec<Money> {
    let mut amounts: Vec<Money> = Vec::new();
    let parts = piece.split_amounts();
    if parts.is_empty() {
        faults.push(piece.fault("an amount is missing").suggest(format!("100 {home}")));
    }
    for part in parts {
        match read(part, home) {
            Ok(amount) if amounts.iter().any(|known| known.currency() == amount.currency()) => {
                let message = format!("{} has two amounts here", amount.currency());
                faults.push(part.fault(message));
            }
            Ok(amount) => amounts.push(amount),
            Err(fault) => faults.push(fault),
        }
    }
    amounts
}

/// Reads a share such as `50 %`: above nothing, no more than the whole, at most two decimals.
pub(crate) fn read_share(piece: Piece<'_>) -> Option<Result<BasisPoints, Fault>> {
    let text = piece.text().to_lowercase();
    let (number, rest) = text.split_once('%').or_else(|| text.split_once(" percent"))?;
    let of = ["", "of the charge", "of the payment", "of the price", "of the amount", "back"];
    if !of.contains(&rest.trim()) {
        return Some(
            Err(piece.fault(format!("after the percentage nothing may follow: {text:?}"))),
        );
    }
    let hundredths = Money::from_decimal(number.trim(), Currency::USD).map(Money::minor);
    match hundredths.map(u16::try_from) {
        Ok(Ok(points @ 1..=10_000)) => Some(Ok(points)),
        _ => Some(Err(piece.fault("a share is more than 0 % and at most 100 %"))),
    }
}

fn read_currency(
    whole: Piece<'_>,
    before: Piece<'_>,
    number: Piece<'_>,
    after: Piece<'_>,
    home: Currency,
) -> Result<Currency, Fault> {
    match (before.is_empty(), after.is_empty()) {
        (true, true) => Err(whole
            .fault("an amount needs its currency")
            .suggest(format!("{} {home}", number.text()))),
        (false, true) => from_mark(before, number, home),
        (true, false) => from_mark(after, number, home),
        // `$100 USD`: the code decides if the sign may mean it.
        (false, false) => {
            let currency = from_mark(after, number, home)?;
            let may_mean = candidates(before.text()).iter().any(|code| *code == currency.code());
            if may_mean {
                Ok(currency)
            } else {
                Err(whole
                    .fault("this is not one amount such as `100 USD`")
                    .suggest(format!("{} {currency}", number.text())))
            }
        }
    }
}

fn from_mark(mark: Piece<'_>, number: Piece<'_>, home: Currency) -> Result<Currency, Fault> {
    let text = mark.text().trim_end_matches('.');
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        if let Ok(currency) = text.parse() {
            return Ok(currency);
        }
        if candidates(text).is_empty() {
            let message = format!("{text:?} is not a currency code of ISO 4217");
            return Err(mark.fault(message));
        }
    }
    let codes = candidates(text);
    if codes.contains(&home.code()) || text == home.symbol() {
        return Ok(home);
    }
    match codes {
        [code] => code.parse().map_err(|_| mark.fault(format!("{code} is not known"))),
        [code, ..] => Err(mark
            .fault(format!("{text:?} can be several currencies; write its code"))
            .suggest(format!("{} {code}", number.text()))),
        [] => Err(mark.fault(format!("{text:?} is not a currency"))),
    }
}

fn candidates(sign: &str) -> &'static [&'static str] {
    let sign = sign.to_lowercase();
    SIGNS.iter().find(|(known, _)| *known == sign).map_or(&[], |(_, codes)| codes)
}

/// Reads the digits: a point before decimals, and groups of three parted by commas, spaces or
/// apostrophes. What another country would read otherwise is refused.
fn read_number(whole: Piece<'_>, number: Piece<'_>, currency: Currency) -> Result<Money, Fault> {
    let text = number.text();
    let decimals = usize::try_from(currency.decimals()).unwrap_or(2);
    if let Some(fault) = ambiguous(whole, text, currency, decimals) {
        return Err(fault);
    }
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = ungrouped(integer)
        .ok_or_else(|| whole.fault(format!("{text:?} is not a number such as `1,000.00`")))?;
    if fraction.len() > decimals {
        let message = match decimals {
            0 => format!("{currency} has no decimals"),
            count => format!("{currency} has {count} decimals"),
        };
        return Err(whole.fault(message));
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Money::from_decimal(&format!("{plain}{point}{fraction}"), currency)
        .map_err(|_| whole.fault(format!("{text:?} is not an amount in {currency}")))
}

/// What can be read in two ways: `1.000 USD`, `49,90 EUR`, `1.000,00 EUR`, `1,000 KWD`.
fn ambiguous(whole: Piece<'_>, text: &str, currency: Currency, decimals: usize) -> Option<Fault> {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let bare = |text: &str| text.replace([',', '.', ' ', '\u{a0}', '\u{202f}', '\''], "");
    let last_comma = text.rfind(',').map(|at| text.split_at_checked(at).unwrap_or_default());
    if let Some((integer, rest)) = last_comma {
        let count = digits(rest);
        let is_last = !rest.contains('.');
        if is_last && (count < 3 || integer.contains('.')) {
            return Some(whole.fault("decimals are written with a point").suggest(format!(
                "{}.{} {currency}",
                bare(integer),
                bare(rest)
            )));
        }
        if is_last && count == 3 && decimals == 3 && !integer.contains(',') {
            return Some(
                whole
                    .fault(format!("{text:?} can be a thousand or one {currency}"))
                    .suggest(format!("{}.{} {currency}", bare(integer), bare(rest))),
            );
        }
    }
    let (integer, fraction) = text.split_once('.')?;
    let is_group = fraction.split('.').all(|group| group.len() == 3 && digits(group) == 3);
    let is_thousand = is_group && !integer.contains(',') && integer.len() <= 3;
    (is_thousand && decimals != 3).then(|| {
        whole
            .fault(format!("{text:?} can be thousands or decimals"))
            .suggest(format!("{} {currency}", bare(text)))
    })
}

/// The digits of a number without decimals whose groups, if any, are all alike and well formed.
fn ungrouped(text: &str) -> Option<String> {
    let separator = text.chars().find(|char| !char.is_ascii_digit());
    let Some(separator) = separator else { return Some(text.to_owned()) };
    if !matches!(separator, ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}') {
        return None;
    }
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_first = (1..=3).contains(&first.len()) && is_digits(first);
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 || !is_digits(group) {
            return None;
        }
        plain.push_str(group);
    }
    is_first.then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Cell;

    fn amount(text: &str, home: &str) -> Result<String, (String, Option<String>)> {
        read(Cell::verbatim(text, 0).piece(), home.parse().unwrap())
            .map(|money| money.to_string())
            .map_err(|fault| (fault.message, fault.suggestion))
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, home, shown) in [
            ("100 USD", "USD", "100.00 USD"),
            ("100.00 usd", "EUR", "100.00 USD"),
            ("USD 100", "USD", "100.00 USD"),
            ("$100", "USD", "100.00 USD"),
            ("$100", "CAD", "100.00 CAD"),
            ("US$ 100", "EUR", "100.00 USD"),
            ("$100 USD", "EUR", "100.00 USD"),
            ("100 dollars", "USD", "100.00 USD"),
            ("1,000 USD", "USD", "1000.00 USD"),
            ("1,234,567.89 USD", "USD", "1234567.89 USD"),
            ("1 000 USD", "USD", "1000.00 USD"),
            ("1'000 CHF", "USD", "1000.00 CHF"),
            ("€49.90", "USD", "49.90 EUR"),
            ("49.9 EUR", "USD", "49.90 EUR"),
            ("¥15,000", "JPY", "15000 JPY"),
            ("15000 JPY", "USD", "15000 JPY"),
            ("£5", "USD", "5.00 GBP"),
            ("1.250 KWD", "USD", "1.250 KWD"),
        ] {
            assert_eq!(amount(text, home), Ok(shown.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused_with_a_suggestion() {
        for (text, home, suggestion) in [
            ("1.000 USD", "USD", Some("1000 USD")),
            ("1.000,00 EUR", "EUR", Some("1000.00 EUR")),
            ("49,90 EUR", "EUR", Some("49.90 EUR")),
            ("$100", "EUR", Some("100 USD")),
            ("¥100", "USD", Some("100 JPY")),
            ("100", "USD", Some("100 USD")),
            ("1,000 KWD", "KWD", Some("1.000 KWD")),
            ("1.255 KWD", "KWD", Some("1.250 KWD")),
            ("$100,200 EUR", "EUR", Some("100,200 EUR")),
        ] {
            let (_, suggested) = amount(text, home).unwrap_err();
            assert_eq!(suggested.as_deref(), suggestion, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "USD",
            "-5 USD",
            "0 USD",
            "1.234,5 USD",
            "10,00,000 USD",
            "5 XQZ",
            "5 apples",
            "1e3 USD",
            "5.5.5 USD",
            "99999999999999999999 USD",
            "0.005 USD",
            "1.5 JPY",
            "5 USD 6",
        ] {
            assert!(amount(text, "USD").is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_share_is_more_than_nothing_and_at_most_the_whole() {
        let share = |text: &str| read_share(Cell::verbatim(text, 0).piece());
        assert_eq!(share("50 %"), Some(Ok(5_000)));
        assert_eq!(share("33.33% of the charge"), Some(Ok(3_333)));
        assert_eq!(share("100 percent"), Some(Ok(10_000)));
        for text in ["0 %", "101 %", "-5 %", "5.555 %", "half %", "50 % of the moon"] {
            assert!(matches!(share(text), Some(Err(_))), "{text:?}");
        }
        assert_eq!(share("50 USD"), None);
    }
}
