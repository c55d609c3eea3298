//! When people are at work.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::Error as _;

/// When people are there who take conversations over.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Written")]
pub struct Office {
    zone: TimeZone,
    days: Vec<Weekday>,
    opens: Time,
    closes: Time,
}

/// As it stands in the configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    timezone: String,
    #[serde(default = "working_days")]
    days: Vec<Day>,
    hours: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

fn working_days() -> Vec<Day> {
    vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri]
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Office({:?} {}-{})", self.days, self.opens, self.closes)
    }
}

impl Office {
    /// Whether somebody is there at an instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let there = at.to_zoned(self.zone.clone());
        let is_day = self.days.contains(&there.weekday());
        is_day && self.opens <= there.time() && there.time() < self.closes
    }
}

impl TryFrom<Written> for Office {
    type Error = serde::de::value::Error;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { timezone, days, hours } = written;
        let zone = TimeZone::get(&timezone).map_err(|_| {
            Self::Error::custom(format!(
                "{timezone:?} is no time zone; write one like \"Europe/Berlin\""
            ))
        })?;
        let read = |text: &str| text.trim().parse::<Time>().ok();
        let (opens, closes) = hours
            .split_once(['-', '–'])
            .and_then(|(opens, closes)| read(opens).zip(read(closes)))
            .filter(|(opens, closes)| opens < closes)
            .ok_or_else(|| {
                Self::Error::custom(format!(
                    "{hours:?} are no hours of a day; write them like \"09:00-17:30\""
                ))
            })?;
        Ok(Self { zone, days: days.into_iter().map(Weekday::from).collect(), opens, closes })
    }
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Mon => Self::Monday,
            Day::Tue => Self::Tuesday,
            Day::Wed => Self::Wednesday,
            Day::Thu => Self::Thursday,
            Day::Fri => Self::Friday,
            Day::Sat => Self::Saturday,
            Day::Sun => Self::Sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(text: serde_json::Value) -> Result<Office, String> {
        serde_json::from_value(text).map_err(|error| error.to_string())
    }

    #[test]
    fn an_office_is_open_in_its_own_time_zone() {
        let berlin = serde_json::json!({"timezone": "Europe/Berlin", "hours": "09:00-17:30"});
        let berlin = office(berlin).unwrap();
        let is_open = |at: &str| berlin.is_open(at.parse().unwrap());
        // A Monday in winter, an hour ahead of UTC.
        assert!(!is_open("2026-11-23T07:59:59Z"));
        assert!(is_open("2026-11-23T08:00:00Z"));
        assert!(is_open("2026-11-23T16:29:59Z"));
        assert!(!is_open("2026-11-23T16:30:00Z"));
        // In summer two.
        assert!(is_open("2026-07-20T07:00:00Z"));
        assert!(!is_open("2026-11-22T12:00:00Z"), "a Sunday");
    }

    #[test]
    fn what_is_no_office_is_told() {
        let of = |zone: &str, hours: &str| {
            office(serde_json::json!({"timezone": zone, "hours": hours})).unwrap_err()
        };
        assert!(of("Europe/Berln", "09:00-17:30").contains("is no time zone"));
        assert!(of("Europe/Berlin", "17:30-09:00").contains("are no hours"));
        assert!(of("Europe/Berlin", "all day").contains("are no hours"));
    }
}
