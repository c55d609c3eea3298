//! Lengths of time and days, as people write them.

use jiff::civil::Date;
use quittance_core::policy::{Period, Unit};

use crate::problem::{Fault, quote};
use crate::text::{Cell, Piece, fold, is_word, nearest};
use crate::tongue::{Tongue, Writing};
use crate::vocabulary::Ago;

/// Reads a count in digits or as a small number word.
pub(crate) fn read_count(text: &str, writing: Writing) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let wanted = fold(text);
    writing.phrases().find_map(|phrases| {
        let mut numbers = (1_u32..).zip(phrases.numbers);
        numbers.find(|(_, words)| words.contains(&wanted.as_str())).map(|(count, _)| count)
    })
}

/// Reads a period that is the whole piece, such as `14 days`, `two weeks` or `year`.
pub(crate) fn read(piece: Piece<'_>, writing: Writing) -> Result<Period, Fault> {
    let fault =
        || piece.fault(format!("this is not a period such as `14 {}`", many(Unit::Days, writing)));
    let (count, unit) = match piece.text().split_once([' ', '-']) {
        Some((count, _)) => {
            (piece.part(0..count.len()), piece.after(count.len().saturating_add(1)))
        }
        None => split_digits(piece),
    };
    // `in a year`, and `per year`, name no count.
    let count = if count.is_empty() { Some(1) } else { read_count(count.text(), writing) };
    let Some(count) = count else { return Err(fault()) };
    let calendar = writing.phrases().flat_map(|phrases| phrases.calendar);
    let unit = unit.after_any(calendar).unwrap_or(unit);
    let Some(known) = unit_of(unit, writing) else {
        let has_digits = piece.text().contains(|char: char| char.is_ascii_digit());
        return Err(if has_digits { unknown_unit(unit, piece, count, writing) } else { fault() });
    };
    if count == 0 || count > known.most() {
        let message =
            format!("a period is at least 1 and at most {} {}", known.most(), many(known, writing));
        return Err(piece.fault(message));
    }
    Ok(Period { count, unit: known })
}

fn unit_of(unit: Piece<'_>, writing: Writing) -> Option<Unit> {
    let wanted = unit.folded();
    let mut units = writing.phrases().flat_map(|phrases| phrases.units);
    units.find(|(_, words)| words.iter().any(|word| is_word(word, &wanted))).map(|found| found.0)
}

/// What several of a unit are called.
fn many(unit: Unit, writing: Writing) -> &'static str {
    let own = writing.own().units;
    let words =
        own.iter().find(|(known, _)| *known == unit).map_or(&[] as &[&str], |found| found.1);
    words.get(1).or(words.first()).copied().unwrap_or_default()
}

fn split_digits(piece: Piece<'_>) -> (Piece<'_>, Piece<'_>) {
    let digits = piece.text().bytes().take_while(u8::is_ascii_digit).count();
    (piece.part(0..digits), piece.after(digits))
}

/// A bare number as that many days.
pub(crate) fn in_days(number: Piece<'_>, writing: Writing) -> Option<String> {
    let is_bare = number.text().bytes().all(|byte| byte.is_ascii_digit());
    let meant = format!("{} {}", number.text(), many(Unit::Days, writing));
    (is_bare && read(Cell::verbatim(&meant, 0).piece(), writing).is_ok()).then_some(meant)
}

fn unknown_unit(unit: Piece<'_>, whole: Piece<'_>, count: u32, writing: Writing) -> Fault {
    let days = many(Unit::Days, writing);
    if unit.is_empty() {
        return whole.fault(format!("a period needs its unit, such as `14 {days}`"));
    }
    let folded = unit.folded();
    let mut working = writing.phrases().flat_map(|phrases| phrases.working);
    if working.any(|word| folded.starts_with(&fold(word))) {
        // So many days of the calendar are fewer.
        return unit.fault("working days are not counted, only days of the calendar");
    }
    let units = [Unit::Hours, Unit::Days, Unit::Weeks, Unit::Months, Unit::Years];
    let known = units.map(|unit| many(unit, writing));
    let spellings = writing.phrases().flat_map(|phrases| phrases.units);
    let near = nearest(unit.text(), spellings.flat_map(|(_, words)| words).copied());
    unit.fault(format!("`{}` is no unit of time: {}", quote(unit.text()), known.join(", ")))
        .perhaps(near.map(|near| if count == 1 { near } else { plural(near, writing) }))
}

/// What several are called of a unit of which one may be called `one`.
fn plural(one: &'static str, writing: Writing) -> &'static str {
    let mut units = writing.phrases().flat_map(|phrases| phrases.units);
    let words = units.find(|(_, words)| words.first() == Some(&one)).map(|found| found.1);
    words.and_then(|words| words.get(1)).copied().unwrap_or(one)
}

/// Reads a period that lies back, such as `3 days ago`; none where nothing says so.
pub(crate) fn read_ago(piece: Piece<'_>, writing: Writing) -> Option<Result<Period, Fault>> {
    let period = writing.phrases().find_map(|phrases| match phrases.ago {
        Ago::Before(words) => piece.after_any(words),
        Ago::After(words) => piece.before_any(words),
    })?;
    Some(read(period, writing))
}

/// Reads a day: `2026-01-31`, or with the month in words, or as the file's language writes it. None where
/// it is no day; an error where it can be two.
pub(crate) fn read_day(piece: Piece<'_>, writing: Writing) -> Option<Result<Date, Fault>> {
    let text = piece.text();
    if let Ok(day) = text.parse() {
        return Some(Ok(day));
    }
    let no_day = || piece.fault("there is no such day");
    let numbers: Vec<&str> = text.split(['/', '.', '-']).collect();
    if let [first, second, year] = numbers.as_slice()
        && numbers.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    {
        let date = |day: &str, month: &str| {
            Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
        };
        return Some(match (date(first, second), date(second, first)) {
            (Some(day), _) if writing.tongue != Tongue::English || text.contains('.') => Ok(day),
            (Some(day), Some(other)) if day != other => Err(piece
                .fault(format!("it is unclear which is the month: write `{other}` or `{day}`"))),
            (Some(day), _) | (None, Some(day)) => Ok(day),
            (None, None) => Err(no_day()),
        });
    }
    let (year, month, day) = in_words(text, writing)?;
    Some(Date::new(year, month, day).map_err(|_| no_day()))
}

/// Year, month and day with the month in words: `31 January 2026`, `31. Januar 2026`, `31 de enero de
/// 2026`.
fn in_words(text: &str, writing: Writing) -> Option<(i16, i8, i8)> {
    let text = fold(text).replace([',', '.'], " ");
    let words: Vec<&str> = text
        .split(' ')
        .filter(|word| !word.is_empty() && !["de", "of", "the"].contains(word))
        .collect();
    let (day, month, year) = match words.as_slice() {
        [day, month, year] if day.starts_with(|char: char| char.is_ascii_digit()) => {
            (day, month, year)
        }
        [month, day, year] => (day, month, year),
        _ => return None,
    };
    let number = month_of(month, writing)?;
    let day = day.trim_end_matches(|char: char| char.is_alphabetic());
    Some((year.parse().ok()?, number, day.parse().ok()?))
}

/// The number of a month from its name.
pub(crate) fn month_of(name: &str, writing: Writing) -> Option<i8> {
    let wanted = fold(name);
    writing.phrases().find_map(|phrases| {
        let mut months = (1_i8..).zip(phrases.months);
        months.find(|(_, month)| is_word(month, &wanted)).map(|(number, _)| number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Cell;

    fn writing(language: &str) -> Writing {
        Writing::of(&language.parse().unwrap(), "EUR".parse().unwrap())
    }

    fn period(text: &str) -> Result<Period, Fault> {
        read(Cell::verbatim(text, 0).piece(), writing("en"))
    }

    #[test]
    fn periods_and_days_are_read_in_every_language() {
        for (language, text, shown) in [
            ("de", "vierzehn Tage", ""),
            ("de", "14 Tagen", "14 days"),
            ("de", "zwei Wochen", "2 weeks"),
            ("fr", "deux mois", "2 months"),
            ("fr", "un an", "1 year"),
            ("es", "3 días", "3 days"),
            ("es", "un año", "1 year"),
            ("de", "14 days", "14 days"),
        ] {
            let read = read(Cell::verbatim(text, 0).piece(), writing(language));
            assert_eq!(read.map(|read| read.to_string()).unwrap_or_default(), shown, "{text}");
        }
        for (language, text, shown) in [
            ("en", "2026-01-31", Some("2026-01-31")),
            ("en", "31 January 2026", Some("2026-01-31")),
            ("en", "January 31 2026", Some("2026-01-31")),
            ("en", "31/01/2026", Some("2026-01-31")),
            ("en", "01/02/2026", None),
            ("de", "31.1.2026", Some("2026-01-31")),
            ("de", "31. Januar 2026", Some("2026-01-31")),
            ("fr", "01/02/2026", Some("2026-02-01")),
            ("es", "31 de enero de 2026", Some("2026-01-31")),
            ("es", "30 de febrero de 2026", None),
        ] {
            let day = read_day(Cell::verbatim(text, 0).piece(), writing(language)).unwrap();
            assert_eq!(day.ok().map(|day| day.to_string()).as_deref(), shown, "{text}");
        }
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
            ("14\u{a0}days", "14 days"),
            ("14\u{202f}days", "14 days"),
        ] {
            assert_eq!(period(text).map(|read| read.to_string()).unwrap_or_default(), shown);
        }
    }

    #[test]
    fn what_is_no_period_is_explained() {
        let suggestion = |text: &str| period(text).unwrap_err().suggestion;
        assert_eq!(suggestion("14"), None);
        assert_eq!(suggestion("14 dyas").as_deref(), Some("days"));
        assert_eq!(suggestion("14 dayz").as_deref(), Some("days"));
        assert_eq!(suggestion("12 mnth").as_deref(), Some("months"));
        assert_eq!(suggestion("1 dayz").as_deref(), Some("day"));
        assert_eq!(suggestion("14 working days"), None);
        for text in ["", "0 days", "99999 days", "-3 days", "some days", "4294967296 days"] {
            assert!(period(text).is_err(), "{text:?}");
        }
    }
}
