//! The wall clock of a site → UTC, row by row.
//!
//! Most days have one offset, which is looked up once a day; zones without daylight saving time cost nothing more. On the day of a transition each
//! row is asked for. Which instant a local time that happens twice is, no row tells alone: see [`super::fold`].

use super::stated::ClockOffset;
use super::{Choice, TimeRule};
use crate::time::{DAY, Extent, Instant, SECOND, Span};
use jiff::civil;
use jiff::tz::AmbiguousOffset;

/// What a local time is in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    /// There is one such time.
    Sure(Instant),
    /// The local time never happens; the rule moved it.
    Moved(Instant),
    /// The local time happens twice.
    Doubled(Doubled),
}

/// The two instants that a local time of a doubled hour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubled {
    /// Before the clock is turned back.
    pub(super) earlier: Instant,
    /// After the clock is turned back.
    pub(super) later: Instant,
}

impl Resolved {
    /// The time; of two, the earlier.
    pub(super) fn earliest(self) -> Instant {
        match self {
            Self::Sure(time) | Self::Moved(time) => time,
            Self::Doubled(doubled) => doubled.earlier,
        }
    }
}

#[derive(Debug)]
pub(super) struct LocalClock {
    rule: TimeRule,
    /// Days that were met, each at a place of its date: rows in no order come back to them.
    days: Vec<Option<(civil::Date, ClockDay)>>,
    /// The place of the day that was met last.
    last: usize,
}

/// The days of a year find a place each. There are 1, 8, 64 or so many places.
const MOST_PLACES: usize = 512;

/// A day: its midnight, since 1970-01-01T00:00 on the same clock, and its offset to UTC if it has one only.
#[derive(Debug, Clone, Copy)]
struct ClockDay {
    midnight: Span,
    offset: Option<Span>,
}

/// A row's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowTime {
    /// As the wall clock shows it: since 1970-01-01T00:00 on that clock.
    pub(super) local: Span,
    /// In UTC.
    pub(super) utc: Resolved,
}

impl LocalClock {
    /// The wall clock of the rule's zone, or the one that is stated and never changes.
    pub(super) fn new(rule: &TimeRule, stated: Option<ClockOffset>) -> Self {
        let mut rule = rule.clone();
        if let Some(stated) = stated {
            rule.zone = stated.zone();
        }
        Self {
            rule,
            days: Vec::new(),
            last: 0,
        }
    }

    /// The time of a row. `None` for a year that an [`Instant`] cannot hold.
    #[inline]
    pub(super) fn resolve(&mut self, date: civil::Date, time_of_day: Span) -> Option<RowTime> {
        if time_of_day >= DAY {
            return self.end_of_day(date, time_of_day);
        }
        let day = match self.days.get(self.last) {
            Some(Some((known, day))) if *known == date => day,
            _ => self.other_day(date)?,
        };
        let local = day.midnight + time_of_day;
        if let Some(offset) = day.offset {
            let utc = Resolved::Sure(Instant::EPOCH + (local - offset));
            return Some(RowTime { local, utc });
        }
        let utc = self.resolve_slowly(date, local, time_of_day);
        Some(RowTime { local, utc })
    }

    /// The midnight of a day, since 1970-01-01T00:00 on the same clock, and its offset to UTC; `None` for a day that has two.
    pub(super) fn steady_day(&mut self, date: civil::Date) -> Option<(Span, Span)> {
        let day = self.other_day(date)?;
        Some((day.midnight, day.offset?))
    }

    /// 24:00 is the midnight of the next day.
    #[cold]
    fn end_of_day(&mut self, date: civil::Date, time_of_day: Span) -> Option<RowTime> {
        self.resolve(date.tomorrow().ok()?, time_of_day - DAY)
    }

    /// A day that is not the last one.
    fn other_day(&mut self, date: civil::Date) -> Option<&ClockDay> {
        let of_year = usize::from(date.month().cast_unsigned()) * 32;
        let of_year = of_year + usize::from(date.day().cast_unsigned());
        self.last = of_year & self.days.len().saturating_sub(1);
        let known = self.days.get(self.last).and_then(Option::as_ref);
        if known.is_none_or(|(known, _)| *known != date) {
            let is_taken = known.is_some();
            let day = self.begin_day(date)?;
            // Most reports are of a few days.
            if self.days.is_empty() || is_taken && self.days.len() < MOST_PLACES {
                self.days.resize((self.days.len() * 8).max(1), None);
                self.last = of_year & (self.days.len() - 1);
            }
            self.days[self.last] = Some((date, day));
        }
        self.days[self.last].as_ref().map(|(_, day)| day)
    }

    fn begin_day(&self, date: civil::Date) -> Option<ClockDay> {
        let days = date.since(civil::date(1970, 1, 1)).ok()?.get_days();
        let midnight = i64::from(days).checked_mul(DAY.nanos())?;
        // An offset is less than a day and a bit, so nothing outside these bounds can touch the day.
        let bound = |nanos: i64| jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok();
        let from = bound(midnight.checked_sub(2 * DAY.nanos())?)?;
        let to = bound(midnight.checked_add(3 * DAY.nanos())?)?;
        let zone = &self.rule.zone;
        let quiet = zone
            .following(from)
            .next()
            .is_none_or(|transition| transition.timestamp() > to);
        Some(ClockDay {
            midnight: Span::from_nanos(midnight),
            offset: quiet.then(|| length(zone.to_offset(from))),
        })
    }

    #[cold]
    fn resolve_slowly(&self, date: civil::Date, local: Span, time_of_day: Span) -> Resolved {
        let clock = civil::Time::midnight() + jiff::SignedDuration::from_nanos(time_of_day.nanos());
        let at = |offset| Instant::EPOCH + (local - length(offset));
        let zone = &self.rule.zone;
        match zone
            .to_ambiguous_timestamp(date.to_datetime(clock))
            .offset()
        {
            AmbiguousOffset::Unambiguous { offset } => Resolved::Sure(at(offset)),
            AmbiguousOffset::Gap { before, after } => {
                // The clock sprang forward: read with the offset before, the time lies after the jump.
                Resolved::Moved(match self.rule.nonexistent {
                    Choice::Later => at(before),
                    Choice::Earlier => at(after),
                })
            }
            AmbiguousOffset::Fold { before, after } => Resolved::Doubled(Doubled {
                earlier: at(before),
                later: at(after),
            }),
        }
    }
}

impl TimeRule {
    /// Whether the clock, or the one that is stated, is turned back between these times, or may have been before the first of them.
    pub(super) fn turns_back(&self, stated: Option<ClockOffset>, range: Extent) -> bool {
        let zone = stated.map_or_else(|| self.zone.clone(), ClockOffset::zone);
        let at = |time: Instant| jiff::Timestamp::from_nanosecond(i128::from(time.nanos()));
        let (Ok(from), Ok(to)) = (at(range.first - DAY), at(range.last + DAY)) else {
            return true;
        };
        let mut before = zone.to_offset(from);
        let mut steps = zone
            .following(from)
            .map(|step| (step.timestamp(), step.offset()));
        steps
            .by_ref()
            .take_while(|(time, _)| *time <= to)
            .any(|(_, offset)| std::mem::replace(&mut before, offset) > offset)
    }

    /// The offset that the wall clock had before an hour that never happened, in which `local` lies and was moved to `time`.
    pub(super) fn offset_before_gap(&self, local: Span, time: Instant) -> Span {
        match self.nonexistent {
            Choice::Later => local - (time - Instant::EPOCH),
            // Then the time lies before the hour.
            Choice::Earlier => jiff::Timestamp::from_nanosecond(i128::from(time.nanos()))
                .map_or(Span::ZERO, |time| length(self.zone.to_offset(time))),
        }
    }
}

fn length(offset: jiff::tz::Offset) -> Span {
    i64::from(offset.seconds()) * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MINUTE};

    fn resolve(zone: &str, nonexistent: Choice, date: civil::Date, minute: i64) -> Resolved {
        let rule = TimeRule {
            zone: jiff::tz::TimeZone::get(zone).unwrap(),
            ambiguous: Choice::Earlier,
            nonexistent,
            not_after: Instant::MAX,
            not_before: Instant::MIN,
            max_gap: crate::time::DAY,
        };
        let mut clock = LocalClock::new(&rule, None);
        clock.resolve(date, minute * MINUTE).unwrap().utc
    }

    #[test]
    fn a_zone_without_transitions_has_one_offset() {
        for (minute, expected) in [(0, "2016-10-09T16:00:00Z"), (15, "2016-10-09T16:15:00Z")] {
            let day = civil::date(2016, 10, 10);
            let found = resolve("Asia/Taipei", Choice::Earlier, day, minute);
            assert!(matches!(found, Resolved::Sure(time) if time.to_string() == expected));
        }
    }

    #[test]
    fn a_local_time_that_happens_twice_has_two_instants() {
        // Zone, date, minute of the day, the earlier instant, minutes to the later one.
        for (zone, date, minute, earlier, width) in [
            (
                "America/New_York",
                (2025, 11, 2),
                60,
                "2025-11-02T05:00:00Z",
                60,
            ),
            (
                "Australia/Lord_Howe",
                (2025, 4, 6),
                95,
                "2025-04-05T14:35:00Z",
                30,
            ),
            (
                "Antarctica/Troll",
                (2024, 10, 27),
                61,
                "2024-10-26T23:01:00Z",
                120,
            ),
            (
                "America/Asuncion",
                (2024, 3, 23),
                23 * 60 + 59,
                "2024-03-24T02:59:00Z",
                60,
            ),
            (
                "Asia/Beirut",
                (2024, 10, 26),
                23 * 60,
                "2024-10-26T20:00:00Z",
                60,
            ),
            (
                "Africa/Casablanca",
                (2025, 2, 23),
                150,
                "2025-02-23T01:30:00Z",
                60,
            ),
            (
                "Antarctica/Casey",
                (2010, 3, 4),
                23 * 60,
                "2010-03-04T12:00:00Z",
                180,
            ),
        ] {
            let (year, month, day) = date;
            let date = civil::date(year, month, day);
            let Resolved::Doubled(doubled) = resolve(zone, Choice::Earlier, date, minute) else {
                panic!("{zone}: once")
            };
            assert_eq!(doubled.earlier.to_string(), earlier, "{zone}");
            assert_eq!(doubled.later - doubled.earlier, width * MINUTE, "{zone}");
        }
    }

    #[test]
    fn a_time_that_never_happens_is_moved() {
        // Zone, date, minute of the day, where the later and where the earlier choice moves it.
        for (zone, date, minute, later, earlier) in [
            (
                "America/New_York",
                (2025, 3, 9),
                150,
                "2025-03-09T07:30:00Z",
                "2025-03-09T06:30:00Z",
            ),
            (
                "Australia/Lord_Howe",
                (2025, 10, 5),
                135,
                "2025-10-04T15:45:00Z",
                "2025-10-04T15:15:00Z",
            ),
            (
                "Pacific/Apia",
                (2011, 12, 30),
                600,
                "2011-12-30T20:00:00Z",
                "2011-12-29T20:00:00Z",
            ),
            (
                "Asia/Beirut",
                (2024, 3, 31),
                30,
                "2024-03-30T22:30:00Z",
                "2024-03-30T21:30:00Z",
            ),
        ] {
            let (year, month, day) = date;
            let date = civil::date(year, month, day);
            for (choice, expected) in [(Choice::Later, later), (Choice::Earlier, earlier)] {
                let found = resolve(zone, choice, date, minute);
                let Resolved::Moved(time) = found else {
                    panic!("{zone}: {found:?}")
                };
                assert_eq!(time.to_string(), expected, "{zone}");
            }
        }
        let day = civil::date(2011, 12, 31);
        let next = resolve("Pacific/Apia", Choice::Later, day, 0).earliest();
        assert_eq!(next - next.floor(DAY), 10 * HOUR);
    }
}
