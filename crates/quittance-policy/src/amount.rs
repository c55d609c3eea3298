//! Amounts as people write them, and never a guess.

use quittance_core::money::{Currency, Money};

use crate::problem::{Fault, quote};
use crate::text::{Cell, Piece};
use crate::tongue::{Digits, Writing};

mod share;

pub(crate) use share::read_share;

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
    ("dólares", &["USD"]),
    ("livres", &["GBP"]),
    ("libras", &["GBP"]),
    ("pfund", &["GBP"]),
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

/// How long a number is of which a message says both readings.
const LONGEST_READING: usize = 16;

/// Reads one amount above zero.
pub(crate) fn read(piece: Piece<'_>, writing: Writing) -> Result<Money, Fault> {
    let home = writing.home;
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
    let currency = read_currency(piece, before, number, after, writing)?;
    let amount = read_number(piece, number, currency, writing)?;
    if amount.is_zero() {
        return Err(piece.fault("an amount must be more than nothing"));
    }
    let movable = amount.rounded_down();
    if movable != amount {
        let meant = format!("{} {currency}", writing.digits.as_written(&movable.decimal()));
        return Err(piece
            .fault(format!("Stripe cannot move odd parts of {currency}"))
            .perhaps(readable(meant, writing)));
    }
    Ok(amount)
}

/// A suggestion, if it can be read.
fn readable(meant: String, writing: Writing) -> Option<String> {
    read(Cell::verbatim(&meant, 0).piece(), writing).is_ok().then_some(meant)
}

/// Whether this is a currency's code, sign or word.
pub(crate) fn is_currency(mark: &str) -> bool {
    !candidates(mark).is_empty() || mark.len() == 3 && mark.parse::<Currency>().is_ok()
}

/// Reads several amounts, at most one in each currency.
pub(crate) fn read_several(
    piece: Piece<'_>,
    writing: Writing,
    faults: &mut Vec<Fault>,
) -> Vec<Money> {
    let mut amounts: Vec<Money> = Vec::new();
    let parts = piece.split_amounts(writing.tongue);
    if parts.is_empty() {
        faults.push(piece.fault("an amount is missing").suggest(format!("100 {}", writing.home)));
    }
    for part in parts {
        match read(part, writing) {
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

/// How decimals are written.
fn decimals_have(digits: Digits) -> String {
    let mark = if digits.has_comma { "comma" } else { "point" };
    format!("in this language decimals are written with a {mark}")
}

fn read_currency(
    whole: Piece<'_>,
    before: Piece<'_>,
    number: Piece<'_>,
    after: Piece<'_>,
    writing: Writing,
) -> Result<Currency, Fault> {
    match (before.is_empty(), after.is_empty()) {
        (true, true) => Err(without_currency(whole, number, writing)),
        (false, true) => from_mark(before, number, writing),
        (true, false) => from_mark(after, number, writing),
        // `$100 USD`: the code decides if the sign may mean it. Otherwise nobody knows which of them is meant,
        // or what the words before the number are.
        (false, false) => {
            let currency = from_mark(after, number, writing)?;
            let known = candidates(before.text());
            if known.iter().any(|code| *code == currency.code()) {
                Ok(currency)
            } else if known.is_empty() {
                Err(before.fault(alone(before.text())))
            } else {
                Err(whole.fault("this is not one amount such as `100 USD`"))
            }
        }
    }
}

/// What is said of words beside an amount, such as `of $30`.
fn alone(words: &str) -> String {
    format!("an amount is a number and its currency, without `{}`", quote(words))
}

/// The words around a currency in what stands beside a number: `of` in `of $`.
fn beside_currency(mark: &str) -> Option<&str> {
    let (first, rest) = mark.split_once(' ')?;
    let (start, last) = mark.rsplit_once(' ')?;
    if is_currency(last) { Some(start) } else { is_currency(first).then_some(rest) }
}

/// A number without a currency, or something that only has digits at both ends, such as a day.
fn without_currency(whole: Piece<'_>, number: Piece<'_>, writing: Writing) -> Fault {
    let is_part = |char: char| {
        char.is_ascii_digit()
            || char.is_whitespace()
            || matches!(char, ',' | '.' | '\'' | '\u{2019}')
    };
    if !number.text().chars().all(is_part) {
        return whole.fault("this is not an amount such as `100 USD`");
    }
    let meant = format!("{} {}", number.text(), writing.home);
    whole.fault("an amount needs its currency").perhaps(readable(meant, writing))
}

fn from_mark(mark: Piece<'_>, number: Piece<'_>, writing: Writing) -> Result<Currency, Fault> {
    let home = writing.home;
    let text = mark.text().trim_end_matches('.');
    let shown = quote(text);
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        if let Ok(currency) = text.parse() {
            return Ok(currency);
        }
        if candidates(text).is_empty() {
            let message = format!("`{shown}` is not a currency code of ISO 4217");
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
            .fault(format!("`{shown}` can be several currencies; write its code"))
            .perhaps(readable(format!("{} {code}", number.text()), writing))),
        [] => Err(mark.fault(match beside_currency(text) {
            Some(words) => alone(words),
            None => format!("`{shown}` is not a currency"),
        })),
    }
}

fn candidates(sign: &str) -> &'static [&'static str] {
    let sign = sign.to_lowercase();
    SIGNS.iter().find(|(known, _)| *known == sign).map_or(&[], |(_, codes)| codes)
}

/// Reads the digits: a point before decimals (in some languages a comma), and groups of three parted by
/// the other, by spaces or apostrophes. What another country would read otherwise is refused.
fn read_number(
    whole: Piece<'_>,
    number: Piece<'_>,
    currency: Currency,
    writing: Writing,
) -> Result<Money, Fault> {
    let digits = writing.digits;
    let text = digits.with_point(number.text());
    let decimals = usize::try_from(currency.decimals()).unwrap_or(2);
    if let Some((message, meant)) = ambiguous(&text, decimals, digits) {
        let meant = meant.map(|meant| format!("{} {currency}", digits.as_written(&meant)));
        return Err(whole.fault(message).perhaps(meant.and_then(|meant| readable(meant, writing))));
    }
    let (integer, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let example = digits.as_written("1,000.00");
    let plain = ungrouped(integer).ok_or_else(|| {
        whole.fault(format!("`{}` is not a number such as `{example}`", quote(number.text())))
    })?;
    if fraction.len() > decimals {
        let message = match decimals {
            0 => format!("{currency} has no decimals"),
            count => format!("{currency} has {count} decimals"),
        };
        return Err(whole.fault(message));
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Money::from_decimal(&format!("{plain}{point}{fraction}"), currency).map_err(|_| {
        whole.fault(format!("`{}` is not an amount in {currency}", quote(number.text())))
    })
}

/// What is wrong with a number that can be read in two ways, and what is meant if there is no doubt, as if
/// decimals had a point: `1.000 USD`, `49,90 EUR`, `1.000,00 EUR`, `1,000 KWD`.
fn ambiguous(text: &str, decimals: usize, style: Digits) -> Option<(String, Option<String>)> {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let bare = |text: &str| text.replace([',', '.', ' ', '\u{a0}', '\u{202f}', '\''], "");
    if let Some((integer, rest)) = text.rfind(',').and_then(|at| text.split_at_checked(at)) {
        let count = digits(rest);
        let is_last = !rest.contains('.');
        if is_last && (count < 3 || integer.contains('.')) {
            let has_groups = integer.contains(',') || integer.contains('.') && count == 3;
            let meant = (!has_groups).then(|| format!("{}.{}", bare(integer), bare(rest)));
            return Some((decimals_have(style), meant));
        }
        if is_last && count == 3 && decimals == 3 && !integer.contains(',') {
            let (integer, rest) = (bare(integer), bare(rest));
            return Some((
                unclear(text, &integer, &rest, &format!("{integer}{rest}"), style),
                None,
            ));
        }
    }
    let (integer, fraction) = text.split_once('.')?;
    let is_group = fraction.split('.').all(|group| group.len() == 3 && digits(group) == 3);
    let is_thousand = is_group && !integer.contains(',') && integer.len() <= 3;
    if !is_thousand || decimals == 3 {
        return None;
    }
    if fraction.contains('.') {
        let mark = if style.has_comma { "point" } else { "comma" };
        return Some((
            format!("in this language thousands are parted by a {mark}"),
            Some(bare(text)),
        ));
    }
    let thousands = format!("{integer},{fraction}");
    Some((unclear(text, integer, fraction, &thousands, style), None))
}

/// Says both readings of a number: with decimals, and with thousands. Which is meant, only its writer knows.
fn unclear(text: &str, integer: &str, fraction: &str, thousands: &str, style: Digits) -> String {
    let shown = quote(&style.as_written(text));
    if text.len() > LONGEST_READING {
        return format!("it is unclear whether `{shown}` has decimals or thousands");
    }
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let small = style.as_written(&format!("{integer}{point}{fraction}"));
    let large = style.as_written(thousands);
    format!("it is unclear whether `{shown}` means {small} or {large}")
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

    fn writing(language: &str, home: &str) -> Writing {
        Writing::of(&language.parse().unwrap(), home.parse().unwrap())
    }

    fn amount(text: &str, home: &str) -> Result<String, (String, Option<String>)> {
        in_language("en", text, home)
    }

    fn in_language(
        language: &str,
        text: &str,
        home: &str,
    ) -> Result<String, (String, Option<String>)> {
        read(Cell::verbatim(text, 0).piece(), writing(language, home))
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
    fn a_language_with_a_decimal_comma_is_read_as_its_people_write() {
        for (text, shown) in [
            ("1 000,00 €", "1000.00 EUR"),
            ("1.000,50 EUR", "1000.50 EUR"),
            ("1.000 EUR", "1000.00 EUR"),
            ("49,9 EUR", "49.90 EUR"),
            ("1.234.567 EUR", "1234567.00 EUR"),
            ("50 Euro", "50.00 EUR"),
        ] {
            assert_eq!(in_language("de", text, "EUR"), Ok(shown.to_owned()), "{text:?}");
        }
        for (text, suggestion) in [
            ("49.90 EUR", Some("49,90 EUR")),
            ("1,000.50 EUR", Some("1000,50 EUR")),
            ("1,000 EUR", None),
            // With a point it would be a thousand times as much.
            ("1,255 KWD", Some("1,250 KWD")),
        ] {
            let (_, suggested) = in_language("fr", text, "EUR").unwrap_err();
            assert_eq!(suggested.as_deref(), suggestion, "{text:?}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for (text, home, suggestion) in [
            ("1.000 USD", "USD", None),
            ("1.000.000 USD", "USD", Some("1000000 USD")),
            ("1.000", "USD", None),
            ("2026-08-25", "USD", None),
            ("in full less 5 USD", "USD", None),
            ("1.000,00 EUR", "EUR", Some("1000.00 EUR")),
            ("49,90 EUR", "EUR", Some("49.90 EUR")),
            ("$100", "EUR", Some("100 USD")),
            ("¥100", "USD", Some("100 JPY")),
            ("100", "USD", Some("100 USD")),
            ("1,000 KWD", "KWD", None),
            ("1.255 KWD", "KWD", Some("1.250 KWD")),
            ("0.001 KWD", "KWD", None),
            ("$100,200 EUR", "EUR", None),
        ] {
            let (_, suggested) = amount(text, home).unwrap_err();
            assert_eq!(suggested.as_deref(), suggestion, "{text:?}");
        }
    }

    #[test]
    fn both_readings_of_an_unclear_number_are_said() {
        for (language, text, home, said) in [
            ("en", "$60.000", "USD", "it is unclear whether `60.000` means 60 or 60,000"),
            ("en", "60.500 USD", "USD", "it is unclear whether `60.500` means 60.5 or 60,500"),
            ("en", "1,000 KWD", "KWD", "it is unclear whether `1,000` means 1 or 1000"),
            ("de", "60,000 EUR", "EUR", "it is unclear whether `60,000` means 60 or 60.000"),
        ] {
            let (message, _) = in_language(language, text, home).unwrap_err();
            assert_eq!(message, said, "{text}");
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
}
