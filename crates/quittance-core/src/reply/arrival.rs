//! When a refund arrives, as the company says it.

use std::collections::BTreeMap;

use super::{Incomplete, Placeholder, Text};
use crate::locale::{self, Plural};
use crate::policy::Language;

/// In how many business days money is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    from: u32,
    to: u32,
}

impl Days {
    /// The most that can be said: a quarter of a year.
    pub const MOST: u32 = 90;

    /// From one number of days to another, which may be the same. None for no days at all, too many, or the
    /// wrong order.
    pub fn new(from: u32, to: u32) -> Option<Self> {
        (1 <= from && from <= to && to <= Self::MOST).then_some(Self { from, to })
    }

    /// Whether these are two numbers.
    pub fn is_range(self) -> bool {
        self.from != self.to
    }

    /// The form of the count in a language. Of two numbers the second one decides:
    /// <https://unicode.org/reports/tr35/tr35-numbers.html#Plural_Ranges>.
    pub fn form(self, language: &Language) -> Plural {
        Plural::of(language, self.to)
    }

    /// What a text about them must say.
    pub fn must_say(self) -> &'static [Placeholder] {
        if self.is_range() { &[Placeholder::From, Placeholder::To] } else { &[Placeholder::Days] }
    }
}

/// How it is said, in the forms that go with different counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    days: Days,
    text: Text,
}

impl Arrival {
    /// The days, and how they are said by the form of the count. Fails without the form that is needed, and when it does not say the days.
    pub fn new(
        language: &Language,
        days: Days,
        mut forms: BTreeMap<Plural, Text>,
    ) -> Result<Self, Incomplete> {
        let text = forms.remove(&days.form(language)).ok_or(Incomplete::Arrival)?;
        let says_all = days.must_say().iter().all(|placeholder| text.says(*placeholder));
        if says_all { Ok(Self { days, text }) } else { Err(Incomplete::Arrival) }
    }

    pub(super) fn write(&self, language: &Language) -> String {
        let number = |days: u32| locale::number(language, &days.to_string());
        self.text.fill(|placeholder| match placeholder {
            Placeholder::From => number(self.days.from),
            Placeholder::To | Placeholder::Days => number(self.days.to),
            Placeholder::Amount
            | Placeholder::Method
            | Placeholder::Clause
            | Placeholder::Quote
            | Placeholder::Arrival => String::new(),
        })
    }
}
