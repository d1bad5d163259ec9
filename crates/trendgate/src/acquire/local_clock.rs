//! The wall clock of a site → UTC, row by row, in the order of the report.
//!
//! Most days have one offset, which is looked up once a day; zones without daylight saving pay nothing more. On the day of
//! a transition each row is asked for. A local time that happens twice is first taken for the pass that the direction of
//! the file makes likely, and the rows are gathered into a *fold*; when the clock steps back inside it, the rest of it is
//! the other pass. A fold that ends without such a step is decided by the rule, and its rows are moved then.

use super::{Choice, TimeRule};
use crate::clock::{DAY, SECOND};
use jiff::civil;
use jiff::tz::AmbiguousOffset;

/// Which way the rows of a file run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// A time in UTC, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    /// There is one such time.
    Sure(i64),
    /// The local time never happens; the rule moved it.
    Moved(i64),
    /// The local time happens twice; this is the pass it is taken for so far.
    Folded(i64),
}

impl Resolved {
    pub(super) fn time(self) -> i64 {
        match self {
            Self::Sure(time) | Self::Moved(time) | Self::Folded(time) => time,
        }
    }
}

/// What a fold turned out to be when it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// The order of its rows told the passes apart.
    ByOrder,
    /// The rule decides: all its rows are to be moved by so many nanoseconds.
    ByRule(i64),
}

#[derive(Debug)]
struct OpenFold {
    local: i64,
    stepped: bool,
    /// From the earlier pass to the later.
    width: i64,
}

#[derive(Debug)]
pub(super) struct LocalClock {
    rule: TimeRule,
    direction: Direction,
    day: Option<(civil::Date, Day)>,
    fold: Option<OpenFold>,
}

/// Midnight of a day as if its wall clock were UTC, and its offset to UTC if it has one only. Nanoseconds.
#[derive(Debug, Clone, Copy)]
struct Day {
    midnight: i64,
    offset: Option<i64>,
}

impl LocalClock {
    pub(super) fn new(rule: &TimeRule, direction: Direction) -> Self {
        Self {
            rule: rule.clone(),
            direction,
            day: None,
            fold: None,
        }
    }

    /// The UTC time of a row; and what the fold before it was, if it ended here. `None` for a year that an `i64` of
    /// nanoseconds cannot hold.
    #[inline]
    pub(super) fn resolve(
        &mut self,
        date: civil::Date,
        time_of_day: i64,
    ) -> Option<(Resolved, Option<Fold>)> {
        let day = match self.day {
            Some((known, day)) if known == date => day,
            _ => self.begin_day(date)?,
        };
        match day.offset {
            Some(offset) if self.fold.is_none() => {
                Some((Resolved::Sure(day.midnight + time_of_day - offset), None))
            }
            Some(offset) => {
                let ended = self.end_fold();
                Some((Resolved::Sure(day.midnight + time_of_day - offset), ended))
            }
            None => self.resolve_slowly(date, day.midnight, time_of_day),
        }
    }

    /// Ends the fold that is open, if any: at the end of the report, or where rows leave the doubled hour.
    pub(super) fn end_fold(&mut self) -> Option<Fold> {
        let fold = self.fold.take()?;
        if fold.stepped {
            return Some(Fold::ByOrder);
        }
        Some(Fold::ByRule(match (self.direction, self.rule.ambiguous) {
            (Direction::Forward, Choice::Later) => fold.width,
            (Direction::Backward, Choice::Earlier) => -fold.width,
            _ => 0,
        }))
    }

    fn begin_day(&mut self, date: civil::Date) -> Option<Day> {
        let days = date.since(civil::date(1970, 1, 1)).ok()?.get_days();
        let midnight = i64::from(days).checked_mul(DAY)?;
        // An offset is less than a day and a bit, so nothing outside these bounds can touch the day.
        let bound = |nanos: i64| jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok();
        let from = bound(midnight.checked_sub(2 * DAY)?)?;
        let to = bound(midnight.checked_add(3 * DAY)?)?;
        let zone = &self.rule.zone;
        let quiet = zone
            .following(from)
            .next()
            .is_none_or(|transition| transition.timestamp() > to);
        let offset = quiet.then(|| i64::from(zone.to_offset(from).seconds()) * SECOND);
        let day = Day { midnight, offset };
        self.day = Some((date, day));
        Some(day)
    }

    fn resolve_slowly(
        &mut self,
        date: civil::Date,
        midnight: i64,
        time_of_day: i64,
    ) -> Option<(Resolved, Option<Fold>)> {
        let local = midnight + time_of_day;
        let clock = civil::Time::midnight() + jiff::SignedDuration::from_nanos(time_of_day);
        let at = |offset: jiff::tz::Offset| local - i64::from(offset.seconds()) * SECOND;
        match self
            .rule
            .zone
            .to_ambiguous_timestamp(date.to_datetime(clock))
            .offset()
        {
            AmbiguousOffset::Unambiguous { offset } => {
                Some((Resolved::Sure(at(offset)), self.end_fold()))
            }
            AmbiguousOffset::Gap { before, after } => {
                // The clock sprang forward: read with the offset before, the time lies after the jump.
                let time = match self.rule.nonexistent {
                    Choice::Later => at(before),
                    Choice::Earlier => at(after),
                };
                Some((Resolved::Moved(time), self.end_fold()))
            }
            AmbiguousOffset::Fold { before, after } => Some((
                Resolved::Folded(self.folded(local, at(before), at(after))),
                None,
            )),
        }
    }

    fn folded(&mut self, local: i64, earlier: i64, later: i64) -> i64 {
        let width = later - earlier;
        let forward = self.direction == Direction::Forward;
        let first = OpenFold {
            local,
            stepped: false,
            width,
        };
        let fold = match self.fold.take() {
            None => first,
            // The same time twice in a doubled hour is the other pass of an hourly report, not a repeated row.
            Some(fold) => {
                let step = if forward {
                    local - fold.local
                } else {
                    fold.local - local
                };
                OpenFold {
                    stepped: fold.stepped || step <= 0,
                    ..first
                }
            }
        };
        let stepped = fold.stepped;
        self.fold = Some(fold);
        if forward != stepped { earlier } else { later }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{HOUR, MINUTE, rfc3339};

    fn rule(zone: &str, ambiguous: Choice) -> TimeRule {
        TimeRule {
            zone: jiff::tz::TimeZone::get(zone).unwrap(),
            ambiguous,
            nonexistent: Choice::Later,
            not_after: i64::MAX,
        }
    }

    /// Resolves `minutes` of one day, moving folds as the reader does.
    fn resolve(
        rule: &TimeRule,
        direction: Direction,
        date: civil::Date,
        minutes: &[i64],
    ) -> Vec<String> {
        let mut clock = LocalClock::new(rule, direction);
        let mut times: Vec<i64> = Vec::new();
        let mut start = None;
        let shift = |times: &mut Vec<i64>, start: &mut Option<usize>, fold: Option<Fold>| {
            if let (Some(fold), Some(from)) = (fold, start.take())
                && let Fold::ByRule(by) = fold
            {
                times[from..].iter_mut().for_each(|time| *time += by);
            }
        };
        for minute in minutes {
            let (resolved, ended) = clock.resolve(date, minute * MINUTE).unwrap();
            shift(&mut times, &mut start, ended);
            if matches!(resolved, Resolved::Folded(_)) {
                start.get_or_insert(times.len());
            }
            times.push(resolved.time());
        }
        let ended = clock.end_fold();
        shift(&mut times, &mut start, ended);
        times.into_iter().map(rfc3339).collect()
    }

    #[test]
    fn a_zone_without_transitions_has_one_offset() {
        let times = resolve(
            &rule("Asia/Taipei", Choice::Earlier),
            Direction::Forward,
            civil::date(2016, 10, 10),
            &[0, 15],
        );
        assert_eq!(times, ["2016-10-09T16:00:00Z", "2016-10-09T16:15:00Z"]);
    }

    #[test]
    fn rows_that_step_back_in_the_doubled_hour_are_told_apart_by_their_order() {
        let rule = rule("America/New_York", Choice::Earlier);
        let day = civil::date(2025, 11, 2);
        let forward = resolve(&rule, Direction::Forward, day, &[30, 60, 90, 60, 90, 120]);
        let expected = [
            "2025-11-02T04:30:00Z",
            "2025-11-02T05:00:00Z",
            "2025-11-02T05:30:00Z",
            "2025-11-02T06:00:00Z",
            "2025-11-02T06:30:00Z",
            "2025-11-02T07:00:00Z",
        ];
        assert_eq!(forward, expected);
        let mut backward = resolve(&rule, Direction::Backward, day, &[120, 90, 60, 90, 60, 30]);
        backward.reverse();
        assert_eq!(backward, expected);
    }

    #[test]
    fn a_doubled_hour_that_is_there_once_is_decided_by_the_rule() {
        let day = civil::date(2025, 11, 2);
        for direction in [Direction::Forward, Direction::Backward] {
            let earlier = resolve(
                &rule("America/New_York", Choice::Earlier),
                direction,
                day,
                &[60],
            );
            let later = resolve(
                &rule("America/New_York", Choice::Later),
                direction,
                day,
                &[60],
            );
            assert_eq!(
                (&*earlier[0], &*later[0]),
                ("2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z")
            );
        }
    }

    #[test]
    fn a_time_that_never_happens_is_moved() {
        let mut clock = LocalClock::new(
            &rule("America/New_York", Choice::Earlier),
            Direction::Forward,
        );
        let (resolved, _) = clock
            .resolve(civil::date(2025, 3, 9), 2 * HOUR + 30 * MINUTE)
            .unwrap();
        assert!(matches!(resolved, Resolved::Moved(_)));
        assert_eq!(rfc3339(resolved.time()), "2025-03-09T07:30:00Z");
    }
}
