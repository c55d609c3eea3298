//! Shares of an amount, in percent.

use quittance_core::money::{Currency, Money};

use super::decimals_have;
use crate::problem::{Fault, quote};
use crate::text::Piece;
use crate::tongue::Writing;
use crate::vocabulary::Phrases;

/// A share of an amount, in hundredths of a percent.
type BasisPoints = u16;

/// Reads a share such as `50 %`: above nothing, no more than the whole, at most two decimals.
pub(crate) fn read_share(piece: Piece<'_>, writing: Writing) -> Option<Result<BasisPoints, Fault>> {
    let words = || writing.phrases().flat_map(|phrases| phrases.percent);
    let at = piece.text().find('%');
    let (number, rest) = match at {
        Some(at) => (piece.part(0..at), piece.after(at.saturating_add(1))),
        None => piece.split_at_any(words())?,
    };
    let mut of = writing.phrases().flat_map(|phrases| phrases.of_the_charge);
    if is_besides(number.text()) || rest.text().contains(|char: char| char.is_ascii_digit()) {
        return Some(Err(piece.fault("a cell has one value: either a share or an amount")));
    }
    if !rest.is_empty() && !of.any(|of| of.to_lowercase() == rest.text().to_lowercase()) {
        let example = Phrases::first(writing.own().of_the_charge);
        return Some(Err(rest.fault(format!("only `{example}` follows a percentage"))));
    }
    let digits = writing.digits.with_point(number.text());
    Some(basis_points(&digits).ok_or_else(|| no_share(piece, number, writing)))
}

/// The share that so many percent are, written with a point.
fn basis_points(percent: &str) -> Option<BasisPoints> {
    let hundredths = Money::from_decimal(percent, Currency::USD).ok()?.minor();
    u16::try_from(hundredths).ok().filter(|points| (1..=10_000).contains(points))
}

/// Whether two numbers with something between them stand before a percent sign: `20 USD or 50`.
fn is_besides(number: &str) -> bool {
    let has_digit = |word: &&str| word.contains(|char: char| char.is_ascii_digit());
    let is_other = |char: char| char.is_alphabetic() || matches!(char, '$' | '€' | '£' | '¥');
    number.contains(is_other) && number.split_whitespace().filter(has_digit).count() > 1
}

/// What is wrong with a share: words before it, its decimal sign, or its size.
fn no_share(whole: Piece<'_>, number: Piece<'_>, writing: Writing) -> Fault {
    let (ours, other) = if writing.digits.has_comma { (',', '.') } else { ('.', ',') };
    let is_decimal = |text: &str| {
        let (integer, fraction) = text.split_once(other).unwrap_or_default();
        let is_short = |text: &str, most| (1..=most).contains(&text.len());
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        is_short(integer, 3) && is_short(fraction, 2) && is_number(integer) && is_number(fraction)
    };
    if is_decimal(number.text()) {
        let is_share = basis_points(&number.text().replace(',', ".")).is_some();
        let meant = number.text().replace(other, &String::from(ours));
        return number.fault(decimals_have(writing.digits)).perhaps(is_share.then_some(meant));
    }
    let digits = number.text().find(|char: char| char.is_ascii_digit());
    let before = number.part(0..digits.unwrap_or_default());
    if before.text().contains(char::is_alphabetic) {
        let words = quote(before.text());
        return before.fault(format!("a share is a number and its sign, without `{words}`"));
    }
    whole.fault("a share is more than 0 % and at most 100 %")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Cell;

    fn writing(language: &str) -> Writing {
        Writing::of(&language.parse().unwrap(), Currency::USD)
    }

    #[test]
    fn a_share_is_more_than_nothing_and_at_most_the_whole() {
        let share = |text: &str| read_share(Cell::verbatim(text, 0).piece(), writing("en"));
        assert_eq!(share("50 %"), Some(Ok(5_000)));
        assert_eq!(share("33.33% of the charge"), Some(Ok(3_333)));
        assert_eq!(share("100 percent"), Some(Ok(10_000)));
        for text in ["0 %", "101 %", "-5 %", "5.555 %", "half %", "50 % of the moon"] {
            assert!(matches!(share(text), Some(Err(_))), "{text:?}");
        }
        assert_eq!(share("50 USD"), None);
        let french = Cell::verbatim("33,3 % du paiement", 0);
        assert_eq!(read_share(french.piece(), writing("fr")), Some(Ok(3_330)));
    }

    #[test]
    fn a_share_is_told_what_its_decimals_are_or_that_it_stands_alone() {
        let share = |language: &str, text: &str| {
            let cell = Cell::verbatim(text, 0);
            let fault = read_share(cell.piece(), writing(language)).unwrap().unwrap_err();
            (fault.message, fault.suggestion)
        };
        let decimals = |mark| format!("in this language decimals are written with a {mark}");
        assert_eq!(share("en", "33,3 %"), (decimals("point"), Some("33.3".to_owned())));
        assert_eq!(share("de", "33.3 %"), (decimals("comma"), Some("33,3".to_owned())));
        assert_eq!(share("en", "150,5 %"), (decimals("point"), None));
        let alone = "a share is a number and its sign, without `of`".to_owned();
        assert_eq!(share("en", "of 50 %"), (alone, None));
        let one = "a cell has one value: either a share or an amount".to_owned();
        for text in ["20 USD or 50 %", "$20 or 50 %", "50 % or 20 USD"] {
            assert_eq!(share("en", text), (one.clone(), None), "{text}");
        }
    }
}
