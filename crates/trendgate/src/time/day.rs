//! Days of the calendar, as people write them.

use crate::time::Instant;
use jiff::{civil, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A day of the calendar; written as year-month-day.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(
    with = "String",
    description = "A day of the calendar: year-month-day.",
    extend("format" = "date")
)]
pub struct CalendarDay(civil::Date);

impl CalendarDay {
    /// The day of these numbers.
    ///
    /// # Panics
    /// Where the calendar has no such day.
    #[must_use]
    pub const fn new(year: i16, month: i8, day: i8) -> Self {
        Self(civil::date(year, month, day))
    }

    /// Its first instant in a zone.
    #[must_use]
    pub fn begin(self, zone: &TimeZone) -> Instant {
        let begin = zone.to_timestamp(self.0.to_datetime(civil::Time::midnight()));
        // A day outside of what instants can be is before or behind all of them.
        let beyond = match self.0.year() < 1970 {
            true => Instant::MIN,
            false => Instant::MAX,
        };
        begin
            .ok()
            .and_then(|begin| begin.try_into().ok())
            .unwrap_or(beyond)
    }
}

impl FromStr for CalendarDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let day = text.parse().ok().map(Self);
        day.filter(|day| day.to_string() == text)
            .ok_or_else(|| format!("{text:?} is no day of the form 2001-01-31"))
    }
}

impl TryFrom<String> for CalendarDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CalendarDay> for String {
    fn from(day: CalendarDay) -> Self {
        day.to_string()
    }
}

impl fmt::Display for CalendarDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CalendarDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_its_zone_and_one_that_the_calendar_lacks_is_none() {
        let day: CalendarDay = "2001-01-01".parse().unwrap();
        let begin = day.begin(&crate::time::zone("Asia/Taipei").unwrap());
        assert_eq!(begin.to_string(), "2000-12-31T16:00:00Z");
        assert!("2001-02-30".parse::<CalendarDay>().is_err());
    }
}
