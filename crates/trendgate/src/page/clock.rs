//! The clock of the site: times and days as its people read them. Pure.
//!
//! Enters: the IANA name of the zone, and instants. Leaves: local times, and the [`Days`] of a stretch, each from its midnight to the next,
//! so that a day on which the clock changes has 23 or 25 hours. A zone that is not known is read as UTC, and named so.

use crate::time::{self, Extent, Instant};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// The clock of a site.
#[derive(Debug, Clone)]
pub(crate) struct SiteClock {
    /// The name of its zone.
    pub(crate) zone: String,
    rules: TimeZone,
}

impl SiteClock {
    /// The clock of this zone.
    #[must_use]
    pub(crate) fn of(zone: &str) -> Self {
        match time::zone(zone) {
            Some(rules) => Self {
                zone: zone.to_owned(),
                rules,
            },
            None => Self {
                zone: "UTC".to_owned(),
                rules: TimeZone::UTC,
            },
        }
    }

    /// A time to the minute: `2016-11-29 10:00`.
    #[must_use]
    pub(crate) fn minute(&self, at: Instant) -> String {
        self.written(at, "%Y-%m-%d %H:%M")
    }

    /// A time in a form of `strftime`.
    pub(super) fn written(&self, at: Instant, form: &str) -> String {
        self.rules
            .to_datetime(timestamp(at))
            .strftime(form)
            .to_string()
    }

    /// Two times, the day of the second left out where it is that of the first: `2016-11-29 10:00 to 14:15`.
    #[must_use]
    pub(crate) fn stretch(&self, extent: Extent) -> String {
        let last = match self.date(extent.first) == self.date(extent.last) {
            true => self.written(extent.last, "%H:%M"),
            false => self.minute(extent.last),
        };
        match extent.first == extent.last {
            true => self.minute(extent.first),
            false => format!("{} to {last}", self.minute(extent.first)),
        }
    }

    /// The day that an instant lies in.
    #[must_use]
    pub(crate) fn date(&self, at: Instant) -> Date {
        self.rules.to_datetime(timestamp(at)).date()
    }

    /// When a day begins.
    #[must_use]
    pub(crate) fn midnight(&self, day: Date) -> Instant {
        let begin = self
            .rules
            .to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
        let begin = begin.ok().and_then(|begin| begin.try_into().ok());
        begin.unwrap_or(Instant::MAX)
    }
}

/// Every instant is within jiff's range.
fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(at.nanos())).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The days of a stretch, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Days {
    dates: Vec<Date>,
    begins: Vec<Instant>,
}

impl Days {
    /// The days that `extent` touches.
    #[must_use]
    pub(crate) fn of(clock: &SiteClock, extent: Extent) -> Self {
        let last = clock.date(extent.last);
        let mut days = Self::default();
        let mut day = clock.date(extent.first);
        while day <= last {
            days.dates.push(day);
            days.begins.push(clock.midnight(day));
            match day.checked_add(1.day()) {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        days
    }

    /// Their dates.
    #[must_use]
    pub(crate) fn dates(&self) -> &[Date] {
        &self.dates
    }

    /// The place of the day that `at` lies in; instants beyond the ends belong to the first and the last day.
    #[must_use]
    pub(crate) fn place(&self, at: Instant) -> usize {
        let behind = self.begins.partition_point(|begin| *begin <= at);
        behind.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_those_of_the_sites_clock_and_a_zone_that_is_not_known_is_utc() {
        let taipei = SiteClock::of("Asia/Taipei");
        let outage = Extent::new(at("2016-11-29T02:00:00Z"), at("2016-11-29T06:15:00Z"));
        assert_eq!(taipei.stretch(outage), "2016-11-29 10:00 to 14:15");
        let night = Extent::new(at("2016-11-29T02:00:00Z"), at("2016-11-29T16:00:00Z"));
        assert_eq!(
            taipei.stretch(night),
            "2016-11-29 10:00 to 2016-11-30 00:00"
        );
        assert_eq!(
            taipei.stretch(Extent::new(outage.first, outage.first)),
            "2016-11-29 10:00"
        );
        let unknown = SiteClock::of("Mars/Olympus");
        assert_eq!(
            (unknown.zone.as_str(), unknown.minute(outage.first)),
            ("UTC", "2016-11-29 02:00".to_owned())
        );
    }

    #[test]
    fn days_begin_at_the_sites_midnight_also_where_the_clock_changes() {
        let berlin = SiteClock::of("Europe/Berlin");
        let days = Days::of(
            &berlin,
            Extent::new(at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z")),
        );
        assert_eq!(days.dates().len(), 3);
        let sunday = at("2026-03-28T23:00:00Z");
        assert_eq!(days.place(sunday), 1);
        assert_eq!(
            days.place(sunday + 23 * HOUR),
            2,
            "that Sunday has 23 hours"
        );
        assert_eq!(days.place(sunday + 22 * HOUR), 1);
        assert_eq!(days.place(Instant::MIN), 0);
    }
}
