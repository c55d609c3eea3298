//! Lengths of time as people write them, counted on the calendar.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::problem::Fault;
use super::text::{Piece, nearest};

/// What a period is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Hours, counted to the instant.
    Hours,
    /// Days of the calendar.
    Days,
    /// Weeks of seven days.
    Weeks,
    /// Months of the calendar.
    Months,
    /// Years of the calendar.
    Years,
}

impl Unit {
    /// Every unit and how it is called, one and many.
    const WORDS: [(Self, &'static str, &'static str); 5] = [
        (Self::Hours, "hour", "hours"),
        (Self::Days, "day", "days"),
        (Self::Weeks, "week", "weeks"),
        (Self::Months, "month", "months"),
        (Self::Years, "year", "years"),
    ];

    /// The largest count that is read: about ten years.
    fn most(self) -> u32 {
        match self {
            Self::Hours => 87_600,
            Self::Days => 3_650,
            Self::Weeks => 520,
            Self::Months => 120,
            Self::Years => 10,
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        let is_word = |text: &str| text.eq_ignore_ascii_case(word);
        Self::WORDS.iter().find(|(_, one, many)| is_word(one) || is_word(many)).map(|found| found.0)
    }
}

/// A length of time such as `14 days`. Days, weeks, months and years are counted on the calendar in
/// UTC and run to the end of their last day, as consumer law counts them; hours run to the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// How many; at least one.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

impl Period {
    /// Whether `until` is no later than this long after `from`.
    pub fn covers(self, from: Timestamp, until: Timestamp) -> bool {
        match self.unit {
            Unit::Hours => from.checked_add(self.span()).is_ok_and(|end| until <= end),
            Unit::Days | Unit::Weeks | Unit::Months | Unit::Years => {
                self.last_day(from).is_some_and(|last| date(until) <= last)
            }
        }
    }

    /// The last day, in UTC, of the period that begins at `from`.
    pub fn last_day(self, from: Timestamp) -> Option<jiff::civil::Date> {
        match self.unit {
            Unit::Hours => from.checked_add(self.span()).ok().map(date),
            Unit::Days | Unit::Weeks | Unit::Months | Unit::Years => {
                date(from).checked_add(self.span()).ok()
            }
        }
    }

    /// The instant this long before `until`.
    pub(super) fn before(self, until: Timestamp) -> Option<Timestamp> {
        until.to_zoned(TimeZone::UTC).checked_sub(self.span()).ok().map(|then| then.timestamp())
    }

    /// The instant this long after `from`.
    pub(super) fn after(self, from: Timestamp) -> Option<Timestamp> {
        from.to_zoned(TimeZone::UTC).checked_add(self.span()).ok().map(|then| then.timestamp())
    }

    /// The period in hours, days or months, so that two weeks and 14 days are the same.
    pub(super) fn in_base_unit(self) -> Self {
        match self.unit {
            Unit::Hours | Unit::Days | Unit::Months => self,
            Unit::Weeks => Self { count: self.count.saturating_mul(7), unit: Unit::Days },
            Unit::Years => Self { count: self.count.saturating_mul(12), unit: Unit::Months },
        }
    }

    fn span(self) -> Span {
        let count = i64::from(self.count.min(self.unit.most()));
        match self.unit {
            Unit::Hours => Span::new().hours(count),
            Unit::Days => Span::new().days(count),
            Unit::Weeks => Span::new().weeks(count),
            Unit::Months => Span::new().months(count),
            Unit::Years => Span::new().years(count),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Unit::WORDS.iter().find(|(unit, _, _)| *unit == self.unit);
        let word = words.map_or("", |(_, one, many)| if self.count == 1 { one } else { many });
        write!(f, "{} {word}", self.count)
    }
}

/// The day of an instant in UTC.
pub(super) fn date(instant: Timestamp) -> jiff::civil::Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// Reads a count in digits or as a small number word.
pub(super) fn read_count(text: &str) -> Option<u32> {
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
pub(super) fn read(piece: Piece<'_>) -> Result<Period, Fault> {
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
    use super::super::text::Cell;
    use super::*;

    fn period(text: &str) -> Result<Period, Fault> {
        read(Cell::verbatim(text, 0).piece())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
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

    #[test]
    fn a_period_of_days_runs_to_the_end_of_its_last_day() {
        let charge = at("2026-01-01T15:00:00Z");
        let days = period("14 days").unwrap();
        assert!(days.covers(charge, at("2026-01-15T23:59:59Z")));
        assert!(!days.covers(charge, at("2026-01-16T00:00:00Z")));
        let hours = period("24 hours").unwrap();
        assert!(hours.covers(charge, at("2026-01-02T15:00:00Z")));
        assert!(!hours.covers(charge, at("2026-01-02T15:00:01Z")));
    }

    #[test]
    fn a_month_is_a_month_of_the_calendar() {
        let month = period("1 month").unwrap();
        assert_eq!(month.last_day(at("2026-01-31T08:00:00Z")), Some("2026-02-28".parse().unwrap()));
        assert!(month.covers(at("2026-02-01T00:00:00Z"), at("2026-03-01T23:00:00Z")));
    }
}
