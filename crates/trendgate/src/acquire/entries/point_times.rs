//! The times of the entries of one point, in the order of the text → from when to when it has entries, which of them are faults of the clock,
//! and which pass of a doubled hour each is of.

use super::passes::DoubledEntries;
use crate::acquire::clock_faults::{ClockFaults, FaultFinder, TimedRow};
use crate::acquire::exchanged::{ExchangedDates, StatedRange};
use crate::acquire::fold::{Direction, HourPasses, MOST_DOUBLED, ToldBy, too_many_doubled};
use crate::acquire::local_clock::Resolved;
use crate::acquire::times::future;
use crate::acquire::zone_words::WallTime;
use crate::acquire::{Report, TimeRule};
use crate::error::{Error, Result};
use crate::time::{Extent, Instant, Span};

/// What the entries of a point so far say.
pub(super) struct PointTimes {
    faults: FaultFinder,
    pub(super) dates: ExchangedDates,
    good: GoodTimes,
}

/// The times of entries that are no faults of the clock.
struct GoodTimes {
    not_after: Instant,
    /// Of those outside of doubled hours.
    range: Option<Extent>,
    /// The last by the wall clock, and whether it is in a doubled hour.
    last: Option<(Span, bool)>,
    /// Steps on less steps back: outside of doubled hours, and within.
    outside: i64,
    within: i64,
    /// The doubled hours, each with the lines of its entries; the last one may go on.
    hours: Vec<(HourPasses, Vec<u64>)>,
    is_open: bool,
    entries: u64,
    /// Entries in the future, and the first of them: line and time.
    future: u64,
    first_future: Option<(u64, Instant)>,
}

/// What is found out of the points of one report together.
#[derive(Default)]
pub(super) struct Found {
    outside: i64,
    within: i64,
    faults: Vec<ClockFaults>,
    good: Vec<GoodTimes>,
}

impl PointTimes {
    pub(super) fn new(
        rule: &TimeRule,
        stated: Option<StatedRange>,
        interval: Option<Span>,
    ) -> Self {
        Self {
            faults: FaultFinder::new(rule, stated),
            dates: ExchangedDates::new(stated, interval),
            good: GoodTimes {
                not_after: rule.not_after,
                range: None,
                last: None,
                outside: 0,
                within: 0,
                hours: Vec::new(),
                is_open: false,
                entries: 0,
                future: 0,
                first_future: None,
            },
        }
    }

    /// Takes the next entry of the point, with what the wall clock showed, where that is known.
    pub(super) fn take(&mut self, row: TimedRow, wall: Option<WallTime>) {
        if let Some(wall) = wall {
            self.dates.row(wall.date, wall.time, row.line);
        }
        self.faults.take(row, &mut |row| self.good.take(row));
    }

    /// Ends the times of a point of `report`, and adds what was found.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where nobody can tell which times are right.
    pub(super) fn finish(mut self, report: &Report, found: &mut Found) -> Result<()> {
        let faults = self.faults.finish(report, &mut |row| self.good.take(row))?;
        found.outside += self.good.outside;
        found.within += self.good.within;
        found.faults.push(faults);
        found.good.push(self.good);
        Ok(())
    }
}

impl GoodTimes {
    fn take(&mut self, row: TimedRow) {
        let time = row.at.utc.earliest();
        self.entries += 1;
        if time > self.not_after {
            self.future += 1;
            self.first_future.get_or_insert((row.line, time));
        }
        let doubled = matches!(row.at.utc, Resolved::Doubled(_));
        if let Some((last, was_doubled)) = self.last.replace((row.at.local, doubled)) {
            let step = (row.at.local - last).nanos().signum();
            match doubled && was_doubled {
                true => self.within += step,
                false => self.outside += step,
            }
        }
        let Resolved::Doubled(doubled) = row.at.utc else {
            self.is_open = false;
            self.range = Some(Extent::joined(self.range, time));
            return;
        };
        let open = self.hours.last_mut().filter(|_| self.is_open);
        if let Some((passes, lines)) = open
            && passes.take(doubled)
        {
            lines.push(row.line);
            return;
        }
        let mut passes = HourPasses::default();
        passes.take(doubled);
        self.hours.push((passes, vec![row.line]));
        self.is_open = true;
    }
}

impl Found {
    /// Sets what was found; whether any entry is in a doubled hour.
    ///
    /// # Errors
    /// [`Future`](crate::ErrorKind::Future) for entries in the future; [`Input`](crate::ErrorKind::Input) for a report without a time, or
    /// with more entries in a doubled hour than are held.
    pub(super) fn settle(self, report: &mut Report, rule: &TimeRule) -> Result<bool> {
        let first = self.good.iter().filter_map(|good| good.first_future).min();
        if let Some((line, time)) = first {
            let future_entries: u64 = self.good.iter().map(|good| good.future).sum();
            let entries: u64 = self.good.iter().map(|good| good.entries).sum();
            let all = future_entries == entries;
            return Err(future(report, line, time, all));
        }
        let backward = match self.outside {
            0 => self.within < 0,
            steps => steps < 0,
        };
        report.layout.backward = backward;
        let direction = match backward {
            true => Direction::Backward,
            false => Direction::Forward,
        };
        let mut range = Extent::around(self.good.iter().filter_map(|good| good.range));
        let (mut earlier, mut later) = (Vec::new(), Vec::new());
        let mut any = false;
        for (passes, lines) in self.good.iter().flat_map(|good| &good.hours) {
            if let Some(line) = lines.get(MOST_DOUBLED) {
                return Err(too_many_doubled(report, *line));
            }
            any = true;
            let (by, instants) = passes.instants(direction, rule.ambiguous);
            for ((time, doubled), line) in instants.zip(passes.rows()).zip(lines) {
                range = Some(Extent::joined(range, time));
                match by {
                    ToldBy::Order if time == doubled.earlier => earlier.push(*line),
                    ToldBy::Order => later.push(*line),
                    ToldBy::Rule => {}
                }
            }
        }
        report.layout.doubled = DoubledEntries::of(earlier, later);
        report.layout.clock_faults = Some(ClockFaults::joined(self.faults));
        report.range = range.ok_or_else(|| no_times(report))?;
        Ok(any)
    }
}

fn no_times(report: &Report) -> Error {
    Error::input("no line of the text has a value with a date and a time that can be read")
        .at(&report.path)
        .hint("export it again")
}
