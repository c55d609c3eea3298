//! Lengths of time, counted on the calendar.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

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
    pub const WORDS: [(Self, &'static str, &'static str); 5] = [
        (Self::Hours, "hour", "hours"),
        (Self::Days, "day", "days"),
        (Self::Weeks, "week", "weeks"),
        (Self::Months, "month", "months"),
        (Self::Years, "year", "years"),
    ];

    /// The largest count that is read: about ten years.
    pub fn most(self) -> u32 {
        match self {
            Self::Hours => 87_600,
            Self::Days => 3_650,
            Self::Weeks => 520,
            Self::Months => 120,
            Self::Years => 10,
        }
    }

    /// The unit of this name, in the singular or the plural.
    pub fn from_word(word: &str) -> Option<Self> {
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

    /// Whether `until` is at least this long after `from`.
    pub fn is_over(self, from: Timestamp, until: Timestamp) -> bool {
        match self.unit {
            Unit::Hours => from.checked_add(self.span()).is_ok_and(|end| until >= end),
            Unit::Days | Unit::Weeks | Unit::Months | Unit::Years => {
                self.last_day(from).is_some_and(|last| date(until) >= last)
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
    pub fn before(self, until: Timestamp) -> Option<Timestamp> {
        until.to_zoned(TimeZone::UTC).checked_sub(self.span()).ok().map(|then| then.timestamp())
    }

    /// The instant this long after `from`.
    pub fn after(self, from: Timestamp) -> Option<Timestamp> {
        from.to_zoned(TimeZone::UTC).checked_add(self.span()).ok().map(|then| then.timestamp())
    }

    /// The period in hours, days or months, so that two weeks and 14 days are the same.
    #[must_use]
    pub fn in_base_unit(self) -> Self {
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
pub fn date(instant: Timestamp) -> jiff::civil::Date {
    instant.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_of_days_runs_to_the_end_of_its_last_day() {
        let charge = at("2026-01-01T15:00:00Z");
        let days = Period { count: 14, unit: Unit::Days };
        assert!(days.covers(charge, at("2026-01-15T23:59:59Z")));
        assert!(!days.covers(charge, at("2026-01-16T00:00:00Z")));
        let hours = Period { count: 24, unit: Unit::Hours };
        assert!(hours.covers(charge, at("2026-01-02T15:00:00Z")));
        assert!(!hours.covers(charge, at("2026-01-02T15:00:01Z")));
    }

    #[test]
    fn a_month_is_a_month_of_the_calendar() {
        let month = Period { count: 1, unit: Unit::Months };
        assert_eq!(month.last_day(at("2026-01-31T08:00:00Z")), Some("2026-02-28".parse().unwrap()));
        assert!(month.covers(at("2026-02-01T00:00:00Z"), at("2026-03-01T23:00:00Z")));
    }
}
