//! What time it is at the other end.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::DATE;

use crate::wire::Answer;

/// Stands for "nobody has told the time yet".
const NEVER: i64 = i64::MIN;

/// The `Date` of the last answer, to the second: a second opinion on the time.
#[derive(Debug)]
pub struct LastDate(AtomicI64);

impl Default for LastDate {
    fn default() -> Self {
        Self(AtomicI64::new(NEVER))
    }
}

impl LastDate {
    /// Remembers the date of an answer, if it has one that can be read.
    pub fn note(&self, answer: &Answer) {
        let date = answer.headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        if let Some(date) = date {
            self.0.store(date.as_second(), Ordering::Relaxed);
        }
    }

    /// Nothing before the first answer.
    pub fn get(&self) -> Option<Timestamp> {
        let second = self.0.load(Ordering::Relaxed);
        if second == NEVER { None } else { Timestamp::from_second(second).ok() }
    }
}
