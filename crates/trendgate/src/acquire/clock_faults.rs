//! The times of all rows of a report, in the order of the file → which of them a wrong clock gave.
//!
//! A fault is
//!
//! - a row before `not_before`, wherever it stands: each row tells that alone;
//! - a row of at most 16 one after the other that are more than 366 days from the last good row before them *and* the first one after;
//! - at the beginning or the end of a report, where there is one good neighbour only: if at least 17 good rows lie on that side, and the
//!   stated `Date Range:`, if there is one, is as far; or if the stated range alone is.
//!
//! Anything else is a gap, as 17 rows within 366 days of each other always are: they are good, whatever is around them. Where more than 16 rows
//! one after the other are that far from all around them and from each other, nobody can tell which are right, and the report is refused.
//!
//! Rows are given on in the order of the file, as soon as it is known that they are good: until 17 are, the first ones may turn out to be
//! faults.

use super::exchanged::StatedRange;
use super::local_clock::RowTime;
use super::{Report, TimeRule};
use crate::error::{Error, Result};
use crate::time::{DAY, Instant, Span, TimeRange};
use serde::{Deserialize, Serialize};

/// Rows further apart than this are not of the same stretch.
pub(super) const FAR: Span = DAY.times(366);
/// More rows than these are no fault.
const MOST: usize = 16;
/// So many rows of a report may be faults. A clock that is wrong more often is never right.
const MOST_IN_ALL: usize = 4096;

/// The rows of a report that are faults of its clock, by their lines in the text; without those before `not_before`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClockFaults(Vec<u64>);

impl ClockFaults {
    /// Whether the row in this line is one.
    #[inline]
    pub(super) fn contains(&self, line: u64) -> bool {
        !self.0.is_empty() && self.0.binary_search(&line).is_ok()
    }

    /// Those of several series of one text.
    pub(super) fn joined(of: Vec<Self>) -> Self {
        let mut lines: Vec<u64> = of.into_iter().flat_map(|faults| faults.0).collect();
        lines.sort_unstable();
        Self(lines)
    }

    /// Whether there are none.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A row as it is met in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimedRow {
    pub(super) at: RowTime,
    pub(super) line: u64,
    /// Whether its cells are as they should be.
    pub(super) accepted: bool,
}

impl TimedRow {
    fn time(&self) -> Instant {
        self.at.utc.earliest()
    }

    fn is_far_from(&self, time: Instant) -> bool {
        (self.time() - time).abs() > FAR
    }
}

/// What the rows so far say.
pub(super) struct FaultFinder {
    not_before: Instant,
    /// The stated range, and all that is not far from it.
    stated: Option<TimeRange>,
    /// Good rows so far, and the time of the last.
    good: usize,
    last_good: Option<Instant>,
    /// All rows that were told good or faulty so far.
    told: usize,
    /// The good ones, as long as they may prove to be faults.
    first: Vec<TimedRow>,
    /// The rows since the last good one; the last `near` of them are not far from each other.
    run: Vec<TimedRow>,
    near: usize,
    faults: Vec<u64>,
    /// Rows before `not_before`.
    too_early: u64,
    /// The line where nobody can tell any more which rows are right.
    lost_at: Option<u64>,
}

impl FaultFinder {
    /// `stated` is the range that the report states.
    pub(super) fn new(rule: &TimeRule, stated: Option<StatedRange>) -> Self {
        Self {
            not_before: rule.not_before,
            stated: stated.map(|stated| stated.in_any_zone().widened(FAR, FAR)),
            good: 0,
            last_good: None,
            told: 0,
            first: Vec::new(),
            run: Vec::new(),
            near: 0,
            faults: Vec::new(),
            too_early: 0,
            lost_at: None,
        }
    }

    /// Takes the next row of the file; `give` gets those of which it is known that they are good.
    pub(super) fn take(&mut self, row: TimedRow, give: &mut impl FnMut(TimedRow)) {
        let time = row.time();
        if time < self.not_before {
            self.too_early += 1;
            return;
        }
        let follows = match self.last_good {
            Some(last) => !row.is_far_from(last),
            None => !self.is_far_from_stated(time),
        };
        if follows {
            self.end_run(time, give);
            if self.good > MOST && self.first.is_empty() {
                return self.tell(row, false, give);
            }
            return self.add_good(row, give);
        }
        match self.run.last() {
            Some(last) if !row.is_far_from(last.time()) => self.near += 1,
            _ => self.near = 1,
        }
        self.run.push(row);
        if self.near > MOST {
            self.begin_anew(give);
        } else if self.run.len() - self.near > MOST {
            self.lost_at.get_or_insert(row.line);
            self.run.clear();
            self.near = 0;
        }
    }

    /// No more rows come; what was found.
    ///
    /// # Errors
    /// [`Input`](crate::ErrorKind::Input) where nobody can tell which rows are right, or where all are before `not_before`.
    pub(super) fn finish(
        mut self,
        report: &Report,
        give: &mut impl FnMut(TimedRow),
    ) -> Result<ClockFaults> {
        let (enough, any) = (self.good > MOST, self.last_good.is_some());
        self.give_first(give);
        let run = std::mem::take(&mut self.run);
        let short = run.len() <= MOST;
        for row in run {
            let is_fault = short
                && any
                && match self.stated {
                    Some(stated) => !stated.contains(row.time()),
                    None => enough,
                };
            self.tell(row, is_fault, give);
        }
        if self.faults.len() > MOST_IN_ALL {
            self.lost_at.get_or_insert(self.faults[MOST_IN_ALL]);
        }
        if let Some(line) = self.lost_at {
            return Err(lost(report, line));
        }
        if self.told == 0 && self.too_early > 0 {
            return Err(all_too_early(report));
        }
        self.faults.sort_unstable();
        Ok(ClockFaults(self.faults))
    }

    fn is_far_from_stated(&self, time: Instant) -> bool {
        self.stated.is_some_and(|stated| !stated.contains(time))
    }

    /// The run has come to its end: a good row at `next` follows.
    fn end_run(&mut self, next: Instant, give: &mut impl FnMut(TimedRow)) {
        if self.run.is_empty() {
            return;
        }
        let run = std::mem::take(&mut self.run);
        self.near = 0;
        let short = run.len() <= MOST;
        for row in run {
            if short && row.is_far_from(next) {
                self.tell(row, true, give);
            } else {
                self.add_good(row, give);
            }
        }
    }

    /// The last rows of the run are so many that they are good.
    fn begin_anew(&mut self, give: &mut impl FnMut(TimedRow)) {
        let mut run = std::mem::take(&mut self.run);
        let good = run.split_off(run.len() - self.near);
        self.near = 0;
        let next = good.first().map_or(Instant::MAX, TimedRow::time);
        // All before them may be one run, from the beginning of the report on.
        if self.good == self.first.len() && self.told + run.len() <= MOST {
            for row in std::mem::take(&mut self.first) {
                self.told -= 1;
                self.good -= 1;
                self.tell(row, row.is_far_from(next), give);
            }
        }
        self.give_first(give);
        for row in run {
            self.tell(row, row.is_far_from(next), give);
        }
        for row in good {
            self.add_good(row, give);
        }
    }

    fn add_good(&mut self, row: TimedRow, give: &mut impl FnMut(TimedRow)) {
        let undecided = self.good == self.first.len() && self.good < MOST && self.stated.is_none();
        if undecided {
            self.told += 1;
            self.good += 1;
            self.last_good = Some(row.time());
            self.first.push(row);
        } else {
            self.give_first(give);
            self.tell(row, false, give);
        }
    }

    /// The first rows are good for all that comes.
    fn give_first(&mut self, give: &mut impl FnMut(TimedRow)) {
        self.first.drain(..).for_each(give);
    }

    fn tell(&mut self, row: TimedRow, is_fault: bool, give: &mut impl FnMut(TimedRow)) {
        self.told += 1;
        if is_fault {
            self.faults.push(row.line);
        } else {
            self.good += 1;
            self.last_good = Some(row.time());
            give(row);
        }
    }
}

/// Why the time of a row is a fault of the clock.
#[cold]
pub(super) fn fault_reason(at: RowTime, rule: &TimeRule) -> String {
    let local = (Instant::EPOCH + at.local).to_string();
    let local = local.trim_end_matches('Z');
    match at.utc.earliest() < rule.not_before {
        true => format!("has the time {local} of a wrong clock: it is before cleaner.not_before"),
        false => format!(
            "has the time {local} of a wrong clock: it is more than a year from the rows around it"
        ),
    }
}

fn lost(report: &Report, line: u64) -> Error {
    Error::input(
        "the times of many rows are years from those of the rows around them: nobody can tell which of them the clock had right",
    )
    .at(&report.path)
    .line(line)
    .hint("set the logger's clock, and export the report again without those rows")
}

fn all_too_early(report: &Report) -> Error {
    Error::input("all rows of the report are before cleaner.not_before")
        .at(&report.path)
        .hint("if the report is that old, state an earlier cleaner.not_before; if not, the logger's clock was wrong: set it, and export again")
}
