//! Lengths of time as people write them.

use quittance_core::policy::{Period, Unit};

use crate::problem::Fault;
use crate::text::{Piece, nearest};

/// Reads a count in digits or as a small number word.
pub(crate) fn read_count(text: &str) -> Option<u32> {
    const WORDS: [&str; 12] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    if text.eq_ignore_ascii_case("a") || text.eq_ignore_ascii_case("an") {
        return Some(1);
    }
    (1_u32..).zip(WORDS).find(|(_, word)| word.eq_ignore_ascii_case(text)).map(|(count, _)| count)
}

/// Reads a period that is the whole piece, such as `14 days`, `two weeks` or `year`.
pub(crate) fn read(piece: Piece<'_>) -> Result<Period, Fault> {
    let fault = || piece.fault("this is not a period such as `14 days`");
    let (count, unit) = match piece.text().split_once([' ', '\u{a0}', '-']) {
        Some((count, _)) => {
            (piece.part(0..count.len()), piece.after(count.len().saturating_add(1)))
        }
        None => split_digits(piece),
    };
    // `in a year`, and `per year`, name no count.
    let count = if count.is_empty() { Some(1) } else { read_count(count.text()) };
    let Some(count) = count else { return Err(fault()) };
    let unit = unit.after_word("calendar").unwrap_or(unit);
    let Some(known) = Unit::from_word(unit.text().trim_end_matches('.')) else {
        let has_digits = piece.text().contains(|char: char| char.is_ascii_digit());
        return Err(if has_digits { unknown_unit(unit, piece) } else { fault() });
    };
    if count == 0 || count > known.most() {
        let most = Period { count: known.most(), unit: known };
        return Err(piece.fault(format!("a period is at least 1 and at most {most}")));
    }
    Ok(Period { count, unit: known })
}

fn split_digits(piece: Piece<'_>) -> (Piece<'_>, Piece<'_>) {
    let digits = piece.text().bytes().take_while(u8::is_ascii_digit).count();
    (piece.part(0..digits), piece.after(digits))
}

fn unknown_unit(unit: Piece<'_>, whole: Piece<'_>) -> Fault {
    if unit.is_empty() {
        return whole.fault("a period needs its unit").suggest(format!("{} days", whole.text()));
    }
    let is_working = ["business", "working"].iter().any(|word| unit.folded().starts_with(word));
    if is_working {
        return unit
            .fault("working days are not counted, only days of the calendar")
            .suggest("days");
    }
    let known = Unit::WORDS.iter().map(|(_, _, many)| *many);
    unit.fault(format!("{:?} is no unit of time: hours, days, weeks, months or years", unit.text()))
        .perhaps(nearest(unit.text(), known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Cell;

    fn period(text: &str) -> Result<Period, Fault> {
        read(Cell::verbatim(text, 0).piece())
    }

    #[test]
    fn periods_are_read_as_people_write_them() {
        for (text, shown) in [
            ("14 days", "14 days"),
            ("two weeks", "2 weeks"),
            ("a month", "1 month"),
            ("year", "1 year"),
            ("24h", ""),
            ("24hours", "24 hours"),
            ("14-day", "14 days"),
        ] {
            assert_eq!(period(text).map(|read| read.to_string()).unwrap_or_default(), shown);
        }
    }

    #[test]
    fn what_is_no_period_is_explained() {
        assert_eq!(period("14").unwrap_err().suggestion.as_deref(), Some("14 days"));
        assert_eq!(period("14 dyas").unwrap_err().suggestion.as_deref(), Some("days"));
        assert_eq!(period("14 working days").unwrap_err().suggestion.as_deref(), Some("days"));
        for text in ["", "0 days", "99999 days", "-3 days", "some days", "4294967296 days"] {
            assert!(period(text).is_err(), "{text:?}");
        }
    }
}
